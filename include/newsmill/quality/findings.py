"""Findings of a gate: a result for each expectation, the failing rows, and the message for a person."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from newsmill.errors import GateClosed
from newsmill.expectations import CRITICAL, WARNING, Expectation
from newsmill.quality.suites import Suite
from newsmill.relations import QUALITY_RESULTS

SHOWN = 5
_LONGEST = 80


@dataclass(frozen=True)
class Finding:
    """The result of an expectation; `failing` are the failing rows, with key and checked columns."""

    suite: Suite
    expect: Expectation
    success: bool
    broken: bool = False
    observed: dict = field(default_factory=dict)
    unexpected_count: int | None = None
    element_count: int | None = None
    failing: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def closes(self) -> bool:
        """Report whether the finding closes the gate."""
        return not self.success and self.expect.severity == CRITICAL

    @property
    def withholds_rows(self) -> bool:
        """Report whether rows are withheld from the load."""
        return self.suite.by_row and self.expect.severity == CRITICAL and len(self.failing) > 0

    @property
    def reason(self) -> str:
        """Return the reason in `ops.rejected` or `ops.note` of a failing row."""
        return self.suite.reason(self.expect)

    def sentence(self) -> str:
        """Describe expectation and result in plain words."""
        subject = f"{self.suite.target}: {self.expect.name}"
        if self.broken:
            return f"{subject}: THE CHECK ITSELF BROKE and says nothing about the data: {self.observed.get('error')}"
        counts = f"{self.unexpected_count} of {self.element_count} rows do not hold"
        return f"{subject}: {counts}, such as {_show_examples(self)}"


@dataclass(frozen=True)
class Offender:
    """A dump with rows that helped to close a gate, and the number of rows."""

    night: date
    dump: str
    row_count: int


@dataclass(frozen=True)
class Verdict:
    """The findings of a gate in a run, the path of the pages, and the dumps of the failing rows."""

    gate: str
    findings: tuple[Finding, ...]
    results: pa.Table
    data_docs: Path
    offenders: tuple[Offender, ...] = ()
    home: Path | None = None

    @property
    def closed(self) -> tuple[dict, ...]:
        """Return the gate-closing results, proofs included."""
        return tuple(r for r in self.results.to_pylist() if not r["success"] and r["severity"] == CRITICAL)

    def enforce(self) -> None:
        """Raise GateClosed if a critical expectation failed or a check broke."""
        if self.closed:
            raise GateClosed(*self.lines())

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return the findings recorded as warnings."""
        return tuple(f for f in self.findings if not f.success and f.expect.severity == WARNING)

    def lines(self) -> list[str]:
        """Explain failures, state of the data, place of the details and helpful commands; a line for each."""
        closing = [finding for finding in self.findings if finding.closes]
        own = {(finding.suite.name, finding.expect.name) for finding in closing}
        proofs = [row for row in self.closed if (row["suite"], row["expectation"]) not in own]
        failed = [f"  {line}" for line in (*map(Finding.sentence, closing), *map(_describe_proof, proofs))]
        return [
            f"the gate '{self.gate}' is closed: {len(self.closed)} critical expectations failed, nothing was published"
            " and what was published before is unchanged",
            *failed,
            *_advise_on_share(closing),
            *_advise_on_limit(closing),
            *(_advise_to_forget(offender, self.home) for offender in self.offenders),
            f"  details: {self.data_docs}",
        ]


def _advise_on_share(closing: Iterable[Finding]) -> list[str]:
    """Explain for each dump with too many rejects how to accept the loss."""
    lost = [row for f in closing if "reject_share" in f.expect.columns for row in f.failing.to_dict("records")]
    return [
        f"  dump {row['dump']}: {row['reject_share']:.0%} of its records were turned away and no more than"
        f" {row['max_reject_share']:.0%} may be; rejected_read and rejected_clean say why each was;"
        " raise max_reject_share in sources.toml, or --max-reject-share, if this is right"
        for row in lost
    ]


def _advise_on_limit(closing: Iterable[Finding]) -> list[str]:
    """Explain how to accept the loss where too many rows are withheld."""
    if not any("withheld_rows" in finding.expect.columns for finding in closing):
        return []
    return [
        "  rejected_check and rejected_rows say why each row was withheld; to load the night without them set"
        " NEWSMILL_MAX_FAULTY_SHARE to a larger share"
    ]


def _advise_to_forget(offender: Offender, home: Path | None) -> str:
    """Name the command for a load of the night without a dump."""
    where = f" --home {home}" if home else ""
    return (
        f"  dump {offender.dump} of the night {offender.night}: {offender.row_count} failing rows; to load the night"
        f" without it: python -m newsmill forget {offender.night} {offender.dump}{where}, then run the night again;"
        " a corrected file under another name replaces it only after that"
    )


def list_results(findings: Iterable[Finding], run_id: str, gate: str, proofs: Iterable[dict] = ()) -> pa.Table:
    """Return the rows of QUALITY_RESULTS: a row for each finding, then the results of proofs in SQL."""
    rows = [_make_result(finding, run_id, gate) for finding in findings]
    return pa.Table.from_pylist([*rows, *proofs], QUALITY_RESULTS.schema)


def list_page_rejects(findings: Iterable[Finding]) -> list[dict]:
    """List (page_id, reason, detail, withheld, row_count) of withheld and noted pages, an entry a page and reason.

    A withheld page with several faults counts as a single row, in the entry of the first fault; a note counts its rows.
    """
    by_page = [finding for finding in findings if _is_about_page(finding)]
    notes = [note for finding in by_page for note in _list_notes(finding)]
    distinct = list({(note["page_id"], note["reason"]): note for note in reversed(notes)}.values())[::-1]
    counted: set[str] = set()
    for note in distinct:
        if note["withheld"]:
            note["row_count"] = int(note["page_id"] not in counted)
            counted.add(note["page_id"])
    return distinct


def _is_about_page(finding: Finding) -> bool:
    """Report whether there are failing rows, listed by page: if the page is withheld, or nothing."""
    is_costly = finding.withholds_rows and not finding.suite.withholds_page(finding.expect)
    return len(finding.failing) > 0 and "page_id" in finding.failing.columns and not is_costly


def _list_notes(finding: Finding) -> Iterable[dict]:
    withheld = finding.expect.severity == CRITICAL
    consequence = "withheld from the load with its page" if withheld else "loaded all the same"
    known = finding.failing.dropna(subset=["page_id"])
    for page_id, rows in known.groupby("page_id", sort=True):
        values = write_values(rows.iloc[0], finding.expect.columns)
        count = f" in {len(rows)} rows" if len(rows) > 1 else ""
        detail = f"{consequence}: expected of {finding.suite.target} {finding.expect.name}; found {values}{count}"
        yield {
            "page_id": page_id,
            "reason": finding.reason,
            "detail": detail,
            "withheld": withheld,
            "row_count": len(rows),
        }


def _make_result(finding: Finding, run_id: str, gate: str) -> dict:
    columns = finding.expect.columns
    return {
        "run_id": run_id,
        "gate": gate,
        "suite": finding.suite.name,
        "target": f"{finding.suite.target}.{columns[0]}" if len(columns) == 1 else finding.suite.target,
        "expectation": finding.expect.name,
        "severity": finding.expect.severity,
        "success": finding.success,
        "broken": finding.broken,
        "observed": json.dumps(finding.observed, default=str, ensure_ascii=False) if finding.observed else None,
        "unexpected_count": finding.unexpected_count,
        "element_count": finding.element_count,
    }


def _describe_proof(row: dict) -> str:
    counts = f"{row['unexpected_count']} of {row['element_count']} rows do not hold"
    return f"{row['target']}: {row['expectation']}: {counts}, such as {row['observed']}"


def _show_examples(finding: Finding) -> str:
    shown = dict.fromkeys((*finding.suite.key, *finding.expect.columns))
    return "; ".join(write_values(row, shown) for _, row in finding.failing.head(SHOWN).iterrows())


def write_values(row: Mapping, columns: Iterable[str]) -> str:
    """Write some columns of a row with names."""
    return ", ".join(f"{name} {_shorten_value(row[name])}" for name in columns)


def _shorten_value(value: object) -> str:
    text = f"{value:.3g}" if isinstance(value, float) and not value.is_integer() else str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
