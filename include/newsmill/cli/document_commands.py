"""Commands to write documents, `doctor` to describe the machine, and `verify` to read stored files again."""

import argparse
from pathlib import Path

from rich.console import Console

from newsmill import verification
from newsmill.cli.arguments import Commands, add_command, parse_share
from newsmill.doctor.machine_report import report_machine
from newsmill.errors import DamagedFile
from newsmill.progress import StepProgress
from newsmill.quality import expectations_page
from newsmill.terminal import print_line
from newsmill.warehouse import cookbook, dictionary, er_diagram


def add_doctor(commands: Commands) -> None:
    """Register `doctor`."""
    add_command(commands, "doctor", describe_machine, "describe this machine and test its compiled kernels")


def describe_machine(args: argparse.Namespace, console: Console) -> None:
    """Print the machine report."""
    for line in report_machine():
        print_line(console, line)


def add_verify(commands: Commands) -> None:
    """Register `verify`."""
    meaning = "compare landed files, parts of the lake and snapshots with what was written"
    parser = add_command(commands, "verify", verify_home, meaning)
    parser.add_argument(
        "--sample",
        type=parse_share,
        default=1.0,
        metavar="S",
        help="a random share of the files of each kind, such as 5%% each night (default: all)",
    )


def verify_home(args: argparse.Namespace, console: Console) -> None:
    """Print each damaged file, with what is lost and the command that helps; Permanent if there is any."""
    with StepProgress(console) as progress:
        faults = verification.verify_home(args.home.resolve(), args.sample, progress)
    for fault in faults:
        print_line(console, fault, style="red")
    if faults:
        raise DamagedFile(f"{len(faults)} damaged files; all others are as they were written")
    print_line(console, "every file is as it was written")


def add_documents(commands: Commands) -> None:
    """Register `dictionary`, `picture`, `expectations` and `cookbook`."""
    for name, function, meaning in (
        ("dictionary", write_dictionary, "write the data dictionary from the contracts"),
        ("picture", write_er_diagram, "draw the ER diagram of the star from the models"),
        ("expectations", write_expectations, "list the expectations of every night, from the suites"),
    ):
        parser = add_command(commands, name, function, meaning)
        parser.add_argument("out", type=Path, metavar="FILE", help="the Markdown file to write")
    meaning = "run the SQL of Markdown pages and write the results into the pages"
    parser = add_command(commands, "cookbook", run_cookbook, meaning)
    parser.add_argument("page", type=Path, nargs="+", metavar="FILE", help="a page with ```sql blocks")


def write_dictionary(args: argparse.Namespace, console: Console) -> None:
    """Write the data dictionary."""
    args.out.write_text(dictionary.markdown(), encoding="utf8")


def write_er_diagram(args: argparse.Namespace, console: Console) -> None:
    """Write the ER diagram."""
    args.out.write_text(er_diagram.markdown(), encoding="utf8")


def write_expectations(args: argparse.Namespace, console: Console) -> None:
    """Write the page of expectations."""
    args.out.write_text(expectations_page.markdown(), encoding="utf8")


def run_cookbook(args: argparse.Namespace, console: Console) -> None:
    """Replace the results in each page."""
    for page in args.page:
        page.write_text(cookbook.answer(page.read_text(encoding="utf8"), args.home / "warehouse"), encoding="utf8")
