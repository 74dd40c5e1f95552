"""Presets: the names that well-known tools give the fields of a record, from readers/presets.toml."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

FIELDS = (
    "document_id",
    "url",
    "title",
    "text",
    "html",
    "authors",
    "publisher",
    "domain",
    "published_at",
    "language",
)
"""The fields of a record that names are known for."""
# Within readers/, because the names decide on pages: a change is one of the rules.
_PATH = Path(__file__).parent / "readers" / "presets.toml"
_AMBIGUOUS = "ambiguous"


class Preset(NamedTuple):
    """The names of a tool by field, in order of preference, and the names of lower confidence."""

    names: Mapping[str, Sequence[str]]
    ambiguous: Sequence[str]


def fold_name(name: str) -> str:
    """Return the letters and digits of a field name, in lower case: publishedAt and published_at are one name."""
    return "".join(filter(str.isalnum, name)).lower()


@cache
def read_presets() -> dict[str, Preset]:
    """Return all presets by name."""
    tables = tomllib.loads(_PATH.read_text(encoding="utf8"))
    return {
        name: Preset({field: names for field, names in table.items() if field in FIELDS}, table.get(_AMBIGUOUS, []))
        for name, table in tables.items()
    }


def preset_names() -> tuple[str, ...]:
    """Return the names of all presets, sorted."""
    return tuple(sorted(read_presets()))
