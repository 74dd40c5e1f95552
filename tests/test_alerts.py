"""The digest of a night, received by real servers on loopback: one message for all, and none for a good night."""

import json
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pyarrow as pa
import pytest
from listeners import receive_mail, receive_posts

from newsmill import digest, runs
from newsmill.errors import Permanent
from newsmill.relations import PAGES, QUALITY_RESULTS, RUNS
from newsmill.runs import Run
from newsmill.temporary_files import temporary_path

pytestmark = pytest.mark.slow
WEBHOOK = "newsmill_alerts.WebhookNotifier"
TEXT = "{{ digest.subject }}\n{{ digest.text }}"


@pytest.fixture(scope="module")
def alerts(airflow_home):
    """Return the module of the plugin; Airflow puts its folder on the path."""
    import airflow.settings

    assert airflow.settings.PLUGINS_FOLDER
    import newsmill_alerts

    return newsmill_alerts


@pytest.fixture
def hook(monkeypatch):
    with receive_posts() as hook:
        monkeypatch.setenv("NEWSMILL_NOTIFIER", WEBHOOK)
        monkeypatch.setenv("NEWSMILL_NOTIFIER_ARGS", json.dumps({"url": hook.url, "text": TEXT}))
        yield hook


@pytest.fixture
def ended(tmp_path, monkeypatch):
    """Return a maker of runs in the home, each with a status and with pages of some sources."""
    listed = "".join(f'[{name}]\nlocation = "{name}.jsonl"\n' for name in ("quay", "press"))
    (tmp_path / "sources.toml").write_text(listed)
    monkeypatch.setenv("NEWSMILL_SOURCES", str(tmp_path / "sources.toml"))
    monkeypatch.setenv("NEWSMILL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NEWSMILL_ROOT", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://mill.example/")

    def make(day: int, status: str, *sources: str) -> dict:
        night = date(2026, 3, day)
        context = {"params": {}, "dag_run": dag_run(night)}
        run = Run(tmp_path / "home", night, f"{night}-manual-{day}")
        runs.record_run(run, status, {})
        for source in sources:
            row = dict.fromkeys(PAGES.schema.names) | {"dump": source}
            table = pa.Table.from_pylist([row], pa.schema([field.with_nullable(True) for field in PAGES.schema]))
            run.lake.write(PAGES, night, source, table)
        return context

    return make


def dag_run(night: date) -> SimpleNamespace:
    moment = datetime(night.year, night.month, night.day, 2, 30, tzinfo=UTC)
    return SimpleNamespace(
        run_id=f"manual__{night.day}",
        run_type="manual",
        partition_key=night.isoformat(),
        logical_date=None,
        run_after=moment,
        start_date=moment,
        conf=None,
    )


def close_gate(home, night: date, run_id: str) -> None:
    row = {
        "run_id": run_id,
        "gate": "check",
        "suite": "night",
        "target": "pages.text",
        "expectation": "every page has <text>",
        "severity": "critical",
        "success": False,
        "broken": False,
        "unexpected_count": 3,
        "element_count": 9,
    }
    run = Run(home, night, run_id)
    run.lake.write(QUALITY_RESULTS, night, f"{run_id}-check", pa.Table.from_pylist([row], QUALITY_RESULTS.schema))


def test_a_good_night_sends_nothing_and_without_a_setting_there_is_no_task(alerts, hook, ended, monkeypatch):
    for day in (1, 2, 3):
        assert alerts.send_of_run(ended(day, "published", "quay", "press")) == "nothing to report"
    assert hook.posts == []
    monkeypatch.delenv("NEWSMILL_NOTIFIER")
    assert not alerts.is_on() and alerts.list_deadlines() == []


def test_one_message_holds_the_closed_gate_and_the_silent_sources_and_is_sent_once(alerts, hook, ended, tmp_path):
    for day in (1, 2):
        ended(day, "published", "quay")
    context = ended(3, "gate_closed", "quay")
    close_gate(tmp_path / "home", date(2026, 3, 3), "2026-03-03-manual-3")
    for _ in range(2):
        alerts.send_of_run(context)
    (post,) = hook.posts
    subject, first, second, third, *rest = post["text"].splitlines()
    assert subject == "newsmill, night 2026-03-03: the gate is closed, silent sources: 1"
    assert "readers see what was published before" in first
    assert second == "- pages.text: every page has <text>: 3 of 9 do not hold"
    assert third == "No page for 3 nights: press."
    assert rest == ["See http://mill.example/dags/news_nightly/runs/manual__3"]


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_a_failed_run_is_mailed_by_the_notifier_of_airflow_over_a_connection(
    alerts, ended, monkeypatch, status, tmp_path
):
    with receive_mail() as mailbox:
        monkeypatch.setenv("NEWSMILL_NOTIFIER", "airflow.providers.smtp.notifications.smtp.SmtpNotifier")
        arguments = {
            "smtp_conn_id": "desk",
            "from_email": "mill@quay.example",
            "to": "desk@quay.example",
            "subject": "{{ digest.subject }}",
            "html_content": "{{ digest.html }}",
        }
        monkeypatch.setenv("NEWSMILL_NOTIFIER_ARGS", json.dumps(arguments))
        extra = "disable_ssl=true&disable_tls=true&timeout=10&retry_limit=1"
        monkeypatch.setenv("AIRFLOW_CONN_DESK", f"smtp://127.0.0.1:{mailbox.port}/?{extra}")
        alerts.send_of_run(ended(4, status))
    (mail,) = mailbox.mails
    assert mailbox.recipients == ["desk@quay.example"] and mail["From"] == "mill@quay.example"
    assert mail["Subject"].startswith("newsmill, night 2026-03-04: the run")
    assert "Nothing was published" in mail.get_body(("html",)).get_content()


def test_the_digest_of_a_failed_run_has_the_message_of_its_task(alerts, hook, ended, tmp_path):
    context = ended(4, "failed")
    run = Run(tmp_path / "home", date(2026, 3, 4), "2026-03-04-manual-4")
    for _ in range(2):
        digest.note_error(run, "read", Permanent("nothing landed\x1b[2J", "see the list"))
    alerts.send_of_run(context)
    assert "- read: nothing landed\\x1b[2J\\nsee the list" in hook.posts[0]["text"].splitlines()


@pytest.mark.parametrize(
    ("file", "nights", "complaint"),
    [("[quay", "3", "sources.toml"), ("", "three", "NEWSMILL_SILENT_NIGHTS is 'three'")],
)
def test_a_failure_is_reported_though_the_silent_sources_are_not_known(
    alerts, hook, ended, monkeypatch, tmp_path, file, nights, complaint
):
    for day in (1, 2):
        ended(day, "published", "quay")
    context = ended(3, "failed")
    (tmp_path / "sources.toml").write_text(file)
    monkeypatch.setenv("NEWSMILL_SILENT_NIGHTS", nights)
    alerts.send_of_run(context)
    (post,) = hook.posts
    assert post["text"].startswith("newsmill, night 2026-03-03: the run failed, silent sources are not known\n")
    (line,) = [line for line in post["text"].splitlines() if line.startswith("silent sources are not known: ")]
    assert complaint in line


def test_a_failure_is_reported_though_a_file_of_the_night_is_damaged(alerts, hook, ended, tmp_path):
    context, run = ended(4, "failed", "quay"), Run(tmp_path / "home", date(2026, 3, 4), "2026-03-04-manual-4")
    close_gate(run.home, run.night, run.run_id)
    (part,) = run.lake.files(QUALITY_RESULTS, run.night)
    damaged = bytearray(part.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    part.write_bytes(damaged)
    digest.note_error(run, "read", "nothing landed")
    alerts.send_of_run(context)
    subject, _, message, unknown, *_ = hook.posts[0]["text"].splitlines()
    assert subject.endswith("the run failed") and message == "- read: nothing landed"
    assert unknown.startswith("- the failed expectations are not known: ") and part.name in unknown


def test_a_failed_run_is_reported_though_the_ledger_cannot_be_written(alerts, hook, ended, tmp_path):
    import newsmill_bridge

    context = ended(4, "running")
    run = Run(tmp_path / "home", date(2026, 3, 4), "2026-03-04-manual-4")
    temporary_path(run.lake.path(RUNS, run.night, run.run_id)).mkdir()  # where the entry would be written
    failed = {**context, "exception": OSError("no space left"), "ti": SimpleNamespace(task_id="read")}
    with pytest.raises(OSError, match="part-2026-03-04"):
        newsmill_bridge.note_failure(failed)
    with pytest.raises(OSError, match="part-2026-03-04"):
        newsmill_bridge.close_run(context)
    (post,) = hook.posts
    assert runs.read_status(run) == "running" and "the run failed" in post["text"]
    assert "- read: no space left" in post["text"].splitlines()


def test_a_home_that_cannot_be_written_fails_no_task_whose_message_was_sent(alerts, hook, ended, tmp_path):
    import newsmill_bridge

    context = ended(4, "failed")
    (tmp_path / "home" / "alerts").write_text("a file where a folder would be made")
    newsmill_bridge.note_failure({**context, "exception": None, "ti": SimpleNamespace(task_id="read")})
    assert alerts.send_of_run(context) == "newsmill, night 2026-03-04: the run failed"
    assert len(hook.posts) == 1


def test_an_expectation_that_quotes_markup_is_mailed_as_text():
    assert digest.Digest("s", "<img src=x>\n").html == "<pre>&lt;img src=x&gt;\n</pre>"


def test_a_refused_message_fails_the_task_and_is_sent_by_the_next_try(alerts, hook, ended):
    context = ended(4, "failed")
    hook.status = 500
    with pytest.raises(OSError, match="500"):
        alerts.send_of_run(context)
    hook.status = 200
    alerts.send_of_run(context)
    assert len(hook.posts) == 1


def test_a_missed_deadline_is_sent_once_with_the_night(alerts, hook, ended, monkeypatch):
    monkeypatch.setenv("NEWSMILL_DEADLINE_HOURS", "2.5")
    (deadline,) = alerts.list_deadlines()
    assert deadline.interval.total_seconds() == 9000 and deadline.callback.kwargs == {"hours": 2.5}
    run = {"dag_run_id": "manual__4", "conf": {"night": "2026-03-04"}, "run_after": "2026-11-30T02:30:00Z"}
    for state in ("queued", "failed", "success"):
        alerts.send_missed_deadline(2.5, {"dag_run": {**run, "state": state}})
    assert hook.posts == []
    for _ in range(2):
        alerts.send_missed_deadline(2.5, {"dag_run": {**run, "state": "running"}})
    (post,) = hook.posts
    assert post["text"].startswith("newsmill, night 2026-03-04: the deadline is missed\n")
    assert "2.5 hours after it was queued" in post["text"]


def test_a_watch_for_dumps_that_fails_is_reported_and_its_tasks_are_tried_again(alerts, hook, ended, monkeypatch):
    import newsmill_arrival

    for task in (newsmill_arrival.wait_for_dump(), newsmill_arrival.start_night(), newsmill_arrival.watch_on()):
        assert task.retries == 3 and list(task.on_failure_callback) == [alerts.send_failed_watch]
    context = ended(3, "published")
    context["dag_run"].dag_id = "news_arrival"
    failed = context | {"ti": SimpleNamespace(task_id="watch_on"), "exception": OSError("no answer")}
    alerts.send_failed_watch(failed)
    (post,) = hook.posts
    assert "night 2026-03-03: the watch for dumps failed" in post["text"] and "- watch_on: no answer" in post["text"]
    monkeypatch.delenv("NEWSMILL_NOTIFIER")
    alerts.send_failed_watch(failed)
    assert len(hook.posts) == 1


def test_an_empty_setting_is_none(alerts, hook, monkeypatch):
    for name in ("NEWSMILL_SILENT_NIGHTS", "NEWSMILL_DEADLINE_HOURS"):
        monkeypatch.setenv(name, "")
    assert (alerts.read_silent_nights(), alerts.list_deadlines()) == (3, [])


def test_a_source_is_silent_only_after_so_many_nights_and_only_if_the_run_asked_for_it(ended, tmp_path):
    home = tmp_path / "home"
    for day in (1, 2):
        ended(day, "published", "quay")
    run = Run(home, date(2026, 3, 2), "r")
    assert digest.list_silent_sources(run, 2) == ["press"]
    assert digest.list_silent_sources(run, 3) == []
    assert digest.list_silent_sources(Run(home, run.night, "r", dumps=("quay",)), 2) == []
    assert digest.list_silent_sources(Run(home, run.night, "r", sources=("a.jsonl",)), 2) == []
    assert digest.list_silent_sources(Run(home, run.night, "r", "backfill"), 2) == []


@pytest.mark.parametrize(
    ("path", "arguments", "complaint"),
    [
        ("newsmill_alerts.Nobody", "{}", "expected the class of a notifier by its path"),
        ("Nobody", "{}", "expected the class of a notifier by its path"),
        (WEBHOOK, "[", "is no JSON object"),
        (WEBHOOK, "[1]", "is no JSON object"),
        (WEBHOOK, '{"url": "http://127.0.0.1/"}', "the message would be empty"),
        (WEBHOOK, '{"colour": "{{ digest.text }}"}', "does not take these arguments"),
    ],
)
def test_a_wrong_setting_is_named(alerts, monkeypatch, path, arguments, complaint):
    monkeypatch.setenv("NEWSMILL_NOTIFIER", path)
    monkeypatch.setenv("NEWSMILL_NOTIFIER_ARGS", arguments)
    with pytest.raises(Permanent, match=complaint):
        alerts.make_notifier()
