"""What a tagged name may be or hold of places: the town of `Torrington Fire Department`, both of `Oslo-Bergen`."""

import re
from functools import lru_cache

from newsmill.glossary import GLOSSARY
from newsmill.nlp import name_lists
from newsmill.nlp.name_flags import GIVEN, knowledge
from newsmill.places.gazetteer import is_country, is_named

PERSON, ORGANIZATION, PLACE = GLOSSARY["entity_type"].values
# How a name was found: by its tag, as what a longer name opens with, as the area behind a comma, beside a hyphen.
AS_PLACE, AS_PERSON, AS_ORGANIZATION, AS_SEAT, AS_SITE, AS_AREA, AS_HYPHENED = range(7)
HOW_FOUND = ("place_tag", "person_tag", "organization_tag", "seat", "site", "area_behind", "hyphen")
Form = tuple[int, int, str, int]
"""First and past character within a tagged name, the name as it is looked up, how it was found."""

LONGEST = 4
_JOINED = re.compile(r", |-|/")
_PARTY = re.compile(r"\b(?:D|R|I|DFL|GOP|Ind)-([A-Z].*)")
_PART = re.compile(
    r"(?:(?:North|South)(?:east|west)?(?:ern)?|East(?:ern)?|West(?:ern)?|Central|Greater|Upper|Lower|Downtown|Upstate|Rural|"
    r"[Tt]he) ")  # fmt: skip
# the bodies of a place that bear its name; universities and clubs bear names of people and far places too
_SEAT = re.compile(
    r"(?!.*\b(?:Universit|College|Institut|Academy|Museum|Hall of))"
    r".+?(?:['’]s)? (?:[A-Z&][\w'’.]* |of |and |for |on ){0,4}"
    r"(?:Police|Sheriff|Sheriff['’]?s|Fire|Council|Council(?:man|woman)|Department|Departments|Commission|"
    r"Commissioners|Board|High|Elementary|School|Schools|Education|Hospital|Chamber|Court|Courthouse|Library|Jail|"
    r"Prosecutor|Attorney|Manager|Supervisors|Fairgrounds|Clerk|Works|Transit|Housing|Health|Airport|Zoo|Legislature|"
    r"Rescue|Rotary|Lions|Bureau|Fair|Water|(?:City|Town|Village) Hall|Authority|Agency|Pantry|Parks|Recreation|"
    r"Services|Office|District|Township)\b")  # fmt: skip
_SITE = re.compile(
    r".+? (?:(?:City|County|International|Regional|Municipal|Memorial|Community|Veterans|Central|State|General|"
    r"Public|National|Civic|Maternity|Executive) )*(?:Park|Airport|Zoo|Hospital|Center|Centre|Marina|Library|Stadium|"
    r"Arena|Courthouse|Hall|Museum|Station|Jail|Prison|Fairgrounds|Harbor|Harbour|Port|School|Cemetery|Beach|Mall|"
    r"Valley|Island|River|area|metro|farm|Twp\.?|Township|Bridge|Plaza)$")  # fmt: skip
_NO_SEATS = name_lists.TITLE_MODIFIERS | name_lists.FUNCTION_WORDS | name_lists.PLACE_HEADS
_NO_SEATS |= frozenset("North South East West Metro Midwest".split())
"""What names of offices open with everywhere, though some town is called so."""


@lru_cache(maxsize=1 << 16)
def forms(surface: str, kind: str, canonical_name: str) -> tuple[Form, ...]:
    """Return the places that a tagged name may be or hold; March and August are months, whatever was tagged."""
    if surface in name_lists.TIMES:
        return ()
    if party := _PARTY.fullmatch(surface):
        return ((party.start(1), len(surface), party[1], AS_PLACE),)
    if kind == PERSON:
        return _whole(surface, surface, AS_PERSON) if _may_be_misread(surface, canonical_name) else ()
    spelled = surface.replace(" ,", ",")
    if is_named(spelled):
        return _whole(surface, spelled, AS_PLACE if kind == PLACE else AS_ORGANIZATION)
    return _of_organization(surface) if kind == ORGANIZATION else _of_place(surface)


def _may_be_misread(person: str, canonical_name: str) -> bool:
    """Tell whether a place bears the name of a person who is nowhere called more fully, nor by a given name."""
    given, space, _ = person.partition(" ")
    is_full = space and knowledge().words.get(given, 0) & GIVEN
    return canonical_name == person and not is_full and is_named(person)


def _whole(surface: str, name: str, how: int) -> tuple[Form, ...]:
    return ((0, len(surface), name, how),)


def _of_organization(surface: str) -> tuple[Form, ...]:
    seat = _opening(_SEAT, surface)
    return ((0, len(seat), seat, AS_SEAT),) if seat and seat not in _NO_SEATS and not is_country(seat) else ()


def _of_place(surface: str) -> tuple[Form, ...]:
    if parts := _parts(surface):
        return parts
    bare = _PART.sub("", surface, count=1)
    if bare != surface and is_named(bare):
        return _whole(surface, bare, AS_PLACE)
    site = _opening(_SITE, surface)
    return _whole(surface, site, AS_SITE) if site else _whole(surface, surface, AS_PLACE)


def _opening(pattern: re.Pattern, surface: str) -> str | None:
    """Return the place that a longer name opens with, of several the longest."""
    if not pattern.match(surface):
        return None
    words = surface.split(" ")
    openings = (" ".join(words[:count]) for count in range(min(len(words) - 1, LONGEST), 0, -1))
    return next(filter(is_named, (name.removesuffix("'s").removesuffix("’s") for name in openings)), None)


def _parts(surface: str) -> tuple[Form, ...]:
    """Return the places of `Boise, Idaho`, `Oslo-Bergen`, `Clay/Otter Tail`, if all of them are known."""
    edges = [edge for cut in _JOINED.finditer(surface) for edge in cut.span()]
    spans = list(zip([0, *edges[1::2]], [*edges[::2], len(surface)], strict=True))
    if len(spans) == 1 or not all(is_named(surface[first:past]) for first, past in spans):
        return ()
    return tuple((first, past, surface[first:past], AS_PLACE) for first, past in spans)
