"""DuckDB's extensions as their packages ship them, loaded from where they lie: nothing is downloaded or installed."""

from importlib import import_module
from pathlib import Path

import duckdb

from newsmill.errors import Permanent


def load(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension into a connection, of the very version of DuckDB that runs."""
    file = path_of(name)
    if not file.is_file():
        wanted = f"duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
        raise Permanent(f"DuckDB's extension {name} is not at {file}; install the package {wanted}")
    con.execute(f"LOAD '{file.as_posix()}'")


def path_of(name: str) -> Path:
    """Return the file of an extension, whether it is there or not."""
    try:
        package = import_module(f"duckdb_extension_{name}")
    except ModuleNotFoundError:
        return Path(f"{name}.duckdb_extension")
    return Path(package.__path__[0], "extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension")
