"""The tasks of news_decide: a decision on a block or an entity, its effect, a person's approval, its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, get_current_context, task
from newsmill_approval import APPROVE, TEXT, because_param, read_author

from newsmill_bridge import read_answer, task_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import XComArg

    from newsmill.proposals import Proposal

SHOW = "show"
WORDS = {
    "keep": "keep a block: it is text, on every page",
    "drop": "drop a block: it is boilerplate",
    "merge": "merge an entity into another: they are the same",
    "split": "split an entity: it is another one in some articles",
    "hide": "hide an entity: marts leave it out",
    "rename": "rename an entity",
}
FIELDS = ("into", "name", "source", "role")


def decide_params() -> dict[str, Param]:
    """Return the fields of the form by name."""
    about = (
        "A block by its block_hash in dw.dim_boilerplate or dw.fact_text_block, such as ec8cda6f65622a58; an entity by "
        "its entity_id in dw.dim_entity, such as person:ada quill."
    )
    return {
        "decision": Param("keep", enum=[*WORDS], values_display=WORDS, title="Decision"),
        "subject": Param(type="string", minLength=1, pattern=r"\S", title="Block or entity", description=about),
        "because": because_param(),
        "into": Param(None, **TEXT, title="Into", description="Merge and split: the entity_id of the other entity."),
        "name": Param(None, **TEXT, title="Name", description="Rename: the name to show."),
        "source": Param(None, **TEXT, title="Source", description="Split: in articles of this source_id."),
        "role": Param(None, **TEXT, title="Role", description="Split: in articles with a role of these words."),
    }


def show_effect() -> XComArg:
    """Return the task that checks the decision of the form and describes what it would change."""
    doc = "Check the decision of the form, and show the rows that it is about."
    return task(**task_options(task_id=SHOW, doc_md=doc))(_show_effect)()


def record_proposal() -> XComArg:
    """Return the task that appends the decision to the file of decisions, by the person who approved."""
    doc = "Append the decision to decisions.toml: who approved, when and why. The log says when it holds."
    return task(**task_options(task_id="decide", doc_md=doc))(_record_proposal)()


def _show_effect() -> dict[str, str]:
    from newsmill import proposals, settings
    from newsmill.decisions import Author

    params = get_current_context()["params"]
    proposal = _propose(params, Author("nobody yet", params["because"]))
    body = proposals.describe(settings.read().home.resolve(), proposal)
    return {"subject": proposals.describe_headline(proposal), "body": body}


def _record_proposal() -> str:
    from newsmill import proposals, settings

    context = get_current_context()
    _, answered_at = read_answer(context["ti"].xcom_pull(task_ids=APPROVE))
    proposal = _propose(context["params"], read_author(context), answered_at)
    return f"it holds {proposals.record(settings.read().home.resolve(), proposal)}"


def _propose(params: Mapping[str, Any], author: Any, answered_at: Any = None) -> Proposal:
    from newsmill import proposals

    keys = {name: (params.get(name) or "").strip() or None for name in FIELDS}
    return proposals.propose(params["decision"], params["subject"].strip(), author, answered_at, **keys)
