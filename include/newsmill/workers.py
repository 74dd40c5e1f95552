"""Worker processes for the steps of a night, ended when a document or a step takes too long."""

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
from multiprocessing.context import ForkContext, ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

from newsmill import compiled, limits, pipeline
from newsmill.errors import Permanent, Transient
from newsmill.fork_server import start_fork_server
from newsmill.limits import FIRST_CALL_SECONDS, Attempt, Overrun
from newsmill.runs import Receipt, Run

BEGUN, COMPILING, DONE, RAISED = "begun", "compiling", "done", "raised"
PULSE_SECONDS = 1.0
"""Between two reports during compilation, which may take minutes: the clock of a document is reset then."""
BUSY_FACTOR = 10
"""Limit of wall time for a document, as a multiple of the limit of processor time: of 20 processes on two processors
each gets a tenth. At half, sound documents are lost on such machines; at twice, a blocked document delays a night
longer.
"""


class _Child(NamedTuple):
    """A process of a worker, and the watcher's end of the pipe to it."""

    process: BaseProcess
    connection: Connection


class Worker:
    """A worker process for steps in sequence; a new process replaces an ended process."""

    def __init__(self, context: ForkContext | ForkServerContext):
        self._context, self._is_stopped = context, False
        self._child: _Child | None = None

    def perform(self, name: str, run: Run, unit: str | None) -> Receipt:
        """Run a step within the limits of the run; the stage rejects documents above the limit."""
        attempt, ends = Attempt(run.document_seconds), time.monotonic() + (run.step_seconds or float("inf"))
        folder = None
        try:
            while True:
                outcome = self._run_attempt(name, run, unit, attempt, ends)
                if not isinstance(outcome, Overrun):
                    return outcome
                folder = folder or Path(tempfile.mkdtemp(prefix="newsmill-slices-"))
                attempt = attempt.next_attempt(outcome, folder)
        finally:
            if folder:
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """End the process after the current step, or kill it after a second."""
        if child := self._child:
            child.connection.close()
            child.process.join(PULSE_SECONDS)
            self._end_process(child)

    def release(self) -> None:
        """End the process between two steps; the next step starts a new one."""
        if child := self._child:
            self._end_process(child)

    def stop(self) -> None:
        """Kill the process and start no other; safe to call from another thread."""
        self._is_stopped = True
        if child := self._child:
            child.process.kill()

    def _end_process(self, child: _Child) -> None:
        child.process.kill()
        child.process.join()
        child.connection.close()
        self._child = None

    def _run_attempt(self, name: str, run: Run, unit: str | None, attempt: Attempt, ends: float) -> Receipt | Overrun:
        """Run an attempt in the process; return the overrun documents, if any."""
        child = self._ensure_child(name)
        assert child.process.pid is not None  # it has started
        watch = _Watch(child.process.pid, ends, is_limited=attempt.seconds > 0)
        try:
            child.connection.send((name, run, unit, attempt))
            kind, result = _await_outcome(child.connection, watch)
        except (EOFError, ConnectionError) as error:
            self._end_process(child)
            raise _killed_error(name) from error
        except BaseException:
            self._end_process(child)  # nobody waits for its result any more
            raise
        if kind == RAISED:
            raise result
        if kind == DONE:
            return result
        self._end_process(child)
        if watch.documents is None or watch.is_step_over():
            raise _too_slow_error(name, unit, run.step_seconds)
        return watch.documents

    def _ensure_child(self, name: str) -> _Child:
        """Return the process, started anew if it has ended."""
        if self._is_stopped:
            raise _killed_error(name)
        if self._child and self._child.process.is_alive():
            return self._child
        connection, other = self._context.Pipe()
        process = self._context.Process(target=_serve_steps, args=(other, connection), daemon=True)
        process.start()
        other.close()
        child = self._child = _Child(process, connection)
        if self._is_stopped:  # stop() was called during the start
            self._end_process(child)
            raise _killed_error(name)
        return child


def _await_outcome(connection: Connection, watch: "_Watch") -> tuple[str | None, Any]:
    """Return the kind and value of the last message of a step; None after a timeout."""
    while True:
        if connection.poll(watch.seconds_left()):
            kind, *values = connection.recv()
            if kind in (DONE, RAISED):
                return kind, *values
            watch.record_report(kind, *values)
        elif watch.is_over():
            return None, None


def _killed_error(name: str) -> Transient:
    return Transient(f"{name}: a worker was killed, perhaps for want of memory; try fewer --jobs")


def _too_slow_error(name: str, unit: str | None, seconds: float) -> Permanent:
    return Permanent(
        f"{name}{f' of {unit}' if unit else ''} took longer than {seconds:g} s and was ended; what was published before"
        " is unchanged; allow more with --step-seconds or NEWSMILL_STEP_SECONDS, then run the night again"
    )


@dataclass
class _Watch:
    """The clocks of an attempt: for the current documents by processor and wall time, and for the step.

    A process in wait for a processor is not slow, so documents are timed by processor time.
    """

    pid: int
    step_ends: float
    is_limited: bool
    documents: Overrun | None = None
    seconds: float = 0.0
    clock_start: float = 0.0
    used_before: float = 0.0
    next_check: float = float("inf")
    is_first: bool = True

    def record_report(self, kind: str, start: int = 0, end: int = 0, seconds: float = 0.0) -> None:
        """Start the clock for new documents; restart the clock during compilation."""
        if kind == BEGUN:
            self.documents, self.seconds = Overrun(start, end), seconds + (FIRST_CALL_SECONDS if self.is_first else 0)
            self.is_first = False
        if self.is_limited and self.documents:
            self.clock_start, self.used_before = time.monotonic(), _read_processor_seconds(self.pid)
            self.next_check = self.clock_start + self.seconds

    def seconds_left(self) -> float | None:
        """Return how long to wait for the next report; None for ever."""
        deadline = min(self.next_check, self.step_ends)
        return None if deadline == float("inf") else max(0.0, deadline - time.monotonic())

    def is_over(self) -> bool:
        """Report whether documents or step took too long; else set the time of the next check."""
        now = time.monotonic()
        left = self.seconds - (_read_processor_seconds(self.pid) - self.used_before)
        if self.is_step_over() or left <= 0 or now >= self.clock_start + BUSY_FACTOR * self.seconds:
            return True
        self.next_check = min(now + max(left, PULSE_SECONDS), self.clock_start + BUSY_FACTOR * self.seconds)
        return False

    def is_step_over(self) -> bool:
        """Report whether the whole step took too long."""
        return time.monotonic() >= self.step_ends


def _read_processor_seconds(pid: int) -> float:
    """Return the processor time used by a process; on systems without /proc, the wall time."""
    try:
        used = Path(f"/proc/{pid}/stat").read_text(encoding="utf8").rpartition(")")[2].split()
    except OSError:
        return time.monotonic()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


# -- the pool of a night -----------------------------------------------------------------------------------------------


class Pool:
    """A fixed number of workers, each watched by a thread."""

    def __init__(self, jobs: int):
        context = start_fork_server()
        self._workers = [Worker(context) for _ in range(jobs)]
        self._free: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._free.put(worker)
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="watch")

    def submit(self, name: str, run: Run, unit: str | None) -> Future[Receipt]:
        """Let the next free worker do a step."""
        return self._threads.submit(self._perform, name, run, unit)

    def _perform(self, name: str, run: Run, unit: str | None) -> Receipt:
        worker = self._free.get()
        try:
            return worker.perform(name, run, unit)
        finally:
            self._free.put(worker)

    def release(self) -> None:
        """End the processes between two steps, for their memory; a later step starts new ones."""
        for worker in self._workers:
            worker.release()

    def close(self, at_once: bool) -> None:
        """End all workers: after the current step, or `at_once`."""
        for worker in self._workers if at_once else ():
            worker.stop()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()


@contextlib.contextmanager
def open_pool(jobs: int) -> Iterator[Pool]:
    """Open a pool of processes; an error of the caller ends all steps at once."""
    opened = Pool(jobs)
    try:
        yield opened
    except BaseException:
        opened.close(at_once=True)
        raise
    opened.close(at_once=False)


@contextlib.contextmanager
def open_fork() -> Iterator[Worker]:
    """Open a worker that is a fork of the process; Arrow and DuckDB must not have been used before."""
    worker = Worker(multiprocessing.get_context("fork"))
    try:
        yield worker
    finally:
        worker.close()


# -- within the process ------------------------------------------------------------------------------------------------


@dataclass
class _Reporter:
    """The worker's end of the pipe, used by two threads."""

    connection: Connection
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, *message: object) -> None:
        with self.lock:
            self.connection.send(message)

    def begin(self, start: int, end: int, seconds: float) -> None:
        self.send(BEGUN, start, end, seconds)

    def pulse(self) -> None:
        """Report every second during compilation."""
        while True:
            time.sleep(PULSE_SECONDS)
            if compiled.is_compiling():
                self.send(COMPILING)


def _serve_steps(connection: Connection, others: Connection) -> None:
    """Run steps on request until the watcher closes the pipe."""
    others.close()  # a fork holds both ends, and notices the end of its watcher only without the other
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
        reporter.send(*_perform_attempt(name, run, unit, replace(attempt, report=reporter.begin)))


def _perform_attempt(name: str, run: Run, unit: str | None, attempt: Attempt) -> tuple[str, object]:
    try:
        with limits.watch_attempt(attempt):
            return DONE, pipeline.run_step(name, run, unit)
    except BaseException as error:
        return RAISED, _make_sendable(error)


def _make_sendable(error: BaseException) -> BaseException:
    """Return the error, or a picklable error with the same text."""
    try:
        pickle.loads(pickle.dumps(error))
        return error
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")


def _end_with_watcher() -> None:
    """Let the system end the process when the watcher is gone; a thread could not while a regex holds the GIL.

    The watcher holds the other end of a pipe without writers. When that end closes, the system sends SIGIO, which ends
    a process without a handler.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    watcher = multiprocessing.parent_process()
    assert watcher is not None  # workers are started by multiprocessing
    pipe = watcher.sentinel
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([pipe], [], [], 0)[0]:
        os._exit(1)  # the watcher had ended before
