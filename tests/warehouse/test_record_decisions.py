"""Decisions on rejected records: the table shows for each record the state that the command line lists."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from newsmill import decisions, pipeline, quarantine, rebuild, runs
from newsmill.contracts import conform
from newsmill.decisions import RecordDecision
from newsmill.errors import WriterBusy
from newsmill.lake import WHOLE
from newsmill.relations import RELEASED, rejected
from newsmill.warehouse import snapshots

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


# -- the rebuild that applies them


def plan_rebuild(house) -> rebuild.Plan:
    return rebuild._plan_rebuild(rebuild.RebuildRequest(house.home, "load"), [])


@pytest.fixture
def two_nights(house):
    """Return a house with Monday and Tuesday published."""
    for night in (MONDAY, TUESDAY):
        house.write(night, {"article": "a", "text": f"Rain on {night}."}, {"rejected": "feed"})
        house.load(night)
    return house


def test_a_decision_after_a_dry_run_makes_a_finished_rebuild_of_its_night_obsolete(two_nights):
    before = [rebuilt.run.run_id for rebuilt in plan_rebuild(two_nights).nights]
    (record,) = two_nights.lake.read(rejected("clean"), NIGHT).column("page_id").to_pylist()
    decide(two_nights, "discard", "Ada", record=record)
    monday, tuesday = (rebuilt.run.run_id for rebuilt in plan_rebuild(two_nights).nights)
    assert monday != before[0] and tuesday == before[1]


def test_a_night_whose_run_has_not_ended_is_rebuilt_neither_at_the_start_nor_at_the_publish(two_nights):
    plan, held = plan_rebuild(two_nights), two_nights.run(MONDAY)
    runs.record_run(held, "running", {})
    parts = {path: path.stat().st_ino for path in two_nights.lake.root.rglob("*.parquet")}
    refusal = rf"being run: {MONDAY} \(run {held.run_id}\); nothing was changed; wait .* answer its Required Action"
    with pytest.raises(WriterBusy, match=refusal):
        plan_rebuild(two_nights)
    with pytest.raises(WriterBusy, match=refusal):
        rebuild._publish(plan, Path("unused"), two_nights.home)
    assert {path: path.stat().st_ino for path in two_nights.lake.root.rglob("*.parquet")} == parts
    runs.record_run(held, "failed", {})
    assert len(plan_rebuild(two_nights).nights) == 2


def test_a_killed_run_does_not_keep_its_night_from_a_rebuild(two_nights):
    killed = two_nights.run(MONDAY)
    runs.record_run(killed, "running", {})
    snapshots.owner_path(two_nights.warehouse, killed.run_id).write_text("")  # no process holds its lock any more
    assert len(plan_rebuild(two_nights).nights) == 2
    snapshots.owner_path(two_nights.warehouse, killed.run_id).unlink()  # removed when another night began
    with pytest.raises(WriterBusy, match="if a run was killed, run its night again first"):
        plan_rebuild(two_nights)
    runs.record_run(two_nights.run(MONDAY), "interrupted", {})
    assert len(plan_rebuild(two_nights).nights) == 2


def test_a_rebuild_killed_while_it_publishes_is_started_again(two_nights):
    plan = plan_rebuild(two_nights)
    runs.record_run(two_nights.run(MONDAY, "rebuild"), "running", {})
    assert plan_rebuild(two_nights).nights[0].run.run_id == plan.nights[0].run.run_id
