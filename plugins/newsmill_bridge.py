"""The seam: a step of the night becomes an Airflow task, and newsmill's errors become Airflow's.

Nothing else knows both worlds. Every Airflow process imports this file, so what is heavy is imported inside functions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from airflow.sdk import Asset, TaskGroup, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

if TYPE_CHECKING:
    from newsmill.pipeline import Step
    from newsmill.runs import Run

WAREHOUSE = Asset("newsmill_warehouse")
WRITER_POOL = "warehouse"
_WRITERS = ("load", "audit", "publish")
_RETRIES = {"retries": 3, "retry_delay": timedelta(seconds=10), "retry_exponential_backoff": 2.0}


def night_of(params: Mapping, dag_run) -> date:
    """Return the night of a run: the form's, else the partition's, else the day the run was made for.

    Scheduled and backfill runs bear a partition key; a manual run may have neither key nor logical date.
    """
    asked = params.get("night") or dag_run.partition_key
    if asked:
        return date.fromisoformat(str(asked)[:10])
    return (dag_run.logical_date or dag_run.run_after).date()


def run_of(context: Mapping) -> Run:
    """Return newsmill's value of an Airflow run; all tasks of the run, and their retries, get the same."""
    from newsmill import settings
    from newsmill.runs import Run
    from newsmill.sources.paths import FileAccess, split_form_sources

    params, dag_run = context["params"], context["dag_run"]
    night, kind = night_of(params, dag_run), str(getattr(dag_run.run_type, "value", dag_run.run_type))
    kind = kind if kind in ("scheduled", "backfill") else "manual"
    run_id = f"{night}-{re.sub(r'[^A-Za-z0-9]+', '-', dag_run.run_id).strip('-')}"
    read = settings.read()
    access = FileAccess(read.root, read.home)
    names, places = _translated(split_form_sources, params.get("sources") or [], night, access)
    started = dag_run.start_date or dag_run.run_after
    learned = date.fromisoformat(params["learned"][:10]) if params.get("learned") else None
    content = params.get("content") or "page"
    return Run(
        read.home.resolve(),
        night,
        run_id,
        kind,
        names,
        places,
        content,
        started,
        learned,
        document_seconds=read.document_seconds,
        step_seconds=read.step_seconds,
    )


def nightly_tasks() -> list:
    """Return the tasks of the night in order, for one `chain`; what may run side by side is a group.

    Groups, not lists: of two lists one behind the other, `chain` ties each task to the one at its own place alone.
    """
    from newsmill.pipeline import steps

    tasks, listed = [], {}
    for row in steps():
        over = row[0].over
        if over != "night" and over not in listed:
            listed[over] = _listing(over)()
            tasks.append(listed[over])
        tasks.append(_made(row[0], listed) if len(row) == 1 else _group(row, listed))
    return tasks


def _group(row: list[Step], listed: Mapping) -> TaskGroup:
    """Make the tasks of a row, each under its own name."""
    with TaskGroup(f"{row[0].name}_and_beside", prefix_group_id=False) as group:
        for step in row:
            _made(step, listed)
    return group


def _made(step: Step, listed: Mapping):
    return _task(step)() if step.over == "night" else _task(step).expand(unit=listed[step.over])


def _task(step: Step):
    """Turn a step into a task of its name; writers queue for the one slot of their pool."""
    options = {"map_index_template": "{{ unit }}"} if step.over != "night" else {}
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
    def perform(unit: str | None = None) -> dict:
        context = get_current_context()
        context["unit"] = unit
        slip = asdict(_translated(_perform, step, run_of(context), unit))
        if step.name == "publish":
            context["outlet_events"][WAREHOUSE].extra = {"run_id": slip["run_id"], "rows": slip["rows_out"]}
        return slip

    return perform


def _perform(step: Step, run: Run, unit: str | None):
    """Do a step; where its time is limited in a fork of this process, which can be ended."""
    if step.over != "part" and not run.step_seconds:
        return step.work(run, unit)
    from newsmill import workers

    return workers.perform_forked(step.name, run, unit)


def _listing(over: str):
    """Make the task that lists what the next ones are mapped over; the first of a run opens its ledger entry."""

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

        run = run_of(get_current_context())
        if over == "dump":
            _translated(require_sound_kernels)
            _translated(pipeline.begin, run)
        return _translated(pipeline.UNITS[over], run)

    return names


def _translated(work, *arguments):
    """Call newsmill; what no retry of this task mends fails it at once."""
    from newsmill.errors import Permanent

    try:
        return work(*arguments)
    except Permanent as error:
        raise AirflowFailException(f"{type(error).__name__}: {error}") from error


def note_failure(context: Mapping) -> None:
    """Write into the ledger how the run ended."""
    from newsmill import pipeline

    pipeline.give_up(run_of(context), is_gate_closed="GateClosed" in str(context.get("exception")))
