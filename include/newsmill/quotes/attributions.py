"""Resolves the speaker of each quotation: the class of the speaker, pronouns, and the named outlets."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from newsmill.quotes.quotations import Quotation
from newsmill.quotes.speakers import (
    IMPERSONAL_PRONOUNS,
    PERSONAL_PRONOUNS,
    UNKNOWN,
    Attribution,
    classify,
    classify_pronoun,
    find_outlet,
)
from newsmill.quotes.speech_tokens import Span

PRONOUN_PARAGRAPHS = 3
"""A pronoun refers to the last speaker at most this many paragraphs away. Set by hand, not measured."""
THIRD_PERSON_PRONOUNS = PERSONAL_PRONOUNS | IMPERSONAL_PRONOUNS
UNNAMED_OUTLET = "media"


class ResolvedAttribution(NamedTuple):
    """The class of a speaker, and the names of two outlets.

    `interviewing_outlet`: the outlet the speaker talked to. `citing_outlet`: the outlet reporting the words.
    """

    speaker_class: Attribution
    interviewing_outlet: str | None
    citing_outlet: str | None


def resolve_attributions(text: str, quotations: Iterable[Quotation]) -> Iterator[ResolvedAttribution]:
    """Yield the resolved attribution of each quotation, in order.

    A pronoun takes the class of the previous speaker. "The daily" takes the name of the last named outlet.
    """
    last_speaker, last_paragraph, last_outlet = UNKNOWN, -PRONOUN_PARAGRAPHS, None
    for quotation in quotations:
        speaker_class, speaker = UNKNOWN, quotation.attribution.speaker
        if speaker:
            surface = text[slice(*speaker)]
            speaker_class = classify(surface)
            if surface.lower() in THIRD_PERSON_PRONOUNS:
                is_antecedent = quotation.paragraph - last_paragraph <= PRONOUN_PARAGRAPHS and _pronoun_agrees(
                    surface.lower(), last_speaker
                )
                speaker_class = last_speaker if is_antecedent else classify_pronoun(text, speaker[0], surface)
            last_speaker, last_paragraph = speaker_class, quotation.paragraph
        interviewing_outlet = _name_outlet(text, quotation.attribution.interviewing_outlet, last_outlet)
        # In "said to Axios, the daily reported" the daily is not Axios, the interviewing outlet.
        unlike_interviewer = None if last_outlet == interviewing_outlet else last_outlet
        citing_outlet = _name_outlet(text, quotation.attribution.citing_outlet, unlike_interviewer)
        speaking_outlet = (
            _name_outlet(text, speaker, None) if speaker_class.attribution_class == UNNAMED_OUTLET else None
        )
        named_outlets = [
            name for name in (interviewing_outlet, citing_outlet, speaking_outlet) if name not in (None, UNNAMED_OUTLET)
        ]
        last_outlet = named_outlets[-1] if named_outlets else last_outlet
        yield ResolvedAttribution(speaker_class, interviewing_outlet, citing_outlet)


def _name_outlet(text: str, span: Span | None, last_outlet: str | None) -> str | None:
    """Return the name of an outlet, or None where the span names none.

    An outlet without a name, such as "the daily", takes the name of the last named outlet.
    """
    name = find_outlet(text[slice(*span)]) if span else "none"
    if name == "none":
        return None
    is_definite = span is not None and text[slice(*span)].lower().startswith("the ")
    return last_outlet if name == UNNAMED_OUTLET and last_outlet and is_definite else name


def _pronoun_agrees(pronoun: str, attribution: Attribution) -> bool:
    """Return whether a pronoun may refer to a speaker of a class."""
    is_person = attribution.attribution_class in ("named", "unnamed", "anonymous_official")
    return (
        is_person
        if pronoun in PERSONAL_PRONOUNS
        else attribution.attribution_class != "named" and attribution != UNKNOWN
    )
