"""Owns `make up`: Airflow's four components on loopback, started, watched and stopped together.

`airflow standalone` is not used: the log servers listen on every interface, and children keep running after SIGTERM.
"""

import argparse
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import psutil

import airflow_home
from healthy import is_healthy

LOGS = airflow_home.HOME / "logs"
COMPONENTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
SECONDS_TO_START = 240
SECONDS_TO_STOP = 15
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None)


class ServeError(Exception):
    """Airflow cannot be served; the message has the reason."""


def adopt_orphans() -> None:
    """Become the parent of orphaned descendants, so none is lost (Linux)."""
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """Ask the kernel to stop this component if the server is killed (Linux)."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def stop_on_signals() -> None:
    """Turn Ctrl-C, `kill` and a closed terminal into one orderly exit, also where a shell's `&` had ignored SIGINT."""

    def exit_orderly(signal_number, frame):
        for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(other, signal.SIG_IGN)
        raise SystemExit(0)

    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, exit_orderly)


def check_port(port: int) -> None:
    """Raise ServeError before anything starts if the port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ServeError(
                f"Port {port} cannot be had ({error.strerror}). Choose another: make up PORT=8090"
            ) from None


def start_component(name: str, command: list[str], env: dict[str, str]) -> subprocess.Popen:
    """Start a component in a separate session: Ctrl-C reaches only this process, which stops components in order."""
    with (LOGS / f"{name}.log").open("w") as log:
        return subprocess.Popen(
            command, env=env, stdout=log, stderr=log, start_new_session=True, preexec_fn=die_with_parent
        )


def check_alive(running: dict[str, subprocess.Popen]) -> None:
    """Raise ServeError with the end of the log as soon as a component has ended."""
    for name, process in running.items():
        if process.poll() is not None:
            log = LOGS / f"{name}.log"
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise ServeError(
                f"{tail}\n\nThe {name} ended with code {process.returncode}. Its log: {os.path.relpath(log)}"
            )


def wait_until_healthy(url: str, running: dict[str, subprocess.Popen]) -> None:
    """Return when every component reports healthy."""
    deadline = time.monotonic() + SECONDS_TO_START
    while not is_healthy(url):
        check_alive(running)
        if time.monotonic() > deadline:
            raise ServeError(f"Airflow was not healthy after {SECONDS_TO_START} s. Its logs: {os.path.relpath(LOGS)}")
        time.sleep(1)


def stop_all() -> None:
    """End every descendant process: by SIGTERM, with time for running tasks to save, then by SIGKILL."""
    for child in psutil.Process().children():
        child.terminate()
    await_children(SECONDS_TO_STOP)
    for child in psutil.Process().children(recursive=True):
        child.kill()
    await_children(SECONDS_TO_STOP)


def await_children(seconds: float) -> None:
    """Wait until no descendant process is left, or the time is over; adopted zombies are reaped."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.1)
        except ChildProcessError:
            return


def print_line(text: str) -> None:
    """Print a line; an error of a closed terminal must not prevent stopping the components."""
    with suppress(OSError):
        print(text, flush=True)


def print_logins(new_passwords: dict[str, str]) -> None:
    """Show each user with a new password, or with the place where passwords are kept."""
    path = os.path.relpath(airflow_home.PASSWORDS)
    for user in airflow_home.read_users():
        password = new_passwords.get(user)
        login = f"password {password}   (shown this once; kept in {path})" if password else f"password in {path}"
        print(f"User {user}, {login}", flush=True)


def serve(port: int) -> None:
    """Start Airflow, print the address, and stay until a signal or the end of a component."""
    check_port(port)
    env, new_passwords = airflow_home.environment(port), airflow_home.ensure_passwords()
    url = env["AIRFLOW__API__BASE_URL"]
    LOGS.mkdir(parents=True, exist_ok=True)
    print(f"Starting Airflow; its logs go to {os.path.relpath(LOGS)}", flush=True)
    prepare = start_component("prepare", [sys.executable, airflow_home.__file__], env)
    if prepare.wait():
        check_alive({"prepare": prepare})
    running = {name: start_component(name, ["airflow", *arguments], env) for name, arguments in COMPONENTS.items()}
    print_logins(new_passwords)
    wait_until_healthy(url, running)
    print(f"Airflow is up: {url}   Ctrl-C stops it", flush=True)
    while True:
        check_alive(running)
        time.sleep(1)


def main() -> None:
    """Serve until stopped, and leave no process behind in any case."""
    parser = argparse.ArgumentParser(description="Airflow's pages and scheduler, on loopback only.")
    parser.add_argument("--port", type=int, default=8080)
    port = parser.parse_args().port
    adopt_orphans()
    stop_on_signals()
    try:
        with airflow_home.claim("serve"):
            serve(port)
    except (ServeError, airflow_home.AlreadyRunning, airflow_home.WrongUsers) as failure:
        sys.exit(str(failure))
    finally:
        if psutil.Process().children():
            print_line("\nStopping Airflow …")
            stop_all()
            print_line("Stopped.")


if __name__ == "__main__":
    main()
