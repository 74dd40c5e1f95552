"""Reads one run of capitalised words by itself: which names it holds, which of them are sure, which need the text."""

import re
from functools import lru_cache
from typing import NamedTuple

from newsmill.names import gazetteer as g
from newsmill.names import lists
from newsmill.names.tokens import TOKEN

PERSON, ORGANIZATION, PLACE = "person", "organization", "place"
ACRONYM = re.compile(r"[A-Z][A-Z&]{1,6}|(?:[A-Z]\.){2,5}")
ARTICLE_PREFIXES = ("al-", "el-", "ul-")
_INITIALS = re.compile(r"(?:[A-Z]\.-?)+")
_SURE_TITLES = lists.words("King Queen Prince Princess Pope Judge General Major Sir President Captain Lord")
_JOINING = ("of", "of the", "for", "for the", "and")
_OPENERS = g.TITLE | g.GIVEN | g.MODIFIER
_TWO_PARTS = g.COMMON | g.ORG_HEAD | g.PLACE_HEAD


class Word(NamedTuple):
    """A word of a run, with what it may be."""

    start: int
    end: int
    text: str
    flags: int


class Candidate(NamedTuple):
    """A name in a run; `kind` is None where only its surroundings or the rest of the text can tell."""

    start: int
    end: int
    name: str
    kind: str | None
    rule: str
    words: tuple[Word, ...]
    initial: bool


@lru_cache(maxsize=1 << 16)
def read_run(run: str, initial: bool) -> tuple[Candidate, ...]:
    """Return the names of a run; `initial` says that a sentence begins with it."""
    return tuple(_Run(run).candidates(initial))


def words_of(text: str, start: int = 0, end: int | None = None) -> list[Word]:
    """Return the capitalised words of text[start:end]."""
    flags_of = g.knowledge().words.get
    found = TOKEN.finditer(text, start, len(text) if end is None else end)
    return [Word(*m.span(), m[0], flags_of(m[0], 0)) for m in found]


def spelled(name: str) -> str:
    """Return a name that is printed in capitals as it is usually printed."""
    if len(name) <= 3 or "." in name or not name.isupper():
        return name
    return " ".join(word.capitalize() for word in name.split(" "))


def _may_be_title(word: Word) -> bool:
    return bool(word.flags & g.TITLE) or "-" in word.text


class _Run:
    def __init__(self, run: str):
        self.text = run
        self.known = g.knowledge()
        self.found: list[Candidate] = []

    def candidates(self, initial: bool) -> list[Candidate]:
        words = words_of(self.text)
        if words and words[0].start:
            words[0] = words[0]._replace(start=0, text=self.text[:words[0].end])
        if initial:
            words, initial = self._without_opening(words)
        pieces = self._pieces(words) if len(words) > 1 or (words and words[0].flags & g.TIME) else (words,)
        for piece in pieces:
            if piece:
                self._read_piece(piece, initial and piece[0] is words[0])
        return self.found

    def _without_opening(self, words: list[Word]) -> tuple[list[Word], bool]:
        """Drop words that are capitalised only because a sentence begins."""
        for i, word in enumerate(words):
            if self._opens_known(words[i:]):
                return words[i:], i == 0
            if word.flags & g.FUNCTION:
                continue
            if i:
                return words[i:], False
            if word.flags & g.COMMON and not word.flags & _OPENERS:
                if len(words) == 1:
                    return [], False
                if not words[1].flags & _TWO_PARTS:
                    return words[1:], False
            return words[i:], True
        return [], False

    def _opens_known(self, words: list[Word]) -> bool:
        start, count = words[0].start, len(words)
        return (count > 1 and self._is_known(self.text[start:words[1].end])) or (
            count > 2 and self._is_known(self.text[start:words[2].end])
        )

    def _is_known(self, name: str) -> bool:
        return name in self.known.places or name in self.known.organizations

    def _pieces(self, words: list[Word]):
        """Cut a run at times, and at `of`, `for`, `and` where they do not belong to one name."""
        piece: list[Word] = []
        for i, word in enumerate(words):
            if (word.text == "The" and piece) or (word.flags & g.TIME and not self._is_named_like_a_time(words, i)):
                yield piece
                piece = []
                continue
            if piece and not self._is_joined(piece, word):
                yield piece
                piece = []
            piece.append(word)
        yield piece

    def _is_named_like_a_time(self, words: list[Word], i: int) -> bool:
        """`April Jones`, `Sunday Times`, `Sheffield Wednesday`."""
        word, after = words[i], words[i + 1] if i + 1 < len(words) else None
        if i and f"{words[i - 1].text} {word.text}" in self.known.organizations:
            return True
        if after is None or self.text[word.end:after.start] != " ":
            return False
        if f"{word.text} {after.text}" in self.known.organizations:
            return True
        return bool(word.flags & g.GIVEN and after.flags & g.SURNAME and not after.flags & (g.TIME | g.COMMON))

    def _is_joined(self, piece: list[Word], word: Word) -> bool:
        link, last = self._link(piece[-1], word), piece[-1].text
        if link not in _JOINING:
            return True
        if self._is_known(f"{last} {link} {word.text}"):
            return True
        if link == "and":
            # Food and Drug Administration, Health and Human Services
            return bool(piece[-1].flags & (g.COMMON | g.MODIFIER) and word.flags & (g.COMMON | g.MODIFIER))
        return last in lists.ORG_OF or (link[0] == "o" and (last in lists.PLACE_HEADS or last in lists.EVENT_HEADS))

    def _link(self, left: Word, right: Word) -> str:
        return self.text[left.end:right.start].strip()

    # one piece

    def _read_piece(self, words: list[Word], initial: bool) -> None:
        backwards = range(len(words) - 1, -1, -1)
        title = next((i for i in backwards if _may_be_title(words[i]) and self._is_title(words, i)), None)
        if title is None:
            return self._read_name(words, initial)
        before, after = self._owner(words[:title]), words[title + 1:]
        if before:
            self._read_name(before, initial)
        if not after:
            return
        if self._link(words[title], after[0]) in _JOINING or after[0].flags & g.FUNCTION:
            return self._read_name(after, False)
        self._add(after, PERSON, "title")

    def _owner(self, words: list[Word]) -> list[Word]:
        """Return of the words before a title those that name its house: `Interpol` of `Interpol Deputy`."""
        while words and words[-1].flags & (g.MODIFIER | g.TITLE) and not self._is_known(self._name(words)):
            words = words[:-1]
        plain = all(word.flags & (g.COMMON | g.MODIFIER) for word in words[1:])
        return words[:1] if words and plain and self._is_known(words[0].text) else words

    def _is_title(self, words: list[Word], i: int) -> bool:
        word, flags = words[i].text, words[i].flags
        if "-" in word:
            flags |= self.known.words.get(word.rpartition("-")[2], 0) & g.TITLE
        if not flags & g.TITLE:
            return False
        if i + 1 == len(words):
            return not flags & (g.GIVEN | g.ORG_HEAD) and self._name(words) not in self.known.organizations
        after, last = words[i + 1].flags, words[-1].flags
        if after & (g.COMMON | g.ORG_HEAD) and not after & (g.GIVEN | g.SURNAME):
            return False
        if last & (g.ORG_HEAD | g.EVENT | g.PLACE_HEAD):
            return False
        return word in _SURE_TITLES or not flags & g.GIVEN or i > 0 or not after & g.SURNAME

    def _read_name(self, words: list[Word], initial: bool) -> None:
        while words and words[0].flags & (g.FUNCTION | g.OTHER) and self._name(words) not in self.known.organizations:
            words, initial = words[1:], False
        if not words:
            return
        name = self._name(words)
        if name in self.known.others:
            return
        if name in self.known.organizations:
            return self._add(words, ORGANIZATION, "known_organization")
        if self._is_certain_place(words, spelled(name)):
            return self._add(words, PLACE, "known_place")
        if len(words) == 1 or not self._read_several(words, initial, words[0].flags, words[-1].flags):
            self._add(words, None, "", initial)

    def _is_certain_place(self, words: list[Word], name: str) -> bool:
        size = self.known.places.get(name, 0)
        doubtful = len(words) == 1 and self.known.words.get(name, 0) & (g.COMMON | g.GIVEN)
        return bool(size & g.COUNTRY or (size & g.CITY and not doubtful))

    def _read_several(self, words: list[Word], initial: bool, first: int, last: int) -> bool:
        """Decide a name of several words; return False where it must stay open."""
        if last & g.EVENT and not last & g.ORG_HEAD:
            return True
        if last & g.PEOPLE:
            if len(words) > 2:
                self._read_name(words[:-1], initial)
            return True
        rule = self._organization_rule(words, last)
        if rule == "place_first":
            self._read_name(words[:1], initial)
            self._read_name(words[1:], False)
        elif rule:
            self._add(words, ORGANIZATION, rule)
        elif len(words) == 2 and first & g.GIVEN and last & g.SURNAME and last & g.PLACE_HEAD:
            self._add(words, PERSON, "given_name")
        elif last & g.PLACE_HEAD or (words[0].text in lists.PLACE_LEADS and not last & g.COMMON):
            self._add(words, PLACE, "place_head")
        elif first & g.PEOPLE:
            self._read_name(words[1:], False)
        elif words[0].text in lists.ORG_LEADS:
            self._add(words, ORGANIZATION, "organization_lead")
        elif len(words) <= 4 and self._is_person(words, first, last):
            self._add(words, PERSON, "given_name" if first & g.GIVEN else "initials")
        else:
            return False
        return True

    def _organization_rule(self, words: list[Word], last: int) -> str | None:
        inner = self.text[words[0].end:words[-1].start]
        if any(w.flags & g.ORG_FORM for w in words[1:]):
            return "company_form"
        if "&" in inner:
            return "ampersand"
        if self.known.places.get(words[0].text, 0) & g.COUNTRY and ACRONYM.fullmatch(words[0].text):
            named = len(words) == 2 and last & g.ORG_HEAD and words[1].text not in self.known.organizations
            return "organization_head" if named else "place_first"
        if " of " in inner and any(w.text in lists.ORG_OF for w in words[:-1]):
            return "office_of"
        return "organization_head" if last & g.ORG_HEAD else None

    def _is_person(self, words: list[Word], first: int, last: int) -> bool:
        if len(words[-1].text) < 4 and ACRONYM.fullmatch(words[-1].text):
            return False
        named = first & g.GIVEN or _INITIALS.fullmatch(words[0].text)
        return bool(named) and (not last & g.COMMON or bool(last & g.SURNAME))

    def _name(self, words: list[Word]) -> str:
        return self.text[words[0].start:words[-1].end]

    def _add(self, words: list[Word], kind: str | None, rule: str, initial: bool = False) -> None:
        start, end = words[0].start, words[-1].end
        if start > 3 and self.text[start - 4] == " " and self.text.startswith(ARTICLE_PREFIXES, start - 3):
            start -= 3
        self.found.append(Candidate(start, end, self.text[start:end], kind, rule, tuple(words), initial))
