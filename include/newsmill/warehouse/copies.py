"""Which texts of a load are compared: what two are found by together is counted compiled."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa

from newsmill.text import candidates
from newsmill.text.candidates import Entries

PAIR = pa.schema({"text_key": pa.int64(), "other_key": pa.int64()})


def candidate_pairs(con: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Yield the pairs of texts in `shared_entry` that share enough to be compared."""
    rows = con.execute("FROM shared_entry").fetchnumpy()
    text_keys, numbers = np.unique(rows["text_key"], return_inverse=True)
    is_changed, sample_counts = np.zeros(len(text_keys), np.bool_), np.zeros(len(text_keys), np.int32)
    is_changed[numbers], sample_counts[numbers] = rows["is_changed"], rows["sample_count"]
    entries = Entries(rows["key"], numbers.astype(np.int32), rows["is_band"], rows["is_leader"])
    pairs = candidates.candidates(entries, is_changed, sample_counts)
    yield pa.table([text_keys[pairs[:, 0]], text_keys[pairs[:, 1]]], schema=PAIR)
