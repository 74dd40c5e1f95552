"""Guarantees of the Makefile: its commands, and an environment equal to its locks."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys

import duckdb
import pytest
from served import ROOT, copy_checkout, make

from newsmill.warehouse import snapshots

pytestmark = pytest.mark.slow

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
