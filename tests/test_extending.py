"""A made-up extractor and a made-up format, each one new file or folder, appear in every part of the product.

The names are such that no extractor, column or format of the product will ever have them.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from newsmill import pipeline
from newsmill.formats import format_names

ROOT = Path(__file__).resolve().parents[1]
NIGHT = "2026-03-02"
TABLE = "fact_made_up_fact"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]  # a first run compiles, on a busy machine for minutes

DECLARATION = '''"""Extracts sums of money."""

from newsmill.contracts import REAL, TEXT, Column
from newsmill.expectations import WARNING, between, one_of
from newsmill.extractors import Extractor, framed

CURRENCIES = ("USD", "EUR", "GBP")
_LARGEST = between("made_up_amount", 0, 1e15, "no more than the money of the world")

EXTRACTOR = Extractor(
    name="made_up_facts",
    meaning="One sum of money.",
    fact="made_up_fact",
    noun="the sum of money",
    columns=framed("made_up_currency made_up_amount"),
    glossary=(
        Column("made_up_currency", TEXT, "ISO 4217 code of the currency.", CURRENCIES),
        Column("made_up_amount", REAL, "The sum in units of its currency."),
    ),
    lake_expectations=(_LARGEST, between("surface_chars", 2, 40, "as long as sums are", WARNING)),
    table_expectations=(one_of("made_up_currency", CURRENCIES), _LARGEST),
)
'''

STAGE = '''"""Finds sums of money."""

import re
from collections.abc import Iterator

import pyarrow as pa

from newsmill.made_up_facts import CURRENCIES
from newsmill.relations import ARTICLES, FIRST_INSTANCES, MADE_UP_FACTS
from newsmill.spans import Placements
from newsmill.stage import stage

_SUM = re.compile(r"([$€£])(\\d[\\d,]*)")
_COLUMNS = (
    "number char_start char_end surface made_up_currency made_up_amount sentence_index confidence rule".split()
)


@stage(reads=(ARTICLES.among(FIRST_INSTANCES),), writes=(MADE_UP_FACTS,), per="part", version="1")
def made_up_facts(articles: pa.Table) -> pa.Table:
    """Find the sums of money of each article."""
    batches = articles.select(["page_id", "article_id", "text", "ranges"]).to_batches()
    return pa.concat_tables([MADE_UP_FACTS.empty(), *map(_find_sums, batches)])


def _find_sums(articles: pa.RecordBatch) -> pa.Table:
    placed = Placements(articles["text"], articles["ranges"])
    rows = [row for i, text in enumerate(articles["text"].to_pylist()) for row in _sums(i, text)]
    return placed.table(MADE_UP_FACTS.schema, articles, _COLUMNS, rows)


def _sums(i: int, text: str) -> Iterator[tuple]:
    for match in _SUM.finditer(text):
        currency, amount = CURRENCIES["$€£".index(match[1])], float(match[2].replace(",", ""))
        yield i, *match.span(), match[0], currency, amount, 0, 0.9, "sign_and_digits"
'''

FACT = """-- One sum of money in the text of one article version.
-- grain: made_up_fact_key
-- reads: made_up_facts
-- refs: dw.dim_article dw.dim_text first_instance
-- load: replace_night
SELECT dw.surrogate_key(concat_ws('|', article.article_key, money.char_start, money.char_end)) AS made_up_fact_key,
       article.article_key, money.night, surface, made_up_currency, made_up_amount, sentence_index, confidence,
       money.rule, money.char_start, money.char_end, page_char_start, page_char_end, line_start, line_end
FROM made_up_facts AS money
JOIN first_instance AS article ON article.page_id = money.page_id AND article.night = money.night
"""

STORIES = (
    "The harbour council voted on Monday to spend €4,000 on the old quay,\nsaid its chair, Odile Brandt.",
    "Nobody paid $9,000,000,000,000,000 for the ferry, and the pier cost £12. It was repaired before winter.",
)

DERIVED = """
import json, sys
from newsmill import pipeline
from newsmill.formats import format_names
from newsmill.doctor import answers, selftest
from newsmill.quality.suites import LAKE_SUITES, TABLE_SUITES
from newsmill.warehouse import dictionary, er_diagram
print(json.dumps({
    "steps": [[step.name for step in row] for row in pipeline.steps()],
    "rules": pipeline.collect_rule_versions(),
    "dictionary": dictionary.markdown(),
    "star": er_diagram.markdown(),
    "suites": [suite.name for suite in (*LAKE_SUITES, *TABLE_SUITES)],
    "compared": answers.COLUMNS["made_up_facts"],
    "pinned": "made_up_facts" in selftest.read_expected(),
}))
"""

READER = '''"""The format made_up: a line with the width of a record, then the records without anything between them."""

import re
from collections.abc import Iterator

from newsmill.formats import Format
from newsmill.readers.record import ReadResult, Record
from newsmill.readers.unpack import UnpackedFile


def read(file: UnpackedFile, name: str) -> Iterator[ReadResult]:
    """Yield each record of a file."""
    head, _, body = b"".join(file.blocks()).partition(b"\\n")
    width = int(head.split()[2])
    for i, start in enumerate(range(0, len(body), width)):
        begin = len(head) + 1 + start
        yield Record(i + 1, begin, begin + width, body[start : start + width].decode().strip(), "utf-8")


FORMATS = (Format("made_up", read, opening=re.compile(rb"MADE UP \\d+\\n")),)
'''

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
for name in ("made_up", "auto"):
    found = contents.read(replace(dump, format=name), folder / "tide", "tide")
    texts[name] = [[record.text, record.byte_start, record.byte_end] for record in found]
errors = []
wrong = replace(dump, format="no_such_format")
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
    files = {
        "made_up_facts/__init__.py": DECLARATION,
        "made_up_facts/made_up_facts.py": STAGE,
        "warehouse/sql/dw/fact_made_up_fact.sql": FACT,
        "readers/made_up.py": READER,
    }
    for name, text in files.items():
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
    assert [path.name for path in (home / "lake" / "made_up_facts").iterdir()] == [f"night={NIGHT}"]
    rows = ask(
        home, "SELECT surface, made_up_currency, made_up_amount, made_up_fact_key FROM dw.fact_made_up_fact ORDER BY 3"
    )
    assert [row[:3] for row in rows] == [("£12", "GBP", 12.0), ("€4,000", "EUR", 4000.0)]
    for surface, _, _, key in rows:
        assert ask(home, f"SELECT fact_table, text FROM mart.cite('{TABLE}', {key})") == [(TABLE, surface)]
    results = ask(home, "SELECT DISTINCT gate, suite FROM ops.quality_result WHERE suite LIKE '%made_up%' ORDER BY ALL")
    assert results == [("audit", TABLE), ("check", "made_up_facts")]


def test_its_faulty_row_is_withheld_and_its_article_kept(home):
    withheld = ask(home, "SELECT reason, row_count, detail FROM ops.rejected WHERE reason LIKE 'made_up%'")
    assert [row[:2] for row in withheld] == [("made_up_facts_made_up_amount_no_more_than_the_money_of_the_world", 1)]
    assert "surface $9,000,000,000,000,000" in withheld[0][2]
    assert ask(home, "SELECT count(*) FROM dw.fact_article") == [(2,)]


def test_its_task_its_rules_its_documentation_and_its_self_test_follow(package):
    derived = json.loads(run_python(package, "-c", DERIVED))
    assert {"made_up_facts", "mentions"} <= set(next(row for row in derived["steps"] if "quotes" in row))
    assert (
        derived["rules"]["made_up_facts"] == "1"
        and derived["rules"]["known"] != pipeline.collect_rule_versions()["known"]
    )
    assert {"made_up_facts", TABLE} <= set(derived["suites"])
    assert f"### dw.{TABLE}" in derived["dictionary"] and "ISO 4217 code of the currency." in derived["dictionary"]
    assert f'dim_article ||--o{{ {TABLE} : "article_key"' in derived["star"]
    assert derived["compared"].split()[:2] == ["surface", "char_start"] and not derived["pinned"]


def test_a_format_that_is_one_module_is_listed_detected_and_read(package, tmp_path):
    (tmp_path / "tide").write_bytes(b"MADE UP 30\n" + b"".join(text.ljust(30) for text in (b"Ebb.", b"Flow.")))
    entry = '[tide]\nlocation = "tide"\nformat = "{}"\n'
    for name, form in (("sources", "made_up"), ("wrong", "no_such_format")):
        (tmp_path / f"{name}.toml").write_text(entry.format(form), encoding="utf8")
    result = json.loads(run_python(package, "-c", READ, str(tmp_path)))
    assert result["texts"] == {name: [["Ebb.", 11, 41], ["Flow.", 41, 71]] for name in ("made_up", "auto")}
    listed = ", ".join(sorted((*format_names(), "made_up")))
    assert len(result["errors"]) == 2 and all(listed in message for message in result["errors"])
