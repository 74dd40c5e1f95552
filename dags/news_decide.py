"""
### Decide: blocks of text that are kept or dropped, and who is who

1. Press *Trigger*. Choose a decision, name the block or the entity, and say why.
2. Open *Required Actions*. It shows how many pages or mentions are meant, with examples. *Approve*, or *Reject*.
3. The decision is kept with your name. It holds from the next night on, a decision on an entity for all nights.
   `news_rebuild` applies it to nights that were loaded before, and shows the difference first.

The same by command: `newsmill boilerplate keep|drop`, `newsmill entities merge|split|hide|rename`.
"""

from datetime import datetime

from airflow.sdk import DAG, chain
from newsmill_approval import approve_shown
from newsmill_decide import SHOW, decide_params, record_proposal, show_effect

with DAG(
    dag_id="news_decide",
    description="Keep or drop a block of text; merge, split, hide or rename an entity.",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2026, 1, 1),
    default_args={"owner": "newsmill"},
    tags=["newsmill", "people"],
    params=decide_params(),
):
    chain(show_effect(), approve_shown(SHOW), record_proposal())
