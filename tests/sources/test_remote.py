"""Fetching from S3, SFTP and Google Cloud Storage, each served on loopback."""

import random
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

import fsspec
import pytest
import stores
from gcsfs.core import GCSFileSystem
from ports import free_port

from newsmill import landing
from newsmill.landing import Dump
from newsmill.relations import rejected
from newsmill.sources.download import PartialFile
from newsmill.sources.fetch import fetch
from newsmill.sources.paths import FileAccess
from newsmill.sources.remote import RANGE_BYTES
from newsmill.sources.remote_files import Limits, RemoteFile, version_of
from newsmill.sources.stores import store_of

DATA = random.Random(3).randbytes(RANGE_BYTES + 1_000_000)


def landed(run, dump):
    files = {}
    for file in landing.list_landed_files(run, dump):
        data = (landing.get_dump_folder(run, dump) / file.name).read_bytes()
        assert (len(data), sha256(data).hexdigest()) == (file.size, file.sha256)
        files[file.name] = data
    return files


def rejects_by_file(run, dump):
    rows = run.lake.read(rejected("fetch"), run.night, dump.name).to_pylist()
    return {row["dump_file"].removeprefix(f"{run.night}/{dump.name}/"): (row["reason"], row["detail"]) for row in rows}


class ByteCounter:
    """Add up the received bytes."""

    def __init__(self):
        self.size = 0

    def begin(self, files, size) -> None:
        pass

    def came(self, size) -> None:
        self.size += size

    def done(self) -> None:
        pass


@pytest.fixture
def fetch_dump(run, tmp_path, retry_policy):
    def fetch_dump(dump, run=run, **more):
        return fetch(run, dump, tmp_path, retry_policy=retry_policy, **more)

    return fetch_dump


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with stores.s3(tmp_path_factory.mktemp("s3")) as address:
        yield address


@pytest.fixture
def bucket(s3, monkeypatch):
    """Return a bucket with two nights in it, its dump and the file system that fills it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", stores.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", stores.SECRET)
    files = fsspec.filesystem("s3", endpoint_url=s3, skip_instance_cache=True, use_listings_cache=False)
    with suppress(FileNotFoundError):
        files.rm("news", recursive=True)
    files.mkdir("news")
    files.pipe({"news/2026-03-02/a.jsonl": DATA, "news/2026-03-02/sub/b.jsonl": b"b", "news/2026-03-03/c.jsonl": b"c"})
    return Dump("bucket", "s3://news/{night}", options={"endpoint_url": s3}), files


@pytest.mark.slow
@pytest.mark.parametrize(
    ("location", "names"),
    [
        ("s3://news/{night}", ["a.jsonl", "sub/b.jsonl"]),
        ("s3://news/{night}/", ["a.jsonl", "sub/b.jsonl"]),
        ("s3://news/{night}/*.jsonl", ["a.jsonl"]),
        ("s3://news/{night}/a.jsonl", ["a.jsonl"]),
        ("s3://news/**/b.jsonl", ["2026-03-02/sub/b.jsonl"]),
    ],
)
def test_a_bucket_offers_a_folder_a_file_or_a_pattern(run, bucket, fetch_dump, location, names):
    dump = Dump("bucket", location, options=bucket[0].options)
    fetch_dump(dump)
    assert list(landed(run, dump)) == names
    assert "a.jsonl" not in names or landed(run, dump)["a.jsonl"] == DATA


@pytest.mark.slow
def test_a_bucket_is_asked_for_nothing_that_is_here(run, bucket, fetch_dump):
    dump, files = bucket
    fetch_dump(dump)
    assert fetch_dump(dump).bytes == 0
    files.pipe("news/2026-03-02/a.jsonl", DATA[::-1])
    assert fetch_dump(dump).bytes == len(DATA) and landed(run, dump)["a.jsonl"] == DATA[::-1]


@pytest.mark.slow
def test_a_growing_bucket_gives_each_night_what_is_new(run, bucket, fetch_dump):
    dump, files = Dump("bucket", "s3://news", options=bucket[0].options), bucket[1]
    fetch_dump(dump)
    files.pipe({"news/2026-03-04/d.jsonl": b"d", "news/copy.jsonl": b"c"})
    other = replace(run, night=run.night.replace(day=4))
    fetch_dump(dump, run=other)
    assert (
        list(landed(other, dump)) == ["2026-03-04/d.jsonl"]
        and rejects_by_file(other, dump)["copy.jsonl"][0] == "same_content"
    )


@pytest.mark.slow
def test_an_object_that_is_cut_is_continued_by_ranges(run, bucket, fetch_dump):
    dump, _ = bucket
    folder = landing.get_dump_folder(run, dump)
    remote_files = {
        one.name: one for one in store_of(dump, run.night, FileAccess(folder, run.home), Limits()).list_files()
    }
    partial_file = PartialFile(folder / ".drafts", RemoteFile("a.jsonl", ""))
    partial_file.path.parent.mkdir(parents=True)
    partial_file.path.write_bytes(DATA[:RANGE_BYTES])
    partial_file.write_metadata(remote_files["a.jsonl"].version)
    counter = ByteCounter()
    fetch_dump(dump, progress=counter)
    assert landed(run, dump)["a.jsonl"] == DATA and counter.size == 1_000_000 + 1


@pytest.mark.slow
def test_a_manifest_in_a_bucket_names_objects_below_its_base_only(run, bucket, fetch_dump):
    dump, files = bucket
    lines = ("2026-03-02/sub/b.jsonl", "gone.jsonl", "../other/x", "s3://elsewhere/x", "file:///etc/passwd")
    files.pipe("news/list.txt", "\n".join(lines).encode())
    dump = Dump("bucket", "s3://news/list.txt", list="manifest", base="s3://news/", options=dump.options)
    fetch_dump(dump)
    assert landed(run, dump) == {"2026-03-02/sub/b.jsonl": b"b"}
    rejects = rejects_by_file(run, dump)
    assert rejects.pop("gone.jsonl")[0] == "not_found"
    assert [reason for reason, _ in rejects.values()] == ["refused_address"] * 3


@pytest.mark.slow
def test_a_wrong_key_is_an_error_with_a_remedy(run, bucket, fetch_dump, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(Exception, match=r"s3://news/2026-03-02: may not be read; set AWS_ACCESS_KEY_ID") as caught:
        fetch_dump(bucket[0])
    assert caught.value.reason == "not_allowed"


@pytest.mark.slow
def test_no_key_at_all_is_an_error_with_a_remedy(run, bucket, fetch_dump, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(Exception, match=r"no credentials; set AWS_ACCESS_KEY_ID"):
        fetch_dump(bucket[0])


@pytest.mark.slow
def test_a_missing_bucket_is_an_error(run, bucket, fetch_dump):
    with pytest.raises(Exception, match=r"looked at s3://no-such-bucket/x, which matches no file"):
        fetch_dump(Dump("bucket", "s3://no-such-bucket/x", options=bucket[0].options))


def test_a_store_that_does_not_answer_is_an_error_after_some_tries(run, fetch_dump, pauses, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    nobody = f"http://127.0.0.1:{free_port()}"
    options = {"endpoint_url": nobody, "config_kwargs": {"retries": {"max_attempts": 0}}}
    with pytest.raises(Exception, match=r"s3://news/x: .*tried 2 times"):
        fetch_dump(Dump("bucket", "s3://news/x", options=options, limits={"tries": 2}))


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serve a folder by SFTP; return the dump that reads it and the folder."""
    folder = tmp_path / "served"
    (folder / "2026-03-02" / "sub").mkdir(parents=True)
    (folder / "2026-03-02" / "a.jsonl").write_bytes(DATA)
    (folder / "2026-03-02" / "sub" / "b.jsonl").write_bytes(b"b")
    (folder / "2026-03-02" / "link.jsonl").symlink_to("a.jsonl")
    monkeypatch.setenv("FEED_PASSWORD", "hush")
    with stores.sftp(folder, tmp_path / "known_hosts", "hush") as port:
        known = str(tmp_path / "known_hosts")
        options = {"password": "{env:FEED_PASSWORD}", "known_hosts": known, "look_for_keys": False}
        yield Dump("ssh", f"sftp://night@127.0.0.1:{port}/{{night}}", options=options), folder


def test_a_folder_behind_sftp_lands_whole(run, server, fetch_dump):
    dump, _ = server
    fetch_dump(dump)
    assert landed(run, dump) == {"a.jsonl": DATA, "sub/b.jsonl": b"b"}
    assert rejects_by_file(run, dump)["link.jsonl"][0] == "not_a_file" and fetch_dump(dump).bytes == 0
    assert "hush" not in landing.get_manifest_path(run, dump).read_text()
    assert all("night@" not in file.url for file in landing.list_landed_files(run, dump))
    options = {name: value for name, value in dump.options.items() if name != "password"}
    encoded = dump.location.replace("night@", "ni%67ht:hu%73h@")
    assert fetch_dump(Dump("other", encoded, options=options)).rows_out == 2, "user and password of an address"


def test_a_file_behind_sftp_is_continued_where_it_broke_off(run, server, fetch_dump):
    dump, _ = server
    fetch_dump(dump)
    before = next(file for file in landing.list_landed_files(run, dump) if file.name == "a.jsonl")
    landing.remove_dump(run, dump.name)
    partial_file = PartialFile(landing.get_dump_folder(run, dump) / ".drafts", RemoteFile("a.jsonl", ""))
    partial_file.path.parent.mkdir(parents=True)
    partial_file.path.write_bytes(DATA[:RANGE_BYTES])
    partial_file.write_metadata(version_of(before))
    counter = ByteCounter()
    fetch_dump(dump, progress=counter)
    assert landed(run, dump)["a.jsonl"] == DATA and counter.size == 1_000_000 + 1


def test_a_host_whose_key_is_not_known_is_not_spoken_to(run, server, fetch_dump, tmp_path):
    (tmp_path / "known_hosts").write_text("")
    with pytest.raises(Exception, match="its host key is not known; check it, then ssh-keyscan") as caught:
        fetch_dump(server[0])
    assert caught.value.reason == "refused_address"


def test_a_wrong_password_is_an_error_that_does_not_show_it(run, server, fetch_dump, monkeypatch):
    monkeypatch.setenv("FEED_PASSWORD", "wrong-hush")
    with pytest.raises(Exception, match=r"may not be read; give a key by ssh-agent") as caught:
        fetch_dump(server[0])
    assert "hush" not in str(caught.value)


@pytest.mark.slow
def test_a_bucket_of_google_lands_whole(run, fetch_dump, tmp_path_factory):
    with stores.gcs(tmp_path_factory.mktemp("gcs")) as address:
        options = {"endpoint_url": address, "token": "anon", "project": "news"}
        files = GCSFileSystem(**options)
        files.pipe({"news/2026-03-02/a.jsonl": DATA, "news/2026-03-02/sub/b.jsonl": b"b"})
        dump = Dump("gs", "gs://news/{night}", options=options)
        fetch_dump(dump)
        assert landed(run, dump) == {"a.jsonl": DATA, "sub/b.jsonl": b"b"}
        assert fetch_dump(dump).bytes == 0
