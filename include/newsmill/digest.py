"""The digest of a night: one message for all that a person should know of it, or none."""

import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from newsmill import runs, settings
from newsmill.errors import NewsmillError
from newsmill.escaping import escape_controls
from newsmill.lake import Lake
from newsmill.relations import PAGES, QUALITY_RESULTS, RUNS
from newsmill.runs import Run
from newsmill.sources import catalog
from newsmill.temporary_files import replacing_file

FOLDER = "alerts"
FAILURES = {
    "failed": "the run failed",
    "interrupted": "the run was interrupted",
    "gate_closed": "the gate is closed",
}
ERRORS_SHOWN, ERROR_CHARS = 5, 500
_UNCHANGED = "Nothing was published, and readers see what was published before."


class Digest(NamedTuple):
    """A message: the subject in one line, and the text."""

    subject: str
    text: str

    @property
    def html(self) -> str:
        """Return the text for mail, with nothing of it as markup."""
        return f"<pre>{html.escape(self.text)}</pre>"


def summarize_run(run: Run, read_silent_nights: Callable[[], int], address: str = "") -> Digest | None:
    """Return the digest of an ended run; None if it was published and no source is silent."""
    status = runs.read_status(run) or "failed"
    if status == "running":  # it has ended, so its failure could not be written, as on a full disk
        status = "failed"
    heads, lines = [], []
    if status in FAILURES:
        heads.append(FAILURES[status])
        lines += [f"The run {run.run_id}: {FAILURES[status]}. {_UNCHANGED}"]
        lines += _list_causes(run)
    for head, line in _describe_silence(run, read_silent_nights):
        heads.append(head)
        lines.append(line)
    if not heads:
        return None
    return _make_digest(run.night, heads, [*lines, *([f"See {address}"] if address else [])])


def summarize_deadline(night: date, hours: float, address: str = "") -> Digest:
    """Return the digest of a run that has not ended by its deadline."""
    lines = [f"The run of the night has not ended {hours:g} hours after it was queued. It goes on."]
    return _make_digest(night, ["the deadline is missed"], [*lines, *([f"See {address}"] if address else [])])


def summarize_hold(night: date, warnings: list[str], after: str, address: str = "") -> Digest:
    """Return the digest of a publish that waits for approval."""
    lines = [*(f"- {line}" for line in warnings), after, *([f"See {address}"] if address else [])]
    return _make_digest(night, ["the publish waits for approval"], lines)


def summarize_watch(night: date, task: str, error: object, address: str = "") -> Digest:
    """Return the digest of a watch for dumps that has failed."""
    lines = [
        f"- {task}: {escape_controls(error)[:ERROR_CHARS]}",
        "Nobody watches for dumps of the night any more; the night of the clock runs.",
    ]
    return _make_digest(night, ["the watch for dumps failed"], [*lines, *([f"See {address}"] if address else [])])


def _make_digest(night: date, heads: list[str], lines: list[str]) -> Digest:
    return Digest(f"newsmill, night {night}: {', '.join(heads)}", "\n".join(lines) + "\n")


def _list_causes(run: Run) -> list[str]:
    """List the failed critical expectations, else the messages of the failed tasks."""
    try:
        return _list_closed(run) or _read_errors(run)
    except (NewsmillError, OSError) as error:
        return [*_read_errors(run), f"- the failed expectations are not known: {escape_controls(error)[:ERROR_CHARS]}"]


def _list_closed(run: Run) -> list[str]:
    """List the critical expectations that the run failed."""
    rows = run.lake.read(QUALITY_RESULTS, run.night).to_pylist()
    return [
        f"- {row['target']}: {row['expectation']}: {row['unexpected_count']} of {row['element_count']} do not hold"
        for row in rows
        if row["run_id"] == run.run_id and row["severity"] == "critical" and not row["success"]
    ]


def note_error(run: Run, task: str, error: object) -> None:
    """Keep the message of a failed task for the digest of its run."""
    path = _errors_path(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf8") as file:
        file.write(f"- {task}: {escape_controls(error)[:ERROR_CHARS]}\n")


def clear_errors(run: Run) -> None:
    """Remove the messages of an earlier try of a run."""
    _errors_path(run).unlink(missing_ok=True)


def _read_errors(run: Run) -> list[str]:
    """Return the messages of the failed tasks, each once."""
    path = _errors_path(run)
    return list(dict.fromkeys(path.read_text(encoding="utf8").splitlines()))[:ERRORS_SHOWN] if path.exists() else []


def _errors_path(run: Run) -> Path:
    return run.home / FOLDER / f"{run.run_id}.errors"


def _describe_silence(run: Run, read_silent_nights: Callable[[], int]) -> list[tuple[str, str]]:
    """Return the head and the line on silent sources, if any; a broken list must not keep back a failure."""
    try:
        nights = read_silent_nights()
        silent = list_silent_sources(run, nights) if nights else []
    except (NewsmillError, OSError) as error:
        head = "silent sources are not known"
        return [(head, f"{head}: {escape_controls(error)[:ERROR_CHARS]}")]
    return [(f"silent sources: {len(silent)}", f"No page for {nights} nights: {', '.join(silent)}.")] if silent else []


def list_silent_sources(run: Run, nights: int) -> list[str]:
    """List the sources of a run without a page on its night and on the nights before, so many in all."""
    if run.sources or run.kind == "backfill":
        return []  # files by hand are no source, and history is no news
    recent = [run.night - timedelta(days) for days in range(nights)]
    if not set(recent) <= {*run.lake.nights(RUNS), run.night}:
        return []  # fewer nights ran than a source must be silent for
    asked = set(run.dumps or catalog.catalog(settings.read().sources))
    return sorted(asked - _read_dumps(run.lake, recent))


def _read_dumps(lake: Lake, nights: list[date]) -> set[str]:
    pages = lake.dataset(PAGES, nights).to_table(columns=["dump"])
    return set(pages.column("dump").unique().to_pylist())


# -- what was sent -----------------------------------------------------------------------------------------------------


def was_sent(home: Path, name: str, digest: Digest) -> bool:
    """Report whether a digest was sent under a name before, in the same words."""
    path = _sent_path(home, name)
    return path.exists() and path.read_text(encoding="utf8") == _write(digest)


def record_sent(home: Path, name: str, digest: Digest) -> None:
    """Keep a sent digest, so that a run cleared or ended twice sends it once."""
    path = _sent_path(home, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing_file(path) as temporary:
        temporary.write_text(_write(digest), encoding="utf8")


def _sent_path(home: Path, name: str) -> Path:
    return home / FOLDER / (re.sub("[^A-Za-z0-9.-]+", "-", name) + ".txt")


def _write(digest: Digest) -> str:
    return f"{digest.subject}\n\n{digest.text}"
