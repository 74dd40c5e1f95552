"""Block counts of a part: each block once a page, the pages with the block, and the contexts."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from newsmill.cleaning.survey import survey
from newsmill.contracts import conform
from newsmill.relations import BLOCK_COUNTS, SURVEYS

LOCK = "The lock at Marl was opened again on Monday after nine weeks of repair, the port said."
MILL = "Two hundred looms will stand still in the mill at Sedge until the spring, its owner told the staff."
CHEESE = "A cheese of forty kilos won the fair in Oxley, though its maker had left before the judges came."
FOLLOW = "Follow the Gull wherever you read"


def surveyed(*pages: tuple[str, str] | tuple[str, str, str]) -> dict[tuple[str, str], dict]:
    """Return the block counts by source and sample of pages given as (source, text) or (source, text, content)."""
    block_counts, visits = survey(table(*pages))
    conform(visits, SURVEYS)
    rows = conform(block_counts, BLOCK_COUNTS).to_pylist()
    return {(row["source_id"], row["sample_text"]): row for row in rows}


def table(*pages: tuple) -> pa.Table:
    names = ("source_id", "page_text", "content")
    return pa.Table.from_pylist([dict(zip(names, (*page, "page")[:3], strict=True)) for page in pages])


def test_a_block_is_counted_once_a_page_and_once_a_source():
    seen = surveyed(
        ("gull", f"{FOLLOW}\n\n{LOCK}\n\n{FOLLOW}"), ("gull", f"{MILL}\n\n{FOLLOW}"), ("tern", f"{FOLLOW}\n\n{CHEESE}")
    )
    counts = {key: row["page_count"] for key, row in seen.items()}
    assert counts == {
        ("gull", FOLLOW): 2,
        ("gull", LOCK): 1,
        ("gull", MILL): 1,
        ("tern", FOLLOW): 1,
        ("tern", CHEESE): 1,
    }


def test_the_pages_of_each_source_are_counted():
    _, visits = survey(table(("gull", LOCK), ("tern", MILL), ("gull", ""), ("gull", LOCK, "article")))
    assert visits.to_pylist() == [{"source_id": "gull", "page_count": 3}, {"source_id": "tern", "page_count": 1}]


def test_the_blocks_of_an_article_without_its_page_are_counted():
    assert surveyed(("gull", LOCK, "article"))["gull", LOCK]["page_count"] == 1


def test_the_same_words_are_the_same_block_however_they_are_set():
    seen = surveyed(("gull", f"{LOCK}\n\nSea view"), ("gull", f"{MILL}\n\nSEA  VIEW!"))
    assert seen["gull", "Sea view"]["page_count"] == 2


def test_what_surrounds_a_block_is_the_story_of_its_page_and_never_the_block_itself():
    seen = surveyed(("gull", f"{LOCK}\n\n{FOLLOW}"), ("gull", f"{MILL}\n\n{FOLLOW}"))
    hashes = {text: row["words_hash"] for (_, text), row in seen.items()}
    around = {context["first"] for context in seen["gull", FOLLOW]["contexts"]}
    assert around == {hashes[LOCK], hashes[MILL]}
    assert [context["first"] for context in seen["gull", LOCK]["contexts"]] == [hashes[FOLLOW]]


def test_a_long_disclaimer_on_all_pages_does_not_identify_their_story():
    disclaimer = " ".join(["The Gull does not warrant that any of what is printed here is so."] * 6)
    seen = surveyed(*(("gull", f"{story}\n\n{FOLLOW}\n\n{disclaimer}") for story in (LOCK, MILL, CHEESE)))
    hashes = {seen["gull", story]["words_hash"] for story in (LOCK, MILL, CHEESE)}
    assert {context["first"] for context in seen["gull", FOLLOW]["contexts"]} == hashes


def test_a_block_between_sentences_differs_from_one_at_the_edge():
    heading = "What is to come"
    seen = surveyed(("gull", f"{FOLLOW}\n\n{LOCK}\n\n{heading}\n\n{MILL}"))
    assert {text: row["in_body_count"] for (_, text), row in seen.items()} == {FOLLOW: 0, LOCK: 0, heading: 1, MILL: 0}


def test_a_sample_is_the_beginning_of_the_block_to_the_letter():
    text = "Ærø – " + "øl 🐑 " * 60
    (row,) = surveyed(("gull", f"  \n\n{text}\n")).values()
    assert row["sample_text"] == text[:120]


@given(st.lists(st.tuples(st.sampled_from(["gull", "tern"]), st.text("aé🐑 .\n", max_size=60)), max_size=6))
def test_any_pages_can_be_surveyed(pages):
    block_counts, visits = survey(table(*pages) if pages else table(("gull", "")).slice(1))
    conform(block_counts, BLOCK_COUNTS)
    assert sum(visits.column("page_count").to_pylist()) == len(pages)
    for row in block_counts.to_pylist():
        assert any(source == row["source_id"] and row["sample_text"] in text for source, text in pages)
        assert 1 <= row["page_count"] <= len(pages) and 1 <= len(row["contexts"]) <= row["page_count"]
