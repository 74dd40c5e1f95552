"""Term counts are those of a regular expression."""

from collections import Counter

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsmill.search.term_counts import count_terms

PATTERN = r"[\p{L}\p{M}\p{N}]+"
LETTERS = st.text(st.sampled_from("aAbzZé É09½²_-'’.\n\thaßİΣ漢हीж́🙂\U000e0100"), max_size=60)
# of characters that this Python does not know DuckDB may know more
KNOWN = st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=40)
TEXTS = st.lists(st.one_of(LETTERS, KNOWN), max_size=6)


def count(text: str) -> list[tuple[str, int]]:
    """Return the distinct words of a text in order of appearance, each with its count."""
    counts = count_terms(pa.array([text]))
    return [
        (text.encode()[start:end].decode(), times)
        for times, start, end in zip(*(column.tolist() for column in counts[2:]), strict=True)
    ]


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        yield con


def listed(con, text: str) -> list[str]:
    return con.execute("SELECT regexp_extract_all($1, $2)", [text, PATTERN]).fetchone()[0]


def test_a_word_has_one_row_whatever_its_case():
    assert count("To sail, TO row: to Sail.") == [("To", 3), ("sail", 2), ("row", 1)]
    assert count("") == count(" -, ") == []


@given(TEXTS)
def test_the_words_are_those_of_the_expression_in_the_order_in_which_they_begin(con, texts):
    counts, data = count_terms(pa.array(texts, pa.large_string())), "".join(texts).encode()
    for number, text in enumerate(texts):
        first, past = counts.text_word[number : number + 2].tolist()
        begun = counts.start[first:past].tolist()
        said = [data[at:end].decode() for at, end in zip(begun, counts.end[first:past].tolist(), strict=True)]
        assert begun == sorted(begun) and set(said) <= set(listed(con, text))
        assert counts.times[first:past].sum() == len(listed(con, text))
        assert len(set(counts.words[first:past].tolist())) == past - first


@given(st.lists(st.text("abcAB", min_size=1, max_size=3), max_size=300))
def test_times_are_counted_by_lower_case(words):
    assert {word.lower(): times for word, times in count(" ".join(words))} == Counter(word.lower() for word in words)


def test_the_same_word_has_the_same_hash_in_every_text_and_no_other_has():
    counts = count_terms(pa.array(["Oslo sleeps", None, "sleeps oslo", "x" * 70_000 + " oslo"]))
    assert counts.text_word.tolist() == [0, 2, 2, 4, 6]
    oslo, sleeps, also_sleeps, also_oslo, _, oslo_again = counts.words.tolist()
    assert oslo == also_oslo == oslo_again and sleeps == also_sleeps and oslo != sleeps
