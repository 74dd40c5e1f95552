"""A run of a night: the value, the ledger entry and the receipts of steps."""

import hashlib
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypedDict

import pyarrow as pa

from newsmill import __version__
from newsmill.lake import WHOLE, Lake
from newsmill.relations import RECEIPTS, RUNS

MODEL_PREFIX = "model:"
"""Prefix of the names of models, and of decisions, among the rules of a run."""


@dataclass(frozen=True)
class Run:
    """The input of every step: the home folder, the night (the partition date), and the options of the run.

    `dumps` are the sources of sources.toml to fetch, all if empty. `sources` are locations given instead, each a source
    of this run alone, with pages or articles as `content`. `held` maps earlier nights to the runs to look back at; None
    means the published runs. `document_seconds` and `step_seconds` limit the time for a document and for a step; 0 is
    no limit. `learned` is the night with the boilerplate to clean with; None means `night`.
    """

    home: Path
    night: date
    run_id: str
    kind: str = "manual"
    dumps: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    content: str = "page"
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    learned: date | None = None
    held: tuple[tuple[date, str], ...] | None = None
    document_seconds: float = 20.0
    step_seconds: float = 0.0

    @property
    def lake(self) -> Lake:
        """Return the lake of the home folder."""
        return Lake(self.home / "lake")

    @property
    def landing(self) -> Path:
        """Return the folder of fetched files, kept byte for byte."""
        return self.home / "landing"

    @property
    def warehouse(self) -> Path:
        """Return the folder of snapshots and the link to the published one."""
        return self.home / "warehouse"


@dataclass
class Receipt:
    """The result of a step for a part: rows, seconds, bytes written and peak memory."""

    run_id: str
    stage: str
    part: str = WHOLE
    rows_in: int = 0
    rows_out: int = 0
    rejected: int = 0
    seconds: float = 0.0
    bytes: int = 0
    peak_rss_bytes: int = 0


class NightVersion(TypedDict):
    """The run of a published night, with the run's rules and models."""

    run_id: str
    ruleset_version: str | None
    model_versions: list[str]
    learned_night: date | None


def new_run_id(night: date, kind: str) -> str:
    """Return a run id of night, kind and clock; safe as a file name."""
    return f"{night.isoformat()}-{kind}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"


@contextmanager
def receipt(run: Run, stage: str, part: str = WHOLE) -> Iterator[Receipt]:
    """Time a step, and write the receipt to the lake if the step ends without an error."""
    step_receipt, start = Receipt(run.run_id, stage, part), time.perf_counter()
    yield step_receipt
    step_receipt.seconds = round(time.perf_counter() - start, 6)
    step_receipt.peak_rss_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    table = pa.Table.from_pylist([asdict(step_receipt)], RECEIPTS.schema)
    run.lake.write(RECEIPTS, run.night, f"{run.run_id}-{stage}-{part}", table)


def record_run(run: Run, status: str, rules: dict[str, str], snapshot: str | None = None) -> None:
    """Write the status of a run; `rules` are the versions returned by pipeline.collect_rule_versions()."""
    row = {
        "run_id": run.run_id,
        "run_no": _run_number(run),
        "kind": run.kind,
        "code_version": __version__,
        "ruleset_version": ruleset_version(rules),
        "model_versions": model_versions(rules),
        "started_at": run.started_at,
        "finished_at": None if status == "running" else datetime.now(UTC),
        "status": status,
        "snapshot": snapshot,
        "learned_night": run.learned or run.night,
    }
    run.lake.write(RUNS, run.night, run.run_id, pa.Table.from_pylist([row], RUNS.schema))


def is_published(run: Run) -> bool:
    """Report whether the ledger has the run as published."""
    return read_status(run) == "published"


def read_status(run: Run) -> str | None:
    """Return the status of a run in the ledger; None before it began."""
    rows = run.lake.read(RUNS, run.night, run.run_id).to_pylist()
    return rows[0]["status"] if rows else None


def _run_number(run: Run) -> int:
    """Return the number of a run within the night: runs are ordered by number, not by the clock."""
    numbers = {row["run_id"]: row["run_no"] or 0 for row in run.lake.read(RUNS, run.night).to_pylist()}
    return numbers.get(run.run_id) or max(numbers.values(), default=0) + 1


def model_versions(rules: dict[str, str]) -> list[str]:
    """List the models among the rules, each with the first 12 digits of the hash."""
    hashes = {name.removeprefix(MODEL_PREFIX): rules[name] for name in rules if name.startswith(MODEL_PREFIX)}
    return sorted(f"{name}={digest[:12]}" for name, digest in hashes.items())


def ruleset_version(rules: dict[str, str]) -> str:
    """Hash the versions of all stages: runs with the same rules get the same version."""
    stages = [f"{name}={version}" for name, version in sorted(rules.items()) if not name.startswith(MODEL_PREFIX)]
    return hashlib.sha256("\n".join(stages).encode()).hexdigest()[:12]
