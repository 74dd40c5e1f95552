"""Sums of trees: the block-wise sum is that of a walk through each tree, to the last bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsmill.nlp import trees

NAMES = ("a", "b", "c", "d")
NUMBERS = st.floats(-3, 3, width=32).map(lambda value: round(value, 1))  # so that many a value is a threshold


def grown(draw, leaves: int) -> tuple[list, list, list]:
    """Return a tree in the three lists of a model."""
    if leaves == 1:
        return [trees.LEAF], [draw(st.floats(-1, 1, width=32))], [0]
    left = draw(st.integers(1, leaves - 1))
    parts = grown(draw, left), grown(draw, leaves - left)
    head = [draw(st.integers(0, len(NAMES) - 1))], [draw(NUMBERS)], [1 + len(parts[0][0])]
    return tuple([*first, *below, *behind] for first, below, behind in zip(head, *parts, strict=True))


@st.composite
def models(draw) -> dict:
    sizes = draw(st.lists(st.integers(1, trees.MAX_LEAVES), min_size=1, max_size=4))
    return {"features": list(NAMES), "trees": [grown(draw, size) for size in sizes]}


def walked(row: np.ndarray, model: dict) -> np.float32:
    total = np.float32(0.0)
    for features, values, skips in model["trees"]:
        node = 0
        while features[node] != trees.LEAF:
            node += 1 if row[features[node]] <= np.float32(values[node]) else skips[node]
        total += np.float32(values[node])
    return total


@settings(max_examples=60, deadline=None)
@given(models(), st.lists(st.tuples(*[NUMBERS] * len(NAMES)), min_size=1, max_size=5), st.integers(0, 70))
def test_every_row_gets_the_sum_that_a_walk_through_the_trees_adds_up(model, given_rows, more):
    rows = np.array(given_rows + [given_rows[0]] * more, np.float32)
    sums = trees.sum_trees(rows, trees.build_trees(model, NAMES))
    assert sums.tolist() == [walked(row, model) for row in rows]


def test_trees_read_their_columns_in_any_order():
    model = {"features": ["d", "b"], "trees": [([0, -1, 1, -1, -1], [0.5, 1.0, 0.5, 10.0, 100.0], [2, 0, 2, 0, 0])]}
    rows = np.array([[9, 0, 9, 0], [9, 0, 9, 1], [9, 1, 9, 1]], np.float32)
    assert trees.sum_trees(rows, trees.build_trees(model, NAMES)).tolist() == [1.0, 10.0, 100.0]


def test_no_rows_have_no_sums():
    assert (
        trees.sum_trees(np.zeros((0, 4), np.float32), trees.build_trees({"features": [], "trees": []}, NAMES)).size == 0
    )


def test_a_tree_with_more_leaves_than_bits_is_refused():
    leaves = trees.MAX_LEAVES + 1
    chain = ([0, -1] * (leaves - 1) + [-1], [0.0] * (2 * leaves - 1), [2, 0] * (leaves - 1) + [0])
    with pytest.raises(ValueError, match="33 leaves"):
        trees.build_trees({"features": ["a"], "trees": [chain]}, NAMES)
