"""Find candidate pairs of near-duplicates: texts with enough shared LSH keys.

Layout: `entries` lists (key, text) rows. The kernel receives the rows sorted by key: bucket k is the rows `starts[k]`
up to `starts[k + 1]`, the first members in front, up to `leaders_end[k]`. A text is compared with all texts of a
bucket as a first member of the bucket, else with the first members alone: the cost of an oversized bucket stays linear.

Example: the keys [7, 7, 7, 9, 9] of the texts [0, 1, 2, 0, 2], where text 0 is a first member of both, give the
`starts` [0, 3, 5]. The pairs are (0, 1) and (0, 2); texts 1 and 2 share key 7 and are not compared.
"""

from typing import NamedTuple

import numpy as np

from newsmill.compiled import compiled, compiled_in_place

MIN_SHARED_TENTHS = 3
"""Tenths of the smaller text's sampled shingles, the least for a candidate pair; a shared band is enough."""
_INITIAL_PAIRS = 1 << 16
PAIR = np.dtype((np.record, [("first", np.int32), ("second", np.int32)]))


class KeyEntries(NamedTuple):
    """The (key, text) rows of all texts.

    `texts` are indexes; `is_band` separates bands from sampled shingles. A first member (`is_leader`) of a bucket is
    compared with all texts of the bucket.
    """

    keys: np.ndarray
    texts: np.ndarray
    is_band: np.ndarray
    is_leader: np.ndarray


class Buckets(NamedTuple):
    """The texts of all entries by key: first row and end of the first members of each bucket, and its kind."""

    texts: np.ndarray
    starts: np.ndarray
    leaders_end: np.ndarray
    is_band: np.ndarray


class EntryIndex(NamedTuple):
    """Entries and buckets by text: those of text n are `entries[starts[n]]` up to `entries[starts[n + 1]]`."""

    starts: np.ndarray
    entries: np.ndarray
    buckets: np.ndarray


class SharedKeys(NamedTuple):
    """Keys shared with the current text, by other text: sampled shingles, and whether any band; and those texts."""

    samples: np.ndarray
    has_band: np.ndarray
    texts: np.ndarray


def find_candidates(entries: KeyEntries, is_changed: np.ndarray, sample_counts: np.ndarray) -> np.ndarray:
    """Return pairs of texts that share enough keys, a pair per row, the lower index first; a changed text is in each.

    `is_changed` and `sample_counts` have a value per text: whether the text is new or changed, and the number of
    sampled shingles.
    """
    order = np.argsort(2 * entries.keys + ~entries.is_leader)  # by key, first members in front
    texts, is_leader = entries.texts[order], entries.is_leader[order]
    bucket_starts = np.flatnonzero(np.diff(entries.keys[order], prepend=-1))
    leader_counts = np.add.reduceat(is_leader, bucket_starts, dtype=np.int64) if len(texts) else np.zeros(0, np.int64)
    buckets = Buckets(
        texts,
        np.append(bucket_starts, len(texts)),
        bucket_starts + leader_counts,
        entries.is_band[order[bucket_starts]],
    )
    return _find_pairs(buckets, is_changed, sample_counts).view(np.int32).reshape(-1, 2)


@compiled
def _find_pairs(buckets, is_changed, sample_counts):
    """Count the keys shared between each changed text and other texts; return the candidate pairs."""
    text_count = len(is_changed)
    index = _index_by_text(buckets, text_count)
    shared = SharedKeys(
        np.zeros(text_count, np.int32), np.zeros(text_count, np.bool_), np.empty(text_count, np.int32)
    )  # fmt: skip
    pairs, n_pairs = np.empty(_INITIAL_PAIRS, PAIR), 0
    for text in range(text_count):
        if not is_changed[text]:
            continue
        n_shared = _count_shared_keys(buckets, index, is_changed, text, shared)
        if n_pairs + n_shared > len(pairs):
            pairs = np.concatenate((pairs, np.empty(len(pairs) + n_shared, PAIR)))
        for other in shared.texts[:n_shared]:
            least = min(sample_counts[text], sample_counts[other])
            if shared.has_band[other] or 10 * shared.samples[other] >= MIN_SHARED_TENTHS * least:
                pairs[n_pairs].first, pairs[n_pairs].second = min(text, other), max(text, other)
                n_pairs += 1
            shared.samples[other], shared.has_band[other] = 0, False
    return pairs[:n_pairs]


@compiled_in_place
def _count_shared_keys(buckets, index, is_changed, text, shared):
    """Count the keys shared between a text and each other text; return the number of other texts."""
    n_shared = 0
    for i in range(index.starts[text], index.starts[text + 1]):
        bucket = index.buckets[i]
        start, end = buckets.starts[bucket], buckets.leaders_end[bucket]
        if index.entries[i] < end:  # the text is a first member
            end = buckets.starts[bucket + 1]
        for j in range(start, end):
            other = buckets.texts[j]
            if other == text or (is_changed[other] and other < text):  # this pair was counted from the other text
                continue
            if not shared.samples[other] and not shared.has_band[other]:
                shared.texts[n_shared] = other
                n_shared += 1
            if buckets.is_band[bucket]:
                shared.has_band[other] = True
            else:
                shared.samples[other] += 1
    return n_shared


@compiled
def _index_by_text(buckets, text_count):
    """List the entries and buckets by text."""
    text_start = np.zeros(text_count + 1, np.int64)
    for text in buckets.texts:
        text_start[text + 1] += 1
    text_start = np.cumsum(text_start)
    text_end, entries, bucket_of = (
        text_start[:-1].copy(),
        np.empty(len(buckets.texts), np.int32),
        np.empty(len(buckets.texts), np.int32),
    )
    for bucket in range(len(buckets.starts) - 1):
        for entry in range(buckets.starts[bucket], buckets.starts[bucket + 1]):
            text = buckets.texts[entry]
            entries[text_end[text]], bucket_of[text_end[text]] = entry, bucket
            text_end[text] += 1
    return EntryIndex(text_start, entries, bucket_of)
