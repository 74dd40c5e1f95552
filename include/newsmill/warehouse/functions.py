"""What SQL of the models calls that DuckDB does not bring: a compiled function over columns, and macros."""

import duckdb
import pyarrow as pa

from newsmill.text.shingles import overlaps

CROWD_SIZE = 200  # texts that share a band or sample: more are compared with the earliest so many only
MACROS = """
CREATE OR REPLACE MACRO dw.surrogate_key(identity) AS
    CAST((CAST('0x' || sha256(identity)[1:16] AS UBIGINT) >> 1) AS BIGINT);
CREATE OR REPLACE MACRO dw.text_key(text_sha256) AS
    CAST((CAST('0x' || text_sha256[1:16] AS UBIGINT) >> 1) AS BIGINT);
CREATE OR REPLACE MACRO dw.date_key(day) AS
    CAST(coalesce(strftime(day, '%Y%m%d'), '-1') AS INTEGER);
"""
_OVERLAP = "STRUCT(shared INTEGER, of_first INTEGER, of_second INTEGER, shared_chars INTEGER)"


def provide(con: duckdb.DuckDBPyConnection) -> None:
    """Let a connection call what models call."""
    con.execute(MACROS + f"CREATE OR REPLACE TEMP MACRO crowd_size() AS {CROWD_SIZE};")
    if not con.execute("SELECT count(*) FROM duckdb_functions() WHERE function_name = 'overlap'").fetchone()[0]:
        # told to have side effects, it is called once a pair: otherwise again for each condition on what it finds
        con.create_function("overlap", _overlap, ["VARCHAR", "VARCHAR"], _OVERLAP, type="arrow", side_effects=True)


def _overlap(firsts: pa.ChunkedArray, seconds: pa.ChunkedArray) -> pa.Array:
    found = overlaps(*(texts.combine_chunks().cast(pa.large_string()) for texts in (firsts, seconds)))
    return pa.StructArray.from_arrays([pa.array(column) for column in found], found._fields)
