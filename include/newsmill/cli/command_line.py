"""Run nights without Airflow and look after the home folder: `newsmill --help`."""

import argparse
import sys

from rich.console import Console

from newsmill.cli import (
    decision_commands,
    document_commands,
    night_commands,
    snapshot_commands,
    source_commands,
    warehouse_commands,
)
from newsmill.cli.arguments import widen_console
from newsmill.errors import NewsmillError

PROGRESS_ON_STDERR = (night_commands.run_night, night_commands.run_rebuild)
"""Commands with a result on standard output, and therefore with progress on standard error."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return the exit code: 0 done, 1 failed, 2 misused, 130 interrupted."""
    try:
        args = make_parser().parse_args(arguments)
        args.command(args, widen_console(Console(stderr=args.command in PROGRESS_ON_STDERR)))
    except NewsmillError as error:
        print(f"newsmill: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        message = "newsmill: stopped; the published warehouse is unchanged, and the night can be run again"
        print(message, file=sys.stderr)
        return 130
    return 0


def make_parser() -> argparse.ArgumentParser:
    """Build the parser of all commands, in the order of the help text."""
    parser = argparse.ArgumentParser(
        prog="python -m newsmill",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    night_commands.add_night(commands)
    night_commands.add_report(commands)
    source_commands.add_sources(commands)
    source_commands.add_forget(commands)
    decision_commands.add_boilerplate(commands)
    decision_commands.add_entities(commands)
    warehouse_commands.add_readers(commands)
    snapshot_commands.add_snapshots(commands)
    night_commands.add_rebuild(commands)
    warehouse_commands.add_export(commands)
    warehouse_commands.add_ducklake(commands)
    document_commands.add_doctor(commands)
    document_commands.add_documents(commands)
    return parser


_EXAMPLES = """\
examples:
  python -m newsmill night 2026-03-02
  python -m newsmill night 2026-03-02 --source dumps/tonight.jsonl.gz --content article --home /tmp/trial
  python -m newsmill sources check harbor-wire --night 2026-03-02
  python -m newsmill report
"""
