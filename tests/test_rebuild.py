"""Rebuilds of history from a step on: their result, unchanged parts, kills at any step, a night published meanwhile."""

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest
from small_nights import LABEL, make_pier_page

from newsmill import pipeline, rebuild
from newsmill.errors import Permanent, StaleStagingCopy
from newsmill.lake import Lake
from newsmill.locks import hold_lock
from newsmill.runs import Run
from newsmill.warehouse import loader, publish, snapshots
from newsmill.warehouse.model import tables

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[1]
FIRST, SECOND = "2026-03-02", "2026-03-03"
OF_RUNS = {"ops.run", "ops.stage_receipt", "ops.quality_result", "ops.snapshot", "mart.run_health"}
NO_LABEL = """
[[block]]
hash = "{hash}"
decision = "drop"
by = "Bea"
at = 2026-03-05T09:00:00Z
because = "It is below every story."
"""


def environment(decisions: Path | None = None) -> dict[str, str]:
    settings = {"NEWSMILL_DECISIONS": str(decisions)} if decisions else {}
    return os.environ | {"PYTHONPATH": str(ROOT / "include")} | settings


def newsmill(home: Path, *arguments: str, decisions: Path | None = None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "newsmill", *arguments, "--home", str(home)],
        capture_output=True,
        text=True,
        env=environment(decisions),
        cwd=ROOT,
    )


def run_nights(home: Path, dumps: Path, decisions: Path | None = None) -> Path:
    for night in (FIRST, SECOND):
        done = newsmill(
            home, "night", night, "--source", str(dumps / f"{night}.jsonl"), "--jobs", "1", decisions=decisions
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return home


def ask(file: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(file), read_only=True) as con:
        return con.execute(sql).fetchall()


def fingerprints(file: Path) -> dict[str, tuple]:
    """Hash every table without columns of runs."""
    names = [m.table for m in tables() if m.table not in OF_RUNS]
    rows = "SELECT CAST(t AS VARCHAR) AS row FROM {} AS t"
    sql = f"SELECT count(*), md5(string_agg(row, chr(10) ORDER BY row)) FROM ({rows})"
    return {table: ask(file, sql.format(table))[0] for table in names}


def served(home: Path) -> Path:
    return home / "warehouse" / "news.duckdb"


def accepted(home: Path) -> dict[str, bytes]:
    """Return the bytes of every accepted part of published runs."""
    root = home / "lake" / ".accepted"
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*.parquet")}


@pytest.fixture(scope="module")
def dumps(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dumps")
    for night in (FIRST, SECOND):
        lines = (json.dumps(make_pier_page(night, number, LABEL)) for number in range(3))
        (folder / f"{night}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf8")
    return folder


@pytest.fixture(scope="module")
def before(tmp_path_factory, dumps) -> Path:
    """Return a home with both nights, to be copied."""
    return run_nights(tmp_path_factory.mktemp("before") / "home", dumps)


@pytest.fixture(scope="module")
def block(before) -> str:
    """Return the hash of the most frequent block, the label, before it was learned."""
    sql = "SELECT block_hash FROM dw.fact_text_block GROUP BY block_hash ORDER BY count(*) DESC, block_hash LIMIT 1"
    ((block_hash,),) = ask(served(before), sql)
    assert kept_blocks(served(before), block_hash) > 0
    return block_hash


def kept_blocks(file: Path, block: str) -> int:
    """Count the pages on which a block was kept as text."""
    sql = f"SELECT count(*) FROM dw.fact_text_block WHERE block_hash = '{block}' AND disposition = 'kept'"
    return ask(file, sql)[0][0]


@pytest.fixture(scope="module")
def decisions(tmp_path_factory, block) -> Path:
    """Return a file with the decision that the label is boilerplate."""
    file = tmp_path_factory.mktemp("decisions") / "decisions.toml"
    file.write_text(NO_LABEL.format(hash=block), encoding="utf8")
    return file


@pytest.fixture
def home(before, tmp_path) -> Path:
    """Return a copy of the home for a single test."""
    return shutil.copytree(before, tmp_path / "home", symlinks=True)


# -- steps that follow ------------------------------------------------------------------------------------------------


KNOWN = "quotes mentions places minhash dedupe dates check".split()


@pytest.mark.parametrize(
    ("step", "steps"),
    [
        ("quotes", ["quotes", "check"]),
        ("mentions", ["mentions", "places", "quotes", "check"]),
        ("minhash", ["minhash", "check"]),
        ("dedupe", ["dedupe", "dates", "mentions", "places", "quotes", "check"]),
        ("check", ["check"]),
        ("load", []),
    ],
)
def test_only_what_reads_a_step_at_first_or_second_hand_is_done_again(step, steps):
    assert [name for name in pipeline.list_dependent_steps(step) if name in KNOWN] == steps


def test_from_read_on_everything_is_done_again():
    steps = [step.name for row in pipeline.steps() for step in row if step.name != "copy"]
    assert pipeline.list_dependent_steps("read") == steps[steps.index("read") : steps.index("load")]


@pytest.mark.parametrize("step", ["fetch", "copy", "audit", "publish", "quote"])
def test_a_step_from_which_nothing_can_be_done_again_names_those_from_which_it_can(step):
    with pytest.raises(Permanent, match=f"'{step}' on; from these it can: read, survey, .*, load"):
        pipeline.list_dependent_steps(step)


# -- results -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_by_the_same_rules_no_row_differs_and_the_nights_lead_to_the_runs_that_did_them_again(home):
    was = fingerprints(served(home))
    done = newsmill(home, "rebuild", "--from", "read", "--jobs", "1")
    assert done.returncode == 0 and "no row differs" in done.stdout, done.stdout + done.stderr
    assert fingerprints(served(home)) == was
    runs = ask(served(home), "SELECT kind, status, snapshot FROM ops.loaded_night JOIN ops.run USING (night, run_id)")
    assert runs == [("rebuild", "published", snapshots.current_snapshot(home / "warehouse"))] * 2
    assert ask(served(home), "SELECT is_trusted, record_count, is_stale FROM mart.run_health") == [(True, 3, False)] * 2
    assert not (home / "rebuild").exists()
    again = newsmill(home, "rebuild", "--from", "read", "--stale")
    assert again.returncode == 1 and "holds no night by other rules; it holds 2" in again.stderr


@pytest.mark.slow
def test_a_dry_run_shows_the_effect_of_a_decision_and_then_it_is_published_as_if_it_had_always_applied(
    home, dumps, decisions, block, tmp_path
):
    was, kept = fingerprints(served(home)), accepted(home)
    ask_for = ("rebuild", "--from", "learn", "--stale", "--jobs", "1")
    done = newsmill(home, *ask_for, "--dry-run", decisions=decisions)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "drop " in done.stdout and "other decisions" in done.stdout and "dw.fact_text_block" in done.stdout
    assert fingerprints(served(home)) == was and accepted(home) == kept
    candidate = home / "warehouse" / "candidate.duckdb"
    assert kept_blocks(candidate, block) == 0
    name = snapshots.current_snapshot(home / "warehouse")
    shown = newsmill(home, "snapshots", "diff", name, "candidate", "--table", "dw.dim_article", "--limit", "1")
    assert "text: " in shown.stdout and " → " in shown.stdout
    done = newsmill(home, *ask_for, decisions=decisions)
    assert done.returncode == 0 and "learn:" not in done.stderr, "what was done of a night is not done again"
    fresh = run_nights(tmp_path / "fresh", dumps, decisions)
    assert fingerprints(served(home)) == fingerprints(served(fresh)) != was
    assert not candidate.exists()


@pytest.mark.slow
def test_one_night_alone_is_done_again_and_a_night_that_is_not_held_is_named(home):
    done = newsmill(home, "rebuild", "--from", "quotes", "--nights", SECOND, "--jobs", "1")
    assert done.returncode == 0 and f"night {SECOND}, 1 of 1" in done.stderr and "clean:" not in done.stderr
    kinds = ask(served(home), "SELECT kind FROM ops.loaded_night JOIN ops.run USING (night, run_id) ORDER BY night")
    assert kinds == [("manual",), ("rebuild",)]
    done = newsmill(home, "rebuild", "--from", "quotes", "--nights", "2030-01-01..2030-02-01")
    assert done.returncode == 1 and f"it holds 2, {FIRST} to {SECOND}" in done.stderr


# -- killed, overtaken -------------------------------------------------------------------------------------------------

# Kills itself at the count-th audit event of a kind, such as os.rename, after the nights are done.
REBUILD_AND_DIE = """
import os, signal, sys
from pathlib import Path
from newsmill import rebuild
from newsmill.cli.command_line import main

event, count = sys.argv[1], int(sys.argv[2])
left, publish = [count], rebuild._publish

def die(name, args):
    if name == event:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

def publish_and_die(*arguments):
    sys.addaudithook(die)
    publish(*arguments)

rebuild._publish = publish_and_die
sys.exit(main(sys.argv[3:]))
"""


@pytest.mark.slow
def test_killed_in_any_step_it_leaves_what_is_served_and_goes_on_when_started_again(home, decisions, block):
    was, kept = fingerprints(served(home)), accepted(home)
    ask_for = ["rebuild", "--from", "learn", "--jobs", "1", "--home", str(home)]
    for night, step in ((FIRST, "clean"), (SECOND, "learn"), (SECOND, "check")):
        with subprocess.Popen(
            [sys.executable, "-m", "newsmill", *ask_for],
            env=environment(decisions),
            text=True,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            current = None
            for line in process.stderr:
                current = line.split()[1].rstrip(",") if line.startswith("night ") else current
                if current == night and line.startswith(f"{step}:"):
                    break
            else:
                pytest.fail(f"it never came to {step} of {night}")
            os.killpg(process.pid, signal.SIGKILL)
        assert fingerprints(served(home)) == was and accepted(home) == kept
    for event, count in (("os.link", 5), ("os.rename", 10), ("os.symlink", 1)):
        killed = subprocess.run(
            [sys.executable, "-c", REBUILD_AND_DIE, event, str(count), *ask_for],
            env=environment(decisions),
            capture_output=True,
            text=True,
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert "learn:" not in killed.stderr or event == "os.link", "the second night was done by then"
        assert fingerprints(served(home)) == was
        assert kept.items() <= accepted(home).items()
    done = newsmill(home, *ask_for[:-2], decisions=decisions)
    assert done.returncode == 0, done.stderr
    assert kept_blocks(served(home), block) == 0
    assert ask(served(home), "SELECT count(*) FROM ops.snapshot WHERE is_current") == [(1,)]


def test_a_night_published_meanwhile_is_not_undone(home):
    asked = rebuild.RebuildRequest(home, "load")
    plan = rebuild._plan_rebuild(asked, pipeline.list_dependent_steps("load"))
    rebuild._link_inputs(plan, home, Lake(home / "rebuild" / "lake"))
    for again in plan.nights:
        rebuild._rebuild_night(again, Lake(home / "lake"), (), None, None)
    staging = rebuild._load_nights(plan, home)
    run = Run(home, date.fromisoformat(SECOND), f"{SECOND}-meanwhile")
    loader.load(run)
    publish.publish(run, {}, keep=3)
    with pytest.raises(StaleStagingCopy, match=f"it was made from {plan.base}"):
        rebuild._publish(plan, staging, home)
    assert dict(ask(served(home), "FROM ops.loaded_night"))[run.night] == run.run_id


def test_a_second_rebuild_says_that_one_is_at_work(home):
    with hold_lock(home / ".rebuild.lock", 0, AssertionError("free")):
        done = newsmill(home, "rebuild", "--from", "load")
    assert done.returncode == 1 and "another rebuild is at work" in done.stderr


def test_a_run_that_kept_too_little_says_from_which_step_on_it_can_be_done(home):
    for folder in (home / "lake" / ".accepted").glob("*/first_instances"):
        shutil.rmtree(folder)
    done = newsmill(home, "rebuild", "--from", "quotes")
    assert done.returncode == 1 and "kept no first_instances: rebuild from dedupe on" in done.stderr
