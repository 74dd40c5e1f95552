"""
### Rejected records: read, release or discard

Every record that a step turned away is in `ops.rejected`, with a reason. To decide on some of them:

1. Press *Trigger*. Name one record, or the source and the reason of all records meant, and say why.
2. Open *Required Actions*. It shows the records with their texts. *Approve*, or *Reject* to decide nothing.
3. The decision is kept with your name, and the nights of released records are loaded again, these records included.

Only verdicts on the content of a page can be released. A record that could not be read, a second capture of an article
and a row that breaks the contract of its table hold nothing to load: the first task then fails and says so.

The same by command: `newsmill quarantine list|show|release|discard|replay`.
"""

from datetime import datetime

from airflow.sdk import DAG, chain
from newsmill_approval import approve_shown
from newsmill_replay import FIND, find_records, record_decision, replay_nights, replay_params

with DAG(
    dag_id="news_replay",
    description="Show rejected records, release or discard them, and load their nights again.",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2026, 1, 1),
    default_args={"owner": "newsmill"},
    tags=["newsmill", "people"],
    params=replay_params(),
):
    chain(find_records(), approve_shown(FIND), record_decision(), replay_nights())
