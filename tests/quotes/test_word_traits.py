"""A word is described once by its lists, its form and its first character."""

import pytest

from newsmill.quotes import word_traits
from newsmill.quotes.word_traits import (
    ADVERB,
    ANY_VERB,
    CAPITALIZED,
    CLAUSE_VERB,
    ENDS_IN_ED,
    FINITE,
    HELPER,
    NOUN_LIKE,
    POSSIBLE_ED,
    POSSIBLE_S,
    PREPOSITION,
    PRONOUN,
    PRONOUN_OR_CONTRACTION,
    ROLE,
    SIGNS,
    SURE_VERB,
    VERB_LIKE,
    WORDS,
)


@pytest.mark.parametrize(
    ("word", "has", "lacks", "shape"),
    [
        ("flooded", FINITE | CLAUSE_VERB | ANY_VERB | VERB_LIKE | ENDS_IN_ED | POSSIBLE_ED, SURE_VERB, "finite"),
        ("Flooded", ENDS_IN_ED | CAPITALIZED | NOUN_LIKE, FINITE | VERB_LIKE | POSSIBLE_ED, "capital"),
        ("hadn’t", FINITE | HELPER | SURE_VERB, PRONOUN_OR_CONTRACTION, "finite"),
        ("he’d", FINITE | PRONOUN_OR_CONTRACTION | SURE_VERB, PRONOUN, "finite"),
        ("he", PRONOUN | PRONOUN_OR_CONTRACTION, FINITE, "pronoun"),
        ("mayor", ROLE | NOUN_LIKE, VERB_LIKE | ANY_VERB, "word"),
        ("slowly", ADVERB | HELPER, FINITE, "adverb"),
        ("family", 0, ADVERB | HELPER, "word"),
        ("bridges", ANY_VERB | POSSIBLE_S, FINITE | CLAUSE_VERB, "word"),
        ("glass", ANY_VERB, POSSIBLE_S | FINITE, "word"),
        ("from", PREPOSITION, ADVERB | NOUN_LIKE, "preposition"),
        ("31st", 0, CAPITALIZED | ANY_VERB, "digit"),
    ],
)
def test_a_word_has_the_traits_of_its_form_and_its_lists(word, has, lacks, shape):
    description = WORDS[word]
    assert description.traits & has == has
    assert not description.traits & lacks
    assert description.shape == shape
    assert description.lowered == word.lower().replace("’", "'")


def test_a_sign_is_its_own_shape_and_no_word():
    assert SIGNS["—"] == ("—", 0, "—")
    assert SIGNS["’"] == ("'", SURE_VERB, "’")


def test_the_table_of_known_words_is_bounded(monkeypatch):
    monkeypatch.setattr(word_traits, "MAX_KNOWN_WORDS", 3)
    words = type(WORDS)(WORDS._describe)
    assert [words[word].lowered for word in ("Ada", "Bo", "Cy", "Di", "Ada")] == ["ada", "bo", "cy", "di", "ada"]
    assert len(words) <= 3
