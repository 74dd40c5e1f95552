"""The same night without Airflow, and the housekeeping around it: `python -m newsmill --help`."""

import argparse
import os
import re
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from newsmill import citations, decisions, landing, night, rebuild, settings
from newsmill.doctor.machine_report import report_machine
from newsmill.errors import NewsmillError, Permanent
from newsmill.lake import Lake
from newsmill.landing import Dump
from newsmill.progress import Bytes, Steps
from newsmill.quality import expectations_page
from newsmill.readers import bundles
from newsmill.relations import PAGES, rejected
from newsmill.runs import Run, new_run_id
from newsmill.sources import catalog, locations, stores
from newsmill.sources import fetch as fetching
from newsmill.sources.paths import FileAccess
from newsmill.terminal import print_line, print_traceback
from newsmill.warehouse import (
    cookbook,
    dictionary,
    ducklake,
    er_diagram,
    exports,
    publish,
    repair,
    sql_shell,
    time_travel,
)
from newsmill.warehouse.run_report import entities, furniture, is_mentioned, is_seen, report

SAMPLE_BYTES = 32 * 1024 * 1024
SHOWN_FILES, SHOWN_LINES = 20, 8


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; return the exit code: 0 done, 1 failed, 2 misused."""
    try:
        told = _parser().parse_args(arguments)
        told.verb(told, _wide(Console(stderr=told.verb in (_night, _rebuild))))
    except NewsmillError as error:
        print(f"newsmill: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "newsmill: stopped; what was published before still stands, and the night can be run again", file=sys.stderr
        )
        return 130
    return 0


def run_command() -> int:
    """Run `newsmill` as a program: unexpected errors are printed with every line escaped."""
    sys.excepthook = print_traceback
    return main()


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
        learned=told.learned,
        document_seconds=told.document_seconds,
        step_seconds=told.step_seconds,
    )
    night.run_night(run, told.jobs, console)
    report(run.home, _wide(Console()), told.date)


def _report(told: argparse.Namespace, console: Console) -> None:
    report(told.home, console, told.night)


def _sources(told: argparse.Namespace, console: Console) -> None:
    for dump in catalog.catalog(settings.read().sources).values():
        place = dump.location if dump.list == "files" else f"{dump.location} ({dump.list}: {dump.pattern or 'all'})"
        line = Text.assemble((dump.name, "bold"), f"  {place}  ({dump.format}, {dump.content})")
        print_line(console, line)


def _check_source(told: argparse.Namespace, console: Console) -> None:
    dump, run = _listed(told.name), _run_of(told, "check")
    planned, passed_over = fetching.plan(run, dump, settings.read().root)
    place = stores.place_shown(dump, run.night, FileAccess(settings.read().root, run.home))
    print_line(console, f"{dump.name}: {len(planned)} files at {place} for the night {run.night}")
    fates = Counter(one.fate for one in planned)
    for fate, count in fates.most_common():
        print_line(console, f"  {count} {fate}")
    for one in [one for one in planned if one.fate != "landed"][:SHOWN_FILES]:
        size = "size not told" if one.offer.version.size is None else f"{one.offer.version.size:,} bytes"
        print_line(console, f"  {one.fate}: {one.offer.name}, {size}")
    for one in [one for one in passed_over if one.reason != "hidden"][:SHOWN_FILES]:
        print_line(console, f"  left out: {one.detail}")
    if not planned:
        told_night = "; for another night give --night DATE" if locations.is_dated(dump) else ""
        raise Permanent(f"{dump.name}: nothing at {place}{told_night}, or correct the location ({dump.location})")
    _show_page(console, run, dump, next((one for one in planned if one.fate == "new"), planned[0]))


def _show_page(console: Console, run: Run, dump: Dump, planned: fetching.Planned) -> None:
    """Read the beginning of a file in a home of its own, and show the first page of it."""
    with TemporaryDirectory() as home:
        trial = replace(run, home=Path(home))
        file = fetching.sample(trial, dump, settings.read().root, planned.offer, SAMPLE_BYTES)
        (bundle,) = landing.bundles(trial)
        bundles.read(trial, bundle)
        pages = trial.lake.read(PAGES, trial.night).slice(0, 1).to_pylist()
        rejects = trial.lake.read(rejected("read"), trial.night).to_pylist()
    part = "" if file.size < SAMPLE_BYTES else f" (its first {SAMPLE_BYTES:,} bytes)"
    if not pages:
        told = "; ".join(row["detail"] for row in rejects[:3]) or "it holds no page"
        raise Permanent(f"{dump.name}: no page could be read from {planned.shown}{part}: {told}")
    (page,) = pages
    print_line(console, f"the first page of {planned.offer.name}{part}:")
    for name, value in (
        ("title", page["declared_title"]),
        ("url", page["url"]),
        ("date", page["declared_published_at"]),
        ("publisher", page["name"]),
        ("encoding", page["encoding"]),
    ):
        print_line(console, f"  {name}: {value or 'not told'}")
    for line in [line for line in page["page_text"].splitlines() if line.strip()][:SHOWN_LINES]:
        print_line(console, f"  | {line[:110]}")


def _fetch_source(told: argparse.Namespace, console: Console) -> None:
    dump, run = _listed(told.name), _run_of(told, "manual")
    with Bytes(console, dump.name) as progress:
        slip = fetching.fetch(run, dump, settings.read().root, progress=progress)
    counts = f"{slip.rows_out} files landed, {slip.bytes:,} bytes new, {slip.rejected} turned away"
    print_line(console, f"{dump.name}: {counts}")
    for row in run.lake.read(rejected("fetch"), run.night, dump.name).to_pylist()[:SHOWN_FILES]:
        print_line(console, f"  {row['reason']}: {row['detail']}")
    if slip.rejected > SHOWN_FILES:
        print_line(console, f"  and {slip.rejected - SHOWN_FILES} more; all are in {run.lake.root / 'rejected_fetch'}")


def _listed(name: str) -> Dump:
    file = settings.read().sources
    listed = catalog.catalog(file)
    if name not in listed:
        raise Permanent(f"{file} lists no dump {name}; it lists {', '.join(listed)}")
    return listed[name]


def _run_of(told: argparse.Namespace, kind: str) -> Run:
    night = told.night or datetime.now(UTC).date()
    return Run(told.home.resolve(), night, new_run_id(night, kind), kind)


def _forget(told: argparse.Namespace, console: Console) -> None:
    landing.forget(Run(told.home.resolve(), told.date, ""), told.dump)
    print_line(console, f"{told.dump} is out of the night {told.date}; run that night again")


def _furniture(told: argparse.Namespace, console: Console) -> None:
    furniture(told.home, console, told.source)


def _decide(told: argparse.Namespace, console: Console) -> None:
    if not is_seen(told.home, told.hash):
        raise Permanent(f"no page of the warehouse shows a block {told.hash}; look for it in dw.fact_text_block")
    decisions.add(settings.read().decisions, decisions.Decision(told.hash, told.decision, **_who_and_why(told)))
    print_line(console, f"{told.hash}: {told.decision}, from the next run of a night on")


def _entities(told: argparse.Namespace, console: Console) -> None:
    entities(told.home, console, told.name)


def _decide_entity(told: argparse.Namespace, console: Console) -> None:
    if not is_mentioned(told.home, told.entity):
        raise Permanent(f"no text of the warehouse names {told.entity}; find whom you mean: entities list NAME")
    keys = {key: getattr(told, key, None) for key in ("into", "name", "source", "role")}
    made = decisions.EntityDecision(told.entity, told.decision, **_who_and_why(told), **keys)
    decisions.add(settings.read().decisions, made)
    print_line(console, f"{told.entity}: {told.decision}, for all nights, from the next load on")


def _who_and_why(told: argparse.Namespace) -> dict:
    return {"by": told.by, "at": datetime.now(UTC).replace(microsecond=0), "because": told.because}


def _cite(told: argparse.Namespace, console: Console) -> None:
    for line in citations.show(told.home, told.table, told.key, told.snapshot):
        print_line(console, line)


def _sql(told: argparse.Namespace, console: Console) -> None:
    command = sql_shell.shell(told.home, told.snapshot, told.arguments)
    os.execv(command[0], command)


def _snapshots(told: argparse.Namespace, console: Console) -> None:
    time_travel.listed(told.home / "warehouse", console, getattr(told, "check", False))


def _adopt(args: argparse.Namespace, console: Console) -> None:
    name = repair.adopt(args.home.resolve(), args.file.expanduser().absolute())
    print_line(console, f"readers now see {name}")


def _accept_loss(args: argparse.Namespace, console: Console) -> None:
    lost = repair.accept_loss(args.home.resolve())
    print_line(console, f"accepted as lost: {', '.join(lost) or 'nothing'}; nights run again")


def _rollback(told: argparse.Namespace, console: Console) -> None:
    time_travel.roll_back(told.home / "warehouse", told.snapshot)
    print_line(console, f"readers now see {told.snapshot}")


def _prune(told: argparse.Namespace, console: Console) -> None:
    gone = publish.prune(told.home / "warehouse", Lake(told.home / "lake"), told.keep)
    print_line(console, f"removed: {', '.join(gone) or 'nothing'}")


def _diff(told: argparse.Namespace, console: Console) -> None:
    warehouse = told.home / "warehouse"
    time_travel.compared(warehouse, told.before, told.after, console, told.table, told.night, told.limit)


def _rebuild(told: argparse.Namespace, console: Console) -> None:
    first, last = told.nights or (date.min, date.max)
    asked = rebuild.Asked(told.home.resolve(), told.step, first, last, told.stale)
    rebuild.rebuild(asked, told.dry_run, told.jobs, console, _wide(Console()))


def _export(told: argparse.Namespace, console: Console) -> None:
    to, by_night = told.to.expanduser().resolve(), told.partition_by == "night"
    order = exports.Order(tuple(told.tables), to, told.format, by_night, told.night, told.snapshot)
    with Steps(console) as steps:
        tasks = []
        manifest = exports.export(
            told.home / "warehouse",
            order,
            begin=lambda names: tasks.append(steps.begin("export", len(names))),
            done=lambda name, rows: steps.advance(tasks[0]),
        )
    for table in manifest["tables"]:
        size = sum(file["bytes"] for file in table["files"])
        print_line(console, f"{table['name']}: {table['rows']:,} rows, {size:,} bytes")
    said = f"{exports.MANIFEST} there describes every file and column"
    print_line(console, f"{manifest['snapshot']} is in {order.to}; {said}")


def _doctor(told: argparse.Namespace, console: Console) -> None:
    for line in report_machine():
        print_line(console, line)


def _shared() -> ducklake.Shared:
    place = ducklake.shared(settings.read())
    if place is None:
        raise Permanent("the warehouse is a local file; to share it set NEWSMILL_WAREHOUSE: docs/ducklake.md")
    return place


def _shared_states(told: argparse.Namespace, console: Console) -> None:
    place = _shared()
    versions = ducklake.listing(place)
    for version in versions:
        mark = "*" if version is versions[-1] else " "
        print_line(console, f"{mark} {version.snapshot}  {version.how} {version.at} UTC  (version {version.number})")
    print_line(console, f"readers: {place.attach}")


def _shared_rollback(told: argparse.Namespace, console: Console) -> None:
    ducklake.rollback(_shared(), told.snapshot)
    print_line(console, f"readers see {told.snapshot} from now on")


def _shared_tidy(told: argparse.Namespace, console: Console) -> None:
    gone = ducklake.tidy(_shared(), told.keep, told.unused_hours)
    print_line(console, f"forgotten: {', '.join(gone) or 'none'}")


def _dictionary(told: argparse.Namespace, console: Console) -> None:
    told.out.write_text(dictionary.markdown(), encoding="utf8")


def _picture(told: argparse.Namespace, console: Console) -> None:
    told.out.write_text(er_diagram.markdown(), encoding="utf8")


def _expectations(args: argparse.Namespace, console: Console) -> None:
    args.out.write_text(expectations_page.markdown(), encoding="utf8")


def _cookbook(told: argparse.Namespace, console: Console) -> None:
    for page in told.page:
        page.write_text(cookbook.answer(page.read_text(encoding="utf8"), told.home / "warehouse"), encoding="utf8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m newsmill",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    verb = _verb(
        verbs, "night", _night, "run one night: fetch, read, learn, clean, dedupe, extract, check, load, audit, publish"
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
        type=_count,
        default=night.default_jobs(),
        metavar="N",
        help="processes at once (default: the processors of this machine)",
    )
    verb.add_argument(
        "--document-seconds",
        type=_seconds,
        default=settings.read().document_seconds,
        metavar="S",
        help="most seconds of a step over one document; what takes longer is left out (0: no limit; %(default)s)",
    )
    verb.add_argument(
        "--step-seconds",
        type=_seconds,
        default=settings.read().step_seconds,
        metavar="S",
        help="most seconds of a step over one part, or of one over the whole night (0: no limit; %(default)s)",
    )
    verb.add_argument(
        "--learned",
        type=_date,
        metavar="DATE",
        help="clean by the furniture learned up to this night, as for a night of long ago (default: the night itself)",
    )

    verb = _verb(verbs, "report", _report, "print what was read, turned away and loaded")
    verb.add_argument("--night", type=_date, metavar="DATE", help="only this night")

    verb = _verb(verbs, "sources", _sources, "list the dumps of sources.toml, check one, or fetch one alone")
    acts = verb.add_subparsers(metavar="list|check|fetch")
    _verb(acts, "list", _sources, "list the dumps of sources.toml")
    act = _verb(acts, "check", _check_source, "tell what a dump offers a night, and show the first page as it is read")
    act.add_argument("name", metavar="NAME", help="its name in sources.toml")
    act.add_argument("--night", type=_date, metavar="DATE", help="the night, as YYYY-MM-DD (default: today, in UTC)")
    act = _verb(acts, "fetch", _fetch_source, "bring what a dump offers a night into the landing folder")
    act.add_argument("name", metavar="NAME", help="its name in sources.toml")
    act.add_argument("--night", type=_date, metavar="DATE", required=True, help="the night, as YYYY-MM-DD")
    verb = _verb(verbs, "forget", _forget, "take a dump that landed by mistake out of a night")
    verb.add_argument("date", type=_date, metavar="DATE", help="the night, as YYYY-MM-DD")
    verb.add_argument("dump", metavar="DUMP", help="its name in the landing folder of the night")
    _furniture_verbs(_verb(verbs, "furniture", _furniture, "list the furniture of sites, or decide what is none"))
    _entity_verbs(_verb(verbs, "entities", _entities, "find people, organisations and places, or decide who is who"))
    _reading_verbs(verbs)
    _snapshot_verbs(_verb(verbs, "snapshots", _snapshots, "list the snapshots, go back to one, compare or remove them"))
    _rebuild_verb(_verb(verbs, "rebuild", _rebuild, "do nights again from a step on by today's rules, and compare"))
    _export_verbs(_verb(verbs, "export", _export, "copy tables and marts to Parquet, CSV or Arrow files"))
    _ducklake_verbs(_verb(verbs, "ducklake", _shared_states, "list, roll back or tidy a shared warehouse"))
    _verb(verbs, "doctor", _doctor, "describe this machine and test its compiled kernels")
    _page_verbs(verbs)
    return parser


def _page_verbs(verbs) -> None:
    for name, function, meaning in (
        ("dictionary", _dictionary, "write the data dictionary from the contracts"),
        ("picture", _picture, "draw which table leads to which, from the models"),
        ("expectations", _expectations, "list what every night is checked for, from the suites"),
    ):
        verb = _verb(verbs, name, function, meaning)
        verb.add_argument("out", type=Path, metavar="FILE", help="the Markdown file to write")
    verb = _verb(verbs, "cookbook", _cookbook, "run the SQL of Markdown pages and write the results into them")
    verb.add_argument("page", type=Path, nargs="+", metavar="FILE", help="a page with ```sql blocks")


def _reading_verbs(verbs) -> None:
    verb = _verb(verbs, "cite", _cite, "show where a row of the warehouse stands in the landed dumps, read again")
    verb.add_argument("table", metavar="TABLE", help="its table, as fact_quote or dw.fact_quote")
    verb.add_argument("key", type=int, metavar="KEY", help="its key, as quote_key or text_block_key")
    _of_snapshot(verb)
    verb = _verb(verbs, "sql", _sql, "open a DuckDB shell on the warehouse that can read it and do nothing else")
    _of_snapshot(verb)
    verb.add_argument("arguments", nargs="*", metavar="ARGUMENT", help="for the shell, as -- -c 'FROM dw.dim_date'")


def _of_snapshot(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--snapshot", metavar="NAME", help="a snapshot, as `snapshots` lists it (default: the published)")


def _furniture_verbs(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(required=True, metavar="ACTION")
    action = _verb(actions, "list", _furniture, "list what was learned, and what was decided of it")
    action.add_argument("--source", metavar="SOURCE", help="only what stood on pages of this source_id")
    for decision, meaning in (("keep", "a block is text, wherever it stands"), ("drop", "a block is furniture")):
        action = _verb(actions, decision, _decide, f"decide that {meaning}, whatever is learned of it")
        action.set_defaults(decision=decision)
        action.add_argument("hash", type=_hash, metavar="HASH", help="its block_hash, as `furniture list` shows it")
        _sign(action)


def _entity_verbs(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(required=True, metavar="ACTION")
    action = _verb(actions, "list", _entities, "list entities with names, roles and mentions, most mentioned first")
    action.add_argument("name", nargs="?", metavar="NAME", help="only those whose name or alias holds these words")
    for decision, meaning in (
        ("merge", "decide that an entity is another one"),
        ("split", "decide that in articles of a source, or that tell a role, an entity is another one"),
        ("hide", "decide that marts do not tell of an entity"),
        ("rename", "decide by which name an entity goes"),
    ):
        action = _verb(actions, decision, _decide_entity, meaning)
        action.set_defaults(decision=decision)
        action.add_argument("entity", metavar="ENTITY", help="its entity_id, as `entities list` shows it")
        if decision in ("merge", "split"):
            action.add_argument("into", metavar="INTO", help="the entity_id of who it is")
        if decision == "split":
            action.add_argument("--source", metavar="SOURCE", help="in articles of this source_id")
            action.add_argument("--role", metavar="WORDS", help="in articles that tell a role_title with these words")
        if decision == "rename":
            action.add_argument("name", metavar="NAME", help="the name to show")
        _sign(action)


def _snapshot_verbs(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(metavar="list|rollback|serve|adopt|accept-loss|prune|diff")
    action = _verb(actions, "list", _snapshots, "list the kept snapshots of the warehouse; * is the one readers see")
    action.add_argument("--check", action="store_true", help="read every row of each, to find damage in its midst")
    action = _verb(actions, "rollback", _rollback, "make readers see another snapshot, at once")
    action.add_argument("snapshot", metavar="NAME", help="its name, as `snapshots list` shows it")
    action = _verb(actions, "serve", _rollback, "publish a kept snapshot, where the link is missing or wrong")
    action.add_argument("snapshot", metavar="NAME", help="its name, as `snapshots list` shows it")
    action = _verb(actions, "adopt", _adopt, "make a file of a warehouse a snapshot of this home, and publish it")
    action.add_argument("file", type=Path, metavar="FILE", help="it stays, unless it is in the place of the link")
    _verb(actions, "accept-loss", _accept_loss, "go on though the lake or landed dumps of published nights are lost")
    action = _verb(actions, "prune", _prune, "remove all but the newest snapshots; the one readers see stays")
    action.add_argument("--keep", type=_count, metavar="N", required=True, help="how many to keep")
    action = _verb(actions, "diff", _diff, "tell which rows differ between two snapshots, by table, and why")
    action.add_argument("before", metavar="A", help="the earlier one")
    action.add_argument("after", metavar="B", help="the later one; `candidate` is what a rebuild left")
    action.add_argument("--table", metavar="TABLE", help="show the rows themselves, as of dw.fact_quote")
    action.add_argument("--night", type=_date, metavar="DATE", help="only rows of this night")
    action.add_argument("--limit", type=_count, default=20, metavar="N", help="how many rows to show (default: 20)")


def _rebuild_verb(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--from", dest="step", metavar="STEP", required=True, help="a step of a night, from read to load")
    verb.add_argument("--nights", type=_nights, metavar="A..B", help="only these nights (default: all that are served)")
    verb.add_argument("--stale", action="store_true", help="only nights that other rules or models were used for")
    verb.add_argument("--dry-run", action="store_true", help="publish nothing; leave the outcome as `candidate`")
    verb.add_argument(
        "--jobs",
        type=_count,
        default=night.default_jobs(),
        metavar="N",
        help="processes at once (default: the processors of this machine)",
    )


def _export_verbs(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("tables", nargs="+", metavar="TABLE", help="such as dw.fact_quote or mart.who_said_what, or all")
    verb.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="an export there is replaced")
    verb.add_argument("--format", choices=exports.FORMATS, default="parquet", help="(default: %(default)s)")
    verb.add_argument("--partition-by", choices=("night",), help="a folder for each night, where a table has nights")
    verb.add_argument("--night", type=_nights, metavar="A..B", help="only these nights; one alone as YYYY-MM-DD")
    verb.add_argument("--snapshot", metavar="NAME", help="as `snapshots` lists it (default: the published one)")


def _ducklake_verbs(verb: argparse.ArgumentParser) -> None:
    acts = verb.add_subparsers(required=True, metavar="ACTION")
    _verb(acts, "list", _shared_states, "list the states that are kept, and how to attach; * is the one readers see")
    act = _verb(acts, "rollback", _shared_rollback, "make it what it was at a snapshot, for all machines")
    act.add_argument("snapshot", metavar="SNAPSHOT", help="its name, as `ducklake list` shows it")
    act = _verb(acts, "tidy", _shared_tidy, "forget old states, join small files, remove unused ones")
    act.add_argument("--keep", type=_count, default=7, metavar="N", help="states to keep (default: %(default)s)")
    act.add_argument(
        "--unused-hours",
        type=float,
        default=ducklake.UNUSED_HOURS,
        metavar="H",
        help="remove files only when of no use for so long: somebody may be reading them (default: %(default)s)",
    )


def _sign(action: argparse.ArgumentParser) -> None:
    action.add_argument("--by", required=True, metavar="NAME", help="who decides")
    action.add_argument("--because", required=True, metavar="TEXT", help="why")


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


def _nights(text: str) -> tuple[date, date]:
    first, _, last = text.partition("..")
    nights = _date(first), _date(last or first)
    if nights[0] > nights[1]:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins; write the earlier night first")
    return nights


def _hash(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{16}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a block_hash; it has 16 of 0-9 and a-f")
    return text


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds; write 20 or 0.5, or 0 for no limit")
    return float(text)


def _absolute(source: str) -> str:
    """Take a path given on the command line from where the user stands; an address stays as it is."""
    return source if "://" in source or source.startswith("{env:") else str(Path(source).expanduser().absolute())


_EXAMPLES = """\
examples:
  python -m newsmill night 2026-03-02
  python -m newsmill night 2026-03-02 --source dumps/tonight.jsonl.gz --content article --home /tmp/trial
  python -m newsmill sources check harbor-wire --night 2026-03-02
  python -m newsmill report
"""

if __name__ == "__main__":
    sys.exit(run_command())
