"""The direction of a clause: whether what it tells of a day is past or still ahead, by the verb nearest to it."""

import re

from newsmill.dates.normalization import AHEAD, NEITHER, PAST
from newsmill.dates.token_classes import AHEAD as AHEAD_VERB
from newsmill.dates.token_classes import PAST as PAST_VERB
from newsmill.dates.token_classes import PRESENT, STOP

REACH_BACK, REACH_ON = 12, 12
_NEXT = re.compile(f"[{AHEAD_VERB}{PAST_VERB}{STOP}]")


def tense(tenses: str, first: int, past: int) -> int:
    """Return the direction of the clause about the tokens from `first` to `past`: PAST, NEITHER or AHEAD."""
    begin = max(first - REACH_BACK, 0)
    before = max([tenses.rfind(mark, begin, first) for mark in (AHEAD_VERB, PAST_VERB, STOP)])
    after = _NEXT.search(tenses, past, past + REACH_ON)
    back, on = _direction(tenses, before), _direction(tenses, after.start() if after else -1)
    is_nearer = back != NEITHER and (on == NEITHER or first - 1 - before <= after.start() - past + 1)
    return back if is_nearer else on


def _direction(tenses: str, verb: int) -> int:
    """Return what a verb tells; what is heard in May is ahead, though `heard` alone is past."""
    if verb < 0 or tenses[verb] == STOP:
        return NEITHER
    is_passive = verb > 0 and tenses[verb - 1] == PRESENT
    return AHEAD if is_passive or tenses[verb] == AHEAD_VERB else PAST
