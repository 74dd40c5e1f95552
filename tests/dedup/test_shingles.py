"""Signatures and overlaps: the same on every machine, and the exact number of shared shingles."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsmill.dedup.shingles import (
    BANDS,
    SAMPLE_ONE_IN,
    SHINGLE_WORDS,
    compute_overlaps,
    compute_signatures,
    count_shared_shingles,
    list_shingles,
)

INCLUDE = Path(__file__).resolve().parents[2] / "include"
WORD = re.compile(r"\w+")
FERRY = "The ferry to Gull Island was late again on Monday, and nobody on the quay was told why."
CHINESE = "渡轮今天又晚点了没有人知道原因"
LONG = " ".join(f"word{number}" for number in range(4000))
NAMES = st.sampled_from(["ash", "birch", "Cedar", "CEDAR", "ÉLM", "élm", "7", "x1"])
WORDS = NAMES | st.text("aÀ1", min_size=1, max_size=3)
TEXTS = st.lists(WORDS, max_size=40).map(" - ".join)


def word_shingles(text: str) -> set[tuple[str, ...]]:
    """Return the set of five-word shingles of a text in plain Python."""
    words = WORD.findall(text.lower())
    return {tuple(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)}


def overlap(one: str, other: str) -> tuple[int, ...]:
    return tuple(int(column[0]) for column in compute_overlaps(pa.array([one]), pa.array([other])))


def signed(*texts: str | None):
    return compute_signatures(pa.array(texts, pa.string()))


def shared_bands(one: str, other: str) -> int:
    first, second = signed(one, other).bands
    return int((first == second).sum())


# -- signatures ----------------------------------------------------------------------------------------------------


def test_a_signature_never_changes():
    """Bands and samples of all nights are compared with each other: a new value here makes every warehouse blind."""
    signatures_of = signed(FERRY, CHINESE)
    assert signatures_of.shingle_counts.tolist() == [14, 11]
    assert signatures_of.bands[:, [0, 1, BANDS - 1]].tolist() == [
        [149414884274783, 200036105259414, 150424701370866],
        [149815985159665, 251180796343084, 160406680339887],
    ]
    assert signed(LONG).samples[:4].tolist() == [250730386683759, 259619587689965, 117526670491350, 245760185310639]


def test_a_signature_is_the_same_in_another_process():
    code = (
        "import pyarrow as pa; from newsmill.dedup.shingles import compute_signatures; "
        f"print(compute_signatures(pa.array([{FERRY!r}])).bands.tolist())"
    )
    process = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(INCLUDE), "PYTHONHASHSEED": "77", "PATH": "/usr/bin:/bin"},
    )
    assert process.stdout.strip() == str(signed(FERRY).bands.tolist())


@given(st.lists(TEXTS, max_size=6))
@settings(deadline=None)
def test_a_signature_does_not_depend_on_the_texts_around(texts):
    together = signed(*texts)
    for i, text in enumerate(texts):
        alone = signed(text)
        samples = together.samples[together.sample_start[i] : together.sample_start[i + 1]]
        assert together.bands[i].tolist() == alone.bands[0].tolist()
        assert samples.tolist() == alone.samples.tolist()
        assert together.shingle_counts[i] == alone.shingle_counts[0] == len(word_shingles(text))


@pytest.mark.parametrize("text", ["", None, "  \n ", "Only four words here."])
def test_a_text_without_five_words_has_no_signature(text):
    signatures_of = signed(text)
    assert (signatures_of.shingle_counts.tolist(), signatures_of.bands.any(), len(signatures_of.samples)) == (
        [0],
        False,
        0,
    )


def test_a_text_of_five_words_has_one_shingle():
    assert signed("Five words make one shingle.").shingle_counts.tolist() == [1]


def test_texts_of_the_same_words_agree_in_every_band():
    assert shared_bands(FERRY, f"  {FERRY.upper().replace(' ', '  ')} !") == BANDS


def test_texts_without_a_shingle_in_common_agree_in_no_band():
    assert shared_bands(LONG, LONG.replace("word", "other")) == 0


@pytest.mark.parametrize("every, least", [(100, 12), (15, 1)])
def test_texts_with_a_word_changed_here_and_there_agree_in_some_band(every, least):
    """Of one word in fifteen the similarity is .5, of which 32 bands of four find 87 of 100."""
    changed = " ".join(f"new{n}" if n % every == 0 else word for n, word in enumerate(LONG.split()))
    assert shared_bands(LONG, changed) >= least


def test_a_passage_has_the_same_samples_in_every_text():
    passage = " ".join(LONG.split()[1000:1600])
    whole, part = set(signed(LONG).samples.tolist()), set(signed(passage).samples.tolist())
    assert part and part <= whole


def test_one_shingle_in_sixteen_is_a_sample():
    expected = signed(LONG).shingle_counts[0] / SAMPLE_ONE_IN
    assert 0.8 * expected < len(signed(LONG).samples) < 1.2 * expected


def test_characters_of_a_script_without_spaces_are_words():
    assert signed(CHINESE).shingle_counts.tolist() == [len(CHINESE) - SHINGLE_WORDS + 1]
    assert overlap(CHINESE, CHINESE[3:]) == (8, 11, 8, len(CHINESE) - 3)


# -- overlaps ------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=6))
@settings(deadline=None)
def test_overlaps_are_those_of_sets_of_five_words(pairs):
    overlap_of = compute_overlaps(
        *(pa.array(column, pa.string()) for column in (zip(*pairs, strict=True) if pairs else ((), ())))
    )
    for i, (one, other) in enumerate(pairs):
        first, second = word_shingles(one), word_shingles(other)
        counts = (overlap_of.shared[i], overlap_of.of_first[i], overlap_of.of_second[i])
        assert counts == (len(first & second), len(first), len(second))


@given(st.lists(TEXTS, max_size=6))
@settings(deadline=None)
def test_shingles_are_sets_of_five_words(texts):
    listed, counts = list_shingles(pa.array(texts, pa.string()))
    assert counts.tolist() == [len(word_shingles(text)) for text in texts]
    for numbers in np.split(listed, np.cumsum(counts)):
        assert len(set(numbers.tolist())) == len(numbers)


@given(st.lists(TEXTS, min_size=1, max_size=6), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=9))
@settings(deadline=None)
def test_shared_counts_are_those_of_overlaps_whatever_the_order_of_pairs(texts, drawn_pairs):
    pairs = np.array([(one % len(texts), other % len(texts)) for one, other in drawn_pairs], np.int64).reshape(-1, 2)
    listed, counts = list_shingles(pa.array(texts, pa.string()))
    shared = count_shared_shingles(listed, np.append(0, np.cumsum(counts)), pairs)
    sides = [pa.array([texts[i] for i in side], pa.string()) for side in pairs.T]
    assert shared.tolist() == compute_overlaps(*sides).shared.tolist()


def test_a_text_without_five_words_or_none_at_all_has_no_shingle():
    _, counts = list_shingles(pa.array(["one two three four", None, "", CHINESE]))
    assert counts[:3].tolist() == [0, 0, 0] and counts[3] > 0


def test_shared_characters_reach_from_the_first_word_of_a_passage_to_its_last():
    passage = "was late again on Monday, and nobody"
    shared, _, _, chars = overlap(FERRY, f"It {passage} minded.")
    assert (shared, chars) == (3, len(passage))


def test_shared_characters_are_characters_and_not_bytes():
    passage = "Äpfel, Öl und Übermut – é"
    assert overlap(f"x {passage} y", f"a b {passage} z")[3] == len(passage)


def test_passages_that_follow_one_another_are_counted_once():
    first, second = "one two three four five six", "seven eight nine ten eleven"
    assert overlap(f"{first} {second}", f"{second} and {first}")[3] == len(first) + len(second)
    assert overlap(f"{FERRY} {FERRY}", FERRY)[3] == 2 * len(FERRY.rstrip("."))


def test_many_pairs_with_one_first_are_as_each_alone():
    others = [FERRY, "", FERRY.replace("Monday", "Friday"), LONG]
    together = compute_overlaps(pa.array([FERRY] * 4 + [LONG]), pa.array([*others, FERRY]))
    alone = [overlap(one, other) for one, other in zip([FERRY] * 4 + [LONG], [*others, FERRY], strict=True)]
    assert list(zip(*(column.tolist() for column in together), strict=True)) == alone
