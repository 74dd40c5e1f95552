"""Injects one fault into a step of a small night, tries the step or the whole night again, and judges the result.

    python tests/fault_engine.py FOLDER FIRST_DUMP SECOND_DUMP

Runs a night over the first dump, then one over the second dump with the state after each step kept in FOLDER. Each line
of standard input is a fault as JSON; the answer, a line of JSON, lists what is wrong: an empty list where all is well.
A fault works in a fork of this process, because modules and compiled functions are loaded here once.

Steps are functions of files. So where the state after a step that failed and was tried again equals the state without a
fault, the later steps give the same, too, and need not run for each fault.
"""

import errno
import json
import os
import pickle
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import duckdb
from digests import digest_columns

from newsmill import pipeline, preload, runs
from newsmill.cli.command_line import end_by_signal, explain_errors, report_outcome
from newsmill.lake import Lake
from newsmill.runs import Run, new_run_id
from newsmill.sources import download
from newsmill.steps import list_rows
from newsmill.warehouse import model, publish, snapshots
from newsmill.warehouse.leftovers import remove_leftovers

FIRST, SECOND = date(2026, 3, 2), date(2026, 3, 3)
STEPS = [step.name for row in list_rows() for step in row]
PUBLISHING = ("check", "load", "audit", "publish")
CLOCKED = ("ops.", "quality_results", "receipts", "runs", "snapshots")
"""Tables and relations with clock times and ids of runs, which differ each time."""
ATTEMPT_SECONDS = 120
HOURS_OF_A_CENTURY = 24 * 36_525
REFUSALS = {"full": errno.ENOSPC, "read-only": errno.EROFS, "broken": errno.EIO}
"""Kinds of faults by which operations on files fail, with the error of the system."""
REMOVALS = {"os.remove", "os.rmdir"}
CHANGES = {"os.rename", "os.link", "os.symlink", "os.mkdir", "os.truncate", "os.chmod", *REMOVALS}
"""The audit events of Python for operations that change files, but for `open`."""
SAFE_WORDS = ("whole", "unchanged", "as it was", "nothing was changed", "nothing was published")
REMEDIES = (
    "run it again",
    "run the night again",
    "run: ",
    "can be run again",
    "try again",
    "and fetch the night again",
)


@dataclass(frozen=True)
class Fault:
    """A fault of a kind at a share of the operations, seconds or bytes of a step; `retries` is `task` or `night`."""

    kind: str
    step: str
    share: float
    retries: str = "task"


@dataclass(frozen=True)
class Sound:
    """An undisturbed step: the state of the home before and after, operations on files, and seconds."""

    before: Path
    after: dict
    operations: int
    seconds: float


# -- faults in the fork ------------------------------------------------------------------------------------------------


def list_changed_paths(event: str, args: tuple) -> list[str]:
    """Return the paths that an audit event is about to change; none for other events."""
    if event == "open":
        path, _, flags = args
        return [path] if isinstance(path, str) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) else []
    return [str(path) for path in args[:2] if isinstance(path, str | Path)] if event in CHANGES else []


def watch_operations(home: Path, act: Callable[[int, str, str], None]) -> None:
    """Call `act` with number, event and path before each operation that changes a file of the home."""
    count, root = [0], f"{home}{os.sep}"

    def watch(event: str, args: tuple) -> None:
        if paths := [path for path in list_changed_paths(event, args) if path.startswith(root)]:
            count[0] += 1
            act(count[0], event, paths[0])

    sys.addaudithook(watch)


def refuse_operations(number: int, kind: str) -> Callable[[int, str, str], None]:
    """Return an action by which the operation `number` fails; on a full or read-only disk all later ones fail, too."""
    code = REFUSALS[kind]

    def refuse(count: int, event: str, path: str) -> None:
        is_refused = count == number if kind == "broken" else count >= number
        if is_refused and not (kind == "full" and event in REMOVALS):
            raise OSError(code, os.strerror(code), path)

    return refuse


def send_signal(number: int, signal_number: int) -> Callable[[int, str, str], None]:
    """Return an action that sends a signal to this process at the operation `number`."""

    def send(count: int, _event: str, _path: str) -> None:
        if count == number:
            os.kill(os.getpid(), signal_number)

    return send


def shift_clock(hours: float) -> None:
    """Let the clock of this process be wrong by some hours."""

    def now(zone=UTC) -> datetime:
        return datetime.now(zone) + timedelta(hours=hours)

    for module in (runs, publish):
        module.datetime = SimpleNamespace(now=now)


def begin_fault(fault: Fault, home: Path, sound: Sound) -> None:
    """Install a fault in this process, a fork."""
    number = 1 + int(fault.share * sound.operations)
    if fault.kind in REFUSALS:
        watch_operations(home, refuse_operations(number, fault.kind))
    elif fault.kind == "kill":
        watch_operations(home, send_signal(number, signal.SIGKILL))
    elif fault.kind == "end":
        watch_operations(home, send_signal(number, signal.SIGTERM))
    elif fault.kind == "kill-later":  # also within a query, where no operation of Python is
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, max(fault.share * sound.seconds, 0.001))
    elif fault.kind == "file-limit":
        limit = int(fault.share * largest_file(home)) + 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    elif fault.kind == "clock":
        shift_clock((fault.share - 0.5) * HOURS_OF_A_CENTURY)
    elif fault.kind in ("cut", "outage"):
        download.RetryPolicy.pause = lambda *_: None


def largest_file(home: Path) -> int:
    return max(path.stat().st_size for path in home.rglob("*") if path.is_file())


# -- faults in files ---------------------------------------------------------------------------------------------------


def flip_bit(home: Path, share: float) -> Path:
    """Flip a bit of a landed file or part of the night, at a share of all their bytes; return the file."""
    files = [path for name in ("landing", "lake") for path in sorted((home / name).rglob(f"*{SECOND}*/**/*"))]
    files = [path for path in files if path.is_file() and not path.name.startswith(".") and path.stat().st_size]
    dice = random.Random(share)
    path = dice.choice(files)
    content = bytearray(path.read_bytes())
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    path.unlink()  # other states have a name of the file
    path.write_bytes(content)
    return path


def fill_disk(home: Path, share: float, sound: Sound) -> None:
    """Mount a disk of limited size on the home, with room for a share of what the step adds."""
    kept = home.with_name("kept")
    home.rename(kept)
    home.mkdir()
    size = measure(kept) + int(share * max(sound.after["bytes"] - measure(kept), 65536))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(home)], check=True)
    shutil.copytree(kept, home, symlinks=True, dirs_exist_ok=True)


def measure(home: Path) -> int:
    """Return the bytes of whole pages in the files of a home."""
    return sum((path.lstat().st_size + 4095) // 4096 * 4096 for path in home.rglob("*"))


# -- steps -------------------------------------------------------------------------------------------------------------


def perform(run: Run, names: list[str]) -> None:
    """Run steps one after another, for all their units."""
    for step in (step for row in pipeline.steps() for step in row if step.name in names):
        for unit in [None] if step.over == "night" else pipeline.UNITS[step.over](run):
            step.work(run, unit)


def perform_night(run: Run) -> None:
    """Run a whole night, as the command does, in this process."""
    pipeline.begin_run(run)
    with snapshots.own_run_files(run.warehouse, run.run_id):
        perform_rest(run, STEPS)


def perform_rest(run: Run, names: list[str]) -> None:
    """Run steps; record how they failed, as the command does."""
    try:
        perform(run, names)
    except BaseException as error:
        pipeline.record_unpublished(run, error)
        raise


def make_run(home: Path, night: date, dump: str) -> Run:
    return Run(home, night, new_run_id(night, "manual"), sources=(dump,))


def work_in_fork(work: Callable[[], object], folder: Path) -> tuple[int, str, object]:
    """Do a work in a fork as a command does; return exit status, output and result."""
    folder.mkdir(parents=True, exist_ok=True)
    output, result = folder / "output.txt", folder / "result.pickle"
    result.unlink(missing_ok=True)
    pid = os.fork()
    if pid == 0:
        with output.open("w") as file:
            for descriptor in (1, 2):
                os.dup2(file.fileno(), descriptor)
        os._exit(_work_as_command(work, folder, result))
    deadline = time.monotonic() + ATTEMPT_SECONDS
    while (ended := os.waitpid(pid, os.WNOHANG))[0] == 0:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    value = pickle.loads(result.read_bytes()) if result.exists() else None
    return os.waitstatus_to_exitcode(ended[1]), output.read_text(encoding="utf8", errors="replace"), value


def _work_as_command(work: Callable[[], object], folder: Path, result: Path) -> int:
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    tempfile.tempdir = os.environ["TMPDIR"] = str(scratch)
    signal.signal(signal.SIGTERM, end_by_signal)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)

    def explained() -> None:
        with explain_errors():
            value = work()
        if value is not None:
            result.write_bytes(pickle.dumps(value))

    try:
        return report_outcome(explained)
    except BaseException:
        traceback.print_exc()
        return 99


# -- the judge ---------------------------------------------------------------------------------------------------------


def describe_state(home: Path, run_id: str, night: date) -> dict:
    """Return digests of all relations of the lake, and of the tables of the staging copy and of what is published."""
    lake, state = Lake(home / "lake"), {"bytes": measure(home)}
    with duckdb.connect() as con:
        for name in lake.names():
            files = sorted(map(str, (lake.root / name / f"night={night}").glob("part-*.parquet")))
            if files and not name.startswith(CLOCKED):
                state |= digest_columns(con, name, f"read_parquet({files})")
    staging = snapshots.staging_path(home / "warehouse", run_id)
    if staging.exists():
        state |= {f"staging {name}": digest for name, digest in digest_tables(staging).items()}
    return state | {f"published {name}": digest for name, digest in digest_published(home).items()}


def digest_published(home: Path) -> dict:
    """Return digests of the published tables; an error of a reader where a table is not whole."""
    link = home / "warehouse" / snapshots.LINK
    return digest_tables(link) if link.exists() else {}


def digest_tables(path: Path) -> dict:
    tables = [declared.table for declared in model.tables() if declared.load != "view"]
    tables = [table for table in tables if not table.startswith(CLOCKED)]
    digest = "SELECT count(*), bit_xor(hash(t)) FROM {} AS t"
    with duckdb.connect(str(path), read_only=True) as con:
        return {table: con.execute(digest.format(table)).fetchone() for table in tables}


def find_differences(state: dict, expected: dict) -> list[str]:
    names = sorted(name for name in state.keys() | expected.keys() if state.get(name) != expected.get(name))
    return [f"{name} differs from the undisturbed night" for name in names if name != "bytes"]


def find_message_faults(status: int, message: str, fault: Fault, home: Path) -> list[str]:
    """Return what the message of a failed attempt lacks."""
    if status in (0, -signal.SIGKILL, -signal.SIGALRM):  # nothing failed, or the process could say nothing
        return []
    if status == 143:
        return [] if "the night can be run again" in message else ["no message on SIGTERM"]
    lacks = {
        "is no error of the command": status != 1,
        "has a traceback": "Traceback" in message,
        "is of an unexpected error": "an unexpected error" in message,
        "does not name a file": str(home) not in message and fault.step != "fetch",
        "does not say what is safe": not any(words in message for words in SAFE_WORDS),
        "does not say what to do": not any(words in message for words in REMEDIES),
    }
    return [
        f"the message {lack} (status {status}): {message.strip()[-1500:]}" for lack, is_so in lacks.items() if is_so
    ]


def list_leftovers(home: Path) -> list[str]:
    """Return temporary files, staging copies of ended runs and scratch that no process needs any more."""
    temporary = [path for path in home.rglob(".*") if re.fullmatch(r"\..+\.\d+", path.name)]
    owners = list((home / "warehouse" / "snapshots").glob(".*.owner"))
    scratch = list(home.parent.glob("work*/scratch/*"))
    return [f"left behind: {path.relative_to(home.parent)}" for path in (*temporary, *owners, *scratch)]


def repair_by_message(message: str, flipped: Path) -> Iterator[str]:
    """Run the command of a message about a damaged file, but for commands of newsmill: the retry runs the night."""
    if flipped.name not in message:
        yield f"the message does not name {flipped.name}: {message}"
    program, *arguments = shlex.split(message.partition("run: ")[2]) or ["python"]
    if program != "python":
        subprocess.run([program, *arguments], check=True)


# -- the engine --------------------------------------------------------------------------------------------------------


class Engine:
    """Undisturbed nights, and the trial of a fault against them."""

    def __init__(self, folder: Path, first: str, second: str):
        self.folder, self.trials = folder, 0
        home = folder / "home"
        perform_night(make_run(home, FIRST, first))  # compiled functions are loaded now, for all forks
        self.run = make_run(home, SECOND, second)
        pipeline.begin_run(self.run)
        self.before = digest_published(home)
        self.sound = {name: self._run_undisturbed(name) for name in STEPS}
        self.end, self.after = self.sound[STEPS[-1]].after, digest_published(home)

    def _run_undisturbed(self, name: str) -> Sound:
        """Run a step in a fork, and keep the state before."""
        kept = copy_state(self.run.home, self.folder / "states" / name)
        started = time.monotonic()
        status, output, operations = work_in_fork(lambda: self._count_operations(name), self.folder / "undisturbed")
        seconds = time.monotonic() - started
        assert status == 0, output
        after = describe_state(self.run.home, self.run.run_id, SECOND)
        return Sound(kept, after, operations, seconds)

    def _count_operations(self, name: str) -> int:
        counts = [0]
        watch_operations(self.run.home, lambda count, *_: counts.append(count))
        perform(self.run, [name])
        return counts[-1]

    def try_fault(self, fault: Fault) -> list[str]:
        """Inject a fault, retry, and return all that is wrong."""
        self.trials += 1
        folder, sound = self.folder / f"trial-{self.trials}", self.sound[fault.step]
        home = copy_state(sound.before, folder / "home")
        run = replace(self.run, home=home)
        is_mounted = fault.kind == "disk-limit"
        try:
            if is_mounted:
                fill_disk(home, fault.share, sound)
            problems = list(self._judge_fault(fault, run, sound, folder))
        finally:
            if is_mounted:
                subprocess.run(["umount", str(home)], check=True)
        if not problems:
            shutil.rmtree(folder)
        return problems

    def _judge_fault(self, fault: Fault, run: Run, sound: Sound, folder: Path) -> Iterator[str]:
        flipped = flip_bit(run.home, fault.share) if fault.kind == "flip" else None
        names = [fault.step] if fault.retries == "task" else STEPS[STEPS.index(fault.step) :]
        status, message, _ = work_in_fork(lambda: self._attempt(fault, run, names, sound), folder / "work-1")
        yield from find_message_faults(status, message, fault, run.home)
        yield from self._find_damage_of_readers(run.home)
        if fault.kind == "disk-limit":
            subprocess.run(["mount", "-o", "remount,size=2g", str(run.home)], check=True)
        if fault.kind in ("cut", "outage"):
            print(json.dumps("retry"), flush=True)  # the server is whole again when the tests have answered
            sys.stdin.readline()
        if flipped and status != 0:
            yield from repair_by_message(message, flipped)
        if fault.retries == "night" and status == 0:
            yield from find_differences(digest_published(run.home), self.after)
        else:
            yield from self._retry(fault, run, sound, folder)
        remove_leftovers(run.home)
        yield from list_leftovers(run.home)

    def _attempt(self, fault: Fault, run: Run, names: list[str], sound: Sound) -> None:
        begin_fault(fault, run.home, sound)
        if fault.retries == "task":
            perform(run, names)
        else:
            perform_rest(run, names)

    def _find_damage_of_readers(self, home: Path) -> Iterator[str]:
        """Check that readers have a whole night: the last one, or the new one."""
        try:
            served = digest_published(home)
        except duckdb.Error as error:
            yield f"readers meet an error after the fault: {error}"
            return
        if served not in (self.before, self.after):
            yield "readers see half a night after the fault"

    def _retry(self, fault: Fault, run: Run, sound: Sound, folder: Path) -> Iterator[str]:
        """Try the step or the whole night again, without a fault; the state is that of the undisturbed night."""
        is_night = fault.retries == "night"
        again = make_run(run.home, SECOND, run.sources[0]) if is_night else run
        work = (lambda: perform_night(again)) if is_night else (lambda: perform(again, [fault.step]))
        status, message, _ = work_in_fork(work, folder / "work-2")
        if status != 0:
            yield f"the retry fails with status {status}: {message.strip()}"
            return
        expected = self.end if is_night else sound.after
        yield from find_differences(describe_state(run.home, again.run_id, SECOND), expected)


def copy_state(home: Path, target: Path) -> Path:
    """Copy a home; files that no step changes in place are second names of one file."""

    def link_or_copy(source: str, target: str) -> None:
        if snapshots.STAGING in source or Path(source).name.startswith("."):
            shutil.copy2(source, target)
        else:
            os.link(source, target)

    shutil.copytree(home, target, symlinks=True, copy_function=link_or_copy)
    return target


def serve() -> None:
    """Try each fault of standard input."""
    folder, first, second = sys.argv[1:]
    preload.load_modules()
    engine = Engine(Path(folder), first, second)
    print(json.dumps(True), flush=True)
    while line := sys.stdin.readline():
        print(json.dumps(engine.try_fault(Fault(**json.loads(line)))), flush=True)


if __name__ == "__main__":
    serve()
