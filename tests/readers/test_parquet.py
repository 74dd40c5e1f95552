"""The format parquet: rows of the columns with names of known fields, row group by row group."""

import io
from datetime import UTC, datetime

import dumps
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newsmill.readers import parquet
from newsmill.readers.record import Limits, Record, Reject
from newsmill.readers.unpack import UnpackedFile

RECORDS = dumps.entries(20)


@pytest.fixture
def read(tmp_path):
    def read(data, limits=Limits()):  # noqa: B008
        path = tmp_path / "table"
        path.write_bytes(data)
        file = UnpackedFile(path, limits)
        records = list(parquet.read(file, "table"))
        return [*records, file.failure] if file.failure else records

    return read


def written(table, **options):
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def test_values_of_every_kind_are_read_as_what_their_columns_mean(read):
    at = datetime(2026, 3, 2, 10, 15)
    table = pa.table(
        {
            "id": [7],
            "Text": [["one", "two"]],
            "headline": ["Ferry"],
            "published": pa.array([at], pa.timestamp("ns")),
            "authors": [["Jane Roe", "J. Doe"]],
            "source": [{"name": "The Tern", "id": "t"}],
            "blob": [b"\0" * 100],
        }
    )
    (page,) = read(written(table))
    assert (page.document_id, page.text, page.title, page.publisher) == ("7", "one\n\ntwo", "Ferry", "The Tern")
    assert (page.authors, page.published_at) == (["Jane Roe", "J. Doe"], at.replace(tzinfo=UTC))
    assert (page.record_no, page.byte_start, page.byte_end) == (1, None, None)


def test_markup_in_a_column_is_read_as_markup(read):
    table = pa.table({"url": ["https://tern.example/1"], "html": pa.array([dumps.markup(RECORDS[0])], pa.binary())})
    (page,) = read(written(table))
    assert " ".join(page.text.split()) == " ".join(RECORDS[0]["text"].split()) and page.marks is not None


def test_columns_of_no_known_field_are_not_unpacked(read):
    table = pa.table({"noise": ["x" * 5_000], "text": ["words"]})
    data = bytearray(written(table, compression="none", use_dictionary=False))
    at = data.index(b"x" * 100)
    data[at - 20 : at + 20] = bytes(40)
    assert [one.text for one in read(bytes(data))] == ["words"]


def test_a_table_without_a_text_is_one_reject(read):
    (reject,) = read(written(pa.table({"a": [1], "b": [2]})))
    assert (reject.record_no, reject.reason) == (0, "no_text") and "'a, b'" in reject.detail


def test_a_row_without_a_text_is_one_reject(read):
    records = read(written(pa.table({"text": ["one", None, "three"]})))
    assert [one.record_no for one in records if isinstance(one, Reject)] == [2]


def test_a_row_over_the_limit_is_one_reject(read):
    records = read(written(pa.table({"text": ["one", "x" * 5_000, "three"]})), Limits(record_bytes=1_000))
    assert records[1].reason == "record_too_large" and records[2].text == "three"


def test_of_a_damaged_row_group_the_rest_is_read(read):
    data = bytearray(dumps.parquet(RECORDS, 5))
    column = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(1).column(3)
    assert column.path_in_schema == "text"
    data[column.dictionary_page_offset + column.total_compressed_size // 2] ^= 0xFF
    records = read(bytes(data))
    (reject,) = [one for one in records if isinstance(one, Reject)]
    assert (reject.record_no, reject.reason) == (6, "damaged_archive")
    assert "the row group 1 at byte" in reject.detail and "5 rows of it were not read" in reject.detail
    assert [(one.record_no, one.document_id) for one in records if isinstance(one, Record)] == [
        (n + 1, f"r{n}") for n in range(20) if not 5 <= n < 10
    ]


@pytest.mark.parametrize("cut", [1, 8, 500])
def test_a_table_cut_short_has_lost_its_directory(read, cut):
    (reject,) = read(dumps.parquet(RECORDS)[:-cut])
    assert reject.reason == "damaged_archive" and "its footer cannot be read" in reject.detail


def test_a_table_that_swells_beyond_the_limit_is_stopped(read):
    table = pa.table({"text": ["word " * 2_000] * 5_000})
    records = read(written(table), Limits(ratio=50, ratio_from_bytes=3_000_000))
    assert records[-1].reason == "compression_bomb" and 0 < len(records) < 1_000


@pytest.mark.parametrize("name", ["page", "data", "item", "post"])
def test_a_column_of_numbers_holds_no_text(read, name):
    (reject,) = read(written(pa.table({name: list(range(500)), "url": ["https://tern.example/1"] * 500})))
    assert (reject.record_no, reject.reason) == (0, "no_text")


@pytest.mark.parametrize("kind", [pa.struct({"text": pa.string()}), pa.map_(pa.string(), pa.string()), pa.string()])
def test_a_text_within_a_column_of_objects_is_read(read, kind):
    value = '{"text": "The ferry."}' if kind == pa.string() else {"text": "The ferry."}
    value = list(value.items()) if pa.types.is_map(kind) else value
    (page,) = read(written(pa.table({"data": pa.array([value], kind)})))
    assert page.text == "The ferry."


def test_many_different_texts_are_no_bomb(tmp_path):
    path = tmp_path / "landed"
    texts = [f"{number} {SAID}" for number in range(4_000)]
    pq.write_table(pa.table({"text": texts}), path, compression="zstd")
    limits = Limits(ratio=4 * sum(map(len, texts)) // path.stat().st_size, ratio_from_bytes=0)
    results = list(parquet.read(UnpackedFile(path, limits), "feed"))
    assert sum(isinstance(result, Record) for result in results) == len(texts) == len(results)


SAID = "The ferry is late again, the harbour office said. " * 40
