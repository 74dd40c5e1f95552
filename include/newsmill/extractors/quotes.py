"""Finds what is quoted or reported, by which words it is ascribed, and to whom."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, partial

import pyarrow as pa

from newsmill.relations import ARTICLES, PRINTS, QUOTES
from newsmill.spans import SPAN_COLUMNS, Placement
from newsmill.speech.anonymity import reasons
from newsmill.speech.confidence import confidence
from newsmill.speech.marks import may_quote
from newsmill.speech.pieces import Piece, speech
from newsmill.speech.tokens import Heard, Span, hear
from newsmill.speech.voices import voices
from newsmill.stage import stage

BATCH = 256
_COLUMNS = (
    "page_id", "article_id", "quote_text", "quote_type", *SPAN_COLUMNS, "sentence_index",
    "cue", *(f"cue_{name}" for name in SPAN_COLUMNS), "speaker_surface", *(f"speaker_{name}" for name in SPAN_COLUMNS),
    "speaker_confidence", "attribution_class", "is_anonymous", "source_role", "source_country_code", "seniority",
    "relay", "heard_by", "reported_by", "anonymity_reason", *(f"anonymity_{name}" for name in SPAN_COLUMNS), "rule",
)  # fmt: skip
_NOWHERE = (None,) * (1 + len(SPAN_COLUMNS))


@stage(reads=(ARTICLES.among(PRINTS),), writes=(QUOTES,), per="part", version="2")
def quotes(articles: pa.Table) -> pa.Table:
    """Find the quotations and the reported statements of each article, with cue and speaker."""
    parts = []
    for batch in articles.select(["page_id", "article_id", "text", "ranges"]).to_batches(max_chunksize=BATCH):
        rows: list[tuple] = []
        for heard, article in zip(hear(batch["text"]), batch.to_pylist(), strict=True):
            if heard.reporting or may_quote(heard.text):
                rows.extend(_quotes_of(heard, article))
        parts.append(_table(rows))  # at once: so many live tuples would slow the collector down
    return pa.concat_tables([QUOTES.empty(), *parts])


def _table(rows: list[tuple]) -> pa.Table:
    columns = zip(_COLUMNS, zip(*rows, strict=True), strict=True) if rows else ()
    made = {name: pa.array(values, QUOTES.schema.field(name).type) for name, values in columns}
    return pa.table(made).select(QUOTES.schema.names).cast(QUOTES.schema) if rows else QUOTES.empty()


def _quotes_of(heard: Heard, article: dict) -> Iterator[tuple]:
    """Yield one row, in the order of _COLUMNS, for each piece of speech in an article."""
    place, ids = Placement(heard.text, article["ranges"]), (article["page_id"], article["article_id"])
    pieces = speech(heard, place.seams)
    heard_from = [*voices(heard.text, pieces)]
    anonymous = [voice.attribution.is_anonymous for voice in heard_from]
    why = _reasons(heard.text, pieces, anonymous) if heard.is_veiled and any(anonymous) else [None] * len(pieces)
    part = cache(partial(_part, place))  # the cue and the speaker of one statement are those of the words quoted in it
    for piece, voice, reason in zip(pieces, heard_from, why, strict=True):
        found, told = piece.ascribed, voice.attribution
        yield (
            *ids, heard.text[slice(*piece.span)], piece.quote_type, *place.locate(*piece.span).values(),
            bisect_right(heard.sentences, piece.span[0]) - 1, *part(found.cue), *part(found.speaker),
            confidence(found.rule, heard.text[slice(*found.speaker)]) if found.speaker else 0.0,
            told.attribution_class, told.is_anonymous, told.source_role, told.source_country_code, told.seniority,
            voice.heard_by or voice.reported_by or "none", voice.heard_by, voice.reported_by,
            *part(reason), found.rule,
        )  # fmt: skip


def _part(place: Placement, span: Span | None) -> tuple:
    """Return the characters of a part and where they stand."""
    return (place.text[slice(*span)], *place.locate(*span).values()) if span else _NOWHERE


def _reasons(text: str, pieces: Sequence[Piece], anonymous: Sequence[bool]) -> list[Span | None]:
    """Return for each piece what is told of why its speaker is not named."""
    found: list[Span | None] = [None] * len(pieces)
    for reason in reasons(text):
        nearest = _nearest(reason, pieces, anonymous)
        for number, piece in enumerate(pieces):
            if anonymous[number] and nearest is not None and piece.ascribed.speaker == pieces[nearest].ascribed.speaker:
                found[number] = reason
    return found


def _nearest(reason: Span, pieces: Sequence[Piece], anonymous: Sequence[bool]) -> int | None:
    """Return the number of the anonymous piece whose speaker a reason is told of: the last named before it, if near."""
    distances = [
        (reason[0] - speaker[0] if speaker[0] < reason[0] else 2 * (speaker[0] - reason[0]), number)
        for number, piece in enumerate(pieces)
        if anonymous[number] and (speaker := piece.ascribed.speaker)
    ]
    near, number = min(distances, default=(NEAR + 1, None))
    return number if near <= NEAR else None


NEAR = 350
"""So many characters may lie between an unnamed speaker and what is told of why: a long sentence and a half."""
