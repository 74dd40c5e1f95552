"""A run of a night: the value, the ledger entry and the receipts of steps."""

import hashlib
import resource
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypedDict

import pyarrow as pa

from newsmill import __version__
from newsmill.errors import GateClosed, Permanent
from newsmill.lake import WHOLE, Lake
from newsmill.relations import RECEIPTS, RUNS

MODEL_PREFIX = "model:"
"""Prefix of the names of models, and of decisions, among the rules of a run."""
DECISIONS, RELEASES = "decisions", "releases"
"""The names of people's decisions among the models of a run: people may decide while a run goes on."""

DRY_RUNS = ".dry_run"
"""The folder in a home for the copies that dry runs work on."""
MAX_REJECT_SHARE = 0.2
"""Share of the records of a dump that may be unreadable, where its source does not say another."""


@dataclass(frozen=True)
class Run:
    """The input of every step: the home folder, the night (the partition date), and the options of the run.

    `dumps` are the sources of sources.toml to fetch, all if empty. `sources` are locations given instead, each a source
    of this run alone, with pages or articles as `content` and `max_reject_share` as the limit of unreadable records.
    `held` maps earlier nights to the runs to look back at; None means the published runs. `document_seconds` and
    `step_seconds` limit the time for a document and for a step; 0 is no limit. `learned` is the night with the
    boilerplate to clean with; None means `night`. `origin` is the home that the home of a dry run is a copy of.
    """

    home: Path
    night: date
    run_id: str
    kind: str = "manual"
    dumps: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    content: str = "page"
    max_reject_share: float = MAX_REJECT_SHARE
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    learned: date | None = None
    held: tuple[tuple[date, str], ...] | None = None
    document_seconds: float = 20.0
    step_seconds: float = 0.0
    origin: Path | None = None

    @property
    def user_home(self) -> Path:
        """Return the home that users know and commands name: of a dry run the one that was copied."""
        return self.origin or self.home

    def on_copy(self) -> "Run":
        """Return the run as a dry run, on a copy of the home in a hidden folder."""
        return replace(self, home=self.home / DRY_RUNS / self.run_id, origin=self.home)

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
    _write_entry(run, status, _list_versions(rules), snapshot)


def name_failure(error: BaseException | None) -> str:
    """Return the status of a run that an error ended; None is an error without a name."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return "gate_closed" if isinstance(error, GateClosed) else "failed"


def record_failed_run(run: Run, status: str, rules: dict[str, str]) -> None:
    """Write how a run failed, with the versions of its start: other versions may be the reason of the failure."""
    _write_entry(run, status, _read_versions(run) or _list_versions(rules))


def _write_entry(run: Run, status: str, versions: Mapping[str, Any], snapshot: str | None = None) -> None:
    row = {
        "run_id": run.run_id,
        "run_no": _run_number(run),
        "kind": run.kind,
        **versions,
        "started_at": run.started_at,
        "finished_at": None if status == "running" else datetime.now(UTC),
        "status": status,
        "snapshot": snapshot,
        "learned_night": run.learned or run.night,
    }
    run.lake.write(RUNS, run.night, run.run_id, pa.Table.from_pylist([row], RUNS.schema))


def require_versions_of_start(run: Run, rules: dict[str, str]) -> None:
    """Raise Permanent if the run began with another code, other rules or another model; decisions may change."""
    at_start, now = _read_versions(run), _list_versions(rules)
    if at_start and _without_decisions(at_start) != _without_decisions(now):
        raise Permanent(
            f"the code changed during the run {run.run_id}: it began with {_describe_versions(at_start)}, and this "
            f"task has {_describe_versions(now)}; one night would mix the results of both. Clear the run from its "
            "first task on, or trigger the night again"
        )


def _list_versions(rules: dict[str, str]) -> dict[str, Any]:
    return {
        "code_version": __version__,
        "ruleset_version": ruleset_version(rules),
        "model_versions": model_versions(rules),
    }


def _read_versions(run: Run) -> dict[str, Any] | None:
    """Return the versions in the ledger entry of a run; None before it began."""
    entry = _read_entry(run)
    return entry and {name: entry[name] for name in ("code_version", "ruleset_version", "model_versions")}


def _without_decisions(versions: Mapping[str, Any]) -> dict[str, Any]:
    decided = (f"{DECISIONS}=", f"{RELEASES}=")
    models = [model for model in versions["model_versions"] or [] if not model.startswith(decided)]
    return {**versions, "model_versions": models}


def _describe_versions(versions: Mapping[str, Any]) -> str:
    models = ", ".join(_without_decisions(versions)["model_versions"])
    return f"newsmill {versions['code_version']}, rules {versions['ruleset_version']}, models {models}"


def list_unfinished_since(run: Run, publisher: str) -> list[str]:
    """List the other runs of the night that began after a published one and neither published nor were skipped.

    Of a publisher without an entry in this ledger the order is not known: then all of them.
    """
    rows = run.lake.read(RUNS, run.night).to_pylist()
    since = next((row["run_no"] or 0 for row in rows if row["run_id"] == publisher), 0)
    others = [row for row in rows if row["run_id"] not in (run.run_id, publisher) and (row["run_no"] or 0) >= since]
    return [row["run_id"] for row in others if row["status"] not in ("published", "skipped")]


def is_published(run: Run) -> bool:
    """Report whether the ledger has the run as published."""
    return read_status(run) == "published"


def read_status(run: Run) -> str | None:
    """Return the status of a run in the ledger; None before it began."""
    entry = _read_entry(run)
    return entry["status"] if entry else None


def _read_entry(run: Run) -> dict[str, Any] | None:
    rows = run.lake.read(RUNS, run.night, run.run_id).to_pylist()
    return rows[0] if rows else None


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
