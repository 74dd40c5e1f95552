"""Processes that do steps of a night and are ended when a document or a step takes too long."""

import contextlib
import fcntl
import multiprocessing
import os
import pickle
import queue
import select
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from pathlib import Path

from newsmill import compiled, limits, pipeline
from newsmill.errors import Permanent, Transient
from newsmill.limits import FIRST_CALL_SECONDS, Attempt, Overrun
from newsmill.runs import Receipt, Run

BEGUN, COMPILING, DONE, RAISED = "begun", "compiling", "done", "raised"
PULSE_SECONDS = 1.0
"""Between two reports of a process that compiles, which may take minutes: the clock of a document stops then."""
BUSY = 10
"""Times its limit that a document may take by the clock while its process waits for a processor: of 20 processes on two
processors each gets a tenth. At half sound documents are lost there; at twice a blocked one holds a night up longer."""


class Worker:
    """A process that does one step after another; a new one takes its place when it had to be ended."""

    def __init__(self, context: BaseContext):
        self._context, self._is_stopped = context, False
        self._process = self._connection = None

    def perform(self, name: str, run: Run, unit: str | None) -> Receipt:
        """Do a step, within the limits of the run; documents that take too long are rejected by its stage."""
        attempt, ends = Attempt(run.document_seconds), time.monotonic() + (run.step_seconds or float("inf"))
        folder = None
        try:
            while True:
                outcome = self._try(name, run, unit, attempt, ends)
                if not isinstance(outcome, Overrun):
                    return outcome
                folder = folder or Path(tempfile.mkdtemp(prefix="newsmill-slices-"))
                attempt = attempt.after(outcome, folder)
        finally:
            if folder:
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """End the process when it has done what it does; at once if that does not end."""
        if self._process:
            self._connection.close()
            self._process.join(PULSE_SECONDS)
            self._remove()

    def stop(self) -> None:
        """End the process, whatever it does, and start none any more; to be called from another thread."""
        self._is_stopped = True
        if process := self._process:
            process.kill()

    def _remove(self) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()
        self._process = self._connection = None

    def _try(self, name: str, run: Run, unit: str | None, attempt: Attempt, ends: float) -> Receipt | Overrun:
        """Let the process do a step; return which documents took too long, if any did."""
        self._start(name)
        watch = _Watch(self._process.pid, ends, is_limited=attempt.seconds > 0)
        try:
            self._connection.send((name, run, unit, attempt))
            kind, result = self._listen(watch)
        except (EOFError, ConnectionError) as error:
            self._remove()
            raise _killed(name) from error
        except BaseException:
            self._remove()  # what it does is of no use to anybody now
            raise
        if kind == RAISED:
            raise result
        if kind == DONE:
            return result
        self._remove()
        if watch.is_step_over():
            raise _too_slow(name, unit, run.step_seconds)
        return watch.begun

    def _listen(self, watch: "_Watch") -> tuple[str | None, object]:
        """Return how the process ended a step; None where its time is over."""
        while True:
            if self._connection.poll(watch.seconds_left()):
                kind, *values = self._connection.recv()
                if kind in (DONE, RAISED):
                    return kind, *values
                watch.note(kind, *values)
            elif watch.is_over():
                return None, None

    def _start(self, name: str) -> None:
        if self._is_stopped:
            raise _killed(name)
        if self._process and self._process.is_alive():
            return
        self._connection, other = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(other, self._connection), daemon=True)
        self._process.start()
        other.close()


def _killed(name: str) -> Transient:
    return Transient(f"{name}: a worker was killed, perhaps for want of memory; try fewer --jobs")


def _too_slow(name: str, unit: str | None, seconds: float) -> Permanent:
    return Permanent(
        f"{name}{f' of {unit}' if unit else ''} took longer than {seconds:g} s and was ended; what was published before"
        " is unchanged; allow more with --step-seconds or NEWSMILL_STEP_SECONDS, then run the night again"
    )


@dataclass
class _Watch:
    """The clocks of one try: of the documents that are begun, by processor and wall, and of the step.

    A process that others keep from a processor is not slow, so documents are timed by what their process used.
    """

    pid: int
    step_ends: float
    is_limited: bool
    begun: Overrun | None = None
    seconds: float = 0.0
    began: float = 0.0
    used_before: float = 0.0
    looks: float = float("inf")
    is_first: bool = True

    def note(self, kind: str, start: int = 0, end: int = 0, seconds: float = 0.0) -> None:
        """Set the clock for documents that begin; set it anew while the process compiles."""
        if kind == BEGUN:
            self.begun, self.seconds = Overrun(start, end), seconds + (FIRST_CALL_SECONDS if self.is_first else 0)
            self.is_first = False
        if self.is_limited and self.begun:
            self.began, self.used_before = time.monotonic(), _processor_seconds(self.pid)
            self.looks = self.began + self.seconds

    def seconds_left(self) -> float | None:
        """Return how long to wait for the next report; None for ever."""
        first = min(self.looks, self.step_ends)
        return None if first == float("inf") else max(0.0, first - time.monotonic())

    def is_over(self) -> bool:
        """Report whether the documents or the step took too long; else look again when that can be."""
        now = time.monotonic()
        left = self.seconds - (_processor_seconds(self.pid) - self.used_before)
        if self.is_step_over() or left <= 0 or now >= self.began + BUSY * self.seconds:
            return True
        self.looks = min(now + max(left, PULSE_SECONDS), self.began + BUSY * self.seconds)
        return False

    def is_step_over(self) -> bool:
        """Report whether the whole step took too long."""
        return time.monotonic() >= self.step_ends


def _processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used; where the system has no /proc, the time by the clock."""
    try:
        used = Path(f"/proc/{pid}/stat").read_text(encoding="utf8").rpartition(")")[2].split()
    except OSError:
        return time.monotonic()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


# -- the pool of a night -----------------------------------------------------------------------------------------------


class Pool:
    """So many workers, each watched by a thread of this process."""

    def __init__(self, jobs: int):
        # processes start clean: forked threads of Arrow and DuckDB would hang
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["newsmill.workers"])
        self._workers = [Worker(context) for _ in range(jobs)]
        self._free: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._free.put(worker)
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="watch")

    def submit(self, name: str, run: Run, unit: str | None) -> Future:
        """Let the next free worker do a step."""
        return self._threads.submit(self._perform, name, run, unit)

    def _perform(self, name: str, run: Run, unit: str | None) -> Receipt:
        worker = self._free.get()
        try:
            return worker.perform(name, run, unit)
        finally:
            self._free.put(worker)

    def close(self, at_once: bool) -> None:
        """End all workers; those at work are waited for, unless `at_once`."""
        for worker in self._workers if at_once else ():
            worker.stop()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()


@contextlib.contextmanager
def pool(jobs: int) -> Iterator[Pool]:
    """Open a pool of processes; when what it is for fails, what they do is ended at once."""
    opened = Pool(jobs)
    try:
        yield opened
    except BaseException:
        opened.close(at_once=True)
        raise
    opened.close(at_once=False)


def perform_forked(name: str, run: Run, unit: str | None) -> Receipt:
    """Do one step in a fork of this process, which must not have used Arrow or DuckDB yet."""
    worker = Worker(multiprocessing.get_context("fork"))
    try:
        return worker.perform(name, run, unit)
    finally:
        worker.close()


# -- within the process ------------------------------------------------------------------------------------------------


@dataclass
class _Reporter:
    """The end of the pipe that a working process reports to, from two threads."""

    connection: Connection
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, *message: object) -> None:
        with self.lock:
            self.connection.send(message)

    def begin(self, start: int, end: int, seconds: float) -> None:
        self.send(BEGUN, start, end, seconds)

    def pulse(self) -> None:
        """Report as long as this process lives that it compiles, when it does."""
        while True:
            time.sleep(PULSE_SECONDS)
            if compiled.is_compiling():
                self.send(COMPILING)


def _serve(connection: Connection, others: Connection) -> None:
    """Do the steps that are asked for, until nobody asks any more."""
    others.close()  # a fork holds both ends: only then does it notice that its watcher is gone
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the watcher decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _end_with_watcher()
    reporter = _Reporter(connection)
    threading.Thread(target=reporter.pulse, daemon=True).start()
    while True:
        try:
            name, run, unit, attempt = connection.recv()
        except EOFError:
            return
        reporter.send(*_outcome(name, run, unit, replace(attempt, report=reporter.begin)))


def _outcome(name: str, run: Run, unit: str | None, attempt: Attempt) -> tuple[str, object]:
    try:
        with limits.watched(attempt):
            return DONE, pipeline.perform(name, run, unit)
    except BaseException as error:
        return RAISED, _sendable(error)


def _sendable(error: BaseException) -> BaseException:
    """Return an error that another process can be given: the same, or one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))
        return error
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")


def _end_with_watcher() -> None:
    """Let the system end this process when its watcher is gone: a thread could not, while a pattern holds the GIL.

    The watcher holds the other end of a pipe to which nothing is written any more. When that end is closed, the system
    sends SIGIO, which ends a process that does not handle it.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    pipe = multiprocessing.parent_process().sentinel
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([pipe], [], [], 0)[0]:
        os._exit(1)  # it was gone before
