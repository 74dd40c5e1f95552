"""What SQL of the models calls that DuckDB does not bring: compiled functions over columns, macros, an extension."""

from collections.abc import Callable
from functools import cache

import duckdb
import pyarrow as pa

from newsmill.text.bags import bags
from newsmill.text.shingles import overlaps
from newsmill.warehouse import extensions
from newsmill.warehouse.statements import quoted

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
_BAG = "STRUCT(word UBIGINT, times UINTEGER, char_start INTEGER, char_count INTEGER)[]"


def provide(con: duckdb.DuckDBPyConnection) -> None:
    """Let a connection call what models call."""
    con.execute(MACROS + f"CREATE OR REPLACE TEMP MACRO crowd_size() AS {CROWD_SIZE};")
    _provide_function(con, "overlap", _overlap, ["VARCHAR", "VARCHAR"], _OVERLAP)


def provide_words(con: duckdb.DuckDBPyConnection) -> None:
    """Let a connection count words of texts, stem them and leave out those that say nothing as DuckDB's search does."""
    extensions.load(con, "fts")
    _provide_function(con, "bag_of_words", _bag_of_words, ["VARCHAR"], _BAG)
    words = ", ".join(map(quoted, _stop_words()))
    con.execute(f"CREATE OR REPLACE TEMP MACRO stop_words() AS [{words}];")


@cache
def _stop_words() -> tuple[str, ...]:
    """Return the extension's list of English words that say nothing: it lays it down with each index that it makes."""
    with duckdb.connect() as con:
        extensions.load(con, "fts")
        con.execute("CREATE TABLE page AS SELECT 1 AS page_id, '' AS text")
        con.execute("PRAGMA create_fts_index('page', 'page_id', 'text')")
        return tuple(word for (word,) in con.execute("FROM fts_main_page.stopwords ORDER BY ALL").fetchall())


def _provide_function(con, name: str, function: Callable, arguments: list[str], result: str) -> None:
    if not con.execute("SELECT count(*) FROM duckdb_functions() WHERE function_name = $1", [name]).fetchone()[0]:
        con.create_function(name, function, arguments, result, type="arrow")


def _overlap(firsts: pa.ChunkedArray, seconds: pa.ChunkedArray) -> pa.Array:
    found = overlaps(*(texts.combine_chunks().cast(pa.large_string()) for texts in (firsts, seconds)))
    return pa.StructArray.from_arrays([pa.array(column) for column in found], found._fields)


def _bag_of_words(texts: pa.ChunkedArray) -> pa.Array:
    found = bags(texts.combine_chunks())
    names = ("word", "times", "char_start", "char_count")
    words = pa.StructArray.from_arrays([pa.array(column) for column in found[1:]], names)
    return pa.ListArray.from_arrays(pa.array(found.text_word), words)
