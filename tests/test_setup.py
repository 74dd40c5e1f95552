"""Guarantees of the Makefile: an environment equal to its locks, private secrets, Airflow on loopback only."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from urllib.error import HTTPError

import duckdb
import psutil
import pytest
from ports import free_port
from served import ROOT, Served, copy_checkout, kill_after_closing_the_terminal, make, press_ctrl_c

from newsmill.warehouse import snapshots

GREETING = """
import time
from airflow.sdk import dag, task

@dag(dag_id="greeting")
def greeting():
    @task
    def greet():
        print("good evening from a task")

    @task
    def linger():
        time.sleep(600)

    greet() >> linger()

greeting()
"""
BAD_SECOND_NIGHT = """
from airflow.sdk import Param, dag, task

@dag(dag_id="news_nightly", params={"night": Param(None, type=["null", "string"])})
def news_nightly():
    @task(pool="warehouse")
    def read(params=None):
        print("a line of noise")
        if params["night"] == "2026-03-03":
            raise ValueError("line 3 of wire.txt is not text")

    read()

news_nightly()
"""


# ---- the commands


def test_help_lists_every_documented_command():
    listed = re.findall(r"^ +make (\S+) +\S", make("help").stdout, re.M)
    assert {"nightly", "check", "test", "up", "sql", "help", "lock", "lint", "env", "clean"} <= set(listed)


def test_what_must_not_be_shared_is_ignored_by_git():
    private = [".secrets/airflow.json", ".env", ".airflow/airflow.db", "data/warehouse/news.duckdb", ".venv/bin/python"]
    ignored = subprocess.run(["git", "check-ignore", *private], cwd=ROOT, capture_output=True, text=True).stdout
    assert ignored.split() == private


@pytest.fixture
def warehouse(tmp_path):
    """A home whose published warehouse holds one row."""
    warehouse = tmp_path / "warehouse"
    snapshots.snapshot_folder(warehouse).mkdir(parents=True)
    with duckdb.connect(snapshots.snapshot_path(warehouse, "first")) as con:
        con.execute("CREATE TABLE story AS SELECT 'flood' AS title")
    snapshots.point_link_to(warehouse, "first")
    return tmp_path


def test_the_sql_shell_reads_the_published_warehouse(warehouse):
    answer = make("sql", NEWSMILL_HOME=str(warehouse), ARGS="-csv -c 'FROM story'")
    assert answer.stdout.split() == ["title", "flood"], answer.stderr


def test_the_sql_shell_refuses_to_write(warehouse):
    answer = make("sql", NEWSMILL_HOME=str(warehouse), ARGS="-c 'DROP TABLE story'")
    assert answer.returncode != 0 and "read-only" in answer.stderr


def test_what_a_test_makes_never_reaches_the_home_of_the_user_who_tests(warehouse, tmp_path, monkeypatch):
    monkeypatch.setenv("NEWSMILL_HOME", str(warehouse))
    monkeypatch.setenv("MAKEFLAGS", f" -- NEWSMILL_HOME={warehouse}")
    checkout = copy_checkout(tmp_path / "checkout")
    assert f"no warehouse at {checkout}/data/" in make("sql", cwd=checkout).stdout


def test_the_sql_shell_says_how_to_build_a_warehouse_that_is_not_there(tmp_path):
    answer = make("sql", NEWSMILL_HOME=str(tmp_path))
    assert answer.returncode != 0 and "make nightly" in answer.stdout


# ---- the environment


@pytest.fixture
def environment(tmp_path):
    """The builder of environments, in a checkout of its own whose environment is current."""
    (tmp_path / "scripts").mkdir()
    for name in ("scripts/environment.py", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    spec = importlib.util.spec_from_file_location("environment_under_test", tmp_path / "scripts" / "environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    (tmp_path / ".venv" / "bin" / "newsmill").touch()
    module.STAMP.write_text(json.dumps(module.wanted_stamp([module.RUNTIME])))
    return module


def test_an_environment_is_kept_while_its_lock_is_unchanged(environment):
    assert environment.is_current(dev=False)


def test_an_environment_is_rebuilt_when_its_lock_changes(environment):
    with (environment.ROOT / "requirements.txt").open("a") as lock:
        lock.write("# changed\n")
    assert not environment.is_current(dev=False)


def test_the_tools_are_installed_when_they_are_first_asked_for_and_stay(environment):
    assert not environment.is_current(dev=True)
    environment.STAMP.write_text(json.dumps(environment.wanted_stamp([environment.RUNTIME, environment.DEV])))
    assert environment.is_current(dev=True) and environment.is_current(dev=False)


def test_an_environment_that_was_moved_is_rebuilt(environment):
    moved = {**environment.stamped(), "place": "/elsewhere/.venv"}
    environment.STAMP.write_text(json.dumps(moved))
    assert not environment.is_current(dev=False)


def test_an_environment_without_the_command_is_rebuilt(environment):
    environment.COMMAND.unlink()
    assert not environment.is_current(dev=False)


def test_the_command_of_an_environment_runs_the_code_of_its_checkout(environment):
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", environment.VENV], check=True)
    package = environment.ROOT / "include" / "newsmill"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text("def run_command():\n    print('the checkout')\n    return 3\n")
    environment.add_command(environment.VENV / "bin" / "python")
    outside = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([environment.COMMAND], env=outside, cwd="/", capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("the checkout\n", 3), done.stderr


def test_a_python_that_is_too_old_names_the_packages_to_install(environment, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert "3.11 or newer" in environment.complaint() and "apt install" in environment.complaint()


def test_a_python_without_venv_names_the_package_to_install(environment, monkeypatch):
    present = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else present(name))
    assert "apt install python3-venv" in environment.complaint()


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt", "scripts/uv.txt"])
def test_every_package_of_a_lock_is_pinned_with_hashes_and_no_host_is_named(lock):
    text = (ROOT / lock).read_text()
    packages = re.split(r"^(?=[a-z0-9])", re.sub(r"^ *#.*\n", "", text, flags=re.M), flags=re.M | re.I)
    pinned = re.compile(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", re.S)
    unpinned = [package for package in packages if package.strip() and not pinned.match(package)]
    assert len(packages) > 1 and unpinned == []
    assert "://" not in text and "--index" not in text and "--find-links" not in text


def test_the_tools_never_ask_for_another_version_than_the_runtime_does():
    def pins(name):
        return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.M))

    runtime, tools = pins("requirements.txt"), pins("requirements-dev.txt")
    shared = runtime.keys() & tools.keys()
    assert shared and {name: tools[name] for name in shared} == {name: runtime[name] for name in shared}


# ---- the night


@pytest.mark.slow
def test_a_night_that_fails_fails_make_and_says_why_and_where_the_log_is(tmp_path):
    checkout = copy_checkout(tmp_path / "checkout")
    shutil.rmtree(checkout / "plugins")
    (checkout / "dags" / "news_nightly.py").write_text(BAD_SECOND_NIGHT)
    answer = make("nightly", cwd=checkout)
    shown = answer.stdout + answer.stderr
    assert answer.returncode != 0
    assert re.search(r"^2026-03-02  1 tasks in", shown, re.M), shown
    assert re.search(r"^2026-03-03  FAILED", shown, re.M)
    assert "  read: ValueError: line 3 of wire.txt is not text\n" in shown
    assert ".airflow/logs/nightly.log" in shown and "a line of noise" not in shown
    assert "a line of noise" in (checkout / ".airflow" / "logs" / "nightly.log").read_text()


# ---- Airflow's pages


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A healthy Airflow; the last tests of this file stop it."""
    checkout = copy_checkout(tmp_path_factory.mktemp("served") / "checkout")
    (checkout / "dags" / "greeting.py").write_text(GREETING)
    airflow = Served(checkout, free_port())
    try:
        yield airflow.start(until="Airflow is up")
    finally:
        airflow.stop()


@pytest.mark.slow
def test_every_component_of_airflow_is_healthy_when_its_address_is_printed(served):
    assert f"http://127.0.0.1:{served.port}" in served.lines[-1]
    report = served.ask("/api/v2/monitor/health")
    assert {name: part["status"] for name, part in report.items()} == dict.fromkeys(
        ("metadatabase", "scheduler", "triggerer", "dag_processor"), "healthy"
    )


@pytest.mark.slow
def test_the_password_is_printed_at_the_first_start_and_opens_the_door(served):
    password = re.search(r"password (\S+) .*kept in \.secrets/passwords\.json", served.output).group(1)
    assert served.log_in(password)


@pytest.mark.slow
@pytest.mark.parametrize("wrong", ["admin", "", "airflow"])
def test_another_password_is_refused(served, wrong):
    with pytest.raises(HTTPError) as refusal:
        served.log_in(wrong)
    assert 400 <= refusal.value.code < 500


@pytest.mark.slow
def test_the_pages_are_closed_to_those_who_did_not_log_in(served):
    with pytest.raises(HTTPError) as refusal:
        served.ask("/api/v2/dags")
    assert refusal.value.code == 401


@pytest.mark.slow
def test_every_secret_is_readable_by_its_owner_only(served):
    folder = served.checkout / ".secrets"
    modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.iterdir()]}
    assert modes == {".secrets": 0o700, "airflow.json": 0o600, "passwords.json": 0o600}
    assert min(len(key) for key in json.loads((folder / "airflow.json").read_text()).values()) >= 43


@pytest.mark.slow
def test_no_secret_is_shown_in_the_list_of_processes(served):
    secrets = [served.password, *json.loads((served.checkout / ".secrets" / "airflow.json").read_text()).values()]
    shown = " ".join(word for process in served.processes() for word in process.cmdline())
    assert "scheduler" in shown and not [secret for secret in secrets if secret in shown]


@pytest.mark.slow
def test_dags_are_paused_until_someone_wants_them(served):
    dags = served.ask("/api/v2/dags", token=served.log_in(served.password))["dags"]
    assert dags and all(dag["is_paused"] for dag in dags)


@pytest.mark.slow
def test_the_writers_pool_has_one_slot(served):
    assert served.ask("/api/v2/pools/warehouse", token=served.log_in(served.password))["slots"] == 1


@pytest.mark.slow
def test_a_task_runs_and_its_log_can_be_read_in_the_pages(served):
    token = served.log_in(served.password)
    served.ask("/api/v2/dags/greeting", {"is_paused": False}, "PATCH", token)
    run = served.ask("/api/v2/dags/greeting/dagRuns", {"logical_date": None}, token=token)["dag_run_id"]
    served.wait_for_task(token, "greet", "success", run)
    served.wait_for_log(token, "greet", "good evening from a task", run)
    served.wait_for_task(token, "linger", "running", run)


@pytest.mark.slow
def test_airflow_listens_on_loopback_only_also_while_a_task_runs(served):
    listening = [
        (process.name(), connection.laddr.ip, connection.laddr.port)
        for process in served.processes()
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert served.port in {port for _, _, port in listening}
    assert [entry for entry in listening if entry[1] not in ("127.0.0.1", "::1")] == []


@pytest.mark.slow
def test_a_second_airflow_is_not_started_while_one_runs(served):
    answer = make("up", cwd=served.checkout, PORT=str(free_port()))
    assert answer.returncode != 0 and "already runs" in answer.stderr


@pytest.mark.slow
def test_a_port_that_is_taken_is_said_to_be_so(served, tmp_path):
    answer = make("up", cwd=copy_checkout(tmp_path / "other"), PORT=str(served.port))
    assert answer.returncode != 0 and f"Port {served.port} cannot be had" in answer.stderr


@pytest.mark.slow
def test_ctrl_c_stops_airflow_within_30_seconds_and_leaves_no_process_though_a_task_runs(served):
    assert served.finish(press_ctrl_c) < 30
    assert "Stopped." in served.output
    assert len(served.before) > 5 and served.left == []


@pytest.mark.slow
def test_a_second_start_prints_no_password_and_a_kill_leaves_no_process_though_the_terminal_is_gone(served):
    served.start(until="User admin")
    kept = served.password
    assert kept not in served.output and ".secrets/passwords.json" in served.output
    assert served.finish(kill_after_closing_the_terminal) < 30
    assert served.password == kept
    assert len(served.before) >= 5 and served.left == []
