"""The confidence of a speaker is a measured share."""

from newsmill.quotes.speaker_confidence import MEASURED_SHARES, classify_surface, estimate_confidence


def test_every_share_is_one_and_every_rule_has_one_for_any_speaker():
    assert all(0 < share < 1 for shares in MEASURED_SHARES.values() for share in shares.values())
    assert all("any" in shares for shares in MEASURED_SHARES.values())


def test_the_nearest_common_noun_is_less_sure_than_a_name():
    assert estimate_confidence("speaker_cue_quote", "Ana Brandt") > estimate_confidence("speaker_cue_quote", "the wall")


def test_a_speaker_is_a_pronoun_a_name_or_a_noun():
    assert [classify_surface(surface) for surface in ("she", "mayor Ana Brandt", "the council")] == [
        "pronoun",
        "name",
        "noun",
    ]
