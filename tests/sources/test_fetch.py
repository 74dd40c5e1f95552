"""Fetch a dump: landed files, skipped files, other nights, and links that are never followed."""

import json
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsmill import landing
from newsmill.errors import Permanent
from newsmill.landing import Dump
from newsmill.relations import RECEIPTS, rejected
from newsmill.runs import Run
from newsmill.sources.fetch import fetch
from newsmill.sources.remote_files import Limits

PAGES = Dump("metro", "dumps/{night}")


@pytest.fixture
def dump_folder(tmp_path):
    folder = tmp_path / "dumps" / "2026-03-02"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"first\r\n")
    (folder / "sub" / "b.txt").write_bytes(b"\xff\xfesecond")
    return folder


def names(run, dump=PAGES):
    return [file.name for file in landing.list_landed_files(run, dump)]


def quarantined(run, dump=PAGES):
    return run.lake.read(rejected("fetch"), run.night, dump.name).to_pylist()


def paths(run, dump=PAGES):
    return [landing.get_dump_folder(run, dump) / name for name in names(run, dump)]


def test_a_folder_lands_whole_and_byte_for_byte(run, tmp_path, dump_folder):
    receipt = fetch(run, PAGES, tmp_path)
    assert names(run) == ["a.txt", "sub/b.txt"]
    assert [path.read_bytes() for path in paths(run)] == [b"first\r\n", b"\xff\xfesecond"]
    assert landing.list_landed_files(run, PAGES)[0].sha256 == sha256(b"first\r\n").hexdigest()
    assert (receipt.rows_in, receipt.rows_out, receipt.bytes) == (2, 2, 15)
    assert run.lake.read(RECEIPTS, run.night).to_pylist()[0]["stage"] == "fetch"


def test_fetching_again_copies_only_what_changed(run, tmp_path, dump_folder):
    fetch(run, PAGES, tmp_path)
    untouched = paths(run)[1].stat().st_ino
    (dump_folder / "a.txt").write_bytes(b"FIRST\r\n")
    assert fetch(run, PAGES, tmp_path).bytes == 7
    assert paths(run)[0].read_bytes() == b"FIRST\r\n"
    assert paths(run)[1].stat().st_ino == untouched
    assert fetch(run, PAGES, tmp_path).bytes == 0


def test_a_file_that_is_taken_back_leaves_its_night(run, tmp_path, dump_folder, caplog):
    (dump_folder / "mistake.txt").write_bytes(b"not ours")
    fetch(run, PAGES, tmp_path)
    (dump_folder / "mistake.txt").unlink()
    fetch(run, PAGES, tmp_path)
    assert names(run) == ["a.txt", "sub/b.txt"] and "left out: ['mistake.txt']" in caplog.text


def test_what_landed_stays_when_the_place_offers_nothing_any_more(run, tmp_path, dump_folder, caplog):
    fetch(run, PAGES, tmp_path)
    (dump_folder / "a.txt").unlink()
    (dump_folder / "sub" / "b.txt").unlink()
    assert fetch(run, PAGES, tmp_path).rows_in == 0
    assert names(run) == ["a.txt", "sub/b.txt"] and "what landed before is kept" in caplog.text
    assert [path.read_bytes() for path in paths(run)] == [b"first\r\n", b"\xff\xfesecond"]


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("dumps/{night}/a.txt", ["a.txt"]),
        ("dumps/{night}/*.txt", ["a.txt"]),
        ("dumps/{night}/*", ["a.txt"]),
        ("dumps/{night}/**/*.txt", ["a.txt", "sub/b.txt"]),
        ("dumps/*/sub/?.txt", ["2026-03-02/sub/b.txt"]),
        ("dumps/**", ["2026-03-02/a.txt", "2026-03-02/sub/b.txt"]),
        ("dumps/../dumps/{night}/[ab].txt", ["a.txt"]),
    ],
)
def test_a_location_may_be_a_file_or_a_pattern(run, tmp_path, dump_folder, location, expected):
    fetch(run, replace(PAGES, location=location), tmp_path)
    assert names(run) == expected


def test_a_location_may_be_absolute_whatever_the_root(run, tmp_path, dump_folder):
    fetch(run, replace(PAGES, location=str(dump_folder)), tmp_path / "elsewhere")
    assert names(run) == ["a.txt", "sub/b.txt"]


def test_nothing_to_fetch_says_where_it_looked_and_what_to_do(run, tmp_path):
    with pytest.raises(Permanent, match=r"metro: looked at .*/dumps/2026-03-02, which matches no file .* put the dump"):
        fetch(run, PAGES, tmp_path)
    (tmp_path / "dumps" / "2026-03-02").mkdir(parents=True)
    with pytest.raises(Permanent, match="which holds no file that can be read"):
        fetch(run, PAGES, tmp_path)
    assert landing.list_landed_dumps(run) == []


def test_no_link_leads_out_of_the_named_folder(run, tmp_path, dump_folder, caplog):
    (tmp_path / "secret.txt").write_text("secret")
    (dump_folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (dump_folder / "folder").symlink_to(tmp_path)
    (dump_folder / "lost.txt").symlink_to(dump_folder / "nothing")
    (dump_folder / ".kept").write_bytes(b"kept")
    (dump_folder / "in.txt").symlink_to(dump_folder / ".kept")
    (dump_folder / "again.txt").symlink_to(dump_folder / "a.txt")
    fetch(run, PAGES, tmp_path)
    assert names(run) == ["a.txt", "sub/b.txt"]
    assert "in.txt: is " in caplog.text and "again.txt: the same 7 bytes as a.txt" in caplog.text
    for message in ("out.txt: a link out of", "folder: a link to a folder", "lost.txt: a link to nothing"):
        assert message in caplog.text
    assert not paths(run)[0].is_symlink()


def test_a_named_file_that_links_elsewhere_is_not_followed(run, tmp_path, dump_folder):
    (tmp_path / "secret.txt").write_text("secret")
    (dump_folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(Permanent, match="holds no file that can be read"):
        fetch(run, replace(PAGES, location="dumps/{night}/out.txt"), tmp_path)


def test_a_pipe_is_skipped_and_not_waited_for(run, tmp_path, dump_folder, caplog):
    os.mkfifo(dump_folder / "pipe.txt")
    fetch(run, PAGES, tmp_path)
    assert names(run) == ["a.txt", "sub/b.txt"] and "pipe.txt: not a plain file" in caplog.text


def test_hidden_files_are_skipped(run, tmp_path, dump_folder, caplog):
    caplog.set_level(logging.INFO)
    (dump_folder / ".DS_Store").write_bytes(b"\0")
    (dump_folder / ".git").mkdir()
    (dump_folder / ".git" / "config").write_text("x")
    fetch(run, PAGES, tmp_path)
    assert names(run) == ["a.txt", "sub/b.txt"] and ".DS_Store: hidden, skipped" in caplog.text


def test_a_file_name_that_is_no_text_lands_under_one_that_is(run, tmp_path, dump_folder):
    with open(os.path.join(os.fsencode(dump_folder), b"caf\xe9.txt"), "wb") as file:
        file.write(b"x")
    fetch(run, PAGES, tmp_path)
    assert "caf%E9.txt" in names(run)


def test_too_many_files_are_refused_before_anything_is_copied(run, tmp_path, dump_folder):
    with pytest.raises(Permanent, match="metro: more than 1 files; split the dump"):
        fetch(run, PAGES, tmp_path, Limits(files=1))
    assert not landing.get_dump_folder(run, PAGES).exists()


def test_a_file_over_the_limit_is_one_row_in_quarantine_and_the_others_land(run, tmp_path, dump_folder):
    receipt = fetch(run, PAGES, tmp_path, Limits(file_bytes=7))
    assert names(run) == ["a.txt"] and (receipt.rows_in, receipt.rows_out, receipt.rejected) == (2, 1, 1)
    (row,) = quarantined(run)
    assert row["page_id"] == row["dump_file"] == "2026-03-02/metro/sub/b.txt" and row["reason"] == "over_limit"
    assert row["detail"].endswith(
        "b.txt has 8 bytes or more, the limit is 7; split the file, or set limits.file_bytes of the source"
    )


def test_the_limits_of_a_dump_are_those_of_its_entry(run, tmp_path, dump_folder):
    fetch(run, replace(PAGES, limits={"night_bytes": 7}), tmp_path)
    assert names(run) == ["a.txt"] and "left out" in quarantined(run)[0]["detail"]


def test_what_is_left_out_is_a_row_in_quarantine_and_counted_in_the_manifest(run, tmp_path, dump_folder):
    (tmp_path / "secret.txt").write_text("secret")
    (dump_folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (dump_folder / ".DS_Store").write_bytes(b"\0")
    fetch(run, PAGES, tmp_path)
    assert [(row["dump_file"], row["reason"]) for row in quarantined(run)] == [
        ("2026-03-02/metro/out.txt", "link_outside")
    ]
    manifest = json.loads(landing.get_manifest_path(run, PAGES).read_text())
    assert manifest["passed_over"] == {"link_outside": 1, "hidden": 1}
    (dump_folder / "out.txt").unlink()
    fetch(run, PAGES, tmp_path)
    assert quarantined(run) == []


def test_the_same_bytes_under_two_names_land_once(run, tmp_path, dump_folder):
    (dump_folder / "c.txt").write_bytes(b"first\r\n")
    for _ in range(2):
        receipt = fetch(run, PAGES, tmp_path)
        assert names(run) == ["a.txt", "sub/b.txt"] and (receipt.rows_in, receipt.rejected) == (3, 1)
        (row,) = quarantined(run)
        assert row["reason"] == "same_content" and "c.txt: the same 7 bytes as a.txt" in row["detail"]


def test_a_night_of_its_own_keeps_what_another_night_had_too(run, tmp_path, dump_folder):
    fetch(run, PAGES, tmp_path)
    os.rename(dump_folder, tmp_path / "dumps" / "2026-03-03")
    other = replace(run, night=run.night.replace(day=3))
    fetch(other, PAGES, tmp_path)
    assert names(other) == names(run) == ["a.txt", "sub/b.txt"]


@pytest.fixture
def growing(tmp_path):
    """Return a dump without {night} in the location, and its folder."""
    folder = tmp_path / "bucket"
    folder.mkdir()
    (folder / "monday.txt").write_bytes(b"monday")
    return Dump("growing", "bucket"), folder


def on(run, day):
    return replace(run, night=run.night.replace(day=day), run_id=f"2026-03-{day:02}-test")


def test_a_growing_place_gives_each_night_what_is_new(run, tmp_path, growing):
    dump, folder = growing
    fetch(on(run, 2), dump, tmp_path)
    (folder / "tuesday.txt").write_bytes(b"tuesday")
    fetch(on(run, 3), dump, tmp_path)
    assert names(on(run, 2), dump) == ["monday.txt"] and names(on(run, 3), dump) == ["tuesday.txt"]
    assert json.loads(landing.get_manifest_path(on(run, 3), dump).read_text())["passed_over"] == {"landed_earlier": 1}


def test_a_night_of_a_growing_place_that_runs_again_has_the_same_files(run, tmp_path, growing):
    dump, folder = growing
    for day, name in ((2, "monday.txt"), (3, "tuesday.txt"), (4, "wednesday.txt")):
        (folder / name).write_bytes(name.encode())
        fetch(on(run, day), dump, tmp_path)
    for day, name in ((3, "tuesday.txt"), (2, "monday.txt"), (4, "wednesday.txt")):
        assert fetch(on(run, day), dump, tmp_path).bytes == 0
        assert names(on(run, day), dump) == [name]
    (folder / "monday.txt").unlink()
    fetch(on(run, 2), dump, tmp_path)
    assert names(on(run, 2), dump) == ["monday.txt"], "what the place has dropped stays with its night"


def test_a_file_of_a_growing_place_that_changes_is_new_again(run, tmp_path, growing):
    dump, folder = growing
    fetch(on(run, 2), dump, tmp_path)
    (folder / "monday.txt").write_bytes(b"monday, corrected")
    fetch(on(run, 3), dump, tmp_path)
    assert names(on(run, 3), dump) == ["monday.txt"]
    fetch(on(run, 2), dump, tmp_path)
    assert (landing.get_dump_folder(on(run, 2), dump) / "monday.txt").read_bytes() == b"monday"


def test_a_file_with_a_new_time_or_name_only_is_not_loaded_twice(run, tmp_path, growing):
    dump, folder = growing
    fetch(on(run, 2), dump, tmp_path)
    os.utime(folder / "monday.txt", (1, 1))
    (folder / "copy.txt").write_bytes(b"monday")
    (folder / "tuesday.txt").write_bytes(b"tuesday")
    fetch(on(run, 3), dump, tmp_path)
    assert names(on(run, 3), dump) == ["tuesday.txt"]
    (row,) = quarantined(on(run, 3), dump)
    assert row["reason"] == "same_content" and "monday.txt, which landed on 2026-03-02" in row["detail"]


def test_a_growing_place_with_nothing_new_says_so(run, tmp_path, growing):
    dump, _ = growing
    fetch(on(run, 2), dump, tmp_path)
    with pytest.raises(Permanent, match=r"nothing new at .*/bucket: all 1 files landed on other nights"):
        fetch(on(run, 3), dump, tmp_path)
    assert landing.list_landed_dumps(on(run, 3)) == []


def test_a_hidden_file_is_nothing_new_either(run, tmp_path, growing):
    dump, folder = growing
    fetch(on(run, 2), dump, tmp_path)
    (folder / ".DS_Store").write_bytes(b"\0")
    with pytest.raises(Permanent, match="all 1 files landed on other nights"):
        fetch(on(run, 3), dump, tmp_path)


def test_a_place_that_is_replaced_each_night_may_be_taken_whole(run, tmp_path, growing):
    dump = replace(growing[0], take="all")
    for day in (2, 3):
        fetch(on(run, day), dump, tmp_path)
        assert names(on(run, day), dump) == ["monday.txt"]


def test_a_night_that_is_forgotten_leaves_its_files_to_the_next(run, tmp_path, growing):
    dump, _ = growing
    fetch(on(run, 2), dump, tmp_path)
    landing.remove_dump(on(run, 2), dump.name)
    fetch(on(run, 3), dump, tmp_path)
    assert names(on(run, 3), dump) == ["monday.txt"]


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"junk")])
def test_what_other_nights_landed_is_known_without_the_index_too(run, tmp_path, growing, damage):
    dump, folder = growing
    fetch(on(run, 2), dump, tmp_path)
    (folder / "tuesday.txt").write_bytes(b"tuesday")
    fetch(on(run, 3), dump, tmp_path)
    (index,) = (run.landing / ".index").iterdir()
    damage(index)
    (folder / "wednesday.txt").write_bytes(b"wednesday")
    fetch(on(run, 4), dump, tmp_path)
    assert names(on(run, 4), dump) == ["wednesday.txt"]


@given(days=st.lists(st.tuples(st.integers(1, 5), st.sets(st.integers(0, 6), max_size=4)), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_no_order_of_nights_loses_a_file_of_a_growing_place_or_lands_it_twice(days):
    """Each step adds files to the place and runs a night; every file ends on exactly one night."""
    with TemporaryDirectory() as home:
        root, dump = Path(home), Dump("growing", "bucket")
        (root / "bucket").mkdir()
        run = Run(root / "home", date(2026, 3, 1), "x")
        owners = {}
        for day, added in days:
            for number in added:
                (root / "bucket" / f"{number}.txt").write_bytes(b"page %d" % number)
            with suppress(Permanent):
                fetch(on(run, day), dump, root)
            for path in (root / "bucket").iterdir():
                owners.setdefault(path.name, day)
        nights_by_file = {name: [day for day in range(1, 6) if name in names(on(run, day), dump)] for name in owners}
        assert nights_by_file == {name: [day] for name, day in owners.items()}


def test_two_that_fetch_at_once_land_a_file_once(run, tmp_path, growing):
    dump, folder = growing
    for number in range(50):
        (folder / f"{number}.txt").write_bytes(b"page %d" % number)
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(fetch, on(run, day), dump, tmp_path) for day in (2, 3, 4, 5)]
    assert sum(job.exception() is None for job in jobs) == 1
    assert sum(len(names(on(run, day), dump)) for day in (2, 3, 4, 5)) == 51


def test_a_list_on_this_machine_names_files_of_its_own_folder_and_no_others(run, tmp_path, dump_folder):
    (tmp_path / "secret.txt").write_text("secret")
    (dump_folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    lines = ("a.txt", "# a comment", "", "sub/b.txt", "../../secret.txt", f"file://{tmp_path}/secret.txt", "link.txt")
    (dump_folder / "list.txt").write_text("\n".join(lines))
    dump = replace(PAGES, location="dumps/{night}/list.txt", list="manifest")
    fetch(run, dump, tmp_path)
    assert names(run) == ["a.txt", "sub/b.txt"]
    assert sorted(row["reason"] for row in quarantined(run)) == ["link_outside", "refused_address", "refused_address"]


@pytest.mark.parametrize("location", ["dumps/{night:%Y-%m-%d}", "dumps/{night:%Y-%m-%d}/*.txt"])
def test_the_night_may_be_written_in_pieces(run, tmp_path, dump_folder, location):
    fetch(run, replace(PAGES, location=location), tmp_path)
    assert "a.txt" in names(run)


def test_drafts_that_a_crash_left_are_cleared_away(run, tmp_path, dump_folder):
    landing.get_dump_folder(run, PAGES).mkdir(parents=True)
    partial_file = landing.get_dump_folder(run, PAGES) / ".draft-1"
    partial_file.write_bytes(b"half")
    fetch(run, PAGES, tmp_path)
    assert not partial_file.exists()


def test_a_landed_file_that_was_tampered_with_is_copied_again(run, tmp_path, dump_folder):
    fetch(run, PAGES, tmp_path)
    paths(run)[0].write_bytes(b"FORGED!")
    fetch(run, PAGES, tmp_path)
    assert paths(run)[0].read_bytes() == b"first\r\n"


def test_dates_of_other_nights_stay_apart(run, tmp_path, dump_folder):
    fetch(run, PAGES, tmp_path)
    other = replace(run, night=run.night.replace(day=3))
    with pytest.raises(Permanent, match="2026-03-03"):
        fetch(other, PAGES, tmp_path)
    assert names(run) == ["a.txt", "sub/b.txt"]
