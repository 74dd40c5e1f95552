"""Soft gates: the warnings that hold a publish, the answer of a person or of the time limit, and its record."""

import json
import subprocess
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pyarrow as pa
import pytest
from listeners import receive_posts
from night_runs import ask, command, environment, run_command

from newsmill import decisions, holds, runs
from newsmill.decisions import Author, PublishDecision, read_publish_decisions
from newsmill.errors import GateClosed, Permanent
from newsmill.relations import QUALITY_RESULTS
from newsmill.runs import Run

NIGHT, NINE = date(2026, 3, 2), datetime(2026, 3, 2, 9, tzinfo=UTC)
RUN_ID = "2026-03-02-one"
RESULT = {
    "run_id": RUN_ID,
    "gate": "check",
    "suite": "night",
    "target": "night.volume_ratio",
    "expectation": "volume_ratio: as many as before",
    "severity": "warning",
    "success": False,
    "broken": False,
    "observed": '{"volume_ratio": [0.4]}',
    "unexpected_count": 1,
    "element_count": 1,
}


def write_results(home, *changes: dict) -> Run:
    run = Run(home, NIGHT, RUN_ID)
    rows = [{**RESULT, "expectation": f"no. {number}", **change} for number, change in enumerate(changes)]
    run.lake.write(QUALITY_RESULTS, NIGHT, f"{RUN_ID}-check", pa.Table.from_pylist(rows, QUALITY_RESULTS.schema))
    return run


def test_failed_warnings_of_the_run_that_the_setting_names_hold_its_publish(tmp_path):
    run = write_results(
        tmp_path,
        {},
        {"success": True},
        {"severity": "critical"},
        {"run_id": "other"},
        {"suite": "pages", "target": "pages.volume_ratio"},
        {"suite": "sources", "target": "sources.truncated_share"},
    )
    (line,) = holds.list_warnings(run, holds.parse_names("volume_ratio, silent_nights"))
    assert line == 'night.volume_ratio: no. 0: 1 of 1 do not hold, {"volume_ratio": [0.4]}'
    assert len(holds.list_warnings(run, holds.parse_names("all"))) == 2
    assert holds.list_warnings(run, holds.parse_names("spoken_share")) == []


def test_the_warnings_that_can_hold_are_those_of_the_suites():
    assert {"volume_ratio", "silent_nights", "largest_story_share", "truncated_share"} <= {*holds.list_holdable()}
    assert "articles" not in holds.list_holdable(), "a critical expectation closes the gate anyway"
    with pytest.raises(Permanent, match="no warning volume can hold a publish; those that can: all, "):
        holds.parse_names("volume,silent_nights")


def test_an_answer_is_appended_once_with_who_and_why(tmp_path):
    run = Run(tmp_path, NIGHT, RUN_ID)
    for word in ("reject", "reject", "approve"):
        holds.record_answer(tmp_path, run, word, "Ada", 'So "what".', NINE)
    assert read_publish_decisions(tmp_path) == tuple(
        PublishDecision(word, "Ada", NINE, 'So "what".', NIGHT, RUN_ID) for word in ("reject", "approve")
    )
    with pytest.raises(Permanent, match="decision is 'keep'; expected approve or reject"):
        decisions.append_publish_decision(tmp_path, PublishDecision("keep", "Ada", NINE, "So.", NIGHT, RUN_ID))


# -- the command line


def test_a_publish_by_command_is_held_until_the_run_is_approved_by_name(tmp_path):
    run, names = write_results(tmp_path, {}), holds.parse_names("all")
    with pytest.raises(GateClosed, match=r"held by 1 warnings: night.volume_ratio: .*run the night again with --app"):
        holds.require_approval(run, names, None)
    assert read_publish_decisions(tmp_path) == ()
    holds.require_approval(run, frozenset(), None)
    holds.require_approval(run, names, Author("Ada", "A holiday."))
    (given,) = read_publish_decisions(tmp_path)
    assert (given.decision, given.by, given.because, given.run) == ("approve", "Ada", "A holiday.", RUN_ID)


@pytest.mark.long
def test_a_night_of_half_the_volume_is_held_by_command_and_then_published_by_a_person(first_night_home):
    night = ("night", "2026-03-03", "--dump", "harbor-wire", "--hold", "volume_ratio", "--jobs", "1")
    held = subprocess.run(command(first_night_home, *night), env=environment(), capture_output=True, text=True)
    assert held.returncode == 1 and "the publish is held by" in held.stderr, held.stderr
    assert ask(first_night_home, "SELECT count(*)::INTEGER FROM ops.loaded_night") == [(1,)]
    run_command(first_night_home, *night, "--approve", "--by", "Ada", "--because", "One source was asked for.")
    assert ask(first_night_home, "SELECT count(*)::INTEGER FROM ops.loaded_night") == [(2,)]
    (given,) = read_publish_decisions(first_night_home)
    assert (given.decision, given.by, given.because) == ("approve", "Ada", "One source was asked for.")


# -- the task


@pytest.fixture
def hold(airflow_home, monkeypatch, tmp_path):
    """Return the module of the plugin, in a home with a run that has one warning."""
    import airflow.settings

    assert airflow.settings.PLUGINS_FOLDER
    import newsmill_hold

    monkeypatch.setenv("NEWSMILL_HOME", str(tmp_path))
    monkeypatch.setenv("NEWSMILL_HOLD", "volume_ratio")
    from newsmill import pipeline

    run = write_results(tmp_path, {})
    runs.record_run(run, "running", pipeline.collect_rule_versions(run))
    return newsmill_hold


CONTEXT = {
    "params": {},
    "dag_run": SimpleNamespace(
        run_id="one", run_type="manual", partition_key="2026-03-02", run_after=NINE, start_date=NINE, logical_date=None
    ),
}


def answer(option: str, user: dict | None, because: str = "") -> dict:
    return {
        "chosen_options": [option],
        "params_input": {"because": because},
        "responded_at": NINE,
        "responded_by_user": user,
    }


@pytest.mark.slow
def test_a_run_without_a_warning_is_not_held(hold, monkeypatch):
    monkeypatch.setenv("NEWSMILL_HOLD", "silent_nights")
    assert hold._make_hold().execute(CONTEXT) is None


@pytest.mark.slow
def test_a_held_publish_is_described_and_reported_and_waits_without_a_receiver_too(hold, monkeypatch, tmp_path):
    run, lines, after = Run(tmp_path, NIGHT, RUN_ID), ["volume_ratio: `half`"], "Without an answer: publish."
    assert hold.describe_hold(run, lines, after) == (
        "Night 2026-03-02: 1 warnings hold the publish",
        "- `volume_ratio: 'half'`\n\nWithout an answer: publish.",
    )
    with receive_posts() as hook:
        monkeypatch.setenv("NEWSMILL_NOTIFIER", "newsmill_alerts.WebhookNotifier")
        text = "{{ digest.subject }}\n{{ digest.text }}"
        monkeypatch.setenv("NEWSMILL_NOTIFIER_ARGS", json.dumps({"url": hook.url, "text": text}))
        hold.report_hold(run, lines, after, "one")
        hook.status = 500
        hold.report_hold(run, lines, after, "one")
    (post,) = hook.posts
    assert "the publish waits for approval" in post["text"] and "volume_ratio" in post["text"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("user", "by"), [({"id": "1", "name": "ada"}, "ada"), ({"id": "1", "name": None}, "1"), (None, "time limit")]
)
def test_who_approved_is_recorded(hold, tmp_path, user, by):
    hold._make_hold().execute_complete(CONTEXT, answer("Approve", user, " A holiday. "))
    assert read_publish_decisions(tmp_path) == (PublishDecision("approve", by, NINE, "A holiday.", NIGHT, RUN_ID),)


@pytest.mark.slow
def test_a_reason_of_blanks_is_none_and_the_publish_is_approved(hold, tmp_path):
    hold._make_hold().execute_complete(CONTEXT, answer("Approve", {"id": "1", "name": "ada"}, " \n"))
    assert [(given.decision, given.because) for given in read_publish_decisions(tmp_path)] == [
        ("approve", "no reason given")
    ]


@pytest.mark.slow
def test_a_rejected_publish_closes_the_gate_in_the_words_of_the_person(hold, tmp_path):
    with pytest.raises(GateClosed, match="rejected by ada: Half is missing"):
        hold._make_hold().execute_complete(CONTEXT, answer("Reject", {"id": "1", "name": "ada"}, "Half is missing."))
    assert [given.decision for given in read_publish_decisions(tmp_path)] == ["reject"]


@pytest.mark.slow
def test_the_time_limit_and_its_default_are_read_from_settings(hold, monkeypatch):
    monkeypatch.setenv("NEWSMILL_HOLD_HOURS", "0.5")
    monkeypatch.setenv("NEWSMILL_HOLD_DEFAULT", "reject")
    task = hold._make_hold()
    assert (task.response_timeout.total_seconds(), task.defaults, task.execution_timeout is None) == (
        1800,
        ["Reject"],
        False,
    )
    assert hold.limit_run().total_seconds() == 12.5 * 3600, "the work of a night and the wait for an answer"
    hours = [("NEWSMILL_HOLD_HOURS", value) for value in ("73", "inf", "nan", "0", "long")]
    for name, value in (*hours, ("NEWSMILL_HOLD_DEFAULT", "ask")):
        with monkeypatch.context() as patch, pytest.raises(Permanent, match=name):
            patch.setenv(name, value)
            hold._make_hold()


@pytest.mark.slow
def test_an_empty_setting_of_the_hold_is_none(hold, monkeypatch):
    for name in ("NEWSMILL_HOLD", "NEWSMILL_HOLD_HOURS", "NEWSMILL_HOLD_DEFAULT"):
        monkeypatch.setenv(name, "")
    assert (hold.read_hours(), hold.read_default(), hold.list_names()) == (8, "publish", frozenset())
    assert hold.limit_run().total_seconds() == 12 * 3600
