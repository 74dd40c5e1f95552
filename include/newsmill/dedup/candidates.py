"""Find candidate pairs of near-duplicates: texts with enough shared LSH keys.

Layout: `entries` lists (key, text) rows. The kernel receives the rows sorted by key: bucket k is the rows `buckets[k]`
up to `buckets[k + 1]`, the first members in front, up to `leaders_end[k]`. A text is compared with all texts of a
bucket as a first member of the bucket, else with the first members alone: the cost of an oversized bucket stays linear.

Example: the keys [7, 7, 7, 9, 9] of the texts [0, 1, 2, 0, 2], where text 0 is a first member of both, give the buckets
[0, 3, 5]. The pairs are (0, 1) and (0, 2); texts 1 and 2 share key 7 and are not compared.
"""

from typing import NamedTuple

import numpy as np

from newsmill.compiled import compiled

MIN_SHARED_TENTHS = 3
"""Tenths of the smaller text's sampled shingles, the least for a candidate pair; a shared band is enough."""
_INITIAL_PAIRS = 1 << 16


class KeyEntries(NamedTuple):
    """The (key, text) rows of all texts.

    `texts` are indexes; `is_band` separates bands from sampled shingles. A first member (`is_leader`) of a bucket is
    compared with all texts of the bucket.
    """

    keys: np.ndarray
    texts: np.ndarray
    is_band: np.ndarray
    is_leader: np.ndarray


def find_candidates(entries: KeyEntries, is_changed: np.ndarray, sample_counts: np.ndarray) -> np.ndarray:
    """Return pairs of texts that share enough keys, a pair per row, the lower index first; a changed text is in each.

    `is_changed` and `sample_counts` have a value per text: whether the text is new or changed, and the number of
    sampled shingles.
    """
    order = np.argsort(2 * entries.keys + ~entries.is_leader)  # by key, first members in front
    texts, is_leader = entries.texts[order], entries.is_leader[order]
    bucket_starts = np.flatnonzero(np.diff(entries.keys[order], prepend=-1))
    buckets = np.append(bucket_starts, len(texts))
    leader_counts = np.add.reduceat(is_leader, bucket_starts, dtype=np.int64) if len(texts) else np.zeros(0, np.int64)
    return _find_pairs(
        texts, buckets, bucket_starts + leader_counts, entries.is_band[order[bucket_starts]], is_changed, sample_counts
    )


@compiled
def _find_pairs(texts, buckets, leaders_end, is_band, is_changed, sample_counts):
    """Count the keys shared between each changed text and other texts; return the candidate pairs."""
    entry_start, entry_of, bucket_of = _index_by_text(texts, buckets, len(is_changed))
    shared_samples, shares_band = np.zeros(len(is_changed), np.int32), np.zeros(len(is_changed), np.bool_)
    shared_with, pairs, n_pairs = np.empty(len(is_changed), np.int32), np.empty((_INITIAL_PAIRS, 2), np.int32), 0
    for text in range(len(is_changed)):
        if not is_changed[text]:
            continue
        n_shared = 0
        for i in range(entry_start[text], entry_start[text + 1]):
            entry, bucket = entry_of[i], bucket_of[i]
            is_leader = entry < leaders_end[bucket]
            for j in range(buckets[bucket], buckets[bucket + 1] if is_leader else leaders_end[bucket]):
                other = texts[j]
                if other == text or (is_changed[other] and other < text):  # this pair was counted from the other text
                    continue
                if not shared_samples[other] and not shares_band[other]:
                    shared_with[n_shared] = other
                    n_shared += 1
                if is_band[bucket]:
                    shares_band[other] = True
                else:
                    shared_samples[other] += 1
        if n_pairs + n_shared > len(pairs):
            pairs = np.concatenate((pairs, np.empty((len(pairs) + n_shared, 2), np.int32)))
        for other in shared_with[:n_shared]:
            least = min(sample_counts[text], sample_counts[other])
            if shares_band[other] or 10 * shared_samples[other] >= MIN_SHARED_TENTHS * least:
                pairs[n_pairs, 0], pairs[n_pairs, 1] = min(text, other), max(text, other)
                n_pairs += 1
            shared_samples[other], shares_band[other] = 0, False
    return pairs[:n_pairs]


@compiled
def _index_by_text(texts, buckets, text_count):
    """Return where the entries of each text begin, and the entries and buckets, text after text."""
    text_start = np.zeros(text_count + 1, np.int64)
    for text in texts:
        text_start[text + 1] += 1
    text_start = np.cumsum(text_start)
    text_end, entry_of, bucket_of = (
        text_start[:-1].copy(),
        np.empty(len(texts), np.int32),
        np.empty(len(texts), np.int32),
    )
    for bucket in range(len(buckets) - 1):
        for entry in range(buckets[bucket], buckets[bucket + 1]):
            i = text_end[texts[entry]]
            entry_of[i], bucket_of[i] = entry, bucket
            text_end[texts[entry]] += 1
    return text_start, entry_of, bucket_of
