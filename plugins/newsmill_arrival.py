"""The tasks of news_arrival: wait until a dump of the night is there, start the night, and watch on for late dumps."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import BaseOperator, CronPartitionTimetable, Param
from airflow.sdk.exceptions import AirflowSkipException
from newsmill_connections import keep_connections

from newsmill.errors import Permanent
from newsmill_bridge import ARRIVAL, NIGHTLY, make_run, resolve_night, task_options
from newsmill_form import DATE

if TYPE_CHECKING:
    from newsmill.landing import Dump
    from newsmill.runs import Run

log = logging.getLogger(__name__)
WATCH = "news_arrival"
MINUTES = "NEWSMILL_ARRIVAL_MINUTES"
DEFAULT_MINUTES = 5.0
"""Between two looks; a dump counts as whole when two see the same files. At twice, a night starts 20 minutes later at
most; at half, each source is listed 576 times a day.
"""
WATCH_HOURS = 24
"""From the beginning of the night's date in UTC: then the next night is watched."""


def watch_schedule() -> CronPartitionTimetable | None:
    """Return the schedule of the watch, one a night; none until a setting names sources."""
    return CronPartitionTimetable("0 0 * * *", timezone="UTC", key_format="%Y-%m-%d") if is_on() else None


def watch_params() -> dict[str, Param]:
    """Return the fields of the form by name."""
    return {
        "night": Param(None, **DATE, title="Night", description="The night to watch for. Empty: the date of this run."),
        "started": Param("", type="string", title="Started with", description="Set by the run before; leave it empty."),
    }


def is_on() -> bool:
    """Report whether a setting names sources to watch."""
    return bool(os.environ.get(ARRIVAL))


def read_minutes() -> float:
    """Return the minutes between two looks."""
    given = os.environ.get(MINUTES) or str(DEFAULT_MINUTES)
    try:
        minutes = float(given)
    except ValueError:
        minutes = 0
    if not minutes > 0:
        raise Permanent(f"{MINUTES} is {given!r}; it must be a number of minutes above 0")
    return minutes


class DumpSensor(BaseOperator):
    """Waits until a watched source has files of the night that have not landed; between two looks it is deferred."""

    def execute(self, context: Any, event: Any = None, seen: str = "") -> dict[str, str]:
        """Return the night and the mark of its files once two looks saw the same; skip when the night is over.

        The files of a past night come no more: there one look is enough.
        """
        from newsmill import settings
        from newsmill.sources import arrivals

        if not is_on():
            raise AirflowSkipException(f"{ARRIVAL} names no source to watch")
        night = resolve_night(context["params"], context["dag_run"])
        run = make_run({**context, "params": {"night": night.isoformat()}})
        watched = _list_watched(run)
        keep_connections(run, watched)
        arrival = arrivals.look_for_dumps(run, watched, settings.read().root)
        is_over = datetime.now(UTC) >= _end_of_watch(run)
        log.info("night %s: new files at %s", run.night, ", ".join(arrival.sources) or "no source")
        if arrival.sources and arrival.mark != context["params"]["started"] and (arrival.mark == seen or is_over):
            return {"night": run.night.isoformat(), "mark": arrival.mark}
        if is_over:
            raise AirflowSkipException(f"the night {run.night} is over")
        delta = TimeDeltaTrigger(timedelta(minutes=read_minutes()))
        self.defer(trigger=delta, method_name="execute", kwargs={"seen": arrival.mark})


def _list_watched(run: Run) -> dict[str, Dump]:
    """Return the watched sources by name; Permanent for a name that is not listed."""
    from dataclasses import replace

    from newsmill import pipeline

    names = os.environ[ARRIVAL].replace(",", " ").split()
    return pipeline.select_dumps(replace(run, dumps=() if names == ["all"] else tuple(names)))


def _end_of_watch(run: Run) -> datetime:
    return datetime.combine(run.night, time(), UTC) + timedelta(hours=WATCH_HOURS)


def wait_for_dump() -> DumpSensor:
    """Return the task that waits for a dump."""
    doc = "Wait until a watched source has new files, the same at two looks."
    return DumpSensor(**task_options(task_id="wait", doc_md=doc, execution_timeout=timedelta(hours=WATCH_HOURS + 1)))


def start_night() -> TriggerDagRunOperator:
    """Return the task that triggers the night: once for the same files, because the id of the run names them."""
    return TriggerDagRunOperator(
        task_id="start",
        trigger_dag_id=NIGHTLY,
        trigger_run_id="arrival__{{ ti.xcom_pull('wait')['night'] }}__{{ ti.xcom_pull('wait')['mark'][:12] }}",
        conf={"night": "{{ ti.xcom_pull('wait')['night'] }}"},
        skip_when_already_exists=True,
        doc_md="Trigger the night. A late dump triggers it again, and the night then has both.",
    )


def watch_on() -> TriggerDagRunOperator:
    """Return the task that triggers the next watch of the same night, for dumps that come later."""
    return TriggerDagRunOperator(
        task_id="watch_on",
        trigger_dag_id=WATCH,
        trigger_run_id="watch__{{ ti.xcom_pull('wait')['night'] }}__{{ ti.xcom_pull('wait')['mark'][:12] }}",
        conf={"night": "{{ ti.xcom_pull('wait')['night'] }}", "started": "{{ ti.xcom_pull('wait')['mark'] }}"},
        skip_when_already_exists=True,
        trigger_rule="none_failed_min_one_success",
        doc_md="Watch on for dumps that come later.",
    )
