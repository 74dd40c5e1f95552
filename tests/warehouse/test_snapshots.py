"""Snapshots on the command line: listed with their records, checked for damage, compared with causes."""

import shutil

import duckdb
import pytest
from rich.console import Console

from newsmill import runs
from newsmill.errors import DamagedFile, Permanent
from newsmill.warehouse import diff, loader, publish, snapshots, time_travel
from newsmill.warehouse.time_travel import Comparison

pytestmark = pytest.mark.slow

MONDAY, TUESDAY, WEDNESDAY = "2026-03-02", "2026-03-03", "2026-03-04"


@pytest.fixture(scope="module")
def monday(tmp_path_factory, make_house):
    """Return a house with Monday published and Tuesday in its lake, to be copied."""
    house = make_house(tmp_path_factory.mktemp("monday") / "home")
    for night in (MONDAY, TUESDAY):
        house.write(night, *pages(night))
    house.load(MONDAY)
    return house


@pytest.fixture(scope="module")
def tuesday(monday, tmp_path_factory, make_house):
    """Return a house with both nights published, to be read or copied."""
    house = copied(monday, tmp_path_factory.mktemp("tuesday"), make_house)
    load(house, TUESDAY, {"clean": "1"})
    return house


@pytest.fixture
def monday_copy(monday, tmp_path, make_house):
    """Return a house with Monday published for a single test."""
    return copied(monday, tmp_path, make_house)


@pytest.fixture
def both(tuesday, tmp_path, make_house):
    """Return a house with both nights published for a single test."""
    return copied(tuesday, tmp_path, make_house)


def copied(house, folder, make_house):
    shutil.copytree(house.home, folder / "home", symlinks=True)
    return make_house(folder / "home", 100)


def pages(night: str) -> list[dict]:
    """Return a page with daily changes, and some pages of this night alone."""
    changing = {"article": "a", "text": f"Ada Quill spoke on {night}.", "mentions": ["Ada Quill"]}
    return [changing, *({"article": f"{night}-{n}", "text": f"Only {n} of {night}."} for n in range(3))]


def load(house, night: str, rules: dict[str, str]) -> str:
    """Load and publish a night by rules; return the name of the snapshot."""
    run = house.run(night)
    runs.record_run(run, "running", rules)
    loader.load(run)
    publish.publish(run, rules, keep=9)
    return snapshots.current_snapshot(house.warehouse)


def shown(function, house, *arguments) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        function(house.warehouse, *arguments, console)
    return captured.get()


def changes(house, before: str, after: str, **only) -> dict[tuple, tuple]:
    """Return (added, removed, changed, why) of each table and night."""
    files = [snapshots.snapshot_path(house.warehouse, name) for name in (before, after)]
    difference = diff.compare_files(*files, **only)
    return {(c.table, str(c.night)): (c.added, c.removed, c.changed, c.why) for c in difference.tables}


def overwrite(house, name: str, share: float = 0.5, size: int = 600_000) -> None:
    """Overwrite bytes of a snapshot on the disk, from a share of its size on."""
    path = snapshots.snapshot_path(house.warehouse, name)
    with path.open("r+b") as file:
        file.seek(int(path.stat().st_size * share))
        file.write(b"\xa5" * min(size, int(path.stat().st_size * (1 - share))))


# -- listed ------------------------------------------------------------------------------------------------------------


def test_a_snapshot_is_listed_with_its_night_its_run_its_moment_its_size_and_its_rows(tuesday):
    first, second = snapshots.list_snapshots(tuesday.warehouse)
    listed_lines = shown(time_travel.print_snapshots, tuesday).splitlines()
    lines = {line.split()[-6]: line.split() for line in listed_lines if "manual" in line}
    rows = sum(tuesday.column("SELECT unnest(map_values(row_counts)) FROM ops.snapshot WHERE is_current"))
    assert lines[MONDAY][0] == first and lines[TUESDAY][:3] == ["*", second, TUESDAY]
    assert lines[TUESDAY][3] == second and lines[TUESDAY][-1] == f"{rows:,}"
    published = tuesday.column("SELECT strftime(published_at, '%Y-%m-%d') FROM ops.snapshot WHERE is_current")
    assert lines[TUESDAY][4] == published[0]


def test_a_snapshot_that_does_not_open_is_marked(both):
    first, second = snapshots.list_snapshots(both.warehouse)
    overwrite(both, first, share=0.0)
    listed_lines = shown(time_travel.print_snapshots, both).splitlines()
    lines = {line.split()[0]: line for line in listed_lines if "manual" in line}
    assert lines[first].split()[-1] == "damaged"
    assert f"{first}:" in shown(time_travel.print_snapshots, both)
    assert "damaged" not in lines["*"] and second in lines["*"]


def test_damage_within_a_file_is_reported_where_every_row_is_read(monday_copy):
    (name,) = snapshots.list_snapshots(monday_copy.warehouse)
    assert snapshots.find_damage(snapshots.snapshot_path(monday_copy.warehouse, name)) is None
    overwrite(monday_copy, name)
    assert "checksum" in snapshots.find_damage(snapshots.snapshot_path(monday_copy.warehouse, name))
    console = Console(width=200)
    with console.capture() as captured:
        time_travel.print_snapshots(monday_copy.warehouse, console, is_thorough=True)
    assert "damaged" in captured.get()


# -- damaged -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_nobody_goes_back_to_a_damaged_snapshot_and_the_newest_whole_one_is_named(both, share):
    first, second = snapshots.list_snapshots(both.warehouse)
    overwrite(both, first, share)
    with pytest.raises(DamagedFile, match=f"readers see what they saw before; the newest whole one is {second}"):
        time_travel.roll_back(both.warehouse, first)
    assert snapshots.current_snapshot(both.warehouse) == second


def test_where_the_served_snapshot_is_damaged_commands_name_the_newest_whole_one(both):
    first, second = snapshots.list_snapshots(both.warehouse)
    overwrite(both, second, share=0.05, size=1 << 30)
    complaint = f"{second}, which is served, is damaged .*snapshots rollback {first}"
    with pytest.raises(DamagedFile, match=complaint), snapshots.open_published(both.warehouse) as con:
        for (table,) in con.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall():
            con.execute(f"SELECT max(COLUMNS(*)) FROM {table}").fetchall()
    overwrite(both, second, share=0.0)
    with pytest.raises(DamagedFile, match=complaint):
        loader.read_published_runs(both.warehouse)
    time_travel.roll_back(both.warehouse, first)
    assert loader.read_published_runs(both.warehouse).keys() == {runs.date.fromisoformat(MONDAY)}


def test_where_none_is_whole_it_says_how_to_make_one(monday_copy):
    overwrite(monday_copy, snapshots.current_snapshot(monday_copy.warehouse), share=0.0)
    with pytest.raises(DamagedFile, match=r"no other is whole: move .*warehouse away .*rebuild --from load"):
        loader.read_published_runs(monday_copy.warehouse)


def test_a_staging_copy_that_is_damaged_on_the_disk_is_not_published(monday_copy, monkeypatch):
    served = monday_copy.fingerprints()
    run = monday_copy.run(TUESDAY)
    loader.load(run)
    staging, finalize = snapshots.staging_path(monday_copy.warehouse, run.run_id), publish._finalize

    def finalize_and_lose(*arguments):
        counts = finalize(*arguments)
        staging.write_bytes(staging.read_bytes()[:4096] + b"\xa5" * 60_000)
        return counts

    monkeypatch.setattr(publish, "_finalize", finalize_and_lose)
    with pytest.raises(DamagedFile, match="nothing is published, what is served stays"):
        publish.publish(run, {}, keep=3)
    assert monday_copy.fingerprints() == served


def test_a_damaged_snapshot_among_the_kept_does_not_stop_a_night_from_being_published(both):
    first = snapshots.list_snapshots(both.warehouse)[0]
    overwrite(both, first, share=0.0)
    both.write(WEDNESDAY, *pages(WEDNESDAY))
    both.load(WEDNESDAY)
    assert len(both.column("SELECT DISTINCT night FROM dw.fact_article")) == 3
    assert both.lake.has_accepted(first), "its runs are unknown: all accepted parts are kept"


# -- cleared away ------------------------------------------------------------------------------------------------------


def test_pruning_removes_the_accepted_parts_of_the_removed_snapshots(monday_copy):
    first = snapshots.current_snapshot(monday_copy.warehouse)
    monday_copy.write(MONDAY, *pages(MONDAY)[:2])
    monday_copy.load(MONDAY, TUESDAY)
    assert monday_copy.lake.has_accepted(first)
    assert first in publish.prune_snapshots(monday_copy.warehouse, monday_copy.lake, keep=1)
    assert snapshots.list_snapshots(monday_copy.warehouse) == [snapshots.current_snapshot(monday_copy.warehouse)]
    assert not monday_copy.lake.has_accepted(first)


# -- compared ----------------------------------------------------------------------------------------------------------


def test_a_new_night_adds_its_rows_and_changes_those_that_follow_it(tuesday):
    first, second = snapshots.list_snapshots(tuesday.warehouse)
    forth = changes(tuesday, first, second)
    assert forth["dw.fact_article", TUESDAY] == (4, 0, 0, "new night")
    assert forth["dw.dim_article", TUESDAY] == (4, 0, 0, "new night")
    assert forth["dw.dim_article", MONDAY] == (0, 0, 1, "follows other nights")  # its interval ended
    assert forth["dw.dim_date", "None"] == (1, 0, 0, "follows these nights")
    back = changes(tuesday, second, first)
    assert back["dw.fact_article", TUESDAY] == (0, 4, 0, "night taken back")
    assert {key: (a, r, c) for key, (a, r, c, _) in forth.items()} == {
        key: (a, r, c) for key, (r, a, c, _) in back.items()
    }


@pytest.mark.parametrize(
    ("differing", "why"),
    [
        ("code_version = code_version", "run again by the same rules"),
        ("ruleset_version = 'other'", "run again, other rules"),
        ("model_versions = ['decisions=x', 'names=b']", "run again, other names"),
        ("model_versions = ['decisions=y', 'names=a']", "run again, other decisions"),
        ("learned_night = DATE '2026-02-01'", "run again, other night that boilerplate was learned up to"),
        ("code_version = 'new', ruleset_version = 'other'", "run again, other code, rules"),
    ],
)
def test_a_night_run_again_names_the_rules_and_models_that_differ(tuesday, tmp_path, differing, why):
    files = [tmp_path / f"{name}.duckdb" for name in ("before", "after")]
    for file in files:
        shutil.copyfile(tuesday.published, file)
        with duckdb.connect(str(file)) as con:
            con.execute("UPDATE ops.run SET model_versions = ['decisions=x', 'names=a']")
    with duckdb.connect(str(files[1])) as con:
        con.execute(f"UPDATE ops.run SET run_id = 'again', {differing} WHERE night = DATE '{MONDAY}'")
        con.execute(f"UPDATE ops.loaded_night SET run_id = 'again' WHERE night = DATE '{MONDAY}'")
        con.execute(f"DELETE FROM dw.fact_article WHERE night = DATE '{MONDAY}'")
    difference = diff.compare_files(*files)
    assert [(change.table, change.removed, change.why) for change in difference.tables] == [("dw.fact_article", 4, why)]
    assert [(str(change.night), change.why, change.run_after) for change in difference.nights] == [
        (MONDAY, why, "again")
    ]


def test_a_decision_on_an_entity_is_named_and_what_follows_it_says_so(monday_copy):
    first = snapshots.current_snapshot(monday_copy.warehouse)
    monday_copy.write(TUESDAY, {"article": "b", "text": "Nobody."})
    monday_copy.note(
        TUESDAY,
        {"entity_decision": [{"entity_id": "person:ada quill", "decision": "rename", "given_name": "Ada B. Quill"}]},
    )
    second = load(monday_copy, TUESDAY, {})
    difference = diff.compare_files(*(snapshots.snapshot_path(monday_copy.warehouse, name) for name in (first, second)))
    assert difference.decisions == ("rename person:ada quill Ada B. Quill: made",)
    why = {(change.table, str(change.night)): change.why for change in difference.tables}
    assert why["dw.dim_entity_decision", "None"] == "decisions changed"
    assert why["dw.dim_entity", MONDAY] == "follows other nights and decisions"


def test_equal_snapshots_differ_in_no_row_though_the_night_was_run_again(monday_copy):
    first = snapshots.current_snapshot(monday_copy.warehouse)
    again = load(monday_copy, MONDAY, {"clean": "1"})
    assert changes(monday_copy, first, again) == {}
    assert "no row differs" in shown(time_travel.print_comparison, monday_copy, Comparison(first, again))


def test_one_night_or_one_table_is_compared_alone(tuesday):
    first, second = snapshots.list_snapshots(tuesday.warehouse)
    of_monday = changes(tuesday, first, second, night=runs.date.fromisoformat(MONDAY))
    assert {night for _, night in of_monday} == {MONDAY} and ("dw.dim_article", MONDAY) in of_monday
    assert {table for table, _ in changes(tuesday, first, second, only="dw.dim_date")} == {"dw.dim_date"}


def test_the_rows_of_a_table_are_shown_with_what_changed_in_them(tuesday):
    first, second = snapshots.list_snapshots(tuesday.warehouse)
    files = [snapshots.snapshot_path(tuesday.warehouse, name) for name in (first, second)]
    changed, *added = diff.list_row_changes(*files, "dw.dim_article")
    assert (changed.kind, changed.key["article_id"]) == ("changed", "gull.example/a")
    assert changed.values.keys() == {"valid_to", "is_current"} and changed.values["is_current"] == (True, False)
    assert [row.kind for row in added] == ["added"] * 4
    assert {row.values["text"][1] for row in added} == {page["text"] for page in pages(TUESDAY)}
    assert len(list(diff.list_row_changes(*files, "dw.dim_article", limit=2))) == 2


def test_a_table_or_column_of_one_file_alone_is_listed(monday_copy, tmp_path):
    first = snapshots.snapshot_path(monday_copy.warehouse, snapshots.current_snapshot(monday_copy.warehouse))
    other = tmp_path / "other.duckdb"
    shutil.copyfile(first, other)
    with duckdb.connect(str(other)) as con:
        con.execute(
            "DROP TABLE dw.fact_lsh_bucket; ALTER TABLE dw.dim_date ADD COLUMN moon VARCHAR; "
            "DROP VIEW mart.cleaning_ledger; DELETE FROM dw.fact_article"
        )
    difference = diff.compare_files(first, other)
    assert difference.columns == ["dw.dim_date.moon"]
    assert {change.table: change.removed for change in difference.tables} == {"dw.fact_article": 4}


def test_what_cannot_be_compared_says_what_can(monday_copy):
    name = snapshots.current_snapshot(monday_copy.warehouse)
    with pytest.raises(Permanent, match=r"dw\.fact_quotes is not compared; those that are: dw\.bridge"):
        shown(time_travel.print_comparison, monday_copy, Comparison(name, name, "dw.fact_quotes"))
    with pytest.raises(Permanent, match="there is no snapshot nowhere"):
        shown(time_travel.print_comparison, monday_copy, Comparison(name, "nowhere"))


# -- attached ----------------------------------------------------------------------------------------------------------


def test_an_attached_snapshot_and_the_served_one_answer_in_one_query_marts_included(tuesday):
    first, _ = snapshots.list_snapshots(tuesday.warehouse)
    with snapshots.open_published(tuesday.warehouse) as con:
        snapshots.attach_snapshot(con, snapshots.find_snapshot(tuesday.warehouse, first), "before")
        sql = "SELECT (SELECT count(*) FROM before.{0}), (SELECT count(*) FROM {0})"
        assert con.execute(sql.format("dw.dim_article")).fetchone() == (4, 8)
        assert con.execute(sql.format("mart.run_health")).fetchone() == (1, 2)
        with pytest.raises(duckdb.Error, match="read-only"):
            con.execute("DELETE FROM before.dw.dim_article")
