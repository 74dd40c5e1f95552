"""Another history is published by a person: rebuild with a dry run before it, rollback; each on record."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from night_runs import ask, run_command
from rich.console import Console

from newsmill import decisions, history, rebuild
from newsmill.cli.command_line import main
from newsmill.decisions import Author
from newsmill.errors import Permanent
from newsmill.rebuild import RebuildRequest
from newsmill.warehouse import snapshots
from newsmill.warehouse.diff import Difference, NightChange, RowChange, TableChange
from newsmill.warehouse.difference_page import SHOWN_EXAMPLES, SHOWN_LINES, format_difference

ADA = Author("Ada", "Names were wrong.")
MONDAY = date(2026, 3, 2)


def list_history(home: Path) -> list[tuple]:
    made = decisions.read_history_decisions(home)
    return [(one.decision, one.by, one.because, one.before, one.after, one.step) for one in made]


@pytest.mark.slow
def test_a_rebuild_is_published_as_its_dry_run_showed_it_and_rolled_back_and_both_are_on_record(
    sample_home, tmp_path, capsys
):
    home = shutil.copytree(sample_home, tmp_path / "home", symlinks=True)
    before, quiet = snapshots.current_snapshot(home / "warehouse"), Console(quiet=True)
    with pytest.raises(Permanent, match="repeat the dry run"):
        rebuild.read_dry_run(home)
    rebuild.rebuild(RebuildRequest(home, "load"), True, 1, quiet, quiet)
    plan, body = rebuild.read_dry_run(home)
    assert body == "No row differs." and not list_history(home)
    with pytest.raises(Permanent, match=f"another than the approved {plan[::-1]}.*nothing was published"):
        history.publish_rebuild(RebuildRequest(home, "load", approved_plan=plan[::-1]), ADA, 1, quiet, quiet)
    history.publish_rebuild(RebuildRequest(home, "load", approved_plan=plan), ADA, 1, quiet, quiet)
    after = snapshots.current_snapshot(home / "warehouse")
    assert list_history(home) == [("rebuild", *ADA, before, after, "load")]
    assert not rebuild.discard(home), "a publish leaves nothing"
    history.publish_rebuild(RebuildRequest(home, "load", approved_plan=plan), ADA, 1, quiet, quiet)  # tried again
    assert snapshots.current_snapshot(home / "warehouse") == after and len(list_history(home)) == 1

    assert history.find_earlier(home) == before
    (first,) = snapshots.list_snapshots(home / "warehouse")[:1]
    body = history.describe_rollback(home, first)
    assert "2026-03-03: night taken back" in body and f"{after}: night" in body and "readers see this one" in body
    with pytest.raises(Permanent, match=f"readers see {after} by now"):
        history.roll_back(home, first, ADA, approved_on=before)
    assert main(["snapshots", "rollback", first, "--dry-run", "--home", str(home)]) == 0
    assert "night taken back" in capsys.readouterr().out
    assert snapshots.current_snapshot(home / "warehouse") == after
    history.roll_back(home, first, ADA, approved_on=after)
    history.roll_back(home, first, ADA, approved_on=after)  # tried again
    assert ask(home, "SELECT count(*)::INTEGER FROM ops.loaded_night") == [(1,)]
    assert list_history(home)[1:] == [("rollback", *ADA, after, first, None)]
    assert main(["snapshots", "serve", after, "--because=-", "--by", "Bea", "--home", str(home)]) == 0
    assert list_history(home)[2:] == [("rollback", "Bea", "-", first, after, None)]


@pytest.mark.slow
def test_nothing_is_published_that_cannot_be_recorded_or_was_not_approved(sample_home, tmp_path, capsys):
    home = shutil.copytree(sample_home, tmp_path / "home", symlinks=True)
    (first, served), at = snapshots.list_snapshots(home / "warehouse"), ["--home", str(home)]
    rollback, again = ["snapshots", "rollback", first, *at], ["rebuild", "--from", "load", "--jobs", "1", *at]
    for command, problem in (
        ([*rollback, "--because", " "], "because is ' '"),
        ([*rollback, "--by", ""], "by is ''"),
        ([*again, "--by", ""], "by is ''"),
        ([*again, "--plan", ""], "plan is ''"),
        (["rebuild", "--discard", "--home", str(tmp_path / "none")], "there is no such home"),
    ):
        assert main(command) == 1 and problem in capsys.readouterr().err
    (home / "history.toml").write_text("[[history]\n")
    for command in (rollback, again):
        assert main(command) == 1 and "delete an entry at the end" in capsys.readouterr().err
    assert snapshots.current_snapshot(home / "warehouse") == served
    (home / "format.json").write_text('{"format": 1000, "written_by": "99.0"}')
    with pytest.raises(Permanent, match=r"install newsmill 99\.0"):
        history.roll_back(home, first, ADA)
    assert not (tmp_path / "none").exists()


def test_a_plan_names_what_loads_its_nights(monkeypatch):
    plan = rebuild.Plan("before", {}, (), ())
    one = plan.hash
    rebuild._hash_loading.cache_clear()
    monkeypatch.setenv("NEWSMILL_SEARCH", "off")
    other = plan.hash
    rebuild._hash_loading.cache_clear()
    assert one != other


@pytest.mark.long
def test_a_discarded_dry_run_leaves_the_home_as_it_was(first_night_home):
    home = first_night_home
    files = sorted(str(path) for path in home.rglob("*"))
    shown = run_command(home, "rebuild", "--from", "load", "--dry-run").stdout
    assert "nothing is published" in shown and (home / "rebuild").exists()
    assert "removed" in run_command(home, "rebuild", "--discard").stdout
    assert sorted(str(path) for path in home.rglob("*") if path.name != ".rebuild.lock") == files


# -- the description for the person who approves


def test_a_difference_is_described_in_words_and_what_sites_wrote_is_code():
    change = TableChange("dw.dim_entity", None, 0, 1, 2, (("name", 2),), "follows decisions", True)
    row = RowChange("changed", None, {"entity_id": "person:ada"}, {"name": ("![a](x)`", "Ada\n# b"), "count": (1, 2)})
    made = Difference(
        (NightChange(MONDAY, "run again, other rules", "a", "b"),),
        ("rename person:ada Ada: made",),
        [change],
        ["dw.dim_date.moon"],
        {"dw.dim_entity": (4, 3)},
        {"dw.dim_entity": [row]},
    )
    text = format_difference(made)
    assert "In 1 tables 1 row removed, 2 rows changed." in text
    assert "- 2026-03-02: run again, other rules" in text and "dw.dim_date.moon" in text
    assert "- dw.dim_entity: 4 rows before, 3 after; 1 row removed, 2 rows changed (name 2); follows decisions" in text
    assert "`changed: entity_id person:ada; name: '![a](x)'' → 'Ada\\n# b'; count: 1 → 2`" in text
    assert (
        format_difference(Difference((), (), [], ["dw.dim_date.moon"]))
        == "No row differs; not compared: dw.dim_date.moon."
    )


def test_a_description_is_bounded_however_much_differs():
    tables = [f"dw.table_{number}" for number in range(1000)]
    change = [TableChange(table, None, 1, 0, 0, (), "new night", False) for table in tables]
    row = RowChange("added", None, {"key": "k" * 9000}, {"text": (None, "x" * 9000)})
    counts, examples = {table: (0, 1) for table in tables}, {table: [row] * 3 for table in tables}
    text = format_difference(Difference((), ("d" * 50,) * 1000, change, [], counts, examples))
    assert text.count("\n- ") < 3 * SHOWN_LINES + SHOWN_EXAMPLES and len(text) < 40_000
    assert "and 960 more" in text
