"""Commands on sources and their dumps: `sources list`, `sources check`, `sources fetch`, `forget` and `retire`."""

import argparse
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from newsmill import landing, settings
from newsmill.cli.arguments import Commands, add_command, add_night_argument, parse_date
from newsmill.errors import Permanent
from newsmill.landing import Dump
from newsmill.progress import FetchProgress
from newsmill.readers import bundles
from newsmill.relations import PAGES, rejected
from newsmill.runs import Run, new_run_id
from newsmill.sources import catalog, fetch, locations, stores
from newsmill.sources.paths import FileAccess
from newsmill.terminal import print_line
from newsmill.warehouse import ducklake, retention

SAMPLE_BYTES = 32 * 1024 * 1024
"""Bytes to read of a file for the first page, as many as a batch has. Half may cut a large record, twice only waits."""
SHOWN_FILES, SHOWN_LINES, LINE_CHARS = 20, 8, 110


def add_sources(commands: Commands) -> None:
    """Register `sources` with all actions."""
    parser = add_command(commands, "sources", list_sources, "list the sources of sources.toml, check or fetch one")
    actions = parser.add_subparsers(metavar="list|check|fetch")
    add_command(actions, "list", list_sources, "list the sources of sources.toml")
    meaning = "list the files of a source for a night, and show the first page as read"
    action = add_command(actions, "check", check_source, meaning)
    _add_dump_name(action)
    night_help = "the night, as YYYY-MM-DD (default: today, in UTC)"
    action.add_argument("--night", type=parse_date, metavar="DATE", help=night_help)
    action = add_command(actions, "fetch", fetch_source, "copy the dump of a night into the landing folder")
    _add_dump_name(action)
    action.add_argument("--night", type=parse_date, metavar="DATE", required=True, help="the night, as YYYY-MM-DD")


def _add_dump_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="its name in sources.toml")


def add_forget(commands: Commands) -> None:
    """Register `forget`."""
    parser = add_command(commands, "forget", forget_dump, "remove a dump that landed by mistake from a night")
    add_night_argument(parser)
    parser.add_argument("dump", metavar="DUMP", help="its name in the landing folder of the night")


def add_retire(commands: Commands) -> None:
    """Register `retire`."""
    meaning = "remove landed files of old nights that no kept snapshot holds"
    parser = add_command(commands, "retire", retire_landings, meaning)
    parser.epilog = (
        "Facts are read back from landed files, so those of a night in any kept snapshot stay, however old. "
        "Removed files count as new again where a source takes new files only."
    )
    parser.add_argument("--before", type=parse_date, required=True, metavar="DATE", help="only nights before this one")
    parser.add_argument("--dry-run", action="store_true", help="list the nights, and remove nothing")


def retire_landings(args: argparse.Namespace, console: Console) -> None:
    """Remove landed files, or list the nights."""
    work = retention.list_retirable if args.dry_run else retention.retire_landings
    nights = work(args.home.resolve(), args.before, ducklake.shared_warehouse(settings.read()))
    print_line(console, f"{'to remove' if args.dry_run else 'removed'}: {', '.join(map(str, nights)) or 'nothing'}")


def list_sources(args: argparse.Namespace, console: Console) -> None:
    """Print name, location, format and content of every source."""
    for dump in catalog.catalog(settings.read().sources).values():
        location = dump.location if dump.list == "files" else f"{dump.location} ({dump.list}: {dump.pattern or 'all'})"
        line = Text.assemble((dump.name, "bold"), f"  {location}  ({dump.format}, {dump.content})")
        print_line(console, line)


def check_source(args: argparse.Namespace, console: Console) -> None:
    """Print the files planned and skipped for a night, and the first page; Permanent without any file."""
    dump, run = _find_dump(args.name), _make_run(args, "check")
    planned, skipped = fetch.plan_fetch(run, dump, settings.read().root)
    location = stores.redacted_location(dump, run.night, FileAccess(settings.read().root, run.home))
    print_line(console, f"{dump.name}: {len(planned)} files at {location} for the night {run.night}")
    for outcome, count in Counter(file.status for file in planned).most_common():
        print_line(console, f"  {count} {outcome}")
    for file in [file for file in planned if file.status != "landed"][:SHOWN_FILES]:
        size = file.offer.version.size
        print_line(
            console, f"  {file.status}: {file.offer.name}, {'size unknown' if size is None else f'{size:,} bytes'}"
        )
    for skipped_file in [file for file in skipped if file.reason != "hidden"][:SHOWN_FILES]:
        print_line(console, f"  skipped: {skipped_file.detail}")
    if not planned:
        hint = "; for another night give --night DATE" if locations.is_dated(dump) else ""
        raise Permanent(f"{dump.name}: nothing at {location}{hint}, or correct the location ({dump.location})")
    _show_page(console, run, dump, next((file for file in planned if file.status == "new"), planned[0]))


def _show_page(console: Console, run: Run, dump: Dump, planned: fetch.PlannedFile) -> None:
    """Read the beginning of a file in a temporary home, and print the first page."""
    with TemporaryDirectory() as home:
        trial = replace(run, home=Path(home))
        file = fetch.fetch_sample(trial, dump, settings.read().root, planned.offer, SAMPLE_BYTES)
        (batch,) = landing.list_batches(trial)
        bundles.read_batch(trial, batch)
        pages = trial.lake.read(PAGES, trial.night).slice(0, 1).to_pylist()
        rejects = trial.lake.read(rejected("read"), trial.night).to_pylist()
    part = "" if file.size < SAMPLE_BYTES else f" (its first {SAMPLE_BYTES:,} bytes)"
    if not pages:
        reasons = "; ".join(row["detail"] for row in rejects[:3]) or "it holds no page"
        raise Permanent(f"{dump.name}: no page could be read from {planned.shown}{part}: {reasons}")
    print_line(console, f"the first page of {planned.offer.name}{part}:")
    _print_page(console, pages[0])


def _print_page(console: Console, page: dict) -> None:
    for name, value in (
        ("title", page["declared_title"]),
        ("url", page["url"]),
        ("date", page["declared_published_at"]),
        ("publisher", page["name"]),
        ("encoding", page["encoding"]),
    ):
        print_line(console, f"  {name}: {value or 'unknown'}")
    for line in [line for line in page["page_text"].splitlines() if line.strip()][:SHOWN_LINES]:
        print_line(console, f"  | {line[:LINE_CHARS]}")


def fetch_source(args: argparse.Namespace, console: Console) -> None:
    """Fetch the dump of a source for a night, and print counts and the first rejected files."""
    dump, run = _find_dump(args.name), _make_run(args, "manual")
    with FetchProgress(console, dump.name) as progress:
        receipt = fetch.fetch(run, dump, settings.read().root, progress=progress)
    counts = f"{receipt.rows_out} files landed, {receipt.bytes:,} bytes new, {receipt.rejected} rejected"
    print_line(console, f"{dump.name}: {counts}")
    for row in run.lake.read(rejected("fetch"), run.night, dump.name).to_pylist()[:SHOWN_FILES]:
        print_line(console, f"  {row['reason']}: {row['detail']}")
    if receipt.rejected > SHOWN_FILES:
        rest = receipt.rejected - SHOWN_FILES
        print_line(console, f"  and {rest} more; all are in {run.lake.root / 'rejected_fetch'}")


def _find_dump(name: str) -> Dump:
    file = settings.read().sources
    listed = catalog.catalog(file)
    if name not in listed:
        raise Permanent(f"{file} lists no source {name}; it lists {', '.join(listed)}")
    return listed[name]


def _make_run(args: argparse.Namespace, kind: str) -> Run:
    night = args.night or datetime.now(UTC).date()
    return Run(args.home.resolve(), night, new_run_id(night, kind), kind)


def forget_dump(args: argparse.Namespace, console: Console) -> None:
    """Remove the landed files of a dump from a night."""
    landing.remove_dump(Run(args.home.resolve(), args.date, ""), args.dump)
    print_line(console, f"{args.dump} is removed from the night {args.date}; run that night again")
