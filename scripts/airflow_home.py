"""Owns Airflow's home in the checkout: settings, generated secrets, database and pools."""

import fcntl
import json
import os
import re
import secrets
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".airflow"
SECRETS = ROOT / ".secrets"
KEYS = SECRETS / "airflow.json"
PASSWORDS = SECRETS / "passwords.json"
SETTINGS = ROOT / "scripts" / "airflow.env"
WRITER_POOL = "warehouse"
USERS = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"
ROLES = ("viewer", "user", "op", "admin")
"""Roles of Airflow's simple auth manager: each may do all that the ones before may."""


class WrongUsers(Exception):
    """NEWSMILL_USERS cannot be read; the message has the reason."""


class AlreadyRunning(Exception):
    """Another process of this checkout does the same work, and must end first."""


@contextmanager
def claim(purpose: str) -> Iterator[None]:
    """Allow a single process of the checkout at a time; the lock ends with the process, even if killed."""
    ensure_home()
    with (HOME / f"{purpose}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(
                f"scripts/{purpose}.py already runs from this checkout; stop that one first."
            ) from None
        yield


def ensure_home() -> None:
    """Make Airflow's folder, private: its database and logs quote the dumps."""
    HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
    HOME.chmod(0o700)  # an earlier version left it open to others


def read_settings() -> dict[str, str]:
    """Read the settings common to all ways of running Airflow."""
    lines = (line.strip() for line in SETTINGS.read_text().splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def write_private(path: Path, values: dict[str, str]) -> bool:
    """Write a file readable only by the owner, unless the file exists; return whether a file was written."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        json.dump(values, file, indent=1)
    return True


def ensure_keys() -> dict[str, str]:
    """Return the keys Airflow signs and encrypts with, generated at the first start."""
    write_private(KEYS, new_keys())
    return json.loads(KEYS.read_text())


def new_keys() -> dict[str, str]:
    """Generate one key for each purpose."""
    return {
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(48),
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW__CORE__FERNET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }


def read_users() -> dict[str, str]:
    """Return the role of each user of Airflow's pages, from NEWSMILL_USERS; without the setting, of the one admin."""
    given = os.environ.get("NEWSMILL_USERS") or read_settings()[USERS]
    pairs = [entry.strip().partition(":") for entry in given.split(",")]
    for name, _, role in pairs:
        if not re.fullmatch(r"[\w.@-]+", name) or role not in ROLES:
            raise WrongUsers(
                f"NEWSMILL_USERS is {given!r}; it must be names with roles, such as ann:admin,ben:viewer. "
                f"Roles are {', '.join(ROLES)}"
            )
    return {name: role for name, _, role in pairs}


def ensure_passwords() -> dict[str, str]:
    """Generate a password for each user without one, and return the new passwords."""
    kept = json.loads(PASSWORDS.read_text()) if PASSWORDS.exists() else {}
    new = {name: secrets.token_urlsafe(18) for name in read_users() if name not in kept}
    if new:
        draft = PASSWORDS.with_suffix(".new")
        draft.unlink(missing_ok=True)
        write_private(draft, kept | new)
        draft.replace(PASSWORDS)
    return new


def environment(port: int = 8080) -> dict[str, str]:
    """Return the environment Airflow runs in: everything below the checkout, every address on loopback."""
    write_config()
    url, bin_folder = f"http://127.0.0.1:{port}", Path(sys.executable).parent
    processors, settings = len(os.sched_getaffinity(0)), read_settings()
    slots = max(processors + 1, int(settings["AIRFLOW__CORE__PARALLELISM"]))  # one more than the tasks of a step
    pinned = {
        "PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(ROOT / "include"),
        "NEWSMILL_TASKS": os.environ.get("NEWSMILL_TASKS") or str(processors),
        "NEWSMILL_HOME": str(Path(os.environ.get("NEWSMILL_HOME") or ROOT / "data").absolute()),
        "AIRFLOW_HOME": str(HOME),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME / 'airflow.db'}",
        USERS: ",".join(f"{name}:{role}" for name, role in read_users().items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(PASSWORDS),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
    }
    settings["AIRFLOW__CORE__PARALLELISM"] = str(slots)
    return {**settings, **os.environ, **pinned, **ensure_keys()}


def write_config() -> None:
    """Write Airflow's file of settings: who starts a component without `make up` serves on loopback, too."""
    ensure_home()
    (HOME / "airflow.cfg").write_text(CONFIG, encoding="utf-8")


CONFIG = """\
# Written by newsmill at each start. Settings for all ways of running Airflow are in scripts/airflow.env.
[api]
host = 127.0.0.1
"""


def prepare() -> None:
    """Migrate Airflow's database and set the pools; the environment must be set before."""
    from airflow.models.pool import Pool
    from airflow.utils.db import initdb

    initdb()
    Pool.create_or_update_pool(WRITER_POOL, 1, "One writer at a time: load and publish", include_deferred=False)


if __name__ == "__main__":
    prepare()
