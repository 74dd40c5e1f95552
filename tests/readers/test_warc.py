"""The formats warc, WET and arc: which of their records are pages, and what becomes of the others."""

import gzip
import re
import zlib
from collections import Counter

import brotli
import dumps
import pytest

from newsmill.landing import Dump
from newsmill.readers import contents, warc
from newsmill.readers.record import Limits, Record, Reject, SkippedRecord
from newsmill.readers.unpack import UnpackedFile

PAGE = "<!DOCTYPE html><html><head><title>Fähre</title></head><body><p>Die Fähre fährt wieder.</p></body></html>"
URL = "https://tern.example/ferry"


@pytest.fixture
def read(tmp_path):
    def read(data, limits=Limits()):  # noqa: B008
        path = tmp_path / "crawl"
        path.write_bytes(data)
        file = UnpackedFile(path, limits)
        records = list(warc.read(file, "crawl"))
        return [*records, file.failure] if file.failure else records

    return read


def response(body, *headers, media="text/html; charset=utf-8", status="200 OK"):
    return dumps.warc_record(dumps.http(body, media, status, *headers), "response", URL)


def test_a_response_is_a_page_known_by_its_address(read):
    data = response(PAGE.encode())
    (page,) = read(data)
    assert (page.url, page.document_id) == (URL, URL)
    assert (page.text.strip(), page.encoding) == ("Die Fähre fährt wieder.", "utf-8")
    assert (page.record_no, page.byte_start, page.byte_end) == (1, 0, len(data) - 4)
    assert len(page.marks) > 0


def test_the_time_of_capture_is_metadata_and_no_time_of_publication(read):
    (page,) = read(response(PAGE.encode()))
    assert ("captured_at", "2026-03-02T10:00:00+00:00", "warc_header", 1.0) in page.metadata
    assert page.published_at is None


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(PAGE.encode(), mtime=0), ["Content-Encoding: gzip"]),
        (zlib.compress(PAGE.encode()), ["Content-Encoding: deflate"]),
        (brotli.compress(PAGE.encode()), ["Content-Encoding: br"]),
        (b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE.encode()), PAGE.encode()), ["Transfer-Encoding: chunked"]),
        (PAGE.encode(), ["Content-Encoding: gzip"]),
        (PAGE.encode(), ["Transfer-Encoding: chunked"]),
        (PAGE.encode(), ["Content-Encoding: gzip", "Transfer-Encoding: chunked"]),
    ],
    ids=["gzip", "deflate", "br", "chunked", "gzip that is none", "chunked that is none", "neither"],
)
def test_what_the_server_packed_is_unpacked_whether_or_not_the_crawler_did(read, body, headers):
    (page,) = read(response(body, *headers))
    assert page.text.strip() == "Die Fähre fährt wieder."


def test_a_packed_page_that_is_broken_is_one_reject(read):
    harmed = gzip.compress(PAGE.encode())[:-30] + bytes(30)
    broken, page = read(response(harmed, "Content-Encoding: gzip") + response(PAGE.encode()))
    assert broken.reason == "bad_encoding" and URL in broken.detail and page.record_no == 2


def test_a_packed_page_that_swells_is_stopped_at_the_limit_of_a_record(read):
    swollen = gzip.compress(b"<html>" + b"x" * 3_000_000)
    (reject,) = read(response(swollen, "Content-Encoding: gzip"), Limits(record_bytes=100_000))
    assert reject.reason == "record_too_large" and "the limit is 100000" in reject.detail


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-8"])
def test_the_server_s_charset_is_used(read, charset):
    (page,) = read(response(PAGE.encode(charset), media=f"text/html; charset={charset}"))
    assert "Die Fähre fährt wieder." in page.text


def test_headers_that_end_in_bare_line_feeds_are_read(read):
    block = b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n" + PAGE.encode()
    (page,) = read(dumps.warc_record(block, "response", URL))
    assert page.text.strip() == "Die Fähre fährt wieder."


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (dumps.warc_record(b"software: none", "warcinfo"), "warcinfo"),
        (dumps.warc_record(b"GET / HTTP/1.1\r\n\r\n", "request", URL, "application/http; msgtype=request"), "request"),
        (dumps.warc_record(b"fetchTimeMs: 5", "metadata", URL), "metadata"),
        (dumps.warc_record(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "revisit", URL), "revisit"),
        (response(b"GIF89a", media="image/gif"), "response of image/gif"),
        (response(b"body{}", media="text/css"), "response of text/css"),
        (response(b"", status="304 Not Modified"), "response with HTTP status 304"),
        (response(PAGE.encode(), status="404 Not Found"), "response with HTTP status 404"),
        (response(b"%PDF-1.7 \0\0\0"), "response of what is a PDF document"),
        (response(b"\0\1\2\3", media=""), "response of an unknown type"),
        (dumps.warc_record(b"IN A 192.0.2.1", "resource", "dns:tern.example", "text/dns"), "resource of text/dns"),
    ],
)
def test_what_is_no_page_by_its_nature_is_passed_over_by_its_kind(read, data, kind):
    assert read(data + response(PAGE.encode()))[0] == SkippedRecord(1, kind)


def test_text_and_markup_are_recognized_by_content_where_their_type_is_vague(read):
    records = read(
        response(PAGE.encode(), media="application/octet-stream")
        + response(PAGE.encode(), media="text/plain")
        + response(b"Ferry back.", media="text/plain")
        + dumps.warc_record(PAGE.encode(), "resource", URL, "text/html")
    )
    assert [one.marks is not None for one in records] == [True, True, False, True]


def test_a_page_without_words_is_one_reject(read):
    records = read(response(b"") + response(b"<html><script>1</script></html>") + response(b" \n", media="text/plain"))
    assert [(one.reason, one.record_no) for one in records] == [("no_text", 1), ("no_text", 2), ("no_text", 3)]


def test_a_wet_file_is_read_with_the_language_its_crawler_guessed(read):
    languages = "WARC-Identified-Content-Language: deu,eng"
    (page,) = read(dumps.warc_record("Die Fähre".encode(), "conversion", URL, "text/plain", languages))
    assert (page.text, page.language, page.marks) == ("Die Fähre", "deu", None)


def test_a_page_that_the_crawler_cut_says_so(read):
    (page,) = read(dumps.warc_record(dumps.http(PAGE.encode()), "response", URL, None, "WARC-Truncated: length"))
    assert ("truncated", "length", "warc_header", 1.0) in page.metadata


def test_a_record_over_the_limit_is_skipped_without_its_block_and_the_next_is_read(read):
    video = response(b"x" * 500_000, media="video/mp4")
    records = read(video + response(PAGE.encode() * 4_000) + response(PAGE.encode()), Limits(record_bytes=200_000))
    assert records[0] == SkippedRecord(1, "response of video/mp4")
    assert (records[1].reason, records[2].record_no) == ("record_too_large", 3)


@pytest.mark.parametrize(
    "harm",
    [
        lambda record: record.replace(b"WARC/1.0", b"WARX/1.0"),
        lambda record: re.sub(rb"\r\nContent-Length: \d+", b"", record, count=1),
        lambda record: re.sub(rb"\r\nContent-Length: (\d+)", rb"\r\nContent-Length: 9\1", record, count=1),
        lambda record: re.sub(rb"\r\nContent-Length: (\d+)", rb"\r\nContent-Length: 12", record, count=1),
        lambda record: record[:-90] + b"\r\n\r\n",
    ],
    ids=["no opening", "no length", "length too long", "length too short", "bytes lost"],
)
def test_behind_a_broken_record_the_next_is_read(read, harm):
    records = dumps.warc_records(dumps.entries(5))
    records[2] = harm(records[2])
    read_records = read(b"".join(records))
    given = [one.url[-1] if isinstance(one, Record) else one.reason for one in read_records]
    assert given == ["0", "1", "damaged_record", "3", "4"]
    start = len(b"".join(records[:2]))
    assert f"at bytes {start} to {start + len(records[2])}" in read_records[2].detail


def test_in_an_arc_file_the_next_record_is_read_too(read):
    data = dumps.arc(dumps.entries(4))
    head = b"https://tern.example/1 192.0.2.1 20260302101112 text/html "
    harmed = data.replace(head, head + b"9")
    records = read(harmed)
    assert [one.url[-1] for one in records if isinstance(one, Record)] == ["0", "2", "3"]
    assert [one.reason for one in records if isinstance(one, Reject)] == ["damaged_record"]


def test_a_dictionary_in_front_of_zstd_frames_is_used(read):
    import zstandard

    records = dumps.warc_records(dumps.entries(60))
    words = zstandard.train_dictionary(4096, records)
    packer = zstandard.ZstdCompressor(dict_data=words)
    head = b"\x5d\x2a\x4d\x18" + len(words.as_bytes()).to_bytes(4, "little") + words.as_bytes()
    read_records = read(head + b"".join(map(packer.compress, records)))
    assert [type(one) for one in read_records] == [Record] * 60


# What must come out of each archive of the corpora: pages, passed over and rejects, and why.
CORPORA = {
    # all 32 records are whole; 10 of them responses: 301, 5 pictures, one page of 0 bytes, 3 pages that name a frame
    "aut_issue493_revisit.warc": (
        3,
        {"warcinfo": 2, "request": 15, "revisit": 5, "response with HTTP status 301": 1, "response of image/gif": 5},
        {"no_text": 1},
    ),
    # 50 gzip members of one record each; the last triple is cut down to its request
    "resiliparse_cc_sample.warc.gz": (16, {"warcinfo": 1, "request": 17, "metadata": 16}, {}),
    # one gzip member that ends after 75,657 of the 88,275 bytes its one record says: half a page is none
    "resiliparse_clipped_news.warc.gz": (0, {}, {"damaged_archive": 1}),
    # 29 responses that say gzip and are plain, their HTTP heads in bare line feeds, in EUC-JP
    "resiliparse_clueweb_quirk.warc.gz": (29, {"warcinfo": 1}, {}),
    "whirlwind.warc.gz": (1, {"warcinfo": 1, "request": 1, "metadata": 1}, {}),
    "whirlwind.warc.wet.gz": (1, {"warcinfo": 1}, {}),
    # robots.txt is text; the last three records say 680 bytes and have some 190
    "aut_bad.arc.gz": (1, {"filedesc": 1, "response of text/dns": 1}, {"damaged_record": 3}),
}


@pytest.mark.parametrize("name", CORPORA)
def test_the_archives_of_the_corpora_give_what_they_hold(corpora, name):
    file = UnpackedFile(corpora / "warc" / name)
    records = list(warc.read(file, name))
    pages, passed, rejects = CORPORA[name]
    assert sum(isinstance(one, Record) for one in records) == pages
    assert Counter(one.kind for one in records if isinstance(one, SkippedRecord)) == passed
    failed = [file.failure] if file.failure else []
    assert Counter(one.reason for one in (*records, *failed) if isinstance(one, Reject)) == rejects


@pytest.mark.parametrize("name", CORPORA)
def test_the_pages_of_the_corpora_are_those_a_plain_search_finds(corpora, name):
    data = (corpora / "warc" / name).read_bytes()
    if data.startswith(b"\x1f\x8b"):
        data, packed = b"", data
        while packed:
            engine = zlib.decompressobj(31)
            data += engine.decompress(packed)
            packed = engine.unused_data
    for page in (one for one in warc.read(UnpackedFile(corpora / "warc" / name), name) if isinstance(one, Record)):
        record = data[page.byte_start : page.byte_end]
        head, _, body = record.partition(b"\r\n\r\n" if record.startswith(b"WARC") else b"\n")
        length = re.search(rb"Content-Length: (\d+)", head) or re.search(rb"(\d+)$", head)
        assert page.url.encode() in head and len(body) == int(length[1])
    whole = [m for m in re.finditer(rb"^WARC-Type: (response|conversion)\r?$", data, re.MULTILINE)]
    if not name.endswith("arc.gz") or name.endswith("warc.gz"):
        records = [
            one
            for one in warc.read(UnpackedFile(corpora / "warc" / name), name)
            if not isinstance(one, SkippedRecord) or one.kind.startswith("response")
        ]
        assert len(records) == len(whole) - name.count("clipped")


HEAD = b"""WARC/1.0\r
WARC-Type: response\r
WARC-Record-ID: <urn:uuid:%d>\r
WARC-Date: 2026-03-02T10:00:00Z\r
WARC-Target-URI: https://tern.example/%d\r
Content-Type: application/http; msgtype=response\r
Content-Length: %d\r
\r
"""


def write_captures(count):
    captures = []
    for number in range(count):
        page = f"<!DOCTYPE html><html><body><p>Ferry {number} is back in service after four weeks.</p></body></html>"
        block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page.encode()
        captures.append(HEAD % (number, number, len(block)) + block + b"\r\n\r\n")
    return captures


def list_pairs(results):
    """List the number in the address and the number in the text of each page."""
    pages = [result for result in results if isinstance(result, Record)]
    return [(int(page.url.rpartition("/")[2]), int(page.text.split()[1])) for page in pages]


@pytest.mark.parametrize(
    "field", [b"WARC-Record-ID", b"WARC-Date", b"WARC-Target-URI", b"Content-Type", b"Content-Length"]
)
def test_no_page_has_the_address_of_the_record_before_it(read, field):
    first, second, third = write_captures(3)
    spliced = first[: first.index(b"\r\n\r\n")] + b"\r\n" + second[second.index(field) :]
    results = read(spliced + third)
    assert list_pairs(results) == [(2, 2)]
    assert [result.reason for result in results if isinstance(result, Reject)] == ["damaged_record"]


@pytest.mark.parametrize("damage", [lambda data: b"X" + data[1:], lambda data: data[1:], lambda data: data[200:]])
def test_an_archive_whose_first_record_is_damaged_is_still_one(tmp_path, damage):
    path = tmp_path / "crawl"
    path.write_bytes(damage(b"".join(write_captures(4))))
    results = list(contents.read(Dump("crawl", "crawl/**"), path, "crawl"))
    assert list_pairs(results) == [(1, 1), (2, 2), (3, 3)]
    assert [result.reason for result in results if isinstance(result, Reject)] == ["damaged_record"]
