"""Soft gates: the warnings that hold a publish until a person approves it, and the record of the answers."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from newsmill import decisions
from newsmill.decisions import Author, PublishDecision
from newsmill.errors import GateClosed, Permanent
from newsmill.expectations import WARNING
from newsmill.quality.suites import DUMP_SUITE, NIGHT_SUITE, SOURCE_SUITE, STORY_SUITE
from newsmill.relations import QUALITY_RESULTS
from newsmill.runs import Run

ALL = "all"
_SUITES = {suite.name: suite for suite in (NIGHT_SUITE, DUMP_SUITE, SOURCE_SUITE, STORY_SUITE)}


def list_holdable() -> list[str]:
    """List the names of the warnings that may hold a publish: those on a night, a dump or a source."""
    names = {
        column
        for suite in _SUITES.values()
        for expect in suite.expectations
        if expect.severity == WARNING
        for column in expect.columns
    }
    return sorted(names)


def parse_names(text: str) -> frozenset[str]:
    """Return the warnings of a setting such as `volume_ratio,silent_nights`; `all` is every one."""
    known = list_holdable()
    names = frozenset(known) if text == ALL else frozenset(filter(None, map(str.strip, text.split(","))))
    if unknown := sorted(names - set(known)):
        raise Permanent(f"no warning {', '.join(unknown)} can hold a publish; those that can: all, {', '.join(known)}")
    return names


def list_warnings(run: Run, names: Collection[str]) -> list[str]:
    """Return a line for each warning of the run that holds its publish."""
    rows = run.lake.read(QUALITY_RESULTS, run.night).to_pylist()
    return [
        f"{row['target']}: {row['expectation']}: {row['unexpected_count']} of {row['element_count']} do not hold,"
        f" {row['observed'] or 'nothing observed'}"
        for row in rows
        if row["run_id"] == run.run_id
        and row["suite"] in _SUITES
        and row["severity"] == WARNING
        and not row["success"]
        and row["target"].rpartition(".")[2] in names
    ]


def record_answer(home: Path, run: Run, word: str, by: str, because: str, at: datetime | None = None) -> None:
    """Append who answered to the file of answers in the home; a task that is tried again adds none."""
    moment = (at or datetime.now(UTC)).replace(microsecond=0)
    answer = PublishDecision(word, by, moment, because, run.night, run.run_id)
    if answer not in decisions.read_publish_decisions(home):
        decisions.append_publish_decision(home, answer)


def require_approval(run: Run, names: Collection[str], author: Author | None) -> None:
    """Record the approval of a publish that warnings hold; without an author, raise GateClosed with the warnings."""
    lines = list_warnings(run, names)
    if lines and author:
        record_answer(run.home, run, "approve", *author)
    elif lines:
        raise GateClosed(
            f"the publish is held by {len(lines)} warnings: {'; '.join(lines)}; readers see what they saw before; "
            "to publish it all the same, run the night again with --approve and --because"
        )
