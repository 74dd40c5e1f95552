"""Pages that a person released: their verdict is lifted, and nothing else of the batch changes."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from newsmill.cleaning.clean import clean
from newsmill.cleaning.verdicts import REASONS
from newsmill.contracts import conform
from newsmill.relations import ARTICLES, KNOWN_BOILERPLATE, PAGES, RECORD_DECISIONS, TEXT_BLOCKS
from newsmill.stage import MARK
from newsmill.verdict_reasons import RELEASABLE

STORY = """Harbour council repairs the pier

The council voted on Monday to repair the old pier before winter, its chair said.

The work begins in March and costs two million crowns, most of which the county pays.

Fishermen had asked for years that the planks be replaced, because nets caught on them.

A ferry to the outer islands leaves from the northern quay until the work is done."""
FLASH = "Pier closed\n\nThe pier is closed."
LINKS = "Home\nWeather\nSport\nShop"
PAGE_IDS = ("2026-03-02/quay/a.jsonl#1", "2026-03-02/quay/a.jsonl#2", "2026-03-02/quay/a.jsonl#3")


def tabulate_pages(*texts: str) -> pa.Table:
    row = dict.fromkeys(PAGES.schema.names) | {
        "dump": "quay",
        "dump_file": "2026-03-02/quay/a.jsonl",
        "content": "page",
        "encoding": "utf-8",
        "source_id": "quay.example",
        "metadata": [],
        "declared_authors": [],
        "repairs": [],
        "is_wire": False,
    }
    rows = [
        {**row, "page_id": page_id, "record_no": number, "document_id": f"{number}", "page_text": text}
        for number, (page_id, text) in enumerate(zip(PAGE_IDS, texts, strict=False), 1)
    ]
    return pa.Table.from_pylist(rows, PAGES.schema)


def decide(*entries: tuple[str | None, str]) -> pa.Table:
    """Return decisions on records by page_id, or on the whole kind not_an_article of the dump."""
    audit = {"decided_by": "Ada", "decided_at": datetime(2026, 3, 3, tzinfo=UTC), "because": "So."}
    rows = [
        {
            "decision_no": number,
            "page_id": page_id,
            "dump": None if page_id else "quay",
            "reason": None if page_id else "not_an_article",
            "decision": decision,
            **audit,
        }
        for number, (page_id, decision) in enumerate(entries, 1)
    ]
    return pa.Table.from_pylist(rows, RECORD_DECISIONS.schema)


def clean_texts(decided: pa.Table, *texts: str) -> tuple[list[dict], list[dict], list[dict]]:
    articles, blocks, released = clean(tabulate_pages(*texts), KNOWN_BOILERPLATE.empty(), decided)
    kept = articles.filter(pa.compute.is_null(articles.column(MARK))).drop_columns([MARK, "reject_detail"])
    conform(kept, ARTICLES)
    conform(blocks, TEXT_BLOCKS)
    return articles.to_pylist(), blocks.to_pylist(), released.to_pylist()


def test_the_reasons_that_can_be_released_are_all_verdicts_but_empty():
    assert {*RELEASABLE} == {*REASONS.to_pylist()} - {None, "empty"}


def test_a_released_page_is_an_article_with_the_text_that_cleaning_keeps():
    (story, flash), before, _ = clean_texts(RECORD_DECISIONS.empty(), STORY, FLASH)
    assert (story[MARK], flash[MARK]) == (None, "not_an_article") and flash["word_count"] > 0
    (other, released), after, listed = clean_texts(decide((PAGE_IDS[1], "release")), STORY, FLASH)
    assert released[MARK] is None and released["text"] == flash["text"]
    assert (other, after) == (story, before)
    assert [(row["page_id"], row["reason"]) for row in listed] == [(PAGE_IDS[1], "not_an_article")]
    assert listed[0]["detail"] == flash["reject_detail"]


def test_a_released_page_of_which_cleaning_keeps_no_word_is_loaded_whole():
    articles, _, _ = clean_texts(RECORD_DECISIONS.empty(), STORY, LINKS)
    assert articles[1]["word_count"] == 0
    articles, blocks, listed = clean_texts(decide((PAGE_IDS[1], "release")), STORY, LINKS)
    by_page = {article["page_id"]: article for article in articles}
    assert by_page[PAGE_IDS[1]]["text"] == LINKS and by_page[PAGE_IDS[1]][MARK] is None
    own = [block for block in blocks if block["page_id"] == PAGE_IDS[1]]
    assert own and {block["disposition"] for block in own} == {"kept"}
    assert len(listed) == 1


def test_a_page_without_a_word_stays_rejected_though_its_kind_is_released():
    articles, _, listed = clean_texts(decide((None, "release")), STORY, " \n ")
    assert articles[1][MARK] == "empty" and not listed


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([(None, "release")], {1, 2}),
        ([(None, "release"), (PAGE_IDS[1], "discard")], {2}),
        ([(PAGE_IDS[1], "discard"), (None, "release")], {1, 2}),
        ([(PAGE_IDS[1], "release"), (PAGE_IDS[1], "discard")], set()),
        ([(None, "discard"), (PAGE_IDS[2], "release")], {2}),
    ],
)
def test_the_last_decision_on_a_record_or_its_kind_counts(entries, expected):
    articles, _, listed = clean_texts(decide(*entries), STORY, FLASH, FLASH.replace("closed", "shut"))
    assert {row["page_id"] for row in listed} == {PAGE_IDS[number] for number in expected}
    assert {article["page_id"] for article in articles if article[MARK] is None} == {
        PAGE_IDS[number] for number in {0, *expected}
    }


def test_a_release_holds_for_its_source_alone():
    decided = decide((None, "release"))
    other = decided.set_column(2, "dump", pa.array(["harbour"]))
    _, _, listed = clean_texts(other, STORY, FLASH)
    assert not listed
