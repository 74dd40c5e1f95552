"""Centres of areas, capitals and spellings, on a made-up country of three towns."""

import pytest

from newsmill.places.build_gazetteer import Place, _is_latin_name, _mark_capitals, _set_centres, _spellings
from newsmill.places.gazetteer import ADMIN1, COUNTRY, TOWN


@pytest.fixture
def places() -> list[Place]:
    """Return a country, its area, two towns of one name in the area, and a town outside of the area."""
    return [
        Place(1, "Gullmark", COUNTRY, country=0, population=999, capital="Quern"),
        Place(2, "Tallow", ADMIN1, country=0, admin1=1),
        Place(3, "Quern", TOWN, country=0, admin1=1, population=300, latitude=0.0, longitude=10.0),
        Place(4, "quern", TOWN, country=0, admin1=1, population=100, latitude=0.0, longitude=14.0),
        Place(5, "Brant", TOWN, country=0, population=400, latitude=0.0, longitude=21.0),
    ]


def test_an_area_is_at_the_centre_of_its_people_and_has_the_sum_of_them(places):
    _set_centres(places)
    country, area, *_ = places
    assert (area.latitude, area.longitude) == (pytest.approx(0), pytest.approx(11, abs=0.01))
    assert (country.latitude, country.longitude) == (pytest.approx(0), pytest.approx(16, abs=0.05))
    assert (area.population, country.population) == (400, 999), "the people of a country are counted, not summed"


def test_a_country_without_a_town_has_no_point(places):
    _set_centres(places[:2])
    assert places[0].latitude is None and places[1].longitude is None


def test_the_capital_is_the_largest_town_of_the_name(places):
    _mark_capitals(places)
    assert [place.name for place in places if place.is_capital] == ["Quern"]
    assert places[2].is_capital


def test_a_name_is_spelled_with_and_without_its_accents():
    assert _spellings("Tromsø") == {"Tromsø", "Tromso"} and _spellings("Oslo") == {"Oslo"}


@pytest.mark.parametrize(
    ("name", "is_latin"),
    [("Köln", True), ("Oslo", True), ("OSLO", False), ("oslo", False), ("Rom", False), ("Осло", False)],
)
def test_a_name_is_used_in_latin_letters_with_a_capital_and_more_than_three_letters(name, is_latin):
    assert _is_latin_name(name) is is_latin
