"""Lists, rolls back and compares snapshots for the command line."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from newsmill.errors import BrokenHome, DamagedFile, Permanent, UnreadableFile
from newsmill.terminal import print_line, print_table
from newsmill.warehouse import diff, snapshots
from newsmill.warehouse.diff import Difference, NightChange, RowChange, TableChange

SHOWN_NIGHTS, SHOWN_DECISIONS, SHOWN_COLUMNS, SHOWN_CHARS = 30, 20, 3, 60
_Summary = tuple[str, str, str, int | None]
_SNAPSHOT_SUMMARY = """
    SELECT CAST(night AS VARCHAR), run_id, strftime(published_at AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S'),
           list_sum(map_values(row_counts))
    FROM ops.snapshot WHERE is_current
"""


def print_snapshots(warehouse: Path, console: Console, is_thorough: bool = False) -> None:
    """Print the snapshots, the oldest first, with night, run, time, size and rows; * marks the served snapshot.

    With `is_thorough` read every row, to find damage beyond the header of a file.
    """
    served, problems = _read_link(warehouse)
    lines = []
    for name in snapshots.list_snapshots(warehouse):
        (night, run, published, rows), problem = _summarize_snapshot(warehouse, name, is_thorough)
        size = snapshots.snapshot_path(warehouse, name).stat().st_size / 1e6
        row_count = f"{rows:,}" if rows is not None else ""
        mark, last = "*" if name == served else "", "damaged" if problem else row_count
        lines.append((mark, name, night, run, published, f"{size:,.1f}", last))
        problems += [f"{name}: {problem}"] if problem else []
    print_table(console, None, ("", "snapshot", "night", "run", "published (UTC)", "MB", "rows"), lines)
    if served and not snapshots.snapshot_path(warehouse, served).is_file():
        problems.append(
            f"{served}: it is the one served, and its file is gone; run: {snapshots.format_serve_command(warehouse)}"
        )
    for line in problems:
        print_line(console, line, style="red")
    if len(lines) == 1 and not problems:
        rebuild = snapshots.format_command(warehouse, "--from", "load", verb="rebuild")
        print_line(console, f"there is no other to roll back to; to make the warehouse anew from the lake: {rebuild}")


def describe_snapshots(warehouse: Path) -> list[str]:
    """Return a line for each snapshot, the newest first, with its night, time and rows, and which one readers see."""
    served, lines = _read_link(warehouse)[0], []
    for name in reversed(snapshots.list_snapshots(warehouse)):
        (night, _, published, rows), problem = _summarize_snapshot(warehouse, name, False)
        content = "damaged" if problem else f"night {night}, published {published} UTC, {rows or 0:,} rows"
        lines.append(f"{name}: {content}{'; readers see this one' if name == served else ''}")
    return lines


def _read_link(warehouse: Path) -> tuple[str | None, list[str]]:
    """Return the name of the published snapshot, and the problems of the link."""
    try:
        return snapshots.current_snapshot(warehouse), []
    except BrokenHome as error:
        return None, [str(error)]


def _summarize_snapshot(warehouse: Path, name: str, is_thorough: bool) -> tuple[_Summary, str | None]:
    """Return the night, run, time and row count of a snapshot, and the damage or None."""
    try:
        with snapshots.open_snapshot(snapshots.snapshot_path(warehouse, name)) as con:
            summary = con.execute(_SNAPSHOT_SUMMARY).fetchone() or ("", "", "", None)
    except UnreadableFile as error:
        return ("", "", "", None), str(error)
    return summary, snapshots.find_damage(snapshots.snapshot_path(warehouse, name)) if is_thorough else None


def require_whole(warehouse: Path, snapshot: str) -> Path:
    """Return the file of a snapshot to publish; a damaged one is refused with the name of the newest whole one."""
    path = snapshots.find_snapshot(warehouse, snapshot)
    if snapshot == snapshots.CANDIDATE:
        raise Permanent("what a rebuild left was not audited; the same rebuild without --dry-run publishes it")
    if snapshot not in snapshots.list_snapshots(warehouse):
        cure = snapshots.format_command(warehouse, "adopt", str(path))
        raise BrokenHome(f"{path}: no publish made this file under this name; nothing was changed; run: {cure}")
    if problem := snapshots.find_damage(path):
        whole = snapshots.find_newest_whole(warehouse, except_for=snapshot)
        advice = f"the newest whole one is {whole}" if whole else "and no other is whole"
        raise DamagedFile(f"{snapshot} is damaged ({problem}); readers see what they saw before; {advice}")
    return path


def roll_back(warehouse: Path, snapshot: str, approved_on: str | None = None) -> None:
    """Publish another snapshot at once.

    `approved_on` is the snapshot that readers saw when a person approved: Permanent if they see another by now.
    """
    require_whole(warehouse, snapshot)
    with snapshots.writer_lock(warehouse):
        if approved_on is not None and (served := snapshots.current_snapshot(warehouse)) != approved_on:
            raise Permanent(
                f"readers see {served} by now, and it was approved to take {approved_on} back; nothing was changed; "
                "look at the difference again"
            )
        snapshots.point_link_to(warehouse, snapshot)


# -- comparing


class Comparison(NamedTuple):
    """Two snapshots to compare: all tables, or the rows of one table up to a limit; all nights, or one night."""

    before: str
    after: str
    table: str | None = None
    night: date | None = None
    limit: int = 20


def print_comparison(warehouse: Path, comparison: Comparison, console: Console) -> None:
    """Print the differences of two snapshots by table and cause, or the differing rows of one table."""
    before, after, table, night, limit = comparison
    old_file, new_file = (snapshots.find_snapshot(warehouse, name) for name in (before, after))
    if table is None:
        return print_difference(diff.compare_files(old_file, new_file, night), console)
    if table not in diff.list_compared_tables():
        raise Permanent(f"{table} is not compared; those that are: {', '.join(diff.list_compared_tables())}")
    for row in diff.list_row_changes(old_file, new_file, table, night, limit):
        _print_row(console, row)


def print_difference(difference: Difference, console: Console) -> None:
    """Print the differing nights and decisions, and the row counts of each table by cause."""
    if not difference.tables and not difference.columns:
        return print_line(console, "no row differs")
    if difference.nights:
        print_table(console, "Nights", ("night", "what", "run before", "run after"), _night_rows(difference.nights))
    _print_lines(console, "Decisions", difference.decisions, SHOWN_DECISIONS)
    _print_lines(console, "Columns that only one has, and that are not compared", difference.columns, SHOWN_DECISIONS)
    names = ("table", "rows before", "after", "nights", "added", "removed", "changed", "columns changed", "why")
    print_table(console, "Rows", names, _table_rows(difference))
    for table, rows in difference.examples.items():
        for row in rows:
            print_line(console, f"{table}: {format_row(row)}")


def _night_rows(nights: tuple[NightChange, ...]) -> Iterable[tuple[str, ...]]:
    for change in nights[:SHOWN_NIGHTS]:
        yield str(change.night), change.why, change.run_before or "", change.run_after or ""
    if len(nights) > SHOWN_NIGHTS:
        yield f"and {len(nights) - SHOWN_NIGHTS} more", "", "", ""


def group_by_cause(tables: Iterable[TableChange]) -> dict[tuple[str, str], list[TableChange]]:
    """Group the differences by table and reason."""
    grouped: dict[tuple[str, str], list[TableChange]] = {}
    for change in tables:
        grouped.setdefault((change.table, change.why), []).append(change)
    return grouped


def _table_rows(difference: Difference) -> Iterable[tuple[str, ...]]:
    """Yield a row for each table and reason, summed over nights."""
    for (table, why), changes in group_by_cause(difference.tables).items():
        before, after = (f"{rows:,}" for rows in difference.counts[table])
        nights = [str(change.night) for change in changes if change.night]
        span = nights[0] if len(nights) == 1 else f"{len(nights)}: {nights[0]} … {nights[-1]}" if nights else ""
        counts = (sum(getattr(change, kind) for change in changes) for kind in ("added", "removed", "changed"))
        yield table, before, after, span, *(f"{n:,}" if n else "" for n in counts), format_columns(changes), why


def format_columns(changes: Iterable[TableChange]) -> str:
    """Return the columns that differ, with the number of rows, the most frequent first."""
    sums: dict[str, int] = {}
    for name, count in (column for change in changes for column in change.columns):
        sums[name] = sums.get(name, 0) + count
    most = sorted(sums.items(), key=lambda column: (-column[1], column[0]))
    more = f", {len(most) - SHOWN_COLUMNS} more" if len(most) > SHOWN_COLUMNS else ""
    return ", ".join(f"{name} {count:,}" for name, count in most[:SHOWN_COLUMNS]) + more


def _print_row(console: Console, row: RowChange) -> None:
    print_line(console, f"{row.kind}: {_format_key(row)}")
    for name, values in _list_values(row):
        print_line(console, f"    {name}: {values}")


def format_row(row: RowChange) -> str:
    """Return a differing row on one line: the key, and the first columns that differ, those with words first."""
    values = sorted(_list_values(row), key=lambda value: "'" not in value[1] and '"' not in value[1])
    return f"{row.kind}: {_format_key(row)}; {'; '.join(f'{name}: {value}' for name, value in values[:SHOWN_COLUMNS])}"


def _format_key(row: RowChange) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.key.items())


def _list_values(row: RowChange) -> Iterable[tuple[str, str]]:
    """Yield each column that differs outside of the key, with its values before and after."""
    for name, (before, after) in row.values.items():
        if name not in row.key:
            values = (before, after) if row.kind == "changed" else (after if row.kind == "added" else before,)
            yield name, " → ".join(map(_truncate, values))


def _truncate(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"


def _print_lines(console: Console, title: str, lines: Sequence[str], most: int) -> None:
    if lines:
        print_line(console, "")
        print_line(console, title)
        for line in lines[:most]:
            print_line(console, f"  {line}")
        if len(lines) > most:
            print_line(console, f"  and {len(lines) - most} more")
