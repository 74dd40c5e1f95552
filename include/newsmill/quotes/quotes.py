"""Extracts the quotations and reported statements of articles, with cue and speaker: the stage `quotes`."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter

import pyarrow as pa
import pyarrow.compute as pc

from newsmill.quotes import speech_features, statement_scores
from newsmill.quotes.anonymity import find_anonymity_reasons
from newsmill.quotes.antecedents import WEIGHTS_PATH
from newsmill.quotes.attributions import resolve_attributions
from newsmill.quotes.marked_words import find_marked_words
from newsmill.quotes.name_mentions import ArticleNames, NameMention
from newsmill.quotes.quotation_marks import has_mark_char
from newsmill.quotes.quotations import Quotation, extract_speech
from newsmill.quotes.speaker_confidence import estimate_confidence
from newsmill.quotes.speech_tokens import ParsedText, Span, parse_texts
from newsmill.relations import ARTICLES, FIRST_INSTANCES, MENTIONS, QUOTES
from newsmill.spans import Placements, group_by_page
from newsmill.stage import stage

# Verbs of speech and names are known in English only; speakers in other languages would be guesses.
LANGUAGES = ("en", "und")
BATCH_ARTICLES = 256
"""Articles of one batch of rows; bounds memory, not measured at other sizes."""
_COLUMNS = (
    "number", "char_start", "char_end", "quote_text", "quote_type", "sentence_index",
    "cue", "cue_char_start", "cue_char_end", "speaker_surface", "speaker_char_start", "speaker_char_end",
    "speaker_mention_start", "speaker_confidence",
    "attribution_class", "is_anonymous", "source_role", "source_country_code", "seniority",
    "relay", "interviewing_outlet", "citing_outlet", "anonymity_reason",
    "anonymity_char_start", "anonymity_char_end", "rule",
)  # fmt: skip
_MENTION_COLUMNS = (
    "char_start", "char_end", "entity_type", "entity_id", "canonical_name", "role_title", "sentence_index",
)  # fmt: skip
_make_mention = partial(tuple.__new__, NameMention)  # without a frame of Python for each name
_NO_SPAN = (None, None, None)
_UNATTRIBUTED = {
    "speaker_confidence": 0.0,
    "attribution_class": "unknown",
    "is_anonymous": False,
    "rule": "marks",
} | dict.fromkeys(("source_role", "source_country_code", "seniority", "relay"), "none")


@stage(
    reads=(ARTICLES.among(FIRST_INSTANCES, "page_id article_id text ranges language"), MENTIONS),
    writes=(QUOTES,),
    per="part",
    version="6",
    models={
        "speakers": WEIGHTS_PATH,
        "speech": speech_features.WEIGHTS_PATH,
        "statements": statement_scores.WEIGHTS_PATH,
    },
)
def quotes(articles: pa.Table, mentions: pa.Table) -> pa.Table:
    """Find the quotations and the reported statements of each article, with cue and speaker."""
    articles = articles.select(["page_id", "article_id", "text", "ranges", "language"])
    is_read = pc.is_in(articles["language"].cast(pa.string()), pa.array(LANGUAGES))
    names_by_page = group_mentions(mentions)
    read = (_extract_batch(batch, names_by_page) for batch in _split(articles.filter(is_read)))
    others = map(_extract_marked_words, _split(articles.filter(pc.invert(is_read))))
    return pa.concat_tables([QUOTES.empty(), *read, *others])


def _split(articles: pa.Table) -> list[pa.RecordBatch]:
    return articles.to_batches(max_chunksize=BATCH_ARTICLES)


def group_mentions(mentions: pa.Table) -> dict[str, list[NameMention]]:
    """Return the names of each page in order of the text, without credits and names without characters."""
    is_read = pc.and_not(pc.less(mentions["char_start"], mentions["char_end"]), mentions["is_credit"])
    by_page = group_by_page(mentions.filter(is_read), _MENTION_COLUMNS)
    return {page: [*map(_make_mention, sorted(rows, key=itemgetter(0)))] for page, rows in by_page.items()}


def _extract_batch(articles: pa.RecordBatch, names_by_page: Mapping[str, list[NameMention]]) -> pa.Table:
    """Return the quotations and reported statements of a batch."""
    placements, pages = Placements(articles["text"], articles["ranges"]), articles["page_id"].to_pylist()
    rows: list[tuple] = []
    for i, parsed in enumerate(parse_texts(articles["text"])):
        if parsed.reporting_tokens or has_mark_char(parsed.text):
            names = ArticleNames(names_by_page.get(pages[i], []))
            rows.extend(_yield_rows(i, parsed, placements.seams(i), names))
    return placements.table(QUOTES.schema, articles, _COLUMNS, rows)


def _extract_marked_words(articles: pa.RecordBatch) -> pa.Table:
    """Return the quotations between marks of a batch in other languages, with no speaker."""
    placements = Placements(articles["text"], articles["ranges"])
    rows = []
    for i, parsed in enumerate(parse_texts(articles["text"])):
        for (start, end), quote_type in find_marked_words(parsed.text, placements.seams(i)):
            quotation = {
                "number": i,
                "char_start": start,
                "char_end": end,
                "quote_text": parsed.text[start:end],
                "quote_type": quote_type,
                "sentence_index": bisect_right(parsed.sentence_starts, start) - 1,
            }
            rows.append(tuple((_UNATTRIBUTED | quotation).get(column) for column in _COLUMNS))
    return placements.table(QUOTES.schema, articles, _COLUMNS, rows)


def _yield_rows(article_index: int, parsed: ParsedText, seams: Sequence[int], names: ArticleNames) -> Iterator[tuple]:
    """Yield one row, in the order of _COLUMNS, for each quotation or statement of an article."""
    quotations = extract_speech(parsed, seams)
    attributions = [*resolve_attributions(parsed.text, quotations, names, parsed.sentence_starts)]
    is_anonymous = [resolved.speaker_class.is_anonymous for resolved in attributions]
    reasons = (
        _match_anonymity_reasons(parsed.text, quotations, is_anonymous)
        if parsed.may_explain_anonymity and any(is_anonymous)
        else [None] * len(quotations)
    )
    for quotation, resolved, reason in zip(quotations, attributions, reasons, strict=True):
        spans, speaker_class = resolved.attribution, resolved.speaker_class
        speaker = _surface_and_span(parsed.text, spans.speaker)
        yield (
            article_index, *quotation.span, parsed.text[slice(*quotation.span)], quotation.quote_type,
            bisect_right(parsed.sentence_starts, quotation.span[0]) - 1,
            *_surface_and_span(parsed.text, spans.cue), *speaker, resolved.mention and resolved.mention.start,
            estimate_confidence(spans.rule, speaker[0], resolved.probability) if speaker[0] is not None else 0.0,
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
