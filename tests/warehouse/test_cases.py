"""Every table by a case folder: nights in nights.toml, and the rows, counted by hand, that the table must hold."""

import csv
import tomllib
from pathlib import Path

import pytest

from newsmill.warehouse.loader import open_empty_warehouse
from newsmill.warehouse.model import macros, tables

pytestmark = pytest.mark.slow

CASES = Path(__file__).parent / "cases"
TABLES = sorted(model.table for model in (*tables(), *macros()))
HOW = (
    "add the folder tests/warehouse/cases/{0}/ with nights.toml (the nights in the order in which they are loaded; the"
    " fields of a page are read by Page in tests/warehouse/conftest.py) and expected.csv (any columns of {0}, all its"
    " rows, counted by hand; null is empty, and #identity stands for the warehouse key of that natural key); of what is"
    " called rather than read, nights.toml lists in `calls` the sources to select from"
)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_a_case(table):
    folder = CASES / table
    assert (folder / "nights.toml").is_file() and (folder / "expected.csv").is_file(), HOW.format(table)


@pytest.mark.parametrize("folder", sorted(p for p in CASES.iterdir() if p.is_dir()), ids=lambda p: p.name)
def test_a_table_holds_the_rows_counted_by_hand(folder, house, draft, key):
    table = folder.name
    assert table in TABLES, f"{folder} names no table; there are {TABLES}"
    nights = write_nights(house, folder / "nights.toml")
    con = draft(house, *nights)
    columns, expected = rows(folder / "expected.csv", key)
    shown = ", ".join(f"CAST({name} AS VARCHAR)" for name in columns)
    loaded = [row for source in asked(folder, table) for row in con.execute(f"SELECT {shown} FROM {source}").fetchall()]
    assert sorted(loaded, key=str) == sorted(expected, key=str)


def asked(folder: Path, table: str) -> list[str]:
    """Return what a case selects from: its table, or what it calls."""
    return tomllib.loads((folder / "nights.toml").read_text(encoding="utf8")).get("calls", [table])


def write_nights(house, file: Path) -> list:
    """Write the nights of a case into the lake and return them in the order in which they are loaded."""
    nights = tomllib.loads(file.read_text(encoding="utf8"))["night"]
    for night in nights:
        house.write(night["date"], *night.get("page", ()))
        house.note(night["date"], night)
    return [night["date"] for night in nights]


def rows(file: Path, key) -> tuple[list[str], list[tuple]]:
    with open(file, encoding="utf8", newline="") as lines:
        columns, *rows = csv.reader(lines)
    return columns, [tuple(_value(cell, key) for cell in row) for row in rows]


def _value(cell: str, key) -> str | None:
    if cell.startswith("#"):
        return str(key(cell[1:]))
    return cell or None


def test_columns_of_marts_are_plain_and_no_key_is_a_number_that_doubles_change():
    with open_empty_warehouse() as con:
        columns = con.execute("""
            SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'mart'""").fetchall()
    assert len(columns) > 100
    nested = [column for column in columns if column[2].endswith("]") or column[2].startswith(("STRUCT", "MAP"))]
    keys = [column for column in columns if column[1].endswith("_key") and column[2] != "VARCHAR"]
    assert (nested, keys) == ([], [])


def test_a_citation_is_found_by_a_key_as_text_and_as_number(house, draft):
    nights = write_nights(house, CASES / "mart.cite" / "nights.toml")
    con = draft(house, *nights)
    number, text = con.execute("SELECT quote_key, quote_key::VARCHAR FROM dw.fact_quote ORDER BY 1 DESC").fetchone()
    assert number > 2**53
    by_number = con.execute("SELECT fact_key, text FROM mart.cite('fact_quote', $1)", [number]).fetchall()
    assert by_number == con.execute("SELECT fact_key, text FROM mart.cite('fact_quote', $1)", [text]).fetchall()
    assert [key for key, _ in by_number] == [text]


@pytest.mark.parametrize(
    ("published_at", "precision", "key"),
    [
        (None, None, -1),
        ("2026-03-02 00:00", "day", 20260302),
        ("2026-03-02 09:15", "time", 20260302),
        ("2026-03-01 23:00", "time", 20260301),
    ],
)
def test_the_day_of_publication_does_not_move_with_the_zone_of_the_session(house, draft, published_at, precision, key):
    house.write("2026-03-02", {"article": "a", "published_at": published_at})
    con = draft(house, "2026-03-02")
    con.execute("SET TimeZone = 'America/New_York'")
    sql = "SELECT published_precision, published_date_key FROM dw.dim_article JOIN dw.fact_article USING (article_key)"
    assert con.execute(sql).fetchall() == [(precision, key)]
