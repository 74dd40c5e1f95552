"""What SQL of the models calls that DuckDB does not bring: compiled functions over columns, and macros."""

import duckdb
import pyarrow as pa

from newsmill.dedup.shingles import overlaps

CROWD_SIZE = 200  # texts that share a band or sample: more are compared with the earliest so many only
MACROS = """
CREATE OR REPLACE MACRO dw.surrogate_key(identity) AS
    CAST((CAST('0x' || left(sha256(identity), 16) AS UBIGINT) >> 1) AS BIGINT);
CREATE OR REPLACE MACRO dw.text_key(text_sha256) AS
    CAST((CAST('0x' || left(text_sha256, 16) AS UBIGINT) >> 1) AS BIGINT);
CREATE OR REPLACE MACRO dw.date_key(day) AS
    CAST(coalesce(strftime(day, '%Y%m%d'), '-1') AS INTEGER);
"""
# bands are numbered apart, and apart from samples: both have 48 bits
_BAND_KEY = """
CREATE OR REPLACE TEMP MACRO band_key(bands) AS (generate_subscripts(bands, 1)::BIGINT << 48) | unnest(bands)::BIGINT;
"""


def provide(con: duckdb.DuckDBPyConnection) -> None:
    """Let a connection call what models call.

    Compiled functions are told to have side effects, so that each is called once a row: DuckDB 1.5 would call one
    again for each condition on what it gives.
    """
    con.execute(MACROS + f"CREATE OR REPLACE TEMP MACRO crowd_size() AS {CROWD_SIZE};" + _BAND_KEY)
    known = {name for (name,) in con.execute("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()}
    for name, *told in _FUNCTIONS:
        if name not in known:
            con.create_function(name, *told, type="arrow", side_effects=True)


def _overlap(firsts: pa.ChunkedArray, seconds: pa.ChunkedArray) -> pa.Array:
    found = overlaps(firsts.combine_chunks(), seconds.combine_chunks())
    return pa.StructArray.from_arrays([pa.array(column) for column in found], found._fields)


_OVERLAP = "STRUCT(shared INTEGER, of_first INTEGER, of_second INTEGER, shared_chars INTEGER)"
# name, function, arguments, result
_FUNCTIONS = (("overlap", _overlap, ["VARCHAR", "VARCHAR"], _OVERLAP),)
