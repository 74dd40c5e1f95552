"""Leaves out court cases that are called by two surnames: in `Quill v. Marsh` neither name is an actor of the article.

Matches are written alike, so a word of a court must be near. Later the case may be called by one name alone, the court
overturned Quill: dropped where nothing else in the article shows a person. A person against an organisation stays, as
these are often the parties of the day.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from newsmill.mentions.roles import is_title
from newsmill.mentions.tagger import PERSON, Tag

AMERICAN_JOINT = " v. "
OTHER_JOINTS = frozenset((" v ", " vs ", " vs. "))
_COURT = re.compile(r"\b(?:courts?|rul(?:ed|ing)|justices?|judges?|lawsuit|plaintiffs?)\b", re.IGNORECASE)
_SUPREME_COURT = re.compile(r"\bSupreme Court\b")
COURT_CHARS, TITLE_CHARS = 300, 40
"""Characters around a case that are searched for a court, and in front of a name for a title: about two sentences."""


def drop_court_cases(text: str, tags: list[Tag]) -> list[Tag]:
    """Return the tags in order, without the names of cases, long and short."""
    if not any(joint in text for joint in (AMERICAN_JOINT, *OTHER_JOINTS)):
        return tags
    sides = {side for case in _find_cases(text, tags) for side in case}
    others = [tag for tag in tags if tag not in sides]
    short = {text[side.start : side.end] for side in sides}
    people = {text[tag.start : tag.end].rpartition(" ")[2] for tag in others if _shows_person(text, tag)}
    return [tag for tag in others if tag.entity_type != PERSON or text[tag.start : tag.end] not in short - people]


def _find_cases(text: str, tags: list[Tag]) -> Iterator[tuple[Tag, Tag]]:
    """Yield the two surnames of each case."""
    for one, other in pairwise(tags):
        joint = text[one.end : other.start]
        court = _COURT if joint == AMERICAN_JOINT else _SUPREME_COURT if joint in OTHER_JOINTS else None
        if (
            court
            and _is_surname(text, one)
            and _is_surname(text, other)
            and court.search(text, max(one.start - COURT_CHARS, 0), other.end + COURT_CHARS)
        ):
            yield one, other


def _is_surname(text: str, tag: Tag) -> bool:
    return tag.entity_type == PERSON and text.find(" ", tag.start, tag.end) < 0


def _shows_person(text: str, tag: Tag) -> bool:
    """Return whether a name is a person's full name, or one with a title in front."""
    words_before = text[max(tag.start - TITLE_CHARS, 0) : tag.start].split()
    return not _is_surname(text, tag) or bool(words_before and is_title(words_before[-1]))
