"""Scores of the second pass: the labels that the first pass gave to the other occurrences of a word in the text.

An article spells a name out once and shortens it often. The first pass finds probabilities of labels for each token.
Here they are summed over the capitalised occurrences of each word of a text, and each occurrence gets features of the
mean over the others. The weights of these features are added to the scores of the first pass.

Layout. `group[n]` is the number of the word of position n in windows, for each text anew, or -1 without a capital.
`marginals[n, label]` is a probability. A feature is a row of the table of `AGREEMENT_ROWS` rows.

Example. "Ann Hale left. Hale spoke." has Hale twice, so both have one group. The first Hale is LAST of person,
the second may be UNIT of place. The second gets the feature of a mean above .9 for LAST of person.
"""

from typing import NamedTuple

import numpy as np

from newsmill.compiled import compiled, inlined
from newsmill.mentions.crf import KINDS, LABEL_COUNT, OUTSIDE, POSITIONS

SHARE_STEPS = (0.05, 0.2, 0.5, 0.8, 0.95)
"""Lower bounds of the classes of a mean probability; below the first there is no feature."""
SHARE_CLASSES = len(SHARE_STEPS) + 1
KIND_COUNT = len(KINDS) + 1
"""Kinds of names, and no name."""
MAX_AGREEMENT_FEATURES = 40
_LABEL_ROWS = LABEL_COUNT * SHARE_CLASSES
_OWN_ROWS = LABEL_COUNT * KIND_COUNT * SHARE_CLASSES
_NEIGHBOUR_ROWS = KIND_COUNT * SHARE_CLASSES
# First rows of the features: mean of a label, own label and mean of a kind, greatest of a kind, and of both neighbours.
_OWN_START = _LABEL_ROWS
_BEST_START = _OWN_START + _OWN_ROWS
_PREVIOUS_START = _BEST_START + _OWN_ROWS
_NEXT_START = _PREVIOUS_START + _NEIGHBOUR_ROWS
AGREEMENT_ROWS = _NEXT_START + _NEIGHBOUR_ROWS


class GroupSums(NamedTuple):
    """Sums of probabilities by group: of labels, the greatest and second greatest of a kind, and the occurrences."""

    labels: np.ndarray
    best: np.ndarray
    second: np.ndarray
    occurrences: np.ndarray


def extract_agreement(marginals: np.ndarray, group: np.ndarray, window_start: np.ndarray) -> tuple:
    """Return the rows of the features of each position, and their counts."""
    group_count = int(group.max(initial=-1)) + 1
    sums = GroupSums(
        np.zeros((group_count, LABEL_COUNT), np.float32),
        np.zeros((group_count, KIND_COUNT), np.float32),
        np.zeros((group_count, KIND_COUNT), np.float32),
        np.zeros(group_count, np.int32),
    )
    rows, counts = np.empty((len(group), MAX_AGREEMENT_FEATURES), np.int32), np.zeros(len(group), np.int32)
    kinds = np.empty((len(group), KIND_COUNT), np.float32)
    _sum_groups(marginals, group, sums, kinds)
    _write_agreement(marginals, group, sums, kinds, rows, counts)
    _write_neighbours(group, sums, kinds, window_start, rows, counts)
    return rows, counts


@inlined
def _kind_of(label):
    """Return the kind of a label; no name is the last."""
    return len(KINDS) if label == OUTSIDE else (label - 1) // POSITIONS


@compiled
def _sum_groups(marginals, group, sums, kinds):
    """Sum the probabilities of each group, and write the probabilities of kinds."""
    for i in range(len(group)):
        for kind in range(KIND_COUNT):
            kinds[i, kind] = 0
        for label in range(LABEL_COUNT):
            kinds[i, _kind_of(label)] += marginals[i, label]
        if group[i] < 0:
            continue
        number = group[i]
        sums.occurrences[number] += 1
        for label in range(LABEL_COUNT):
            sums.labels[number, label] += marginals[i, label]
        for kind in range(KIND_COUNT):
            if kinds[i, kind] > sums.best[number, kind]:
                sums.second[number, kind] = sums.best[number, kind]
                sums.best[number, kind] = kinds[i, kind]
            elif kinds[i, kind] > sums.second[number, kind]:
                sums.second[number, kind] = kinds[i, kind]


@inlined
def _classify_share(share):
    """Return the class of a share, 0 for none."""
    result = 0
    for step in SHARE_STEPS:
        result += np.float64(share) >= step
    return result


@compiled
def _write_agreement(marginals, group, sums, kinds, rows, counts):
    """Write the features of the other occurrences of each word."""
    mean_kinds = np.empty(KIND_COUNT, np.float32)
    for i in range(len(group)):
        number, count = group[i], 0
        if number < 0 or sums.occurrences[number] < 2:
            continue
        others = sums.occurrences[number] - 1
        own = 0
        for kind in range(KIND_COUNT):
            mean_kinds[kind] = 0
        for label in range(LABEL_COUNT):
            if marginals[i, label] > marginals[i, own]:
                own = label
            share = (sums.labels[number, label] - marginals[i, label]) / others
            mean_kinds[_kind_of(label)] += share
            share_class = _classify_share(share)
            if share_class:
                rows[i, count] = label * SHARE_CLASSES + share_class
                count += 1
        for kind in range(KIND_COUNT):
            share_class = _classify_share(mean_kinds[kind])
            if share_class:
                rows[i, count] = _OWN_START + (own * KIND_COUNT + kind) * SHARE_CLASSES + share_class
                count += 1
            best = sums.best[number, kind] if kinds[i, kind] < sums.best[number, kind] else sums.second[number, kind]
            share_class = _classify_share(best)
            if share_class:
                rows[i, count] = _BEST_START + (own * KIND_COUNT + kind) * SHARE_CLASSES + share_class
                count += 1
        counts[i] = count


@compiled
def _write_neighbours(group, sums, kinds, window_start, rows, counts):
    """Add the features of the kinds of the words before and behind, in the whole text."""
    for window in range(len(window_start) - 1):
        start, end = window_start[window], window_start[window + 1]
        for i in range(start, end):
            count = counts[i]
            for side in range(2):
                j = i - 1 + 2 * side
                if j < start or j >= end or group[j] < 0 or sums.occurrences[group[j]] < 2:
                    continue
                base = _NEXT_START if side else _PREVIOUS_START
                for kind in range(KIND_COUNT):
                    share = _share_of_kind(sums, group[j], kind, kinds[j, kind])
                    share_class = _classify_share(share)
                    if share_class:
                        rows[i, count] = base + kind * SHARE_CLASSES + share_class
                        count += 1
            counts[i] = count


@inlined
def _share_of_kind(sums, number, kind, own):
    """Return the mean probability of a kind over the other occurrences."""
    total = np.float32(0)
    if kind == len(KINDS):
        total = sums.labels[number, OUTSIDE]
    else:
        for label in range(1 + kind * POSITIONS, 1 + (kind + 1) * POSITIONS):
            total += sums.labels[number, label]
    return (total - own) / (sums.occurrences[number] - 1)


@compiled
def add_agreement(rows, counts, weights, scores, window_start):
    """Add the weights of the features to the scores; return for each window whether any score changed."""
    is_changed = np.zeros(len(window_start) - 1, np.bool_)
    for window in range(len(window_start) - 1):
        for i in range(window_start[window], window_start[window + 1]):
            is_changed[window] |= counts[i] > 0
            for k in range(counts[i]):
                for label in range(LABEL_COUNT):
                    scores[i, label] += weights[rows[i, k], label]
    return is_changed
