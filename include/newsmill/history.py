"""Publishes another history, by a rebuild or a rollback, and records who decided it, when and why."""

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from newsmill import decisions, rebuild
from newsmill.decisions import Author, HistoryDecision
from newsmill.errors import Permanent
from newsmill.rebuild import RebuildRequest
from newsmill.warehouse import snapshots, time_travel
from newsmill.warehouse.difference_page import describe_difference


def publish_rebuild(request: RebuildRequest, author: Author, jobs: int, console: Console, output: Console) -> None:
    """Rebuild and publish nights, and append the decision to the file of the home."""
    published = rebuild.rebuild(request, False, jobs, console, output)
    assert published  # only a dry run publishes nothing
    keys = {"step": request.step, "first": published.first, "last": published.last}
    _record(request.home, "rebuild", author, before=published.before, after=published.after, **keys)


def describe_dry_run(home: Path) -> tuple[str, str]:
    """Return the plan that a dry run built, and its difference from what readers see, in Markdown."""
    plan, before, after = rebuild.read_dry_run(home)
    if before is None:
        return plan, "The warehouse is lost: a new one is built of all published nights."
    return plan, describe_difference(before, after)


def roll_back(home: Path, snapshot: str, author: Author, approved_on: str | None = None) -> None:
    """Publish another kept snapshot, and append the decision to the file of the home.

    `approved_on` is the snapshot that readers saw when the rollback was approved.
    """
    before = _find_served(home)
    time_travel.roll_back(home / "warehouse", snapshot, approved_on)
    _record(home, "rollback", author, before=before, after=snapshot)


def _find_served(home: Path) -> str | None:
    """Return the snapshot that readers see; None where the link is missing or wrong: a rollback repairs it."""
    try:
        return snapshots.current_snapshot(home / "warehouse")
    except Permanent:
        return None


def find_earlier(home: Path) -> str:
    """Return the snapshot that was published before the one that readers see."""
    names, served = snapshots.list_snapshots(home / "warehouse"), snapshots.current_snapshot(home / "warehouse")
    earlier = names[: names.index(served)] if served in names else names
    if not earlier:
        raise Permanent(f"there is no snapshot before {served}; kept are: {', '.join(names) or 'none'}")
    return earlier[-1]


def describe_rollback(home: Path, snapshot: str) -> str:
    """Return in Markdown the kept snapshots, and what a rollback to one of them changes."""
    warehouse = home / "warehouse"
    after, served = time_travel.require_whole(warehouse, snapshot), snapshots.find_snapshot(warehouse)
    if after == served:
        raise Permanent(f"readers see {snapshot} already; kept are: {', '.join(snapshots.list_snapshots(warehouse))}")
    listed = [f"- {line}" for line in time_travel.describe_snapshots(warehouse)]
    return "\n\n".join(["**Snapshots**", "\n".join(listed), describe_difference(served, after)])


def _record(home: Path, word: str, author: Author, **keys: object) -> None:
    moment = datetime.now(UTC).replace(microsecond=0)
    decision = HistoryDecision(word, author.by, moment, author.because, **keys)  # type: ignore[arg-type]
    decisions.append_history_decision(home, decision)
