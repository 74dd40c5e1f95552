"""The confidence of a speaker is a measured share."""

from math import nextafter

from newsmill.quotes.speaker_confidence import MEASURED_SHARES, classify_surface, estimate_confidence


def test_every_share_is_one_and_every_rule_has_one_for_any_speaker():
    assert all(0 < share < 1 for shares in MEASURED_SHARES.values() for share in shares.values())
    assert all("any" in shares for shares in MEASURED_SHARES.values())


def test_the_nearest_common_noun_is_less_sure_than_a_name():
    assert estimate_confidence("speaker_cue_quote", "Ana Brandt") > estimate_confidence("speaker_cue_quote", "the wall")


def test_the_last_bit_of_a_probability_moves_no_confidence():
    probabilities = [1 / (1 + i) for i in range(1, 200)]
    confidences = [estimate_confidence("speaker_cue", "she", probability) for probability in probabilities]
    moved = [estimate_confidence("speaker_cue", "she", nextafter(probability, 1)) for probability in probabilities]
    assert moved == confidences and len(set(confidences)) == len(confidences)


def test_a_speaker_is_a_pronoun_a_name_or_a_noun():
    assert [classify_surface(surface) for surface in ("she", "mayor Ana Brandt", "the council")] == [
        "pronoun",
        "name",
        "noun",
    ]
