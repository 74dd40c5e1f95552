"""Writes the commands of newsmill that a message advises."""

import shlex
from pathlib import Path


def format_command(*words: str, home: Path | None = None) -> str:
    """Return a shell command of newsmill, for a home if one is given."""
    options = ["--home", str(home)] if home else []
    return shlex.join(["python", "-m", "newsmill", *words, *options])
