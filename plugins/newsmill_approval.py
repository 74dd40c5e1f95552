"""Shared tasks of the DAGs in which a person approves what was shown: the Required Action, and who answered it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param

from newsmill_bridge import read_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from newsmill.decisions import Author

APPROVE = "approve"
TEXT: dict[str, Any] = {"type": ["null", "string"]}
ANSWER_DAYS = 7
"""Days until an unanswered action counts as rejected, and the disk space of what waits for it is free again.

At half, a question of a Friday before holidays is lost; at twice, a rebuild of all nights is kept for a fortnight.
"""


def because_param() -> Param:
    """Return the field for the reason of a decision."""
    return Param(type="string", minLength=1, pattern=r"\S", title="Why", description="Kept with the decision.")


class ShownApproval(ApprovalOperator):
    """Waits until a person approves or rejects what was shown; a rejection may have work to do."""

    def __init__(self, *, on_reject: Callable[[], None] | None = None, **options: Any):
        super().__init__(**options)
        self.on_reject = on_reject

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Return the answer; a rejection ends with an exception that skips the tasks after this one."""
        if event.get("chosen_options") == [self.REJECT] and self.on_reject:
            self.on_reject()
        return super().execute_complete(context, event)


def approve_shown(shown_by: str, on_reject: Callable[[], None] | None = None) -> ShownApproval:
    """Return the task that shows the subject and the body of an earlier task, and waits for an answer."""
    return ShownApproval(
        task_id=APPROVE,
        doc_md="Wait for a person under Required Actions. Reject ends the run, and nothing is decided.",
        subject=f"{{{{ ti.xcom_pull('{shown_by}')['subject'] }}}}",
        body=f"{{{{ ti.xcom_pull('{shown_by}')['body'] }}}}",
        response_timeout=timedelta(days=ANSWER_DAYS),
        defaults=ShownApproval.REJECT,
        on_reject=on_reject,
    )


def read_author(context: Mapping[str, Any]) -> Author:
    """Return who approved, with the reason of the form."""
    from newsmill.decisions import Author

    by, _ = read_answer(context["ti"].xcom_pull(task_ids=APPROVE))
    return Author(by, context["params"]["because"])


def author_options(context: Mapping[str, Any]) -> list[str]:
    """Return who approved and why as options of a command; a reason may begin with a dash."""
    author = read_author(context)
    return [f"--by={author.by}", f"--because={author.because}"]
