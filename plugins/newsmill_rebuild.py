"""The tasks of news_rebuild: a dry run, its difference for a person's approval, and the publish."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, get_current_context, task
from newsmill_approval import author_options, because_param
from newsmill_commands import run_newsmill

from newsmill_bridge import WRITER_POOL, task_options
from newsmill_form import DATE, list_rebuild_starts

if TYPE_CHECKING:
    from airflow.sdk import XComArg

DRY_RUN = "dry_run"
WORK_LIMIT = timedelta(hours=12)
EVER = ("0001-01-01", "9999-12-31")


def rebuild_params() -> dict[str, Param]:
    """Return the fields of the form by name."""
    return {
        "from_step": Param(
            "learn",
            enum=list_rebuild_starts(),
            title="Start from",
            description="Repeat this step and all that depend on it, with the output of the last runs for the others.",
        ),
        "first": Param(None, **DATE, title="First night", description="Empty: the first published one."),
        "last": Param(None, **DATE, title="Last night", description="Empty: the last published one."),
        "only_stale": Param(
            False,
            type="boolean",
            title="Only stale nights",
            description="Leave out nights that ran with the current rules, models and decisions.",
        ),
        "because": because_param(),
    }


def make_dry_run() -> XComArg:
    """Return the task that rebuilds into a folder of its own, and describes the difference."""
    doc = "Rebuild into a folder of its own, publish nothing, and compare with what readers see."
    return task(**task_options(task_id=DRY_RUN, doc_md=doc, execution_timeout=WORK_LIMIT))(_make_dry_run)()


def publish_rebuild() -> XComArg:
    """Return the task that publishes the approved result."""
    doc = "Publish the result of the dry run, if nothing has changed since, with the name of the person who approved."
    options = task_options(task_id="publish", doc_md=doc, pool=WRITER_POOL, execution_timeout=WORK_LIMIT)
    return task(**options)(_publish_rebuild)()


def discard_rebuild() -> None:
    """Remove the result of the dry run."""
    run_newsmill("rebuild", "--discard")


def _make_dry_run() -> dict[str, Any]:
    from newsmill import rebuild, settings
    from newsmill.escaping import escape_controls

    params = get_current_context()["params"]
    run_newsmill("rebuild", *_list_options(params), "--dry-run")
    plan, body = rebuild.read_dry_run(settings.read().home.resolve())
    return {
        "subject": f"Rebuild from {params['from_step']}: {escape_controls(params['because'])}",
        "body": body,
        "plan": plan,
    }


def _publish_rebuild() -> None:
    context = get_current_context()
    plan = context["ti"].xcom_pull(task_ids=DRY_RUN)["plan"]
    run_newsmill("rebuild", *_list_options(context["params"]), "--plan", plan, *author_options(context))


def _list_options(params: dict[str, Any]) -> list[str]:
    first, last = (params.get(name) or ever for name, ever in zip(("first", "last"), EVER, strict=True))
    stale = ["--stale"] if params.get("only_stale") else []
    nights = ["--nights", f"{first}..{last}"] if (first, last) != EVER else []
    return ["--from", params["from_step"], *nights, *stale]
