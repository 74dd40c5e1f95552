"""Extracts the names of people, organisations and places, each with span, entity and role: the stage `mentions`."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsmill.languages.word_lists import any_of, read_words
from newsmill.mentions.coreference import adopt_bearers, adopt_long_name_kinds, normalize_name, resolve_names
from newsmill.mentions.court_cases import drop_court_cases
from newsmill.mentions.credits import find_credits
from newsmill.mentions.roles import find_role, skip_titles
from newsmill.mentions.tagger import MODEL_PATH, ORGANIZATION, PERSON, PLACE, Tag, TaggedText, tag_texts
from newsmill.nlp import name_lists
from newsmill.nlp.countries import find_country
from newsmill.nlp.name_flags import CITY, COUNTRY, GIVEN, load_name_flags, load_typed_names
from newsmill.relations import ARTICLES, FIRST_INSTANCES, MENTIONS
from newsmill.spans import Placements, crosses_seam
from newsmill.stage import stage

# The model knows English only; its names in other languages would be guesses.
LANGUAGES = ("en", "und")
BATCH_ARTICLES = 256
"""Articles of one batch of rows; bounds memory, not measured at other sizes."""
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
_PREFIX = re.compile(rf"(?:{'|'.join(sorted(name_lists.NAME_PREFIXES))})[-–](?=[A-Z])")
_PARTY_AND_STATE = re.compile(r"(?<=\()[DRI]-([A-Z][\w.]*(?: [A-Z][\w.]*)*)(?=\))")
"""A member's party and state, `Hale (D-Calif.)`: the name is the state alone."""
_PARTICLES = any_of(read_words("en", "speakers", "name_particles"))
_PARTICLE_GAP = re.compile(rf" (?:(?:{_PARTICLES}) )+")
MAX_PARTICLE_CHARS = 16
"""Characters between two parts of a name: three particles of five letters at most."""
_EVENT_WORDS = name_lists.EVENT_HEADS | {"dollar", "dollars"}
"""In the training part of today's news none of 44 names of places in front of such a word is a place."""
_POSSESSIVES = ("'s", "’s")
_WORD = re.compile(r"\w+")
_OUTER_CHARS = " \t\"'“”‘’«»`"


@stage(
    reads=(ARTICLES.among(FIRST_INSTANCES, "page_id article_id language text ranges"),),
    writes=(MENTIONS,),
    per="part",
    version="9",
    models={"names": MODEL_PATH},
)
def mentions(articles: pa.Table) -> pa.Table:
    """Find the names of each article, and the entity of each name."""
    readable = articles.filter(pc.is_in(articles["language"].cast(pa.string()), pa.array(LANGUAGES)))
    readable = readable.select(["page_id", "article_id", "text", "ranges"])
    return pa.concat_tables([MENTIONS.empty(), *map(_extract_batch, readable.to_batches(max_chunksize=BATCH_ARTICLES))])


def _extract_batch(articles: pa.RecordBatch) -> pa.Table:
    """Return the mentions of a batch."""
    placements = Placements(articles["text"], articles["ranges"])
    rows: list[tuple] = []
    columns = zip(
        articles["text"].to_pylist(), articles["article_id"].to_pylist(), tag_texts(articles["text"]), strict=True
    )
    for i, (text, article_id, tagged) in enumerate(columns):
        rows.extend(_yield_rows(i, text, article_id, tagged, placements.seams(i)))
    index, starts = (np.array([row[column] for row in rows], np.int64) for column in (0, 1))
    is_credit = pa.array(find_credits(articles["text"]).cover(index, starts))
    return placements.table(MENTIONS.schema, articles, _COLUMNS, rows, mention_type="name", is_credit=is_credit)


def _yield_rows(
    article_index: int, text: str, article_id: str, tagged: TaggedText, seams: list[int]
) -> Iterator[tuple]:
    """Yield one row, in the order of _COLUMNS, for each name of an article."""
    tags = drop_court_cases(text, tidy_tags(text, tagged.tags, seams))
    tags = adopt_long_name_kinds(text, adopt_bearers(text, tags))
    starts = tagged.sentence_starts
    names, floor = resolve_names(text, tags), 0
    entities = {named: (make_entity_id(named[0], name, article_id), name) for named, name in names.items()}
    for start, end, kind, confidence, rule in tags:
        surface, role = text[start:end], None
        if kind == PERSON:
            role, floor = find_role(text, start, end, floor), end
        entity, name = entities[kind, surface]
        country = find_country(role or "" if kind == PERSON else name)
        sentence = bisect_right(starts, start) - 1
        yield article_index, start, end, surface, entity, kind, name, role, country, sentence, confidence, rule


def make_entity_id(kind: str, canonical_name: str, article_id: str) -> str:
    """Return the identity of an entity: the type and the normalised name.

    A person with a single name belongs to the article: another article's Hale may be another Hale. `@` separates the
    article from the name, so a name such as a user's has none.
    """
    name = normalize_name(canonical_name).replace("@", "")
    return f"{kind}:{name}@{article_id}" if kind == PERSON and " " not in name else f"{kind}:{name}"


def tidy_tags(text: str, tags: list[Tag], seams: Sequence[int]) -> list[Tag]:
    """Remove titles, possessives, quotation marks, overlaps, line breaks, seams and places in events from names."""
    kept: list[Tag] = []
    stop = 0
    for tag in sorted(split_pairs(text, complete_brands(text, join_particles(text, tags)))):
        state = text.startswith("-", tag.start + 1) and _PARTY_AND_STATE.match(text, tag.start)
        if state:
            tag = tag._replace(start=state.start(1), end=state.end(1), entity_type=PLACE)
        start, end = tag.start, tag.end
        if not text[start:end].isalpha():
            start, end = _trim_name(text, tag)
            if start >= end or text.find("\n", start, end) >= 0:
                continue
            if end - start < tag.end - tag.start:
                tag = tag._replace(start=start, end=end)
        if start < stop or (seams and crosses_seam(seams, start, end)):
            continue
        if tag.entity_type == PLACE and text.startswith(" ", end) and _precedes_event(text, end + 1):
            continue
        if kept and _is_bracketed_given_name(text, kept[-1], start, tag.entity_type):
            kept.pop()
        kept.append(tag)
        stop = end
    return kept


def _precedes_event(text: str, start: int) -> bool:
    """Return whether the word at `start` makes an event or a currency of the name before: `Oslo Olympics`."""
    if not (text[start : start + 1].isupper() or text.startswith("dollar", start)):
        return False
    word = _WORD.match(text, start)
    return word is not None and word[0] in _EVENT_WORDS


def join_particles(text: str, tags: list[Tag]) -> list[Tag]:
    """Return the tags, and parts of a person's name with a particle between them as one: `Jo del Marlow`."""
    joined: list[Tag] = []
    for tag in tags:
        if joined and tag.entity_type == PERSON == joined[-1].entity_type and _continues(text, joined[-1].end, tag):
            joined[-1] = joined[-1]._replace(end=tag.end, confidence=min(joined[-1].confidence, tag.confidence))
        else:
            joined.append(tag)
    return joined


def _continues(text: str, end: int, tag: Tag) -> bool:
    """Return whether only a particle, in or in front of the tag, is between a name and the tag."""
    if tag.start - end == 1:
        return text[end] == " " and text[tag.start].islower()
    return tag.start - end <= MAX_PARTICLE_CHARS and _PARTICLE_GAP.fullmatch(text, end, tag.start) is not None


def complete_brands(text: str, tags: list[Tag]) -> list[Tag]:
    """Return the tags, brands with their `'s` inside the name: `Wendy's`, unless Ann Wendy is named too."""
    if all(not text.startswith(_POSSESSIVES, tag.end) for tag in tags):
        return tags
    surnames = {
        name.rpartition(" ")[2]
        for tag in tags
        for name in (text[tag.start : tag.end],)
        if tag.entity_type == PERSON and " " in name
    }
    return [_complete_brand(text, tag, surnames) for tag in tags]


def _complete_brand(text: str, tag: Tag, surnames: set[str]) -> Tag:
    """Return a tag with its `'s` if both together are a brand; a given name is one only where it is tagged as such."""
    name, end = text[tag.start : tag.end], tag.end + 2
    if not text.startswith(_POSSESSIVES, tag.end) or name in surnames or not _is_brand(text[tag.start : end]):
        return tag
    is_given = load_name_flags().words.get(name, 0) & GIVEN
    return tag if is_given and tag.entity_type != ORGANIZATION else tag._replace(end=end, entity_type=ORGANIZATION)


def _is_brand(name: str) -> bool:
    """Return whether a name with a possessive is a company's own name."""
    return name.replace("’", "'") in _list_possessive_brands()


@cache
def _list_possessive_brands() -> frozenset[str]:
    """Return the known names of companies that end in `'s`."""
    names = (name.replace("’", "'") for name in load_typed_names()["company"])
    return frozenset(name for name in names if name.endswith("'s"))


def split_pairs(text: str, tags: list[Tag]) -> list[Tag]:
    """Return the tags with pairs of names as two: `Oslo-Norway`, and `Hale-Marlow` after Ann Hale and Jo Marlow."""
    if all(text.find("-", tag.start, tag.end) < 0 for tag in tags):
        return tags
    surnames = {text[tag.start : tag.end].rpartition(" ")[2] for tag in tags if tag.entity_type == PERSON}
    places = {text[tag.start : tag.end] for tag in tags if tag.entity_type == PLACE}
    return [part for tag in tags for part in _split_pair(text, tag, surnames, places)]


def _split_pair(text: str, tag: Tag, surnames: set[str], mentioned_places: set[str]) -> list[Tag]:
    """Return a tag, or two if both sides of its hyphen are surnames, or places of the article or of lists."""
    name, sizes = text[tag.start : tag.end], load_name_flags().places
    first, hyphen, second = name.partition("-")
    if not hyphen:
        return [tag]
    if tag.entity_type == PERSON:
        is_pair = {first, second} <= surnames
    elif tag.entity_type == PLACE:
        is_pair = {first, second} <= mentioned_places or _is_city_and_country(sizes.get(first, 0), sizes.get(second, 0))
        is_pair = is_pair and name not in sizes
    else:
        is_pair = False  # ACTU-Oslo is a branch
    middle = tag.start + len(first)
    return [tag._replace(end=middle), tag._replace(start=middle + 1)] if is_pair else [tag]


def _is_city_and_country(first: int, second: int) -> bool:
    """Return whether two flags of places are of cities or countries, at least one of a country."""
    return bool(first & (COUNTRY | CITY) and second & (COUNTRY | CITY)) and COUNTRY in (first, second)


def _is_bracketed_given_name(text: str, before: Tag, start: int, kind: str) -> bool:
    """Return whether the previous name is an editor's given name in brackets: `(Ann) Hale`."""
    if text[before.end : start] != ") " or not text.startswith("(", before.start - 1):
        return False
    word_flags = load_name_flags().words.get(text[before.start : before.end], 0)
    return kind == before.entity_type == PERSON or bool(word_flags & GIVEN)


def _trim_name(text: str, tag: Tag) -> tuple[int, int]:
    """Return the span of a name without brackets, possessive, quotation marks and title."""
    start, end = tag.start, tag.end
    bracket_end = text.find(")", start, end)
    if bracket_end >= 0 and text.find("(", start, bracket_end) < 0:
        start = bracket_end + 1  # (Ann) Hale: the editor's addition is no part of the name
    prefix = _PREFIX.match(text, start, end)
    if prefix:
        start = prefix.end()
    if text.endswith(_POSSESSIVES, start, end) and not _is_brand(text[start:end]):
        end -= 2
    while start < end and text[end - 1] in _OUTER_CHARS:
        end -= 1
    while start < end and text[start] in _OUTER_CHARS:
        start += 1
    return (skip_titles(text, start, end) if tag.entity_type == PERSON else start), end
