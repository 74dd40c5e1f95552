"""No text of form, list, manifest or redirect makes newsmill read a file outside of the permitted folders."""

import json
import os
from contextlib import suppress
from datetime import date
from html import escape

import pytest
from hostile_paths import CANARY, HOSTILE, PLAIN, build_project, environment, leaks, texts
from websites import index

from newsmill import landing
from newsmill.errors import Permanent
from newsmill.landing import Dump
from newsmill.relations import rejected
from newsmill.runs import Run
from newsmill.sources import catalog, paths
from newsmill.sources.fetch import fetch
from newsmill.sources.paths import FileAccess, split_form_sources
from newsmill.sources.remote_files import FetchError

pytestmark = pytest.mark.slow

NIGHT = date(2026, 3, 2)
READABLE = {"plain.txt", "dumps/plain.txt"}
NUMBERS = range(len(HOSTILE))


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Return a project with traps as the current folder, with the hostile environment set."""
    root = build_project(tmp_path)
    for name, value in environment(root).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def run(root):
    return Run(root / "data", NIGHT, "2026-03-02-test")


@pytest.fixture
def access(root):
    return FileAccess(root, root / "data")


def attempt(run: Run, dump: Dump, root, retry_policy) -> None:
    """Fetch, then check that only readable files landed."""
    with suppress(Permanent):
        fetch(run, dump, root, retry_policy=retry_policy)
    assert {file.name for file in landing.list_landed_files(run, dump)} <= READABLE
    assert list(leaks(run.home)) == []


def name_of(number: int) -> str:
    return ascii(HOSTILE[number])[1:40]


every_text = pytest.mark.parametrize("number", NUMBERS, ids=name_of)


def test_the_table_is_large_and_the_search_for_the_canary_finds_it(run, root, tmp_path, retry_policy):
    assert len(set(HOSTILE)) == len(HOSTILE) >= 40
    fetch(run, Dump("allowed", str(tmp_path / "outside")), root, retry_policy=retry_policy)
    assert [path.name for path in leaks(run.home)] == ["secret.txt"], "an absolute location of the list is read"


@every_text
def test_the_form_reads_nothing_else(run, root, access, retry_policy, number):
    text = texts(root)[number]
    with suppress(Permanent):
        names, locations = split_form_sources([text], NIGHT, access)
        assert set(names) <= {"dumps", "data", "x" * 5000}, "what is a name is looked up in the list and never opened"
        for location in locations:
            attempt(run, catalog.adhoc(location, "page"), root, retry_policy)
    assert list(leaks(run.home)) == []


@every_text
def test_the_list_reads_nothing_else(run, root, retry_policy, number):
    file = root.parent / "sources.toml"
    file.write_text(f"[feed]\nlocation = {json.dumps(texts(root)[number])}\n", encoding="utf8")
    with suppress(Permanent):
        attempt(run, catalog.catalog(file)["feed"], root, retry_policy)
    assert list(leaks(run.home)) == []


@every_text
@pytest.mark.parametrize("base", [None, "", "dumps/"], ids=["own folder", "root", "dumps"])
def test_a_manifest_reads_nothing_else(run, root, retry_policy, number, base):
    (root / "list.txt").write_text(f"{texts(root)[number]}\n", encoding="utf8")
    dump = Dump("feed", "list.txt", list="manifest", base=f"{root}/{base}" if base is not None else None, take="all")
    attempt(run, dump, root, retry_policy)


@every_text
def test_a_manifest_of_a_web_server_reads_nothing_else(run, root, retry_policy, web, number):
    web.file("/list.txt", f"{texts(root)[number]}\n".encode())
    attempt(run, Dump("feed", f"{web.address}/list.txt", list="manifest", take="all"), root, retry_policy)
    local = Dump("feed", f"{web.address}/list.txt", list="manifest", base=f"{root}/dumps/", take="all")
    attempt(run, local, root, retry_policy)


@every_text
def test_an_index_page_reads_nothing_else(run, root, retry_policy, web, number):
    page = index(escape(texts(root)[number]))
    web.file("/index.html", page)
    (root / "index.html").write_bytes(page)
    for location in (f"{web.address}/index.html", "index.html"):
        attempt(run, Dump("feed", location, list="links", pattern="*.txt", take="all"), root, retry_policy)


@every_text
def test_a_redirect_reads_nothing_else(run, root, retry_policy, web, number):
    web.says("/feed.txt", 302, Location=texts(root)[number])
    attempt(run, Dump("feed", f"{web.address}/feed.txt", take="all"), root, retry_policy)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_text_of_the_form_is_refused_in_plain_words(access, text):
    with pytest.raises(Permanent, match=r"an empty text may not be read: it names no file\. Nothing was read; write"):
        split_form_sources([text], NIGHT, access)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("{night:%Y}/x", "the form substitutes {night} alone"),
        ("{env:HOME}", "the form substitutes {night} alone"),
        ("../outside", "leads out of"),
        ("/etc/passwd", "leads out of"),
        (".env", "is hidden"),
        ("./data", "own data"),
        ("dumps/linked", "leads to .*outside, out of"),
        ("dumps/a\0b", "names no file"),
    ],
)
def test_a_refusal_names_the_path_the_cause_and_the_remedy(access, text, cause):
    with pytest.raises(Permanent, match=rf"may not be read: it .*{cause}.*Nothing was read; ".replace("{", r"\{")):
        split_form_sources([text], NIGHT, access)


def test_the_form_takes_names_of_dumps_paths_and_the_night(run, root, access, retry_policy):
    (root / "dumps" / "2026-03-02.txt").write_text(PLAIN, encoding="utf8")
    names, locations = split_form_sources(["harbor-wire", "dumps/{night}.txt", "dumps/*.txt"], NIGHT, access)
    assert names == ("harbor-wire",) and locations == (f"{root}/dumps/{{night}}.txt", f"{root}/dumps/*.txt")
    dump = catalog.adhoc(locations[0], "page")
    fetch(run, dump, root, retry_policy=retry_policy)
    assert [file.name for file in landing.list_landed_files(run, dump)] == ["2026-03-02.txt"]


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("dumps/plain.txt", ["plain.txt"]),
        ("feeds/{night:%Y/%m/%d}/*.txt", ["a.txt"]),
        ("{env:FEEDS}/{night:%Y}/{night:%m}/{night:%d}", ["a.txt"]),
        ("feeds/{night:%Y}/*/*/a.txt", ["03/02/a.txt"]),
        ("inside", ["2026/03/02/a.txt"]),
    ],
)
def test_a_permitted_location_of_the_list_is_read(run, root, retry_policy, monkeypatch, location, expected):
    monkeypatch.setenv("FEEDS", str(root / "feeds"))
    (root / "feeds" / "2026" / "03" / "02").mkdir(parents=True)
    (root / "feeds" / "2026" / "03" / "02" / "a.txt").write_text(PLAIN, encoding="utf8")
    (root / "inside").symlink_to("feeds")
    dump = Dump("feed", location)
    fetch(run, dump, root, retry_policy=retry_policy)
    assert [file.name for file in landing.list_landed_files(run, dump)] == expected


def test_a_guarded_file_of_a_folder_is_a_row_that_says_why(run, root, retry_policy):
    fetch(run, Dump("feed", "dumps"), root, retry_policy=retry_policy)
    rows = run.lake.read(rejected("fetch"), NIGHT).to_pylist()
    reasons = {row["dump_file"].removeprefix("2026-03-02/feed/"): row["reason"] for row in rows}
    assert reasons["link.txt"] == "link_outside" and reasons["sub/inner.txt"] == "refused_path"
    assert "a hidden file" in next(row["detail"] for row in rows if "inner" in row["dump_file"])


def test_a_list_that_is_itself_a_link_to_a_secret_is_not_read(run, root, retry_policy):
    (root / "list.txt").symlink_to(".env")
    with pytest.raises(Permanent, match="hidden"):
        fetch(run, Dump("feed", "list.txt", list="manifest"), root, retry_policy=retry_policy)


def test_a_link_put_in_the_way_between_check_and_open_is_noticed(root):
    path = root / "dumps" / "plain.txt"
    (root / "dumps").rename(root / "moved")
    (root / "outside").mkdir()
    (root / "outside" / "plain.txt").write_text(CANARY, encoding="utf8")
    (root / "dumps").symlink_to("outside")
    with pytest.raises(FetchError, match=r"led to .*outside/plain.txt when it was opened"):
        os.close(paths.open_checked(path))


@pytest.mark.parametrize("home", ["", "elsewhere", "project"])
def test_a_home_that_is_not_a_folder_of_the_root_guards_its_own_folders_alone(tmp_path, retry_policy, home):
    root = build_project(tmp_path)
    run = Run(tmp_path / home, NIGHT, "2026-03-02-test")
    run.home.mkdir(exist_ok=True)
    (run.home / "tonight.txt").write_text(PLAIN, encoding="utf8")
    dump = Dump("feed", str(run.home / "tonight.txt"))
    fetch(run, dump, root, retry_policy=retry_policy)
    assert [file.name for file in landing.list_landed_files(run, dump)] == ["tonight.txt"]
    for own in ("landing", "lake/rejected_fetch", ".drafts"):
        with pytest.raises(Permanent, match="own data"):
            fetch(run, Dump("other", str(run.home / own)), root, retry_policy=retry_policy)
