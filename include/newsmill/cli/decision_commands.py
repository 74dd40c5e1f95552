"""Commands for people's decisions: `boilerplate` on blocks of boilerplate, `entities` on the identity of entities."""

import argparse
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from newsmill import decisions, settings
from newsmill.cli.arguments import Commands, add_author_options, add_command, parse_block_hash
from newsmill.errors import Permanent
from newsmill.terminal import print_line
from newsmill.warehouse import run_report

BLOCK_DECISIONS = (("keep", "a block is text, on every page"), ("drop", "a block is boilerplate"))
ENTITY_DECISIONS = (
    ("merge", "decide that two entities are the same"),
    ("split", "decide that an entity is another one in articles of a source, or with a role"),
    ("hide", "decide that marts leave out an entity"),
    ("rename", "decide on the name of an entity"),
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
        add_author_options(action)


def list_boilerplate(args: argparse.Namespace, console: Console) -> None:
    """Print the learned boilerplate blocks of all sources, or of a single source."""
    run_report.print_boilerplate(args.home, console, args.source)


def decide_block(args: argparse.Namespace, console: Console) -> None:
    """Append a decision on a block; Permanent where the warehouse has no such block."""
    if not run_report.is_known_block(args.home, args.hash):
        raise Permanent(f"no page of the warehouse shows a block {args.hash}; look for it in dw.fact_text_block")
    decision = decisions.BlockDecision(args.hash, args.decision, **_author_and_reason(args))
    decisions.append_decision(settings.read().decisions, decision)
    print_line(console, f"{args.hash}: {args.decision}, from the next run of a night on")


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
    add_author_options(action)


def list_entities(args: argparse.Namespace, console: Console) -> None:
    """Print entities, all or by name."""
    run_report.print_entities(args.home, console, args.name)


def decide_entity(args: argparse.Namespace, console: Console) -> None:
    """Append a decision on an entity; Permanent where no text mentions the entity."""
    if not run_report.is_mentioned(args.home, args.entity):
        raise Permanent(f"no text of the warehouse names {args.entity}; search for the entity: entities list NAME")
    keys: dict[str, Any] = {key: getattr(args, key, None) for key in ("into", "name", "source", "role")}
    decision = decisions.EntityDecision(args.entity, args.decision, **_author_and_reason(args), **keys)
    decisions.append_decision(settings.read().decisions, decision)
    print_line(console, f"{args.entity}: {args.decision}, for all nights, from the next load on")


def _author_and_reason(args: argparse.Namespace) -> dict[str, Any]:
    return {"by": args.by, "at": datetime.now(UTC).replace(microsecond=0), "because": args.because}
