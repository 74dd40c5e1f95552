"""Compiled functions are compiled once, for all processes and copies of the same code."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from newsmill import compiled

pytestmark = pytest.mark.slow

PACKAGE = Path(compiled.__file__).parent
CODE = """
import pyarrow as pa
from newsmill.search import term_counts
term_counts.count_terms(pa.array(["one word"]))
print(len(term_counts._fill_counts.stats.cache_hits), len(term_counts._fill_counts.stats.cache_misses))
"""


@pytest.fixture
def code_copy(tmp_path) -> Path:
    """Return a copy of the code without any compiled function."""
    return copy_code(tmp_path / "code")


def copy_code(folder: Path) -> Path:
    shutil.copytree(PACKAGE, folder / "newsmill", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def start_process(folder: Path, store: Path, **variables: str) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(store)} | variables
    return subprocess.Popen([sys.executable, "-c", CODE], env=environment, stdout=subprocess.PIPE, text=True)


def has_compiled(process: subprocess.Popen) -> bool:
    """Return whether a process compiled the function instead of loading it."""
    loaded, compiled_now = map(int, process.communicate(timeout=120)[0].split())
    assert loaded + compiled_now == 1
    return compiled_now == 1


def test_of_processes_that_start_together_one_compiles(code_copy, tmp_path):
    together = [start_process(code_copy, tmp_path / "store") for _ in range(3)]
    assert sum(map(has_compiled, together)) == 1


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    """Return a folder with the function as compiled from a copy of the code that exists no more."""
    folder = tmp_path_factory.mktemp("compiled")
    code = copy_code(folder / "code")
    assert has_compiled(start_process(code, folder / "store"))
    shutil.rmtree(code)
    return folder / "store"


def test_a_copy_of_the_code_elsewhere_and_later_takes_what_is_compiled(code_copy, store):
    for file in code_copy.rglob("*.py"):
        os.utime(file, (1, 1))
    assert not has_compiled(start_process(code_copy, store))


def test_other_code_takes_nothing(code_copy, store):
    append_comment(code_copy, "nlp/scan.py")
    assert has_compiled(start_process(code_copy, store))


def test_other_code_that_the_function_cannot_reach_recompiles_nothing(code_copy, store):
    append_comment(code_copy, "quotes/speech_tokens.py", "cleaning/wording.py", "pipeline.py")
    assert not has_compiled(start_process(code_copy, store))


def append_comment(code: Path, *names: str) -> None:
    for name in names:
        with (code / "newsmill" / name).open("a", encoding="utf8") as file:
            file.write("# changed\n")


def test_what_cannot_be_kept_where_configured_is_kept_elsewhere(code_copy):
    assert has_compiled(start_process(code_copy, Path("/dev/null/store"), HOME=str(code_copy)))
    assert not has_compiled(start_process(code_copy, Path("/dev/null/store"), HOME=str(code_copy)))


def test_without_compiling_the_code_runs_as_it_is_written(code_copy, tmp_path):
    script = (
        "import pyarrow; from newsmill.search.term_counts import count_terms; "
        "print(count_terms(pyarrow.array(['one one'])).times.tolist())"
    )
    environment = os.environ | {"PYTHONPATH": str(code_copy), "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], env=environment, capture_output=True, text=True
    )
    assert done.stdout == "[2]\n", done.stderr


def test_where_nothing_says_otherwise_it_is_kept_in_the_package(code_copy):
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    subprocess.run(
        [sys.executable, "-c", CODE], env=environment | {"PYTHONPATH": str(code_copy)}, check=True, timeout=120
    )
    kept = code_copy / "newsmill" / "__pycache__" / compiled.CACHE_FOLDER
    assert list(kept.rglob("*.nbc"))
