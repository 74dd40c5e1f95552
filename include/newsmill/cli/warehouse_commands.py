"""Commands to read, copy or share the warehouse: `cite`, `sql`, `export` and `ducklake`."""

import argparse
import os
from pathlib import Path

from rich.console import Console

from newsmill import citations, settings
from newsmill.cli.arguments import Commands, add_command, add_snapshot_option, parse_count, parse_nights
from newsmill.errors import Permanent
from newsmill.progress import StepProgress
from newsmill.terminal import print_line
from newsmill.warehouse import ducklake, exports, sql_shell


def add_readers(commands: Commands) -> None:
    """Register `cite` and `sql`."""
    meaning = "show the source lines of a warehouse row, read again from the landed dumps"
    parser = add_command(commands, "cite", cite, meaning)
    parser.add_argument("table", metavar="TABLE", help="its table, as fact_quote or dw.fact_quote")
    parser.add_argument("key", type=int, metavar="KEY", help="its key, as quote_key or text_block_key")
    add_snapshot_option(parser)
    parser = add_command(commands, "sql", open_shell, "open a read-only DuckDB shell on the warehouse")
    add_snapshot_option(parser)
    arguments_help = "for the shell, as -- -c 'FROM dw.dim_date'"
    parser.add_argument("arguments", nargs="*", metavar="ARGUMENT", help=arguments_help)


def cite(args: argparse.Namespace, console: Console) -> None:
    """Print the citation of a row."""
    for line in citations.print_citations(args.home, args.table, args.key, args.snapshot):
        print_line(console, line)


def open_shell(args: argparse.Namespace, console: Console) -> None:
    """Replace the process by a DuckDB shell."""
    command = sql_shell.shell_command(args.home, args.snapshot, args.arguments)
    os.execv(command[0], command)


def add_export(commands: Commands) -> None:
    """Register `export`."""
    parser = add_command(commands, "export", export, "copy tables and marts to Parquet, CSV or Arrow files")
    tables_help = "such as dw.fact_quote or mart.who_said_what, or all"
    parser.add_argument("tables", nargs="+", metavar="TABLE", help=tables_help)
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="an export there is replaced")
    parser.add_argument("--format", choices=exports.FORMATS, default="parquet", help="(default: %(default)s)")
    parser.add_argument("--partition-by", choices=("night",), help="a folder for each night, in tables with nights")
    parser.add_argument("--night", type=parse_nights, metavar="A..B", help="only these nights, or one as YYYY-MM-DD")
    add_snapshot_option(parser)


def export(args: argparse.Namespace, console: Console) -> None:
    """Export tables, and print the size of each."""
    folder, by_night = args.to.expanduser().resolve(), args.partition_by == "night"
    order = exports.ExportRequest(tuple(args.tables), folder, args.format, by_night, args.night, args.snapshot)
    with StepProgress(console) as steps:
        tasks = []
        manifest = exports.export(
            args.home / "warehouse",
            order,
            begin=lambda names: tasks.append(steps.begin("export", len(names))),
            done=lambda name, rows: steps.advance(tasks[0]),
        )
    for table in manifest["tables"]:
        size = sum(file["bytes"] for file in table["files"])
        print_line(console, f"{table['name']}: {table['rows']:,} rows, {size:,} bytes")
    hint = f"{exports.MANIFEST} there describes every file and column"
    print_line(console, f"{manifest['snapshot']} is in {order.to}; {hint}")


# -- a shared warehouse ------------------------------------------------------------------------------------------------


def add_ducklake(commands: Commands) -> None:
    """Register `ducklake` with all actions."""
    parser = add_command(commands, "ducklake", list_shared_states, "list, roll back or tidy a shared warehouse")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    meaning = "list the kept states and how to attach; * is the published one"
    add_command(actions, "list", list_shared_states, meaning)
    meaning = "restore the shared warehouse to a snapshot, for all machines"
    action = add_command(actions, "rollback", roll_back_shared, meaning)
    action.add_argument("snapshot", metavar="SNAPSHOT", help="its name, as listed by `ducklake list`")
    action = add_command(actions, "tidy", tidy_shared, "remove old states, merge small files, remove unused files")
    keep_help = "states to keep (default: %(default)s)"
    action.add_argument("--keep", type=parse_count, default=7, metavar="N", help=keep_help)
    action.add_argument(
        "--unused-hours",
        type=float,
        default=ducklake.UNUSED_HOURS,
        metavar="H",
        help="remove only files unused for so long, because a reader may still have them open (default: %(default)s)",
    )


def _require_shared() -> ducklake.SharedWarehouse:
    shared = ducklake.shared_warehouse(settings.read())
    if shared is None:
        raise Permanent("the warehouse is a local file; to share it set NEWSMILL_WAREHOUSE: docs/ducklake.md")
    return shared


def list_shared_states(args: argparse.Namespace, console: Console) -> None:
    """Print the states of the shared warehouse."""
    shared = _require_shared()
    versions = ducklake.list_versions(shared)
    for version in versions:
        mark = "*" if version is versions[-1] else " "
        print_line(console, f"{mark} {version.snapshot}  {version.how} {version.at} UTC  (version {version.number})")
    print_line(console, f"readers: {shared.attach}")


def roll_back_shared(args: argparse.Namespace, console: Console) -> None:
    """Restore the shared warehouse to a snapshot."""
    ducklake.roll_back(_require_shared(), args.snapshot)
    print_line(console, f"readers see {args.snapshot} from now on")


def tidy_shared(args: argparse.Namespace, console: Console) -> None:
    """Remove old states and unused files of the shared warehouse."""
    removed = ducklake.expire_versions(_require_shared(), args.keep, args.unused_hours)
    print_line(console, f"removed: {', '.join(removed) or 'none'}")
