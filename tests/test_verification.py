"""Stored files are read again: each kind of damage is found, with what is lost and the command that helps."""

import shutil
from pathlib import Path

import pytest

from newsmill.cli.command_line import main

NIGHT = "2026-03-02"


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("verified") / "home"
    assert main(["night", NIGHT, "--dump", "harbor-wire", "--jobs", "1", "--home", str(home)]) == 0
    return home


@pytest.fixture
def verify(sound, tmp_path, capsys):
    """Return a function that damages a file of a copy of a home, and returns status and output of `verify`."""

    def verify(pattern: str | None = None, damage=None, *options: str) -> tuple[int, str]:
        home = tmp_path / "home"
        shutil.copytree(sound, home, symlinks=True)
        if pattern:
            path = next(home.glob(pattern))
            path.chmod(0o644)
            damage(path)
        status = main(["verify", *options, "--home", str(home)])
        out = capsys.readouterr()
        return status, out.out + out.err

    return verify


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.slow
def test_a_sound_home_is_as_it_was_written(verify):
    status, text = verify()
    assert status == 0 and "every file is as it was written" in text
    assert all(f"{kind}: " in text for kind in ("landing", "lake", "snapshots"))


@pytest.mark.slow
def test_a_sample_is_a_share_of_the_files(verify):
    status, text = verify(None, None, "--sample", "5%")
    assert status == 0 and "landing: 1 to do" in text and "snapshots: 1 to do" in text


@pytest.mark.slow
@pytest.mark.parametrize("damage", [flip, halve, Path.unlink])
def test_damage_of_a_landed_file_names_the_file_and_the_command(verify, damage):
    status, text = verify(f"landing/{NIGHT}/harbor-wire/*", damage)
    assert status == 1 and f"forget {NIGHT} harbor-wire" in text and "feed.jsonl" in text
    assert "1 damaged files" in text


@pytest.mark.slow
@pytest.mark.parametrize("damage", [flip, halve])
@pytest.mark.parametrize(
    ("relation", "command"),
    [
        ("articles", f"rebuild --from read --nights {NIGHT}"),
        ("mentions", f"rebuild --from read --nights {NIGHT}"),
        ("runs", f"lake/runs/night={NIGHT}/part-"),  # made once: it is put away
    ],
)
def test_damage_of_a_part_names_the_part_and_the_command(verify, relation, command, damage):
    status, text = verify(f"lake/{relation}/night={NIGHT}/part-*", damage)
    assert status == 1 and f"lake/{relation}/" in text and command in text
    assert (".damaged" in text) == (relation == "runs")


@pytest.mark.slow
@pytest.mark.parametrize("damage", [flip, halve])
def test_damage_of_the_served_snapshot_names_the_way_out(verify, damage):
    status, text = verify("warehouse/snapshots/*.duckdb", damage)
    assert status == 1 and "readers of the served snapshot meet errors" in text and "rebuild --from load" in text


@pytest.mark.slow
def test_a_manifest_that_cannot_be_read_is_damaged(verify):
    status, text = verify(f"landing/{NIGHT}/harbor-wire.json", halve)
    assert status == 1 and "not a readable manifest" in text
