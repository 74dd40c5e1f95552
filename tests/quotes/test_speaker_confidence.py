"""The confidence of a speaker is a share that was measured."""

from newsmill.quotes.speaker_confidence import CONFIDENCE, confidence, kind_of


def test_every_share_is_one_and_every_rule_has_one_for_any_speaker():
    assert all(0 < share < 1 for shares in CONFIDENCE.values() for share in shares.values())
    assert all("any" in shares for shares in CONFIDENCE.values())


def test_the_nearest_common_noun_is_less_sure_than_a_name():
    assert confidence("speaker_cue_quote", "Ana Brandt") > confidence("speaker_cue_quote", "the wall")


def test_a_speaker_is_a_pronoun_a_name_or_a_noun():
    assert [kind_of(surface) for surface in ("she", "mayor Ana Brandt", "the council")] == ["pronoun", "name", "noun"]
