"""Find pairs of texts that share enough keys, each pair once, in any order of rows."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from newsmill.dedup.candidates import KeyEntries, find_candidates

# of each text: whether it was changed, and the bands and samples it is found by
TEXTS = st.lists(st.tuples(st.booleans(), st.sets(st.integers(1, 3)), st.sets(st.integers(11, 20))), max_size=8)


def entries(rows: list[tuple[int, int, bool, bool]]) -> KeyEntries:
    """Return rows of key, text, whether the key is a band, and whether the text is a first member of the bucket."""
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return KeyEntries(*(np.array(column, kind) for column, kind in zip(columns, ("i8", "i4", "?", "?"), strict=True)))


def find(rows, is_changed, sample_counts) -> list[tuple[int, int]]:
    pairs = find_candidates(entries(rows), np.array(is_changed, bool), np.array(sample_counts, np.int32))
    return sorted(map(tuple, pairs.tolist()))


@given(TEXTS, st.sets(st.tuples(st.integers(1, 20), st.integers(0, 7))), st.randoms(use_true_random=False))
def test_pairs_are_those_that_share_a_band_or_three_in_ten_samples_where_one_leads_and_one_was_changed(
    texts, leading, random
):
    rows = [
        (key, text, key < 10, (key, text) in leading)
        for text, (_, bands, samples) in enumerate(texts)
        for key in bands | samples
    ]
    random.shuffle(rows)
    wanted = []
    for (one, first), (other, second) in combinations(enumerate(texts), 2):
        met = [
            key
            for key in (first[1] | first[2]) & (second[1] | second[2])
            if (key, one) in leading or (key, other) in leading
        ]
        samples = sum(key > 10 for key in met)
        is_enough = samples < len(met) or 10 * samples >= 3 * min(len(first[2]), len(second[2]))
        if met and is_enough and (first[0] or second[0]):
            wanted.append((one, other))
    assert find(rows, [text[0] for text in texts], [len(text[2]) for text in texts]) == wanted


def test_all_pairs_are_returned_beyond_the_initial_room():
    rows = [(key, text, True, True) for key in (1, 2) for text in range(400)]
    assert find(rows, [True] * 400, [0] * 400) == list(combinations(range(400), 2))


def test_an_oversized_bucket_is_compared_with_its_first_members_alone():
    rows = [(1, text, True, text in (3, 4)) for text in range(6)]
    assert find(rows, [False, False, True, False, False, True], [0] * 6) == [(2, 3), (2, 4), (3, 5), (4, 5)]


def test_no_text_makes_no_pair():
    assert find([], [], []) == []
