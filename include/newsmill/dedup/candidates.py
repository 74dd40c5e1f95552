"""Texts that may be copies of others: all are found by keys, and two that share enough of them are candidates."""

from typing import NamedTuple

import numpy as np

from newsmill.compiled import compiled

SHARED_TENTHS = 3
"""Of the samples of the text that has fewer: two that share so many are candidates, as two of one band are."""
_FEW_PAIRS = 1 << 16


class Entries(NamedTuple):
    """A row a key and text that has it: texts are numbers, and a leader is compared with all that share the key."""

    keys: np.ndarray
    texts: np.ndarray
    is_band: np.ndarray
    is_leader: np.ndarray


def candidates(entries: Entries, is_changed: np.ndarray, sample_counts: np.ndarray) -> np.ndarray:
    """Return pairs of texts, the lesser number first, of which one was changed and that share enough; a row a pair.

    `is_changed` and `sample_counts` tell of each text whether it was changed and how many samples it has.
    """
    order = np.argsort(2 * entries.keys + ~entries.is_leader)  # by keys, and of each the leaders first
    texts, is_leader = entries.texts[order], entries.is_leader[order]
    begins = np.flatnonzero(np.diff(entries.keys[order], prepend=-1))
    runs = np.append(begins, len(texts))
    leaders = np.add.reduceat(is_leader, begins, dtype=np.int64) if len(texts) else np.zeros(0, np.int64)
    return _pairs(texts, runs, begins + leaders, entries.is_band[order[begins]], is_changed, sample_counts)


@compiled
def _pairs(texts, runs, leaders_end, is_band, is_changed, sample_counts):
    """Count text by text what each that was changed shares with others."""
    first_entry, entry_of, run_of = _by_text(texts, runs, len(is_changed))
    samples, has_band = np.zeros(len(is_changed), np.int32), np.zeros(len(is_changed), np.bool_)
    met, pairs, few = np.empty(len(is_changed), np.int32), np.empty((_FEW_PAIRS, 2), np.int32), 0
    for text in range(len(is_changed)):
        if not is_changed[text]:
            continue
        n_met = 0
        for at in range(first_entry[text], first_entry[text + 1]):
            entry, run = entry_of[at], run_of[at]
            is_leader = entry < leaders_end[run]
            for place in range(runs[run], runs[run + 1] if is_leader else leaders_end[run]):
                other = texts[place]
                if other == text or (is_changed[other] and other < text):  # met before, from that side
                    continue
                if not samples[other] and not has_band[other]:
                    met[n_met] = other
                    n_met += 1
                if is_band[run]:
                    has_band[other] = True
                else:
                    samples[other] += 1
        if few + n_met > len(pairs):
            pairs = np.concatenate((pairs, np.empty((len(pairs) + n_met, 2), np.int32)))
        for other in met[:n_met]:
            least = min(sample_counts[text], sample_counts[other])
            if has_band[other] or 10 * samples[other] >= SHARED_TENTHS * least:
                pairs[few, 0], pairs[few, 1] = min(text, other), max(text, other)
                few += 1
            samples[other], has_band[other] = 0, False
    return pairs[:few]


@compiled
def _by_text(texts, runs, many):
    """Return the entries of each text and the runs they stand in, text after text, and where those of each begin."""
    begins = np.zeros(many + 1, np.int64)
    for text in texts:
        begins[text + 1] += 1
    begins = np.cumsum(begins)
    ends, entry_of, run_of = begins[:-1].copy(), np.empty(len(texts), np.int32), np.empty(len(texts), np.int32)
    for run in range(len(runs) - 1):
        for entry in range(runs[run], runs[run + 1]):
            at = ends[texts[entry]]
            entry_of[at], run_of[at] = entry, run
            ends[texts[entry]] += 1
    return begins, entry_of, run_of
