"""Functions for the SQL of models that DuckDB lacks: compiled functions over columns, and macros."""

import duckdb
import pyarrow as pa
from duckdb.func import ARROW

from newsmill.dedup.shingles import compute_overlaps

MAX_BUCKET_TEXTS = 200
"""Most texts of an LSH bucket (a band or sampled shingle hash) to compare all with each other.

In a larger bucket each text is compared with the earliest 200 only. At twice the limit comparisons in such buckets
double; at half, `dw.fact_lsh_bucket` lists more buckets, and later copies are paired with fewer others.
"""
MACROS = """
CREATE OR REPLACE MACRO dw.surrogate_key(identity) AS
    CAST((CAST('0x' || left(sha256(identity), 16) AS UBIGINT) >> 1) AS BIGINT);
CREATE OR REPLACE MACRO dw.text_key(text_sha256) AS
    CAST((CAST('0x' || left(text_sha256, 16) AS UBIGINT) >> 1) AS BIGINT);
CREATE OR REPLACE MACRO dw.date_key(day) AS
    CAST(coalesce(strftime(day, '%Y%m%d'), '-1') AS INTEGER);
"""
# bits above the lowest 48 number the bands, so that equal hashes of two bands, or of a band and a sample, stay apart
_BAND_KEY = """
CREATE OR REPLACE TEMP MACRO band_key(bands) AS (generate_subscripts(bands, 1)::BIGINT << 48) | unnest(bands)::BIGINT;
"""


def register_functions(con: duckdb.DuckDBPyConnection) -> None:
    """Register on a connection the macros and functions of models.

    Compiled functions are declared with side effects, to be called once a row: DuckDB 1.5 would repeat a call for each
    condition on the result.
    """
    bucket_limit = f"CREATE OR REPLACE TEMP MACRO max_bucket_texts() AS {MAX_BUCKET_TEXTS};"
    con.execute(MACROS + bucket_limit + _BAND_KEY)
    known = {name for (name,) in con.execute("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()}
    if "overlap" not in known:
        con.create_function(
            "overlap", _count_overlaps, ["VARCHAR", "VARCHAR"], _OVERLAP_TYPE, type=ARROW, side_effects=True
        )


def _count_overlaps(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.Array:
    counts = compute_overlaps(one.combine_chunks(), other.combine_chunks())
    return pa.StructArray.from_arrays([pa.array(column) for column in counts], counts._fields)


_OVERLAP_TYPE = "STRUCT(shared INTEGER, of_first INTEGER, of_second INTEGER, shared_chars INTEGER)"
