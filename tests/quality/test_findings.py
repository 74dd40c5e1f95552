"""Findings are reported once, in words, and with the rows that failed."""

from datetime import date
from pathlib import Path

import pandas as pd

from newsmill.expectations import WARNING, share
from newsmill.quality.findings import Finding, Offender, Verdict, list_page_rejects, list_results
from newsmill.quality.suites import Suite


def finding(target: str, pages: list, listed: list, severity: str = "critical", by_row: bool = True) -> Finding:
    expect = share("confidence", severity=severity)
    failing = pd.DataFrame({"page_id": pages, "confidence": listed})
    suite = Suite(target, target, ("page_id",), (expect,), by_row)
    return Finding(suite, expect, success=False, unexpected_count=len(pages), element_count=9, failing=failing)


def verdict(*findings: Finding, offenders=(), home=None) -> Verdict:
    table = list_results(findings, "2026-11-22-manual-1", "check")
    return Verdict("check", findings, table, Path("quality/data_docs/index.html"), offenders, home)


def test_a_page_with_several_failing_rows_is_turned_away_once():
    (note,) = list_page_rejects([finding("articles", ["p", "p"], [2.0, 3.0])])
    assert note["page_id"] == "p" and note["withheld"]
    assert note["detail"].endswith("found confidence 2.0 in 2 rows")


def test_a_page_that_fails_in_two_suites_is_listed_for_both_and_counted_for_the_first():
    one, other = list_page_rejects([finding("pages", ["p"], [2.0]), finding("articles", ["p"], [3.0])])
    assert (one["reason"], one["row_count"]) == ("pages_confidence_from_0_to_1", 1)
    assert (other["reason"], other["row_count"]) == ("articles_confidence_from_0_to_1", 0)


def test_a_faulty_row_of_an_extractor_turns_no_page_away():
    assert list_page_rejects([finding("mentions", ["p"], [2.0])]) == []


def test_a_page_that_fails_a_warning_is_noted_with_the_number_of_its_rows():
    (note,) = list_page_rejects([finding("mentions", ["p", "p"], [2.0, 3.0], WARNING)])
    assert (note["withheld"], note["row_count"]) == (False, 2)


def test_a_row_whose_page_is_unknown_turns_nothing_away():
    assert list_page_rejects([finding("articles", [None], [2.0])]) == []


def test_a_closed_gate_names_the_command_that_leaves_each_dump_out():
    offenders = (Offender(date(2026, 11, 22), "harbour", 41), Offender(date(2026, 11, 22), "metro", 7))
    message = "\n".join(verdict(finding("mentions", ["p"], [2.0]), offenders=offenders, home=Path("trial")).lines())
    assert "harbour of the night 2026-11-22: 41 failing rows" in message
    for dump in ("harbour", "metro"):
        assert f"python -m newsmill forget 2026-11-22 {dump} --home trial, then run the night again" in message
    assert "what was published before is unchanged" in message and "mend" not in message


def test_a_home_that_the_settings_name_is_not_repeated_in_the_command():
    offenders = (Offender(date(2026, 11, 22), "harbour", 4),)
    message = "\n".join(verdict(finding("mentions", ["p"], [2.0]), offenders=offenders).lines())
    assert "python -m newsmill forget 2026-11-22 harbour, then" in message


def test_a_sentence_names_the_expectation_the_number_of_failures_and_examples():
    message = finding("mentions", ["p"], [2.25]).sentence()
    assert message == "mentions: confidence: from 0 to 1: 1 of 9 rows do not hold, such as page_id p, confidence 2.25"
