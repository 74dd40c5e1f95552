"""Addresses as dumps write them."""

import pytest

from newsmill.readers.addresses import complete_url


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://tern.example/a?b=1#c", "https://tern.example/a?b=1#c"),
        (" https://tern.example/a \n", "https://tern.example/a"),
        ("https://tern.example/a long way/home.html", "https://tern.example/a%20long%20way/home.html"),
        ("https://tern.example/a\n  b", "https://tern.example/a%20%20b"),
        ("<https://tern.example/a>", "https://tern.example/a"),
        ("https://tern.example/a?b=1&amp;c=2", "https://tern.example/a?b=1&c=2"),
        ("https://tern.example/å", "https://tern.example/å"),
        ("www.tern.example/a", "https://www.tern.example/a"),
        ("//tern.example/a", "https://tern.example/a"),
        ("tern.example", "tern.example"),
        ("/a/relative.html", "/a/relative.html"),
        ("a sentence. With a stop/slash", "a sentence. With a stop/slash"),
        ("urn:uuid:12", "urn:uuid:12"),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_read_as_browsers_read_it(address, url):
    assert complete_url(address) == url
