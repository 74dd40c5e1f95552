"""Time limits on real processes: an endless document loses the rows of one extractor, and no process is left behind."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from night_runs import ROOT, ask, command, copy_product, environment, write_articles

NIGHT = "2026-03-02"
MARK = "NEWSMILL_TEST_WORKERS"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]  # a first run compiles, on a busy machine for minutes

EXTRACTOR = '''"""Finds nothing; some texts make it raise, or never end."""
import re

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled
from newsmill.relations import ARTICLES, FIRST_INSTANCES, SPINS
from newsmill.stage import stage


@compiled
def spin(counter):
    while counter[0] >= 0:
        counter[0] = (counter[0] + 1) & 0xFFFF
    return counter[0]


@stage(reads=(ARTICLES.among(FIRST_INSTANCES),), writes=(SPINS,), per="part", version="1")
def spins(articles: pa.Table) -> pa.Table:
    """Find nothing."""
    for text in articles["text"].to_pylist():
        if "kernel" in text:
            spin(np.zeros(1, np.int64))
        if "pattern" in text:
            re.match("(a+)+$", "a" * 60 + "b")
        if "fault" in text:
            raise ZeroDivisionError("a text no rule has met")
    return SPINS.empty()
'''

DECLARATION = """from newsmill.extractors import Extractor, framed

EXTRACTOR = Extractor(name="spins", meaning="Nothing.", fact="spin", noun="nothing", columns=framed(""))
"""

STORY = (
    "The harbour council voted on Monday to repair the {} before winter, said its chair, Odile Brandt. The work will"
    " take until spring, she said, and the ferry to Gjøvik will sail from the old quay meanwhile."
)


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """Return a copy of the product with one more extractor, and with the compiled functions."""
    include = copy_product(tmp_path_factory.mktemp("checkout"))
    room = include / "newsmill" / "spins"
    room.mkdir()
    (room / "__init__.py").write_text(DECLARATION, encoding="utf8")
    tables = include / "newsmill" / "warehouse" / "sql" / "dw"
    dates = (tables / "fact_date_reference.sql").read_text(encoding="utf8")
    columns = "timex_type, timex_value, date_start, date_end, anchor_date, anchor_method,"
    fact = dates.replace("date_reference", "spin").replace("dates", "spins").replace(columns, "")
    (tables / "fact_spin.sql").write_text(fact, encoding="utf8")
    (room / "spins.py").write_text(EXTRACTOR, encoding="utf8")
    limits = include / "newsmill" / "limits.py"
    code = limits.read_text(encoding="utf8")
    assert "FIRST_CALL_SECONDS = 10.0" in code
    # each process that is ended starts anew, with this allowance: a dozen of them in these tests
    limits.write_text(code.replace("FIRST_CALL_SECONDS = 10.0", "FIRST_CALL_SECONDS = 5.0"), encoding="utf8")
    return include


def start_night(package: Path, home: Path, subjects: list[str], *options: str, mark: str = "1") -> subprocess.Popen:
    """Start a night of one article for each subject."""
    home.mkdir(parents=True)
    rows = [
        {"id": subject, "title": f"Council to repair {subject}", "text": STORY.format(subject)} for subject in subjects
    ]
    dump = home / "dump.jsonl"
    write_articles(dump, rows)
    return subprocess.Popen(
        command(home, "night", NIGHT, "--jobs", "2", "--source", str(dump), "--content", "article", *options),
        env=environment(package, **{MARK: mark}),
        cwd=ROOT,
        text=True,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        preexec_fn=accept_interrupts,
    )


def accept_interrupts() -> None:
    """Undo what a shell does to a job in the background: that ignores SIGINT, and so would all its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def find_processes(mark: str) -> list[int]:
    """List the processes with a mark in their environment."""
    pids = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                pids.append(int(folder.name))
        except OSError:
            continue
    return pids


def wait_until_gone(mark: str, seconds: float) -> list[int]:
    deadline = time.monotonic() + seconds
    while (left := find_processes(mark)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


@pytest.fixture(scope="module")
def limited(package, tmp_path_factory) -> Path:
    """Return the home of a night with documents that never end or raise, with a limit of a second each."""
    home = tmp_path_factory.mktemp("limited") / "home"
    subjects = ["pier", "kernel", "pattern", "fault", "quay"]
    night = start_night(package, home, subjects, "--document-seconds", "1", mark="limits")
    _, message = night.communicate()
    assert night.returncode == 0, message
    return home


def test_documents_that_never_end_or_raise_cost_their_rows_of_that_extractor_alone(limited):
    home = limited
    rejected = ask(
        home,
        "SELECT split_part(page_id, '#', 2), reason, row_count, detail FROM ops.note WHERE stage = 'spins' ORDER BY 1",
    )
    assert [row[:3] for row in rejected] == [
        ("2", "extractor_timeout", 1),
        ("3", "extractor_timeout", 1),
        ("4", "extractor_failed", 1),
    ]
    assert "longer than 1 s" in rejected[0][3] and "NEWSMILL_DOCUMENT_SECONDS" in rejected[0][3]
    assert "a text no rule has met" in rejected[2][3] and "the article is loaded" in rejected[2][3]
    loaded = ask(
        home,
        "SELECT record_no, quality_warnings FROM dw.fact_article JOIN dw.dim_article USING (article_key) ORDER BY 1",
    )
    assert {record_no: [name for name in warnings if name.startswith("spins")] for record_no, warnings in loaded} == {
        1: [],
        2: ["spins_timeout"],
        3: ["spins_timeout"],
        4: ["spins_failed"],
        5: [],
    }
    spoken = ask(home, "SELECT count(DISTINCT article_key) FROM dw.fact_mention")
    assert spoken == [(5,)], "other extractors have read every article"
    assert ask(home, "SELECT status, is_trusted FROM mart.run_health") == [("published", True)]
    assert wait_until_gone("limits", 5) == []


@pytest.mark.long
def test_a_step_that_takes_longer_than_it_may_ends_the_night_with_the_option_that_allows_more(package, tmp_path):
    home = tmp_path / "home"
    night = start_night(package, home, ["kernel"], "--document-seconds", "0", "--step-seconds", "90", mark="step")
    _, message = night.communicate()
    assert night.returncode == 1, message
    assert "spins of" in message and "took longer than 90 s" in message and "--step-seconds" in message
    assert "Traceback" not in message and wait_until_gone("step", 5) == []


@pytest.mark.parametrize("subject", ["kernel", "pattern"])
def test_no_worker_lives_on_when_its_night_is_killed(package, tmp_path, subject):
    night = start_night(package, tmp_path / "home", [subject], "--document-seconds", "1", mark=subject)
    for line in night.stderr:
        if line.startswith("spins:"):
            break
    time.sleep(5)
    night.send_signal(signal.SIGKILL)
    night.wait()
    assert wait_until_gone(subject, 60) == []


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_night_ends_its_workers_at_once(package, tmp_path, number, status):
    home = tmp_path / "home"
    night = start_night(package, home, ["pattern"], "--document-seconds", "0", mark="interrupted")
    for line in night.stderr:
        if line.startswith("spins:"):
            break
    time.sleep(3)
    night.send_signal(number)
    _, message = night.communicate(timeout=60)
    assert night.returncode == status and "the night can be run again" in message
    assert wait_until_gone("interrupted", 10) == []
    (entry,) = pq.read_table(home / "lake" / "runs", partitioning=None).to_pylist()
    assert entry["status"] == "interrupted" and not list(home.glob("warehouse/snapshots/*"))


FORKED = """
from datetime import date
from pathlib import Path
import sys
from newsmill import workers
from newsmill.runs import Run

run = Run(Path(sys.argv[1]), date(2026, 3, 2), "2026-03-02-forked", document_seconds=1.0)
with workers.open_fork() as worker:
    for unit in sys.argv[2:]:
        receipt = worker.perform("spins", run, unit)
        print(receipt.rows_in, receipt.rows_out, receipt.rejected)
        worker.release()
"""


def test_a_fork_of_a_task_is_watched_as_a_worker_is_and_starts_anew_after_its_release(package, limited, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(limited, home, symlinks=True)
    (part,) = (path.stem.removeprefix("part-") for path in (home / "lake" / "pages").rglob("part-*.parquet"))
    done = subprocess.run(
        [sys.executable, "-c", FORKED, str(home), part, part],
        capture_output=True,
        text=True,
        env=environment(package, **{MARK: "forked"}),
    )
    assert done.stdout.split() == ["5", "0", "3"] * 2, done.stderr
    assert wait_until_gone("forked", 5) == []
