"""DuckDB's extensions, loaded from the folders of Python packages: nothing is downloaded."""

from importlib import import_module
from pathlib import Path

import duckdb

from newsmill.errors import Permanent


def load_extension(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension into a connection, built for the running version of DuckDB."""
    file = extension_path(name)
    if not file.is_file():
        requirement = f"duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
        raise Permanent(f"DuckDB's extension {name} is not at {file}; install the package {requirement}")
    con.execute(f"LOAD '{file.as_posix()}'")


def extension_path(name: str) -> Path:
    """Return the path of an extension, whether the file exists or not."""
    try:
        package = import_module(f"duckdb_extension_{name}")
    except ModuleNotFoundError:
        return Path(f"{name}.duckdb_extension")
    return Path(package.__path__[0], "extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension")
