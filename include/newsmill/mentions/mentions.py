"""Names of people, organisations and places in an article, each with its exact span, its entity and its role."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from newsmill.mentions.coreference import adopt_long_name_kinds, normalize_name, resolve_names
from newsmill.mentions.roles import role_of, without_title
from newsmill.mentions.tagger import PERSON, Tag, TaggedText, tag_texts
from newsmill.nlp.countries import country_of
from newsmill.relations import ARTICLES, MENTIONS, PRINTS
from newsmill.spans import Placements, crosses
from newsmill.stage import stage

# the model knows English; on other languages it would guess
LANGUAGES = ("en", "und")
BATCH_ARTICLES = 256
_COLUMNS = (
    "number",
    "char_start",
    "char_end",
    "surface",
    "entity_id",
    "entity_type",
    "canonical_name",
    "role_title",
    "country_code",
    "sentence_index",
    "confidence",
    "rule",
)
_OUTER_CHARS = " \t\"'“”‘’«»`"


@stage(reads=(ARTICLES.among(PRINTS),), writes=(MENTIONS,), per="part", version="5")
def mentions(articles: pa.Table) -> pa.Table:
    """Find the names of each article and say whom they mean."""
    wanted = articles.filter(pc.is_in(articles["language"].cast(pa.string()), pa.array(LANGUAGES)))
    wanted = wanted.select(["page_id", "article_id", "text", "ranges"])
    return pa.concat_tables([MENTIONS.empty(), *map(_extract_batch, wanted.to_batches(max_chunksize=BATCH_ARTICLES))])


def _extract_batch(articles: pa.RecordBatch) -> pa.Table:
    """Return the mentions of a batch."""
    placed, rows = Placements(articles["text"], articles["ranges"]), []
    told = zip(
        articles["text"].to_pylist(), articles["article_id"].to_pylist(), tag_texts(articles["text"]), strict=True
    )
    for number, (text, article_id, reading) in enumerate(told):
        rows.extend(_yield_rows(number, text, article_id, reading, placed.seams(number)))
    return placed.table(MENTIONS.schema, articles, _COLUMNS, rows, mention_type="name")


def _yield_rows(number: int, text: str, article_id: str, reading: TaggedText, seams: list[int]) -> Iterator[tuple]:
    """Yield one row, in the order of _COLUMNS, for each name of an article."""
    tags, starts = adopt_long_name_kinds(text, tidy_tags(text, reading.tags, seams)), reading.sentences
    names, floor = resolve_names(text, tags), 0
    entities = {named: (entity_id(named[0], name, article_id), name) for named, name in names.items()}
    for start, end, kind, confidence, rule in tags:
        surface, role = text[start:end], None
        if kind == PERSON:
            role, floor = role_of(text, start, end, floor), end
        entity, name = entities[kind, surface]
        country = country_of(role or "" if kind == PERSON else name)
        sentence = bisect_right(starts, start) - 1
        yield number, start, end, surface, entity, kind, name, role, country, sentence, confidence, rule


def entity_id(kind: str, canonical_name: str, article_id: str) -> str:
    """Return the identity of an entity: its type and its normalised name.

    A person who is called by one name alone is somebody of that article: another article's Hale may be another Hale.
    """
    name = normalize_name(canonical_name)
    return f"{kind}:{name}@{article_id}" if kind == PERSON and " " not in name else f"{kind}:{name}"


def tidy_tags(text: str, tags: list[Tag], seams: Sequence[int]) -> list[Tag]:
    """Leave titles, possessives, quotation marks, overlaps, line breaks and seams out of the names."""
    kept, stop = [], 0
    for found in sorted(tags):
        start, end = found.start, found.end
        if not text[start:end].isalpha():
            start, end = _trim_name(text, found)
            if start >= end or text.find("\n", start, end) >= 0:
                continue
            if end - start < found.end - found.start:
                found = found._replace(start=start, end=end)
        if start < stop or (seams and crosses(seams, start, end)):
            continue
        if kept and found.entity_type == PERSON and _is_bracketed_given_name(text, kept[-1], start):
            kept.pop()
        kept.append(found)
        stop = end
    return kept


def _is_bracketed_given_name(text: str, before: Tag, start: int) -> bool:
    """Tell whether the name before is a given name that an editor put in brackets: `(Ann) Hale`."""
    return before.entity_type == PERSON and text[before.end : start] == ") " and text.startswith("(", before.start - 1)


def _trim_name(text: str, found: Tag) -> tuple[int, int]:
    start, end = found.start, found.end
    closed = text.find(")", start, end)
    if closed >= 0 and text.find("(", start, closed) < 0:
        start = closed + 1  # (Ann) Hale: the editor's addition is no part of what was printed
    if text.endswith(("'s", "’s"), start, end):
        end -= 2
    while start < end and text[end - 1] in _OUTER_CHARS:
        end -= 1
    while start < end and text[start] in _OUTER_CHARS:
        start += 1
    return (without_title(text, start, end) if found.entity_type == PERSON else start), end
