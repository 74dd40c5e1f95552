"""A record of named fields, whatever the format it stood in, as a page: its text or markup, and what it tells of it."""

import re
from collections.abc import Iterator

from newsmill.readers import webpage
from newsmill.readers.fields import ALIASES, Namer, people, plain, prose
from newsmill.readers.fix_text import decode, mend
from newsmill.readers.record import Record, Reject, Told
from newsmill.readers.text import id_of
from newsmill.readers.timestamps import moment

METHOD = "dump_field"
_MARKUP = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?<(!doctype\s+html|"
    r"(html|head|body|article|section|main|div|p|h[1-6]|figure|blockquote)[\s>])",
    re.IGNORECASE,
)
_ONE_LINE = ("title", "publisher")


def page(
    number: int,
    start: int | None,
    end: int | None,
    entry: dict,
    namer: Namer,
    encoding: str = "utf-8",
    repairs: tuple[str, ...] = (),
) -> Record | Reject:
    """Make a page of an entry's fields; a Reject says that none of them holds a text."""
    told = namer.told(entry)
    given = _given(told)
    url = given["url"][0][0] if "url" in given else None
    found = _body(number, start, end, told, encoding, repairs, url)
    if found is None:
        return Reject(number, "no_text", _no_text(entry))
    if isinstance(found, Record):
        _tell(found, given)
        found.url = url or found.url
        found.document_id = _first(told, "document_id") or found.url or id_of(found.text)
        found.domain = _first(told, "domain")
    return found


def has_text(entry: dict, namer: Namer) -> bool:
    """Tell whether a field of an entry holds the text of a page or its markup."""
    told = namer.told(entry)
    return "text" in told or "html" in told


def listed(entry: dict) -> Iterator[str]:
    """Name the fields that hold further entries, as in the answer of a service that wraps its articles."""
    return (name for name, value in entry.items() if isinstance(value, list) and value and isinstance(value[0], dict))


def sound(value: str | None) -> str | None:
    """Return a short text mended."""
    if not value or (value.isascii() and value.isprintable()):
        return value
    return mend(value)[0].strip() or None


def _body(
    number: int,
    start: int | None,
    end: int | None,
    told: dict,
    encoding: str,
    repairs: tuple[str, ...],
    url: str | None,
) -> Record | Reject | None:
    bodies = (prose(_decoded(value)) for value, _ in told.get("text", ()))
    body = next((body for body in bodies if body and not body.isspace()), None)
    markup = next((value for value, _ in told.get("html", ()) if isinstance(value, str | bytes)), None)
    if body is not None and not _is_markup(body):
        text, mended = mend(body)
        if not text.strip():
            detail = "the text holds nothing but control characters; expected the words of a page"
            return Reject(number, "no_text", detail)
        return Record(number, start, end, text, encoding, _both(repairs, mended))
    if body is None and markup is None:
        return None
    found = webpage.page(number, start, end, body if body is not None else markup, None, url)
    if isinstance(found, Record):
        found.repairs = _both(repairs, found.repairs)
        found.encoding = found.encoding if isinstance(markup, bytes) and body is None else encoding
    return found


def _decoded(value: object) -> object:
    return decode(value)[0] if isinstance(value, bytes) else value


def _is_markup(text: str) -> bool:
    return _MARKUP.match(text) is not None and text.rstrip().endswith(">")


def _both(repairs: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return (*repairs, *(repair for repair in others if repair not in repairs))


def _given(told: dict) -> dict[str, list[tuple[object, float]]]:
    """Return what a dump's own fields say of a page, each value read as what its field means."""
    given = {}
    for field, read in _READ.items():
        values = [(found, sure) for value, sure in told.get(field, ()) if (found := read(value))]
        if values:
            given[field] = values
    return given


def _one_line(value: object) -> str | None:
    return " ".join(found.split()) if (found := sound(plain(value))) else None


def _names(value: object) -> list[str]:
    return [name for author in people(value) if (name := sound(author))]


_READ = {
    "url": lambda value: sound(plain(value)),
    "title": _one_line,
    "authors": _names,
    "publisher": _one_line,
    "language": lambda value: sound(plain(value)),
    "published_at": moment,
}


def _tell(record: Record, given: dict) -> None:
    """Set what the dump tells beside what the page tells of itself; the surer of the two is chosen."""
    own = {field: sure for field, _, _, sure in reversed(record.metadata)}
    for field, values in given.items():
        if field != "url" and values[0][1] >= own.get(field, 0.0):
            setattr(record, field, values[0][0])
    record.metadata = sorted([*_entries(given), *record.metadata], key=lambda told: -told[3])


def _entries(given: dict) -> Iterator[Told]:
    for field, values in given.items():
        for value, sure in () if field == "url" else values:
            for one in value if isinstance(value, list) else (value,):
                yield field, one if isinstance(one, str) else one.isoformat(), METHOD, sure


def _first(told: dict, field: str) -> str | None:
    return sound(plain(told[field][0][0])) if field in told else None


def _no_text(entry: dict) -> str:
    names = ", ".join(str(name)[:40] for name in list(entry)[:12]) or "none"
    wanted = ", ".join(ALIASES["text"][:4])
    return mend(f"no field holds a text; expected one such as {wanted}; the record has the fields: {names}")[0]
