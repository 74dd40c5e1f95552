"""The fields of a JSON record: by which names dumps call them, and the plain values they come to."""

import re
from collections.abc import Iterable

# In order of preference: the first that holds something is taken. Names are compared by their letters and digits alone,
# in lower case, so publishedAt, published_at and Published-At are one.
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
# Names that may stand for something else as well: the time of the crawl, the name of a file, the site that linked here.
SURE, LIKELY = 0.95, 0.6
_LOOSE = frozenset(
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
_TELLING = (
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
_NOBODY = {"", "none", "null", "nan", "n/a", "na", "unknown", "undefined", "-", "by"}
_BY = re.compile(r"(written\s+)?by:?\s+", re.IGNORECASE)
_SUFFIX = re.compile(r"(Jr|Sr|II|III|IV|M\.?D|Ph\.?D|Esq|MBE|OBE|CBE)\.?", re.IGNORECASE)
_JOB = re.compile(
    r"((staff|senior|chief|special|political|foreign|business|sports?|science|news|associate|contributing|managing|"
    r"guest|freelance|deputy|data|investigative|national|local)\s+)*"
    r"(writers?|reporters?|correspondents?|editors?|editor-in-chief|journalists?|columnists?|contributors?|photographers?|"
    r"producers?|staff)",
    re.IGNORECASE,
)
_JOINTS = re.compile(r"[,;|&]|\band\b", re.IGNORECASE)


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


_PLACES = {_letters(alias): (field, rank) for field, names in ALIASES.items() for rank, alias in enumerate(names)}


_LOOSE_LETTERS = frozenset(map(_letters, _LOOSE))


class Namer:
    """Finds the known fields of record after record, remembering which names stand for them in a dump."""

    def __init__(self) -> None:
        self._plans: dict[tuple[str, ...], list[tuple[str, list[tuple[str, float]]]]] = {}

    def known(self, record: dict) -> dict[str, object]:
        """Return the value of each known field; of several names for one, the first preferred that holds something."""
        return {field: values[0][0] for field, values in self.told(record).items()}

    def told(self, record: dict) -> dict[str, list[tuple[object, float]]]:
        """Return all that a record holds for each known field, the preferred first, and how surely that is meant."""
        found = {}
        for field, names in self._plan(tuple(record)):
            values = [(value, sure) for name, sure in names if _holds(value := record[name])]
            if values:
                found[field] = values
        return found

    def _plan(self, names: tuple[str, ...]) -> list[tuple[str, list[tuple[str, float]]]]:
        plan = self._plans.get(names)
        if plan is None:
            if len(self._plans) >= _MAX_PLANS:
                self._plans.clear()
            plan = self._plans[names] = _plan(names)
        return plan


def _plan(names: Iterable[str]) -> list[tuple[str, list[tuple[str, float]]]]:
    """Return the names that stand for each field, the preferred first, and how surely each does."""
    ranked: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        if place := _PLACES.get(_letters(name)):
            field, rank = place
            ranked.setdefault(field, []).append((rank, name))
    return [(field, [(name, _sureness(name)) for _, name in sorted(ranks)]) for field, ranks in ranked.items()]


def _sureness(name: str) -> float:
    return LIKELY if _letters(name) in _LOOSE_LETTERS else SURE


def _holds(value: object) -> bool:
    if isinstance(value, str):
        return value != "" and not value.isspace()
    return value is not None and value != [] and value != {}


def plain(value: object, depth: int = _MAX_DEPTH) -> str | None:
    """Return one value as text: of an object the member that names it, of a list the first that says anything."""
    if isinstance(value, str):
        return value.strip() or None
    if value is None or isinstance(value, bool) or depth == 0:
        return None
    if isinstance(value, int | float):
        return str(value)
    values = (value.get(name) for name in _TELLING) if isinstance(value, dict) else value
    return next((found for item in values if (found := plain(item, depth - 1))), None)


def prose(value: object, depth: int = _MAX_DEPTH) -> str | None:
    """Return a text as it is; paragraphs that come as a list are set apart by an empty line."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return next((value[name] for name in ("text", "content", "value") if isinstance(value.get(name), str)), None)
    if isinstance(value, list) and depth:
        return "\n\n".join(part for item in value if (part := prose(item, depth - 1)) and part.strip()) or None
    return None


def people(value: object, depth: int = _MAX_DEPTH) -> list[str]:
    """Return authors one by one, in order, each once."""
    if isinstance(value, str):
        names: Iterable[str] = _split(value)
    elif isinstance(value, list):
        names = (name for item in value if depth for name in people(item, depth - 1))
    else:
        names = _split(plain(value) or "")
    return list(dict.fromkeys(names))


def _split(line: str) -> list[str]:
    line = " ".join(line.split())
    line = line[match.end() :] if (match := _BY.match(line)) else line
    if not _JOINTS.search(line):
        return [line] if line.lower() not in _NOBODY else []
    parts = [name for part in re.split(r"\s*[;|]\s*", line) for piece in _at_commas(part) for name in _at_and(piece)]
    return [name for part in parts if (name := part.strip(" ,")).lower() not in _NOBODY and not _JOB.fullmatch(name)]


def _at_commas(line: str) -> list[str]:
    """Split at commas where whole names stand between them: `Roe, Jane` is one name, and `Jr.` belongs to the last."""
    parts: list[str] = []
    for part in re.split(r"\s*,\s*(?:and\s+|&\s*)?", line):
        if parts and _SUFFIX.fullmatch(part):
            parts[-1] += f", {part}"
        elif part and not _JOB.fullmatch(part):
            parts.append(part)
    is_inverted = len(parts) == 2 and all(len(part.split()) == 1 for part in parts) and not line.isupper()
    return [", ".join(parts)] if is_inverted else parts


def _at_and(part: str) -> list[str]:
    """Split at `and` or `&` between two whole names or two single words, not within `Jane and John Roe`."""
    names = re.split(r"\s+(?:and|&)\s+", part, flags=re.IGNORECASE)
    single = [len(name.split()) == 1 for name in names]
    return names if all(single) or not any(single) else [part]
