"""Untrusted text stays data: nothing in it runs in a browser, acts on a terminal or forges a log line."""

import ast
import io
import json
import logging
import re
import sys
import unicodedata
from datetime import date
from pathlib import Path

import duckdb
import lxml.html
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from newsmill.cli.command_line import main
from newsmill.errors import GateClosed, Permanent, Transient
from newsmill.escaping import escape_controls, escape_markup, escape_values, escaping_logger
from newsmill.landing import Dump
from newsmill.quality import gate
from newsmill.runs import Run
from newsmill.sources.fetch import fetch
from newsmill.sources.remote_files import FetchError
from newsmill.terminal import print_line, print_table, print_traceback

PRODUCT = Path(__file__).resolve().parents[1] / "include" / "newsmill"
MARK = "plovermark"
MARKUP = f"<script>alert('{MARK}')</script><img src=x onerror=alert('{MARK}')>\"'`$template{{{{7*7}}}}&lt;b&gt;"
CONTROLS = "\x1b]0;owned\x07\x1b[2J\x9b31m\x00\b\r\nforged: line\n\x85\u2028\u202egpj.exe\u2066\u200f\ufeff\U000e0041"
HOSTILE = f"{MARK}{MARKUP}{CONTROLS}[link=file:///x]click[/link] [bold]{MARK}"
TURNS = ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")


def is_active(character: str) -> bool:
    """Return whether a character does something on a terminal instead of showing: by Unicode's tables, not ours."""
    return (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(character) in TURNS
        or character in "\u200e\u200f\u061c\ufeff"
        or "\U000e0000" <= character <= "\U000e007f"
    )


def assert_inert(shown: str) -> None:
    """Assert that output has no active character, and no line started by untrusted text."""
    assert not [ascii(character) for character in shown if character != "\n" and is_active(character)]
    assert not [line for line in shown.split("\n") if line.lstrip().startswith("forged")]


# -- the one function


def test_a_character_that_acts_is_written_as_its_code():
    assert escape_controls("a\x1b[31mb\x07\n\tc\u202ed\U000e0041") == "a\\x1b[31mb\\x07\\n\\tc\\u202ed\\U000e0041"
    assert escape_markup('<a href="x">\'&$`') == ("\\u003ca href=\\u0022x\\u0022\\u003e\\u0027\\u0026\\u0024\\u0060")
    expected = {"\\u003ck\\u003e": ["\\u003cv\\u003e", 1, None, ["\\u0026"]]}
    assert escape_values({"<k>": ["<v>", 1, None, ("&",)]}) == expected


@given(st.text())
def test_no_text_keeps_a_character_that_acts_and_what_is_inert_stays_the_same(text):
    escaped = escape_controls(text)
    assert not any(map(is_active, escaped)) and escape_controls(escaped) == escaped
    assert not set(escape_markup(text)) & set("<>&\"'`$")
    if not any(map(is_active, text)) and not re.search("[\u200b\u2060-\u206f\ufff9-\ufffb]", text):
        assert escaped == text


@pytest.mark.parametrize("text", ["Ærø – “quoted”, 5 % of £3", "می‌خواهم", "क्‍ष", "👩‍👩‍👧", "שלום", "日本語"])
def test_text_of_any_script_is_shown_as_it_is(text):
    assert escape_controls(text) == text


# -- terminals


@pytest.mark.parametrize("line", [HOSTILE, Text(HOSTILE, "bold")], ids=["text", "styled"])
def test_an_output_line_is_one_line_even_on_a_terminal(line):
    out = io.StringIO()
    print_line(Console(file=out, force_terminal=True, width=20), line)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())  # the console's own colours
    assert_inert(shown)
    assert shown.count("\n") == 1 and "[link=file:///x]click[/link] [bold]" in shown and "\\x1b]0;owned" in shown


def test_an_output_table_keeps_its_cells():
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=2000)
    print_table(console, "Title", ("name", HOSTILE), [(HOSTILE, None), (1, HOSTILE)])
    shown = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    assert_inert(shown)
    assert shown.count("[bold]") == 3 and shown.count(MARK) == 3 * HOSTILE.count(MARK)


@pytest.mark.parametrize(
    "error",
    [
        Permanent(HOSTILE),
        Transient(HOSTILE),
        FetchError("not_found", HOSTILE),
        GateClosed("the gate", HOSTILE),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_failure_says_it_on_the_lines_that_it_was_given(error):
    assert_inert(str(error))
    assert str(error).count("\n") == len(error.args) - 1


def test_an_unexpected_error_is_shown_without_what_acts(capsys):
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        print_traceback(*sys.exc_info())
    shown = capsys.readouterr().err
    assert not [character for character in shown if character != "\n" and is_active(character)]
    assert "ValueError: " in shown and MARK in shown


def test_a_record_of_a_log_is_one_line(caplog):
    logger = escaping_logger("newsmill.tried")
    logger.error("%s and %s", HOSTILE, 1)
    logger.error(HOSTILE)
    assert len(caplog.messages) == 2
    for message in caplog.messages:
        assert_inert(message)
        assert "\n" not in message and MARK in message


def called_functions(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf8"))
    return [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_printing_and_logging_are_each_in_one_module():
    matches_print = re.compile(r"(.*\.)?print").fullmatch
    printing = {path.name for path in PRODUCT.rglob("*.py") if any(map(matches_print, called_functions(path)))}
    logging_ = {path.name for path in PRODUCT.rglob("*.py") if "logging.getLogger" in called_functions(path)}
    assert printing == {"terminal.py", "command_line.py"}, (
        "print by print_line or print_table; print() takes errors alone"
    )
    assert logging_ == {"escaping.py", "web.py"}, "take the logger of a module from escaping_logger"


# -- logs of a fetch


def test_file_names_reach_no_log_and_no_message_as_they_are(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    run = Run(tmp_path / "home", date(2026, 3, 2), "2026-03-02-test")
    folder = tmp_path / "dumps"
    folder.mkdir()
    name = HOSTILE.replace("/", "_").replace("\0", "")[:180]
    (folder / f"{name}.txt").write_text("A ferry sailed.", encoding="utf8")
    (folder / f"{name}.copy").write_text("A ferry sailed.", encoding="utf8")
    (folder / f".{name}").write_text("x", encoding="utf8")
    (folder / f"out-{name}").symlink_to("/")
    fetch(run, Dump("feed", "dumps"), tmp_path)
    assert len(caplog.messages) >= 3
    for message in (*caplog.messages, *caplog.text.rstrip("\n").split("\n")):
        assert_inert(message)
    assert all("\n" not in message for message in caplog.messages)
    with pytest.raises(Permanent) as refused:
        fetch(run, Dump("other", f"none/{HOSTILE.replace('{', '').replace(chr(0), '')}"), tmp_path)
    assert_inert(str(refused.value))
    assert "\n" not in str(refused.value)


# -- Data Docs


def text_columns(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if pa.types.is_string(field.type)]


@pytest.fixture(scope="module")
def checked_night(tmp_path_factory):
    """Return the home of a night with the payload once in every text column, and the message of the gate."""
    import importlib.util

    path = Path(__file__).parent / "quality" / "conftest.py"
    spec = importlib.util.spec_from_file_location("made_nights", path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    run_id = "2026-11-22-" + re.sub("[/\0]", "", HOSTILE)[:90]
    run = Run(tmp_path_factory.mktemp("checked"), made.NIGHT, run_id)
    night, spoilt = made.night_of(60), []
    for relation, rows in made.RELATIONS.items():
        for number, column in enumerate(text_columns(rows.schema)):
            night[relation][number][column] = f"{relation}.{column} {HOSTILE}"
            spoilt.append((relation, column))
    for row in night["pages"]:
        row["dump"] = f"pages.dump {HOSTILE}"  # the message of a closed gate names the dump
    made.write_night(run, night)
    with pytest.raises(GateClosed) as closed:
        gate.check(run)
    return run, spoilt, str(closed.value)


def data_doc_pages(run: Run) -> list[Path]:
    return sorted((run.home / "quality" / "data_docs").rglob("*.html"))


@pytest.mark.slow
def test_every_text_column_of_what_the_gate_checks_is_tried(checked_night):
    _, spoilt, _ = checked_night
    assert {relation for relation, _ in spoilt} == {relation.name for relation in gate.CHECKED}
    assert len(spoilt) > 60 and ("articles", "language") in spoilt and ("pages", "dump") in spoilt


@pytest.mark.slow
def test_no_page_of_the_data_docs_runs_what_a_record_says(checked_night):
    run, _, _ = checked_night
    shown = 0
    for path in data_doc_pages(run):
        source = path.read_text(encoding="utf8")
        page = lxml.html.fromstring(source)
        for element in page.iter(lxml.etree.Element):
            code = element.text or "" if element.tag in ("script", "style") else ""
            held = " ".join(element.attrib.values()) + code
            assert "alert(" not in held or MARK not in held, f"{path.name}: {lxml.etree.tostring(element)[:300]}"
            assert not [name for name in element.attrib if name.startswith("on") and MARK in element.attrib[name]]
        assert not page.xpath("//img[@src='x']")
        assert "<script>alert" not in source and "<img src=x" not in source
        assert not [c for c in source if c not in "\n\t\r" and is_active(c)], path.name
        shown += source.count(f"{MARK}\\u003cscript")
    assert len(data_doc_pages(run)) > 8 and shown >= 10, "the payload must be shown, or this test proves nothing"


@pytest.mark.slow
def test_results_of_the_gate_hold_no_markup(checked_night):
    run, _, _ = checked_night
    files = list((run.home / "quality" / "results").rglob("*.json"))
    assert files and any(MARK in path.read_text(encoding="utf8") for path in files)
    for path in files:
        document = json.loads(path.read_text(encoding="utf8"))
        held = [one for result in document["results"] for one in iterate_texts(result["result"]) if MARK in one]
        assert not [one for one in held if set(one) & set("<>&\"'") or any(map(is_active, one))]


def iterate_texts(value: object):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from iterate_texts(one)


@pytest.mark.slow
def test_the_message_of_a_closed_gate_is_inert(checked_night):
    _, _, message = checked_night
    assert MARK in message
    assert_inert(message)
    assert all(line.startswith(("the gate ", "  ")) for line in message.split("\n"))


# -- a whole night, and all that is shown of it

STORY = (
    'The harbour board of Gull Bay met on Tuesday to settle the ferry timetable. "The late boat stays," said Odile '
    "Brannock, who chairs the board. Traders on the quay had asked for it since autumn, as the last bus waits for it. "
    "The board meets again in April, and the first boats sail from Quern Island on Sunday at noon. Number {}."
)
FIELDS = ("id", "url", "title", "authors", "publisher", "language", "domain", "section", "published_at", "text")


def make_records() -> list[dict]:
    """Return records with the payload in one field each, and some more without it."""
    rows = []
    for number, field in enumerate((None, *FIELDS, *[None] * 20)):
        row = {
            "id": f"r{number}",
            "url": f"https://gull.example/{number}",
            "title": f"Late boat {number} stays",
            "authors": ["Ada Quern"],
            "publisher": "Gull Post",
            "language": "en",
            "domain": "gull.example",
            "section": "harbour",
            "published_at": "2026-03-02T08:00:00Z",
            "text": STORY.format(number),
        }
        if field:
            row[field] = f"{row[field]} {HOSTILE}"
        rows.append(row)
    rows.append(rows[1] | {"id": "link", "url": f"https://gull.example/{HOSTILE}"})
    return rows


@pytest.fixture(scope="module")
def hostile_night(tmp_path_factory):
    """Return home, list and output of a night with the payload in its records, file names and folder."""
    folder = tmp_path_factory.mktemp("lived")
    dumps = folder / "dumps" / re.sub("[/\0{}\\[*?\\]]", "", HOSTILE)[:60]
    dumps.mkdir(parents=True)
    name = re.sub("[/\0]", "", HOSTILE)[:150]
    (dumps / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in make_records()), encoding="utf8")
    (dumps / f"{name}.html").write_text(
        f'<html><head><title>{HOSTILE}</title><meta name=author content="{MARK} \x1b]0;x\x07\u202e"></head>'
        f"<body><h1>Boats</h1><p>{STORY.format(99)}</p><p>{HOSTILE}</p></body></html>",
        encoding="utf8",
    )
    (dumps / f"bad-{name}.jsonl").write_text("{not json " + HOSTILE + "\n", encoding="utf8")
    (dumps / f"link-{name}").symlink_to("/")
    return folder / "home", dumps


def run_command(capfd, *arguments: str) -> str:
    main(list(arguments))
    out = capfd.readouterr()
    return out.out + out.err


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_nothing_that_is_shown_of_a_night_acts(hostile_night, capfd, tmp_path, monkeypatch):
    home, dumps = hostile_night
    home_option = ("--home", str(home))
    outputs = {"night": run_command(capfd, "night", "2026-03-02", "--source", str(dumps), "--jobs", "1", *home_option)}
    assert (home / "warehouse" / "news.duckdb").exists(), outputs["night"]
    with duckdb.connect(str(home / "warehouse" / "news.duckdb"), read_only=True) as con:
        titles = con.execute("SELECT title FROM dw.dim_article WHERE contains(title, $1)", [MARK]).fetchall()
        facts = con.execute("SELECT 'fact_quote', quote_key FROM dw.fact_quote LIMIT 12").fetchall()
        facts += con.execute("SELECT 'fact_text_block', text_block_key FROM dw.fact_text_block LIMIT 40").fetchall()
        (snapshot,) = con.execute("SELECT DISTINCT snapshot FROM ops.snapshot WHERE is_current").fetchone()
    assert any("\u202e" in title for (title,) in titles), "data stays as it was read"
    listed = tmp_path / "sources.toml"
    listed.write_text(f"[feed]\nlocation = {json.dumps(str(dumps))}\n", encoding="utf8")
    monkeypatch.setenv("NEWSMILL_SOURCES", str(listed))
    for table, key in facts:
        outputs[f"{table} {key}"] = run_command(capfd, "cite", table, str(key), *home_option)
    for name, arguments in {
        "report": ("report",),
        "entities": ("entities", "list"),
        "boilerplate": ("boilerplate", "list"),
        "snapshots": ("snapshots", "list", "--check"),
        "diff": ("snapshots", "diff", snapshot, snapshot),
        "sources": ("sources", "list"),
        "check": ("sources", "check", "feed", "--night", "2026-03-02"),
        "no entity": ("entities", "hide", HOSTILE, "--by", HOSTILE, "--because", HOSTILE),
        "no snapshot": ("snapshots", "rollback", HOSTILE.replace("\0", "").replace("/", "")),
        "no table": ("export", HOSTILE, "--to", str(tmp_path / "none")),
        "no dump": ("sources", "check", HOSTILE),
        "forget": ("forget", "2026-03-02", HOSTILE),
    }.items():
        outputs[name] = run_command(capfd, *arguments, *home_option)
    for name, output in outputs.items():
        assert output.strip() or name == "boilerplate", f"{name}: only boilerplate is not learned from one night"
        assert_inert(output)
    assert all(MARK in outputs[name] for name in ("report", "check", "sources", "no entity", "no dump", "forget"))
    assert sum(MARK in output for name, output in outputs.items() if name.startswith("fact_")) > 3


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_an_export_holds_the_data_as_it_is_below_heads_of_our_own(hostile_night, capfd, tmp_path):
    home, _ = hostile_night
    for kind in ("csv", "parquet", "arrow"):
        run_command(
            capfd, "export", "dw.dim_article", "--to", str(tmp_path / kind), "--format", kind, "--home", str(home)
        )
        manifest = (tmp_path / kind / "manifest.json").read_text(encoding="utf8")
        assert not [character for character in manifest if character != "\n" and is_active(character)]
        assert MARK not in manifest
    head = (tmp_path / "csv" / "dw.dim_article.csv").read_text(encoding="utf-8-sig").split("\n", 1)[0]
    assert re.fullmatch(r"[a-z0-9_]+(,[a-z0-9_]+)*", head.strip())
    with duckdb.connect(str(home / "warehouse" / "news.duckdb"), read_only=True) as con:
        held = sorted(con.execute("SELECT title FROM dw.dim_article").fetchall(), key=str)
    exported = pq.read_table(tmp_path / "parquet" / "dw.dim_article.parquet")["title"].to_pylist()
    assert sorted(((title,) for title in exported), key=str) == held


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_data_docs_of_a_real_night_run_nothing_either(hostile_night):
    home, _ = hostile_night
    files = sorted((home / "quality" / "data_docs").rglob("*.html"))
    assert files
    for path in files:
        page = lxml.html.fromstring(path.read_text(encoding="utf8"))
        assert not page.xpath("//img[@src='x']") and not [s for s in page.xpath("//script/text()") if MARK in s]
