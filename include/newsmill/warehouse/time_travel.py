"""The snapshots as a person meets them: listed, gone back to, cleared away and compared."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from rich.console import Console

from newsmill.errors import BrokenHome, Damaged, Permanent, Unreadable
from newsmill.terminal import print_line, print_table
from newsmill.warehouse import diff, snapshots
from newsmill.warehouse.diff import Difference, NightChange, RowChange, TableChange

SHOWN_NIGHTS, SHOWN_DECISIONS, SHOWN_COLUMNS, SHOWN_CHARS = 30, 20, 3, 60
_TOLD = """
    SELECT CAST(night AS VARCHAR), run_id, strftime(published_at AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S'),
           list_sum(map_values(row_counts))
    FROM ops.snapshot WHERE is_current
"""


def listed(warehouse: Path, console: Console, is_thorough: bool = False) -> None:
    """Print the snapshots, the oldest first, with what each tells of itself; * is the one readers see.

    With `is_thorough` every row of each is read, which finds what opening a file does not.
    """
    served, ill = _published(warehouse)
    lines = []
    for name in snapshots.listing(warehouse):
        told, wrong = _told(warehouse, name, is_thorough)
        size = snapshots.path_of(warehouse, name).stat().st_size / 1e6
        night, run, published, rows = told
        shown = f"{rows:,}" if rows is not None else ""
        lines.append(
            ("*" if name == served else "", name, night, run, published, f"{size:,.1f}", "damaged" if wrong else shown)
        )
        ill += [f"{name}: {wrong}"] if wrong else []
    print_table(console, None, ("", "snapshot", "night", "run", "published (UTC)", "MB", "rows"), lines)
    if served and not snapshots.path_of(warehouse, served).is_file():
        ill.append(f"{served}: it is the one served, and its file is gone; run: {snapshots.serve_command(warehouse)}")
    for line in ill:
        print_line(console, line, style="red")


def _published(warehouse: Path) -> tuple[str | None, list[str]]:
    """Return the name of the published snapshot, and what is wrong with the link to it."""
    try:
        return snapshots.current(warehouse), []
    except BrokenHome as error:
        return None, [str(error)]


def _told(warehouse: Path, name: str, is_thorough: bool) -> tuple[tuple, str | None]:
    """Return what a snapshot tells of itself, and what is wrong with it."""
    try:
        with snapshots.opened(snapshots.path_of(warehouse, name)) as con:
            told = con.execute(_TOLD).fetchone() or ("", "", "", None)
    except Unreadable as error:
        return ("", "", "", None), str(error)
    return told, snapshots.damage(snapshots.path_of(warehouse, name)) if is_thorough else None


def roll_back(warehouse: Path, snapshot: str) -> None:
    """Make readers see another snapshot, at once; one that is damaged is refused, with the newest that is whole."""
    path = snapshots.there(warehouse, snapshot)
    if snapshot == snapshots.CANDIDATE:
        raise Permanent("what a rebuild left was not audited; the same rebuild without --dry-run publishes it")
    if snapshot not in snapshots.listing(warehouse):
        cure = snapshots.command(warehouse, "adopt", str(path))
        raise BrokenHome(f"{path}: no publish made this file under this name; nothing was changed; run: {cure}")
    if wrong := snapshots.damage(path):
        whole = snapshots.newest_whole(warehouse, except_for=snapshot)
        told = f"the newest whole one is {whole}" if whole else "and no other is whole"
        raise Damaged(f"{snapshot} is damaged ({wrong}); readers see what they saw before; {told}")
    with snapshots.writer_lock(warehouse):
        snapshots.point_to(warehouse, snapshot)


# -- comparing


def compared(
    warehouse: Path,
    before: str,
    after: str,
    console: Console,
    table: str | None = None,
    night: date | None = None,
    limit: int = 20,
) -> None:
    """Print what differs between two snapshots by table and why, or the rows of one table that differ."""
    files = [snapshots.there(warehouse, name) for name in (before, after)]
    if table is None:
        return shown(diff.compare(*files, night), console)
    if table not in diff.names():
        raise Permanent(f"{table} is not compared; those that are: {', '.join(diff.names())}")
    for row in diff.rows(*files, table, night, limit):
        _print_row(console, row)


def shown(found: Difference, console: Console) -> None:
    """Print the nights and decisions that differ, and the rows of each table by why they do."""
    if not found.tables and not found.columns:
        return print_line(console, "no row differs")
    if found.nights:
        print_table(console, "Nights", ("night", "what", "run before", "run after"), _of_nights(found.nights))
    _lines(console, "Decisions", found.decisions, SHOWN_DECISIONS)
    _lines(console, "Columns that only one has, and that are not compared", found.columns, SHOWN_DECISIONS)
    names = ("table", "nights", "added", "removed", "changed", "columns changed", "why")
    print_table(console, "Rows", names, _of_tables(found.tables))


def _of_nights(nights: tuple[NightChange, ...]) -> Iterable[tuple]:
    for change in nights[:SHOWN_NIGHTS]:
        yield str(change.night), change.why, change.run_before or "", change.run_after or ""
    if len(nights) > SHOWN_NIGHTS:
        yield f"and {len(nights) - SHOWN_NIGHTS} more", "", "", ""


def _of_tables(tables: tuple[TableChange, ...]) -> Iterable[tuple]:
    """Yield a row for each table and reason, summed over nights."""
    grouped: dict[tuple[str, str], list[TableChange]] = {}
    for change in tables:
        grouped.setdefault((change.table, change.why), []).append(change)
    for (table, why), changes in grouped.items():
        nights = [str(change.night) for change in changes if change.night]
        told = nights[0] if len(nights) == 1 else f"{len(nights)}: {nights[0]} … {nights[-1]}" if nights else ""
        counts = (sum(getattr(change, kind) for change in changes) for kind in ("added", "removed", "changed"))
        yield table, told, *(f"{n:,}" if n else "" for n in counts), _columns(changes), why


def _columns(changes: list[TableChange]) -> str:
    sums: dict[str, int] = {}
    for name, count in (told for change in changes for told in change.columns):
        sums[name] = sums.get(name, 0) + count
    most = sorted(sums.items(), key=lambda told: (-told[1], told[0]))
    more = f", {len(most) - SHOWN_COLUMNS} more" if len(most) > SHOWN_COLUMNS else ""
    return ", ".join(f"{name} {count:,}" for name, count in most[:SHOWN_COLUMNS]) + more


def _print_row(console: Console, row: RowChange) -> None:
    key = ", ".join(f"{name} {value}" for name, value in row.key.items())
    print_line(console, f"{row.kind}: {key}")
    for name, (before, after) in row.values.items():
        if name not in row.key:
            told = (before, after) if row.kind == "changed" else (after if row.kind == "added" else before,)
            print_line(console, f"    {name}: {' → '.join(map(_cut, told))}")


def _cut(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"


def _lines(console: Console, title: str, lines: tuple[str, ...], most: int) -> None:
    if lines:
        print_line(console, "")
        print_line(console, title)
        for line in lines[:most]:
            print_line(console, f"  {line}")
        if len(lines) > most:
            print_line(console, f"  and {len(lines) - most} more")
