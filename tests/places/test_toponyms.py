"""Grouping of names, country of the source, and the models' features and weights."""

import numpy as np
import pytest

from newsmill.places.context_cues import LISTED_COUNTY, OF_PEOPLE, Name
from newsmill.places.gazetteer import COUNTRY, NOWHERE, load_gazetteer, name_rows
from newsmill.places.name_forms import AS_AREA, AS_NATURAL, AS_PLACE, AS_SEAT, AS_SITE
from newsmill.places.ranking import RequiredKind
from newsmill.places.toponyms import NameGroups, Source, country_of, group_names, load_model, sigmoid

NO_SOURCE = Source(None, None, None)


def name(text: str, *, area: str | None = None, detection: int = AS_PLACE, cues: int = 0) -> Name:
    return Name(0, len(text), text, detection, 0.9, cues, area, 0)


# -- the country of a source


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (Source("NO", None, "courier.example.co.uk"), "NO"),
        (Source(None, None, "courier.example.co.uk"), "GB"),
        (Source("UK", None, None), "GB"),
        (Source(None, None, "avis.example.no"), "NO"),
        (Source("TV", None, "paper.tv"), "TV"),
    ],
)
def test_the_country_of_a_source_is_that_of_its_code_or_else_of_its_domain(source, code):
    row = country_of(source)
    assert load_gazetteer().kind[row] == COUNTRY and load_gazetteer().country_code[row].as_py() == code


@pytest.mark.parametrize("domain", ["paper.tv", "paper.io", "paper.com", "paper.example", "", None])
def test_a_domain_of_no_country_or_open_to_anyone_gives_none(domain):
    assert country_of(Source(None, "Oslo Post", domain)) == NOWHERE


# -- grouping


def groups_of(*names: Name, source: Source = NO_SOURCE) -> NameGroups:
    return group_names([list(names)], [source])


def test_equal_names_of_an_article_are_one_query_with_their_number_of_mentions():
    groups = groups_of(name("Reno"), name("Oslo"), name("Reno"))
    assert groups.group.tolist() == [0, 1, 0] and groups.queries.mention_counts.tolist() == [2, 1]
    assert (groups.queries.start[0], groups.queries.end[0]) == name_rows("Reno")


def test_a_name_has_in_the_whole_article_the_area_stated_first():
    groups = groups_of(name("Reno"), name("Reno", area="Nevada"))
    assert groups.group.tolist() == [0, 0]
    assert (groups.queries.area_start[0], groups.queries.area_end[0]) == name_rows("Nevada")


def test_a_name_with_two_areas_is_two_queries_and_without_one_belongs_to_the_first():
    groups = groups_of(name("Reno", area="Texas"), name("Reno", area="Ohio"), name("Reno"))
    assert groups.group.tolist() == [0, 1, 0]


def test_names_of_two_articles_are_never_one_query():
    groups = group_names([[name("Reno")], [], [name("Reno")]], [NO_SOURCE] * 3)
    assert groups.group.tolist() == [0, 1] and groups.queries.bounds.tolist() == [0, 1, 1, 2]


def test_the_area_stated_for_a_feature_is_of_no_other_feature():
    groups = groups_of(name("", area="Nevada", detection=AS_NATURAL), name("", detection=AS_SITE))
    assert groups.group.tolist() == [0, 1] and groups.queries.area_start[1] == groups.queries.area_end[1]


def test_a_list_of_counties_requires_a_county_and_a_stated_area_requires_an_area():
    groups = groups_of(name("Clark", cues=LISTED_COUNTY), name("Nev.", detection=AS_AREA), name("Reno"))
    assert groups.queries.required_kind.tolist() == [RequiredKind.COUNTY, RequiredKind.AREA, RequiredKind.ANY]


def test_an_office_or_people_of_a_place_make_it_a_seat():
    groups = groups_of(name("Reno", detection=AS_SEAT), name("Oslo", cues=OF_PEOPLE), name("Bergen"))
    assert groups.queries.is_seat.tolist() == [1, 1, 0]


def test_a_place_in_the_name_or_domain_of_the_source_is_home_if_it_is_longer_than_four_letters():
    source = Source(None, "The Reno Courier", "sparkslake-tribune.example")
    groups = groups_of(name("Sparks Lake"), name("Courier"), name("Reno"), name("Bergen"), source=source)
    assert groups.queries.is_home.tolist() == [1, 1, 0, 0]


# -- the models


def test_the_weights_are_those_of_the_features():
    assert all(len(weights) and abs(weights).max() > 0 for weights in load_model())


def test_the_probability_of_log_odds():
    assert np.allclose(sigmoid(np.array([0, np.log(3), -np.log(3)])), [0.5, 0.75, 0.25])
