"""What newsmill adds to Airflow's own processes: names for runs, and modules loaded once for all local tasks."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin
from newsmill_headers import SecurityHeaders

from newsmill_bridge import NIGHTLY, is_dry_run, resolve_night

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun

log = logging.getLogger(__name__)


class RunNames:
    """Shows the night of a run in the list of runs: as note and as partition key."""

    @hookimpl
    def on_dag_run_running(self, dag_run: DagRun, msg: str) -> None:
        """Name a run that starts; the scheduler saves the run afterwards."""
        if dag_run.dag_id != NIGHTLY:
            return
        night = resolve_night(dag_run.conf or {}, dag_run).isoformat()
        dag_run.partition_key = night
        if not dag_run.note:
            dag_run.note = f"night {night}{', dry run: publishes nothing' if is_dry_run(dag_run.conf) else ''}"


class Preload:
    """Loads newsmill's modules into the scheduler, before it forks the processes for local tasks.

    A task then starts with all modules in memory; by itself each would import them, for 3 s of processor time.
    `NEWSMILL_PRELOAD=off` leaves the scheduler small.
    """

    @hookimpl
    def on_starting(self, component: object) -> None:
        """Load at the start of a scheduler."""
        is_scheduler = sys.argv[1:2] == ["scheduler"]  # a job has no type yet when it starts
        if not is_scheduler or type(component).__name__ != "Job" or os.environ.get("NEWSMILL_PRELOAD") == "off":
            return
        from newsmill import preload

        log.info("newsmill: loaded %d modules for local tasks", preload.load_modules())


class NewsmillPlugin(AirflowPlugin):
    """Registers the listeners, and the headers of the pages."""

    name = "newsmill"
    listeners = [RunNames(), Preload()]  # noqa: RUF012  # Airflow reads the attribute of the class
    fastapi_root_middlewares = [  # noqa: RUF012
        {"name": "headers against frames", "middleware": SecurityHeaders, "args": [], "kwargs": {}}
    ]
