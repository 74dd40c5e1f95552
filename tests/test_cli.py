"""The command line says what it does, and what is wrong, in words a person can act on."""

import pytest

from newsmill.__main__ import main


def told(capsys, *arguments: str) -> tuple[int, str]:
    try:
        code = main(list(arguments))
    except SystemExit as stop:
        code = stop.code
    out = capsys.readouterr()
    return code, out.out + out.err


def test_help_lists_every_verb(capsys):
    code, text = told(capsys, "--help")
    assert code == 0
    for verb in ("night", "report", "sources", "snapshots", "rollback", "forget", "dictionary", "examples:"):
        assert verb in text


@pytest.mark.parametrize(("arguments", "complaint"), [
    (("night", "yesterday"), "write YYYY-MM-DD"),
    (("night", "2026-02-30"), "is not a date"),
    (("night", "2026-03-02", "--jobs", "0"), "processes from 1"),
    (("night", "2026-03-02", "--content", "soup"), "'page', 'article'"),
])
def test_a_wrong_word_is_misuse_and_says_what_is_wanted(capsys, arguments, complaint):
    code, text = told(capsys, *arguments)
    assert code == 2 and complaint in text


@pytest.mark.parametrize(("arguments", "complaint"), [
    (("report",), "run a night first"),
    (("rollback", "no-such-snapshot"), "there is no snapshot no-such-snapshot"),
    (("forget", "2026-03-02", "no-such-dump"), "no-such-dump"),
    (("night", "2026-03-02", "--dump", "no-such-dump"), "it lists harbor-wire"),
    (("night", "2026-03-02", "--source", "no/such/place.jsonl"), "no/such/place.jsonl"),
])
def test_a_failure_is_one_line_without_a_traceback(capsys, tmp_path, arguments, complaint):
    code, text = told(capsys, *arguments, "--home", str(tmp_path))
    assert code == 1
    assert complaint in text and "Traceback" not in text


def test_sources_lists_the_dumps(capsys):
    code, text = told(capsys, "sources")
    assert code == 0 and "harbor-wire" in text and "{night}" in text


def test_a_wrong_setting_is_one_line_too(capsys, monkeypatch):
    monkeypatch.setenv("NEWSMILL_KEEP_SNAPSHOTS", "many")
    code, text = told(capsys, "--help")
    assert code == 1 and "must be a whole number" in text
