"""Places: exact spans, one gazetteer entry or none, no dependence on other articles."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsmill.contracts import conform
from newsmill.mentions.mentions import mentions
from newsmill.places.places import places
from newsmill.places.toponyms import MIN_CORRECT_PROBABILITY
from newsmill.relations import ARTICLES, MENTIONS, PLACES

CASES = tomllib.loads(Path(__file__).with_suffix("").with_name("places.toml").read_text("utf8"))["case"]
MARKED = re.compile(r"\[([^]]+)\]|\{([^}]+)\}|<([^>]+)>")
KINDS = ("place", "person", "organization")
WORDS = (
    "Paris Texas , Ill. Springfield in of near Georgia Armenia London Ontario Oslo said Victoria Hale Washington D.C. "
    "County counties and Council Police Zürich \n ( ) -- AP D-Charleston Fargo-Moorhead State-based Nevada-born "
    "'s ’s . the Clinton Park 3"
).split(" ")


def articles(*texts: str, ranges: list | None = None, **source: str) -> pa.Table:
    whole = [[{"page_char_start": 0, "page_char_end": len(t), "line_start": 1}] for t in texts]
    count = len(texts)
    own = {
        "page_id": [f"page {i}" for i in range(count)],
        "article_id": [f"article {i}" for i in range(count)],
        "language": ["en"] * count,
        "text": list(texts),
    }
    own |= {name: [source.get(name)] * count for name in ("country_code", "domain", "name")}
    return pa.table(
        {
            **{name: pa.array(values, pa.string()) for name, values in own.items()},
            "ranges": pa.array(ranges or whole, ARTICLES.schema.field("ranges").type),
        }
    )


def parse_marks(*marked_texts: str) -> tuple[list[str], pa.Table]:
    """Return the texts without marks, and the mentions given by the marks."""
    texts, rows = [], []
    for i, text in enumerate(marked_texts):
        plain, end = "", 0
        for mark in MARKED.finditer(text):
            plain += text[end : mark.start()]
            kind, surface = next((k, s) for k, s in zip(KINDS, mark.groups(), strict=True) if s)
            rows.append(mention(i, surface, len(plain), kind))
            plain, end = plain + surface, mark.end()
        texts.append(plain + text[end:])
    lenient = pa.schema([field.with_nullable(True) for field in MENTIONS.schema])
    return texts, conform(pa.Table.from_pylist(rows, lenient), MENTIONS)


def mention(number: int, surface: str, start: int, kind: str) -> dict:
    end = start + len(surface)
    return {
        "page_id": f"page {number}",
        "article_id": f"article {number}",
        "surface": surface,
        "char_start": start,
        "char_end": end,
        "page_char_start": start,
        "page_char_end": end,
        "line_start": 1,
        "line_end": 1,
        "mention_type": "name",
        "is_credit": False,
        "entity_id": f"{kind}:{surface}",
        "entity_type": kind,
        "canonical_name": surface,
        "sentence_index": 0,
        "confidence": 0.9,
        "rule": "test",
    }


def find_places(*marked_texts: str, ranges: list | None = None, **source: str) -> list[dict]:
    texts, names = parse_marks(*marked_texts)
    (table,) = places(articles(*texts, ranges=ranges, **source), names)
    return conform(table, PLACES).to_pylist()


def read(*texts: str) -> list[dict]:
    """Return the places of texts, with mentions from the stage mentions."""
    table = articles(*texts)
    return conform(places(table, *mentions(table))[0], PLACES).to_pylist()


def as_case(row: dict) -> list[str]:
    """Return a row in the form of the case file."""
    if row["geonames_id"] is None:
        return [row["surface"]]
    values = [row["surface"], row["name"], row["country_code"], row["place_type"]]
    return values if row["metonymy_class"] == "location" else [*values, row["metonymy_class"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_places_equal_the_case_file(case):
    assert [as_case(row) for row in find_places(case["text"])] == case["places"]


def test_a_postal_code_behind_a_town_is_its_state_whatever_its_tag():
    names = find_places("Crowds left [Long Beach], <CA>, by train.")
    assert [(row["surface"], row["admin1_code"], row["place_type"]) for row in names] == [
        ("Long Beach", "CA", "town"), ("CA", "CA", "admin1")]  # fmt: skip


def test_a_given_name_is_no_place_without_a_cue():
    names = find_places("{Florence Tarrant} paints. [Florence] came with {Austin Ashby}, and [Austin] left [Leeds].")
    assert not {row["surface"] for row in names} & {"Florence", "Austin"}


def test_a_feature_has_a_type_and_no_coordinates():
    names = find_places("Ships left the [Gulf] for the [Red Sea], past the [Kremlin] and [Oslo].")
    assert [row["place_type"] for row in names] == ["region", "natural", "site", "town"]
    assert [row["latitude"] is None for row in names] == [True, True, True, False]


def test_the_state_decides_between_towns_of_one_name():
    first, _, second, _ = find_places("Crowds left [Springfield], [Ill.], for [Springfield], [Mass.], by train.")
    assert (first["admin1_code"], second["admin1_code"]) == ("IL", "MA")
    assert first["candidate_count"] == second["candidate_count"] > 10


def test_a_name_means_in_the_whole_article_what_its_state_says_once():
    rows = find_places("[Springfield] slept. The mayor of [Springfield], [Ore.], did not.")
    assert {row["admin1_code"] for row in rows} == {"OR"}


def test_neighbours_decide_where_no_state_does():
    (manchester, *_) = find_places("A bus from [Manchester] to [Nashua] and [Concord] broke down in [New Hampshire].")
    assert manchester["admin1_code"] == "NH"
    (manchester, *_) = find_places("A bus from [Manchester] to [Leeds] and [Liverpool] broke down.")
    assert manchester["country_code"] == "GB"


def test_the_country_of_the_source_decides_where_nothing_else_does():
    (perth,) = find_places("The mayor of [Perth] resigned.")
    (scottish,) = find_places("The mayor of [Perth] resigned.", country_code="GB")
    (by_domain,) = find_places("The mayor of [Perth] resigned.", domain="courier.example.co.uk")
    assert (perth["country_code"], scottish["country_code"], by_domain["country_code"]) == ("AU", "GB", "GB")


def test_a_domain_that_is_sold_to_everybody_gives_no_country():
    text = "The mayor of [Perth] resigned."
    assert as_case(*find_places(text, domain="paper.tv")) == as_case(*find_places(text))


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("The ferry of Odile Brandt, an [Akure], Ondo State-born skipper, sank.", ["Akure", "Ondo State"]),
        ("It was bought by a [Reno], Nevada-based carrier on Monday.", ["Reno", "Nevada"]),
        ("A [Calabar], Cross River State-based trader spoke.", ["Calabar", "Cross River State"]),
    ],
)
def test_the_area_of_a_place_is_returned_once_where_a_hyphen_follows_it(text, surfaces):
    assert [row["surface"] for row in find_places(text)] == surfaces


def test_an_uncertain_place_has_no_coordinates():
    (unknown,) = find_places("[Xanthburg] is far.")
    assert unknown["candidate_count"] == 0
    columns = ("geonames_id", "name", "place_type", "country_code", "latitude", "longitude", "population")
    for row in find_places("[Xanthburg] is far.", "He saw {Clinton} in {Clinton}.", "[San Antonio] and [Union] met."):
        assert len({row[name] is None for name in columns}) == 1
        assert row["geonames_id"] is None or row["confidence"] >= MIN_CORRECT_PROBABILITY


def test_a_town_without_a_hint_has_less_confidence_than_one_with_its_state():
    (bare,) = find_places("[Springfield] is quiet.")
    (with_state, _) = find_places("[Springfield], [Ill.], is quiet.")
    assert bare["confidence"] < with_state["confidence"]


def test_page_offsets_follow_the_ranges_and_no_name_crosses_a_seam():
    ranges = [
        [
            {"page_char_start": 10, "page_char_end": 18, "line_start": 2},
            {"page_char_start": 40, "page_char_end": 80, "line_start": 5},
        ]
    ]
    (oslo,) = find_places("Bergen. [Oslo] slept in the rain all night.", ranges=ranges)
    assert (oslo["page_char_start"], oslo["page_char_end"], oslo["line_start"]) == (40, 44, 5)
    cut = [[{**ranges[0][0], "page_char_end": 20}, {**ranges[0][1], "page_char_start": 50}]]
    assert find_places("Bergen. [Oslo] slept in the rain all night.", ranges=cut) == []


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=25).map(" ".join), min_size=1, max_size=5))
def test_any_text_gives_spans_equal_to_their_surface_and_the_same_in_any_batch(texts):
    rows = read(*texts)
    alone = [row for text in texts for row in read(text)]
    anonymous = [{**row, "page_id": None, "article_id": None} for row in rows]
    assert anonymous == [{**row, "page_id": None, "article_id": None} for row in alone]
    for row in rows:
        text = texts[int(row["page_id"].split()[1])]
        assert text[row["char_start"] : row["char_end"]] == row["surface"]
        assert text[row["page_char_start"] : row["page_char_end"]] == row["surface"]
        assert 0 <= row["confidence"] <= 1 and "\n" not in row["surface"]
    for row, following in pairwise(rows):
        assert row["page_id"] != following["page_id"] or row["char_end"] <= following["char_start"]


def test_no_articles_and_no_names_give_an_empty_table():
    assert find_places() == find_places("It rained.") == []


def test_mentions_of_other_pages_are_left_alone():
    _, names = parse_marks("[Oslo] slept.", "[Bergen] woke.")
    (table,) = places(articles("Oslo slept."), names)
    assert table["surface"].to_pylist() == ["Oslo"]
