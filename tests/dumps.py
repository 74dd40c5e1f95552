"""Small dumps in every format and packing, written for the tests."""

import bz2
import csv
import gzip
import io
import json
import lzma
import random
import tarfile
import zipfile
from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

SEPARATOR = "====="
_LETTERS = "abcdefghilmnoprstu"


def words(seed: int, count: int = 30) -> str:
    """Return nonsense words, the same for each seed."""
    source = random.Random(seed)
    return " ".join("".join(source.choices(_LETTERS, k=source.randint(2, 9))) for _ in range(count))


def entries(count: int = 12) -> list[dict[str, str]]:
    """Return records of named fields, with quotes, commas and line ends in their texts."""
    return [
        {
            "id": f"r{n}",
            "title": words(n + 900, 4),
            "url": f"https://tern.example/{n}",
            "text": f'{words(n)}, "{words(n + 300, 5)}" {{and}} [more]\nsecond line {words(n + 600)}.',
        }
        for n in range(count)
    ]


def jsonl(records: Iterable[Mapping]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def array(records: Iterable[Mapping]) -> bytes:
    return json.dumps(list(records)).encode()


def rows(records: list[dict], delimiter: str = ",") -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(records[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(records)
    return file.getvalue().encode()


def parquet(records: list[dict], group: int = 5) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), file, row_group_size=group, write_page_checksum=True)
    return file.getvalue()


def markup(record: Mapping) -> bytes:
    paragraphs = "".join(f"<p>{line}</p>" for line in record["text"].split("\n"))
    head = f"<!DOCTYPE html><html><head><title>{record['title']}</title></head>"
    return f"{head}<body>{paragraphs}</body></html>".encode()


def http(body: bytes, media: str = "text/html; charset=utf-8", status: str = "200 OK", *others: str) -> bytes:
    head = (f"HTTP/1.1 {status}", f"Content-Type: {media}", *others)
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def warc_record(
    block: bytes, kind: str = "response", url: str | None = None, media: str | None = None, *others: str
) -> bytes:
    media = media or ("application/http; msgtype=response" if block.startswith(b"HTTP/") else "text/plain")
    head = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        "WARC-Record-ID: <urn:uuid:6b2a6a0e-0000-4000-8000-000000000001>",
        "WARC-Date: 2026-03-02T10:00:00Z",
        f"Content-Type: {media}",
        f"Content-Length: {len(block)}",
        *others,
    ]
    head += [f"WARC-Target-URI: {url}"] if url else []
    return "\r\n".join(head).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def warc_records(records: Iterable[Mapping]) -> list[bytes]:
    return [warc_record(http(markup(record)), "response", record["url"]) for record in records]


def warc(records: Iterable[Mapping]) -> bytes:
    return b"".join(warc_records(records))


def wet(records: Iterable[Mapping]) -> bytes:
    texts = [warc_record(record["text"].encode(), "conversion", record["url"]) for record in records]
    return warc_record(b"software: none\r\n", "warcinfo", None, "application/warc-fields") + b"".join(texts)


def arc(records: Iterable[Mapping]) -> bytes:
    about = b"1 0 Tern\nURL IP-address Archive-date Content-type Archive-length\n\n"
    pieces = [f"filedesc://tern.arc 0.0.0.0 20260302101112 text/plain {len(about)}\n".encode() + about + b"\n"]
    for record in records:
        block = http(markup(record))
        pieces.append(f"{record['url']} 192.0.2.1 20260302101112 text/html {len(block)}\n".encode() + block + b"\n")
    return b"".join(pieces)


def separated(records: Iterable[Mapping]) -> bytes:
    return f"\n{SEPARATOR}\n".join(record["text"] for record in records).encode()


def tar(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


FORMATS = {
    "jsonl": jsonl,
    "json": array,
    "csv": rows,
    "tsv": lambda records: rows(records, "\t"),
    "parquet": parquet,
    "warc": warc,
    "wet": wet,
    "arc": arc,
    "text": separated,
}
PACK = {
    "plain": bytes,
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
    "tar": lambda data: tar({"a/b": data}),
    "zip": lambda data: zipped({"a/b": data}),
    "tar.gz": lambda data: gzip.compress(tar({"a/b": data}), mtime=0),
    "zip of gz": lambda data: zipped({"a/b": gzip.compress(data)}),
}
