"""Sends the digest of a night through a notifier of Airflow: off, until a setting names one."""

from __future__ import annotations

import importlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from airflow.sdk import BaseNotifier, conf, get_current_context, task
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from newsmill import settings
from newsmill.errors import Permanent

if TYPE_CHECKING:
    from airflow.sdk.types import Operator

    from newsmill.digest import Digest

log = logging.getLogger(__name__)
NOTIFIER, ARGUMENTS = "NEWSMILL_NOTIFIER", "NEWSMILL_NOTIFIER_ARGS"
SILENT_NIGHTS, DEADLINE_HOURS = "NEWSMILL_SILENT_NIGHTS", "NEWSMILL_DEADLINE_HOURS"
DEFAULT_SILENT_NIGHTS = 3
"""A weekend. At half, a quiet Sunday alerts; at twice, a source is lost for a week before anybody knows."""
WEBHOOK_SECONDS = 30


class WebhookNotifier(BaseNotifier):
    """Posts `text` as JSON to the address of a webhook, the form that Slack, Mattermost and others take."""

    template_fields = ("url", "text")

    def __init__(self, url: str, text: str, **keywords: Any):
        super().__init__(**keywords)
        self.url, self.text = url, text

    def notify(self, context: Any) -> None:
        """Post the message; an answer other than success raises an error."""
        if not self.url.startswith(("http://", "https://")):
            raise Permanent(f"{ARGUMENTS}: url must begin with http:// or https://")
        body = json.dumps({"text": self.text}).encode()
        with urlopen(Request(self.url, body, {"Content-Type": "application/json"}), timeout=WEBHOOK_SECONDS):
            pass


# -- settings ----------------------------------------------------------------------------------------------------------


def is_on() -> bool:
    """Report whether a notifier is set."""
    return bool(os.environ.get(NOTIFIER))


def make_notifier() -> BaseNotifier:
    """Return the notifier of the settings; Permanent names what is wrong with them."""
    path = os.environ[NOTIFIER]
    module, _, name = path.rpartition(".")
    try:
        kind = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise Permanent(f"{NOTIFIER} is {path!r}; expected the class of a notifier by its path ({error})") from error
    given = os.environ.get(ARGUMENTS, "")
    try:
        arguments = json.loads(given or "{}")
        if not isinstance(arguments, dict):
            raise ValueError("no object")
    except ValueError as error:
        raise Permanent(f"{ARGUMENTS} is no JSON object of keyword arguments ({error})") from error
    if "digest." not in given:
        raise Permanent(
            f"{ARGUMENTS} has none of {{{{ digest.subject }}}}, {{{{ digest.text }}}} and {{{{ digest.html }}}}: "
            "the message would be empty"
        )
    try:
        return kind(**arguments)
    except TypeError as error:
        raise Permanent(f"{ARGUMENTS}: {path} does not take these arguments ({error})") from error


def read_silent_nights() -> int:
    """Return the nights without a page before a source is reported; 0 is never."""
    given = os.environ.get(SILENT_NIGHTS) or str(DEFAULT_SILENT_NIGHTS)
    if not given.isdigit():
        raise Permanent(f"{SILENT_NIGHTS} is {given!r}; it must be a whole number of nights, 0 for never")
    return int(given)


def read_deadline_hours() -> float:
    """Return the hours that a run may take before its deadline is missed; 0 is no deadline."""
    given = os.environ.get(DEADLINE_HOURS) or "0"
    try:
        return float(given)
    except ValueError as error:
        raise ValueError(f"{DEADLINE_HOURS} is {given!r}; it must be a number of hours, 0 for no deadline") from error


# -- the tasks and callbacks of the nightly DAG ------------------------------------------------------------------------


def list_deadlines() -> list[DeadlineAlert]:
    """Return the deadlines of the nightly DAG: none without a notifier or without hours."""
    hours = read_deadline_hours() if is_on() else 0
    if not hours:
        return []
    callback = SyncCallback("newsmill_alerts.send_missed_deadline", {"hours": hours})
    return [DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, timedelta(hours=hours), callback)]


def report_after(tasks: Sequence[Operator]) -> None:
    """Add a teardown task that sends the digest of the night after all tasks, if a notifier is set.

    A teardown decides nothing about how the run ends: a failed night stays red though its digest is sent. It waits for
    every task, because the failure of one ends those after it at once, while others still run and may fail too.
    """
    if not is_on():
        return
    from newsmill_bridge import task_options

    doc = "Send one message if the run failed, the gate closed, or sources are silent. Else send none."
    made = task(**task_options(task_id="send_digest", doc_md=doc, trigger_rule="all_done"))(_send_digest)()
    made.as_teardown()
    list(tasks) >> made


def _send_digest() -> str:
    context = get_current_context()
    return send_of_run({"params": context["params"], "dag_run": context["dag_run"]})


def send_of_run(context: Mapping[str, Any]) -> str:
    """Send the digest of a run, once; return the subject."""
    from newsmill import digest
    from newsmill_bridge import is_dry_run, make_run

    if is_dry_run(context["params"]):
        return "a dry run reports nothing"
    run = make_run(context)
    made = digest.summarize_run(run, read_silent_nights, find_address(context["dag_run"].run_id))
    if made is None:
        return "nothing to report"
    if digest.was_sent(run.home, run.run_id, made):
        return f"sent before: {made.subject}"
    deliver(made)
    _record_sent(run.home, run.run_id, made)
    return made.subject


def _record_sent(home: Path, name: str, sent: Digest) -> None:
    """Keep a sent digest; a home that cannot be written must not have the task tried, and the digest sent, again."""
    from newsmill import digest

    try:
        digest.record_sent(home, name, sent)
    except OSError as error:
        log.warning("sent, but not recorded in the home: %s: %s", error, sent.subject)


def send_missed_deadline(hours: float, context: Mapping[str, Any]) -> None:
    """Send the digest of a missed deadline: Airflow calls it with the run, in whatever state the run is."""
    from newsmill import digest
    from newsmill_bridge import is_dry_run, resolve_night

    run = context["dag_run"]
    if is_dry_run(run.get("conf")):
        return
    if run["state"] != "running":
        log.info("no alert: the run %s is %s", run["dag_run_id"], run["state"])
        return
    moments = {name: run.get(name) and datetime.fromisoformat(run[name]) for name in ("logical_date", "run_after")}
    described: Any = SimpleNamespace(partition_key=run.get("partition_key"), **moments)
    night = resolve_night(run.get("conf") or {}, described)
    made = digest.summarize_deadline(night, hours, find_address(run["dag_run_id"]))
    home = settings.read().home
    if not digest.was_sent(home, f"{run['dag_run_id']}-deadline", made):
        deliver(made)
        _record_sent(home, f"{run['dag_run_id']}-deadline", made)


def send_failed_watch(context: Mapping[str, Any]) -> None:
    """Send the digest of a failed task of the watch for dumps: Airflow calls it after the last try."""
    from newsmill import digest
    from newsmill_bridge import resolve_night

    if not is_on():
        return
    night, run = resolve_night(context["params"], context["dag_run"]), context["dag_run"]
    error = context.get("exception") or "no message"
    deliver(digest.summarize_watch(night, context["ti"].task_id, error, find_address(run.run_id, run.dag_id)))


def deliver(digest: Digest) -> None:
    """Send a digest; an error of the notifier is raised, where Airflow's own callbacks log it and go on."""
    notifier = make_notifier()
    context: Any = {"digest": digest}
    notifier.render_template_fields(context)
    notifier.notify(context)
    log.info("sent by %s: %s", type(notifier).__name__, digest.subject)


def find_address(run_id: str, dag_id: str = "") -> str:
    """Return the address of the page of a run, by default of the nightly DAG."""
    from newsmill_bridge import NIGHTLY

    base = conf.get("api", "base_url", fallback="")
    return f"{base.rstrip('/')}/dags/{dag_id or NIGHTLY}/runs/{run_id}" if base else ""
