"""Names of an article as candidate places, with cues from the adjacent words."""

import pytest

from newsmill.places import context_cues
from newsmill.places.context_cues import (
    HAS_TITLE,
    IS_CAPITALS,
    IS_GIVEN,
    LISTED_COUNTY,
    LISTED_WITH_PLACE,
    OF_PEOPLE,
    OPENS_DATELINE,
    TOWARDS,
    WITHIN,
    Name,
    Spans,
    find_names,
)
from newsmill.places.name_forms import AS_AREA, AS_HYPHENED, AS_PERSON, AS_PLACE, AS_REGION, ORGANIZATION, PERSON, PLACE


def names_in(text: str, **kinds: str) -> dict[str, Name]:
    """Return the candidate names by surface, from mentions tagged by surface; `_` is a space."""
    surfaces = [(surface.replace("_", " "), kind) for surface, kind in kinds.items()]
    starts = {surface: text.index(surface) for surface, _ in surfaces}
    mentions = [(name, starts[name], starts[name] + len(name), kind, name, 0.9, 0) for name, kind in surfaces]
    return {text[name.start : name.end]: name for name in find_names(text, mentions)}


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("Snow fell in Reno again.", WITHIN),
        ("The road from Reno is shut.", TOWARDS),
        ("Mayor of Reno", TOWARDS),
        ("Dr. Reno slept.", HAS_TITLE),
        ("Ask Reno residents.", OF_PEOPLE),
        ("Ask Reno's mayor.", OF_PEOPLE),
        ("Ask Reno again.", 0),
    ],
)
def test_the_words_before_and_after_a_name_give_cues(text, cues):
    shown = names_in(text, Reno=PLACE)["Reno"].cues
    assert shown & (WITHIN | TOWARDS | HAS_TITLE | OF_PEOPLE) == cues


def test_a_name_in_capitals_before_dashes_opens_a_dateline():
    assert names_in("OSLO (AP) -- Snow fell.", OSLO=PLACE)["OSLO"].cues & OPENS_DATELINE
    plain = names_in("OSLO slept. Snow fell.", OSLO=PLACE)["OSLO"].cues
    assert plain & IS_CAPITALS and not plain & OPENS_DATELINE
    assert not names_in("ROM (AP) -- Snow fell.", ROM=PLACE)["ROM"].cues & IS_CAPITALS, "three letters are an acronym"


def test_a_given_name_is_known_as_such():
    assert names_in("In Austin it rained.", Austin=PLACE)["Austin"].cues & IS_GIVEN
    assert not names_in("In Oslo it rained.", Oslo=PLACE)["Oslo"].cues & IS_GIVEN


@pytest.mark.parametrize(
    ("first", "first_kind", "full", "full_kind", "is_kept"),
    [
        ("Israel", PLACE, "Israel Brandt", PERSON, True),
        ("Israel", PERSON, "Israel Brandt", PERSON, False),
        ("Austin", PLACE, "Austin Brandt", PERSON, False),
        ("China", ORGANIZATION, "China Gullworks", ORGANIZATION, True),
    ],
)
def test_the_given_name_of_a_person_is_no_place_unless_tagged_as_a_state(first, first_kind, full, full_kind, is_kept):
    names = names_in(f"Then {first} slept. Later {full} spoke.", **{first: first_kind, full: full_kind})
    assert (first in names) is is_kept


# -- areas


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("Crowds left Reno, Nevada, by train.", "Nevada"),
        ("Crowds left Reno (Nevada) by train.", "Nevada"),
        ("Crowds left Reno, Nev., by train.", "Nev."),
        ("Crowds left Reno, NV by train.", "Nevada"),
        ("Crowds left Reno, Washoe County, by train.", "Washoe County"),
        ("Crowds left Reno, Nevada State Park.", "Nevada"),
        ("Crowds left Reno, Xanthburg, by train.", None),
        ("Crowds left Reno. Nevada slept.", None),
    ],
)
def test_the_area_of_a_name_is_the_longest_one_after_its_comma(text, area):
    assert names_in(text, Reno=PLACE)["Reno"].area == area


def test_an_area_without_a_tag_is_a_name_too_and_a_tagged_area_is_one_name():
    untagged = names_in("Crowds left Reno, Nev., by train.", Reno=PLACE)
    assert untagged["Nev."].detection == AS_AREA
    tagged = names_in("Crowds left Reno, Nevada, by train.", Reno=PLACE, Nevada=PLACE)
    assert tagged.keys() == {"Reno", "Nevada"} and tagged["Nevada"].detection != AS_AREA


def test_a_state_in_a_list_of_states_has_no_area():
    assert names_in("It rained in Georgia, Alabama and Texas.", Georgia=PLACE)["Georgia"].area is None


def test_a_month_behind_a_dateline_is_no_area():
    assert names_in("MANILA, March 2 -- It rained.", MANILA=PLACE)["MANILA"].area is None


# -- names with another tag


def test_a_person_with_the_name_of_a_place_is_a_candidate_with_cues():
    names = names_in("Crowds waited in Clinton.", Clinton=PERSON)
    assert names["Clinton"].detection == AS_PERSON and names["Clinton"].cues & WITHIN
    assert names_in("Mr Clinton slept.", Clinton=PERSON)["Clinton"].cues & HAS_TITLE


def test_an_organization_in_a_list_with_a_place_has_a_cue():
    names = names_in("They met Boston, Chicago and others.", Boston=ORGANIZATION, Chicago=PLACE)
    assert names["Boston"].cues & LISTED_WITH_PLACE
    assert not names_in("They met Boston yesterday.", Boston=ORGANIZATION)["Boston"].cues & LISTED_WITH_PLACE


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("It costs nine Oslo dollars.", "MONEY"),
        ("He signed the Oslo Accords.", "EVENT"),
        ("They visited Oslo Customs.", "BODY"),
        ("They met the Guild of Oslo.", "BODY_OF"),
        ("The Bank of Oslo (BOO) slept.", "HAS_ACRONYM"),
        ("A win over Oslo.", "OPPONENT"),
        ("Then Oslo beat Bergen.", "PLAYS"),
        ("Oslo 3, Bergen 1", "SCORE"),
        ("We saw Oslo's trams.", "POSSESSIVE"),
    ],
)
def test_words_around_a_name_speak_against_a_place(text, cue):
    assert names_in(text, Oslo=ORGANIZATION)["Oslo"].cues & getattr(context_cues, cue)


@pytest.mark.parametrize(
    "text",
    [
        "He signed the Oslo Accords.",
        "The Oslo Grain Deal failed.",
        "They met the Guild of Oslo.",
        "The Oslo Police slept.",
        "Ask the Oslo embassy.",
        "The Oslo health ministry slept.",
        "Snow fell on the Oslo express road.",
        "They took the Oslo-Bergen Expressway.",
        "The Oslo goalkeeper fell.",
    ],
)
def test_a_place_within_a_longer_name_is_no_candidate(text):
    assert not names_in(text, Oslo=PLACE)


@pytest.mark.parametrize(
    "text",
    [
        "Ask Oslo's health ministry.",
        "Oslo Mayor Ann Hale slept.",
        "They left Oslo, Police said.",
        "They left Oslo. Highway crews slept.",
        "A museum in Oslo fell.",
        "The Oslo government slept.",
    ],
)
def test_a_place_with_words_of_its_own_is_a_candidate(text):
    assert "Oslo" in names_in(text, Oslo=PLACE)


@pytest.mark.parametrize(("confidence", "names"), [(0.6, []), (0.8, ["Norway"])])
def test_an_unsure_place_behind_a_capitalized_word_is_no_candidate(confidence, names):
    text = "They fear that Corporate Norway will pay."
    start = text.index("Norway")
    mention = ("Norway", start, start + len("Norway"), PLACE, "Norway", confidence, 0)
    assert [name.name for name in find_names(text, [mention])] == names


@pytest.mark.parametrize(
    ("text", "tagged", "surface", "name", "detection"),
    [
        ("It rained in Northern Norway again.", "Norway", "Northern Norway", "", AS_REGION),
        ("It rained in Western Australia again.", "Australia", "Western Australia", "Western Australia", AS_PLACE),
        ("It rained in the Asia-Pacific again.", "Asia", "Asia-Pacific", "", AS_REGION),
        ("It rained in northern Norway again.", "Norway", "Norway", "Norway", AS_PLACE),
        ("It rained.\nNorway slept.", "Norway", "Norway", "Norway", AS_PLACE),
    ],
)
def test_a_place_with_its_part_is_one_name(text, tagged, surface, name, detection):
    (own,) = names_in(text, **{tagged: PLACE}).items()
    assert (own[0], own[1].name, own[1].detection) == (surface, name, detection)


def test_a_report_on_a_match_gives_all_its_names_a_cue():
    report = "The coach praised the midfielder after the match, and the players of Oslo slept."
    assert names_in(report, Oslo=PLACE)["Oslo"].cues & context_cues.MATCH_REPORT
    assert not names_in("The mayor praised the players of Oslo and went on a long walk.", Oslo=PLACE)["Oslo"].cues & (
        context_cues.MATCH_REPORT
    )


def test_the_seat_of_a_body_is_a_candidate_only_in_the_news_of_its_area():
    text, marked = (
        "The Torrington Fire Department left Reno.",
        (("Torrington Fire Department", ORGANIZATION), ("Reno", PLACE)),
    )
    mentions = [(name, text.index(name), text.index(name) + len(name), kind, name, 0.9, 0) for name, kind in marked]
    homes = ("", "torringtontimes", "xanthtimes")
    assert [[name.name for name in find_names(text, mentions, home)] for home in homes] == [
        ["Reno"],
        ["Torrington", "Reno"],
        ["Reno"],
    ]


def test_names_before_counties_are_counties():
    names = names_in("Farmers of Clark and Union counties met.", Clark=PERSON, Union=ORGANIZATION)
    assert names.keys() == {"Clark", "Union"} and all(name.cues & LISTED_COUNTY for name in names.values())


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("A Gori-based firm paid.", ["Gori"]),
        ("It hired Odile Brandt, D-Charleston, on Monday.", ["Charleston"]),
        ("A Xanthburg-based firm paid.", []),
        ("A well-based rule.", []),
    ],
)
def test_a_known_name_at_a_hyphen_needs_no_tag(text, surfaces):
    names = names_in(text)
    assert [*names] == surfaces and all(name.detection == AS_HYPHENED for name in names.values())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The Germany-France-Italy summit ended.", ["Germany", "France", "Italy"]),
        ("The Norway-Peru Trade Talks ended.", ["Norway", "Peru"]),
        ("The Norway-Mexico City flight left.", ["Norway"]),
        ("It rained this year.\nNorway-based poets slept.", ["Norway"]),
        ("It rained this year.\nNorway-shaped cakes sold.", ["Norway"]),
    ],
)
def test_each_country_at_a_hyphen_is_one_name(text, names):
    assert [name.name for name in find_names(text, [])] == names


def test_an_untagged_name_carries_the_number_of_its_sentence():
    assert names_in("It rained. A Gori-based firm paid.")["Gori"].sentence == 1


def test_every_cue_has_a_bit_of_its_own():
    bits = [getattr(context_cues, name) for name in ("WITHIN", "TOWARDS", "HAS_TITLE", "LISTED_COUNTY", "HAS_AREA")]
    assert bits == [1 << bit for bit in range(5)] and 1 << len(context_cues.CUE_NAMES) == 2 * context_cues.HOME


# -- spans


@pytest.mark.parametrize(
    ("span", "overlaps"), [((0, 1), False), ((0, 2), True), ((3, 4), True), ((19, 25), True), ((20, 25), False)]
)
def test_a_span_overlaps_also_where_a_long_one_began_before_shorter_ones(span, overlaps):
    assert Spans([(5, 9), (1, 3), (2, 20)]).overlap(*span) is overlaps


def test_no_span_overlaps_among_none():
    assert not Spans([]).overlap(0, 5)
