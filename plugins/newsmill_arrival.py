"""The tasks of news_arrival: wait until a dump of the night is there, start the night, and watch on for late dumps."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

import newsmill_alerts
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import BaseOperator, CronPartitionTimetable, Param
from airflow.sdk.exceptions import AirflowSkipException
from newsmill_connections import keep_connections

from newsmill import settings
from newsmill.errors import Permanent
from newsmill_bridge import ARRIVAL, ARRIVED, NIGHTLY, make_run, resolve_night, task_options
from newsmill_form import DATE

if TYPE_CHECKING:
    from newsmill.landing import Dump
    from newsmill.runs import Run
    from newsmill.sources.arrivals import Arrival

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
    return settings.read_positive(MINUTES, DEFAULT_MINUTES, "minutes")


class DumpSensor(BaseOperator):
    """Waits until a watched source has files of the night that have not landed; between two looks it is deferred."""

    def execute(self, context: Any, event: Any = None, seen: str | None = None, is_last: bool = False) -> dict:
        """Return the night and the marks of its files once two looks saw the same; skip when the night is over.

        The files of a night that is over at the first look come no more: there one look is enough. One that ends while
        it is watched has one look more, for a dump that grew at the look before.
        """
        if not is_on():
            raise AirflowSkipException(f"{ARRIVAL} names no source to watch")
        night, started = resolve_night(context["params"], context["dag_run"]), context["params"]["started"]
        run = make_run({**context, "params": {"night": night.isoformat()}})
        is_over, is_first = datetime.now(UTC) >= _end_of_watch(run), seen is None
        if is_over and is_first and started:
            raise AirflowSkipException(f"the night {run.night} is over")
        known, before = parse_marks(started), parse_marks(seen or "")
        try:
            arrival = _look(run, known | before)
        except Permanent as error:
            if is_over or (is_first and not started):
                raise
            log.warning("night %s: nothing can be listed, so the next look tries again: %s", run.night, error)
            self._look_again(seen or "", is_last)
        arrived = [name for name in arrival.sources if arrival.marks[name] != known.get(name)]
        log.info("night %s: new files at %s", run.night, ", ".join(arrived) or "no source")
        is_whole = all(arrival.marks[name] == before.get(name) for name in arrived)
        if arrived and (is_whole or (is_over and is_first)):
            return _describe_start(context, arrival.marks, is_over)
        if is_over and (is_first or is_last or not arrived):
            changing = f", and still changes at {', '.join(arrived)}" if arrived else ""
            raise AirflowSkipException(f"the night {run.night} is over{changing}")
        self._look_again(format_marks(arrival.marks), is_over)

    def _look_again(self, seen: str, is_last: bool) -> NoReturn:
        delta = TimeDeltaTrigger(timedelta(minutes=read_minutes()))
        self.defer(trigger=delta, method_name="execute", kwargs={"seen": seen, "is_last": is_last})


def format_marks(marks: Mapping[str, str]) -> str:
    """Return the marks of sources as one text, for the next look or the next run."""
    return " ".join(f"{name}={mark}" for name, mark in sorted(marks.items()))


def parse_marks(text: str) -> dict[str, str]:
    """Return the marks of sources by name."""
    return dict(pair.split("=") for pair in text.split())


def _describe_start(context: Any, marks: Mapping[str, str], is_over: bool) -> dict[str, Any]:
    """Return what the tasks after the wait need.

    The mark also names the start before, because a source may go back to files that it had. The next watch is named
    by this run, so that it begins once whatever the marks are.
    """
    night, current = resolve_night(context["params"], context["dag_run"]), format_marks(marks)
    mark, watch = _hash(f"{context['params']['started']}\n{current}"), _hash(context["dag_run"].run_id)
    return {"night": night.isoformat(), "mark": mark, "marks": current, "watch": watch, "is_over": is_over}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _look(run: Run, known: Mapping[str, str]) -> Arrival:
    from newsmill.sources import arrivals

    watched = _list_watched(run)
    keep_connections(run, watched)
    return arrivals.look_for_dumps(run, watched, settings.read().root, known)


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
    return DumpSensor(**_options(task_id="wait", doc_md=doc, execution_timeout=timedelta(hours=WATCH_HOURS + 1)))


def _options(**own: Any) -> dict[str, Any]:
    return task_options(on_failure_callback=newsmill_alerts.send_failed_watch, **own)


def start_night() -> TriggerDagRunOperator:
    """Return the task that triggers the night: once for the same files, because the id of the run names them."""
    return TriggerDagRunOperator(
        task_id="start",
        trigger_dag_id=NIGHTLY,
        trigger_run_id=f"{ARRIVED}{{{{ ti.xcom_pull('wait')['night'] }}}}__{{{{ ti.xcom_pull('wait')['mark'] }}}}",
        conf={"night": "{{ ti.xcom_pull('wait')['night'] }}"},
        skip_when_already_exists=True,
        **_options(doc_md="Trigger the night. A late dump triggers it again, and the night then has both."),
    )


def watch_on() -> TriggerDagRunOperator:
    """Return the task that triggers the next watch of the same night, for dumps that come later."""
    return TriggerDagRunOperator(
        task_id="watch_on",
        trigger_dag_id=WATCH,
        trigger_run_id="watch__{{ ti.xcom_pull('wait')['night'] }}__{{ ti.xcom_pull('wait')['watch'] }}",
        conf={"night": "{{ ti.xcom_pull('wait')['night'] }}", "started": "{{ ti.xcom_pull('wait')['marks'] }}"},
        skip_when_already_exists=True,
        pre_execute=_skip_if_over,
        **_options(trigger_rule="none_failed_min_one_success", doc_md="Watch on for dumps that come later."),
    )


def _skip_if_over(context: Any) -> None:
    """Skip the next watch of a night that is over: it would have no pause between two starts."""
    if context["ti"].xcom_pull("wait")["is_over"]:
        raise AirflowSkipException("the night is over")
