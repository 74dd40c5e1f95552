"""One run of a night: its value, its ledger entry and the receipts of its steps."""

import hashlib
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from newsmill import __version__
from newsmill.lake import WHOLE, Lake
from newsmill.relations import RECEIPTS, RUNS

MODEL = "model:"
"""What stands before the names of models, and of decisions, among the rules of a run."""


@dataclass(frozen=True)
class Run:
    """What every step is told: the folder that holds everything, the night, and what was asked for.

    `dumps` are names in sources.toml, all if empty; `sources` are places given by hand instead, which hold `content`.
    `held` tells the runs by which earlier nights are looked back at: where it is None, those that are published.
    `document_seconds` and `step_seconds` limit the time over one document and in one step; 0 is no limit.
    `learned` names the night whose knowledge of furniture this one is cleaned by: its own, where none is named.
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
        """Return the lake of this run's home."""
        return Lake(self.home / "lake")

    @property
    def landing(self) -> Path:
        """Return the folder that keeps every fetched file byte for byte."""
        return self.home / "landing"

    @property
    def warehouse(self) -> Path:
        """Return the folder of snapshots and the link to the published one."""
        return self.home / "warehouse"


@dataclass
class Receipt:
    """What a step did with a part; `bytes` are those written."""

    run_id: str
    stage: str
    part: str = WHOLE
    rows_in: int = 0
    rows_out: int = 0
    rejected: int = 0
    seconds: float = 0.0
    bytes: int = 0
    peak_rss_bytes: int = 0


def new_run_id(night: date, kind: str) -> str:
    """Name a run by its night, its kind and the clock; safe as a file name."""
    return f"{night.isoformat()}-{kind}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"


@contextmanager
def receipt(run: Run, stage: str, part: str = WHOLE) -> Iterator[Receipt]:
    """Time a step; write its receipt to the lake when it ends without an error."""
    slip, began = Receipt(run.run_id, stage, part), time.perf_counter()
    yield slip
    slip.seconds = round(time.perf_counter() - began, 6)
    slip.peak_rss_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    table = pa.Table.from_pylist([asdict(slip)], RECEIPTS.schema)
    run.lake.write(RECEIPTS, run.night, f"{run.run_id}-{stage}-{part}", table)


def record(run: Run, status: str, rules: dict[str, str], snapshot: str | None = None) -> None:
    """Write how far the run has come; `rules` are the versions that it goes by, as pipeline.rules() tells them."""
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


def _run_number(run: Run) -> int:
    """Return the number of a run among those of its night: runs are ordered by it, not by the clock."""
    numbers = {row["run_id"]: row["run_no"] or 0 for row in run.lake.read(RUNS, run.night).to_pylist()}
    return numbers.get(run.run_id) or max(numbers.values(), default=0) + 1


def model_versions(rules: dict[str, str]) -> list[str]:
    """List what the rules tell of models, each with the beginning of its hash."""
    return sorted(f"{name.removeprefix(MODEL)}={told[:12]}" for name, told in rules.items() if name.startswith(MODEL))


def ruleset_version(rules: dict[str, str]) -> str:
    """Hash the versions of all stages, so that two runs by the same rules say so."""
    told = "\n".join(f"{name}={version}" for name, version in sorted(rules.items()) if not name.startswith(MODEL))
    return hashlib.sha256(told.encode()).hexdigest()[:12]
