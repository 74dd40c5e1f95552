"""
### Rebuild: make history anew by the current rules

After new rules, a new version or a decision, nights that were loaded before keep their result until they are rebuilt.

1. Press *Trigger*. Choose the step to start from and the nights, and say why.
2. `dry_run` rebuilds in a folder of its own. Readers notice nothing, and nights may run meanwhile.
3. Open *Required Actions*. It shows what would differ: rows by table before and after, nights, decisions, examples.
   *Approve* publishes it, with your name. *Reject* removes it, and nothing has changed.

A night that is published between the dry run and the answer makes the shown difference out of date: `publish` then
fails and says so. Trigger again; finished nights are not repeated.

The same by command: `newsmill rebuild --from STEP --dry-run`, then `--plan PLAN`, or `--discard`.
"""

from datetime import datetime

from airflow.sdk import DAG, chain
from newsmill_approval import approve_shown
from newsmill_rebuild import DRY_RUN, discard_rebuild, make_dry_run, publish_rebuild, rebuild_params

with DAG(
    dag_id="news_rebuild",
    description="Rebuild nights from a step on: dry run, difference, approval, publish.",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2026, 1, 1),
    max_active_runs=1,
    default_args={"owner": "newsmill"},
    tags=["newsmill", "people"],
    params=rebuild_params(),
):
    chain(make_dry_run(), approve_shown(DRY_RUN, on_reject=discard_rebuild), publish_rebuild())
