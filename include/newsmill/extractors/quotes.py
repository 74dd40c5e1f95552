"""Finds what is quoted, by which words it is ascribed, and to whom."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa

from newsmill.relations import ARTICLES, PRINTS, QUOTES
from newsmill.spans import NOWHERE, Placement
from newsmill.speech.clauses import ENDS, NOBODY, Ascribed, ascribe, ascribe_ahead, reporting_sentences, sentences
from newsmill.speech.cues import CUE_NOUNS, REPORTING
from newsmill.speech.marks import MARK, is_single, paragraphs, quoted
from newsmill.speech.phrases import main_subject
from newsmill.speech.reports import reports
from newsmill.speech.speakers import UNKNOWN, Attribution, classify, named_before, outlet
from newsmill.speech.tokens import QUOTE, Heard, Span, Token, hear
from newsmill.stage import stage

WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
SPEECH_LONG, TITLE_LONG, SINGLE_LONG = 4, 9, 3
SMALL = 4
BEFORE_TITLES = frozenset("in on of".split())
SOON = 3
BATCH = 256
POINTS = frozenset(".,;:!?—–-…()[]")
NAMERS = frozenset("titled entitled book film movie song show album novel series magazine episode program programme "
                   "called nicknamed so-called known hashtag column".split())
BORROWED = frozenset(("next_paragraph", "sentence_before", "cue_noun"))
TOUCHING = frozenset(("speaker_cue", "cue_speaker", "according_to"))
PERSONAL = frozenset("he she his her".split())
IMPERSONAL = frozenset("they it their its which that".split())


class Piece(NamedTuple):
    """A quoted piece and what its sentence says of it; `alone` if the sentence holds nothing but quotations."""

    span: Span
    quote_type: str
    ascribed: Ascribed
    alone: bool
    paragraph: int
    opens: bool
    closes: bool
    word_count: int
    subject_before: Span | None = None


@stage(reads=(ARTICLES.among(PRINTS),), writes=(QUOTES,), per="part", version="1")
def quotes(articles: pa.Table) -> pa.Table:
    """Find the quotations of each article, with cue and speaker."""
    rows = []
    for batch in articles.select(["page_id", "article_id", "text", "ranges"]).to_batches(max_chunksize=BATCH):
        for heard, article in zip(hear(batch["text"], REPORTING), batch.to_pylist(), strict=True):
            rows += _rows(article["page_id"], article["article_id"], heard, article["ranges"])
    return pa.Table.from_pylist(rows, QUOTES.schema)


def _rows(page_id: str, article_id: str, heard: Heard, ranges: Sequence[dict]) -> Iterator[dict]:
    text = heard.text
    if not heard.reporting and not MARK.search(text):
        return
    place = Placement(text, ranges)
    speech = [piece for piece in _joined(_pieces(heard, place.seams)) if _is_speech(text, piece)]
    for piece, attribution in zip(speech, _attributions(text, speech), strict=True):
        yield {"page_id": page_id, "article_id": article_id, **_row(place, piece, attribution)}


def _row(place: Placement, piece: Piece, attribution: Attribution) -> dict:
    found = piece.ascribed
    return {
        "quote_text": place.text[slice(*piece.span)], "quote_type": piece.quote_type, **place.locate(*piece.span),
        **_part(place, "cue", "cue", found.cue), **_part(place, "speaker", "speaker_surface", found.speaker),
        "speaker_confidence": found.confidence if found.speaker else 0.0, **_columns(attribution),
        "relay": outlet(place.text[slice(*found.heard_by)]) if found.heard_by else "none", "rule": found.rule,
    }


@lru_cache
def _columns(attribution: Attribution) -> dict:
    return asdict(attribution)


def _part(place: Placement, prefix: str, column: str, span: Span | None) -> dict:
    if span is None:
        return {column: None} | {f"{prefix}_{name}": None for name in NOWHERE}
    return {column: place.text[slice(*span)]} | place.locate(*span, prefix=f"{prefix}_")


def _pieces(heard: Heard, seams: Sequence[int]) -> list[Piece]:
    text = heard.text
    spans = paragraphs(text, seams)
    stretches = [[s for s in found if WORD.search(text, *s)] for found in quoted(text, spans)]
    pieces = []
    for number, (span, found) in enumerate(zip(spans, stretches, strict=True)):
        if found:
            parsed = sentences(heard.around(*span, found))
            ahead = _announced(heard, spans, stretches, number) if found[0][0] == span[0] else None
            spoken = [*_of_paragraph(text, parsed, number, ahead)]
        else:
            parsed, spoken = reporting_sentences(heard, *span), []
        pieces += _ordered(spoken, _told(text, parsed, number))
    return pieces


def _told(text: str, parsed: list[list[Token]], number: int) -> Iterator[Piece]:
    """Yield the statements that the sentences of a paragraph report."""
    for sentence in parsed:
        for span, found in reports(sentence):
            yield Piece(span, "indirect", found, False, number, False, False, text.count(" ", *span) + 1)


def _ordered(spoken: list[Piece], told: Iterator[Piece]) -> Iterable[Piece]:
    """Return both in the order of the text; where a statement opens with quoted words, these stand for it."""
    reported = [*told]
    first = {piece.span[0]: piece for piece in [*reported, *(_within(piece, reported) for piece in spoken)]}
    return (first[at] for at in sorted(first))


def _within(piece: Piece, reported: list[Piece]) -> Piece:
    """Ascribe words quoted in a reported statement as the statement is, unless it tells itself who said them."""
    for told in reported[::-1]:
        if told.span[0] <= piece.span[0] and piece.span[1] <= told.span[1] and _is_governed(piece, told):
            found = told.ascribed
            return piece._replace(ascribed=found._replace(rule="reported_words", confidence=min(found.confidence, 0.85)))
    return piece


def _is_governed(piece: Piece, told: Piece) -> bool:
    cue = piece.ascribed.cue
    if piece.quote_type != "mixed" or piece.ascribed.rule in TOUCHING:
        return False
    return cue is None or (told.span[0] <= cue[0] < told.span[1] and piece.ascribed.rule not in ("according_to",))


def _announced(heard: Heard, spans: list[Span], stretches: list[list[Span]], number: int) -> Ascribed | None:
    """Read the end of the paragraph before, where a colon hands the word over."""
    if not number or heard.text[spans[number - 1][1] - 1] != ":":
        return None
    found = ascribe_ahead(sentences(heard.around(*spans[number - 1], stretches[number - 1]))[-1])
    return found and found._replace(rule="announced", confidence=min(found.confidence, 0.85))


def _of_paragraph(text: str, parsed: list[list[Token]], number: int, ahead: Ascribed | None) -> Iterator[Piece]:
    previous, first, last = None, parsed[0][0], parsed[-1][-1]
    for sentence in parsed:
        alone = all(token.kind == QUOTE or token.word in POINTS for token in sentence)
        for at, token in enumerate(sentence):
            if token.kind != QUOTE or _names_a_work(text, sentence, at):
                continue
            span = (token.start, token.end)
            found = ascribe(sentence, at) or (ahead if token is first else None) or NOBODY
            subject = main_subject(previous) if previous and alone and found is NOBODY else None
            kind = _type(text, sentence, at, found, alone)
            size = text.count(" ", *span) + 1
            yield Piece(span, kind, found, alone, number, token is first, token is last, size, subject)
        previous = None if alone else sentence


def _type(text: str, sentence: list[Token], at: int, found: Ascribed, alone: bool) -> str:
    """Tell a quotation that is a clause of its own from words quoted within the reporter's."""
    before = sentence[at - 1] if at else None
    opening = WORD.search(text, sentence[at].start, sentence[at].end).group()[0]
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
    words = WORD.findall(text, token.start, token.end)
    capitals = sum(word[0].isupper() for word in words)
    before, after = sentence[at - 1] if at else None, sentence[at + 1] if at + 1 < len(sentence) else None
    if len(words) > 8 or before is None or before.word in (",", ":") or before.low in ("said", "says"):
        return False
    if before.low in NAMERS and capitals:
        return True
    if (before.low in BEFORE_TITLES or before.low.endswith("'s")) and _is_title(words):
        return at < 2 or sentence[at - 2].low not in CUE_NOUNS  # chants of "Out"
    between_names = before.word[:1].isupper() and after is not None and after.word[:1].isupper()
    return between_names and len(words) <= 2 and capitals == len(words)


def _is_title(words: Sequence[str]) -> bool:
    """Tell whether words are written as titles are: each of them but the small ones in a capital."""
    return len(words) > 1 and all(word[0].isupper() or word[0].isdigit() or len(word) < SMALL for word in words)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Give each piece without a cue of its own the cue and speaker of the one it belongs with."""
    joined: list[Piece] = []
    for piece, following in zip(pieces, [*pieces[1:], None], strict=True) if pieces else ():
        if piece.ascribed is NOBODY:
            borrowed = _borrowed(piece, joined[-1] if joined else None, following)
            piece = piece._replace(ascribed=borrowed)
        joined.append(piece)
    return joined


def _borrowed(piece: Piece, before: Piece | None, following: Piece | None) -> Ascribed:
    if not piece.alone:
        return NOBODY
    if before and before.paragraph == piece.paragraph and before.ascribed.cue:
        return _lent(before, "same_speech", 0.9 if before.quote_type == "direct" else 0.7)
    if following and following.paragraph == piece.paragraph and following.ascribed.rule in TOUCHING:
        return _lent(following, "same_speech_ahead", 0.8)
    if piece.opens and before and before.paragraph == piece.paragraph - 1 and before.ascribed.speaker:
        return _lent(before, "next_paragraph", 0.5 if before.closes else 0.4)
    if piece.subject_before:
        return Ascribed(None, piece.subject_before, "sentence_before", 0.4)
    return NOBODY


def _lent(lender: Piece, rule: str, confidence: float) -> Ascribed:
    return lender.ascribed._replace(rule=rule, confidence=min(confidence, lender.ascribed.confidence))


def _is_speech(text: str, piece: Piece) -> bool:
    """Keep what is ascribed, and of the rest what is too long for a title or a scare quote."""
    if is_single(text, piece.span[0]):
        return piece.ascribed.speaker is not None and piece.ascribed.rule not in BORROWED and piece.word_count >= SINGLE_LONG
    if piece.ascribed is not NOBODY:
        return True
    is_title = _is_title(WORD.findall(text, *piece.span)) and not piece.alone
    return piece.word_count >= (TITLE_LONG if is_title else SPEECH_LONG)


def _attributions(text: str, pieces: list[Piece]) -> Iterator[Attribution]:
    """Type each speaker; a pronoun is typed as the speaker it follows."""
    latest, paragraph = UNKNOWN, -SOON
    for piece in pieces:
        found = UNKNOWN
        if piece.ascribed.speaker:
            surface = text[slice(*piece.ascribed.speaker)]
            found = classify(surface)
            if surface.lower() in PERSONAL | IMPERSONAL:
                known = piece.paragraph - paragraph <= SOON and _agrees(surface.lower(), latest)
                found = latest if known else named_before(text, piece.ascribed.speaker[0], surface)
            latest, paragraph = found, piece.paragraph
        yield found


def _agrees(pronoun: str, attribution: Attribution) -> bool:
    personal = attribution.attribution_class in ("named", "unnamed", "anonymous_official")
    return personal if pronoun in PERSONAL else attribution.attribution_class != "named" and attribution != UNKNOWN
