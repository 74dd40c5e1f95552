"""
### A night of news

Turns the night's dumps of scraped pages into facts, each with its source lines:
**fetch → read → survey → learn → clean → minhash → dedupe → extract → check → load → audit → publish**.

- A scheduled run takes the night of its date; a backfill takes each night of its range, in any order.
- To run by hand, press *Trigger* and choose the night; the default is today.
- Running a night again replaces it. Readers see the last good warehouse until the new one is published.
- Rejected records are in `ops.rejected` with a reason; too many faulty rows stop the night before loading.
"""

from datetime import datetime, timedelta

from airflow.sdk import DAG, CronPartitionTimetable, Param, chain

from newsmill_bridge import nightly_tasks

with DAG(
    dag_id="news_nightly",
    description="Clean, dedupe, extract and load one night of news dumps.",
    doc_md=__doc__,
    schedule=CronPartitionTimetable("30 2 * * *", timezone="UTC", key_format="%Y-%m-%d"),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    tags=["newsmill"],
    params={
        "night": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Night",
            description="The night (partition date) of the dumps to read. Empty: the date of this run.",
        ),
        "sources": Param(
            [],
            type="array",
            items={"type": "string"},
            title="Sources",
            description="Names in sources.toml, or paths inside the project, {night} is the date. Empty: all.",
        ),
        "content": Param(
            "page",
            enum=["page", "article"],
            title="Content",
            description="Content of the paths above: scraped pages, or main text from which nothing is cut.",
        ),
        "learned": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Learned up to",
            description="Clean with the boilerplate learned up to this night. Empty: up to the night itself.",
        ),
    },
):
    chain(*nightly_tasks())
