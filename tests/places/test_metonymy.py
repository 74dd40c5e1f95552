"""Metonymy classes: the place, its government, an institution or a site with the name."""

import pytest

from newsmill.places.gazetteer import GAZETTEER_TYPES, NOWHERE, load_gazetteer, name_rows
from newsmill.places.metonymy import GOVERNMENT, INSTITUTION, LOCATION, SITE, can_govern, metonymy_class
from newsmill.places.name_forms import AS_PLACE, AS_SEAT, AS_SITE, DETECTIONS


def row_of(name: str, place_type: str) -> int:
    """Return the largest place of a type with a name."""
    known = load_gazetteer()
    rows = [int(row) for row in known.place[slice(*name_rows(name))] if GAZETTEER_TYPES[known.kind[row]] == place_type]
    return max(rows, key=lambda row: known.population[row])


@pytest.mark.parametrize(
    ("name", "place_type", "governs"),
    [
        ("Norway", "country", True),
        ("Texas", "admin1", True),
        ("Oslo", "town", True),
        ("Bergen", "town", False),
        ("Washoe County", "admin2", False),
        ("Europe", "continent", False),
    ],
)
def test_countries_states_and_capitals_govern(name, place_type, governs):
    assert can_govern(row_of(name, place_type)) is governs


def test_an_unresolved_name_does_not_govern():
    assert not can_govern(NOWHERE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Norway said no.", GOVERNMENT),
        ("Norway has not yet signed.", LOCATION),
        ("Norway has also signed.", GOVERNMENT),
        ("Envoys warned Norway in letters.", GOVERNMENT),
        ("The treaty with Norway lapsed.", GOVERNMENT),
        ("Snow fell in Norway.", LOCATION),
        ("A man from Norway said no.", LOCATION),
        ("He came to the Norway said to be cold.", LOCATION),
        ("Norway is cold.", LOCATION),
    ],
)
def test_a_country_that_acts_or_is_dealt_with_is_a_government(text, expected):
    start = text.index("Norway")
    norway = row_of("Norway", "country")
    assert metonymy_class(text, start, start + len("Norway"), norway, DETECTIONS[AS_PLACE]) == expected


def test_a_town_that_is_no_capital_is_no_government():
    assert metonymy_class("Bergen said no.", 0, 6, row_of("Bergen", "town"), DETECTIONS[AS_PLACE]) == LOCATION


@pytest.mark.parametrize(("detection", "expected"), [(AS_SEAT, INSTITUTION), (AS_SITE, SITE)])
def test_the_seat_of_an_office_is_an_institution_and_a_site_is_a_site(detection, expected):
    oslo = row_of("Oslo", "town")
    assert metonymy_class("Oslo said no.", 0, 4, oslo, DETECTIONS[detection]) == expected
