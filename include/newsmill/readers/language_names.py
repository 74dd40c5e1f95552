"""Turns the name of a language, as some dumps write it, into the language's code."""

import tomllib
from pathlib import Path

_PATH = Path(__file__).with_name("language_names.toml")
_CODES = {name: code for code, names in tomllib.loads(_PATH.read_text(encoding="utf8")).items() for name in names}


def language_code(value: str | None) -> str | None:
    """Return the code of a language by name; any other value unchanged."""
    return _CODES.get(value.lower(), value) if value else None
