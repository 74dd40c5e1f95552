"""Classifies the metonymy of a place name: the location, its government, an institution or a site with the name."""

import re
from functools import lru_cache

from newsmill.languages.word_lists import read_words
from newsmill.places import METONYMY_CLASSES
from newsmill.places.gazetteer import ADMIN1, COUNTRY, NOWHERE, load_gazetteer
from newsmill.places.name_forms import AS_SEAT, AS_SITE, DETECTIONS

LOCATION, GOVERNMENT, INSTITUTION, SITE = METONYMY_CLASSES
_BY_RULE = {DETECTIONS[AS_SEAT]: INSTITUTION, DETECTIONS[AS_SITE]: SITE}
# The meaning of each list is a comment in languages/en/places.toml.
_ACTS, _HELPED, _PREPOSITIONS, _DEALS = (
    "|".join(read_words("en", "places", name))
    for name in ("government_verbs", "helping_words", "place_prepositions", "dealing_words")
)
_ACTING = re.compile(rf" (?:(?:{_HELPED}) ){{0,3}}(?:{_ACTS})\b")
_PLACED = re.compile(rf"\b(?:{_PREPOSITIONS})(?: the)? \Z")
_DEALING = re.compile(rf"\b(?:{_DEALS}) \Z")
WINDOW = 16  # characters before the name searched for a preposition or a verb


def metonymy_class(text: str, start: int, end: int, place: int, rule: str) -> str:
    """Return the metonymy class of the name text[start:end], by the rule of the name and the adjacent words."""
    if rule in _BY_RULE:
        return _BY_RULE[rule]
    return GOVERNMENT if can_govern(place) and _acts_as_government(text, start, end) else LOCATION


@lru_cache(maxsize=1 << 16)
def can_govern(place: int) -> bool:
    """Return whether a place name may mean a government: countries, states, capitals."""
    known = load_gazetteer()
    return place != NOWHERE and bool(known.kind[place] in (COUNTRY, ADMIN1) or known.is_capital[place])


def _acts_as_government(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - WINDOW) : start]
    if _PLACED.search(before):
        return False
    return _ACTING.match(text, end) is not None or _DEALING.search(before) is not None
