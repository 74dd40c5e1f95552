"""The tasks of news_rollback: the kept snapshots, what a rollback changes, a person's approval, and the rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, get_current_context, task
from newsmill_approval import TEXT, because_param, read_author

from newsmill.errors import Permanent
from newsmill_bridge import WRITER_POOL, task_options
from newsmill_form import list_snapshot_files

if TYPE_CHECKING:
    from airflow.sdk import XComArg

SHOW = "show"


def rollback_params() -> dict[str, Param]:
    """Return the fields of the form by name."""
    return {
        "snapshot": Param(
            None,
            **TEXT,
            examples=list_snapshot_files(),
            title="Snapshot",
            description="Empty: the one that was published before the one that readers see now.",
        ),
        "because": because_param(),
    }


def show_snapshots() -> XComArg:
    """Return the task that lists the snapshots and describes what the rollback changes."""
    doc = "List the kept snapshots, and compare the chosen one with the one that readers see."
    return task(**task_options(task_id=SHOW, doc_md=doc))(_show_snapshots)()


def roll_back() -> XComArg:
    """Return the task that publishes the chosen snapshot."""
    doc = "Publish the chosen snapshot, unless readers see another than the one that was shown by now."
    return task(**task_options(task_id="roll_back", doc_md=doc, pool=WRITER_POOL))(_roll_back)()


def _show_snapshots() -> dict[str, Any]:
    from newsmill import history, settings
    from newsmill.escaping import escape_controls
    from newsmill.warehouse import snapshots

    if settings.read().catalog:
        raise Permanent("the warehouse is shared by several machines; roll back by: newsmill ducklake rollback NAME")
    params, home = get_current_context()["params"], settings.read().home.resolve()
    served = snapshots.find_snapshot(home / "warehouse").stem
    chosen = (params.get("snapshot") or "").strip() or history.find_earlier(home)
    return {
        "subject": f"Roll back to {chosen}: {escape_controls(params['because'])}",
        "body": history.describe_rollback(home, chosen),
        "snapshot": chosen,
        "served": served,
    }


def _roll_back() -> str:
    from newsmill import history, settings

    context = get_current_context()
    shown = context["ti"].xcom_pull(task_ids=SHOW)
    home = settings.read().home.resolve()
    history.roll_back(home, shown["snapshot"], read_author(context), shown["served"])
    return shown["snapshot"]
