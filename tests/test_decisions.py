"""The file of decisions: read strictly, added to and never rewritten, the last word on a block counts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsmill import decisions, settings
from newsmill.contracts import conform
from newsmill.decisions import BlockDecision, EntityDecision
from newsmill.errors import Permanent
from newsmill.relations import DECISIONS, ENTITY_DECISIONS

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
    conform(decisions.tabulate_block_decisions(settings.PACKAGE / "decisions.toml"), DECISIONS)


def test_a_decision_is_read_as_it_was_made(file):
    file.write_text(ENTRY, encoding="utf8")
    (row,) = conform(decisions.tabulate_block_decisions(file), DECISIONS).to_pylist()
    assert row == {"words_hash": 255, "decision": "keep", "decided_by": "Ada", "decided_at": NINE, "because": "So."}


def test_a_decision_is_appended_to_the_file(file):
    decisions.append_decision(file, BlockDecision("drop", "Ada", NINE, "First.", "0" * 16))
    before = file.read_text(encoding="utf8")
    decisions.append_decision(file, BlockDecision("keep", "Bea", NINE, "Second.", "f" * 16))
    assert file.read_text(encoding="utf8").startswith(before) and before.startswith("# nothing yet\n")
    assert [made.because for made in decisions.read_decisions(file).blocks] == ["First.", "Second."]


def test_of_several_decisions_on_a_block_the_last_counts(file):
    for word in ("drop", "keep"):
        decisions.append_decision(file, BlockDecision(word, "Ada", NINE, "Why not.", "0" * 16))
    assert [made.decision for made in decisions.read_decisions(file).blocks] == ["keep"]


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip))
def test_any_name_and_any_reason_come_back_as_they_were_given(tmp_path_factory, by, because):
    path = tmp_path_factory.mktemp("decisions") / "decisions.toml"
    path.touch()
    made = BlockDecision("drop", by, NINE, because, "0" * 16)
    decisions.append_decision(path, made)
    assert decisions.read_decisions(path).blocks == (made,)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[block]\n", "not readable as TOML"),
        ("[blocks]\n", r"nothing but \[\[block\]\] and \[\[entity\]\] tables, found blocks"),
        ("block = 3\n", r"nothing but \[\[block\]\] and \[\[entity\]\] tables, found block"),
        ("block = [3]\n", r"no. 1 is 3; expected a table"),
        (ENTRY.replace("00ff", "00FF"), "hash is '00000000000000FF'; expected the 16 hexadecimal digits"),
        (ENTRY.replace("keep", "kept"), "decision is 'kept'; expected keep or drop"),
        (ENTRY.replace("+01:00", ""), "expected a date and time with its offset"),
        (ENTRY + "note = 1\n", "unknown key 'note'"),
        (ENTRY.replace('by = "Ada"\n', ""), "the key 'by' is missing; expected a text: who decided"),
        (ENTRY + ENTRY.replace("So.", " "), "no. 2: because is ' '"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_added(file, text, complaint):
    file.write_text(text, encoding="utf8")
    with pytest.raises(Permanent, match=complaint):
        decisions.append_decision(file, BlockDecision("drop", "Ada", NINE, "Why not.", "0" * 16))
    assert file.read_text(encoding="utf8") == text


ADA, A_QUILL, QUILL = "person:ada b quill", "person:a quill", "person:ada quill"


def decide_on(entity, decision, **keys):
    return EntityDecision(decision, "Ada", NINE, "She knows.", entity, **keys)


def test_decisions_on_entities_are_in_the_same_file_and_are_read_as_rows(file):
    decisions.append_decision(file, BlockDecision("drop", "Ada", NINE, "First.", "0" * 16))
    for made in (
        decide_on(A_QUILL, "merge", into=ADA),
        decide_on(ADA, "rename", name="Ada Quill"),
        decide_on(QUILL, "hide"),
        decide_on(QUILL, "split", into=ADA, source="gull.example", role="mayor"),
    ):
        decisions.append_decision(file, made)
    rows = conform(decisions.tabulate_entity_decisions(file), ENTITY_DECISIONS).to_pylist()
    columns = ("entity_id", "decision", "into_entity_id", "given_name", "source_id", "role_title")
    assert [tuple(row[name] for name in columns) for row in rows] == [
        (A_QUILL, "merge", ADA, None, None, None),
        (ADA, "rename", None, "Ada Quill", None, None),
        (QUILL, "hide", None, None, None, None),
        (QUILL, "split", ADA, None, "gull.example", "mayor"),
    ]
    assert [made.because for made in decisions.read_decisions(file).blocks] == ["First."]


def test_merges_are_followed_to_their_end_and_what_was_said_of_the_merged_goes_along(file):
    for made in (
        decide_on(A_QUILL, "merge", into=QUILL),
        decide_on(A_QUILL, "rename", name="Ada"),
        decide_on(QUILL, "merge", into=ADA),
    ):
        decisions.append_decision(file, made)
    rows = decisions.tabulate_entity_decisions(file).to_pylist()
    assert [(row["entity_id"], row["into_entity_id"]) for row in rows] == [(A_QUILL, ADA), (ADA, None), (QUILL, ADA)]


def test_merges_in_a_circle_are_rejected_before_they_are_written(file):
    decisions.append_decision(file, decide_on(A_QUILL, "merge", into=QUILL))
    decisions.append_decision(file, decide_on(QUILL, "merge", into=ADA))
    before = file.read_text(encoding="utf8")
    with pytest.raises(Permanent, match=r"in a circle: .* → .*delete one of them"):
        decisions.append_decision(file, decide_on(ADA, "merge", into=A_QUILL))
    assert file.read_text(encoding="utf8") == before


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        (decide_on("ada quill", "hide"), "entity is 'ada quill'; expected whom it is about, an entity_id such as"),
        (decide_on(QUILL, "drop"), "decision is 'drop'; expected merge, split, hide or rename"),
        (decide_on(QUILL, "merge"), "to merge an entity takes the key 'into', which is missing"),
        (decide_on(QUILL, "rename"), "to rename an entity takes the key 'name', which is missing"),
        (decide_on(QUILL, "hide", name="Ada"), "to hide an entity takes no key 'name'"),
        (decide_on(QUILL, "merge", into=ADA, source="gull.example"), "to merge an entity takes no key 'source'"),
        (decide_on(QUILL, "split", into=ADA), "'source' or 'role', or both"),
    ],
)
def test_a_decision_on_an_entity_has_the_keys_of_its_kind(file, made, complaint):
    with pytest.raises(Permanent, match=complaint):
        decisions.append_decision(file, made)
    assert file.read_text(encoding="utf8") == "# nothing yet\n"


def test_a_file_that_is_not_there_or_is_a_folder_is_named(tmp_path):
    with pytest.raises(Permanent, match="there is no such file"):
        decisions.read_decisions(tmp_path / "no.toml")
    with pytest.raises(Permanent, match="cannot be read"):
        decisions.read_decisions(tmp_path)
