"""The direction of a clause: whether what it tells of a day is past or still ahead, by the verb nearest to it."""

from collections.abc import Sequence

from newsmill.times.meaning import AHEAD, NEITHER, PAST

REACH_BACK, REACH_ON = 12, 12
AHEAD_WORDS = frozenset(
    "will ll shall won can could may might would expected expects expect scheduled schedule due plans plan planned "
    "planning set hopes hope intends intend likely effective payable expire expires upcoming proposed "
    "tomorrow future going promises promised vows agreed ready prepare preparing aims begins starts opens".split()
)
PAST_WORDS = frozenset(
    "was were had did said told wrote met began came went took made found won lost saw gave held left got fell rose "
    "kept felt became brought thought spoke ran struck shot hit broke knew led paid sold sent spent stood heard "
    "ended has have been since quoted cut grew shown put fled flew drew threw blew woke died".split()
)
PRESENT = frozenset(("is", "are", "be"))  # what is heard in May is ahead
STOPS = frozenset(".!?;\n")
# their -ed is no past tense
NO_PAST = frozenset("united need indeed speed exceed proceed succeed feed bed red shed armed alleged".split())


def tense(pieces: Sequence[str], first: int, past: int) -> int:
    """Return the direction of the clause about the tokens from `first` to `past`: PAST, NEITHER or AHEAD."""
    before = _nearest(pieces, range(first - 1, max(first - 1 - REACH_BACK, -1), -1))
    after = _nearest(pieces, range(past, min(past + REACH_ON, len(pieces))))
    return (before if before[0] <= after[0] + 1 else after)[1]


def _nearest(pieces: Sequence[str], tokens: range) -> tuple[int, int]:
    for distance, token in enumerate(tokens):
        word = pieces[token].rstrip()
        if word in STOPS:
            break
        word = word.lower()
        if word in AHEAD_WORDS:
            return distance, AHEAD
        if word in PAST_WORDS or (word.endswith("ed") and word not in NO_PAST):
            is_passive = token and pieces[token - 1].rstrip() in PRESENT
            return distance, AHEAD if is_passive else PAST
    return REACH_BACK + REACH_ON, NEITHER
