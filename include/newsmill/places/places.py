"""Stage places: place names of an article with exact span and gazetteer entry."""

import pyarrow as pa
import pyarrow.compute as pc

from newsmill.places import PLACE_TYPES
from newsmill.places.context_cues import Mention
from newsmill.places.gazetteer import NOWHERE, load_gazetteer
from newsmill.places.metonymy import metonymy_class
from newsmill.places.toponyms import MODEL_PATH, Source, find_toponyms
from newsmill.relations import ARTICLES, FIRST_INSTANCES, MENTIONS, PLACES
from newsmill.spans import Placements, crosses_seam, group_by_page
from newsmill.stage import stage

BATCH = 256
_MENTION_COLUMNS = (
    "surface",
    "char_start",
    "char_end",
    "entity_type",
    "canonical_name",
    "confidence",
    "sentence_index",
)
_GAZETTEER_COLUMNS = ("geonames_id", "name", "country_code", "admin1_code", "latitude", "longitude", "population")
_COLUMNS = (
    "number",
    "char_start",
    "char_end",
    "surface",
    "metonymy_class",
    "candidate_count",
    "sentence_index",
    "confidence",
    "rule",
)


@stage(
    reads=(ARTICLES.among(FIRST_INSTANCES, "page_id article_id text ranges country_code name domain"), MENTIONS),
    writes=(PLACES,),
    per="part",
    version="3",
    models={"places": MODEL_PATH},
)
def places(articles: pa.Table, mentions: pa.Table) -> pa.Table:
    """Find the place names of each article and resolve them to the gazetteer; leave uncertain names unresolved."""
    by_page = mentions_by_page(mentions)
    with_mentions = articles.filter(pc.is_in(articles["page_id"], pa.array(by_page, pa.string())))
    with_mentions = with_mentions.select(["page_id", "article_id", "text", "ranges", "country_code", "name", "domain"])
    tables = (_find_places(batch, by_page) for batch in with_mentions.to_batches(max_chunksize=BATCH))
    return pa.concat_tables([PLACES.empty(), *tables])


def mentions_by_page(mentions: pa.Table) -> dict[str, list[Mention]]:
    """Return the mentions of each page, in order, without credits."""
    return group_by_page(mentions.filter(pc.invert(mentions["is_credit"])), _MENTION_COLUMNS)


def sources_of(articles: pa.Table | pa.RecordBatch) -> list[Source]:
    """Return the source of each article."""
    columns = (articles[name].to_pylist() for name in ("country_code", "name", "domain"))
    return list(map(Source._make, zip(*columns, strict=True)))


def _find_places(articles: pa.RecordBatch, by_page: dict[str, list[Mention]]) -> pa.Table:
    """Return the places of a batch of articles, without names across a seam between page ranges."""
    placed, texts = Placements(articles["text"], articles["ranges"]), articles["text"].to_pylist()
    seams = [placed.seams(i) for i in range(len(texts))]
    resolved = find_toponyms(texts, [by_page[page] for page in articles["page_id"].to_pylist()], sources_of(articles))
    rows, gazetteer_rows, feature_types = [], [], []
    for i, start, end, place, count, confidence, rule, sentence, feature_type in zip(*resolved, strict=True):
        if not crosses_seam(seams[i], start, end):
            text = texts[i]
            metonymy = metonymy_class(text, start, end, place, rule)
            rows.append((i, start, end, text[start:end], metonymy, count, sentence, confidence, rule))
            gazetteer_rows.append(place)
            feature_types.append(feature_type)
    columns = _gazetteer_columns(gazetteer_rows, feature_types)
    return placed.table(PLACES.schema, articles, _COLUMNS, rows, **columns)


def _gazetteer_columns(places: list[int], feature_types: list[str | None]) -> dict[str, pa.Array]:
    """Return the gazetteer columns of each place, nulls for unresolved names but the type of a feature."""
    known, place = load_gazetteer(), pa.array(places, pa.int32())
    place = pc.if_else(pc.not_equal(place, NOWHERE), place, None)
    columns = {name: pa.array(getattr(known, name)).take(place) for name in _GAZETTEER_COLUMNS}
    gazetteer_type = pa.array(PLACE_TYPES).take(pa.array(known.kind).take(place))
    return columns | {"place_type": pc.coalesce(gazetteer_type, pa.array(feature_types, pa.string()))}
