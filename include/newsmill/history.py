"""Publishes another history, by a rebuild or a rollback, and records who decided it, when and why."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from newsmill import decisions, rebuild
from newsmill.decisions import Author, HistoryDecision
from newsmill.errors import Permanent
from newsmill.rebuild import Published, RebuildRequest
from newsmill.terminal import print_line
from newsmill.warehouse import snapshots, time_travel
from newsmill.warehouse.difference_page import describe_difference
from newsmill.warehouse.home_format import require_known_format

UNKNOWN = "unknown before the publish"


def publish_rebuild(request: RebuildRequest, author: Author, jobs: int, console: Console, output: Console) -> None:
    """Rebuild and publish nights, and append the decision to the file of the home.

    A plan that was published before, by a task that is tried again, is not published twice.
    """
    keys = {"step": request.step, "plan": request.approved_plan}

    def record(published: Published) -> None:
        nights = {"first": published.first, "last": published.last}
        _record(request.home, "rebuild", author, before=published.before, after=published.after, **nights, **keys)

    decisions.check_history_decision(request.home, _decide("rebuild", author, after=UNKNOWN, **keys))
    if done := _find_published(request):
        return print_line(output, f"the plan {request.approved_plan} was published before, as {done.after}")
    return rebuild.rebuild(replace(request, on_published=record), False, jobs, console, output)


def _find_published(request: RebuildRequest) -> HistoryDecision | None:
    """Return the recorded rebuild by the approved plan."""
    known = decisions.read_history_decisions(request.home) if request.approved_plan else ()
    return next((decision for decision in known if decision.plan == request.approved_plan), None)


def roll_back(home: Path, snapshot: str, author: Author, approved_on: str | None = None) -> None:
    """Publish another kept snapshot, and append the decision to the file of the home.

    `approved_on` is the snapshot that readers saw when the rollback was approved. A rollback that is published already,
    by a task that is tried again, is recorded unless it was.
    """
    require_known_format(home)
    before = find_served(home)
    decisions.check_history_decision(home, _decide("rollback", author, before=before, after=snapshot))
    if before != snapshot:
        time_travel.roll_back(home / "warehouse", snapshot, approved_on)
    elif approved_on is None or _is_last(home, snapshot):
        return
    _record(home, "rollback", author, before=approved_on or before, after=snapshot)


def _is_last(home: Path, snapshot: str) -> bool:
    """Report whether the last recorded history is a snapshot."""
    known = decisions.read_history_decisions(home)
    return bool(known) and known[-1].after == snapshot


def find_served(home: Path) -> str | None:
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
    require_known_format(home)
    warehouse = home / "warehouse"
    after, served = time_travel.require_whole(warehouse, snapshot), snapshots.find_snapshot(warehouse)
    if after == served:
        raise Permanent(f"readers see {snapshot} already; kept are: {', '.join(snapshots.list_snapshots(warehouse))}")
    listed = [f"- {line}" for line in time_travel.describe_snapshots(warehouse)]
    return "\n\n".join(["**Snapshots**", "\n".join(listed), describe_difference(served, after)])


def _record(home: Path, word: str, author: Author, **keys: Any) -> None:
    decisions.append_history_decision(home, _decide(word, author, **keys))


def _decide(word: str, author: Author, **keys: Any) -> HistoryDecision:
    moment = datetime.now(UTC).replace(microsecond=0)
    return HistoryDecision(word, author.by, moment, author.because, **keys)
