"""The index of words that search reads: the words of a night's texts are counted compiled, and stemmed in SQL."""

from collections.abc import Iterator
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from newsmill.search.postings import Words
from newsmill.search.term_counts import bags
from newsmill.warehouse import batches, extensions

SCHEMA = pa.schema({
    "night": pa.date32(), "term": pa.dictionary(pa.int32(), pa.large_string()), "document_no": pa.int32(),
    "term_count": pa.int32(),
})  # fmt: skip
STOP_WORD = pa.schema({"word": pa.string()})
_PIECE = 1_000_000  # postings: a piece is inserted by one thread
# what a word stands for in texts of each kind: as it is; and in English by its stem, if it says something
_TERMS = """
    WITH bare AS (SELECT word_no, strip_accents(lower(word)) AS bare FROM met_word),
    meant AS (
        SELECT 0 AS is_stemmed, word_no, bare AS term FROM bare
        UNION ALL
        SELECT 1, word_no, stem(bare, 'porter') FROM bare WHERE bare NOT IN (FROM stop_word)
    )
    SELECT is_stemmed, word_no, term, dense_rank() OVER (ORDER BY term) - 1 AS term_no FROM meant ORDER BY term_no"""


def term_counts(con: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Yield night by night how often each term stands in each text of `search_print`, in order of terms and texts."""
    for (night,) in con.execute("SELECT DISTINCT night FROM search_print ORDER BY ALL").fetchall():
        yield pa.Table.from_batches(_of_night(con, night).to_batches(_PIECE), SCHEMA)


def _of_night(con: duckdb.DuckDBPyConnection, night: date) -> pa.Table:
    words, document_no, is_stemmed = Words(), [], []
    texts = con.execute("SELECT page, document_no, is_stemmed FROM search_print WHERE night = $1", [night])
    for batch, found in batches.worked(texts.to_arrow_reader(batches.ROWS), lambda batch: bags(batch["page"])):
        words.add(batch["page"], found)
        # copies: a column keeps its batch with all texts
        document_no.append(batch["document_no"].to_numpy().astype(np.int32))
        is_stemmed.append(batch["is_stemmed"].to_numpy(zero_copy_only=False).astype(np.int64))
    numbers = np.concatenate(document_no)
    term_of, terms = _terms(con, words.spelled())
    found = words.postings(np.argsort(numbers), np.concatenate(is_stemmed), term_of)
    nights = pa.array(np.broadcast_to(np.datetime64(night, "D"), len(found.terms)))
    columns = [nights, pa.DictionaryArray.from_arrays(found.terms, terms), numbers[found.texts], found.times]
    return pa.table(columns, schema=SCHEMA)


def _terms(con: duckdb.DuckDBPyConnection, words: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    """Return the number of the term that each word stands for in texts of each kind, and all terms in order."""
    con.register("met_word", pa.table({"word_no": np.arange(len(words)), "word": words}))
    meant = con.execute(_TERMS).to_arrow_table()
    con.unregister("met_word")
    term_of = np.full((2, len(words)), -1, np.int32)
    term_no = meant["term_no"].to_numpy()
    term_of[meant["is_stemmed"].to_numpy(), meant["word_no"].to_numpy()] = term_no
    first_of_each = np.flatnonzero(np.diff(term_no, prepend=-1))
    return term_of, meant["term"].take(first_of_each).combine_chunks().cast(pa.large_string())


def stop_words(con: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Yield the full-text extension's English words that say nothing: it lays them down with each index that it makes.

    Lets the connection's database stem words, too.
    """
    extensions.load(con, "fts")
    with duckdb.connect() as apart:
        extensions.load(apart, "fts")
        apart.execute("CREATE TABLE page AS SELECT 1 AS page_id, '' AS text")
        apart.execute("PRAGMA create_fts_index('page', 'page_id', 'text')")
        yield apart.execute("SELECT sw AS word FROM fts_main_page.stopwords").to_arrow_table().cast(STOP_WORD)
