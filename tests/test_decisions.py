"""The file of decisions: read strictly, added to and never rewritten, the last word on a block counts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsmill import decisions, settings
from newsmill.contracts import conform
from newsmill.decisions import Decision
from newsmill.errors import Permanent
from newsmill.relations import DECISIONS

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
ENTRY = """[[block]]
hash = "00000000000000ff"
decision = "keep"
by = "Ada"
at = 2026-03-02T10:00:00+01:00
because = "So."
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "decisions.toml"
    path.write_text("# nothing yet\n", encoding="utf8")
    return path


def test_the_file_that_comes_with_the_project_is_read():
    conform(decisions.table(settings.PACKAGE / "decisions.toml"), DECISIONS)


def test_a_decision_is_read_as_it_was_made(file):
    file.write_text(ENTRY, encoding="utf8")
    (row,) = conform(decisions.table(file), DECISIONS).to_pylist()
    assert row == {"words_hash": 255, "decision": "keep", "decided_by": "Ada", "decided_at": NINE, "because": "So."}


def test_a_decision_is_added_behind_what_stands_there(file):
    decisions.add(file, Decision("0" * 16, "drop", "Ada", NINE, "First."))
    before = file.read_text(encoding="utf8")
    decisions.add(file, Decision("f" * 16, "keep", "Bea", NINE, "Second."))
    assert file.read_text(encoding="utf8").startswith(before) and before.startswith("# nothing yet\n")
    assert [made.because for made in decisions.decisions(file).values()] == ["First.", "Second."]


def test_of_several_decisions_on_a_block_the_last_counts(file):
    for word in ("drop", "keep"):
        decisions.add(file, Decision("0" * 16, word, "Ada", NINE, "Why not."))
    assert [made.decision for made in decisions.decisions(file).values()] == ["keep"]


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip))
def test_any_name_and_any_reason_come_back_as_they_were_given(tmp_path_factory, by, because):
    path = tmp_path_factory.mktemp("told") / "decisions.toml"
    path.touch()
    made = Decision("0" * 16, "drop", by, NINE, because)
    decisions.add(path, made)
    assert decisions.decisions(path) == {made.hash: made}


@pytest.mark.parametrize(("text", "complaint"), [
    ("[[block]\n", "not readable as TOML"),
    ("[blocks]\n", r"nothing but \[\[block\]\] tables, found blocks"),
    ("block = 3\n", r"nothing but \[\[block\]\] tables, found 3"),
    ("block = [3]\n", r"no. 1 is 3; expected a table"),
    (ENTRY.replace("00ff", "00FF"), "hash is '00000000000000FF'; expected the 16 hexadecimal digits"),
    (ENTRY.replace("keep", "kept"), "decision is 'kept'; expected keep or drop"),
    (ENTRY.replace("+01:00", ""), "expected a date and time with its offset"),
    (ENTRY + "note = 1\n", "unknown key 'note'"),
    (ENTRY.replace('by = "Ada"\n', ""), "the key 'by' is missing; expected a text: who decided"),
    (ENTRY + ENTRY.replace("So.", " "), "no. 2: because is ' '"),
])
def test_what_is_wrong_is_named_and_nothing_is_added(file, text, complaint):
    file.write_text(text, encoding="utf8")
    with pytest.raises(Permanent, match=complaint):
        decisions.add(file, Decision("0" * 16, "drop", "Ada", NINE, "Why not."))
    assert file.read_text(encoding="utf8") == text


def test_a_file_that_is_not_there_or_is_a_folder_is_named(tmp_path):
    with pytest.raises(Permanent, match="there is no such file"):
        decisions.decisions(tmp_path / "no.toml")
    with pytest.raises(Permanent, match="cannot be read"):
        decisions.decisions(tmp_path)
