"""Commands to list, roll back, repair, remove and compare snapshots of the warehouse."""

import argparse
from pathlib import Path

from rich.console import Console

from newsmill import history, settings
from newsmill.cli.arguments import Commands, add_author_options, add_command, get_author, parse_count, parse_date
from newsmill.lake import Lake
from newsmill.terminal import print_line
from newsmill.warehouse import ducklake, publish, repair, time_travel


def add_snapshots(commands: Commands) -> None:
    """Register `snapshots` with all actions."""
    meaning = "list the snapshots, go back to one, compare or remove them"
    parser = add_command(commands, "snapshots", list_snapshots, meaning)
    actions = parser.add_subparsers(metavar="list|rollback|serve|adopt|accept-loss|prune|diff")
    action = add_command(
        actions, "list", list_snapshots, "list the kept snapshots of the warehouse; * is the published"
    )
    action.add_argument("--check", action="store_true", help="read every row of each snapshot, to find damaged blocks")
    _add_repairs(actions)
    action = add_command(actions, "prune", prune_snapshots, "remove all but the newest snapshots and the published one")
    action.add_argument("--keep", type=parse_count, metavar="N", required=True, help="how many to keep")
    _add_diff(actions)


def _add_repairs(actions: Commands) -> None:
    name_help = "its name, as listed by `snapshots list`"
    for name, meaning in (
        ("rollback", "publish another snapshot, at once"),
        ("serve", "publish a kept snapshot, where the link is missing or wrong"),
    ):
        action = add_command(actions, name, roll_back, meaning)
        action.add_argument("snapshot", metavar="NAME", help=name_help)
        action.add_argument("--dry-run", action="store_true", help="show what it would change, and publish nothing")
        add_author_options(action, is_required=False)
    action = add_command(actions, "adopt", adopt_file, "make a warehouse file a snapshot of this home, and publish it")
    action.add_argument(
        "file", type=Path, metavar="FILE", help="stays in place, unless its path is that of the link: then moved"
    )
    meaning = "continue although the lake or landed dumps of published nights are lost"
    add_command(actions, "accept-loss", accept_loss, meaning)


def _add_diff(actions: Commands) -> None:
    meaning = "list the rows that differ between two snapshots, by table, with the cause"
    action = add_command(actions, "diff", diff_snapshots, meaning)
    action.add_argument("before", metavar="A", help="the earlier snapshot")
    action.add_argument("after", metavar="B", help="the later snapshot; `candidate` is the result of a rebuild")
    action.add_argument("--table", metavar="TABLE", help="show the rows themselves, as of dw.fact_quote")
    action.add_argument("--night", type=parse_date, metavar="DATE", help="only rows of this night")
    limit_help = "how many rows to show (default: 20)"
    action.add_argument("--limit", type=parse_count, default=20, metavar="N", help=limit_help)


def list_snapshots(args: argparse.Namespace, console: Console) -> None:
    """Print the kept snapshots; with `--check`, read each snapshot whole."""
    time_travel.print_snapshots(args.home / "warehouse", console, getattr(args, "check", False))


def roll_back(args: argparse.Namespace, console: Console) -> None:
    """Publish another kept snapshot, or show what would change."""
    home = args.home.resolve()
    if args.dry_run:
        time_travel.require_whole(home / "warehouse", args.snapshot)
        served = history.find_served(home)
        if served is None:
            return print_line(console, f"readers see no snapshot now; they would see {args.snapshot}")
        comparison = time_travel.Comparison(served, args.snapshot)
        return time_travel.print_comparison(home / "warehouse", comparison, console)
    history.roll_back(home, args.snapshot, get_author(args))
    return print_line(console, f"readers now see {args.snapshot}")


def adopt_file(args: argparse.Namespace, console: Console) -> None:
    """Publish a warehouse file as a snapshot."""
    name = repair.adopt_file(args.home.resolve(), args.file.expanduser().absolute())
    print_line(console, f"readers now see {name}")


def accept_loss(args: argparse.Namespace, console: Console) -> None:
    """Record the accepted loss of parts of published nights."""
    lost = repair.accept_loss(args.home.resolve())
    print_line(console, f"accepted as lost: {', '.join(lost) or 'nothing'}; nights run again")


def prune_snapshots(args: argparse.Namespace, console: Console) -> None:
    """Remove old snapshots."""
    home, shared = args.home.resolve(), ducklake.shared_warehouse(settings.read())
    removed = publish.prune_snapshots(home / "warehouse", Lake(home / "lake"), args.keep, shared)
    print_line(console, f"removed: {', '.join(removed) or 'nothing'}")


def diff_snapshots(args: argparse.Namespace, console: Console) -> None:
    """Print the differences between two snapshots."""
    warehouse = args.home / "warehouse"
    comparison = time_travel.Comparison(args.before, args.after, args.table, args.night, args.limit)
    time_travel.print_comparison(warehouse, comparison, console)
