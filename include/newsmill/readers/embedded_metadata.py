"""What a page of HTML declares of itself: every value that its JSON-LD, meta tags, links and times give."""

import html
import json
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urljoin, urlsplit

import numpy as np
import orjson
from selectolax.lexbor import LexborHTMLParser

from newsmill.nlp import line_markup
from newsmill.readers.elements import HTML_TAG, LINK_TAG, META_TAG, SCRIPT_TAG, TIME_TAG, TITLE_TAG
from newsmill.readers.fields import people, plain
from newsmill.readers.fix_text import mend
from newsmill.readers.markup import CONTENT_TO, FROM, STANDS_IN, TAG, TO
from newsmill.readers.record import Told
from newsmill.readers.timestamps import moment
from newsmill.readers.vocabulary import CANONICAL, META

MAX_FINDS, MAX_TAG_BYTES, MAX_JSON_BYTES, MAX_NODES = 2_000, 16_384, 1 << 20, 2_000
MAX_VALUE_CHARS, MAX_TIMES, MAX_AUTHORS = 1_000, 3, 20
# How often a method's value is that of another method on the same page, counted over the pages of the article
# extraction benchmark (docs/decisions/0015 tells how), and below that where too few pages had two to count.
CONFIDENCE = {
    "title": {"open_graph": 0.9, "meta": 0.89, "json_ld": 0.87, "title": 0.86},
    "authors": {"json_ld": 0.88, "meta": 0.85, "open_graph": 0.75},
    "published_at": {"json_ld": 0.95, "open_graph": 0.94, "meta": 0.91, "time": 0.85},
    "modified_at": {"json_ld": 0.98, "open_graph": 0.98, "meta": 0.9, "time": 0.85},
    "canonical_url": {"link": 0.98, "open_graph": 0.97, "json_ld": 0.97, "meta": 0.97},
    "publisher": {"open_graph": 0.78, "json_ld": 0.77, "meta": 0.75},
    "language": {"html_lang": 0.98, "open_graph": 0.97, "json_ld": 0.96, "meta": 0.9},
    "section": {"json_ld": 0.72, "open_graph": 0.71, "meta": 0.7},
    "agency": {"json_ld": 0.5, "meta": 0.5},
}
# What is left of the confidence in a time after the first or a further article, in the richest of several articles, and
# in what JSON-LD tells of the page or the site rather than of an article.
UNLIKELY, ONE_OF_MANY, OF_THE_PAGE = 0.3, 0.9, 0.8
NO_CLOCK, NO_ZONE = 0.8, 0.95  # what is left of the confidence in a time that names only its day, or no zone
_NAMED = {name: place for place, names in META.items() for name in names.split()}
_NAMING = ("property", "name", "itemprop", "http-equiv")
_ARTICLES = frozenset(
    "NewsArticle Article ReportageNewsArticle AnalysisNewsArticle BackgroundNewsArticle OpinionNewsArticle Report "
    "ReviewNewsArticle AskPublicNewsArticle SatiricalArticle AdvertiserContentArticle BlogPosting LiveBlogPosting "
    "SocialMediaPosting ScholarlyArticle TechArticle DiscussionForumPosting".split()
)
_PAGES = frozenset("WebPage ItemPage VideoObject Review CreativeWork MedicalWebPage ClaimReview Recipe".split())
_SITES = frozenset("WebSite NewsMediaOrganization Organization Corporation".split())
# Comment marks that hide a script from old browsers; those behind it stand behind the value, where nothing is read.
_WRAPPING = re.compile(r"(?:<!--|(?://|/\*)?\s*<!\[CDATA\[\s*(?:\*/)?)")
# A string that never closes is read once, to the end: a search from each quote in it took time squared.
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+"?)|,(?=\s*+[}\]])', re.DOTALL)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_ELSEWHERE = line_markup.RELATED_HINT | line_markup.COMMENT_HINT


def declared(markup: bytes, finds: np.ndarray, url: str | None = None) -> list[Told]:
    """Return all that a page tells of itself as (field, value, method, confidence), of each field the surest first.

    `markup` is the page in UTF-8, `finds` the elements that a scan of it found, `url` where the page stood.
    """
    rows = finds[:MAX_FINDS].tolist()
    told: dict[tuple[str, str, str], float] = {}
    known: dict[tuple[str, str], list[tuple[str, float]]] = {}  # most values are told two or three times
    for field, value, method, share in (*_of_json(markup, rows), *_of_tags(markup, rows), *_of_title(markup, rows)):
        read = known.get((field, value)) if isinstance(value, str) else None
        if read is None:
            read = list(_READ.get(field, _line)(value, url))
            if isinstance(value, str):
                known[field, value] = read
        for found, left in read:
            key = field, found, method
            told[key] = max(told.get(key, 0.0), CONFIDENCE[field][method] * share * left)
    entries = [(*key, round(sure, 3)) for key, sure in told.items()]
    return sorted(entries, key=lambda entry: (_ORDER[entry[0]], -entry[3]))


def _of_title(markup: bytes, rows: list[list[int]]) -> Iterator[tuple[str, object, str, float]]:
    for row in rows:
        if row[TAG] == TITLE_TAG and row[CONTENT_TO] - row[TO] <= MAX_TAG_BYTES:
            yield "title", html.unescape(markup[row[TO] : row[CONTENT_TO]].decode("utf-8", "replace")), "title", 1.0
            return


# Tags


def _of_tags(markup: bytes, rows: list[list[int]]) -> Iterator[tuple[str, object, str, float]]:
    """Yield what meta, link, time and html tags tell."""
    taken = [row for row in rows if row[TAG] in _TAGS and row[TO] - row[FROM] <= MAX_TAG_BYTES]
    pieces = [markup[row[FROM] : row[TO]] for row in taken if row[TAG] != TIME_TAG]
    times = [row for row in taken if row[TAG] == TIME_TAG]
    pieces += [markup[row[FROM] : row[TO]] + b"</time>" for row in times]
    if not pieces:
        return
    tree = LexborHTMLParser(b"".join(pieces))
    yield "language", tree.root.attributes.get("lang") if tree.root else None, "html_lang", 1.0
    for node in tree.css("meta"):
        found = node.attributes
        content = found.get("content")
        names = " ".join(found.get(naming) or "" for naming in _NAMING) if content else ""
        for name in names.lower().split():
            if place := _NAMED.get(name):
                yield place[0], content, place[1], 1.0
    for node in tree.css("link"):
        found = node.attributes
        if CANONICAL in (found.get("rel") or "").lower().split():
            yield "canonical_url", found.get("href"), "link", 1.0
    yield from _of_times([node.attributes for node in tree.css("time")], times)


_TAGS = (HTML_TAG, META_TAG, LINK_TAG, TIME_TAG)


def _of_times(found: list[dict], rows: list[list[int]]) -> Iterator[tuple[str, object, str, float]]:
    """Yield the first times of a page; the likely one is the first that stands with no other story or comment."""
    share = 1.0
    for attributes, row in list(zip(found, rows, strict=False))[:MAX_TIMES]:
        field = "modified_at" if attributes.get("itemprop") == "dateModified" else "published_at"
        if attributes.get("datetime"):
            is_elsewhere = row[STANDS_IN] & _ELSEWHERE
            yield field, attributes["datetime"], "time", UNLIKELY if is_elsewhere else share
            share = share if is_elsewhere else UNLIKELY


# JSON-LD


def _of_json(markup: bytes, rows: list[list[int]]) -> Iterator[tuple[str, object, str, float]]:
    """Yield what the articles, pages and sites of a page's JSON-LD tell."""
    scripts = (markup[row[TO] : row[CONTENT_TO]] for row in rows if row[TAG] == SCRIPT_TAG)
    loaded = (_loaded(script) for script in scripts if len(script) <= MAX_JSON_BYTES)
    nodes = list(islice((node for value in loaded for node in _nodes(value)), MAX_NODES))
    named = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    articles = [node for node in nodes if _types(node) & _ARTICLES]
    richest = max(articles, key=len, default=None)  # of several, the page's own is told of at most length
    for node in articles:
        share = 1.0 if len(articles) == 1 else ONE_OF_MANY
        yield from _of_article(node, named, share if node is richest else UNLIKELY)
    for node in nodes:
        types = _types(node)
        if types & _PAGES and not types & _ARTICLES:
            yield from _of_article(node, named, UNLIKELY if articles else OF_THE_PAGE)
        elif types & _SITES and "name" in node:
            yield "publisher", node["name"], "json_ld", OF_THE_PAGE


def _of_article(node: dict, named: dict[str, dict], share: float) -> Iterator[tuple[str, object, str, float]]:
    for field, names in _MEMBERS.items():
        value = next((node[name] for name in names if node.get(name)), None)
        if value is not None:
            yield field, _resolved(value, named), "json_ld", share


_MEMBERS = {
    "title": ("headline", "name"),
    "authors": ("author", "creator"),
    "published_at": ("datePublished", "dateCreated", "uploadDate"),
    "modified_at": ("dateModified",),
    "canonical_url": ("url", "mainEntityOfPage", "@id"),
    "publisher": ("publisher",),
    "language": ("inLanguage",),
    "section": ("articleSection",),
    "agency": ("sourceOrganization",),
}


def _resolved(value: object, named: dict[str, dict]) -> object:
    """Return a value with references to other nodes replaced by those."""
    if isinstance(value, list):
        return [_resolved(one, named) for one in value]
    if isinstance(value, dict) and isinstance(value.get("@id"), str) and not value.get("name"):
        return named.get(value["@id"], value)
    return value


def _types(node: dict) -> set[str]:
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return {re.split(r"[/:#]", kind)[-1] for kind in kinds if isinstance(kind, str)}


def _nodes(value: object) -> Iterator[dict]:
    """Yield the objects at the top of a JSON-LD document, in its lists, its graph and as main entities."""
    waiting = [value]
    for _ in range(MAX_NODES):
        if not waiting:
            return
        one = waiting.pop(0)
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            yield one
            waiting += [one[name] for name in ("@graph", "mainEntity") if isinstance(one.get(name), list | dict)]


def _loaded(script: bytes) -> object:
    """Read JSON, mending what templates do to it: comment marks around it, bare line ends, commas before an end."""
    try:
        return orjson.loads(script)
    except orjson.JSONDecodeError:
        text = script.decode("utf-8", "replace").strip("\ufeff \t\r\n")
        text = text[wrapping.end() :] if (wrapping := _WRAPPING.match(text)) else text
    for one in (text, _TRAILING_COMMA.sub(lambda found: found[1] or "", text), html.unescape(text)):
        try:
            return json.JSONDecoder(strict=False).raw_decode(one.strip())[0]
        except (ValueError, RecursionError):
            continue
    return None


# Values


def _text(value: object) -> str | None:
    text = plain(value)
    if not text or len(text) > MAX_VALUE_CHARS:
        return None
    if "&" in text:
        text = html.unescape(text)
    return " ".join((text if text.isascii() else mend(text)[0]).split()) or None


def _line(value: object, _: str | None) -> Iterator[tuple[str, float]]:
    if text := _text(value):
        yield text, 1.0


def _names(value: object, _: str | None) -> Iterator[tuple[str, float]]:
    given = [name for one in value if (name := _text(one))] if isinstance(value, list) else _text(value) or ""
    for name in people(given)[:MAX_AUTHORS]:
        if not name.startswith(("http://", "https://", "@")) and "://" not in name:
            yield name, 1.0


def _time(value: object, _: str | None) -> Iterator[tuple[str, float]]:
    text = plain(value)
    if text and len(text) <= 64 and (found := moment(text)):
        has_clock = ":" in text or (text.isdigit() and len(text) > 8)
        has_zone = text.isdigit() or re.search(r"(?:Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)$", text.strip()) is not None
        yield found.isoformat(), NO_CLOCK if not has_clock else 1.0 if has_zone else NO_ZONE


def _address(value: object, url: str | None) -> Iterator[tuple[str, float]]:
    text = plain(value.get("@id") or value.get("url")) if isinstance(value, dict) else plain(value)
    if not text or len(text) > 2 * MAX_VALUE_CHARS:
        return
    try:
        whole = urljoin(url, text) if url else text
        parts, own = urlsplit(whole), urlsplit(url or "")
    except ValueError:
        return
    if parts.scheme in ("http", "https") and parts.hostname:
        is_front_page = not parts.path.strip("/") and not parts.query and own.path.strip("/") != ""
        yield whole.partition("#")[0] or whole, UNLIKELY if is_front_page and url else 1.0


def _language(value: object, _: str | None) -> Iterator[tuple[str, float]]:
    text = (_text(value) or "").split(",")[0].strip()
    if _LANGUAGE.fullmatch(text) and text.lower() not in ("und", "mul", "zxx"):
        yield text.replace("_", "-"), 1.0


_READ = {
    "authors": _names,
    "published_at": _time,
    "modified_at": _time,
    "canonical_url": _address,
    "language": _language,
}
_ORDER = {field: place for place, field in enumerate(CONFIDENCE)}
