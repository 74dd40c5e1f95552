"""The seam between Airflow and newsmill: steps become tasks, and an Airflow run becomes a newsmill Run.

Every process of Airflow imports this file, and every parse of a DAG file runs it. So heavy imports are inside
functions, which run in tasks only.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import newsmill_alerts
import newsmill_connections
import newsmill_lineage
import newsmill_metrics
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Asset, ExceptionRetryPolicy, RetryAction, RetryRule, conf, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from newsmill.errors import Permanent
from newsmill.extractors import extractors
from newsmill.steps import NIGHT, StepName, find_step, list_names_before
from newsmill.warehouse.model import models

if TYPE_CHECKING:
    from airflow.sdk import XComArg
    from airflow.sdk.types import DagRunProtocol, Operator

    from newsmill.runs import Receipt, Run

log = logging.getLogger(__name__)

NIGHTLY = "news_nightly"
ARRIVAL = "NEWSMILL_ARRIVAL"
"""The setting that names the sources whose dumps start a night."""
ARRIVED = "arrival__"
"""The beginning of the ids of runs that such a dump has started."""
WAREHOUSE = Asset("newsmill_warehouse")
WRITER_POOL = "warehouse"
MART_GROUPS: dict[str, list[Any]] = {
    group: [model.table for model in models() if model.group == group]
    for group in sorted({model.group for model in models() if model.group})
}
MARTS = {group: Asset(f"newsmill_mart_{group}") for group in MART_GROUPS}
"""The assets of the marts by group: a DAG that reads one group waits for that group."""
MAX_TASKS = 200
"""Most mapped tasks of a step: more only cost the scheduler time. A share of a large night holds more units instead."""
DRY_RUN = "dry_run"
"""The field of the form for a dry run."""
_RANGE = "__night_"
"""Between the id of the first run of a range and the night, in the ids of the runs that follow."""
_WRITERS = ("load", "audit", "publish")
_DEFAULTS: dict[str, Any] = {
    "trigger_rule": "none_failed",
    "execution_timeout": timedelta(hours=6),
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(
                exception="newsmill.errors.Permanent",
                action=RetryAction.FAIL,
                reason="bad data or a wrong setting: another try gives the same",
            )
        ]
    ),
}


# -- tasks of the DAG --------------------------------------------------------------------------------------------------


def begin_night() -> XComArg:
    """Return the first task: it checks the home folder and the compiled kernels, and opens the ledger entry."""

    doc = "Check the home folder and the compiled code, and record the run."
    return task(**_options(task_id="begin", doc_md=doc))(_open_night)()


def step_task(name: str) -> XComArg:
    """Return the task of a step; a step over dumps, bundles or parts is mapped over shares of them."""
    step = find_step(name)
    options = _options(task_id=step.name, doc_md=step.meaning)
    if step.name in _WRITERS:
        options["pool"] = WRITER_POOL
    if step.name == "publish":
        options["outlets"] = [WAREHOUSE, *MARTS.values()]
    if step.over == NIGHT:
        return task(**options)(_perform_night_step)(step.name)
    mapped = task(map_index_template="{{ task.op_kwargs['share'] }}", **options)(_perform_share)
    return mapped.partial(name=step.name).expand(share=list_shares())


def extractor_tasks() -> list[XComArg]:
    """Return the tasks of the extractors, each after the extractors whose rows are read."""
    declared = extractors()
    tasks = {extractor.name: step_task(extractor.name) for extractor in declared}
    for extractor in declared:
        for predecessor in extractor.predecessors:
            tasks[predecessor] >> tasks[extractor.name]
    return list(tasks.values())


def remove_scratch() -> XComArg:
    """Return the teardown task: it removes the copy of the warehouse that a failed night leaves."""
    doc = "Remove the staging copy of a night that was not published."
    made = task(task_id="remove_scratch", doc_md=doc, retries=1)(_remove_staging_copy)()
    made.as_teardown()
    return made


def next_night() -> TriggerDagRunOperator:
    """Return the task that triggers the next night of a range asked for in the form, after a failed night too."""
    return TriggerDagRunOperator(
        task_id="next_night",
        trigger_dag_id=NIGHTLY,
        doc_md="Trigger the next night, if the form asks for a range of nights.",
        pre_execute=_configure_next_night,
        trigger_rule="all_done",
        skip_when_already_exists=True,
    )


def list_shares() -> list[str]:
    """Return the labels of the shares, one for each task of a mapped step."""
    given = os.environ.get("NEWSMILL_TASKS") or str(conf.getint("core", "parallelism"))
    if not given.isdigit() or given == "0":
        raise ValueError(f"NEWSMILL_TASKS is {given!r}; it must be a whole number from 1")
    count = min(int(given), MAX_TASKS)
    return [f"{number} of {count}" for number in range(1, count + 1)]


def task_options(**own: Any) -> dict[str, Any]:
    """Return the options of a task: tries, waits and limits."""
    return {**_DEFAULTS, **own}


def _options(**own: Any) -> dict[str, Any]:
    return task_options(on_failure_callback=note_failure, **own)


def read_answer(answer: Mapping[str, Any]) -> tuple[str, datetime]:
    """Return who answered a Required Action, "" for the time limit, and when; the time may have been made a text."""
    user, answered_at = answer["responded_by_user"], answer["responded_at"]
    by = (user["name"] or user["id"]) if user else ""
    return by, datetime.fromisoformat(answered_at) if isinstance(answered_at, str) else answered_at


# -- runs --------------------------------------------------------------------------------------------------------------


def resolve_night(params: Mapping[str, Any], dag_run: DagRunProtocol) -> date:
    """Return the night of a run: from the form, else the partition key, else the date of the run.

    Scheduled and backfill runs have a partition key; a manual run may have neither key nor logical date.
    """
    given = params.get("night") or dag_run.partition_key
    if given:
        return _parse_date(str(given))
    return (dag_run.logical_date or dag_run.run_after).date()


def _parse_date(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise Permanent(f"{text!r} names no night: expected a date such as 2026-03-02") from error


def make_run(context: Mapping[str, Any]) -> Run:
    """Return the newsmill Run of an Airflow run, the same for all tasks and retries; that of a dry run is on a copy."""
    from newsmill import settings
    from newsmill.runs import Run
    from newsmill.sources.paths import FileAccess, split_form_sources

    params, dag_run = context["params"], context["dag_run"]
    night, kind = resolve_night(params, dag_run), str(getattr(dag_run.run_type, "value", dag_run.run_type))
    by_hand = "arrival" if dag_run.run_id.startswith(ARRIVED) else "manual"
    kind = kind if kind in ("scheduled", "backfill") else by_hand
    configured = settings.read()
    access = FileAccess(configured.root, configured.home)
    names, locations = split_form_sources(params.get("sources") or [], night, access, params.get("files") or [])
    run = Run(
        configured.home.resolve(),
        night,
        run_id=f"{night}-{re.sub(r'[^A-Za-z0-9]+', '-', dag_run.run_id).strip('-')}",
        kind=kind,
        dumps=names,
        sources=locations,
        content=params.get("content") or "page",
        started_at=dag_run.start_date or dag_run.run_after,
        learned=_parse_date(params["learned"]) if params.get("learned") else None,
        document_seconds=configured.document_seconds,
        step_seconds=configured.step_seconds,
    )
    return run.on_copy() if is_dry_run(params) else run


def is_dry_run(params: Mapping[str, Any] | None) -> bool:
    """Report whether the form of a run asks for a dry run."""
    return bool((params or {}).get(DRY_RUN))


def _configure_next_night(context: Mapping[str, Any]) -> None:
    """Set the form of the next night on the operator; skip after the last night of the range."""
    params = dict(context["params"])
    night = resolve_night(params, context["dag_run"])
    last = params.get("last_night")
    if not last or night >= _parse_date(last):
        raise AirflowSkipException("no other night is asked for" if not last else f"{night} is the last night")
    following = (night + timedelta(days=1)).isoformat()
    context["task"].conf = {**params, "night": following}
    # the same id whenever the night of this range is asked for: a cleared run triggers no second range
    context["task"].trigger_run_id = f"{context['dag_run'].run_id.partition(_RANGE)[0]}{_RANGE}{following}"
    context["task"].note = f"night {following}, to {last[:10]}"


# -- the work of a task ------------------------------------------------------------------------------------------------


def _open_night() -> str | None:
    """Check the home folder and the kernels, and open the ledger entry of the run.

    Return the run that has published the night before, if this run may be skipped for it.
    """
    import newsmill_hold

    from newsmill import digest, pipeline, shares
    from newsmill.doctor.selftest import require_sound_kernels

    context = get_current_context()
    run = make_run(context)
    if is_dry_run(context["params"]):
        from newsmill import dry_run

        dry_run.create_copy(run)
    digest.clear_errors(run)
    newsmill_hold.list_names()
    require_sound_kernels()
    pipeline.begin_run(run)
    log.info("the night of %s, run %s, into %s", run.night, run.run_id, run.home)
    last = context["params"].get("last_night")
    if last and _parse_date(last) < run.night:
        raise Permanent(f"the last night of the range, {last[:10]}, is before its first, {run.night}: swap the two")
    if first_step := context["params"].get("from_step"):
        shares.require_steps_before(run, first_step)
    return pipeline.find_publisher(run) if _may_be_unchanged(run) else None


def _may_be_unchanged(run: Run) -> bool:
    """Report whether a run may find that the dump of its night has been loaded: then a person did not ask for it."""
    return run.kind in ("scheduled", "arrival") and bool(os.environ.get(ARRIVAL))


def _remove_staging_copy() -> None:
    from newsmill import dry_run, pipeline

    context = get_current_context()
    run = make_run(context)
    if is_dry_run(context["params"]):
        dry_run.remove_copy(run)
    else:
        pipeline.remove_scratch(run)


def _perform_night_step(name: str) -> dict[str, Any]:
    """Run a step over the whole night; return the receipt."""
    context = get_current_context()
    run, step = make_run(context), find_step(name)
    check_task(run, step, context)
    if name == "publish" and is_dry_run(context["params"]):
        _show_dry_run(run, context)
    if name == "check":
        from newsmill import shares

        shares.require_steps_before(run, name)
    (receipt,) = _perform_units(context["task"], run, step, [None])
    _log_lines(run, step, [receipt])
    if step.name == "publish":
        from newsmill import shares

        published = shares.describe_publish(run, receipt)
        context["outlet_events"][WAREHOUSE].extra = published
        for group, asset in MARTS.items():
            context["outlet_events"][asset].extra = dict(published, marts=MART_GROUPS[group])
    return asdict(receipt)


def _show_dry_run(run: Run, context: Mapping[str, Any]) -> None:
    """Log what a dry run would change, keep it as XCom of the task, and skip the publish."""
    from newsmill import dry_run

    with dry_run.naming_home(run):
        text = dry_run.describe(run)
    for line in filter(None, text.split("\n")):
        log.info(line)
    context["ti"].xcom_push("difference", text)
    raise AirflowSkipException("a dry run publishes nothing; what it would change is above, and under XCom")


def _perform_share(name: str, share: str) -> dict[str, Any]:
    """Run a step for the unfinished units of a share; return the sums of the receipts."""
    from newsmill import shares

    context = get_current_context()
    run, step = make_run(context), find_step(name)
    check_task(run, step, context)
    units = shares.take_units(run, step, shares.parse_share(share))
    if not units:
        raise AirflowSkipException(f"the other tasks of {name} have all {step.over}s")
    unfinished = shares.list_unfinished(run, step, units)
    log.info("%s: %d of %d %ss to do: %s", name, len(unfinished), len(units), step.over, ", ".join(unfinished))
    receipts = _perform_units(context["task"], run, step, unfinished)
    _log_lines(run, step, receipts)
    return shares.add_receipts(receipts)


def check_task(run: Run, step: StepName, context: Mapping[str, Any]) -> None:
    """Skip a step that is not needed; raise Permanent if the code changed since the start of the run."""
    from newsmill import pipeline

    _skip_unless_needed(run, step, context)
    pipeline.require_code_of_start(run)


def _skip_unless_needed(run: Run, step: StepName, context: Mapping[str, Any]) -> None:
    """Skip a step before the first step asked for, and all steps after fetch of a night without dumps."""
    first = context["params"].get("from_step")
    if first and step.name in list_names_before(first):
        raise AirflowSkipException(f"this run starts from {first}")
    if step.name != "fetch" and run.kind != "manual":
        from newsmill import pipeline

        reason = pipeline.find_nothing_new(run)
        if not reason and _may_be_unchanged(run):
            reason = pipeline.find_unchanged(run, context["ti"].xcom_pull(task_ids="begin"))
        if reason:
            pipeline.record_skipped(run)
            raise AirflowSkipException(reason)


def _perform_units(operator: Operator, run: Run, step: StepName, units: Sequence[str | None]) -> list[Receipt]:
    """Run a step for units in turn; with a time limit in a fork, because a fork can be ended."""
    from newsmill import pipeline, workers

    receipts: list[Receipt] = []
    newsmill_lineage.describe_task(operator, run, step, units, receipts)
    if step.name == "fetch":
        newsmill_connections.keep_connections(run, [unit for unit in units if unit])
    with workers.open_fork() if step.over == "part" or run.step_seconds else nullcontext() as worker:
        for unit in units:
            done = worker.perform(step.name, run, unit) if worker else pipeline.run_step(step.name, run, unit)
            receipts.append(done)
            newsmill_metrics.send_figures(run.kind, done)
    return receipts


def _log_lines(run: Run, step: StepName, receipts: list[Receipt]) -> None:
    """Log in words what the task read, kept, rejected and wrote."""
    from newsmill import shares

    for line in shares.describe_receipts(run, step, receipts):
        log.info(line)


def note_failure(context: Mapping[str, Any]) -> None:
    """Write into the ledger how the run ended, and keep the message for the digest of the night."""
    from newsmill import pipeline

    run, error = make_run(context), context.get("exception")
    try:
        pipeline.record_failure(run, error)
    finally:
        if newsmill_alerts.is_on():
            _note_error(run, context["ti"].task_id, error or "no message")


def _note_error(run: Run, task_id: str, error: object) -> None:
    from newsmill import digest

    try:
        digest.note_error(run, task_id, error)
    except OSError as problem:
        log.warning("the message of %s will be missing in the digest: %s", task_id, problem)


def close_run(context: Mapping[str, Any]) -> None:
    """Close the ledger entry of a failed run, and report it: a run out of time ends without a word of its tasks.

    Of a dry run only remove the copy.
    """
    from newsmill import pipeline

    if dag_run := context.get("dag_run"):
        ended = {"params": dag_run.conf or {}, "dag_run": dag_run}
        if is_dry_run(dag_run.conf):  # a task that was running may have written after the copy was removed
            from newsmill import dry_run

            return dry_run.remove_copy(make_run(ended))
        try:
            pipeline.close_run(make_run(ended))
        finally:  # a full disk is a reason to report, too
            if newsmill_alerts.is_on():
                newsmill_alerts.send_of_run(ended)
