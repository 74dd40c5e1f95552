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
    keep_connection(
        "feed", {"login": "night", "password": "hush/7", "port": "8443", "extra.token": "a b", "schema": ""}
    )


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Bearer {conn:feed}", "Bearer hush/7"),
        ("{conn:feed.password}", "hush/7"),
        ("{conn:feed.login}-{conn:feed.extra.token}", "night-a b"),
        ("https://{conn:feed.login}:{conn:feed}@h.example:{conn:feed.port}/", "https://night:hush%2F7@h.example:8443/"),
        ("https://h.example/?t={conn:feed.extra.token}", "https://h.example/?t=a%20b"),
        ("{conn:feed.secret}{night}", "{conn:feed.secret}{night}"),
    ],
)
def test_the_parts_of_a_connection_are_filled_in_and_quoted_in_an_address(text, filled):
    assert fill_secrets(text) == filled


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{conn:press}", r"\{conn:press\}: there is no connection press of Airflow; add it under Admin → Connections"),
        ("{conn:feed.schema}", r"\{conn:feed.schema\}: the connection feed has no schema; it has extra.token, login"),
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
