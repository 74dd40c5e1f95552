"""Commands for people's decisions: `boilerplate` on blocks, `entities` on who is who, `quarantine` on records."""

import argparse
from datetime import date
from typing import Any

from rich.console import Console

from newsmill import decisions, proposals, quarantine
from newsmill.cli.arguments import (
    Commands,
    add_author_options,
    add_command,
    add_jobs_option,
    get_author,
    parse_block_hash,
    parse_count,
    parse_nights,
    widen_console,
)
from newsmill.errors import Permanent
from newsmill.terminal import print_line, print_lines, print_table
from newsmill.verdict_reasons import RELEASABLE
from newsmill.warehouse import run_report

BLOCK_DECISIONS = (("keep", "a block is text, on every page"), ("drop", "a block is boilerplate"))
ENTITY_DECISIONS = (
    ("merge", "decide that two entities are the same"),
    ("split", "decide that an entity is another one in articles of a source, or with a role"),
    ("hide", "decide that marts leave out an entity"),
    ("rename", "decide on the name of an entity"),
)


RECORD_DECISIONS = (
    (decisions.RELEASE, "rejected records are articles, and are loaded"),
    (decisions.DISCARD, "rejected records are no articles, and wait for nobody"),
)
SHOWN_RECORDS, SHOWN_CHARS = 10, 2000
_RELEASABLE_HELP = (
    f"Only verdicts of clean on the content of a page can be released: {', '.join(RELEASABLE)}. All other rejects hold "
    "nothing to load: a record that cannot be read or is empty, a second capture of an article, a row that breaks the "
    "contract of its table."
)


def add_boilerplate(commands: Commands) -> None:
    """Register `boilerplate` with all actions."""
    meaning = "list the boilerplate of sites, or decide that a block is text"
    actions = add_command(commands, "boilerplate", list_boilerplate, meaning).add_subparsers(
        required=True, metavar="ACTION"
    )
    action = add_command(actions, "list", list_boilerplate, "list learned boilerplate and the decisions on it")
    action.add_argument("--source", metavar="SOURCE", help="only blocks on pages of this source_id")
    for decision, meaning in BLOCK_DECISIONS:
        action = add_command(actions, decision, decide_block, f"decide that {meaning}, whatever was learned")
        action.set_defaults(decision=decision)
        hash_help = "its block_hash, as listed by `boilerplate list`"
        action.add_argument("hash", type=parse_block_hash, metavar="HASH", help=hash_help)
        _add_dry_run(action)
        add_author_options(action)


def list_boilerplate(args: argparse.Namespace, console: Console) -> None:
    """Print the learned boilerplate blocks of all sources, or of a single source."""
    run_report.print_boilerplate(args.home, console, args.source)


def decide_block(args: argparse.Namespace, console: Console) -> None:
    """Append a decision on a block; Permanent where the warehouse has no such block."""
    _decide(args, console, proposals.propose_block(args.decision, args.hash, get_author(args)), args.hash)


def _decide(args: argparse.Namespace, console: Console, proposal: proposals.Proposal, subject: str) -> None:
    """Append a decision to the file of decisions, or show what it would change."""
    home = args.home.resolve()
    if args.dry_run:
        return print_lines(console, proposals.describe(home, proposal))
    return print_line(console, f"{subject}: {args.decision}, {proposals.record(home, proposal)}")


def _add_dry_run(action: argparse.ArgumentParser) -> None:
    action.add_argument("--dry-run", action="store_true", help="show what it would change, and decide nothing")


def add_entities(commands: Commands) -> None:
    """Register `entities` with all actions."""
    meaning = "find people, organisations and places, or decide who is who"
    actions = add_command(commands, "entities", list_entities, meaning).add_subparsers(required=True, metavar="ACTION")
    meaning = "list entities with names, roles and mentions, most mentioned first"
    action = add_command(actions, "list", list_entities, meaning)
    action.add_argument("name", nargs="?", metavar="NAME", help="only entities with these words in a name or alias")
    for decision, meaning in ENTITY_DECISIONS:
        _add_entity_decision(actions, decision, meaning)


def _add_entity_decision(actions: Commands, decision: str, meaning: str) -> None:
    action = add_command(actions, decision, decide_entity, meaning)
    action.set_defaults(decision=decision)
    action.add_argument("entity", metavar="ENTITY", help="its entity_id, as listed by `entities list`")
    if decision in ("merge", "split"):
        action.add_argument("into", metavar="INTO", help="the entity_id of the other entity")
    if decision == "split":
        action.add_argument("--source", metavar="SOURCE", help="in articles of this source_id")
        action.add_argument("--role", metavar="WORDS", help="in articles with a role_title that has these words")
    if decision == "rename":
        action.add_argument("name", metavar="NAME", help="the name to show")
    _add_dry_run(action)
    add_author_options(action)


def list_entities(args: argparse.Namespace, console: Console) -> None:
    """Print entities, all or by name."""
    run_report.print_entities(args.home, console, args.name)


def decide_entity(args: argparse.Namespace, console: Console) -> None:
    """Append a decision on an entity; Permanent where no text mentions the entity."""
    keys: dict[str, Any] = {key: getattr(args, key, None) for key in ("into", "name", "source", "role")}
    _decide(args, console, proposals.propose_entity(args.decision, args.entity, get_author(args), **keys), args.entity)


# -- quarantine --------------------------------------------------------------------------------------------------------


def add_quarantine(commands: Commands) -> None:
    """Register `quarantine` with all actions."""
    meaning = "list rejected records, show their texts, and decide on them"
    actions = add_command(commands, "quarantine", list_quarantine, meaning).add_subparsers(
        required=True, metavar="ACTION"
    )
    action = add_command(actions, "list", list_quarantine, "count rejected records by night, source and reason")
    _add_kind_options(action)
    action = add_command(actions, "show", show_records, "print rejected records with their texts")
    action.add_argument("record", nargs="?", metavar="RECORD", help="its page_id, as listed by `quarantine list`")
    _add_kind_options(action)
    shown, width = f"most records to print (default: {SHOWN_RECORDS})", f"most characters of a text ({SHOWN_CHARS})"
    action.add_argument("--records", type=parse_count, default=SHOWN_RECORDS, metavar="N", help=shown)
    action.add_argument("--chars", type=parse_count, default=SHOWN_CHARS, metavar="N", help=width)
    for word, meaning in RECORD_DECISIONS:
        action = add_command(actions, word, decide_records, f"decide that {meaning}")
        action.set_defaults(decision=word)
        action.epilog = _RELEASABLE_HELP if word == decisions.RELEASE else None
        action.add_argument("record", nargs="?", metavar="RECORD", help="its page_id, or --source and --reason")
        _add_kind_options(action)
        add_author_options(action)
    action = add_command(actions, "replay", replay_nights, "load the nights with new decisions again")
    action.add_argument("--dry-run", action="store_true", help="publish nothing; keep the result as `candidate`")
    add_jobs_option(action)


def _add_kind_options(action: argparse.ArgumentParser) -> None:
    action.add_argument("--source", metavar="SOURCE", help="records of this source of sources.toml")
    action.add_argument("--reason", metavar="REASON", help="records rejected for this reason")
    action.add_argument("--nights", type=parse_nights, metavar="A..B", help="records of these nights (default: all)")


def list_quarantine(args: argparse.Namespace, console: Console) -> None:
    """Print the rejected records by night, source and reason."""
    kinds = quarantine.count_kinds(quarantine.list_records(args.home.resolve(), _select_records(args)))
    if not kinds:
        return print_line(console, "no rejected record")
    names = ("night", "source", "step", "reason", "state", "records", "can be released", "for example")
    print_table(console, "Quarantine", names, kinds)


def show_records(args: argparse.Namespace, console: Console) -> None:
    """Print rejected records, each with detail, state and text."""
    home = args.home.resolve()
    records = quarantine.list_records(home, _select_records(args))
    if not records:
        raise Permanent(f"the quarantine of {home} has no such record; see: quarantine list")
    texts = quarantine.read_texts(home, records[: args.records])
    for record in records[: args.records]:
        print_line(console, f"{record.page_id}  {record.reason}, {record.state}", "bold")
        print_line(console, record.detail)
        if record.decision:
            by, because = record.decision["decided_by"], record.decision["because"]
            print_line(console, f"{record.decision['decision']} by {by}, {record.decision['decided_at']}: {because}")
        for line in texts.get(record.page_id, quarantine.NO_TEXT)[: args.chars].split("\n"):
            print_line(console, f"  {line}")
        print_line(console, "")
    if len(records) > args.records:
        print_line(console, f"{len(records) - args.records} more records; --records shows more")


def decide_records(args: argparse.Namespace, console: Console) -> None:
    """Append a decision on a record or on a kind of records."""
    home, selection = args.home.resolve(), _select_records(args)
    if not selection.record and not (selection.source and selection.reason):
        raise Permanent(f"name the record to {args.decision}, or the --source and the --reason of all records meant")
    if selection.record and (args.source or args.reason or args.nights):
        raise Permanent("name a record, or a kind of records by --source and --reason, not both")
    nights = quarantine.decide(home, selection, args.decision, args.by, args.because)
    subject = selection.record or f"all records of {selection.source} with the reason {selection.reason}"
    print_line(console, f"{subject}: {args.decision}, nights {', '.join(map(str, nights))}")
    print_line(console, "the next run of a night applies it; to load these nights again now: quarantine replay")


def replay_nights(args: argparse.Namespace, console: Console) -> None:
    """Load the nights with new decisions again, with the progress on `console`."""
    output = widen_console(Console())
    nights = quarantine.replay(args.home.resolve(), args.dry_run, args.jobs, console, output)
    done = "nights that would be loaded again" if args.dry_run else "nights loaded again"
    print_line(output, f"{done}: {', '.join(map(str, nights)) or 'none; every decision is applied'}")


def _select_records(args: argparse.Namespace) -> quarantine.Selection:
    first, last = args.nights or (date.min, date.max)
    return quarantine.Selection(getattr(args, "record", None), args.source, args.reason, first, last)
