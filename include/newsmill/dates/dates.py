"""Stage dates: temporal expressions of an article with exact span, TIMEX3 value and days."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from newsmill.contracts import NIGHT
from newsmill.dates.anchor import CreationTime, find_creation_time
from newsmill.dates.expressions import resolve_expressions
from newsmill.dates.token_classes import ClassifiedText, classify_tokens
from newsmill.nlp.tokens import find_sentence_starts, tokenize
from newsmill.relations import ARTICLES, DATES, FIRST_INSTANCES
from newsmill.spans import Placements
from newsmill.stage import stage

# the lexicon is English
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


@stage(
    reads=(ARTICLES.among(FIRST_INSTANCES, "page_id article_id language published_day text ranges"), NIGHT),
    writes=(DATES,),
    per="part",
    version="3",
)
def dates(articles: pa.Table, night: date) -> pa.Table:
    """Find the temporal expressions of each article; resolve relative ones from the document creation time."""
    english = articles.filter(pc.is_in(articles["language"], pa.array(LANGUAGES)))
    english = english.select(["page_id", "article_id", "published_day", "text", "ranges"])
    tables = (_find_dates(batch, night) for batch in english.to_batches(max_chunksize=BATCH))
    return pa.concat_tables([DATES.empty(), *tables])


def _find_dates(articles: pa.RecordBatch, night: date) -> pa.Table:
    """Return the temporal expressions of a batch."""
    placed = Placements(articles["text"], articles["ranges"])
    rows: list[tuple] = []
    classified = classify_tokens(articles["text"], map(placed.seams, range(len(articles))))
    inputs = zip(
        classified, articles["published_day"].to_pylist(), find_sentence_starts(tokenize(articles["text"])), strict=True
    )
    for i, (text_tokens, published, sentences) in enumerate(inputs):
        creation_time = find_creation_time(text_tokens, published, night)
        rows.extend(_date_rows(i, text_tokens, creation_time, sentences))
    return placed.table(DATES.schema, articles, _COLUMNS, rows)


def _date_rows(i: int, text_tokens: ClassifiedText, anchor: CreationTime, sentences: list[int]) -> Iterator[tuple]:
    """Yield one row, in the order of _COLUMNS, for each temporal expression of an article."""
    for mention in resolve_expressions(text_tokens, anchor.day):
        first_day, day_after = mention.timex.days or (None, None)
        yield (
            i,
            mention.start,
            mention.end,
            text_tokens.text[mention.start : mention.end],
            mention.timex.timex_type,
            mention.timex.timex_value,
            first_day,
            day_after,
            anchor.day,
            anchor.method,
            bisect_right(sentences, mention.start) - 1,
            round(mention.confidence * anchor.trust, 3),
            mention.rule,
        )
