"""Which language a text is in, by Google's Compact Language Detector 2."""

import pycld2

CHARS = 1000  # more adds nothing but time
MIN_CHARS = 24
MIN_SHARE = 0.3  # of a text, for a language that its dump declares: lists of foreign names outweigh a short text
UNDETERMINED = ("und", 0.0)
OLD_CODES = {"iw": "he", "in": "id", "jw": "jv", "ji": "yi", "mo": "ro", "nb": "no", "tl": "tl"}


def language_of(text: str, declared: str | None = None) -> tuple[str, float]:
    """Return the ISO 639-1 code of the text's language and the share of the text that is in it.

    Of several that the text is in, the one that its dump declares goes before the largest.
    """
    sample = text[:CHARS]
    if len(sample.strip()) < MIN_CHARS:
        return UNDETERMINED
    try:
        _, _, found = pycld2.detect(sample, bestEffort=False)
    except pycld2.error:
        return UNDETERMINED
    shares = {_code(told): percent / 100 for _, told, percent, _ in reversed(found)}
    largest, wanted = _code(found[0][1]), _code(declared or "")
    chosen = wanted if shares.get(wanted, 0) >= MIN_SHARE else largest
    return (chosen, shares[chosen]) if chosen else UNDETERMINED


def _code(told: str) -> str:
    """Return a code without region, as ISO 639-1 has it today; empty where it says that none was found."""
    code = told.replace("_", "-").split("-")[0].lower()
    return "" if code == "un" or code.startswith("xx") else OLD_CODES.get(code, code)
