"""The index of Data Docs: one summary for each gate of a run, and links to the pages of the latest runs."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsmill.quality.data_docs import DataDocs, GateSummary, SuiteSummary


@pytest.fixture
def docs(tmp_path) -> DataDocs:
    """Return empty Data Docs that show two runs."""
    return DataDocs(tmp_path, runs_shown=2)


def page_of(run_name: str, suite: str = "articles") -> str:
    return f"validations/{suite}/{run_name}/20260101T000000.000000Z/night.html"


def write(docs: DataDocs, day: int, gate: str = "check", failed_count: int = 0, hour: int = 0) -> str:
    """Write the summary of a gate of a run that started on a day of January; return the name of the run."""
    name = f"2026-01-{day:02}-manual"
    suites = (SuiteSummary("articles", 30, failed_count, page_of(name)),)
    docs.write_summary(GateSummary(name, datetime(2026, 1, day, hour, tzinfo=UTC), gate, suites))
    return name


def draw(docs: DataDocs, name: str) -> Path:
    """Write the page that a summary names."""
    page = docs.pages / page_of(name)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("page")
    return page


def test_the_latest_runs_stay_and_older_ones_go_with_results_and_pages(docs):
    names = [write(docs, day) for day in (3, 1, 2)]
    pages = [draw(docs, name) for name in names]
    for name in names:
        docs.results_of(name).mkdir(parents=True)
    assert docs.remove_old_runs() == ["2026-01-03-manual", "2026-01-02-manual"]
    assert [page.exists() for page in pages] == [True, False, True]
    assert [docs.results_of(name).exists() for name in names] == [True, False, True]


def test_results_and_pages_without_a_summary_are_removed(docs):
    write(docs, 1)
    left = draw(docs, "2025-12-31-manual")
    docs.results_of("articles").mkdir(parents=True)
    docs.remove_old_runs()
    assert not left.exists() and not docs.results_of("articles").exists()


def test_a_run_has_all_pages_only_if_each_is_newer_than_its_summary(docs):
    name = write(docs, 1)
    assert not docs.has_all_pages(name)
    draw(docs, name)
    assert docs.has_all_pages(name)
    write(docs, 1, "audit")
    assert not docs.has_all_pages(name), "the audit wrote its results after the page"


def list_gates(docs: DataDocs, name: str) -> list[str]:
    return sorted(path.stem for path in (docs.home / "summaries" / name).iterdir())


def test_an_earlier_try_is_removed_for_a_gate_and_the_gates_after_it(docs):
    name = write(docs, 1)
    write(docs, 1, "audit")
    docs.remove_earlier_try(name, datetime(2026, 1, 1, tzinfo=UTC), "check")
    assert list_gates(docs, name) == ["audit", "check"], "the same try stays"
    again = datetime(2026, 1, 1, 9, tzinfo=UTC)
    docs.remove_earlier_try(name, again, "audit")
    assert list_gates(docs, name) == ["check"], "a repetition from the load on has the check of the earlier try"
    write(docs, 1, "audit")
    docs.remove_earlier_try(name, again, "check")
    assert docs.remove_old_runs() == []


def test_the_index_links_to_each_page_and_names_what_failed(docs):
    names = [write(docs, 1), write(docs, 2)]
    write(docs, 2, "audit", failed_count=3)
    docs.write_index(names)
    index = docs.index.read_text()
    assert all(f'<a href="{page_of(name)}">articles</a>' in index for name in names)
    assert index.count('<td class="failed">failed</td><td>30</td><td>3</td>') == 1
    assert index.index("<td>check</td>") < index.index("<td>audit</td>")


def test_markup_in_a_name_stays_text(docs):
    suites = (SuiteSummary("<script>alert(1)</script>", 1, 0, 'a"><script>.html'),)
    docs.write_summary(GateSummary("odd", datetime(2026, 1, 1, tzinfo=UTC), "check", suites))
    docs.write_index(["odd"])
    assert "<script" not in docs.index.read_text()
