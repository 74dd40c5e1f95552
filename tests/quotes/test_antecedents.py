"""Possible speakers are described by their place in the text."""

from newsmill.quotes.antecedents import Antecedents, Reference
from newsmill.quotes.name_mentions import PERSON, ArticleNames, NameMention


def _make_mention(text: str, name: str) -> NameMention:
    start = text.index(name)
    return NameMention(start, start + len(name), PERSON, name, name, None, 0)


def test_a_name_behind_a_nested_quotation_is_quoted_and_a_name_behind_the_outer_one_is_not():
    text = "“Ida Marlow cried ‘the dam is gone’ and Tom Brandt ran,” said Ute Oake. He wept."
    names = ArticleNames([_make_mention(text, name) for name in ("Ida Marlow", "Tom Brandt", "Ute Oake")])
    outer, inner = (0, text.index("”") + 1), (text.index("‘"), text.index("’") + 1)
    candidates = Antecedents(text, names, [outer, inner]).list_candidates(Reference("he", "", text.index("He"), 0, 1))
    is_quoted = {c.mention.entity_id: "quoted" in c.features for c in candidates if c.mention}
    assert is_quoted == {"Ida Marlow": True, "Tom Brandt": True, "Ute Oake": False}


def test_a_name_within_the_words_said_is_marked_as_such():
    text = "“Tom Brandt ran,” he said. Ute Oake wept."
    names = ArticleNames([_make_mention(text, "Tom Brandt")])
    words = (0, text.index("”") + 1)
    candidates = Antecedents(text, names, [words]).list_candidates(Reference("he", "", text.index("he"), 0, 0, words))
    assert "own_words" in candidates[-1].features
