"""The index of Data Docs: a summary file for each gate of a run, and a page with links to the pages of the latest runs.

Great Expectations draws a page for each suite of a run. Its own index reads every result again, so this module writes
the index from the summaries.
"""

import json
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import quote

from newsmill.temporary_files import replacing_file

_VALIDATIONS = "validations"
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>newsmill: expectations</title>
<style>
body {{ font-family: sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; margin: 0.5em 0 2em; }}
td, th {{ border: 1px solid #ccc; padding: 0.3em 0.8em; text-align: left; }}
.failed {{ color: #a00; font-weight: bold; }}
</style>
</head>
<body>
<h1>Expectations of the latest runs</h1>
{runs}
</body>
</html>
"""
_RUN = """\
<h2>{run_name}</h2>
<p>started {started_at}</p>
<table>
<tr><th>gate</th><th>suite</th><th>status</th><th>expectations</th><th>failed</th></tr>
{rows}
</table>"""
_ROW = (
    '<tr><td>{gate}</td><td><a href="{link}">{suite}</a></td><td class="{status}">{status}</td>'
    "<td>{expectation_count}</td><td>{failed_count}</td></tr>"
)


@dataclass(frozen=True)
class SuiteSummary:
    """The result of a suite: counts of expectations, and the page relative to the folder of Data Docs."""

    suite: str
    expectation_count: int
    failed_count: int
    page: str


@dataclass(frozen=True)
class GateSummary:
    """The results of a gate in a run; `run_name` is the name of the run in paths."""

    run_name: str
    started_at: datetime
    gate: str
    suites: tuple[SuiteSummary, ...]


@dataclass(frozen=True)
class DataDocs:
    """The folder with results, summaries and pages; `runs_shown` limits the runs, the latest by start."""

    home: Path
    runs_shown: int

    @property
    def pages(self) -> Path:
        """Return the folder of the pages."""
        return self.home / "data_docs"

    @property
    def index(self) -> Path:
        """Return the path of the index."""
        return self.pages / "index.html"

    def results_of(self, run_name: str) -> Path:
        """Return the folder of the results of a run."""
        return self.home / "results" / run_name

    def write_summary(self, summary: GateSummary) -> None:
        """Write the summary of a gate."""
        path = self._summary_path(summary.run_name, summary.gate)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing_file(path) as temporary:
            temporary.write_text(json.dumps(asdict(summary), default=str), encoding="utf8")

    def remove_earlier_try(self, run_name: str, started_at: datetime, gate: str) -> None:
        """Remove results, summary and pages of a gate from another start of the run; for `check` those of all gates.

        A run repeated from its load on goes through `audit` alone, and keeps the results of its check.
        """
        for summary in self._read_run(run_name):
            if summary.started_at != started_at and gate in ("check", summary.gate):
                for suite in summary.suites:
                    self._remove_suite(run_name, Path(suite.page))
                self._summary_path(run_name, summary.gate).unlink()

    def _remove_suite(self, run_name: str, page: Path) -> None:
        """Remove the page and the result of a suite, if there are any: GX stores both below the same path."""
        result = self.results_of(run_name) / page.relative_to(_VALIDATIONS).with_suffix(".json")
        for path in (self.pages / page, result):
            with suppress(OSError):
                path.unlink()

    def remove_old_runs(self) -> list[str]:
        """Remove all but the latest runs; return the names of the remaining runs, latest first."""
        names = {path.parent.name for path in self.home.glob("summaries/*/*.json")}
        started = {name: max(summary.started_at for summary in self._read_run(name)) for name in names}
        latest = sorted(started, key=lambda name: (started[name], name), reverse=True)[: self.runs_shown]
        stored = {path.name for path in (*self.home.glob("results/*"), *self.pages.glob(f"{_VALIDATIONS}/*/*"))}
        self._remove_runs((stored | names) - set(latest))
        return latest

    def has_all_pages(self, run_name: str) -> bool:
        """Report whether each suite of a run has a page at least as new as the summary of its gate."""
        for summary in self._read_run(run_name):
            written = self._summary_path(run_name, summary.gate).stat().st_mtime_ns
            pages = [self.pages / suite.page for suite in summary.suites]
            if not all(page.is_file() and page.stat().st_mtime_ns >= written for page in pages):
                return False
        return True

    def write_index(self, run_names: Iterable[str]) -> None:
        """Write the index of the given runs, in their order."""
        runs = "\n".join(_write_run(self._read_run(name)) for name in run_names)
        self.pages.mkdir(parents=True, exist_ok=True)
        with replacing_file(self.index) as temporary:
            temporary.write_text(_PAGE.format(runs=runs), encoding="utf8")

    def _summary_path(self, run_name: str, gate: str) -> Path:
        return self.home / "summaries" / run_name / f"{gate}.json"

    def _read_run(self, run_name: str) -> list[GateSummary]:
        """Read the summaries of a run; the gate `check` comes before `audit`."""
        paths = sorted((self.home / "summaries" / run_name).glob("*.json"), reverse=True)
        return [_parse_summary(json.loads(path.read_text(encoding="utf8"))) for path in paths]

    def _remove_runs(self, names: Iterable[str]) -> None:
        for name in names:
            shutil.rmtree(self.home / "summaries" / name, ignore_errors=True)
            shutil.rmtree(self.results_of(name), ignore_errors=True)
            for folder in (self.pages / _VALIDATIONS).glob("*"):
                shutil.rmtree(folder / name, ignore_errors=True)


def _parse_summary(values: dict) -> GateSummary:
    suites = tuple(SuiteSummary(**suite) for suite in values["suites"])
    return GateSummary(values["run_name"], datetime.fromisoformat(values["started_at"]), values["gate"], suites)


def _write_run(summaries: list[GateSummary]) -> str:
    rows = "\n".join(_write_row(summary.gate, suite) for summary in summaries for suite in summary.suites)
    return _RUN.format(run_name=escape(summaries[0].run_name), started_at=summaries[0].started_at, rows=rows)


def _write_row(gate: str, suite: SuiteSummary) -> str:
    texts = {"gate": gate, "suite": suite.suite, "status": "failed" if suite.failed_count else "succeeded"}
    counts = {"expectation_count": suite.expectation_count, "failed_count": suite.failed_count}
    return _ROW.format(link=escape(quote(suite.page)), **{name: escape(text) for name, text in texts.items()}, **counts)
