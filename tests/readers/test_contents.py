"""Contents of a landed file: every format in every packing, records numbered over all, limits enforced."""

import gzip
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import dumps
import pytest

from newsmill.formats import format_names
from newsmill.landing import Dump
from newsmill.readers import contents
from newsmill.readers.record import Limits, Record, Reject, SkippedRecord

DUMP = Dump("feed", "dumps/**")
RECORDS = dumps.entries()
ONE_PAGE = b"Ferry back in service\n\nThe crew is delighted.\n"


@pytest.fixture
def read(tmp_path):
    def read(data, dump=DUMP, limits=Limits()):  # noqa: B008
        path = tmp_path / "landed"
        path.write_bytes(data)
        return list(contents.read(dump, path, "night/landed", limits))

    return read


def of(kind, records):
    return [one for one in records if isinstance(one, kind)]


def dump_of(name):
    return replace(DUMP, separator=dumps.SEPARATOR) if name == "text" else DUMP


@pytest.mark.parametrize("packing", dumps.PACK)
@pytest.mark.parametrize("name", dumps.FORMATS)
def test_every_format_in_every_packing_is_recognized_by_its_content_and_read(read, name, packing):
    records = read(dumps.PACK[packing](dumps.FORMATS[name](RECORDS)), dump_of(name))
    pages = of(Record, records)
    assert of(Reject, records) == []
    assert [" ".join(page.text.split()) for page in pages] == [" ".join(record["text"].split()) for record in RECORDS]
    assert len({page.record_no for page in pages}) == len(RECORDS)
    assert {page.member for page in pages} == {"a/b" if packing[:3] in ("tar", "zip") else None}
    if name != "text":
        assert [page.url for page in pages] == [record["url"] for record in RECORDS]


@pytest.mark.parametrize("packing", dumps.PACK)
@pytest.mark.parametrize("name", [name for name in dumps.FORMATS if name != "parquet"])
def test_the_bytes_of_a_record_cut_out_of_its_file_are_the_record(read, name, packing):
    unpacked = dumps.FORMATS[name](RECORDS)
    pages = of(Record, read(dumps.PACK[packing](unpacked), dump_of(name)))
    before = {"csv": b"id,title,url,text\n", "tsv": b"id\ttitle\turl\ttext\n"}.get(name, b"")
    for page in pages:
        cut = before + unpacked[page.byte_start : page.byte_end]
        kind = {"wet": "warc"}.get(name, name)
        (again,) = of(Record, read(cut, replace(DUMP, format=kind)))
        assert (again.text, again.url, again.metadata) == (page.text, page.url, page.metadata)


def test_rows_of_parquet_have_a_number_and_no_byte_range(read):
    pages = of(Record, read(dumps.parquet(RECORDS)))
    assert [page.record_no for page in pages] == list(range(1, 13))
    assert {(page.byte_start, page.byte_end) for page in pages} == {(None, None)}


def test_a_page_of_markup_is_one_record_known_by_its_file(read):
    (page,) = read(dumps.markup(RECORDS[0]))
    assert (page.document_id, page.byte_start, page.byte_end) == ("night/landed", 0, len(dumps.markup(RECORDS[0])))
    assert page.title == RECORDS[0]["title"] and len(page.marks) == page.text.count("\n") + 1


def test_records_are_numbered_over_all_members_and_each_names_its_own(read):
    inner = dumps.zipped({"deep/feed.jsonl": dumps.jsonl(RECORDS[:2]), "void.txt": b""})
    records = read(dumps.tar({"one.txt": ONE_PAGE, "inner.zip": inner, "two.txt": ONE_PAGE + b"More."}))
    assert [(one.record_no, getattr(one, "member", None)) for one in records] == [
        (1, "one.txt"),
        (2, "inner.zip!deep/feed.jsonl"),
        (3, "inner.zip!deep/feed.jsonl"),
        (4, None),
        (5, "two.txt"),
    ]
    assert records[3].reason == "empty_file" and records[3].detail.startswith(
        "inner.zip!void.txt: the file has no bytes"
    )
    assert (records[0].document_id, records[1].document_id) == ("night/landed!one.txt", "r0")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/abs/page.txt", "abs/page.txt"),
        ("C:\\news\\page.txt", "news/page.txt"),
        ("a/./b//c.txt", "a/b/c.txt"),
        ("what!now.txt", "what%21now.txt"),
        ("bell\x07.txt", "bell\ufffd.txt"),
        ("..", "nameless"),
    ],
)
@pytest.mark.parametrize("pack", [dumps.tar, dumps.zipped])
def test_the_name_of_a_member_is_but_a_label_below_its_archive(read, tmp_path, pack, name, label):
    before = {path for path in tmp_path.parent.rglob("*")}
    (page,) = read(pack({name: ONE_PAGE}))
    assert page.member == label
    assert {path for path in tmp_path.parent.rglob("*")} - before == {tmp_path / "landed"}


def test_packings_deeper_than_the_limit_are_one_reject(read):
    data = ONE_PAGE
    for _ in range(5):
        data = gzip.compress(data)
    records = read(dumps.tar({"deep": data, "page.txt": ONE_PAGE}))
    assert [(one.reason if isinstance(one, Reject) else one.member) for one in records] == ["too_deep", "page.txt"]


def test_archives_deeper_than_the_limit_are_one_reject(read):
    data = dumps.zipped({"page.txt": ONE_PAGE})
    for _ in range(5):
        data = dumps.zipped({"inner.zip": data})
    assert [one.reason for one in read(data)] == ["too_deep"]


@pytest.mark.parametrize("pack", [dumps.tar, dumps.zipped])
def test_members_beyond_the_limit_are_one_reject(read, pack):
    files = {f"{n}.txt": ONE_PAGE for n in range(9)}
    records = read(pack(files), limits=Limits(members=5))
    assert [type(one) for one in records] == [Record] * 5 + [Reject]
    assert records[-1].reason == "too_many_members" and "more than 5 files" in records[-1].detail


BOMB = Limits(ratio=50, ratio_from_bytes=1_000_000)


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zst", "zip", "tar.gz", "zip of gz"])
def test_a_bomb_in_any_packing_is_stopped_with_one_reject(read, packing):
    records = read(dumps.PACK[packing](b"words " * 1_000_000), limits=BOMB)
    assert [one.reason for one in records] == ["compression_bomb"]


def test_bombs_are_measured_over_all_members_and_what_came_before_is_read(read):
    files = {"0.txt": ONE_PAGE} | {f"{n}.txt": b"x" * 400_000 for n in range(1, 9)}
    records = read(dumps.zipped(files), limits=replace(BOMB, record_bytes=500_000))
    assert [one.member for one in of(Record, records)] == ["0.txt", "1.txt", "2.txt"]
    assert [one.reason for one in of(Reject, records)] == ["compression_bomb"]


def test_a_bomb_within_a_bomb_is_measured_against_what_landed(read):
    inner = gzip.compress(b"x" * 40_000_000)
    records = read(gzip.compress(inner), limits=Limits(ratio=1_000, ratio_from_bytes=1_000_000))
    assert [one.reason for one in records] == ["compression_bomb"]


def test_no_more_is_unpacked_than_the_limit_allows_in_all(read):
    records = read(gzip.compress(dumps.jsonl(RECORDS * 50)), limits=Limits(unpacked_bytes=20_000))
    assert records[-1].reason == "compression_bomb" and len(of(Record, records)) > 30
    assert sum(page.byte_end - page.byte_start for page in of(Record, records)) < 20_000


def test_pictures_among_the_pages_of_an_archive_are_skipped(read):
    files = {"page.html": dumps.markup(RECORDS[0]), "logo.png": b"\x89PNG\r\n\x1a\n\0\0", "__MACOSX/._page.html": b"x"}
    records = read(dumps.zipped(files))
    assert [one.kind for one in of(SkippedRecord, records)] == [
        "file in an archive that is a PNG picture",
        "file of an operating system in an archive",
    ]
    assert len(of(Record, records)) == 1 and of(Reject, records) == []


def test_an_office_document_is_no_archive_of_pages(read):
    records = read(dumps.zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:p/>"}))
    assert [one.reason for one in records] == ["binary"] and "parts of a document" in records[0].detail


def test_a_format_that_is_named_is_read_as_such(read):
    line = json.dumps(RECORDS[0]).encode()
    (page,) = read(line, replace(DUMP, format="text"))
    assert page.text == line.decode()
    (reject,) = read(b"\x89PNG\r\n\x1a\n\0\0", replace(DUMP, format="csv"))
    assert reject.reason == "binary" and "expected csv" in reject.detail


def test_an_encrypted_member_is_one_reject_and_the_others_are_read(read):
    data = bytearray(dumps.zipped({"a.txt": ONE_PAGE, "b.txt": ONE_PAGE}))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        at = archive.infolist()[0].header_offset
        directory = archive.start_dir
    data[at + 6] |= 1
    data[directory + 8] |= 1
    records = read(bytes(data))
    assert [one.reason if isinstance(one, Reject) else one.member for one in records] == ["encrypted", "b.txt"]


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "warc", "html"])
def test_no_address_of_a_record_keeps_a_secret(read, form):
    def record(secret: str) -> Record:
        url = f"https://ada:{secret}@gull.example/a?token={secret}&n=1"
        entry = {"url": url, "title": "Boats", "text": "The ferry sailed at noon."}
        link = f'<head><link rel="canonical" href="{url.replace("&", "&amp;")}">'
        page = dumps.markup(entry).replace(b"<head>", link.encode())
        data = {"html": page, "warc": dumps.warc_record(dumps.http(page), "response", url)}.get(form)
        (records,) = of(Record, read(data or dumps.FORMATS[form]([entry])))
        assert secret not in repr(
            (records.url, records.document_id, records.metadata, records.domain, records.publisher)
        )
        return records

    assert record("s3cret").url == "https://gull.example/a?token=REDACTED&n=1" == record("0ther").url
    assert record("s3cret").document_id == record("0ther").document_id


def test_a_warning_about_a_record_shows_its_address_without_a_secret(read):
    record = dumps.warc_record(dumps.http(b"<html></html>"), "response", "https://ada:s3cret@gull.example/a?sig=s3cret")
    (reject,) = of(Reject, read(record))
    assert "gull.example" in reject.detail and "s3cret" not in reject.detail


def test_every_format_is_documented():
    text = (Path(__file__).resolve().parents[2] / "docs" / "formats.md").read_text(encoding="utf8")
    missing = [name for name in format_names() if f"`{name}`" not in text]
    assert not missing, f"add a row to docs/formats.md for {missing}"


def test_formats_are_listed_without_importing_a_reader():
    assert tuple(contents.READERS) == format_names()
