"""Locations: placeholders of a night, redacted addresses, landing names, public addresses and patterns."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsmill.landing import Dump
from newsmill.sources import locations
from newsmill.sources.guard import is_public
from newsmill.sources.patterns import may_contain, selects_path, split_pattern

NIGHT = date(2026, 3, 2)
WORD = st.text("abcXYZ019", min_size=3, max_size=12)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("dumps/{night}", "dumps/2026-03-02"),
        ("{night:%Y/%m/%d}/x", "2026/03/02/x"),
        ("{night:%Y%j}", "2026061"),
        ("{night}-{night:%d}-{env:TOKEN}", "2026-03-02-02-{env:TOKEN}"),
        ("dumps/{a}", "dumps/{a}"),
    ],
)
def test_the_night_is_filled_in(text, meant):
    assert locations.fill_night(text, NIGHT) == meant


@pytest.mark.parametrize(
    ("dump", "new"),
    [
        (Dump("a", "dumps"), True),
        (Dump("a", "dumps/{night}"), False),
        (Dump("a", "dumps/{night:%Y}"), False),
        (Dump("a", "s3://b/x", list="manifest", pattern="{night}*"), False),
        (Dump("a", "dumps", take="all"), False),
        (Dump("a", "dumps/{night}", take="new"), True),
        (Dump("a", "https://h/{env:TOKEN}"), True),
    ],
)
def test_a_place_that_does_not_name_the_night_gives_what_is_new(dump, new):
    assert locations.takes_new(dump) is new


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://user:pass@host.example:8443/a/b.gz?page=2#top", "https://host.example:8443/a/b.gz?page=2"),
        ("https://h.example/a?X-Amz-Signature=0a1b&X-Amz-Date=3", "https://h.example/a?X-Amz-Signature=…&X-Amz-Date=…"),
        ("https://h.example/a?sig=abc&keyword=dog&api_key=k", "https://h.example/a?sig=…&keyword=dog&api_key=…"),
        ("sftp://night:secret@h.example/a", "sftp://h.example/a"),
        ("/data/a?b", "/data/a?b"),
    ],
)
def test_an_address_is_shown_without_what_is_nobodys_business(address, shown):
    assert locations.redact_address(address) == shown


@given(user=WORD, password=WORD, token=WORD, signature=WORD)
def test_no_secret_of_an_address_is_shown_or_named_by_its_file(user, password, token, signature):
    secrets = [f"u-{user}", f"p-{password}", f"t-{token}", f"s-{signature}"]
    user, password, token, signature = secrets
    address = f"https://{user}:{password}@host.example/a.gz?access_token={token}&n=1&X-Goog-Signature={signature}"
    visible = locations.redact_address(address) + locations.landing_name(address, "https://host.example/")
    assert not any(secret in visible for secret in secrets)


@given(st.text(max_size=40), st.text(max_size=20))
def test_every_name_stays_in_its_folder_and_is_visible(path, query):
    name = locations.landing_name(f"https://host.example/{path}?{query}", "https://host.example/")
    steps = name.split("/")
    assert not any(step == "" or step.startswith(".") or len(step.encode()) > 255 for step in steps)
    assert not set(name) & set("\0\n\\")


@pytest.mark.parametrize(
    ("address", "folder"),
    [
        ("https://h.example/a/list.txt?token=x/y", "https://h.example/a/"),
        ("s3://b/a/", "s3://b/a/"),
        ("/data/a?b/list.txt", "/data/a?b/"),
        ("https://h.example/list#x/y", "https://h.example/"),
    ],
)
def test_the_folder_of_a_list_depends_on_its_path_alone(address, folder):
    assert locations.folder_of(address) == folder


def test_a_signature_that_changes_does_not_change_the_name():
    first, second = (f"https://h.example/a.gz?part=1&sig={sig}" for sig in ("abc", "def"))
    assert locations.landing_name(first, "https://h.example/") == locations.landing_name(second, "https://h.example/")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
    ],
)
def test_addresses_of_this_machine_and_its_network_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


def test_a_pattern_picks_by_the_last_steps():
    assert (
        selects_path("/crawl/2026/a.gz", "*.gz")
        and selects_path("/crawl/2026/a.gz", "2026/*.gz")
        and selects_path("/x", None)
    )
    assert not selects_path("/crawl/2026/a.gz", "2025/*.gz") and not selects_path("/crawl/a.gz.txt", "*.gz")


def test_only_folders_that_may_hold_a_fit_are_listed():
    base, pattern = split_pattern("bucket/news/2026-*/wire/**/*.gz")
    assert (base, pattern) == ("bucket/news", ["2026-*", "wire", "**", "*.gz"])
    assert may_contain(["2026-03"], pattern) and may_contain(["2026-03", "wire", "a", "b"], pattern)
    assert not may_contain(["2025"], pattern) and not may_contain(["2026-03", "page"], pattern)
