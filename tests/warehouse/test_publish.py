"""Publishing swaps one link, refuses stale staging copies, keeps snapshots to roll back to, and has one writer."""

import threading
import time
from dataclasses import replace

import duckdb
import pytest

from newsmill import pipeline, relations, runs
from newsmill.errors import GateClosed, Permanent, StaleStagingCopy, WriterBusy
from newsmill.relations import SNAPSHOTS
from newsmill.warehouse import loader, publish, snapshots
from newsmill.warehouse.model import macros, tables

pytestmark = pytest.mark.slow

MONDAY, TUESDAY, WEDNESDAY = "2026-03-02", "2026-03-03", "2026-03-04"
NIGHTS_SERVED = "SELECT DISTINCT CAST(night AS VARCHAR) FROM dw.fact_text_block ORDER BY 1"
VERSIONS_OF_A = "SELECT CAST(valid_from AS VARCHAR) FROM dw.dim_article WHERE article_id LIKE '%/a' ORDER BY 1"


@pytest.fixture
def three_nights(house):
    """Return a house with three nights in its lake, the first of them published."""
    for night in (MONDAY, TUESDAY, WEDNESDAY):
        house.write(night, {"article": "a", "text": f"Written on {night}."}, {"article": night})
    house.load(MONDAY)
    return house


def two_nights_in_order(houses):
    """Return a house with the first two nights published once, in order."""
    house = houses()
    for night in (MONDAY, TUESDAY):
        house.write(night, {"article": "a", "text": f"Written on {night}."}, {"article": night})
    house.load(MONDAY, TUESDAY)
    return house


def test_a_staging_copy_of_another_snapshot_than_the_one_served_is_refused_and_loading_again_helps(three_nights):
    stale = three_nights.run(TUESDAY)
    loader.load(stale)
    three_nights.load(WEDNESDAY)
    with pytest.raises(StaleStagingCopy, match="load it again"):
        publish.publish(stale, {}, keep=3)
    assert three_nights.column(NIGHTS_SERVED) == [MONDAY, WEDNESDAY]
    loader.load(stale)
    publish.publish(stale, {}, keep=3)
    assert three_nights.column(NIGHTS_SERVED) == [MONDAY, TUESDAY, WEDNESDAY]


def test_after_a_rollback_nights_are_loaded_onto_what_is_served_and_the_night_taken_back_is_out(three_nights):
    first = snapshots.current_snapshot(three_nights.warehouse)
    three_nights.load(TUESDAY)
    both = three_nights.fingerprints()
    snapshots.point_link_to(three_nights.warehouse, first)
    assert three_nights.column(NIGHTS_SERVED) == [MONDAY]
    assert three_nights.column("SELECT snapshot FROM ops.snapshot WHERE is_current") == [first]
    three_nights.load(WEDNESDAY)
    assert three_nights.column(NIGHTS_SERVED) == [MONDAY, WEDNESDAY]
    assert three_nights.column(VERSIONS_OF_A) == [MONDAY, WEDNESDAY]
    snapshots.point_link_to(three_nights.warehouse, first)
    three_nights.load(TUESDAY)
    assert three_nights.fingerprints() == both


def test_a_night_whose_gate_closed_is_in_the_lake_but_leaves_no_trace_in_the_nights_that_follow(three_nights):
    closed = three_nights.run(TUESDAY)
    runs.record_run(closed, "gate_closed", {})
    three_nights.load(WEDNESDAY)
    assert three_nights.column(VERSIONS_OF_A) == [MONDAY, WEDNESDAY]
    assert three_nights.ask("SELECT CAST(night AS VARCHAR), status FROM ops.run ORDER BY night") == [
        (MONDAY, "published"),
        (TUESDAY, "gate_closed"),
        (WEDNESDAY, "published"),
    ]


def test_a_published_night_that_is_run_again_and_stopped_takes_nothing_from_the_nights_around_it(three_nights, houses):
    three_nights.write(MONDAY, {"article": "a", "text": "Garbled on Monday."})
    three_nights.load(TUESDAY)
    assert three_nights.fingerprints() == two_nights_in_order(houses).fingerprints()


def test_a_published_night_that_is_run_again_and_published_replaces_itself(three_nights, houses):
    three_nights.load(TUESDAY)
    three_nights.write(MONDAY, {"article": "a", "text": "Corrected on Monday."})
    three_nights.load(MONDAY, WEDNESDAY)
    expected = houses()
    expected.write(MONDAY, {"article": "a", "text": "Corrected on Monday."})
    for night in (TUESDAY, WEDNESDAY):
        expected.write(night, {"article": "a", "text": f"Written on {night}."}, {"article": night})
    expected.load(MONDAY, TUESDAY, WEDNESDAY)
    assert three_nights.fingerprints() == expected.fingerprints()


def test_after_a_rollback_of_a_night_that_was_run_again_facts_and_texts_still_agree(three_nights, houses):
    first = snapshots.current_snapshot(three_nights.warehouse)
    three_nights.write(MONDAY, {"article": "a", "text": "Corrected on Monday."})
    three_nights.load(MONDAY)
    snapshots.point_link_to(three_nights.warehouse, first)
    three_nights.load(TUESDAY)
    assert three_nights.fingerprints() == two_nights_in_order(houses).fingerprints()


def test_a_snapshot_that_was_finalized_but_never_swapped_in_is_removed_from_the_records(three_nights):
    three_nights.note(
        TUESDAY, {"snapshot": [{"snapshot": "lost", "run_id": "lost", "published_at": "2036-03-03 01:00"}]}
    )
    three_nights.load(TUESDAY)
    assert "lost" not in three_nights.column("SELECT snapshot FROM ops.snapshot")
    assert three_nights.column("SELECT snapshot FROM ops.snapshot WHERE is_current") == [
        snapshots.current_snapshot(three_nights.warehouse)
    ]


def test_publishing_removes_the_files_of_killed_runs(three_nights):
    loader.load(three_nights.run(TUESDAY))
    # as DuckDB names its spill files
    spilled = snapshots.snapshot_folder(three_nights.warehouse) / f"killed{snapshots.STAGING}.tmp"
    spilled.mkdir()
    (spilled / "duckdb_temp_storage.tmp").write_bytes(b"rows")
    three_nights.load(WEDNESDAY)
    assert list(snapshots.snapshot_folder(three_nights.warehouse).glob("*draft*")) == []


def test_a_copy_made_ahead_becomes_the_staging_copy_and_is_not_copied_again(three_nights):
    run = three_nights.run(TUESDAY)
    receipt = loader.copy_published(run)
    (ahead,) = staging_files(three_nights)
    assert receipt.bytes == ahead.stat().st_size > 0
    copied = ahead.stat().st_ino
    loader.load(run)
    assert [path.stat().st_ino for path in staging_files(three_nights)] == [copied]
    publish.publish(run, {}, keep=3)
    assert three_nights.column(NIGHTS_SERVED) == [MONDAY, TUESDAY]


def test_before_anything_is_published_nothing_is_copied_ahead(house):
    assert loader.copy_published(house.run(MONDAY)).bytes == 0
    assert snapshots.current_snapshot(house.warehouse) is None


def test_a_copy_made_ahead_of_a_rollback_is_not_loaded_into(three_nights):
    first = snapshots.current_snapshot(three_nights.warehouse)
    three_nights.load(TUESDAY)
    run = three_nights.run(WEDNESDAY)
    loader.copy_published(run)
    snapshots.point_link_to(three_nights.warehouse, first)
    loader.load(run)
    publish.publish(run, {}, keep=3)
    assert three_nights.column(NIGHTS_SERVED) == [MONDAY, WEDNESDAY]
    assert staging_files(three_nights) == []


def test_a_copy_made_ahead_goes_when_another_night_is_published_and_the_load_makes_its_own(three_nights):
    run = three_nights.run(WEDNESDAY)
    loader.copy_published(run)
    three_nights.load(TUESDAY)
    assert staging_files(three_nights) == []
    loader.load(run)
    publish.publish(run, {}, keep=3)
    assert three_nights.column(NIGHTS_SERVED) == [MONDAY, TUESDAY, WEDNESDAY]


def test_a_copy_that_is_removed_while_it_is_made_counts_as_none(three_nights, monkeypatch):
    def overtaken(source, target):
        clone(source, target)
        snapshots.remove_all_staging(three_nights.warehouse)

    clone = snapshots.clone
    monkeypatch.setattr(snapshots, "clone", overtaken)
    assert loader.copy_published(three_nights.run(TUESDAY)).bytes == 0
    assert staging_files(three_nights) == []


def test_an_unfinished_copy_of_a_killed_process_is_no_staging_copy_and_goes_with_the_next(three_nights):
    run = three_nights.run(TUESDAY)
    loader.copy_published(run)
    (ahead,) = staging_files(three_nights)
    ahead.rename(f"{ahead}.begun")
    loader.load(run)
    assert [path.name for path in staging_files(three_nights)] == [f"{run.run_id}{snapshots.STAGING}"]


def test_a_load_that_is_killed_or_fails_leaves_nothing_that_can_be_published(three_nights, monkeypatch):
    run = three_nights.run(TUESDAY)

    def stop(*_):
        seen.extend(path.name for path in staging_files(three_nights))
        raise KeyboardInterrupt

    seen: list[str] = []
    monkeypatch.setattr(loader, "load_models", stop)
    with pytest.raises(KeyboardInterrupt):
        loader.load(run)
    assert seen == [f"{run.run_id}{snapshots.STAGING}.begun"] and staging_files(three_nights) == []
    # as a killed process leaves it
    snapshots.snapshot_folder(three_nights.warehouse).joinpath(seen[0]).write_bytes(b"half")
    with pytest.raises(StaleStagingCopy):
        snapshots.find_staging(three_nights.warehouse, run.run_id)
    monkeypatch.undo()
    loader.load(run)
    assert [path.name for path in staging_files(three_nights)] == [f"{run.run_id}{snapshots.STAGING}"]


def test_a_run_that_ends_unpublished_leaves_no_copy_and_pruning_removes_copies_of_killed_runs(three_nights):
    stopped, killed = three_nights.run(TUESDAY), three_nights.run(TUESDAY)
    loader.copy_published(stopped)
    loader.copy_published(killed)
    pipeline.record_unpublished(stopped, GateClosed())
    (left,) = staging_files(three_nights)
    assert left.name.startswith(killed.run_id)
    assert three_nights.lake.read(relations.RUNS, stopped.night).to_pylist()[0]["status"] == "gate_closed"
    publish.prune_snapshots(three_nights.warehouse, three_nights.lake, keep=1)
    assert staging_files(three_nights) == []


def test_a_run_id_may_take_most_of_the_length_of_a_file_name(three_nights):
    run = replace(three_nights.run(TUESDAY), run_id="r" * 200)
    assert loader.copy_published(run).bytes > 0
    loader.load(run)
    assert len(staging_files(three_nights)) == 1


def staging_files(house) -> list:
    return sorted(snapshots.snapshot_folder(house.warehouse).glob("*draft*"))


def test_rolling_back_to_what_is_not_there_names_what_is(three_nights):
    with pytest.raises(Permanent, match=snapshots.current_snapshot(three_nights.warehouse)):
        snapshots.point_link_to(three_nights.warehouse, "1999-12-31-manual")


def test_publishing_a_run_twice_keeps_both_snapshots(three_nights):
    run = three_nights.run(TUESDAY)
    for _ in range(2):
        loader.load(run)
        publish.publish(run, {}, keep=3)
    assert snapshots.current_snapshot(three_nights.warehouse) == f"{run.run_id}-2"
    assert run.run_id in snapshots.list_snapshots(three_nights.warehouse)


def test_pruning_keeps_the_newest_and_the_one_served_and_files_that_no_snapshot_knows(tmp_path):
    snapshots.snapshot_folder(tmp_path).mkdir(parents=True)
    for number, name in enumerate("abcde", 1):
        with duckdb.connect(str(snapshots.snapshot_path(tmp_path, name))) as con:
            con.execute("CREATE SCHEMA ops")
            con.execute(
                "CREATE TABLE ops.snapshot AS SELECT $1 AS snapshot, DATE '2026-03-02' AS night, "
                "true AS is_current, $2 AS snapshot_no, now() - to_days($2) AS published_at",
                [name, number],
            )
    snapshots.snapshot_path(tmp_path, "notes").write_bytes(b"no snapshot")
    snapshots.point_link_to(tmp_path, "a")
    assert snapshots.remove_old_snapshots(tmp_path, keep=2) == ["b", "c"]
    assert snapshots.list_snapshots(tmp_path) == ["notes", "a", "d", "e"]
    assert snapshots.current_snapshot(tmp_path) == "a"


def test_pruned_snapshots_are_removed_from_the_records_too(three_nights):
    three_nights.load(TUESDAY, WEDNESDAY, MONDAY)
    kept = snapshots.list_snapshots(three_nights.warehouse)
    assert len(kept) == 3
    three_nights.load(TUESDAY)
    tables = [three_nights.lake.read(SNAPSHOTS, night) for night in three_nights.lake.nights(SNAPSHOTS)]
    recorded = {name for table in tables for name in table.column("snapshot").to_pylist()}
    assert recorded == {*kept, snapshots.current_snapshot(three_nights.warehouse)}


def test_a_second_writer_waits_for_the_first(tmp_path):
    order, is_locked = [], threading.Event()

    def first():
        with snapshots.writer_lock(tmp_path):
            is_locked.set()
            time.sleep(0.4)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    is_locked.wait()
    with snapshots.writer_lock(tmp_path, wait_seconds=30):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_a_writer_that_waited_long_enough_says_that_another_is_writing(tmp_path):
    second = snapshots.writer_lock(tmp_path, wait_seconds=0.2)
    with snapshots.writer_lock(tmp_path), pytest.raises(WriterBusy, match="another process"), second:
        pass


def test_every_table_and_column_says_what_it_means(three_nights):
    comments = {
        *three_nights.ask("SELECT schema_name || '.' || table_name, comment FROM duckdb_tables()"),
        *three_nights.ask("SELECT schema_name || '.' || view_name, comment FROM duckdb_views() WHERE NOT internal"),
        *three_nights.ask(
            "SELECT schema_name || '.' || function_name, comment FROM duckdb_functions() WHERE comment > ''"
        ),
    }
    loaded_night = ("ops.loaded_night", "The run by which each night of this file was loaded.")
    assert comments == {(model.table, model.meaning) for model in (*tables(), *macros())} | {loaded_night}
    assert (
        three_nights.ask("""
        SELECT schema_name, table_name, column_name FROM duckdb_columns()
        WHERE NOT internal AND coalesce(comment, '') = ''""")
        == []
    )


def test_keys_are_the_first_63_bits_of_sha256(three_nights, key):
    rows = three_nights.ask(
        "SELECT article_key, article_id || '|' || valid_from FROM dw.dim_article "
        "UNION ALL SELECT story_key, story_id FROM dw.dim_story "
        "UNION ALL SELECT text_block_key, page_id || '|' || block_index FROM dw.fact_text_block"
    )
    assert rows and all(actual == key(identity) and actual.bit_length() <= 63 for actual, identity in rows)


def test_rows_beyond_one_row_group_are_seen_by_the_load_that_wrote_them(house):
    house.write(MONDAY, {"article": "long", "text": "a.\n" * 130_000})
    assert loader.load(house.run(MONDAY)).rows_out > 130_000


@pytest.mark.slow
def test_a_run_whose_staging_copy_is_stale_loads_audits_and_publishes_again_by_itself(three_nights):
    stale = three_nights.run(TUESDAY)
    pipeline.run_step("load", stale, None)
    three_nights.load(WEDNESDAY)
    pipeline.run_step("audit", stale, None)
    three_nights.load(MONDAY)
    pipeline.run_step("publish", stale, None)
    assert three_nights.column(NIGHTS_SERVED) == [MONDAY, TUESDAY, WEDNESDAY]


def row_groups(file, table: str) -> list[int]:
    """Return the row count of each row group of a table in a file."""
    with duckdb.connect(str(file), read_only=True) as con:
        sql = f"SELECT max(start + count) FROM pragma_storage_info('{table}') GROUP BY row_group_id"
        return [rows for (rows,) in con.execute(sql).fetchall()]


def test_row_groups_are_written_during_the_load(tmp_path):
    staging, rows = tmp_path / "staging.duckdb", 3 * loader.ROW_GROUP + 1
    with loader.open_for_writing(staging) as con:
        con.execute("CREATE TABLE number (number BIGINT)")
        before = staging.stat().st_size
        con.execute("INSERT INTO number SELECT hash(range) >> 1 FROM range($1)", [rows])
        assert staging.stat().st_size - before > 7 * rows
    assert max(row_groups(staging, "number")) == loader.ROW_GROUP


def test_finalizing_and_later_loads_keep_row_groups_as_they_are(house, monkeypatch):
    monkeypatch.setattr(loader, "ROW_GROUP", 2048)
    for night in (MONDAY, TUESDAY):
        house.write(night, {"article": night, "text": " ".join(f"{night}{number}x" for number in range(5_000))})
        house.load(night)
        groups = row_groups(snapshots.find_snapshot(house.run(night).warehouse), "search.posting")
        assert len(groups) >= 3 and max(groups) <= 2048
