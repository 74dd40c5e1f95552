"""Rebuild of nights from a step on with the current rules, into a candidate for comparison before publishing."""

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
from pyarrow import parquet
from rich.console import Console

from newsmill import decisions, landing, night, pipeline, runs, settings, workers
from newsmill.contracts import Relation
from newsmill.errors import GateClosed, Permanent, StaleStagingCopy, WriterBusy
from newsmill.lake import Lake
from newsmill.locks import hold_lock
from newsmill.progress import StepProgress
from newsmill.relations import ARTICLES, PAGES, QUALITY_RESULTS, RECEIPTS, RELEASED, RUNS, SNAPSHOTS, noted, rejected
from newsmill.runs import MODEL_PREFIX, NightVersion, Run, receipt
from newsmill.terminal import print_line
from newsmill.warehouse import disk, ducklake, integrity, loader, snapshots, time_travel
from newsmill.warehouse.audit import audit
from newsmill.warehouse.diff import EXAMPLES, compare_files
from newsmill.warehouse.difference_page import format_difference
from newsmill.warehouse.home_format import record_format
from newsmill.warehouse.leftovers import find_live_run
from newsmill.warehouse.publish import publish
from newsmill.warehouse.repair import record_snapshot
from newsmill.workers import Pool

FOLDER, PLAN_FILE = "rebuild", "plan"
TRIES = 3
"""Attempts to publish before the rebuild gives up because other runs publish meanwhile."""
LEDGER_RELATIONS = (RUNS, RECEIPTS, QUALITY_RESULTS, SNAPSHOTS)
UNITS = {"bundle": pipeline.list_batches, "part": lambda run: run.lake.parts(PAGES, run.night)}


@dataclass(frozen=True)
class RebuildRequest:
    """A request for a rebuild: the first step, and the nights from `first` to `last`, all or only stale nights.

    `nights` limits the range to some nights; None means all. `approved_plan` is the plan that a dry run built and a
    person approved: another one is refused. `on_published` is called as soon as readers see the result, and
    `publish_advice` says after a dry run how to publish it.
    """

    home: Path
    step: str
    first: date = date.min
    last: date = date.max
    only_stale: bool = False
    nights: frozenset[date] | None = None
    approved_plan: str | None = None
    on_published: "Callable[[Published], None]" = lambda published: None
    publish_advice: str = "to publish it, run the same with --plan {plan} in place of --dry-run"

    def includes(self, night: date) -> bool:
        """Report whether a night is asked for."""
        return self.first <= night <= self.last and (self.nights is None or night in self.nights)


@dataclass(frozen=True)
class RebuiltNight:
    """A night to rebuild: the run in the rebuild folder, the run replaced, and the rules."""

    run: Run
    replaces: str
    rules: dict[str, str]


@dataclass(frozen=True)
class Plan:
    """The base snapshot of a rebuild, the published run of each night, the nights to rebuild, the steps to repeat.

    `base` is None where the warehouse is lost: a new warehouse is then built from the published runs of the ledger.
    """

    base: str | None
    held: dict[date, str]
    nights: tuple[RebuiltNight, ...]
    steps: Sequence[str]

    @property
    def last(self) -> RebuiltNight:
        """Return the night whose run names the candidate."""
        return self.nights[-1]

    @property
    def hash(self) -> str:
        """Return a hash of the base, of the runs, which are named by all their inputs, and of what loads them."""
        inputs = self.base, [rebuilt.run.run_id for rebuilt in self.nights], _hash_loading()
        return hashlib.sha256(repr(inputs).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Published:
    """A published rebuild: the snapshots that readers saw before and see after, and the first and last night."""

    before: str | None
    after: str
    first: date
    last: date


@cache
def _hash_loading() -> str:
    """Hash the code, the SQL and the settings that make the warehouse of given runs."""
    files = sorted(path for path in Path(loader.__file__).parent.rglob("*") if path.suffix in (".py", ".sql"))
    versions = f"{duckdb.__version__} {settings.read().is_searchable}".encode()
    return hashlib.sha256(b"".join([versions, *(path.read_bytes() for path in files)])).hexdigest()


def rebuild(request: RebuildRequest, is_dry: bool, jobs: int, console: Console, output: Console) -> None:
    """Repeat nights in a separate folder, load the result into a copy of the published snapshot, compare, audit,
    publish.

    With `is_dry` the copy stays next to the warehouse as `candidate` and is not published. After an interruption, the
    same rebuild skips finished nights. The comparison goes to `output`.
    """
    steps = pipeline.list_dependent_steps(request.step)
    with _lock_folder(request.home):
        for _ in range(TRIES):
            plan = _plan_rebuild(request, steps)
            _require_approved(request, plan)
            try:
                return _run_plan(plan, request, is_dry, jobs, console, output)
            except StaleStagingCopy as stale:
                print_line(console, f"another run published meanwhile ({stale}); planning again")
        raise StaleStagingCopy(
            f"other runs published meanwhile, {TRIES} times; start the rebuild again when they are done"
        )


def _lock_folder(home: Path) -> AbstractContextManager[None]:
    return hold_lock(home / f".{FOLDER}.lock", 0, WriterBusy("another rebuild is at work here; wait for it to end"))


def discard(home: Path) -> bool:
    """Remove all that rebuilds and dry runs left unpublished; return whether there was any."""
    candidate = snapshots.snapshot_path(home / "warehouse", snapshots.CANDIDATE)
    if not home.is_dir():
        raise Permanent(f"{home}: there is no such home; name one with --home")
    with _lock_folder(home):
        is_left = candidate.exists() or (home / FOLDER).exists()
        candidate.unlink(missing_ok=True)
        if (home / FOLDER).exists():
            shutil.rmtree(home / FOLDER)
    return is_left


def read_dry_run(home: Path) -> tuple[str, str]:
    """Return the plan that a dry run built, and its difference from what readers saw, in Markdown."""
    try:
        plan, _, description = (home / FOLDER / PLAN_FILE).read_text(encoding="utf8").partition("\n")
    except FileNotFoundError as error:
        raise Permanent(
            f"{home} has no result of a dry run; it was removed or published; repeat the dry run"
        ) from error
    return plan, description


# -- the plan ----------------------------------------------------------------------------------------------------------


def _plan_rebuild(request: RebuildRequest, steps: Sequence[str]) -> Plan:
    base, versions = _find_base(request)
    held, nights = {when: version["run_id"] for when, version in versions.items()}, []
    after = dict(held)
    for when, version in versions.items():
        if not request.includes(when):
            continue
        rules = _rules_after_rebuild(request.home, when, steps, version)
        if not (request.only_stale and _is_run_by(rules, version)):
            run = _make_run(request.home, when, version, steps, rules, after)
            nights.append(RebuiltNight(run, version["run_id"], rules))
            after[when] = run.run_id
    if not nights:
        which = "by other rules" if request.only_stale else "that was asked for"
        raise Permanent(f"what is served holds no night {which}; it holds {len(held)}, {min(held)} to {max(held)}")
    _require_ended(request.home, nights)
    _check_lake(request, [rebuilt.run.night for rebuilt in nights])
    for rebuilt in nights:
        _check_inputs(rebuilt, Lake(request.home / "lake"), steps)
    return Plan(base, held, tuple(nights), steps)


def _require_approved(request: RebuildRequest, plan: Plan) -> None:
    if request.approved_plan is not None and plan.hash != request.approved_plan:
        raise Permanent(
            f"the rebuild would be another than the approved {request.approved_plan}: since its dry run a night was "
            "published, a decision was made, or the code changed; nothing was published; repeat the dry run, which "
            "does not repeat finished nights, and look at the difference again"
        )


def _require_ended(home: Path, nights: Sequence[RebuiltNight]) -> None:
    """Raise WriterBusy where a run of a night has not ended: it would publish the rebuilt parts as its own."""
    live = {rebuilt.run.night: find_live_run(home, rebuilt.run.night) for rebuilt in nights}
    if running := {when: run_id for when, run_id in live.items() if run_id}:
        listed = ", ".join(f"{when} (run {run_id})" for when, run_id in running.items())
        raise WriterBusy(
            f"these nights are being run: {listed}; nothing was changed; wait for the end of the run, or answer its "
            "Required Action in Airflow, then rebuild again; if a run was killed, run its night again first"
        )


def _find_base(request: RebuildRequest) -> tuple[str | None, Mapping[date, NightVersion]]:
    """Return the published snapshot and the versions of all nights; without a warehouse, the versions of the ledger."""
    warehouse, lake = request.home / "warehouse", Lake(request.home / "lake")
    nights = integrity.read_published_nights(lake)
    if nights and (request.first, request.last) == (date.min, date.max) and not snapshots.list_snapshots(warehouse):
        snapshots.remove_dangling_link(warehouse)
        if snapshots.current_snapshot(warehouse) is None:
            return None, nights
    integrity.check_warehouse(request.home, ducklake.shared_warehouse(settings.read()))
    return snapshots.current_snapshot(warehouse), loader.read_published_versions(warehouse)


def _check_lake(request: RebuildRequest, rebuilt: Sequence[date]) -> None:
    """Check the lake for missing nights, except nights to read again from the landed dumps."""
    if ducklake.shared_warehouse(settings.read()):
        return
    if request.step != "read" or not integrity.find_lost_nights(request.home).keys() <= set(rebuilt):
        integrity.check_lake(request.home)


def _rules_after_rebuild(home: Path, when: date, steps: Sequence[str], version: NightVersion) -> dict[str, str]:
    """Return the rules of a night after some steps are repeated: for other steps, those of the old run."""
    today = pipeline.collect_rule_versions()
    if "read" in steps or version["ruleset_version"] == runs.ruleset_version(today):
        stages = {name: today[name] for name in today if not name.startswith(MODEL_PREFIX)}
    else:
        repeated = {name: today[name] for name in steps if name in today}
        stages = {**repeated, "known": today["known"], "before": str(version["ruleset_version"])}
    before = dict(model.split("=", 1) for model in version["model_versions"])
    user_of = {name: stage.name for stage in pipeline.list_stages() for name in stage.models}
    models = {
        name.removeprefix(MODEL_PREFIX): version for name, version in today.items() if name.startswith(MODEL_PREFIX)
    }
    kept = {name for name in models.keys() & before.keys() if name in user_of and user_of[name] not in steps}
    used = {f"{MODEL_PREFIX}{name}": before[name] if name in kept else models[name] for name in models}
    if "clean" in steps:
        return stages | used | pipeline.version_releases(home, when)
    return stages | used | {f"{MODEL_PREFIX}{name}": before[name] for name in (runs.RELEASES,) if name in before}


def _is_run_by(rules: dict[str, str], version: NightVersion) -> bool:
    """Return whether the run of a night used the given rules."""
    used = version["ruleset_version"], version["model_versions"]
    return (runs.ruleset_version(rules), runs.model_versions(rules)) == used


def _make_run(
    home: Path, when: date, version: NightVersion, steps: Sequence[str], rules: dict[str, str], held: dict[date, str]
) -> Run:
    """Return the run of a night; the id is a hash of all inputs, so finished work is recognised by id."""
    earlier = tuple((other, run_id) for other, run_id in sorted(held.items()) if other < when)
    learned = None if version["learned_night"] == when else version["learned_night"]
    loaded_runs, limits = tuple(sorted(held.items())), settings.read()
    run = Run(
        home / FOLDER,
        when,
        "",
        "rebuild",
        learned=learned,
        held=loaded_runs,
        document_seconds=limits.document_seconds,
        step_seconds=limits.step_seconds,
    )
    inputs = [
        *steps,
        *sorted(rules.items()),
        version["run_id"],
        learned,
        held.get(learned) if learned else None,
        *(earlier if "learn" in steps else ()),
        *(landing.hash_manifests(replace(run, home=home)) if "read" in steps else ()),
        *decisions.tabulate_record_decisions(home, when).to_pylist(),
    ]
    digest = hashlib.sha256(repr(inputs).encode()).hexdigest()[:12]
    return replace(run, run_id=f"{when}-rebuild-{digest}")


def _check_inputs(rebuilt: RebuiltNight, lake: Lake, steps: Sequence[str]) -> None:
    """Raise Permanent if the lake lacks an input of the steps for a night, or some of its columns.

    The message names a step to start from.
    """
    repeated = [stage for stage in pipeline.list_stages() if stage.name in steps]
    for stage in pipeline.list_stages():
        for relation in stage.writes if stage not in repeated else ():
            is_read = any(relation.name in other.read_names for other in repeated)
            if is_read and lake.has_accepted(rebuilt.replaces) and (missing := _find_missing(rebuilt, lake, relation)):
                raise Permanent(
                    f"of the night {rebuilt.run.night} the run {rebuilt.replaces} kept no {missing}: "
                    f"rebuild from {stage.name} on, the step that makes them, or from a step before"
                )


def _find_missing(rebuilt: RebuiltNight, lake: Lake, relation: Relation) -> str:
    """Return the name of an input that is not in the lake, or has the columns of an earlier version; "" if complete."""
    if not lake.has_accepted(rebuilt.replaces, relation):
        return relation.name
    files = lake.files_of_run(relation, rebuilt.run.night, rebuilt.replaces)
    is_earlier = any(set(relation.schema.names) - set(parquet.read_schema(file).names) for file in files[:1])
    return f"{relation.name} of this version" if is_earlier else ""


# -- the work ----------------------------------------------------------------------------------------------------------


def _run_plan(plan: Plan, request: RebuildRequest, is_dry: bool, jobs: int, console: Console, output: Console) -> None:
    home = request.home
    lake = Lake(home / FOLDER / "lake")
    with StepProgress(console) as progress, workers.open_pool(jobs) as pool:
        night.test_kernels(progress)
        (home / FOLDER / PLAN_FILE).unlink(missing_ok=True)  # the candidate may be replaced by one that is not whole
        _link_inputs(plan, home, lake)
        for night_no, rebuilt in enumerate(plan.nights, 1):
            if not lake.has_accepted(rebuilt.run.run_id):
                print_line(console, f"night {rebuilt.run.night}, {night_no} of {len(plan.nights)}")
                _rebuild_night(rebuilt, Lake(home / "lake"), plan.steps, pool, progress)
    staging_copy = _load_nights(plan, home)
    description = "The warehouse is lost: a new one is built of all published nights."
    if plan.base:
        base = snapshots.find_snapshot(home / "warehouse", plan.base)
        difference = compare_files(base, staging_copy, examples=EXAMPLES if is_dry else 0)
        time_travel.print_difference(difference, output)
        description = format_difference(difference)
    _audit_candidate(plan, staging_copy, home)
    if is_dry:
        return _keep_candidate(plan, staging_copy, request, description, output)
    _publish(plan, staging_copy, home)
    after = snapshots.find_snapshot(home / "warehouse").stem
    request.on_published(Published(plan.base, after, plan.nights[0].run.night, plan.last.run.night))
    print_line(output, f"readers now see {after}")
    return shutil.rmtree(home / FOLDER)


def _link_inputs(plan: Plan, home: Path, lake: Lake) -> None:
    """Link into the rebuild folder the parts loaded for all nights, and the landed dumps."""
    relations, source = loader.list_accepted_relations(), Lake(home / "lake")
    for when, run_id in plan.held.items():
        if not lake.has_accepted(run_id):
            lake.accept(relations, when, run_id, source=source)
        if when not in {rebuilt.run.night for rebuilt in plan.nights}:  # the check compares a night with earlier nights
            lake.link_files(ARTICLES, when, source.files_of_run(ARTICLES, when, run_id))
    landed = home / FOLDER / "landing"
    if not landed.is_symlink():
        landed.symlink_to(Path("..") / "landing", target_is_directory=True)


def _rebuild_night(
    rebuilt: RebuiltNight, source: Lake, steps: Sequence[str], pool: Pool, progress: StepProgress
) -> None:
    """Repeat the steps of a night; when all are done, keep the result under the id of the run."""
    run = rebuilt.run
    run.lake.clear_night(run.night)
    rewritten = {relation.name for stage in pipeline.list_stages() if stage.name in steps for relation in stage.writes}
    rewritten |= {relation_of(name).name for name in steps for relation_of in (noted, rejected)}
    rewritten |= {PAGES.name} if "read" in steps else set()
    relations = {relation.name: relation for relation in loader.list_accepted_relations()}
    for name in relations.keys() - rewritten:
        run.lake.link_files(
            relations[name], run.night, source.files_of_run(relations[name], run.night, rebuilt.replaces)
        )
    pipeline.write_record_decisions(run, source.root.parent)
    set_aside = [*(stage.set_aside for stage in pipeline.list_stages()), RELEASED]
    set_aside += [*map(rejected, ("fetch", "read", "rows")), *map(noted, ("check", "fetch", "read"))]
    for relation in (*LEDGER_RELATIONS, *set_aside):
        if relation.name not in rewritten:
            run.lake.link_files(relation, run.night, source.files(relation, run.night))
    runs.record_run(run, "running", rebuilt.rules)
    try:
        for row in pipeline.steps():
            if repeated := [step for step in row if step.name in steps]:
                night.run_row(run, repeated, UNITS, pool, progress)
    except BaseException as error:
        runs.record_run(run, runs.name_failure(error), rebuilt.rules)
        raise
    pipeline.write_entity_decisions(run)
    loader.accept_parts(run)


def _load_nights(plan: Plan, home: Path) -> Path:
    """Load the nights in order into a copy of the base snapshot; return the copy."""
    staging_copy = snapshots.staging_path(plan.last.run.warehouse, plan.last.run.run_id)
    staging_copy.parent.mkdir(parents=True, exist_ok=True)
    snapshots.remove_staging(staging_copy)
    if plan.base:
        base = snapshots.find_snapshot(home / "warehouse", plan.base)
        disk.clone(base, staging_copy)
        record_snapshot(plan.last.run.lake, base)  # the ledger of a lost lake lacks the base snapshot
    else:
        for rebuilt in plan.nights:  # the ledger lists lost snapshots; the staging copy is a copy of none
            rebuilt.run.lake.remove_other_parts(SNAPSHOTS, rebuilt.run.night, ())
    shared = ducklake.shared_warehouse(settings.read())
    for rebuilt in plan.nights:
        with receipt(rebuilt.run, "load") as step_receipt:
            step_receipt.rows_out = loader.load_into_staging(
                rebuilt.run, staging_copy, settings.read().is_searchable, shared, is_rebuilt=True
            )
            step_receipt.bytes = staging_copy.stat().st_size
    loader.refresh_runs(staging_copy, [rebuilt.run for rebuilt in plan.nights], shared)
    return staging_copy


def _audit_candidate(plan: Plan, staging_copy: Path, home: Path) -> None:
    try:
        audit(plan.last.run)
    except GateClosed:
        os.replace(staging_copy, snapshots.snapshot_path(home / "warehouse", snapshots.CANDIDATE))
        raise


def _keep_candidate(plan: Plan, staging_copy: Path, request: RebuildRequest, description: str, output: Console) -> None:
    home = request.home
    candidate = snapshots.snapshot_path(home / "warehouse", snapshots.CANDIDATE)
    os.replace(staging_copy, candidate)
    (home / FOLDER / PLAN_FILE).write_text(f"{plan.hash}\n{description}", encoding="utf8")
    print_line(output, f"nothing is published; the result is {candidate}")
    print_line(output, request.publish_advice.format(plan=plan.hash))
    print_line(output, "to remove it, run rebuild --discard")


def _publish(plan: Plan, staging_copy: Path, home: Path) -> None:
    """Move the rebuilt nights into the lake, and the staging copy into the warehouse, and publish."""
    warehouse, lake = home / "warehouse", Lake(home / "lake")
    if snapshots.current_snapshot(warehouse) != plan.base:
        raise StaleStagingCopy(f"it was made from {plan.base}")
    _require_ended(home, plan.nights)
    for rebuilt in plan.nights:
        lake.accept(loader.list_accepted_relations(), rebuilt.run.night, rebuilt.run.run_id, source=rebuilt.run.lake)
        lake.replace_night(rebuilt.run.lake, rebuilt.run.night, merged=LEDGER_RELATIONS)
    snapshots.snapshot_folder(warehouse).mkdir(parents=True, exist_ok=True)
    os.replace(staging_copy, snapshots.staging_path(warehouse, plan.last.run.run_id))
    *others, last = [(replace(rebuilt.run, home=home), rebuilt.rules) for rebuilt in plan.nights]
    record_format(home)
    publish(*last, settings.read().keep_snapshots, ducklake.shared_warehouse(settings.read()), others)
    snapshots.snapshot_path(warehouse, snapshots.CANDIDATE).unlink(missing_ok=True)
