"""Patterns of names, step by step: `*`, `?` and `[…]` within a step, `**` over any number of them."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

_PATTERN = re.compile(r"[*?\[]")


def has_pattern(text: str) -> bool:
    """Tell whether a text is a pattern and not a name."""
    return _PATTERN.search(text) is not None


def split(place: str) -> tuple[str, list[str]]:
    """Part a place into the folder before its first pattern and the steps from there on."""
    steps = place.split("/")
    first = next(index for index, step in enumerate(steps) if has_pattern(step))
    return "/".join(steps[:first]) or place[: place.startswith("/")], steps[first:]


def matches(steps: Sequence[str], pattern: Sequence[str]) -> bool:
    """Tell whether the steps of a name fit a pattern."""
    if not pattern:
        return not steps
    if pattern[0] == "**":
        return matches(steps, pattern[1:]) or (bool(steps) and matches(steps[1:], pattern))
    return bool(steps) and fnmatchcase(steps[0], pattern[0]) and matches(steps[1:], pattern[1:])


def may_hold(folder: Sequence[str], pattern: Sequence[str]) -> bool:
    """Tell whether a name that fits may lie in a folder or below it."""
    if not folder:
        return True
    if not pattern:
        return False
    return pattern[0] == "**" or (fnmatchcase(folder[0], pattern[0]) and may_hold(folder[1:], pattern[1:]))


def picks(path: str, pattern: str | None) -> bool:
    """Tell whether a pattern picks a path: by its last steps, as many as the pattern has."""
    if pattern is None:
        return True
    steps = [step for step in path.split("/") if step]
    wanted = [step for step in pattern.split("/") if step]
    return matches(steps, ["**", *wanted])


def is_hidden(step: str) -> bool:
    """Tell whether a name is hidden, as drafts and leftovers of other programs are."""
    return step.startswith(".")
