"""What a user may set, read once from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

from newsmill.errors import Permanent

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parents[1]


@dataclass(frozen=True)
class Settings:
    """`root` is the folder that relative locations of dumps start from."""

    home: Path
    sources: Path
    decisions: Path
    root: Path
    keep_snapshots: int
    is_searchable: bool


def read(environment: dict[str, str] | None = None) -> Settings:
    """Read NEWSMILL_HOME, _SOURCES, _DECISIONS, _ROOT, _KEEP_SNAPSHOTS and _SEARCH; all have defaults."""
    told = os.environ if environment is None else environment
    root = Path(told.get("NEWSMILL_ROOT", ROOT))
    return Settings(
        home=Path(told.get("NEWSMILL_HOME", root / "data")),
        sources=Path(told.get("NEWSMILL_SOURCES", root / "include" / "newsmill" / "sources.toml")),
        decisions=Path(told.get("NEWSMILL_DECISIONS", PACKAGE / "decisions.toml")),
        root=root,
        keep_snapshots=_positive(told, "NEWSMILL_KEEP_SNAPSHOTS", 7),
        is_searchable=_switch(told, "NEWSMILL_SEARCH", "on"),
    )


def _positive(told: dict[str, str], name: str, default: int) -> int:
    value = told.get(name, str(default))
    if not value.isdigit() or int(value) < 1:
        raise Permanent(f"{name} is {value!r}; it must be a whole number from 1")
    return int(value)


def _switch(told: dict[str, str], name: str, default: str) -> bool:
    value = told.get(name, default)
    if value not in ("on", "off"):
        raise Permanent(f"{name} is {value!r}; it must be on or off")
    return value == "on"
