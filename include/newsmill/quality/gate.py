"""The gates, before load and before publish: the only importer of great_expectations, and late."""

import ctypes
import gc
import logging
import os
import re
import threading
import warnings
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import cache
from types import NoneType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from newsmill import settings
from newsmill.contracts import Relation
from newsmill.errors import WriterBusy
from newsmill.escaping import escape_values, escaping_logger
from newsmill.expectations import CRITICAL, Expectation
from newsmill.lake import WHOLE
from newsmill.landing import list_landed_dumps
from newsmill.locks import hold_lock
from newsmill.quality.data_docs import DataDocs, GateSummary, SuiteSummary
from newsmill.quality.findings import SHOWN, Finding, Offender, Verdict, list_page_rejects, list_results
from newsmill.quality.frames import select_frames
from newsmill.quality.late_warnings import list_late_warnings
from newsmill.quality.night_profile import NIGHTS, WHOLE_NIGHT, profile_night, profile_sources
from newsmill.quality.suites import (
    BY_PAGE,
    DUMP_SUITE,
    LAKE_SUITES,
    NIGHT_SUITE,
    SOURCE_SUITE,
    WITHHELD_SUITE,
    Suite,
    allowed_rows,
)
from newsmill.quality.withholding import Withheld, withhold
from newsmill.relations import (
    ARTICLE_WARNINGS,
    ARTICLES,
    CHECKED,
    EXTRACTED,
    PAGES,
    QUALITY_RESULTS,
    noted,
    rejected,
)
from newsmill.relations import withheld as withheld_relation
from newsmill.runs import Receipt, Run, receipt
from newsmill.stage import EXTRACTOR_REASONS, pause_collector

REFINING = ("read", "clean")
WITHHELD_PAGES, WITHHELD_ROWS, NOTES = rejected("check"), rejected("rows"), noted("check")
DRAW_WAIT_SECONDS = 60
"""Wait for another run that draws: it takes a second. The next night draws what this one leaves."""
RUNS_SHOWN = 14
_READ_COLUMN = "read_column"
_COLUMN_ARGUMENTS = ("column", "column_A", "column_B", _READ_COLUMN)
_DROPS_NULLS = ("either_value_is_missing", "any_value_is_missing")
"""Values of GX's `ignore_row_if` by which a row with a null in any column of the expectation is left out."""
_SITE = "newsmill"
_BATCH = "night"
_LOG = escaping_logger(__name__)
_IMPORTING = threading.Lock()


_AHEAD: "dict[str, Future[tuple[_Site, list[Finding]]]]" = {}
"""The checks begun ahead, by run."""


def check(run: Run) -> Receipt:
    """Check the night in the lake and withhold faulty rows; GateClosed for too many, after all is recorded."""
    share = settings.read().max_faulty_share
    with receipt(run, "check") as summary, ExitStack() as stack:
        ahead = _AHEAD.pop(run.run_id, None)
        site, findings = ahead.result() if ahead else _check_articles(run)
        stack.enter_context(_use_gx())  # after the thread's use: each sets and restores the filters of warnings
        tables = _open_tables(run, CHECKED)
        counts = {name: table.count_rows() for name, table in tables.items()}
        late_warnings = list_late_warnings(tables, _read_failures(run))
        run.lake.write(ARTICLE_WARNINGS, run.night, WHOLE, late_warnings)
        findings += _validate_frames(site, _select_night_frames(run, tables, late_warnings))
        withheld, notes = withhold(findings, tables), list_page_rejects(findings)
        findings += site.validate(WITHHELD_SUITE, _count_withheld(findings, withheld, counts, share))
        rejects = _write_rejects(run, withheld, notes)
        verdict = _write_verdict(site, findings, "check", offenders=_name_offenders(run, findings, rejects))
        summary.rows_in, summary.rejected = sum(counts.values()), sum(row["row_count"] for row in rejects)
        summary.rows_out = summary.rows_in - summary.rejected
    enforce(verdict, run)
    del site, findings, tables, withheld, verdict
    _release_memory()
    return summary


def _release_memory() -> None:
    """Give the memory of the frames back to the system before the load: GX leaves them in cycles of objects."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc, which else keeps what Python has freed
    if trim:
        trim(0)


def check_ahead(run: Run) -> None:
    """Begin the check of the night in a thread with the relations that no extractor changes, while extractors run."""
    ahead: Future[tuple[_Site, list[Finding]]] = Future()
    _AHEAD[run.run_id] = ahead
    threading.Thread(target=_check_into, args=(ahead, run), daemon=True).start()  # a failed night does not wait for it


def forget_ahead(run: Run) -> None:
    """Forget a check begun ahead that the night did not come to use."""
    _AHEAD.pop(run.run_id, None)


def _check_into(ahead: "Future[tuple[_Site, list[Finding]]]", run: Run) -> None:
    try:
        ahead.set_result(_check_articles(run))
    except BaseException as error:
        ahead.set_exception(error)


def _check_articles(run: Run) -> tuple["_Site", list[Finding]]:
    """Check the relations that are complete before extractors run."""
    suites = tuple(suite for suite in LAKE_SUITES if suite.target not in EXTRACTED)
    tables = _open_tables(run, (relation for relation in CHECKED if relation.name not in EXTRACTED))
    with _use_gx():
        site = _Site(run, settings.read().max_faulty_share)
        return site, _validate_frames(site, select_frames(suites, tables, run.night))


def _open_tables(run: Run, relations: Iterable[Relation]) -> dict[str, ds.Dataset]:
    return {relation.name: run.lake.dataset(relation, [run.night]) for relation in relations}


def _validate_frames(site: "_Site", suites_and_frames: Iterable[tuple[Suite, pd.DataFrame]]) -> list[Finding]:
    with closing(_select_ahead(suites_and_frames)) as frames:
        return [finding for suite, frame in frames for finding in site.validate(suite, frame)]


def validate(
    suites_and_frames: Iterable[tuple[Suite, pd.DataFrame]], gate: str, run: Run, proofs: Iterable[dict] = ()
) -> Verdict:
    """Validate frames by suites; write the results, `proofs` included."""
    with _use_gx():
        site = _Site(run)
        return _write_verdict(site, _validate_frames(site, suites_and_frames), gate, proofs)


def _select_ahead(
    frames: Iterable[tuple[Suite, pd.DataFrame]],
) -> Generator[tuple[Suite, pd.DataFrame], None, None]:
    """Yield frames, and select the next in a thread meanwhile: a query leaves Python to GX.

    To close the generator is to wait for the thread: its connection may be closed only then.
    """
    remaining = iter(frames)
    with ThreadPoolExecutor(1, thread_name_prefix="frames") as pool:
        ahead = pool.submit(next, remaining, None)
        while (current := ahead.result()) is not None:
            ahead = pool.submit(next, remaining, None)
            yield current


def _write_verdict(
    site: "_Site",
    findings: Sequence[Finding],
    gate: str,
    proofs: Iterable[dict] = (),
    offenders: Iterable[Offender] = (),
) -> Verdict:
    run = site.run
    site.write(gate)
    table = list_results(findings, run.run_id, gate, proofs)
    run.lake.write(QUALITY_RESULTS, run.night, f"{run.run_id}-{gate}", table)
    home = None if run.user_home == settings.read().home else run.user_home
    return Verdict(gate, tuple(findings), table, site.docs.index, tuple(offenders), home)


def enforce(verdict: Verdict, run: Run) -> None:
    """Raise GateClosed for a closed gate, after the pages named in the message are drawn."""
    if verdict.closed:
        draw_data_docs(run)
    verdict.enforce()


def draw_data_docs(run: Run) -> None:
    """Draw the missing pages of the latest runs and the index, and remove older runs.

    An error is logged and not raised: no night fails because of a page. The next night draws the page again.
    """
    docs = _find_data_docs(run)
    with _log_errors("the index of Data Docs is not written"), _lock_data_docs(docs):
        names = docs.remove_old_runs()
        for name in names:
            if not docs.has_all_pages(name):
                with _log_errors(f"the Data Docs of {name} are not drawn"), _use_gx():
                    _create_context(docs, name).build_data_docs([_SITE], build_index=False)
        docs.write_index(names)


def _find_data_docs(run: Run) -> DataDocs:
    return DataDocs(run.home / "quality", RUNS_SHOWN)


def _lock_data_docs(docs: DataDocs) -> AbstractContextManager[None]:
    """Lock the folder: another run of the home may remove old runs."""
    return hold_lock(docs.home / ".lock", DRAW_WAIT_SECONDS, WriterBusy(f"{docs.home}: another run draws the pages"))


@contextmanager
def _log_errors(message: str) -> Iterator[None]:
    """Log any error of the block: GX raises errors of many types."""
    try:
        yield
    except Exception as error:
        _LOG.warning("%s: %s: %s", message, type(error).__name__, error)


def _select_night_frames(
    run: Run, tables: Mapping[str, ds.Dataset], late_warnings: pa.Table
) -> Iterator[tuple[Suite, pd.DataFrame]]:
    counts = _profile_dumps(run, tables)
    is_night = counts["dump"] == WHOLE_NIGHT
    yield NIGHT_SUITE, counts[is_night].reset_index(drop=True)
    yield DUMP_SUITE, counts[~is_night].reset_index(drop=True)
    yield SOURCE_SUITE, profile_sources(tables["articles"], late_warnings, run.night)
    yield from select_frames(tuple(suite for suite in LAKE_SUITES if suite.target in EXTRACTED), tables, run.night)


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
    listed = {
        WITHHELD_PAGES: [note for note in notes if note["withheld"]],
        WITHHELD_ROWS: withheld.rejects,
        NOTES: [note for note in notes if not note["withheld"]],
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


def _read_failures(run: Run) -> pa.Table:
    """Read the articles without rows of a failed extractor."""
    columns = ["page_id", "stage", "reason"]
    return run.lake.dataset(noted("*"), [run.night]).to_table(
        columns=columns, filter=pc.field("reason").isin(EXTRACTOR_REASONS)
    )


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
    critical = [finding for finding in findings if finding.closes]
    dumps = Counter(dump for f in critical if f.suite is DUMP_SUITE for dump in f.failing["dump"])
    exceeded = {name for f in critical if f.suite is WITHHELD_SUITE for name in f.failing["relation"]}
    for row in rejects:
        if any(row["reason"].startswith(f"{name}_") for name in exceeded):
            dumps[row["dump"]] += row["row_count"]
    return [Offender(run.night, dump, count) for dump, count in sorted(dumps.items()) if dump]


class _Site:
    """GX for a run: validates frames and stores the results for the pages."""

    def __init__(self, run: Run, max_faulty_share: float = 0.0):
        self.run, self.max_faulty_share = run, max_faulty_share
        self.name, self.docs = _make_run_name(run.run_id), _find_data_docs(run)
        self.outcomes: dict[str, Any] = {}  # the outcome of GX by suite
        self.context = _create_context(self.docs, self.name)
        # One asset for all suites: GX writes its whole configuration again with each asset.
        source = self.context.data_sources.add_pandas("newsmill")
        self.source = source
        self.batches = source.add_dataframe_asset("newsmill").add_batch_definition_whole_dataframe("whole")

    def validate(self, suite: Suite, frame: pd.DataFrame) -> list[Finding]:
        """Return a finding for each expectation, in the suite's order."""
        frame = _widen_integers(frame)
        batch = self.batches.get_batch({"dataframe": _select_checked(suite, frame)})
        expected = _gx_expectations(suite, frame, self.max_faulty_share)
        outcome = _validate_batch(batch, suite.name, expected.values(), "BASIC")
        results = {result.expectation_config.meta["name"]: result for result in outcome.results}
        # Positions of failing rows cost GX as much time as the check itself: ask for them only where a row fails.
        if failing := [name for name, result in results.items() if result.result.get("unexpected_count")]:
            detailed = _validate_batch(batch, suite.name, [expected[name] for name in failing], "COMPLETE")
            results |= {result.expectation_config.meta["name"]: result for result in detailed.results}
            outcome.results = list(results.values())
        self.outcomes[suite.name] = outcome
        findings = [_read_finding(suite, expect, results[expect.name], frame) for expect in suite.expectations]
        del batch, frame
        self.source._execution_engine = None  # GX keeps a frame until the next one, and beyond the context's end
        return findings

    def write(self, gate: str) -> None:
        """Write the results for the pages, and their summary for the index."""
        from great_expectations.core.run_identifier import RunIdentifier

        run_id = RunIdentifier(run_name=self.name, run_time=self.run.started_at)
        with _lock_data_docs(self.docs):
            self.docs.remove_earlier_try(self.name, self.run.started_at, gate)
            suites = tuple(self._write_outcome(outcome, run_id) for outcome in self.outcomes.values())
            self.docs.write_summary(GateSummary(self.name, self.run.started_at, gate, suites))

    def _write_outcome(self, outcome: Any, run_id: Any) -> SuiteSummary:
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
        outcome.meta["run_id"] = run_id
        key = ValidationResultIdentifier(ExpectationSuiteIdentifier(outcome.suite_name), run_id, _BATCH)
        self.context.validation_results_store.set(key, outcome)
        failed_count = sum(not result.success for result in outcome.results)
        page = "/".join(("validations", *key.to_tuple())) + ".html"
        return SuiteSummary(outcome.suite_name, len(outcome.results), failed_count, page)


def _select_checked(suite: Suite, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns named by an expectation: the key is for messages."""
    checked = {column for expect in suite.expectations for column in expect.columns}
    return frame[[column for column in frame.columns if column in checked]]


def _validate_batch(batch: Any, name: str, expected: Iterable[Any], result_format: str) -> Any:
    from great_expectations import ExpectationSuite

    # Without index columns GX answers with positions: naming the key here costs 5 s for each 50,000 failing rows.
    options = {"result_format": result_format, "return_unexpected_index_query": False}
    try:
        return batch.validate(ExpectationSuite(name, expectations=list(expected)), result_format=options)
    finally:
        _KEPT_EXPECTATIONS.clear()


def _make_run_name(run_id: str) -> str:
    """Return a run's name for the paths, links and pages of GX: run ids contain nothing to replace."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", run_id)


def _widen_integers(frame: pd.DataFrame) -> pd.DataFrame:
    """Widen integers to 64 bits, or to floats where some are missing: GX compares any other width in Python."""
    numbers = frame.select_dtypes("number")
    wide = {name: float if column.hasnans else "int64" for name, column in numbers.items() if column.dtype.kind in "iu"}
    return frame.astype(wide)


def _gx_expectations(suite: Suite, frame: pd.DataFrame, max_share: float) -> dict[str, Any]:
    """Return the expectations of a suite as GX's, by name."""
    known = frame.notna()
    return {
        expect.name: _gx_expectation(expect, _required_share(suite, expect, known, max_share))
        for expect in suite.expectations
    }


def _required_share(suite: Suite, expect: Expectation, known: pd.DataFrame, max_share: float) -> float:
    """Return the share of rows required to hold: all but the allowed number; `known` marks the values present.

    GX counts each of several equal rows, all but the first are withheld: at most twice as many fail as are withheld.
    """
    if not suite.by_row or expect.severity != CRITICAL:
        return 1.0
    # GX takes its share of the rows in which every column is known
    is_known = [known[column].to_numpy() for column in expect.columns if column in known]
    known_rows = int(np.logical_and.reduce(is_known).sum()) if len(is_known) == len(expect.columns) else 0
    allowed = allowed_rows(len(known), max_share) * (2 if expect.is_unique else 1)
    return max(known_rows - allowed, 0) / max(known_rows, 1)


def _gx_expectation(expect: Expectation, mostly: float) -> Any:
    options = {**expect.kwargs, "mostly": mostly}
    kwargs: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in options.items()
    }
    labels: dict[str, Any] = {"severity": expect.severity, "description": expect.name, "meta": {"name": expect.name}}
    return _expectation_class(expect.type)(**kwargs, **labels)


@cache
def _expectation_class(type_: str) -> Any:
    """Return the class of GX for a type, with the configuration of an object built once.

    GX asks each object for its configuration a hundred times: 40 % of the time of a validation. The subclass has the
    name of its base, so GX registers it for its own copies of an expectation. No object changes after its first use.
    """
    from great_expectations.compatibility import pydantic
    from great_expectations.expectations.registry import get_expectation_impl

    escaping_logger(get_expectation_impl.__module__).setLevel(logging.ERROR)  # GX warns of a second registration
    base: Any = get_expectation_impl(type_)

    def configuration(self: Any) -> Any:
        if self._configuration is None:
            self._configuration = base.configuration.fget(self)
        return self._configuration

    kept = {"configuration": property(configuration), "_configuration": pydantic.PrivateAttr(None)}
    return type(base)(base.__name__, (base,), {**kept, "__module__": __name__})


def _read_finding(suite: Suite, expect: Expectation, result: Any, frame: pd.DataFrame) -> Finding:
    error = _find_error(result.exception_info)
    if error:
        return Finding(suite, expect, success=False, broken=True, observed={"error": error})
    values = result.result
    shown = list(dict.fromkeys((*suite.key, *expect.columns)))
    positions = values.get("unexpected_index_list")
    failing = frame.loc[positions, shown] if positions else frame.iloc[:0]
    is_placed = not positions or not suite.by_row or expect.severity != CRITICAL or failing["page_id"].notna().all()
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


def _create_context(docs: DataDocs, run_name: str) -> Any:
    """Return a GX context for the results and pages of a run: GX lists all results of its store for each drawing."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    defaults = InMemoryStoreBackendDefaults()
    files = {"class_name": "TupleFilesystemStoreBackend"}
    results_store = defaults.validation_results_store_name
    defaults.stores[results_store]["store_backend"] = {**files, "base_directory": str(docs.results_of(run_name))}
    defaults.data_docs_sites = {
        _SITE: {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {**files, "base_directory": str(docs.pages)},
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


@contextmanager
def _use_gx() -> Iterator[None]:
    """Import GX, and keep it from sending analytics (at import) and from warnings about its internals."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # A night imports in a thread: filters of warnings belong to the process, so one block ends before the next begins.
    with _IMPORTING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pause_collector():  # a quarter of the time of the import was in collections
            from great_expectations.core import id_dict as imported

            id_dict: Any = imported  # its function is typed as overloads, and replaced below
            from great_expectations.execution_engine import pandas_execution_engine
            from great_expectations.expectations import expectation_configuration
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # GX hashes every frame below this size for a marker that nobody reads: half of the time of a large night.
        pandas_execution_engine.HASH_THRESHOLD = 0
        # GX makes an id of the arguments at each use of a metric, and converts each value to what JSON has a form of.
        id_dict.convert_to_json_serializable = _convert_arguments
        _narrow_domains(pandas_execution_engine.PandasExecutionEngine)
        _keep_expectations(expectation_configuration.ExpectationConfiguration)
        yield


def _convert_arguments(data: dict) -> dict:
    """Return the arguments of a metric as GX would for its id: plain values need no conversion."""
    if all(type(value) in (str, int, float, bool, NoneType) for value in data.values()):
        return data
    from great_expectations.util import convert_to_json_serializable

    return convert_to_json_serializable(data)


_KEPT_EXPECTATIONS: dict[int, tuple[Any, Any]] = {}
"""The expectation of each configuration in use, by the identity of the configuration, which is kept as well."""


@cache
def _keep_expectations(configuration: Any) -> None:
    """Let GX make the expectation of a configuration once in a validation: it makes one for each of its metrics."""
    make_expectation = configuration.to_domain_obj

    def to_domain_obj(self: Any) -> Any:
        if id(self) not in _KEPT_EXPECTATIONS:
            _KEPT_EXPECTATIONS[id(self)] = self, make_expectation(self)
        return _KEPT_EXPECTATIONS[id(self)][1]

    configuration.to_domain_obj = to_domain_obj


@cache
def _narrow_domains(engine: Any) -> None:
    """Let GX's engine select the rows of an expectation from the columns of that expectation alone.

    GX copies the rows without nulls of the whole frame several times for each expectation: half of a large check.
    """
    select_rows, split_domain = engine.get_domain_records, engine.get_compute_domain

    def get_domain_records(self: Any, domain_kwargs: dict) -> pd.DataFrame:
        rows: pd.DataFrame = select_rows(self, {"batch_id": domain_kwargs["batch_id"]})
        named = (domain_kwargs[name] for name in _COLUMN_ARGUMENTS if name in domain_kwargs)
        names = list(dict.fromkeys((*named, *domain_kwargs.get("column_list", ()))))
        if not names:
            return rows
        rows = rows[names[0]].to_frame() if len(names) == 1 else rows[names]
        return rows.dropna() if domain_kwargs.get("ignore_row_if") in _DROPS_NULLS else rows

    def get_compute_domain(self: Any, domain_kwargs: dict, *args: Any, **kwargs: Any) -> tuple:
        rows, common, own = split_domain(self, domain_kwargs, *args, **kwargs)
        # GX asks later for the rows by what is common to all columns
        return rows, {**common, _READ_COLUMN: own["column"]} if "column" in own else common, own

    engine.get_domain_records, engine.get_compute_domain = get_domain_records, get_compute_domain


def import_great_expectations() -> None:
    """Import Great Expectations before it is needed: a process that forks others then pays for the import once."""
    with _use_gx():
        pass
