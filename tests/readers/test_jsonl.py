"""The format jsonl: records, their byte ranges, and lines that hold none."""

import gzip
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import zstandard

from newsmill.readers import field_records, jsonl
from newsmill.readers.record import Limits, Record, Reject
from newsmill.readers.unpack import UnpackedFile

PACK = {"plain": bytes, "gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}


@pytest.fixture
def read(tmp_path):
    def read(data, limits=Limits()):  # noqa: B008
        path = tmp_path / "feed"
        path.write_bytes(data)
        file = UnpackedFile(path, limits)
        records = list(jsonl.read(file, "feed"))
        return [*records, file.failure] if file.failure else records

    return read


def reasons(records):
    return [one.reason if isinstance(one, Reject) else one.document_id for one in records]


def test_a_whole_record_is_read(read):
    line = json.dumps(
        {
            "id": 7,
            "url": "https://tern.example/ferry",
            "title": " Ferry\nback ",
            "text": "The ferry is back.\r\nAt last.",
            "published_at": "2026-03-02T10:15:00Z",
            "authors": ["Jane Roe"],
            "publisher": "The Tern",
            "language": "en",
        }
    ).encode()
    assert read(line) == [
        Record(
            1,
            0,
            len(line),
            "The ferry is back.\nAt last.",
            "utf-8",
            ("newlines",),
            "7",
            "https://tern.example/ferry",
            "Ferry back",
            ["Jane Roe"],
            "The Tern",
            None,
            "en",
            datetime(2026, 3, 2, 10, 15, tzinfo=UTC),
            metadata=[
                ("title", "Ferry back", "dump_field", 0.95),
                ("authors", "Jane Roe", "dump_field", 0.95),
                ("publisher", "The Tern", "dump_field", 0.95),
                ("language", "en", "dump_field", 0.95),
                ("published_at", "2026-03-02T10:15:00+00:00", "dump_field", 0.95),
            ],
        )
    ]


def test_a_record_is_known_by_its_id_else_its_address_else_its_text(read):
    lines = [{"id": "a", "url": "t.example/1"}, {"id": "", "url": "https://t.example/2"}, {"id": None}, {"id": 0}]
    data = b"\n".join(json.dumps(line | {"text": "x"}).encode() for line in lines)
    assert reasons(read(data)) == ["a", "https://t.example/2", f"text-{sha256(b'x').hexdigest()[:16]}", "0"]


def test_two_nameless_records_are_one_only_where_their_text_is_one(read):
    first, second = (reasons(read(b'{"text": "%s"}\n{"text": "Tern"}' % text)) for text in (b"Gull", b"Auk"))
    assert first[1] == second[1] and len({*first, *second}) == 3


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("block", [1, 7, 64, 8_000_000])
def test_the_byte_range_of_a_record_is_the_record(tmp_path, monkeypatch, packing, block):
    lines = [json.dumps({"id": str(n), "text": "wörd ’" * n}, ensure_ascii=False).encode() for n in range(1, 30)]
    unpacked = b"\xef\xbb\xbf" + b"\n".join(lines[:9]) + b"\r\n\n  \n" + b"\r\n".join(lines[9:])
    path = tmp_path / "feed"
    path.write_bytes(PACK[packing](unpacked))
    file = UnpackedFile(path)
    blocks = file.blocks
    monkeypatch.setattr(file, "blocks", lambda size=block: blocks(size))
    records = list(jsonl.read(file, "feed"))
    assert [unpacked[one.byte_start : one.byte_end] for one in records] == lines
    assert [one.record_no for one in records] == list(range(1, 30))


@pytest.mark.parametrize(
    ("line", "reason", "given"),
    [
        (b'{"id": "a"', "not_json", "expected a whole object on each line"),
        (b"Ferry back", "not_json", "it begins 'Ferry back'"),
        (b'["a"]', "not_an_object", "the line is a list, expected an object"),
        (b'"a"', "not_an_object", "the line is a text"),
        (b"null", "not_an_object", "the line is null"),
        (b"12", "not_an_object", "the line is a single value"),
        (b'{"id": "a", "raw": "<p>"}', "no_text", "expected one such as text, .* the record has the fields: id, raw"),
        (b'{"id": "a", "html": "<p>"}', "no_text", "the markup holds no text"),
        (b'{"text": " \\n"}', "no_text", "no field holds a text"),
        (b'{"text": null}', "no_text", "no field holds a text"),
        (b'{"text": "\\u0000"}', "no_text", "nothing but control characters"),
        (b"{}", "no_text", "the record has the fields: none"),
        (b'{"text": "' + b"x" * 300 + b'"}', "record_too_large", "has 312 bytes, the limit is 300; it was skipped"),
        (b"[" * 200_000, "record_too_large", "the limit is 300"),
    ],
)
def test_a_line_that_holds_no_record_says_why_and_the_rest_is_read(read, line, reason, given):
    data = b'{"id": "1", "text": "a"}\n' + line + b'\n{"id": "3", "text": "b"}\n'
    first, reject, last = read(data, Limits(record_bytes=300))
    assert (first.document_id, last.document_id, last.record_no) == ("1", "3", 3)
    assert (reject.record_no, reject.reason) == (2, reason)
    assert re.search(given, reject.detail)


@pytest.mark.parametrize("field", ["text", "id", "url", "title", "authors", "published_at", "publisher"])
def test_a_field_nested_deep_down_spoils_no_other_record(read, field):
    deep = b'{"id": "z", "text": "words", "%s": %s"x"%s}' % (field.encode(), b"[" * 600, b"]" * 600)
    records = reasons(read(deep + b'\n{"id": "b", "text": "words"}'))
    assert len(records) == 2 and records[0] != "crash" and records[1] == "b"


def test_a_record_on_which_the_reader_breaks_down_is_one_reject(read, monkeypatch):
    def broken(value):
        if value == "Jane Roe":
            raise RuntimeError("no such \udc80 author")
        return []

    monkeypatch.setattr(field_records, "split_names", broken)
    lines = [{"id": "a", "authors": "x"}, {"id": "b", "authors": "Jane Roe"}, {"id": "c", "authors": "y"}]
    records = read(b"\n".join(json.dumps(line | {"text": "x"}).encode() for line in lines))
    assert reasons(records) == ["a", "crash", "c"]
    assert records[1].record_no == 2 and "RuntimeError: no such" in records[1].detail and records[1].detail.isascii()


def test_json_nested_without_end_is_one_reject(read):
    assert reasons(read(b'{"a":' * 100_000)) == ["not_json"]


def test_json_of_a_careless_writer_is_read(read):
    records = read(b'{"id": "1", "text": "a\tb \\ud800", "score": NaN}\n{"id": "2", "text": "caf\xe9 soir\xe9e"}\n')
    assert [(one.text, one.encoding) for one in records] == [("a\tb \ufffd", "utf-8"), ("café soirée", "windows-1252")]


def test_text_and_metadata_are_repaired(read):
    records = read(
        '{"text": "The cafÃ© opened", "title": "CafÃ©\\u0000", "author": "ZoÃ« Roe", "url": "https://t.example/\\ud800"}'.encode()
    )[0]
    assert (records.text, records.title, records.authors, records.url) == (
        "The café opened",
        "Café",
        ["Zoë Roe"],
        "https://t.example/\ufffd",
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_file_in_wide_characters_is_read_without_byte_ranges(read, encoding):
    records = read('{"id": "1", "text": "Fähre"}\r\n{"id": "2", "text": "zurück"}\r\n'.encode(encoding))
    assert [(one.text, one.encoding, one.byte_start, one.byte_end) for one in records] == [
        ("Fähre", encoding, None, None),
        ("zurück", encoding, None, None),
    ]


@pytest.mark.parametrize("data", [b"", b"\n \r\n\n", b"\xef\xbb\xbf\n", gzip.compress(b"", mtime=0)])
def test_a_file_without_records_is_empty(read, data):
    assert reasons(read(data)) == ["empty_file"]


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_of_a_damaged_file_every_record_before_the_damage_is_read(read, packing):
    lines = [json.dumps({"id": str(n), "text": f"{n * 7919 % 10007} words"}).encode() + b"\n" for n in range(20_000)]
    packed = PACK[packing](b"".join(lines))
    records = reasons(read(packed[: len(packed) // 2]))
    assert records[-1] == "damaged_archive" and len(records) > 5_000
    assert records[:-1] == [str(n) for n in range(len(records) - 1)]


def test_a_last_record_without_line_end_is_read_from_a_damaged_file_if_whole(read):
    assert reasons(read(gzip.compress(b'{"id": "1", "text": "a"}')[:-4])) == ["1", "damaged_archive"]


def test_a_bomb_is_one_reject_and_what_came_before_is_read(read):
    data = b'{"id": "1", "text": "a"}\n' + b'{"id": "2", "text": "' + b"x" * 5_000_000 + b'"}'
    limits = Limits(ratio=50, ratio_from_bytes=100_000)
    assert reasons(read(gzip.compress(data), limits)) == ["1", "compression_bomb"]


def test_a_record_of_200_mb_is_skipped_without_loading_it(tmp_path):
    path = tmp_path / "feed.jsonl"
    with path.open("wb") as file:
        file.write(b'{"id": "1", "text": "a"}\n{"id": "2", "text": "')
        for _ in range(200):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n{"id": "3", "text": "b"}\n')
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from newsmill.readers import jsonl; from newsmill.readers.unpack import UnpackedFile\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "before = peak(); found = list(jsonl.read(UnpackedFile(Path(sys.argv[1])), 'feed'))\n"
        "print(peak() - before, *(getattr(one, 'reason', None) or one.document_id for one in found))\n"
    )
    given = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(jsonl.__file__).parents[2])},
    ).stdout.split()
    assert given[1:] == ["1", "record_too_large", "3"]
    assert int(given[0]) < 150
