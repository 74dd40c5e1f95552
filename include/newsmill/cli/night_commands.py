"""Commands to run nights: `night`, `report` and `rebuild`."""

import argparse
import os
from datetime import date

from rich.console import Console

from newsmill import history, holds, night, rebuild, settings
from newsmill.cli.arguments import (
    Commands,
    add_author_options,
    add_command,
    add_jobs_option,
    add_night_argument,
    get_author,
    parse_date,
    parse_nights,
    parse_seconds,
    parse_share,
    resolve_source,
    widen_console,
)
from newsmill.runs import MAX_REJECT_SHARE, Run, new_run_id
from newsmill.terminal import print_line, print_lines
from newsmill.warehouse import run_report


def add_night(commands: Commands) -> None:
    """Register `night`."""
    meaning = "run one night: fetch, read, learn, clean, dedupe, extract, check, load, audit, publish"
    parser = add_command(commands, "night", run_night, meaning)
    add_night_argument(parser)
    parser.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="PATH",
        help="a file, folder or pattern to fetch, instead of all sources of sources.toml; may be repeated",
    )
    parser.add_argument(
        "--dump",
        action="append",
        default=[],
        metavar="NAME",
        help="fetch only the dump of this source in sources.toml; may be repeated",
    )
    parser.add_argument(
        "--content",
        choices=("page", "article"),
        default="page",
        help="content of --source: scraped pages, or main text from which nothing is cut (default: page)",
    )
    parser.add_argument(
        "--max-reject-share",
        type=parse_share,
        default=MAX_REJECT_SHARE,
        metavar="S",
        help="share of the records of --source that may be unreadable before the night stops (default: %(default)s)",
    )
    dry_help = "work on a copy of the home, publish nothing, and print what would change"
    parser.add_argument("--dry-run", action="store_true", help=dry_help)
    _add_hold_options(parser)
    add_jobs_option(parser)
    _add_limit_options(parser)
    parser.add_argument(
        "--learned",
        type=parse_date,
        metavar="DATE",
        help="clean with the boilerplate learned up to this night, as when repeating an old night "
        "(default: the night itself)",
    )


def _add_hold_options(parser: argparse.ArgumentParser) -> None:
    hold_help = f"warnings that hold the publish, such as volume_ratio,silent_nights, or all (default: {settings.HOLD})"
    parser.add_argument(
        "--hold", type=holds.parse_names, default=os.environ.get(settings.HOLD, ""), metavar="NAMES", help=hold_help
    )
    parser.add_argument("--approve", action="store_true", help="publish in spite of these warnings, and record who did")
    add_author_options(parser, is_required=False)


def _add_limit_options(parser: argparse.ArgumentParser) -> None:
    defaults = settings.read()
    parser.add_argument(
        "--document-seconds",
        type=parse_seconds,
        default=defaults.document_seconds,
        metavar="S",
        help="most seconds of a step for one document; a slower document is rejected (0: no limit; %(default)s)",
    )
    parser.add_argument(
        "--step-seconds",
        type=parse_seconds,
        default=defaults.step_seconds,
        metavar="S",
        help="most seconds of a step for one part, or for the whole night (0: no limit; %(default)s)",
    )


def run_night(args: argparse.Namespace, console: Console) -> None:
    """Run a night with the progress on `console`, then print the report on standard output."""
    run = Run(
        args.home.resolve(),
        args.date,
        new_run_id(args.date, "manual"),
        "manual",
        tuple(args.dump),
        tuple(resolve_source(source) for source in args.source),
        args.content,
        max_reject_share=args.max_reject_share,
        learned=args.learned,
        document_seconds=args.document_seconds,
        step_seconds=args.step_seconds,
    )
    if args.dry_run:
        return print_lines(widen_console(Console()), night.try_night(run, args.jobs, console))
    author = get_author(args) if args.approve else None
    night.run_night(run, args.jobs, console, lambda run: holds.require_approval(run, args.hold, author))
    return run_report.print_report(run.home, widen_console(Console()), args.date)


def add_report(commands: Commands) -> None:
    """Register `report`."""
    parser = add_command(commands, "report", print_report, "print counts of pages read, rejected and loaded")
    parser.add_argument("--night", type=parse_date, metavar="DATE", help="only this night")


def print_report(args: argparse.Namespace, console: Console) -> None:
    """Print the report of all nights, or of a single night."""
    run_report.print_report(args.home, console, args.night)


def add_rebuild(commands: Commands) -> None:
    """Register `rebuild`."""
    meaning = "repeat nights from a step on with the current rules, and compare"
    parser = add_command(commands, "rebuild", run_rebuild, meaning)
    work = parser.add_mutually_exclusive_group(required=True)
    step_help = "a step of a night, from read to load"
    work.add_argument("--from", dest="step", metavar="STEP", help=step_help)
    work.add_argument("--discard", action="store_true", help="remove the unpublished results of rebuilds and dry runs")
    parser.add_argument(
        "--nights", type=parse_nights, metavar="A..B", help="only these nights (default: all published)"
    )
    parser.add_argument("--stale", action="store_true", help="only nights made with other rules or models")
    parser.add_argument("--dry-run", action="store_true", help="publish nothing; keep the result as `candidate`")
    plan_help = "publish only if nothing has changed since the dry run that printed this plan"
    parser.add_argument("--plan", metavar="PLAN", help=plan_help)
    add_author_options(parser, is_required=False)
    add_jobs_option(parser)


def run_rebuild(args: argparse.Namespace, console: Console) -> None:
    """Rebuild nights with the progress on `console` and the comparison on standard output."""
    home, output = args.home.resolve(), widen_console(Console())
    if args.discard:
        return print_line(output, "removed" if rebuild.discard(home) else "there is nothing to remove")
    first, last = args.nights or (date.min, date.max)
    request = rebuild.RebuildRequest(home, args.step, first, last, args.stale, approved_plan=args.plan)
    if args.dry_run:
        rebuild.rebuild(request, True, args.jobs, console, output)
    else:
        history.publish_rebuild(request, get_author(args), args.jobs, console, output)
    return None
