"""Selects the pairs of texts to compare in a load and counts the overlap of each pair, compiled and in batches."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import duckdb
import numpy as np
import pyarrow as pa

from newsmill.dedup import candidates
from newsmill.dedup.candidates import KeyEntries
from newsmill.dedup.shingles import compute_overlaps, count_shared_shingles, list_shingles
from newsmill.warehouse import batches

CANDIDATE_SCHEMA = pa.schema({"text_key": pa.int64(), "other_key": pa.int64()})
TEXT_PAIR_SCHEMA = pa.schema({
    **{field.name: field.type for field in CANDIDATE_SCHEMA},
    "is_longer": pa.bool_(), "similarity": pa.float64(), "containment": pa.float64(), "shared_chars": pa.int32(),
})  # fmt: skip
_TEXT_SCHEMA = pa.schema({"text_key": pa.int64(), "text": pa.large_string()})
MIN_SHARED_SHINGLES = 8
"""Fewest shared shingles of copies: with fewer, a common formula would pair texts."""
MIN_SIMILARITY, MIN_CONTAINMENT = 1 / 3, 0.75
"""Copies reach one of both: the shared part of all shingles of two texts, or of the shorter text's shingles."""


def yield_candidate_pairs(con: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Yield the pairs of texts in `shared_bucket_entry` with enough common buckets for a comparison."""
    rows = con.execute("FROM shared_bucket_entry").fetchnumpy()
    text_keys, text_index = np.unique(rows["text_key"], return_inverse=True)
    is_changed, sample_counts = np.zeros(len(text_keys), np.bool_), np.zeros(len(text_keys), np.int32)
    is_changed[text_index], sample_counts[text_index] = rows["is_changed"], rows["sample_count"]
    entries = KeyEntries(rows["key"], text_index.astype(np.int32), rows["is_band"], rows["is_first_member"])
    pairs = candidates.find_candidates(entries, is_changed, sample_counts)
    yield pa.table([text_keys[pairs[:, 0]], text_keys[pairs[:, 1]]], schema=CANDIDATE_SCHEMA)


def yield_text_pairs(con: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Yield the copies among `candidate_pair`, with the overlap; texts come from `candidate_text`."""
    texts, hashes, counts = _shingle_texts(con)
    pairs = _number_pairs(con, texts["text_key"].to_numpy())
    pairs = pairs[np.argsort(pairs[:, 0])]  # by text: its shingles are read once for all its pairs
    shared = _count_shared_shingles(hashes, np.append(0, np.cumsum(counts)), pairs)
    of_first, of_second = counts[pairs].T
    similarity = shared / np.maximum(of_first + of_second - shared, 1)
    containment = shared / np.maximum(np.minimum(of_first, of_second), 1)
    is_near = (shared >= MIN_SHARED_SHINGLES) & ((similarity >= MIN_SIMILARITY) | (containment >= MIN_CONTAINMENT))
    text_keys, near = texts["text_key"].to_numpy(), pairs[is_near]
    yield pa.table([
        text_keys[near[:, 0]], text_keys[near[:, 1]], (of_first > of_second)[is_near],
        similarity[is_near], containment[is_near], _count_shared_chars(texts["text"], near),
    ], schema=TEXT_PAIR_SCHEMA)  # fmt: skip


def _count_shared_chars(texts: pa.ChunkedArray, pairs: np.ndarray) -> np.ndarray:
    """Return for each pair how many characters of the first text are in the second too."""
    counts = [np.zeros(0, np.int32)]
    for start in range(0, len(pairs), batches.ROWS):
        sides = pairs[start : start + batches.ROWS].T
        counts.append(compute_overlaps(*(texts.take(side).combine_chunks() for side in sides)).shared_chars)
    return np.concatenate(counts)


def _shingle_texts(con: duckdb.DuckDBPyConnection) -> tuple[pa.Table, np.ndarray, np.ndarray]:
    """Return the texts to compare, the shingle hashes of all in one array, and how many each text has."""
    reader = con.execute("FROM candidate_text").to_arrow_reader(batches.ROWS)
    read, hashes_by_batch, counts = [], [], [np.zeros(0, np.int32)]
    for batch, (batch_hashes, batch_counts) in batches.map_batches(reader, lambda batch: list_shingles(batch["text"])):
        read.append(batch)
        hashes_by_batch.append(batch_hashes)
        counts.append(batch_counts)
    hashes = np.empty(sum(map(len, hashes_by_batch)), np.uint64)
    end = len(hashes)
    while hashes_by_batch:  # the memory of each batch is freed when it is copied
        batch_hashes = hashes_by_batch.pop()
        hashes[end - len(batch_hashes) : end] = batch_hashes
        end -= len(batch_hashes)
    return pa.Table.from_batches(read, reader.schema).cast(_TEXT_SCHEMA), hashes, np.concatenate(counts)


def _number_pairs(con: duckdb.DuckDBPyConnection, text_keys: np.ndarray) -> np.ndarray:
    """Return for each pair the indices of the two texts; pairs of a removed text are left out."""
    rows = con.execute("SELECT text_key, other_key FROM candidate_pair").fetchnumpy()
    keys = np.stack([rows["text_key"], rows["other_key"]], axis=1)
    order = np.argsort(text_keys)
    positions = np.searchsorted(text_keys, keys, sorter=order)
    exists = (positions < len(order)) & np.isin(keys, text_keys)
    return order[positions[exists.all(axis=1)]]


def _count_shared_shingles(hashes: np.ndarray, starts: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return how many shingles the two texts of each pair share."""
    parts = np.array_split(pairs, batches.THREADS)
    with ThreadPoolExecutor(batches.THREADS) as pool:
        return np.concatenate(list(pool.map(lambda part: count_shared_shingles(hashes, starts, part), parts)))
