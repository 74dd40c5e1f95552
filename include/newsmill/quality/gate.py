"""The gates, before load and before publish: the only importer of great_expectations, and late."""

import os
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from newsmill import settings
from newsmill.contracts import Relation
from newsmill.escaping import escape_values
from newsmill.expectations import CRITICAL, Expectation
from newsmill.lake import WHOLE
from newsmill.landing import list_landed_dumps
from newsmill.locks import hold_lock
from newsmill.quality.findings import SHOWN, Finding, Offender, Verdict, list_page_rejects, list_results
from newsmill.quality.frames import select_frames
from newsmill.quality.night_profile import NIGHTS, WHOLE_NIGHT, profile_night
from newsmill.quality.suites import (
    BY_PAGE,
    DUMP_SUITE,
    LAKE_SUITES,
    NIGHT_SUITE,
    WITHHELD_SUITE,
    Suite,
    allowed_rows,
)
from newsmill.quality.withholding import Withheld, withhold
from newsmill.relations import ARTICLE_WARNINGS, ARTICLES, CHECKED, PAGES, QUALITY_RESULTS, rejected
from newsmill.relations import withheld as withheld_relation
from newsmill.runs import Receipt, Run, receipt
from newsmill.stage import EXTRACTOR, EXTRACTOR_REASONS

REFINING = ("read", "clean")
WITHHELD_PAGES, WITHHELD_ROWS, NOTED = rejected("check"), rejected("rows"), rejected("noted")
RUNS_SHOWN = 14
_SITE = "newsmill"


def check(run: Run) -> Receipt:
    """Check the night in the lake and withhold faulty rows; GateClosed for too many, after all is recorded."""
    share = settings.read().max_faulty_share
    with receipt(run, "check") as summary, _silence_gx():
        tables = {relation.name: run.lake.dataset(relation, [run.night]) for relation in CHECKED}
        counts = {name: table.count_rows() for name, table in tables.items()}
        site = _Site(run, share)
        findings = [
            finding for suite, frame in _select_night_frames(run, tables) for finding in site.validate(suite, frame)
        ]
        withheld, notes = withhold(findings, tables), list_page_rejects(findings)
        findings += site.validate(WITHHELD_SUITE, _count_withheld(findings, withheld, counts, share))
        rejects = _write_rejects(run, withheld, notes)
        verdict = _write_verdict(site, findings, "check", offenders=_name_offenders(run, findings, rejects))
        summary.rows_in, summary.rejected = sum(counts.values()), sum(row["row_count"] for row in rejects)
        summary.rows_out = summary.rows_in - summary.rejected
    verdict.enforce()
    return summary


def validate(
    suites_and_frames: Iterable[tuple[Suite, pd.DataFrame]], gate: str, run: Run, proofs: Iterable[dict] = ()
) -> Verdict:
    """Validate frames by suites; write the results, `proofs` included, and draw the Data Docs."""
    with _silence_gx():
        site = _Site(run)
        findings = [finding for suite, frame in suites_and_frames for finding in site.validate(suite, frame)]
        return _write_verdict(site, findings, gate, proofs)


def _write_verdict(
    site: "_Site",
    findings: Sequence[Finding],
    gate: str,
    proofs: Iterable[dict] = (),
    offenders: Iterable[Offender] = (),
) -> Verdict:
    index, run = site.build(), site.run
    table = list_results(findings, run.run_id, gate, proofs)
    run.lake.write(QUALITY_RESULTS, run.night, f"{run.run_id}-{gate}", table)
    home = None if run.home == settings.read().home else run.home
    return Verdict(gate, tuple(findings), table, index, tuple(offenders), home)


def _select_night_frames(run: Run, tables: Mapping[str, ds.Dataset]) -> Iterator[tuple[Suite, pd.DataFrame]]:
    counts = _profile_dumps(run, tables)
    is_night = counts["dump"] == WHOLE_NIGHT
    yield NIGHT_SUITE, counts[is_night].reset_index(drop=True)
    yield DUMP_SUITE, counts[~is_night].reset_index(drop=True)
    yield from select_frames(LAKE_SUITES, tables, run.night)


def _profile_dumps(run: Run, tables: Mapping[str, ds.Dataset]) -> pd.DataFrame:
    earlier = [night for night in run.lake.nights(ARTICLES) if night < run.night][-NIGHTS:]
    rejects = pa.concat_tables([run.lake.read(rejected(stage), run.night) for stage in REFINING])
    limits = {dump.name: dump.max_reject_share for dump in list_landed_dumps(run)}
    history = run.lake.dataset(ARTICLES, earlier)
    return profile_night(tables["pages"], tables["articles"], rejects, tables["quotes"], history, limits)


def _count_withheld(
    findings: Iterable[Finding], withheld: Withheld, counts: Mapping[str, int], share: float
) -> pd.DataFrame:
    """Count by relation the rows to withhold, alone or with the page, and the allowed number."""
    lost = withheld.counts()
    for target in BY_PAGE:
        pages = [
            f.failing["page_id"]
            for f in findings
            if f.suite.target == target and f.withholds_rows and f.suite.withholds_page(f.expect)
        ]
        lost[target] += pd.concat(pages).nunique() if pages else 0
    rows = [
        {"relation": name, "row_count": count, "withheld_rows": lost[name], "allowed_rows": allowed_rows(count, share)}
        for name, count in counts.items()
    ]
    return pd.DataFrame(rows, columns=["relation", "row_count", "withheld_rows", "allowed_rows"])


def _write_rejects(run: Run, withheld: Withheld, notes: Sequence[dict]) -> list[dict]:
    """Write withheld and noted rows; return the entries in `ops.rejected` of the withheld rows."""
    for relation in CHECKED:
        _write_or_remove(run, withheld_relation(relation), withheld.rows.get(relation.name))
    run.lake.write(ARTICLE_WARNINGS, run.night, WHOLE, _list_late_warnings(run))
    listed = {
        WITHHELD_PAGES: [note for note in notes if note["withheld"]],
        WITHHELD_ROWS: withheld.rejects,
        NOTED: [note for note in notes if not note["withheld"]],
    }
    records = _read_records(run, {row["page_id"] for rows in listed.values() for row in rows})
    written = {
        relation: [{**_find_record(row, records), "stage": "check", **row} for row in rows]
        for relation, rows in listed.items()
    }
    for relation, rows in written.items():
        run.lake.write(relation, run.night, WHOLE, pa.Table.from_pylist(rows, relation.schema))
    return [*written[WITHHELD_PAGES], *written[WITHHELD_ROWS]]


def _write_or_remove(run: Run, relation: Relation, rows: pa.Table | None) -> None:
    """Write the rows of a relation, or remove the file of an earlier run: without a file the load withholds nothing."""
    if rows is None:
        run.lake.remove_other_parts(relation, run.night, ())
    else:
        run.lake.write(relation, run.night, WHOLE, rows.cast(relation.schema))


def _list_late_warnings(run: Run) -> pa.Table:
    """List the articles without rows of a failed extractor, with a warning for each such extractor."""
    rejects = run.lake.dataset(rejected("*"), [run.night]).to_table(columns=["page_id", "stage", "reason"]).to_pylist()
    warned: dict[str, set[str]] = {}
    for row in rejects:
        if row["reason"] in EXTRACTOR_REASONS:
            warned.setdefault(row["page_id"], set()).add(row["reason"].replace(EXTRACTOR, row["stage"], 1))
    rows = [{"page_id": page, "quality_warnings": sorted(names)} for page, names in sorted(warned.items())]
    return pa.Table.from_pylist(rows, ARTICLE_WARNINGS.schema)


def _read_records(run: Run, page_ids: set[str]) -> dict[str, dict]:
    table = run.lake.dataset(PAGES, [run.night]).to_table(
        columns=["page_id", "dump", "dump_file", "record_no"],
        filter=pc.field("page_id").isin(pa.array(sorted(page_ids), pa.string())),
    )
    return {row["page_id"]: row for row in table.to_pylist()}


def _find_record(row: Mapping, records: Mapping[str, dict]) -> dict:
    """Return the dump and record of a page; of a page outside the night, the file in the id."""
    unknown = {"dump": "", "dump_file": row["page_id"].rpartition("#")[0], "record_no": 0}
    return records.get(row["page_id"], unknown)


def _name_offenders(run: Run, findings: Iterable[Finding], rejects: Iterable[dict]) -> list[Offender]:
    """Name the dumps with too many rejects, and the dumps of relations with too many withheld rows."""
    closing = [finding for finding in findings if finding.closes]
    dumps = Counter(dump for f in closing if f.suite is DUMP_SUITE for dump in f.failing["dump"])
    exceeded = {name for f in closing if f.suite is WITHHELD_SUITE for name in f.failing["relation"]}
    for row in rejects:
        if any(row["reason"].startswith(f"{name}_") for name in exceeded):
            dumps[row["dump"]] += row["row_count"]
    return [Offender(run.night, dump, count) for dump, count in sorted(dumps.items()) if dump]


class _Site:
    """GX for a run: validates frames, stores the results of the latest runs and draws pages."""

    def __init__(self, run: Run, max_faulty_share: float = 0.0):
        self.run, self.max_faulty_share = run, max_faulty_share
        self.home = run.home / "quality"
        self.written: list[Any] = []  # keys of the results of this run
        self.context = _create_context(self.home)
        self.batch = self.context.data_sources.add_pandas("newsmill")
        from great_expectations.core.run_identifier import RunIdentifier

        self.run_id = RunIdentifier(run_name=_make_run_name(run.run_id), run_time=run.started_at)

    def validate(self, suite: Suite, frame: pd.DataFrame) -> list[Finding]:
        """Return a finding for each expectation, in the suite's order."""
        batch = self.batch.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("whole")
        # Without index columns GX answers with positions: naming the key here costs 5 s for each 50,000 failing rows.
        options = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
        frame = _widen_integers(frame)
        expected = _gx_suite(suite, frame, self.max_faulty_share)
        outcome = batch.get_batch({"dataframe": frame}).validate(expected, result_format=options)
        by_name = {result.expectation_config.meta["name"]: result for result in outcome.results}
        findings = [_read_finding(suite, expect, by_name[expect.name], frame) for expect in suite.expectations]
        self._keep(suite, outcome)
        return findings

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
        """Draw the pages of the run and the index of the latest runs; remove the results of older runs."""
        with hold_lock(self.home / ".lock"):  # the index is drawn from the results of all runs
            _remove_old_results(self.context.validation_results_store, self.written)
            self.context.build_data_docs([_SITE], resource_identifiers=self.written)
        return self.home / "data_docs" / "index.html"


def _make_run_name(run_id: str) -> str:
    """Return a run's name for the paths, links and pages of GX: run ids contain nothing to replace."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", run_id)


def _widen_integers(frame: pd.DataFrame) -> pd.DataFrame:
    """Widen integers to 64 bits, or to floats where some are missing: GX compares any other width in Python."""
    numbers = frame.select_dtypes("number")
    wide = {name: float if column.hasnans else "int64" for name, column in numbers.items() if column.dtype.kind in "iu"}
    return frame.astype(wide)


def _gx_suite(suite: Suite, frame: pd.DataFrame, max_share: float) -> Any:
    from great_expectations import ExpectationSuite

    expected = [
        _gx_expectation(expect, _required_share(suite, expect, frame, max_share)) for expect in suite.expectations
    ]
    return ExpectationSuite(suite.name, expectations=expected)


def _required_share(suite: Suite, expect: Expectation, frame: pd.DataFrame, max_share: float) -> float:
    """Return the share of rows required to hold: all but the allowed number.

    GX counts each of several equal rows, all but the first are withheld: at most twice as many fail as are withheld.
    """
    if not suite.by_row or expect.severity != CRITICAL:
        return 1.0
    # GX takes its share of the rows in which every column is known
    known = int(frame.reindex(columns=list(expect.columns)).notna().all(axis="columns").sum())
    allowed = allowed_rows(len(frame), max_share) * (2 if expect.is_unique else 1)
    return max(known - allowed, 0) / max(known, 1)


def _gx_expectation(expect: Expectation, mostly: float) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl

    options = {**expect.kwargs, "mostly": mostly}
    kwargs: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in options.items()
    }
    labels: dict[str, Any] = {"severity": expect.severity, "description": expect.name, "meta": {"name": expect.name}}
    return get_expectation_impl(expect.type)(**kwargs, **labels)


def _read_finding(suite: Suite, expect: Expectation, result: Any, frame: pd.DataFrame) -> Finding:
    error = _find_error(result.exception_info)
    if error:
        return Finding(suite, expect, success=False, broken=True, observed={"error": error})
    values = result.result
    failing = frame.loc[values.get("unexpected_index_list") or [], list(dict.fromkeys((*suite.key, *expect.columns)))]
    is_placed = not suite.by_row or expect.severity != CRITICAL or failing["page_id"].notna().all()
    return Finding(
        suite,
        expect,
        success=bool(result.success and is_placed),
        observed=_show_examples(failing, expect),
        failing=failing,
        unexpected_count=int(values.get("unexpected_count", 0)),
        element_count=int(values.get("element_count", 0)),
    )


def _show_examples(failing: pd.DataFrame, expect: Expectation) -> dict:
    shown = failing.head(SHOWN)
    return {column: shown[column].tolist() for column in expect.columns} if len(shown) else {}


def _find_error(infos: dict) -> str | None:
    """Return the error of a check; GX reports errors flat, or by metric."""
    for info in [infos] if "raised_exception" in infos else infos.values():
        if info["raised_exception"]:
            return str(info["exception_message"])
    return None


def _create_context(home: Path) -> Any:
    """Return a GX context for results and pages only, both below home."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    defaults = InMemoryStoreBackendDefaults()
    files = {"class_name": "TupleFilesystemStoreBackend"}
    results_store = defaults.validation_results_store_name
    defaults.stores[results_store]["store_backend"] = {**files, "base_directory": str(home / "results")}
    defaults.data_docs_sites = {
        _SITE: {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {**files, "base_directory": str(home / "data_docs")},
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "site_section_builders": {
                "validations": {"class_name": "DefaultSiteSectionBuilder", "source_store_name": results_store},
                "expectations": "None",
                "profiling": "None",
            },
        }
    }
    config = DataContextConfig(store_backend_defaults=defaults, analytics_enabled=False)
    context = gx.get_context(mode="ephemeral", project_config=config)
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context


def _remove_old_results(store: Any, written: list) -> None:
    """Remove the results of runs before the latest, and of an earlier try of the same run."""
    keys, own = store.list_keys(), written[0].run_id if written else None
    latest = sorted({key.run_id.run_time for key in keys}, reverse=True)[:RUNS_SHOWN]
    for key in keys:
        is_earlier_try = own and key.run_id.run_name == own.run_name and key.run_id.run_time != own.run_time
        if key.run_id.run_time not in latest or is_earlier_try:
            store.remove_key(key)


@contextmanager
def _silence_gx() -> Iterator[None]:
    """Keep GX from sending analytics (at import) and from warnings about GX's internals."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def import_great_expectations() -> None:
    """Import Great Expectations before it is needed: a process that forks others then pays for the import once."""
    with _silence_gx():
        import great_expectations  # noqa: F401
