"""docs/models.md describes every header field and every kind of load of the SQL models."""

from pathlib import Path

from newsmill.warehouse.model import FIELDS, LOADS

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "models.md").read_text(encoding="utf8")
FIRST_CELLS = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]


def test_every_header_field_has_a_row():
    assert [name for name in FIELDS if f" `{name}` " not in FIRST_CELLS] == []


def test_every_kind_of_load_has_a_row():
    assert [load for load in LOADS if not any(f"`{load}`" in cell for cell in FIRST_CELLS)] == []
