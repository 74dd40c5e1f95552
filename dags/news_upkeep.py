"""
### Upkeep: keep the home small

Runs on Sundays at noon, between two nights, and removes by the limits of the settings:

- snapshots beyond `NEWSMILL_KEEP_SNAPSHOTS`, with the parts of the lake that no other snapshot holds;
- landed files older than `NEWSMILL_KEEP_LANDED_DAYS` days, but never those of a night that a kept snapshot holds: its
  facts are read back from them;
- old states and small files of a shared DuckLake.

To see what would go: `newsmill snapshots list`, `newsmill retire --before DATE --dry-run`.
"""

from datetime import datetime

from airflow.sdk import DAG, CronTriggerTimetable, chain
from newsmill_upkeep import compact_lake, prune_snapshots, retire_landings

with DAG(
    dag_id="news_upkeep",
    description="Prune snapshots, retire landed files, compact a shared DuckLake.",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("0 12 * * 0", timezone="UTC"),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "newsmill"},
    tags=["newsmill"],
):
    prune, retire, compact = prune_snapshots(), retire_landings(), compact_lake()
    chain(prune, retire)
    chain(prune, compact)
