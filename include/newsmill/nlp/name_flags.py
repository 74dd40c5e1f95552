"""Flags of the words in names: given name, town, title …; loaded once, on first use."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from newsmill.nlp import name_lists

GIVEN, SURNAME, COMMON, COUNTRY, CITY, TOWN, PEOPLE, TIME, TITLE = (1 << n for n in range(9))
ORG_HEAD, ORG_FORM, EVENT, PLACE_HEAD, FUNCTION, OTHER, MODIFIER = (1 << n for n in range(9, 16))
PLACE = COUNTRY | CITY | TOWN


@dataclass(frozen=True)
class NameFlags:
    """`words`: flags by word as in the news; `places`, `organizations`, `others`: names of one or more words."""

    words: dict[str, int]
    places: dict[str, int]
    organizations: frozenset[str]
    others: frozenset[str]


@cache
def load_name_flags() -> NameFlags:
    """Return the flags of all words and the known names."""
    words: dict[str, int] = {}
    for flag, members in _list_by_flag():
        for word in members:
            words[word] = words.get(word, 0) | flag
    return NameFlags(words, _read_places(), name_lists.KNOWN_ORGANIZATIONS, name_lists.OTHER_NAMES)


def _list_by_flag() -> Iterator[tuple[int, Iterable[str]]]:
    titles = {
        f"{t}." for t in name_lists.RANKS | name_lists.HONORIFICS | name_lists.OFFICES if len(t) <= 5
    } | name_lists.TITLES
    yield GIVEN, read_lines("given_names.txt")
    yield SURNAME, read_lines("surnames.txt")
    yield COMMON, [word.capitalize() for word in read_lines("common_words.txt")]
    yield PEOPLE, name_lists.DEMONYMS
    yield TIME, name_lists.TIMES
    yield TITLE, titles
    yield ORG_HEAD, name_lists.ORGANIZATION_HEADS
    yield ORG_FORM, name_lists.COMPANY_FORMS
    yield EVENT, name_lists.EVENT_HEADS
    yield PLACE_HEAD, name_lists.PLACE_HEADS
    yield FUNCTION, name_lists.FUNCTION_WORDS
    yield OTHER, name_lists.OTHER_NAMES
    yield MODIFIER, name_lists.TITLE_MODIFIERS


def _read_places() -> dict[str, int]:
    places = dict.fromkeys(read_lines("towns.txt"), TOWN)
    places |= dict.fromkeys(read_lines("cities.txt"), CITY)
    places |= dict.fromkeys(read_lines("countries.txt"), COUNTRY)
    return places | dict.fromkeys(name_lists.KNOWN_PLACES, COUNTRY)


TYPED_NAMES = (
    "company", "medium", "team", "body", "party", "school", "person", "prominent_surname", "region", "venue", "other"
)  # fmt: skip


@cache
def load_typed_names() -> dict[str, list[str]]:
    """Return the names of open lists by kind."""
    return {kind: read_lines(f"known_{kind}.txt") for kind in TYPED_NAMES}


@cache
def load_given_names(gender: str) -> frozenset[str]:
    """Return the given names that are almost only men's (`male`) or women's (`female`)."""
    return frozenset(read_lines(f"{gender}_names.txt"))


def read_lines(name: str) -> list[str]:
    """Return the lines of a list in `data`."""
    return files("newsmill.nlp").joinpath("data", name).read_text("utf8").splitlines()
