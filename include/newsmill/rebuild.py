"""History done again from a step on, by the rules of today: into a candidate that is compared before publishing."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rich.console import Console

from newsmill import landing, night, pipeline, runs, settings, workers
from newsmill.errors import GateClosed, Permanent, StaleDraft, WriterBusy
from newsmill.lake import Lake
from newsmill.locks import alone
from newsmill.progress import Steps
from newsmill.relations import ARTICLES, PAGES, QUALITY_RESULTS, RECEIPTS, RUNS, SNAPSHOTS, rejected
from newsmill.runs import MODEL, Run, receipt
from newsmill.terminal import print_line
from newsmill.warehouse import disk, ducklake, integrity, loader, snapshots, time_travel
from newsmill.warehouse.audit import audit
from newsmill.warehouse.diff import compare
from newsmill.warehouse.publish import publish
from newsmill.warehouse.repair import record_snapshot

FOLDER = "rebuild"
TRIES = 3
LEDGERS = (RUNS, RECEIPTS, QUALITY_RESULTS, SNAPSHOTS)
UNITS = {"bundle": pipeline.landed, "part": lambda run: run.lake.parts(PAGES, run.night)}


@dataclass(frozen=True)
class Asked:
    """What is to be done again: from which step on, and which nights, from `first` to `last` or those by old rules."""

    home: Path
    step: str
    first: date = date.min
    last: date = date.max
    only_stale: bool = False


@dataclass(frozen=True)
class Again:
    """A night to be done again: by the run in the folder of the rebuild, in place of the one named, by which rules."""

    run: Run
    replaces: str
    rules: dict[str, str]


@dataclass(frozen=True)
class Plan:
    """The snapshot that a rebuild starts from, the runs its nights stand on, and the nights to be done again.

    `base` is None where the warehouse is lost: it is then built anew of the runs that the ledger has as published.
    """

    base: str | None
    held: dict[date, str]
    nights: tuple[Again, ...]

    @property
    def last(self) -> Again:
        """Return the night whose run gives the candidate its name."""
        return self.nights[-1]


def rebuild(asked: Asked, is_dry: bool, jobs: int, console: Console, told: Console) -> None:
    """Do nights again in a folder of their own, load them into a copy of what is served, compare, audit and publish.

    With `is_dry` the copy stays beside the warehouse as `candidate` and is not served. What was done of a night is not
    done a second time when a rebuild is started again, by whatever it was ended; `told` is where the comparison goes.
    """
    steps = pipeline.followers(asked.step)
    with alone(asked.home / f".{FOLDER}.lock", 0, WriterBusy("another rebuild is at work here; wait for it to end")):
        for _ in range(TRIES):
            plan = _plan(asked, steps)
            try:
                return _carry_out(plan, asked.home, steps, is_dry, jobs, console, told)
            except StaleDraft as stale:
                print_line(console, f"another run published meanwhile ({stale}); planning again")
        raise StaleDraft(f"other runs published meanwhile, {TRIES} times; start the rebuild again when they are done")


# -- the plan ----------------------------------------------------------------------------------------------------------


def _plan(asked: Asked, steps: Sequence[str]) -> Plan:
    base, versions = _base(asked)
    held, nights = {n: told["run_id"] for n, told in versions.items()}, []
    after = dict(held)
    for when, told in versions.items():
        rules = _rules(steps, told)
        if asked.first <= when <= asked.last and not (asked.only_stale and _is_by(rules, told)):
            run = _run(asked.home, when, told, steps, rules, after)
            nights.append(Again(run, told["run_id"], rules))
            after[when] = run.run_id
    if not nights:
        which = "by other rules" if asked.only_stale else "that was asked for"
        raise Permanent(f"what is served holds no night {which}; it holds {len(held)}, {min(held)} to {max(held)}")
    _check_lake(asked, [again.run.night for again in nights])
    for again in nights:
        _find_inputs(again, Lake(asked.home / "lake"), steps)
    return Plan(base, held, tuple(nights))


def _base(asked: Asked) -> tuple[str | None, dict[date, dict]]:
    """Return the published snapshot and the version of each of its nights; without a warehouse, those of the ledger."""
    warehouse, lake = asked.home / "warehouse", Lake(asked.home / "lake")
    nights = integrity.published_nights(lake)
    if nights and (asked.first, asked.last) == (date.min, date.max) and not snapshots.listing(warehouse):
        snapshots.remove_dangling_link(warehouse)
        if snapshots.current(warehouse) is None:
            return None, nights
    integrity.check_warehouse(asked.home, ducklake.shared(settings.read()))
    return snapshots.current(warehouse), loader.versions_held(warehouse)


def _check_lake(asked: Asked, rebuilt: Sequence[date]) -> None:
    """Refuse a lake that lacks nights, unless each of them is read again from the landed dumps."""
    if ducklake.shared(settings.read()):
        return
    if asked.step != "read" or not integrity.lost_nights(asked.home).keys() <= set(rebuilt):
        integrity.check_lake(asked.home)


def _rules(steps: Sequence[str], told: dict) -> dict[str, str]:
    """Return what a night goes by if these steps are done again: of the others, what its run went by before."""
    today = pipeline.rules()
    if "read" in steps or told["ruleset_version"] == runs.ruleset_version(today):
        stages = {name: version for name, version in today.items() if not name.startswith(MODEL)}
    else:
        done_again = {name: today[name] for name in steps if name in today}
        stages = {**done_again, "known": today["known"], "before": str(told["ruleset_version"])}
    before = dict(version.split("=", 1) for version in told["model_versions"])
    user_of = {name: stage for name, (stage, _) in pipeline.MODELS.items()}
    models = {name.removeprefix(MODEL): version for name, version in today.items() if name.startswith(MODEL)}
    kept = {name for name in models.keys() & before.keys() if name in user_of and user_of[name] not in steps}
    return stages | {f"{MODEL}{name}": before[name] if name in kept else models[name] for name in models}


def _is_by(rules: dict[str, str], told: dict) -> bool:
    """Tell whether the run of a night went by these rules."""
    went_by = told["ruleset_version"], told["model_versions"]
    return (runs.ruleset_version(rules), runs.model_versions(rules)) == went_by


def _run(home: Path, when: date, told: dict, steps: Sequence[str], rules: dict, held: dict[date, str]) -> Run:
    """Return the run of a night; its name hashes all that its outcome hangs on, so what is done is known by it."""
    earlier = tuple((n, run_id) for n, run_id in sorted(held.items()) if n < when)
    learned = None if told["learned_night"] == when else told["learned_night"]
    known, limits = tuple(sorted(held.items())), settings.read()
    run = Run(
        home / FOLDER,
        when,
        "",
        "rebuild",
        learned=learned,
        held=known,
        document_seconds=limits.document_seconds,
        step_seconds=limits.step_seconds,
    )
    hangs_on = [
        *steps,
        *sorted(rules.items()),
        told["run_id"],
        learned,
        held.get(learned),
        *(earlier if "learn" in steps else ()),
        *(landing.digests(replace(run, home=home)) if "read" in steps else ()),
    ]
    hashed = hashlib.sha256(repr(hangs_on).encode()).hexdigest()[:12]
    return replace(run, run_id=f"{when}-rebuild-{hashed}")


def _find_inputs(again: Again, lake: Lake, steps: Sequence[str]) -> None:
    """Refuse a night of which the lake has not kept what these steps read; say where to begin instead."""
    doing = [stage for stage in pipeline.stages() if stage.name in steps]
    for stage in pipeline.stages():
        for relation in stage.writes if stage not in doing else ():
            is_read = any(relation.name in other.read_names for other in doing)
            if is_read and lake.has_accepted(again.replaces) and not lake.has_accepted(again.replaces, relation):
                raise Permanent(
                    f"of the night {again.run.night} the run {again.replaces} kept no {relation.name}: "
                    f"rebuild from {stage.name} on, which makes them, or from a step before"
                )


# -- the work ----------------------------------------------------------------------------------------------------------


def _carry_out(
    plan: Plan, home: Path, steps: Sequence[str], is_dry: bool, jobs: int, console: Console, told: Console
) -> None:
    lake = Lake(home / FOLDER / "lake")
    with Steps(console) as progress, workers.pool(jobs) as pool:
        night.test_kernels(progress)
        _lay(plan, home, lake)
        for number, again in enumerate(plan.nights, 1):
            if not lake.has_accepted(again.run.run_id):
                print_line(console, f"night {again.run.night}, {number} of {len(plan.nights)}")
                _do(again, Lake(home / "lake"), steps, pool, progress)
    draft = _load(plan, home)
    if plan.base:
        time_travel.shown(compare(snapshots.there(home / "warehouse", plan.base), draft), told)
    _audit(plan, draft, home)
    if is_dry:
        return _leave(draft, home, told)
    _publish(plan, draft, home)
    shutil.rmtree(home / FOLDER)
    print_line(told, f"readers now see {snapshots.current(home / 'warehouse')}")


def _lay(plan: Plan, home: Path, lake: Lake) -> None:
    """Give the rebuild what runs loaded of all nights, as second names of the same files, and the landed dumps."""
    kept, had = loader.read_from_lake(), Lake(home / "lake")
    for when, run_id in plan.held.items():
        if not lake.has_accepted(run_id):
            lake.accept(kept, when, run_id, source=had)
        if when not in {again.run.night for again in plan.nights}:  # the check compares a night with those before
            lake.adopt(ARTICLES, when, had.files_of_run(ARTICLES, when, run_id))
    landed = home / FOLDER / "landing"
    if not landed.is_symlink():
        landed.symlink_to(Path("..") / "landing", target_is_directory=True)


def _do(again: Again, had: Lake, steps: Sequence[str], pool, progress: Steps) -> None:
    """Do the steps of a night; when all are done, what came of it is kept under the name of its run."""
    run = again.run
    run.lake.clear(run.night)
    redone = {relation.name for stage in pipeline.stages() if stage.name in steps for relation in stage.writes}
    redone |= {rejected(name).name for name in steps} | ({PAGES.name} if "read" in steps else set())
    kept = {relation.name: relation for relation in loader.read_from_lake()}
    for name in kept.keys() - redone:
        run.lake.adopt(kept[name], run.night, had.files_of_run(kept[name], run.night, again.replaces))
    done_before = ("fetch", "noted", "rows", "read", *(stage.name for stage in pipeline.stages()))
    turned_away = [rejected(name) for name in done_before]
    for relation in (*LEDGERS, *turned_away):
        if relation.name not in redone:
            run.lake.adopt(relation, run.night, had.files(relation, run.night))
    runs.record(run, "running", again.rules)
    try:
        for row in pipeline.steps():
            if doing := [step for step in row if step.name in steps]:
                night.run_row(run, doing, UNITS, pool, progress)
    except BaseException as error:
        runs.record(run, "gate_closed" if isinstance(error, GateClosed) else "failed", again.rules)
        raise
    pipeline.tell_decisions(run)
    loader.accept(run)


def _load(plan: Plan, home: Path) -> Path:
    """Load the nights in turn into one copy of what the plan starts from; return it."""
    draft = snapshots.draft_path(plan.last.run.warehouse, plan.last.run.run_id)
    draft.parent.mkdir(parents=True, exist_ok=True)
    snapshots.discard(draft)
    if plan.base:
        base = snapshots.there(home / "warehouse", plan.base)
        disk.clone(base, draft)
        record_snapshot(plan.last.run.lake, base)  # the ledger of a lost lake does not know what the draft is a copy of
    else:
        for again in plan.nights:  # the ledger lists snapshots that are lost; the draft is a copy of none of them
            again.run.lake.sweep(SNAPSHOTS, again.run.night, ())
    shared = ducklake.shared(settings.read())
    for again in plan.nights:
        with receipt(again.run, "load") as slip:
            slip.rows_out = loader.bring(again.run, draft, settings.read().is_searchable, shared, is_rebuilt=True)
            slip.bytes = draft.stat().st_size
    loader.tell_runs(draft, [again.run for again in plan.nights], shared)
    return draft


def _audit(plan: Plan, draft: Path, home: Path) -> None:
    try:
        audit(plan.last.run)
    except GateClosed:
        os.replace(draft, snapshots.path_of(home / "warehouse", snapshots.CANDIDATE))
        raise


def _leave(draft: Path, home: Path, told: Console) -> None:
    candidate = snapshots.path_of(home / "warehouse", snapshots.CANDIDATE)
    os.replace(draft, candidate)
    print_line(
        told, f"nothing is published; what it would be is {candidate}, until the same without --dry-run publishes it"
    )


def _publish(plan: Plan, draft: Path, home: Path) -> None:
    """Bring what was done into the lake of the house, and the draft into its warehouse."""
    warehouse, lake = home / "warehouse", Lake(home / "lake")
    if snapshots.current(warehouse) != plan.base:
        raise StaleDraft(f"it was made from {plan.base}")
    for again in plan.nights:
        lake.accept(loader.read_from_lake(), again.run.night, again.run.run_id, source=again.run.lake)
        lake.take_over(again.run.lake, again.run.night, beside=LEDGERS)
    snapshots.folder(warehouse).mkdir(parents=True, exist_ok=True)
    os.replace(draft, snapshots.draft_path(warehouse, plan.last.run.run_id))
    *others, last = [(replace(again.run, home=home), again.rules) for again in plan.nights]
    publish(*last, settings.read().keep_snapshots, ducklake.shared(settings.read()), others)
    snapshots.path_of(warehouse, snapshots.CANDIDATE).unlink(missing_ok=True)
