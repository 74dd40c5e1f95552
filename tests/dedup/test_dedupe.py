"""One capture is kept per article and night: the newest, then the longest; the others are rejected with a reason."""

from datetime import UTC, datetime
from itertools import permutations

import pyarrow as pa

from newsmill.dedup.dedupe import dedupe
from newsmill.relations import ARTICLES, CAPTURES, rejected
from newsmill.stage import run_stage

SIX, SEVEN = datetime(2026, 3, 2, 6, tzinfo=UTC), datetime(2026, 3, 2, 7, tzinfo=UTC)
DEFAULTS = {
    **{f.name: 0 for f in ARTICLES.schema if pa.types.is_integer(f.type) or pa.types.is_floating(f.type)},
    "dump": "evening",
    "dump_file": "evening.jsonl",
    "document_id": "x",
    "source_id": "gull.example",
    "is_wire": False,
    "is_live_blog": False,
    "authors": [],
    "ranges": [],
    "language": "en",
    "published_method": "none",
    "text": "",
}


def article(page_id, article_id="a", content="c", chars=100, published=None, text="t") -> dict:
    return {
        **DEFAULTS,
        "page_id": page_id,
        "article_id": article_id,
        "content_sha256": content,
        "text_sha256": text,
        "kept_chars": chars,
        "published_at": published,
        "record_no": 1,
    }


def table(*rows: dict) -> pa.Table:
    return pa.Table.from_pylist(list(rows), ARTICLES.schema)


def chosen(*rows: dict) -> list[str]:
    captures, _ = dedupe(table(*rows))
    return [row["page_id"] for row in captures.to_pylist() if row["reject_reason"] is None]


def first_instances(*rows: dict) -> list[str]:
    _, instances = dedupe(table(*rows))
    return instances.column("page_id").to_pylist()


def test_an_article_with_one_capture_keeps_it():
    assert chosen(article("p1", "a"), article("p2", "b")) == ["p1", "p2"]


def test_the_newest_capture_is_kept_however_short():
    assert chosen(article("p1", published=SIX, chars=500), article("p2", published=SEVEN, chars=1)) == ["p2"]


def test_a_dated_capture_goes_before_an_undated_one():
    assert chosen(article("p1", chars=500), article("p2", published=SIX, chars=1)) == ["p2"]


def test_of_captures_of_one_time_the_longest_is_kept_and_then_the_first_by_name():
    assert chosen(article("p1", published=SIX, chars=1), article("p2", published=SIX, chars=2)) == ["p2"]
    assert chosen(article("p2"), article("p1")) == ["p1"]


def test_copies_under_other_articles_are_kept():
    assert chosen(article("p1", "a", text="same"), article("p2", "b", text="same")) == ["p1", "p2"]


def test_a_text_is_extracted_once_from_its_first_instance():
    rows = (
        article("p1", "a", text="same"),
        article("p2", "b", text="same", published=SEVEN),
        article("p3", "c", text="same", published=SIX),
        article("p4", "d", text="other"),
    )
    assert first_instances(*rows) == ["p3", "p4"]


def test_a_rejected_capture_is_not_extracted():
    assert first_instances(article("p1", published=SIX), article("p2", published=SEVEN)) == ["p2"]


def test_the_choice_does_not_depend_on_the_order_of_the_rows():
    later = [article("p2", published=SEVEN, chars=9), article("p3", published=SEVEN, chars=8)]
    rows = [article("p1", published=SIX), *later]
    assert {tuple(chosen(*order)) for order in permutations(rows)} == {("p2",)}


def test_a_recapture_is_rejected_with_the_kept_capture_and_whether_the_text_is_the_same(run):
    rows = table(article("p1", published=SIX), article("p2", published=SEVEN), article("p3", content="d"))
    run.lake.write(ARTICLES, run.night, "p", rows)
    receipt = run_stage(dedupe, run)
    assert (receipt.rows_in, receipt.rows_out, receipt.rejected) == (3, 1, 2)
    assert run.lake.read(CAPTURES, run.night).column("page_id").to_pylist() == ["p2"]
    rejects = {row["page_id"]: row for row in run.lake.read(rejected("dedupe"), run.night).to_pylist()}
    assert rejects["p1"]["reason"] == rejects["p3"]["reason"] == "recaptured"
    assert "the capture p2 stands for it (the same text)" in rejects["p1"]["detail"]
    assert "another text" in rejects["p3"]["detail"]


def test_a_night_without_articles_has_no_captures(run):
    receipt = run_stage(dedupe, run)
    assert (receipt.rows_in, receipt.rows_out, receipt.rejected) == (0, 0, 0)
