"""Sends the figures of finished work as metrics of Airflow, which drops them until one of its own switches is on."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk.observability import stats

if TYPE_CHECKING:
    from newsmill.runs import Receipt

log = logging.getLogger(__name__)
COUNTED = ("rows_in", "rows_out", "rejected", "bytes")
"""The columns of ops.stage_receipt that add up over the units of a step and over nights."""


def send_figures(kind: str, receipt: Receipt) -> None:
    """Count what a step read, kept, rejected and wrote for a unit, and time it.

    The step is in the name, because plain StatsD has no tags. The night is no tag: each night would be a new series.
    The work is done, so an error of the sender is a warning and fails no task.
    """
    tags = {"step": receipt.stage, "run_type": kind}
    try:
        for name in COUNTED:
            stats.incr(f"newsmill.{receipt.stage}.{name}", getattr(receipt, name), tags=tags)
        stats.timing(f"newsmill.{receipt.stage}.duration", timedelta(seconds=receipt.seconds), tags=tags)
    except Exception as error:
        log.warning("the figures of %s are not sent: %s: %s", receipt.stage, type(error).__name__, error)
