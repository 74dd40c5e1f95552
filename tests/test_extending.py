"""A made-up extractor and a made-up format, each one new file or folder, appear in every part of the product."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from newsmill import pipeline

ROOT = Path(__file__).resolve().parents[1]
NIGHT = "2026-03-02"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]  # a first run compiles, on a busy machine for minutes

PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf8")
FILES = dict(re.findall(r"```\w+ include/newsmill/(\S+)\n(.*?)```", PAGE, re.DOTALL))
"""The files of the made-up extractor and format by path, as the page shows them."""

STORIES = (
    "The harbour council voted on Monday to spend €4,000 on the old quay,\nsaid its chair, Odile Brandt.",
    "Nobody paid $9,000,000,000,000,000 for the ferry, and the pier cost £12. It was repaired before winter.",
)

DERIVED = """
import json, sys
from newsmill import pipeline
from newsmill.doctor import answers, selftest
from newsmill.quality.suites import LAKE_SUITES, TABLE_SUITES
from newsmill.warehouse import dictionary, er_diagram
print(json.dumps({
    "steps": [[step.name for step in row] for row in pipeline.steps()],
    "rules": pipeline.collect_rule_versions(),
    "dictionary": dictionary.markdown(),
    "star": er_diagram.markdown(),
    "suites": [suite.name for suite in (*LAKE_SUITES, *TABLE_SUITES)],
    "compared": answers.COLUMNS["amounts"],
    "pinned": "amounts" in selftest.read_expected(),
}))
"""

READ = """
import json, sys
from dataclasses import replace
from pathlib import Path
from newsmill.errors import Permanent
from newsmill.readers import contents
from newsmill.sources import catalog

folder = Path(sys.argv[1])
dump = catalog.catalog(folder / "sources.toml")["tide"]
texts = {}
for name in ("fixed", "auto"):
    found = contents.read(replace(dump, format=name), folder / "tide.fixed", "tide.fixed")
    texts[name] = [[record.text, record.byte_start, record.byte_end] for record in found]
errors = []
wrong = replace(dump, format="doc")
for read in (lambda: catalog.catalog(folder / "wrong.toml"), lambda: [*contents.read(wrong, folder, "")]):
    try:
        read()
    except Permanent as error:
        errors.append(str(error))
print(json.dumps({"texts": texts, "errors": errors}))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """Return a copy of the product, compiled code included, with one extractor and one format more."""
    include = tmp_path_factory.mktemp("checkout") / "include"
    shutil.copytree(ROOT / "include" / "newsmill", include / "newsmill")
    for name, text in FILES.items():
        path = include / "newsmill" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf8")
    return include


def run_python(package: Path, *arguments: str) -> str:
    """Return the output of a process that imports the copy."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": str(package)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def home(package, tmp_path_factory) -> Path:
    """Return the home of a night of two articles."""
    home = tmp_path_factory.mktemp("home")
    rows = [{"id": str(i), "title": f"Harbour news {i}", "text": text} for i, text in enumerate(STORIES)]
    (home / "dump.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    arguments = f"-m newsmill night {NIGHT} --home {home} --jobs 2 --source {home / 'dump.jsonl'} --content article"
    run_python(package, *arguments.split(" "))
    return home


def ask(home: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(home / "warehouse" / "news.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_an_extractor_that_is_a_folder_and_a_table_is_extracted_checked_loaded_and_cited(home):
    assert [path.name for path in (home / "lake" / "amounts").iterdir()] == [f"night={NIGHT}"]
    rows = ask(home, "SELECT surface, currency, amount, amount_key FROM dw.fact_amount ORDER BY amount")
    assert [row[:3] for row in rows] == [("£12", "GBP", 12.0), ("€4,000", "EUR", 4000.0)]
    for surface, _, _, key in rows:
        assert ask(home, f"SELECT fact_table, text FROM mart.cite('fact_amount', {key})") == [("fact_amount", surface)]
    results = ask(home, "SELECT DISTINCT gate, suite FROM ops.quality_result WHERE suite LIKE '%amount%' ORDER BY ALL")
    assert results == [("audit", "fact_amount"), ("check", "amounts")]


def test_its_faulty_row_is_withheld_and_its_article_kept(home):
    withheld = ask(home, "SELECT reason, row_count, detail FROM ops.rejected WHERE reason LIKE 'amounts%'")
    assert [row[:2] for row in withheld] == [("amounts_amount_no_more_than_the_money_of_the_world", 1)]
    assert "surface $9,000,000,000,000,000" in withheld[0][2]
    assert ask(home, "SELECT count(*) FROM dw.fact_article") == [(2,)]


def test_its_task_its_rules_its_documentation_and_its_self_test_follow(package):
    derived = json.loads(run_python(package, "-c", DERIVED))
    assert {"amounts", "mentions"} <= set(next(row for row in derived["steps"] if "mentions" in row))
    assert derived["rules"]["amounts"] == "1" and derived["rules"]["known"] != pipeline.collect_rule_versions()["known"]
    assert {"amounts", "fact_amount"} <= set(derived["suites"])
    assert "### dw.fact_amount" in derived["dictionary"] and "ISO 4217 code of the currency." in derived["dictionary"]
    assert 'dim_article ||--o{ fact_amount : "article_key"' in derived["star"]
    assert derived["compared"].split()[:2] == ["surface", "char_start"] and not derived["pinned"]


def test_a_format_that_is_one_module_is_listed_detected_and_read(package, tmp_path):
    (tmp_path / "tide.fixed").write_bytes(b"FIXED 30\n" + b"".join(text.ljust(30) for text in (b"Ebb.", b"Flow.")))
    entry = '[tide]\nlocation = "tide.fixed"\nformat = "{}"\n'
    for name, form in (("sources", "fixed"), ("wrong", "doc")):
        (tmp_path / f"{name}.toml").write_text(entry.format(form), encoding="utf8")
    result = json.loads(run_python(package, "-c", READ, str(tmp_path)))
    assert result["texts"] == {name: [["Ebb.", 9, 39], ["Flow.", 39, 69]] for name in ("fixed", "auto")}
    assert len(result["errors"]) == 2 and all("csv, feed, fixed, html" in message for message in result["errors"])
