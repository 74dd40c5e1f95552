"""The soft gate before a publish: warnings of the check wait for a person, if a setting says so."""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import newsmill_alerts
from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk import Param

from newsmill import settings
from newsmill.errors import GateClosed, Permanent
from newsmill.escaping import format_code
from newsmill.steps import find_step
from newsmill_bridge import check_task, is_dry_run, make_run, note_failure, read_answer, task_options

if TYPE_CHECKING:
    from airflow.sdk import XComArg

    from newsmill.runs import Run

log = logging.getLogger(__name__)
WARNINGS, HOURS, DEFAULT = settings.HOLD, "NEWSMILL_HOLD_HOURS", "NEWSMILL_HOLD_DEFAULT"
DEFAULT_HOURS = 8.0
"""A night that begins at half past two is decided on by the middle of the morning."""
MAX_HOURS = 72.0
"""A weekend: Friday's night may be decided on on Monday. At twice, a week of nights waits unseen for one answer."""
WORK_LIMIT = timedelta(hours=12)
"""The time of a run for its work, in which it does not wait for a person."""
TIME_LIMIT = "time limit"
"""Who answered, where nobody did."""


def hold_before(publish: XComArg, audit: XComArg) -> None:
    """Put the soft gate between audit and publish, if a setting names warnings that hold."""
    if os.environ.get(WARNINGS):
        audit >> _make_hold() >> publish


def list_names() -> frozenset[str]:
    """Return the names of the warnings that hold a publish; Permanent for one that is not known."""
    from newsmill import holds

    return holds.parse_names(os.environ.get(WARNINGS, ""))


def limit_run() -> timedelta:
    """Return the time after which a run is ended: that of its work, and of its wait for an answer, if it may wait."""
    return WORK_LIMIT + (timedelta(hours=read_hours()) if os.environ.get(WARNINGS) else timedelta())


def _make_hold() -> PublishApproval:
    return PublishApproval(
        **task_options(task_id="hold", on_failure_callback=note_failure),
        doc_md="Wait under Required Actions if a warning holds the publish; else go on.",
        subject="the publish waits for approval",
        response_timeout=timedelta(hours=read_hours()),
        defaults=ApprovalOperator.APPROVE if read_default() == "publish" else ApprovalOperator.REJECT,
        params={"because": Param("", type="string", title="Why", description="Kept with the answer.")},
    )


def read_hours() -> float:
    """Return the hours that a publish may wait; a parse of the DAG fails for a wrong setting."""
    return settings.read_positive(HOURS, DEFAULT_HOURS, "hours", MAX_HOURS)


def read_default() -> str:
    """Return what happens to a publish that nobody answered: publish or reject."""
    given = os.environ.get(DEFAULT) or "publish"
    if given not in ("publish", "reject"):
        raise Permanent(f"{DEFAULT} is {given!r}; it must be publish or reject")
    return given


class PublishApproval(ApprovalOperator):
    """Waits for an answer only where a warning of the run holds its publish; a rejected publish closes the gate."""

    def execute(self, context: Any) -> Any:
        """Go on without a warning; else show the warnings, alert, and wait."""
        from newsmill import holds

        run = make_run(context)
        check_task(run, find_step("publish"), context)
        if is_dry_run(context["params"]):
            log.info("a dry run publishes nothing, so nothing is held")
            return None
        lines = holds.list_warnings(run, list_names())
        if not lines:
            log.info("no warning holds the publish")
            return None
        after = f"Without an answer within {read_hours():g} hours: {read_default()}."
        self.subject, self.body = describe_hold(run, lines, after)
        report_hold(run, lines, after, context["dag_run"].run_id)
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Record who answered; raise GateClosed if the publish is rejected."""
        from newsmill import holds
        from newsmill.decisions import NO_REASON

        answer = HITLOperator.execute_complete(self, context, event)
        run, is_approved = make_run(context), answer["chosen_options"] == [self.APPROVE]
        user, answered_at = read_answer(answer)
        by = user or TIME_LIMIT
        because = ((answer["params_input"] or {}).get("because") or "").strip() or NO_REASON
        holds.record_answer(run.home, run, "approve" if is_approved else "reject", by, because, answered_at)
        log.info("%s by %s: %s", "approved" if is_approved else "rejected", by, because)
        if not is_approved:
            raise GateClosed(f"the publish was rejected by {by}: {because}; readers see what was published before")
        return answer


def describe_hold(run: Run, lines: list[str], after: str) -> tuple[str, str]:
    """Return the headline and the Markdown of a held publish; the observed values are code."""
    subject = f"Night {run.night}: {len(lines)} warnings hold the publish"
    return subject, "\n".join([*(f"- {format_code(line)}" for line in lines), "", after])


def report_hold(run: Run, lines: list[str], after: str, run_id: str) -> None:
    """Report a held publish through the notifier; one that does not answer must not keep the publish from waiting."""
    from newsmill import digest

    if not newsmill_alerts.is_on():
        return
    try:
        newsmill_alerts.deliver(digest.summarize_hold(run.night, lines, after, newsmill_alerts.find_address(run_id)))
    except Exception as error:
        log.warning("the held publish was not reported: %s: %s", type(error).__name__, error)
