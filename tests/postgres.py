"""A real Postgres on loopback, started and stopped here: the system's own programs, run by a user other than root."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
from ports import free_port

USER, PASSWORD = "miller", "hush-hush"


@dataclass(frozen=True)
class Server:
    """Port of a running server with the login USER and PASSWORD."""

    port: int

    def setting(self, database: str, user: str = USER) -> str:
        """Return the value of NEWSMILL_WAREHOUSE for a catalog in a database."""
        return f"ducklake:postgres:host=127.0.0.1 port={self.port} user={user} dbname={database} connect_timeout=10"

    def create(self, database: str) -> str:
        """Create an empty database and return the value of NEWSMILL_WAREHOUSE for a catalog in it."""
        con = psycopg2.connect(host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname="postgres")
        con.autocommit = True
        with con.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{database}"')
        con.close()
        return self.setting(database)


@contextmanager
def server() -> Iterator[Server]:
    """Serve an empty cluster; skip where Postgres is not installed."""
    programs = _programs()
    folder, port = Path(tempfile.mkdtemp(prefix="newsmill-postgres-", dir="/tmp")), free_port()
    secret = folder / "password"
    secret.write_text(PASSWORD)
    if os.geteuid() == 0:  # Postgres refuses to run as root
        shutil.chown(folder, "nobody")
        shutil.chown(secret, "nobody")
    data = folder / "data"
    try:
        _run(
            programs / "initdb",
            "-D",
            data,
            "-U",
            USER,
            "-A",
            "scram-sha-256",
            "--pwfile",
            secret,
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        )
        parameters = (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=''", "fsync=off")
        options = " ".join(f"-c {parameter}" for parameter in parameters)
        _run(programs / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "-t", "60", "start")
        try:
            yield Server(port)
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """Return the folder of initdb and pg_ctl of the newest release; /usr/local may have wrappers."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    folder = next((path for path in folders if (path / "initdb").exists()), None)
    on_path = shutil.which("initdb")
    if not folder and not (on_path and shutil.which("pg_ctl")):
        pytest.skip("Postgres is not installed: apt install postgresql")
    return folder or Path(on_path).parent


def _run(*command: object) -> None:
    root = os.geteuid() == 0
    done = subprocess.run(
        [str(word) for word in command],
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=120,
        **({"user": "nobody", "group": "nogroup", "extra_groups": []} if root else {}),
    )
    assert done.returncode == 0, done.stdout
