"""The search index: the words of a night's texts are counted by compiled functions and stemmed in SQL."""

from collections.abc import Iterator
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from newsmill.search.postings import PostingBuilder
from newsmill.search.term_counts import count_terms
from newsmill.warehouse import batches, extensions

POSTING_SCHEMA = pa.schema({
    "night": pa.date32(), "term": pa.dictionary(pa.int32(), pa.large_string()), "document_no": pa.int32(),
    "term_count": pa.int32(),
})  # fmt: skip
STOP_WORD_SCHEMA = pa.schema({"word": pa.string()})
_MAX_POSTINGS = 1_000_000  # a table of so many is inserted by one thread
# the term of a word: in texts that are not stemmed the word itself, in English its stem, unless it is a stop word
_TERMS = """
    WITH plain_word AS (SELECT word_no, strip_accents(lower(word)) AS plain FROM distinct_word),
    word_term AS (
        SELECT 0 AS is_stemmed, word_no, plain AS term FROM plain_word
        UNION ALL
        SELECT 1, word_no, stem(plain, 'porter') FROM plain_word WHERE plain NOT IN (FROM stop_word)
    )
    SELECT is_stemmed, word_no, term, dense_rank() OVER (ORDER BY term) - 1 AS term_no
    FROM word_term ORDER BY term_no"""


def yield_term_counts(con: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Yield night by night how often each term occurs in each text of `search_text`, in order of terms and texts."""
    for (night,) in con.execute("SELECT DISTINCT night FROM search_text ORDER BY ALL").fetchall():
        yield pa.Table.from_batches(_index_night(con, night).to_batches(_MAX_POSTINGS), POSTING_SCHEMA)


def _index_night(con: duckdb.DuckDBPyConnection, night: date) -> pa.Table:
    """Return the postings of a night's texts, in order of terms and texts."""
    words, document_no, is_stemmed = PostingBuilder(), [], []
    texts = con.execute("SELECT page, document_no, is_stemmed FROM search_text WHERE night = $1", [night])
    for batch, bag in batches.map_batches(
        texts.to_arrow_reader(batches.ROWS), lambda batch: count_terms(batch["page"])
    ):
        words.add(batch["page"], bag)
        # copies: a column keeps its batch with all texts
        document_no.append(batch["document_no"].to_numpy().astype(np.int32))
        is_stemmed.append(batch["is_stemmed"].to_numpy(zero_copy_only=False).astype(np.int64))
    documents = np.concatenate(document_no)
    term_of, terms = _resolve_terms(con, words.spelled())
    postings = words.postings(np.argsort(documents), np.concatenate(is_stemmed), term_of)
    nights = pa.array(np.broadcast_to(np.datetime64(night, "D"), len(postings.terms)))
    columns = [nights, pa.DictionaryArray.from_arrays(postings.terms, terms), documents[postings.texts], postings.times]
    return pa.table(columns, schema=POSTING_SCHEMA)


def _resolve_terms(con: duckdb.DuckDBPyConnection, words: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    """Return the number of each word's term in unstemmed and in stemmed texts (-1 for none), and all terms in order."""
    con.register("distinct_word", pa.table({"word_no": np.arange(len(words)), "word": words}))
    word_terms = con.execute(_TERMS).to_arrow_table()
    con.unregister("distinct_word")
    term_of = np.full((2, len(words)), -1, np.int32)
    term_no = word_terms["term_no"].to_numpy()
    term_of[word_terms["is_stemmed"].to_numpy(), word_terms["word_no"].to_numpy()] = term_no
    first_rows = np.flatnonzero(np.diff(term_no, prepend=-1))
    return term_of, word_terms["term"].take(first_rows).combine_chunks().cast(pa.large_string())


def yield_stop_words(con: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Yield the English stop words of the full-text extension, read from the table written with each index.

    Load the extension into the connection's database too, for stemming.
    """
    extensions.load_extension(con, "fts")
    with duckdb.connect() as other:
        extensions.load_extension(other, "fts")
        other.execute("CREATE TABLE page AS SELECT 1 AS page_id, '' AS text")
        other.execute("PRAGMA create_fts_index('page', 'page_id', 'text')")
        yield other.execute("SELECT sw AS word FROM fts_main_page.stopwords").to_arrow_table().cast(STOP_WORD_SCHEMA)
