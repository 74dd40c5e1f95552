"""Read a batch of files: pages, rejects and a balanced receipt."""

import gzip
import json
from dataclasses import replace

import dumps
import pyarrow.compute as pc
import pytest

from newsmill import landing
from newsmill.errors import DamagedFile, Permanent
from newsmill.formats import format_names
from newsmill.landing import Dump, Publisher
from newsmill.readers import bundles, contents, text
from newsmill.readers.record import Limits
from newsmill.relations import PAGES, RECEIPTS, noted, rejected
from newsmill.sources.fetch import fetch

FEED = Dump("feed", "dumps/**")


@pytest.fixture
def read(run, tmp_path):
    """Return a function that lands files, reads every batch and returns receipts, pages and rejects."""

    def read(files, dump=FEED, limits=Limits()):  # noqa: B008
        for name, data in files.items():
            path = tmp_path / "dumps" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        fetch(run, dump, tmp_path)
        receipts = [bundles.read_batch(run, name, limits) for name in landing.list_batches(run)]
        pages, rejects = run.lake.read(PAGES, run.night), run.lake.read(rejected("read"), run.night)
        return receipts, pages.to_pylist(), rejects.to_pylist()

    return read


def line(**record):
    return json.dumps(record).encode() + b"\n"


def test_pages_carry_their_origin(read):
    feed = line(id="1", text="x") + b"\n" + line(url="https://www.gull.example/2", text="y")
    _, pages, _ = read({"a/feed.jsonl": feed})
    first, second = pages
    assert (first["page_id"], first["dump"], first["record_no"]) == ("2026-03-02/feed/a/feed.jsonl#1", "feed", 1)
    assert (first["dump_file"], first["content"]) == ("2026-03-02/feed/a/feed.jsonl", "page")
    assert (first["source_id"], first["declared_authors"], first["repairs"]) == ("feed", [], [])
    assert (second["source_id"], second["domain"], second["is_wire"]) == ("gull.example", "gull.example", False)
    assert (second["document_id"], second["record_no"]) == ("https://www.gull.example/2", 2)


def test_the_dumps_publisher_and_content_reach_the_page(read):
    dump = replace(FEED, content="article", publisher=Publisher("Harbor Wire", "harborwire.example", "NO", True, "Co"))
    page = read({"a.txt": b"words"}, dump)[1][0]
    assert (page["content"], page["source_id"], page["name"]) == ("article", "harborwire.example", "Harbor Wire")
    assert (page["country_code"], page["is_wire"], page["owner"]) == ("NO", True, "Co")


def test_a_page_of_text_is_known_by_its_file_and_a_nameless_record_is_not(read):
    _, pages, _ = read({"sub/a.jsonl": line(text="x"), "sub/b.txt": b"y", "z.jsonl": line(text="x", lang="en")})
    assert [page["document_id"] for page in pages] == ["text-2d711642b726b044", "sub/b.txt", "text-2d711642b726b044"]


def test_whatever_is_wrong_ends_as_one_row_and_the_rest_is_read(read):
    mixed = line(id="m1", text="x") + b"{broken\n[1]\n" + line(id="m4") + line(id="m5", text="y")
    bomb = gzip.compress(line(id="b", text="before") + b"x" * 3_000_000)
    whole = b"".join(line(id=str(n), text=f"{n * 7919 % 10007} words") for n in range(3000))
    receipts, pages, rejects = read(
        {
            "01-good.txt": b"words",
            "02-empty.txt": b"",
            "03-blank.jsonl": b"\n\n",
            "04-picture.txt": b"\x89PNG\r\n\x1a\n\0\0",
            "05-mixed.jsonl": mixed,
            "06-large.jsonl": line(id="l1", text="x" * 9_000_000) + line(id="l2", text="small"),
            "07-bomb": bomb,
            "08-short.gz": gzip.compress(whole)[:-2000],
            "09-array.json": b'[{"id": "j", "text": "a"}]',
            "11-page.txt": b"<html><body>words",
            "12-crawl": b"WARC/1.0\r\n",
            "13-rows": b"id,text\nr1,words\nr2\n",
            "10-good.txt": b"z",
        },
        limits=Limits(record_bytes=1_000_000, ratio=50, ratio_from_bytes=1_000_000),
    )
    reasons = {(row["dump_file"].split("/")[-1], row["record_no"]): row["reason"] for row in rejects}
    assert reasons == {
        ("02-empty.txt", 0): "empty_file",
        ("03-blank.jsonl", 0): "empty_file",
        ("04-picture.txt", 0): "binary",
        ("05-mixed.jsonl", 2): "not_json",
        ("05-mixed.jsonl", 3): "not_an_object",
        ("05-mixed.jsonl", 4): "no_text",
        ("06-large.jsonl", 1): "record_too_large",
        ("07-bomb", 0): "compression_bomb",
        ("08-short.gz", 0): "damaged_archive",
        ("12-crawl", 1): "damaged_record",
        ("13-rows", 2): "broken_row",
    }
    ids = {page["document_id"] for page in pages}
    assert {"01-good.txt", "m1", "m5", "l2", "b", "0", "1500", "10-good.txt", "j", "11-page.txt", "r1"} <= ids
    assert all(row["stage"] == "read" and row["page_id"] == f"{row['dump_file']}#{row['record_no']}" for row in rejects)
    assert all(len(row["detail"]) > 40 for row in rejects)
    assert receipts[0].rows_in == len(pages) + len(rejects)


def test_the_receipt_balances_and_is_kept(read, run):
    receipts, pages, rejects = read({"a.jsonl": line(text="x") + b"broken\n" + line(text="y")})
    assert [(one.rows_in, one.rows_out, one.rejected) for one in receipts] == [(3, 2, 1)]
    kept = [row for row in run.lake.read(RECEIPTS, run.night).to_pylist() if row["stage"] == "read"]
    assert [(row["part"], row["rows_in"]) for row in kept] == [("feed-0001", 3)]
    assert (len(pages), len(rejects)) == (2, 1)


def test_other_records_of_a_crawl_are_one_row_per_file_and_no_reject(read, run):
    crawl = dumps.wet(dumps.entries(3)) + dumps.warc_record(b"GET / HTTP/1.1\r\n\r\n", "request") * 2
    receipts, pages, rejects = read({"a.warc": crawl, "b.txt": b"words"})
    assert (receipts[0].rows_in, receipts[0].rejected, len(pages), rejects) == (4, 0, 4, [])
    (summary,) = run.lake.read(noted("read"), run.night).to_pylist()
    assert (summary["reason"], summary["record_no"], summary["row_count"], summary["dump_file"]) == (
        "passed_over",
        0,
        3,
        "2026-03-02/feed/a.warc",
    )
    assert summary["detail"] == "3 records are no pages and were passed over: 2 request, 1 warcinfo"


def test_marks_metadata_and_member_reach_the_page(read):
    record = dumps.entries(1)[0]
    files = {"in/feed.jsonl": line(**record), "in/page.html": dumps.markup(record)}
    _, pages, _ = read({"a.zip": dumps.zipped(files), "b.txt": b"words"})
    by_member = {page["member"]: page for page in pages}
    assert set(by_member) == {"in/feed.jsonl", "in/page.html", None}
    title = {"field": "title", "value": record["title"], "method": "dump_field", "confidence": 0.95}
    assert by_member["in/feed.jsonl"]["metadata"] == [title]
    marked = by_member.pop("in/page.html")
    assert len(marked["line_marks"]) == marked["page_text"].count("\n") + 1
    assert [page["line_marks"] for page in by_member.values()] == [None, None]
    assert by_member[None]["metadata"] == [] and len({page["page_id"] for page in pages}) == 3


def test_a_batch_with_no_page_still_writes_a_part(read, run):
    _, pages, _ = read({"a.txt": b""})
    assert pages == [] and run.lake.parts(PAGES, run.night) == ["feed-0001-01"]


def test_pages_are_parted_by_number_and_by_size(read, run, monkeypatch):
    monkeypatch.setattr(bundles, "PART_PAGES", 3)
    monkeypatch.setattr(bundles, "PART_CHARS", 100)
    records = b"".join(line(id=str(n), text="x" * (60 if n < 4 else 1)) for n in range(9))
    read({"a.jsonl": records})
    names = run.lake.parts(PAGES, run.night)
    assert names == [f"feed-0001-{n:02d}" for n in (1, 2, 3, 4)]
    assert [run.lake.read(PAGES, run.night, name).num_rows for name in names] == [2, 2, 3, 2]


def test_reading_again_gives_the_same_and_drops_parts_of_before(read, run, monkeypatch):
    monkeypatch.setattr(bundles, "PART_PAGES", 2)
    first = read({"a.jsonl": b"".join(line(id=str(n), text="x") for n in range(7))})[1:]
    assert read({})[1:] == first
    assert len(bundles.list_parts(run, "feed-0001")) == 4
    read({"a.jsonl": line(id="0", text="x") + b"broken\n"})
    assert bundles.list_parts(run, "feed-0001") == ["feed-0001-01"]


def test_batches_of_dumps_with_like_names_leave_each_other_alone(read, run, monkeypatch):
    monkeypatch.setattr(bundles, "PART_PAGES", 1)
    read({"a.jsonl": line(id="0", text="x") * 2}, replace(FEED, name="feed-0001"))
    read({}, FEED)
    assert bundles.list_parts(run, "feed-0001") == ["feed-0001-01", "feed-0001-02"]
    assert bundles.list_parts(run, "feed-0001-0001") == ["feed-0001-0001-01", "feed-0001-0001-02"]


def broken_reader(error):
    """Return a reader of text that raises on every file named b.txt."""

    def broken(file, name):
        yield from text.read(file, name)
        if name == "b.txt":
            raise error

    return broken


def test_a_file_on_which_its_reader_breaks_down_is_one_reject_and_the_rest_is_read(read, monkeypatch):
    monkeypatch.setitem(contents.READERS, "text", broken_reader(RuntimeError("lost its place")))
    receipts, pages, rejects = read({"a.txt": b"x", "b.txt": b"y", "c.txt": b"z"})
    assert [page["document_id"] for page in pages] == ["a.txt", "b.txt", "c.txt"]
    assert [(row["reason"], row["record_no"]) for row in rejects] == [("crash", 0)]
    assert "RuntimeError: lost its place" in rejects[0]["detail"] and receipts[0].rows_in == 4


@pytest.mark.parametrize("error", [OSError("disk gone"), MemoryError(), Permanent("no")])
def test_what_the_machine_could_not_do_is_no_reject(read, monkeypatch, error):
    monkeypatch.setitem(contents.READERS, "text", broken_reader(error))
    with pytest.raises(type(error)):
        read({"b.txt": b"y"})


def test_a_file_of_nothing_but_broken_lines_is_given_up(read, monkeypatch):
    monkeypatch.setattr(bundles, "HOPELESS_REJECTS", 10)
    _, pages, rejects = read({"a.jsonl": b"<p>\n" * 1000, "b.txt": b"words"}, replace(FEED, format="jsonl"))
    assert [row["reason"] for row in rejects[:11]] == ["not_json"] * 10 + ["given_up"]
    assert "10 of the first 10 records could not be read" in rejects[10]["detail"] and pages == []


def test_a_format_no_reader_knows_says_which_there_are(read):
    with pytest.raises(
        Permanent, match=f"format is 'no_such_format'; expected auto or one of {', '.join(format_names())}"
    ):
        read({"a": b"x"}, replace(FEED, format="no_such_format"))


@pytest.mark.slow
def test_pages_of_a_real_dump_come_from_their_bytes(corpora, run, tmp_path):
    fetch(run, Dump("reuters", str(corpora / "volume" / "reuters21578.jsonl.gz"), content="article"), tmp_path)
    receipt = bundles.read_batch(run, "reuters-0001")
    assert (receipt.rows_in, receipt.rows_out) == (21_578, 19_043)
    dump, files = landing.find_batch(run, "reuters-0001")
    unpacked = gzip.decompress((landing.get_dump_folder(run, dump) / files[0].name).read_bytes())
    pages = run.lake.read(PAGES, run.night)
    for page in pages.filter(pc.equal(pc.bit_wise_and(pages["record_no"], 15), 0)).to_pylist():
        record = json.loads(unpacked[page["byte_start"] : page["byte_end"]])
        assert str(record["id"]) == page["document_id"]


@pytest.mark.parametrize("damage", [b"", b"wor", b"wards"])
def test_a_landed_file_that_is_not_the_fetched_one_stops_the_reading(read, run, damage):
    read({"a.txt": b"words"})
    landed = run.landing / run.night.isoformat() / "feed" / "a.txt"
    landed.unlink()
    with pytest.raises(DamagedFile, match=r"a\.txt: the landed file is missing; .* feed --home .*, then run"):
        bundles.read_batch(run, "feed-0001")
    landed.write_bytes(damage)
    with pytest.raises(DamagedFile, match=rf"a\.txt: {len(damage)} bytes that differ from the 5 that were fetched"):
        bundles.read_batch(run, "feed-0001")
    landed.write_bytes(b"words")
    assert bundles.read_batch(run, "feed-0001").rows_out == 1
