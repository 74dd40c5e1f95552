"""Detect the language of a text with Google's Compact Language Detector 2."""

import pycld2

CHARS = 1000  # longer samples cost time and change nothing
MIN_CHARS = 24  # shorter texts have no detectable language
MIN_SHARE = 0.3  # of the text, for a declared language to win: lists of foreign names can outweigh a short text
UNDETERMINED = ("und", 0.0)
OLD_CODES = {"iw": "he", "in": "id", "jw": "jv", "ji": "yi", "mo": "ro", "nb": "no", "tl": "tl"}


def detect_language(text: str, declared: str | None = None) -> tuple[str, float]:
    """Return the ISO 639-1 code of a text's language and that language's share of the text.

    A language declared by the dump wins over the largest with at least MIN_SHARE of the text.
    """
    sample = text[:CHARS]
    if len(sample.strip()) < MIN_CHARS:
        return UNDETERMINED
    try:
        _, _, detected = pycld2.detect(sample, bestEffort=False)
    except pycld2.error:
        return UNDETERMINED
    shares = {_normalize_code(code): percent / 100 for _, code, percent, _ in reversed(detected)}
    largest, declared_code = _normalize_code(detected[0][1]), _normalize_code(declared or "")
    chosen = declared_code if shares.get(declared_code, 0) >= MIN_SHARE else largest
    return (chosen, shares[chosen]) if chosen else UNDETERMINED


def _normalize_code(detected: str) -> str:
    """Return an ISO 639-1 code without region; empty where the detector names no language."""
    code = detected.replace("_", "-").split("-")[0].lower()
    return "" if code == "un" or code.startswith("xx") else OLD_CODES.get(code, code)
