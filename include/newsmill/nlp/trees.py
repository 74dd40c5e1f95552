"""Sum small decision trees for many rows at once, without branches (QuickScorer: Lucchese and others, SIGIR 2015).

A tree is not walked. Each leaf is a bit. Each failed test clears the leaves on the left side of the test; the lowest
remaining bit is the row's leaf. So every row meets every test in the same order, and a processor compares a block of
rows with a single instruction.

Layout: the tests of tree t are `first_test[t]` up to `first_test[t + 1]`; `tested`, `most` and `others` have an entry
per test, `adds` a row per tree. Example: a tree "x <= 1.5 ? leaf 0 : leaf 1" has one test with `most` 1.5 and `others`
0b11...10. A row with x = 2 fails the test, loses bit 0, and adds the value of leaf 1.
"""

from typing import NamedTuple, TypedDict

import numpy as np

from newsmill.compiled import compiled

LEAF = -1
MAX_LEAVES = 32
ROWS = 64  # in a block: enough for the widest instructions, few enough for the nearest cache
# De Bruijn sequence: multiplied by a single bit, its top five bits differ for each position of that bit.
_DE_BRUIJN, _SHIFT = np.uint32(0x077CB531), np.uint32(27)
_ALL_LEAVES = (1 << MAX_LEAVES) - 1


class TreeModel(TypedDict):
    """Trained trees as written to a model file.

    `features` are the names of the features that the trees read. A tree is three lists with an entry per node: the
    index of the feature, or LEAF; the greatest value that goes left, or the value of the leaf; and the distance to the
    right branch. The left branch begins at the next node.
    """

    features: list[str]
    trees: list[tuple[list[int], list[float], list[int]]]


class Trees(NamedTuple):
    """A sum of decision trees in the layout of compiled code.

    `columns` are the columns of a row in use, and `tested` an index into `columns`. `most` is the greatest value that
    goes left; `others` has the bits of all leaves but those on the left. `adds` holds the value of each leaf at the
    slot of the leaf's bit.
    """

    columns: np.ndarray
    first_test: np.ndarray
    tested: np.ndarray
    most: np.ndarray
    others: np.ndarray
    adds: np.ndarray


def build_trees(model: TreeModel, columns: tuple[str, ...]) -> Trees:
    """Build trees in the layout of compiled code; each feature of the model is a member of `columns`."""
    tests: list[tuple[int, float, int]] = []
    first_test, adds = [0], np.zeros((len(model["trees"]), MAX_LEAVES), np.float32)
    for i, (features, values, skips) in enumerate(model["trees"]):
        leaf_of = np.cumsum([0, *(feature == LEAF for feature in features)]).tolist()
        if leaf_of[-1] > MAX_LEAVES:
            raise ValueError(f"tree {i} has {leaf_of[-1]} leaves; there is room for {MAX_LEAVES}")
        for node, (feature, value, skip) in enumerate(zip(features, values, skips, strict=True)):
            if feature == LEAF:
                adds[i, _leaf_slot(1 << leaf_of[node])] = value
            else:
                tests.append((feature, value, _ALL_LEAVES ^ (1 << leaf_of[node + skip]) - (1 << leaf_of[node])))
        first_test.append(len(tests))
    tested, most, others = zip(*tests, strict=True) if tests else ((), (), ())
    return Trees(
        np.array([columns.index(name) for name in model["features"]], np.int32),
        np.array(first_test, np.int32),
        np.array(tested, np.int32),
        np.array(most, np.float32),
        np.array(others, np.uint32),
        adds,
    )


def _leaf_slot(leaf_bit: int) -> int:
    """Return the slot of a leaf's bit in a row of `adds`."""
    return (leaf_bit * int(_DE_BRUIJN) & _ALL_LEAVES) >> int(_SHIFT)


@compiled
def sum_trees(rows, trees):
    """Return for each row the sum of all trees, added in their order, as float32."""
    totals = np.zeros(len(rows), np.float32)
    values = np.zeros((len(trees.columns), ROWS), np.float32)
    open_leaves, total = np.empty(ROWS, np.uint32), np.empty(ROWS, np.float32)
    for start in range(0, len(rows), ROWS):
        count = min(ROWS, len(rows) - start)
        for i in range(count):
            row = rows[start + i]
            for column in range(len(trees.columns)):
                values[column, i] = row[trees.columns[column]]
        _sum_block(values, trees, open_leaves, total)
        totals[start : start + count] = total[:count]
    return totals


@compiled
def _sum_block(values, trees, open_leaves, total):
    """Sum the trees over a block of rows; `values` has a row per column."""
    total[:] = 0.0
    for tree in range(len(trees.first_test) - 1):
        open_leaves[:] = _ALL_LEAVES
        for test in range(trees.first_test[tree], trees.first_test[tree + 1]):
            column, most, others = values[trees.tested[test]], trees.most[test], trees.others[test]
            for i in range(ROWS):
                open_leaves[i] &= np.uint32(_ALL_LEAVES) if column[i] <= most else others
        adds = trees.adds[tree]
        for i in range(ROWS):
            bit = np.uint32(open_leaves[i] & np.uint32(-np.int64(open_leaves[i])))  # the lowest leaf
            total[i] += adds[np.uint32(bit * _DE_BRUIJN) >> _SHIFT]
