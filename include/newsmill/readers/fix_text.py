"""Decodes bytes and fixes encoding errors, once, at reading; later steps change no character."""

import codecs
import html
import re
from unicodedata import is_normalized, normalize

from ftfy import TextFixerConfig
from ftfy import fix_text as ftfy_fix_text

SAMPLE_BYTES = 4096
UNDECODABLE, NEWLINES, MOJIBAKE, CONTROLS, NFC, ENTITIES = (
    "undecodable_bytes",
    "newlines",
    "mojibake",
    "control_characters",
    "nfc",
    "html_entities",
)
# Whole references only: `AT&T` and `?a=1&copy=2` are no entities.
_ENTITY = re.compile(r"&(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_ENTITY_LAYERS = 2  # `&amp;quot;` was escaped twice
# Below this share of non-ASCII bytes a text counts as Western without detection: English with curly quotes and a few
# accents has too little evidence for a detector.
_WESTERN_SHARE = 0.03
_MIN_DETECTOR_BYTES, _MAX_FEW_SHARE = 16, 0.3
_SYMBOL_IN_WORD = re.compile(r"[^\W\d_][^\w\s\x00-\x7f\u2018\u2019\u2013\u2014\u2026\xb7\xad][^\W\d_]|\ufffd")
_LEGACY_ENCODINGS = [
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp1258",
    "iso8859_2",
    "koi8_r",
    "shift_jis",
    "euc_jp",
    "gb18030",
    "big5",
    "cp949",
]
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_C0 = bytes([*range(0x09), *range(0x0B, 0x0D), *range(0x0E, 0x20), 0x7F])
_C1 = re.compile(b"\xc2[\x80-\x9f]")
_SURROGATE_BYTES = re.compile(b"\xed[\xa0-\xbf]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_C1_AS_CP1252 = {code: char for code in range(0x80, 0xA0) if (char := bytes((code,)).decode("cp1252", "ignore"))}
_WITHOUT_CONTROLS: dict[int, str | None] = dict.fromkeys((*range(0x09), *range(0x0E, 0x20), *range(0x7F, 0xA0)))
_WITHOUT_CONTROLS |= {0x0B: " ", 0x0C: " "}  # vertical tab and form feed separate words
_WITHOUT_CONTROLS[0xAD] = None  # a soft hyphen parts a word that nobody would find then
_SOFT_HYPHEN = "\xad".encode()
# UTF-8 decoded as another encoding: a lead byte and a continuation byte as windows-1252, latin-1 or latin-2 characters;
# and curly quotes decoded as Macintosh, Cyrillic and DOS encodings.
_MOJIBAKE = re.compile(
    "[\u00c2-\u00f4\u0102\u0139][\u0080-\u00bf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152"
    "\u017d\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178\u0164\u0165\u0179\u017a]"
    "|\u00c3 |\u201a\u00c4|\u0432\u0402|\u0393\u00c7"
)
# The same as UTF-8 bytes, coarser and far faster: each pattern starts with a fixed byte, so the search is a memchr.
_MOJIBAKE_BYTES = (
    (b"\xc3", re.compile(b"\xc3[\x82-\xb4][\xc2\xc5\xc6\xcb\xe2]|\xc3\x83 ")),
    (b"\xc4", re.compile(b"\xc4[\x82\xb9][\xc2\xc5\xc6\xcb\xe2]")),
    *((pair.encode(), re.compile(pair.encode())) for pair in ("\u201a\u00c4", "\u0432\u0402", "\u0393\u00c7")),
)
_ENCODING_FIXES_ONLY = TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    fix_encoding=True,
    restore_byte_a0=True,
    replace_lossy_sequences=True,
    decode_inconsistent_utf8=True,
    fix_c1_controls=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    fix_surrogates=False,
    remove_control_chars=False,
    normalization=None,
    explain=False,
)


def decode_text(data: bytes) -> tuple[str, str, tuple[str, ...]]:
    """Decode bytes and fix the text; return (text, encoding, names of the applied fixes)."""
    if data.isascii():
        return _fix_with_encoding(data.decode("ascii"), "utf-8")
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            data = data.removeprefix(mark) if encoding == "utf-8" else data
            return _decode_marked(data, encoding)
    try:
        return _fix_with_encoding(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _fix_with_encoding(*_decode_guessed(data))


def fix_text(text: str) -> tuple[str, tuple[str, ...]]:
    """Fix decoded text; return (text, names of the applied fixes). The function is idempotent."""
    repairs: list[str] = []
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        repairs.append(NEWLINES)
    if text.isascii():
        if len(text.encode().translate(None, _C0)) == len(text):
            return text, tuple(repairs)
        return text.translate(_WITHOUT_CONTROLS), (*repairs, CONTROLS)
    # one fix may expose the next error, such as mojibake around a control character
    while (fixed := _apply_fixes(text, repairs)) != text:
        text = fixed
    return text, tuple(dict.fromkeys(repairs))


def unescape_entities(text: str) -> str:
    """Replace the HTML entities of a text without markup, also where escaped twice."""
    for _ in range(_ENTITY_LAYERS):
        if "&" not in text or not _ENTITY.search(text):
            break
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return text


def _apply_fixes(text: str, repairs: list[str]) -> str:
    data = text.encode("utf-8", "surrogatepass")
    for name, needs, change in _FIXES:
        if needs(text, data) and (changed := change(text)) != text:
            repairs.append(name)
            text, data = changed, changed.encode("utf-8", "surrogatepass")
    return text


# These checks search the UTF-8 bytes, where a search is a memchr, before any work on characters.
def _has_surrogates(_: str, data: bytes) -> bool:
    return b"\xed" in data and _SURROGATE_BYTES.search(data) is not None


def _has_mojibake(_: str, data: bytes) -> bool:
    return any(byte in data and trace.search(data) for byte, trace in _MOJIBAKE_BYTES)


def _has_c1(_: str, data: bytes) -> bool:
    return b"\xc2" in data and _C1.search(data) is not None


def _has_controls(text: str, data: bytes) -> bool:
    return len(data.translate(None, _C0)) != len(data) or _SOFT_HYPHEN in data or _has_c1(text, data)


def _join_surrogates(text: str) -> str:
    """Join surrogate pairs; replace lone surrogates by U+FFFD."""
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _SURROGATE.sub("\ufffd", joined)


def _fix_mojibake(text: str) -> str:
    lines = text.split("\n")
    for i, line in enumerate(lines):
        if not line.isascii() and _MOJIBAKE.search(line):
            lines[i] = ftfy_fix_text(line, _ENCODING_FIXES_ONLY)
    return "\n".join(lines)


_FIXES = (
    (UNDECODABLE, _has_surrogates, _join_surrogates),
    (MOJIBAKE, _has_mojibake, _fix_mojibake),
    # no author writes a C1 control: it is windows-1252 punctuation decoded as latin-1
    (MOJIBAKE, _has_c1, lambda text: text.translate(_C1_AS_CP1252)),
    (CONTROLS, _has_controls, lambda text: text.translate(_WITHOUT_CONTROLS)),
    (NFC, lambda text, _: not is_normalized("NFC", text), lambda text: normalize("NFC", text)),
)


def _fix_with_encoding(text: str, encoding: str, has_lost_bytes: bool = False) -> tuple[str, str, tuple[str, ...]]:
    fixed, repairs = fix_text(text)
    return fixed, encoding, (UNDECODABLE, *repairs) if has_lost_bytes and UNDECODABLE not in repairs else repairs


def _decode_marked(data: bytes, encoding: str) -> tuple[str, str, tuple[str, ...]]:
    try:
        return _fix_with_encoding(data.decode(encoding), encoding)
    except UnicodeDecodeError:
        guessed = _decode_guessed(data) if encoding == "utf-8" else (data.decode(encoding, "replace"), encoding, True)
        return _fix_with_encoding(*guessed)


def _decode_guessed(data: bytes) -> tuple[str, str, bool]:
    """Decode bytes with invalid UTF-8; return (text, encoding, whether bytes were lost)."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    valid = len(text) - broken - sum(map(str.isascii, text))
    if valid >= broken:
        return data.decode("utf-8", "newsmill_stray_byte"), "utf-8", True
    encoding = _guess_legacy_encoding(data)
    try:
        return data.decode(encoding), _encoding_label(encoding), False
    except UnicodeDecodeError:
        return data.decode(encoding, "replace"), _encoding_label(encoding), True


def _encoding_label(encoding: str) -> str:
    return encoding.replace("cp125", "windows-125").replace("_", "-")


def _guess_legacy_encoding(data: bytes) -> str:
    """Guess the encoding from the lines with non-ASCII bytes."""
    high = len(data) - len(data.translate(None, bytes(range(0x80, 0x100))))
    if high < _WESTERN_SHARE * len(data) or _reads_as_western(data, high):
        return "cp1252"
    from charset_normalizer import from_bytes  # imported late: few dumps need it

    sample = b"\n".join(line for line in data[: 64 * SAMPLE_BYTES].splitlines() if not line.isascii())
    best = from_bytes(sample[:SAMPLE_BYTES], cp_isolation=_LEGACY_ENCODINGS).best()
    return best.encoding if best else "cp1252"


def _reads_as_western(data: bytes, high: int) -> bool:
    """Return whether non-ASCII bytes, too few for a detector, are plausible accents and punctuation."""
    if high >= _MIN_DETECTOR_BYTES or high > _MAX_FEW_SHARE * len(data):
        return False
    return not _SYMBOL_IN_WORD.search(data.decode("cp1252", "replace"))


def _decode_stray_byte(error: UnicodeError) -> tuple[str, int]:
    """Decode a single invalid byte within UTF-8 as windows-1252; replace a broken sequence by U+FFFD."""
    assert isinstance(error, UnicodeDecodeError)  # no encoder names this handler
    stray = error.object[error.start : error.end]
    is_cut = len(stray) > 1 or error.reason == "unexpected end of data"
    return "\ufffd" if is_cut else stray.decode("cp1252", "replace"), error.end


codecs.register_error("newsmill_stray_byte", _decode_stray_byte)
