"""
### Rollback: let readers see an earlier snapshot

1. Press *Trigger*. Choose a snapshot, or none for the one before, and say why.
2. Open *Required Actions*. It lists the kept snapshots and shows what the rollback changes: nights taken back, rows by
   table, examples. *Approve*, or *Reject* to change nothing.
3. Readers see the snapshot at once. The next night is loaded onto it; nights that it lacks can be run again.

Decisions of people stay. The same by command: `newsmill snapshots rollback NAME --dry-run`, then without.
"""

from datetime import datetime

from airflow.sdk import DAG, chain
from newsmill_approval import approve_shown
from newsmill_rollback import SHOW, roll_back, rollback_params, show_snapshots

with DAG(
    dag_id="news_rollback",
    description="Show what an earlier snapshot has, and publish it after approval.",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2026, 1, 1),
    default_args={"owner": "newsmill"},
    tags=["newsmill", "people"],
    params=rollback_params(),
):
    chain(show_snapshots(), approve_shown(SHOW), roll_back())
