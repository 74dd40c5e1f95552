"""Candidate place names in tagged names, with their spans."""

import pytest

from newsmill.places.name_forms import (
    AS_NATURAL,
    AS_ORGANIZATION,
    AS_PERSON,
    AS_PLACE,
    AS_REGION,
    AS_SEAT,
    AS_SITE,
    ORGANIZATION,
    PERSON,
    PLACE,
    place_forms,
)


@pytest.mark.parametrize(
    ("surface", "forms"),
    [
        ("Oslo", [(0, 4, "Oslo", AS_PLACE)]),
        ("Xanthburg", [(0, 9, "Xanthburg", AS_PLACE)]),
        ("Boise, Idaho", [(0, 5, "Boise", AS_PLACE), (7, 12, "Idaho", AS_PLACE)]),
        ("Oslo-Bergen", [(0, 4, "Oslo", AS_PLACE), (5, 11, "Bergen", AS_PLACE)]),
        ("Clay/Otter Tail", [(0, 4, "Clay", AS_PLACE), (5, 15, "Otter Tail", AS_PLACE)]),
        ("Xanthburg-Oslo", [(0, 14, "Xanthburg-Oslo", AS_PLACE)]),
        ("D-Charleston", [(2, 12, "Charleston", AS_PLACE)]),
        ("Southern Ohio", [(0, 13, "Southern Ohio", AS_REGION)]),
        ("South-East", [(0, 10, "South-East", AS_REGION)]),
        ("the Middle East", [(0, 15, "the Middle East", AS_REGION)]),
        ("Xanth Bay", [(0, 9, "Xanth Bay", AS_NATURAL)]),
        ("Lake Xanth", [(0, 10, "Lake Xanth", AS_NATURAL)]),
        ("EARTH", [(0, 5, "EARTH", AS_NATURAL)]),
        ("White House", [(0, 11, "White House", AS_SITE)]),
        ("Xanth Street", [(0, 12, "Xanth Street", AS_SITE)]),
        ("Oslo Province", [(0, 13, "Oslo", AS_PLACE)]),
        ("WA", [(0, 2, "Washington", AS_PLACE)]),
        ("North Dakota", [(0, 12, "North Dakota", AS_PLACE)]),
        ("Denver International Airport", [(0, 28, "Denver International Airport", AS_SITE)]),
        ("March", []),
    ],
)
def test_a_place_is_itself_its_parts_or_a_feature_of_no_gazetteer(surface, forms):
    assert list(place_forms(surface, PLACE, surface)) == forms


@pytest.mark.parametrize(
    ("surface", "forms"),
    [
        ("Paris", [(0, 5, "Paris", AS_ORGANIZATION)]),
        ("Torrington Fire Department", [(0, 10, "Torrington", AS_SEAT)]),
        ("San Diego County Sheriff", [(0, 16, "San Diego County", AS_SEAT)]),
        ("Oslo University", []),
        ("University of Oslo", []),
        ("Norway Police", []),
        ("Blue Otter", []),
        ("August", []),
    ],
)
def test_an_organization_is_a_place_by_its_whole_name_or_as_the_seat_of_an_office(surface, forms):
    assert list(place_forms(surface, ORGANIZATION, surface)) == forms


@pytest.mark.parametrize(
    ("surface", "canonical_name", "forms"),
    [
        ("Clinton", "Clinton", [(0, 7, "Clinton", AS_PERSON)]),
        ("Clinton", "Bill Clinton", []),
        ("Victoria Hale", "Victoria Hale", []),
        ("Xanthburg", "Xanthburg", []),
    ],
)
def test_a_person_may_be_a_place_only_without_a_fuller_name(surface, canonical_name, forms):
    assert list(place_forms(surface, PERSON, canonical_name)) == forms
