"""
### A night of news

Turns the night's dumps of scraped pages into facts that lead back to the line they stand on:
**fetch → read → survey → learn → clean → dedupe → extract → check → load → audit → publish**.

- A scheduled run takes the night of its date; a backfill takes each night of its range, in any order.
- To run one by hand, press *Trigger* and choose the night; without one, today's is taken.
- Running a night again replaces it. Readers see the last good warehouse until the new one is swapped in.
- What cannot be used is in `ops.rejected` with a reason; too many faulty rows stop the night before it is loaded.
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
            description="The night whose dumps are read. Empty: the day of this run.",
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
            description="What the paths above hold: scraped pages, or main text from which nothing is cut.",
        ),
        "learned": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Learned up to",
            description="Clean by the furniture of sites learned up to this night. Empty: up to the night itself.",
        ),
    },
):
    chain(*nightly_tasks())
