"""Commands to write documents, and `doctor` to describe the machine."""

import argparse
from pathlib import Path

from rich.console import Console

from newsmill.cli.arguments import Commands, add_command
from newsmill.doctor.machine_report import report_machine
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
