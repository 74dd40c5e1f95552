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
from newsmill.readers.fields import SURE, FieldMapper
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
# The encodings of feeds; codecs of Python that are no charset, such as unicode_escape, change the text.
_CHARSET = re.compile(
    r"us-ascii|latin-?1|iso-8859-\d{1,2}|windows-\d{3,4}|cp\d{3,4}|koi8-[rtu]|macintosh|shift[_-]jis|euc-(?:jp|kr)|"
    r"iso-2022-(?:jp|kr)|gb2312|gbk|gb18030|big5(?:-hkscs)?|ks_c_5601-1987|tis-620",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    rb"<!\[CDATA\[|<!--|(?i:<(?:atom:|rss:)?(?:item|entry)(?=[\s>/])|</(?:atom:|rss:)?(?:item|entry)\s*>)"
)
_TOKEN_BYTES = 16  # a token may begin in one block and end in the next
_ENDS = {b"<![CDATA[": b"]]>", b"<!--": b"-->"}
_HEADER_BYTES = 64 * 1024
_CHANNEL_FIELD = r"<(?:atom:)?{0}(?:\s[^>]{{0,500}})?>\s*(?:<!\[CDATA\[)?([^<\]]{{1,300}})"
_CHANNEL_TITLE, _CHANNEL_LANGUAGE = (re.compile(_CHANNEL_FIELD.format(name)) for name in ("title", "language"))
# An unclosed section is matched once, to the end: a search from each opening in it took quadratic time.
_CDATA = re.compile(r"(<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_LOOSE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_PREFIXES = ("atom:", "rss:")
_MAIL_AUTHOR = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}\s+\(([^()]+)\)")
_BLOCKS = frozenset("blockquote br div figure h1 h2 h3 h4 h5 h6 hr li ol p table td tr ul".split())
_EMPTY_ELEMENTS = frozenset(("br", "hr", "img"))
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
    count = 0
    for count, record in enumerate(items.read(), 1):
        record.record_no = count
        if isinstance(record, Record) and wide:
            record.set_wide_encoding(wide)
        yield record
    if count == 0 and not file.failure:
        yield _reject_without_items(window.end) if head.strip() else reject_empty(window.end)


def _reject_without_items(size: int) -> Reject:
    fault = f"the feed has no item and no entry ({size} bytes), expected at least one"
    return Reject(0, "empty_file", f"{fault}; see whether its publisher had none to offer, or its dump was cut short")


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
            position, mark = token
            if mark in _ENDS:
                self._skip_to(_ENDS[mark], start)
            elif mark.startswith(b"</"):
                if start is not None:
                    yield self._read_item(start, self.position)
                start = None
            else:
                if start is not None:
                    yield self._reject(start, position, "another item begins before its end")
                elif self.channel is None:
                    self.channel = self._read_channel(position)
                start = position
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
        while (offset := self.window.data.find(end, self.position - self.window.start)) < 0:
            self.position = max(self.position, self.window.end - len(end) + 1)
            if self.is_over:
                return
            self._read_on(start)
        self.position = self.window.start + offset + len(end)

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
            entry = (self.channel or {}) | _name_fields(fields, self.namer)
            return field_records.page_from_fields(RecordPosition(0, start, end), entry, self.namer, encoding, repairs)
        except expat.ExpatError as error:
            return self._reject(start, end, str(error))
        except MemoryError:
            raise
        except Exception as error:  # one record must not take the night with it
            return crash_reject(0, error)

    def _decode(self, data: bytes) -> tuple[str, str, tuple[str, ...]]:
        if self.encoding and _CHARSET.fullmatch(self.encoding):
            try:
                return data.decode(self.encoding), self.encoding.lower(), ()
            except (LookupError, UnicodeError):
                pass
        return decode_text(data)

    def _reject(self, start: int, end: int, fault: str) -> Reject:
        detail = f"the item at bytes {start} to {end} is damaged: {fault}; it was left out, and the rest read"
        return Reject(0, "damaged_record", detail)


class _Node:
    """An element of an item: attributes, and texts and child elements in order; the markup of XHTML is one text."""

    __slots__ = ("attributes", "is_markup", "name", "parts")

    def __init__(self, name: str, attributes: dict[str, str]):
        self.name, self.attributes = name, attributes
        self.parts: list[str | _Node] = []
        self.is_markup = attributes.get("type") == "xhtml"

    @property
    def children(self) -> "list[_Node]":
        """Return the child elements."""
        return [part for part in self.parts if isinstance(part, _Node)]

    def value(self) -> str | list | dict:
        """Return the element as a value of JSON: Scrapy writes a list as elements `value`."""
        children = self.children
        if self._has_blocks():
            return f"<div>{self._join_parts(True)}</div>"
        if not children or any(isinstance(part, str) and not part.isspace() for part in self.parts):
            return self._join_parts(False).strip()
        if all(child.name == "value" for child in children):
            return [child.value() for child in children]
        return {child.name: child.value() for child in children}

    def _has_blocks(self) -> bool:
        return any(child.name.lower() in _BLOCKS or child._has_blocks() for child in self.children)

    def _join_parts(self, with_tags: bool) -> str:
        """Return the text of an element, or its markup without attributes."""
        pieces: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                pieces.append(html.escape(part, quote=False) if with_tags and not self.is_markup else part)
            elif with_tags:
                pieces += (f"<{part.name}>", part._join_parts(True), _close_tag(part.name))
            else:
                pieces.append(part._join_parts(False))
        return "".join(pieces)


def _close_tag(name: str) -> str:
    """Return the closing tag; none for elements without content, where HTML reads it as a second element."""
    return "" if name.lower() in _EMPTY_ELEMENTS else f"</{name}>"


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
        node = _Node(_remove_prefix(name), attributes) if stack else root
        if stack and len(stack) < _MAX_DEPTH:
            stack[-1].parts.append(node)
        stack.append(node)

    def end(name: str) -> None:
        node = stack.pop()
        if stack and stack[-1] is node:
            node.parts.append(_close_tag(name))

    def text_of(data: str) -> None:
        stack[-1].parts.append(html.escape(data, quote=False) if stack[-1].is_markup else data)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text_of
    parser.Parse(text.encode("utf-8", "replace"), True)
    return root.children


def _remove_prefix(name: str) -> str:
    return next((name[len(prefix) :] for prefix in _PREFIXES if name.lower().startswith(prefix)), name)


def _name_fields(nodes: list[_Node], namer: FieldMapper) -> dict[str, object]:
    """Return the elements of an item as the fields of a record."""
    fields: dict[str, object] = {}
    for node in nodes:
        name, value = _name_field(node)
        if not value:
            continue
        if name not in fields:
            fields[name] = value
        elif name in ("author", "dc_creator"):
            earlier = fields[name]
            fields[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
    identity = fields.get("guid")
    if "link" not in fields and isinstance(identity, str) and identity.startswith(("http://", "https://")):
        fields["link"] = identity
    teaser = fields.get("description")
    if isinstance(teaser, str) and len(teaser) >= _FULL_TEXT_CHARS and not _has_body(fields, namer):
        fields["text"] = teaser
    return fields


def _has_body(fields: dict[str, object], namer: FieldMapper) -> bool:
    """Report whether the fields of an item have markup, or a text that is no teaser."""
    values_by_field = namer.values_by_field(fields)
    return "html" in values_by_field or any(confidence >= SURE for _, confidence in values_by_field.get("text", ()))


def _name_field(node: _Node) -> tuple[str, object]:
    """Return the name and the value of an element as a field."""
    name, value = node.name.replace(":", "_").lower(), node.value()
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
