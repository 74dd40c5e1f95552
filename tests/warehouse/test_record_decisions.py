"""Decisions on rejected records: the table shows for each record the state that the command line lists."""

from datetime import UTC, date, datetime

import pytest

from newsmill import decisions, pipeline, quarantine
from newsmill.contracts import conform
from newsmill.decisions import RecordDecision
from newsmill.lake import WHOLE
from newsmill.relations import RELEASED, rejected

pytestmark = pytest.mark.slow
MONDAY, TUESDAY = "2026-03-02", "2026-03-03"
NIGHT, NINE = date(2026, 3, 2), datetime(2026, 3, 3, 9, tzinfo=UTC)


def decide(house, word: str, by: str, **keys) -> None:
    decisions.append_record_decision(house.home, RecordDecision(word, by, NINE, "So.", **keys))


def list_table(house) -> dict[tuple, tuple]:
    rows = house.ask("SELECT page_id, reason, state, decided_by, because FROM ops.rejected")
    return {row[:2]: row[2:] for row in rows}


def list_quarantine(house) -> dict[tuple, tuple]:
    records = quarantine.list_records(house.home, quarantine.Selection())
    shown = {
        (record.page_id, record.reason): (record.state, *audit(record.decision if record.state in SHOWN else None))
        for record in records
    }
    return {key: ("open", None, None) if value[0] == quarantine.TO_RELEASE else value for key, value in shown.items()}


SHOWN = ("released", "discarded")


def audit(decision: dict | None) -> tuple:
    return (decision["decided_by"], decision["because"]) if decision else (None, None)


def test_the_table_shows_of_each_record_the_last_decision_once_the_night_applies_it(house):
    house.write(
        MONDAY, {"article": "a"}, *({"rejected": reason} for reason in ("feed", "feed", "redirect", "empty", "feed"))
    )
    run = house.run(MONDAY)
    rows = house.lake.read(rejected("clean"), NIGHT)
    (dump,) = set(rows.column("dump").to_pylist())
    first, second, third, fourth, fifth = rows.column("page_id").to_pylist()
    decide(house, "discard", "Ada", source=dump, reason="feed", first=NIGHT, last=NIGHT)
    decide(house, "release", "Bea", record=fifth)
    decide(house, "release", "Cem", record=third)
    decide(house, "release", "Dan", record=fourth)
    decide(house, "discard", "Eva", source=dump, reason="redirect", first=date(2026, 3, 3), last=date(2026, 3, 3))
    # the run of the night had released the fifth record alone: the third was decided on while it ran
    is_fifth = [page_id == fifth for page_id in rows.column("page_id").to_pylist()]
    house.lake.write(RELEASED, NIGHT, WHOLE, conform(rows.filter(is_fifth), RELEASED))
    house.lake.write(rejected("clean"), NIGHT, WHOLE, rows.filter([not one for one in is_fifth]))
    pipeline.write_record_decisions(run, house.home)
    house.load(MONDAY)
    assert list_table(house) == {
        (first, "feed"): ("discarded", "Ada", "So."),
        (second, "feed"): ("discarded", "Ada", "So."),
        (third, "redirect"): ("open", None, None),
        (fourth, "empty"): ("open", None, None),
        (fifth, "feed"): ("released", "Bea", "So."),
    }
    assert list_quarantine(house) == list_table(house)
    states = {record.page_id: record.state for record in quarantine.list_records(house.home, quarantine.Selection())}
    assert states[third] == quarantine.TO_RELEASE


def test_a_night_is_to_be_loaded_again_where_a_decision_is_not_applied(house):
    for night in (MONDAY, TUESDAY):
        house.write(night, {"article": night}, {"rejected": "feed"}, {"rejected": "redirect"})
    house.load(MONDAY, TUESDAY)
    assert quarantine.list_unapplied_nights(house.home) == {"clean": frozenset(), "load": frozenset()}
    (page_id,) = house.lake.read(rejected("clean"), NIGHT).column("page_id").to_pylist()[:1]
    decide(house, "release", "Ada", record=page_id)
    (dump,) = set(house.lake.read(rejected("clean"), NIGHT).column("dump").to_pylist())
    decide(house, "discard", "Ada", source=dump, reason="redirect", first=NIGHT, last=date(2026, 3, 3))
    unapplied = quarantine.list_unapplied_nights(house.home)
    assert unapplied == {"clean": frozenset([NIGHT]), "load": frozenset([date(2026, 3, 3)])}
