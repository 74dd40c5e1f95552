"""The speech of an article: quoted pieces and reported statements in order, each with what ascribes it."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from newsmill.quotes.clauses import ENDS, NOBODY, Ascribed, ascribe, ascribe_ahead, sentences
from newsmill.quotes.cue_words import CUE_NOUNS
from newsmill.quotes.indirect_speech import reports
from newsmill.quotes.noun_phrases import main_subject
from newsmill.quotes.quotation_marks import inner, is_single, paragraphs, quoted
from newsmill.quotes.secondary_sources import relayed
from newsmill.quotes.speech_tokens import QUOTE, Heard, Span, Token

WORDS = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
SPEECH_LONG, TITLE_LONG, SINGLE_LONG = 4, 9, 3
SMALL_LONG = 3
WINDOW, DEEPEST = 200, 5
BEFORE_TITLES = frozenset("in on of".split())
POINTS = frozenset(".,;:!?—–-…()[]")
NAMERS = frozenset(
    "titled entitled book film movie song show album novel series magazine episode program programme "
    "called nicknamed so-called known hashtag column".split()
)
TOUCHING = frozenset(("speaker_cue", "cue_speaker", "according_to"))
ADJOINING = frozenset(("speaker_cue", "cue_speaker", "speaker_cue_quote"))
BORROWED = frozenset(("next_paragraph", "sentence_before", "cue_noun"))


class Piece(NamedTuple):
    """A quoted piece or a reported statement; `alone` if its sentence holds nothing but quotations.

    `opens`, `closes`: whether it begins or ends its paragraph. `subject_before`: of what the sentence before told.
    """

    span: Span
    quote_type: str
    ascribed: Ascribed
    paragraph: int
    alone: bool = False
    opens: bool = False
    closes: bool = False
    subject_before: Span | None = None


def speech(heard: Heard, seams: Sequence[int]) -> list[Piece]:
    """Return what is said in an article; no piece lies across a seam, no two begin at the same character."""
    return [piece for piece in _lent_to_all([*_pieces(heard, seams)]) if _is_speech(heard.text, piece)]


def _pieces(heard: Heard, seams: Sequence[int]) -> Iterator[Piece]:
    text = heard.text
    spans = paragraphs(text, seams)
    stretches = [found and [s for s in found if WORDS.search(text, *s)] for found in quoted(text, spans)]
    cues, past = heard.cues(), 0
    for number, (span, found) in enumerate(zip(spans, stretches, strict=True)):
        first, past = past, bisect_left(cues, span[1], past)
        own = cues[first:past]
        if found:
            parsed = sentences(heard.around(*span, found))
            ahead = _announced(heard, spans, stretches, number) if found[0][0] == span[0] else None
            spoken = [*_spoken(text, parsed, number, ahead)]
            nested = [piece for outer in spoken for piece in _nested(heard, outer)]
            if nested:
                spoken = sorted({p.span[0]: p for p in [*nested, *spoken]}.values(), key=lambda p: p.span)
        elif own:
            spoken, parsed = [], [heard.tokens(*stretch) for stretch in heard.reports(*heard.between(*span))]
        else:
            continue
        told = [*_told(text, parsed, number, own)] if own else []
        yield from _ordered(spoken, told) if told else spoken


def _told(text: str, parsed: list[list[Token]], number: int, cues: Sequence[int]) -> Iterator[Piece]:
    """Yield the statements that the sentences of a paragraph report."""
    # What is longer than sentences are is cut, so that no page costs more than its length.
    cut = (sentence[at : at + WINDOW] for sentence in parsed for at in range(0, len(sentence), WINDOW))
    for sentence in cut:
        for span, found in reports(sentence, cues):
            yield Piece(span, "indirect", relayed(text, sentence, found), number)


def _ordered(spoken: Iterable[Piece], told: list[Piece]) -> Iterable[Piece]:
    """Return both in the order of the text; where a statement opens with quoted words, these stand for it."""
    told = sorted(told, key=lambda statement: statement.span)
    starts = [statement.span[0] for statement in told]
    within = (_within(piece, _last(told, bisect_right(starts, piece.span[0]))) for piece in spoken)
    first = {piece.span[0]: piece for piece in [*told, *within]}
    return (first[at] for at in sorted(first))


def _within(piece: Piece, told: list[Piece]) -> Piece:
    """Ascribe words quoted in a reported statement as the statement is, unless it tells itself who said them."""
    for statement in reversed(told):
        if _holds(statement.span, piece.span) and _gives_way(piece, statement):
            found = statement.ascribed
            return piece._replace(ascribed=found._replace(rule="reported_words"))
    return piece


def _last(told: list[Piece], past: int) -> list[Piece]:
    return told[max(past - DEEPEST, 0) : past]


def _holds(outer: Span, inner_span: Span) -> bool:
    return outer[0] <= inner_span[0] and inner_span[1] <= outer[1]


def _gives_way(piece: Piece, statement: Piece) -> bool:
    found = piece.ascribed
    if piece.quote_type != "mixed" or found.rule in TOUCHING:
        return False
    return found.cue is None or statement.span[0] <= found.cue[0] < statement.span[1]


def _announced(heard: Heard, spans: list[Span], stretches: list[list[Span]], number: int) -> Ascribed | None:
    """Read the end of the paragraph before, where a colon hands the word over."""
    if not number or heard.text[spans[number - 1][1] - 1] != ":":
        return None
    found = ascribe_ahead(sentences(heard.around(*spans[number - 1], stretches[number - 1]))[-1])
    return found and found._replace(rule="announced")


def _spoken(text: str, parsed: list[list[Token]], number: int, ahead: Ascribed | None) -> Iterator[Piece]:
    """Yield the quoted pieces of a paragraph."""
    previous, first, last = None, parsed[0][0], parsed[-1][-1]
    for sentence in parsed:
        alone = all(token.kind == QUOTE or token.word in POINTS for token in sentence)
        # read once for all quotations of the sentence, and no farther than other sentences are
        told_of = main_subject(previous[:WINDOW]) if previous and alone else None
        for at in [at for at, token in enumerate(sentence) if token.kind == QUOTE]:
            token = sentence[at]
            if _names_a_work(text, sentence, at):
                continue
            found = ascribe(sentence, at) or (ahead if token is first else None) or NOBODY
            subject = told_of if found is NOBODY else None
            kind = _type(text, sentence, at, found, alone)
            found = relayed(text, sentence[max(at - WINDOW // 2, 0) : at + WINDOW // 2], found)
            yield Piece((token.start, token.end), kind, found, number, alone, token is first, token is last, subject)
        previous = None if alone else sentence


def _nested(heard: Heard, outer: Piece) -> Iterator[Piece]:
    """Yield what a speaker quotes in turn, where his own words say of whom."""
    begin, end = outer.span[0] + 1, outer.span[1] - 1
    stretches = inner(heard.text, begin, end)
    if not stretches:
        return
    for sentence in sentences(heard.around(begin, end, stretches)):
        for at, token in enumerate(sentence):
            found = ascribe(sentence, at) if token.kind == QUOTE and at else None
            if found and found.speaker and found.rule in ADJOINING:
                yield Piece((token.start, token.end), "direct", found._replace(rule="nested"), outer.paragraph)


def _type(text: str, sentence: list[Token], at: int, found: Ascribed, alone: bool) -> str:
    """Tell a quotation that is a clause of its own from words quoted within the reporter's."""
    before = sentence[at - 1] if at else None
    opening = WORDS.search(text, sentence[at].start, sentence[at].end).group()[0]
    if alone or (before is None and found.rule in TOUCHING):
        return "direct"
    if before and found.cue and before.word in (",", ":"):
        return "mixed" if found.rule == "according_to" and opening.islower() else "direct"
    if before and found.cue and found.cue[1] == before.end and opening.isupper():
        return "direct"
    return "mixed" if before or found.rule == "clause_end" or sentence[at].low not in ENDS else "direct"


def _names_a_work(text: str, sentence: list[Token], at: int) -> bool:
    """Tell titles and nicknames, which stand in marks too, from speech."""
    token = sentence[at]
    before, after = sentence[at - 1] if at else None, sentence[at + 1] if at + 1 < len(sentence) else None
    if before is None or before.word in (",", ":") or before.low in ("said", "says"):
        return False
    words = WORDS.findall(text, token.start, token.end)
    if len(words) > 8:
        return False
    capitals = sum(word[0].isupper() for word in words)
    if before.low in NAMERS and capitals:
        return True
    if (before.low in BEFORE_TITLES or before.low.endswith("'s")) and _is_title(words):
        return at < 2 or sentence[at - 2].low not in CUE_NOUNS  # chants of "Out"
    between_names = before.word[:1].isupper() and after is not None and after.word[:1].isupper()
    return between_names and len(words) <= 2 and capitals == len(words)


def _is_title(words: Sequence[str]) -> bool:
    """Tell whether words are written as titles are: each of them but the small ones in a capital."""
    return len(words) > 1 and all(word[0].isupper() or word[0].isdigit() or len(word) <= SMALL_LONG for word in words)


def _lent_to_all(pieces: list[Piece]) -> list[Piece]:
    """Give each piece without a cue of its own the cue and speaker of the one it belongs with."""
    given: list[Piece] = []
    for piece, following in zip(pieces, [*pieces[1:], None], strict=True) if pieces else ():
        if piece.ascribed is NOBODY:
            piece = piece._replace(ascribed=_borrowed(piece, given[-1] if given else None, following))
        given.append(piece)
    return given


def _borrowed(piece: Piece, before: Piece | None, following: Piece | None) -> Ascribed:
    if not piece.alone:
        return NOBODY
    if before and before.paragraph == piece.paragraph and before.ascribed.cue:
        return before.ascribed._replace(rule="same_speech")
    if following and following.paragraph == piece.paragraph and following.ascribed.rule in TOUCHING:
        return following.ascribed._replace(rule="same_speech_ahead")
    if piece.opens and before and before.paragraph == piece.paragraph - 1 and before.ascribed.speaker:
        return before.ascribed._replace(rule="next_paragraph")
    if piece.subject_before:
        return Ascribed(None, piece.subject_before, "sentence_before")
    return NOBODY


def _is_speech(text: str, piece: Piece) -> bool:
    """Keep what is ascribed, and of the rest what is too long for a title or a scare quote."""
    found = piece.ascribed
    size = text.count(" ", *piece.span) + 1
    if piece.quote_type != "indirect" and found.rule != "nested" and is_single(text, piece.span[0]):
        return found.speaker is not None and found.rule not in BORROWED and size >= SINGLE_LONG
    if found is not NOBODY:
        return True
    is_title = not piece.alone and _is_title(WORDS.findall(text, *piece.span))
    return size >= (TITLE_LONG if is_title else SPEECH_LONG)
