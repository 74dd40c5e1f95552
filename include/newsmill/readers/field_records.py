"""Turns a record of named fields, from any format, into a page: text or markup, and metadata from the fields."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from newsmill.readers import webpage
from newsmill.readers.fields import ALIASES, FieldMapper, split_names, to_paragraphs, to_text
from newsmill.readers.fix_text import decode_text, fix_text
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
    urls = (fix_short_text(to_text(value)) for value, _ in values_by_field.get("url", ()))
    url = next(filter(None, urls), None)
    result = _read_body(position, values_by_field, encoding, repairs, url)
    if result is None:
        return Reject(position.record_no, "no_text", _no_text_message(entry))
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


def list_record_fields(entry: dict) -> Iterator[str]:
    """Yield the names of fields with lists of entries, as in an API response that wraps its articles."""
    return (name for name, value in entry.items() if isinstance(value, list) and value and isinstance(value[0], dict))


def fix_short_text(value: str | None) -> str | None:
    """Return a short text with its encoding errors fixed, None if nothing remains."""
    if not value or (value.isascii() and value.isprintable()):
        return value
    return fix_text(value)[0].strip() or None


def _read_body(
    position: RecordPosition, values_by_field: _FieldValues, encoding: str, repairs: tuple[str, ...], url: str | None
) -> Record | Reject | None:
    bodies = (to_paragraphs(_decode_if_bytes(value)) for value, _ in values_by_field.get("text", ()))
    body = next((body for body in bodies if body and not body.isspace()), None)
    markup = next((value for value, _ in values_by_field.get("html", ()) if isinstance(value, str | bytes)), None)
    if body is not None and not _is_markup(body):
        text, fixes = fix_text(body)
        if not text.strip():
            detail = "the text holds nothing but control characters; expected the words of a page"
            return Reject(position.record_no, "no_text", detail)
        return Record(*position, text, encoding, _merge_repairs(repairs, fixes))
    page = body if body is not None else markup
    if page is None:
        return None
    result = webpage.read_markup_page(position, page, None, url)
    if isinstance(result, Record):
        result.repairs = _merge_repairs(repairs, result.repairs)
        result.encoding = result.encoding if isinstance(markup, bytes) and body is None else encoding
    return result


def _decode_if_bytes(value: object) -> object:
    return decode_text(value)[0] if isinstance(value, bytes) else value


def _is_markup(text: str) -> bool:
    return _MARKUP.match(text) is not None and text.rstrip().endswith(">")


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
    "language": lambda value: fix_short_text(to_text(value)),
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


def _no_text_message(entry: dict) -> str:
    names = ", ".join(str(name)[:40] for name in list(entry)[:12]) or "none"
    expected = ", ".join(ALIASES["text"][:4])
    return fix_text(f"no field holds a text; expected one such as {expected}; the record has the fields: {names}")[0]
