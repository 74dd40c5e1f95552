"""Look up the known boilerplate of a batch, and the blocks to keep by a person's decision."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

EVERYWHERE = "*"
UNKNOWN, DROP, KEEP = 0, 1, 2
_MIX = np.uint64(0x9E3779B97F4A7C15)


def look_up_decisions(hashes: np.ndarray, page: np.ndarray, source_ids: pa.Array, boilerplate: pa.Table) -> np.ndarray:
    """Return DROP, KEEP or UNKNOWN for each block as int8, by block hash and source.

    `page` is the page of each block, `source_ids` the source of each page; `boilerplate` has the columns scope,
    words_hash and decision. A person's decision overrules learned boilerplate.
    """
    if not boilerplate.num_rows:
        return np.zeros(len(hashes), np.int8)
    scopes = pc.unique(boilerplate.column("scope"))
    scope = pc.index_in(boilerplate.column("scope"), scopes).to_numpy().astype(np.uint64)
    words_hash = boilerplate.column("words_hash").to_numpy()
    source = pc.fill_null(pc.index_in(source_ids, scopes), len(scopes)).to_numpy(zero_copy_only=False).astype(np.uint64)
    everywhere = pc.index_in(pa.scalar(EVERYWHERE), scopes).as_py()
    is_keep = pc.fill_null(pc.equal(boilerplate.column("decision"), "keep"), False).to_numpy(zero_copy_only=False)
    decisions = np.zeros(len(hashes), np.int8)
    for decision, is_wanted in ((DROP, ~is_keep), (KEEP, is_keep)):
        keys = np.unique(_combine_keys(words_hash[is_wanted], scope[is_wanted]))
        for scope_of_block in (source[page], np.array([len(scopes) if everywhere is None else everywhere], np.uint64)):
            decisions[_contains(keys, _combine_keys(hashes, scope_of_block))] = decision
    return decisions


def _combine_keys(hashes: np.ndarray, scope: np.ndarray) -> np.ndarray:
    """Return a number for each pair of hash and scope."""
    return hashes ^ ((scope + np.uint64(1)) * _MIX)


def _contains(keys: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return the mask of numbers among the sorted keys."""
    if not len(keys):
        return np.zeros(len(numbers), bool)
    return keys[np.minimum(np.searchsorted(keys, numbers), len(keys) - 1)] == numbers
