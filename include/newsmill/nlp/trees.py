"""Sums of small decision trees, read for many rows at once without a branch.

A tree is not walked. Each leaf is a bit; each test that a row fails takes away the leaves on its left side, and the
first leaf that is left is the row's. So every row meets every test, in the same order, and a processor can compare a
block of rows with one instruction (QuickScorer: Lucchese and others, SIGIR 2015).
"""

from typing import NamedTuple

import numpy as np

from newsmill.compiled import compiled

LEAF = -1
MAX_LEAVES = 32
ROWS = 64  # of a block: enough for the widest instructions, few enough for the nearest cache
# A number with one bit set, times this, has another number in its first five bits for each place of the bit.
_PLACING, _SHIFT = np.uint32(0x077CB531), np.uint32(27)
_ALL = (1 << MAX_LEAVES) - 1


class Trees(NamedTuple):
    """A sum of decision trees as compiled code reads it.

    `columns` are those of a row that the trees look at. The tests of tree t stand from `first_test[t]` on: `tested` is
    a place in `columns`, `most` the greatest value that goes left, `others` the bits of all leaves but those there.
    `adds` has a row a tree: what each leaf adds, at the place that _PLACING gives its bit.
    """

    columns: np.ndarray
    first_test: np.ndarray
    tested: np.ndarray
    most: np.ndarray
    others: np.ndarray
    adds: np.ndarray


def trees_of(told: dict, columns: tuple[str, ...]) -> Trees:
    """Return trees as compiled code reads them.

    `told` names the `features` that the trees look at, each one of the `columns` of a row. A tree is three lists with
    an entry a node: the number of its feature, or LEAF; the greatest value that goes left, or what the leaf adds; and
    how many nodes farther its right branch begins. The left one begins with the next node.
    """
    tests: list[tuple[int, float, int]] = []
    first_test, adds = [0], np.zeros((len(told["trees"]), MAX_LEAVES), np.float32)
    for number, (features, values, skips) in enumerate(told["trees"]):
        leaf_of = np.cumsum([0, *(feature == LEAF for feature in features)]).tolist()
        if leaf_of[-1] > MAX_LEAVES:
            raise ValueError(f"tree {number} has {leaf_of[-1]} leaves; there is room for {MAX_LEAVES}")
        for node, (feature, value, skip) in enumerate(zip(features, values, skips, strict=True)):
            if feature == LEAF:
                adds[number, _place(1 << leaf_of[node])] = value
            else:
                tests.append((feature, value, _ALL ^ (1 << leaf_of[node + skip]) - (1 << leaf_of[node])))
        first_test.append(len(tests))
    tested, most, others = zip(*tests, strict=True) if tests else ((), (), ())
    return Trees(
        np.array([columns.index(name) for name in told["features"]], np.int32),
        np.array(first_test, np.int32),
        np.array(tested, np.int32),
        np.array(most, np.float32),
        np.array(others, np.uint32),
        adds,
    )


def _place(bit: int) -> int:
    return (bit * int(_PLACING) & _ALL) >> int(_SHIFT)


@compiled
def sums(rows, trees):
    """Return for each row the sum of what the trees add, in their order; float32."""
    out = np.zeros(len(rows), np.float32)
    seen = np.zeros((len(trees.columns), ROWS), np.float32)
    open_leaves, total = np.empty(ROWS, np.uint32), np.empty(ROWS, np.float32)
    for first in range(0, len(rows), ROWS):
        count = min(ROWS, len(rows) - first)
        for at in range(count):
            row = rows[first + at]
            for place in range(len(trees.columns)):
                seen[place, at] = row[trees.columns[place]]
        _add(seen, trees, open_leaves, total)
        out[first : first + count] = total[:count]
    return out


@compiled
def _add(seen, trees, open_leaves, total):
    """Sum up a block of rows, of which `seen` has a column each."""
    total[:] = 0.0
    for tree in range(len(trees.first_test) - 1):
        open_leaves[:] = _ALL
        for test in range(trees.first_test[tree], trees.first_test[tree + 1]):
            column, most, others = seen[trees.tested[test]], trees.most[test], trees.others[test]
            for at in range(ROWS):
                open_leaves[at] &= np.uint32(_ALL) if column[at] <= most else others
        adds = trees.adds[tree]
        for at in range(ROWS):
            bit = np.uint32(open_leaves[at] & np.uint32(-np.int64(open_leaves[at])))  # the first leaf
            total[at] += adds[np.uint32(bit * _PLACING) >> _SHIFT]
