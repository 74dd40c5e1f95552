"""The same night without Airflow, and the housekeeping around it: `python -m newsmill --help`."""

import argparse
import sys
from datetime import date
from pathlib import Path

from rich.console import Console

from newsmill import landing, night, settings
from newsmill.errors import NewsmillError
from newsmill.runs import Run, new_run_id
from newsmill.sources import catalog
from newsmill.warehouse import dictionary, snapshots
from newsmill.warehouse.report import report


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; return the exit code: 0 done, 1 failed, 2 misused."""
    try:
        told = _parser().parse_args(arguments)
        told.verb(told, _wide(Console(stderr=told.verb is _night)))
    except NewsmillError as error:
        print(f"newsmill: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "newsmill: stopped; what was published before still stands, and the night can be run again", file=sys.stderr
        )
        return 130
    return 0


def _wide(console: Console) -> Console:
    """Leave lines whole where no terminal would break them."""
    if not console.is_terminal:
        console.width = 160
    return console


def _night(told: argparse.Namespace, console: Console) -> None:
    places = tuple(_absolute(source) for source in told.source)
    run = Run(
        told.home.resolve(),
        told.date,
        new_run_id(told.date, "manual"),
        "manual",
        tuple(told.dump),
        places,
        told.content,
    )
    night.run_night(run, told.jobs, console)
    report(run.home, _wide(Console()), told.date)


def _report(told: argparse.Namespace, console: Console) -> None:
    report(told.home, console, told.night)


def _sources(told: argparse.Namespace, console: Console) -> None:
    for dump in catalog.catalog(settings.read().sources).values():
        console.print(f"[bold]{dump.name}[/bold]  {dump.location}  ({dump.format}, {dump.content})", highlight=False)


def _forget(told: argparse.Namespace, console: Console) -> None:
    landing.forget(Run(told.home.resolve(), told.date, ""), told.dump)
    console.print(f"{told.dump} is out of the night {told.date}; run that night again", highlight=False)


def _snapshots(told: argparse.Namespace, console: Console) -> None:
    warehouse = told.home / "warehouse"
    served = snapshots.current(warehouse)
    for name in snapshots.listing(warehouse):
        size = snapshots.path_of(warehouse, name).stat().st_size / 1e6
        console.print(f"{'*' if name == served else ' '} {name}  {size:,.1f} MB", highlight=False)


def _rollback(told: argparse.Namespace, console: Console) -> None:
    warehouse = told.home / "warehouse"
    with snapshots.writer_lock(warehouse):
        snapshots.point_to(warehouse, told.snapshot)
    console.print(f"readers now see {told.snapshot}", highlight=False)


def _dictionary(told: argparse.Namespace, console: Console) -> None:
    told.out.write_text(dictionary.markdown(), encoding="utf8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m newsmill",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    verb = _verb(
        verbs, "night", _night, "run one night: fetch, read, clean, dedupe, extract, check, load, audit, publish"
    )
    verb.add_argument("date", type=_date, metavar="DATE", help="the night, as YYYY-MM-DD")
    verb.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="PATH",
        help="a file, folder or pattern to fetch, instead of all dumps of sources.toml; may be repeated",
    )
    verb.add_argument(
        "--dump",
        action="append",
        default=[],
        metavar="NAME",
        help="fetch only this dump of sources.toml; may be repeated",
    )
    verb.add_argument(
        "--content",
        choices=("page", "article"),
        default="page",
        help="what --source holds: scraped pages, or main text from which nothing is cut (default: page)",
    )
    verb.add_argument(
        "--jobs",
        type=_jobs,
        default=night.default_jobs(),
        metavar="N",
        help="processes at once (default: the processors of this machine)",
    )

    verb = _verb(verbs, "report", _report, "print what was read, turned away and loaded")
    verb.add_argument("--night", type=_date, metavar="DATE", help="only this night")

    verb = _verb(verbs, "sources", _sources, "list the dumps of sources.toml")
    verb = _verb(verbs, "forget", _forget, "take a dump that landed by mistake out of a night")
    verb.add_argument("date", type=_date, metavar="DATE", help="the night, as YYYY-MM-DD")
    verb.add_argument("dump", metavar="DUMP", help="its name in the landing folder of the night")
    verb = _verb(verbs, "snapshots", _snapshots, "list the kept snapshots of the warehouse; * is the one readers see")
    verb = _verb(verbs, "rollback", _rollback, "make readers see another snapshot, at once")
    verb.add_argument("snapshot", metavar="SNAPSHOT", help="its name, as `snapshots` lists it")
    verb = _verb(verbs, "dictionary", _dictionary, "write the data dictionary from the contracts")
    verb.add_argument("out", type=Path, metavar="FILE", help="the Markdown file to write")
    return parser


def _verb(verbs, name: str, function, meaning: str) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=meaning, description=meaning.capitalize() + ".")
    verb.set_defaults(verb=function)
    verb.add_argument(
        "--home",
        type=Path,
        default=settings.read().home,
        help="folder of landing, lake and warehouse (default: %(default)s)",
    )
    return verb


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write YYYY-MM-DD") from error


def _jobs(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes from 1")
    return int(text)


def _absolute(source: str) -> str:
    """Take a path given on the command line from where the user stands; an address stays as it is."""
    return source if "://" in source else str(Path(source).expanduser().absolute())


_EXAMPLES = """\
examples:
  python -m newsmill night 2026-03-02
  python -m newsmill night 2026-03-02 --source dumps/tonight.jsonl.gz --content article --home /tmp/trial
  python -m newsmill report
"""

if __name__ == "__main__":
    sys.exit(main())
