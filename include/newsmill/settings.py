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


def read(environment: dict[str, str] | None = None) -> Settings:
    """Read NEWSMILL_HOME, _SOURCES, _DECISIONS, _ROOT and _KEEP_SNAPSHOTS; all have defaults."""
    told = os.environ if environment is None else environment
    root = Path(told.get("NEWSMILL_ROOT", ROOT))
    return Settings(
        home=Path(told.get("NEWSMILL_HOME", root / "data")),
        sources=Path(told.get("NEWSMILL_SOURCES", root / "include" / "newsmill" / "sources.toml")),
        decisions=Path(told.get("NEWSMILL_DECISIONS", PACKAGE / "decisions.toml")),
        root=root,
        keep_snapshots=_positive(told, "NEWSMILL_KEEP_SNAPSHOTS", 7),
    )


def _positive(told: dict[str, str], name: str, default: int) -> int:
    value = told.get(name, str(default))
    if not value.isdigit() or int(value) < 1:
        raise Permanent(f"{name} is {value!r}; it must be a whole number from 1")
    return int(value)
