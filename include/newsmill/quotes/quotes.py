"""Finds what is quoted or reported, by which words it is ascribed, and to whom."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

import pyarrow as pa

from newsmill.quotes.anonymity import find_anonymity_reasons
from newsmill.quotes.attributions import resolve_attributions
from newsmill.quotes.quotation_marks import has_mark_char
from newsmill.quotes.quotations import Quotation, extract_speech
from newsmill.quotes.speaker_confidence import estimate_confidence
from newsmill.quotes.speech_tokens import ParsedText, Span, parse_texts
from newsmill.relations import ARTICLES, PRINTS, QUOTES
from newsmill.spans import Placements
from newsmill.stage import stage

BATCH_ARTICLES = 256
_COLUMNS = (
    "number", "char_start", "char_end", "quote_text", "quote_type", "sentence_index",
    "cue", "cue_char_start", "cue_char_end", "speaker_surface", "speaker_char_start", "speaker_char_end",
    "speaker_confidence", "attribution_class", "is_anonymous", "source_role", "source_country_code", "seniority",
    "relay", "heard_by", "reported_by", "anonymity_reason", "anonymity_char_start", "anonymity_char_end", "rule",
)  # fmt: skip
_NO_SPAN = (None,) * 3


@stage(reads=(ARTICLES.among(PRINTS),), writes=(QUOTES,), per="part", version="2")
def quotes(articles: pa.Table) -> pa.Table:
    """Find the quotations and the reported statements of each article, with cue and speaker."""
    batches = articles.select(["page_id", "article_id", "text", "ranges"]).to_batches(max_chunksize=BATCH_ARTICLES)
    return pa.concat_tables([QUOTES.empty(), *map(_extract_batch, batches)])


def _extract_batch(articles: pa.RecordBatch) -> pa.Table:
    """Return the quotations and reported statements of a batch."""
    placed, rows = Placements(articles["text"], articles["ranges"]), []
    for number, heard in enumerate(parse_texts(articles["text"])):
        if heard.reporting or has_mark_char(heard.text):
            rows.extend(_yield_rows(number, heard, placed.seams(number)))
    return placed.table(QUOTES.schema, articles, _COLUMNS, rows)


def _yield_rows(number: int, heard: ParsedText, seams: Sequence[int]) -> Iterator[tuple]:
    """Yield one row, in the order of _COLUMNS, for each piece of speech in an article."""
    pieces = extract_speech(heard, seams)
    heard_from = [*resolve_attributions(heard.text, pieces)]
    anonymous = [voice.attribution.is_anonymous for voice in heard_from]
    why = (
        _match_anonymity_reasons(heard.text, pieces, anonymous)
        if heard.is_veiled and any(anonymous)
        else [None] * len(pieces)
    )
    for piece, voice, reason in zip(pieces, heard_from, why, strict=True):
        found, told = piece.ascribed, voice.attribution
        speaker = _surface_and_span(heard.text, found.speaker)
        yield (
            number, *piece.span, heard.text[slice(*piece.span)], piece.quote_type,
            bisect_right(heard.sentences, piece.span[0]) - 1, *_surface_and_span(heard.text, found.cue), *speaker,
            estimate_confidence(found.rule, speaker[0]) if found.speaker else 0.0,
            told.attribution_class, told.is_anonymous, told.source_role, told.source_country_code, told.seniority,
            voice.heard_by or voice.reported_by or "none", voice.heard_by, voice.reported_by,
            *_surface_and_span(heard.text, reason), found.rule,
        )  # fmt: skip


def _surface_and_span(text: str, span: Span | None) -> tuple:
    """Return the characters of a part and where they stand in the text."""
    return (text[slice(*span)], *span) if span else _NO_SPAN


def _match_anonymity_reasons(text: str, pieces: Sequence[Quotation], anonymous: Sequence[bool]) -> list[Span | None]:
    """Return for each piece the span that says why its speaker is not named."""
    speakers = [piece.ascribed.speaker if hidden else None for piece, hidden in zip(pieces, anonymous, strict=True)]
    ordered = sorted((speaker[0], number) for number, speaker in enumerate(speakers) if speaker)
    reason_of = {
        speakers[number]: reason
        for reason in find_anonymity_reasons(text)
        for number in _find_nearest_speaker(reason, ordered)
    }
    return [reason_of.get(speaker) if speaker else None for speaker in speakers]


def _find_nearest_speaker(reason: Span, ordered: Sequence[tuple[int, int]]) -> list[int]:
    """Return the anonymous piece whose speaker a reason belongs to, if one is near; `ordered`: (character, piece).

    It is the last speaker before the reason, or one behind it at half the distance.
    """
    behind = bisect_left(ordered, (reason[0],))
    found = [(2 * (start - reason[0]), number) for start, number in ordered[behind : behind + 1]]
    if behind:
        start, number = ordered[bisect_left(ordered, ordered[behind - 1][:1])]
        found.append((reason[0] - start, number))
    return [number for distance, number in sorted(found)[:1] if distance <= MAX_REASON_DISTANCE]


MAX_REASON_DISTANCE = 350
"""So many characters may lie between an unnamed speaker and what is told of why: a long sentence and a half."""
