"""The format text: one page a file, or many with a line between them."""

import gzip

import pytest

from newsmill.readers import text
from newsmill.readers.record import Limits, Record, Reject
from newsmill.readers.unpack import UnpackedFile


@pytest.fixture
def read(tmp_path):
    def read(data, limits=Limits()):  # noqa: B008
        path = tmp_path / "page.txt"
        path.write_bytes(data)
        file = UnpackedFile(path, limits)
        records = list(text.read(file, "north/page.txt"))
        return records[0] if len(records) == 1 else records, file.failure

    return read


def test_a_file_is_one_page_known_by_its_name(read):
    page, failure = read("Ferry back in service\r\n\r\nThe crew’s delighted.\r\n".encode("cp1252"))
    assert page == Record(
        1, 0, 48, "Ferry back in service\n\nThe crew’s delighted.\n", "windows-1252", ("newlines",), "north/page.txt"
    )
    assert failure is None


def test_the_byte_range_of_a_packed_page_is_that_of_the_unpacked(read):
    assert read(gzip.compress(b"Ferry back"))[0].byte_end == 10


@pytest.mark.parametrize(
    ("data", "reason", "details"),
    [
        (b"", "empty_file", "the file has no bytes, expected a page"),
        (b" \r\n\t\n", "empty_file", "only white space (5 bytes)"),
        (b"\xef\xbb\xbf", "empty_file", "only white space (3 bytes)"),
        (gzip.compress(b"", mtime=0), "empty_file", "no bytes"),
        (b"words\0\0\0\0", "binary", "the file is binary (4 control bytes in the 9 looked at), expected text"),
        (b"%PDF-1.4 words", "binary", "the file is a PDF document, expected text"),
    ],
)
def test_a_file_that_is_no_page_says_why(read, data, reason, details):
    reject, _ = read(data)
    assert isinstance(reject, Reject) and (reject.record_no, reject.reason) == (0, reason)
    assert details in reject.detail


def test_a_page_over_the_limit_is_turned_away(read):
    reject, _ = read(b"x" * 101, Limits(record_bytes=100))
    assert (reject.record_no, reject.reason) == (1, "record_too_large") and "more than 100 bytes" in reject.detail
    assert read(b"x" * 100, Limits(record_bytes=100))[0].text == "x" * 100


def test_half_a_page_is_none(read):
    records, failure = read(gzip.compress(b"Ferry " * 1000)[:-9])
    assert records == [] and failure.reason == "damaged_archive"


@pytest.fixture
def between(tmp_path):
    def between(data, limits=Limits(), separator="====="):  # noqa: B008
        path = tmp_path / "pages.txt"
        path.write_bytes(data)
        file = UnpackedFile(path, limits)
        return [*text.read(file, "pages.txt", separator), *([file.failure] if file.failure else [])]

    return between


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_line_between_pages_parts_them(between, end):
    pages = [b"Ferry back" + end + end + b"in service", "Die F\u00e4hre".encode(), b"===== is no line of its own"]
    data = b"=====" + end + (end + b"  ===== " + end).join(pages) + end + b"=====" + end + b"  " + end
    records = between(data)
    assert [data[page.byte_start : page.byte_end] for page in records] == pages
    assert [page.record_no for page in records] == [1, 2, 3]


def test_pages_between_lines_are_known_by_their_text(between):
    first, second, same = between(b"Gull\n=====\nAuk\n=====\nGull")
    assert first.document_id == same.document_id != second.document_id


def test_one_page_over_the_limit_or_of_no_text_does_not_take_the_others(between):
    records = between(b"one\n=====\n" + b"x\n" * 200 + b"=====\n\0\0\0\n=====\nfour", Limits(record_bytes=100))
    assert [getattr(one, "reason", None) for one in records] == [None, "record_too_large", "binary", None]
    assert records[1].record_no == 2 and "byte 10 has more than 100 bytes" in records[1].detail


def test_the_page_at_which_a_packed_file_breaks_off_is_none(between):
    records = between(gzip.compress(b"one\n=====\n" + " ".join(map(str, range(5_000))).encode())[:-900])
    assert [getattr(one, "reason", None) for one in records] == [None, "damaged_archive"]


def test_many_pages_in_wide_characters_are_read_without_byte_ranges(between):
    assert [(page.text, page.byte_start) for page in between("F\u00e4hre\n=====\nM\u00f6we".encode("utf-16"))] == [
        ("F\u00e4hre", None),
        ("M\u00f6we", None),
    ]


def test_a_file_of_nothing_but_separators_is_empty(between):
    assert [one.reason for one in between(b"=====\n=====\n")] == ["empty_file"]
