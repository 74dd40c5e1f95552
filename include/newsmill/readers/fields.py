"""Maps the field names of dumps to known fields, and their values to texts, paragraphs and author names."""

import re
from collections.abc import Iterable
from typing import TypeVar

from newsmill.languages.word_lists import join_words
from newsmill.readers.fix_text import decode_text

_Value = TypeVar("_Value")

# Names in order of preference: the first with a value is used. Only letters and digits are compared, in lower case, so
# publishedAt, published_at and Published-At are equal.
ALIASES = {
    "document_id": (
        "id",
        "document_id",
        "doc_id",
        "docno",
        "article_id",
        "uuid",
        "uid",
        "guid",
        "record_id",
        "warc_record_id",
        "story_id",
        "item_id",
        "post_id",
        "news_id",
        "page_id",
        "key",
        "identifier",
    ),
    "url": (
        "url",
        "canonical_url",
        "link",
        "permalink",
        "uri",
        "article_url",
        "page_url",
        "source_url",
        "web_url",
        "href",
        "document_url",
        "requested_url",
        "target_uri",
        "warc_target_uri",
        "short_url",
        "main_entity_of_page",
        "address",
    ),
    "title": (
        "title",
        "headline",
        "article_title",
        "page_title",
        "news_title",
        "doc_title",
        "heading",
        "title_text",
        "og_title",
        "name",
        "subject",
    ),
    "text": (
        "text",
        "plain_text",
        "cleaned_text",
        "clean_text",
        "main_text",
        "article_text",
        "full_text",
        "body_text",
        "page_text",
        "text_content",
        "article_body",
        "body",
        "article",
        "full_content",
        "content",
        "contents",
        "article_content",
        "raw_content",
        "story",
        "document",
        "story_text",
        "transcript",
        "post",
        "paragraphs",
        "description",
    ),
    "published_at": (
        "published_at",
        "date_published",
        "publish_date",
        "date_publish",
        "published_date",
        "publication_date",
        "publication_datetime",
        "published",
        "pub_date",
        "published_on",
        "published_time",
        "publish_time",
        "publishing_date",
        "article_published_time",
        "datetime",
        "first_published",
        "first_publication_date",
        "display_date",
        "issued",
        "date",
        "timestamp",
        "time",
        "created_at",
        "date_created",
        "created",
        "created_time",
        "created_utc",
        "posted_at",
        "post_date",
        "day",
    ),
    "authors": (
        "authors",
        "author",
        "byline",
        "bylines",
        "author_name",
        "creator",
        "creators",
        "dc_creator",
        "writer",
        "writers",
        "written_by",
        "reporter",
        "contributors",
        "by",
    ),
    "domain": (
        "domain",
        "source_domain",
        "site_domain",
        "domain_name",
        "hostname",
        "host",
        "netloc",
        "source_common_name",
        "website",
    ),
    "publisher": (
        "publisher",
        "publisher_name",
        "source_name",
        "source",
        "outlet",
        "news_outlet",
        "publication",
        "publication_name",
        "newspaper",
        "site_name",
        "og_site_name",
        "site",
        "media_name",
        "media",
        "provider",
        "news_source",
        "source_title",
        "agency",
        "feed_name",
        "channel",
    ),
    "html": (
        "html",
        "raw_html",
        "page_html",
        "html_content",
        "content_html",
        "html_body",
        "body_html",
        "source_html",
        "html_source",
        "page_source",
        "markup",
    ),
    "language": (
        "language",
        "lang",
        "language_code",
        "lang_code",
        "detected_language",
        "in_language",
        "locale",
        "iso_language",
    ),
}
# Confidence of a clear name, and of an ambiguous one: the time may be that of the crawl, the name that of a file, the
# site the linking site.
SURE, LIKELY = 0.95, 0.6
_AMBIGUOUS = frozenset(
    (
        "name",
        "subject",
        "heading",
        "datetime",
        "date",
        "timestamp",
        "time",
        "created_at",
        "date_created",
        "created",
        "created_time",
        "created_utc",
        "posted_at",
        "day",
        "display_date",
        "issued",
        "source",
        "site",
        "media",
        "provider",
        "agency",
        "feed_name",
        "channel",
        "short_url",
        "address",
        "href",
        "detected_language",
        "locale",
        "by",
        "contributors",
    )
)
_TEXT_MEMBERS = (
    "name",
    "$oid",
    "@value",
    "value",
    "rendered",
    "main",
    "title",
    "text",
    "content",
    "domain",
    "href",
    "url",
    "@id",
)
_MAX_DEPTH = 4
_MAX_PLANS = 1_000
_NO_NAMES = {"", "none", "null", "nan", "n/a", "na", "unknown", "undefined", "-", "by"}
_BY = re.compile(r"(written\s+)?by:?\s+", re.IGNORECASE)
_SUFFIX = re.compile(r"(Jr|Sr|II|III|IV|M\.?D|Ph\.?D|Esq|MBE|OBE|CBE)\.?", re.IGNORECASE)
_QUALIFIERS = "|".join(map(re.escape, join_words("bylines", "job_qualifiers")))
_TITLES = "|".join(map(re.escape, join_words("bylines", "job_titles")))
_JOB = re.compile(rf"((?:{_QUALIFIERS})\s+)*(?:{_TITLES})", re.IGNORECASE)
_SEPARATORS = re.compile(r"[,;|&]|\band\b", re.IGNORECASE)


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


_FIELD_RANKS = {_letters(alias): (field, rank) for field, names in ALIASES.items() for rank, alias in enumerate(names)}


_AMBIGUOUS_LETTERS = frozenset(map(_letters, _AMBIGUOUS))


class FieldMapper:
    """Maps the field names of records to known fields; caches the mapping per set of names."""

    def __init__(self) -> None:
        self._plans: dict[tuple[str, ...], list[tuple[str, list[tuple[str, float]]]]] = {}

    def known(self, record: dict[str, _Value]) -> dict[str, _Value]:
        """Return the value of each known field, from the most preferred name with a value."""
        return {field: values[0][0] for field, values in self.values_by_field(record).items()}

    def values_by_field(self, record: dict[str, _Value]) -> dict[str, list[tuple[_Value, float]]]:
        """Return all (value, confidence) pairs of each known field, in order of preference."""
        values_by_field: dict[str, list[tuple[_Value, float]]] = {}
        for field, names in self._plan_for(tuple(record)):
            values = [(value, confidence) for name, confidence in names if _has_value(value := record[name])]
            if values:
                values_by_field[field] = values
        return values_by_field

    def _plan_for(self, names: tuple[str, ...]) -> list[tuple[str, list[tuple[str, float]]]]:
        plan = self._plans.get(names)
        if plan is None:
            if len(self._plans) >= _MAX_PLANS:
                self._plans.clear()
            plan = self._plans[names] = _plan_fields(names)
        return plan


def _plan_fields(names: Iterable[str]) -> list[tuple[str, list[tuple[str, float]]]]:
    """Return the (name, confidence) pairs of each known field, in order of preference."""
    ranked: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        if match := _FIELD_RANKS.get(_letters(name)):
            field, rank = match
            ranked.setdefault(field, []).append((rank, name))
    return [(field, [(name, _confidence_of(name)) for _, name in sorted(ranks)]) for field, ranks in ranked.items()]


def _confidence_of(name: str) -> float:
    return LIKELY if _letters(name) in _AMBIGUOUS_LETTERS else SURE


def _has_value(value: object) -> bool:
    if isinstance(value, str):
        return value != "" and not value.isspace()
    return value is not None and value != [] and value != {}


def to_text(value: object, depth: int = _MAX_DEPTH) -> str | None:
    """Return a value as text: the naming member of an object, the first non-empty item of a list."""
    if isinstance(value, str):
        return value.strip() or None
    if value is None or isinstance(value, bool) or depth == 0:
        return None
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, bytes):  # text columns of Parquet may be declared as binary
        return decode_text(value)[0].strip() or None
    items: Iterable[object] = ()
    if isinstance(value, dict):
        items = (value.get(name) for name in _TEXT_MEMBERS)
    elif isinstance(value, list | tuple):
        items = value
    return next((text for item in items if (text := to_text(item, depth - 1))), None)


def to_paragraphs(value: object, depth: int = _MAX_DEPTH) -> str | None:
    """Return a text unchanged; join a list of paragraphs by empty lines."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return next((value[name] for name in ("text", "content", "value") if isinstance(value.get(name), str)), None)
    if isinstance(value, list) and depth:
        return "\n\n".join(part for item in value if (part := to_paragraphs(item, depth - 1)) and part.strip()) or None
    return None


def split_names(value: object, depth: int = _MAX_DEPTH) -> list[str]:
    """Return the separate author names in order, without duplicates."""
    if isinstance(value, str):
        names: Iterable[str] = _split_line(value)
    elif isinstance(value, list):
        names = (name for item in value if depth for name in split_names(item, depth - 1))
    else:
        names = _split_line(to_text(value) or "")
    return list(dict.fromkeys(names))


def _split_line(line: str) -> list[str]:
    line = " ".join(line.split())
    line = line[match.end() :] if (match := _BY.match(line)) else line
    if not _SEPARATORS.search(line):
        return [line] if line.lower() not in _NO_NAMES else []
    parts = [
        name
        for part in re.split(r"\s*[;|]\s*", line)
        for piece in _split_at_commas(part)
        for name in _split_at_and(piece)
    ]
    return [name for part in parts if (name := part.strip(" ,")).lower() not in _NO_NAMES and not _JOB.fullmatch(name)]


def _split_at_commas(line: str) -> list[str]:
    """Split at commas between whole names: keep `Roe, Jane` as one name, append `Jr.` to the name before."""
    parts: list[str] = []
    for part in re.split(r"\s*,\s*(?:and\s+|&\s*)?", line):
        if parts and _SUFFIX.fullmatch(part):
            parts[-1] += f", {part}"
        elif part and not _JOB.fullmatch(part):
            parts.append(part)
    is_inverted = len(parts) == 2 and all(len(part.split()) == 1 for part in parts) and not line.isupper()
    return [", ".join(parts)] if is_inverted else parts


def _split_at_and(part: str) -> list[str]:
    """Split at `and` or `&` between two full names or two single words, not within `Jane and John Roe`."""
    names = re.split(r"\s+(?:and|&)\s+", part, flags=re.IGNORECASE)
    single = [len(name.split()) == 1 for name in names]
    return names if all(single) or not any(single) else [part]
