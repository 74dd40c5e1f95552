"""The seam between Airflow and newsmill: steps become tasks, and newsmill's errors become Airflow's.

No other file imports both. Every Airflow process imports this file, so heavy imports are inside functions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from airflow.sdk import Asset, TaskGroup, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

if TYPE_CHECKING:
    from airflow.sdk import XComArg
    from airflow.sdk.bases.decorator import Task
    from airflow.sdk.types import DagRunProtocol

    from newsmill.pipeline import Step
    from newsmill.runs import Receipt, Run

Args = ParamSpec("Args")
Result = TypeVar("Result")

WAREHOUSE = Asset("newsmill_warehouse")
WRITER_POOL = "warehouse"
_WRITERS = ("load", "audit", "publish")
_RETRIES: dict[str, Any] = {"retries": 3, "retry_delay": timedelta(seconds=10), "retry_exponential_backoff": 2.0}


def resolve_night(params: Mapping[str, Any], dag_run: DagRunProtocol) -> date:
    """Return the night of a run: from the form, else the partition key, else the date of the run.

    Scheduled and backfill runs have a partition key; a manual run may have neither key nor logical date.
    """
    given = params.get("night") or dag_run.partition_key
    if given:
        return date.fromisoformat(str(given)[:10])
    return (dag_run.logical_date or dag_run.run_after).date()


def make_run(context: Mapping[str, Any]) -> Run:
    """Return the newsmill Run of an Airflow run, the same for all tasks and retries."""
    from newsmill import settings
    from newsmill.runs import Run
    from newsmill.sources.paths import FileAccess, split_form_sources

    params, dag_run = context["params"], context["dag_run"]
    night, kind = resolve_night(params, dag_run), str(getattr(dag_run.run_type, "value", dag_run.run_type))
    kind = kind if kind in ("scheduled", "backfill") else "manual"
    run_id = f"{night}-{re.sub(r'[^A-Za-z0-9]+', '-', dag_run.run_id).strip('-')}"
    configured = settings.read()
    access = FileAccess(configured.root, configured.home)
    names, locations = _call_newsmill(split_form_sources, params.get("sources") or [], night, access)
    started = dag_run.start_date or dag_run.run_after
    learned = date.fromisoformat(params["learned"][:10]) if params.get("learned") else None
    content = params.get("content") or "page"
    return Run(
        configured.home.resolve(),
        night,
        run_id,
        kind,
        names,
        locations,
        content,
        started,
        learned,
        document_seconds=configured.document_seconds,
        step_seconds=configured.step_seconds,
    )


def nightly_tasks() -> list[XComArg | TaskGroup]:
    """Return the tasks of the night in order, for one `chain`; concurrent tasks form a group.

    Groups, not lists: between two lists, `chain` connects each task only to the task with the same index.
    """
    from newsmill.pipeline import steps

    tasks: list[XComArg | TaskGroup] = []
    listings: dict[str, XComArg] = {}
    for row in steps():
        over = row[0].over
        if over != "night" and over not in listings:
            listings[over] = _make_listing(over)()
            tasks.append(listings[over])
        tasks.append(_instantiate(row[0], listings) if len(row) == 1 else _make_group(row, listings))
    return tasks


def _make_group(row: list[Step], listings: Mapping[str, XComArg]) -> TaskGroup:
    """Make the tasks of a row as a group."""
    with TaskGroup(f"{row[0].name}_and_others", prefix_group_id=False) as group:
        for step in row:
            _instantiate(step, listings)
    return group


def _instantiate(step: Step, listings: Mapping[str, XComArg]) -> XComArg:
    """Return the task of a step, mapped over the listed units."""
    return _make_task(step)() if step.over == "night" else _make_task(step).expand(unit=listings[step.over])


def _make_task(step: Step) -> Task[..., dict[str, Any]]:
    """Turn a step into a task with the same name; writers queue for the single slot of the pool."""
    options: dict[str, Any] = {"map_index_template": "{{ unit }}"} if step.over != "night" else {}
    if step.name in _WRITERS:
        options["pool"] = WRITER_POOL
    if step.name == "publish":
        options["outlets"] = [WAREHOUSE]

    @task(
        task_id=step.name,
        doc_md=step.meaning,
        trigger_rule="none_failed",
        on_failure_callback=note_failure,
        **_RETRIES,
        **options,
    )
    def perform(unit: str | None = None) -> dict[str, Any]:
        context = get_current_context()
        context["unit"] = unit  # type: ignore[typeddict-unknown-key]  # Airflow lets a task add names for templates
        receipt = asdict(_call_newsmill(_run_step, step, make_run(context), unit))
        if step.name == "publish":
            context["outlet_events"][WAREHOUSE].extra = {"run_id": receipt["run_id"], "rows": receipt["rows_out"]}
        return receipt

    return perform


def _run_step(step: Step, run: Run, unit: str | None) -> Receipt:
    """Run a step; with a time limit, in a fork, because a fork can be ended."""
    if step.over != "part" and not run.step_seconds:
        return step.work(run, unit)
    from newsmill import workers

    return workers.perform_forked(step.name, run, unit)


def _make_listing(over: str) -> Task[[], list[str]]:
    """Make the task to list the units of the next tasks; the first of a run opens the ledger entry."""

    @task(
        task_id=f"list_{over}s",
        doc_md=f"List the {over}s that the next tasks are mapped over.",
        trigger_rule="none_failed",
        on_failure_callback=note_failure,
        **_RETRIES,
    )
    def names() -> list[str]:
        from newsmill import pipeline
        from newsmill.doctor.selftest import require_sound_kernels

        run = make_run(get_current_context())
        if over == "dump":
            _call_newsmill(require_sound_kernels)
            _call_newsmill(pipeline.begin_run, run)
        return _call_newsmill(pipeline.UNITS[over], run)

    return names


def _call_newsmill(work: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs) -> Result:
    """Call newsmill; a Permanent error fails the task without a retry."""
    from newsmill.errors import Permanent

    try:
        return work(*args, **kwargs)
    except Permanent as error:
        raise AirflowFailException(f"{type(error).__name__}: {error}") from error


def note_failure(context: Mapping[str, Any]) -> None:
    """Write into the ledger how the run ended."""
    from newsmill import pipeline

    pipeline.record_unpublished(make_run(context), is_gate_closed="GateClosed" in str(context.get("exception")))
