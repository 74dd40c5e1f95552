"""Finds indirect speech, statements in the reporter's own words: X said (that) …; …, X said; according to X, …

Positions are indices of tokens in a sentence. `start` and `end` bound a half-open range.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from newsmill.quotes.clauses import AttributionSpans, find_listener
from newsmill.quotes.cue_words import (
    DENYING,
    FIRST_PERSON,
    PROMISING,
    PRONOUNS,
    UNSAID_WORDS,
)
from newsmill.quotes.finite_verbs import has_main_clause
from newsmill.quotes.noun_phrases import find_subject, skip_dateline
from newsmill.quotes.speech_tokens import POINT, QUOTE, WORD, Span, Token
from newsmill.quotes.statement_bounds import find_bounds
from newsmill.quotes.statement_candidates import COMMAS, StatementCandidate, add_listener, list_statement_candidates
from newsmill.quotes.statement_features import FEATURES
from newsmill.quotes.statement_scores import read_statement_model
from newsmill.quotes.word_traits import ADVERB, FINITE, HELPER, PREPOSITIONS, STARTERS

MIN_STATEMENT_SCORE = 0.0
"""Score of the least likely statement: 0 is even odds.

On unseen sites, -.4 gains .017 of recall and loses .015 of precision; .3 loses .018 and gains .009.
"""
NO_BEGINNING = PREPOSITIONS | STARTERS
NO_OBJECT = PREPOSITIONS | STARTERS | PRONOUNS


class IndirectStatement(NamedTuple):
    """The span and the attribution of a reported statement."""

    span: Span
    attribution: AttributionSpans


def find_indirect_statements(sentence: Sequence[Token], cue_starts: Sequence[int]) -> Iterator[IndirectStatement]:
    """Yield the reported statements of a sentence.

    `cue_starts`: the first characters of reporting words, in order.
    """
    for number, i in enumerate(list_cue_indices(sentence, cue_starts)):
        candidate = _read_intent(sentence, i) or choose_statement(sentence, i, number)
        if candidate:
            start, end = find_bounds(sentence, candidate)
            candidate, start = _join_beginning(sentence, candidate, start)
            span = _trim_points(sentence, _skip_that(sentence, start, end), end)
            if span:
                yield IndirectStatement(span, candidate.attribution)


def list_cue_indices(sentence: Sequence[Token], cue_starts: Sequence[int]) -> list[int]:
    """Return the indices of the cues of a sentence; a cue within quoted words, which are one token, is none."""
    low, high = bisect_left(cue_starts, sentence[0].start), bisect_left(cue_starts, sentence[-1].end)
    indices, i = [], 0
    for cue_start in cue_starts[low:high]:
        i = bisect_left(sentence, cue_start, i, key=_token_start)
        if i < len(sentence) and sentence[i].start == cue_start and sentence[i].kind != QUOTE:
            indices.append(i)
    return indices


_token_start = attrgetter("start")


def choose_statement(sentence: Sequence[Token], cue_index: int, cue_count: int) -> StatementCandidate | None:
    """Return the most likely statement of a cue, or None."""
    model = read_statement_model("candidates", FEATURES)
    best, best_score = None, MIN_STATEMENT_SCORE
    for candidate in list_statement_candidates(sentence, cue_index, cue_count):
        score = model.score(candidate.layout, candidate.values)
        if score > best_score:
            best, best_score = candidate, score
    return best and add_listener(sentence, cue_index, best)


def _read_intent(sentence: Sequence[Token], verb_index: int) -> StatementCandidate | None:
    """Return the promise or the denial of a cue: vowed to …; denied the charge."""
    verb, i = sentence[verb_index].lowered, verb_index + 1
    if i + 1 >= len(sentence) or not (verb in PROMISING or verb in DENYING):
        return None
    token, next_word = sentence[i], sentence[i + 1].lowered
    if verb in PROMISING and (token.lowered == "to" or (token.lowered, next_word) == ("not", "to")):
        rule = "reported_intent"
    elif verb in DENYING and token.kind == WORD and token.word.islower() and token.lowered not in NO_OBJECT:
        rule = "reported_object"
    else:
        return None
    subject, is_passive = find_subject(sentence, verb_index)
    j = verb_index - 1
    while j >= 0 and sentence[j].traits & HELPER:
        j -= 1
    helpers = [other.lowered for other in sentence[max(j, 0) : verb_index]]
    is_unsaid = any(word in UNSAID_WORDS or word.endswith("n't") for word in helpers)
    if subject is None or is_passive or is_unsaid or _is_first_person(sentence, subject.span):
        return None
    end = _find_phrase_end(sentence, i, len(sentence))
    cue = (sentence[verb_index].start, sentence[verb_index].end)
    attribution = AttributionSpans(cue, subject.span, rule, find_listener(sentence, verb_index))
    return StatementCandidate(rule, i, end, attribution, ())


def _is_first_person(sentence: Sequence[Token], span: Span) -> bool:
    """Return whether a subject is the writer or the reader."""
    return any(token.start == span[0] and token.lowered.partition("'")[0] in FIRST_PERSON for token in sentence)


def _find_phrase_end(sentence: Sequence[Token], start: int, end: int) -> int:
    """Return the end of a denial or promise: a comma, or another action of the speaker."""
    for i in range(start + 1, end):
        token, following = sentence[i], sentence[i + 1 : i + 2]
        if token.word in COMMAS or token.lowered in ("through", "after", "but", "saying"):
            return i
        if token.lowered == "and" and following and following[0].traits & (FINITE | ADVERB):
            return i
    return end


def _join_beginning(
    sentence: Sequence[Token], candidate: StatementCandidate, start: int
) -> tuple[StatementCandidate, int]:
    """Return a statement with its beginning in front of the attribution: The dam, Okafor said, would hold."""
    speaker = candidate.attribution.speaker
    if candidate.layout != "comma" or speaker is None:
        return candidate, start
    first = skip_dateline(sentence)
    comma = next((i for i in range(first, start) if sentence[i].start >= speaker[0]), start) - 1
    beginning = sentence[first:comma]
    if comma <= first or sentence[comma].word not in COMMAS or has_main_clause(beginning):
        return candidate, start
    if beginning[0].lowered in NO_BEGINNING or any(token.kind != WORD for token in beginning):
        return candidate, start
    return candidate._replace(attribution=candidate.attribution._replace(rule="reported_around")), first


def _skip_that(sentence: Sequence[Token], start: int, end: int) -> int:
    """Return the start of a statement without the "that" in front of nothing but quoted words."""
    if sentence[start].lowered != "that" or start + 1 >= end or sentence[start + 1].kind != QUOTE:
        return start
    return start if any(token.kind == WORD for token in sentence[start + 1 : end]) else start + 1


def _trim_points(sentence: Sequence[Token], start: int, end: int) -> Span | None:
    """Return the span of tokens without the punctuation at both ends, or None."""
    while end > start and sentence[end - 1].kind == POINT and sentence[end - 1].word not in (")", "]", "%"):
        end -= 1
    while start < end and sentence[start].kind == POINT and sentence[start].word not in ("(", "[", "$", "#"):
        start += 1
    return (sentence[start].start, sentence[end - 1].end) if start < end else None
