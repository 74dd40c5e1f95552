"""Describes each word once for all rules: its lists, its form and its class, as the bits of `traits`.

A rule tests several bits at once: `token.traits & (PREPOSITION | STARTER)`. Example: the word "warned" has the lower
case "warned", the bits LOWERCASE, FINITE, CLAUSE_VERB, ANY_VERB, VERB_LIKE, VERB_ONLY, ENDS_IN_ED and POSSIBLE_ED, and
the shape "finite". A sign has the bits of its character alone.
"""

from collections.abc import Callable
from typing import NamedTuple

from newsmill.languages.word_lists import read_words
from newsmill.quotes.cue_words import ADVERBS, ALSO_NOUNS, AUXILIARIES, CONTRACTED, PRONOUNS, RELATIVE, VERBS
from newsmill.quotes.speakers import DETERMINERS, DOCUMENTS, MEDIA_NOUNS, NAME_PARTICLES, ORGANISATIONS, ROLES


def _read_words(name: str) -> frozenset[str]:
    return frozenset(read_words("en", "noun_phrases", name))


# Each list is explained where it is, in languages/en/noun_phrases.toml.
STARTERS = _read_words("starters")
PREPOSITIONS = _read_words("prepositions")
JOINING = _read_words("joining_prepositions")
OTHER_PASTS = _read_words("past_verbs")
TIMES = _read_words("times")
_NOT_IN_NAMES = STARTERS | PREPOSITIONS - {"of"} | ADVERBS | AUXILIARIES | _read_words("not_in_names")
THINGS = ORGANISATIONS | MEDIA_NOUNS | DOCUMENTS
MAX_KNOWN_WORDS = 1 << 16
"""Words kept with their description, some 15 MB. Half or twice is not measured: 1,280 articles have 20,000."""

# The first character.
CAPITALIZED, LOWERCASE, NUMERIC = (1 << bit for bit in range(3))
# Membership in lists; PRONOUN_OR_CONTRACTION is also true of "he'd".
(STARTER, PREPOSITION, JOINS, TIME, DETERMINER, PRONOUN, PRONOUN_OR_CONTRACTION, RELATIVE_PRONOUN, ROLE, THING,
 NOT_IN_NAME, NAME_PARTICLE, NAME_MODIFIER) = (1 << bit for bit in range(3, 16))  # fmt: skip
# Verbs: finite by form; so, or contracted; so, or with an ending in "s". A quotation has the last two.
FINITE, CLAUSE_VERB, ANY_VERB = (1 << bit for bit in range(16, 19))
# An adverb; an adverb or auxiliary; a participle that opens a phrase; an ending in "ed".
ADVERB, HELPER, PARTICIPLE, ENDS_IN_ED = (1 << bit for bit in range(19, 23))
# A noun in front of "of"; a common word that is a verb; a verb of speech and no noun.
NOUN_LIKE, VERB_LIKE, VERB_ONLY = (1 << bit for bit in range(23, 26))
# For the distance to the first verb: a sure one, and possible ones by "ed", by a list, and by an ending in "s".
SURE_VERB, POSSIBLE_ED, POSSIBLE_VERB, POSSIBLE_S = (1 << bit for bit in range(26, 30))
# Lists that decide with the form of a word: past forms, forms of verbs of speech, and no adverbs in spite of "ly".
_PAST, _SPEECH_FORM, _NO_ADVERB = (1 << bit for bit in range(30, 33))
_VERB = FINITE | CLAUSE_VERB | ANY_VERB
QUOTE_TRAITS = CLAUSE_VERB | ANY_VERB


def _collect_lists() -> dict[str, int]:
    """Return the bits of each listed word."""
    traits: dict[str, int] = {}
    for bits, words in (
        (STARTER, STARTERS),
        (PREPOSITION, PREPOSITIONS),
        (JOINS, JOINING),
        (TIME, TIMES),
        (DETERMINER, DETERMINERS),
        (PRONOUN | PRONOUN_OR_CONTRACTION, PRONOUNS),
        (RELATIVE_PRONOUN, RELATIVE),
        (THING, THINGS),
        (NOT_IN_NAME, _NOT_IN_NAMES),
        (NAME_PARTICLE, NAME_PARTICLES),
        (NAME_MODIFIER, _read_words("modifiers")),
        (PARTICIPLE, [*_read_words("hanging_participles"), *(verb for verb in VERBS if verb.endswith("ing"))]),
        (ADVERB | HELPER, ADVERBS),
        (HELPER | SURE_VERB | _VERB, AUXILIARIES),
        (SURE_VERB | _VERB | _PAST, OTHER_PASTS),
        (NOUN_LIKE, _read_words("noun_like_words")),
        (NOUN_LIKE | ROLE, ROLES),
        (CLAUSE_VERB | ANY_VERB, CONTRACTED),
        (VERB_ONLY, VERBS.keys() - ALSO_NOUNS),
        (_SPEECH_FORM, [verb for verb, kind in VERBS.items() if kind in ("s", "past", "base")]),
        (_NO_ADVERB, _read_words("not_adverbs")),
    ):
        for word in words:
            traits[word] = traits.get(word, 0) | bits
    return traits


_LISTED = _collect_lists()
_SHAPES = (
    dict.fromkeys(STARTERS, "starter")
    | dict.fromkeys(AUXILIARIES, "auxiliary")
    | dict.fromkeys(PRONOUNS, "pronoun")
    | dict.fromkeys(PREPOSITIONS, "preposition")
)


class WordDescription(NamedTuple):
    """A word in lower case with straight apostrophes, its traits, and its shape."""

    lowered: str
    traits: int
    shape: str


class _KnownWords(dict[str, WordDescription]):
    """The words described so far; a cache in the order of use would also write to the neighbours of each word read."""

    def __init__(self, describe: Callable[[str], WordDescription]) -> None:
        self._describe = describe

    def __missing__(self, word: str) -> WordDescription:
        if len(self) >= MAX_KNOWN_WORDS:
            self.clear()
        description = self[word] = self._describe(word)
        return description


def _describe_word(word: str) -> WordDescription:
    """Return the description of a word."""
    # New words are frequent, 6,000 in the second 640 articles: nothing is read that the form of a word rules out.
    lowered = lower_text(word)
    traits = _LISTED.get(lowered, 0) | _read_first_char(word)
    if lowered[-1] in "dsty":
        traits |= _read_ending(lowered, traits)
    if "'" in lowered:
        traits |= _read_contraction(lowered)
    if traits & LOWERCASE and traits & (ENDS_IN_ED | _SPEECH_FORM):
        traits |= _VERB | (POSSIBLE_ED if traits & ENDS_IN_ED else POSSIBLE_VERB)
    if traits & (VERB_ONLY | ENDS_IN_ED | _PAST) and not traits & (CAPITALIZED | ROLE):
        traits |= VERB_LIKE
    if traits & CAPITALIZED and not traits & (NOT_IN_NAME | TIME):
        traits |= NOUN_LIKE
    return WordDescription(lowered, traits, _name_shape(lowered, traits))


def _describe_sign(sign: str) -> WordDescription:
    """Return the description of a run of one sign; its shape is the sign itself."""
    lowered = lower_text(sign)
    return WordDescription(lowered, _read_first_char(sign) | (SURE_VERB if "'" in lowered else 0), sign)


def lower_text(text: str) -> str:
    """Return a text in lower case with straight apostrophes, of the same length."""
    lowered = text.lower().replace("’", "'")
    return lowered if len(lowered) == len(text) else "".join(char.lower()[0] for char in text).replace("’", "'")


def _read_first_char(word: str) -> int:
    """Return the bit of the first character."""
    first = word[0]
    return LOWERCASE if first.islower() else CAPITALIZED if first.isupper() else NUMERIC if first.isdigit() else 0


def _read_ending(lowered: str, traits: int) -> int:
    """Return the bits of a word by its ending."""
    if lowered.endswith("ed"):
        return ENDS_IN_ED
    if lowered.endswith("n't"):
        return HELPER | _VERB
    if not traits & LOWERCASE:
        return 0
    if lowered.endswith("ly"):
        return 0 if traits & _NO_ADVERB else ADVERB | HELPER
    if not lowered.endswith("s"):
        return 0
    is_possible = len(lowered) > 3 and lowered[-2] not in "su" and not traits & _SPEECH_FORM
    return (ANY_VERB if len(lowered) > 4 else 0) | (POSSIBLE_S if is_possible else 0)


def _read_contraction(lowered: str) -> int:
    """Return the bits of a word with an apostrophe: he'd, Brandt's."""
    bits = PRONOUN_OR_CONTRACTION if lowered.partition("'")[0] in PRONOUNS else 0
    if not lowered.endswith("s'"):
        bits |= SURE_VERB
    if lowered.rpartition("'")[2] in ("re", "ve", "ll", "d", "m"):
        bits |= _VERB
    return bits


def _name_shape(lowered: str, traits: int) -> str:
    """Return the class of a word by its letters or its list."""
    if traits & CAPITALIZED:
        return "capital"
    if traits & NUMERIC:
        return "digit"
    shape = _SHAPES.get(lowered)
    if shape is not None:
        return shape
    if lowered.endswith("ing"):
        return "ing"
    return "finite" if traits & FINITE else "adverb" if traits & ADVERB else "word"


WORDS, SIGNS = _KnownWords(_describe_word), _KnownWords(_describe_sign)
"""Descriptions by word, and by run of one sign: `WORDS["said"].traits`."""
