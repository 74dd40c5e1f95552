"""Which texts of a load are compared and what two share: both are counted compiled, in batches."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import duckdb
import numpy as np
import pyarrow as pa

from newsmill.dedup import candidates
from newsmill.dedup.candidates import Entries
from newsmill.dedup.shingles import overlaps, shared_counts, shingles
from newsmill.warehouse import batches

PAIR = pa.schema({"text_key": pa.int64(), "other_key": pa.int64()})
NEAR = pa.schema({
    **{field.name: field.type for field in PAIR},
    "is_longer": pa.bool_(), "similarity": pa.float64(), "containment": pa.float64(), "shared_chars": pa.int32(),
})  # fmt: skip
_TEXT = pa.schema({"text_key": pa.int64(), "text": pa.large_string()})
LEAST_SHARED = 8
"""Shingles: less is a formula that many use."""
LEAST_SIMILARITY, LEAST_CONTAINMENT = 1 / 3, 0.75
"""One of both, of shingles: of all that two texts have, and of those of the text that has fewer."""


def candidate_pairs(con: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Yield the pairs of texts in `shared_entry` that share enough to be compared."""
    rows = con.execute("FROM shared_entry").fetchnumpy()
    text_keys, numbers = np.unique(rows["text_key"], return_inverse=True)
    is_changed, sample_counts = np.zeros(len(text_keys), np.bool_), np.zeros(len(text_keys), np.int32)
    is_changed[numbers], sample_counts[numbers] = rows["is_changed"], rows["sample_count"]
    entries = Entries(rows["key"], numbers.astype(np.int32), rows["is_band"], rows["is_leader"])
    pairs = candidates.candidates(entries, is_changed, sample_counts)
    yield pa.table([text_keys[pairs[:, 0]], text_keys[pairs[:, 1]]], schema=PAIR)


def text_pairs(con: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Yield those of `candidate_pair` that are copies, and what they share; the texts are those of `candidate_text`."""
    texts, listed, counts = _texts(con)
    pairs = _numbered(con, texts["text_key"].to_numpy())
    pairs = pairs[np.argsort(pairs[:, 0])]  # one text after another, against all that it is compared with
    shared = _shared(listed, np.append(0, np.cumsum(counts)), pairs)
    of_first, of_second = counts[pairs].T
    similarity = shared / np.maximum(of_first + of_second - shared, 1)
    containment = shared / np.maximum(np.minimum(of_first, of_second), 1)
    is_near = (shared >= LEAST_SHARED) & ((similarity >= LEAST_SIMILARITY) | (containment >= LEAST_CONTAINMENT))
    text_keys, near = texts["text_key"].to_numpy(), pairs[is_near]
    yield pa.table([
        text_keys[near[:, 0]], text_keys[near[:, 1]], (of_first > of_second)[is_near],
        similarity[is_near], containment[is_near], _shared_chars(texts["text"], near),
    ], schema=NEAR)  # fmt: skip


def _shared_chars(texts: pa.ChunkedArray, pairs: np.ndarray) -> np.ndarray:
    """Return how many characters of the first text of each pair the second has too."""
    counts = [np.zeros(0, np.int32)]
    for start in range(0, len(pairs), batches.ROWS):
        sides = pairs[start : start + batches.ROWS].T
        counts.append(overlaps(*(texts.take(side).combine_chunks() for side in sides)).shared_chars)
    return np.concatenate(counts)


def _texts(con: duckdb.DuckDBPyConnection) -> tuple[pa.Table, np.ndarray, np.ndarray]:
    """Return the texts to be compared, their shingles text after text, and how many each has."""
    reader = con.execute("FROM candidate_text").to_arrow_reader(batches.ROWS)
    read, found, counts = [], [], [np.zeros(0, np.int32)]
    for batch, (its, its_counts) in batches.worked(reader, lambda batch: shingles(batch["text"])):
        read.append(batch)
        found.append(its)
        counts.append(its_counts)
    listed = np.empty(sum(map(len, found)), np.uint64)
    past = len(listed)
    while found:  # each is let go when it is copied
        its = found.pop()
        listed[past - len(its) : past] = its
        past -= len(its)
    return pa.Table.from_batches(read, reader.schema).cast(_TEXT), listed, np.concatenate(counts)


def _numbered(con: duckdb.DuckDBPyConnection, text_keys: np.ndarray) -> np.ndarray:
    """Return the places of two texts a pair; what a key leads to may be gone."""
    rows = con.execute("SELECT text_key, other_key FROM candidate_pair").fetchnumpy()
    keys = np.stack([rows["text_key"], rows["other_key"]], axis=1)
    order = np.argsort(text_keys)
    places = np.searchsorted(text_keys, keys, sorter=order)
    is_there = (places < len(order)) & np.isin(keys, text_keys)
    return order[places[is_there.all(axis=1)]]


def _shared(listed: np.ndarray, starts: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    parts = np.array_split(pairs, batches.THREADS)
    with ThreadPoolExecutor(batches.THREADS) as pool:
        return np.concatenate(list(pool.map(lambda part: shared_counts(listed, starts, part), parts)))
