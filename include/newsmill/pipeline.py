"""The table of contents: the steps of a night, in order."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from graphlib import TopologicalSorter
from pathlib import Path

import pyarrow as pa

import newsmill
from newsmill import decisions, landing, runs, settings
from newsmill.cleaning.clean import clean
from newsmill.cleaning.learn import learn
from newsmill.cleaning.survey import survey
from newsmill.dedup.dedupe import dedupe
from newsmill.dedup.minhash import minhash
from newsmill.errors import Permanent, StaleStagingCopy
from newsmill.lake import WHOLE
from newsmill.landing import Dump
from newsmill.quality import gate
from newsmill.readers import bundles
from newsmill.registry import discover_extractors
from newsmill.relations import DECISIONS, ENTITY_DECISIONS, PAGES, RECEIPTS, RECORD_DECISIONS, noted, rejected
from newsmill.runs import MODEL_PREFIX, Receipt, Run, receipt
from newsmill.sources import catalog, fetch
from newsmill.sources.remote_files import NothingNew
from newsmill.stage import Stage, run_stage
from newsmill.steps import StepName, list_rows
from newsmill.warehouse import ducklake, snapshots
from newsmill.warehouse.audit import audit
from newsmill.warehouse.home_format import record_format, require_current_warehouse, require_known_format
from newsmill.warehouse.integrity import check_home
from newsmill.warehouse.leftovers import remove_leftovers
from newsmill.warehouse.loader import copy_published, load, read_published_runs
from newsmill.warehouse.publish import publish

PUBLISH_TRIES = 3
ROOMS_WITHOUT_RULES = ("cli", "doctor", "quality", "sources", "warehouse")
"""Rooms without influence on pages, articles and facts. All other rooms are part of a run's rules."""
RULE_FILES = ("presets.py", "site_hosts.py", "time_zones.py")
"""Files outside the rooms that decide on fields, addresses and times: part of a run's rules as well."""


@dataclass(frozen=True)
class Step:
    """A task of the night: `over` names the unit of mapping; a step over the night runs once."""

    name: str
    over: str
    work: Callable[[Run, str | None], Receipt]
    meaning: str


def steps() -> list[list[Step]]:
    """Return the night in running order; the steps of a row may run concurrently."""
    return [[_make_step(step) for step in row] for row in list_rows()]


def _make_step(step: StepName) -> Step:
    return Step(step.name, step.over, _find_work(step.name), step.meaning)


def _find_work(name: str) -> Callable[[Run, str | None], Receipt]:
    """Return the work of a step: of its own, or to run the stage of that name."""
    own: dict[str, Callable[[Run, str | None], Receipt]] = {
        "fetch": _per_unit(_fetch_dump),
        "read": _per_unit(bundles.read_batch),
        "learn": _learn_boilerplate,
        "copy": _per_night(copy_published),
        "check": _per_night(gate.check),
        "load": _per_night(_load_night),
        "audit": _per_night(_audit_copy),
        "publish": _per_night(_publish_and_draw),
    }
    return own.get(name) or partial(_run_stage_step, next(stage for stage in list_stages() if stage.name == name))


def list_dependent_steps(name: str) -> list[str]:
    """List a step from read to check, and all dependent steps up to check, direct or through others.

    All data read is checked, so check follows every step but load.
    """
    allowed = ["read", *(stage.name for stage in list_stages()), "check", "load"]
    if name not in allowed:
        raise Permanent(f"nothing can be done again from {name!r} on; from these it can: {', '.join(allowed)}")
    dependent, written = [], set()
    if name == "read":
        dependent, written = [name], {PAGES.name}
    for stage in list_stages():
        if stage.name == name or stage.read_names & written:
            dependent.append(stage.name)
            written |= {relation.name for relation in stage.writes}
    return dependent if name == "load" else [*dependent, "check"]


def run_step(name: str, run: Run, unit: str | None) -> Receipt:
    """Run a step by name: a call with a name can be sent to another process."""
    return _find_work(name)(run, unit)


def begin_run(run: Run) -> None:
    """Check the home folder, remove leftovers of ended runs, and open the ledger entry of a run.

    A new home is private to its owner, as its pages may be licensed; whoever shares it changes its mode.
    """
    run.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    require_known_format(run.home)
    shared = _shared_warehouse()
    check_home(run.home, shared)
    if not shared:  # a load updates the copy from the shared warehouse before this check
        require_current_warehouse(run.warehouse)
    record_format(run.home)
    remove_leftovers(run.home)
    write_record_decisions(run, run.home)
    runs.record_run(run, "running", collect_rule_versions(run))


def require_code_of_start(run: Run) -> None:
    """Raise Permanent if this process has another code, other rules or another model than the run began with."""
    runs.require_versions_of_start(run, hash_rules())


def record_unpublished(run: Run, error: BaseException | None) -> None:
    """Record how a run failed, and remove the staging copy; without a lake, or once published, write nothing."""
    record_failure(run, error)
    remove_scratch(run)


def record_failure(run: Run, error: BaseException | None) -> None:
    """Record how a run failed; without a lake, or once published, write nothing."""
    if run.lake.root.is_dir() and not runs.is_published(run):
        runs.record_failed_run(run, runs.name_failure(error), collect_rule_versions(run))


def remove_scratch(run: Run) -> None:
    """Remove the staging copy of a run; without a lake, write nothing."""
    if run.lake.root.is_dir():
        snapshots.remove_staging(snapshots.staging_path(run.warehouse, run.run_id))


def close_run(run: Run) -> None:
    """Record a run as failed if it still counts as running, and remove the staging copy."""
    if run.lake.root.is_dir() and runs.read_status(run) == "running":
        record_unpublished(run, None)


def record_skipped(run: Run) -> None:
    """Record a run without anything to read, once for all tasks of the run."""
    if runs.read_status(run) != "skipped":
        runs.record_run(run, "skipped", collect_rule_versions(run))


@cache
def load_extractors() -> dict[str, Stage]:
    """Return the extractors by name; a new room with a stage of the same name is a new step."""
    return discover_extractors(newsmill)


def group_into_rows(stages: Iterable[Stage]) -> list[list[Stage]]:
    """Group stages into rows: each in the first row after all stages with needed output."""
    stages = list(stages)
    writers = {relation.name: stage.name for stage in stages for relation in stage.writes}
    dependencies = {stage.name: {writers[name] for name in stage.read_names & writers.keys()} for stage in stages}
    order = TopologicalSorter(dependencies)
    order.prepare()
    rows = []
    while order.is_active():
        names = set(order.get_ready())
        rows.append([stage for stage in stages if stage.name in names])
        order.done(*names)
    return rows


def list_rule_rooms() -> list[str]:
    """List the rooms with code or data that decide on pages, articles and facts."""
    rooms = (path.parent.name for path in settings.PACKAGE.glob("*/__init__.py"))
    return sorted(room for room in rooms if room not in ROOMS_WITHOUT_RULES)


def collect_rule_versions(run: Run | None = None) -> dict[str, str]:
    """Return the version of every stage, and hashes of code and word lists, of each model, and of decisions.

    Those of a run include the records of its night that people released.
    """
    decided = hashlib.sha256(repr(decisions.read_decisions(settings.read().decisions)).encode())
    released = version_releases(run.home, run.night) if run else {}
    return hash_rules() | {f"{MODEL_PREFIX}{runs.DECISIONS}": decided.hexdigest()} | released


def version_releases(home: Path, night: date) -> dict[str, str]:
    """Return the hash of the releases of a night by name; nothing for a night without any."""
    digest = decisions.hash_releases(decisions.tabulate_record_decisions(home, night))
    return {f"{MODEL_PREFIX}{runs.RELEASES}": digest} if digest else {}


@cache
def hash_rules() -> dict[str, str]:
    """Return the rules of a process: read once, because an edit does not reach the code in memory."""
    models = {name: file for stage in list_stages() for name, file in stage.models.items()}
    code = hashlib.sha256()
    rooms = (path for room in list_rule_rooms() for path in settings.PACKAGE.joinpath(room).rglob("*"))
    for path in sorted({*rooms, *(settings.PACKAGE / name for name in RULE_FILES)}):
        if path.is_file() and "__pycache__" not in path.parts and path not in models.values():
            code.update(path.read_bytes())
    trained = {f"{MODEL_PREFIX}{name}": hashlib.sha256(file.read_bytes()).hexdigest() for name, file in models.items()}
    return {stage.name: stage.version for stage in list_stages()} | {"known": code.hexdigest()} | trained


def select_dumps(run: Run) -> dict[str, Dump]:
    """Return the dumps to fetch by name: from `sources` and `dumps` of the run; without either, all."""
    adhoc = {dump.name: dump for dump in (_make_adhoc_dump(run, location) for location in run.sources)}
    if adhoc and not run.dumps:
        return adhoc
    file = settings.read().sources
    listed = catalog.catalog(file)
    if unknown := [name for name in run.dumps if name not in listed]:
        raise Permanent(f"{file} lists no source {', '.join(unknown)}; it lists {', '.join(listed)}")
    return adhoc | {name: listed[name] for name in run.dumps or listed}


def _make_adhoc_dump(run: Run, location: str) -> Dump:
    return catalog.adhoc(location, run.content, run.max_reject_share)


def list_dumps(run: Run) -> list[str]:
    """List the dumps to fetch, and remove rejects of an earlier run for dumps without landed files."""
    names = list(select_dumps(run))
    kept = {*names, *(dump.name for dump in landing.list_landed_dumps(run))}
    for relation in (rejected("fetch"), noted("fetch")):
        run.lake.remove_other_parts(relation, run.night, kept)
    return names


def list_batches(run: Run) -> list[str]:
    """List the batches of the night; Permanent with the reasons if nothing landed."""
    batches = landing.list_batches(run)
    if not batches:
        raise Permanent(f"{_describe_missing_dumps(run)}; what is published is unchanged")
    return batches


def find_nothing_new(run: Run) -> str | None:
    """Return the sentence for a night on which no source has a new file; None if any landed or could not be fetched."""
    if landing.list_batches(run):
        return None
    dumps = select_dumps(run)
    missing = _list_missing_dumps(run)
    is_failed = [row["reason"] != NothingNew.REASON and not _is_of_another_night(dumps, row) for row in missing]
    return None if any(is_failed) or not missing else _describe_missing_dumps(run)


def find_publisher(run: Run) -> str | None:
    """Return another run that published the night with all that has landed; None if there is none.

    A later run that failed may have fetched files that nobody has loaded.
    """
    shared = _shared_warehouse()
    published = ducklake.fetch_published_runs(run.lake, shared) if shared else read_published_runs(run.warehouse)
    publisher = published.get(run.night)
    if publisher in (None, run.run_id) or runs.list_unfinished_since(run, publisher):
        return None
    return publisher


def find_unchanged(run: Run, publisher: str | None) -> str | None:
    """Return the sentence for a night that another run published and for which this run fetched no byte; else None."""
    if publisher is None:
        return None
    prefix = f"{run.run_id}-fetch-"
    fetched = (part for part in run.lake.parts(RECEIPTS, run.night) if part.startswith(prefix))
    if any(row["bytes"] for part in fetched for row in run.lake.read(RECEIPTS, run.night, part).to_pylist()):
        return None
    return f"the night {run.night} was published by {publisher}, and no file is new since"


def _is_of_another_night(dumps: Mapping[str, Dump], reject: Mapping[str, str]) -> bool:
    """Report whether an address that names the night does not exist; another missing address is a wrong one."""
    dump = dumps.get(reject["dump"])
    names_night = dump is not None and dump.list == "files" and "{night" in dump.location
    return reject["reason"] == "not_found" and names_night


def _list_missing_dumps(run: Run) -> list[dict]:
    """List the files and dumps that could not be fetched, and the dumps without a new file."""
    return [
        row
        for relation in (rejected("fetch"), noted("fetch"))
        for row in run.lake.read(relation, run.night).to_pylist()
    ]


def _describe_missing_dumps(run: Run) -> str:
    details = [row["detail"] for row in _list_missing_dumps(run)]
    return f"nothing landed for the night {run.night}: " + ("; ".join(details) or "no dump was fetched")


def list_parts(run: Run) -> list[str]:
    """List the parts of the night's pages, and remove leftovers of obsolete parts."""
    current = set(landing.list_batches(run))
    existing = [part for part in run.lake.parts(PAGES, run.night) if bundles.batch_of_part(part) in current]
    run.lake.remove_other_parts(PAGES, run.night, existing)
    run.lake.remove_other_parts(rejected("read"), run.night, current)
    run.lake.remove_other_parts(bundles.SKIPPED_RECORDS, run.night, current)
    for stage in (stage for stage in list_stages() if stage.per == "part"):
        for relation in (*stage.writes, stage.set_aside):
            run.lake.remove_other_parts(relation, run.night, existing)
    return existing


UNITS: dict[str, Callable[[Run], list[str]]] = {"dump": list_dumps, "bundle": list_batches, "part": list_parts}


def list_stages() -> list[Stage]:
    """List all stages, each after the stages with needed output."""
    extractors = (extractor for row in group_into_rows(load_extractors().values()) for extractor in row)
    return [survey, learn, clean, minhash, dedupe, *extractors]


def _run_stage_step(stage: Stage, run: Run, unit: str | None) -> Receipt:
    return run_stage(stage, run, unit or WHOLE)


def _learn_boilerplate(run: Run, _unit: str | None) -> Receipt:
    """Learn boilerplate from the published nights, and from the decisions as of now."""
    run.lake.write(DECISIONS, run.night, WHOLE, decisions.tabulate_block_decisions(settings.read().decisions))
    if run.held is not None:
        return run_stage(learn, run, held=dict(run.held))
    shared = _shared_warehouse()
    return run_stage(
        learn,
        run,
        held=ducklake.fetch_published_runs(run.lake, shared) if shared else read_published_runs(run.warehouse),
    )


def _per_night(work: Callable[[Run], Receipt]) -> Callable[[Run, str | None], Receipt]:
    return partial(_ignore_unit, work)


def _per_unit(work: Callable[[Run, str], Receipt]) -> Callable[[Run, str | None], Receipt]:
    return partial(_require_unit, work)


def _require_unit(work: Callable[[Run, str], Receipt], run: Run, unit: str | None) -> Receipt:
    assert unit is not None  # a mapped step runs once for each listed unit
    return work(run, unit)


def _ignore_unit(work: Callable[[Run], Receipt], run: Run, _unit: str | None) -> Receipt:
    return work(run)


def _fetch_dump(run: Run, name: str) -> Receipt:
    """Fetch a dump; a missing dump becomes a row in quarantine, a dump without a new file a note."""
    dump = select_dumps(run)[name]
    run.lake.write(noted("fetch"), run.night, dump.name, noted("fetch").empty())
    try:
        return fetch.fetch(run, dump, settings.read().root)
    except Permanent as error:
        row = {
            "page_id": f"{run.night}/{dump.name}",
            "dump": dump.name,
            "dump_file": dump.location,
            "record_no": 0,
            "stage": "fetch",
            "reason": getattr(error, "reason", "not_fetched"),
            "detail": str(error),
        }
        is_quiet = isinstance(error, NothingNew)
        target, other = (noted, rejected) if is_quiet else (rejected, noted)
        run.lake.write(target("fetch"), run.night, dump.name, pa.Table.from_pylist([row], target("fetch").schema))
        run.lake.write(other("fetch"), run.night, dump.name, other("fetch").empty())
        with receipt(run, "fetch", dump.name) as step_receipt:
            step_receipt.rows_in = step_receipt.rejected = int(not is_quiet)
    return step_receipt


def _load_night(run: Run) -> Receipt:
    """Load the night with the decisions on entities and rejected records as of now."""
    write_entity_decisions(run)
    write_record_decisions(run, run.home)
    return _load_into_copy(run)


def _load_into_copy(run: Run) -> Receipt:
    """Load the night into a staging copy; a run repeated after a failure counts as running again."""
    runs.record_run(run, "running", collect_rule_versions(run))
    return load(run, settings.read().is_searchable, _shared_warehouse())


def write_entity_decisions(run: Run) -> None:
    """Write the decisions on entities as of now into the lake of the run, for the load."""
    run.lake.write(ENTITY_DECISIONS, run.night, WHOLE, decisions.tabulate_entity_decisions(settings.read().decisions))


def write_record_decisions(run: Run, home: Path) -> None:
    """Write the decisions on rejected records of the night, kept in a home, into the lake of the run."""
    run.lake.write(RECORD_DECISIONS, run.night, WHOLE, decisions.tabulate_record_decisions(home, run.night))


def _audit_copy(run: Run) -> Receipt:
    """Audit the staging copy; load again first if another run published meanwhile."""
    try:
        return audit(run)
    except StaleStagingCopy:
        _load_into_copy(run)
        return audit(run)


def _publish_and_draw(run: Run) -> Receipt:
    """Publish the night, then draw the pages of its expectations: readers do not wait for pages."""
    step_receipt = _publish_copy(run)
    gate.draw_data_docs(run)
    return step_receipt


def _publish_copy(run: Run) -> Receipt:
    """Publish the staging copy; load and audit again each time another run published meanwhile."""
    for _ in range(PUBLISH_TRIES):
        try:
            return publish(run, collect_rule_versions(run), settings.read().keep_snapshots, _shared_warehouse())
        except StaleStagingCopy:
            _load_into_copy(run)
            audit(run)
    return publish(run, collect_rule_versions(run), settings.read().keep_snapshots, _shared_warehouse())


def _shared_warehouse() -> ducklake.SharedWarehouse | None:
    """Return the warehouse shared by several machines, or None without a setting."""
    return ducklake.shared_warehouse(settings.read())
