"""Secrets that a source names: environment variables, and the parts of connections that a task of Airflow has read."""

import pytest

from newsmill.errors import Permanent
from newsmill.landing import Dump
from newsmill.sources import credentials, locations
from newsmill.sources.credentials import fill_secrets, keep_connection


@pytest.fixture(autouse=True)
def feed(monkeypatch):
    """Keep a connection for a test."""
    monkeypatch.setattr(credentials, "_connections", {})
    parts = {"login": "corp/night", "password": "hush/7 ü", "port": "8443", "extra.token": "deep hush", "schema": ""}
    keep_connection("feed", parts | {"extra.path": "news"})


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Bearer {conn:feed}", "Bearer hush/7 ü"),
        ("{conn:feed.password}", "hush/7 ü"),
        ("{conn:feed.login}-{conn:feed.extra.token}", "corp/night-deep hush"),
        (
            "https://{conn:feed.login}:{conn:feed}@h.example:{conn:feed.port}/",
            "https://corp%2Fnight:hush%2F7%20%C3%BC@h.example:8443/",
        ),
        ("https://h.example/?t={conn:feed.extra.token}", "https://h.example/?t=deep%20hush"),
        ("{conn:feed.secret}{night}", "{conn:feed.secret}{night}"),
    ],
)
def test_the_parts_of_a_connection_are_filled_in_and_quoted_in_an_address(text, filled):
    assert fill_secrets(text) == filled


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{conn:press}", r"\{conn:press\}: there is no connection press of Airflow; add it under Admin → Connections"),
        ("{conn:feed.schema}", r"\{conn:feed.schema\}: the connection feed has no schema; it has extra.path, extra"),
        ("{env:NOBODY}", "the environment variable NOBODY is not set"),
    ],
)
def test_a_secret_that_cannot_be_read_is_named_and_no_other_is_shown(text, complaint):
    with pytest.raises(Permanent, match=complaint) as caught:
        fill_secrets(text)
    assert "hush" not in str(caught.value)


def test_a_source_lists_its_connections_and_an_unknown_part_is_no_placeholder():
    dump = Dump("a", "https://{conn:feed.login}@h.example/", options={"headers": {"A": "{conn:desk-2} {env:B}"}})
    assert locations.connections_of(dump) == {"feed", "desk-2"}
    assert "{conn:ID}" in locations.placeholder_error("{conn:feed.colour}")


def test_password_and_extra_are_removed_from_addresses_and_a_login_only_before_the_host():
    dump = Dump("a", "https://{conn:feed.login}:{conn:feed}@h.example/night/{conn:feed.extra.token}")
    shown = locations.redact_address(fill_secrets(dump.location), dump)
    assert shown == "https://h.example/night/{conn:feed.extra.token}"


def test_a_secret_is_removed_however_a_library_encodes_it_and_a_short_extra_is_a_word_like_others():
    dump = Dump("a", "https://h.example/{conn:feed}/{conn:feed.extra.path}")
    for form in ("hush/7 ü", "hush%2F7%20%C3%BC", "hush%2f7+%c3%bc", "hush/7%20%C3%BC", "%68us%68%2f7 ü"):
        shown = locations.redact_address(f"https://h.example/{form}/news", dump)
        assert shown == "https://h.example/{conn:feed}/news", form


@pytest.mark.parametrize(
    ("user_info", "is_plain"),
    [
        ("u:p", True),
        ("{conn:feed.login}:p", True),
        ("u:{env:A}p", True),
        ("u:p{night}", True),
        ("{conn:feed.login}:{conn:feed}", False),
        ("u:{env:A}", False),
        ("{env:BOTH}", False),
        ("u", False),
    ],
)
def test_a_password_is_in_plain_unless_it_is_a_placeholder_alone(user_info, is_plain):
    assert (locations.find_secret(f"https://{user_info}@{{conn:feed.host}}/x") == "a password") is is_plain
