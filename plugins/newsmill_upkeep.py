"""The tasks of news_upkeep: commands of newsmill that keep the home small, by the limits of the settings."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException
from newsmill_commands import run_newsmill

from newsmill import settings
from newsmill.errors import Permanent
from newsmill_bridge import WRITER_POOL, task_options

if TYPE_CHECKING:
    from airflow.sdk import XComArg

LANDED_DAYS = "NEWSMILL_KEEP_LANDED_DAYS"


def prune_snapshots() -> XComArg:
    """Return the task that removes snapshots beyond the number to keep, and the lake's parts of no other snapshot."""
    doc = "Remove all but the newest snapshots (`NEWSMILL_KEEP_SNAPSHOTS`), and what only they hold in the lake."
    return task(**task_options(task_id="prune", doc_md=doc, pool=WRITER_POOL))(_prune_snapshots)()


def retire_landings() -> XComArg:
    """Return the task that removes landed files of old nights that no kept snapshot holds."""
    doc = f"Remove landed files older than `{LANDED_DAYS}`, never those of a night that a kept snapshot holds."
    return task(**task_options(task_id="retire", doc_md=doc, pool=WRITER_POOL))(_retire_landings)()


def compact_lake() -> XComArg:
    """Return the task that expires old states of a shared DuckLake and merges its small files."""
    doc = "Merge small files of a shared DuckLake, and remove its old states. A home of its own has none: skipped."
    return task(**task_options(task_id="compact", doc_md=doc, pool=WRITER_POOL))(_compact_lake)()


def read_landed_days() -> int:
    """Return how many days landed files are kept; 0 is for ever."""
    given = os.environ.get(LANDED_DAYS, "0")
    if not given.isdigit():
        raise Permanent(f"{LANDED_DAYS} is {given!r}; it must be a whole number of days, 0 for ever")
    return int(given)


def _prune_snapshots() -> None:
    run_newsmill("snapshots", "prune", "--keep", str(settings.read().keep_snapshots))


def _retire_landings() -> None:
    days = read_landed_days()
    if not days:
        raise AirflowSkipException(f"landed files are kept for ever; {LANDED_DAYS} sets another limit")
    if settings.read().catalog:
        raise AirflowSkipException("the states of a shared DuckLake cite the landed files of all machines: kept")
    before = get_current_context()["dag_run"].run_after.date() - timedelta(days=days)
    run_newsmill("retire", "--before", before.isoformat())


def _compact_lake() -> None:
    if not settings.read().catalog:
        raise AirflowSkipException("the warehouse is a file of this home; only a shared DuckLake has files to merge")
    run_newsmill("ducklake", "tidy", "--keep", str(settings.read().keep_snapshots))
