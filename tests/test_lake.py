"""Lake files are written whole or not at all, and obsolete parts are removed."""

import random
from datetime import date

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newsmill.errors import DamagedFile
from newsmill.relations import CAPTURES, RUNS, rejected

NIGHT = date(2026, 3, 2)


def tabulate_rejects(*page_ids: str) -> pa.Table:
    rows = [
        {"page_id": page_id, "dump": "d", "dump_file": "f", "record_no": 1, "stage": "s", "reason": "r", "detail": "x"}
        for page_id in page_ids
    ]
    return pa.Table.from_pylist(rows, rejected("read").schema)


def test_a_part_has_the_path_of_its_address(run):
    run.lake.write(rejected("read"), NIGHT, "harbor-wire-0001", tabulate_rejects("a"))
    path = run.home / "lake" / "rejected_read" / "night=2026-03-02" / "part-harbor-wire-0001.parquet"
    assert path.is_file() and run.lake.parts(rejected("read"), NIGHT) == ["harbor-wire-0001"]


def test_a_write_that_fails_leaves_the_part_as_it_was(run, monkeypatch):
    run.lake.write(rejected("read"), NIGHT, "p", tabulate_rejects("old"))

    def disk_full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("newsmill.lake.write_with_checksum", disk_full)
    with pytest.raises(OSError, match="No space left"):
        run.lake.write(rejected("read"), NIGHT, "p", tabulate_rejects("new"))
    assert run.lake.read(rejected("read"), NIGHT).column("page_id").to_pylist() == ["old"]


def test_no_flipped_bit_of_a_part_is_read_as_other_data(run):
    relation, rows = rejected("read"), tabulate_rejects(*map(str, range(50)))
    run.lake.write(relation, NIGHT, "p", rows)
    path = run.lake.path(relation, NIGHT, "p")
    written = path.read_bytes()
    chance = random.Random(20260302)
    for _ in range(400):
        damaged, position = bytearray(written), chance.randrange(8 * len(written))
        damaged[position // 8] ^= 1 << position % 8
        path.unlink()
        path.write_bytes(damaged)
        for read in (run.lake.read, lambda relation, night: run.lake.dataset(relation, [night]).to_table()):
            with pytest.raises(
                DamagedFile,
                match=f"part-p.parquet: the bytes are not those written.* rebuild --from read --nights {NIGHT}",
            ):
                read(relation, NIGHT)
    path.write_bytes(written)
    assert run.lake.read(relation, NIGHT).equals(rows)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 100])
def test_a_part_that_is_cut_is_damaged(run, size):
    run.lake.write(rejected("read"), NIGHT, "p", tabulate_rejects("a"))
    path = run.lake.path(rejected("read"), NIGHT, "p")
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DamagedFile):
        run.lake.read(rejected("read"), NIGHT)


def test_a_part_of_an_earlier_version_has_no_checksum_and_is_read(run):
    table = tabulate_rejects("a")
    run.lake.write(rejected("read"), NIGHT, "p", table)
    pq.write_table(table, run.lake.path(rejected("read"), NIGHT, "p"))
    assert run.lake.read(rejected("read"), NIGHT).equals(table)


def test_other_programs_read_a_part(run):
    table = tabulate_rejects("a", "b")
    run.lake.write(rejected("read"), NIGHT, "p", table)
    path = str(run.lake.path(rejected("read"), NIGHT, "p"))
    assert duckdb.execute("SELECT page_id FROM read_parquet($1)", [path]).fetchall() == [("a",), ("b",)]
    assert pd.read_parquet(path)["page_id"].tolist() == ["a", "b"]


def test_what_was_never_written_reads_as_empty(run):
    assert run.lake.read(CAPTURES, NIGHT).num_rows == 0
    assert run.lake.dataset(CAPTURES, [NIGHT]).count_rows() == 0
    assert "night" in run.lake.dataset(CAPTURES, [NIGHT]).schema.names


def test_a_dataset_of_nights_has_the_night_of_each_row(run):
    run.lake.write(rejected("read"), NIGHT, "p", tabulate_rejects("a"))
    run.lake.write(rejected("read"), date(2026, 3, 3), "p", tabulate_rejects("b"))
    table = run.lake.dataset(rejected("read"), run.lake.nights(rejected("read"))).to_table(columns=["page_id", "night"])
    assert table.to_pylist() == [{"page_id": "a", "night": NIGHT}, {"page_id": "b", "night": date(2026, 3, 3)}]


def test_obsolete_parts_and_temporary_files_of_a_crash_are_removed(run):
    for part in ("p", "q"):
        run.lake.write(rejected("read"), NIGHT, part, tabulate_rejects(part))
    temporary = run.lake.folder(rejected("read"), NIGHT) / ".part-r.parquet.4711"
    temporary.write_bytes(b"half a file")
    run.lake.remove_other_parts(rejected("read"), NIGHT, ["q"])
    assert run.lake.parts(rejected("read"), NIGHT) == ["q"] and temporary.exists(), "another process may be writing it"
    run.lake.remove_temporary()
    assert not temporary.exists()


def test_a_star_in_the_name_matches_every_stage(run):
    run.lake.write(rejected("read"), NIGHT, "p", tabulate_rejects("a"))
    run.lake.write(rejected("clean"), NIGHT, "p", tabulate_rejects("b"))
    run.lake.write(RUNS, NIGHT, "x", RUNS.empty())
    assert [p.parts[-3] for p in run.lake.files(rejected("*"), NIGHT)] == ["rejected_clean", "rejected_read"]


def test_a_night_reads_as_a_run_loaded_it_whatever_a_later_run_writes(run):
    read = rejected("read")
    run.lake.write(read, NIGHT, "p", tabulate_rejects("old"))
    assert run.lake.files_of_run(read, NIGHT, "first") == run.lake.files(read, NIGHT)
    run.lake.accept([read], NIGHT, "first")
    run.lake.write(read, NIGHT, "p", tabulate_rejects("new"))
    run.lake.write(read, NIGHT, "q", tabulate_rejects("more"))
    run.lake.accept([read], NIGHT, "second")
    (kept,) = run.lake.files_of_run(read, NIGHT, "first")
    assert pq.read_table(kept).column("page_id").to_pylist() == ["old"]
    assert len(run.lake.files_of_run(read, NIGHT, "second")) == 2
    assert run.lake.nights(read) == [NIGHT]


def test_parts_kept_of_runs_go_when_no_snapshot_needs_them(run):
    read = rejected("read")
    run.lake.write(read, NIGHT, "p", tabulate_rejects("a"))
    for name in ("first", "second"):
        run.lake.accept([read], NIGHT, name)
    run.lake.forget_accepted({"second"})
    assert [run.lake.accepted(name).root.is_dir() for name in ("first", "second")] == [False, True]
