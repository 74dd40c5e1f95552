"""Which blocks of a batch of pages are known as furniture, and which a person decided to keep."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

EVERYWHERE = "*"
UNKNOWN, DROP, KEEP = 0, 1, 2
_MIX = np.uint64(0x9E3779B97F4A7C15)


def look_up_decisions(hashes: np.ndarray, page: np.ndarray, source_ids: pa.Array, furniture: pa.Table) -> np.ndarray:
    """Return for each block DROP, KEEP or UNKNOWN as int8, by its hash and the source of its page.

    `page` holds the number of each block's page, `source_ids` the source of each page; `furniture` has the columns
    scope, words_hash and decision. What a person decided overrules what was learned.
    """
    if not furniture.num_rows:
        return np.zeros(len(hashes), np.int8)
    scopes = pc.unique(furniture.column("scope"))
    scope = pc.index_in(furniture.column("scope"), scopes).to_numpy().astype(np.uint64)
    words_hash = furniture.column("words_hash").to_numpy()
    source = pc.fill_null(pc.index_in(source_ids, scopes), len(scopes)).to_numpy(zero_copy_only=False).astype(np.uint64)
    everywhere = pc.index_in(pa.scalar(EVERYWHERE), scopes).as_py()
    is_keep = pc.fill_null(pc.equal(furniture.column("decision"), "keep"), False).to_numpy(zero_copy_only=False)
    found = np.zeros(len(hashes), np.int8)
    for verdict, wanted in ((DROP, ~is_keep), (KEEP, is_keep)):
        keys = np.unique(_combine_keys(words_hash[wanted], scope[wanted]))
        for at in (source[page], np.array([len(scopes) if everywhere is None else everywhere], np.uint64)):
            found[_contains(keys, _combine_keys(hashes, at))] = verdict
    return found


def _combine_keys(hashes: np.ndarray, scope: np.ndarray) -> np.ndarray:
    """Return one number for a hash within a scope."""
    return hashes ^ ((scope + np.uint64(1)) * _MIX)


def _contains(keys: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Tell which of the numbers asked for are among the sorted keys."""
    if not len(keys):
        return np.zeros(len(asked), bool)
    return keys[np.minimum(np.searchsorted(keys, asked), len(keys) - 1)] == asked
