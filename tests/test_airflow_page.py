"""The page of expectations on Airflow: thirty rows, and each test that the page names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "airflow.md").read_text(encoding="utf8")
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in re.findall(r"^\| \d+ .*$", PAGE, re.M)]


def list_tests() -> set[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf8"), re.M)}


def test_the_page_has_an_answer_to_thirty_expectations():
    assert [int(row[0]) for row in ROWS] == list(range(1, 31))
    assert {row[2] for row in ROWS} <= {"yes", "in part", "not yet", "not tested", "no"}


def test_what_is_met_names_a_test_and_what_is_not_has_a_reason():
    for number, _, met, *reasons in ROWS:
        assert ("`test_" in reasons[-1]) == (met in ("yes", "in part")), f"expectation {number}"
        assert met in ("yes", "not yet") or reasons[0], f"expectation {number}"


def test_every_test_named_on_the_page_exists():
    assert sorted(set(re.findall(r"`(test_\w+)`", PAGE)) - list_tests()) == []
