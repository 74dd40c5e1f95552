"""Origins: the publisher of a record."""

import pytest

from newsmill.landing import Dump, Publisher
from newsmill.readers.origins import Origins
from newsmill.site_hosts import host_of

TERN = Publisher("The Tern", "tern.example", "IE", False, "Tern Trust")
GULL = ("gull.example", "gull.example", "gull.example", None, False, None)
TERN_SOURCE = ("tern.example", "The Tern", "tern.example", "IE", False, "Tern Trust")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://www.Tern.example/a?b#c", "tern.example"),
        ("http://news.tern.example:8080/", "news.tern.example"),
        ("tern.example/news/1", "tern.example"),
        ("//tern.example/x", "tern.example"),
        ("tern.example.", "tern.example"),
        ("http://[::1", None),
        ("/news/1", None),
        ("The Tern", None),
        ("Tern", None),
        ("", None),
        (None, None),
        ("mailto:desk@tern.example", None),
        ("https://www3.tern.example/1", "tern.example"),
        ("https://m.tern.example/1", "tern.example"),
        ("https://www.mobile.tern.example/1", "tern.example"),
        ("https://amp.tern.example/1", "tern.example"),
        ("https://m.example/1", "m.example"),
        ("https://amp.com.au/1", "amp.com.au"),
        ("https://www.touch.com.lb/1", "touch.com.lb"),
        ("https://m.tern.com.au/1", "tern.com.au"),
        ("https://mtern.example/1", "mtern.example"),
        ("http://", None),
        ("1.25", None),
        ("http://10.0.0.1/x", "10.0.0.1"),
        ("https://zeitung-österreich.example/", "zeitung-österreich.example"),
        ("file:///srv/a.txt", None),
        ("U.S.", None),
        ("story.html", None),
    ],
)
def test_the_host_of_an_address(address, expected):
    assert host_of(address) == expected


@pytest.mark.parametrize(
    ("publisher", "asked", "source"),
    [
        (TERN, ("https://www.tern.example/1", None, None), TERN_SOURCE),
        (TERN, (None, None, None), TERN_SOURCE),
        (TERN, (None, None, "the tern"), TERN_SOURCE),
        (TERN, (None, "www.tern.example", "Someone"), TERN_SOURCE),
        (TERN, ("https://gull.example/1", None, None), GULL),
        (TERN, ("https://gull.example/1", None, "The Gull"), (*GULL[:1], "The Gull", *GULL[2:])),
        (TERN, (None, None, "The Gull"), ("the-gull", "The Gull", None, None, False, None)),
        (TERN, (None, None, "gull.example"), GULL),
        (
            TERN,
            ("https://news.gull.example/1", None, "GULL.example"),
            ("news.gull.example", "GULL.example", "news.gull.example", *GULL[3:]),
        ),
        (TERN, ("https://gull.example/1", None, "petrel.example"), GULL),
        (TERN, ("https://gull.example/1", None, "The Gull – News that flies"), (*GULL[:1], "The Gull", *GULL[2:])),
        (TERN, ("https://gull.example/1", None, "News – The Gull"), (*GULL[:1], "News – The Gull", *GULL[2:])),
        (TERN, ("https://g-ull.example/1", None, "g-ull"), ("g-ull.example", "g-ull", "g-ull.example", *GULL[3:])),
        (None, (None, None, "新闻社"), ("新闻社", "新闻社", None, None, False, None)),
        (None, ("/relative", None, "!!"), ("feed", "!!", None, None, False, None)),
        (None, (None, None, None), ("feed", "feed", None, None, False, None)),
        (Publisher("The Tern", is_wire=True), (None, None, None), ("the-tern", "The Tern", None, None, True, None)),
    ],
)
def test_a_source_is_the_records_site_else_its_publisher_else_the_dumps(publisher, asked, source):
    assert Origins(Dump("feed", "x", publisher=publisher)).find_source(*asked) == source


@pytest.mark.parametrize(
    ("site", "country"),
    [("tern.de", "DE"), ("tern.co.uk", "GB"), ("tern.com", None), ("tern.tv", None), ("tern.example", None)],
)
def test_a_country_domain_names_the_country(site, country):
    assert Origins(Dump("mix", "mix")).find_source(f"https://{site}/1", None, None).country_code == country


@pytest.mark.parametrize(("name", "shown"), [("cc-news", "tern.example"), ("Tern", "Tern"), ("tern", "tern")])
def test_the_label_of_a_corpus_is_no_publisher(name, shown):
    assert Origins(Dump("mix", "mix")).find_source("https://tern.example/1", None, name).name == shown
