"""The audit's proofs pass on a sound staging copy and fail on a broken one; a closed gate publishes nothing."""

import duckdb
import pytest

from newsmill import runs
from newsmill.errors import GateClosed
from newsmill.quality.night_profile import FEWEST
from newsmill.quality.suites import TABLE_SUITES
from newsmill.relations import QUALITY_RESULTS
from newsmill.warehouse import audit, loader, publish, snapshots

pytestmark = pytest.mark.slow

NIGHTS = ("2026-03-02", "2026-03-03")
UNIQUE, INTERVALS = "the grain is unique", "the intervals neither overlap nor gap"
ARTICLE, MENTION, QUOTE = "dw.dim_article", "dw.fact_mention", "dw.fact_quote"
BREAKS = {
    "a double article": (
        "INSERT INTO dw.dim_article FROM dw.dim_article WHERE version = 2",
        {(UNIQUE, ARTICLE), (INTERVALS, ARTICLE)},
    ),
    "a double mention": ("INSERT INTO dw.fact_mention FROM dw.fact_mention LIMIT 1", {(UNIQUE, MENTION)}),
    "a double block": (
        "INSERT INTO dw.fact_text_block FROM dw.fact_text_block LIMIT 1",
        {(UNIQUE, "dw.fact_text_block")},
    ),
    "an entity that is not there": (
        "UPDATE dw.fact_mention SET entity_key = 7",
        {("entity_key leads to dim_entity", MENTION)},
    ),
    "an entity key left out": (
        "UPDATE dw.fact_mention SET entity_key = NULL",
        {("entity_key leads to dim_entity", MENTION)},
    ),
    "a speaker that is not there": (
        "UPDATE dw.fact_quote SET speaker_entity_key = 7",
        {("speaker_entity_key leads to dim_entity", QUOTE)},
    ),
    "a mention of a role of a later night": (
        "UPDATE dw.fact_mention SET entity_key = (SELECT entity_key FROM dw.dim_entity WHERE version = 2)",
        {("entity_key leads to dim_entity", MENTION)},
    ),
    "a statement that is not there": (
        "UPDATE dw.fact_quote SET statement_key = 7",
        {("statement_key leads to fact_quote", QUOTE)},
    ),
    "an article without a story for a while": (
        "UPDATE dw.bridge_article_story SET valid_to = '2026-03-09'",
        {(INTERVALS, "dw.bridge_article_story")},
    ),
    "an attribution that is gone": (
        "DELETE FROM dw.dim_attribution",
        {("attribution_key leads to dim_attribution", QUOTE)},
    ),
    "a day that is gone": (
        "DELETE FROM dw.dim_date WHERE date = '2026-03-02'",
        {("ingest_date_key leads to dim_date", "dw.fact_article")},
    ),
    "a source that is gone": (
        "DELETE FROM dw.dim_source",
        {("source_key leads to dim_source", table) for table in ("dw.fact_article", "dw.fact_text_block")},
    ),
    "an interval that overlaps the next": (
        "UPDATE dw.dim_article SET valid_to = '2026-03-09' WHERE version = 1",
        {(INTERVALS, ARTICLE)},
    ),
    "a gap between two intervals": (
        "UPDATE dw.dim_entity SET valid_from = '2026-02-01', valid_to = '2026-03-01' WHERE version = 1",
        {
            (INTERVALS, "dw.dim_entity"),
            ("entity_key leads to dim_entity", MENTION),
            ("speaker_entity_key leads to dim_entity", QUOTE),
        },
    ),
    "an interval that nothing follows": (
        "UPDATE dw.dim_source SET valid_to = '2026-03-09'",
        {(INTERVALS, "dw.dim_source")},
    ),
    "two current versions": ("UPDATE dw.dim_article SET is_current = true", {(INTERVALS, ARTICLE)}),
}


def write(house) -> None:
    versions = (("“Yes,” said Ada Quill.", "judge"), ("“Yes,” Ada Quill said.", "mayor"))
    for night, (text, role) in zip(NIGHTS, versions, strict=True):
        house.write(
            night,
            {
                "article": "a",
                "text": text,
                "mentions": [{"surface": "Ada Quill", "role": role}],
                "quotes": [{"text": "“Yes,”", "speaker": "Ada Quill"}],
            },
        )


@pytest.fixture(scope="module")
def sound(tmp_path_factory, make_house) -> duckdb.DuckDBPyConnection:
    """Return a staging copy that passes every proof."""
    house = make_house(tmp_path_factory.mktemp("sound"))
    write(house)
    path = house.home / "staging.duckdb"
    with loader.open_for_writing(path) as con:
        for night in NIGHTS:
            loader.load_models(con, house.lake, house.run(night).night, loader.models())
        yield con


def failing(con) -> set[tuple[str, str]]:
    return {(name, table) for name, table, sql in audit.list_proofs(con) if con.execute(sql).fetchall()}


def test_a_sound_staging_copy_passes_every_proof(sound):
    assert failing(sound) == set()


@pytest.mark.parametrize("how", BREAKS)
def test_a_staging_copy_broken_by_hand_fails_the_proof_of_it(how, sound):
    sql, expected = BREAKS[how]
    sound.execute("BEGIN")
    try:
        sound.execute(sql)
        assert failing(sound) == expected
    finally:
        sound.execute("ROLLBACK")


def test_every_key_that_a_fact_holds_of_another_table_is_proved_to_lead_there(sound):
    proved = {(table, name.split()[0]) for name, table, _ in audit.list_proofs(sound) if "leads to" in name}
    assert {
        ("dw.fact_article", "article_key"),
        ("dw.fact_article", "source_key"),
        ("dw.fact_article", "story_key"),
        ("dw.fact_article", "published_date_key"),
        ("dw.fact_text_block", "article_key"),
        (MENTION, "article_key"),
        ("dw.fact_article_pair", "from_article_key"),
        ("dw.fact_article_pair", "to_article_key"),
        ("dw.bridge_article_story", "article_key"),
        ("dw.bridge_article_story", "story_key"),
        (QUOTE, "article_key"),
    } <= proved


def test_no_key_is_left_unproved(sound):
    keys = sound.execute(
        "SELECT 'dw.' || table_name, column_name FROM duckdb_columns() "
        "WHERE schema_name = 'dw' AND column_name LIKE '%@_key' ESCAPE '@'"
    ).fetchall()
    proved = {(table, name.split()[0]) for name, table, _ in audit.list_proofs(sound) if "leads to" in name}
    own = {(m.table, f"{m.name.split('_', 1)[1]}_key") for m in loader.models() if m.schema == "dw"}
    assert {key for key in keys if key not in proved | own} == {(QUOTE, "words_key")}, "which table does it lead to?"


@pytest.mark.slow
def test_a_closed_gate_publishes_nothing_and_says_what_broke(house):
    write(house)
    house.load(NIGHTS[0])
    served = house.fingerprints()
    run = house.run(NIGHTS[1])
    loader.load(run)
    assert audit.audit(run).rows_in > 100
    with duckdb.connect(str(snapshots.staging_path(house.warehouse, run.run_id))) as con:
        con.execute("UPDATE dw.fact_mention SET entity_key = 7")
    with pytest.raises(GateClosed, match=r"dw\.fact_mention: entity_key leads to dim_entity") as closed:
        audit.audit(run)
    for night in NIGHTS:
        assert f"dump evening of the night {night}: 1 failing rows" in str(closed.value)
        assert f"python -m newsmill forget {night} evening --home {house.home}" in str(closed.value)
    assert house.fingerprints() == served
    successes = {row["expectation"]: row["success"] for row in house.lake.read(QUALITY_RESULTS, run.night).to_pylist()}
    assert successes["entity_key leads to dim_entity"] is False


def test_suites_check_the_rows_that_loads_changed_and_no_others(house):
    other = {"article": "b", "text": "Bo Rook sat down.", "mentions": ["Bo Rook"]}
    for night, text in zip(NIGHTS, ("Ada Quill came.", "Ada Quill went away."), strict=True):
        house.write(night, {"article": "a", "text": text, "mentions": ["Ada Quill"]}, other)
    house.load(NIGHTS[0])
    run = house.run(NIGHTS[1])
    runs.record_run(run, "running", {})
    loader.load(run)
    with duckdb.connect(str(snapshots.staging_path(house.warehouse, run.run_id)), read_only=True) as con:

        def seen(table: str, column: str) -> set:
            suite = next(suite for suite in TABLE_SUITES if suite.target == table)
            rows = con.execute(
                f"SELECT DISTINCT {column} FROM {table} SEMI JOIN ({audit.changed_rows_query(suite, con)}) "
                f"USING ({suite.key[0]})"
            )
            return {str(row[0]) for row in rows.fetchall()}

        assert seen("dw.fact_mention", "night") == {NIGHTS[1]}
        assert seen("dw.dim_article", "article_id || ' ' || version") == {"gull.example/a 1", "gull.example/a 2"}
    publish.publish(run, {}, keep=2)
    assert house.ask("SELECT count(*) FROM duckdb_schemas() WHERE schema_name = 'change'") == [(0,)]


@pytest.mark.parametrize(("copies", "warned"), [(FEWEST // 2 + 1, True), (FEWEST // 2, False)])
def test_a_story_that_is_most_of_a_night_of_a_publisher_is_warned_of(house, copies, warned):
    text = " ".join(f"word{n}" for n in range(90))
    same = [{"article": f"copy-{n}", "text": text} for n in range(copies)]
    others = [
        {"article": f"own-{n}", "text": " ".join(f"own{n}x{i}" for i in range(30))} for n in range(FEWEST - copies)
    ]
    house.write(NIGHTS[0], *same, *others)
    run = house.run(NIGHTS[0])
    loader.load(run)
    audit.audit(run)
    results = house.lake.read(QUALITY_RESULTS, run.night).to_pylist()
    (result,) = [row for row in results if row["suite"] == "source_stories"]
    assert (result["severity"], result["success"]) == ("warning", not warned)
