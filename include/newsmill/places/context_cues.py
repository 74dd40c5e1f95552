"""Finds the candidate place names of an article, with cues from the adjacent words."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from operator import itemgetter
from typing import Final, NamedTuple

import pyarrow as pa

from newsmill.languages.word_lists import any_of, read_words
from newsmill.nlp.name_flags import COMMON, GIVEN, SURNAME, load_name_flags
from newsmill.nlp.name_lists import ORGANIZATION_HEADS, ORGANIZATION_HEADS_BEFORE_OF, TIMES
from newsmill.nlp.tokens import find_sentence_starts, tokenize
from newsmill.places.area_names import ABBREVIATIONS, POSTAL_CODES
from newsmill.places.gazetteer import CAPITALS, has_place, is_area, is_country, is_state
from newsmill.places.name_forms import (
    AS_AREA,
    AS_HYPHENED,
    AS_PLACE,
    AS_REGION,
    AS_SEAT,
    FEATURE_KINDS,
    ORGANIZATION,
    PERSON,
    PLACE,
    is_listed_region,
    place_forms,
)

CUE_NAMES = ("within", "towards", "has_title", "listed_county", "has_area", "is_given", "is_surname", "is_common",
        "is_longer", "is_capitals", "of_people", "opens_dateline", "place_elsewhere", "beside_place",
        "before_capital", "after_capital", "body_of", "has_acronym", "money", "event", "score", "plays", "opponent",
        "possessive", "some_match", "match_report", "body", "home")  # fmt: skip
"""Cues of a name, each a bit of `Name.cues`; the names are keys of `model.json`."""
(WITHIN, TOWARDS, HAS_TITLE, LISTED_COUNTY, HAS_AREA, IS_GIVEN, IS_SURNAME, IS_COMMON, IS_LONGER, IS_CAPITALS,
 OF_PEOPLE, OPENS_DATELINE, PLACE_ELSEWHERE, LISTED_WITH_PLACE, BEFORE_CAPITAL, AFTER_CAPITAL, BODY_OF, HAS_ACRONYM,
 MONEY, EVENT, SCORE, PLAYS, OPPONENT, POSSESSIVE, SOME_MATCH, MATCH_REPORT, BODY, HOME) = (
    1 << bit for bit in range(len(CUE_NAMES)))  # fmt: skip

# The meaning of each list is a comment in languages/en/places.toml.
_CUE_BY_WORD = dict.fromkeys(read_words("en", "places", "within_words"), WITHIN)
_CUE_BY_WORD |= dict.fromkeys(read_words("en", "places", "towards_words"), TOWARDS)
_CUE_BY_WORD |= {form: HAS_TITLE for title in read_words("en", "places", "titles") for form in (title, f"{title}.")}
_CUE_BY_WORD |= dict.fromkeys(read_words("en", "places", "against_words"), OPPONENT)
_CUE_BEHIND = dict.fromkeys(read_words("en", "places", "people_words"), OF_PEOPLE)
for _word in read_words("en", "places", "body_words"):
    _CUE_BEHIND[_word] = _CUE_BEHIND.get(_word, 0) | BODY
_CUE_BEHIND |= dict.fromkeys(read_words("en", "places", "currencies"), MONEY)
_CUE_BEHIND |= dict.fromkeys(read_words("en", "places", "event_words"), EVENT)
_CUE_BEHIND |= dict.fromkeys(read_words("en", "places", "match_verbs"), PLAYS)
_BODY_OPENERS = ORGANIZATION_HEADS_BEFORE_OF | frozenset(read_words("en", "places", "body_openers"))
_BODY_OF = re.compile(r"([A-Z][\w'’-]*) (?:of|for)(?: the)? \Z")
_JOINTS = frozenset(" -–")
# A comma, a possessive or a small word ends the capitalized words behind a name: they are no longer its own.
_CAPITALS_BEHIND = re.compile(r"(?:[-– ][A-Z][\w'’]*)+")
_LAST_WORDS = frozenset(
    word for topic in ("event_words", "site_words", "natural_words") for word in read_words("en", "places", topic)
)
_BODY_AND_TEAM_WORDS = (*read_words("en", "places", "longer_names"), *read_words("en", "places", "team_words"))
_BODY_OR_TEAM = re.compile(rf" (?:{any_of(_BODY_AND_TEAM_WORDS)})\b")
_PARTS_BEFORE = frozenset(read_words("en", "places", "part_words")) - {"The", "the"}
_PART_ENDINGS = tuple(sorted({f"{word[-4:]} " for word in _PARTS_BEFORE}))
_HYPHEN_WORD = re.compile(r"-[A-Z]\w+")
_ACRONYM = re.compile(r" \([A-Z]{2,8}\)")
_SCORE = re.compile(r" \d{1,3}(?![\w%]|[.,]\d| [a-z])")
# With the signs behind a word: to split a text at signs, too, takes ten times as long.
_MATCH_WORDS = frozenset(
    f"{word}{sign}"
    for word in read_words("en", "places", "match_words")
    for sign in ("", *".,;:!?)", "'s", "’s", ".”", ",”", '."', ',"')
)
MIN_MATCH_WORDS = 3
"""Words of matches below which a text is no report: one such word is a tenth of a short note."""
SOME_MATCH_SHARE, MATCH_REPORT_SHARE = 0.01, 0.025
"""Shares of words of matches in a text: reports on matches have .025 and more, others mostly under .005."""
_LIST_SEPARATORS = frozenset((", ", " and ", ", and ", " or ", ", or ", " & "))
_AFTER = re.compile(r"['’]?s? ([\w'’]+)")
_AREA = re.compile(r"(?: ?, ?| \()((?:[A-Z][\w'’]*\.?(?:[A-Z]\.)*(?:[ -](?=[A-Z]))?){1,4})")
_AREA_OPENINGS = (",", " ,", " (")
# Each capitalized word is matched once, in a list or not: a search from every capital took quadratic time.
_COUNTIES = re.compile(r"(?:[A-Z][\w.'’-]*+,? (?:and |or |& )?)++(counties\b)?|[A-Z][\w.'’-]*+")
_DATELINE = re.compile(r"(?:, ?[^\n–—-]{1,24})?(?: ?\([^)\n]{1,24}\))? ?(?:--|[-–—:]) ")
_CAPITALISED = r"(?:[A-Z]\.){2,}|[A-Z][\w'’]+(?: [A-Z][\w'’]+){0,2}"
_HYPHEN_WORDS = "|".join(read_words("en", "places", "hyphen_words"))
_HYPHEN = re.compile(r"[-–](?=\w)")
_HYPHENATED = re.compile(rf"\b(?:(?:D|R|I|DFL)-({_CAPITALISED})|({_CAPITALISED})-(?:{_HYPHEN_WORDS})\b)")
_BEFORE_HYPHEN = re.compile(rf"\b(?:The )?({_CAPITALISED})\Z")
_BEHIND_HYPHEN = re.compile(rf"[-–]({_CAPITALISED})")
_OPENINGS = "(\"“‘'\n"
HYPHEN_REACH, HYPHEN_CONFIDENCE = 32, 0.9  # characters searched around a hyphen; confidence of such a name
MIN_CONFIDENCE_BEHIND_CAPITAL = 0.7
"""Minimum confidence of the tag of a place behind a capitalized word, as in `Make Norway` and `Corporate Norway`.

On sites that the name model did not see, 8 of 12 such names below it are no places, and all 15 above it are.
"""
WORD_REACH = 32
"""Characters searched before a name for the adjacent word; the longest cue word has twelve."""
Mention = tuple[str, int, int, str, str, float, int]
"""Surface, start, end, entity type, canonical name, confidence and sentence of a tagged name; a plain tuple for speed,
as an article has thirty."""
_SURFACE: Final = 0
_START: Final = 1
_END: Final = 2
_KIND: Final = 3
_NAME_AND_KIND = itemgetter(0, 3)


class Name(NamedTuple):
    """A candidate place name text[start:end]; `name` is looked up, `area` is the containing area stated in the text."""

    start: int
    end: int
    name: str
    detection: int
    tag_confidence: float
    cues: int
    area: str | None
    sentence: int


def find_names(text: str, mentions: Sequence[Mention], home: str = "") -> list[Name]:
    """Return the candidate place names of an article, in order; `home`: letters of the source's name and domain."""
    counties, spans = _county_list_spans(text), [(mention[_START], mention[_END]) for mention in mentions]
    tagged_spans, report = Spans(spans), _match_cue(text)
    tagged_as = {(mention[_START], mention[_END]): mention[_KIND] for mention in mentions}
    people_names = [name for name, _, _, kind, *_ in mentions if " " in name and _is_full_name(name, kind)]
    people = set(chain.from_iterable(name.split(" ") for name in people_names))
    given_names = {name.partition(" ")[0] for name, _, _, kind, *_ in mentions if kind == PERSON and " " in name}
    tagged, areas = Counter(map(_NAME_AND_KIND, mentions)), set[tuple[int, int]]()
    names: list[Name] = []
    for i, (surface, mention_start, _, kind, canonical, confidence, sentence) in enumerate(mentions):
        for form_start, form_end, name, detection in place_forms(surface, kind, canonical):
            start, end = mention_start + form_start, mention_start + form_end
            if text.startswith(".", end) and f"{name}." in ABBREVIATIONS:
                end, name = end + 1, f"{name}."
            area_match = _AREA.match(text, end) if text.startswith(_AREA_OPENINGS, end) else None
            stated = _area_after(area_match[1], name) if area_match else None
            area = POSTAL_CODES.get(stated, stated) if stated else None
            if detection == AS_PLACE:
                if _is_in_longer_name(text, end):
                    continue
                start, end, name, detection = _extend_name(text, start, end, name)
            detection, name = _look_up(detection, name, area)
            cues = _cues_around(text, start, end) | _cues_of_name(name) | (HAS_AREA if area else 0) | report
            cues |= IS_LONGER if name in people else 0
            cues |= HOME if is_home(name, home) else 0
            cues |= PLACE_ELSEWHERE if tagged.get((name, PLACE), 0) > tagged.get((name, ORGANIZATION), 0) else 0
            cues |= LISTED_WITH_PLACE if kind != PLACE and _is_listed_with_place(text, mentions, i) else 0
            cues |= LISTED_COUNTY if counties and _is_in_spans(counties, start) else 0
            if detection == AS_PLACE and _is_last_of_longer_name(cues, confidence):
                continue
            is_given = name in given_names and not (detection == AS_PLACE and is_state(name))
            if not _is_plausible(detection, cues, is_given) or (start, end) in areas:
                continue
            names.append(Name(start, end, name, detection, confidence, cues, area, sentence))
            if area_match and stated and area:
                area_start, area_end = area_match.start(1), area_match.start(1) + len(stated)
                is_tagged = tagged_spans.overlap(area_start, area_end)
                if not is_tagged or tagged_as.get((area_start, area_end), PLACE) != PLACE:
                    areas.add((area_start, area_end))
                    names.append(Name(area_start, area_end, area, AS_AREA, confidence, 0, None, sentence))
    if not any(name.cues & HOME for name in names):
        names = [name for name in names if name.detection != AS_SEAT]
    return sorted((*names, *_hyphenated_names(text, spans, names)))


def is_home(name: str, home: str) -> bool:
    """Return whether the source's name or domain contains the place name."""
    letters = only_letters(name)
    return len(letters) > 4 and letters in home


@lru_cache(maxsize=1 << 16)
def only_letters(name: str) -> str:
    """Return the letters of a name in lower case."""
    return "".join(filter(str.isalpha, name)).lower()


def _look_up(detection: int, name: str, area: str | None) -> tuple[int, str]:
    """Return how a name was found and the name to look up: features have none, unless a stated area says a town."""
    if detection not in FEATURE_KINDS:
        return detection, name
    return (AS_PLACE, name) if area and has_place(name) and not is_country(area) else (detection, "")


def _is_in_longer_name(text: str, end: int) -> bool:
    """Return whether a place opens the name of a body, a team or an event: Oslo Trade Accord, Oslo health ministry."""
    if text[end : end + 1] not in _JOINTS:
        return False
    if text[end + 1 : end + 2].isupper() and (run := _CAPITALS_BEHIND.match(text, end)):
        words = re.split("[-– ]", run[0])[1:]
        return words[-1] in _LAST_WORDS or not ORGANIZATION_HEADS.isdisjoint(words)
    return _BODY_OR_TEAM.match(text, end) is not None


def _is_last_of_longer_name(cues: int, confidence: float) -> bool:
    """Return whether a place ends the name of a body or a title: Guild of Oslo, Corporate Norway."""
    return bool(cues & BODY_OF or (cues & AFTER_CAPITAL and confidence < MIN_CONFIDENCE_BEHIND_CAPITAL))


def _extend_name(text: str, start: int, end: int, name: str) -> tuple[int, int, str, int]:
    """Return (start, end, name, how found) of a place with its part: Northern Norway, Asia-Pacific."""
    hyphened = _HYPHEN_WORD.match(text, end) if text.startswith("-", end) else None
    if hyphened and is_listed_region(text[start : hyphened.end()]):
        return start, hyphened.end(), "", AS_REGION
    if not text.endswith(_PART_ENDINGS, 0, start):
        return start, end, name, AS_PLACE
    low = max(0, start - 1 - WORD_REACH)
    first = max(text.rfind(" ", low, start - 1), text.rfind("\n", low, start - 1)) + 1
    if text[first : start - 1] not in _PARTS_BEFORE:
        return start, end, name, AS_PLACE
    longer = text[first:end]
    return (first, end, longer, AS_PLACE) if has_place(longer) else (first, end, "", AS_REGION)


def _match_cue(text: str) -> int:
    """Return the cue of an article with many words of matches: its places may be teams."""
    words = text.split()
    count = sum(map(_MATCH_WORDS.__contains__, words))
    share = count / len(words) if count >= MIN_MATCH_WORDS else 0
    return MATCH_REPORT if share >= MATCH_REPORT_SHARE else SOME_MATCH if share >= SOME_MATCH_SHARE else 0


@lru_cache(maxsize=1 << 16)
def _is_full_name(name: str, kind: str) -> bool:
    """Return whether a name of several words is a person's: by its tag, or with a given name and no word of a body."""
    first, _, last = name.rpartition(" ")
    is_given = load_name_flags().words.get(first, 0) & GIVEN
    return kind == PERSON or bool(is_given and kind == ORGANIZATION and last not in ORGANIZATION_HEADS)


def _is_plausible(detection: int, cues: int, is_given: bool) -> bool:
    """Return whether a name may be a place: not the given name of a person, nor the seat of a body of a common word."""
    if is_given and cues & IS_GIVEN and not cues & (WITHIN | HAS_AREA):
        return False
    return detection != AS_SEAT or not cues & (IS_COMMON | IS_LONGER) or cues & PLACE_ELSEWHERE != 0


def _cues_around(text: str, start: int, end: int) -> int:
    """Return the cues from the words around a name."""
    cues = 0
    if start and text[start - 1] == " ":
        end_of_word, low = start - 1, max(start - 1 - WORD_REACH, 0)
        blank, line_end = text.rfind(" ", low, end_of_word), text.rfind("\n", low, end_of_word)
        first = max(blank, line_end, low - 1) + 1
        word = text[first:end_of_word]
        cues = _CUE_BY_WORD.get(word) or _CUE_BY_WORD.get(word.lower(), 0)
        if not cues and word[:1].isupper() and word[-1:].isalpha() and text[first - 2 : first - 1].isalnum():
            cues = AFTER_CAPITAL
        if word in ("of", "for", "the"):
            body = _BODY_OF.search(text, max(0, start - WORD_REACH), start)
            cues |= BODY_OF if body and body[1] in _BODY_OPENERS else 0
    cues |= _cues_behind(text, end)
    if end - start >= CAPITALS and text[start:end].isupper():
        cues |= IS_CAPITALS
        cues |= OPENS_DATELINE if _DATELINE.match(text, end) else 0
    return cues


def _cues_behind(text: str, end: int) -> int:
    """Return the cues from the words behind a name."""
    cues = POSSESSIVE if text.startswith(("'s", "’s"), end) else 0
    after = _AFTER.match(text, end)
    if after:
        cues |= _CUE_BEHIND.get(after[1], 0)
        cues |= BEFORE_CAPITAL if after[1][0].isupper() else 0
        cues |= SCORE if after[1][0].isdigit() and _SCORE.match(text, end) else 0
    elif text.startswith(" (", end) and _ACRONYM.match(text, end):
        cues |= HAS_ACRONYM
    return cues


@lru_cache(maxsize=1 << 16)
def _area_after(text: str, name: str) -> str | None:
    """Return the area at the start of the words after a comma, unless the name itself is in a list of areas."""
    words = text.rstrip().split(" ")
    for count in range(len(words), 0, -1):
        area = " ".join(words[:count])
        for form in (area, area.rstrip(".")):
            # MANILA, March 2: no area, though Switzerland has one
            if form in ABBREVIATIONS or (is_area(form) and not is_state(name) and form not in TIMES):
                return form
    return None


@lru_cache(maxsize=1 << 16)
def _cues_of_name(name: str) -> int:
    """Return the cues from other meanings of a name's words: given name, surname, common word."""
    words = name.split(" ")
    known = load_name_flags().words
    first, last = known.get(words[0].capitalize(), 0), known.get(words[-1].capitalize(), 0)
    cues = IS_GIVEN if first & GIVEN else 0
    cues |= IS_SURNAME if last & SURNAME else 0
    return cues | (IS_COMMON if len(words) == 1 and last & COMMON else 0)


def _is_listed_with_place(text: str, mentions: Sequence[Mention], i: int) -> bool:
    """Return whether a name is in a list with an adjacent name tagged as a place."""
    own, before, after = mentions[i], mentions[max(i - 1, 0)], mentions[min(i + 1, len(mentions) - 1)]
    return (before[_KIND] == PLACE and text[before[_END] : own[_START]] in _LIST_SEPARATORS) or (
        after[_KIND] == PLACE and text[own[_END] : after[_START]] in _LIST_SEPARATORS)  # fmt: skip


class Spans:
    """The spans of names in an article, searched by bisection: a page may have thousands."""

    def __init__(self, spans: Iterable[tuple[int, int]]):
        spans = sorted(spans)
        self.starts = [start for start, _ in spans]
        self.ends = [*accumulate((end for _, end in spans), max)]

    def overlap(self, start: int, end: int) -> bool:
        """Return whether [start, end) overlaps a span."""
        count = bisect_left(self.starts, end)
        return count > 0 and self.ends[count - 1] > start


def _county_list_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of lists such as `Clark and Union counties`, in order."""
    if " counties" not in text:
        return []
    return [(match.start(), match.start(1)) for match in _COUNTIES.finditer(text) if match[1]]


def _is_in_spans(spans: Sequence[tuple[int, int]], i: int) -> bool:
    """Return whether a character is inside one of the sorted spans."""
    count = bisect_right(spans, i, key=itemgetter(0))
    return count > 0 and i < spans[count - 1][1]


def _hyphenated_names(text: str, tagged: Sequence[tuple[int, int]], names: Sequence[Name]) -> list[Name]:
    """Return the names of `D-Charleston` and `Gori-based` without a tag and not already used as an area."""
    candidates = [*_hyphenated_spans(text)]
    if not candidates:
        return []
    known_spans = Spans((*tagged, *((name.start, name.end) for name in names)))
    untagged = [(start, end, name) for start, end, name in candidates
                if not _is_in_longer_name(text, end) and not known_spans.overlap(start, end)]  # fmt: skip
    if not untagged:  # most have a tag: only the others need sentences
        return []
    (sentences,) = find_sentence_starts(tokenize(pa.array([text])))
    return [Name(start, end, name, AS_HYPHENED, HYPHEN_CONFIDENCE, 0, None, bisect_right(sentences, start) - 1)
            for start, end, name in untagged]  # fmt: skip


def _hyphenated_spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, name) of towns in `D-Charleston` and `Gori-based`, of countries at any hyphen, in order."""
    known_end = 0
    for hyphen in _HYPHEN.finditer(text):
        # search from the hyphen to both sides: a search from every capital would double the total time
        i = hyphen.start()
        low = max(0, i - HYPHEN_REACH)
        word = max(text.rfind(" ", low, i), text.rfind("\n", low, i), low - 1) + 1
        if not (text[i + 1].isupper() or text[word : word + 2].lstrip(_OPENINGS)[:1].isupper()):
            continue
        match = _HYPHENATED.search(text, low, i + HYPHEN_REACH)
        if match and match.lastindex and match.start() < i < match.end():
            spans, is_known = iter((match.span(match.lastindex),)), has_place
        else:
            spans, is_known = _spans_at_hyphen(text, low, i), is_country
        for start, end in spans:
            name = text[start:end]
            if text.startswith(".", end) and f"{name}." in ABBREVIATIONS:
                end, name = end + 1, f"{name}."
            # the name between two hyphens is found at both
            if start >= known_end and is_known(name) and not _cues_of_name(name) & IS_COMMON:
                known_end = end
                yield start, end, name


def _spans_at_hyphen(text: str, low: int, i: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the capitalized words at a hyphen, and of the first of the words behind, the longest first."""
    if before := _BEFORE_HYPHEN.search(text, low, i):
        yield before.span(1)
    if behind := _BEHIND_HYPHEN.match(text, i):
        start, end = behind.span(1)
        while end > start:
            yield start, end
            # `Norway` of `Norway Trade Talks`, but no `Mexico` of `Mexico City`
            end = -1 if has_place(text[start:end]) else text.rfind(" ", start, end)
