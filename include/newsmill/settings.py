"""What a user may set, read once from the environment."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from newsmill.errors import Permanent

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parents[1]


@dataclass(frozen=True)
class Settings:
    """`root` is the folder that relative locations of dumps start from.

    `catalog` is that of the DuckLake which machines share, as DuckLake takes it, and `catalog_data` the place of its
    files; both are empty where the warehouse is one file.
    `max_faulty_share` of a relation's rows may be withheld before the gate closes: at twice as many a broken rule of
    an extractor passes, at half as many a dump of odd pages stops a night. `document_seconds` and `step_seconds` limit
    the time over one document and in one step; 0 is no limit.
    """

    home: Path
    sources: Path
    decisions: Path
    root: Path
    keep_snapshots: int
    is_searchable: bool = True
    catalog: str = ""
    catalog_data: str = ""
    max_faulty_share: float = 0.01
    document_seconds: float = 20.0
    step_seconds: float = 0.0


def read(environment: dict[str, str] | None = None) -> Settings:
    """Read NEWSMILL_HOME, _ROOT, _SOURCES, _DECISIONS, _KEEP_SNAPSHOTS, _SEARCH, _WAREHOUSE and limits.

    All have defaults.
    """
    told = os.environ if environment is None else environment
    root = Path(told.get("NEWSMILL_ROOT", ROOT))
    catalog = _catalog(told.get("NEWSMILL_WAREHOUSE", ""), root)
    return Settings(
        home=Path(told.get("NEWSMILL_HOME", root / "data")),
        sources=Path(told.get("NEWSMILL_SOURCES", root / "include" / "newsmill" / "sources.toml")),
        decisions=Path(told.get("NEWSMILL_DECISIONS", PACKAGE / "decisions.toml")),
        root=root,
        keep_snapshots=_positive(told, "NEWSMILL_KEEP_SNAPSHOTS", 7),
        is_searchable=_switch(told, "NEWSMILL_SEARCH", "on"),
        catalog=catalog,
        catalog_data=_catalog_data(told.get("NEWSMILL_WAREHOUSE_DATA", ""), root) if catalog else "",
        max_faulty_share=_share(told, "NEWSMILL_MAX_FAULTY_SHARE", "0.01"),
        document_seconds=_seconds(told, "NEWSMILL_DOCUMENT_SECONDS", "20"),
        step_seconds=_seconds(told, "NEWSMILL_STEP_SECONDS", "0"),
    )


def _catalog(told: str, root: Path) -> str:
    """Return the catalog of a shared warehouse; one with a password is refused, since commands and logs show it."""
    kind, _, where = told.removeprefix("ducklake:").partition(":")
    if not told:
        return ""
    if not told.startswith("ducklake:") or kind not in ("sqlite", "postgres") or not where:
        raise Permanent("NEWSMILL_WAREHOUSE must be ducklake:sqlite:FILE or ducklake:postgres:host=… dbname=… user=…")
    if re.search(r"passw(or)?d\s*=|://[^/@]*:[^/@]*@", where, re.IGNORECASE):
        raise Permanent("NEWSMILL_WAREHOUSE holds a password; take it out, and set PGPASSWORD or a line of ~/.pgpass")
    return f"sqlite:{(root / where).absolute()}" if kind == "sqlite" else f"postgres:{where}"


def _catalog_data(told: str, root: Path) -> str:
    if not told:
        raise Permanent("NEWSMILL_WAREHOUSE_DATA is missing: the folder or s3:// address of the warehouse's files")
    place = told if "://" in told else str((root / told).absolute())
    if not place.startswith(("s3://", "/")):
        raise Permanent("NEWSMILL_WAREHOUSE_DATA must be a folder or begin with s3://")
    return place.rstrip("/") + "/"


def _positive(told: dict[str, str], name: str, default: int) -> int:
    value = told.get(name, str(default))
    if not value.isdigit() or int(value) < 1:
        raise Permanent(f"{name} is {value!r}; it must be a whole number from 1")
    return int(value)


def _share(environment: dict[str, str], name: str, default: str) -> float:
    value = environment.get(name, default)
    if not re.fullmatch(r"0(\.\d+)?|1(\.0+)?", value):
        raise Permanent(f"{name} is {value!r}; it must be a share from 0 to 1, such as 0.01")
    return float(value)


def _seconds(environment: dict[str, str], name: str, default: str) -> float:
    value = environment.get(name, default)
    if not re.fullmatch(r"\d+(\.\d+)?", value):
        raise Permanent(f"{name} is {value!r}; it must be a number of seconds, 0 for no limit")
    return float(value)


def _switch(told: dict[str, str], name: str, default: str) -> bool:
    value = told.get(name, default)
    if value not in ("on", "off"):
        raise Permanent(f"{name} is {value!r}; it must be on or off")
    return value == "on"
