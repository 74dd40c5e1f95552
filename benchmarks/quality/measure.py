"""Quality against human truth: runs nights over corpora, scores them, and compares the figures with their floors.

    python benchmarks/quality/measure.py            measure and compare with floors.toml
    python benchmarks/quality/measure.py --pin      write the measured figures as new floors; refuses to go down

The corpora and the scorer are outside the project, next to its checkout.
"""

import argparse
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
FLOORS = Path(__file__).with_name("floors.toml")
SLACK = 0.0005
"""A figure may round down by this much without counting as a fall."""


@dataclass(frozen=True)
class Corpus:
    """One file of truth, and the figures of its score with a floor."""

    task: str
    path: str
    content: str
    figures: tuple[str, ...]
    markup: str | None = None

    @property
    def name(self) -> str:
        """Return the name of the corpus."""
        return self.markup or Path(self.path).name.removesuffix(".jsonl.gz")

    @property
    def truth(self) -> Path:
        """Return the file of truth."""
        return SHARED / "corpora" / self.path


CORPORA = (
    Corpus("main_text", "main_text/aeb.jsonl.gz", "page", ("precision", "recall", "f1")),
    Corpus("main_text", "main_text/l3s.jsonl.gz", "page", ("precision", "recall", "f1")),
    Corpus("main_text", "main_text/modern.jsonl.gz", "page", ("precision", "recall", "f1")),
    Corpus("main_text", "main_text/aeb.jsonl.gz", "page", ("precision", "recall", "f1"), markup="aeb_html"),
    Corpus("main_text", "main_text/modern.jsonl.gz", "page", ("precision", "recall", "f1"), markup="modern_html"),
    Corpus(
        "quotes",
        "quotes/polnear_dev.jsonl.gz",
        "article",
        ("precision", "recall", "f1", "speaker_recall", "speaker_accuracy", "mixed_recall"),
    ),
    Corpus("places", "places/lgl.jsonl.gz", "article", ("precision", "recall", "f1", "right_given_found")),
    Corpus("mentions", "mentions/conllpp_dev.jsonl.gz", "article", ("precision", "recall", "f1")),
    Corpus("mentions", "mentions/wikigold.jsonl.gz", "article", ("f1",)),
    Corpus("dates", "dates/timebank.jsonl.gz", "article", ("relaxed_f1", "value_f1")),
    Corpus("dates", "dates/aquaint.jsonl.gz", "article", ("relaxed_f1", "value_f1")),
)
NIGHTS = {"page": "2026-01-02", "article": "2026-01-03", "html": "2026-01-04"}


def measure() -> dict[str, dict[str, float]]:
    """Return the figures of every corpus by task and name."""
    with TemporaryDirectory(prefix="newsmill-quality-") as folder:
        for kind, night in NIGHTS.items():
            _run_night(Path(folder) / kind, night, kind)
        return {f"{c.task}.{c.name}": _score_corpus(Path(folder) / _night_kind(c), c) for c in CORPORA}


def find_fallen_figures(measured: dict, floors: dict) -> list[str]:
    """List the figures below their floors."""
    return [
        f"{name} {figure}: {measured[name].get(figure, 0):.4f} is below the floor {floor:.4f}"
        for name, figures in floors.items()
        for figure, floor in figures.items()
        if measured[name].get(figure, 0) < floor - SLACK
    ]


def read_floors() -> dict[str, dict[str, float]]:
    """Read the pinned floors."""
    return tomllib.loads(FLOORS.read_text(encoding="utf8")) if FLOORS.exists() else {}


def _night_kind(corpus: Corpus) -> str:
    return "html" if corpus.markup else corpus.content


def _run_night(folder: Path, night: str, kind: str) -> None:
    """Run a night over the dumps of a kind; each kind has a separate home, since two of them share pages."""
    folder.mkdir()
    corpora = [corpus for corpus in CORPORA if _night_kind(corpus) == kind]
    sources = [word for corpus in corpora for word in ("--source", _make_dump(corpus, folder))]
    content = corpora[0].content
    _run_program(
        sys.executable, "-m", "newsmill", "night", night, *sources, "--content", content, "--home", folder / "home"
    )


def _make_dump(corpus: Corpus, folder: Path) -> Path:
    """Return the dump of a corpus: from the scorer, or its HTML as files named by id."""
    dump = folder / f"{corpus.name}.jsonl"
    if not corpus.markup:
        _run_program(sys.executable, SHARED / "score" / "score.py", "dump", corpus.task, corpus.truth, dump)
        return dump
    pages = folder / corpus.markup
    pages.mkdir()
    for path in corpus.truth.with_name(corpus.markup).iterdir():
        shutil.copy(path, pages / path.name.removesuffix(".html.gz"))
    return pages


def _score_corpus(folder: Path, corpus: Corpus) -> dict[str, float]:
    output = _run_program(
        sys.executable,
        SHARED / "score" / "score.py",
        "score",
        corpus.task,
        corpus.truth,
        folder / "home" / "warehouse" / "news.duckdb",
    )
    figures = dict(pair.split("=") for pair in output.split())
    return {figure: float(figures[figure]) for figure in corpus.figures}


def _run_program(*command: object) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "include"), "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def raise_floors(measured: dict, floors: dict) -> dict:
    """Return the new floors: the measured figures, and never less than the old floors."""
    return {
        name: {figure: max(value, floors.get(name, {}).get(figure, 0.0)) for figure, value in figures.items()}
        for name, figures in measured.items()
    }


def _write_floors(measured: dict) -> None:
    lines = [
        "# Floors of quality, pinned by `python benchmarks/quality/measure.py --pin`; they only go up. They hold what",
        "# is shipped: the models of lines, names and places know most of these texts. What they do on others is in",
        "# their cards.",
    ]
    for name, figures in measured.items():
        lines += [f'\n["{name}"]', *(f"{figure} = {value:.4f}" for figure, value in figures.items())]
    FLOORS.write_text("\n".join(lines) + "\n", encoding="utf8")


def main() -> int:
    """Measure, print, and compare or pin."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pin", action="store_true", help="pin what was measured, if nothing fell")
    args = parser.parse_args()
    measured = measure()
    for name, figures in measured.items():
        print(f"{name:24}", "  ".join(f"{figure}={value:.4f}" for figure, value in figures.items()))
    fallen = find_fallen_figures(measured, read_floors())
    print("\n".join(fallen) or "no figure is below its floor")
    if args.pin and not fallen:
        _write_floors(raise_floors(measured, read_floors()))
    return bool(fallen)


if __name__ == "__main__":
    sys.exit(main())
