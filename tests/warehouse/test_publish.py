"""Publishing: one link swapped at once, stale drafts refused, snapshots to roll back to, one writer at a time."""

import threading
import time
from dataclasses import replace

import duckdb
import pytest

from newsmill import pipeline, relations, runs
from newsmill.errors import Permanent, StaleDraft, WriterBusy
from newsmill.relations import SNAPSHOTS
from newsmill.warehouse import loader, publish, snapshots
from newsmill.warehouse.model import macros, tables

MONDAY, TUESDAY, WEDNESDAY = "2026-03-02", "2026-03-03", "2026-03-04"
NIGHTS_SERVED = "SELECT DISTINCT CAST(night AS VARCHAR) FROM dw.fact_text_block ORDER BY 1"
VERSIONS_OF_A = "SELECT CAST(valid_from AS VARCHAR) FROM dw.dim_article WHERE article_id LIKE '%/a' ORDER BY 1"


@pytest.fixture
def told(house):
    """Return a house with three nights in its lake, of which the first is published."""
    for night in (MONDAY, TUESDAY, WEDNESDAY):
        house.write(night, {"article": "a", "text": f"Told on {night}."}, {"article": night})
    house.load(MONDAY)
    return house


def untouched(houses):
    """Return a house in which the first two nights came once, in order."""
    house = houses()
    for night in (MONDAY, TUESDAY):
        house.write(night, {"article": "a", "text": f"Told on {night}."}, {"article": night})
    house.load(MONDAY, TUESDAY)
    return house


def test_a_draft_of_another_snapshot_than_the_one_served_is_refused_and_loading_again_helps(told):
    slow = told.run(TUESDAY)
    loader.load(slow)
    told.load(WEDNESDAY)
    with pytest.raises(StaleDraft, match="load it again"):
        publish.publish(slow, {}, keep=3)
    assert told.column(NIGHTS_SERVED) == [MONDAY, WEDNESDAY]
    loader.load(slow)
    publish.publish(slow, {}, keep=3)
    assert told.column(NIGHTS_SERVED) == [MONDAY, TUESDAY, WEDNESDAY]


def test_after_a_rollback_nights_are_loaded_onto_what_is_served_and_the_night_taken_back_is_out(told):
    first = snapshots.current(told.warehouse)
    told.load(TUESDAY)
    both = told.fingerprints()
    snapshots.point_to(told.warehouse, first)
    assert told.column(NIGHTS_SERVED) == [MONDAY]
    assert told.column("SELECT snapshot FROM ops.snapshot WHERE is_current") == [first]
    told.load(WEDNESDAY)
    assert told.column(NIGHTS_SERVED) == [MONDAY, WEDNESDAY]
    assert told.column(VERSIONS_OF_A) == [MONDAY, WEDNESDAY]
    snapshots.point_to(told.warehouse, first)
    told.load(TUESDAY)
    assert told.fingerprints() == both


def test_a_night_whose_gate_closed_is_in_the_lake_but_leaves_no_trace_in_the_nights_that_follow(told):
    closed = told.run(TUESDAY)
    runs.record(closed, "gate_closed", {})
    told.load(WEDNESDAY)
    assert told.column(VERSIONS_OF_A) == [MONDAY, WEDNESDAY]
    assert told.ask("SELECT CAST(night AS VARCHAR), status FROM ops.run ORDER BY night") == [
        (MONDAY, "published"),
        (TUESDAY, "gate_closed"),
        (WEDNESDAY, "published"),
    ]


def test_a_published_night_that_is_run_again_and_stopped_takes_nothing_from_the_nights_around_it(told, houses):
    told.write(MONDAY, {"article": "a", "text": "Garbled on Monday."})
    told.load(TUESDAY)
    assert told.fingerprints() == untouched(houses).fingerprints()


def test_a_published_night_that_is_run_again_and_published_replaces_itself(told, houses):
    told.load(TUESDAY)
    told.write(MONDAY, {"article": "a", "text": "Mended on Monday."})
    told.load(MONDAY, WEDNESDAY)
    mended = houses()
    mended.write(MONDAY, {"article": "a", "text": "Mended on Monday."})
    for night in (TUESDAY, WEDNESDAY):
        mended.write(night, {"article": "a", "text": f"Told on {night}."}, {"article": night})
    mended.load(MONDAY, TUESDAY, WEDNESDAY)
    assert told.fingerprints() == mended.fingerprints()


def test_after_a_rollback_of_a_night_that_was_run_again_facts_and_texts_still_agree(told, houses):
    first = snapshots.current(told.warehouse)
    told.write(MONDAY, {"article": "a", "text": "Mended on Monday."})
    told.load(MONDAY)
    snapshots.point_to(told.warehouse, first)
    told.load(TUESDAY)
    assert told.fingerprints() == untouched(houses).fingerprints()


def test_a_snapshot_that_was_sealed_but_never_swapped_in_is_forgotten(told):
    told.note(TUESDAY, {"snapshot": [{"snapshot": "lost", "run_id": "lost", "published_at": "2036-03-03 01:00"}]})
    told.load(TUESDAY)
    assert "lost" not in told.column("SELECT snapshot FROM ops.snapshot")
    assert told.column("SELECT snapshot FROM ops.snapshot WHERE is_current") == [snapshots.current(told.warehouse)]


def test_publishing_sweeps_what_killed_runs_left(told):
    loader.load(told.run(TUESDAY))
    # as DuckDB names what memory did not hold
    spilled = snapshots.folder(told.warehouse) / f"killed{snapshots.STAGING}.tmp"
    spilled.mkdir()
    (spilled / "duckdb_temp_storage.tmp").write_bytes(b"rows")
    told.load(WEDNESDAY)
    assert list(snapshots.folder(told.warehouse).glob("*draft*")) == []


def test_a_copy_made_ahead_is_the_draft_and_not_copied_again(told):
    run = told.run(TUESDAY)
    slip = loader.copy(run)
    (ahead,) = drafts(told)
    assert slip.bytes == ahead.stat().st_size > 0
    copied = ahead.stat().st_ino
    loader.load(run)
    assert [path.stat().st_ino for path in drafts(told)] == [copied]
    publish.publish(run, {}, keep=3)
    assert told.column(NIGHTS_SERVED) == [MONDAY, TUESDAY]


def test_before_anything_is_published_nothing_is_copied_ahead(house):
    assert loader.copy(house.run(MONDAY)).bytes == 0
    assert snapshots.current(house.warehouse) is None


def test_a_copy_made_ahead_of_a_rollback_is_not_loaded_into(told):
    first = snapshots.current(told.warehouse)
    told.load(TUESDAY)
    run = told.run(WEDNESDAY)
    loader.copy(run)
    snapshots.point_to(told.warehouse, first)
    loader.load(run)
    publish.publish(run, {}, keep=3)
    assert told.column(NIGHTS_SERVED) == [MONDAY, WEDNESDAY]
    assert drafts(told) == []


def test_a_copy_made_ahead_goes_when_another_night_is_published_and_the_load_makes_its_own(told):
    run = told.run(WEDNESDAY)
    loader.copy(run)
    told.load(TUESDAY)
    assert drafts(told) == []
    loader.load(run)
    publish.publish(run, {}, keep=3)
    assert told.column(NIGHTS_SERVED) == [MONDAY, TUESDAY, WEDNESDAY]


def test_a_copy_that_is_swept_while_it_is_made_is_none(told, monkeypatch):
    def overtaken(source, target):
        clone(source, target)
        snapshots.remove_all_staging(told.warehouse)

    clone = snapshots.clone
    monkeypatch.setattr(snapshots, "clone", overtaken)
    assert loader.copy(told.run(TUESDAY)).bytes == 0
    assert drafts(told) == []


def test_what_a_killed_copy_left_is_no_draft_and_goes_with_the_next(told):
    run = told.run(TUESDAY)
    loader.copy(run)
    (ahead,) = drafts(told)
    ahead.rename(f"{ahead}.begun")
    loader.load(run)
    assert [path.name for path in drafts(told)] == [f"{run.run_id}{snapshots.STAGING}"]


def test_a_load_that_is_killed_or_fails_leaves_nothing_that_can_be_sealed(told, monkeypatch):
    run = told.run(TUESDAY)

    def stop(*_):
        seen.extend(path.name for path in drafts(told))
        raise KeyboardInterrupt

    seen: list[str] = []
    monkeypatch.setattr(loader, "fill", stop)
    with pytest.raises(KeyboardInterrupt):
        loader.load(run)
    assert seen == [f"{run.run_id}{snapshots.STAGING}.begun"] and drafts(told) == []
    # as a killed process leaves it
    snapshots.folder(told.warehouse).joinpath(seen[0]).write_bytes(b"half")
    with pytest.raises(StaleDraft):
        snapshots.find_staging(told.warehouse, run.run_id)
    monkeypatch.undo()
    loader.load(run)
    assert [path.name for path in drafts(told)] == [f"{run.run_id}{snapshots.STAGING}"]


def test_a_run_that_ends_unpublished_leaves_no_copy_and_pruning_removes_those_of_killed_ones(told):
    stopped, killed = told.run(TUESDAY), told.run(TUESDAY)
    loader.copy(stopped)
    loader.copy(killed)
    pipeline.give_up(stopped, is_gate_closed=True)
    (left,) = drafts(told)
    assert left.name.startswith(killed.run_id)
    assert told.lake.read(relations.RUNS, stopped.night).to_pylist()[0]["status"] == "gate_closed"
    publish.prune(told.warehouse, told.lake, keep=1)
    assert drafts(told) == []


def test_a_copy_bears_a_run_whose_name_takes_half_of_what_a_file_may_be_called(told):
    run = replace(told.run(TUESDAY), run_id="r" * 200)
    assert loader.copy(run).bytes > 0
    loader.load(run)
    assert len(drafts(told)) == 1


def drafts(house) -> list:
    return sorted(snapshots.folder(house.warehouse).glob("*draft*"))


def test_rolling_back_to_what_is_not_there_names_what_is(told):
    with pytest.raises(Permanent, match=snapshots.current(told.warehouse)):
        snapshots.point_to(told.warehouse, "1999-12-31-manual")


def test_publishing_a_run_twice_keeps_both_snapshots(told):
    run = told.run(TUESDAY)
    for _ in range(2):
        loader.load(run)
        publish.publish(run, {}, keep=3)
    assert snapshots.current(told.warehouse) == f"{run.run_id}-2"
    assert run.run_id in snapshots.listing(told.warehouse)


def test_pruning_keeps_the_newest_and_the_one_served_and_files_that_no_snapshot_knows(tmp_path):
    snapshots.folder(tmp_path).mkdir(parents=True)
    for number, name in enumerate("abcde", 1):
        with duckdb.connect(str(snapshots.path_of(tmp_path, name))) as con:
            con.execute("CREATE SCHEMA ops")
            con.execute(
                "CREATE TABLE ops.snapshot AS SELECT $1 AS snapshot, DATE '2026-03-02' AS night, "
                "true AS is_current, $2 AS snapshot_no, now() - to_days($2) AS published_at",
                [name, number],
            )
    snapshots.path_of(tmp_path, "notes").write_bytes(b"no snapshot")
    snapshots.point_to(tmp_path, "a")
    assert snapshots.remove_old_snapshots(tmp_path, keep=2) == ["b", "c"]
    assert snapshots.listing(tmp_path) == ["notes", "a", "d", "e"] and snapshots.current(tmp_path) == "a"


def test_snapshots_beyond_those_kept_go_from_the_ledger_too(told):
    told.load(TUESDAY, WEDNESDAY, MONDAY)
    kept = snapshots.listing(told.warehouse)
    assert len(kept) == 3
    told.load(TUESDAY)
    tables = [told.lake.read(SNAPSHOTS, night) for night in told.lake.nights(SNAPSHOTS)]
    recorded = {name for table in tables for name in table.column("snapshot").to_pylist()}
    assert recorded == {*kept, snapshots.current(told.warehouse)}


def test_a_second_writer_waits_for_the_first(tmp_path):
    order, held = [], threading.Event()

    def first():
        with snapshots.writer_lock(tmp_path):
            held.set()
            time.sleep(0.4)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    held.wait()
    with snapshots.writer_lock(tmp_path, wait_seconds=30):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_a_writer_whose_patience_ends_says_that_another_is_writing(tmp_path):
    second = snapshots.writer_lock(tmp_path, wait_seconds=0.2)
    with snapshots.writer_lock(tmp_path), pytest.raises(WriterBusy, match="another process"), second:
        pass


def test_every_table_and_column_says_what_it_means(told):
    said = {
        *told.ask("SELECT schema_name || '.' || table_name, comment FROM duckdb_tables()"),
        *told.ask("SELECT schema_name || '.' || view_name, comment FROM duckdb_views() WHERE NOT internal"),
        *told.ask("SELECT schema_name || '.' || function_name, comment FROM duckdb_functions() WHERE comment > ''"),
    }
    loaded_night = ("ops.loaded_night", "The run by which each night of this file was loaded.")
    assert said == {(model.table, model.meaning) for model in (*tables(), *macros())} | {loaded_night}
    assert (
        told.ask("""
        SELECT schema_name, table_name, column_name FROM duckdb_columns()
        WHERE NOT internal AND coalesce(comment, '') = ''""")
        == []
    )


def test_keys_are_the_first_63_bits_of_sha256(told, key):
    rows = told.ask(
        "SELECT article_key, article_id || '|' || valid_from FROM dw.dim_article "
        "UNION ALL SELECT story_key, story_id FROM dw.dim_story "
        "UNION ALL SELECT text_block_key, page_id || '|' || block_index FROM dw.fact_text_block"
    )
    assert rows and all(found == key(identity) and found.bit_length() <= 63 for found, identity in rows)


def test_rows_beyond_one_row_group_are_seen_by_the_load_that_wrote_them(house):
    house.write(MONDAY, {"article": "long", "text": "a.\n" * 130_000})
    assert loader.load(house.run(MONDAY)).rows_out > 130_000


@pytest.mark.slow
def test_a_run_whose_draft_was_overtaken_loads_audits_and_publishes_again_by_itself(told):
    slow = told.run(TUESDAY)
    pipeline.perform("load", slow, None)
    told.load(WEDNESDAY)
    pipeline.perform("audit", slow, None)
    told.load(MONDAY)
    pipeline.perform("publish", slow, None)
    assert told.column(NIGHTS_SERVED) == [MONDAY, TUESDAY, WEDNESDAY]


def packed(file, table: str) -> list[int]:
    """Return the rows of each group of rows that a table of a file is written in."""
    with duckdb.connect(str(file), read_only=True) as con:
        told = f"SELECT max(start + count) FROM pragma_storage_info('{table}') GROUP BY row_group_id"
        return [rows for (rows,) in con.execute(told).fetchall()]


def test_rows_are_written_as_they_come(tmp_path):
    draft, rows = tmp_path / "draft.duckdb", 3 * loader.ROW_GROUP + 1
    with loader.open_for_writing(draft) as con:
        con.execute("CREATE TABLE number (number BIGINT)")
        before = draft.stat().st_size
        con.execute("INSERT INTO number SELECT hash(range) >> 1 FROM range($1)", [rows])
        assert draft.stat().st_size - before > 7 * rows
    assert max(packed(draft, "number")) == loader.ROW_GROUP


def test_rows_are_not_packed_anew_by_who_seals_them_or_loads_after_them(house, monkeypatch):
    monkeypatch.setattr(loader, "ROW_GROUP", 2048)
    for night in (MONDAY, TUESDAY):
        house.write(night, {"article": night, "text": " ".join(f"{night}{number}x" for number in range(5_000))})
        house.load(night)
        groups = packed(snapshots.there(house.run(night).warehouse), "search.posting")
        assert len(groups) >= 3 and max(groups) <= 2048
