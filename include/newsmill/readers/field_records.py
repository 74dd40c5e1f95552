"""Turns a record of named fields, from any format, into a page: text or markup, and metadata from the fields."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from newsmill.readers import webpage
from newsmill.readers.addresses import complete_url
from newsmill.readers.fields import ALIASES, SURE, FieldMapper, split_names, to_paragraphs, to_text
from newsmill.readers.fix_text import ENTITIES, decode_text, fix_text, unescape_entities
from newsmill.readers.language_names import language_code
from newsmill.readers.record import MetadataEntry, Record, RecordPosition, Reject
from newsmill.readers.text import make_text_id
from newsmill.readers.timestamps import parse_timestamp

METHOD = "dump_field"
_FieldValues = dict[str, list[tuple[object, float]]]
"""(value, confidence) pairs by field, as in the record."""
_ParsedValue = str | list[str] | datetime
_ParsedValues = dict[str, list[tuple[_ParsedValue, float]]]
"""(value, confidence) pairs by field, parsed."""
_MARKUP = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?<(!doctype\s+html|"
    r"(html|head|body|article|section|main|div|p|h[1-6]|figure|blockquote)[\s>])",
    re.IGNORECASE,
)
# A text with an element of these, or with so many line breaks, is markup wherever it begins: an author who quotes a
# single tag wrote a text.
_TAG = re.compile(
    r"<(?:(/?)(p|div|li|ul|ol|h[1-6]|a|b|i|em|strong|span|blockquote)(?:\s[^<>]{0,2000})?|br\s*/?)>", re.IGNORECASE
)
_MIN_BREAKS = 2
# A bracket that begins no element, no comment and no instruction: in markup all up to the next `>` would be lost.
_LOOSE_BRACKET = re.compile(
    r"<(?!/?(?:a|abbr|acronym|address|article|aside|audio|b|big|blockquote|body|br|button|canvas|caption|center|cite|"
    r"code|col|colgroup|dd|del|details|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|g|h[1-6]|head|"
    r"header|hr|html|i|iframe|img|input|ins|kbd|label|legend|li|link|main|mark|meta|nav|noscript|object|ol|option|p|"
    r"param|path|picture|pre|q|ruby|rp|rt|s|samp|script|section|select|small|source|span|strike|strong|style|sub|"
    r"summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|tt|u|ul|use|var|video|wbr|"
    r"[a-z]+[-:][\w:-]+)(?:[\s/][^<>]*)?>|!|\?xml)",
    re.IGNORECASE,
)
# The end of a text that a service cut: `… [+3121 chars]` of newsapi.org.
_CUT_MARK = re.compile(r"\s*(?:…|\.\.\.)?\s*\[\+(\d+) chars\]\s*$")
_CUT_MARK_CHARS = 40
_TRUNCATED, _ONLY_TEASER = "truncated", "description"


def page_from_fields(
    position: RecordPosition,
    entry: dict,
    namer: FieldMapper,
    encoding: str = "utf-8",
    repairs: tuple[str, ...] = (),
) -> Record | Reject:
    """Return a page from an entry's fields, or a Reject if no field contains text."""
    values_by_field = namer.values_by_field(entry)
    dump_fields = _read_fields(values_by_field)
    urls = (complete_url(to_text(value)) for value, _ in values_by_field.get("url", ()))
    url = next(filter(None, urls), None)
    result = _read_body(position, values_by_field, encoding, repairs, url)
    if result is None:
        return Reject(position.record_no, "no_text", _no_text_message(entry, url))
    if isinstance(result, Record):
        _apply_dump_fields(result, dump_fields)
        result.url = url or result.url
        result.document_id = _first_text(values_by_field, "document_id") or result.url or make_text_id(result.text)
        result.domain = _first_text(values_by_field, "domain")
    return result


def has_text(entry: dict, namer: FieldMapper) -> bool:
    """Return whether a field of an entry contains text or markup."""
    values_by_field = namer.values_by_field(entry)
    return "text" in values_by_field or "html" in values_by_field


def is_link_list(names: Sequence[str], namer: FieldMapper) -> bool:
    """Report whether the columns of a table list pages by address and title or time, without a text."""
    fields = namer.known(dict.fromkeys(names, "x"))
    return "url" in fields and bool({"title", "published_at"} & set(fields)) and not {"text", "html"} & set(fields)


def list_record_fields(entry: dict) -> Iterator[str]:
    """Yield the names of fields with lists of entries, as in an API response that wraps its articles."""
    return (name for name, value in entry.items() if isinstance(value, list) and value and isinstance(value[0], dict))


def reject_link_list(names: Sequence[str]) -> Reject:
    """Return the reject for a table of addresses without texts."""
    columns = ascii(", ".join(names[:12]))
    detail = f"the table lists addresses and has no column of texts; its columns are {columns}"
    return Reject(0, "no_text", f"{detail}; fetch the pages and land their text or markup")


def fix_short_text(value: str | None) -> str | None:
    """Return a short text with its encoding errors fixed and entities replaced, None if nothing remains."""
    if not value:
        return value
    if "&" in value:
        value = unescape_entities(value)
    if value.isascii() and value.isprintable():
        return value
    return fix_text(value)[0].strip() or None


def _read_body(
    position: RecordPosition, values_by_field: _FieldValues, encoding: str, repairs: tuple[str, ...], url: str | None
) -> Record | Reject | None:
    """Return the page of the first text, else of the markup, else of a teaser; None without any."""
    bodies = (
        (body, confidence)
        for value, confidence in values_by_field.get("text", ())
        if (body := to_paragraphs(_decode_if_bytes(value))) and not body.isspace()
    )
    body, confidence = next(bodies, (None, 0.0))
    markup = next((value for value, _ in values_by_field.get("html", ()) if isinstance(value, str | bytes)), None)
    if body is None or (markup is not None and confidence < SURE):
        return None if markup is None else _read_markup(position, markup, encoding, repairs, url)
    result = _read_text(position, body, encoding, repairs, url)
    if confidence < SURE and isinstance(result, Record):
        result.metadata = [*result.metadata, (_TRUNCATED, _ONLY_TEASER, METHOD, 1.0)]
    return result


def _read_text(
    position: RecordPosition, body: str, encoding: str, repairs: tuple[str, ...], url: str | None
) -> Record | Reject:
    """Return the page of a text, which may be markup, escaped markup, or cut by a service."""
    plain = unescape_entities(body) if "&" in body else body
    markup = next((text for text in dict.fromkeys((body, plain)) if _is_markup(text)), None)
    if markup is not None:
        markup = markup if _is_whole_markup(markup) else _LOOSE_BRACKET.sub("&lt;", markup)
        return _read_markup(position, markup, encoding, repairs, url)
    text, fixes = fix_text(plain)
    if plain != body:
        fixes = (*fixes, ENTITIES)
    metadata = []
    if (end := text[-_CUT_MARK_CHARS:]).rstrip().endswith("chars]") and (cut := _CUT_MARK.search(end)):
        text = text[: len(text) - len(end) + cut.start()]
        metadata.append((_TRUNCATED, f"{cut[1]} characters", METHOD, 1.0))
    if not text.strip():
        detail = "the text holds nothing but control characters; expected the words of a page"
        return Reject(position.record_no, "no_text", detail)
    return Record(*position, text, encoding, _merge_repairs(repairs, fixes), metadata=metadata)


def _read_markup(
    position: RecordPosition, markup: str | bytes, encoding: str, repairs: tuple[str, ...], url: str | None
) -> Record | Reject:
    result = webpage.read_markup_page(position, markup, None, url)
    if isinstance(result, Record):
        result.repairs = _merge_repairs(repairs, result.repairs)
        result.encoding = result.encoding if isinstance(markup, bytes) else encoding
    return result


def _decode_if_bytes(value: object) -> object:
    return decode_text(value)[0] if isinstance(value, bytes) else value


def _is_markup(text: str) -> bool:
    return "<" in text and (_is_whole_markup(text) or _has_elements(text))


def _is_whole_markup(text: str) -> bool:
    return _MARKUP.match(text) is not None and text.rstrip().endswith(">")


def _has_elements(text: str) -> bool:
    """Report whether a text has an element from its opening to its closing tag, or several line breaks."""
    opened, breaks = set(), 0
    for tag in _TAG.finditer(text):
        name = (tag[2] or "").lower()
        if tag[1] and name in opened:
            return True
        breaks += not name
        if breaks == _MIN_BREAKS:
            return True
        if not tag[1]:
            opened.add(name)
    return False


def _merge_repairs(repairs: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    return (*repairs, *(repair for repair in others if repair not in repairs))


def _read_fields(values_by_field: _FieldValues) -> _ParsedValues:
    """Return the dump's metadata of a page with values parsed by field type."""
    dump_fields: _ParsedValues = {}
    for field, read in _FIELD_READERS.items():
        pairs = values_by_field.get(field, ())
        values = [(parsed, confidence) for value, confidence in pairs if (parsed := read(value))]
        if values:
            dump_fields[field] = values
    return dump_fields


def _read_line(value: object) -> str | None:
    return " ".join(text.split()) if (text := fix_short_text(to_text(value))) else None


def _read_names(value: object) -> list[str]:
    return [name for author in split_names(value) if (name := fix_short_text(author))]


_FIELD_READERS: dict[str, Callable[[object], _ParsedValue | None]] = {
    "title": _read_line,
    "authors": _read_names,
    "publisher": _read_line,
    "language": lambda value: language_code(fix_short_text(to_text(value))),
    "published_at": parse_timestamp,
}


def _apply_dump_fields(record: Record, dump_fields: _ParsedValues) -> None:
    """Add the dump's fields to the page's own metadata; set each field to the value of higher confidence."""
    own = {field: confidence for field, _, _, confidence in reversed(record.metadata)}
    for field, values in dump_fields.items():
        if values[0][1] >= own.get(field, 0.0):
            setattr(record, field, values[0][0])
    record.metadata = sorted([*_metadata_entries(dump_fields), *record.metadata], key=lambda entry: -entry[3])


def _metadata_entries(dump_fields: _ParsedValues) -> Iterator[MetadataEntry]:
    for field, values in dump_fields.items():
        for value, confidence in values:
            for item in value if isinstance(value, list) else (value,):
                yield field, item if isinstance(item, str) else item.isoformat(), METHOD, confidence


def _first_text(values_by_field: _FieldValues, field: str) -> str | None:
    return fix_short_text(to_text(values_by_field[field][0][0])) if field in values_by_field else None


def _no_text_message(entry: dict, url: str | None) -> str:
    names = ", ".join(str(name)[:40] for name in list(entry)[:12]) or "none"
    if url:
        fault = "the record has an address and no text; fetch the page and land its text or markup"
        return fix_text(f"{fault}; the record has the fields: {names}")[0]
    expected = ", ".join(ALIASES["text"][:4])
    return fix_text(f"no field holds a text; expected one such as {expected}; the record has the fields: {names}")[0]
