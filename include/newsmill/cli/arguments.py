"""Shared parts of the command line: registration of a command, common options, and parsers of argument values."""

import argparse
import getpass
import os
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeAlias

from rich.console import Console

from newsmill import night, settings
from newsmill.decisions import NO_REASON, Author

Command = Callable[[argparse.Namespace, Console], None]
"""A function that runs a command with parsed arguments, and writes to a console."""
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""The commands of a parser, or the actions of a command, as returned by `add_subparsers`."""
FILE_WIDTH = 160
"""Columns of a console without a terminal: wide enough to keep report tables whole in a file or a pipe."""


def add_command(commands: Commands, name: str, function: Command, meaning: str) -> argparse.ArgumentParser:
    """Register a command with help text and the option `--home`; return the parser."""
    parser = commands.add_parser(name, help=meaning, description=f"{meaning[0].upper()}{meaning[1:]}.")
    parser.set_defaults(command=function)
    parser.add_argument(
        "--home",
        type=Path,
        default=settings.read().home,
        help="folder of landing, lake and warehouse (default: %(default)s)",
    )
    return parser


def add_night_argument(parser: argparse.ArgumentParser) -> None:
    """Add the night as a positional argument."""
    parser.add_argument("date", type=parse_date, metavar="DATE", help="the night, as YYYY-MM-DD")


def add_jobs_option(parser: argparse.ArgumentParser) -> None:
    """Add the number of worker processes."""
    parser.add_argument(
        "--jobs",
        type=parse_count,
        default=night.count_processors(),
        metavar="N",
        help="concurrent processes (default: the processors of this machine)",
    )


def add_snapshot_option(parser: argparse.ArgumentParser) -> None:
    """Add the choice of a kept snapshot; the default is the published snapshot."""
    help_text = "a snapshot, as listed by `snapshots` (default: the published one)"
    parser.add_argument("--snapshot", metavar="NAME", help=help_text)


def add_author_options(parser: argparse.ArgumentParser, is_required: bool = True) -> None:
    """Add the author and the reason of a decision."""
    by, because = (None, None) if is_required else (find_user(), NO_REASON)
    parser.add_argument("--by", required=is_required, default=by, metavar="NAME", help=_with_default("who decides", by))
    parser.add_argument(
        "--because", required=is_required, default=because, metavar="TEXT", help=_with_default("why", because)
    )


def _with_default(meaning: str, default: str | None) -> str:
    return f"{meaning} (default: %(default)s)" if default else meaning


def find_user() -> str:
    """Return the name of the user of this process; the number of one without a name, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def get_author(args: argparse.Namespace) -> Author:
    """Return the author and the reason of a decision."""
    return Author(args.by, args.because)


def widen_console(console: Console) -> Console:
    """Widen a console without a terminal, to keep lines whole."""
    if not console.is_terminal:
        console.width = FILE_WIDTH
    return console


# -- parsers of values -------------------------------------------------------------------------------------------------


def parse_date(text: str) -> date:
    """Parse an ISO date."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write YYYY-MM-DD") from error


def parse_nights(text: str) -> tuple[date, date]:
    """Parse `A..B` or a single date as the first and last night of a range."""
    start, _, end = text.partition("..")
    nights = parse_date(start), parse_date(end or start)
    if nights[0] > nights[1]:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins; write the earlier night first")
    return nights


def parse_share(text: str) -> float:
    """Parse a share from 0 to 1, or in percent."""
    try:
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share; write a number from 0 to 1, or percent: 0.2, 20%")
    return share


def parse_block_hash(text: str) -> str:
    """Check the form of a block_hash."""
    if not re.fullmatch("[0-9a-f]{16}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a block_hash; it has 16 of 0-9 and a-f")
    return text


def parse_count(text: str) -> int:
    """Parse a whole number from 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def parse_seconds(text: str) -> float:
    """Parse a number of seconds; 0 means no limit."""
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds; write 20 or 0.5, or 0 for no limit")
    return float(text)


def resolve_source(source: str) -> str:
    """Make a path of the command line absolute from the current folder; return an address unchanged."""
    return (
        source
        if "://" in source or source.startswith(("{env:", "{conn:"))
        else str(Path(source).expanduser().absolute())
    )
