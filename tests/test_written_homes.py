"""Homes as earlier versions wrote them: every command reads them, a night runs on them; newer ones are refused."""

import json
import shlex
import tarfile
from pathlib import Path

import duckdb
import pytest
from night_runs import ask
from small_nights import NIGHTS, WRITTEN_HOMES, write_dump

from newsmill.cli.command_line import main
from newsmill.warehouse.home_format import FORMAT, FORMAT_FILE

NEXT = "2026-03-04"
MOST_BYTES = 200_000
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def unpack(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="fully_trusted")  # links and modes are part of a home
    return folder / "home"


@pytest.fixture(params=sorted(WRITTEN_HOMES.glob("*.tar.xz")), ids=lambda path: path.name)
def home(request, tmp_path) -> Path:
    assert request.param.stat().st_size <= MOST_BYTES
    return unpack(request.param, tmp_path)


def run(capsys, home: Path, *arguments: str) -> tuple[int, str]:
    status = main([*arguments, "--home", str(home)])
    out = capsys.readouterr()
    return status, out.out + out.err


def test_every_command_reads_the_home_and_a_night_runs_on_it(home, tmp_path, capsys):
    key = ask(home, "SELECT quote_key FROM dw.fact_quote ORDER BY 1 LIMIT 1")[0][0]
    for arguments, words in (
        (("report",), NIGHTS[1]),
        (("verify",), "every file is as it was written"),
        (("cite", "fact_quote", str(key)), "every character is in the landed bytes"),
        (("snapshots", "list"), NIGHTS[1]),
        (("quarantine", "list"), ""),
        (("export", "dw.dim_article", "--to", str(tmp_path / "export")), ""),
    ):
        status, text = run(capsys, home, *arguments)
        assert status == 0 and words in text, (arguments, text)
    night = ("night", NEXT, "--jobs", "1", "--source", str(write_dump(tmp_path, NEXT)))
    status, text = run(capsys, home, *night)
    if status != 0 and "rebuild" in text:  # of an earlier format: the message has the command that upgrades it
        assert main(shlex.split(text.rpartition("run: python -m newsmill ")[2])) == 0
        status, text = run(capsys, home, *night)
    assert status == 0, text
    assert ask(home, "SELECT night, status FROM mart.run_health ORDER BY 1 DESC")[0][1] == "published"
    assert ask(home, "SELECT count(*) FROM dw.dim_article") == [(18,)]


def test_the_home_of_a_newer_version_is_refused_before_anything_changes(home, capsys):
    newer = {"format": FORMAT + 1, "written_by": "9.1.0"}
    (home / FORMAT_FILE).write_text(json.dumps(newer), encoding="utf8")
    before = sorted((path, path.lstat().st_mtime_ns) for path in home.rglob("*"))
    for arguments in (("report",), ("night", NEXT), ("rebuild", "--from", "clean"), ("snapshots", "list")):
        status, text = run(capsys, home, *arguments)
        assert status == 1 and "install newsmill 9.1.0" in text and "nothing was changed" in text
    assert sorted((path, path.lstat().st_mtime_ns) for path in home.rglob("*")) == before


@pytest.mark.parametrize("content", ["", "{}", '{"format": "x", "written_by": "1"}', "[1]"])
def test_a_damaged_format_is_a_message_with_the_command(home, capsys, content):
    (home / FORMAT_FILE).write_text(content, encoding="utf8")
    status, text = run(capsys, home, "report")
    assert status == 1 and f"rm {home / FORMAT_FILE}" in text


def test_a_warehouse_of_an_earlier_version_is_refused_before_the_first_step(home, capsys, tmp_path):
    path = (home / "warehouse" / "news.duckdb").resolve()
    path.chmod(0o644)
    with duckdb.connect(str(path)) as con:
        con.execute("ALTER TABLE dw.fact_mention DROP COLUMN is_credit")
    status, text = run(capsys, home, "night", NEXT, "--jobs", "1", "--source", str(write_dump(tmp_path, NEXT)))
    assert status == 1 and "rebuild --from mentions" in text and "fetch:" not in text
