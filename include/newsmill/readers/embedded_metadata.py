"""Extracts embedded metadata of an HTML page: all values of JSON-LD, meta tags, links, time elements and the title."""

import html
import json
import re
from collections.abc import Iterator
from itertools import islice, starmap
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import numpy as np
import orjson
from selectolax.lexbor import LexborHTMLParser

from newsmill.languages.person_names import is_personal_name
from newsmill.nlp import line_markup
from newsmill.readers.elements import Tag
from newsmill.readers.fields import split_names, to_paragraphs, to_text
from newsmill.readers.fix_text import fix_text
from newsmill.readers.markup import MetadataTag
from newsmill.readers.record import MetadataEntry
from newsmill.readers.timestamps import ZONE_BEHIND, parse_timestamp
from newsmill.readers.vocabulary import CANONICAL, META
from newsmill.site_hosts import strip_edition
from newsmill.time_zones import AMBIGUOUS_ZONES

MAX_METADATA_TAGS, MAX_TAG_BYTES, MAX_JSON_BYTES, MAX_NODES = 2_000, 16_384, 1 << 20, 2_000
MAX_VALUE_CHARS, MAX_TIMES, MAX_AUTHORS = 1_000, 3, 20
# Confidence of a method: the share of pages of the article extraction benchmark where another method on the same page
# gives the same value (docs/decisions/0015). Lower guesses where too few pages had two methods.
CONFIDENCE = {
    "title": {"open_graph": 0.9, "meta": 0.89, "json_ld": 0.87, "title": 0.86},
    "authors": {"json_ld": 0.88, "meta": 0.85, "rel_author": 0.8, "open_graph": 0.75},
    "published_at": {"json_ld": 0.95, "open_graph": 0.94, "meta": 0.91, "time": 0.85},
    "modified_at": {"json_ld": 0.98, "open_graph": 0.98, "meta": 0.9, "time": 0.85},
    "canonical_url": {"link": 0.98, "open_graph": 0.97, "json_ld": 0.97, "meta": 0.97},
    "publisher": {"open_graph": 0.78, "json_ld": 0.77, "meta": 0.75},
    "language": {"html_lang": 0.98, "open_graph": 0.97, "json_ld": 0.96, "meta": 0.9},
    "section": {"json_ld": 0.72, "open_graph": 0.71, "meta": 0.7},
    "agency": {"json_ld": 0.5, "meta": 0.5},
    "body_chars": {"json_ld": 0.9},
    "word_count": {"json_ld": 0.9},
    "page_type": {"markup": 1.0, "open_graph": 0.9, "json_ld": 0.9},
}
# Factors of confidence: for a time after the first or a further article; for the largest of several articles; for
# JSON-LD of the page or the site instead of an article.
UNLIKELY, ONE_OF_MANY, OF_THE_PAGE = 0.3, 0.9, 0.8
NO_CLOCK, NO_ZONE = 0.8, 0.95  # factors for a time without clock or without zone
_FIELD_BY_NAME = {name: place for place, names in META.items() for name in names.split()}
_NAME_ATTRIBUTES = ("property", "name", "itemprop", "http-equiv")
_ARTICLES = frozenset(
    "NewsArticle Article ReportageNewsArticle AnalysisNewsArticle BackgroundNewsArticle OpinionNewsArticle Report "
    "ReviewNewsArticle AskPublicNewsArticle SatiricalArticle AdvertiserContentArticle BlogPosting LiveBlogPosting "
    "SocialMediaPosting ScholarlyArticle TechArticle DiscussionForumPosting".split()
)
_PAGES = frozenset("WebPage ItemPage VideoObject Review CreativeWork MedicalWebPage ClaimReview Recipe".split())
_LISTS_AND_SHOPS = frozenset("CollectionPage ItemList Product ProductGroup SearchResultsPage".split())
_SITES = frozenset("WebSite NewsMediaOrganization Organization Corporation".split())
# Comment marks that hide a script from old browsers; closing marks follow the JSON value and need no removal.
_COMMENT_MARK = re.compile(r"(?:\s*(?:<!--|//|/\*|\*/|<!\[CDATA\[))+\s*")
_MIN_LISTED = 2  # articles of a JSON list that are no page's own article
_MODIFIED_CLASS = re.compile(r"updat|modif|edited", re.IGNORECASE)
_PUBLISHED_CLASS = re.compile(r"publish|posted|pubdate|entry-date", re.IGNORECASE)
# A link to the page of the author: `<a rel="author" href="…">Ann Jones</a>`.
_REL_AUTHOR = re.compile(rb"""<a\s[^<>]{0,500}?rel\s*=\s*["']?author\b[^<>]{0,500}>(.{1,300}?)</a>""", re.I | re.S)
# Searched in the markup in lower case: a search that ignores case took half the time of all metadata.
_REL_AUTHOR_MARK = re.compile(rb"""rel\s*=\s*["']?author""")
_MIN_HEADLINE_CHARS = 8  # letters and digits of a headline, and of a title of the page, that identify the page
_MAX_LINK_BYTES, _NEXT_AUTHOR_BYTES = 600, 400  # of a link before its mark; between the links of two authors
_MARKUP_TAG = re.compile(r"<[^<>]*>")
_BODY_OPENING_CHARS = 80  # by which a second print of a body is found: one site in eighty has it twice
_MAX_COUNT_DIGITS = 6
# The root of a feed or of a list of addresses, behind a declaration and comments.
_FEED_OPENING = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--[^>]{0,500}-->\s*){0,3}<(?:rss|feed|rdf:RDF|urlset|sitemapindex)[\s>]", re.I
)
# An unclosed string is matched once, to the end: a search from each quote in it took quadratic time.
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+"?)|,(?=\s*+[}\]])', re.DOTALL)
# A user name, an address, or the credit of a picture.
_NO_PERSON = re.compile(
    r"://|@|^\d+$|^[a-z0-9]+(?:[._-][a-z0-9]+)+$|^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,12}$|^\(|"
    r"(?i:^(?:[a-z]*admin|sponsored|webmaster)$)"
)
_OFFSET = re.compile(r"(?:Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)$")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_OTHER_STORY = line_markup.RELATED_HINT | line_markup.COMMENT_HINT


class Metadata(NamedTuple):
    """A page's metadata as (field, value, method, confidence), by field and falling confidence; the article's text."""

    entries: list[MetadataEntry]
    article_body: str | None


def extract_metadata(markup: bytes, metadata_tags: np.ndarray, url: str | None = None) -> Metadata:
    """Return a page's metadata, and the `articleBody` of its own article in JSON-LD.

    `markup` is the page in UTF-8, `metadata_tags` the table from its scan, `url` the page's address.
    """
    rows = list(starmap(MetadataTag, metadata_tags[:MAX_METADATA_TAGS].tolist()))
    values_of_tags = [*_tag_values(markup, rows), *_title_tag_values(markup, rows), *_author_link_values(markup)]
    if _FEED_OPENING.match(markup):
        values_of_tags.append(("page_type", "feed", "markup", 1.0))
    page = _identify_page(values_of_tags, url)
    confidences: dict[tuple[str, str, str], float] = {}
    cache: dict[tuple[str, str], list[tuple[str, float]]] = {}  # most values occur two or three times
    json_ld_values = list(_json_ld_values(markup, rows, page))
    bodies = [value for field, value, _, share in json_ld_values if field == "body_chars" and share == 1.0]
    for field, value, method, share in (*json_ld_values, *values_of_tags):
        readings = cache.get((field, value)) if isinstance(value, str) else None
        if readings is None:
            readings = list(_READERS.get(field, _read_line)(value, url))
            if isinstance(value, str):
                cache[field, value] = readings
        for text, factor in readings:
            key = field, text, method
            confidences[key] = max(confidences.get(key, 0.0), CONFIDENCE[field][method] * share * factor)
    persons = {_fold(author["name"]) for author in _list_persons(json_ld_values)}
    publishers = {_fold(value) for field, value, _ in confidences if field == "publisher"} - persons
    sites = _site_labels(url) - persons
    entries = [
        (*key, round(confidence, 3))
        for key, confidence in confidences.items()
        if key[0] != "authors" or not _is_site_name(key[1], publishers, sites)
    ]
    in_order = sorted(entries, key=lambda entry: (_ORDER[entry[0]], -entry[3]))
    return Metadata(in_order, next(filter(None, map(to_paragraphs, bodies)), None))


def _title_tag_values(markup: bytes, rows: list[MetadataTag]) -> Iterator[tuple[str, object, str, float]]:
    for row in rows:
        if row.element == Tag.TITLE and row.content_end - row.end <= MAX_TAG_BYTES:
            yield (
                "title",
                html.unescape(markup[row.end : row.content_end].decode("utf-8", "replace")),
                "title",
                1.0,
            )
            return


def _site_labels(url: str | None) -> set[str]:
    """Return the parts of a host that may be a site's name: usatoday of www.usatoday.com."""
    try:
        labels = strip_edition((urlsplit(url or "").hostname or "").lower()).split(".")[:-1]
    except ValueError:
        return set()
    return {_fold(label) for label in labels} - {""}


def _is_site_name(author: str, publishers: set[str], sites: set[str]) -> bool:
    """Report whether an author is the publisher or the site; a site may have the name of its author."""
    folded = _fold(author)
    return folded in publishers or (folded in sites and not is_personal_name(author))


def _list_persons(values: list[tuple[str, object, str, float]]) -> list[dict]:
    """Return the authors that are persons by type and form of the name."""
    authors = [value for field, value, _, _ in values if field == "authors" and isinstance(value, list)]
    return [author for listed in authors for author in listed if _is_person(author)]


def _is_person(author: object) -> bool:
    if not (isinstance(author, dict) and "Person" in _schema_types(author)):
        return False
    return isinstance(name := author.get("name"), str) and is_personal_name(name)


class PageIdentity(NamedTuple):
    """The addresses and titles of a page by its tags and by the dump, in a form to compare."""

    addresses: frozenset[str]
    titles: tuple[str, ...]


def _identify_page(values: list[tuple[str, object, str, float]], url: str | None) -> PageIdentity:
    addresses = {url, *(value for field, value, _, _ in values if field == "canonical_url" and isinstance(value, str))}
    titles = {_fold(value) for field, value, _, _ in values if field == "title" and isinstance(value, str)}
    return PageIdentity(frozenset(filter(None, map(_fold_address, addresses))), tuple(sorted(filter(None, titles))))


def _fold(text: str) -> str:
    """Return the letters and digits of a text in lower case."""
    return "".join(filter(str.isalnum, html.unescape(text[:MAX_VALUE_CHARS]).casefold()))


def _fold_address(address: str | None) -> str | None:
    """Return host and path of an address without edition, scheme, query and final slash; None for a front page."""
    try:
        parts = urlsplit((address or "").strip())
    except ValueError:
        return None
    path = parts.path.rstrip("/").removesuffix("/amp")
    return strip_edition((parts.netloc or "").lower()) + path if path else None


# Tags


def _tag_values(markup: bytes, rows: list[MetadataTag]) -> Iterator[tuple[str, object, str, float]]:
    """Yield the values of meta, link, time and html tags."""
    tag_rows = [row for row in rows if row.element in _TAGS and row.end - row.start <= MAX_TAG_BYTES]
    tag_texts = [markup[row.start : row.end] for row in tag_rows if row.element != Tag.TIME]
    times = [row for row in tag_rows if row.element == Tag.TIME]
    tag_texts += [markup[row.start : row.end] + b"</time>" for row in times]
    if not tag_texts:
        return
    tree = LexborHTMLParser(b"".join(tag_texts))
    yield "language", tree.root.attributes.get("lang") if tree.root else None, "html_lang", 1.0
    for node in tree.css("meta"):
        attributes = node.attributes
        content = attributes.get("content")
        names = " ".join(attributes.get(attribute) or "" for attribute in _NAME_ATTRIBUTES) if content else ""
        for name in names.lower().split():
            if name in _FIELD_BY_NAME:
                field, method = _FIELD_BY_NAME[name]
                yield field, content, method, 1.0
    for node in tree.css("link"):
        attributes = node.attributes
        if CANONICAL in (attributes.get("rel") or "").lower().split():
            yield "canonical_url", attributes.get("href"), "link", 1.0
    yield from _time_values([node.attributes for node in tree.css("time")], times)


_TAGS = (Tag.HTML, Tag.META, Tag.LINK, Tag.TIME)


def _time_values(attributes_of_tags: list[dict], rows: list[MetadataTag]) -> Iterator[tuple[str, object, str, float]]:
    """Yield the first times of a page; reduce the confidence after the first, and inside other stories or comments."""
    share, modified = 1.0, None
    for attributes, row in list(zip(attributes_of_tags, rows, strict=False))[:MAX_TIMES]:
        if not attributes.get("datetime"):
            continue
        is_other_story = row.context & _OTHER_STORY
        names = " ".join(filter(None, (attributes.get("itemprop"), attributes.get("class"), attributes.get("id"))))
        if _MODIFIED_CLASS.search(names) and not _PUBLISHED_CLASS.search(names):
            yield "modified_at", attributes["datetime"], "time", UNLIKELY if is_other_story else 1.0
            modified = modified or attributes["datetime"]
            continue
        yield "published_at", attributes["datetime"], "time", UNLIKELY if is_other_story else share
        share = share if is_other_story else UNLIKELY
    if share == 1.0 and modified:  # the only time of some sites
        yield "published_at", modified, "time", UNLIKELY


def _author_link_values(markup: bytes) -> Iterator[tuple[str, object, str, float]]:
    """Yield the names in the first links to authors; links further down belong to other stories."""
    end = None
    for mark in _REL_AUTHOR_MARK.finditer(markup.lower()):
        if end is not None and not end <= mark.start() <= end + _NEXT_AUTHOR_BYTES:
            return
        start = markup.rfind(b"<", max(0, mark.start() - _MAX_LINK_BYTES), mark.start())
        if start >= 0 and (link := _REL_AUTHOR.match(markup, start)):
            end = link.end()
            yield "authors", _MARKUP_TAG.sub(" ", link[1].decode("utf-8", "replace")), "rel_author", 1.0


# JSON-LD


def _json_ld_values(
    markup: bytes, rows: list[MetadataTag], page: PageIdentity
) -> Iterator[tuple[str, object, str, float]]:
    """Yield the values of the articles, pages and sites in a page's JSON-LD."""
    scripts = (markup[row.end : row.content_end] for row in rows if row.element == Tag.SCRIPT)
    loaded = (_load_json(script) for script in scripts if len(script) <= MAX_JSON_BYTES)
    values = [value for value in loaded if value is not None]
    nodes = list(islice((node for value in values for node in _walk_nodes(value)), MAX_NODES))
    listed = {id(node) for value in values for node in _listed_articles(value)}
    nodes_by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    articles = [node for node in nodes if _schema_types(node) & _ARTICLES]
    own, is_certain = _find_own_article(articles, listed, page)
    for node in articles:
        if node is own:
            share = 1.0 if is_certain or len(articles) == 1 else ONE_OF_MANY
            is_own_type = is_certain or id(node) not in listed  # a list of stories is no article
            members = _article_values(node, nodes_by_id, share)
            yield from (member for member in members if is_own_type or member[0] != "page_type")
        elif not is_certain and id(node) not in listed and own is not None:
            yield from _article_values(node, nodes_by_id, UNLIKELY)
    for node in nodes:
        types = _schema_types(node)
        if types & _PAGES and not types & _ARTICLES:
            yield from _article_values(node, nodes_by_id, UNLIKELY if articles else OF_THE_PAGE)
        elif types & _LISTS_AND_SHOPS:
            yield "page_type", sorted(types & _LISTS_AND_SHOPS), "json_ld", OF_THE_PAGE
        elif types & _SITES and "name" in node:
            yield "publisher", node["name"], "json_ld", OF_THE_PAGE


def _listed_articles(value: object) -> list[dict]:
    """Return the articles of a JSON list with several: stories that the page links to."""
    articles = (
        [node for node in value if isinstance(node, dict) and _schema_types(node) & _ARTICLES]
        if isinstance(value, list)
        else []
    )
    return articles if len(articles) >= _MIN_LISTED else []


def _find_own_article(articles: list[dict], listed: set[int], page: PageIdentity) -> tuple[dict | None, bool]:
    """Return the article of the page itself, and whether address or headline say so.

    An article with another address and another headline is a related story.
    """
    for has_evidence in (_has_address_of, _has_headline_of):
        if own := [node for node in articles if has_evidence(node, page)]:
            return max(own, key=len), True
    others = [node for node in articles if not (_is_elsewhere(node, page) and _has_other_headline(node, page))]
    apart = [node for node in others if id(node) not in listed] or others
    # of several, the page's own article has the most members
    return max(apart, key=len, default=None), False


def _addresses_of(node: dict) -> set[str]:
    main = node.get("mainEntityOfPage")
    values = (node.get("url"), node.get("@id"), main.get("@id") if isinstance(main, dict) else main)
    return {address for value in values if isinstance(value, str) and (address := _fold_address(value))}


def _has_address_of(node: dict, page: PageIdentity) -> bool:
    return bool(_addresses_of(node) & page.addresses)


def _is_elsewhere(node: dict, page: PageIdentity) -> bool:
    return bool(page.addresses and _addresses_of(node))


def _headline_of(node: dict) -> str:
    headline = node.get("headline") or node.get("name")
    return _fold(headline) if isinstance(headline, str) else ""


def _has_headline_of(node: dict, page: PageIdentity) -> bool:
    headline = _headline_of(node)
    return len(headline) >= _MIN_HEADLINE_CHARS and any(
        len(title) >= _MIN_HEADLINE_CHARS and (title.startswith(headline) or headline.startswith(title))
        for title in page.titles
    )


def _has_other_headline(node: dict, page: PageIdentity) -> bool:
    return bool(_headline_of(node) and page.titles) and not _has_headline_of(node, page)


def _article_values(node: dict, nodes_by_id: dict[str, dict], share: float) -> Iterator[tuple[str, object, str, float]]:
    for field, names in _MEMBERS.items():
        value = next((node[name] for name in names if node.get(name)), None)
        if value is None:
            continue
        value = _resolve_references(value, nodes_by_id)
        yield field, _select_persons(value, node) if field == "authors" else value, "json_ld", share


def _select_persons(value: object, article: dict) -> list[object]:
    """Return the authors of an article: persons, where it names any, and its publisher only if that is a person."""
    authors = value if isinstance(value, list) else [value]
    if any(isinstance(author, dict) and "Person" in _schema_types(author) for author in authors):
        authors = [author for author in authors if not (isinstance(author, dict) and _schema_types(author) & _SITES)]
    publisher = to_text(article.get("publisher"))
    named = [_name_author(author) if isinstance(author, dict) else author for author in authors]
    return [author for author in named if _is_person(author) or not publisher or to_text(author) != publisher]


def _name_author(author: dict) -> dict:
    """Return an author with a name, also from its parts."""
    if author.get("name"):
        return author
    parts = (to_text(author.get(name)) for name in ("givenName", "additionalName", "familyName"))
    return author | {"name": name} if (name := " ".join(filter(None, parts))) else author


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
    "body_chars": ("articleBody",),
    "word_count": ("wordCount",),
    "page_type": ("@type",),
}


def _resolve_references(value: object, nodes_by_id: dict[str, dict]) -> object:
    """Replace references in a value by the referenced nodes."""
    if isinstance(value, list):
        return [_resolve_references(item, nodes_by_id) for item in value]
    if isinstance(value, dict) and isinstance(value.get("@id"), str) and not value.get("name"):
        return nodes_by_id.get(value["@id"], value)
    return value


def _schema_types(node: dict) -> set[str]:
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return {re.split(r"[/:#]", kind)[-1] for kind in kinds if isinstance(kind, str)}


def _walk_nodes(value: object) -> Iterator[dict]:
    """Yield the objects of a JSON-LD document: at the top, in lists, in the graph and as main entities."""
    queue = [value]
    for _ in range(MAX_NODES):
        if not queue:
            return
        item = queue.pop(0)
        if isinstance(item, list):
            queue += item
        elif isinstance(item, dict):
            yield item
            queue += [item[name] for name in ("@graph", "mainEntity") if isinstance(item.get(name), list | dict)]


def _load_json(script: bytes) -> object:
    """Parse JSON with the usual template errors: surrounding comment marks, bare line ends, trailing commas."""
    try:
        return orjson.loads(script)
    except orjson.JSONDecodeError:
        text = script.decode("utf-8", "replace").strip("\ufeff \t\r\n")
        text = text[wrapping.end() :] if (wrapping := _COMMENT_MARK.match(text)) else text
    for variant in (text, _TRAILING_COMMA.sub(lambda match: match[1] or "", text), html.unescape(text)):
        try:
            return json.JSONDecoder(strict=False).raw_decode(variant.strip())[0]
        except (ValueError, RecursionError):
            continue
    return None


# Values


def _clean_text(value: object) -> str | None:
    text = to_text(value)
    if not text or len(text) > MAX_VALUE_CHARS:
        return None
    if "&" in text:
        text = html.unescape(text)
    return " ".join((text if text.isascii() else fix_text(text)[0]).split()) or None


def _read_line(value: object, _: str | None) -> Iterator[tuple[str, float]]:
    if text := _clean_text(value):
        yield text, 1.0


def _read_names(value: object, _: str | None) -> Iterator[tuple[str, float]]:
    names = [name for item in value if (name := _clean_text(item))] if isinstance(value, list) else _clean_text(value)
    for name in split_names(names or "")[:MAX_AUTHORS]:
        if not name.startswith("@") and not _NO_PERSON.search(name):
            yield name, 1.0


def _read_time(value: object, _: str | None) -> Iterator[tuple[str, float]]:
    text = to_text(value)
    if text and len(text) <= 64 and (time := parse_timestamp(text)):
        has_clock = ":" in text or (text.isdigit() and len(text) > 8)
        zone = ZONE_BEHIND.search(text)
        is_known = zone is not None and zone[1] not in AMBIGUOUS_ZONES
        has_zone = text.isdigit() or _OFFSET.search(text.strip()) is not None or is_known
        yield time.isoformat(), NO_CLOCK if not has_clock else 1.0 if has_zone else NO_ZONE


def _read_address(value: object, url: str | None) -> Iterator[tuple[str, float]]:
    text = to_text(value.get("@id") or value.get("url")) if isinstance(value, dict) else to_text(value)
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


def _read_language(value: object, _: str | None) -> Iterator[tuple[str, float]]:
    text = (_clean_text(value) or "").split(",")[0].strip()
    if _LANGUAGE.fullmatch(text) and text.lower() not in ("und", "mul", "zxx"):
        yield text.replace("_", "-"), 1.0


def _read_body_chars(value: object, _url: str | None) -> Iterator[tuple[str, float]]:
    """Yield the number of characters of a body in JSON-LD, without markup and second print."""
    text = to_paragraphs(value) or ""
    for _ in range(2):  # some sites escape the markup in the string once more
        text = _MARKUP_TAG.sub(" ", html.unescape(text)) if "<" in text or "&" in text else text
    text = " ".join(text.split())
    second = text.find(text[:_BODY_OPENING_CHARS], _BODY_OPENING_CHARS)
    if text:
        yield str(second if second > 0 and len(text) > _BODY_OPENING_CHARS else len(text)), 1.0


def _read_count(value: object, _url: str | None) -> Iterator[tuple[str, float]]:
    text = to_text(value) or ""
    if text.isdecimal() and 0 < len(text) <= _MAX_COUNT_DIGITS and int(text):
        yield str(int(text)), 1.0


_READERS = {
    "authors": _read_names,
    "body_chars": _read_body_chars,
    "word_count": _read_count,
    "published_at": _read_time,
    "modified_at": _read_time,
    "canonical_url": _read_address,
    "language": _read_language,
}
_ORDER = {field: i for i, field in enumerate(CONFIDENCE)}
