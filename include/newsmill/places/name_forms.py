"""Finds candidate place names in a tagged name: `Torrington` in `Torrington Fire Department`, both in `Oslo-Bergen`."""

import re
from functools import lru_cache

from newsmill.glossary import GLOSSARY
from newsmill.languages.word_lists import any_of, read_words
from newsmill.nlp import name_lists
from newsmill.nlp.name_flags import GIVEN, load_name_flags
from newsmill.places import FEATURE_TYPES
from newsmill.places.area_names import ABBREVIATIONS, SHORT_NAMES
from newsmill.places.gazetteer import fold_name, has_place, is_state

PERSON, ORGANIZATION, PLACE = GLOSSARY["entity_type"].values
# How a name was found: by tag, at the start of a longer name, as the area after a comma, at a hyphen;
# as the name of a region, a natural feature or a site, which is not looked up.
(AS_PLACE, AS_PERSON, AS_ORGANIZATION, AS_SEAT, AS_AREA, AS_HYPHENED, AS_REGION, AS_NATURAL, AS_SITE) = range(9)
DETECTIONS = ("place_tag", "person_tag", "organization_tag", "seat", "area_behind", "hyphen", *FEATURE_TYPES)
FEATURE_KINDS = dict(zip((AS_REGION, AS_NATURAL, AS_SITE), FEATURE_TYPES, strict=True))
"""The type of a place that is found as a feature and not looked up."""
Form = tuple[int, int, str, int]
"""(start, end) within a tagged name, the name for the lookup, how the name was found."""

MAX_PLACE_WORDS = 4
_JOINED = re.compile(r", |-|/")
_PARTY = re.compile(r"\b(?:D|R|I|DFL|GOP|Ind)-([A-Z].*)")
# The meaning of each list is a comment in languages/en/places.toml.
_PARTS, _SEATS, _OTHER_BODIES, _JOINTS, _SITES, _NATURAL_WORDS, _NATURAL_OPENERS, _AREA_WORDS = (
    any_of(read_words("en", "places", name))
    for name in (
        "part_words", "seat_words", "other_body_stems", "seat_joints", "site_words", "natural_words", "natural_openers",
        "area_words",
    )
)  # fmt: skip
_FEATURES = {
    fold_name(name): kind
    for kind, topic in ((AS_SITE, "sites"), (AS_NATURAL, "natural_features"), (AS_REGION, "regions"))
    for name in read_words("en", "geography", topic)
}
_ARTICLE = re.compile(r"[Tt]he ")
_PART = re.compile(rf"(?:{_PARTS})[ -]")
_SEAT = re.compile(rf"(?!.*\b(?:{_OTHER_BODIES})).+?(?:['’]s)? (?:[A-Z&][\w'’.]* |(?:{_JOINTS}) ){{0,4}}(?:{_SEATS})\b")
_SITE = re.compile(rf".+ (?:{_SITES})")
_NATURAL = re.compile(rf".+ (?:{_NATURAL_WORDS})|(?:{_NATURAL_OPENERS}) .+")
_AREA_WORD = re.compile(rf" (?:{_AREA_WORDS})\Z")
_NO_SEATS = name_lists.TITLE_MODIFIERS | name_lists.FUNCTION_WORDS | name_lists.PLACE_HEADS
_NO_SEATS |= frozenset(read_words("en", "places", "office_openers"))
"""Frequent first words of office names, although some town has the same name."""


@lru_cache(maxsize=1 << 16)
def place_forms(surface: str, kind: str, canonical_name: str) -> tuple[Form, ...]:
    """Return the candidate place names in a tagged name; none for March and August, with any tag."""
    if surface in name_lists.TIMES:
        return ()
    if party := _PARTY.fullmatch(surface):
        return ((party.start(1), len(surface), party[1], AS_PLACE),)
    if kind == PERSON:
        return _whole_name(surface, surface, AS_PERSON) if _may_be_misread_person(surface, canonical_name) else ()
    spelled = surface.replace(" ,", ",")
    listed = _look_up_feature(_ARTICLE.sub("", spelled, count=1))
    if listed:
        return _whole_name(surface, spelled, listed) if kind == PLACE else ()
    if has_place(spelled) and not (kind == PLACE and spelled in ABBREVIATIONS):
        return _whole_name(surface, spelled, AS_PLACE if kind == PLACE else AS_ORGANIZATION)
    return _forms_of_organization(surface) if kind == ORGANIZATION else _forms_of_place(surface)


def _may_be_misread_person(person: str, canonical_name: str) -> bool:
    """Return whether a person's name is also a place name, without a fuller form in the article or a given name."""
    given, space, _ = person.partition(" ")
    is_full = space and load_name_flags().words.get(given, 0) & GIVEN
    return canonical_name == person and not is_full and has_place(person)


def _whole_name(surface: str, name: str, detection: int) -> tuple[Form, ...]:
    return ((0, len(surface), name, detection),)


def _forms_of_organization(surface: str) -> tuple[Form, ...]:
    seat = _leading_place(_SEAT, surface)
    return ((0, len(seat), seat, AS_SEAT),) if seat and seat not in _NO_SEATS and not is_state(seat) else ()


def _forms_of_place(surface: str) -> tuple[Form, ...]:
    """Return the forms of a name tagged as a place: parts of a pair, the whole name, or the kind of a feature."""
    if parts := _joined_places(surface):
        return parts
    if surface in ABBREVIATIONS and surface not in SHORT_NAMES:
        return _whole_name(surface, ABBREVIATIONS[surface], AS_PLACE)
    bare = _ARTICLE.sub("", surface, count=1)
    stem = _AREA_WORD.sub("", bare)
    if stem != bare and has_place(stem) and not has_place(bare):
        return _whole_name(surface, stem, AS_PLACE)
    return _whole_name(surface, bare, _classify_feature(bare) or AS_PLACE)


def _look_up_feature(name: str) -> int:
    """Return how a listed region, natural feature or site was found, in any case; 0 for a name in no list."""
    return _FEATURES.get(fold_name(name), 0)


def is_listed_region(name: str) -> bool:
    """Return whether a name is in the list of regions."""
    return _look_up_feature(name) == AS_REGION


def _classify_feature(name: str) -> int:
    """Return the kind of a feature by the list or the words of the name; 0 for a place of the gazetteer."""
    if listed := _look_up_feature(name):
        return listed
    if has_place(name):
        return 0
    if _PART.match(name):
        return AS_REGION
    if _NATURAL.fullmatch(name):
        return AS_NATURAL
    return AS_SITE if _SITE.fullmatch(name) else 0


def _leading_place(pattern: re.Pattern[str], surface: str) -> str | None:
    """Return the longest place name at the start of a longer name."""
    if not pattern.match(surface):
        return None
    words = surface.split(" ")
    prefixes = (" ".join(words[:count]) for count in range(min(len(words) - 1, MAX_PLACE_WORDS), 0, -1))
    return next(filter(has_place, (name.removesuffix("'s").removesuffix("’s") for name in prefixes)), None)


def _joined_places(surface: str) -> tuple[Form, ...]:
    """Return the parts of `Boise, Idaho`, `Oslo-Bergen`, `Clay/Otter Tail`, if the gazetteer has all of them."""
    edges = [edge for cut in _JOINED.finditer(surface) for edge in cut.span()]
    spans = list(zip([0, *edges[1::2]], [*edges[::2], len(surface)], strict=True))
    if len(spans) == 1 or not all(has_place(surface[start:end]) for start, end in spans):
        return ()
    return tuple((start, end, surface[start:end], AS_PLACE) for start, end in spans)
