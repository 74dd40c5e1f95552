"""Whose voice each piece is: the kind of its speaker, pronouns followed back, and the outlets it came through."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from newsmill.quotes.quotations import Quotation
from newsmill.quotes.speakers import UNKNOWN, Attribution, classify, named_before, outlet
from newsmill.quotes.speech_tokens import Span

PRONOUN_PARAGRAPHS = 3
PERSONAL_PRONOUNS = frozenset("he she his her".split())
IMPERSONAL_PRONOUNS = frozenset("they it their its which that".split())
THIRD_PERSON_PRONOUNS = PERSONAL_PRONOUNS | IMPERSONAL_PRONOUNS
UNNAMED_OUTLET = "media"


class ResolvedAttribution(NamedTuple):
    """The kind of a speaker, the outlet that heard him and the one that reports it, by their names."""

    attribution: Attribution
    heard_by: str | None
    reported_by: str | None


def resolve_attributions(text: str, pieces: Iterable[Quotation]) -> Iterator[ResolvedAttribution]:
    """Yield the voice of each piece; a pronoun is the speaker before it, "the daily" the outlet named last."""
    latest, paragraph, outlet_named = UNKNOWN, -PRONOUN_PARAGRAPHS, None
    for piece in pieces:
        found, speaker = UNKNOWN, piece.ascribed.speaker
        if speaker:
            surface = text[slice(*speaker)]
            found = classify(surface)
            if surface.lower() in THIRD_PERSON_PRONOUNS:
                known = piece.paragraph - paragraph <= PRONOUN_PARAGRAPHS and _pronoun_agrees(surface.lower(), latest)
                found = latest if known else named_before(text, speaker[0], surface)
            latest, paragraph = found, piece.paragraph
        heard_by = _name_outlet(text, piece.ascribed.heard_by, outlet_named)
        # "told Axios, the daily reported": the daily is not the outlet that was told
        other = None if outlet_named == heard_by else outlet_named
        reported_by = _name_outlet(text, piece.ascribed.reported_by, other)
        own = _name_outlet(text, speaker, None) if found.attribution_class == UNNAMED_OUTLET else None
        named = [name for name in (heard_by, reported_by, own) if name not in (None, UNNAMED_OUTLET)]
        outlet_named = named[-1] if named else outlet_named
        yield ResolvedAttribution(found, heard_by, reported_by)


def _name_outlet(text: str, span: Span | None, known: str | None) -> str | None:
    """Return the name of an outlet, of one without a name the last known, of anyone else none."""
    name = outlet(text[slice(*span)]) if span else "none"
    if name == "none":
        return None
    is_definite = span is not None and text[slice(*span)].lower().startswith("the ")
    return known if name == UNNAMED_OUTLET and known and is_definite else name


def _pronoun_agrees(pronoun: str, attribution: Attribution) -> bool:
    personal = attribution.attribution_class in ("named", "unnamed", "anonymous_official")
    return (
        personal
        if pronoun in PERSONAL_PRONOUNS
        else attribution.attribution_class != "named" and attribution != UNKNOWN
    )
