"""The formats csv and tsv: recognition of rows, choice of the text column, and broken rows."""

import dumps
import pytest

from newsmill.readers import csv_format
from newsmill.readers.record import Limits, Record, Reject
from newsmill.readers.unpack import UnpackedFile

PROSE = (
    "The ferry is back in service after four weeks in dock, the harbour office said on Monday, and the crew is "
    "delighted. "
)


@pytest.fixture
def read(tmp_path):
    def read(data, limits=Limits(), **options):  # noqa: B008
        path = tmp_path / "table"
        path.write_bytes(data)
        file = UnpackedFile(path, limits)
        records = list(csv_format.read(file, "table", **options))
        return [*records, file.failure] if file.failure else records

    return read


def ids_or_reasons(records):
    return [one.document_id if isinstance(one, Record) else one.reason for one in records]


def test_columns_are_known_by_their_names(read):
    data = (
        b"id,URL,Headline,Body,Authors,date_published,irrelevant\r\n"
        b'7,https://tern.example/7,Ferry back,"The ferry, at last, is back.\r\nMore.",'
        b"\"['Jane Roe', 'J. Doe']\",2026-03-02,x\r\n"
    )
    (page,) = read(data)
    assert (page.document_id, page.url, page.title) == ("7", "https://tern.example/7", "Ferry back")
    assert (page.text, page.authors) == ("The ferry, at last, is back.\nMore.", ["Jane Roe", "J. Doe"])
    assert page.published_at.isoformat() == "2026-03-02T00:00:00+00:00"
    assert ("title", "Ferry back", "dump_field", 0.95) in page.metadata
    assert data[page.byte_start : page.byte_end].startswith(b"7,https") and data[page.byte_end :] == b"\r\n"


@pytest.mark.parametrize("delimiter", list(csv_format.DELIMITERS))
def test_the_delimiter_is_recognized_by_the_rows(delimiter):
    records = csv_format.find_layout(dumps.rows(dumps.entries(3), delimiter))
    assert (records.delimiter, records.names) == (delimiter, ("id", "title", "url", "text"))


def test_the_line_by_which_spreadsheets_name_the_delimiter_is_no_row(read):
    assert ids_or_reasons(read(b"sep=;\r\nid;text\r\n1;one\r\n2;two\r\n")) == ["1", "2"]


def test_columns_without_names_are_known_by_what_they_hold(read):
    row = '{0},https://tern.example/{0},2026-03-0{0},"{1}"\n'
    records = read("".join(row.format(n, PROSE * 2) for n in range(1, 5)).encode())
    assert [(one.url, one.text, one.published_at.day) for one in records] == [
        (f"https://tern.example/{n}", PROSE * 2, n) for n in range(1, 5)
    ]


@pytest.mark.parametrize(
    "page",
    [
        b"Home, News, Sport\n\nFerry back, crew delighted\nMore.\n",
        b"Home | News | Article | Contact\nThe ferry is back.\n",
        b"One, two\nthree, four\nfive, six\n",
        b"",
        b"id,text\n",
        b"Title, text\n",
        (PROSE * 3 + "\n\n" + PROSE).encode(),
        b"Date: 2026-03-02, Text: by phone\nThe ferry, they said, is back, and so are we.\n",
    ],
)
def test_a_page_with_commas_is_no_table(page):
    assert csv_format.find_layout(page) is None


def test_a_table_without_a_text_says_what_was_looked_for(read):
    (reject,) = read(b"a,b\n1,2\n3,4\n")
    assert reject.reason == "no_header" and "such as text" in reject.detail and "it begins 'a,b'" in reject.detail


def test_a_quoted_field_may_be_as_long_as_a_record(read):
    (page, other) = read(b'id,text\n1,"' + b"line of text\n" * 100_000 + b'"\n2,short\n')
    assert page.text.count("\n") == 100_000 and other.document_id == "2"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (b"3,one,two,three", "it has 4 columns, expected 2"),
        (b"3", "it has 1 columns, expected 2"),
        (b'3,"a quote that nobody closed', "a quote stands open to the end of the file"),
        (b"3,one\rtwo", "new-line character"),
    ],
)
def test_a_broken_row_says_why_and_the_rows_around_it_are_read(read, row, fault):
    records = read(b"id,text\n1,one\n2,two\n" + row + b"\n4,four\n5,five\n")
    assert sorted(ids_or_reasons(records)) == ["1", "2", "4", "5", "broken_row"]
    (reject,) = [one for one in records if isinstance(one, Reject)]
    assert fault in reject.detail and "at bytes 20 to" in reject.detail


def test_a_quote_that_a_later_row_closes_swallows_no_row_for_good(read):
    rows = [b'%d,"text of %d, quoted"' % (n, n) for n in range(1, 9)]
    rows[3] = b'4,"text of 4, quoted'
    records = read(b"id,text\n" + b"\n".join(rows) + b"\n")
    assert [name for name in ids_or_reasons(records) if name != "broken_row"] == ["1", "2", "3", "5", "6", "7", "8"]
    assert ids_or_reasons(records).count("broken_row") == 1


def test_a_row_over_the_limit_is_skipped(read):
    records = read(b'id,text\n1,one\n2,"' + b"x" * 5_000 + b'"\n3,three\n', Limits(record_bytes=1_000))
    assert ids_or_reasons(records) == ["1", "record_too_large", "3"]


def test_a_file_of_open_quotes_is_read_in_bounded_time(read):
    data = b"id,text\n1,one\n" + b'2,"x\n3,""y\n' * 30_000
    records = read(data, Limits(record_bytes=20_000))
    assert ids_or_reasons(records)[0] == "1"


def test_rows_in_a_legacy_encoding_are_read(read):
    records = read("id;text\n1;Die Fähre fährt wieder über den Fluß\n2;plain\n".encode("cp1252"))
    assert [(one.text, one.encoding) for one in records] == [
        ("Die Fähre fährt wieder über den Fluß", "windows-1252"),
        ("plain", "utf-8"),
    ]


def test_a_spreadsheet_s_unicode_text_is_read_without_byte_ranges(read):
    (page,) = read("id\ttext\r\n1\tDie Fähre\r\n".encode("utf-16"))
    assert (page.text, page.encoding, page.byte_start) == ("Die Fähre", "utf-16", None)


def test_empty_columns_behind_the_names_are_no_fault(read):
    assert ids_or_reasons(read(b"id,text\n1,one,,\n2,two\n")) == ["1", "2"]


def test_a_row_may_lack_columns_behind_its_text_but_not_its_text(read):
    assert ids_or_reasons(read(b"id,text,lang,source\n1,one,en,x\n2,two,en\n3,three,en,x\n4\n")) == [
        "1",
        "2",
        "3",
        "broken_row",
    ]


@pytest.mark.parametrize("cell", ["{'a': 1, []: 2}", "{'a': {1: 'x', None: 'y'}, 3: 'z'}"])
def test_an_odd_literal_takes_no_row_with_it(read, cell):
    records = read(f'id,text,metadata\n1,one,"{cell}"\n2,two,x\n'.encode())
    assert ids_or_reasons(records) == ["1", "2"]
