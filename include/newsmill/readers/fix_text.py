"""The one place where text is decoded and mended: once, on reading; after it no step changes a character."""

import codecs
import re
from unicodedata import is_normalized, normalize

from ftfy import TextFixerConfig, fix_text

SAMPLE_BYTES = 4096
UNDECODABLE, NEWLINES, MOJIBAKE, CONTROLS, NFC = (
    "undecodable_bytes",
    "newlines",
    "mojibake",
    "control_characters",
    "nfc",
)
# Below this share of bytes beyond ASCII a text is taken for western without asking: English with curly quotes and a few
# accents, of which a detector sees too little to guess well.
_WESTERN_SHARE = 0.03
_TELLING_BYTES, _FEW_SHARE = 16, 0.3
_SYMBOL_IN_WORD = re.compile(r"[^\W\d_][^\w\s\x00-\x7f\u2018\u2019\u2013\u2014\u2026\xb7\xad][^\W\d_]|\ufffd")
_LEGACY = [
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
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_C0 = bytes([*range(0x09), *range(0x0B, 0x0D), *range(0x0E, 0x20), 0x7F])
_C1 = re.compile(b"\xc2[\x80-\x9f]")
_HALF_PAIR = re.compile(b"\xed[\xa0-\xbf]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_C1_AS_CP1252 = {code: char for code in range(0x80, 0xA0) if (char := bytes((code,)).decode("cp1252", "ignore"))}
_WITHOUT_CONTROLS: dict[int, str | None] = dict.fromkeys((*range(0x09), *range(0x0E, 0x20), *range(0x7F, 0xA0)))
_WITHOUT_CONTROLS |= {0x0B: " ", 0x0C: " "}  # these two part words
# What UTF-8 looks like when it was read as another encoding: its first byte, then one of its following bytes, each as
# windows-1252, latin-1 or latin-2 shows them; and the marks of Macintosh, Cyrillic and DOS readings of curly quotes.
_MOJIBAKE = re.compile(
    "[\u00c2-\u00f4\u0102\u0139][\u0080-\u00bf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152"
    "\u017d\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178\u0164\u0165\u0179\u017a]"
    "|\u00c3 |\u201a\u00c4|\u0432\u0402|\u0393\u00c7"
)
# The same in bytes of UTF-8, coarser and far faster: each begins with a fixed byte, so the search is one of memory.
_TRACES = (
    (b"\xc3", re.compile(b"\xc3[\x82-\xb4][\xc2\xc5\xc6\xcb\xe2]|\xc3\x83 ")),
    (b"\xc4", re.compile(b"\xc4[\x82\xb9][\xc2\xc5\xc6\xcb\xe2]")),
    *((pair.encode(), re.compile(pair.encode())) for pair in ("\u201a\u00c4", "\u0432\u0402", "\u0393\u00c7")),
)
_ONLY_ENCODING = TextFixerConfig(
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


def decode(data: bytes) -> tuple[str, str, tuple[str, ...]]:
    """Read bytes as text and mend it; return the text, the encoding it was in, and what was mended."""
    if data.isascii():
        return _with_encoding(data.decode("ascii"), "utf-8")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            data = data.removeprefix(mark) if encoding == "utf-8" else data
            return _marked(data, encoding)
    try:
        return _with_encoding(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _with_encoding(*_guessed(data))


def mend(text: str) -> tuple[str, tuple[str, ...]]:
    """Mend text that was decoded already; return it and what was mended. Mending twice is mending once."""
    repairs: list[str] = []
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        repairs.append(NEWLINES)
    if text.isascii():
        if len(text.encode().translate(None, _C0)) == len(text):
            return text, tuple(repairs)
        return text.translate(_WITHOUT_CONTROLS), (*repairs, CONTROLS)
    # One repair may uncover another, such as a control character that stood within mojibake.
    while (mended := _mended(text, repairs)) != text:
        text = mended
    return text, tuple(dict.fromkeys(repairs))


def _mended(text: str, repairs: list[str]) -> str:
    data = text.encode("utf-8", "surrogatepass")
    for name, needs, change in _REPAIRS:
        if needs(text, data) and (changed := change(text)) != text:
            repairs.append(name)
            text, data = changed, changed.encode("utf-8", "surrogatepass")
    return text


# Each of these asks the bytes of UTF-8, where a search is one of memory, before anything looks at characters.
def _has_half_pairs(_: str, data: bytes) -> bool:
    return b"\xed" in data and _HALF_PAIR.search(data) is not None


def _has_mojibake(_: str, data: bytes) -> bool:
    return any(byte in data and trace.search(data) for byte, trace in _TRACES)


def _has_c1(_: str, data: bytes) -> bool:
    return b"\xc2" in data and _C1.search(data) is not None


def _has_controls(text: str, data: bytes) -> bool:
    return len(data.translate(None, _C0)) != len(data) or _has_c1(text, data)


def _whole_characters(text: str) -> str:
    """Join halves of a surrogate pair that belong together; what is left over becomes U+FFFD."""
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _SURROGATE.sub("\ufffd", joined)


def _without_mojibake(text: str) -> str:
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if not line.isascii() and _MOJIBAKE.search(line):
            lines[index] = fix_text(line, _ONLY_ENCODING)
    return "\n".join(lines)


_REPAIRS = (
    (UNDECODABLE, _has_half_pairs, _whole_characters),
    (MOJIBAKE, _has_mojibake, _without_mojibake),
    # A C1 control is no character anyone wrote: it is windows-1252 punctuation that was read as latin-1.
    (MOJIBAKE, _has_c1, lambda text: text.translate(_C1_AS_CP1252)),
    (CONTROLS, _has_controls, lambda text: text.translate(_WITHOUT_CONTROLS)),
    (NFC, lambda text, _: not is_normalized("NFC", text), lambda text: normalize("NFC", text)),
)


def _with_encoding(text: str, encoding: str, lost: bool = False) -> tuple[str, str, tuple[str, ...]]:
    mended, repairs = mend(text)
    return mended, encoding, (UNDECODABLE, *repairs) if lost and UNDECODABLE not in repairs else repairs


def _marked(data: bytes, encoding: str) -> tuple[str, str, tuple[str, ...]]:
    try:
        return _with_encoding(data.decode(encoding), encoding)
    except UnicodeDecodeError:
        guessed = _guessed(data) if encoding == "utf-8" else (data.decode(encoding, "replace"), encoding, True)
        return _with_encoding(*guessed)


def _guessed(data: bytes) -> tuple[str, str, bool]:
    """Decode bytes that are not UTF-8 throughout; return the text, the encoding, and whether bytes were lost."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = len(text) - broken - sum(map(str.isascii, text))
    if sound >= broken:
        return data.decode("utf-8", "newsmill_stray_byte"), "utf-8", True
    encoding = _legacy(data)
    try:
        return data.decode(encoding), _shown(encoding), False
    except UnicodeDecodeError:
        return data.decode(encoding, "replace"), _shown(encoding), True


def _shown(encoding: str) -> str:
    return encoding.replace("cp125", "windows-125").replace("_", "-")


def _legacy(data: bytes) -> str:
    """Guess the encoding from the lines that hold bytes beyond ASCII."""
    high = len(data) - len(data.translate(None, bytes(range(0x80, 0x100))))
    if high < _WESTERN_SHARE * len(data) or _reads_as_western(data, high):
        return "cp1252"
    from charset_normalizer import from_bytes  # imported late: few dumps need it

    telling = b"\n".join(line for line in data[: 64 * SAMPLE_BYTES].splitlines() if not line.isascii())
    best = from_bytes(telling[:SAMPLE_BYTES], cp_isolation=_LEGACY).best()
    return best.encoding if best else "cp1252"


def _reads_as_western(data: bytes, high: int) -> bool:
    """Tell whether a few bytes beyond ASCII, too few for a detector, make sense as accents and punctuation."""
    if high >= _TELLING_BYTES or high > _FEW_SHARE * len(data):
        return False
    return not _SYMBOL_IN_WORD.search(data.decode("cp1252", "replace"))


def _stray_byte(error: UnicodeError) -> tuple[str, int]:
    """Read a single byte in the midst of UTF-8 as windows-1252; a broken sequence becomes U+FFFD."""
    stray = error.object[error.start : error.end]
    is_cut = len(stray) > 1 or error.reason == "unexpected end of data"
    return "\ufffd" if is_cut else stray.decode("cp1252", "replace"), error.end


codecs.register_error("newsmill_stray_byte", _stray_byte)
