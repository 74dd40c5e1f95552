"""Compiled code answers the same cold, warm, for any processor, and as plain Python runs it."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest
from plain_python import write_word_tables

from newsmill import compiled
from newsmill.doctor import selftest
from newsmill.extractors import extractors

ROOT = Path(__file__).resolve().parents[1]
CORPORA = ROOT.parent / "shared" / "corpora"
SAMPLE_NIGHTS = ("2026-03-02", "2026-03-03")
ONE_IN = {"main_text/aeb_html": 4, "main_text/modern_html": 5}
TEXTS = {"main_text/l3s": ("dump_resiliparse", 8), "main_text/modern": ("dump_resiliparse", 4)}
ARTICLES = {"reuters21578": ("body", 200), "bbc": ("text", 40), "wikinews": ("text", 10), "modern": ("text", 300)}
# Another processor of the same kind, as far as it can be asked for: numba's, numpy's, OpenBLAS's and the C library's.
OLDER = {
    "NUMBA_CPU_NAME": "generic",
    "OPENBLAS_CORETYPE": "Nehalem",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-FMA,-FMA4,-AVX,-AVX2_Usable,-FMA_Usable,-AVX_Usable",
}
NEEDS_MANY_WORDS = {"newsmill.search.postings._insert_known"}
"""Kernels that the samples alone are too small for; tests/search/test_postings.py uses them, too."""
pytestmark = pytest.mark.slow


class Dumps(NamedTuple):
    """Two folders of dumps: scraped pages, and articles."""

    pages: Path
    articles: Path


@pytest.fixture(scope="module")
def dumps(tmp_path_factory) -> Dumps:
    """Return the samples and, where the corpora are present, some hundred pages and articles of each kind."""
    folder = tmp_path_factory.mktemp("dumps")
    made = Dumps(folder / "pages", folder / "articles")
    for path in made:
        path.mkdir()
    for night in SAMPLE_NIGHTS:
        shutil.copytree(ROOT / "samples" / night, made.pages / night)
    shutil.copytree(ROOT / "samples" / SAMPLE_NIGHTS[0], made.articles / "samples")
    shutil.copy(ROOT / "include" / "newsmill" / "doctor" / "sample.html", made.pages)
    if CORPORA.is_dir():
        copy_corpora(made)
    return made


def copy_corpora(to: Dumps) -> None:
    """Add pages and articles of the corpora, every so many of each."""
    for name, step in ONE_IN.items():
        for path in sorted((CORPORA / name).iterdir())[::step]:
            (to.pages / f"{name.replace('/', '-')}-{path.stem}.html").write_bytes(gzip.decompress(path.read_bytes()))
    for name, (field, step) in TEXTS.items():
        write_texts(to.pages / f"{name.replace('/', '-')}.jsonl", read_texts(name, field, step))
    for name, (field, step) in ARTICLES.items():
        write_texts(to.articles / f"{name}.jsonl", read_texts(f"volume/{name}", field, step))


def read_texts(name: str, field: str, step: int) -> Iterator[str]:
    with gzip.open(CORPORA / f"{name}.jsonl.gz", "rt", encoding="utf8") as lines:
        yield from filter(None, (json.loads(line)[field] for line in islice(lines, 0, None, step)))


def write_texts(path: Path, texts: Iterable[str]) -> None:
    lines = (json.dumps({"id": f"{path.stem}-{number}", "text": text}) for number, text in enumerate(texts))
    path.write_text("\n".join(lines), encoding="utf8")


def digest(dumps: Dumps, home: Path, cache: Path, **environment: str) -> dict:
    """Return what a process of its own makes of the dumps."""
    paths = os.pathsep.join(map(str, (ROOT / "include", ROOT / "tests")))
    command = [sys.executable, "-W", "ignore", str(ROOT / "tests" / "digests.py"), *map(str, (home, *dumps))]
    done = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": paths, "NUMBA_CACHE_DIR": str(cache)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shutil.rmtree(home, ignore_errors=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    """Return the folder of compiled code that these tests share, empty at first."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture(scope="module")
def cold(dumps, cache, tmp_path_factory) -> dict:
    """Return what a process makes that compiles everything itself."""
    made = digest(dumps, tmp_path_factory.mktemp("cold"), cache)
    assert made["compiled"] > 150
    return made


@pytest.fixture(scope="module")
def generic(dumps, cache, tmp_path_factory) -> dict:
    """Return what a process makes that compiles for a processor without vectors of 256 bits."""
    return digest(dumps, tmp_path_factory.mktemp("generic"), cache, NUMBA_CPU_NAME="generic")


def differing_columns(one: dict, other: dict) -> list[str]:
    assert one["columns"].keys() == other["columns"].keys()
    return [name for name in one["columns"] if one["columns"][name] != other["columns"][name]]


def test_a_process_that_loads_all_kernels_makes_the_same_as_one_that_compiles_them(dumps, cold, cache, tmp_path):
    warm = digest(dumps, tmp_path, cache)
    assert warm["compiled"] == 0
    assert differing_columns(cold, warm) == []


@pytest.mark.long  # all kernels are compiled a second time
def test_a_processor_without_wide_vectors_makes_the_same(cold, generic):
    assert differing_columns(cold, generic) == []


@pytest.mark.long
def test_an_older_processor_makes_the_same_with_its_own_libraries_for_numbers(dumps, cold, generic, cache, tmp_path):
    older = digest(dumps, tmp_path, cache, **OLDER)
    assert older["compiled"] == 0
    assert differing_columns(cold, older) == []


def test_every_kernel_is_used_by_the_night_that_is_compared(cold):
    unused = {name for name, use in cold["kernels"].items() if use == "not used"}
    assert unused == (set() if CORPORA.is_dir() else NEEDS_MANY_WORDS)
    assert sum(rows for rows, _ in cold["columns"].values()) > 10_000


# -- the self-test


def test_the_kernels_as_plain_python_give_the_answers_that_every_machine_must_give(tmp_path):
    tables = write_word_tables(tmp_path / "word_tables.npz")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "tests/plain_python.py", str(tables), selftest.__name__],
        env=os.environ | {"PYTHONPATH": str(ROOT / "include"), "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert json.loads(done.stdout) == {"compiled": 0, "differences": []}


def test_the_compiled_kernels_give_those_answers_too():
    assert selftest.run_selftest() == []


@pytest.fixture(scope="module")
def faulty(tmp_path_factory) -> Path:
    """Return a copy of the code in which a kernel answers wrongly: a word that occurs again counts twice."""
    include = tmp_path_factory.mktemp("faulty") / "include"
    shutil.copytree(ROOT / "include", include, ignore=shutil.ignore_patterns("__pycache__"))
    path = include / "newsmill" / "search" / "term_counts.py"
    code = path.read_text(encoding="utf8")
    assert code.count("counts.times[slots[slot] - 1] += 1") == 1
    path.write_text(code.replace("- 1] += 1", "- 1] += 2"), encoding="utf8")
    return include


@pytest.fixture
def run_faulty(faulty, cold, cache) -> Callable[..., subprocess.CompletedProcess]:
    """Return a runner of newsmill with the faulty kernel; the other kernels are those of the shared cache."""

    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "newsmill", *arguments],
            env=os.environ | {"PYTHONPATH": str(faulty), "NUMBA_CACHE_DIR": str(cache)},
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )

    return run


def test_a_night_with_a_wrong_kernel_ends_before_it_writes(run_faulty, tmp_path):
    done = run_faulty("night", "2026-03-02", "--home", str(tmp_path / "home"))
    assert done.returncode == 1
    assert "kernels answer wrongly" in done.stderr and "copies: [1]" in done.stderr
    assert "remove " in done.stderr and "NUMBA_CPU_NAME=generic" in done.stderr
    assert not (tmp_path / "home").exists()


def test_the_doctor_names_processor_compiler_and_what_differs(run_faulty):
    done = run_faulty("doctor")
    assert done.returncode == 1
    assert compiled.describe_compiler().processor in done.stdout and "numba" in done.stdout
    assert "copies: [1]" in done.stderr


def test_objects_that_passed_are_not_tested_again_until_they_change(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "CACHE_HOME", tmp_path)
    monkeypatch.setattr(compiled, "module_folder", tmp_path.joinpath)
    kernel = tmp_path / compiled.list_compiling_modules()[0] / "kernel.1.nbc"
    kernel.parent.mkdir()
    (tmp_path / compiled.CACHE_FOLDER).mkdir()
    kernel.write_bytes(b"code")
    assert not compiled.is_verified()
    compiled.record_verified()
    assert compiled.is_verified()
    kernel.write_bytes(b"other code")
    assert not compiled.is_verified()
    kernel.write_bytes(b"code")
    monkeypatch.setattr(compiled.numba.config, "CPU_NAME", "generic")
    assert not compiled.is_verified()


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ({"marks": [1, 2, 3]}, "marks: [2] expected 4, this machine answers 3"),
        ({"marks": [1, 2]}, "marks: expected [1, 2, 4], this machine answers [1, 2]"),
        ({}, "marks: expected [1, 2, 4], this machine answers null"),
    ],
)
def test_a_difference_names_what_was_expected_and_what_came(answers, line):
    assert [*selftest.compare_answers(answers, {"marks": [1, 2, 4]})] == [line]


def test_only_the_last_digits_of_a_fraction_may_differ():
    assert not [*selftest.compare_answers({"chance": [0.501]}, {"chance": [0.5]})]
    assert [*selftest.compare_answers({"chance": [0.51]}, {"chance": [0.5]})]
    assert [*selftest.compare_answers({"count": [2]}, {"count": [1]})]


def test_an_answer_without_an_expected_one_fails_no_night():
    assert not [*selftest.compare_answers({"count": [1], "made_up": [[1, 2]]}, {"count": [1]})]


def test_every_extractor_is_pinned():
    missing = {extractor.name for extractor in extractors()} - selftest.read_expected().keys()
    assert not missing, f"run make pin-selftest: no answers are expected of {sorted(missing)}"
