"""
### Start a night when its dump is there

Off until `NEWSMILL_ARRIVAL` names sources to watch, or `all`. Then one run a night looks at these sources every
`NEWSMILL_ARRIVAL_MINUTES`, from midnight to midnight UTC of the night's date:

1. `wait` is deferred until a source has files that have not landed, and two looks in a row see the same ones.
2. `start` triggers `news_nightly` for that night, once for the same files.
3. `watch_on` triggers the next run here. A dump that comes later starts the night again, and the night then has both.

The night of the clock runs as a fallback; it is skipped if the night is published and no file is new.
"""

from datetime import datetime

from airflow.sdk import DAG, chain
from newsmill_arrival import WATCH, start_night, wait_for_dump, watch_on, watch_params, watch_schedule

with DAG(
    dag_id=WATCH,
    description="Wait for the dumps of a night, and start the night when they are there.",
    doc_md=__doc__,
    schedule=watch_schedule(),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    default_args={"owner": "newsmill"},
    tags=["newsmill"],
    params=watch_params(),
):
    wait, start, on = wait_for_dump(), start_night(), watch_on()
    chain(wait, start, on)
    wait >> on
