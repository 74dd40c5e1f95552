"""Places that an article names, each with its exact span and the entry of the gazetteer that it means."""

from collections import defaultdict

import pyarrow as pa
import pyarrow.compute as pc

from newsmill.places import PLACE_TYPES
from newsmill.places.context_cues import Mention
from newsmill.places.gazetteer import NOWHERE, gazetteer
from newsmill.places.metonymy import reading_of
from newsmill.places.toponyms import Source, toponyms
from newsmill.relations import ARTICLES, MENTIONS, PLACES, PRINTS
from newsmill.spans import Placements, crosses
from newsmill.stage import stage

BATCH = 256
_READ = ("surface", "char_start", "char_end", "entity_type", "canonical_name", "confidence", "sentence_index")
_PLACE = ("geonames_id", "name", "country_code", "admin1_code", "latitude", "longitude", "population")
_COLUMNS = (
    "number",
    "char_start",
    "char_end",
    "surface",
    "reading",
    "candidate_count",
    "sentence_index",
    "confidence",
    "rule",
)


@stage(reads=(ARTICLES.among(PRINTS), MENTIONS), writes=(PLACES,), per="part", version="1")
def places(articles: pa.Table, mentions: pa.Table) -> pa.Table:
    """Find the places that each article names and say which each is; none is told rather than a wrong one."""
    by_page = mentions_by_page(mentions)
    wanted = articles.filter(pc.is_in(articles["page_id"], pa.array(by_page, pa.string())))
    wanted = wanted.select(["page_id", "article_id", "text", "ranges", "country_code", "name", "domain"])
    named = (_places_of(batch, by_page) for batch in wanted.to_batches(max_chunksize=BATCH))
    return pa.concat_tables([PLACES.empty(), *named])


def mentions_by_page(mentions: pa.Table) -> dict[str, list[Mention]]:
    """Return the names of each page, in order."""
    by_page = defaultdict(list)
    columns = (mentions[name].to_pylist() for name in _READ)
    for page, mention in zip(mentions["page_id"].to_pylist(), zip(*columns, strict=True), strict=True):
        by_page[page].append(mention)
    return by_page


def sources_of(articles: pa.Table | pa.RecordBatch) -> list[Source]:
    """Return who publishes each article."""
    columns = (articles[name].to_pylist() for name in ("country_code", "name", "domain"))
    return list(map(Source._make, zip(*columns, strict=True)))


def _places_of(articles: pa.RecordBatch, by_page: dict[str, list[Mention]]) -> pa.Table:
    """Return the places that a batch of articles names, but for names that lie across a seam."""
    placed, texts = Placements(articles["text"], articles["ranges"]), articles["text"].to_pylist()
    seams = [placed.seams(number) for number in range(len(texts))]
    found = toponyms(texts, [by_page[page] for page in articles["page_id"].to_pylist()], sources_of(articles))
    rows, meant = [], []
    for number, start, end, place, count, sure, rule, sentence in zip(*found, strict=True):
        if not crosses(seams[number], start, end):
            text = texts[number]
            reading = reading_of(text, start, end, place, rule)
            rows.append((number, start, end, text[start:end], reading, count, sentence, sure, rule))
            meant.append(place)
    return placed.table(PLACES.schema, articles, _COLUMNS, rows, **_entries(meant))


def _entries(places: list[int]) -> dict[str, pa.Array]:
    """Return what the gazetteer tells of each place, nulls where it is not known."""
    known, place = gazetteer(), pa.array(places, pa.int32())
    place = pc.if_else(pc.not_equal(place, NOWHERE), place, None)
    told = {name: pa.array(getattr(known, name)).take(place) for name in _PLACE}
    return told | {"place_type": pa.array(PLACE_TYPES).take(pa.array(known.kind).take(place))}
