"""The speech of an article: quoted pieces and reported statements in order, each with what ascribes it."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from newsmill.quotes.clauses import (
    CLAUSE_ENDS,
    UNATTRIBUTED,
    AttributionSpans,
    attribute_next_paragraph,
    attribute_quotation,
    split_sentences,
)
from newsmill.quotes.cue_words import CUE_NOUNS
from newsmill.quotes.indirect_speech import find_indirect_statements
from newsmill.quotes.noun_phrases import find_main_subject
from newsmill.quotes.quotation_marks import find_inner_quotes, find_quoted_spans, is_single_quoted, split_paragraphs
from newsmill.quotes.secondary_sources import add_citing_outlet
from newsmill.quotes.speech_tokens import QUOTE, ParsedText, Span, Token

WORDS = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
MIN_SPEECH_WORDS, MIN_TITLE_CASE_SPEECH_WORDS, MIN_SINGLE_QUOTED_WORDS = 4, 9, 3
MAX_SMALL_WORD_CHARS = 3
MAX_SENTENCE_TOKENS, MAX_ENCLOSING_STATEMENTS = 200, 5
BEFORE_TITLES = frozenset("in on of".split())
POINTS = frozenset(".,;:!?—–-…()[]")
WORK_NOUNS = frozenset(
    "titled entitled book film movie song show album novel series magazine episode program programme "
    "called nicknamed so-called known hashtag column".split()
)
ADJACENT_RULES = frozenset(("speaker_cue", "cue_speaker", "according_to"))
NESTED_RULES = frozenset(("speaker_cue", "cue_speaker", "speaker_cue_quote"))
LOOSE_RULES = frozenset(("next_paragraph", "sentence_before", "cue_noun"))


class Quotation(NamedTuple):
    """A quoted piece or a reported statement; `alone` if its sentence holds nothing but quotations.

    `opens`, `closes`: whether it begins or ends its paragraph. `subject_before`: of what the sentence before told.
    """

    span: Span
    quote_type: str
    ascribed: AttributionSpans
    paragraph: int
    alone: bool = False
    opens: bool = False
    closes: bool = False
    subject_before: Span | None = None


def extract_speech(heard: ParsedText, seams: Sequence[int]) -> list[Quotation]:
    """Return what is said in an article; no piece lies across a seam, no two begin at the same character."""
    return [
        piece for piece in _inherit_attributions([*_read_paragraphs(heard, seams)]) if _is_speech(heard.text, piece)
    ]


def _read_paragraphs(heard: ParsedText, seams: Sequence[int]) -> Iterator[Quotation]:
    text = heard.text
    spans = split_paragraphs(text, seams)
    stretches = [found and [s for s in found if WORDS.search(text, *s)] for found in find_quoted_spans(text, spans)]
    cues, past = heard.cues(), 0
    for number, (span, found) in enumerate(zip(spans, stretches, strict=True)):
        first, past = past, bisect_left(cues, span[1], past)
        own = cues[first:past]
        if found:
            parsed = split_sentences(heard.around(*span, found))
            ahead = _read_announcement(heard, spans, stretches, number) if found[0][0] == span[0] else None
            spoken = [*_read_quotations(text, parsed, number, ahead)]
            nested = [piece for outer in spoken for piece in _read_nested_quotations(heard, outer)]
            if nested:
                spoken = sorted({p.span[0]: p for p in [*nested, *spoken]}.values(), key=lambda p: p.span)
        elif own:
            spoken, parsed = [], [heard.tokens(*stretch) for stretch in heard.reports(*heard.between(*span))]
        else:
            continue
        told = [*_read_indirect_speech(text, parsed, number, own)] if own else []
        yield from _merge_by_position(spoken, told) if told else spoken


def _read_indirect_speech(
    text: str, parsed: list[list[Token]], number: int, cues: Sequence[int]
) -> Iterator[Quotation]:
    """Yield the statements that the sentences of a paragraph report."""
    # What is longer than sentences are is cut, so that no page costs more than its length.
    cut = (
        sentence[at : at + MAX_SENTENCE_TOKENS]
        for sentence in parsed
        for at in range(0, len(sentence), MAX_SENTENCE_TOKENS)
    )
    for sentence in cut:
        for span, found in find_indirect_statements(sentence, cues):
            yield Quotation(span, "indirect", add_citing_outlet(text, sentence, found), number)


def _merge_by_position(spoken: Iterable[Quotation], told: list[Quotation]) -> Iterable[Quotation]:
    """Return both in the order of the text; where a statement opens with quoted words, these stand for it."""
    told = sorted(told, key=lambda statement: statement.span)
    starts = [statement.span[0] for statement in told]
    within = (_attribute_as_statement(piece, _take_last(told, bisect_right(starts, piece.span[0]))) for piece in spoken)
    first = {piece.span[0]: piece for piece in [*told, *within]}
    return (first[at] for at in sorted(first))


def _attribute_as_statement(piece: Quotation, told: list[Quotation]) -> Quotation:
    """Ascribe words quoted in a reported statement as the statement is, unless it tells itself who said them."""
    for statement in reversed(told):
        if _contains(statement.span, piece.span) and _yields_to_statement(piece, statement):
            found = statement.ascribed
            return piece._replace(ascribed=found._replace(rule="reported_words"))
    return piece


def _take_last(told: list[Quotation], past: int) -> list[Quotation]:
    return told[max(past - MAX_ENCLOSING_STATEMENTS, 0) : past]


def _contains(outer: Span, inner_span: Span) -> bool:
    return outer[0] <= inner_span[0] and inner_span[1] <= outer[1]


def _yields_to_statement(piece: Quotation, statement: Quotation) -> bool:
    found = piece.ascribed
    if piece.quote_type != "mixed" or found.rule in ADJACENT_RULES:
        return False
    return found.cue is None or statement.span[0] <= found.cue[0] < statement.span[1]


def _read_announcement(
    heard: ParsedText, spans: list[Span], stretches: list[list[Span]], number: int
) -> AttributionSpans | None:
    """Read the end of the paragraph before, where a colon hands the word over."""
    if not number or heard.text[spans[number - 1][1] - 1] != ":":
        return None
    found = attribute_next_paragraph(split_sentences(heard.around(*spans[number - 1], stretches[number - 1]))[-1])
    return found and found._replace(rule="announced")


def _read_quotations(
    text: str, parsed: list[list[Token]], number: int, ahead: AttributionSpans | None
) -> Iterator[Quotation]:
    """Yield the quoted pieces of a paragraph."""
    previous, first, last = None, parsed[0][0], parsed[-1][-1]
    for sentence in parsed:
        alone = all(token.kind == QUOTE or token.word in POINTS for token in sentence)
        # read once for all quotations of the sentence, and no farther than other sentences are
        told_of = find_main_subject(previous[:MAX_SENTENCE_TOKENS]) if previous and alone else None
        for at in [at for at, token in enumerate(sentence) if token.kind == QUOTE]:
            token = sentence[at]
            if _names_work(text, sentence, at):
                continue
            found = attribute_quotation(sentence, at) or (ahead if token is first else None) or UNATTRIBUTED
            subject = told_of if found is UNATTRIBUTED else None
            kind = _classify_quotation(text, sentence, at, found, alone)
            found = add_citing_outlet(
                text, sentence[max(at - MAX_SENTENCE_TOKENS // 2, 0) : at + MAX_SENTENCE_TOKENS // 2], found
            )
            yield Quotation(
                (token.start, token.end), kind, found, number, alone, token is first, token is last, subject
            )
        previous = None if alone else sentence


def _read_nested_quotations(heard: ParsedText, outer: Quotation) -> Iterator[Quotation]:
    """Yield what a speaker quotes in turn, where his own words say of whom."""
    begin, end = outer.span[0] + 1, outer.span[1] - 1
    stretches = find_inner_quotes(heard.text, begin, end)
    if not stretches:
        return
    for sentence in split_sentences(heard.around(begin, end, stretches)):
        for at, token in enumerate(sentence):
            found = attribute_quotation(sentence, at) if token.kind == QUOTE and at else None
            if found and found.speaker and found.rule in NESTED_RULES:
                yield Quotation((token.start, token.end), "direct", found._replace(rule="nested"), outer.paragraph)


def _classify_quotation(text: str, sentence: list[Token], at: int, found: AttributionSpans, alone: bool) -> str:
    """Tell a quotation that is a clause of its own from words quoted within the reporter's."""
    before = sentence[at - 1] if at else None
    opening = WORDS.search(text, sentence[at].start, sentence[at].end).group()[0]
    if alone or (before is None and found.rule in ADJACENT_RULES):
        return "direct"
    if before and found.cue and before.word in (",", ":"):
        return "mixed" if found.rule == "according_to" and opening.islower() else "direct"
    if before and found.cue and found.cue[1] == before.end and opening.isupper():
        return "direct"
    return "mixed" if before or found.rule == "clause_end" or sentence[at].low not in CLAUSE_ENDS else "direct"


def _names_work(text: str, sentence: list[Token], at: int) -> bool:
    """Tell titles and nicknames, which stand in marks too, from speech."""
    token = sentence[at]
    before, after = sentence[at - 1] if at else None, sentence[at + 1] if at + 1 < len(sentence) else None
    if before is None or before.word in (",", ":") or before.low in ("said", "says"):
        return False
    words = WORDS.findall(text, token.start, token.end)
    if len(words) > 8:
        return False
    capitals = sum(word[0].isupper() for word in words)
    if before.low in WORK_NOUNS and capitals:
        return True
    if (before.low in BEFORE_TITLES or before.low.endswith("'s")) and _is_title(words):
        return at < 2 or sentence[at - 2].low not in CUE_NOUNS  # chants of "Out"
    between_names = before.word[:1].isupper() and after is not None and after.word[:1].isupper()
    return between_names and len(words) <= 2 and capitals == len(words)


def _is_title(words: Sequence[str]) -> bool:
    """Tell whether words are written as titles are: each of them but the small ones in a capital."""
    return len(words) > 1 and all(
        word[0].isupper() or word[0].isdigit() or len(word) <= MAX_SMALL_WORD_CHARS for word in words
    )


def _inherit_attributions(pieces: list[Quotation]) -> list[Quotation]:
    """Give each piece without a cue of its own the cue and speaker of the one it belongs with."""
    given: list[Quotation] = []
    for piece, following in zip(pieces, [*pieces[1:], None], strict=True) if pieces else ():
        if piece.ascribed is UNATTRIBUTED:
            piece = piece._replace(ascribed=_choose_inherited(piece, given[-1] if given else None, following))
        given.append(piece)
    return given


def _choose_inherited(piece: Quotation, before: Quotation | None, following: Quotation | None) -> AttributionSpans:
    if not piece.alone:
        return UNATTRIBUTED
    if before and before.paragraph == piece.paragraph and before.ascribed.cue:
        return before.ascribed._replace(rule="same_speech")
    if following and following.paragraph == piece.paragraph and following.ascribed.rule in ADJACENT_RULES:
        return following.ascribed._replace(rule="same_speech_ahead")
    if piece.opens and before and before.paragraph == piece.paragraph - 1 and before.ascribed.speaker:
        return before.ascribed._replace(rule="next_paragraph")
    if piece.subject_before:
        return AttributionSpans(None, piece.subject_before, "sentence_before")
    return UNATTRIBUTED


def _is_speech(text: str, piece: Quotation) -> bool:
    """Keep what is ascribed, and of the rest what is too long for a title or a scare quote."""
    found = piece.ascribed
    size = text.count(" ", *piece.span) + 1
    if piece.quote_type != "indirect" and found.rule != "nested" and is_single_quoted(text, piece.span[0]):
        return found.speaker is not None and found.rule not in LOOSE_RULES and size >= MIN_SINGLE_QUOTED_WORDS
    if found is not UNATTRIBUTED:
        return True
    is_title = not piece.alone and _is_title(WORDS.findall(text, *piece.span))
    return size >= (MIN_TITLE_CASE_SPEECH_WORDS if is_title else MIN_SPEECH_WORDS)
