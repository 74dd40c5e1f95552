"""Extracts the quotations and reported statements of articles, with cue and speaker: the stage `quotes`."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from newsmill.quotes.anonymity import find_anonymity_reasons
from newsmill.quotes.attributions import resolve_attributions
from newsmill.quotes.marked_words import find_marked_words
from newsmill.quotes.quotation_marks import has_mark_char
from newsmill.quotes.quotations import Quotation, extract_speech
from newsmill.quotes.speaker_confidence import estimate_confidence
from newsmill.quotes.speech_tokens import ParsedText, Span, parse_texts
from newsmill.relations import ARTICLES, FIRST_INSTANCES, QUOTES
from newsmill.spans import Placements
from newsmill.stage import stage

# Verbs of speech and names are known in English only; speakers in other languages would be guesses.
LANGUAGES = ("en", "und")
BATCH_ARTICLES = 256
"""Articles of one batch of rows; bounds memory, not measured at other sizes."""
_COLUMNS = (
    "number", "char_start", "char_end", "quote_text", "quote_type", "sentence_index",
    "cue", "cue_char_start", "cue_char_end", "speaker_surface", "speaker_char_start", "speaker_char_end",
    "speaker_confidence", "attribution_class", "is_anonymous", "source_role", "source_country_code", "seniority",
    "relay", "interviewing_outlet", "citing_outlet", "anonymity_reason",
    "anonymity_char_start", "anonymity_char_end", "rule",
)  # fmt: skip
_NO_SPAN = (None, None, None)


@stage(reads=(ARTICLES.among(FIRST_INSTANCES),), writes=(QUOTES,), per="part", version="3")
def quotes(articles: pa.Table) -> pa.Table:
    """Find the quotations and the reported statements of each article, with cue and speaker."""
    articles = articles.select(["page_id", "article_id", "text", "ranges", "language"])
    is_read = pc.is_in(articles["language"].cast(pa.string()), pa.array(LANGUAGES))
    batches = articles.filter(is_read).to_batches(max_chunksize=BATCH_ARTICLES)
    others = articles.filter(pc.invert(is_read)).to_batches(max_chunksize=BATCH_ARTICLES)
    return pa.concat_tables([QUOTES.empty(), *map(_extract_batch, batches), *map(_extract_marked_words, others)])


def _extract_batch(articles: pa.RecordBatch) -> pa.Table:
    """Return the quotations and reported statements of a batch."""
    placements = Placements(articles["text"], articles["ranges"])
    rows: list[tuple] = []
    for i, parsed in enumerate(parse_texts(articles["text"])):
        if parsed.reporting_tokens or has_mark_char(parsed.text):
            rows.extend(_yield_rows(i, parsed, placements.seams(i)))
    return placements.table(QUOTES.schema, articles, _COLUMNS, rows)


def _extract_marked_words(articles: pa.RecordBatch) -> pa.Table:
    """Return the quotations between marks of a batch in other languages, with no speaker."""
    placements = Placements(articles["text"], articles["ranges"])
    unknown = (
        *_NO_SPAN,
        *_NO_SPAN,
        0.0,
        "unknown",
        False,
        "none",
        "none",
        "none",
        "none",
        None,
        None,
        *_NO_SPAN,
        "marks",
    )
    rows = [
        (i, *span, parsed.text[slice(*span)], quote_type, bisect_right(parsed.sentence_starts, span[0]) - 1, *unknown)
        for i, parsed in enumerate(parse_texts(articles["text"]))
        for span, quote_type in find_marked_words(parsed.text, placements.seams(i))
    ]
    return placements.table(QUOTES.schema, articles, _COLUMNS, rows)


def _yield_rows(article_index: int, parsed: ParsedText, seams: Sequence[int]) -> Iterator[tuple]:
    """Yield one row, in the order of _COLUMNS, for each quotation or statement of an article."""
    quotations = extract_speech(parsed, seams)
    attributions = [*resolve_attributions(parsed.text, quotations)]
    is_anonymous = [resolved.speaker_class.is_anonymous for resolved in attributions]
    reasons = (
        _match_anonymity_reasons(parsed.text, quotations, is_anonymous)
        if parsed.may_explain_anonymity and any(is_anonymous)
        else [None] * len(quotations)
    )
    for quotation, resolved, reason in zip(quotations, attributions, reasons, strict=True):
        spans, speaker_class = quotation.attribution, resolved.speaker_class
        speaker = _surface_and_span(parsed.text, spans.speaker)
        yield (
            article_index, *quotation.span, parsed.text[slice(*quotation.span)], quotation.quote_type,
            bisect_right(parsed.sentence_starts, quotation.span[0]) - 1,
            *_surface_and_span(parsed.text, spans.cue), *speaker,
            estimate_confidence(spans.rule, speaker[0]) if speaker[0] is not None else 0.0,
            speaker_class.attribution_class, speaker_class.is_anonymous, speaker_class.source_role,
            speaker_class.source_country_code, speaker_class.seniority,
            resolved.interviewing_outlet or resolved.citing_outlet or "none",
            resolved.interviewing_outlet, resolved.citing_outlet,
            *_surface_and_span(parsed.text, reason), spans.rule,
        )  # fmt: skip


def _surface_and_span(text: str, span: Span | None) -> tuple[str, int, int] | tuple[None, None, None]:
    """Return the characters and the bounds of a span, or three nulls."""
    return (text[slice(*span)], *span) if span else _NO_SPAN


def _match_anonymity_reasons(
    text: str, quotations: Sequence[Quotation], is_anonymous: Sequence[bool]
) -> list[Span | None]:
    """Return for each quotation the span explaining the speaker's anonymity, or None."""
    speakers = [
        quotation.attribution.speaker if hidden else None
        for quotation, hidden in zip(quotations, is_anonymous, strict=True)
    ]
    speaker_starts = sorted((speaker[0], i) for i, speaker in enumerate(speakers) if speaker)
    reason_of = {
        speakers[i]: reason
        for reason in find_anonymity_reasons(text)
        for i in _find_nearest_speaker(reason, speaker_starts)
    }
    return [reason_of.get(speaker) if speaker else None for speaker in speakers]


def _find_nearest_speaker(reason: Span, speaker_starts: Sequence[tuple[int, int]]) -> list[int]:
    """Return the index of the quotation with the unnamed speaker nearest to a reason, if near enough.

    `speaker_starts`: pairs of the speaker's first character and the quotation's index, in order. The last speaker
    before the reason wins, unless one behind it is at less than half the distance.
    """
    next_i = bisect_left(speaker_starts, (reason[0],))
    candidates = [(2 * (start - reason[0]), i) for start, i in speaker_starts[next_i : next_i + 1]]
    if next_i:
        start, i = speaker_starts[bisect_left(speaker_starts, speaker_starts[next_i - 1][:1])]
        candidates.append((reason[0] - start, i))
    return [i for distance, i in sorted(candidates)[:1] if distance <= MAX_REASON_DISTANCE]


MAX_REASON_DISTANCE = 350
"""Characters between an unnamed speaker and the reason: one and a half long sentences. Set by hand, not measured."""
