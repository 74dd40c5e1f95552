"""Fields of a record under the names that dumps use."""

from datetime import date

import pytest

from newsmill.readers.fields import ALIASES, FieldMapper, split_names, to_paragraphs, to_text


def known(**record):
    return FieldMapper().known(record)


def test_no_name_means_two_fields():
    names = ["".join(filter(str.isalnum, name)).lower() for names in ALIASES.values() for name in names]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("articleBody", "text"),
        ("main_text", "text"),
        ("maintext", "text"),
        ("BODY", "text"),
        ("cleaned-text", "text"),
        ("plain_text", "text"),
        ("content", "text"),
        ("description", "text"),
        ("headline", "title"),
        ("canonical_url", "url"),
        ("permalink", "url"),
        ("link", "url"),
        ("uri", "url"),
        ("datePublished", "published_at"),
        ("date_publish", "published_at"),
        ("publish_date", "published_at"),
        ("pubDate", "published_at"),
        ("created_at", "published_at"),
        ("timestamp", "published_at"),
        ("byline", "authors"),
        ("creator", "authors"),
        ("source_domain", "domain"),
        ("outlet", "publisher"),
        ("publication", "publisher"),
        ("lang", "language"),
        ("language_code", "language"),
        ("_id", "document_id"),
        ("WARC-Record-ID", "document_id"),
    ],
)
def test_common_names_map_to_their_field(name, field):
    assert known(**{name: "x"}) == {field: "x"}


def test_the_preferred_name_wins_in_any_order():
    assert known(description="teaser", text="whole") == known(text="whole", description="teaser") == {"text": "whole"}


def test_all_values_of_a_field_are_returned_with_the_confidence_of_their_names():
    values = FieldMapper().values_by_field({"date": "2026-03-05", "published_at": "2026-03-04", "created": None})
    assert values == {"published_at": [("2026-03-04", 0.95), ("2026-03-05", 0.6)]}


def test_an_empty_field_gives_way_to_the_next_name():
    assert known(text="  ", body=None, content="words", title="") == {"text": "words"}


def test_unknown_names_are_left_out():
    assert known(score=3, tags=["a"]) == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" x ", "x"),
        (12, "12"),
        (0, "0"),
        (True, None),
        (None, None),
        ({"$oid": "5f"}, "5f"),
        ({"name": "Tern"}, "Tern"),
        ([{"name": "Tern"}], "Tern"),
        ([], None),
        ({"id": None, "name": "Tern"}, "Tern"),
        ([[[[["deep"]]]]], None),
    ],
)
def test_a_value_of_any_shape_becomes_one_text(value, text):
    assert to_text(value) == text


def test_what_is_nested_without_end_says_nothing_and_takes_nothing_with_it():
    deep = ["Lost."]
    for _ in range(5_000):
        deep = [deep]
    assert to_paragraphs(["Kept.", deep, [["Kept too."]]]) == "Kept.\n\nKept too."
    assert split_names(["Jane Roe", deep, [["Tom Fell"]]]) == ["Jane Roe", "Tom Fell"]


def test_paragraphs_in_a_list_are_set_apart_by_an_empty_line():
    assert to_paragraphs(["One.", " ", {"text": "Two."}, 3]) == "One.\n\nTwo."
    assert to_paragraphs({"html": "<p>"}) is None


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Jane Roe", ["Jane Roe"]),
        ("By Jane Roe", ["Jane Roe"]),
        ("Jane Roe and Tom Fell", ["Jane Roe", "Tom Fell"]),
        ("Jane Roe, Tom Fell", ["Jane Roe", "Tom Fell"]),
        ("Jane Roe, Tom Fell, and Ana Lund", ["Jane Roe", "Tom Fell", "Ana Lund"]),
        ("Jane Roe, Tom Fell & Ana Lund", ["Jane Roe", "Tom Fell", "Ana Lund"]),
        ("Jane Roe; Tom Fell | Ana Lund", ["Jane Roe", "Tom Fell", "Ana Lund"]),
        ("Roe, Jane", ["Roe, Jane"]),
        ("Roe, Jane; Fell, Tom", ["Roe, Jane", "Fell, Tom"]),
        ("Tom Fell, Jr.", ["Tom Fell, Jr."]),
        ("Jane Roe, Senior Staff Writer", ["Jane Roe"]),
        ("Jane Roe, political correspondent and Tom Fell", ["Jane Roe", "Tom Fell"]),
        ("Jane and Tom Fell", ["Jane and Tom Fell"]),
        ("Reuters and AFP", ["Reuters", "AFP"]),
        ("REUTERS, AFP", ["REUTERS", "AFP"]),
        ("Sandra Brandt", ["Sandra Brandt"]),
        (["Jane Roe", "Tom Fell", "Jane Roe"], ["Jane Roe", "Tom Fell"]),
        ([{"name": "Jane Roe"}, {"name": "Tom Fell"}], ["Jane Roe", "Tom Fell"]),
        ({"name": "Jane Roe"}, ["Jane Roe"]),
        ("None", []),
        ("", []),
        (None, []),
        ([], []),
        (7, ["7"]),
    ],
)
def test_authors_are_separated(value, names):
    assert split_names(value) == names


def test_binary_columns_are_text_and_other_types_are_not():
    assert to_text(b" https://tide.example/1 \n") == "https://tide.example/1"
    assert to_text(date(2026, 3, 2)) is None and to_text([date(2026, 3, 2), b"tide"]) == "tide"
