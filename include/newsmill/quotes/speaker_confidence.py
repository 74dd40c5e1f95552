"""Gives the confidence of a speaker: the measured share of right speakers by rule.

`benchmarks/quality/quotes.py --calibrate polnear_train` measures the shares; the annotators of the corpus decide.
docs/quotes.md compares them with the shares on text outside the measurement.
"""

from functools import lru_cache

from newsmill.quotes.cue_words import PRONOUNS
from newsmill.quotes.noun_phrases import OBJECT_PRONOUNS
from newsmill.quotes.speakers import POSSESSIVE_PRONOUNS

MEASURED_SHARES = {
    "according_to": {"name": 0.94, "noun": 0.87, "any": 0.91},
    "announced": {"name": 0.78, "noun": 0.84, "pronoun": 0.81, "any": 0.82},
    "cited": {"noun": 0.65, "any": 0.78},
    "clause_end": {"name": 0.88, "noun": 0.84, "pronoun": 0.97, "any": 0.9},
    "colon": {"name": 0.81, "any": 0.84},
    "cue_noun": {"name": 0.69, "noun": 0.65, "pronoun": 0.65, "any": 0.72},
    "cue_speaker": {"name": 0.98, "noun": 0.97, "pronoun": 0.89, "any": 0.98},
    "cue_speaker_quote": {"name": 0.95, "any": 0.94},
    "loose_colon": {"name": 0.74, "noun": 0.71, "pronoun": 0.81, "any": 0.78},
    "next_paragraph": {"name": 0.79, "noun": 0.7, "pronoun": 0.72, "any": 0.77},
    "only_speaker": {"any": 0.9},
    "participle": {"name": 0.88, "noun": 0.55, "pronoun": 0.89, "any": 0.86},
    "passive": {"name": 0.6, "any": 0.74},
    "possessor": {"name": 0.7, "noun": 0.56, "pronoun": 0.6, "any": 0.67},
    "quoted_as_saying": {"noun": 0.77, "any": 0.85},
    "reported_according": {"name": 0.98, "noun": 0.97, "any": 0.98},
    "reported_around": {"name": 0.99, "noun": 0.91, "pronoun": 0.98, "any": 0.97},
    "reported_bare": {"name": 0.94, "noun": 0.81, "pronoun": 0.91, "any": 0.92},
    "reported_clause": {"name": 0.95, "noun": 0.59, "pronoun": 0.9, "any": 0.91},
    "reported_front": {"name": 0.97, "noun": 0.93, "pronoun": 0.94, "any": 0.95},
    "reported_intent": {"name": 0.87, "noun": 0.9, "pronoun": 0.86, "any": 0.87},
    "reported_object": {"name": 0.82, "noun": 0.78, "pronoun": 0.87, "any": 0.84},
    "reported_that": {"name": 0.96, "noun": 0.81, "pronoun": 0.92, "any": 0.93},
    "reported_words": {"name": 0.91, "noun": 0.75, "pronoun": 0.88, "any": 0.88},
    "same_speech": {"name": 0.97, "noun": 0.93, "pronoun": 0.97, "any": 0.97},
    "same_speech_ahead": {"pronoun": 0.77, "any": 0.85},
    "sentence_before": {"name": 0.87, "noun": 0.82, "pronoun": 0.83, "any": 0.86},
    "speaker_cue": {"name": 0.97, "noun": 0.92, "pronoun": 0.98, "any": 0.97},
    "speaker_cue_quote": {"name": 0.91, "noun": 0.59, "pronoun": 0.86, "any": 0.86},
}
LEAST_ANTECEDENT_SHARE = 0.6
"""Share of right antecedents as the probability of antecedents.py nears 0: its weights are small, so it is unsure.

On unseen sites of recent news the expected calibration error is .024 at .35, .018 at .5, .011 at .6 and .7; on
polnear_dev it is .026 at .35 and .013 at .6."""
CONFIDENCE_DIGITS = 6
"""Decimals of a confidence: the last bits of an exponential depend on the C library. Set by hand; 3 to 12 would do."""
# No corpus names the inner speaker of nested speech, so "nested" takes the shares of the rule that finds it.
SUBSTITUTE_RULES = {"nested": "speaker_cue_quote"}
PRONOUN_SURFACES = PRONOUNS | POSSESSIVE_PRONOUNS | OBJECT_PRONOUNS


@lru_cache(maxsize=20_000)
def classify_surface(surface: str) -> str:
    """Return whether the words for a speaker are a pronoun, a name (first or last word capitalised) or a noun."""
    if surface.lower() in PRONOUN_SURFACES:
        return "pronoun"
    return "name" if surface[0].isupper() or surface.rpartition(" ")[2][0].isupper() else "noun"


def estimate_confidence(rule: str, surface: str, probability: float = 1.0) -> float:
    """Return the measured share of right speakers for a rule and kind of words, times that of the antecedent."""
    shares = MEASURED_SHARES[SUBSTITUTE_RULES.get(rule, rule)]
    share = shares.get(classify_surface(surface), shares["any"])
    return round(share * (LEAST_ANTECEDENT_SHARE + (1 - LEAST_ANTECEDENT_SHARE) * probability), CONFIDENCE_DIGITS)
