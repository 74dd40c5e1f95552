"""Warnings that become known after cleaning, from small tables."""

import pyarrow as pa

from newsmill.quality.late_warnings import list_late_warnings
from newsmill.relations import ARTICLES, CAPTURES

FAILURES = pa.schema([("page_id", pa.string()), ("stage", pa.string()), ("reason", pa.string())])


def listed(made, captures: list[dict], others: list[dict], failures: list[dict]) -> list[dict]:
    """Return the warnings of a night of captures, other captures of their articles, and failed extractors."""
    schemas = {"articles": ARTICLES.schema, "captures": CAPTURES.schema}
    rows = {"articles": [*captures, *others], "captures": captures}
    tables = {name: pa.Table.from_pylist(rows[name], schema) for name, schema in schemas.items()}
    return list_late_warnings(tables, pa.Table.from_pylist(failures, FAILURES)).to_pylist()


def test_a_capture_much_shorter_than_another_of_its_article_is_likely_truncated(made):
    short, long = made.article(1, kept_chars=500), made.article(2, kept_chars=900)
    long["article_id"] = short["article_id"]
    assert listed(made, [short], [long], []) == [
        {"page_id": short["page_id"], "quality_warnings": ["likely_truncated"], "expected_chars": 900}
    ]


def test_captures_of_about_one_length_and_other_articles_warn_of_nothing(made):
    one, other = made.article(1, kept_chars=600), made.article(2, kept_chars=900)
    again = made.article(3, kept_chars=900) | {"article_id": one["article_id"]}
    assert listed(made, [one, other], [again], []) == []


def test_an_article_without_rows_of_extractors_is_warned_of_each(made):
    failures = [
        {"page_id": "a#1", "stage": stage, "reason": f"extractor_{fault}"}
        for stage, fault in (("quotes", "timeout"), ("mentions", "failed"))
    ]
    assert listed(made, [], [], failures) == [
        {"page_id": "a#1", "quality_warnings": ["mentions_failed", "quotes_timeout"], "expected_chars": None}
    ]
