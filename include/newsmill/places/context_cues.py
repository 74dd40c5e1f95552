"""The names in one article that may be of places, and what the words around each tell of it."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from operator import itemgetter
from typing import NamedTuple

import pyarrow as pa

from newsmill.nlp.name_flags import COMMON, GIVEN, SURNAME, knowledge
from newsmill.nlp.name_lists import TIMES
from newsmill.nlp.tokens import sentence_starts, tokens
from newsmill.places.area_names import ABBREVIATIONS
from newsmill.places.gazetteer import is_area, is_named, is_state
from newsmill.places.name_forms import (
    AS_AREA,
    AS_HYPHENED,
    AS_ORGANIZATION,
    AS_PERSON,
    AS_SEAT,
    ORGANIZATION,
    PERSON,
    PLACE,
    forms,
)

SEEN = ("within", "towards", "has_title", "listed_county", "has_area", "is_given", "is_surname", "is_common",
        "is_longer", "is_capitals", "of_people", "opens_dateline", "place_elsewhere", "beside_place")  # fmt: skip
"""What may be seen around a name, each a bit."""
(WITHIN, TOWARDS, HAS_TITLE, LISTED_COUNTY, HAS_AREA, IS_GIVEN, IS_SURNAME, IS_COMMON, IS_LONGER, IS_CAPITALS,
 OF_PEOPLE, OPENS_DATELINE, PLACE_ELSEWHERE, BESIDE_PLACE) = (1 << bit for bit in range(len(SEEN)))  # fmt: skip

_WITHIN = """
in near across throughout outside inside around downtown northern southern eastern western northeastern northwestern
southeastern southwestern north south east west central greater uptown rural suburban neighboring neighbouring nearby
""".split()
_TOWARDS = "of from to at between toward towards into through via leaving visiting visited reached".split()
_TITLES = "Mr Mrs Ms Dr Miss Sir Sgt Lt Capt Det Rev Prof Sen Rep Gov Officer Chief Judge Coach".split()
_BEFORE = dict.fromkeys(_WITHIN, WITHIN) | dict.fromkeys(_TOWARDS, TOWARDS)
_BEFORE |= {form: HAS_TITLE for title in _TITLES for form in (title, f"{title}.")}
_PEOPLE = frozenset(
    """
resident residents man woman couple native natives police officials officers mayor teen teenager family firefighters
city town area county residents' homes home business businesses schools students community communities
neighborhood suburb council councilman councilwoman Mayor Councilman Councilwoman Police Fire City County Officer
Detective Alderman Sheriff councillors councilors taxi driver motorist
""".split()
)
_BESIDE = frozenset((", ", " and ", ", and ", " or ", ", or ", " & "))
_AFTER = re.compile(r"['’]?s? ([\w'’]+)")
_AREA = re.compile(r"(?: ?, ?| \()((?:[A-Z][\w'’]*\.?(?:[A-Z]\.)*(?:[ -](?=[A-Z]))?){1,4})")
_BEHIND_NAME = (",", " ,", " (")
# Each word in a capital is read once, be it of a list or not: a search from every capital took time squared.
_COUNTIES = re.compile(r"(?:[A-Z][\w.'’-]*+,? (?:and |or |& )?)++(counties\b)?|[A-Z][\w.'’-]*+")
_DATELINE = re.compile(r"(?:, ?[^\n–—-]{1,24})?(?: ?\([^)\n]{1,24}\))? ?(?:--|[-–—:]) ")
_CAPITALISED = r"(?:[A-Z]\.){2,}|[A-Z][\w'’]+(?: [A-Z][\w'’]+){0,2}"
_HYPHEN = re.compile(r"-(?:(?:based|area|born|bound)\b|(?=[A-Z]))")
_HYPHENED = re.compile(rf"\b(?:(?:D|R|I|DFL)-({_CAPITALISED})|({_CAPITALISED})-(?:based|area|born|bound)\b)")
HYPHEN_REACH, HYPHEN_SURE = 32, 0.9
WORD_REACH = 32
"""Characters before a name in which the word before it is sought; the longest that tells anything has twelve."""
CAPITALS = 4
"""Letters from which a name in capitals is more than an acronym."""
_CUES = WITHIN | HAS_AREA | OF_PEOPLE | LISTED_COUNTY | OPENS_DATELINE | BESIDE_PLACE | PLACE_ELSEWHERE
_SHOWS_PLACE = {AS_PERSON: _CUES | TOWARDS, AS_ORGANIZATION: _CUES}

Mention = tuple[str, int, int, str, str, float, int]
"""Surface, start, end, entity type, canonical name, confidence and sentence of a name as it was tagged: a plain tuple,
since there are thirty an article."""
_NAME_AND_KIND = itemgetter(0, 3)


class Name(NamedTuple):
    """A name that may be of a place: text[start:end]; `name` as it is looked up, `area` what is said to contain it."""

    start: int
    end: int
    name: str
    found: int
    sureness: float
    bits: int
    area: str | None
    sentence: int


def names(text: str, mentions: Sequence[Mention]) -> list[Name]:
    """Return the names of an article that may be of places, in order."""
    counties, spans = _counties(text), [(mention[1], mention[2]) for mention in mentions]
    tagged_spans = Spans(spans)
    full_names = (mention[0].split(" ") for mention in mentions if mention[3] == PERSON and " " in mention[0])
    people = set(chain.from_iterable(full_names))
    tagged = Counter(map(_NAME_AND_KIND, mentions))
    found: list[Name] = []
    for number, (surface, start, _, kind, canonical, sure, sentence) in enumerate(mentions):
        for first, past, name, how in forms(surface, kind, canonical):
            begin, end = start + first, start + past
            if text.startswith(".", end) and f"{name}." in ABBREVIATIONS:
                end, name = end + 1, f"{name}."
            told = _AREA.match(text, end) if text.startswith(_BEHIND_NAME, end) else None
            area = _area(told[1], name) if told else None
            bits = _around(text, begin, end) | _known(name) | (HAS_AREA if area else 0)
            bits |= IS_LONGER if name in people else 0
            bits |= PLACE_ELSEWHERE if tagged.get((name, PLACE), 0) > tagged.get((name, ORGANIZATION), 0) else 0
            bits |= BESIDE_PLACE if kind != PLACE and _is_beside(text, mentions, number) else 0
            bits |= LISTED_COUNTY if counties and _lies_in(counties, begin) else 0
            if not _may_be(how, bits):
                continue
            found.append(Name(begin, end, name, how, sure, bits, area, sentence))
            if area and not tagged_spans.overlap(told.start(1), told.start(1) + len(area)):
                at = told.start(1)
                found.append(Name(at, at + len(area), area, AS_AREA, sure, 0, None, sentence))
    known_spans = Spans((*spans, *((name.start, name.end) for name in found)))
    return sorted((*found, *_hyphened(text, known_spans)))


def _may_be(how: int, bits: int) -> bool:
    """Tell whether a name that was tagged otherwise stands where names of places do."""
    if how == AS_SEAT:
        return not bits & (IS_COMMON | IS_LONGER) or bits & PLACE_ELSEWHERE != 0
    return how not in _SHOWS_PLACE or bits & _SHOWS_PLACE[how] != 0


def _around(text: str, start: int, end: int) -> int:
    """Return what is seen around a name as bits."""
    bits = 0
    if start and text[start - 1] == " ":
        low = max(start - 1 - WORD_REACH, 0)
        word = text[max(text.rfind(" ", low, start - 1), text.rfind("\n", low, start - 1), low - 1) + 1 : start - 1]
        bits = _BEFORE.get(word) or _BEFORE.get(word.lower(), 0)
    after = _AFTER.match(text, end)
    if after and after[1] in _PEOPLE:
        bits |= OF_PEOPLE
    if end - start >= CAPITALS and text[start:end].isupper():
        bits |= IS_CAPITALS
        bits |= OPENS_DATELINE if _DATELINE.match(text, end) else 0
    return bits


@lru_cache(maxsize=1 << 16)
def _area(told: str, name: str) -> str | None:
    """Return the area that the words behind a comma begin with, unless the name is one of a list of areas."""
    words = told.rstrip().split(" ")
    for count in range(len(words), 0, -1):
        area = " ".join(words[:count])
        for form in (area, area.rstrip(".")):
            # MANILA, March 2: no area, though Switzerland has one
            if form in ABBREVIATIONS or (is_area(form) and not is_state(name) and form not in TIMES):
                return form
    return None


@lru_cache(maxsize=1 << 16)
def _known(name: str) -> int:
    """Return what the words of a name may be besides, as bits."""
    words = name.split(" ")
    known = knowledge().words
    first, last = known.get(words[0].capitalize(), 0), known.get(words[-1].capitalize(), 0)
    bits = IS_GIVEN if first & GIVEN else 0
    bits |= IS_SURNAME if last & SURNAME else 0
    return bits | (IS_COMMON if len(words) == 1 and last & COMMON else 0)


def _is_beside(text: str, mentions: Sequence[Mention], number: int) -> bool:
    """Tell whether a name is listed with one that was tagged as a place."""
    own = mentions[number]
    low, high = mentions[max(number - 1, 0)], mentions[min(number + 1, len(mentions) - 1)]
    return (low[3] == PLACE and text[low[2] : own[1]] in _BESIDE) or (
        high[3] == PLACE and text[own[2] : high[1]] in _BESIDE)  # fmt: skip


class Spans:
    """The spans of names in an article, searched by bisection: a page may name thousands."""

    def __init__(self, spans: Iterable[tuple[int, int]]):
        spans = sorted(spans)
        self.starts = [start for start, _ in spans]
        self.ends = [*accumulate((end for _, end in spans), max)]

    def overlap(self, start: int, end: int) -> bool:
        """Return whether a name shares a character with a span."""
        count = bisect_left(self.starts, end)
        return count > 0 and self.ends[count - 1] > start


def _counties(text: str) -> list[tuple[int, int]]:
    """Return the spans of lists such as `Clark and Union counties`, in order."""
    if " counties" not in text:
        return []
    return [(match.start(), match.start(1)) for match in _COUNTIES.finditer(text) if match[1]]


def _lies_in(spans: Sequence[tuple[int, int]], at: int) -> bool:
    """Tell whether a character lies in one of some spans, which are in order."""
    count = bisect_right(spans, at, key=itemgetter(0))
    return count > 0 and at < spans[count - 1][1]


def _hyphened(text: str, known_spans: Spans) -> list[Name]:
    """Return the places of `D-Charleston` and `Gori-based` that are neither tagged nor the area of another."""
    found = [*_hyphened_spans(text, known_spans)]
    if not found:
        return []
    (sentences,) = sentence_starts(tokens(pa.array([text])))
    return [Name(start, end, name, AS_HYPHENED, HYPHEN_SURE, 0, None, bisect_right(sentences, start) - 1)
            for start, end, name in found]  # fmt: skip


def _hyphened_spans(text: str, known_spans: Spans) -> Iterator[tuple[int, int, str]]:
    for hyphen in _HYPHEN.finditer(text):
        # from the hyphen on both sides: a search from every capital would take as long as all the rest
        at = hyphen.start()
        found = _HYPHENED.search(text, max(0, at - HYPHEN_REACH), at + HYPHEN_REACH)
        if not found or not found.start() < at < found.end():
            continue
        (start, end), name = found.span(found.lastindex), found[found.lastindex]
        if is_named(name) and not _known(name) & IS_COMMON and not known_spans.overlap(start, end):
            yield start, end, name
