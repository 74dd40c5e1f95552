"""Leaves out the sides of court cases: in `Quill v. Marsh` neither name is an actor of the article.

An American report writes `v.` for cases alone. Without the point, or as `vs.`, it may be a match, so the article must
name a supreme court.
"""

from collections.abc import Iterator
from itertools import pairwise

from newsmill.mentions.tagger import PERSON, Tag

CASE_JOINT = " v. "
MATCH_OR_CASE_JOINTS = frozenset((" v ", " vs ", " vs. "))
COURT = "Supreme Court"


def drop_court_cases(text: str, tags: list[Tag]) -> list[Tag]:
    """Return the tags in order, without the sides of cases and the short names of cases: overturned Quill."""
    sides = {side for pair in _find_cases(text, tags) for side in pair}
    if not sides:
        return tags
    others = [tag for tag in tags if tag not in sides]
    people = {text[tag.start : tag.end].rpartition(" ")[2] for tag in others if _is_long_name(text, tag)}
    short_names = {text[side.start : side.end] for side in sides if not _is_long_name(text, side)} - people
    return [tag for tag in others if text[tag.start : tag.end] not in short_names]


def _find_cases(text: str, tags: list[Tag]) -> Iterator[tuple[Tag, Tag]]:
    """Yield the two sides of each case; one side at least is a person, as two organisations may be teams."""
    joints = MATCH_OR_CASE_JOINTS | {CASE_JOINT} if COURT in text else {CASE_JOINT}
    for one, other in pairwise(tags):
        if text[one.end : other.start] in joints and PERSON in (one.entity_type, other.entity_type):
            yield one, other


def _is_long_name(text: str, tag: Tag) -> bool:
    return tag.entity_type == PERSON and text.find(" ", tag.start, tag.end) >= 0
