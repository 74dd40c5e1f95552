"""Finds names in a text by rule: the part that a trained tagger may replace, text -> [Tag]."""

import re
from itertools import pairwise
from typing import NamedTuple

from newsmill.names import gazetteer as g
from newsmill.names import lists
from newsmill.names.candidates import (
    ACRONYM,
    ARTICLE_PREFIXES,
    ORGANIZATION,
    PERSON,
    PLACE,
    Candidate,
    read_run,
    spelled,
    words_of,
)
from newsmill.names.tokens import RUN

__all__ = ["ORGANIZATION", "PERSON", "PLACE", "Tag", "tag"]

_OPENING = re.compile(r"(?:^|[\n.!?:;•*|]|``|[“\"‘])[\s\"'“‘(\[«`*•–—-]*$")
_REGION = re.compile(r"\s?, ((?:[A-Z][\w.]*\.?)(?: [A-Z][a-z]+)?)")
_RESULTS = re.compile(r"(?:[A-Z][\w.]*|\)) \d{1,4}(?= |$)(?! (?:[A-Z]\w+ )?\d{4})|\b[A-Z]\w+ vs?\.? [A-Z]|\d-\d")
_PROSE = re.compile(r"\b(?:the|said|was|were|has|have|is|that|will|by|from|with)\b")
_SCORED = re.compile(r" (?:\d{1,4}(?= |$|\n|,)|vs?\.? )")
_DATED = re.compile(r" \d{1,4}(?:-\d| [A-Z]\w{2,8}\.? \d{4}| ?(?:AM|PM|GMT)\b)")
_INSERTED = re.compile(r"\(\s?([A-Z][\w.'’-]+)\s?\) $")
_AFTER = re.compile(r"\s*(['’]s\b|[\w]+|[^\w\s])")
_NO_NAME = g.FUNCTION | g.PEOPLE | g.TITLE | g.OTHER | g.EVENT | g.ORG_FORM | g.MODIFIER | g.TIME
_MAY_BE_ELSE = _NO_NAME | g.GIVEN | g.SURNAME | g.COMMON
# rules too unsure to teach what a name means elsewhere in the text
_NOT_TAUGHT = frozenset(("same_name_in_text", "unknown_word", "town", "results", "weak_context"))
LINE_CHARS = 200


class Tag(NamedTuple):
    """A name in a text: text[start:end] is the name alone, without title, possessive or quotation marks."""

    start: int
    end: int
    entity_type: str
    confidence: float
    rule: str


# how often each rule was right, span and type, on news annotated by hand
CONFIDENCE = {
    ORGANIZATION: {
        "acronym": 0.63, "ampersand": 0.42, "company_form": 0.9, "context": 0.62, "context_several": 0.75,
        "headline_organization": 0.46, "headline_same_name": 0.71, "known_organization": 0.91, "office_of": 0.73,
        "organization_head": 0.75, "organization_lead": 0.94, "place_and_word": 0.53, "results": 0.9,
        "same_name_in_text": 0.77, "weak_context": 0.55, "word_and_place": 0.76,
    },
    PERSON: {
        "context": 0.52, "context_several": 0.71, "given_name": 0.95, "headline_same_name": 0.89, "initials": 0.97,
        "same_name_in_text": 0.94, "title": 0.9, "two_unknown_words": 0.65, "two_words": 0.78, "weak_context": 0.39,
    },
    PLACE: {
        "context": 0.9, "context_several": 0.37, "headline_place": 0.79, "headline_same_name": 0.88,
        "known_place": 0.91, "place_head": 0.6, "region": 0.8, "same_name_in_text": 0.59, "town": 0.6,
        "unknown_word": 0.56, "weak_context": 0.66,
    },
}


def tag(text: str) -> list[Tag]:
    """Return the names of a text in order, none overlapping another."""
    return _Reading(text).tags()


class _Reading:
    """One pass over one text: sure names first, then the doubtful ones in the light of the sure."""

    def __init__(self, text: str):
        self.text = text
        self.known = g.knowledge()
        self.plain = set(text.split())
        self.found: list[Tag] = []
        self.doubtful: list[tuple[int, Candidate]] = []
        self.memory: dict[str, str] = {}
        self.weights: dict[str, dict[str, float]] = {}
        self.shouted: list[tuple[int, int]] = []

    def tags(self) -> list[Tag]:
        start = 0
        for line in self.text.split("\n"):
            if line:
                self._read_line(line, start)
            start += len(line) + 1
        self._weigh()
        for offset, candidate in self.doubtful:
            self._decide(offset, candidate)
        for begin, end in self.shouted:
            self._read_shouted(begin, end)
        return sorted(self.found)

    # sure names

    def _read_line(self, line: str, start: int) -> None:
        if _has_no_case(line, self.known.words):
            self.shouted.append((start, start + len(line)))
            return
        results = len(line) <= LINE_CHARS and not _PROSE.search(line) and _RESULTS.search(line)
        for run in RUN.finditer(line):
            begin, end = run.span()
            if line.startswith(ARTICLE_PREFIXES, begin - 3) and begin > 3 and not line[begin - 4].isalnum():
                begin -= 3
            follows = begin > 1 and line[begin - 1] == " " and line[begin - 2].isalnum()
            for candidate in read_run(line[begin:end], not follows and _is_initial(line, begin)):
                offset = start + begin
                if results and self._is_scored(line, begin, candidate):
                    self._add(offset, candidate, ORGANIZATION, "results")
                elif candidate.kind is None:
                    self.doubtful.append((offset, candidate))
                else:
                    self._add(offset, candidate, candidate.kind, candidate.rule)

    def _is_scored(self, line: str, begin: int, candidate: Candidate) -> bool:
        """Tell whether a place stands for its club: `Bergen 3 Oslo 1`."""
        if candidate.kind is None:
            flags = candidate.words[-1].flags | candidate.words[0].flags
            club = candidate.name in self.known.places or (not flags & _MAY_BE_ELSE and not candidate.name.isupper())
        else:
            club = candidate.kind == PLACE
        return club and bool(_SCORED.match(line, begin + candidate.end))

    # doubtful names

    def _weigh(self) -> None:
        """Gather for each doubtful name what all its places in the text say of it."""
        for offset, candidate in self.doubtful:
            weights = self.weights.get(candidate.name)
            if weights is None:
                weights = self.weights[candidate.name] = {PERSON: 0.0, ORGANIZATION: 0.0, PLACE: 0.0, "seen": 0.0}
            weights["seen"] += not candidate.initial
            end = offset + candidate.end
            after = self._after(end)
            for kind, weight in lists.BEFORE.get(self._before(offset + candidate.start), ()):
                weights[kind] += weight
            for kind, weight in lists.BEHIND.get(after, ()):
                weights[kind] += weight
            if self.text.startswith(") ", offset + candidate.start - 2) and self._is_inserted(offset + candidate.start):
                weights[PERSON] += 4
            if after == "," and self._is_region(end):
                weights[PLACE] += 4

    def _is_inserted(self, start: int) -> bool:
        """Tell whether an editor put a given name in brackets before this one: `(Ann) Hale`."""
        found = _INSERTED.search(self.text, max(0, start - 24), start)
        return bool(found and self.known.words.get(found[1], 0) & g.GIVEN)

    def _is_region(self, end: int) -> bool:
        """Tell whether a comma and a country or state follow, as in `Quillmark, Ohio`."""
        found = _REGION.match(self.text, end, end + 40)
        return bool(found) and (self.known.places.get(found[1], 0) & g.COUNTRY or found[1] in lists.STATE_ABBREVIATIONS)

    def _decide(self, offset: int, candidate: Candidate) -> None:
        name = candidate.name
        kind = self.memory.get(name) or self.memory.get(name[0].lower() + name[1:])
        decided = (kind, "same_name_in_text") if kind else self._judge(candidate)
        if decided:
            self._add(offset, candidate, *decided)

    def _judge(self, candidate: Candidate) -> tuple[str, str] | None:
        name, flags = candidate.name, candidate.words[0].flags
        if self.weights[name][PLACE] >= 4 and not flags & (g.TIME | g.GIVEN):
            return PLACE, "region"
        if len(candidate.words) > 1:
            return self._judge_several(candidate, name, flags, candidate.words[-1].flags)
        if name in lists.DIRECTIONS or flags & _NO_NAME:
            return None
        if flags & g.COMMON and (candidate.initial or name.lower() in self.plain):
            return None
        if len(name) == 1:
            return None
        if ACRONYM.fullmatch(name):
            return None if self.known.words.get(name.capitalize(), 0) & g.COMMON else (ORGANIZATION, "acronym")
        return self._judge_word(name, flags)

    def _judge_word(self, name: str, flags: int) -> tuple[str, str] | None:
        """Weigh the words around all places of a single word against what the lists know of it."""
        weights, size = self.weights[name], self.known.places.get(spelled(name), 0)
        rare = not flags & (g.GIVEN | g.SURNAME | g.COMMON) and not size
        person = weights[PERSON] + (1.5 if flags & g.SURNAME else 1.0 if flags & g.GIVEN else 0)
        place = weights[PLACE] + (1.6 if size & g.CITY else 0.8 if size else 0)
        organization = weights[ORGANIZATION] + (0.5 if rare else 0)
        floor = 2.4 if flags & g.COMMON else 1.4
        weight, kind = max((person, PERSON), (place, PLACE), (organization, ORGANIZATION))
        if weight >= floor and (weights["seen"] or weight >= 2):
            return kind, "context" if weight >= 3 else "weak_context"
        if weights["seen"] and rare and name[1:].islower() and kind == PLACE and weight > 0.5:
            return kind, "unknown_word"
        return None

    def _judge_several(self, candidate: Candidate, name: str, first: int, last: int) -> tuple[str, str] | None:
        weights = self.weights[name]
        weight, kind = max((weights[kind], kind) for kind in (PERSON, PLACE, ORGANIZATION))
        if spelled(name) in self.known.places:
            return PLACE, "town"
        if weight >= 2:
            return kind, "context_several"
        if self.known.places.get(candidate.words[0].text, 0) & (g.COUNTRY | g.CITY) and not last & g.SURNAME:
            return ORGANIZATION, "place_and_word"
        city = self.known.places.get(candidate.words[-1].text, 0) & (g.CITY | g.COUNTRY)
        if city and not last & g.SURNAME and not first & g.COMMON:
            return ORGANIZATION, "word_and_place"
        if name.isupper() or weights[ORGANIZATION]:
            return None
        if not (last | first) & g.COMMON and len(candidate.words) <= 4 and not any(c.isdigit() for c in name):
            return PERSON, "two_words" if last & g.SURNAME else "two_unknown_words"
        return None

    # lines without case

    def _read_shouted(self, start: int, end: int) -> None:
        """Look up what the rest of the text, or everybody, knows; capitals tell nothing here."""
        words = words_of(self.text, start, end)
        i = 0
        while i < len(words):
            for size in (4, 3, 2, 1):
                part = words[i:i + size]
                if len(part) == size and self._look_up(part):
                    break
            else:
                if i == 0 and self._is_region(words[0].end):
                    self._tag(words[0].start, words[0].end, PLACE, "region")
            i += size

    def _look_up(self, words: list) -> bool:
        start, end = words[0].start, words[-1].end
        if any(self.text[a.end:b.start] != " " for a, b in pairwise(words)):
            return False
        name = self.text[start:end]
        usual = name.title() if name.isupper() else name
        kind = self.memory.get(name) or self.memory.get(usual)
        if kind:
            rule = "headline_same_name"
        elif name in self.known.organizations or usual in self.known.organizations:
            kind, rule = ORGANIZATION, "headline_organization"
        elif self._is_headline_place(name, usual):
            kind, rule = PLACE, "headline_place"
        else:
            return False
        if kind == PLACE and _SCORED.match(self.text, end) and not _DATED.match(self.text, end):
            kind, rule = ORGANIZATION, "results"
        self._tag(start, end, kind, rule)
        return True

    def _is_headline_place(self, name: str, usual: str) -> bool:
        size = self.known.places.get(name, 0) | self.known.places.get(usual, 0)
        flags = self.known.words.get(usual, 0)
        return bool(size & g.COUNTRY or (size & g.CITY and not flags & (g.COMMON | g.GIVEN | g.SURNAME | g.TIME)))

    # surroundings

    def _before(self, start: int) -> str:
        words = self.text[max(0, start - 24):start].rstrip(" \"“(").rsplit(None, 1)
        return words[-1] if words else ""

    def _after(self, end: int) -> str:
        found = _AFTER.match(self.text, end, end + 24)
        return found[1] if found else ""

    def _add(self, offset: int, candidate: Candidate, kind: str, rule: str) -> None:
        start = offset + candidate.start
        if kind == PERSON and rule == "same_name_in_text":
            start = self._with_particles(start, candidate.name)
        self._tag(start, offset + candidate.end, kind, rule)
        if rule in _NOT_TAUGHT:
            return
        self.memory.setdefault(candidate.name, kind)
        if kind == PERSON:
            self._learn_surname(candidate.name.split(" "))
        elif rule == "company_form":
            bare = [w.end for w in candidate.words if not w.flags & g.ORG_FORM]
            if bare:
                self.memory.setdefault(candidate.name[:bare[-1] - candidate.start], kind)


    def _learn_surname(self, parts: list[str]) -> None:
        """Remember the last part of a name, and the last with all that stands before it in small letters."""
        self.memory.setdefault(parts[-1], PERSON)
        for i in range(1, len(parts) - 1):
            if parts[i] in lists.PARTICLES:
                self.memory.setdefault(" ".join(parts[i:]), PERSON)
                break

    def _with_particles(self, start: int, name: str) -> int:
        """Return where `van der Meer` begins, given where `Meer` does, if the text knows the longer name."""
        before = self.text[max(0, start - 16):start].split(" ")
        for count in (3, 2):
            particles = " ".join(before[-count:])
            if len(before) >= count and particles[:1].lower() + particles[1:] + name in self.memory:
                return start - len(particles)
        return start

    def _tag(self, start: int, end: int, kind: str, rule: str) -> None:
        self.found.append(Tag(start, end, kind, CONFIDENCE[kind].get(rule, 0.5), rule))


def _is_initial(line: str, start: int) -> bool:
    """Tell whether a sentence, a heading or a quotation begins here."""
    if start == 0:
        return True
    return bool(_OPENING.search(line, max(0, start - 8), start)) or not line[max(0, start - 8):start].strip()


def _has_no_case(line: str, flags: dict[str, int]) -> bool:
    """Tell whether all words of a line, or all long ones, are capitalised, as in a headline."""
    if len(line) > LINE_CHARS:
        return False
    if line.isupper():
        return True
    if line.rstrip()[-1:] in (".", "\"", "”", ","):
        return False
    words = [w for w in line.split() if w[0].isalpha()]
    long = [w for w in words if len(w) > 3]
    if len(long) < 4 or any(w[0].islower() for w in long):
        return False
    return sum(bool(flags.get(w, 0) & g.COMMON) for w in words[1:]) >= 2
