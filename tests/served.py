"""Runs Airflow as a user does: `make up` in a copy of the checkout, API requests, stop by terminal signals."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import psutil

from newsmill import compiled

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
DIRECT = build_opener(ProxyHandler({}))
# `-o`: take the environment that runs this test as built
MAKE = ["make", "--no-print-directory", "-o", "environment", "-o", "environment-dev", f"BIN={BIN}"]


def environment() -> dict[str, str]:
    """Return the environment of a terminal, without the settings and the home that `make test` passes on.

    Copies of the checkout share this checkout's compiled kernels.
    """
    inherited = ("NEWSMILL_HOME", "MAKEFLAGS", "MAKEOVERRIDES")
    variables = {name: value for name, value in os.environ.items() if name not in inherited}
    return {"NUMBA_CACHE_DIR": str(compiled.CACHE_HOME)} | variables


def make(*arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess:
    command = [*MAKE, *arguments, *(f"{name}={value}" for name, value in variables.items())]
    return subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, stdin=subprocess.DEVNULL)


def copy_checkout(folder: Path) -> Path:
    """Copy the code only, to protect the developer's own Airflow and secrets."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("dags", "plugins", "include", "scripts"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "Makefile", folder)
    return folder


def wait_for(condition: Callable[[], Any], event: str, seconds: float = 600) -> Any:
    """Return the value of a condition once it holds; fail after some seconds."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {event}"
        time.sleep(0.2)
    return value


@dataclass
class Served:
    """`make up` in a copy of the checkout, as a terminal would run it."""

    checkout: Path
    port: int
    lines: list[str] = field(default_factory=list)
    process: subprocess.Popen | None = None
    hook: Any = None
    """The webhook that receives the alerts, where a test listens."""
    lineage: Any = None
    """The hook that receives the events of OpenLineage."""
    collector: Any = None
    """The collector that receives the metrics."""

    def start(self, until: str):
        self.stop()
        command = [*MAKE, "up", f"PORT={self.port}"]
        self.process = subprocess.Popen(
            command,
            cwd=self.checkout,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line)
            if until in line:
                return self
        raise AssertionError("".join(self.lines))

    def stop(self) -> None:
        """Stop a running `make up`, so that a failing test leaves no process."""
        if self.process and self.process.poll() is None:
            self.finish(press_ctrl_c)

    def finish(self, send) -> float:
        """Send a signal; return the seconds until make ends; store the processes from before."""
        self.before, started = self.processes(), time.monotonic()
        sessions = {os.getsid(process.pid) for process in self.before}
        send(self.process)
        self.lines += [] if self.process.stdout.closed else self.process.stdout.readlines()
        self.process.wait(timeout=60)
        seconds = time.monotonic() - started
        self.left = [process for process in psutil.process_iter() if session_of(process) in sessions]
        return seconds

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def processes(self) -> list[psutil.Process]:
        """Return every process below `make up`; the server adopts orphans."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def ask(self, path: str, body: dict | None = None, method: str | None = None, token: str = "") -> dict:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        with DIRECT.open(request, timeout=120) as answer:
            return json.load(answer)

    def log_in(self, password: str, user: str = "admin") -> str:
        return self.ask("/auth/token", {"username": user, "password": password})["access_token"]

    @property
    def passwords(self) -> dict[str, str]:
        return json.loads((self.checkout / ".secrets" / "passwords.json").read_text())

    @property
    def password(self) -> str:
        return self.passwords["admin"]

    def wait_for_task(self, token: str, task: str, state: str, run: str) -> None:
        deadline = time.monotonic() + 180
        path = f"/api/v2/dags/greeting/dagRuns/{run}/taskInstances/{task}"
        while (current := self.ask(path, token=token)["state"]) != state:
            assert time.monotonic() < deadline, f"{task} is {current}"
            time.sleep(0.5)

    def wait_for_log(self, token: str, task: str, text: str, run: str) -> None:
        """Wait for a line of a log; Airflow may write the log shortly after it reports the task's end."""
        deadline = time.monotonic() + 30
        path = f"/api/v2/dags/greeting/dagRuns/{run}/taskInstances/{task}/logs/1"
        while text not in (log := json.dumps(self.ask(path, token=token))):
            assert time.monotonic() < deadline, f"the log of {task} is {log}"
            time.sleep(0.5)


def session_of(process: psutil.Process) -> int:
    try:
        return os.getsid(process.pid)
    except ProcessLookupError:
        return -1


def press_ctrl_c(process: subprocess.Popen) -> None:
    """Send SIGINT to the whole process group, like a terminal."""
    os.killpg(process.pid, signal.SIGINT)


def kill_after_closing_the_terminal(process: subprocess.Popen) -> None:
    process.stdout.close()
    process.terminate()
