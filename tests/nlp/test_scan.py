"""Scanning texts: words, sentences and lines by Python's own rules."""

import re

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from newsmill.nlp.scan import scan

WORD = re.compile(r"\w+")
TEXTS = st.lists(st.text(max_size=80), max_size=5)


@given(TEXTS)
def test_words_are_those_of_a_regular_expression(texts):
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    scanned = scan(pa.array(texts, pa.string()))
    for i, text in enumerate(texts):
        mine = slice(scanned.page_word[i], scanned.page_word[i + 1])
        spans = list(zip(scanned.word_start[mine].tolist(), scanned.word_end[mine].tolist(), strict=True))
        assert spans == [word.span() for word in WORD.finditer(text)]
        assert scanned.page_chars[i] == len(text)


@given(TEXTS)
def test_lines_hold_their_text_without_white_space(texts):
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    scanned = scan(pa.array(texts, pa.string()))
    for i, text in enumerate(texts):
        rows = scanned.lines[scanned.page_line[i] : scanned.page_line[i + 1]]
        lines = text.removesuffix("\n").split("\n") if text else []
        assert [text[row.start : row.end] for row in rows] == lines
        assert [text[row.text_start : row.text_end] for row in rows] == [line.strip() for line in lines]


def test_a_word_has_one_hash_however_it_is_written():
    scanned = scan(pa.array(["Harbour HARBOUR harbour harbours"])).words.tolist()
    assert scanned[0] == scanned[1] == scanned[2] != scanned[3]


def test_a_sentence_begins_behind_a_stop_and_white_space():
    text = 'It rained. "Go on," he said! (They did.) At 3.5 knots'
    scanned = scan(pa.array([text]))
    assert [text[start:][:5] for start in scanned.sentence_start.tolist()] == ['"Go o', "(They", "At 3."]


def test_null_reads_as_empty():
    assert scan(pa.array([None, "a"], pa.string())).page_word.tolist() == [0, 0, 1]


def test_a_slice_of_an_array_is_scanned_alone():
    assert len(scan(pa.array(["one two", "three", "four"]).slice(1, 1)).words) == 1


@given(st.lists(st.text("»>/: ab\n", max_size=6), min_size=2, max_size=4))
def test_a_text_is_scanned_the_same_alone_and_behind_others(texts):
    together, own = scan(pa.array(texts)), [scan(pa.array([text])) for text in texts]
    for i, text in enumerate(own):
        rows = together.lines[together.page_line[i] : together.page_line[i + 1]]
        assert [row.separators for row in rows] == [row.separators for row in text.lines]
