"""The command line reports results and errors in words a person can act on."""

import errno
import json

import pytest

from newsmill.cli import night_commands
from newsmill.cli.command_line import main


def run_command(capsys, *arguments: str) -> tuple[int, str]:
    try:
        code = main(list(arguments))
    except SystemExit as stop:
        code = stop.code
    out = capsys.readouterr()
    return code, out.out + out.err


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/home/lake/part"),
            "/home/lake/part: No space left on device",
        ),
        (PermissionError(errno.EACCES, "Permission denied", "/home/lake"), "let this user read and write there"),
        (MemoryError(), "try fewer --jobs"),
        (ValueError("a surprise"), "ValueError: a surprise; what is published is whole"),
    ],
)
def test_an_unexpected_error_is_a_message_and_with_debug_a_traceback(capsys, monkeypatch, error, message):
    def fail(*_arguments):
        raise error

    monkeypatch.setattr(night_commands.run_report, "print_report", fail)
    code, text = run_command(capsys, "report")
    assert code == 1 and message in text and "--debug" in text
    with pytest.raises(type(error)):
        main(["--debug", "report"])


def test_help_lists_every_verb(capsys):
    code, text = run_command(capsys, "--help")
    assert code == 0
    verbs = (
        "night",
        "report",
        "cite",
        "sql",
        "sources",
        "boilerplate",
        "entities",
        "snapshots",
        "rebuild",
        "forget",
        "export",
        "ducklake",
        "dictionary",
        "expectations",
        "picture",
        "cookbook",
    )
    for word in (*verbs, "examples:"):
        assert word in text


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("night", "yesterday"), "write YYYY-MM-DD"),
        (("night", "2026-02-30"), "is not a date"),
        (("night", "2026-03-02", "--jobs", "0"), "is not a whole number from 1"),
        (("rebuild", "--from", "quotes", "--nights", "2026-03-03..2026-03-02"), "ends before it begins"),
        (("snapshots", "prune", "--keep", "0"), "is not a whole number from 1"),
        (("night", "2026-03-02", "--content", "soup"), "'page', 'article'"),
        (("night", "2026-03-02", "--document-seconds", "soon"), "'soon' is not a number of seconds"),
        (("night", "2026-03-02", "--step-seconds", "-1"), "is not a number of seconds"),
        (("night", "2026-03-02", "--max-reject-share", "2"), "'2' is not a share"),
        (("night", "2026-03-02", "--learned", "later"), "write YYYY-MM-DD"),
        (("boilerplate",), "ACTION"),
        (("boilerplate", "keep", "XYZ", "--by", "Ada", "--because", "So."), "16 of 0-9 and a-f"),
        (("boilerplate", "drop", "0123456789abcdef", "--by", "Ada"), "--because"),
        (("entities", "merge", "person:ada", "--by", "Ada", "--because", "So."), "INTO"),
    ],
)
def test_a_wrong_word_is_misuse_and_says_what_is_wanted(capsys, arguments, complaint):
    code, text = run_command(capsys, *arguments)
    assert code == 2 and complaint in text


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("report",), "run a night first"),
        (("cite", "fact_quote", "1"), "run a night first"),
        (("sql",), "run a night first"),
        (("sql", "--snapshot", "monday"), "there is no snapshot monday"),
        (("boilerplate", "list"), "run a night first"),
        (("entities", "list"), "run a night first"),
        (("entities", "hide", "person:ada", "--by", "Ada", "--because", "So."), "run a night first"),
        (("boilerplate", "keep", "0123456789abcdef", "--by", "Ada", "--because", "So."), "run a night first"),
        (("cookbook", "docs/cookbook.md"), "run a night first"),
        (("snapshots", "rollback", "no-such-snapshot"), "there is no snapshot no-such-snapshot"),
        (("snapshots", "diff", "this", "that"), "there is no snapshot this; there are: none"),
        (("rebuild", "--from", "quotes"), "run a night first"),
        (("rebuild", "--from", "fetch"), "from these it can: read, survey"),
        (("export", "all", "--to", "no/such/folder"), "run a night first"),
        (("ducklake", "list"), "set NEWSMILL_WAREHOUSE"),
        (("ducklake", "tidy", "--keep", "3"), "set NEWSMILL_WAREHOUSE"),
        (("forget", "2026-03-02", "no-such-dump"), "no-such-dump"),
        (("night", "2026-03-02", "--dump", "no-such-dump"), "it lists harbor-wire"),
        (("night", "2026-03-02", "--source", "no/such/place.jsonl"), "no/such/place.jsonl"),
    ],
)
def test_a_failure_is_one_line_without_a_traceback(capsys, tmp_path, arguments, complaint):
    code, text = run_command(capsys, *arguments, "--home", str(tmp_path))
    assert code == 1
    assert complaint in text and "Traceback" not in text


def test_sources_lists_the_dumps(capsys):
    code, text = run_command(capsys, "sources")
    assert code == 0 and "harbor-wire" in text and "{night}" in text


def test_a_dump_that_is_checked_shows_what_is_there_and_its_first_page(capsys, tmp_path):
    code, text = run_command(
        capsys, "sources", "check", "harbor-wire", "--night", "2026-03-02", "--home", str(tmp_path)
    )
    assert code == 0 and "1 new" in text and "new: feed.jsonl, 19,118 bytes" in text
    assert "title: Ferry crews walk out" in text and "| OSLO, March 2" in text
    assert not list(tmp_path.rglob("*.json"))


def test_a_dump_is_fetched_alone_and_then_nothing_of_it_is_new(capsys, tmp_path):
    asked = ("metro-pages", "--night", "2026-03-02", "--home", str(tmp_path))
    code, text = run_command(capsys, "sources", "fetch", *asked)
    assert code == 0 and "metro-pages: 17 files landed, 31,067 bytes new, 0 rejected" in text
    code, text = run_command(capsys, "sources", "fetch", *asked)
    assert code == 0 and "17 files landed, 0 bytes new" in text


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("check", "nope"), 1, "lists no source nope; it lists harbor-wire"),
        (("check", "metro-pages", "--night", "2001-01-01"), 1, "for another night give --night DATE, or correct"),
        (("fetch", "metro-pages"), 2, "--night"),
    ],
)
def test_a_dump_that_cannot_be_tried_says_what_to_do(capsys, tmp_path, arguments, code, complaint):
    ended, text = run_command(capsys, "sources", *arguments, "--home", str(tmp_path))
    assert ended == code and complaint in text and "Traceback" not in text


def test_a_dump_without_files_of_the_night_says_where_it_looked_and_samples_take_those_of_another(
    capsys, tmp_path, monkeypatch
):
    asked = ("--night", "2001-01-01", "--home", str(tmp_path))
    code, text = run_command(capsys, "sources", "fetch", "metro-pages", *asked)
    assert code == 0 and "metro-pages: 18 files landed" in text
    (tmp_path / "sources.toml").write_text('[press]\nlocation = "dumps/{night}/*.txt"\n', encoding="utf8")
    monkeypatch.setenv("NEWSMILL_SOURCES", str(tmp_path / "sources.toml"))
    code, text = run_command(capsys, "sources", "fetch", "press", *asked)
    assert code == 1 and "matches no file for the night 2001-01-01; put the dump" in text and "Traceback" not in text


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("NEWSMILL_KEEP_SNAPSHOTS", "many", "must be a whole number"),
        ("NEWSMILL_MAX_FAULTY_SHARE", "5", "must be a share from 0 to 1"),
        ("NEWSMILL_DOCUMENT_SECONDS", "-1", "must be a number of seconds"),
        ("NEWSMILL_STEP_SECONDS", "1h", "must be a number of seconds"),
    ],
)
def test_a_wrong_setting_is_one_line_too(capsys, monkeypatch, name, value, complaint):
    monkeypatch.setenv(name, value)
    code, text = run_command(capsys, "--help")
    assert code == 1 and f"{name} is {value!r}" in text and complaint in text


@pytest.mark.slow
def test_a_night_of_a_location_takes_as_many_unreadable_records_as_it_is_told(capsys, tmp_path):
    dump, home = tmp_path / "dump.jsonl", tmp_path / "home"
    texts = (f"Ferry {number} sails at dusk, the office said on Monday. " * 9 for number in range(30))
    pages = [json.dumps({"text": text}) for text in texts]
    dump.write_text("\n".join([*pages, *["broken"] * 20]), encoding="utf8")
    asked = ("night", "2026-03-02", "--source", str(dump), "--content", "article", "--jobs", "1", "--home", str(home))
    code, text = run_command(capsys, *asked)
    assert code == 1 and "40% of its records were turned away" in text
    assert run_command(capsys, *asked, "--max-reject-share", "0.5")[0] == 0
    assert home.stat().st_mode & 0o777 == 0o700, "its pages may be licensed"
    assert "rebuild --from load" in run_command(capsys, "snapshots", "--home", str(home))[1]
