"""Homes in a wrong state: the next night is refused with a command to repair, or succeeds; history is kept."""

import hashlib
import json
import os
import shlex
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pyarrow.parquet as pq
import pytest

from newsmill import pipeline, runs
from newsmill.cli.command_line import main
from newsmill.errors import BrokenHome, GateClosed, NewsmillError
from newsmill.lake import Lake
from newsmill.runs import Run, new_run_id
from newsmill.warehouse import integrity, publish, snapshots
from newsmill.warehouse.model import tables

FIRST, SECOND, THIRD = "2026-03-02", "2026-03-03", "2026-03-04"
OF_RUNS = {"ops.run", "ops.stage_receipt", "ops.quality_result", "ops.snapshot", "mart.run_health"}
HOURS_OF_A_CENTURY = 24 * 36_525
MOST_REPAIRS = 3
pytestmark = pytest.mark.long


# -- a small home of two nights ----------------------------------------------------------------------------------------


def pages(night: str) -> Iterator[dict]:
    """Yield pages that share lines of boilerplate, so that a night needs the history of another."""
    for n in range(6):
        said = f"The council of Brackwater agreed on {night} to rebuild harbour wall {n}, said Ada Quill, its chair."
        more = f"The work takes {n + 3} weeks and costs {n * 1000 + 900} crowns. Ferry {n} stays in the port meanwhile."
        lines = [
            "Home",
            "Subscribe to the Gull every morning",
            "",
            said,
            "",
            f'"We start before winter {n}", said Ada Quill. {more}',
            "",
            "Subscribe to the Gull every morning",
            "Read the Gull on paper, too",
        ]
        yield {
            "id": f"{night}-{n}",
            "url": f"https://gull.example/{night}/{n}",
            "title": f"Wall {n} to be rebuilt, {night}",
            "text": "\n".join(lines),
        }


dumps = Path()


@pytest.fixture(scope="module", autouse=True)
def write_dumps(tmp_path_factory) -> None:
    """Write the dumps of all nights once: the tables have the names of their files."""
    global dumps
    dumps = tmp_path_factory.mktemp("dumps")
    for night in (FIRST, SECOND, THIRD):
        dump = "".join(f"{json.dumps(page)}\n" for page in pages(night))
        dumps.joinpath(f"{night}.jsonl").write_text(dump, encoding="utf8")


def run_night(home: Path, night: str) -> None:
    """Run a night step by step in this process, as the tasks of a scheduler do."""
    dump = dumps / f"{night}.jsonl"
    when = date.fromisoformat(night)
    run = Run(home, when, new_run_id(when, "manual"), sources=(str(dump),))
    pipeline.begin_run(run)
    for step in (step for row in pipeline.steps() for step in row):
        for unit in [None] if step.over == "night" else pipeline.UNITS[step.over](run):
            step.work(run, unit)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """Return a home with two nights, to be copied."""
    home = tmp_path_factory.mktemp("whole") / "home"
    for night in (FIRST, SECOND):
        run_night(home, night)
    return home


@pytest.fixture(scope="module")
def expected(whole, tmp_path_factory) -> dict[str, tuple]:
    """Return the tables after the third night where nothing is wrong."""
    home = copied(whole, tmp_path_factory.mktemp("expected"))
    run_night(home, THIRD)
    return fingerprints(home)


def copied(home: Path, folder: Path) -> Path:
    return Path(shutil.copytree(home, folder / "home", symlinks=True))


def ask(home: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(home / "warehouse" / "news.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def fingerprints(home: Path) -> dict[str, tuple]:
    sql = """SELECT count(*), md5(string_agg(row, chr(10) ORDER BY row))
             FROM (SELECT CAST(t AS VARCHAR) AS row FROM {} AS t)"""
    return {model.table: ask(home, sql.format(model.table))[0] for model in tables() if model.table not in OF_RUNS}


# -- parts of a home ---------------------------------------------------------------------------------------------------


def warehouse(home: Path) -> Path:
    return home / "warehouse"


def link(home: Path) -> Path:
    return warehouse(home) / snapshots.LINK


def files(home: Path) -> list[Path]:
    """Return the files of the snapshots, the oldest first."""
    return sorted(snapshots.snapshot_folder(warehouse(home)).glob("*.duckdb"))


def ended_pid() -> int:
    with subprocess.Popen(["true"]) as process:
        process.wait()
        return process.pid


def replace_link(home: Path, target: str | Path) -> None:
    link(home).unlink()
    link(home).symlink_to(target)


# -- faults -----------------------------------------------------------------------------------------------------------


def copy_without_links(home: Path, _: ExitStack) -> None:
    """As `cp -rL` or a share without links leaves a home."""
    target = link(home).resolve()
    link(home).unlink()
    shutil.copyfile(target, link(home))


def keep_only_the_plain_file(home: Path, stack: ExitStack) -> None:
    copy_without_links(home, stack)
    shutil.rmtree(snapshots.snapshot_folder(warehouse(home)))


def write_into_the_plain_file(home: Path, stack: ExitStack) -> None:
    copy_without_links(home, stack)
    with duckdb.connect(str(link(home))) as con:
        con.execute("CREATE TABLE own_note (note VARCHAR)")


def remove_link(home: Path, _: ExitStack) -> None:
    link(home).unlink()


def link_to_another_place(home: Path, _: ExitStack) -> None:
    outside = home.parent / "outside.duckdb"
    shutil.copyfile(link(home).resolve(), outside)
    replace_link(home, outside)


def link_to_nothing_outside(home: Path, _: ExitStack) -> None:
    replace_link(home, "../../elsewhere/news.duckdb")


def link_to_nothing(home: Path, _: ExitStack) -> None:
    replace_link(home, "snapshots/2026-03-09-manual.duckdb")


def link_by_its_whole_path(home: Path, _: ExitStack) -> None:
    replace_link(home, link(home).resolve())


def put_a_folder_in_the_place_of_the_link(home: Path, _: ExitStack) -> None:
    link(home).unlink()
    link(home).mkdir()


def remove_warehouse(home: Path, _: ExitStack) -> None:
    shutil.rmtree(warehouse(home))


def remove_snapshots(home: Path, _: ExitStack) -> None:
    shutil.rmtree(snapshots.snapshot_folder(warehouse(home)))


def put_a_file_in_the_place_of_the_warehouse(home: Path, stack: ExitStack) -> None:
    remove_warehouse(home, stack)
    warehouse(home).write_bytes(b"")


def damage_the_published_file(home: Path, _: ExitStack) -> None:
    path = link(home).resolve()
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(b"\xa5" * 100_000)


def empty_the_published_file(home: Path, _: ExitStack) -> None:
    link(home).resolve().chmod(0o644)
    link(home).resolve().write_bytes(b"")


def put_an_older_snapshot_under_the_published_name(home: Path, _: ExitStack) -> None:
    first, second = files(home)
    second.unlink()
    shutil.copyfile(first, second)


def keep_files_of_other_programs(home: Path, _: ExitStack) -> None:
    folder = snapshots.snapshot_folder(warehouse(home))
    with duckdb.connect(str(folder / "own.duckdb")) as con:
        con.execute("CREATE TABLE own_note AS SELECT 1 AS number")
    folder.joinpath("notes.duckdb").write_text("no database at all")
    folder.joinpath("README.txt").write_text("mine")


@contextmanager
def clock(hours: float) -> Iterator[None]:
    """Let the clock of this process be wrong by some hours."""

    def now(zone=UTC) -> datetime:
        return datetime.now(zone) + timedelta(hours=hours)

    with pytest.MonkeyPatch.context() as patch:
        for module in (runs, publish):
            patch.setattr(module, "datetime", SimpleNamespace(now=now))
        yield


def run_again_by_a_clock_off(hours: float) -> Callable[[Path, ExitStack], None]:
    def harm(home: Path, _: ExitStack) -> None:
        with clock(hours):
            run_night(home, SECOND)

    return harm


def run_the_next_night_by_a_clock_off(hours: float) -> Callable[[Path, ExitStack], None]:
    return lambda _home, stack: stack.enter_context(clock(hours))


def turn_file_times_round(home: Path, _: ExitStack) -> None:
    for number, path in enumerate(reversed(files(home))):
        os.utime(path, (1_000_000 + number, 1_000_000 + number))


def remove_numbers(home: Path, _: ExitStack) -> None:
    """Make a home of an older version, without numbers of snapshots and runs."""
    for path in files(home):
        path.chmod(0o644)
        with duckdb.connect(str(path)) as con:
            con.execute("ALTER TABLE ops.snapshot DROP COLUMN snapshot_no; ALTER TABLE ops.run DROP COLUMN run_no")
    for relation, column in (("snapshots", "snapshot_no"), ("runs", "run_no")):
        for path in (home / "lake" / relation).rglob("*.parquet"):
            table = pq.read_table(path, partitioning=None).drop_columns([column])
            pq.write_table(table.replace_schema_metadata(None), path)


def block_by_a_clock_that_was_ahead(home: Path, stack: ExitStack) -> None:
    """Make a home of an older version whose clock was a century ahead once: staging copies, and a late time."""
    with clock(HOURS_OF_A_CENTURY):
        run_night(home, SECOND)
    remove_numbers(home, stack)
    for number in range(2):
        run = Run(home, date.fromisoformat(THIRD), f"{THIRD}-manual-{number}")
        runs.record_run(run, "failed", {})
        shutil.copyfile(link(home), snapshots.staging_path(warehouse(home), run.run_id))


def remove_lake(home: Path, _: ExitStack) -> None:
    shutil.rmtree(home / "lake")


def leave_a_lake_of_the_next_night(home: Path, stack: ExitStack) -> None:
    remove_lake(home, stack)
    runs.record_run(Run(home, date.fromisoformat(THIRD), f"{THIRD}-manual-1"), "failed", {})


def remove_lake_and_landing(home: Path, stack: ExitStack) -> None:
    remove_lake(home, stack)
    remove_landing(home, stack)


def remove_hidden_folders_of_the_lake(home: Path, _: ExitStack) -> None:
    shutil.rmtree(home / "lake" / ".accepted")


def put_a_file_in_the_place_of_the_lake(home: Path, stack: ExitStack) -> None:
    remove_lake(home, stack)
    (home / "lake").write_bytes(b"")


def remove_landing(home: Path, _: ExitStack) -> None:
    shutil.rmtree(home / "landing")


def link_the_landing_to_nothing(home: Path, stack: ExitStack) -> None:
    remove_landing(home, stack)
    (home / "landing").symlink_to("/nowhere/landing")


def leave_a_lock_file(home: Path, _: ExitStack) -> None:
    (warehouse(home) / ".writer.lock").write_text("left by a process that was killed")


def put_a_folder_in_the_place_of_the_lock(home: Path, _: ExitStack) -> None:
    (warehouse(home) / ".writer.lock").unlink()
    (warehouse(home) / ".writer.lock").mkdir()


HOLDER = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


def hold(path: Path, stack: ExitStack) -> None:
    """Open a file for writing in another program until the test ends."""
    program = [sys.executable, "-c", HOLDER, str(path)]
    process = stack.enter_context(subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
    assert process.stdout.readline() == b"open\n"
    stack.callback(process.stdin.close)


def hold_the_published_file(home: Path, stack: ExitStack) -> None:
    hold(link(home), stack)


def hold_an_older_file(home: Path, stack: ExitStack) -> None:
    hold(files(home)[0], stack)


def write_by_a_newer_duckdb(home: Path, _: ExitStack) -> None:
    """Write an unknown storage version into the header of the published file, with a valid checksum."""
    path = link(home).resolve()
    path.chmod(0o644)
    header = bytearray(path.read_bytes()[:4096])
    header[12:20] = struct.pack("<Q", 9999)
    checksum = 5381
    for (word,) in struct.iter_unpack("<Q", header[8:]):
        checksum ^= word * 0xBF58476D1CE4E5B9 % 2**64
    header[:8] = struct.pack("<Q", checksum)
    with path.open("r+b") as file:
        file.write(header)


def leave_staging_of_dead_runs(home: Path, _: ExitStack) -> None:
    """Write the staging copies of killed and failed runs, and temporary files of an ended process."""
    folder, pid = snapshots.snapshot_folder(warehouse(home)), ended_pid()
    dead = Run(home, date.fromisoformat(THIRD), f"{THIRD}-manual-dead")
    runs.record_run(dead, "running", {})
    snapshots.owner_path(warehouse(home), dead.run_id).write_text("")
    folder.joinpath(f"{dead.run_id}.draft.begun").write_bytes(b"half")
    folder.joinpath(f"{dead.run_id}.draft.of-0123").write_bytes(b"whole")
    folder.joinpath(f"{dead.run_id}.draft.tmp").mkdir()
    folder.joinpath(f".{files(home)[0].name}.{pid}").write_bytes(b"copy")
    (warehouse(home) / f".news.duckdb.{pid}").symlink_to("snapshots/nothing.duckdb")
    (home / "lake" / ".accepted" / f".{dead.run_id}.{pid}").mkdir()
    (home / "lake" / "pages" / f"night={FIRST}" / f".part-x.parquet.{pid}").write_bytes(b"half")
    (home / "landing" / FIRST / f".dump.json.{pid}").write_bytes(b"{")


def let_everybody_write(home: Path, _: ExitStack) -> None:
    for path in files(home):
        path.chmod(0o666)


def put_a_file_in_the_place_of_the_snapshots(home: Path, stack: ExitStack) -> None:
    remove_snapshots(home, stack)
    snapshots.snapshot_folder(warehouse(home)).write_bytes(b"")


# -- cases ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A fault, the words of the refusal and the command in it; without words the next night succeeds.

    `again` are nights that only the damaged file had, and that are run again. With `is_lost` no lake and no dump is
    left: then only the facts of earlier nights are compared.
    """

    harm: Callable[[Path, ExitStack], None]
    says: tuple[str, ...] = ()
    command: str = ""
    again: tuple[str, ...] = ()
    is_lost: bool = False


CASES = {
    "link: a plain file, with all snapshots": Case(
        copy_without_links, ("news.duckdb", "this is a file"), "snapshots adopt"
    ),
    "link: a plain file alone": Case(keep_only_the_plain_file, ("news.duckdb", "this is a file"), "snapshots adopt"),
    "link: a plain file that somebody wrote into": Case(
        write_into_the_plain_file, ("news.duckdb", "this is a file"), "snapshots adopt"
    ),
    "link: missing": Case(remove_link, ("news.duckdb", "link is missing", SECOND), "snapshots serve"),
    "link: to a file of another place": Case(link_to_another_place, ("leads to", "outside.duckdb"), "snapshots adopt"),
    "link: to nothing at another place": Case(link_to_nothing_outside, ("leads to", "elsewhere"), "snapshots serve"),
    "link: to a name that is not there": Case(link_to_nothing, ("no such snapshot", "2026-03-09"), "snapshots serve"),
    "link: by its whole path": Case(link_by_its_whole_path),
    "link: a folder": Case(put_a_folder_in_the_place_of_the_link, ("news.duckdb", "this is a folder"), "mv "),
    "warehouse: missing": Case(remove_warehouse, ("warehouse is missing", "2 nights"), "rebuild --from load"),
    "warehouse: a file": Case(put_a_file_in_the_place_of_the_warehouse, ("warehouse: a folder is expected",), "mv "),
    "snapshots: missing": Case(remove_snapshots, ("no such snapshot",), "rebuild --from load"),
    "snapshots: a file": Case(put_a_file_in_the_place_of_the_snapshots, ("snapshots: a folder is expected",), "mv "),
    "file: damaged": Case(damage_the_published_file, ("is damaged", SECOND), f"rollback {FIRST}", (SECOND,)),
    "file: empty": Case(empty_the_published_file, ("is damaged", SECOND), f"rollback {FIRST}", (SECOND,)),
    "file: an older snapshot under its name": Case(
        put_an_older_snapshot_under_the_published_name, ("it holds the snapshot", FIRST), "snapshots adopt", (SECOND,)
    ),
    "file: files of other programs among the snapshots": Case(keep_files_of_other_programs),
    "clock: was an hour ahead": Case(run_again_by_a_clock_off(1)),
    "clock: was a century ahead": Case(run_again_by_a_clock_off(HOURS_OF_A_CENTURY)),
    "clock: was a century behind": Case(run_again_by_a_clock_off(-HOURS_OF_A_CENTURY)),
    "clock: is an hour behind": Case(run_the_next_night_by_a_clock_off(-1)),
    "clock: is a century behind": Case(run_the_next_night_by_a_clock_off(-HOURS_OF_A_CENTURY)),
    "clock: times of files turned round": Case(turn_file_times_round),
    "lake: missing": Case(remove_lake, ("lake: it holds nothing of 2 nights",), "rebuild --from read"),
    "lake: of the next night alone": Case(
        leave_a_lake_of_the_next_night, ("lake: it holds nothing of 2 nights",), "rebuild --from read"
    ),
    "lake: missing with the dumps": Case(
        remove_lake_and_landing, ("lake: it holds nothing", "their dumps are gone"), "accept-loss", is_lost=True
    ),
    "lake: without its hidden folder": Case(remove_hidden_folders_of_the_lake),
    "lake: a file": Case(put_a_file_in_the_place_of_the_lake, ("lake: a folder is expected",), "mv "),
    "landing: missing": Case(remove_landing, ("landing: the dumps of 2 published nights",), "accept-loss"),
    "landing: a link to nothing": Case(link_the_landing_to_nothing, ("landing: a folder is expected",), "mv "),
    "lock: left by a killed process": Case(leave_a_lock_file),
    "lock: a folder": Case(put_a_folder_in_the_place_of_the_lock, (".writer.lock", "lock file"), "mv "),
    "lock: a program holds the published file open": Case(hold_the_published_file),
    "lock: a program holds an older file open": Case(hold_an_older_file),
    "version: written by a newer DuckDB": Case(
        write_by_a_newer_duckdb, ("another version of DuckDB", "cannot be read"), f"rollback {FIRST}", (SECOND,)
    ),
    "version: of before snapshots were numbered": Case(remove_numbers),
    "version: blocked by a clock, with staging copies": Case(block_by_a_clock_that_was_ahead),
    "staging copies: of dead runs and processes": Case(leave_staging_of_dead_runs),
    "permissions: everybody may write": Case(let_everybody_write),
}


@pytest.mark.parametrize("name", CASES)
def test_no_home_in_a_wrong_state_loses_history_or_stays_blocked(name, whole, expected, tmp_path, capsys):
    case, home = CASES[name], copied(whole, tmp_path)
    with ExitStack() as stack:
        case.harm(home, stack)
        kept = {path.name: path.stat().st_size for path in files(home)} if warehouse(home).is_dir() else {}
        if case.says:
            refuse_and_repair(case, home, capsys)
        for night in (*case.again, THIRD):
            run_night(home, night)
        judge(case, home, kept, expected)


def refuse_and_repair(case: Case, home: Path, capsys) -> None:
    """Check that the command line refuses the night before any change, then run the commands of its message."""
    before = state(home)
    assert main(["night", THIRD, "--home", str(home), "--jobs", "1"]) == 1
    message = capsys.readouterr().err.strip()
    assert state(home) == before, "a night that is refused changes nothing"
    for words in case.says:
        assert words in message, message
    assert case.command in command_of(message), message
    for _ in range(MOST_REPAIRS):
        if not (message := repaired(home, command_of(message), capsys)):
            return
    pytest.fail(f"after {MOST_REPAIRS} commands a night would still be refused: {message}")


def state(home: Path) -> dict[str, tuple]:
    """Return each path of a home with mode, target and time of the last write."""
    paths = {}
    for path in home.rglob("*"):
        stat = path.lstat()
        if not path.name.endswith(".lock"):
            is_file = path.is_file() and not path.is_symlink()
            target = os.readlink(path) if path.is_symlink() else ""
            paths[str(path)] = (stat.st_mode, target, is_file and stat.st_mtime_ns)
    return paths


def command_of(message: str) -> str:
    return message.rpartition("run: ")[2]


def repaired(home: Path, command: str, capsys) -> str:
    """Run a command as a shell would; return the message with which a night is still refused, or an empty one."""
    for one in command.split(" && "):
        program, *arguments = shlex.split(one)
        if program != "python":
            subprocess.run([program, *arguments], check=True)
        elif arguments[:2] != ["-m", "newsmill"] or main(arguments[2:]):
            return capsys.readouterr().err.strip()
    try:
        integrity.check_home(home)
        with snapshots.writer_lock(warehouse(home)):
            return ""
    except NewsmillError as error:
        return str(error)


def judge(case: Case, home: Path, kept: dict[str, int], expected: dict[str, tuple]) -> None:
    """Check for the rows of all nights, for all kept files, and for no unfinished file."""
    published = snapshots.current_snapshot(warehouse(home))
    assert snapshots.list_snapshots(warehouse(home))[-1] == published
    assert ask(home, "SELECT snapshot FROM ops.snapshot WHERE is_current") == [(published,)]
    nights = ask(home, "SELECT DISTINCT CAST(night AS VARCHAR) FROM dw.fact_article ORDER BY 1")
    assert nights == [(FIRST,), (SECOND,), (THIRD,)]
    if not case.is_lost:
        actual = fingerprints(home)
        assert {name for name in actual if actual[name] != expected[name]} == set()
        assert ask(home, "SELECT night FROM mart.run_health WHERE is_stale OR NOT is_trusted") == []
    for table in ("dw.fact_text_block", "dw.fact_mention", "dw.fact_quote", "dw.dim_article"):
        assert ask(home, f"SELECT count(*) FROM {table}")[0][0] == expected[table][0], table
    assert kept.keys() <= {path.name for path in files(home)}
    known = {f"{name}.duckdb" for name in snapshots.list_snapshots(warehouse(home))} - {"notes.duckdb"}
    assert {path.stat().st_mode & 0o777 for path in files(home) if path.name in known} == {0o444}
    assert leftovers(home) == []


def leftovers(home: Path) -> list[str]:
    """Return staging copies and temporary files: names that end in the number of a process."""
    paths = [path for path in home.rglob("*") if ".draft" in path.name and "landing" not in path.parts]
    paths += [path for path in home.rglob(".*") if path.name.rpartition(".")[2].isdigit() or path.suffix == ".owner"]
    return sorted(map(str, paths))


# -- homes that are not wrong ------------------------------------------------------------------------------------------


def test_a_first_night_needs_nothing_and_one_that_failed_before_any_publish_is_a_first_night_still(tmp_path, expected):
    home = tmp_path / "home"
    empty = Run(home, date.fromisoformat(FIRST), f"{FIRST}-manual-failed")
    pipeline.begin_run(empty)
    pipeline.record_unpublished(empty, GateClosed())
    assert Lake(home / "lake").names() == ["runs"]
    for night in (FIRST, SECOND, THIRD):
        run_night(home, night)
    assert fingerprints(home) == expected


@pytest.mark.parametrize("step", ["point_link_to", "remove_all_staging"])
def test_a_first_night_that_is_killed_while_it_publishes_is_run_again(step, tmp_path, monkeypatch):
    home = tmp_path / "home"

    def kill(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(snapshots, step, kill)
    with pytest.raises(KeyboardInterrupt):
        run_night(home, FIRST)
    assert len(files(home)) == 1
    monkeypatch.undo()
    run_night(home, FIRST)
    assert ask(home, "SELECT DISTINCT CAST(night AS VARCHAR) FROM dw.fact_article") == [(FIRST,)]


def test_what_live_runs_and_processes_write_stays(whole, tmp_path):
    home = copied(whole, tmp_path)
    folder, when = snapshots.snapshot_folder(warehouse(home)), date.fromisoformat(THIRD)
    owned, spread = (Run(home, when, f"{THIRD}-{kind}-1") for kind in ("manual", "scheduled"))
    part = home / "lake" / "pages" / f"night={FIRST}" / f".part-x.parquet.{os.getpid()}"
    part.write_bytes(b"half")
    with snapshots.own_run_files(warehouse(home), owned.run_id):
        for run in (owned, spread):
            runs.record_run(run, "running", {})
            folder.joinpath(f"{run.run_id}.draft.of-0123").write_bytes(b"copy")
        pipeline.begin_run(Run(home, when, f"{THIRD}-manual-2"))
        publish.prune_snapshots(warehouse(home), Lake(home / "lake"), keep=7)
        assert [path.name for path in sorted(folder.glob("*.draft*"))] == [
            f"{run.run_id}.draft.of-0123" for run in (owned, spread)
        ]
        assert part.exists()
    runs.record_run(spread, "failed", {})
    publish.prune_snapshots(warehouse(home), Lake(home / "lake"), keep=7)
    assert list(folder.glob("*.draft*")) == [], "their runs have ended now"


def test_files_of_other_programs_outlive_pruning_and_are_not_served(whole, tmp_path, capsys):
    home = copied(whole, tmp_path)
    keep_files_of_other_programs(home, ExitStack())
    publish.prune_snapshots(warehouse(home), Lake(home / "lake"), keep=1)
    names = {path.name for path in snapshots.snapshot_folder(warehouse(home)).iterdir()}
    assert {"own.duckdb", "notes.duckdb", "README.txt"} <= names
    assert len(files(home)) == 3
    for name in ("own", "notes"):
        assert main(["snapshots", "serve", name, "--home", str(home)]) == 1
        assert f"{name}.duckdb" in capsys.readouterr().err
    assert main(["snapshots", "adopt", str(files(home)[-1]), "--home", str(home)]) == 1
    assert "no publish of newsmill made this file" in capsys.readouterr().err


def test_rollback_and_pruning_go_by_the_order_of_publishing_whatever_clocks_said(whole, tmp_path, capsys):
    home = copied(whole, tmp_path)
    for hours in (HOURS_OF_A_CENTURY, -HOURS_OF_A_CENTURY, 1):
        with clock(hours):
            run_night(home, SECOND)
    turn_file_times_round(home, ExitStack())
    names = snapshots.list_snapshots(warehouse(home))
    assert [ask_file(home, name) for name in names] == [1, 2, 3, 4, 5]
    assert main(["snapshots", "rollback", names[1], "--home", str(home)]) == 0
    assert publish.prune_snapshots(warehouse(home), Lake(home / "lake"), keep=2) == [names[0], names[2]]
    assert snapshots.list_snapshots(warehouse(home)) == [names[1], *names[3:]]
    run_night(home, THIRD)
    assert snapshots.next_number(warehouse(home)) == 7
    nights = ask(home, "SELECT DISTINCT CAST(night AS VARCHAR) FROM dw.fact_article ORDER BY 1")
    assert nights == [(FIRST,), (SECOND,), (THIRD,)]


def ask_file(home: Path, name: str) -> int:
    with duckdb.connect(str(snapshots.snapshot_path(warehouse(home), name)), read_only=True) as con:
        return con.execute("SELECT snapshot_no FROM ops.snapshot WHERE is_current").fetchone()[0]


def test_a_lock_is_reported_with_its_holder_where_a_copy_does_not_help(whole, tmp_path, capsys):
    home = copied(whole, tmp_path)
    key = ask(home, "SELECT quote_key FROM dw.fact_quote LIMIT 1")[0][0]
    with ExitStack() as stack:
        hold_the_published_file(home, stack)
        assert main(["cite", "fact_quote", str(key), "--home", str(home)]) == 1
        message = capsys.readouterr().err
        assert "holds it open for writing" in message and "the file is whole" in message and "damaged" not in message
        pid = shlex.split(command_of(message.strip()))[-1]
        assert int(pid) > 0 and "python" in message
        assert main(["report", "--home", str(home)]) == 0
    assert main(["cite", "fact_quote", str(key), "--home", str(home)]) == 0


def test_a_warehouse_that_goes_while_a_night_runs_is_not_taken_for_an_empty_one(whole, tmp_path, monkeypatch):
    home, check = copied(whole, tmp_path), pipeline.gate.check

    def copy_without_links_meanwhile(run):
        copy_without_links(home, ExitStack())
        return check(run)

    monkeypatch.setattr(pipeline.gate, "check", copy_without_links_meanwhile)
    with pytest.raises(BrokenHome, match="snapshots adopt"):
        run_night(home, THIRD)
    assert (
        not link(home).is_symlink()
        and hashlib.sha256(link(home).read_bytes()).digest() == hashlib.sha256(files(home)[-1].read_bytes()).digest()
    )
