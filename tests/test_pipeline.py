"""What runs in a night: the dumps asked for, and rules whose change shows."""

from dataclasses import replace

import pyarrow as pa
import pytest

from newsmill import pipeline
from newsmill.errors import Permanent
from newsmill.relations import rejected


def test_all_dumps_are_fetched_where_nothing_is_asked_for(run):
    assert {"harbor-wire", "metro-pages"} <= pipeline.dumps(run).keys()


def test_places_are_fetched_instead_and_beside_the_dumps_that_are_named(run):
    (place,) = pipeline.dumps(replace(run, sources=("/dumps/tonight.jsonl",)))
    assert place.startswith("tonight")
    both = pipeline.dumps(replace(run, sources=("/dumps/tonight.jsonl",), dumps=("harbor-wire",)))
    assert both.keys() == {place, "harbor-wire"}


def test_a_dump_that_is_not_listed_is_named(run):
    with pytest.raises(Permanent, match="no dump harbour"):
        pipeline.dumps(replace(run, dumps=("harbour",)))


def test_a_dump_that_is_not_there_is_forgotten_when_others_are_asked_for(run):
    row = {"page_id": "typo", "dump": "typo", "dump_file": "typo.jsonl", "record_no": 0, "stage": "fetch",
           "reason": "not_fetched", "detail": "x"}
    run.lake.write(rejected("fetch"), run.night, "typo", pa.Table.from_pylist([row], rejected("fetch").schema))
    assert pipeline.UNITS["dump"](replace(run, dumps=("harbor-wire",))) == ["harbor-wire"]
    assert run.lake.parts(rejected("fetch"), run.night) == []


def test_a_dump_that_is_not_there_is_a_row_in_quarantine_and_a_night_without_any_says_so(run):
    gone = replace(run, sources=("/no/such/place.jsonl",))
    (name,) = pipeline.UNITS["dump"](gone)
    slip = pipeline.perform("fetch", gone, name)
    assert (slip.rows_in, slip.rejected) == (1, 1)
    with pytest.raises(Permanent, match="/no/such/place"):
        pipeline.UNITS["bundle"](gone)


def test_the_rules_of_a_run_are_told_by_the_stages_and_by_what_they_know():
    rules = pipeline.rules()
    assert {"clean", "dedupe", "mentions", "quotes", "known"} <= rules.keys()
    assert len(rules["known"]) == 64
