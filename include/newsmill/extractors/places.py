"""Places that an article names, each with its exact span and the entry of the gazetteer that it means."""

from collections import defaultdict

import pyarrow as pa
import pyarrow.compute as pc

from newsmill.geography.cues import Mention
from newsmill.geography.gazetteer import NOWHERE, gazetteer
from newsmill.geography.readings import reading_of
from newsmill.geography.toponyms import Source, Toponyms, toponyms
from newsmill.glossary import PLACE_TYPES
from newsmill.relations import ARTICLES, MENTIONS, PLACES, PRINTS
from newsmill.spans import SPAN_COLUMNS, Placement
from newsmill.stage import stage

BATCH = 256
_READ = ("surface", "char_start", "char_end", "entity_type", "canonical_name", "confidence", "sentence_index")
_PLACE = ("geonames_id", "name", "country_code", "admin1_code", "latitude", "longitude", "population")
_ROW = ("page_id", "article_id", "surface", "reading", *SPAN_COLUMNS)


@stage(reads=(ARTICLES.among(PRINTS), MENTIONS), writes=(PLACES,), per="part", version="1")
def places(articles: pa.Table, mentions: pa.Table) -> pa.Table:
    """Find the places that each article names and say which each is; none is told rather than a wrong one."""
    by_page = mentions_by_page(mentions)
    wanted = articles.filter(pc.is_in(articles["page_id"], pa.array(by_page, pa.string())))
    wanted = wanted.select(["page_id", "article_id", "text", "ranges", "country_code", "name", "domain"])
    tables = [_places_of(batch, by_page) for batch in wanted.to_batches(max_chunksize=BATCH)]
    return pa.concat_tables(tables) if tables else PLACES.empty()


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


def _places_of(batch: pa.RecordBatch, by_page: dict[str, list[Mention]]) -> pa.Table:
    """Return the places that the articles of a batch name, but for names that lie across a seam."""
    articles = batch.to_pylist()
    texts = [article["text"] for article in articles]
    found = toponyms(texts, [by_page[article["page_id"]] for article in articles], sources_of(batch))
    placements = [Placement(article["text"], article["ranges"]) for article in articles]
    rows, kept = [], []
    for row, (number, start, end, place, rule) in enumerate(zip(*found[:4], found.rule, strict=True)):
        placement, text = placements[number], texts[number]
        if len(placement.ranges) > 1 and placement.crosses_seam(start, end):
            continue
        kept.append(row)
        ids = articles[number]["page_id"], articles[number]["article_id"]
        reading = reading_of(text, start, end, place, rule)
        rows.append((*ids, text[start:end], reading, *placement.span(start, end)))
    return _table(rows, pa.array(kept, pa.int64()), found)


def _table(rows: list[tuple], kept: pa.Array, found: Toponyms) -> pa.Table:
    """Return the rows kept as columns, with what the gazetteer tells of each place."""
    known, place = gazetteer(), pa.array(found.place, pa.int32()).take(kept)
    place = pc.if_else(pc.not_equal(place, NOWHERE), place, None)
    columns = zip(_ROW, zip(*rows, strict=True) if rows else [()] * len(_ROW), strict=True)
    told = {"candidate_count": found.candidate_count, "sentence_index": found.sentence, "confidence": found.confidence,
            "rule": found.rule}  # fmt: skip
    table = {name: pa.array(values, PLACES.schema.field(name).type) for name, values in columns}
    table |= {name: pa.array(values, PLACES.schema.field(name).type).take(kept) for name, values in told.items()}
    table |= {name: pa.array(getattr(known, name)).take(place) for name in _PLACE}
    return pa.table(table | {"place_type": pa.array(PLACE_TYPES).take(pa.array(known.kind).take(place))})
