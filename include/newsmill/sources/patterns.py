"""Matches path patterns step by step: `*`, `?` and `[…]` within a step, `**` over any number of steps."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

_PATTERN = re.compile(r"[*?\[]")


def has_pattern(text: str) -> bool:
    """Return whether a text contains a wildcard."""
    return _PATTERN.search(text) is not None


def split_pattern(path: str) -> tuple[str, list[str]]:
    """Split a path into the folder before the first wildcard and the remaining steps."""
    steps = path.split("/")
    start = next(i for i, step in enumerate(steps) if has_pattern(step))
    return "/".join(steps[:start]) or path[: path.startswith("/")], steps[start:]


def matches_pattern(steps: Sequence[str], pattern: Sequence[str]) -> bool:
    """Return whether the steps of a path match a pattern."""
    if not pattern:
        return not steps
    if pattern[0] == "**":
        return matches_pattern(steps, pattern[1:]) or (bool(steps) and matches_pattern(steps[1:], pattern))
    return bool(steps) and fnmatchcase(steps[0], pattern[0]) and matches_pattern(steps[1:], pattern[1:])


def may_contain(folder: Sequence[str], pattern: Sequence[str]) -> bool:
    """Return whether a folder may contain, at any depth, a matching path."""
    if not folder:
        return True
    if not pattern:
        return False
    return pattern[0] == "**" or (fnmatchcase(folder[0], pattern[0]) and may_contain(folder[1:], pattern[1:]))


def selects_path(path: str, pattern: str | None) -> bool:
    """Return whether a pattern matches the last steps of a path, as many as the pattern has."""
    if pattern is None:
        return True
    steps = [step for step in path.split("/") if step]
    pattern_steps = [step for step in pattern.split("/") if step]
    return matches_pattern(steps, ["**", *pattern_steps])


def is_hidden(step: str) -> bool:
    """Return whether a name starts with a dot, like temporary files of other programs."""
    return step.startswith(".")
