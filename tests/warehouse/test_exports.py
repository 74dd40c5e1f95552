"""Exports: other programs read the rows of the warehouse, and a folder changes all at once or not at all."""

import csv
import hashlib
import json
from datetime import date

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from newsmill.cli.command_line import main
from newsmill.errors import Permanent, Transient
from newsmill.glossary import GLOSSARY
from newsmill.locks import hold_lock
from newsmill.warehouse import exports, snapshots
from newsmill.warehouse.exports import ExportRequest, export
from newsmill.warehouse.model import tables

pytestmark = pytest.mark.slow

MONDAY, TUESDAY = "2026-03-02", "2026-03-03"
FORMULAS = ["=1+1 ships.", "+44 ships.", "-7 ships.", "@ships.", "'tis ships."]
QUOTES = "SELECT quote_key, article_key, quote_text, night FROM dw.fact_quote ORDER BY quote_key"
HIVE = ds.partitioning(pa.schema([("night", pa.date32())]), flavor="hive")


@pytest.fixture(scope="module")
def house(tmp_path_factory, make_house):
    """Return a house with two nights published, the second with texts that a spreadsheet takes for formulas."""
    house = make_house(tmp_path_factory.mktemp("exports") / "home")
    for night in (MONDAY, TUESDAY):
        article = {
            "text": f"“We sail on {night}”, said the Æther crew.",
            "title": "Ferry",
            "mentions": ["crew"],
            "quotes": [{"text": f"We sail on {night}", "speaker": "crew"}],
        }
        odd = [{"article": f"odd-{n}", "text": text, "title": text} for n, text in enumerate(FORMULAS)]
        house.write(night, article, *(odd if night == TUESDAY else ()))
    house.load(MONDAY, TUESDAY)
    return house


@pytest.fixture
def to(tmp_path):
    return tmp_path / "export"


def rows(of: str, house) -> set[tuple]:
    return {tuple(map(str, row)) for row in house.ask(f"FROM {of}")}


def test_parquet_holds_every_table_and_mart_as_the_warehouse_does(house, to):
    manifest = export(house.warehouse, ExportRequest(("all",), to))
    asked_by_people = {model.table for model in tables() if model.schema != "search"}
    assert {table["name"] for table in manifest["tables"]} >= asked_by_people
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    for table in manifest["tables"]:
        (file,) = table["files"]
        exported = con.execute(f"FROM '{to / file['path']}'").fetchall()
        assert len(exported) == table["rows"]
        assert {tuple(map(str, row)) for row in exported} == rows(table["name"], house), table["name"]


def test_the_manifest_describes_every_file_and_column(house, to):
    manifest = export(house.warehouse, ExportRequest(("dw.fact_quote", "mart.who_said_what"), to, by_night=True))
    assert json.loads((to / "manifest.json").read_text()) == manifest
    assert manifest["snapshot"] == snapshots.current_snapshot(house.warehouse)
    files = {file["path"]: file for table in manifest["tables"] for file in table["files"]}
    assert files.keys() == {path.relative_to(to).as_posix() for path in to.rglob("*.parquet")}
    for path, file in files.items():
        written = (to / path).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(written), hashlib.sha256(written).hexdigest())
    quote = manifest["tables"][0]
    assert quote["meaning"].startswith("One quotation") and quote["rows"] == 2 and quote["partitioned_by"] == "night"
    assert {column["name"]: column["meaning"] for column in quote["columns"]}["cue"] == GLOSSARY["cue"].meaning


def test_a_partitioned_export_is_read_by_arrow_with_nights_as_dates(house, to):
    export(house.warehouse, ExportRequest(("dw.fact_quote", "dw.dim_article"), to, by_night=True))
    dataset = ds.dataset(to / "dw.fact_quote", partitioning=HIVE)
    assert dataset.schema.field("night").type == pa.date32()
    monday = dataset.to_table(filter=ds.field("night") == date(2026, 3, 2))
    assert monday["quote_text"].to_pylist() == [f"We sail on {MONDAY}"]
    assert pq.read_table(to / "dw.dim_article.parquet").num_rows == 2 + len(FORMULAS)


def test_a_partitioned_export_is_read_by_pandas(house, to):
    export(house.warehouse, ExportRequest(("dw.fact_quote",), to, by_night=True))
    frame = pd.read_parquet(to / "dw.fact_quote", partitioning=HIVE).sort_values("quote_key")
    columns = ["quote_key", "article_key", "quote_text", "night"]
    assert list(frame[columns].itertuples(index=False, name=None)) == house.ask(QUOTES)


def test_a_partitioned_export_is_read_by_polars(house, to):
    polars = pytest.importorskip("polars", reason="polars is not installed")
    export(house.warehouse, ExportRequest(("dw.fact_quote",), to, by_night=True))
    frame = polars.scan_parquet(to / "dw.fact_quote", hive_partitioning=True).sort("quote_key").collect()
    assert frame.schema["night"] == polars.Date
    assert frame.select("quote_key", "article_key", "quote_text", "night").rows() == house.ask(QUOTES)


def test_arrow_is_read_in_batches_and_holds_the_same(house, to, monkeypatch):
    monkeypatch.setattr(exports, "BATCH_ROWS", 2)
    export(house.warehouse, ExportRequest(("dw.fact_text_block", "mart.who_said_what"), to, "arrow"))
    with pa.ipc.open_file(to / "dw.fact_text_block.arrow") as file:
        table = file.read_all()
    assert {tuple(map(str, row.values())) for row in table.to_pylist()} == rows("dw.fact_text_block", house)
    assert pa.ipc.open_file(to / "mart.who_said_what.arrow").schema.field("night").type == pa.date32()


def test_csv_opens_in_a_spreadsheet_with_its_letters_lists_and_no_formula(house, to):
    export(house.warehouse, ExportRequest(("dw.dim_article", "dw.dim_entity"), to, "csv"))
    assert (to / "dw.dim_article.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (to / "dw.dim_article.csv").open(encoding="utf-8-sig", newline="") as handle:
        cells = list(csv.DictReader(handle))
    assert "“We sail on 2026-03-02”, said the Æther crew." in {row["text"] for row in cells}
    assert json.loads(cells[0]["authors"]) == []
    odd = sorted(row["title"] for row in cells if row["title"] != "Ferry")
    assert odd == sorted(f"'{text}" for text in FORMULAS)
    assert not [cell for row in cells for name, cell in row.items() if cell[:1] in tuple("=+@\t\r")]


def test_numbers_below_zero_stay_numbers_in_csv(house, to):
    export(house.warehouse, ExportRequest(("dw.fact_quote",), to, "csv"))
    with (to / "dw.fact_quote.csv").open(encoding="utf-8-sig", newline="") as handle:
        keys = [int(row["speaker_entity_key"]) for row in csv.DictReader(handle)]
    assert sorted(keys) == sorted(house.column("SELECT speaker_entity_key FROM dw.fact_quote"))


def test_nights_and_an_older_snapshot_are_what_is_asked_for(house, to):
    first = snapshots.list_snapshots(house.warehouse)[0]
    tuesday = (date(2026, 3, 3), date(2026, 3, 3))
    only = export(house.warehouse, ExportRequest(("dw.fact_quote", "dw.dim_source"), to, nights=tuesday))
    assert [table["rows"] for table in only["tables"]] == [1, house.ask("SELECT count(*) FROM dw.dim_source")[0][0]]
    before = export(house.warehouse, ExportRequest(("dw.fact_quote",), to, snapshot=first))
    assert before["snapshot"] == first and before["tables"][0]["rows"] == 1


def test_a_table_without_a_row_still_has_its_columns(house, to):
    never = (date(2020, 1, 1), date(2020, 1, 2))
    manifest = export(house.warehouse, ExportRequest(("dw.fact_quote",), to, by_night=True, nights=never))
    assert manifest["tables"][0]["rows"] == 0 and manifest["tables"][0]["partitioned_by"] is None
    assert "quote_text" in pq.read_schema(to / "dw.fact_quote.parquet").names


def test_a_second_export_replaces_the_first_whole(house, to):
    export(house.warehouse, ExportRequest(("all",), to))
    export(house.warehouse, ExportRequest(("dw.dim_source",), to))
    assert {path.name for path in to.iterdir()} == {"dw.dim_source.parquet", "manifest.json"}
    assert [path.name for path in to.parent.iterdir()] == ["export"]


@pytest.mark.parametrize("name", ["notes.txt", "manifest.json"])
def test_a_folder_that_is_no_export_is_left_alone(house, to, name):
    to.mkdir()
    (to / name).write_text('{"made_by": "somebody"}')
    with pytest.raises(Permanent, match="is no export; name another folder"):
        export(house.warehouse, ExportRequest(("dw.dim_source",), to))
    assert [path.name for path in to.iterdir()] == [name]


def test_an_export_that_fails_leaves_the_one_before(house, to, monkeypatch):
    before = export(house.warehouse, ExportRequest(("dw.dim_source",), to))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(exports._WRITERS, "arrow", full)
    with pytest.raises(Transient, match="No space left on device; try again"):
        export(house.warehouse, ExportRequest(("dw.dim_source", "dw.fact_quote"), to, "arrow"))
    assert json.loads((to / "manifest.json").read_text()) == before
    assert [path.name for path in to.parent.iterdir()] == ["export"]


def test_an_export_killed_between_its_two_renames_is_put_back_by_the_next(house, to):
    before = export(house.warehouse, ExportRequest(("dw.dim_source",), to))
    to.rename(to.with_name(".export.old"))
    with pytest.raises(Permanent, match="no table"):
        export(house.warehouse, ExportRequest(("dw.nothing_like_it",), to))
    assert json.loads((to / "manifest.json").read_text()) == before


def test_two_exports_to_one_folder_do_not_mix(house, to):
    with hold_lock(to.with_name(".export.lock"), 0, Permanent()), pytest.raises(Transient, match="another process"):
        export(house.warehouse, ExportRequest(("dw.dim_source",), to))


def test_the_command_says_what_it_wrote(house, to, capsys):
    assert main(["export", "mart.who_said_what", "--to", str(to), "--night", MONDAY, "--home", str(house.home)]) == 0
    assert "mart.who_said_what: 1 rows" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("dw.fact_quot",), 1, "do you mean dw.fact_quote"),
        (("who_said_what",), 1, "do you mean mart.who_said_what"),
        (("all", "--snapshot", "nowhere"), 1, "there is no snapshot nowhere"),
        (("all", "--format", "csv", "--partition-by", "night"), 1, "leave out --partition-by"),
        (("all", "--night", "2026-03-03..2026-03-02"), 2, "ends before it begins"),
        (("all", "--night", "soon"), 2, "write YYYY-MM-DD"),
    ],
)
def test_a_wrong_wish_says_what_can_be_had(house, to, capsys, arguments, code, complaint):
    try:
        ended = main(["export", *arguments, "--to", str(to), "--home", str(house.home)])
    except SystemExit as stop:
        ended = stop.code
    assert ended == code and complaint in capsys.readouterr().err and not to.exists()


def test_without_a_warehouse_it_says_to_run_a_night(tmp_path, to, capsys):
    assert main(["export", "all", "--to", str(to), "--home", str(tmp_path)]) == 1
    assert "run a night first" in capsys.readouterr().err
