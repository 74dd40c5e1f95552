"""Temporal expressions of an article, each with its exact span, its value, and the days it means."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from newsmill.contracts import NIGHT
from newsmill.prose.tokens import sentence_starts, tokens
from newsmill.relations import ARTICLES, DATES, PRINTS
from newsmill.spans import SPAN_COLUMNS, Placement
from newsmill.stage import stage
from newsmill.times.anchor import anchored
from newsmill.times.references import references

# the words are English
LANGUAGES = ("en", "und")
BATCH = 256
_COLUMNS = (
    "page_id",
    "article_id",
    "surface",
    *SPAN_COLUMNS,
    "timex_type",
    "timex_value",
    "date_start",
    "date_end",
    "anchor_date",
    "anchor_method",
    "sentence_index",
    "confidence",
    "rule",
)


@stage(reads=(ARTICLES.among(PRINTS), NIGHT), writes=(DATES,), per="part", version="1")
def dates(articles: pa.Table, night: date) -> pa.Table:
    """Find the temporal expressions of each article and resolve them from the day it was published."""
    rows: list[tuple] = []
    wanted = articles.filter(pc.is_in(articles["language"], pa.array(LANGUAGES)))
    wanted = wanted.select(["page_id", "article_id", "published_at", "text", "ranges"])
    for batch in wanted.to_batches(max_chunksize=BATCH):
        told = tokens(batch["text"])
        for number, article in enumerate(batch.to_pylist()):
            rows.extend(_dates_of(article, night, sentence_starts(told, number).tolist()))
    if not rows:
        return DATES.empty()
    columns = zip(_COLUMNS, zip(*rows, strict=True), strict=True)
    return pa.table({name: pa.array(values, DATES.schema.field(name).type) for name, values in columns})


def _dates_of(article: dict, night: date, sentences: list[int]) -> Iterator[tuple]:
    """Yield one row, in the order of _COLUMNS, for each temporal expression of an article."""
    text, published = article["text"], article["published_at"]
    place = Placement(text, article["ranges"])
    anchor = anchored(text, published and published.date(), night, place.seams)
    for found in references(text, anchor.day, place.seams):
        first, past = found.timex.days or (None, None)
        yield (
            article["page_id"],
            article["article_id"],
            text[found.start : found.end],
            *place.locate(found.start, found.end).values(),
            found.timex.timex_type,
            found.timex.timex_value,
            first,
            past,
            anchor.day,
            anchor.method,
            bisect_right(sentences, found.start) - 1,
            round(found.confidence * anchor.trust, 3),
            found.rule,
        )
