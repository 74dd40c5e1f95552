"""Split pages into blocks, and classify the wording of a block."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsmill.cleaning import segmentation
from newsmill.cleaning.lexicon import Reason, load_lexicon
from newsmill.cleaning.segmentation import Blocks
from newsmill.cleaning.wording import classify_wording
from newsmill.glossary import BLOCK_REASONS
from newsmill.nlp import characters
from newsmill.nlp.scan import scan

NAMES = (None, *BLOCK_REASONS)


def cut(*pages: str) -> Blocks:
    scanned = scan(pa.array(pages))
    blocks = segmentation.split_blocks(scanned, characters.build_char_traits(), load_lexicon())
    classify_wording(blocks, scanned, load_lexicon())
    return blocks


def texts(page: str) -> list[str]:
    return [page[start:end] for start, end in cut(page).table[["start", "end"]].tolist()]


def test_a_line_is_a_block_and_takes_the_blank_lines_after_it():
    assert texts("One here.\n\n\nTwo here.\n") == ["One here.\n\n\n", "Two here.\n"]


def test_blank_lines_before_everything_are_a_block_of_their_own():
    assert texts("\n \nOne.") == ["\n \n", "One."]


def test_a_line_that_goes_on_in_small_letters_is_joined():
    assert len(texts("The council of the town of\nvesterhavn met on Monday.\nNobody came.")) == 2


def test_lines_filled_to_one_width_are_one_paragraph():
    wrapped = "\n".join(
        (
            "The harbour council met in the old Customs House on Tuesday and",
            "Mayor Ingrid Solli said that nobody had wanted to see the quay",
            "Closed for as long as two years, least of all the fishermen of",
            "Vesterhavn.",
        )
    )
    assert texts(wrapped) == [wrapped]


def test_a_menu_is_not_a_paragraph():
    assert len(texts("Home\nLocal news and views\nSport\nObituaries\nClassified advertising\nJobs")) == 6


def test_only_a_newline_ends_a_line():
    assert len(texts("One\u2028two\x0bthree\rfour")) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("404", "error_banner"),
        ("503 - back soon", "error_banner"),
        ("503 jobs to go at the shipyard", None),
        ("Sorry, you cannot see this page", "error_banner"),
        ("Sorry seems to be the hardest word", None),
        ("Home | News | Council | Harbour", "navigation"),
        ("Email | Print | Copy link", "share"),
        ("Tuesday, March 3, 2026 at 9:52 p.m.", "byline"),
        ("By Anne Lunde", "byline"),
        ("By the time the ferry left, nobody was standing on the quay any more.", None),
        ("Watch out for ice on the roads around the harbour, the police said on Monday.", None),
        ("(c) 2026 The Post", "copyright"),
        ("12 comments", "comments"),
        ("The two men shared the boat.", None),
    ],
)
def test_a_line_is_known_by_its_wording(line, reason):
    assert NAMES[cut(line).table[0].reason] == reason


def test_the_codes_of_reasons_are_their_positions_in_the_glossary():
    assert [reason.name.lower() for reason in Reason] == ["none", *BLOCK_REASONS]


@given(st.lists(st.text(alphabet="ab. \n\tÄß語—😀1|", max_size=120), max_size=6))
def test_blocks_tile_their_pages_and_count_their_lines(pages):
    blocks = cut(*pages)
    for i, page in enumerate(pages):
        rows = blocks.table[blocks.page_block[i] : blocks.page_block[i + 1]]
        assert "".join(page[row.start : row.end] for row in rows) == page
        for row in rows:
            assert page.count("\n", 0, row.start) + 1 == row.line_start
            assert page.count("\n", 0, row.end - 1) + 1 == row.line_end


def test_a_block_is_the_same_in_every_batch():
    alone, among = cut("One here.\nTwo."), cut("", "Something else.", "One here.\nTwo.")
    assert alone.hashes.tolist() == among.hashes[-2:].tolist()


def test_hashes_are_the_same_on_every_machine():
    assert segmentation.format_hashes(cut("Harbour news").hashes).to_pylist() == ["c07064c232e21630"]
