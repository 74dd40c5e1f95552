"""Recognition of formats, by the content of a file and never by name."""

import codecs
import re
from collections.abc import Mapping

import orjson

HEAD_BYTES = 128 * 1024
MAX_CONTROL_SHARE = 0.01
_LINES_TRIED = 20
_CONTROLS = bytes([*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
_HOLE = re.compile(rb"\0{64,}")  # of a file copied before its end: the rest is text
_OPENS_OBJECT = re.compile(rb'\s*\{\s*["}]')
_OPENS_DOCUMENT = re.compile(rb'\s*(\[\s*\{\s*"|\{[ \t\r]*\n\s*")')
# An object that is no record itself but holds a list of them, as services answer.
WRAPPER = re.compile(
    rb'\s*\{(\s*"[^"]{0,80}"\s*:\s*("[^"]{0,300}"|[\w.+-]+|\{[^{}]{0,1000}\})\s*,|\s*"[^"]{0,80}"\s*:\s*\{)*'
    rb'\s*"(articles|items|results|data|docs|documents|records|hits|entries|posts|stories|news|value|rows|pages)"'
    rb"\s*:\s*\[\s*\{",
    re.IGNORECASE,
)
# An object that holds one record under each address: `{"https://…": {…}, …}`.
KEYED = re.compile(rb'\s*\{\s*"https?://[^"\s]{1,2000}"\s*:\s*[{"]', re.IGNORECASE)
# An object of objects, by any key.
OBJECTS = re.compile(rb'\s*\{\s*"[^"]{1,200}"\s*:\s*\{')
# Objects that follow each other on one line.
_GLUED = re.compile(rb'\}\s*\{\s*"')
_COMMENTS = rb"\s*+(?:<!--(?:[^-]|-(?!->)){0,4000}-->\s*+)*+"
_DOCUMENT = rb"<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>])"
# A page may also open with an element of a head, with one of a body where a tag closes below, or with warnings of PHP.
HTML_OPENING = re.compile(
    rb"\s*+(?:<\?xml[^>]*>)?" + _COMMENTS + _DOCUMENT + rb"|"
    rb"" + _COMMENTS + rb"<(?:script|style|meta|link|title|base)(?:\s[^<>]*)?/?>|"
    rb"" + _COMMENTS + rb"<(?:div|main|section|article|table|center|h[1-6]|p)(?:\s[^<>]*)?>[^\0]{0,8000}?</[a-z]|"
    rb"\s*+(?:<br ?/?>\s*+)?(?:<b>)?(?:PHP )?(?:Warning|Notice|Deprecated|Fatal error|Strict Standards)(?:</b>)?:"
    rb"[^\0]{0,8000}?" + _DOCUMENT,
    re.IGNORECASE,
)
_MAGIC = {
    b"%PDF-": "a PDF document",
    b"PK\x03\x04": "a zip archive of the parts of a document",
    b"PAR1": "a Parquet file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ\x00": "an xz file",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a rar archive",
    b"\x89PNG\r\n\x1a\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\x1f\x8b": "a gzip file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"SQLite format 3\x00": "an SQLite database",
    b"\x7fELF": "a program",
    b"\xd0\xcf\x11\xe0": "an Office document",
    b"RIFF": "a sound or film",
}


def file_format(head: bytes, openings: Mapping[str, re.Pattern[bytes]]) -> str:
    """Return the format of the first unpacked bytes: the first with a matching opening, else json, jsonl or text."""
    head = _decode_head(head)
    for name, opening in openings.items():
        if opening.match(head):
            return name
    if WRAPPER.match(head) or KEYED.match(head):
        return "json"
    *lines, rest = head.split(b"\n")
    whole = [line for line in lines if line.strip()][:_LINES_TRIED] or [rest]
    if len(whole) == 1 and _holds_objects(whole[0]):
        return "json"
    if len(whole) == 1 and _OPENS_OBJECT.match(whole[0]) and not _is_object(whole[0]) and _GLUED.search(whole[0]):
        return "json"
    if _is_record(whole[0]) or 2 * sum(map(_is_object, whole)) >= len(whole):
        return "jsonl"
    if _OPENS_DOCUMENT.match(head):
        return "json"
    return "jsonl" if _OPENS_OBJECT.match(head) else "text"


def is_html(head: bytes) -> bool:
    """Report whether the first bytes open a page of markup."""
    return HTML_OPENING.match(_decode_head(head)) is not None


def describe_binary(content: bytes) -> str | None:
    """Describe bytes of no text in any encoding; None for text."""
    if wide := find_wide_encoding(content):
        content = content[: len(content) // 4 * 4].decode(wide, "replace").replace("\ufffd", "\0").encode()
    content = _HOLE.sub(b"", content) or content
    controls = len(content) - len(content.translate(None, _CONTROLS))
    for magic, description in _MAGIC.items():
        if content.startswith(magic) and (controls or description == "a PDF document"):
            return description
    if controls > MAX_CONTROL_SHARE * len(content):
        return f"binary ({controls} control bytes in the {len(content)} looked at)"
    return None


def find_wide_encoding(head: bytes) -> str | None:
    """Return utf-16 or utf-32 where a byte order mark says so."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None


def _decode_head(head: bytes) -> bytes:
    wide = find_wide_encoding(head)
    return head.decode(wide, "replace").encode() if wide else head.removeprefix(codecs.BOM_UTF8)


def _is_object(line: bytes) -> bool:
    return _parse_object(line) is not None


def _is_record(line: bytes) -> bool:
    return len(_parse_object(line) or ()) > 1


def _holds_objects(line: bytes) -> bool:
    """Report whether all values of an object are objects: records by their identifiers."""
    value = _parse_object(line)
    return (
        value is not None and len(value) > 1 and all(isinstance(one, dict) and len(one) > 1 for one in value.values())
    )


def _parse_object(line: bytes) -> dict | None:
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
