"""Sentences and tokens: exact offsets, news-proof, the same in every batch."""

from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsmill.nlp.scan import scan
from newsmill.nlp.tokens import find_sentence_starts, hash_token, tokenize

PIECES = (
    "Ann O'Brien's Mr. J. U.S. The Inc. Jean-Pierre al-Rashid Oslo-based 4.5 3,000 AT&T — – “ ” \" ' ’s 's . ! ? … \n "
    "http://a.example/b?c=1 a@b.example #tag @name Zürich İzmir é ß 東京 don't HALE'S ( ) `` '' , ; : 10:30 a.m."
).split(" ")
anything = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=30).flatmap(
    lambda parts: st.sampled_from((" ", "", "\n")).map(lambda link: link.join(parts))
)


def words(text: str) -> list[str]:
    cut = tokenize(pa.array([text]))
    return [text[start:end] for start, end in zip(cut.start, cut.end, strict=True)]


def sentences(text: str) -> list[str]:
    cut = tokenize(pa.array([text]))
    (starts,) = find_sentence_starts(cut)
    return [text[a:b].strip() for a, b in pairwise([*starts, len(text)])]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann O'Brien's hat", ["Ann", "O'Brien", "'s", "hat"]),
        ("Canada’s BBC'S Hale'll", ["Canada", "’s", "BBC", "'S", "Hale", "'ll"]),
        ("Norway 's didn't", ["Norway", "'s", "didn't"]),
        ("Mr. J. R. Hale of U.S. Steel Inc. paid", ["Mr.", "J.", "R.", "Hale", "of", "U.S.", "Steel", "Inc.", "paid"]),
        ("Jean-Pierre al-Rashid short-lived", ["Jean-Pierre", "al-Rashid", "short-lived"]),
        ("Oslo-based Kim Jong-il", ["Oslo", "-", "based", "Kim", "Jong", "-", "il"]),
        ("AT&T rose 4.5 to 3,000 at 10:30.", ["AT&T", "rose", "4.5", "to", "3,000", "at", "10:30", "."]),
        ("See https://a.example/News/Today?x=1 now", ["See", "https://a.example/News/Today?x=1", "now"]),
        ("Write to Desk@Example.org, #Oslo", ["Write", "to", "Desk@Example.org", ",", "#Oslo"]),
        ("“Why?” (he) -- ``so''", ["“", "Why", "?", "”", "(", "he", ")", "--", "``", "so", "''"]),
    ],
)
def test_tokens_are_cut_as_news_is_read(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. J. Hale paid 4.5 million. Oslo said no!", ["Mr. J. Hale paid 4.5 million.", "Oslo said no!"]),
        ("“Why?” asked Peru. Chile left.", ["“Why?” asked Peru.", "Chile left."]),
        ("“We go.” He went.", ["“We go.”", "He went."]),
        ('"We go." He went. "Now."', ['"We go."', "He went.", '"Now."']),
        ('He said : " We go . " Then he went .', ['He said : " We go . "', "Then he went ."]),
        ("OSLO, Sept. 3 - Rain fell.", ["OSLO, Sept. 3 - Rain fell."]),
        (
            "It is in the U.S. The firm is Hale Inc. It fell.",
            ["It is in the U.S.", "The firm is Hale Inc.", "It fell."],
        ),
        ("He met the U.S. Army Corps.", ["He met the U.S. Army Corps."]),
        ("A line\nand another", ["A line", "and another"]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text, expected):
    assert sentences(text) == expected


def test_a_word_has_the_hash_that_the_scan_of_cleaning_gives_it():
    text = pa.array(["Oslo zürich"])
    assert tokenize(text).word.tolist() == scan(text).words.tolist() == [hash_token("oslo"), hash_token("Zürich")]


def test_nothing_is_read_in_nothing():
    cut = tokenize(pa.array(["", None, " \n "]))
    assert len(cut.word) == 0 and cut.text_token.tolist() == [0, 0, 0, 0]


@settings(max_examples=150, deadline=None)
@given(anything)
def test_tokens_cover_all_that_is_no_space_in_order(text):
    cut = tokenize(pa.array([text]))
    covered, last = 0, 0
    for first_byte, end_byte, start, end in zip(cut.first, cut.past, cut.start, cut.end, strict=True):
        assert last <= start < end
        assert text[last:start].strip() == ""
        assert text[start:end].encode() == cut.data[first_byte:end_byte].tobytes()
        covered, last = covered + 1, end
    assert text[last:].strip() == ""
    assert cut.sentence.tolist() == sorted(cut.sentence.tolist())


@settings(max_examples=60, deadline=None)
@given(st.lists(anything, min_size=1, max_size=6))
def test_a_text_reads_the_same_alone_and_in_any_batch(texts):
    together = tokenize(pa.array(texts, pa.string()).slice(0))
    for i, text in enumerate(texts):
        alone, own = tokenize(pa.array([text])), slice(together.text_token[i], together.text_token[i + 1])
        for column in ("start", "end", "word", "shape", "bits", "sentence"):
            assert getattr(together, column)[own].tolist() == getattr(alone, column).tolist()
