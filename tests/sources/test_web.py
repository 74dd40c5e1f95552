"""Fetch from web servers with cuts, refusals, wrong answers and redirects: landed files and reasons of the others."""

import gzip
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256

import pytest
from websites import File, bomb, index, reply

from newsmill import landing
from newsmill.errors import Permanent
from newsmill.landing import Dump
from newsmill.relations import rejected
from newsmill.sources.fetch import fetch, plan_fetch
from newsmill.sources.remote_files import Limits

pytestmark = pytest.mark.slow

DATA = random.Random(7).randbytes(3_000_000)


@pytest.fixture
def dump(web):
    return Dump("feed", f"{web.address}/{{night}}/feed.jsonl", take="all")


@pytest.fixture
def listed(web):
    """Return a dump of the files that a manifest names."""

    def listed(*lines: str, **more) -> Dump:
        web.file("/list.txt", "\n".join(lines).encode())
        return Dump("feed", f"{web.address}/list.txt", list="manifest", **{"take": "all", **more})

    return listed


@pytest.fixture
def fetch_dump(run, tmp_path, retry_policy):
    def fetch_dump(dump, run=run, **more):
        return fetch(run, dump, tmp_path, retry_policy=retry_policy, **more)

    return fetch_dump


def landed(run, dump):
    """Return what landed by name, after a check against the manifest."""
    files = {}
    for file in landing.list_landed_files(run, dump):
        data = (landing.get_dump_folder(run, dump) / file.name).read_bytes()
        assert (len(data), sha256(data).hexdigest()) == (file.size, file.sha256)
        files[file.name] = data
    return files


def rejects_by_file(run, dump):
    rows = run.lake.read(rejected("fetch"), run.night, dump.name).to_pylist()
    return {row["dump_file"].removeprefix(f"{run.night}/{dump.name}/"): (row["reason"], row["detail"]) for row in rows}


def test_a_file_lands_byte_for_byte_with_the_version_of_its_server(run, web, dump, fetch_dump):
    web.file("/2026-03-02/feed.jsonl", DATA, modified="Mon, 02 Mar 2026 04:00:00 GMT")
    receipt = fetch_dump(dump)
    assert landed(run, dump) == {"feed.jsonl": DATA}
    file = landing.list_landed_files(run, dump)[0]
    assert file.etag and file.modified == "Mon, 02 Mar 2026 04:00:00 GMT"
    assert file.url == f"{web.address}/2026-03-02/feed.jsonl"
    assert (receipt.rows_in, receipt.rows_out, receipt.rejected, receipt.bytes) == (1, 1, 0, len(DATA))


@pytest.mark.parametrize("validators", [{}, {"etag": None, "modified": "Mon, 02 Mar 2026 04:00:00 GMT"}])
def test_a_file_that_is_cut_again_and_again_is_continued_where_it_broke_off(
    run, web, dump, fetch_dump, pauses, validators
):
    web.file("/2026-03-02/feed.jsonl", DATA, cut=1_200_000, **validators)
    fetch_dump(dump)
    assert landed(run, dump) == {"feed.jsonl": DATA}
    starts = [headers.get("Range") for _, _, headers in web.asked]
    assert starts == [None, "bytes=1200000-", "bytes=2400000-"] and len(pauses) == 2


def test_a_file_whose_server_sends_no_version_is_begun_again(run, web, dump, fetch_dump):
    whole, cut = File(DATA, etag=None), File(DATA, etag=None, cut=1_000_000)
    web.then("/2026-03-02/feed.jsonl", cut, whole)
    fetch_dump(dump)
    assert landed(run, dump) == {"feed.jsonl": DATA} and not any("Range" in headers for _, _, headers in web.asked)


def test_a_file_that_changes_while_it_comes_is_begun_again(run, web, dump, fetch_dump):
    web.then("/2026-03-02/feed.jsonl", File(DATA, cut=1_000_000), File(DATA[::-1]))
    fetch_dump(dump)
    assert landed(run, dump) == {"feed.jsonl": DATA[::-1]}


def test_a_server_that_answers_unchanged_to_no_condition_is_refused(run, web, dump, fetch_dump):
    web.says("/2026-03-02/feed.jsonl", 304)
    fetch_dump(dump)
    assert rejects_by_file(run, dump)["feed.jsonl"][0] == "refused" and landed(run, dump) == {}


def test_a_server_that_answers_another_range_than_the_one_asked_for_is_not_believed(run, web, dump, fetch_dump):
    def wrong(request):
        reply(request, 206, DATA[5:], {"ETag": '"a"', "Content-Range": f"bytes 5-{len(DATA) - 1}/{len(DATA)}"})

    web.then("/2026-03-02/feed.jsonl", File(DATA, etag='"a"', cut=1_000_000), wrong, File(DATA, etag='"a"'))
    fetch_dump(dump)
    assert landed(run, dump) == {"feed.jsonl": DATA}


def test_a_fetch_that_was_killed_is_continued_by_the_next(run, web, dump, fetch_dump, tmp_path):
    gate = []

    def slow(request):
        reply_head = {"ETag": '"a"', "Content-Length": str(len(DATA))}
        request.send_response(200)
        for name, value in reply_head.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(DATA[:1_999_500])
        time.sleep(0.2)  # the rest is a block of its own, smaller than any buffer
        request.wfile.write(DATA[1_999_500:2_000_000])
        while not gate:
            time.sleep(0.02)

    web.then("/2026-03-02/feed.jsonl", slow, File(DATA, etag='"a"'))
    code = (
        "import sys, datetime, pathlib; from newsmill.runs import Run; from newsmill.landing import Dump;"
        "from newsmill.sources.fetch import fetch;"
        "fetch(Run(pathlib.Path(sys.argv[1]), datetime.date(2026, 3, 2), 'x'), Dump('feed', sys.argv[2], take='all'),"
        "pathlib.Path('/'))"
    )
    place = os.pathsep.join(path for path in sys.path if path)
    process = subprocess.Popen([sys.executable, "-c", code, run.home, dump.location], env={"PYTHONPATH": place})
    partials_folder = landing.get_dump_folder(run, dump) / ".drafts"
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size >= 2_000_000 for path in partials_folder.glob("*")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    gate.append("open")
    assert landing.list_landed_dumps(run) == []
    fetch_dump(dump)
    assert landed(run, dump) == {"feed.jsonl": DATA} and not partials_folder.exists()
    assert web.asked[-1][2]["Range"] == "bytes=2000000-" and web.asked[-1][2]["If-Range"] == '"a"'


def test_a_fetch_killed_between_files_writes_no_manifest_and_the_next_fetches_only_the_rest(
    run, web, listed, fetch_dump
):
    names = [f"{number:02}.txt" for number in range(12)]
    for name in names:
        web.file(f"/{name}", name.encode() * 1000)
    dump = listed(*names, limits={"connections": 1})
    whole = web.answers["/08.txt"]
    victims = []

    def deadly(request):
        if victims:
            os.kill(victims.pop(), signal.SIGKILL)
        whole(request)

    web.answers["/08.txt"] = deadly
    code = (
        "import sys, json, datetime, pathlib; from newsmill.runs import Run; from newsmill.landing import Dump;"
        "from newsmill.sources.fetch import fetch; sys.stdin.readline();"
        "fetch(Run(pathlib.Path(sys.argv[1]), datetime.date(2026, 3, 2), 'x'), Dump(**json.loads(sys.argv[2])),"
        "pathlib.Path('/'))"
    )
    place = os.pathsep.join(path for path in sys.path if path)
    process = subprocess.Popen(
        [sys.executable, "-c", code, run.home, json.dumps(asdict(dump))],
        stdin=subprocess.PIPE,
        env={"PYTHONPATH": place},
    )
    victims.append(process.pid)
    process.communicate(b"go\n")
    assert process.returncode == -signal.SIGKILL and landing.list_landed_dumps(run) == []
    web.asked.clear()
    assert fetch_dump(dump).rows_out == 12 and set(landed(run, dump)) == set(names)
    sent = [path for _, path, headers in web.asked if path != "/list.txt" and "If-None-Match" not in headers]
    assert sent == [f"/{name}" for name in names[8:]]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "moment"])
def test_a_server_that_asks_to_wait_is_waited_for(run, web, dump, fetch_dump, pauses, status, form):
    now = datetime(2026, 3, 2, 4, tzinfo=UTC)
    wait = "17" if form == "seconds" else format_datetime(now + timedelta(seconds=17), usegmt=True)

    def busy(request):
        request.send_response_only(status)
        headers = {"Date": format_datetime(now, usegmt=True), "Retry-After": wait, "Content-Length": "0"}
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()

    web.then("/2026-03-02/feed.jsonl", busy, busy, File(DATA))
    fetch_dump(dump)
    assert pauses == [17, 17] and landed(run, dump) == {"feed.jsonl": DATA}


def test_pauses_grow_and_end(run, web, dump, fetch_dump, pauses):
    web.says("/2026-03-02/feed.jsonl", 503)
    receipt = fetch_dump(dump)
    assert pauses == [1, 2, 4, 8, 16, 32, 60] and (receipt.rows_in, receipt.rejected) == (1, 1)
    reason, detail = rejects_by_file(run, dump)["feed.jsonl"]
    assert reason == "unreachable" and "answers 503" in detail and "tried 8 times" in detail
    assert landing.list_landed_dumps(run) == []


def test_a_server_that_asks_to_wait_for_hours_is_left_alone(run, web, dump, fetch_dump, pauses):
    web.says("/2026-03-02/feed.jsonl", 429, Retry_After="7200")
    fetch_dump(dump)
    assert pauses == [] and "asks to wait 7200 s" in rejects_by_file(run, dump)["feed.jsonl"][1]


def test_of_many_files_one_that_fails_is_one_row_and_the_others_land(run, web, listed, fetch_dump):
    for number in range(40):
        web.file(f"/{number:02}.txt", b"page %d" % number)
    web.says("/07.txt", 404)
    web.says("/08.txt", 403)
    dump = listed(*(f"{number:02}.txt" for number in range(40)))
    receipt = fetch_dump(dump)
    assert (receipt.rows_in, receipt.rows_out, receipt.rejected) == (40, 38, 2) and len(landed(run, dump)) == 38
    assert {name: reason for name, (reason, _) in rejects_by_file(run, dump).items()} == {
        "07.txt": "not_found",
        "08.txt": "not_allowed",
    }


def test_a_server_that_is_gone_is_not_asked_for_every_file(run, web, listed, fetch_dump):
    dump = listed(*(f"{number:02}.txt" for number in range(30)), limits={"tries": 2, "connections": 1})
    for number in range(30):
        web.says(f"/{number:02}.txt", 502)
    fetch_dump(dump)
    assert len(rejects_by_file(run, dump)) == 30 and len(web.paths()) == 1 + 5 * 2
    assert "given up, as 5 files before it could not be had" in rejects_by_file(run, dump)["29.txt"][1]


def test_a_server_that_always_sends_less_than_it_announces_ends_in_quarantine(run, web, dump, fetch_dump):
    web.answers["/2026-03-02/feed.jsonl"] = lambda request: reply(request, 200, b"short", {"Content-Length": "1000"})
    fetch_dump(dump)
    reason, detail = rejects_by_file(run, dump)["feed.jsonl"]
    assert reason == "cut_short" and "fewer bytes than were announced" in detail


def test_a_server_that_sends_more_than_it_announces_ends_in_quarantine(run, web, dump, fetch_dump):
    web.answers["/2026-03-02/feed.jsonl"] = lambda request: reply(request, 200, DATA[:5000], {"Content-Length": "1000"})
    fetch_dump(dump)
    reason, detail = rejects_by_file(run, dump)["feed.jsonl"]
    assert reason == "cut_short" and "more bytes than were announced" in detail


def test_a_server_that_announces_too_much_is_refused_before_it_sends(run, web, dump, fetch_dump):
    web.answers["/2026-03-02/feed.jsonl"] = lambda request: reply(request, 200, b"x", {"Content-Length": str(10**15)})
    fetch_dump(dump, limits=Limits(file_bytes=1000))
    assert rejects_by_file(run, dump)["feed.jsonl"][0] == "over_limit" and len(web.paths()) == 1


def test_a_body_without_a_length_is_stopped_at_the_limit(run, web, dump, fetch_dump):
    sent = []

    def endless(request):
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for _ in range(10_000):
            request.wfile.write(b"10000\r\n" + bytes(65536) + b"\r\n")
            sent.append(65536)

    web.answers["/2026-03-02/feed.jsonl"] = endless
    fetch_dump(dump, limits=Limits(file_bytes=1_000_000))
    assert rejects_by_file(run, dump)["feed.jsonl"][0] == "over_limit" and sum(sent) < 100_000_000
    assert not (landing.get_dump_folder(run, dump) / ".drafts").exists()


def test_the_bytes_of_a_night_are_limited_and_the_rest_is_rejected(run, web, listed, fetch_dump):
    for name in "abc":
        web.file(f"/{name}.txt", name.encode() * 1000)
    dump = listed("a.txt", "b.txt", "c.txt", limits={"night_bytes": 2500, "connections": 1})
    fetch_dump(dump)
    assert set(landed(run, dump)) == {"a.txt", "b.txt"} and rejects_by_file(run, dump)["c.txt"][0] == "over_limit"
    assert fetch_dump(dump).rows_out == 2, "a second run counts what is here"


def test_a_bomb_packed_on_the_way_lands_as_it_was_sent(run, web, dump, fetch_dump):
    packed = bomb(50_000_000)
    web.answers["/2026-03-02/feed.jsonl"] = lambda request: reply(request, 200, packed, {"Content-Encoding": "gzip"})
    fetch_dump(dump, limits=Limits(file_bytes=1_000_000))
    assert landed(run, dump) == {"feed.jsonl": packed}
    assert web.asked[0][2]["Accept-Encoding"] == "identity"


def test_an_encoding_that_no_reader_knows_is_refused(run, web, dump, fetch_dump):
    web.answers["/2026-03-02/feed.jsonl"] = lambda request: reply(request, 200, b"\x1b", {"Content-Encoding": "br"})
    fetch_dump(dump)
    assert (
        rejects_by_file(run, dump)["feed.jsonl"][0] == "refused"
        and "Content-Encoding br" in rejects_by_file(run, dump)["feed.jsonl"][1]
    )


def test_a_list_that_is_a_bomb_is_refused(run, web, fetch_dump):
    web.file("/list.gz", bomb(300_000_000))
    with pytest.raises(Permanent, match="the list unpacks to more than 1048576 bytes"):
        fetch_dump(Dump("feed", f"{web.address}/list.gz", list="manifest", limits={"list_bytes": 1024**2}))


def test_redirects_are_followed_on_the_same_host_and_counted(run, web, dump, fetch_dump):
    web.says("/2026-03-02/feed.jsonl", 302, Location="/moved.jsonl")
    web.file("/moved.jsonl", DATA)
    fetch_dump(dump)
    assert landed(run, dump) == {"feed.jsonl": DATA}
    web.says("/moved.jsonl", 302, Location="/2026-03-02/feed.jsonl")
    fetch_dump(dump)
    reason, detail = rejects_by_file(run, dump)["feed.jsonl"]
    assert reason == "refused" and "more than 5 redirects" in detail
    assert landed(run, dump) == {"feed.jsonl": DATA}, "what landed before stays"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x/"])
def test_no_redirect_leads_to_a_file_or_another_scheme(run, web, dump, fetch_dump, target):
    web.says("/2026-03-02/feed.jsonl", 302, Location=target)
    fetch_dump(dump)
    assert rejects_by_file(run, dump)["feed.jsonl"][0] == "refused_address" and landed(run, dump) == {}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_no_redirect_leads_to_this_machine_however_it_is_written(run, web, other_web, dump, fetch_dump, host):
    other_web.file("/secret", b"secret")
    web.says("/2026-03-02/feed.jsonl", 302, Location=f"http://{host}:{other_web.port}/secret")
    fetch_dump(dump)
    reason, detail = rejects_by_file(run, dump)["feed.jsonl"]
    assert reason == "refused_address" and "set allow_private = true" in detail and other_web.asked == []
    fetch_dump(replace(dump, allow_private=True))
    if host != "[::ffff:127.0.0.1]" or other_web.asked:
        assert landed(run, dump) == {"feed.jsonl": b"secret"}


def test_no_manifest_leads_to_this_machine_or_to_its_files(run, web, other_web, listed, fetch_dump, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    other_web.file("/secret", b"secret")
    web.file("/a.txt", b"first")
    dump = listed("a.txt", f"{other_web.address}/secret", f"file://{tmp_path}/secret.txt", "s3://bucket/secret")
    fetch_dump(dump)
    assert landed(run, dump) == {"a.txt": b"first"} and other_web.asked == []
    assert sorted(reason for reason, _ in rejects_by_file(run, dump).values()) == ["refused_address"] * 3


def test_a_name_that_means_this_machine_is_refused_at_the_connection(run, web, fetch_dump):
    host = socket.gethostname()
    try:
        if not socket.gethostbyname(host).startswith("127."):
            pytest.skip("the name of this machine is no loopback address here")
    except OSError:
        pytest.skip("this machine's name has no address")
    web.file("/feed.jsonl", DATA)
    dump = Dump("feed", f"http://{host}:{web.port}/feed.jsonl", take="all")
    fetch_dump(dump)
    assert rejects_by_file(run, dump)["feed.jsonl"][0] == "refused_address" and web.asked == []
    fetch_dump(replace(dump, allow_private=True))
    assert landed(run, dump) == {"feed.jsonl": DATA}


def test_an_index_page_offers_the_links_that_its_pattern_picks(run, web, fetch_dump):
    links = ("a.jsonl.gz", "b%20c.jsonl.gz", "notes.txt", "a.jsonl.gz", "sub/", "mailto:x@y.example")
    web.file("/news/2026/03/02/", index(*links))
    web.file("/news/2026/03/02/a.jsonl.gz", gzip.compress(b"{}"))
    web.file("/news/2026/03/02/b%20c.jsonl.gz", gzip.compress(b"[]"))
    dump = Dump("feed", f"{web.address}/news/{{night:%Y/%m/%d}}/", list="links", pattern="*.jsonl.gz")
    fetch_dump(dump)
    assert set(landed(run, dump)) == {"a.jsonl.gz", "b c.jsonl.gz"}


def test_a_manifest_of_common_crawl_lands_what_its_night_names(run, web, fetch_dump):
    lines = [f"crawl-data/CC-NEWS/2026/03/CC-NEWS-202603{day:02}010203-{day:05}.warc.gz" for day in (1, 2, 3)]
    web.file("/crawl-data/CC-NEWS/2026/03/warc.paths.gz", gzip.compress("\n".join(lines).encode()))
    for line in lines:
        web.file(f"/{line}", line.encode())
    dump = Dump(
        "cc-news",
        f"{web.address}/crawl-data/CC-NEWS/{{night:%Y/%m}}/warc.paths.gz",
        list="manifest",
        base=f"{web.address}/",
        pattern="CC-NEWS-{night:%Y%m%d}*.warc.gz",
    )
    fetch_dump(dump)
    assert landed(run, dump) == {lines[1]: lines[1].encode()}


def test_files_that_differ_in_their_query_only_land_under_names_of_their_own(run, web, listed, fetch_dump):
    for page in "12":
        web.file(f"/feed.json?page={page}", page.encode())
    dump = listed("feed.json?page=1", "feed.json?page=2")
    fetch_dump(dump)
    files = landed(run, dump)
    assert sorted(files.values()) == [b"1", b"2"] and all(name.endswith(".json") for name in files)


@pytest.mark.parametrize(
    "name", ["../../up.txt", "%2e%2e/%2e%2e/up.txt", "/..%2fup.txt", ".hidden", "a%00b.txt", "x" * 400]
)
def test_no_name_leads_out_of_its_folder(run, web, listed, fetch_dump, name):
    dump = listed(name)
    web.otherwise = File(b"page")
    fetch_dump(dump)
    (landed_name,) = landed(run, dump)
    assert landed(run, dump)[landed_name] == b"page"
    assert (
        (landing.get_dump_folder(run, dump) / landed_name)
        .resolve()
        .is_relative_to(landing.get_dump_folder(run, dump).resolve())
    )


def test_fetching_again_asks_whether_anything_changed_and_copies_nothing(run, web, dump, fetch_dump):
    web.file("/2026-03-02/feed.jsonl", DATA)
    fetch_dump(dump)
    assert fetch_dump(dump).bytes == 0 and "If-None-Match" in web.asked[-1][2]
    (landing.get_dump_folder(run, dump) / "feed.jsonl").write_bytes(b"forged")
    fetch_dump(dump)
    assert landed(run, dump) == {"feed.jsonl": DATA}, "what was tampered with is fetched again"
    web.file("/2026-03-02/feed.jsonl", DATA[:10])
    fetch_dump(dump)
    assert landed(run, dump) == {"feed.jsonl": DATA[:10]}


def test_a_secret_is_sent_and_never_written(run, web, fetch_dump, monkeypatch, caplog):
    monkeypatch.setenv("FEED_TOKEN", "hush-hush/7")
    web.file("/feed.jsonl?token=hush-hush%2F7", DATA)
    web.file("/list.txt?token=hush-hush/7", b"gone.txt?signature=0123456789abcdef\nfeed.jsonl?token=hush-hush%2F7")
    options = {"headers": {"Authorization": "Bearer {env:FEED_TOKEN}"}}
    dump = Dump("feed", f"{web.address}/list.txt?token={{env:FEED_TOKEN}}", list="manifest", options=options)
    caplog.set_level("DEBUG")
    fetch_dump(dump)
    assert list(landed(run, dump).values()) == [DATA]
    assert all(headers["Authorization"] == "Bearer hush-hush/7" for _, _, headers in web.asked)
    written = landing.get_manifest_path(run, dump).read_text() + json.dumps(rejects_by_file(run, dump)) + caplog.text
    assert "hush" not in written and "0123456789abcdef" not in written


def test_a_secret_is_sent_to_no_other_host(run, web, other_web, fetch_dump, monkeypatch):
    monkeypatch.setenv("FEED_TOKEN", "hush")
    other_web.file("/feed.jsonl", DATA)
    web.says("/feed.jsonl", 302, Location=f"{other_web.address}/feed.jsonl")
    options = {"headers": {"Authorization": "Bearer {env:FEED_TOKEN}"}}
    fetch_dump(Dump("feed", f"{web.address}/feed.jsonl", options=options, allow_private=True))
    assert "Authorization" in web.asked[0][2] and "Authorization" not in other_web.asked[0][2]


def test_user_and_password_come_from_netrc(run, web, dump, fetch_dump, tmp_path, monkeypatch):
    def closed(request):
        known = request.headers.get("Authorization") == "Basic bmlnaHQ6aHVzaA=="
        File(DATA)(request) if known else reply(request, 401, b"", {"WWW-Authenticate": "Basic"})

    web.answers["/2026-03-02/feed.jsonl"] = closed
    fetch_dump(dump)
    reason, detail = rejects_by_file(run, dump)["feed.jsonl"]
    assert reason == "not_allowed" and "give user and password in ~/.netrc" in detail
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login night password hush")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    fetch_dump(dump)
    assert landed(run, dump) == {"feed.jsonl": DATA} and rejects_by_file(run, dump) == {}


def test_a_proxy_is_used_and_does_not_lead_to_this_machine_either(run, web, fetch_dump, monkeypatch):
    monkeypatch.setenv("http_proxy", web.address)
    monkeypatch.setenv("no_proxy", "")
    web.file("http://dumps.invalid/feed.jsonl", DATA)
    dump = Dump("feed", "http://dumps.invalid/feed.jsonl", take="all")
    fetch_dump(dump)
    assert landed(run, dump) == {"feed.jsonl": DATA}
    web.says("http://dumps.invalid/feed.jsonl", 302, Location="http://10.0.0.1/secret")
    web.otherwise = File(b"secret")
    fetch_dump(dump)
    assert rejects_by_file(run, dump)["feed.jsonl"][0] == "refused_address" and landed(run, dump) == {
        "feed.jsonl": DATA
    }


def test_a_server_that_all_but_stops_is_left(run, web, dump, fetch_dump, monkeypatch):
    def slow(request):
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        for _ in range(100):
            request.wfile.write(b"x")
            time.sleep(0.05)

    monkeypatch.setattr("newsmill.sources.web.SLOW_SECONDS", 0.2)
    web.then("/2026-03-02/feed.jsonl", slow, File(DATA))
    fetch_dump(dump)
    assert landed(run, dump) == {"feed.jsonl": DATA}


def test_a_plan_shows_what_is_new_what_is_here_and_what_is_too_large(
    run, web, listed, fetch_dump, tmp_path, retry_policy
):
    for name, size in (("a", 10), ("b", 20), ("c", 3000)):
        web.file(f"/{name}.txt", name.encode() * size)
    dump = listed("a.txt", limits={"file_bytes": 1000})
    fetch_dump(dump)
    dump = listed("a.txt", "b.txt", "c.txt", "gone.txt", limits={"file_bytes": 1000})
    web.asked.clear()
    planned, _ = plan_fetch(run, dump, tmp_path, retry_policy=retry_policy)
    assert [(one.offer.name, one.offer.version.size, one.status) for one in planned] == [
        ("a.txt", 10, "landed"),
        ("b.txt", 20, "new"),
        ("c.txt", 3000, "over the limit"),
        ("gone.txt", None, "new"),
    ]
    assert web.paths() == ["/list.txt"] and len(web.paths("HEAD")) == 4


@pytest.mark.parametrize("location", ["{0}/news/", "{0}/news/*.gz"])
def test_a_folder_of_the_web_is_an_error(run, web, fetch_dump, location):
    with pytest.raises(Permanent, match="the web lists no folders; name an index page"):
        fetch_dump(Dump("feed", location.format(web.address)))


def test_an_unknown_scheme_is_an_error_that_lists_the_known_ones(run, fetch_dump):
    with pytest.raises(Permanent, match=r"begins with ftp, which newsmill cannot fetch; it can http, https, s3"):
        fetch_dump(Dump("feed", "FTP://host.example/a"))
