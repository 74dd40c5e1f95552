"""The gazetteer: names are found in every usual spelling, areas are known by their full name, places have points."""

import numpy as np
import pytest

from newsmill.places.area_names import ABBREVIATIONS, COUNTRY_NAMES, SHORT_NAMES
from newsmill.places.gazetteer import (
    ADMIN1,
    ADMIN2,
    BARE,
    COUNTRY,
    GAZETTEER_TYPES,
    NOWHERE,
    TOWN,
    fold_name,
    has_place,
    is_area,
    is_country,
    is_state,
    load_gazetteer,
    name_key,
    name_rows,
    strip_accents,
    unit_vectors,
)


def rows_named(name: str) -> np.ndarray:
    """Return the rows of the places with a name."""
    start, end = name_rows(name)
    return load_gazetteer().place[start:end]


def kinds_of(name: str) -> set[str]:
    return {GAZETTEER_TYPES[kind] for kind in load_gazetteer().kind[rows_named(name)]}


# -- names


@pytest.mark.parametrize("name", ["Oslo", "OSLO", "Köln", "Koln", "St. Louis", "Saint Louis", "Mt. Pleasant"])
def test_names_are_known_in_capitals_without_accents_and_as_they_are_shortened(name):
    assert "town" in kinds_of(name)


def test_an_accent_that_a_name_does_not_have_makes_it_another():
    assert not kinds_of("Ösló") and "town" in kinds_of("Oslo")


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Saint-Denis", "st denis"),
        ("St. Denis", "st denis"),
        ("Mount  Vernon", "mt vernon"),
        ("FORT WORTH", "ft worth"),
        ("Clay/Otter Tail", "clay otter tail"),
        ("O’Fallon", "o'fallon"),
        ("Trinidad & Tobago", "trinidad and tobago"),
        ("Tromsø", "tromsø"),
    ],
)
def test_a_name_is_folded_to_lower_case_and_short_words_with_its_accents_kept(name, folded):
    assert fold_name(name) == folded


def test_spellings_with_one_folded_form_have_one_key_and_others_do_not():
    assert name_key("Saint Paul") == name_key("ST. PAUL") == name_key("Saint-Paul")
    assert name_key("Saint Paul") != name_key("Saint Pauls")


def test_letters_lose_their_accents_also_where_unicode_does_not_take_them_apart():
    assert strip_accents("Łódź Tromsø Đakovo Ærø Groß") == "Lodz Tromso Dakovo Aro Gros"


def test_an_unknown_name_has_no_rows():
    start, end = name_rows("Xanthburg")
    assert start == end and not has_place("Xanthburg") and has_place("Oslo")


@pytest.mark.parametrize(
    ("short", "name"),
    [("Ill.", "Illinois"), ("N.H.", "New Hampshire"), ("N.H", "New Hampshire"), ("U.K.", "United Kingdom"),
     ("Holland", "Netherlands"), ("Philly", "Philadelphia")],
)  # fmt: skip
def test_a_short_name_has_the_rows_of_the_full_name(short, name):
    assert name_rows(short) == name_rows(name) and len(rows_named(name))


def test_an_abbreviation_without_a_period_is_no_short_name_because_it_counts_only_after_a_comma():
    assert ABBREVIATIONS["NV"] == "Nevada" and "NV" not in SHORT_NAMES and not has_place("NV")


def test_every_short_name_of_a_country_or_state_is_one_in_the_gazetteer():
    assert [name for name in COUNTRY_NAMES if "country" not in kinds_of(name)] == []
    assert [name for name in ABBREVIATIONS.values() if not kinds_of(name) & {"admin1", "country"}] == []


# -- areas


@pytest.mark.parametrize(
    ("name", "country", "state", "area"),
    [
        ("Norway", True, True, True),
        ("Georgia", True, True, True),
        ("Texas", False, True, True),
        ("Ill.", False, True, True),
        ("Washoe County", False, False, True),
        ("Washoe", False, False, False),
        ("Reno", False, False, False),
        ("Europe", False, False, False),
        ("Xanthburg", False, False, False),
    ],
)
def test_an_area_is_known_by_its_full_name_and_no_county_by_its_bare_name(name, country, state, area):
    assert (is_country(name), is_state(name), is_area(name)) == (country, state, area)


def test_the_bare_name_of_a_county_is_marked_as_such():
    forms = {name: load_gazetteer().form[slice(*name_rows(name))].tolist() for name in ("Washoe", "Washoe County")}
    assert forms["Washoe"] == [BARE] and BARE not in forms["Washoe County"]
    assert rows_named("Washoe").tolist() == rows_named("Washoe County").tolist()


# -- the shipped tables


def test_every_place_has_coordinates_and_containing_areas_of_the_right_kind():
    known = load_gazetteer()
    own = known.place
    assert (abs(known.latitude[own]) <= 90).all() and (abs(known.longitude[own]) <= 180).all()
    for column, kind in ((known.country, COUNTRY), (known.admin1, ADMIN1), (known.admin2, ADMIN2)):
        inside = column[known.kind == TOWN]
        assert (known.kind[inside[inside != NOWHERE]] == kind).all()
    assert (known.country[known.kind == TOWN] != NOWHERE).all()
    assert (known.key[1:] >= known.key[:-1]).all()


def test_the_point_of_an_area_is_the_centre_of_its_people():
    known = load_gazetteer()
    row = int(rows_named("United States")[0])
    assert known.kind[row] == COUNTRY
    assert 36 < known.latitude[row] < 42 and -98 < known.longitude[row] < -88
    assert known.population[row] > 300_000_000


def test_each_country_has_one_capital_at_most():
    known = load_gazetteer()
    capitals = known.country[known.is_capital]
    assert len(capitals) > 180 and len(set(capitals.tolist())) == len(capitals)
    (oslo,) = (row for row in rows_named("Oslo") if known.kind[row] == TOWN)
    assert known.is_capital[oslo]


def test_a_state_is_the_second_level_in_the_united_kingdom_and_the_first_elsewhere():
    known = load_gazetteer()
    towns = {known.country_code[int(row)].as_py(): row for row in rows_named("Edinburgh") if known.kind[row] == TOWN}
    british, american = towns["GB"], towns["US"]
    assert known.state[british] == known.admin2[british] != known.admin1[british]
    assert known.name[int(known.state[american])].as_py() == "Indiana"


def test_points_are_on_the_unit_sphere():
    points = unit_vectors(np.array([0.0, 90.0, 0.0, -45.0]), np.array([0.0, 0.0, 90.0, 180.0]))
    half = 0.5**0.5
    assert np.allclose(points, [[1, 0, 0], [0, 0, 1], [0, 1, 0], [-half, 0, -half]], atol=1e-6)
