"""The format of the files of a home: a newer one is refused, an older one is named with the command that upgrades it.

`format.json` in the home holds the number of the format and the version that wrote there last. The number grows when
an earlier version would misread the files. What a warehouse of an earlier version lacks is seen in its tables.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from newsmill import __version__
from newsmill.errors import BrokenHome, Permanent
from newsmill.temporary_files import replacing_file
from newsmill.warehouse import snapshots
from newsmill.warehouse.table_columns import column_types, table_exists

FORMAT = 1
"""The format of this version: versions with a lower number refuse the home, those with the same write into it."""
FORMAT_FILE = "format.json"


@dataclass(frozen=True)
class EarlierTable:
    """A column by which a table of this version differs from one of an earlier version."""

    table: str
    column: str
    problem: str
    step: str
    earlier_type: str | None = None
    """The type of the column in an earlier version; None where that has no such column."""

    def is_in(self, con: duckdb.DuckDBPyConnection) -> bool:
        """Report whether the table of a connection is one of an earlier version."""
        return table_exists(con, self.table) and column_types(con, self.table).get(self.column) == self.earlier_type


EARLIER_TABLES = (
    EarlierTable("dw.dim_article", "published_day", "days were counted in UTC", "clean"),
    EarlierTable("dw.dim_text", "bands", "copies of its texts would be missed", "minhash", "UINTEGER[]"),
    EarlierTable("dw.dim_entity", "linked_entity_id", "names were not linked over all nights", "mentions"),
    EarlierTable("dw.fact_mention", "is_credit", "marts would count none of its mentions", "mentions"),
)
"""In the order of the steps: the first that applies names the step from which all others are done again, too."""


def require_known_format(home: Path) -> None:
    """Raise BrokenHome for the files of a newer version; a home without a format is one of an earlier version."""
    path = home / FORMAT_FILE
    try:
        written = json.loads(path.read_text(encoding="utf8"))
        number, version = int(written["format"]), str(written["written_by"])
    except (FileNotFoundError, NotADirectoryError):
        return
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenHome(
            f"{path}: not the format of a home ({error!r}); nothing was changed; a night writes it anew; run: rm {path}"
        ) from error
    if number > FORMAT:
        raise BrokenHome(
            f"{path}: newsmill {version} wrote this home in format {number}, and this version, {__version__}, knows "
            f"formats up to {FORMAT}; nothing was changed; install newsmill {version} or a newer one, or name another "
            "folder with --home"
        )


def record_format(home: Path) -> None:
    """Write the format of this version into a home, unless it is there."""
    path, content = home / FORMAT_FILE, json.dumps({"format": FORMAT, "written_by": __version__}) + "\n"
    if not path.exists() or path.read_text(encoding="utf8") != content:
        with replacing_file(path) as temporary:
            temporary.write_text(content, encoding="utf8")


def require_current_warehouse(warehouse: Path) -> None:
    """Raise Permanent with the command that upgrades the served warehouse, where an earlier version made it."""
    if os.path.lexists(warehouse / snapshots.LINK):
        with snapshots.open_published(warehouse) as con:
            require_current_tables(con, warehouse)


def require_current_tables(con: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    """Raise Permanent for tables of an earlier version: a night would add rows that do not match those of before."""
    for earlier in EARLIER_TABLES:
        if earlier.is_in(con):
            command = snapshots.format_command(warehouse, "--from", earlier.step, verb="rebuild")
            raise Permanent(
                f"{earlier.table} of this warehouse is of an earlier version of newsmill: {earlier.problem}; nothing "
                f"was changed; make it one of this version; run: {command}"
            )
