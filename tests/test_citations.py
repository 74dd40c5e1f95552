"""Citations: every fact of a night leads to identical characters in the landed bytes, in every format and packing."""

import json
import random
import shutil
from contextlib import closing
from datetime import date
from pathlib import Path

import dumps
import pytest

from newsmill import citations, pipeline, runs
from newsmill.cli.command_line import main
from newsmill.extractors import extractors
from newsmill.runs import Run
from newsmill.warehouse import sql_shell

ROOT = Path(__file__).resolve().parents[1]
NIGHT = date(2026, 3, 2)
FACTS = {extractor.fact_table: extractor.key for extractor in extractors()}
FACTS |= {"fact_text_block": "text_block_key", "fact_article": "article_key"}
PACKED = ("jsonl", "csv", "parquet", "warc", "wet", "json")
PEOPLE = ("Ada Quill", "Bruno Tamm", "Clara Voss", "Dario Pell", "Edda Lund", "Farid Noor")
PLACES = ("Lisbon", "Oslo", "Nairobi", "Warsaw", "Lima", "Manila")
THINGS = ("the harbour", "a bridge", "the new tram", "the harvest", "the old mill", "a school", "the ferry")
DOINGS = ("will be paid for", "was closed", "is to be sold", "has been repaired", "cost too much", "may never open")
pytestmark = pytest.mark.slow


def make_story(number: int) -> dict:
    """Return a unique article with things to cite, and characters of more than one byte."""
    draw = random.Random(number)
    person, place = draw.choice(PEOPLE), draw.choice(PLACES)
    sentences = [
        f"{draw.choice(THINGS).capitalize()} {draw.choice(DOINGS)}, {dumps.words(draw.randrange(10**9), 9)}."
        for _ in range(6)
    ]
    body = [
        f"{place.upper()}, March 1 — {sentences[0]} {sentences[1]}",
        f"“{sentences[2][:-1]},” said {person}, the mayor of {place}, on Monday. “{sentences[3]}”",
        f"Officials in {draw.choice(PLACES)} expect that {sentences[4][0].lower()}{sentences[4][1:]}"
        f" A décision is due on {draw.randint(4, 28)} March 2026.",
    ]
    text = "\n".join(["Home", "Sign up for our newsletter", *body, "Copyright 2026. All rights reserved."])
    title, url = f"{place}: {sentences[5][:-1]}", f"https://tern.example/{number}"
    return {"id": f"s{number}", "title": title, "url": url, "text": text}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """Run a night of the samples and of dumps in every format and packing."""
    folder = tmp_path_factory.mktemp("citations")
    dump = folder / "dump"
    dump.mkdir()
    numbers = iter(range(1000))
    for name, pack in dumps.PACK.items():
        for form in dumps.FORMATS if name == "plain" else PACKED:
            stories = [make_story(next(numbers)) for _ in range(2)]
            data = stories[0]["text"].encode() if form == "text" else dumps.FORMATS[form](stories)
            (dump / f"{form}-{name.replace(' ', '-')}").write_bytes(pack(data))
    pages = {f"{n}.html": dumps.markup(make_story(next(numbers))) for n in range(3)}
    (dump / "site.tar").write_bytes(dumps.tar(pages))
    (dump / "0.html").write_bytes(dumps.markup(make_story(next(numbers))))
    samples = ROOT / "samples" / "2026-03-02" / "*" / "*"
    run_steps(Run(folder / "home", NIGHT, "2026-03-02-test", sources=(str(dump), str(samples))))
    return folder / "home"


def run_steps(run: Run) -> None:
    """Run a night in this process."""
    runs.record_run(run, "running", pipeline.collect_rule_versions())
    for row in pipeline.steps():
        for step in row:
            for unit in [None] if step.over == "night" else pipeline.UNITS[step.over](run):
                step.work(run, unit)


def ask(home: Path, sql: str) -> list[tuple]:
    with closing(sql_shell.connect_read_only(home)) as con:
        return con.execute(sql).fetchall()


@pytest.fixture
def home_copy(home, tmp_path) -> Path:
    """Return a copy of the home, for tests that damage landed files."""
    for part in ("landing", "warehouse"):
        shutil.copytree(home / part, tmp_path / part, symlinks=True)
    return tmp_path


def test_the_night_has_facts_from_members_of_archives_and_from_every_format(home):
    files = {Path(name).name for (name,) in ask(home, "SELECT DISTINCT dump_file FROM dw.dim_article")}
    assert len(files) >= len(dumps.FORMATS) + len(PACKED) * (len(dumps.PACK) - 1) + 2
    assert ask(home, "SELECT count(*) FROM dw.fact_place_mention")[0][0] > 60
    for table in ("fact_quote", "fact_mention", "fact_date_reference", "fact_text_block", "fact_article"):
        assert ask(home, f"SELECT count(*) FROM dw.{table}")[0][0] > 60, table
        cited = f"SELECT DISTINCT cited.dump_file FROM dw.{table} AS f, mart.cite('{table}', f.{FACTS[table]}) AS cited"
        assert len(ask(home, f"{cited} WHERE cited.member IS NOT NULL")) > 10, table


@pytest.mark.parametrize("table", FACTS)
def test_every_fact_leads_to_identical_characters_in_the_landed_bytes(home, table):
    with closing(sql_shell.connect_read_only(home)) as con:
        cited = list(citations.find_all_citations(con, table, FACTS[table]))
        count = con.execute(f"SELECT count(*) FROM dw.{table}").fetchone()[0]
    proven = list(citations.verify_citations(home, cited))
    assert [proof.fault for proof in proven if proof.fault] == []
    assert len(proven) == count
    assert all(proof.text == proof.citation.text for proof in proven if proof.citation.text is not None)


def test_one_fact_is_read_from_the_bytes_of_its_record_alone_and_reads_the_same(home):
    with closing(sql_shell.connect_read_only(home)) as con:
        cited = list(citations.find_all_citations(con, "fact_article", "article_key"))
    alone, together = (
        {one.page_id: citations.verify_citation(home, one).text for one in cited},
        {proof.citation.page_id: proof.text for proof in citations.verify_citations(home, cited)},
    )
    assert alone == together and len(alone) == len(cited)


def test_the_bytes_of_a_record_are_those_that_hold_its_text(home):
    sql = "SELECT dump_file, byte_start, byte_end, text FROM dw.dim_article WHERE dump_file LIKE '%jsonl-plain'"
    rows = ask(home, sql)
    assert len(rows) == 2
    for name, start, end, text in rows:
        record = json.loads((home / "landing" / name).read_bytes()[start:end])
        assert text.strip() in record["text"]


def key_in(home: Path, file: str) -> int:
    quotes = "dw.fact_quote JOIN dw.dim_article USING (article_key)"
    return ask(home, f"SELECT min(quote_key) FROM {quotes} WHERE dump_file LIKE '%{file}'")[0][0]


def run_command(capsys, *arguments) -> tuple[int, str]:
    code = main([str(argument) for argument in arguments])
    out = capsys.readouterr()
    return code, out.out + out.err


def test_a_person_is_shown_the_lines_with_the_quote_marked(home, capsys):
    key = key_in(home, "warc-tar.gz")
    quote, line = ask(home, f"SELECT quote_text, line_start FROM dw.fact_quote WHERE quote_key = {key}")[0]
    code, text = run_command(capsys, "cite", "dw.fact_quote", key, "--home", home)
    assert code == 0 and f"⟦{quote}⟧" in text and f"{line}  " in text
    assert "warc-tar.gz ! a/b" in text and "every character is in the landed bytes what the warehouse holds" in text


@pytest.mark.parametrize("file", ["jsonl-plain", "csv-gz"])
def test_a_file_that_has_changed_since_is_reported_and_fails(home_copy, capsys, file):
    key = key_in(home_copy, file)
    (landed,) = home_copy.glob(f"landing/*/*/{file}")
    data = dumps.FORMATS[file.split("-")[0]]([make_story(901), make_story(902)])
    landed.write_bytes(dumps.PACK[file.split("-")[1]](data))
    code, text = run_command(capsys, "cite", "fact_quote", key, "--home", home_copy)
    assert code == 1 and ("the file is not the one that was loaded" in text or "the warehouse says" in text)


def test_a_file_that_is_gone_is_reported_and_the_words_of_a_dropped_block_are_compared_by_hash(home_copy, capsys):
    ((key, file),) = ask(
        home_copy,
        """SELECT text_block_key, dump_file FROM dw.fact_text_block
                                    WHERE disposition = 'dropped' AND dump_file LIKE '%jsonl-plain' LIMIT 1""",
    )
    landed = home_copy / "landing" / file
    code, text = run_command(capsys, "cite", "fact_text_block", key, "--home", home_copy)
    assert code == 0 and "its words are in the landed bytes what the warehouse holds" in text
    whole = landed.read_bytes()
    spoilt_bytes = whole.replace(b"Home", b"Hame").replace(b"Sign up", b"Sign in").replace(b"Copyright", b"Copywrong")
    landed.write_bytes(spoilt_bytes)
    code, text = run_command(capsys, "cite", "fact_text_block", key, "--home", home_copy)
    assert code == 1 and ("the words are others" in text or "the warehouse says" in text)
    landed.unlink()
    code, text = run_command(capsys, "cite", "fact_text_block", key, "--home", home_copy)
    assert code == 1 and "is not there any more" in text


def test_a_key_or_a_table_that_is_unknown_says_so(home, capsys):
    assert run_command(capsys, "cite", "fact_quote", 1, "--home", home) == (
        1,
        "newsmill: fact_quote has no row 1; give the key as the table has it in its first column\n",
    )
    code, text = run_command(capsys, "cite", "dim_place", 1, "--home", home)
    assert code == 1 and "mart.cite knows no dim_place; it knows fact_" in text
