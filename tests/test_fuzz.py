"""Generated dumps go through the whole night: no exception, no failed expectation, and every span is exact."""

import os
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import dumps
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from news_like import CONTAINERS, make_dump

from newsmill import pipeline
from newsmill.extractors import extractors
from newsmill.relations import PAGES
from newsmill.runs import Run
from newsmill.warehouse import snapshots

NIGHT = date(2026, 3, 2)
EXAMPLES = int(os.environ.get("NEWSMILL_FUZZ_EXAMPLES", "6"))
SPANS = {extractor.fact_table: {extractor.text: ""} for extractor in extractors()}
SPANS["fact_quote"] |= {"cue": "cue_", "speaker_surface": "speaker_"}
pytestmark = pytest.mark.slow


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # a night takes seconds: to shrink one takes minutes
)  # fmt: skip
@given(
    seeds=st.lists(st.integers(0, 1 << 32), min_size=30, max_size=60, unique=True),
    container=st.sampled_from(CONTAINERS), packing=st.sampled_from(sorted(dumps.PACK)),
    content=st.sampled_from(("page", "article")),
)  # fmt: skip
def test_a_night_of_generated_news_passes_every_gate_with_exact_spans(seeds, container, packing, content):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "dumps" / f"dump.{container}"
        path.parent.mkdir()
        path.write_bytes(make_dump(seeds, container, packing))
        run = Run(Path(folder) / "home", NIGHT, "fuzz", sources=(f"{folder}/dumps",), content=content)
        run_night(run)
        assert_nothing_was_faulty(run)
        assert_spans_are_exact(run)


def run_night(run: Run) -> None:
    """Run every step in this process, including the gates."""
    for step in (step for row in pipeline.steps() for step in row):
        for unit in [None] if step.over == "night" else pipeline.UNITS[step.over](run):
            step.work(run, unit)


def ask(run: Run, sql: str) -> list[tuple]:
    name = snapshots.current_snapshot(run.warehouse)
    with duckdb.connect(str(snapshots.snapshot_path(run.warehouse, name)), read_only=True) as con:
        return con.execute(sql).fetchall()


def assert_nothing_was_faulty(run: Run) -> None:
    reasons = "'crash', 'timeout', 'extractor_failed', 'extractor_timeout'"
    for table, condition in (
        ("rejected", f"stage = 'check' OR reason IN ({reasons})"),
        ("note", f"reason IN ({reasons})"),
    ):
        assert ask(run, f"SELECT stage, reason, detail FROM ops.{table} WHERE {condition}") == []
    assert ask(run, "SELECT expectation FROM ops.quality_result WHERE NOT success AND severity = 'critical'") == []


def assert_spans_are_exact(run: Run) -> None:
    table = run.lake.read(PAGES, run.night)
    pages = dict(zip(table.column("page_id").to_pylist(), table.column("page_text").to_pylist(), strict=True))
    for fact, surfaces in SPANS.items():
        for surface, prefix in surfaces.items():
            rows = ask(run, f"SELECT page_id, {surface}, {prefix}page_char_start, {prefix}page_char_end FROM dw.{fact} "
                            f"JOIN dw.dim_article USING (article_key) WHERE {surface} IS NOT NULL")  # fmt: skip
            assert [row for row in rows if pages[row[0]][row[2] : row[3]] != row[1]] == []
