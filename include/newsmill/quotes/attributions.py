"""Whose voice each piece is: the kind of its speaker, pronouns followed back, and the outlets it came through."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from newsmill.quotes.quotations import Piece
from newsmill.quotes.speakers import UNKNOWN, Attribution, classify, named_before, outlet
from newsmill.quotes.speech_tokens import Span

SOON = 3
PERSONAL = frozenset("he she his her".split())
IMPERSONAL = frozenset("they it their its which that".split())
PRONOUNS = PERSONAL | IMPERSONAL
UNNAMED_OUTLET = "media"


class Voice(NamedTuple):
    """The kind of a speaker, the outlet that heard him and the one that reports it, by their names."""

    attribution: Attribution
    heard_by: str | None
    reported_by: str | None


def voices(text: str, pieces: Iterable[Piece]) -> Iterator[Voice]:
    """Yield the voice of each piece; a pronoun is the speaker before it, "the daily" the outlet named last."""
    latest, paragraph, outlet_named = UNKNOWN, -SOON, None
    for piece in pieces:
        found, speaker = UNKNOWN, piece.ascribed.speaker
        if speaker:
            surface = text[slice(*speaker)]
            found = classify(surface)
            if surface.lower() in PRONOUNS:
                known = piece.paragraph - paragraph <= SOON and _agrees(surface.lower(), latest)
                found = latest if known else named_before(text, speaker[0], surface)
            latest, paragraph = found, piece.paragraph
        heard_by = _outlet(text, piece.ascribed.heard_by, outlet_named)
        # "told Axios, the daily reported": the daily is not the outlet that was told
        other = None if outlet_named == heard_by else outlet_named
        reported_by = _outlet(text, piece.ascribed.reported_by, other)
        own = _outlet(text, speaker, None) if found.attribution_class == UNNAMED_OUTLET else None
        named = [name for name in (heard_by, reported_by, own) if name not in (None, UNNAMED_OUTLET)]
        outlet_named = named[-1] if named else outlet_named
        yield Voice(found, heard_by, reported_by)


def _outlet(text: str, span: Span | None, known: str | None) -> str | None:
    """Return the name of an outlet, of one without a name the last known, of anyone else none."""
    name = outlet(text[slice(*span)]) if span else "none"
    if name == "none":
        return None
    is_definite = span is not None and text[slice(*span)].lower().startswith("the ")
    return known if name == UNNAMED_OUTLET and known and is_definite else name


def _agrees(pronoun: str, attribution: Attribution) -> bool:
    personal = attribution.attribution_class in ("named", "unnamed", "anonymous_official")
    return personal if pronoun in PERSONAL else attribution.attribution_class != "named" and attribution != UNKNOWN
