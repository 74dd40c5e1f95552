"""Describes words in quotation marks by features, for the models of speech.json: speech or none, direct or mixed."""

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from newsmill.quotes.cue_words import AUXILIARIES, FIRST_PERSON, PRONOUNS, REPORT_LEMMAS, SAYING
from newsmill.quotes.statement_features import name_distance
from newsmill.quotes.statement_scores import StatementModel
from newsmill.quotes.word_traits import PREPOSITIONS, STARTERS

if TYPE_CHECKING:
    from newsmill.quotes.quotations import Quotation

WEIGHTS_PATH = Path(__file__).with_name("speech.json")
WORDS = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
SPEECH_FEATURES = (
    "type", "rule", "length", "opening", "title", "ending", "behind", "before", "before_two", "next",
    "marks", "place", "cue", "speaker", "gap", "first", "last", "clause", "type_length", "before_opening",
    "ending_opening", "next_length",
)  # fmt: skip
CONTEXT_CHARS, MAX_INNER_WORDS, LONG_GAP_CHARS = 40, 12, 30
"""Characters on both sides of the marks that are read, words read within, and characters of a long gap. Set by hand."""
_FIRST_PERSON = FIRST_PERSON | {"you", "your"}
_SMALL_WORDS = PREPOSITIONS | STARTERS | AUXILIARIES | PRONOUNS | SAYING.keys()


@cache
def read_speech_model(name: str) -> StatementModel:
    """Return a model of speech.json: `speech` or `types`."""
    return StatementModel(json.loads(WEIGHTS_PATH.read_text(encoding="utf8"))[name], SPEECH_FEATURES)


def describe_marked_words(text: str, quotation: "Quotation") -> tuple[str, ...]:
    """Return the values of words in quotation marks, in the order of SPEECH_FEATURES."""
    (start, end), attribution = quotation.span, quotation.attribution
    before = text[max(start - CONTEXT_CHARS, 0) : start].rpartition("\n")[2].lower().split()
    behind = text[end : end + CONTEXT_CHARS].partition("\n")[0]
    following = behind.split()
    words = WORDS.findall(text, start, end)
    lowered = " ".join(words[:MAX_INNER_WORDS]).lower().split(" ") if words else []
    opening = (
        "none" if not words else "capital" if words[0][0].isupper() else "small" if words[0][0].islower() else "digit"
    )
    ending = text[end - 2] if end - start > 2 and not text[end - 2].isalnum() else "word"
    length = name_distance(len(words)) if len(words) > 2 else str(len(words))
    cue = text[slice(*attribution.cue)].lower() if attribution.cue else ""
    last_before = before[-1] if before else "^"
    next_word = following[0].lower() if following and behind[:1] == " " else "$"
    next_shape = next_word if next_word in _SMALL_WORDS else "$" if next_word == "$" else "word"
    return (
        quotation.quote_type,
        attribution.rule,
        length,
        opening,
        _name_capitals(words),
        ending,
        behind[:1] or "$",
        last_before,
        before[-2] if len(before) > 1 else "^",
        next_word,
        text[start],
        f"{quotation.is_alone} {quotation.opens_paragraph} {quotation.closes_paragraph}",
        REPORT_LEMMAS.get(cue, cue),
        _name_speaker(text, quotation),
        _name_gap(quotation),
        lowered[0] if lowered else "",
        words[-1].lower() if words else "",
        _name_clause(lowered),
        f"{quotation.quote_type} {length}",
        f"{last_before[-1] if not last_before[-1].isalnum() else 'word'} {opening}",
        f"{ending} {opening} {quotation.quote_type}",
        f"{next_shape} {length}",
    )


def _name_capitals(words: list[str]) -> str:
    """Return whether all, some or no words behind the first have a capital."""
    has_capital = has_small = False
    for word in words[1:]:
        if len(word) > 3:
            if word[0].isupper():
                has_capital = True
            else:
                has_small = True
            if has_capital and has_small:
                return "some"
    return "all" if has_capital else "small" if has_small else "none"


def _name_speaker(text: str, quotation: "Quotation") -> str:
    """Return the kind of the words for a speaker."""
    span = quotation.attribution.speaker
    if span is None:
        return "none"
    words = text[slice(*span)].lower()
    return "first" if words in FIRST_PERSON else "pronoun" if words in PRONOUNS else "words"


def _name_gap(quotation: "Quotation") -> str:
    """Return the side of the cue, and the class of the distance to it."""
    cue, span = quotation.attribution.cue, quotation.span
    if cue is None:
        return "none"
    side, distance = ("before", span[0] - cue[1]) if cue[1] <= span[0] else ("behind", cue[0] - span[1])
    return f"{side} {'next' if distance <= 2 else 'near' if distance <= LONG_GAP_CHARS else 'far'}"


def _name_clause(lowered: list[str]) -> str:
    """Return whether words have an auxiliary, and a pronoun of the first or second person."""
    has_verb = not AUXILIARIES.isdisjoint(lowered)
    has_person = not _FIRST_PERSON.isdisjoint([word.partition("'")[0] for word in lowered])
    return f"{'verb' if has_verb else ''} {'person' if has_person else ''}"
