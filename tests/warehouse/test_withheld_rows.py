"""Rows that the check withholds are not loaded, but their articles are: on every load, in any order, and again."""

from dataclasses import replace

import pyarrow as pa
import pytest

from newsmill import runs
from newsmill.quality import gate
from newsmill.relations import ARTICLE_WARNINGS, MENTIONS, PLACES, QUOTES, noted, withheld
from newsmill.warehouse import loader, publish
from newsmill.warehouse.audit import audit

pytestmark = pytest.mark.slow
MONDAY, TUESDAY = "2026-03-02", "2026-03-03"
GJOVIK = {
    "surface": "Gjøvik",
    "geonames_id": 3155573,
    "name": "Gjøvik",
    "place_type": "town",
    "country_code": "NO",
    "latitude": 60.8,
    "longitude": 10.7,
    "population": 26318,
}
PAGE = {
    "article": "quay",
    "text": "Odile Brandt sailed to Gjøvik. “It holds,” she said.",
    "mentions": ["Odile Brandt", {"surface": "Gjøvik", "type": "place"}],
    "places": [GJOVIK],
    "quotes": [{"text": "“It holds,”", "speaker": "Odile Brandt", "cue": "said"}],
}


@pytest.fixture(autouse=True)
def dump_of_the_nights(house):
    """Create the landing folders for the check."""
    for night in (MONDAY, TUESDAY):
        (house.home / "landing" / night).mkdir(parents=True)


def check_and_load(house, night: str):
    """Run the steps of a night from the check on."""
    run = house.run(night)
    runs.record_run(run, "running", {"clean": "1"})
    gate.check(run)
    loader.load(run)
    audit(run)
    publish.publish(run, {"clean": "1"}, keep=3)
    return run


def change(house, night: str, relation, **changes) -> None:
    """Change the first row of a relation of a night."""
    run = house.run(night)
    first, *others = run.lake.read(relation, run.night).to_pylist()
    run.lake.write(relation, run.night, "whole", pa.Table.from_pylist([first | changes, *others], relation.schema))


def add(house, night: str, relation, **changes) -> None:
    """Add a row like the first one of a relation of a night."""
    run = house.run(night)
    rows = run.lake.read(relation, run.night).to_pylist()
    run.lake.write(relation, run.night, "whole", pa.Table.from_pylist([*rows, rows[0] | changes], relation.schema))


def places(house) -> list[tuple]:
    return house.ask("SELECT surface, confidence FROM dw.fact_place_mention ORDER BY ALL")


def test_of_two_places_at_one_character_one_is_loaded_and_the_other_is_listed(house):
    house.write(MONDAY, PAGE)
    add(house, MONDAY, PLACES, confidence=0.4, surface="Gjøvik by")
    check_and_load(house, MONDAY)
    assert places(house) == [("Gjøvik", 0.9)]
    assert house.column("SELECT title FROM dw.dim_article") == ["Untitled"]
    listed = house.ask("SELECT record_no, stage, reason, row_count FROM ops.rejected")
    assert listed == [(1, "check", "places_page_id_char_start_no_two_alike", 1)]
    assert house.ask("SELECT status, is_trusted, withheld_row_count FROM mart.run_health") == [("published", True, 1)]
    assert house.column("SELECT rejected FROM ops.stage_receipt WHERE stage = 'check'") == [1]


def test_of_two_rows_that_are_the_same_one_is_loaded(house):
    house.write(MONDAY, PAGE)
    add(house, MONDAY, PLACES)
    add(house, MONDAY, QUOTES)
    check_and_load(house, MONDAY)
    assert places(house) == [("Gjøvik", 0.9)]
    assert house.column("SELECT count(*) FROM dw.fact_quote") == [1]


def test_a_quotation_whose_speaker_is_withheld_has_no_speaker_key(house):
    house.write(MONDAY, PAGE)
    change(house, MONDAY, MENTIONS, confidence=7.0)
    check_and_load(house, MONDAY)
    assert house.column("SELECT surface FROM dw.fact_mention") == ["Gjøvik"]
    assert house.ask("SELECT speaker_surface, speaker_entity_key FROM dw.fact_quote") == [("Odile Brandt", -1)]


def test_a_place_is_not_loaded_without_the_mention_around_it(house):
    house.write(MONDAY, {**PAGE, "mentions": [PAGE["mentions"][1], PAGE["mentions"][0]]})
    change(house, MONDAY, MENTIONS, confidence=7.0)
    check_and_load(house, MONDAY)
    assert places(house) == []
    assert house.column("SELECT sum(row_count)::INTEGER FROM ops.rejected") == [2]


def write_faulty_nights(house):
    """Write two nights, each with a double row."""
    for night in (MONDAY, TUESDAY):
        (house.home / "landing" / night).mkdir(parents=True, exist_ok=True)
    house.write(MONDAY, PAGE)
    add(house, MONDAY, PLACES, confidence=0.4)
    house.write(TUESDAY, {**PAGE, "text": PAGE["text"] + " It rained."}, {"article": "other"})
    add(house, TUESDAY, MENTIONS, confidence=0.1)


def loaded(house, *nights: str) -> dict:
    """Load nights in this order; return the hashes of the tables without columns of runs."""
    write_faulty_nights(house)
    for night in nights:
        check_and_load(house, night)
    return {name: rows for name, rows in house.fingerprints().items() if name != "mart.run_health"}


def test_nights_loaded_again_and_in_another_order_leave_out_the_same_rows(house, houses):
    assert loaded(house, MONDAY, TUESDAY) == loaded(houses(), TUESDAY, MONDAY, TUESDAY)
    assert house.column("SELECT count(*) FROM dw.fact_place_mention") == [2]


def test_what_a_run_loaded_stays_as_it_was_when_the_night_is_run_again_and_stopped(house):
    house.write(MONDAY, PAGE)
    add(house, MONDAY, PLACES, confidence=0.4)
    run = check_and_load(house, MONDAY)
    kept = run.lake.accepted(run.run_id)
    assert kept.read(PLACES, run.night).num_rows == 2, "what was extracted is kept whole"
    assert kept.read(withheld(PLACES), run.night).column("confidence").to_pylist() == [0.4]
    house.write(MONDAY, PAGE)
    gate.check(replace(run, run_id="2026-03-02-manual-stopped"))
    assert run.lake.read(withheld(PLACES), run.night).num_rows == 0
    assert kept.read(withheld(PLACES), run.night).num_rows == 1


def test_an_article_without_rows_of_an_extractor_has_a_warning(house):
    house.write(MONDAY, PAGE, {"article": "other"})
    run = house.run(MONDAY)
    row = {
        "page_id": f"{MONDAY}/evening.jsonl#1",
        "dump": "evening",
        "dump_file": "f",
        "record_no": 1,
        "stage": "dates",
        "reason": "extractor_timeout",
        "detail": "dates took longer",
        "row_count": 1,
    }
    run.lake.write(noted("dates"), run.night, "whole", pa.Table.from_pylist([row], noted("dates").schema))
    check_and_load(house, MONDAY)
    warnings = house.ask("SELECT quality_warnings FROM dw.fact_article ORDER BY page_id")
    assert warnings == [(["dates_timeout"],), ([],)]
    run.lake.remove_other_parts(noted("dates"), run.night, ())
    check_and_load(house, MONDAY)
    assert house.lake.read(ARTICLE_WARNINGS, run.night).num_rows == 0
    assert house.ask("SELECT quality_warnings FROM dw.fact_article") == [([],), ([],)]
