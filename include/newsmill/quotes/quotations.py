"""Extracts the speech of an article: quotations and reported statements in order, each with an attribution."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from newsmill.quotes.clauses import (
    CLAUSE_ENDS,
    UNATTRIBUTED,
    AttributionSpans,
    attribute_next_paragraph,
    attribute_quotation,
    split_sentences,
)
from newsmill.quotes.cue_words import CHANTING, CUE_NOUNS, FIRST_PERSON, REPORT_FORMS, TITLING_WORDS, WORK_WORDS
from newsmill.quotes.indirect_speech import find_indirect_statements
from newsmill.quotes.noun_phrases import find_main_subject
from newsmill.quotes.quotation_marks import find_inner_quotes, find_quoted_spans, split_paragraphs
from newsmill.quotes.secondary_sources import add_citing_outlet
from newsmill.quotes.speech_features import WORDS, describe_marked_words, read_speech_model
from newsmill.quotes.speech_tokens import QUOTE, ParsedText, Span, Token

MAX_SMALL_WORD_CHARS, MAX_WORK_WORDS = 3, 8
"""Small letters of a word in title case, and words of the longest title of a work. Set by hand."""
MAX_SENTENCE_TOKENS, MAX_ENCLOSING_STATEMENTS = 200, 5
"""Tokens read of one sentence, and statements searched for the statement around quoted words.

Both keep the cost of a page linear: a list without a point is one sentence. Ordinary sentences are shorter.
"""
MIN_SPEECH_SCORE = -0.6
"""Score of the least likely speech between marks; 0 is even odds.

On unseen sites, 0 gains .016 of precision and loses .014 of recall. PolNeAR counts more single words as speech than
recent articles do: at 0 polnear_dev loses .03 of the recall of mixed quotations.
"""
BEFORE_TITLES = frozenset(("in", "on", "of"))
POINTS = frozenset(".,;:!?—–-…()[]")
ADJACENT_RULES = frozenset(("speaker_cue", "cue_speaker", "according_to"))
NESTED_RULES = frozenset(("speaker_cue", "cue_speaker", "speaker_cue_quote"))


class Quotation(NamedTuple):
    """A quotation or a reported statement.

    `is_alone`: the sentence holds nothing but quotations. `opens_paragraph`, `closes_paragraph`: it is the first or
    last token of its paragraph. `preceding_subject`: the main subject of the sentence before, if it may be the speaker.
    """

    span: Span
    quote_type: str
    attribution: AttributionSpans
    paragraph: int
    is_alone: bool = False
    opens_paragraph: bool = False
    closes_paragraph: bool = False
    preceding_subject: Span | None = None


def extract_speech(parsed: ParsedText, seams: Sequence[int]) -> list[Quotation]:
    """Return the speech of an article: none crosses a seam, and no two begin at the same character."""
    quotations = _inherit_attributions([*_read_paragraphs(parsed, seams)])
    judged = (judge_quotation(parsed.text, quotation) for quotation in quotations)
    return [quotation for quotation in judged if quotation]


def judge_quotation(text: str, quotation: Quotation) -> Quotation | None:
    """Return a quotation with its type if it is speech, else None."""
    rule, cue = quotation.attribution.rule, quotation.attribution.cue
    if quotation.quote_type == "indirect":
        return quotation
    if rule == "nested":
        return quotation if _is_said_by_others(text, quotation) else None
    values = describe_marked_words(text, quotation)
    is_chant = cue is not None and text[slice(*cue)].lower() in CHANTING
    if not is_chant and read_speech_model("speech").score(rule, values) <= MIN_SPEECH_SCORE:
        return None
    quote_type = "mixed" if read_speech_model("types").score(rule, values) > 0 else "direct"
    return quotation if quotation.quote_type == quote_type else quotation._replace(quote_type=quote_type)


def _is_said_by_others(text: str, quotation: Quotation) -> bool:
    """Return whether speech within speech was said by others: not "if they say", "I said" or "what we call"."""
    attribution = quotation.attribution
    if attribution.cue is None or attribution.speaker is None:
        return False
    speaker = text[slice(*attribution.speaker)].lower()
    is_past = REPORT_FORMS.get(text[slice(*attribution.cue)].lower()) == "past"
    return is_past and speaker not in FIRST_PERSON and speaker not in ("they", "you")


def _read_paragraphs(parsed: ParsedText, seams: Sequence[int]) -> Iterator[Quotation]:
    """Yield the quotations and statements of each paragraph."""
    text = parsed.text
    paragraphs = split_paragraphs(text, seams)
    quoted_spans = [
        quoted and [quoted_span for quoted_span in quoted if WORDS.search(text, *quoted_span)]
        for quoted in find_quoted_spans(text, paragraphs)
    ]
    cue_starts, cues_end = parsed.list_cue_starts(), 0
    for i, (span, quoted) in enumerate(zip(paragraphs, quoted_spans, strict=True)):
        has_cue = cues_end < len(cue_starts) and cue_starts[cues_end] < span[1]
        if not (quoted or has_cue):
            continue
        cues_start, cues_end = cues_end, bisect_left(cue_starts, span[1], cues_end)
        own_cues = cue_starts[cues_start:cues_end]
        if quoted:
            sentences = split_sentences(parsed.build_tokens_around(*span, quoted))
            announced = _read_announcement(parsed, paragraphs, quoted_spans, i) if quoted[0][0] == span[0] else None
            quotations = [*_read_quotations(text, sentences, i, announced)]
            nested = [inner for outer in quotations for inner in _read_nested_quotations(parsed, outer)]
            if nested:
                by_start = {quotation.span[0]: quotation for quotation in [*nested, *quotations]}
                quotations = sorted(by_start.values(), key=lambda quotation: quotation.span)
        else:
            ranges = parsed.find_reporting_sentences(*parsed.find_token_range(*span))
            quotations, sentences = [], [parsed.build_tokens(*token_range) for token_range in ranges]
        statements = [*_read_indirect_speech(text, sentences, i, own_cues)] if own_cues else []
        yield from _merge_by_position(quotations, statements) if statements else quotations


def _read_indirect_speech(
    text: str, sentences: list[list[Token]], paragraph: int, cue_starts: Sequence[int]
) -> Iterator[Quotation]:
    """Yield the reported statements of a paragraph."""
    # A longer sentence is cut, so that no page costs more than its length.
    windows = (
        sentence[start : start + MAX_SENTENCE_TOKENS]
        for sentence in sentences
        for start in range(0, len(sentence), MAX_SENTENCE_TOKENS)
    )
    for sentence in windows:
        for span, attribution in find_indirect_statements(sentence, cue_starts):
            yield Quotation(span, "indirect", add_citing_outlet(text, sentence, attribution), paragraph)


def _merge_by_position(quotations: Iterable[Quotation], statements: list[Quotation]) -> Iterable[Quotation]:
    """Return quotations and statements in the order of the text.

    Where a statement opens with quoted words, the quotation replaces the statement.
    """
    statements = sorted(statements, key=lambda statement: statement.span)
    starts = [statement.span[0] for statement in statements]
    attributed = (
        _attribute_as_statement(quotation, _take_last(statements, bisect_right(starts, quotation.span[0])))
        for quotation in quotations
    )
    by_start = {quotation.span[0]: quotation for quotation in [*statements, *attributed]}
    return (by_start[start] for start in sorted(by_start))


def _attribute_as_statement(quotation: Quotation, statements: list[Quotation]) -> Quotation:
    """Attribute words quoted in a reported statement as the statement, unless a better attribution exists."""
    for statement in reversed(statements):
        if _contains(statement.span, quotation.span) and _yields_to_statement(quotation, statement):
            attribution = statement.attribution
            return quotation._replace(attribution=attribution._replace(rule="reported_words"))
    return quotation


def _take_last(statements: list[Quotation], end: int) -> list[Quotation]:
    """Return the last statements before `end`."""
    return statements[max(end - MAX_ENCLOSING_STATEMENTS, 0) : end]


def _contains(outer: Span, inner: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _yields_to_statement(quotation: Quotation, statement: Quotation) -> bool:
    """Return whether the attribution of quoted words gives way to the statement's."""
    attribution = quotation.attribution
    if quotation.quote_type != "mixed" or attribution.rule in ADJACENT_RULES:
        return False
    return attribution.cue is None or statement.span[0] <= attribution.cue[0] < statement.span[1]


def _read_announcement(
    parsed: ParsedText, paragraphs: list[Span], quoted_spans: list[list[Span]], paragraph: int
) -> AttributionSpans | None:
    """Read the attribution at the end of a previous paragraph with a colon at the end."""
    if not paragraph or parsed.text[paragraphs[paragraph - 1][1] - 1] != ":":
        return None
    tokens = parsed.build_tokens_around(*paragraphs[paragraph - 1], quoted_spans[paragraph - 1])
    attribution = attribute_next_paragraph(split_sentences(tokens)[-1])
    return attribution and attribution._replace(rule="announced")


def _read_quotations(
    text: str, sentences: list[list[Token]], paragraph: int, announced: AttributionSpans | None
) -> Iterator[Quotation]:
    """Yield the quotations of a paragraph."""
    previous: list[Token] | None = None
    first, last = sentences[0][0], sentences[-1][-1]
    for sentence in sentences:
        is_alone = all(token.kind == QUOTE or token.word in POINTS for token in sentence)
        # Read once for all quotations of the sentence, and within the bound of other sentences.
        subject_before = find_main_subject(previous[:MAX_SENTENCE_TOKENS]) if previous and is_alone else None
        for i in [i for i, token in enumerate(sentence) if token.kind == QUOTE]:
            token = sentence[i]
            if _names_work(text, sentence, i):
                continue
            attribution = attribute_quotation(sentence, i) or (announced if token is first else None) or UNATTRIBUTED
            subject = subject_before if attribution is UNATTRIBUTED else None
            quote_type = _classify_quotation(text, sentence, i, attribution, is_alone)
            nearby = sentence[max(i - MAX_SENTENCE_TOKENS // 2, 0) : i + MAX_SENTENCE_TOKENS // 2]
            attribution = add_citing_outlet(text, nearby, attribution)
            span, is_first, is_last = (token.start, token.end), token is first, token is last
            yield Quotation(span, quote_type, attribution, paragraph, is_alone, is_first, is_last, subject)
        previous = None if is_alone else sentence


def _read_nested_quotations(parsed: ParsedText, outer: Quotation) -> Iterator[Quotation]:
    """Yield the quotations within a quotation, if the outer words name a speaker."""
    start, end = outer.span[0] + 1, outer.span[1] - 1
    quoted_spans = find_inner_quotes(parsed.text, start, end)
    if not quoted_spans:
        return
    for sentence in split_sentences(parsed.build_tokens_around(start, end, quoted_spans)):
        for i, token in enumerate(sentence):
            attribution = attribute_quotation(sentence, i) if token.kind == QUOTE and i else None
            if attribution and attribution.speaker and attribution.rule in NESTED_RULES:
                yield Quotation(
                    (token.start, token.end), "direct", attribution._replace(rule="nested"), outer.paragraph
                )


def _classify_quotation(text: str, sentence: list[Token], i: int, attribution: AttributionSpans, is_alone: bool) -> str:
    """Return "direct" for a quotation as a whole clause, and "mixed" for words within a clause."""
    before = sentence[i - 1] if i else None
    if is_alone or (before is None and attribution.rule in ADJACENT_RULES):
        return "direct"
    word = WORDS.search(text, sentence[i].start, sentence[i].end)
    opening = text[word.start()] if word else ""
    if before and attribution.cue and before.word in (",", ":"):
        return "mixed" if attribution.rule == "according_to" and opening.islower() else "direct"
    if before and attribution.cue and attribution.cue[1] == before.end and opening.isupper():
        return "direct"
    return "mixed" if before or attribution.rule == "clause_end" or sentence[i].lowered not in CLAUSE_ENDS else "direct"


def _names_work(text: str, sentence: list[Token], i: int) -> bool:
    """Return whether quoted words are the title of a work or a nickname and not speech."""
    token = sentence[i]
    before, after = sentence[i - 1] if i else None, sentence[i + 1] if i + 1 < len(sentence) else None
    noun = sentence[i - 2] if i > 1 and before and before.word in (",", ":") else before
    if noun and noun.lowered in TITLING_WORDS:
        return True
    is_behind_work = noun is not None and noun is not before and noun.lowered in WORK_WORDS
    is_free = before is None or before.word in (",", ":") or before.lowered in ("said", "says")
    if is_free and not is_behind_work:
        return False
    words = [word[0] for word in islice(WORDS.finditer(text, token.start, token.end), MAX_WORK_WORDS + 1)]
    if len(words) > MAX_WORK_WORDS:
        return False
    if before is None or is_behind_work:
        return _is_title(words)
    capitals = sum(word[0].isupper() for word in words)
    if before.lowered in WORK_WORDS and capitals:
        return True
    if (before.lowered in BEFORE_TITLES or before.lowered.endswith("'s")) and _is_title(words):
        return i < 2 or sentence[i - 2].lowered not in CUE_NOUNS  # chants of "Out"
    between_names = before.word[:1].isupper() and after is not None and after.word[:1].isupper()
    return between_names and len(words) <= 2 and capitals == len(words)


def _is_title(words: Sequence[str]) -> bool:
    """Return whether words are written in title case: all but the small words are capitalised."""
    return len(words) > 1 and all(
        word[0].isupper() or word[0].isdigit() or len(word) <= MAX_SMALL_WORD_CHARS for word in words
    )


def _inherit_attributions(quotations: list[Quotation]) -> list[Quotation]:
    """Give each quotation without a cue the attribution of an adjacent quotation."""
    attributed: list[Quotation] = []
    for quotation, next_quotation in zip(quotations, [*quotations[1:], None], strict=True) if quotations else ():
        if quotation.attribution is UNATTRIBUTED and quotation.is_alone:
            inherited = _choose_inherited(quotation, attributed[-1] if attributed else None, next_quotation)
            if inherited is not UNATTRIBUTED:
                quotation = quotation._replace(attribution=inherited)
        attributed.append(quotation)
    return attributed


def _choose_inherited(
    quotation: Quotation, previous: Quotation | None, next_quotation: Quotation | None
) -> AttributionSpans:
    """Return the inherited attribution of a quotation without a cue, alone in its sentence."""
    if previous and previous.paragraph == quotation.paragraph and previous.attribution.cue:
        return previous.attribution._replace(rule="same_speech")
    if (
        next_quotation
        and next_quotation.paragraph == quotation.paragraph
        and next_quotation.attribution.rule in ADJACENT_RULES
    ):
        return next_quotation.attribution._replace(rule="same_speech_ahead")
    if (
        quotation.opens_paragraph
        and previous
        and previous.paragraph == quotation.paragraph - 1
        and previous.attribution.speaker
    ):
        return previous.attribution._replace(rule="next_paragraph")
    if quotation.preceding_subject:
        return AttributionSpans(None, quotation.preceding_subject, "sentence_before")
    return UNATTRIBUTED
