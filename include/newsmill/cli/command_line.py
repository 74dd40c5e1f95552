"""Run nights without Airflow and look after the home folder: `newsmill --help`."""

import argparse
import errno
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

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
from newsmill.errors import NewsmillError, Permanent
from newsmill.warehouse.home_format import require_known_format

PROGRESS_ON_STDERR = (night_commands.run_night, night_commands.run_rebuild, decision_commands.replay_nights)
"""Commands with a result on standard output, and therefore with progress on standard error."""
DONE, FAILED, INTERRUPTED, ENDED = 0, 1, 130, 143
"""The exit statuses other than 2 of argparse; a shell adds 128 to the number of the signal that ends a program."""
_STOPPED = "newsmill: stopped; the published warehouse is unchanged, and the night can be run again"


class Ended(KeyboardInterrupt):
    """The signal to end, SIGTERM, as a service manager or a container sends it."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return the exit status."""

    def run_command() -> None:
        args = make_parser().parse_args(arguments)
        with explain_errors(args.debug):
            if home := getattr(args, "home", None):
                require_known_format(home)
            args.command(args, widen_console(Console(stderr=args.command in PROGRESS_ON_STDERR)))

    return report_outcome(run_command)


def report_outcome(work: Callable[[], None]) -> int:
    """Do the work of a command, print the message of an error on standard error, and return the exit status."""
    try:
        work()
    except NewsmillError as error:
        print(f"newsmill: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt as stop:
        print(_STOPPED, file=sys.stderr)
        return ENDED if isinstance(stop, Ended) else INTERRUPTED
    return DONE


@contextmanager
def explain_errors(is_debug: bool = False) -> Iterator[None]:
    """Raise an unexpected error as Permanent with a message; with `is_debug` leave the error with its traceback."""
    try:
        yield
    except NewsmillError:
        raise
    except BrokenPipeError:  # the reader of the output has ended, such as head
        sys.stdout = None  # Python would try to write the rest
    except Exception as error:
        if is_debug:
            raise
        raise Permanent(describe_error(error)) from error


def describe_error(error: Exception) -> str:
    """Return the message for an error that newsmill does not expect: cause, file, what is safe and what to do."""
    if isinstance(error, MemoryError):
        cause, remedy = "the memory is full", "try fewer --jobs"
    elif isinstance(error, OSError) and error.strerror:
        files = [str(name) for name in (error.filename, error.filename2) if name]
        cause, remedy = ": ".join([*files, error.strerror]), _REMEDIES.get(error.errno or 0, "correct the cause")
    else:
        cause, remedy = f"an unexpected error, {type(error).__name__}: {error}", "report it with all lines"
    return f"{cause}; what is published is whole; {remedy}, then run it again; `newsmill --debug …` prints all lines"


_REMEDIES = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room on the disk",
    errno.EROFS: "mount the folder for writing, or name another with --home",
    errno.EACCES: "let this user read and write there, or name another folder with --home",
    errno.EPERM: "let this user read and write there, or name another folder with --home",
    errno.EMFILE: "allow more open files, as with `ulimit -n 4096`",
}


def end_by_signal(_number: int, _frame: FrameType | None) -> None:
    """End the command as an interrupt from the keyboard does: set as the handler of SIGTERM."""
    raise Ended


def make_parser() -> argparse.ArgumentParser:
    """Build the parser of all commands, in the order of the help text."""
    parser = argparse.ArgumentParser(
        prog="python -m newsmill",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--debug", action="store_true", help="print the traceback of an unexpected error")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    night_commands.add_night(commands)
    night_commands.add_report(commands)
    source_commands.add_sources(commands)
    source_commands.add_forget(commands)
    source_commands.add_retire(commands)
    decision_commands.add_boilerplate(commands)
    decision_commands.add_entities(commands)
    decision_commands.add_quarantine(commands)
    warehouse_commands.add_readers(commands)
    snapshot_commands.add_snapshots(commands)
    night_commands.add_rebuild(commands)
    warehouse_commands.add_export(commands)
    warehouse_commands.add_ducklake(commands)
    document_commands.add_verify(commands)
    document_commands.add_doctor(commands)
    document_commands.add_documents(commands)
    return parser


_EXAMPLES = """\
examples:
  python -m newsmill night 2026-03-02
  python -m newsmill night 2026-03-02 --source dumps/tonight.jsonl.gz --content article --home /tmp/trial
  python -m newsmill sources check harbor-wire --night 2026-03-02
  python -m newsmill report

exit status: 0 done, 1 failed, 2 misused, 130 interrupted, 143 ended by SIGTERM
"""
