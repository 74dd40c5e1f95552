"""Connections and shells for readers: the whole warehouse, with no way to write, load or reach other files."""

import os
from collections.abc import Sequence
from pathlib import Path

import duckdb
import duckdb_cli

from newsmill.errors import Permanent
from newsmill.warehouse import snapshot_files, snapshots

LOCKED: snapshot_files.Config = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "lock_configuration": "true",
}


def connect_read_only(home: Path, snapshot: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open the published warehouse, or a snapshot by name, for reading only.

    No statement of the connection can write, attach or read a file, load an extension, or loosen the limits.
    """
    return snapshot_files.connect(database_path(home, snapshot), config=LOCKED)


def shell_command(home: Path, snapshot: str | None = None, arguments: Sequence[str] = ()) -> list[str]:
    """Return the command of a DuckDB shell with the same limits; dot commands reach no file either."""
    program = Path(duckdb_cli.__file__).with_name("duckdb.exe" if os.name == "nt" else "duckdb")
    if not program.is_file():
        raise Permanent(f"DuckDB's shell is not at {program}; install the package duckdb-cli")
    return [str(program), "-safe", "-readonly", str(database_path(home, snapshot)), *arguments]


def database_path(home: Path, snapshot: str | None = None) -> Path:
    """Return the file of the published warehouse, or of a snapshot."""
    return snapshots.find_snapshot(home / "warehouse", snapshot)
