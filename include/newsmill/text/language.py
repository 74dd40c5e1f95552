"""Which language a text is in, by Google's Compact Language Detector 2."""

import pycld2

CHARS = 1000  # more adds nothing but time
MIN_CHARS = 24
UNDETERMINED = ("und", 0.0)
OLD_CODES = {"iw": "he", "in": "id", "jw": "jv", "ji": "yi", "mo": "ro", "nb": "no", "tl": "tl"}


def language_of(text: str) -> tuple[str, float]:
    """Return the ISO 639-1 code of the text's language and the share of the text that is in it."""
    sample = text[:CHARS]
    if len(sample.strip()) < MIN_CHARS:
        return UNDETERMINED
    try:
        _, _, ((_, code, percent, _), *_) = pycld2.detect(sample, bestEffort=False)
    except pycld2.error:
        return UNDETERMINED
    code = code.split("-")[0].lower()
    if code in ("un", "xxx") or code.startswith("xx"):
        return UNDETERMINED
    return OLD_CODES.get(code, code), percent / 100
