"""The quarantine by the command line: rejected records, their texts, decisions on them, and the released facts."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from night_runs import ask, fingerprints, run_command

from newsmill import decisions, quarantine
from newsmill.cli.command_line import main
from newsmill.decisions import RecordDecision
from newsmill.errors import Permanent

FLASH = "2026-03-02/metro-pages/014_68edc8.txt#1"
UNREADABLE = "2026-03-02/metro-pages/012_fef649.txt#0"
NINE = datetime(2026, 3, 3, 9, tzinfo=UTC)
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
WHY = ("--by", "Ada", "--because", "It is news.")


def newsmill(capsys, home: Path, *arguments: str) -> tuple[int, str]:
    code = main(["quarantine", *arguments, "--home", str(home)])
    out = capsys.readouterr()
    return code, out.out + out.err


# -- the file of decisions


def kind(word: str, **keys) -> RecordDecision:
    keys = {"source": "quay", "reason": "feed", "first": MONDAY, "last": TUESDAY, **keys}
    return RecordDecision(word, "Ada", NINE, "So.", **keys)


def test_a_decision_on_records_is_read_as_it_was_made_and_the_file_is_only_added_to(tmp_path):
    assert decisions.read_record_decisions(tmp_path) == ()
    made = (kind("release"), RecordDecision("discard", "Bea", NINE, 'No "news".', record=FLASH))
    for decision in made:
        before = (tmp_path / "quarantine.toml").read_text() if decision is made[1] else ""
        decisions.append_record_decision(tmp_path, decision)
        assert (tmp_path / "quarantine.toml").read_text().startswith(before)
    assert decisions.read_record_decisions(tmp_path) == made


@pytest.mark.parametrize(
    ("decision", "complaint"),
    [
        (kind("keep"), "expected release or discard"),
        (kind("release", record=FLASH), "a decision on a record takes no key 'source'"),
        (kind("release", reason=None), "expected 'record', or 'source'"),
        (kind("release", first=date(2026, 3, 4)), "the first night 2026-03-04 is after the last"),
        (kind("release", first=NINE), "first is .*; expected a night"),
    ],
)
def test_a_wrong_decision_on_records_is_named_and_not_written(decision, complaint, tmp_path):
    with pytest.raises(Permanent, match=complaint):
        decisions.append_record_decision(tmp_path, decision)
    assert not (tmp_path / "quarantine.toml").exists()


def test_decisions_concern_their_nights_and_only_releases_change_the_rules_of_a_night(tmp_path):
    decisions.append_record_decision(tmp_path, kind("discard"))
    decisions.append_record_decision(tmp_path, RecordDecision("discard", "Ada", NINE, "So.", record=FLASH))
    tables = [decisions.tabulate_record_decisions(tmp_path, night) for night in (MONDAY, TUESDAY, date(2026, 3, 4))]
    assert [table.num_rows for table in tables] == [2, 1, 0]
    assert [decisions.hash_releases(table) for table in tables] == ["", "", ""]
    decisions.append_record_decision(tmp_path, kind("release", last=MONDAY))
    released = decisions.hash_releases(decisions.tabulate_record_decisions(tmp_path, MONDAY))
    assert released and not decisions.hash_releases(decisions.tabulate_record_decisions(tmp_path, TUESDAY))
    decisions.append_record_decision(tmp_path, kind("discard"))
    assert decisions.hash_releases(decisions.tabulate_record_decisions(tmp_path, MONDAY)) not in ("", released)


# -- the command line and the warehouse


def test_a_replay_says_whether_nights_were_loaded_or_would_be(capsys, tmp_path):
    for options, words in (
        ((), "nights loaded again: none"),
        (("--dry-run",), "nights that would be loaded again: none"),
    ):
        assert newsmill(capsys, tmp_path, "replay", *options)[1].startswith(words)


@pytest.mark.slow
def test_the_quarantine_is_listed_shown_and_decided_on_in_words(first_night_home, capsys):
    code, listed = newsmill(capsys, first_night_home, "list", "--source", "metro-pages")
    assert code == 0 and "not_an_article" in listed and "empty_file" in listed and "world-mix" not in listed
    code, shown = newsmill(capsys, first_night_home, "show", FLASH)
    assert code == 0 and "not_an_article, open" in shown and "Tallow Bay Ledger" in shown
    assert "it has no text" in newsmill(capsys, first_night_home, "show", UNREADABLE)[1]
    for arguments, complaint in (
        (("release", UNREADABLE), "cannot be released: read rejected it as empty_file"),
        (("release", "2026-03-02/none.txt#1"), "has no record 2026-03-02/none.txt#1"),
        (("release", "--source", "metro-pages"), "name the record to release, or the --source and the --reason"),
        (("discard", FLASH, "--source", "metro-pages"), "not both"),
    ):
        code, text = newsmill(capsys, first_night_home, *arguments, *WHY)
        assert code == 1 and complaint in text
    assert not (first_night_home / "quarantine.toml").exists()


@pytest.mark.long  # test_airflow releases a record in the pages
def test_a_released_record_ends_as_cited_facts_and_a_rollback_keeps_the_decision(first_night_home, capsys):
    home = first_night_home
    newsmill(capsys, home, "release", FLASH, *WHY)
    newsmill(capsys, home, "discard", "--source", "metro-pages", "--reason", "error_page", *WHY)
    assert "release to apply" in newsmill(capsys, home, "list")[1]
    before = ask(home, "SELECT snapshot FROM ops.snapshot WHERE is_current")[0][0]
    done = run_command(home, "quarantine", "replay", "--jobs", "2")
    assert "nights loaded again: 2026-03-02" in done.stdout
    assert list_states(home) == {("error_page", "discarded", "Ada", "It is news."): 2} | {
        ("not_an_article", "released", "Ada", "It is news."): 1
    }
    cited = ask(
        home,
        "SELECT DISTINCT cited.page_id, cited.text = fact.surface FROM dw.fact_mention AS fact "
        "JOIN dw.dim_article USING (article_key), mart.cite('fact_mention', mention_key) AS cited "
        "WHERE cited.page_id = $1",
        FLASH,
    )
    assert cited == [(FLASH, True)]
    assert "none; every decision is applied" in newsmill(capsys, home, "replay")[1]
    assert main(["snapshots", "serve", before, "--home", str(home)]) == 0
    assert ("not_an_article", "open", None, None) in list_states(home)
    assert len(decisions.read_record_decisions(home)) == 2
    assert quarantine.list_unapplied_nights(home)["clean"] == {MONDAY}, "the rollback took the release back"


def list_states(home: Path) -> dict[tuple, int]:
    rows = ask(
        home,
        "SELECT reason, state, decided_by, because, count(*)::INTEGER FROM ops.rejected "
        "WHERE dump = 'metro-pages' AND stage = 'clean' GROUP BY ALL",
    )
    return {row[:-1]: row[-1] for row in rows}


@pytest.mark.long
def test_any_order_of_nights_and_decisions_ends_in_the_same_tables(sample_home, tmp_path):
    late = shutil.copytree(sample_home, tmp_path / "late", symlinks=True)
    release = ("quarantine", "release", "--source", "metro-pages", "--reason", "not_an_article", *WHY)
    run_command(late, *release)
    run_command(late, "quarantine", "replay")
    early = tmp_path / "early"
    early.mkdir()
    shutil.copy(late / "quarantine.toml", early)
    for night in ("2026-03-03", "2026-03-02", "2026-03-03"):
        run_command(early, "night", night)
    assert fingerprints(early) == fingerprints(late)
    assert ask(late, "SELECT count(*)::INTEGER FROM ops.rejected WHERE state = 'released'") == [(2,)]
    run_command(late, "rebuild", "--from", "read")
    assert fingerprints(early) == fingerprints(late)
