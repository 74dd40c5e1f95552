"""The gates, before load and before publish: the only importer of great_expectations, and late."""

import fcntl
import os
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from newsmill.contracts import Relation
from newsmill.escaping import escape_values
from newsmill.lake import WHOLE
from newsmill.landing import landed_dumps
from newsmill.quality.findings import SHOWN, Finding, Verdict, results, turned_away
from newsmill.quality.frames import frames
from newsmill.quality.profile import NIGHTS, WHOLE_NIGHT, profile
from newsmill.quality.suites import DUMP_SUITE, FEW, LAKE_SUITES, NIGHT_SUITE, Expect, Suite
from newsmill.relations import (
    ARTICLES,
    CAPTURES,
    DATES,
    MENTIONS,
    PAGES,
    PLACES,
    QUALITY_RESULTS,
    QUOTES,
    TEXT_BLOCKS,
    rejected,
)
from newsmill.runs import Receipt, Run, receipt

CHECKED = (PAGES, ARTICLES, TEXT_BLOCKS, CAPTURES, MENTIONS, QUOTES, DATES, PLACES)
REFINING = ("read", "clean")
WITHHELD, NOTED = rejected("check"), rejected("noted")
RUNS_SHOWN = 14
_SITE = "newsmill"


def check(run: Run) -> Receipt:
    """Check what the night has in the lake; GateClosed says what is wrong, after everything is on record."""
    with receipt(run, "check") as slip:
        verdict = validate(_night(run), "check", run)
        withheld = _quarantine(verdict, run)
        articles = set(_table(run, ARTICLES, ["page_id"]).column("page_id").to_pylist())
        slip.rows_in, slip.rejected = len(articles), len(articles & withheld)
        slip.rows_out = slip.rows_in - slip.rejected
    verdict.enforce()
    return slip


def validate(
    suites_and_frames: Iterable[tuple[Suite, pd.DataFrame]], gate: str, run: Run, proofs: Iterable[dict] = ()
) -> Verdict:
    """Validate frames by their suites; write the results, with those of `proofs`, and draw the Data Docs."""
    with _quiet():
        site = _Site(run)
        found = [finding for suite, frame in suites_and_frames for finding in site.validate(suite, frame)]
        index = site.build()
    table = results(found, run.run_id, gate, proofs)
    run.lake.write(QUALITY_RESULTS, run.night, f"{run.run_id}-{gate}", table)
    return Verdict(gate, tuple(found), table, index)


def _night(run: Run) -> Iterator[tuple[Suite, pd.DataFrame]]:
    tables = {relation.name: run.lake.dataset(relation, [run.night]) for relation in CHECKED}
    counts = _profile(run, tables)
    is_night = counts["dump"] == WHOLE_NIGHT
    yield NIGHT_SUITE, counts[is_night].reset_index(drop=True)
    yield DUMP_SUITE, counts[~is_night].reset_index(drop=True)
    yield from frames(LAKE_SUITES, tables, run.night)


def _profile(run: Run, tables: dict) -> pd.DataFrame:
    earlier = [night for night in run.lake.nights(ARTICLES) if night < run.night][-NIGHTS:]
    away = pa.concat_tables([run.lake.read(rejected(stage), run.night) for stage in REFINING])
    limits = {dump.name: dump.max_reject_share for dump in landed_dumps(run)}
    history = run.lake.dataset(ARTICLES, earlier)
    return profile(tables["pages"], tables["articles"], away, tables["quotes"], history, limits)


def _quarantine(verdict: Verdict, run: Run) -> set[str]:
    """Write the failing pages, those withheld from the load apart from those only noted; return the withheld."""
    notes = turned_away(verdict.findings)
    where = {row["page_id"]: row for row in _where(run, {note["page_id"] for note in notes})}
    for relation, is_withheld in ((WITHHELD, True), (NOTED, False)):
        told = [note for note in notes if note["withheld"] is is_withheld and note["page_id"] in where]
        rows = [{**where[note["page_id"]], "stage": "check", **note} for note in told]
        run.lake.write(relation, run.night, WHOLE, pa.Table.from_pylist(rows, relation.schema))
    return {note["page_id"] for note in notes if note["withheld"]}


def _where(run: Run, page_ids: set[str]) -> list[dict]:
    table = _table(run, PAGES, ["page_id", "dump", "dump_file", "record_no"])
    return table.filter(pc.is_in(table.column("page_id"), pa.array(page_ids, pa.string()))).to_pylist()


def _table(run: Run, relation: Relation, columns: list[str]) -> pa.Table:
    return run.lake.dataset(relation, [run.night]).to_table(columns=columns)


class _Site:
    """GX for one run: validates frames, keeps the results of the latest runs and draws their pages."""

    def __init__(self, run: Run):
        self.home, self.written = run.home / "quality", []
        self.context = _context(self.home)
        self.batch = self.context.data_sources.add_pandas("newsmill")
        from great_expectations.core.run_identifier import RunIdentifier

        self.run_id = RunIdentifier(run_name=_run_name(run.run_id), run_time=run.started_at)

    def validate(self, suite: Suite, frame: pd.DataFrame) -> list[Finding]:
        """Return a finding for each expectation, in the suite's order."""
        batch = self.batch.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("whole")
        # Without index columns GX answers with positions: naming the key here costs 5 s for each 50,000 failing rows.
        told = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
        frame = _widened(frame)
        outcome = batch.get_batch({"dataframe": frame}).validate(_gx_suite(suite, frame), result_format=told)
        by_name = {result.expectation_config.meta["name"]: result for result in outcome.results}
        found = [_finding(suite, expect, by_name[expect.name], frame) for expect in suite.expectations]
        self._keep(suite, outcome)
        return found

    def _keep(self, suite: Suite, outcome: Any) -> None:
        from great_expectations.data_context.types.resource_identifiers import (
            ExpectationSuiteIdentifier,
            ValidationResultIdentifier,
        )

        for result in outcome.results:
            for long in ("unexpected_list", "unexpected_index_list", "partial_unexpected_index_list"):
                result.result.pop(long, None)
            # Data Docs put values into pages as they are: a language of `<script>` would run in the reader's browser.
            result.result = escape_values(result.result)
            result.exception_info = escape_values(result.exception_info)
        outcome.meta["run_id"] = self.run_id
        key = ValidationResultIdentifier(ExpectationSuiteIdentifier(suite.name), self.run_id, "night")
        self.context.validation_results_store.set(key, outcome)
        self.written.append(key)

    def build(self) -> Path:
        """Draw the pages of this run and the index of the latest; forget the runs before those."""
        with _one_at_a_time(self.home / ".lock"):
            _forget(self.context.validation_results_store, self.written)
            self.context.build_data_docs([_SITE], resource_identifiers=self.written)
        return self.home / "data_docs" / "index.html"


def _run_name(run_id: str) -> str:
    """Return a run's name as GX puts it into paths, links and pages: ours hold nothing to replace."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", run_id)


def _widened(frame: pd.DataFrame) -> pd.DataFrame:
    """Give whole numbers 64 bits, or a float's where some are missing: any other width GX compares in Python."""
    numbers = frame.select_dtypes("number")
    wide = {name: float if column.hasnans else "int64" for name, column in numbers.items() if column.dtype.kind in "iu"}
    return frame.astype(wide)


def _gx_suite(suite: Suite, frame: pd.DataFrame) -> Any:
    from great_expectations import ExpectationSuite

    expected = [_gx_expectation(expect, _mostly(expect, frame)) for expect in suite.expectations]
    return ExpectationSuite(suite.name, expectations=expected)


def _mostly(expect: Expect, frame: pd.DataFrame) -> float:
    """Return the share of rows that must hold: where some may fail, a few may, however small the night."""
    mostly = expect.kwargs["mostly"]
    if mostly == 1:
        return mostly
    # GX takes its share of the rows in which every column is known
    known = int(frame.reindex(columns=list(expect.columns)).notna().all(axis="columns").sum())
    return min(mostly, max(known - FEW, 0) / max(known, 1))


def _gx_expectation(expect: Expect, mostly: float) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl

    told = {**expect.kwargs, "mostly": mostly}
    kwargs = {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}
    said = {"severity": expect.severity, "description": expect.name, "meta": {"name": expect.name}}
    return get_expectation_impl(expect.type)(**kwargs, **said)


def _finding(suite: Suite, expect: Expect, result: Any, frame: pd.DataFrame) -> Finding:
    error = _error(result.exception_info)
    if error:
        return Finding(suite, expect, success=False, broken=True, observed={"error": error})
    told = result.result
    failing = frame.loc[told.get("unexpected_index_list") or [], list(dict.fromkeys((*suite.key, *expect.columns)))]
    return Finding(
        suite, expect, success=bool(result.success), observed=_observed(failing, expect), failing=failing,
        unexpected_count=int(told.get("unexpected_count", 0)), element_count=int(told.get("element_count", 0)),
    )


def _observed(failing: pd.DataFrame, expect: Expect) -> dict:
    first = failing.head(SHOWN)
    return {column: first[column].tolist() for column in expect.columns} if len(first) else {}


def _error(told: dict) -> str | None:
    """Return what a check raised; GX tells it flat, or by metric."""
    for info in [told] if "raised_exception" in told else told.values():
        if info["raised_exception"]:
            return str(info["exception_message"])
    return None


def _context(home: Path) -> Any:
    """Return a GX context that remembers nothing but results and pages, both below home."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    defaults = InMemoryStoreBackendDefaults()
    files = {"class_name": "TupleFilesystemStoreBackend"}
    results_store = defaults.validation_results_store_name
    defaults.stores[results_store]["store_backend"] = {**files, "base_directory": str(home / "results")}
    defaults.data_docs_sites = {_SITE: {
        "class_name": "SiteBuilder", "show_how_to_buttons": False,
        "store_backend": {**files, "base_directory": str(home / "data_docs")},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "site_section_builders": {
            "validations": {"class_name": "DefaultSiteSectionBuilder", "source_store_name": results_store},
            "expectations": "None", "profiling": "None",
        },
    }}
    config = DataContextConfig(store_backend_defaults=defaults, analytics_enabled=False)
    context = gx.get_context(mode="ephemeral", project_config=config)
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context


def _forget(store: Any, written: list) -> None:
    """Remove the results of runs before the latest, and what an earlier try of this run left."""
    keys, own = store.list_keys(), written[0].run_id if written else None
    latest = sorted({key.run_id.run_time for key in keys}, reverse=True)[:RUNS_SHOWN]
    for key in keys:
        is_earlier_try = own and key.run_id.run_name == own.run_name and key.run_id.run_time != own.run_time
        if key.run_id.run_time not in latest or is_earlier_try:
            store.remove_key(key)


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    """Let one process draw at a time: the index is drawn from what all of them keep."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep GX from telling its maker of us (it asks when imported) and from warning of its own internals."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
