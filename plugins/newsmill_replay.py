"""The tasks of news_replay: rejected records with their texts, a person's decision, and the nights loaded again."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, get_current_context, task
from newsmill_approval import APPROVE, TEXT, because_param
from newsmill_commands import run_newsmill

from newsmill.verdict_reasons import RELEASABLE
from newsmill_bridge import WRITER_POOL, read_answer, task_options
from newsmill_form import DATE, list_sources

if TYPE_CHECKING:
    from airflow.sdk import XComArg

    from newsmill.quarantine import Selection

log = logging.getLogger(__name__)
FIND = "find"


def replay_params() -> dict[str, Param]:
    """Return the fields of the form by name."""
    return {
        "decision": Param(
            "release",
            enum=["release", "discard"],
            title="Decision",
            values_display={"release": "release: it is an article", "discard": "discard: it is none"},
            description="You see the records and their texts first, and approve under Required Actions.",
        ),
        "because": because_param(),
        "source": Param(
            None, **TEXT, examples=list_sources(), title="Source", description="The source of sources.toml."
        ),
        "reason": Param(
            None,
            **TEXT,
            examples=[*RELEASABLE],
            title="Reason",
            description="The reason in ops.rejected. Those listed can be released; any can be discarded.",
        ),
        "first": Param(None, **DATE, title="First night", description="Empty: the first with such a record."),
        "last": Param(None, **DATE, title="Last night", description="Empty: the last with such a record."),
        "record": Param(
            None, **TEXT, title="Record", description="The page_id of one record, in place of source and reason."
        ),
    }


def find_records() -> XComArg:
    """Return the task that finds the records of the form and describes them for the approval."""
    doc = "Find the rejected records of the form. A release that can load nothing fails here, and says why."
    return task(**task_options(task_id=FIND, doc_md=doc))(_find_records)()


def record_decision() -> XComArg:
    """Return the task that appends the decision to the file of the home, by the person who approved."""
    doc = "Append the decision to quarantine.toml in the home: who approved, when and why."
    return task(**task_options(task_id="decide", doc_md=doc))(_record_decision)()


def replay_nights() -> XComArg:
    """Return the task that loads the nights with new decisions again."""
    doc = "Repeat the nights with new decisions, from clean on for a release, and publish them at once."
    options = task_options(task_id="replay", doc_md=doc, pool=WRITER_POOL, execution_timeout=timedelta(hours=12))
    return task(**options)(_replay_nights)()


def _find_records() -> dict[str, Any]:
    from newsmill import quarantine, settings

    params, home = get_current_context()["params"], settings.read().home.resolve()
    records = quarantine.require_decidable(home, _select(params), params["decision"])
    log.info("%d records to %s", len(records), params["decision"])
    nights = sorted({record.night for record in records})
    return {
        "subject": quarantine.describe_choice(records, params["decision"], params["because"]),
        "body": quarantine.write_markdown(home, records),
        "first": nights[0].isoformat(),
        "last": nights[-1].isoformat(),
    }


def _record_decision() -> list[str]:
    from newsmill import quarantine, settings

    context = get_current_context()
    params, ti = context["params"], context["ti"]
    # the nights of the records described for the approval: a run of a night while the answer was awaited adds none
    described, answer = ti.xcom_pull(task_ids=FIND), ti.xcom_pull(task_ids=APPROVE)
    by, answered_at = read_answer(answer)
    nights = quarantine.decide(
        settings.read().home.resolve(),
        _select({**params, "first": described["first"], "last": described["last"]}),
        params["decision"],
        by,
        params["because"],
        answered_at,
    )
    log.info("%s by %s, nights %s", params["decision"], by, ", ".join(map(str, nights)))
    return [night.isoformat() for night in nights]


def _replay_nights() -> None:
    run_newsmill("quarantine", "replay")


def _select(params: dict[str, Any]) -> Selection:
    from newsmill.errors import Permanent
    from newsmill.quarantine import Selection

    record, source, reason = (params.get(name) or None for name in ("record", "source", "reason"))
    if record is None and not (source and reason):
        raise Permanent("name a record, or the source and the reason of all records meant")
    if record is not None and (source or reason):
        raise Permanent("name a record, or a kind of records by source and reason, not both")
    first, last = (params.get(name) for name in ("first", "last"))
    return Selection(
        record,
        source,
        reason,
        date.fromisoformat(first) if first else date.min,
        date.fromisoformat(last) if last else date.max,
    )
