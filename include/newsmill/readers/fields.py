"""Maps the field names of dumps to known fields, and their values to texts, paragraphs and author names."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from newsmill.languages.word_lists import any_of, join_words
from newsmill.presets import fold_name
from newsmill.readers.fix_text import decode_text, unescape_entities

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
        "original_url",
        "responded_url",
        "requested_url",
        "target_uri",
        "warc_target_uri",
        "short_url",
        "main_entity_of_page",
        "canonical_link",
        "story_url",
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
        "title_page",
        "title_rss",
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
        "summary",
        "excerpt",
        "snippet",
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
        "dc_date",
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
        "seen_date",
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
        "canonical_domain",
        "media_url",
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
        "meta_site_name",
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
        "content_encoded",
        "html_body",
        "body_html",
        "article_body_html",
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
        "meta_lang",
        "full_language",
        "locale",
        "iso_language",
    ),
}
# Confidence of a clear name, and of an ambiguous one: the time may be that of the crawl, the name that of a file, the
# site the linking site, the description a teaser instead of the text.
SURE, LIKELY = 0.95, 0.6
_AMBIGUOUS = frozenset(
    (
        "name",
        "subject",
        "heading",
        "title_page",
        "title_rss",
        "description",
        "summary",
        "excerpt",
        "snippet",
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
        "seen_date",
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
# Objects within a record that hold fields of the record, by name: the fields that are read from them, None for all.
# A search index puts a document below `_source` or `fields`, a corpus puts its metadata below `metadata`, Fundus the
# address below `html`. Metadata may be JSON within a string.
_ABOUT_THE_PAGE = frozenset(ALIASES) - {"text", "html"}
_NESTED: dict[str, frozenset[str] | None] = {
    **dict.fromkeys(("_source", "fields", "article", "attributes", "data", "doc", "document", "item"), None),
    **dict.fromkeys(("news", "node", "page", "post", "properties", "record", "story"), None),
    **dict.fromkeys(("meta", "metadata", "metadata_json", "meta_data", "warc_headers", "html"), _ABOUT_THE_PAGE),
    **dict.fromkeys(("source", "publisher"), frozenset({"domain"})),
    "source_info": frozenset({"publisher", "domain"}),
}
_SEARCH_DOCUMENT = "_source"  # no publisher, unlike `source`
_MAX_NESTING = 3
_MAX_JSON_CHARS = 1_000_000
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
_BODY_MEMBERS = ("text", "content", "value", "body", "rendered", "plain_text", "plaintext")
_SECTION_MEMBERS = ("summary", "headline", "paragraphs", "sections")  # of an article body in parts, in order of reading
_PARAGRAPH_ENDS = '.!?…:"”’»)\n'
_PIECE_STARTS = ".,;:!?)"
_MAX_DEPTH = 4
_MAX_PLANS = 1_000
_NO_NAMES = {"", "none", "null", "nan", "n/a", "na", "unknown", "undefined", "-", "by"}
_NO_VALUES = frozenset(("none", "null", "nan", "nat", "[removed]"))  # written for a missing value
_NO_VALUE_CHARS = max(map(len, _NO_VALUES))
_BY = re.compile(r"(written\s+)?by:?\s+", re.IGNORECASE)
_SUFFIX = re.compile(r"(Jr|Sr|II|III|IV|M\.?D|Ph\.?D|Esq|MBE|OBE|CBE)\.?", re.IGNORECASE)
_QUALIFIERS = any_of(join_words("bylines", "job_qualifiers"))
_TITLES = any_of(join_words("bylines", "job_titles"))
_JOB = re.compile(rf"((?:{_QUALIFIERS})\s+)*(?:{_TITLES})", re.IGNORECASE)
_SEPARATORS = re.compile(r"[,;|&]|\band\b", re.IGNORECASE)


class FieldName(NamedTuple):
    """The field that a name means, its rank among the names of the field, and the confidence of the name."""

    field: str
    rank: int
    confidence: float


class Plan(NamedTuple):
    """How to read records with the same names: (name, confidence) pairs by field, and objects with further fields."""

    fields: list[tuple[str, list[tuple[str, float]]]]
    nested: list[tuple[str, Collection[str] | None]]


def rank_names(names: Mapping[str, Sequence[str]], ambiguous: Collection[str] = ()) -> dict[str, FieldName]:
    """Return the meaning of each name, by its letters; `names` lists the names of each field by preference."""
    unclear = set(map(fold_name, ambiguous))
    return {
        letters: FieldName(field, rank, LIKELY if letters in unclear else SURE)
        for field, aliases in names.items()
        for rank, letters in enumerate(map(fold_name, aliases))
    }


_KNOWN_NAMES = rank_names(ALIASES, _AMBIGUOUS)


def choose_names(
    preset: tuple[Mapping[str, Sequence[str]], Collection[str]] | None, own: Mapping[str, Sequence[str]]
) -> dict[str, FieldName]:
    """Return the meaning of names: the user's own before those of the preset, or without one before all known names."""
    common = rank_names(*preset) if preset else _KNOWN_NAMES
    behind = {letters: name._replace(rank=name.rank + len(own.get(name.field, ()))) for letters, name in common.items()}
    return behind | rank_names(own)


class FieldMapper:
    """Maps the field names of records to known fields; caches the mapping per set of names."""

    def __init__(self, names: Mapping[str, FieldName] | None = None) -> None:
        """Read names by `names`, from `choose_names`; by default under all known names."""
        self._names = _KNOWN_NAMES if names is None else names
        self._plans: dict[tuple[str, ...], Plan] = {}

    def known(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return the value of each known field, from the most preferred name with a value."""
        return {field: values[0][0] for field, values in self.values_by_field(record).items()}

    def values_by_field(
        self, record: dict[str, Any], nesting: int = _MAX_NESTING
    ) -> dict[str, list[tuple[Any, float]]]:
        """Return all (value, confidence) pairs of each known field, in order of preference.

        Values from objects within the record, up to `nesting` levels, follow those of the record.
        """
        values_by_field: dict[str, list[tuple[Any, float]]] = {}
        plan = self._plan_for(tuple(record))
        for field, names in plan.fields:
            values = [(value, confidence) for name, confidence in names if _has_value(value := record[name])]
            if values:
                values_by_field[field] = values
        for name, allowed in plan.nested:
            if nesting and (inner := open_object(record[name])):
                for field, values in self.values_by_field(inner, nesting - 1).items():
                    if allowed is None or field in allowed:
                        values_by_field.setdefault(field, []).extend(values)
        return values_by_field

    def may_nest_text(self, names: Iterable[str]) -> bool:
        """Report whether an object under one of the names may contain the text of a record."""
        return any(allowed is None for _, allowed in self._plan_for(tuple(names)).nested)

    def is_field(self, name: str) -> bool:
        """Report whether a name means a known field."""
        return bool(self._plan_for((name,)).fields)

    def is_nested(self, name: str) -> bool:
        """Report whether an object with a name may contain fields of a record."""
        return bool(self._plan_for((name,)).nested)

    def _plan_for(self, names: tuple[str, ...]) -> Plan:
        plan = self._plans.get(names)
        if plan is None:
            if len(self._plans) >= _MAX_PLANS:
                self._plans.clear()
            plan = self._plans[names] = _plan_fields(names, self._names)
        return plan


def _plan_fields(names: Iterable[object], meanings: Mapping[str, FieldName]) -> Plan:
    """Return the names of each known field in order of preference, and the objects with further fields."""
    ranked: dict[str, list[tuple[int, str, float]]] = {}
    nested: list[tuple[str, Collection[str] | None]] = []
    for name in names:
        if not isinstance(name, str):  # an object in Python's notation may have keys of any type
            continue
        letters = fold_name(name)
        if (meaning := meanings.get(letters)) and name != _SEARCH_DOCUMENT:
            ranked.setdefault(meaning.field, []).append((meaning.rank, name, meaning.confidence))
        if (whole := name.lower()) in _NESTED:
            nested.append((name, _NESTED[whole]))
    fields = [
        (field, [(name, confidence) for _, name, confidence in sorted(entries)]) for field, entries in ranked.items()
    ]
    return Plan(fields, nested)


def open_object(value: object) -> dict[str, Any] | None:
    """Return an object within a record, also from JSON in a string; None for any other value."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, str) or len(value) > _MAX_JSON_CHARS or not value.lstrip().startswith("{"):
        return None
    try:
        inner = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return inner if isinstance(inner, dict) else None


def _has_value(value: object) -> bool:
    if isinstance(value, str):
        if len(value) > _NO_VALUE_CHARS:
            return not value.isspace()
        return (text := value.strip()) != "" and text.lower() not in _NO_VALUES
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
    """Return a text unchanged; join the parts of a list or of an article body by empty lines."""
    if isinstance(value, str):
        return value
    if not depth:
        return None
    if isinstance(value, dict):
        if "sections" in value or "paragraphs" in value:
            return to_paragraphs([value.get(name) for name in _SECTION_MEMBERS], depth)
        bodies = (to_paragraphs(value.get(name), depth - 1) for name in _BODY_MEMBERS)
        return next((body for body in bodies if body), None)
    if isinstance(value, list):
        return _join_parts([part for item in value if (part := to_paragraphs(item, depth - 1))]) or None
    return None


def _join_parts(parts: Sequence[str]) -> str:
    """Join paragraphs by empty lines, and the pieces of one paragraph, as from `p ::text`, without."""
    joined: list[str] = []
    for part in parts:
        if part.isspace():
            continue
        if joined:
            joined.append("" if _continues(joined[-1], part) else "\n\n")
        joined.append(part)
    return "".join(joined)


def _continues(before: str, part: str) -> bool:
    """Report whether a piece of text continues the paragraph of the piece before."""
    is_open = before.rstrip(" \xa0")[-1:] not in _PARAGRAPH_ENDS
    return part[0] in _PIECE_STARTS or (is_open and (before[-1] in " \xa0" or part[0] in " \xa0"))


def split_names(value: object, depth: int = _MAX_DEPTH) -> list[str]:
    """Return the separate author names in order, without duplicates."""
    if isinstance(value, str):
        names: Iterable[str] = _split_line(unescape_entities(value) if "&" in value else value)
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
