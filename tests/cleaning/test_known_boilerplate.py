"""Known boilerplate: by hash and source, or everywhere; a person's decision counts most."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from newsmill.cleaning.known_boilerplate import DROP, KEEP, UNKNOWN, look_up_decisions

GULL, TERN = "gull.example", "tern.example"
NUMBERS = [0, 1, 2**63, 2**64 - 1]


def table(*rows: tuple) -> pa.Table:
    scopes, hashes, decisions = zip(*rows, strict=True) if rows else ((), (), ())
    types = (pa.string(), pa.uint64(), pa.string())
    columns = [pa.array(values, kind) for values, kind in zip((scopes, hashes, decisions), types, strict=True)]
    return pa.table(columns, ["scope", "words_hash", "decision"])


def look_up(blocks: list[tuple[str, int]], *rows: tuple) -> list[int]:
    """Return the decisions on blocks given as (source, hash), each on a separate page."""
    sources = pa.array([source for source, _ in blocks], pa.string())
    hashes = np.array([words_hash for _, words_hash in blocks], np.uint64)
    return look_up_decisions(hashes, np.arange(len(blocks)), sources, table(*rows)).tolist()


def test_boilerplate_of_a_source_is_none_of_another():
    assert look_up([(GULL, 7), (TERN, 7), (GULL, 8)], (GULL, 7, None)) == [DROP, UNKNOWN, UNKNOWN]


def test_boilerplate_of_all_sources_is_boilerplate_of_each():
    assert look_up([(GULL, 7), (TERN, 7)], ("*", 7, None)) == [DROP, DROP]


def test_a_decision_to_keep_overrules_what_was_learned():
    assert look_up([(GULL, 7), (TERN, 7)], (GULL, 7, "keep"), ("*", 7, "keep")) == [KEEP, KEEP]


def test_a_decision_to_drop_holds_everywhere():
    assert look_up([(GULL, 7), (TERN, 7)], ("*", 7, "drop")) == [DROP, DROP]


def test_blocks_of_one_page_share_its_source():
    hashes, page = np.array([7, 8, 7], np.uint64), np.array([0, 0, 1])
    assert look_up_decisions(hashes, page, pa.array([GULL, TERN]), table((GULL, 7, None))).tolist() == [
        DROP,
        UNKNOWN,
        UNKNOWN,
    ]


def test_where_nothing_was_learned_nothing_is_known():
    assert look_up([(GULL, 7)]) == [UNKNOWN]
    assert look_up([], (GULL, 7, None)) == []


BLOCKS = st.lists(st.tuples(st.sampled_from([GULL, TERN]), st.sampled_from(NUMBERS)), max_size=8)
ROWS = st.lists(
    st.tuples(st.sampled_from([GULL, TERN, "*", "owl"]), st.sampled_from(NUMBERS), st.sampled_from([None, "keep"])),
    max_size=8,
    unique_by=lambda row: row[:2],
)


@given(BLOCKS, ROWS)
def test_each_block_is_looked_up_as_if_it_were_alone(blocks, rows):
    def alone(source: str, words_hash: int) -> int:
        decisions = {decision for scope, block, decision in rows if scope in (source, "*") and block == words_hash}
        return KEEP if "keep" in decisions else DROP if decisions else UNKNOWN

    assert look_up(blocks, *rows) == [alone(*block) for block in blocks]
