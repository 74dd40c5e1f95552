"""Fetching: what lands, what stays, and what is never followed."""

import logging
import os
from dataclasses import replace
from hashlib import sha256

import pytest

from newsmill import landing
from newsmill.errors import Permanent
from newsmill.landing import Dump
from newsmill.relations import RECEIPTS
from newsmill.sources.fetch import Limits, fetch

PAGES = Dump("metro", "dumps/{night}")


@pytest.fixture
def offered(tmp_path):
    folder = tmp_path / "dumps" / "2026-03-02"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"first\r\n")
    (folder / "sub" / "b.txt").write_bytes(b"\xff\xfesecond")
    return folder


def names(run, dump=PAGES):
    return [file.name for file in landing.landed_files(run, dump)]


def paths(run, dump=PAGES):
    return [landing.folder(run, dump) / name for name in names(run, dump)]


def test_a_folder_lands_whole_and_byte_for_byte(run, tmp_path, offered):
    receipt = fetch(run, PAGES, tmp_path)
    assert names(run) == ["a.txt", "sub/b.txt"]
    assert [path.read_bytes() for path in paths(run)] == [b"first\r\n", b"\xff\xfesecond"]
    assert landing.landed_files(run, PAGES)[0].sha256 == sha256(b"first\r\n").hexdigest()
    assert (receipt.rows_in, receipt.rows_out, receipt.bytes) == (2, 2, 15)
    assert run.lake.read(RECEIPTS, run.night).to_pylist()[0]["stage"] == "fetch"


def test_fetching_again_copies_only_what_changed(run, tmp_path, offered):
    fetch(run, PAGES, tmp_path)
    untouched = paths(run)[1].stat().st_ino
    (offered / "a.txt").write_bytes(b"FIRST\r\n")
    assert fetch(run, PAGES, tmp_path).bytes == 7
    assert paths(run)[0].read_bytes() == b"FIRST\r\n"
    assert paths(run)[1].stat().st_ino == untouched
    assert fetch(run, PAGES, tmp_path).bytes == 0


def test_a_file_that_is_taken_back_leaves_its_night(run, tmp_path, offered, caplog):
    (offered / "mistake.txt").write_bytes(b"not ours")
    fetch(run, PAGES, tmp_path)
    (offered / "mistake.txt").unlink()
    fetch(run, PAGES, tmp_path)
    assert names(run) == ["a.txt", "sub/b.txt"] and "left out: ['mistake.txt']" in caplog.text


def test_what_landed_stays_when_the_place_offers_nothing_any_more(run, tmp_path, offered, caplog):
    fetch(run, PAGES, tmp_path)
    (offered / "a.txt").unlink()
    (offered / "sub" / "b.txt").unlink()
    assert fetch(run, PAGES, tmp_path).rows_in == 0
    assert names(run) == ["a.txt", "sub/b.txt"] and "what landed before is kept" in caplog.text
    assert [path.read_bytes() for path in paths(run)] == [b"first\r\n", b"\xff\xfesecond"]


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("dumps/{night}/a.txt", ["a.txt"]), ("dumps/{night}/*.txt", ["a.txt"]), ("dumps/{night}/*", ["a.txt"]),
        ("dumps/{night}/**/*.txt", ["a.txt", "sub/b.txt"]), ("dumps/*/sub/?.txt", ["2026-03-02/sub/b.txt"]),
        ("dumps/**", ["2026-03-02/a.txt", "2026-03-02/sub/b.txt"]), ("dumps/../dumps/{night}/[ab].txt", ["a.txt"]),
    ],
)
def test_a_location_may_be_a_file_or_a_pattern(run, tmp_path, offered, location, found):
    fetch(run, replace(PAGES, location=location), tmp_path)
    assert names(run) == found


def test_a_location_may_be_absolute_whatever_the_root(run, tmp_path, offered):
    fetch(run, replace(PAGES, location=str(offered)), tmp_path / "elsewhere")
    assert names(run) == ["a.txt", "sub/b.txt"]


def test_nothing_to_fetch_says_where_it_looked_and_what_to_do(run, tmp_path):
    with pytest.raises(Permanent, match=r"metro: looked at .*/dumps/2026-03-02, which matches no file .* put the dump"):
        fetch(run, PAGES, tmp_path)
    (tmp_path / "dumps" / "2026-03-02").mkdir(parents=True)
    with pytest.raises(Permanent, match="which holds no file that can be read"):
        fetch(run, PAGES, tmp_path)
    assert landing.landed_dumps(run) == []


@pytest.mark.parametrize("location", ["https://dumps.example/a.jsonl", "s3://bucket/a", "FTP://host/a"])
def test_a_dump_elsewhere_is_refused_in_plain_words(run, tmp_path, location):
    with pytest.raises(Permanent, match=r"is not on this machine; newsmill reads only local .* so far"):
        fetch(run, replace(PAGES, location=location), tmp_path)


def test_no_link_leads_out_of_the_named_folder(run, tmp_path, offered, caplog):
    (tmp_path / "secret.txt").write_text("secret")
    (offered / "out.txt").symlink_to(tmp_path / "secret.txt")
    (offered / "folder").symlink_to(tmp_path)
    (offered / "lost.txt").symlink_to(offered / "nothing")
    (offered / "in.txt").symlink_to(offered / "a.txt")
    fetch(run, PAGES, tmp_path)
    assert names(run) == ["a.txt", "in.txt", "sub/b.txt"]
    for told in ("out.txt: a link out of", "folder: a link to a folder", "lost.txt: a link to nothing"):
        assert told in caplog.text
    assert not paths(run)[1].is_symlink()


def test_a_named_file_that_links_elsewhere_is_not_followed(run, tmp_path, offered):
    (tmp_path / "secret.txt").write_text("secret")
    (offered / "out.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(Permanent, match="holds no file that can be read"):
        fetch(run, replace(PAGES, location="dumps/{night}/out.txt"), tmp_path)


def test_a_pipe_is_passed_over_and_not_waited_for(run, tmp_path, offered, caplog):
    os.mkfifo(offered / "pipe.txt")
    fetch(run, PAGES, tmp_path)
    assert names(run) == ["a.txt", "sub/b.txt"] and "pipe.txt: not a plain file" in caplog.text


def test_hidden_files_are_passed_over(run, tmp_path, offered, caplog):
    caplog.set_level(logging.INFO)
    (offered / ".DS_Store").write_bytes(b"\0")
    (offered / ".git").mkdir()
    (offered / ".git" / "config").write_text("x")
    fetch(run, PAGES, tmp_path)
    assert names(run) == ["a.txt", "sub/b.txt"] and ".DS_Store: hidden, passed over" in caplog.text


def test_a_file_name_that_is_no_text_lands_under_one_that_is(run, tmp_path, offered):
    with open(os.path.join(os.fsencode(offered), b"caf\xe9.txt"), "wb") as file:
        file.write(b"x")
    fetch(run, PAGES, tmp_path)
    assert "caf%E9.txt" in names(run)


def test_limits_are_kept_before_anything_is_copied(run, tmp_path, offered):
    with pytest.raises(Permanent, match="metro: more than 1 files; split the dump"):
        fetch(run, PAGES, tmp_path, Limits(files=1))
    with pytest.raises(Permanent, match=r"a\.txt has 7 bytes, the limit is 5; split the file"):
        fetch(run, PAGES, tmp_path, Limits(file_bytes=5))
    assert not landing.folder(run, PAGES).exists()


def test_drafts_that_a_crash_left_are_cleared_away(run, tmp_path, offered):
    landing.folder(run, PAGES).mkdir(parents=True)
    draft = landing.folder(run, PAGES) / ".draft-1"
    draft.write_bytes(b"half")
    fetch(run, PAGES, tmp_path)
    assert not draft.exists()


def test_a_landed_file_that_was_tampered_with_is_copied_again(run, tmp_path, offered):
    fetch(run, PAGES, tmp_path)
    paths(run)[0].write_bytes(b"FORGED!")
    fetch(run, PAGES, tmp_path)
    assert paths(run)[0].read_bytes() == b"first\r\n"


def test_dates_of_other_nights_stay_apart(run, tmp_path, offered):
    fetch(run, PAGES, tmp_path)
    other = replace(run, night=run.night.replace(day=3))
    with pytest.raises(Permanent, match="2026-03-03"):
        fetch(other, PAGES, tmp_path)
    assert names(run) == ["a.txt", "sub/b.txt"]
