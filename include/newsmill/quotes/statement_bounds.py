"""Finds the bounds of a reported statement: at each break of the sentence, whether the statement ends there.

Positions are indices of tokens in a sentence. The breaks are points, conjunctions, cues and quotations. Each break is
scored with the weights of its own mark, in order from the known bound; the first break with even odds is the bound.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from newsmill.quotes.cue_words import (
    AUXILIARIES,
    BE,
    CITING_PARTICIPLES,
    CONJUNCTIONS,
    PRONOUNS,
    RELATIVE,
    REPORTING,
    SUBORDINATING,
    VERBS,
)
from newsmill.quotes.finite_verbs import MAX_SUBJECT_TOKENS
from newsmill.quotes.noun_phrases import is_noun, skip_dateline
from newsmill.quotes.speech_tokens import POINT, QUOTE, WORD, Token
from newsmill.quotes.statement_candidates import COMMAS, StatementCandidate
from newsmill.quotes.statement_features import FEATURES, name_distance
from newsmill.quotes.statement_scores import StatementModel, read_statement_model
from newsmill.quotes.word_traits import ADVERB, FINITE, PREPOSITION

MIN_BOUND_SCORE = 0.0
"""Score of the least likely bound: 0 is even odds. At -1 train has 1 in 100 reported statements fewer."""
BREAK_POINTS = COMMAS | {";", ":", ".", "?", "!", "…", "...", "(", "|", "•"}
BREAK_WORDS = CONJUNCTIONS | SUBORDINATING | RELATIVE - {"that"} | {"according", "or", "per", "so", "where", "whose"}
JOINING_WORDS = frozenset(("and", "or"))
_POSSIBLE_BREAKS = BREAK_POINTS | BREAK_WORDS
_FINITE_OR_ADVERB = FINITE | ADVERB
SECOND_CLAUSE_WORDS = PRONOUNS | {"that"}
MAX_BREAK_COUNT = 3
"""Highest value of the count of breaks. Set by hand."""
END_FEATURES = (
    "next", "next_shape", "second", "second_shape", "saying", "layout", "lemma", "form", "done", "left", "finite",
    "opener", "count", "before", "opening",
)  # fmt: skip
START_FEATURES = (
    "first", "shape", "second", "layout", "done", "left", "cue_in_front", "finite", "finite_in_front", "before",
)  # fmt: skip
_LEMMA, _FORM, _OPENER = (FEATURES.index(name) for name in ("lemma", "form", "opener"))


class StatementBreak(NamedTuple):
    """A possible bound of a statement; `mark` is the group of its weights, `values` has one for each feature."""

    position: int
    mark: str
    values: tuple[str, ...]


def find_bounds(sentence: Sequence[Token], candidate: StatementCandidate) -> tuple[int, int]:
    """Return the first token of a statement, and the end of its tokens."""
    start, end = candidate.start, candidate.end
    if start is None:
        model = read_statement_model("starts", START_FEATURES)
        starts = (at.position for at in list_starts(sentence, candidate) if _is_bound(model, at))
        start = next(starts, skip_dateline(sentence))
    if end is None:
        model = read_statement_model("ends", END_FEATURES)
        ends = (at.position for at in list_ends(sentence, candidate) if _is_bound(model, at))
        end = next(ends, len(sentence))
    return start, end


def _is_bound(model: StatementModel, at: StatementBreak) -> bool:
    """Return whether a statement is bounded by a break; before "citing two officials" it always ends."""
    return at.values[0] in CITING_PARTICIPLES or model.score(at.mark, at.values) > MIN_BOUND_SCORE


def list_ends(sentence: Sequence[Token], candidate: StatementCandidate) -> Iterator[StatementBreak]:
    """Yield the possible ends of a statement, from its start on."""
    start, size = candidate.start or 0, len(sentence)
    lemma, form, opener = (candidate.values[i] for i in (_LEMMA, _FORM, _OPENER))
    has_that = sentence[start].lowered == "that" and start + 1 < size
    opening = sentence[start + has_that].shape
    has_verb, count = False, 0
    for i in range(start + 1, size):
        token = sentence[i]
        may_break = token.lowered in _POSSIBLE_BREAKS or token.kind == QUOTE
        mark = _read_mark(sentence, i) if may_break else None
        if mark is None:
            has_verb = has_verb or token.traits & FINITE != 0 or token.kind == QUOTE
            continue
        next_index = i + (token.kind == POINT)
        if next_index >= size:
            return
        following, second = sentence[next_index], sentence[next_index + 1] if next_index + 1 < size else None
        clause_start = next_index + (following.lowered in CONJUNCTIONS)
        yield StatementBreak(
            i,
            mark,
            (
                following.lowered,
                following.shape,
                second.lowered if second else "$",
                second.shape if second else "$",
                str(opens_saying_clause(sentence, clause_start)),
                candidate.layout,
                lemma,
                form,
                name_distance(i - start),
                name_distance(size - i),
                str(has_verb),
                opener,
                str(min(count, MAX_BREAK_COUNT)),
                sentence[i - 1].shape,
                opening if count == 0 else "",
            ),
        )
        count += 1


def list_starts(sentence: Sequence[Token], candidate: StatementCandidate) -> Iterator[StatementBreak]:
    """Yield the possible starts of a statement in front of its attribution, from the right."""
    first, end = skip_dateline(sentence), candidate.end or 0
    first_verb = next((i for i in range(first, end) if sentence[i].traits & FINITE), end)
    first_cue = next((i for i in range(first, end) if sentence[i].lowered in REPORTING), end)
    has_verb = False
    for i in range(end - 2, first - 1, -1):
        token, opening = sentence[i], sentence[i + 1]
        has_verb = has_verb or opening.traits & FINITE != 0
        is_cue = token.lowered in REPORTING
        is_break = is_cue or token.word in BREAK_POINTS or token.lowered in CONJUNCTIONS or token.lowered == "that"
        if not (is_break or token.kind == QUOTE):
            continue
        second = sentence[i + 2] if i + 2 < len(sentence) else None
        yield StatementBreak(
            i + 1,
            "cue" if is_cue else "quote" if token.kind == QUOTE else token.lowered,
            (
                opening.lowered,
                opening.shape,
                second.lowered if second else "$",
                candidate.layout,
                name_distance(end - i),
                name_distance(i - first),
                str(first_cue < i),
                str(has_verb),
                str(first_verb < i),
                sentence[i - 1].lowered if i else "^",
            ),
        )


def _read_mark(sentence: Sequence[Token], i: int) -> str | None:
    """Return the mark of a break at a token, or None."""
    token = sentence[i]
    if token.kind == WORD:
        if token.lowered not in BREAK_WORDS or sentence[i - 1].word in BREAK_POINTS:
            return None
        return token.lowered if token.lowered not in JOINING_WORDS or _may_join_verbs(sentence, i + 1) else None
    if token.kind == QUOTE:
        return "quote" if sentence[i - 1].word in (",", ":") else None
    return token.word if token.word in BREAK_POINTS else None


def _may_join_verbs(sentence: Sequence[Token], i: int) -> bool:
    """Return whether a second verb of the reporter may follow "and", and not only another noun."""
    token = sentence[i] if i < len(sentence) else None
    return token is not None and (token.traits & _FINITE_OR_ADVERB != 0 or token.lowered in SECOND_CLAUSE_WORDS)


def opens_saying_clause(sentence: Sequence[Token], start: int) -> bool:
    """Return whether the clause from `start` on has a reporting verb before any other verb or preposition."""
    words = sentence[start : start + MAX_SUBJECT_TOKENS]
    for i, token in enumerate(words):
        if token.kind == QUOTE or token.word in (";", ":"):
            return False
        if token.lowered in REPORTING and not is_noun(words, i) and VERBS.get(token.lowered) != "base":
            return True
        is_verb = token.lowered in BE or (token.traits & FINITE and token.lowered not in AUXILIARIES)
        if is_verb or token.traits & PREPOSITION:
            return False
    return False
