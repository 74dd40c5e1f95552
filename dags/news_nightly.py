"""
### A night of news

Turns the night's dumps of scraped pages into facts, each with its source lines.

- A scheduled run takes the night of its date. A backfill takes each night of its range, in any order.
- To run by hand, press *Trigger* and choose a night, or a first and a last night.
- Running a night again replaces it. Readers see the last good warehouse until the new one is published.
- Rejected records are in `ops.rejected` with a reason, warnings and remarks in `ops.note`.
- Too many faulty rows stop the night before loading.
- A scheduled or backfilled night without a new dump is skipped; the log of the skipped task says where it looked.
"""

from datetime import datetime

from airflow.sdk import DAG, CronPartitionTimetable, TaskGroup, chain
from newsmill_alerts import list_deadlines, report_after
from newsmill_hold import hold_before, limit_run

from newsmill_bridge import NIGHTLY, begin_night, close_run, extractor_tasks, next_night, remove_scratch, step_task
from newsmill_form import form_params

with DAG(
    dag_id=NIGHTLY,
    description="Clean, dedupe, extract and load one night of news dumps.",
    doc_md=__doc__,
    schedule=CronPartitionTimetable("30 2 * * *", timezone="UTC", key_format="%Y-%m-%d"),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=limit_run(),
    deadline=list_deadlines(),
    on_failure_callback=close_run,
    default_args={"owner": "newsmill"},
    tags=["newsmill", "news"],
    params=form_params(),
) as dag:
    begin = begin_night()
    fetch, read = step_task("fetch"), step_task("read")
    survey, learn, clean = step_task("survey"), step_task("learn"), step_task("clean")
    minhash, dedupe = step_task("minhash"), step_task("dedupe")
    with TaskGroup("extract", prefix_group_id=False, tooltip="The facts of each article") as extract:
        extractor_tasks()
    copy, check = step_task("copy"), step_task("check")
    load, audit, publish = step_task("load"), step_task("audit"), step_task("publish")

    chain(begin, fetch, read, survey, learn, clean, [minhash, dedupe])
    chain(dedupe, [extract, copy], check)
    chain(minhash, check, load, audit, publish)
    [copy, publish] >> remove_scratch()
    begin >> next_night()
    hold_before(publish, audit)
    report_after(dag.tasks)
