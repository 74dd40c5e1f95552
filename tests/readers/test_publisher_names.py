"""Of the names that a page gives its publisher, the site's own is chosen."""

import pytest

from newsmill.readers.publisher_names import choose_publisher, strip_slogan


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["GullPost.example", "The Gull Post"], "The Gull Post"),  # an address is no name
        (["Harbour", "Gull Post online", "Feather Media"], "Gull Post online"),  # a section and an owner
        (["Feather Media", "Wing Group"], "Feather Media"),
        (["GP"], "GP"),
        (["GullPost.example", "Feather Media"], "GullPost.example"),  # the site's address before its owner
        (["GullPost.example"], "GullPost.example"),
        ([], None),
    ],
)
def test_the_name_of_the_site_is_chosen(names, chosen):
    assert choose_publisher(names, "https://www.gullpost.example/1") == chosen


def test_without_an_address_the_most_trusted_name_is_chosen():
    assert choose_publisher(["Harbour", "Gull Post"], None) == "Harbour"


def test_accents_do_not_part_a_name_from_its_host():
    assert choose_publisher(["Flügel", "Möwe heute"], "https://moewe.example/1") == "Flügel"
    assert choose_publisher(["Flügel", "Möwe heute"], "https://mowe.example/1") == "Möwe heute"


def test_an_ending_of_domains_is_no_name():
    assert choose_publisher(["Coast Media", "British Gull"], "https://gull.co.uk/1") == "British Gull"


@pytest.mark.parametrize(
    ("name", "site", "short"),
    [
        ("The Gull | Ideas that fly", "thegull.example", "The Gull"),
        ("The Gull – News", "gull.example", "The Gull"),
        ("Theatre Post – News", "atrepost.example", "Theatre Post – News"),
    ],
)
def test_a_slogan_is_left_out(name, site, short):
    assert strip_slogan(name, site) == short
