"""The landing folder: dumps, files and batches of a night."""

from dataclasses import replace
from hashlib import sha256

import pytest

from newsmill import landing
from newsmill.errors import Permanent
from newsmill.landing import Dump, LandedFile, Publisher

HARBOR = Publisher("Harbor Wire", "harborwire.example", "NO", is_wire=True)
WIRE = Dump("harbor-wire", "dumps/*.jsonl", "jsonl", "article", HARBOR)


def write_manifest(run, dump, sizes):
    landed = [LandedFile(name, size, sha256(name.encode()).hexdigest()) for name, size in sizes.items()]
    landing.write_manifest(run, dump, landed)


def test_a_night_lists_its_dumps_without_the_catalog(run):
    write_manifest(run, WIRE, {"feed.jsonl": 10})
    write_manifest(run, Dump("metro-pages", "pages"), {"a.txt": 1})
    assert landing.list_landed_dumps(run) == [WIRE, Dump("metro-pages", "pages")]


def test_files_come_in_order_of_name_and_keep_their_folders(run):
    write_manifest(run, WIRE, {"b.jsonl": 1, "a/z.jsonl": 1, "a.jsonl": 1})
    dump, files = landing.find_batch(run, "harbor-wire-0001")
    names = [(landing.get_dump_folder(run, dump) / file.name).relative_to(run.landing).as_posix() for file in files]
    assert names == [f"2026-03-02/harbor-wire/{name}" for name in ("a.jsonl", "a/z.jsonl", "b.jsonl")]


def test_a_night_with_nothing_landed_has_no_batch(run):
    assert landing.list_landed_dumps(run) == [] and landing.list_batches(run) == []
    assert landing.list_landed_files(run, WIRE) == []


@pytest.mark.parametrize("broken", [False, True])
def test_a_dump_is_forgotten_with_all_that_landed_of_it_that_night(run, broken):
    others = (Dump("harbor-wire-2", "x"), Dump("metro-pages", "pages"))
    for dump in (WIRE, *others):
        write_manifest(run, dump, {"sub/a": 1})
        landing.get_dump_folder(run, dump).joinpath("sub").mkdir(parents=True)
        (landing.get_dump_folder(run, dump) / "sub" / "a").write_bytes(b"x")
    if broken:
        landing.get_manifest_path(run, WIRE).write_text("{", encoding="utf-8")
    landing.remove_dump(run, "harbor-wire")
    assert landing.list_landed_dumps(run) == list(others) and not landing.get_dump_folder(run, WIRE).exists()
    assert all((landing.get_dump_folder(run, dump) / "sub" / "a").exists() for dump in others)


def test_a_dump_of_which_nothing_was_copied_can_be_forgotten_and_other_nights_keep_theirs(run):
    other = replace(run, night=run.night.replace(day=3))
    write_manifest(run, WIRE, {"a": 1})
    write_manifest(other, WIRE, {"a": 1})
    landing.remove_dump(run, "harbor-wire")
    assert landing.list_landed_dumps(run) == [] and landing.list_landed_dumps(other) == [WIRE]


@pytest.mark.parametrize("name", ["harbor", "../2026-03-02/harbor-wire", ""])
def test_forgetting_a_dump_that_is_not_there_names_those_that_are(run, name):
    write_manifest(run, WIRE, {"a": 1})
    write_manifest(run, Dump("metro-pages", "pages"), {"a": 1})
    with pytest.raises(Permanent, match="landed for the night 2026-03-02; those that did: harbor-wire, metro-pages"):
        landing.remove_dump(run, name)
    assert len(landing.list_landed_dumps(run)) == 2


def test_batches_are_filled_in_order_up_to_their_size(run):
    half = landing.BATCH_BYTES // 2
    write_manifest(run, WIRE, {"a": half, "b": half, "c": half, "d": 3 * half, "e": 1})
    assert landing.list_batches(run) == [f"harbor-wire-{n:04d}" for n in (1, 2, 3, 4)]
    groups = [[file.name for file in landing.find_batch(run, name)[1]] for name in landing.list_batches(run)]
    assert groups == [["a", "b"], ["c"], ["d"], ["e"]]


def test_batches_are_filled_up_to_their_number_of_files(run):
    write_manifest(run, WIRE, {f"{n:05d}.txt": 1 for n in range(landing.BATCH_FILES + 1)})
    assert [len(landing.find_batch(run, name)[1]) for name in landing.list_batches(run)] == [landing.BATCH_FILES, 1]


def test_batches_do_not_depend_on_the_order_of_landing(run):
    write_manifest(run, WIRE, {"b": 5, "a": 7})
    first = {name: landing.find_batch(run, name) for name in landing.list_batches(run)}
    write_manifest(run, WIRE, {"a": 7, "b": 5})
    assert {name: landing.find_batch(run, name) for name in landing.list_batches(run)} == first


def test_a_batch_of_a_dump_whose_name_ends_in_digits_is_its_own(run):
    write_manifest(run, Dump("metro", "x"), {"a": 1})
    write_manifest(run, Dump("metro-0001", "y"), {"b": 1})
    assert landing.find_batch(run, "metro-0001")[0].name == "metro"
    assert landing.find_batch(run, "metro-0001-0001")[0].name == "metro-0001"


@pytest.mark.parametrize("name", ["harbor-wire-0009", "nobody-0001", "x", ""])
def test_an_unknown_batch_says_what_to_do(run, name):
    write_manifest(run, WIRE, {"a": 1})
    with pytest.raises(Permanent, match="fetch the night again"):
        landing.find_batch(run, name)


def test_a_broken_manifest_says_what_to_do(run):
    write_manifest(run, WIRE, {"a": 1})
    landing.get_manifest_path(run, WIRE).write_text("{", encoding="utf-8")
    with pytest.raises(Permanent, match=r"harbor-wire\.json: not a readable manifest"):
        landing.list_batches(run)
