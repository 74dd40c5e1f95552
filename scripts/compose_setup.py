"""Owns the first steps of docker-compose.yml: the secrets in the `.env` file, and the init service."""

import os
import secrets
import shutil
import sys
from pathlib import Path

import airflow_home

ENV_FILE = airflow_home.ROOT / ".env"


def new_env() -> str:
    """Generate every secret required by docker-compose.yml."""
    own = {"POSTGRES_PASSWORD": secrets.token_hex(24), "AIRFLOW_ADMIN_PASSWORD": secrets.token_urlsafe(18)}
    keys = {name.removeprefix("AIRFLOW__"): value for name, value in airflow_home.new_keys().items()}
    named = {f"AIRFLOW_{name.replace('__', '_')}": value for name, value in keys.items()}
    return "".join(f"{name}={value}\n" for name, value in {**own, **named}.items())


def write_env(path: Path) -> None:
    """Write the secrets to a file readable only by the owner; keep an existing file."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        sys.exit(f"{path} exists and is kept; remove it first to get new secrets")
    with os.fdopen(handle, "w") as file:
        file.write(new_env())
    print(f"{path} holds new secrets; the admin's password is in it as AIRFLOW_ADMIN_PASSWORD")


def init() -> None:
    """Prepare the database, the pools and the admin's password, before any other service starts."""
    passwords = Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    passwords.unlink(missing_ok=True)
    airflow_home.write_private(passwords, {"admin": os.environ["AIRFLOW_ADMIN_PASSWORD"]})
    airflow_home.prepare()
    make_decisions(Path(os.environ["NEWSMILL_DECISIONS"]))


def make_decisions(path: Path) -> None:
    """Make the file of people's decisions, with the notes on its entries, unless it exists."""
    if not path.exists():
        shutil.copyfile(airflow_home.ROOT / "include" / "newsmill" / "decisions.toml", path)


if __name__ == "__main__":
    init() if sys.argv[1:] == ["init"] else write_env(ENV_FILE)
