"""The format feed: RSS, RSS 1.0, Atom and the XML items of Scrapy; an item is a record, read one by one.

Items are found by their tags alone and parsed apart, without the document type of the file: no entity is expanded, and
a damaged item takes no other with it.
"""

import html
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from xml.parsers import expat

from newsmill.formats import Format
from newsmill.readers import field_records
from newsmill.readers.detect import HEAD_BYTES, find_wide_encoding
from newsmill.readers.fields import FieldMapper
from newsmill.readers.fix_text import decode_text
from newsmill.readers.lines import recode_to_utf8
from newsmill.readers.record import ReadResult, Record, RecordPosition, Reject, crash_reject
from newsmill.readers.text import reject_empty
from newsmill.readers.unpack import UnpackedFile
from newsmill.readers.window import Window

_OPENING = re.compile(
    rb"\s*(?:<\?xml[^>]{0,500}\?>\s*)?(?:<\?[^>]{0,500}\?>\s*|<!--(?:[^-]|-(?!->)){0,4000}-->\s*|<!DOCTYPE[^>\[]{0,500}>\s*)*"
    rb"<(?:rss|(?:atom:)?feed|rdf:RDF|items)[\s>]",
    re.IGNORECASE,
)
_ENCODING = re.compile(rb"""\s*<\?xml[^>]{1,300}?encoding\s*=\s*["']([\w.:-]{2,40})""")
_TOKEN = re.compile(rb"<!\[CDATA\[|<!--|<(?:atom:)?(?:item|entry)(?=[\s>/])|</(?:atom:)?(?:item|entry)\s*>")
_TOKEN_BYTES = 16  # a token may begin in one block and end in the next
_ENDS = {b"<![CDATA[": b"]]>", b"<!--": b"-->"}
_HEADER_BYTES = 64 * 1024
_CHANNEL_FIELD = r"<(?:atom:)?{0}(?:\s[^>]*)?>\s*(?:<!\[CDATA\[)?([^<\]]{{1,300}})"
_CHANNEL_TITLE, _CHANNEL_LANGUAGE = (re.compile(_CHANNEL_FIELD.format(name)) for name in ("title", "language"))
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_LOOSE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_UNDECLARED_PREFIX = "atom:"
_MAIL_AUTHOR = re.compile(r"\S+@\S+\s+\(([^()]+)\)")
_MAX_DEPTH = 20
_FULL_TEXT_CHARS = 600
"""A description of so many characters is the text of an item without content: teasers of feeds have under 500."""


def read(file: UnpackedFile, name: str) -> Iterator[ReadResult]:
    """Yield a record or a reject for every item; `name` is not used."""
    head = file.head(HEAD_BYTES)
    wide = find_wide_encoding(head)
    window = Window(recode_to_utf8(file.blocks(), wide) if wide else file.blocks())
    declared = _ENCODING.match(head.removeprefix(BOM_UTF8))
    items = _Items(window, file, FieldMapper(file.field_names), None if wide or not declared else declared[1].decode())
    number = 0
    for number, record in enumerate(items.read(), 1):
        record.record_no = number
        if isinstance(record, Record) and wide:
            record.byte_start = record.byte_end = None
            record.encoding = wide
        yield record
    if number == 0 and not file.failure:
        yield reject_empty(window.end)


class _Items:
    """Reads the items of a feed as pages, with the name and the language of the feed."""

    def __init__(self, window: Window, file: UnpackedFile, namer: FieldMapper, encoding: str | None):
        self.window, self.file, self.namer, self.encoding = window, file, namer, encoding
        self.position, self.is_over = 0, False
        self.channel: dict[str, str] | None = None

    def read(self) -> Iterator[Record | Reject]:
        """Yield a record or a reject for every item, in order."""
        start: int | None = None
        while token := self._next_token(start):
            at, mark = token
            if mark in _ENDS:
                self._skip_to(_ENDS[mark], start)
            elif mark.startswith(b"</"):
                if start is not None:
                    yield self._read_item(start, self.position)
                start = None
            else:
                if start is not None:
                    yield self._reject(start, at, "another item begins before its end")
                elif self.channel is None:
                    self.channel = self._read_channel(at)
                start = at
        if start is not None and not self.file.failure:
            yield self._reject(start, self.window.end, "the file ends before its end")

    def _next_token(self, start: int | None) -> tuple[int, bytes] | None:
        """Return the offset and the text of the next tag of an item, CDATA or comment; None at the end of the file."""
        while True:
            match = _TOKEN.search(self.window.data, self.position - self.window.start)
            if match and (self.is_over or match.end() + _TOKEN_BYTES < len(self.window.data)):
                self.position = self.window.start + match.end()
                return self.window.start + match.start(), bytes(match[0])
            if self.is_over:
                return None
            if not match:
                self.position = max(self.position, self.window.end - _TOKEN_BYTES)
            self._read_on(start)

    def _read_on(self, start: int | None) -> None:
        """Extend the window, and drop the bytes before an open item; of an item over the limit only the end is kept."""
        kept = self.position if start is None else start
        if self.channel is None and start is None:
            kept = max(0, self.position - _HEADER_BYTES)
        if self.window.end - kept > 2 * self.file.limits.record_bytes:
            kept = self.position
        self.window.forget(min(kept, self.position))
        self.is_over = not self.window.more()

    def _skip_to(self, end: bytes, start: int | None) -> None:
        """Move behind the end of CDATA or of a comment, or to the end of the file."""
        while (at := self.window.data.find(end, self.position - self.window.start)) < 0:
            self.position = max(self.position, self.window.end - len(end) + 1)
            if self.is_over:
                return
            self._read_on(start)
        self.position = self.window.start + at + len(end)

    def _read_channel(self, end: int) -> dict[str, str]:
        header, _, _ = self._decode(self.window.slice(max(self.window.start, end - _HEADER_BYTES), end))
        title, language = _CHANNEL_TITLE.search(header), _CHANNEL_LANGUAGE.search(header)
        fields = {"feed_name": title, "language": language}
        return {name: html.unescape(match[1]).strip() for name, match in fields.items() if match}

    def _read_item(self, start: int, end: int) -> Record | Reject:
        limit = self.file.limits.record_bytes
        if end - start > limit or start < self.window.start:
            detail = f"the item at byte {start} has {end - start} bytes, the limit is {limit}; it was skipped; split it"
            return Reject(0, "record_too_large", detail)
        text, encoding, repairs = self._decode(self.window.slice(start, end))
        try:
            fields = _parse_item(text)
            entry = (self.channel or {}) | _name_fields(fields)
            return field_records.page_from_fields(RecordPosition(0, start, end), entry, self.namer, encoding, repairs)
        except expat.ExpatError as error:
            return self._reject(start, end, str(error))
        except MemoryError:
            raise
        except Exception as error:  # one record must not take the night with it
            return crash_reject(0, error)

    def _decode(self, data: bytes) -> tuple[str, str, tuple[str, ...]]:
        if self.encoding and self.encoding.lower() not in ("utf-8", "utf8"):
            try:
                return data.decode(self.encoding), self.encoding.lower(), ()
            except (LookupError, UnicodeDecodeError):
                pass
        return decode_text(data)

    def _reject(self, start: int, end: int, fault: str) -> Reject:
        detail = f"the item at bytes {start} to {end} is damaged: {fault}; it was left out, and the rest read"
        return Reject(0, "damaged_record", detail)


class _Node:
    """An element of an item: text, attributes, child elements; the markup inside where the content is XHTML."""

    __slots__ = ("attributes", "children", "is_markup", "name", "parts")

    def __init__(self, name: str, attributes: dict[str, str]):
        self.name, self.attributes = name, attributes
        self.parts: list[str] = []
        self.children: list[_Node] = []
        self.is_markup = attributes.get("type") == "xhtml"

    def value(self) -> str | list | dict:
        """Return the element as a value of JSON: Scrapy writes a list as elements `value`."""
        if not self.children:
            return "".join(self.parts).strip()
        if all(child.name == "value" for child in self.children):
            return [child.value() for child in self.children]
        return {child.name: child.value() for child in self.children}


def _parse_item(text: str) -> list[_Node]:
    """Return the elements of an item; undeclared entities and loose ampersands are repaired where the item has any."""
    try:
        return _parse_elements(text)
    except expat.ExpatError:
        pieces = _CDATA.split(text)
        pieces[::2] = [_LOOSE_AMPERSAND.sub("&amp;", _unescape_names(piece)) for piece in pieces[::2]]
        return _parse_elements("".join(pieces))


def _unescape_names(text: str) -> str:
    """Replace the entities of HTML that XML does not know."""
    return re.sub(
        r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]{1,30};", lambda match: html.unescape(match[0]), text
    )


def _parse_elements(text: str) -> list[_Node]:
    stack: list[_Node] = []
    root = _Node("", {})

    def start(name: str, attributes: dict[str, str]) -> None:
        if stack and stack[-1].is_markup:
            stack[-1].parts.append(f"<{name}>")
            stack.append(stack[-1])
            return
        node = _Node(name.removeprefix(_UNDECLARED_PREFIX), attributes) if stack else root
        if stack and len(stack) < _MAX_DEPTH:
            stack[-1].children.append(node)
        stack.append(node)

    def end(name: str) -> None:
        node = stack.pop()
        if stack and stack[-1] is node:
            node.parts.append(f"</{name}>")

    def text_of(data: str) -> None:
        stack[-1].parts.append(html.escape(data, quote=False) if stack[-1].is_markup else data)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text_of
    parser.Parse(text.encode("utf-8", "replace"), True)
    return root.children


def _name_fields(nodes: list[_Node]) -> dict[str, object]:
    """Return the elements of an item as the fields of a record."""
    fields: dict[str, object] = {}
    for node in nodes:
        name, value = _name_field(node)
        if not value:
            continue
        if name not in fields:
            fields[name] = value
        elif name in ("author", "dc_creator"):
            held = fields[name]
            fields[name] = [*held, value] if isinstance(held, list) else [held, value]
    identity = fields.get("guid")
    if "link" not in fields and isinstance(identity, str) and identity.startswith(("http://", "https://")):
        fields["link"] = identity
    teaser = fields.get("description")
    if isinstance(teaser, str) and len(teaser) >= _FULL_TEXT_CHARS and not {"content", "content_html"} & set(fields):
        fields["text"] = fields.pop("description") if "text" not in fields else teaser
    return fields


def _name_field(node: _Node) -> tuple[str, object]:
    """Return the name and the value of an element as a field."""
    name, value = node.name.replace(":", "_"), node.value()
    if name == "link" and "href" in node.attributes:
        is_page = node.attributes.get("rel", "alternate") == "alternate"
        return ("link", node.attributes["href"]) if is_page else ("", None)
    if name in ("content", "content_encoded"):
        is_markup = isinstance(value, str) and "<" in value
        return "content_html" if is_markup else "content", value
    if name == "updated":  # the only time of many Atom entries
        return "timestamp", value
    if name == "author" and isinstance(value, str) and (mail := _MAIL_AUTHOR.fullmatch(value)):
        return name, mail[1]
    return name, value


FORMATS = (Format("feed", read, opening=_OPENING),)
