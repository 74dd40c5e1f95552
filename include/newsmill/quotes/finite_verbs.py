"""Recognises finite verbs, and clauses with one, in tokens of a sentence."""

from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter

from newsmill.quotes.cue_words import SUBORDINATING
from newsmill.quotes.noun_phrases import read_phrase
from newsmill.quotes.speech_tokens import POINT, Token
from newsmill.quotes.word_traits import (
    ANY_VERB,
    CLAUSE_VERB,
    ENDS_IN_ED,
    FINITE,
    PARTICIPLE,
    PREPOSITION,
    PREPOSITIONS,
    RELATIVE_PRONOUN,
    STARTER,
)

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
        traits = token.traits
        is_verb = traits & (ANY_VERB if i == start else FINITE)
        if is_verb and not (
            traits & ENDS_IN_ED and (i > start or words[min(i + 1, len(words) - 1)].traits & PREPOSITION)
        ):
            return True
        if token.kind == POINT or traits & STARTER or token.lowered == "to":
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
        or opening.traits & PARTICIPLE
    ):
        comma_index = next((i for i, token in enumerate(words) if token.word == ","), len(words))
        return has_main_clause(words[comma_index + 1 :])
    in_relative = False
    for token in words:
        traits = token.traits
        if traits & RELATIVE_PRONOUN:
            in_relative = True
        elif in_relative:
            in_relative = token.word != ","
        if traits & CLAUSE_VERB and not in_relative:
            return True
    return False


def is_finite(token: Token) -> bool:
    """Return whether a token is a finite verb, by its form alone."""
    return token.traits & FINITE != 0


def has_finite(tokens: Sequence[Token]) -> bool:
    """Return whether words hold a finite verb; an ending in "s" is enough."""
    return any([token.traits & ANY_VERB for token in tokens])
