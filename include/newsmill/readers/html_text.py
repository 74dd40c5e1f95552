"""HTML as a page: its text in lines as a reader would see them, the marks of each line, and what it declares."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from newsmill.readers.elements import elements
from newsmill.readers.embedded_metadata import declared
from newsmill.readers.fix_text import CONTROLS, UNDECODABLE, decode, mend
from newsmill.readers.markup import scan
from newsmill.readers.record import Told
from newsmill.readers.timestamps import moment

PRESCAN_BYTES, GUESS_BYTES = 4096, 1 << 18
# Encodings that are read as the wider ones that browsers take for them; a page that says UTF-16 within ASCII is none.
_WIDER = {
    "ascii": "windows-1252",
    "iso8859-1": "windows-1252",
    "iso8859-9": "windows-1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_FOR_OTHER_THINGS = ("utf-7", "idna", "punycode", "raw", "unicode", "undefined", "mbcs", "oem")
_SEVEN_BITS = ("iso2022", "hz")
_TOLD_IN_MARKUP = re.compile(
    rb"""<meta[^>]{1,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})|^\s*<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w.:-]{2,40})""",
    re.IGNORECASE,
)
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(slots=True)
class Page:
    """What one HTML document says; `marks` has a number for each line of `text`, 0 for a blank one."""

    text: str
    encoding: str
    repairs: Sequence[str] = ()
    marks: Sequence[int] = ()
    metadata: Sequence[Told] = ()
    title: str | None = None
    authors: Sequence[str] = ()
    publisher: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    canonical_url: str | None = None


def page(markup: bytes | str, charset: str | None = None, url: str | None = None) -> Page:
    """Read one HTML document; `charset` is what its server said, `url` where it stood."""
    data, encoding, repairs = _utf8(markup, charset)
    found = scan(data, elements())
    text, mended = mend(found.text.decode())
    told = declared(data, found.finds, url)
    if found.had_controls:
        repairs += (CONTROLS,)
    return Page(
        text,
        encoding,
        tuple(dict.fromkeys((*repairs, *mended))),
        _marks(text, found.marks.tolist(), mended),
        told,
        title=_surest(told, "title"),
        authors=_authors(told),
        publisher=_surest(told, "publisher"),
        language=_surest(told, "language"),
        published_at=moment(_surest(told, "published_at")),
        canonical_url=_surest(told, "canonical_url"),
    )


def _marks(text: str, marks: list[int], mended: tuple[str, ...]) -> list[int]:
    """Return the marks, none for a line of which mending left nothing."""
    if not mended:
        return marks
    return [mark if line.strip() else 0 for line, mark in zip(text.split("\n"), marks, strict=True)]


def _surest(told: list[Told], field: str) -> str | None:
    return next((value for name, value, _, _ in told if name == field), None)


def _authors(told: list[Told]) -> list[str]:
    """Return the authors whom the surest method names."""
    given = [(value, method, sure) for field, value, method, sure in told if field == "authors"]
    return [value for value, method, sure in given if (method, sure) == given[0][1:]]


def _utf8(markup: bytes | str, charset: str | None) -> tuple[bytes, str, tuple[str, ...]]:
    """Return markup in UTF-8, the encoding it was in, and whether bytes were lost."""
    if isinstance(markup, str):
        try:
            return markup.encode(), "utf-8", ()
        except UnicodeEncodeError:
            text, repairs = mend(markup)
            return text.encode(), "utf-8", repairs
    for mark, encoding in _BYTE_ORDER_MARKS:
        if markup.startswith(mark):
            charset = encoding
            markup = markup.removeprefix(mark) if encoding == "utf-8" else markup
    told = _codec(charset) or _codec_in(markup)
    if told and (told.startswith(("utf-16", *_SEVEN_BITS))):
        return _decoded(markup, told)
    return (markup, "utf-8", ()) if _is_utf8(markup) else _legacy(markup, told)


def _is_utf8(markup: bytes) -> bool:
    """Tell whether bytes are UTF-8 throughout, without making characters of them."""
    if markup.isascii():
        return True
    ends, whole = pa.py_buffer(np.array([0, len(markup)], np.int64)), pa.py_buffer(markup)
    try:
        pa.LargeBinaryArray.from_buffers(pa.large_binary(), 1, [None, ends, whole]).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _legacy(markup: bytes, told: str | None) -> tuple[bytes, str, tuple[str, ...]]:
    """Decode markup that is not UTF-8 throughout: as it says, unless most of it is UTF-8; else as its text looks."""
    text = markup.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = len(text) - broken - sum(map(str.isascii, text))
    if sound > broken:
        return markup.decode("utf-8", "newsmill_stray_byte").encode(), "utf-8", (UNDECODABLE,)
    if not told or told == "utf-8":
        _, told, _ = decode(scan(markup[:GUESS_BYTES], elements()).text)  # markup would hide how few the words are
    return _decoded(markup, told)


def _decoded(markup: bytes, encoding: str) -> tuple[bytes, str, tuple[str, ...]]:
    try:
        return markup.decode(encoding).encode(), _shown(encoding), ()
    except UnicodeError:
        return markup.decode(encoding, "replace").encode("utf-8", "replace"), _shown(encoding), (UNDECODABLE,)


def _codec_in(markup: bytes) -> str | None:
    """Return the codec that markup names for itself; what could be read to find the name cannot be UTF-16."""
    found = _TOLD_IN_MARKUP.search(markup[:PRESCAN_BYTES])
    codec = _codec((found[1] or found[2]).decode("ascii", "replace")) if found else None
    return "utf-8" if codec and codec.startswith(("utf-16", "utf-32")) else codec


def _codec(label: str | None) -> str | None:
    """Return the codec that a label means, None for one that is no encoding of text."""
    try:
        name = codecs.lookup((label or "").strip().strip("\"'").lower()).name
    except (LookupError, ValueError):
        return None
    is_for_pages = codecs.lookup(name)._is_text_encoding and not name.startswith(_FOR_OTHER_THINGS)
    return _WIDER.get(name, name) if is_for_pages else None


def _shown(codec: str) -> str:
    return codec.replace("cp125", "windows-125").replace("_", "-")
