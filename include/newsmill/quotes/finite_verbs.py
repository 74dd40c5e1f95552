"""Recognises finite verbs, and clauses with one, in tokens of a sentence."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter

from newsmill.quotes.cue_words import AUXILIARIES, CONTRACTED, RELATIVE, SUBORDINATING, VERBS
from newsmill.quotes.noun_phrases import OTHER_PASTS, PREPOSITIONS, STARTERS, is_participle, read_phrase
from newsmill.quotes.speech_tokens import POINT, QUOTE, WORD, Token

MAX_SUBJECT_TOKENS = 16
"""Tokens of the longest subject. Set by hand while reading polnear_train; half or twice is not measured."""
COUNT_ADVERBS = frozenset(("about", "around", "near", "over", "under"))
DEPENDENT = PREPOSITIONS | SUBORDINATING
_token_start = attrgetter("start")


def is_statement_clause(words: Sequence[Token]) -> bool:
    """Return whether words are a statement and not a thing: "said the dam holds", not "noted the dam".

    A subject and a finite verb must follow each other.
    """
    if words[0].lowered == "there":
        return has_finite(words[1:2])
    subject = read_phrase(words, 0)
    if subject is None:
        return False
    i = bisect_left(words, subject[1], key=_token_start)
    return _follows_subject(words, i)


def _follows_subject(words: Sequence[Token], start: int) -> bool:
    """Return whether a finite verb follows the words of a subject, behind adverbs and further nouns."""
    for i in range(start, min(start + MAX_SUBJECT_TOKENS, len(words))):
        token = words[i]
        is_participle_like = token.lowered.endswith("ed") and (
            i > start or words[min(i + 1, len(words) - 1)].lowered in PREPOSITIONS
        )
        if not is_participle_like and (is_finite(token) or (i == start and has_finite(words[i : i + 1]))):
            return True
        if token.kind == POINT or token.lowered in STARTERS or token.lowered == "to":
            return False
    return False


def has_main_clause(words: Sequence[Token]) -> bool:
    """Return whether words hold a main clause, even one behind a subordinate clause."""
    words = words[1:] if words and words[0].lowered in ("and", "but", "so", "yet") else words
    if not words:
        return False
    opening = words[0]
    is_count = opening.lowered in COUNT_ADVERBS and len(words) > 1 and words[1].word[0] in "0123456789$€£"
    if (
        (opening.lowered in DEPENDENT and not is_count)
        or opening.lowered.endswith(("ed", "ing"))
        or is_participle(opening)
    ):
        comma_index = next((i for i, token in enumerate(words) if token.word == ","), len(words))
        return has_main_clause(words[comma_index + 1 :])
    in_relative = False
    for token in words:
        in_relative = token.lowered in RELATIVE or (in_relative and token.word != ",")
        if not in_relative and (is_finite(token) or token.kind == QUOTE or token.lowered in CONTRACTED):
            return True
    return False


def is_finite(token: Token) -> bool:
    """Return whether a token is a finite verb, by its form alone."""
    if token.kind != WORD:
        return False
    is_finite = _is_finite_word(token.lowered)
    return token.word[0].islower() if is_finite is None else is_finite


@lru_cache(maxsize=1 << 16)
def _is_finite_word(word: str) -> bool | None:
    """Return whether a word is a finite verb; None if only in lower case."""
    if word in AUXILIARIES or word in OTHER_PASTS or word.endswith("n't"):
        return True
    if "'" in word and word.rpartition("'")[2] in ("re", "ve", "ll", "d", "m"):
        return True
    return None if word.endswith("ed") or VERBS.get(word) in ("s", "past", "base") else False


def has_finite(tokens: Sequence[Token]) -> bool:
    """Return whether words hold a finite verb; an ending in "s" is enough."""
    return any(
        is_finite(t)
        or t.kind == QUOTE
        or t.lowered in CONTRACTED
        or (t.kind == WORD and t.word[0].islower() and t.lowered.endswith("s") and len(t.lowered) > 4)
        for t in tokens
    )
