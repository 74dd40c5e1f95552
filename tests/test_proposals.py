"""Decisions on blocks and entities: what they would change is shown first, and only then are they recorded."""

import re

import pytest
from night_runs import ask

from newsmill import decisions, proposals, settings
from newsmill.cli.command_line import main
from newsmill.decisions import Author
from newsmill.errors import Permanent

pytestmark = pytest.mark.slow
ADA = Author("Ada", "She signs so.")
FARIDA = "person:farida nyokera"
COPYRIGHT = "ec8cda6f65622a58"


def test_a_block_is_shown_with_its_pages_and_its_text_though_it_is_dropped_and_nothing_is_decided(
    sample_home, decisions_file
):
    proposal = proposals.propose("keep", COPYRIGHT, ADA)
    text = proposals.describe(sample_home, proposal)
    ((pages,),) = ask(
        sample_home, "SELECT count(DISTINCT page_id) FROM dw.fact_text_block WHERE block_hash = $1", COPYRIGHT
    )
    assert f"dropped as copyright on {pages} pages, nights 2026-03-02 to 2026-03-03" in text
    assert "`© 2026 Tallow Bay Ledger. All rights reserved.\\n`" in text and "from the next run of a night on" in text
    assert (
        proposals.describe_headline(proposal) == f"Keep {COPYRIGHT}: She signs so." and not decisions_file.read_text()
    )


@pytest.mark.parametrize(
    ("word", "keys", "effect"),
    [
        ("merge", {"into": "person:nobody known"}, "4 mentions in 2 articles, nights .* all become mentions of"),
        ("split", {"into": "person:f n", "source": "nowhere.example"}, "0 mentions in 0 articles: they become"),
        ("split", {"into": "person:f n", "source": "harborwire.example"}, "4 mentions in 2 articles"),
        ("hide", {}, "marts leave them out"),
        ("rename", {"name": "F. `N`"}, "shown as `F. 'N'`"),
    ],
)
def test_an_entity_is_shown_with_the_mentions_that_are_meant(sample_home, decisions_file, word, keys, effect):
    text = proposals.describe(sample_home, proposals.propose(word, FARIDA, ADA, **keys))
    assert re.search(effect, text), text
    assert "`person:farida nyokera`: `Farida Nyokera`, also `Nyokera`" in text and not decisions_file.read_text()


def test_a_decision_of_one_answer_is_recorded_once_though_its_task_is_tried_again(sample_home, decisions_file):
    proposal = proposals.propose("rename", FARIDA, ADA, name="F. Nyokera")
    for _ in range(2):
        assert proposals.record(sample_home, proposal) == "for all nights, from the next load on"
    assert (
        decisions.read_decisions(decisions_file).entities == (proposal,)
        and decisions_file.read_text().count("[[entity]]") == 1
    )


@pytest.mark.parametrize(
    ("word", "subject", "keys", "complaint"),
    [
        ("keep", "0" * 16, {}, "no page of the warehouse shows a block 0000"),
        ("keep", COPYRIGHT, {"into": FARIDA}, "to keep a block takes no into"),
        ("keep", FARIDA, {}, "expected the 16 hexadecimal digits"),
        ("merge", "person:nobody known", {"into": FARIDA}, "no text of the warehouse names person:nobody known"),
        ("merge", FARIDA, {}, "takes the key 'into'"),
        ("rename", COPYRIGHT, {"name": "x"}, "expected whom it is about"),
    ],
)
def test_what_cannot_be_decided_is_named_before_a_person_is_asked(
    sample_home, decisions_file, word, subject, keys, complaint
):
    with pytest.raises(Permanent, match=complaint):
        proposals.describe(sample_home, proposals.propose(word, subject, ADA, **keys))
    assert not decisions_file.read_text()


def test_a_file_that_cannot_be_written_is_named_before_a_person_is_asked(sample_home, decisions_file, monkeypatch):
    monkeypatch.setattr(proposals.os, "access", lambda path, mode: False)  # a test as root may write everything
    with pytest.raises(Permanent, match=r"cannot be written here.*NEWSMILL_DECISIONS"):
        proposals.describe(sample_home, proposals.propose("keep", COPYRIGHT, ADA))


def test_the_command_line_shows_the_same_and_then_decides(sample_home, decisions_file, capsys):
    command = ["entities", "hide", FARIDA, "--by", "Ada", "--because", "So.", "--home", str(sample_home)]
    assert main([*command, "--dry-run"]) == 0
    assert "4 mentions in 2 articles" in capsys.readouterr().out and not decisions_file.read_text()
    assert main(command) == 0
    assert "hide, for all nights, from the next load on" in capsys.readouterr().out
    (made,) = decisions.read_decisions(settings.read().decisions).entities
    assert (made.decision, made.entity, made.by) == ("hide", FARIDA, "Ada")
