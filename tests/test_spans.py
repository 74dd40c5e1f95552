"""From a span of the text back to the page: the same characters, on the same line."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from placement import Placement

from newsmill.relations import ARTICLES
from newsmill.spans import NOWHERE, Placements

LINE = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=8)
LINES = st.lists(LINE, min_size=1, max_size=12)


@st.composite
def pages(draw):
    """Draw a page, the lines of it that were kept, and a span of their text."""
    lines = draw(LINES)
    kept = draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)).filter(any))
    page, ranges, offset = "\n".join(lines) + "\n", [], 0
    for number, (line, keep) in enumerate(zip(lines, kept, strict=True), 1):
        if keep:
            ranges.append({"page_char_start": offset, "page_char_end": offset + len(line) + 1, "line_start": number})
        offset += len(line) + 1
    text = "".join(page[r["page_char_start"] : r["page_char_end"]] for r in ranges)
    start = draw(st.integers(0, len(text) - 1))
    return page, text, ranges, start, draw(st.integers(start + 1, len(text)))


@given(pages())
def test_a_span_leads_to_the_same_characters_and_lines_of_the_page(world):
    page, text, ranges, start, end = world
    placement = Placement(text, ranges)
    spot = placement.locate(start, end)
    assert spot["line_start"] == page.count("\n", 0, spot["page_char_start"]) + 1
    assert spot["line_end"] == page.count("\n", 0, spot["page_char_end"] - 1) + 1
    if not placement.crosses_seam(start, end):
        assert page[spot["page_char_start"] : spot["page_char_end"]] == text[start:end]


def test_a_prefix_names_the_spans_of_cue_and_speaker():
    placement = Placement("ab", [{"page_char_start": 5, "page_char_end": 7, "line_start": 2}])
    assert placement.locate(1, 2, "cue_") == {
        "cue_char_start": 1,
        "cue_char_end": 2,
        "cue_page_char_start": 6,
        "cue_page_char_end": 7,
        "cue_line_start": 2,
        "cue_line_end": 2,
    }


def test_a_seam_is_where_the_page_has_more_than_the_text():
    ranges = [
        {"page_char_start": 0, "page_char_end": 3, "line_start": 1},
        {"page_char_start": 9, "page_char_end": 12, "line_start": 4},
    ]
    placement = Placement("ab\ncd\n", ranges)
    assert placement.seams == [3]
    assert placement.crosses_seam(1, 4) and not placement.crosses_seam(0, 3) and not placement.crosses_seam(3, 6)


@given(st.lists(pages(), min_size=1, max_size=4), st.integers(0, 3))
def test_columns_of_spans_are_placed_as_each_alone(worlds, sliced):
    """Offsets into a batch that is itself a slice of another, texts of no character and of many bytes among them."""
    kind = ARTICLES.schema.field("ranges").type
    above = [("ä\n", [])] * sliced
    texts_and_ranges = [*above, *((text, ranges) for _, text, ranges, _, _ in worlds), ("", [])]
    texts = pa.array([text for text, _ in texts_and_ranges], pa.string()).slice(sliced)
    placed = Placements(texts, pa.array([ranges for _, ranges in texts_and_ranges], kind).slice(sliced))
    numbers = np.arange(len(worlds))
    columns = placed.locate(numbers, *(np.array([world[at] for world in worlds]) for at in (3, 4)))
    for number, (_, text, ranges, start, end) in enumerate(worlds):
        alone = Placement(text, ranges)
        assert {name: column[number].as_py() for name, column in columns.items()} == alone.locate(start, end)
        assert placed.seams(number) == alone.seams
    nowhere = placed.locate(numbers, np.full(len(worlds), -1), np.full(len(worlds), -1), "cue_")
    assert {name: column[0].as_py() for name, column in nowhere.items()} == {f"cue_{name}": None for name in NOWHERE}
