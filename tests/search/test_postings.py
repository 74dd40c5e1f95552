"""Postings hold every word of every text under its term, in order, whatever the batches."""

from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from newsmill.search.postings import PostingBuilder
from newsmill.search.term_counts import count_terms

TEXTS = st.lists(st.lists(st.text("abcdé", min_size=1, max_size=2), max_size=20).map(" ".join), min_size=1, max_size=12)


def read(texts: list[str], size: int) -> PostingBuilder:
    """Return the words of texts in batches of some size; each batch is a slice of one array."""
    words, column = PostingBuilder(), pa.array(texts, pa.large_string())
    for i in range(0, len(texts), size):
        batch = column.slice(i, size)
        words.add(batch, count_terms(batch))
    return words


@given(TEXTS, st.integers(1, 5), st.randoms(use_true_random=False))
def test_postings_are_what_counting_finds(texts, size, random):
    words = read(texts, size)
    spelled = words.spelled().to_pylist()
    assert sorted(spelled) == sorted({word for text in texts for word in text.split()})
    # of kind 0 each word is a term by itself; of kind 1 its first letter is, and those with an a are none
    terms = sorted({*spelled, *(word[0] for word in spelled)})
    term_of = np.array([
        [terms.index(word) for word in spelled],
        [-1 if "a" in word else terms.index(word[0]) for word in spelled],
    ], np.int32).reshape(2, len(spelled))  # fmt: skip
    kinds = np.array([random.randint(0, 1) for _ in texts], np.int64)
    order = np.array(random.sample(range(len(texts)), len(texts)), np.int64)
    postings = words.postings(order, kinds, term_of)
    counted = Counter(
        (term_of[kinds[text], spelled.index(word)], text) for text in range(len(texts)) for word in texts[text].split()
    )
    place = order.argsort().tolist()
    expected = sorted(((term, place[text], times) for (term, text), times in counted.items() if term >= 0))
    actual = zip(postings.terms.tolist(), postings.texts.tolist(), postings.times.tolist(), strict=True)
    assert [(term, place[text], times) for term, text, times in actual] == expected


def test_more_words_than_the_table_first_holds_stay_distinct():
    texts = [" ".join(f"w{number}" for number in range(start, start + 9_000)) for start in range(0, 90_000, 6_000)]
    words = read(texts, 2)
    assert words.spelled().to_pylist() == [f"w{number}" for number in range(93_000)]
    postings = words.postings(np.arange(15), np.zeros(15, np.int64), np.arange(93_000, dtype=np.int32)[None, :])
    assert len(postings.terms) == 15 * 9_000 and set(postings.times.tolist()) == {1}
    assert np.bincount(postings.terms, minlength=93_000).tolist() == [
        sum(start <= number < start + 9_000 for start in range(0, 90_000, 6_000)) for number in range(93_000)
    ]


def test_no_text_has_no_word():
    words = read(["", " "], 1)
    assert words.spelled().to_pylist() == []
    postings = words.postings(np.arange(2), np.zeros(2, np.int64), np.empty((2, 0), np.int32))
    assert postings.terms.size == postings.texts.size == postings.times.size == 0
