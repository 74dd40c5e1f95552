"""Cutting a page into blocks."""

import pytest

from newsmill.text.blocks import cut, wording


def texts(page: str) -> list[str]:
    return [page[block.start : block.end] for block in cut(page)]


def test_a_line_is_a_block_and_takes_the_blank_lines_after_it():
    assert texts("One here.\n\n\nTwo here.\n") == ["One here.\n\n\n", "Two here.\n"]


def test_blank_lines_before_everything_are_a_block_of_their_own():
    assert texts("\n \nOne.") == ["\n \n", "One."]


def test_a_line_that_goes_on_in_small_letters_is_joined():
    assert len(texts("The council of the town of\nvesterhavn met on Monday.\nNobody came.")) == 2


def test_lines_filled_to_one_width_are_one_paragraph():
    wrapped = "\n".join((
        "The harbour council met in the old Customs House on Tuesday and",
        "Mayor Ingrid Solli said that nobody had wanted to see the quay",
        "Closed for as long as two years, least of all the fishermen of",
        "Vesterhavn.",
    ))
    assert texts(wrapped) == [wrapped]


def test_a_menu_is_not_a_paragraph():
    assert len(texts("Home\nLocal news and views\nSport\nObituaries\nClassified advertising\nJobs")) == 6


def test_only_a_newline_ends_a_line():
    assert len(texts("One\u2028two\x0bthree\rfour")) == 1


@pytest.mark.parametrize(("line", "reason"), [
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
])
def test_a_line_is_known_by_its_wording(line, reason):
    assert wording(cut(line)[0]) == reason
