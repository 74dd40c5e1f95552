"""Finds the direction of a clause, past or ahead, from the verb nearest to a temporal expression."""

import re

from newsmill.dates.normalization import AHEAD, NEITHER, PAST
from newsmill.dates.token_classes import AHEAD as AHEAD_VERB
from newsmill.dates.token_classes import PAST as PAST_VERB
from newsmill.dates.token_classes import PRESENT, STOP

REACH_BEFORE, REACH_AFTER = 12, 12  # tokens searched for a verb, within the sentence
_NEXT = re.compile(f"[{AHEAD_VERB}{PAST_VERB}{STOP}]")


def find_clause_direction(tenses: str, start: int, end: int) -> int:
    """Return the direction of the clause around the tokens [start, end): PAST, NEITHER or AHEAD."""
    search_start = max(start - REACH_BEFORE, 0)
    before = max([tenses.rfind(mark, search_start, start) for mark in (AHEAD_VERB, PAST_VERB, STOP)])
    match = _NEXT.search(tenses, end, end + REACH_AFTER)
    after = match.start() if match else -1
    direction_before, direction_after = _direction(tenses, before), _direction(tenses, after)
    is_nearer = direction_before != NEITHER and (direction_after == NEITHER or start - 1 - before <= after - end + 1)
    return direction_before if is_nearer else direction_after


def _direction(tenses: str, verb: int) -> int:
    """Return the direction of a verb: `is heard in May` is ahead, though `heard` alone is past."""
    if verb < 0 or tenses[verb] == STOP:
        return NEITHER
    is_passive = verb > 0 and tenses[verb - 1] == PRESENT
    return AHEAD if is_passive or tenses[verb] == AHEAD_VERB else PAST
