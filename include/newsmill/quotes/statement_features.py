"""Describes cues and candidates of reported statements by features: one value, a word or a class, for each.

Positions are indices of tokens in a sentence.
"""

from collections.abc import Sequence
from typing import NamedTuple

from newsmill.quotes.cue_words import (
    BE,
    FIRST_PERSON,
    HAVE,
    PRONOUNS,
    RELATIVE,
    REPORT_FORMS,
    REPORT_LEMMAS,
    UNSAID_WORDS,
)
from newsmill.quotes.finite_verbs import MAX_SUBJECT_TOKENS, has_finite, has_main_clause, is_statement_clause
from newsmill.quotes.noun_phrases import Phrase, is_noun
from newsmill.quotes.speakers import classify
from newsmill.quotes.speech_tokens import POINT, QUOTE, Span, Token
from newsmill.quotes.word_traits import (
    HELPER,
    POSSIBLE_ED,
    POSSIBLE_S,
    POSSIBLE_VERB,
    PREPOSITIONS,
    PRONOUN_OR_CONTRACTION,
    STARTERS,
    SURE_VERB,
)

DISTANCE_STEPS = (2, 4, 7, 12, 20)
"""Upper bounds of the classes of distance, in tokens. Set by hand; the weights decide what a class means."""
_DISTANCES = tuple(
    next(str(step) for step in DISTANCE_STEPS if count <= step) for count in range(DISTANCE_STEPS[-1] + 1)
)
_LONG = len(_DISTANCES)
MAX_CUE_COUNT, MAX_GAP, VERB_TOKENS, MAX_VERB_DISTANCE = 3, 6, 12, 7
"""Highest values of the counted features, and tokens searched for a verb. Set by hand."""
CUE_FEATURES = (
    "lemma", "form", "helpers", "subject", "subject_word", "opener", "before", "cue_count", "ending", "before_subject",
)  # fmt: skip
FEATURES = (
    *CUE_FEATURES,
    "first_word", "first_shape", "second_word", "clause", "length", "gap", "behind_word", "behind_shape", "verbs",
)  # fmt: skip
_CONTEXT_WORDS = PRONOUNS | PREPOSITIONS | STARTERS | RELATIVE | UNSAID_WORDS | {"then"}
NO_VERB = "none"
_POSSIBLE = POSSIBLE_ED | POSSIBLE_VERB | POSSIBLE_S


class CueDescription(NamedTuple):
    """The values of a cue that its candidates share, in the order of CUE_FEATURES."""

    lemma: str
    form: str
    helpers: str
    subject: str
    subject_word: str
    opener: str
    before: str
    cue_count: str
    ending: str
    before_subject: str


def describe_cue(
    sentence: Sequence[Token], i: int, cue_count: int, subject: Phrase | None, subject_index: int, is_passive: bool
) -> CueDescription:
    """Return the values of the cue at `i` with a subject that begins at `subject_index`."""
    word = sentence[i].lowered
    before_index, helpers = _read_helpers(sentence, i)
    kind, subject_word = ("passive" if is_passive else "none"), ""
    opener, before_subject = "", ""
    if subject:
        kind, subject_word = _describe_subject(sentence, subject, subject_index)
        before = sentence[subject_index - 1] if subject_index else None
        opener = before.lowered if before and (before.kind == POINT or before.lowered in _CONTEXT_WORDS) else ""
        before_subject = before.shape if before else "^"
    context = sentence[before_index] if before_index >= 0 else None
    return CueDescription(
        REPORT_LEMMAS.get(word, word),
        REPORT_FORMS.get(word, "past"),
        helpers,
        kind,
        subject_word,
        opener,
        "^" if context is None else context.lowered if context.lowered in _CONTEXT_WORDS else context.shape,
        str(min(cue_count, MAX_CUE_COUNT)),
        sentence[-1].word if sentence[-1].kind == POINT else sentence[-1].kind,
        before_subject,
    )


def _read_helpers(sentence: Sequence[Token], i: int) -> tuple[int, str]:
    """Return the index in front of a verb's adverbs and auxiliaries, and the classes of these."""
    j, helpers = i - 1, "noun" if is_noun(sentence, i) else ""
    while j >= 0 and sentence[j].traits & HELPER:
        helper = sentence[j].lowered
        if helper in BE:
            helpers += "be "
        elif helper in HAVE:
            helpers += "have "
        elif helper in UNSAID_WORDS or helper.endswith("n't"):
            helpers += "unsaid "
        j -= 1
    return j, helpers


def _describe_subject(sentence: Sequence[Token], subject: Phrase, subject_index: int) -> tuple[str, str]:
    """Return the kind of a subject and its last word."""
    end, limit = subject.span[1], min(subject_index + MAX_SUBJECT_TOKENS, len(sentence))
    behind = subject_index + 1
    while behind < limit and sentence[behind].start < end:
        behind += 1
    words = sentence[subject_index:behind]
    last_word = words[-1].lowered
    if len(words) == 1 and words[0].traits & PRONOUN_OR_CONTRACTION:
        pronoun = last_word.partition("'")[0]
        return ("first" if pronoun in FIRST_PERSON else "who" if pronoun == "who" else "pronoun"), last_word
    return classify(" ".join([token.word for token in words])).attribution_class, last_word


def name_clause(words: Sequence[Token], is_in_front: bool) -> str:
    """Return the class of a clause by its finite verbs; one in front of an attribution is a main clause."""
    if not words:
        return NO_VERB
    if is_in_front:
        return "main" if has_main_clause(words) else "finite" if has_finite(words) else NO_VERB
    return "clause" if is_statement_clause(words) else "finite" if has_finite(words[1:]) else NO_VERB


def describe_candidate(
    sentence: Sequence[Token], cue: CueDescription, bounds: Span, behind: int, clause: str
) -> tuple[str, ...]:
    """Return the values of a candidate within bounds, next to an attribution that ends before `behind`."""
    start, end = bounds
    first, second = sentence[start], sentence[start + 1] if start + 1 < len(sentence) else None
    gap = str(min(start - behind, MAX_GAP)) if start >= behind else ""
    next_token = sentence[behind] if behind < len(sentence) else None
    return (
        *cue,
        first.lowered,
        first.shape,
        second.lowered if second else "$",
        clause,
        name_distance(end - start),
        gap,
        next_token.lowered if next_token else "$",
        next_token.shape if next_token else "$",
        _name_verbs(sentence[start : min(end, start + VERB_TOKENS)]),
    )


def _name_verbs(words: Sequence[Token]) -> str:
    """Return the distance to the first sure finite verb, and the class of a possible one in front of it."""
    possible = ""
    for i, token in enumerate(words):
        traits = token.traits
        if traits & SURE_VERB:
            return f"{possible}{min(i, MAX_VERB_DISTANCE)}"
        if i and token.kind == QUOTE:
            return f"{possible}quote {min(i, 3)}"
        if i and not possible and traits & _POSSIBLE:
            possible = "ed " if traits & POSSIBLE_ED else "verb " if traits & POSSIBLE_VERB else "s "
    return possible


def name_distance(count: int) -> str:
    """Return the class of a distance in tokens."""
    return _DISTANCES[count] if count < _LONG else "long"
