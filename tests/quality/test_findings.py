"""What was found is told once, in words, and with the rows that failed."""

import pandas as pd

from newsmill.quality.findings import Finding, turned_away
from newsmill.quality.suites import WARNING, Suite, share


def finding(name: str, pages: list, found: list, severity: str = "critical") -> Finding:
    expect = share("confidence", severity=severity)
    failing = pd.DataFrame({"page_id": pages, "confidence": found})
    suite = Suite(name, name, ("page_id",), (expect,))
    return Finding(suite, expect, success=False, unexpected_count=len(pages), element_count=9, failing=failing)


def test_a_page_with_several_failing_rows_is_turned_away_once():
    (note,) = turned_away([finding("mentions", ["p", "p"], [2.0, 3.0])])
    assert note["page_id"] == "p" and note["withheld"]
    assert note["detail"].endswith("found confidence 2.0 in 2 rows")


def test_a_page_that_fails_the_same_in_two_suites_is_turned_away_once():
    (note,) = turned_away([finding("mentions", ["p"], [2.0]), finding("quotes", ["p"], [3.0])])
    assert "expected of mentions" in note["detail"]


def test_a_page_that_fails_a_warning_is_not_withheld():
    (note,) = turned_away([finding("mentions", ["p"], [2.0], WARNING)])
    assert note["withheld"] is False


def test_a_row_whose_page_is_unknown_turns_nothing_away():
    assert turned_away([finding("mentions", [None], [2.0])]) == []


def test_a_sentence_tells_what_was_expected_how_often_it_failed_and_examples():
    told = finding("mentions", ["p"], [2.25]).sentence()
    assert told == "mentions: confidence: from 0 to 1: 1 of 9 rows do not hold, such as page_id p, confidence 2.25"
