"""The table of contents: what runs in a night, and in which order."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from graphlib import TopologicalSorter

import pyarrow as pa

import newsmill
from newsmill import decisions, landing, runs, settings
from newsmill.cleaning.clean import clean
from newsmill.cleaning.learn import learn
from newsmill.cleaning.survey import survey
from newsmill.dedup.dedupe import dedupe
from newsmill.dedup.sign import sign
from newsmill.errors import Permanent, StaleDraft
from newsmill.lake import WHOLE
from newsmill.landing import Dump
from newsmill.quality import gate
from newsmill.readers import bundles
from newsmill.registry import discover_extractors
from newsmill.relations import DECISIONS, ENTITY_DECISIONS, PAGES, rejected
from newsmill.runs import MODEL, Receipt, Run, receipt
from newsmill.sources import catalog, fetch
from newsmill.stage import Stage, run_stage
from newsmill.warehouse import ducklake, snapshots
from newsmill.warehouse.audit import audit
from newsmill.warehouse.integrity import check_home
from newsmill.warehouse.leftovers import remove_leftovers
from newsmill.warehouse.loader import copy, held, load
from newsmill.warehouse.publish import publish

DRAFT_TRIES = 3
MODELS = {
    "lines": ("clean", "cleaning/line_model.json"),
    "names": ("mentions", "mentions/model.npz"),
    "places": ("places", "places/model.json"),
}
"""The trained models by name: the stage that goes by each, and its file."""
WITHOUT_RULES = ("doctor", "quality", "sources", "warehouse")
"""The rooms that do not decide what is read, kept and extracted. Any other room is part of a run's rules."""


@dataclass(frozen=True)
class Step:
    """One task of the night: `over` names what it is mapped over; a step over the night runs once."""

    name: str
    over: str
    work: Callable[[Run, str | None], Receipt]
    meaning: str


def steps() -> list[list[Step]]:
    """Return the night in running order; the steps of one row may run side by side.

    The warehouse is copied while extractors run: the one waits for the disk, the others for processors.
    """
    extracting, *behind = rows_of(extractor_stages().values())
    return [
        [Step("fetch", "dump", _fetch, "Copy what a dump offers tonight into the landing folder, byte for byte.")],
        [Step("read", "bundle", bundles.read, "Decode a bundle of landed files into pages, mended once.")],
        [_step(survey)],
        [Step(learn.name, "night", _learn, _meaning(learn))],
        [_step(clean)],
        [_step(sign)],
        [_step(dedupe)],
        [*map(_step, extracting), Step("copy", "night", _whole(copy), "Copy the published warehouse for the load.")],
        *(list(map(_step, row)) for row in behind),
        [Step("check", "night", _whole(gate.check), "Withhold faulty rows, with reasons; too many stop the night.")],
        [Step("load", "night", _whole(_load), "Bring the night into the copy of the published warehouse.")],
        [Step("audit", "night", _whole(_audit), "Prove the draft: grain, references, intervals, expectations.")],
        [Step("publish", "night", _whole(_publish), "Seal the draft and swap it in; readers never see half a night.")],
    ]


def followers(name: str) -> list[str]:
    """List a step from read to check, and all between that read, at first or second hand, what it writes.

    What is checked comes of all that is read, so check follows every step but load.
    """
    named = ["read", *(stage.name for stage in stages()), "check", "load"]
    if name not in named:
        raise Permanent(f"nothing can be done again from {name!r} on; from these it can: {', '.join(named)}")
    found, written = [], set()
    if name == "read":
        found, written = [name], {PAGES.name}
    for stage in stages():
        if stage.name == name or stage.read_names & written:
            found.append(stage.name)
            written |= {relation.name for relation in stage.writes}
    return found if name == "load" else [*found, "check"]


def perform(name: str, run: Run, unit: str | None) -> Receipt:
    """Do one step by its name, so that another process can be told which."""
    return next(step for row in steps() for step in row if step.name == name).work(run, unit)


def begin(run: Run) -> None:
    """Check that the home is whole, remove what ended runs left in it, and open the ledger entry of a run."""
    check_home(run.home, _shared())
    remove_leftovers(run.home)
    runs.record(run, "running", rules())


def give_up(run: Run, is_gate_closed: bool) -> None:
    """Record that a run ended unpublished, and remove its draft; a home without a lake was refused and stays so."""
    if run.lake.root.is_dir():
        runs.record(run, "gate_closed" if is_gate_closed else "failed", rules())
        snapshots.discard(snapshots.draft_path(run.warehouse, run.run_id))


@cache
def extractor_stages() -> dict[str, Stage]:
    """Return the extractors by name; a new room with a stage of its name is a new step."""
    return discover_extractors(newsmill)


def rows_of(stages: Iterable[Stage]) -> list[list[Stage]]:
    """Return stages in rows: each in the first row that stands behind all that write what it reads."""
    stages = list(stages)
    writers = {relation.name: stage.name for stage in stages for relation in stage.writes}
    waits = {stage.name: {writers[name] for name in stage.read_names & writers.keys()} for stage in stages}
    order = TopologicalSorter(waits)
    order.prepare()
    rows = []
    while order.is_active():
        names = set(order.get_ready())
        rows.append([stage for stage in stages if stage.name in names])
        order.done(*names)
    return rows


def rule_rooms() -> list[str]:
    """List the rooms whose code and data decide what a run reads, keeps and extracts."""
    rooms = (path.parent.name for path in settings.PACKAGE.glob("*/__init__.py"))
    return sorted(room for room in rooms if room not in WITHOUT_RULES)


@cache
def rules() -> dict[str, str]:
    """Return the version of every stage, and hashes of what they know: code and word lists, each model, decisions."""
    models = {name: settings.PACKAGE / file for name, (_, file) in MODELS.items()}
    known = hashlib.sha256()
    for path in sorted(path for room in rule_rooms() for path in settings.PACKAGE.joinpath(room).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path not in models.values():
            known.update(path.read_bytes())
    decided = hashlib.sha256(repr(decisions.decisions(settings.read().decisions)).encode())
    learned = {f"{MODEL}{name}": hashlib.sha256(file.read_bytes()).hexdigest() for name, file in models.items()}
    versions = {stage.name: stage.version for stage in stages()}
    return versions | {"known": known.hexdigest(), f"{MODEL}decisions": decided.hexdigest()} | learned


def dumps(run: Run) -> dict[str, Dump]:
    """Return the dumps to fetch by name: the places given by hand and those named; where nothing is asked for, all."""
    made = {dump.name: dump for dump in (catalog.adhoc(location, run.content) for location in run.sources)}
    if made and not run.dumps:
        return made
    file = settings.read().sources
    listed = catalog.catalog(file)
    if strange := [name for name in run.dumps if name not in listed]:
        raise Permanent(f"{file} lists no dump {', '.join(strange)}; it lists {', '.join(listed)}")
    return made | {name: listed[name] for name in run.dumps or listed}


def asked(run: Run) -> list[str]:
    """List the dumps to fetch; what an earlier run told of others that never landed is forgotten."""
    names = list(dumps(run))
    run.lake.sweep(rejected("fetch"), run.night, {*names, *(dump.name for dump in landing.landed_dumps(run))})
    return names


def landed(run: Run) -> list[str]:
    """List the bundles of the night; a night for which nothing landed at all is an error that says why."""
    found = landing.bundles(run)
    if not found:
        told = [row["detail"] for row in run.lake.read(rejected("fetch"), run.night).to_pylist()]
        raise Permanent(f"nothing landed for the night {run.night}: " + ("; ".join(told) or "no dump was fetched"))
    return found


def parts(run: Run) -> list[str]:
    """List the parts of the night's pages, after removing what an earlier run left of parts that are no more."""
    current = set(landing.bundles(run))
    kept = [part for part in run.lake.parts(PAGES, run.night) if bundles.bundle_of(part) in current]
    run.lake.sweep(PAGES, run.night, kept)
    run.lake.sweep(rejected("read"), run.night, current)
    run.lake.sweep(bundles.PASSED_OVER, run.night, current)
    for stage in (stage for stage in stages() if stage.per == "part"):
        for relation in (*stage.writes, rejected(stage.name)):
            run.lake.sweep(relation, run.night, kept)
    return kept


UNITS: dict[str, Callable[[Run], list[str]]] = {"dump": asked, "bundle": landed, "part": parts}


def stages() -> list[Stage]:
    """List all stages, in an order in which each stands behind those whose relations it reads."""
    extracting = (extractor for row in rows_of(extractor_stages().values()) for extractor in row)
    return [survey, learn, clean, sign, dedupe, *extracting]


def _step(stage: Stage) -> Step:
    return Step(stage.name, stage.per, partial(_run, stage), _meaning(stage))


def _meaning(stage: Stage) -> str:
    return stage.__doc__.strip().split("\n")[0]


def _run(stage: Stage, run: Run, unit: str | None) -> Receipt:
    return run_stage(stage, run, unit or WHOLE)


def _learn(run: Run, _unit: str | None) -> Receipt:
    """Learn furniture from the nights that the warehouse holds, and from what people have decided by now."""
    run.lake.write(DECISIONS, run.night, WHOLE, decisions.block_rows(settings.read().decisions))
    if run.held is not None:
        return run_stage(learn, run, held=dict(run.held))
    shared = _shared()
    return run_stage(learn, run, held=ducklake.held(run.lake, shared) if shared else held(run.warehouse))


def _whole(work: Callable[[Run], Receipt]) -> Callable[[Run, str | None], Receipt]:
    return partial(_without_unit, work)


def _without_unit(work: Callable[[Run], Receipt], run: Run, _unit: str | None) -> Receipt:
    return work(run)


def _fetch(run: Run, name: str) -> Receipt:
    """Fetch a dump; one that is not there tonight is one row in quarantine, and the night goes on with the others."""
    dump = dumps(run)[name]
    try:
        return fetch.fetch(run, dump, settings.read().root)
    except Permanent as error:
        row = {
            "page_id": dump.name,
            "dump": dump.name,
            "dump_file": dump.location,
            "record_no": 0,
            "stage": "fetch",
            "reason": getattr(error, "reason", "not_fetched"),
            "detail": str(error),
        }
        missing = pa.Table.from_pylist([row], rejected("fetch").schema)
        run.lake.write(rejected("fetch"), run.night, dump.name, missing)
        with receipt(run, "fetch", dump.name) as slip:
            slip.rows_in = slip.rejected = 1
    return slip


def _load(run: Run) -> Receipt:
    """Load the night by what people have decided of entities by now."""
    tell_decisions(run)
    return _draft(run)


def _draft(run: Run) -> Receipt:
    """Load the night into a draft; a run whose task is repeated after a failure counts as running again."""
    runs.record(run, "running", rules())
    return load(run, settings.read().is_searchable, _shared())


def tell_decisions(run: Run) -> None:
    """Write what people have decided of entities by now into the lake of the run, for the load."""
    run.lake.write(ENTITY_DECISIONS, run.night, WHOLE, decisions.entity_rows(settings.read().decisions))


def _audit(run: Run) -> Receipt:
    """Audit the draft; load it again first if another run published meanwhile."""
    try:
        return audit(run)
    except StaleDraft:
        _draft(run)
        return audit(run)


def _publish(run: Run) -> Receipt:
    """Publish the draft; where another run published meanwhile, load and audit again onto what that left."""
    for _ in range(DRAFT_TRIES):
        try:
            return publish(run, rules(), settings.read().keep_snapshots, _shared())
        except StaleDraft:
            _draft(run)
            audit(run)
    return publish(run, rules(), settings.read().keep_snapshots, _shared())


def _shared() -> ducklake.Shared | None:
    """Return the warehouse that machines share, where the settings name one."""
    return ducklake.shared(settings.read())
