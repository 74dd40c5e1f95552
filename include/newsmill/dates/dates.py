"""Temporal expressions of an article, each with its exact span, its value, and the days it means."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from newsmill.contracts import NIGHT
from newsmill.dates.anchor import Anchor, anchored
from newsmill.dates.expressions import references
from newsmill.dates.token_classes import Tape, tapes
from newsmill.nlp.tokens import sentence_starts, tokens
from newsmill.relations import ARTICLES, DATES, PRINTS
from newsmill.spans import Placements
from newsmill.stage import stage

# the words are English
LANGUAGES = ("en", "und")
BATCH = 256
_COLUMNS = (
    "number",
    "char_start",
    "char_end",
    "surface",
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


@stage(reads=(ARTICLES.among(PRINTS), NIGHT), writes=(DATES,), per="part", version="2")
def dates(articles: pa.Table, night: date) -> pa.Table:
    """Find the temporal expressions of each article and resolve them from the day it was published."""
    wanted = articles.filter(pc.is_in(articles["language"], pa.array(LANGUAGES)))
    wanted = wanted.select(["page_id", "article_id", "published_at", "text", "ranges"])
    dated = (_dated(batch, night) for batch in wanted.to_batches(max_chunksize=BATCH))
    return pa.concat_tables([DATES.empty(), *dated])


def _dated(articles: pa.RecordBatch, night: date) -> pa.Table:
    """Return the temporal expressions of a batch."""
    placed, rows = Placements(articles["text"], articles["ranges"]), []
    read = tapes(articles["text"], map(placed.seams, range(len(articles))))
    told = zip(read, articles["published_at"].to_pylist(), sentence_starts(tokens(articles["text"])), strict=True)
    for number, (tape, published, sentences) in enumerate(told):
        anchor = anchored(tape, published and published.date(), night)
        rows.extend(_dates_of(number, tape, anchor, sentences))
    return placed.table(DATES.schema, articles, _COLUMNS, rows)


def _dates_of(number: int, tape: Tape, anchor: Anchor, sentences: list[int]) -> Iterator[tuple]:
    """Yield one row, in the order of _COLUMNS, for each temporal expression of an article."""
    for found in references(tape, anchor.day):
        first, past = found.timex.days or (None, None)
        yield (
            number,
            found.start,
            found.end,
            tape.text[found.start : found.end],
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
