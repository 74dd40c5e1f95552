"""Settings of the user, read from the environment."""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from newsmill.errors import Permanent

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parents[1]
HOLD = "NEWSMILL_HOLD"
"""The variable with the warnings that hold a publish."""


@dataclass(frozen=True)
class Settings:
    """`root` is the base of relative locations of dumps.

    `catalog` is the address of a shared DuckLake, in the syntax of DuckLake, and `catalog_data` the folder of data
    files; both are empty for a warehouse in a single file. The gate closes when more than `max_faulty_share` of a
    relation's rows are withheld. At twice the default, a broken rule of an extractor passes; at half, a dump of odd
    pages stops a night. `document_seconds` and `step_seconds` limit the time for a document and a step; 0 is no limit.
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


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """Read NEWSMILL_HOME, _ROOT, _SOURCES, _DECISIONS, _KEEP_SNAPSHOTS, _SEARCH, _WAREHOUSE and limits.

    All have defaults.
    """
    environment = os.environ if environment is None else environment
    root = Path(environment.get("NEWSMILL_ROOT", ROOT))
    catalog = _parse_catalog(environment.get("NEWSMILL_WAREHOUSE", ""), root)
    return Settings(
        home=Path(environment.get("NEWSMILL_HOME", root / "data")),
        sources=Path(environment.get("NEWSMILL_SOURCES", root / "include" / "newsmill" / "sources.toml")),
        decisions=Path(environment.get("NEWSMILL_DECISIONS", PACKAGE / "decisions.toml")),
        root=root,
        keep_snapshots=_read_count(environment, "NEWSMILL_KEEP_SNAPSHOTS", 7),
        is_searchable=_read_switch(environment, "NEWSMILL_SEARCH", "on"),
        catalog=catalog,
        catalog_data=_parse_catalog_data(environment.get("NEWSMILL_WAREHOUSE_DATA", ""), root) if catalog else "",
        max_faulty_share=_read_share(environment, "NEWSMILL_MAX_FAULTY_SHARE", "0.01"),
        document_seconds=_read_seconds(environment, "NEWSMILL_DOCUMENT_SECONDS", "20"),
        step_seconds=_read_seconds(environment, "NEWSMILL_STEP_SECONDS", "0"),
    )


def _parse_catalog(address: str, root: Path) -> str:
    """Return the catalog of a shared warehouse; Permanent for a password, since logs show the value."""
    kind, _, location = address.removeprefix("ducklake:").partition(":")
    if not address:
        return ""
    if not address.startswith("ducklake:") or kind not in ("sqlite", "postgres") or not location:
        raise Permanent("NEWSMILL_WAREHOUSE must be ducklake:sqlite:FILE or ducklake:postgres:host=… dbname=… user=…")
    if re.search(r"passw(or)?d\s*=|://[^/@]*:[^/@]*@", location, re.IGNORECASE):
        raise Permanent("NEWSMILL_WAREHOUSE holds a password; take it out, and set PGPASSWORD or a line of ~/.pgpass")
    return f"sqlite:{(root / location).absolute()}" if kind == "sqlite" else f"postgres:{location}"


def _parse_catalog_data(address: str, root: Path) -> str:
    if not address:
        raise Permanent("NEWSMILL_WAREHOUSE_DATA is missing: the folder or s3:// address of the warehouse's files")
    folder = address if "://" in address else str((root / address).absolute())
    if not folder.startswith(("s3://", "/")):
        raise Permanent("NEWSMILL_WAREHOUSE_DATA must be a folder or begin with s3://")
    return folder.rstrip("/") + "/"


def read_positive(name: str, default: float, unit: str, most: float = math.inf) -> float:
    """Return a number above 0 from the environment, the default for an empty one; Permanent for any other value."""
    given = os.environ.get(name) or str(default)
    try:
        number = float(given)
    except ValueError:
        number = 0
    if not 0 < number <= most:
        limit = f", at most {most:g}" if most < math.inf else ""
        raise Permanent(f"{name} is {given!r}; it must be a number of {unit} above 0{limit}")
    return number


def _read_count(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name, str(default))
    if not value.isdigit() or int(value) < 1:
        raise Permanent(f"{name} is {value!r}; it must be a whole number from 1")
    return int(value)


def _read_share(environment: Mapping[str, str], name: str, default: str) -> float:
    value = environment.get(name, default)
    if not re.fullmatch(r"0(\.\d+)?|1(\.0+)?", value):
        raise Permanent(f"{name} is {value!r}; it must be a share from 0 to 1, such as 0.01")
    return float(value)


def _read_seconds(environment: Mapping[str, str], name: str, default: str) -> float:
    value = environment.get(name, default)
    if not re.fullmatch(r"\d+(\.\d+)?", value):
        raise Permanent(f"{name} is {value!r}; it must be a number of seconds, 0 for no limit")
    return float(value)


def _read_switch(environment: Mapping[str, str], name: str, default: str) -> bool:
    value = environment.get(name, default)
    if value not in ("on", "off"):
        raise Permanent(f"{name} is {value!r}; it must be on or off")
    return value == "on"
