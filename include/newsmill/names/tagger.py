"""Finds names in a text by rule: the part that a trained tagger may replace, text -> [Tag]."""

import re
from collections import defaultdict
from typing import NamedTuple

from newsmill.names import gazetteer as g
from newsmill.names import lists
from newsmill.names.tokens import RUN, Word, words_of

PERSON, ORGANIZATION, PLACE = "person", "organization", "place"
_INITIAL = re.compile(r"(?:^|[\n.!?:;•*|]|``|[“\"‘])[\s\"'“‘(\[«`*•–—-]*$")
_ACRONYM = re.compile(r"[A-Z][A-Z&]{1,6}s?|(?:[A-Z]\.){2,5}")
_INITIALS = re.compile(r"(?:[A-Z]\.-?)+")
_BEFORE = re.compile(r"([\w'’.-]+)[\s\"“(]*$")
_AFTER = re.compile(r"\s*(['’]s\b|[\w]+|[^\w\s])")


class Tag(NamedTuple):
    """A name in a text: text[start:end] is the name alone, without title, possessive or quotation marks."""

    start: int
    end: int
    entity_type: str
    confidence: float
    rule: str


# how often each rule was right, span and type, on news annotated by hand
CONFIDENCE = defaultdict(lambda: 0.5)


def tag(text: str) -> list[Tag]:
    """Return the names of a text in order, none overlapping another."""
    return _Reading(text).tags()


class _Reading:
    """One pass over one text: sure names first, then the doubtful ones in the light of the sure."""

    def __init__(self, text: str):
        self.text = text
        self.known = g.knowledge()
        self.flags = self.known.words
        self.plain = set(text.split())
        self.found: list[Tag] = []
        self.doubtful: list[tuple[list[Word], bool]] = []
        self.memory: dict[str, str] = {}
        self.shouted: list[tuple[int, int]] = []

    def tags(self) -> list[Tag]:
        """Read the runs, then what was left open, then the lines that shout."""
        start = 0
        for line in self.text.split("\n"):
            end = start + len(line)
            if _has_no_case(line, self.flags):
                self.shouted.append((start, end))
            else:
                for run in RUN.finditer(self.text, start, end):
                    self._read_run(run.start(), run.end())
            start = end + 1
        for words, initial in self.doubtful:
            self._decide(words, initial)
        for start, end in self.shouted:
            self._read_shouted(start, end)
        return sorted(self.found)

    # sure names

    def _read_run(self, start: int, end: int) -> None:
        words = words_of(self.text, start, end)
        initial = bool(_INITIAL.search(self.text[max(0, start - 8):start])) or start == 0
        if initial:
            words, initial = self._without_opening(words)
        for piece in self._pieces(words):
            if piece:
                self._read_piece(piece, initial and piece[0] is words[0])

    def _without_opening(self, words: list[Word]) -> tuple[list[Word], bool]:
        """Drop words that are capitalised only because a sentence begins."""
        for i, word in enumerate(words):
            flags = self.flags.get(word.text, 0)
            if flags & g.FUNCTION:
                continue
            if flags & g.COMMON and not flags & (g.TITLE | g.GIVEN | g.MODIFIER):
                if len(words) == i + 1:
                    return [], False
                if not self.flags.get(words[i + 1].text, 0) & (g.COMMON | g.ORG_HEAD | g.PLACE_HEAD):
                    return words[i + 1:], False
            return words[i:], i == 0
        return [], False

    def _pieces(self, words: list[Word]):
        """Cut a run at times, and at `of`, `for`, `and` where they do not belong to one name."""
        piece: list[Word] = []
        for word in words:
            flags = self.flags.get(word.text, 0)
            if flags & g.TIME and not flags & g.GIVEN or word.text == "The" and piece:
                yield piece
                piece = []
                continue
            if piece and not self._joined(piece, word, self.text[piece[-1].end:word.start]):
                yield piece
                piece = []
            piece.append(word)
        yield piece

    def _joined(self, piece: list[Word], word: Word, link: str) -> bool:
        link = link.strip()
        if link in ("of", "of the", "for", "for the"):
            last = piece[-1].text
            return last in lists.ORG_OF or link.startswith("of") and (
                last in lists.PLACE_HEADS or last in lists.EVENT_HEADS or f"{last} of {word.text}" in self.known.places
            )
        if link == "and":
            return self._one_office(piece, word)
        return True

    def _one_office(self, piece: list[Word], word: Word) -> bool:
        """`Food and Drug Administration`, `Department of Health and Human Services`."""
        both = g.COMMON | g.MODIFIER
        plain = self.flags.get(piece[-1].text, 0) & both and self.flags.get(word.text, 0) & both
        name = f"{piece[-1].text} and {word.text}"
        return bool(plain) or name in self.known.places

    def _read_piece(self, words: list[Word], initial: bool) -> None:
        title = next((i for i in range(len(words) - 1, -1, -1) if self._is_title(words, i)), None)
        if title is None:
            return self._read_name(words, initial)
        before, after = words[:title], words[title + 1:]
        while before and self.flags.get(before[-1].text, 0) & (g.MODIFIER | g.TITLE):
            before = before[:-1]
        if before:
            self._read_name(before, initial)
        if after:
            self._read_titled(after)

    def _is_title(self, words: list[Word], i: int) -> bool:
        flags = self.flags.get(words[i].text, 0)
        if not flags & g.TITLE:
            return False
        if i + 1 == len(words):
            return not flags & (g.GIVEN | g.ORG_HEAD) and not self._full(words) in self.known.organizations
        if flags & g.GIVEN and i == 0 and len(words) > 1 and not words[i].text.endswith("."):
            return words[i].text in lists.TITLES and not self.flags.get(words[1].text, 0) & g.SURNAME or words[i].text in (
                "King", "Queen", "Prince", "Princess", "Pope", "Judge", "General", "Major", "Sir", "President")
        return not self.flags.get(words[-1].text, 0) & (g.ORG_HEAD | g.EVENT | g.PLACE_HEAD)

    def _read_titled(self, words: list[Word]) -> None:
        flags = self.flags.get(words[0].text, 0)
        if flags & g.FUNCTION or self._full(words) in self.known.places and self._gap(words[0]).strip() in ("of", "for"):
            return self._read_name(words, False)
        if self._gap(words[0]).strip() in ("of", "of the", "for", "for the", "and"):
            return self._read_name(words, False)
        self._add(words, PERSON, "title")

    def _gap(self, word: Word) -> str:
        before = self.text[max(0, word.start - 10):word.start]
        return before[-len(before.lstrip()) or None:] if " " not in before.strip() else " ".join(before.split()[1:])

    def _read_name(self, words: list[Word], initial: bool) -> None:
        """Decide a name by itself; leave it open where only its surroundings or the rest of the text can tell."""
        while words and self.flags.get(words[0].text, 0) & (g.FUNCTION | g.OTHER) and self._full(words) not in self.known.organizations:
            words, initial = words[1:], False
        if not words:
            return
        name, flags = self._full(words), self.flags.get(words[0].text, 0)
        last = self.flags.get(words[-1].text, 0)
        if name in self.known.others:
            return
        if name in self.known.organizations:
            return self._add(words, ORGANIZATION, "known_organization")
        size = self.known.places.get(name, 0)
        if size & g.COUNTRY or size & g.CITY and (len(words) > 1 or not flags & (g.COMMON | g.GIVEN)):
            return self._add(words, PLACE, "known_place")
        if len(words) == 1:
            self.doubtful.append((words, initial))
            return
        self._read_several(words, initial, flags, last)

    def _read_several(self, words: list[Word], initial: bool, first: int, last: int) -> None:
        if last & g.EVENT and not last & g.ORG_HEAD:
            return
        form = next((i for i, w in enumerate(words) if i and self.flags.get(w.text, 0) & g.ORG_FORM), None)
        if form is not None:
            return self._add(words, ORGANIZATION, "company_form")
        if "&" in self.text[words[0].end:words[-1].start]:
            return self._add(words, ORGANIZATION, "ampersand")
        if self.known.places.get(words[0].text, 0) & g.COUNTRY and _ACRONYM.fullmatch(words[0].text):
            self._read_name(words[:1], initial)
            return self._read_name(words[1:], False)
        if any(w.text in lists.ORG_OF for w in words[:-1]) and " of " in self.text[words[0].end:words[-1].start]:
            return self._add(words, ORGANIZATION, "office_of")
        if last & g.ORG_HEAD:
            return self._add(words, ORGANIZATION, "organization_head")
        if last & g.PLACE_HEAD or words[0].text in lists.PLACE_LEADS and not last & g.COMMON:
            return self._add(words, PLACE, "place_head")
        if first & g.PEOPLE:
            return self._read_name(words[1:], False)
        if len(words) <= 4 and self._is_person(words, first, last):
            return self._add(words, PERSON, "given_name" if first & g.GIVEN else "initials")
        self.doubtful.append((words, initial))

    def _is_person(self, words: list[Word], first: int, last: int) -> bool:
        if _ACRONYM.fullmatch(words[-1].text) and len(words[-1].text) < 4:
            return False
        named = first & g.GIVEN or _INITIALS.fullmatch(words[0].text)
        return bool(named) and (not last & g.COMMON or bool(last & g.SURNAME))

    # doubtful names

    def _decide(self, words: list[Word], initial: bool) -> None:
        name = self._full(words)
        flags = self.flags.get(words[0].text, 0)
        kind = self.memory.get(name)
        if kind:
            return self._add(words, kind, "same_name_in_text")
        if len(words) > 1:
            return self._decide_several(words, initial, flags)
        if flags & (g.FUNCTION | g.PEOPLE | g.TITLE | g.OTHER | g.EVENT | g.ORG_FORM | g.MODIFIER):
            return
        if flags & g.COMMON and (initial or name.lower() in self.plain):
            return
        if _ACRONYM.fullmatch(name):
            return self._add(words, ORGANIZATION, "acronym") if len(name) > 1 else None
        self._by_context(words, name, flags, initial)

    def _by_context(self, words: list[Word], name: str, flags: int, initial: bool) -> None:
        before, after = self._before(words[0].start), self._after(words[-1].end)
        size = self.known.places.get(name, 0)
        if after in lists.STRONG_SPEECH or before in lists.ROLE_NOUNS:
            return self._add(words, PERSON, "speaker")
        if before in lists.PLACE_PREPOSITIONS and not flags & g.COMMON:
            return self._add(words, PLACE, "place_preposition")
        if size & g.CITY and not flags & g.COMMON:
            return self._add(words, PLACE, "city")
        if flags & g.COMMON:
            return
        if flags & (g.SURNAME | g.GIVEN):
            return self._add(words, PERSON, "surname")
        if size and before in lists.WEAK_PREPOSITIONS:
            return self._add(words, PLACE, "town")
        if after in lists.SPEECH_VERBS:
            return self._add(words, PERSON, "subject")
        if len(name) > 2 and name[1:].islower():
            self._add(words, PERSON if initial else ORGANIZATION, "unknown_word")

    def _decide_several(self, words: list[Word], initial: bool, flags: int) -> None:
        last = self.flags.get(words[-1].text, 0)
        size = self.known.places.get(self._full(words), 0)
        if size:
            return self._add(words, PLACE, "town")
        if self.known.places.get(words[0].text, 0) & (g.COUNTRY | g.CITY) and not last & g.SURNAME:
            return self._add(words, ORGANIZATION, "place_and_word")
        if not last & g.COMMON and not flags & g.COMMON and len(words) <= 4:
            return self._add(words, PERSON, "two_words")
        if last & g.SURNAME and len(words) == 2 and not initial:
            return self._add(words, PERSON, "two_words_common")

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
            i += size

    def _look_up(self, words: list[Word]) -> bool:
        if any(self.text[a.end:b.start] != " " for a, b in zip(words, words[1:], strict=False)):
            return False
        name = self._full(words)
        spelled = name if not name.isupper() or name in self.memory else _lowered(name)
        kind = self.memory.get(name) or self.memory.get(spelled)
        if kind:
            self._add(words, kind, "headline_same_name")
        elif {name, spelled} & self.known.organizations:
            self._add(words, ORGANIZATION, "headline_organization")
        elif self._headline_place(name, spelled):
            self._add(words, PLACE, "headline_place")
        else:
            return False
        return True

    def _headline_place(self, name: str, spelled: str) -> bool:
        size = self.known.places.get(name, 0) | self.known.places.get(spelled, 0)
        flags = self.flags.get(spelled, 0)
        return bool(size & g.COUNTRY or size & g.CITY and not flags & (g.COMMON | g.GIVEN | g.SURNAME | g.TIME))

    # surroundings

    def _before(self, start: int) -> str:
        found = _BEFORE.search(self.text[max(0, start - 24):start])
        return found[1] if found else ""

    def _after(self, end: int) -> str:
        found = _AFTER.match(self.text, end, end + 24)
        return found[1] if found else ""

    def _full(self, words: list[Word]) -> str:
        return self.text[words[0].start:words[-1].end]

    def _add(self, words: list[Word], kind: str, rule: str) -> None:
        start, end = words[0].start, words[-1].end
        self.found.append(Tag(start, end, kind, CONFIDENCE[rule], rule))
        if rule.startswith("headline") or rule in ("same_name_in_text", "unknown_word", "town"):
            return
        self.memory.setdefault(self.text[start:end], kind)
        if kind == PERSON:
            self.memory.setdefault(words[-1].text, PERSON)
        elif kind == ORGANIZATION and rule == "company_form":
            bare = [w for w in words if not self.flags.get(w.text, 0) & g.ORG_FORM]
            if bare:
                self.memory.setdefault(self._full(bare), kind)


def _has_no_case(line: str, flags: dict[str, int]) -> bool:
    """Tell whether all words of a line, or all long ones, are capitalised, as in a headline."""
    if line.isupper():
        return True
    if len(line) > 200 or line.rstrip()[-1:] in (".", "\"", "”", ","):
        return False
    words = [w for w in line.split() if w[0].isalpha()]
    long = [w for w in words if len(w) > 3]
    if len(long) < 4 or any(w[0].islower() for w in long):
        return False
    return sum(bool(flags.get(w, 0) & g.COMMON) for w in words[1:]) >= 2


def _lowered(name: str) -> str:
    return " ".join(word.capitalize() for word in name.split(" "))
