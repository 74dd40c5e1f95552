"""Finds the named speaker in the words for a speaker: the name that is their head, and the name they belong to."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from newsmill.glossary import GLOSSARY
from newsmill.quotes.speakers import (
    DETERMINERS,
    ENDS_HEAD,
    NAME_PARTICLES,
    OFFICES,
    TITLES,
    is_role,
    is_short_name,
)

Span = tuple[int, int]
PERSON, ORGANIZATION, _ = GLOSSARY["entity_type"].values
POSSESSIVE = re.compile(r"['’]s?(?!\w)")
_WORD = re.compile(r"[^\s,;:()\"“”]+")
_COMPLEMENT = re.compile(r"(?:^|\s)(of|for|at|with|from|in|by|to|on)\s+((?:[^\s,]+\s+){0,4})$")
_AGE_BEHIND_NAME = re.compile(r"\s?,(?:\s?(?:aged?\s)?\d{1,2},)?\s(?:(?:an?|the|his|her|its|their)\s)?$")
_BEHIND_ROLE = re.compile(r"(?:\s?[,–—(-])?\s?")
_TITLE_WORDS = re.compile(r"(?:(?:[A-Z][\w.'’&-]*|of|for|and|the|&|[a-z]+-[A-Z]\w+)[,/]?\s?|\(\w+\),?\s?){0,12}")
_BEARER_TITLE = re.compile(r"(?: \([^()\n]{2,12}\))?(?: [A-Za-z-]+){1,4} ")
MAX_APPOSITION_CHARS, MAX_NAMES_IN_PHRASE, MAX_DESCRIBING_MENTIONS = 100, 8, 3
"""Reach from a role to its name, names read of one phrase, and mentions that describe an entity. Set by hand."""


class NameMention(NamedTuple):
    """One name of an article, as the extractor of names gives it."""

    start: int
    end: int
    entity_type: str
    entity_id: str
    canonical_name: str
    role_title: str | None
    sentence: int


class NamedParts(NamedTuple):
    """The name that is the head of a phrase, and the last name that the head belongs to."""

    head: NameMention | None
    owner: NameMention | None


class ArticleNames:
    """The names of one article in order of the text."""

    def __init__(self, mentions: Sequence[NameMention]) -> None:
        self.mentions = mentions
        self.starts = [mention.start for mention in mentions]
        self.entities = [mention.entity_id for mention in mentions]
        self._of_entity: dict[str, list[NameMention]] = {}
        for mention in mentions:
            self._of_entity.setdefault(mention.entity_id, []).append(mention)
        self._role_words: dict[str, frozenset[str]] = {}

    def list_overlapping(self, start: int, end: int) -> Sequence[NameMention]:
        """Return the names that share characters with a span."""
        first = bisect_left(self.starts, start)
        if first and self.mentions[first - 1].end > start:
            first -= 1
        return self.mentions[first : min(bisect_left(self.starts, end), first + MAX_NAMES_IN_PHRASE)]

    def list_first_mentions(self, entity_id: str) -> Sequence[NameMention]:
        """Return the first mentions of an entity, which describe it."""
        return self._of_entity[entity_id][:MAX_DESCRIBING_MENTIONS]

    def list_role_words(self, entity_id: str) -> frozenset[str]:
        """Return the words of all roles of a person, in small letters."""
        known = self._role_words.get(entity_id)
        if known is None:
            roles = {mention.role_title.lower() for mention in self._of_entity[entity_id] if mention.role_title}
            known = self._role_words[entity_id] = frozenset(word for role in roles for word in role.split())
        return known

    def find_starting_in(self, start: int, end: int) -> NameMention | None:
        """Return the first name that begins in a span."""
        i = bisect_left(self.starts, start)
        return self.mentions[i] if i < len(self.mentions) and self.mentions[i].start < end else None

    def find_ending_at(self, text: str, start: int) -> NameMention | None:
        """Return the name in front of an apposition that begins at `start`: Ida Holm, 34, the nurse."""
        i = bisect_left(self.starts, start) - 1
        if i < 0 or start - self.mentions[i].end > MAX_APPOSITION_CHARS:
            return None
        between = text[self.mentions[i].end : start]
        return self.mentions[i] if _AGE_BEHIND_NAME.fullmatch(between) else None

    def find_alike(self, name: str, position: int) -> NameMention | None:
        """Return the last name before a position, else the first behind, that ends in the same word as a name."""
        alike = self._of_last_word.get(_read_last_word(name))
        if not alike:
            return None
        i = bisect_right(alike, bisect_left(self.starts, position) - 1)
        return self.mentions[alike[max(i - 1, 0)]]

    @cached_property
    def _of_last_word(self) -> dict[str, list[int]]:
        """Return the indices of the names by last word, without the last words of several entities."""
        indices: dict[str, list[int]] = {}
        for i, mention in enumerate(self.mentions):
            indices.setdefault(_read_last_word(mention.canonical_name), []).append(i)
        return {word: alike for word, alike in indices.items() if len({self.mentions[i].entity_id for i in alike}) == 1}


def _read_last_word(name: str) -> str:
    """Return the last word of a name, in small letters."""
    return name.rpartition(" ")[2].lower()


def find_named_parts(text: str, span: Span, names: ArticleNames) -> NamedParts:
    """Return the head and the owner among the names of a speaker's phrase."""
    owner = None
    inside = names.list_overlapping(*span)
    for i, mention in enumerate(inside):
        if _is_owner(text, span, mention, inside[i + 1 :]):
            owner = mention
            continue
        if is_short_name(mention.canonical_name):
            continue
        return NamedParts(mention, owner)
    return NamedParts(None, owner)


def _is_owner(text: str, span: Span, mention: NameMention, others: Sequence[NameMention]) -> bool:
    """Return whether a name in a phrase belongs to the head: Holm's lawyer, a spokesman for Holm, Orla officials."""
    rest = text[mention.end : span[1]]
    possessive = POSSESSIVE.match(rest)
    if possessive and _WORD.search(rest, possessive.end()):
        return True
    word = _WORD.match(rest.lstrip())
    if word and rest[:1] == " " and _continues_to_head(word[0], mention, others):
        return True
    return _is_complement(text[span[0] : max(mention.start, span[0])], mention)


def _continues_to_head(word: str, mention: NameMention, others: Sequence[NameMention]) -> bool:
    """Return whether the word behind a name leads to the head: Orla officials, Orla boss Ida Holm."""
    if mention.entity_type != PERSON and any(other.entity_type == PERSON for other in others):
        return word.lower() not in ENDS_HEAD
    if word[0].isupper():
        return mention.entity_type != PERSON and is_role(word.lower())
    return word[0].islower() and word not in ENDS_HEAD and word not in ("and", "or") and word not in NAME_PARTICLES


def _is_complement(before: str, mention: NameMention) -> bool:
    """Return whether a preposition binds a name to a head: the chief of Orla, not Minister of Health Ida Holm."""
    match = _COMPLEMENT.search(before)
    if not match or not _WORD.search(before, 0, match.start() + 1):
        return False
    words = [word for word in match[2].split() if word.lower() not in DETERMINERS]
    if mention.entity_type != PERSON or match[1] in ("for", "to", "with"):
        return True
    untitled = [word for word in words if word[0].isupper() and word.rstrip(".").lower() not in TITLES | OFFICES]
    return not untitled


def find_title_bearer(text: str, end: int, names: ArticleNames) -> NameMention | None:
    """Return the person whose title begins with an organisation ending at `end`: the Orla Board (OB) chair Ida Holm."""
    reach = _BEARER_TITLE.match(text, end, end + MAX_APPOSITION_CHARS)
    behind = names.find_starting_in(end, reach.end() + 1) if reach else None
    if behind is None or reach is None or behind.entity_type != PERSON:
        return None
    words = _WORD.findall(text, end, behind.start)
    return behind if any(is_role(word.lower()) for word in words) else None


def find_apposition(text: str, span: Span, names: ArticleNames) -> NameMention | None:
    """Return the person named next to a role: the mayor, Ida Holm; Ida Holm, the mayor."""
    gap = _BEHIND_ROLE.match(text, span[1])
    start = gap.end() if gap else span[1]
    title = _TITLE_WORDS.match(text, start, start + MAX_APPOSITION_CHARS)
    reach = title.end() if title else start
    behind = names.find_starting_in(start, max(reach, start + 1))
    while behind and behind.entity_type != PERSON and behind.end < reach:
        behind = names.find_starting_in(behind.end, reach)
    if behind and behind.entity_type == PERSON and not POSSESSIVE.match(text, behind.end):
        return behind
    before = names.find_ending_at(text, span[0])
    return before if before and before.entity_type == PERSON else None
