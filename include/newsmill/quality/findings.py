"""What a gate found: a row for each expectation, the rows that failed it, and what a person is told."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa

from newsmill.errors import GateClosed
from newsmill.quality.suites import CRITICAL, WARNING, Expect, Suite
from newsmill.relations import QUALITY_RESULTS

SHOWN = 5
_LONGEST = 80


@dataclass(frozen=True)
class Finding:
    """One expectation and what came of it; `failing` are the rows that do not meet it, by key and looked-at columns."""

    suite: Suite
    expect: Expect
    success: bool
    broken: bool = False
    observed: dict = field(default_factory=dict)
    unexpected_count: int | None = None
    element_count: int | None = None
    failing: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def closes(self) -> bool:
        """Tell whether this alone closes the gate."""
        return not self.success and self.expect.severity == CRITICAL

    def sentence(self) -> str:
        """Say in plain words what was expected and what was found."""
        told = f"{self.suite.target}: {self.expect.name}"
        if self.broken:
            return f"{told}: THE CHECK ITSELF BROKE and says nothing about the data: {self.observed.get('error')}"
        return f"{told}: {self.unexpected_count} of {self.element_count} rows do not hold, such as {_examples(self)}"


@dataclass(frozen=True)
class Verdict:
    """What one gate found in one run, and where its pages are."""

    gate: str
    findings: tuple[Finding, ...]
    results: pa.Table
    data_docs: Path

    @property
    def closed(self) -> tuple[dict, ...]:
        """Return the results, proofs among them, that close the gate."""
        return tuple(r for r in self.results.to_pylist() if not r["success"] and r["severity"] == CRITICAL)

    def enforce(self) -> None:
        """Raise GateClosed if a critical expectation failed or its check broke."""
        if self.closed:
            raise GateClosed(*self.lines())

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return the findings that are recorded and close nothing."""
        return tuple(f for f in self.findings if not f.success and f.expect.severity == WARNING)

    def lines(self) -> list[str]:
        """Say why the gate is closed, where to look and what to do; one fact a line."""
        closing = [finding for finding in self.findings if finding.closes]
        lost = [row for f in closing if "reject_share" in f.expect.columns for row in f.failing.to_dict("records")]
        advice = [
            f"  dump {row['dump']}: {row['reject_share']:.0%} of its records were turned away and no more than"
            f" {row['max_reject_share']:.0%} may be; rejected_read and rejected_clean say why each was;"
            " raise max_reject_share in sources.toml if this is right"
            for row in lost
        ]
        own = {(finding.suite.name, finding.expect.name) for finding in closing}
        proofs = [row for row in self.closed if (row["suite"], row["expectation"]) not in own]
        failed = [f"  {told}" for told in (*map(Finding.sentence, closing), *map(_proof, proofs))]
        return [
            f"the gate '{self.gate}' is closed: {len(self.closed)} critical expectations failed, nothing was published",
            *failed, *advice,
            f"  details: {self.data_docs}; mend the dump or the rule, then run the night again",
        ]


def results(findings: Iterable[Finding], run_id: str, gate: str, proofs: Iterable[dict] = ()) -> pa.Table:
    """Return the rows of QUALITY_RESULTS, one for each finding, and those that proofs in SQL bring."""
    rows = [_row(finding, run_id, gate) for finding in findings]
    return pa.Table.from_pylist([*rows, *proofs], QUALITY_RESULTS.schema)


def turned_away(findings: Iterable[Finding]) -> list[dict]:
    """List (page_id, reason, detail, withheld) of rows that fail, once a page and reason."""
    told = [finding for finding in findings if "page_id" in finding.failing.columns]
    notes = [note for finding in told for note in _notes(finding)]
    return list({(note["page_id"], note["reason"]): note for note in reversed(notes)}.values())[::-1]


def _notes(finding: Finding) -> Iterable[dict]:
    withheld = finding.expect.severity == CRITICAL
    fate = "withheld from the load" if withheld else "loaded all the same"
    known = finding.failing.dropna(subset=["page_id"])
    for page_id, rows in known.groupby("page_id", sort=True):
        found = _values(rows.iloc[0], finding.expect.columns)
        often = f" in {len(rows)} rows" if len(rows) > 1 else ""
        detail = f"{fate}: expected of {finding.suite.target} {finding.expect.name}; found {found}{often}"
        yield {"page_id": page_id, "reason": finding.expect.slug, "detail": detail, "withheld": withheld}


def _row(finding: Finding, run_id: str, gate: str) -> dict:
    columns = finding.expect.columns
    return {
        "run_id": run_id, "gate": gate, "suite": finding.suite.name,
        "target": f"{finding.suite.target}.{columns[0]}" if len(columns) == 1 else finding.suite.target,
        "expectation": finding.expect.name, "severity": finding.expect.severity,
        "success": finding.success, "broken": finding.broken,
        "observed": json.dumps(finding.observed, default=str, ensure_ascii=False) if finding.observed else None,
        "unexpected_count": finding.unexpected_count, "element_count": finding.element_count,
    }


def _proof(row: dict) -> str:
    counts = f"{row['unexpected_count']} of {row['element_count']} rows do not hold"
    return f"{row['target']}: {row['expectation']}: {counts}, such as {row['observed']}"


def _examples(finding: Finding) -> str:
    shown = dict.fromkeys((*finding.suite.key, *finding.expect.columns))
    return "; ".join(_values(row, shown) for _, row in finding.failing.head(SHOWN).iterrows())


def _values(row: pd.Series, columns: Iterable[str]) -> str:
    return ", ".join(f"{name} {_short(row[name])}" for name in columns)


def _short(value: object) -> str:
    told = f"{value:.3g}" if isinstance(value, float) and not value.is_integer() else str(value)
    return told if len(told) <= _LONGEST else told[:_LONGEST] + "…"
