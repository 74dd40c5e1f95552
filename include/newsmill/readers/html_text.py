"""Reads HTML as a page: visible text in lines, markup flags of each line, embedded metadata."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from newsmill.readers.elements import element_tables
from newsmill.readers.embedded_metadata import extract_metadata
from newsmill.readers.fix_text import CONTROLS, UNDECODABLE, decode_text, fix_text
from newsmill.readers.markup import scan_html
from newsmill.readers.publisher_names import choose_publisher
from newsmill.readers.record import MetadataEntry
from newsmill.readers.scripted_text import complete_text
from newsmill.readers.timestamps import parse_timestamp

PRESCAN_BYTES, GUESS_BYTES = 4096, 1 << 18
# Encodings replaced by the wider encoding that browsers use.
_BROWSER_ENCODINGS = {
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
_NOT_FOR_PAGES = ("utf-7", "idna", "punycode", "raw", "unicode", "undefined", "mbcs", "oem")
_SEVEN_BIT_PREFIXES = ("iso2022", "hz")
_CHARSET_IN_MARKUP = re.compile(
    rb"""<meta[^>]{1,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})|^\s*<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w.:-]{2,40})""",
    re.IGNORECASE,
)
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(slots=True)
class HtmlPage:
    """Text and metadata of an HTML document; `marks` has markup flags for each line of `text`, 0 for a blank line."""

    text: str
    encoding: str
    repairs: Sequence[str] = ()
    marks: Sequence[int] = ()
    metadata: Sequence[MetadataEntry] = ()
    title: str | None = None
    authors: Sequence[str] = ()
    publisher: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    canonical_url: str | None = None


def read_html(markup: bytes | str, charset: str | None = None, url: str | None = None) -> HtmlPage:
    """Read an HTML document; `charset` comes from the server's header, `url` is the document's address."""
    data, encoding, repairs = _to_utf8(markup, charset)
    scan = scan_html(data, element_tables())
    metadata, article_body = extract_metadata(data, scan.metadata_tags, url)
    text, marks = complete_text(scan, data, article_body)
    text, fixes = fix_text(text)
    if scan.had_controls:
        repairs += (CONTROLS,)
    return HtmlPage(
        text,
        encoding,
        tuple(dict.fromkeys((*repairs, *fixes))),
        _marks_after_fixes(text, marks, fixes),
        metadata,
        title=_most_confident(metadata, "title"),
        authors=_authors_of_best_method(metadata),
        publisher=choose_publisher([value for field, value, _, _ in metadata if field == "publisher"], url),
        language=_most_confident(metadata, "language"),
        published_at=parse_timestamp(_most_confident(metadata, "published_at")),
        canonical_url=_most_confident(metadata, "canonical_url"),
    )


def _marks_after_fixes(text: str, marks: list[int], fixes: tuple[str, ...]) -> list[int]:
    """Return the markup flags, 0 for a line left blank by the fixes."""
    if not fixes:
        return marks
    return [mark if line.strip() else 0 for line, mark in zip(text.split("\n"), marks, strict=True)]


def _most_confident(metadata: list[MetadataEntry], field: str) -> str | None:
    return next((value for name, value, _, _ in metadata if name == field), None)


def _authors_of_best_method(metadata: list[MetadataEntry]) -> list[str]:
    """Return the authors from the method of highest confidence."""
    authors = [(name, method, confidence) for field, name, method, confidence in metadata if field == "authors"]
    return [name for name, method, confidence in authors if (method, confidence) == authors[0][1:]]


def _to_utf8(markup: bytes | str, charset: str | None) -> tuple[bytes, str, tuple[str, ...]]:
    """Return (markup in UTF-8, original encoding, names of the applied fixes)."""
    if isinstance(markup, str):
        try:
            return markup.encode(), "utf-8", ()
        except UnicodeEncodeError:
            text, repairs = fix_text(markup)
            return text.encode(), "utf-8", repairs
    for mark, encoding in _BYTE_ORDER_MARKS:
        if markup.startswith(mark):
            charset = encoding
            markup = markup.removeprefix(mark) if encoding == "utf-8" else markup
    codec = _codec_of(charset) or _declared_codec(markup)
    if codec and (codec.startswith(("utf-16", *_SEVEN_BIT_PREFIXES))):
        return _recode(markup, codec)
    return (markup, "utf-8", ()) if _is_utf8(markup) else _decode_legacy(markup, codec)


def _is_utf8(markup: bytes) -> bool:
    """Return whether all bytes are valid UTF-8, without decoding (pyarrow validates in place)."""
    if markup.isascii():
        return True
    offsets, data = pa.py_buffer(np.array([0, len(markup)], np.int64)), pa.py_buffer(markup)
    try:
        pa.LargeBinaryArray.from_buffers(pa.large_binary(), 1, [None, offsets, data]).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _decode_legacy(markup: bytes, codec: str | None) -> tuple[bytes, str, tuple[str, ...]]:
    """Decode markup with invalid UTF-8: as UTF-8 if most of it is valid, else by its declared or guessed encoding."""
    text = markup.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    valid = len(text) - broken - sum(map(str.isascii, text))
    if valid > broken:
        return markup.decode("utf-8", "newsmill_stray_byte").encode(), "utf-8", (UNDECODABLE,)
    if not codec or codec == "utf-8":
        _, codec, _ = decode_text(
            scan_html(markup[:GUESS_BYTES], element_tables()).text
        )  # tags would dilute the share of non-ASCII bytes
    return _recode(markup, codec)


def _recode(markup: bytes, encoding: str) -> tuple[bytes, str, tuple[str, ...]]:
    try:
        return markup.decode(encoding).encode(), _encoding_label(encoding), ()
    except UnicodeError:
        return markup.decode(encoding, "replace").encode("utf-8", "replace"), _encoding_label(encoding), (UNDECODABLE,)


def _declared_codec(markup: bytes) -> str | None:
    """Return the codec declared in the markup; UTF-16 means UTF-8, since the declaration was readable as ASCII."""
    match = _CHARSET_IN_MARKUP.search(markup[:PRESCAN_BYTES])
    codec = _codec_of((match[1] or match[2]).decode("ascii", "replace")) if match else None
    return "utf-8" if codec and codec.startswith(("utf-16", "utf-32")) else codec


def _codec_of(label: str | None) -> str | None:
    """Return the codec of a label, None if the label is no text encoding of web pages."""
    try:
        name = codecs.lookup((label or "").strip().strip("\"'").lower()).name
    except (LookupError, ValueError):
        return None
    is_for_pages = codecs.lookup(name)._is_text_encoding and not name.startswith(_NOT_FOR_PAGES)
    return _BROWSER_ENCODINGS.get(name, name) if is_for_pages else None


def _encoding_label(codec: str) -> str:
    return codec.replace("cp125", "windows-125").replace("_", "-")
