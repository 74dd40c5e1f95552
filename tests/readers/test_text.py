"""The format text: one page a file."""

import gzip

import pytest

from newsmill.readers import text
from newsmill.readers.record import Limits, Record, Reject
from newsmill.readers.unpack import Unpacked


@pytest.fixture
def read(tmp_path):
    def read(data, limits=Limits()):  # noqa: B008
        path = tmp_path / "page.txt"
        path.write_bytes(data)
        file = Unpacked(path, limits)
        found = list(text.read(file, "north/page.txt"))
        return found[0] if len(found) == 1 else found, file.failure

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
    ("data", "reason", "told"),
    [
        (b"", "empty_file", "the file has no bytes, expected a page"),
        (b" \r\n\t\n", "empty_file", "only white space (5 bytes)"),
        (b"\xef\xbb\xbf", "empty_file", "only white space (3 bytes)"),
        (gzip.compress(b""), "empty_file", "no bytes"),
        (b"words\0\0\0\0", "binary", "the file is binary (4 control bytes in the 9 looked at), expected text"),
        (b"%PDF-1.4 words", "binary", "the file is a PDF document, expected text"),
    ],
)
def test_a_file_that_is_no_page_says_why(read, data, reason, told):
    reject, _ = read(data)
    assert isinstance(reject, Reject) and (reject.record_no, reject.reason) == (0, reason)
    assert told in reject.detail


def test_a_page_over_the_limit_is_turned_away(read):
    reject, _ = read(b"x" * 101, Limits(record_bytes=100))
    assert (reject.record_no, reject.reason) == (1, "record_too_large") and "more than 100 bytes" in reject.detail
    assert read(b"x" * 100, Limits(record_bytes=100))[0].text == "x" * 100


def test_half_a_page_is_none(read):
    found, failure = read(gzip.compress(b"Ferry " * 1000)[:-9])
    assert found == [] and failure.reason == "damaged_archive"
