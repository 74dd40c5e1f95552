"""Names of people, organisations and places in an article, each with its exact span, its entity and its role."""

from collections import defaultdict

import pyarrow as pa

from newsmill.names.resolution import canonical_names, normalised
from newsmill.names.roles import role_of, without_title
from newsmill.names.tagger import PERSON, Tag, tag
from newsmill.names.tokens import sentence_index, sentence_starts
from newsmill.relations import ARTICLES, MENTIONS
from newsmill.spans import Placement
from newsmill.stage import stage

# the rules know English; on other languages they would guess
LANGUAGES = ("en", "und")
_OUTSIDE = " \t\"'“”‘’«»`"


@stage(reads=(ARTICLES,), writes=(MENTIONS,), per="part", version="1")
def mentions(articles: pa.Table) -> pa.Table:
    """Find the names of each article and say whom they mean."""
    columns = defaultdict(list, {name: [] for name in MENTIONS.schema.names})
    wanted = articles.select(["page_id", "article_id", "language", "text", "ranges"])
    for batch in wanted.to_batches(max_chunksize=256):
        for article in batch.to_pylist():
            if article["language"] in LANGUAGES:
                _describe(article, columns)
    return pa.table({name: pa.array(columns[name], MENTIONS.schema.field(name).type) for name in columns}, MENTIONS.schema)


def _describe(article: dict, columns: dict[str, list]) -> None:
    text = article["text"]
    place = Placement(text, article["ranges"])
    tags = tidied(text, tag(text), place)
    names, starts, floor = canonical_names(text, tags), sentence_starts(text), 0
    for found in tags:
        surface = text[found.start:found.end]
        canonical = names[found.entity_type, surface]
        person = found.entity_type == PERSON
        row = place.locate(found.start, found.end) | {
            "page_id": article["page_id"], "article_id": article["article_id"], "surface": surface,
            "mention_type": "name", "entity_type": found.entity_type, "canonical_name": canonical,
            "entity_id": f"{found.entity_type}:{normalised(canonical)}",
            "role_title": role_of(text, found.start, found.end, floor) if person else None,
            "sentence_index": sentence_index(starts, found.start), "confidence": found.confidence, "rule": found.rule,
        }
        for name, value in row.items():
            columns[name].append(value)
        floor = found.end if person else floor


def tidied(text: str, tags: list[Tag], place: Placement) -> list[Tag]:
    """Leave titles, possessives, quotation marks, overlaps, line breaks and seams out of the names."""
    kept, stop = [], 0
    for found in sorted(tags):
        start, end = _trimmed(text, found)
        whole = start < end and start >= stop and "\n" not in text[start:end] and not place.crosses_seam(start, end)
        if whole:
            kept.append(found._replace(start=start, end=end))
            stop = end
    return kept


def _trimmed(text: str, found: Tag) -> tuple[int, int]:
    start, end = found.start, found.end
    if text[start:end].endswith(("'s", "’s")):
        end -= 2
    while start < end and text[end - 1] in _OUTSIDE:
        end -= 1
    while start < end and text[start] in _OUTSIDE:
        start += 1
    return (without_title(text, start, end) if found.entity_type == PERSON else start), end
