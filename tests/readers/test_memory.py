"""Files far larger than the memory of a reader: read in bounded memory in every format."""

import io
import subprocess
import sys
import tarfile
from pathlib import Path

import dumps
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newsmill.readers import contents

pytestmark = pytest.mark.slow
WORDS = b"word " * 20_000
COUNT, LARGEST_MB = 1_500, 120
CODE = """
import resource, sys
from pathlib import Path
from newsmill.landing import Dump
from newsmill.readers import contents
from newsmill.readers.record import Limits
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before, kinds = peak(), {}
dump = Dump("feed", "dumps/**", separator=sys.argv[2] or None)
for one in contents.read(dump, Path(sys.argv[1]), "feed", Limits(ratio=10**9)):
    kinds[type(one).__name__] = kinds.get(type(one).__name__, 0) + 1
print(peak() - before, *(f"{kind}={count}" for kind, count in kinds.items()))
"""


def as_json(file):
    file.write(b"[\n" + b",\n".join(b'{"id": "%d", "text": "%s"}' % (n, WORDS) for n in range(COUNT)) + b"\n]")


def as_csv(file):
    file.write(b"id,text\n")
    file.writelines(b'%d,"%s, quoted\n"\n' % (n, WORDS) for n in range(COUNT))


def as_text(file):
    file.writelines(WORDS + b"%d\n=====\n" % n for n in range(COUNT))


def as_warc(file):
    file.writelines(dumps.warc_record(WORDS, "conversion", f"https://tern.example/{n}") for n in range(COUNT))


def as_tar(file):
    with tarfile.open(fileobj=file, mode="w") as archive:
        for n in range(COUNT):
            info = tarfile.TarInfo(f"{n}.txt")
            info.size = len(WORDS)
            archive.addfile(info, io.BytesIO(WORDS))


def as_parquet(file):
    schema = pa.schema([("text", pa.string())])
    with pq.ParquetWriter(file, schema, use_dictionary=False, compression="zstd") as writer:
        for group in range(10):
            texts = [f"{group} {n} {WORDS.decode()}" for n in range(COUNT // 10)]
            writer.write_table(pa.table({"text": texts}))


def measure(path, separator="", code=CODE):
    folder = str(Path(contents.__file__).parents[2])
    run = subprocess.run(
        [sys.executable, "-c", code, str(path), separator],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": folder},
    )
    grown, *kinds = run.stdout.split()
    return int(grown), kinds


@pytest.mark.parametrize("write", [as_json, as_csv, as_text, as_warc, as_tar, as_parquet])
def test_a_file_of_150_mb_is_read_in_little_memory(tmp_path, write):
    path = tmp_path / "landed"
    with path.open("wb") as file:
        write(file)
    grown, kinds = measure(path, "=====" if write is as_text else "")
    assert kinds == [f"Record={COUNT}"]
    assert grown < LARGEST_MB


@pytest.mark.parametrize(
    ("opening", "ending", "kinds"),
    [
        (b'[{"id": "1", "text": "', b'"}, {"id": "2", "text": "words"}]', ["Reject=1", "Record=1"]),
        (b'id,text\n1,"', b'"\n2,words\n', ["Reject=1", "Record=1"]),
        (
            b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: text/plain\r\nContent-Length: 150000000\r\n\r\n",
            b"\r\n\r\n" + dumps.warc_record(b"words", "conversion", "https://tern.example/2"),
            ["Reject=1", "Record=1"],
        ),
    ],
    ids=["json", "csv", "warc"],
)
def test_one_record_of_150_mb_is_skipped_without_holding_it(tmp_path, opening, ending, kinds):
    path = tmp_path / "landed"
    with path.open("wb") as file:
        file.write(opening)
        for _ in range(1_500):
            file.write(b"word " * 20_000)
        file.write(ending)
    grown, actual_kinds = measure(path)
    assert actual_kinds == kinds
    assert grown < LARGEST_MB


def test_a_value_stored_once_for_many_rows_is_read_in_little_memory(tmp_path):
    path = tmp_path / "landed"
    values = pa.DictionaryArray.from_arrays(pa.array([0] * 300, pa.int32()), pa.array(["The ferry sails. " * 100_000]))
    pq.write_table(pa.table({"text": values}), path, compression="zstd")
    assert path.stat().st_size < 4_000
    grown, kinds = measure(path)
    assert kinds == ["Record=300"]
    assert grown < LARGEST_MB


@pytest.mark.parametrize(("size", "rows"), [(1_000_000_000, 1), (1_000_000, 1_000)])
def test_a_parquet_file_of_two_kilobytes_is_not_unpacked_to_a_gigabyte(tmp_path, size, rows):
    path = tmp_path / "landed"
    table = pa.table({"text": ["a" * size] * rows})
    pq.write_table(table, path, compression="brotli", use_dictionary=False, write_statistics=False)
    assert path.stat().st_size < 3_000
    grown, kinds = measure(path, code=CODE.replace("Limits(ratio=10**9)", "Limits()"))
    assert kinds == ["Reject=1"]
    assert grown < LARGEST_MB
