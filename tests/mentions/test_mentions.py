"""Names have exact spans and entities, and depend on nothing but the text."""

import re
import time
import tomllib
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsmill.contracts import conform
from newsmill.mentions.coreference import adopt_bearers, resolve_names
from newsmill.mentions.court_cases import drop_court_cases
from newsmill.mentions.mentions import make_entity_id, mentions, tidy_tags
from newsmill.mentions.tagger import Tag
from newsmill.nlp.tokens import find_sentence_starts, tokenize
from newsmill.relations import ARTICLES, MENTIONS

CASES = tomllib.loads(Path(__file__).with_suffix("").with_name("mentions.toml").read_text("utf8"))["case"]
WORDS = (
    "Ann Hale Mr Gen. President Oslo U.S. Bank of England the said in (CFA) CFA, Ltd. 's ’s “ ” \" ( ) al-Rashid "
    "de van & and Monday HALE 4.5 . ! ? \n — - Zürich İzmir New York Chief Staff spokesman , told A. J. 3 2"
).split(" ")


def articles(*texts: str, language: str = "en", ranges: list | None = None) -> pa.Table:
    count = len(texts)
    whole_texts = [[{"page_char_start": 0, "page_char_end": len(t), "line_start": 1}] for t in texts]
    return pa.table(
        {
            "page_id": [f"page {i}" for i in range(count)],
            "article_id": [f"article {i}" for i in range(count)],
            "language": [language] * count,
            "text": list(texts),
            "ranges": pa.array(ranges or whole_texts, ARTICLES.schema.field("ranges").type),
        }
    )


def extract(*texts: str, **kw) -> list[dict]:
    (table,) = mentions(articles(*texts, **kw))
    return conform(table, MENTIONS).to_pylist()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_the_names_of_a_case_are_as_written(case):
    expected = [(kind, surface, (more or [""])[0] or surface) for kind, surface, *more in case["mentions"]]
    rows = extract(case["text"])
    actual = [(row["entity_type"], row["surface"], row["canonical_name"]) for row in rows]
    assert actual == expected
    for row, (_, _, *more) in zip(rows, case["mentions"], strict=True):
        if len(more) == 2:
            assert row["role_title"] == more[1]


def test_there_are_cases_without_any_name():
    assert sum(not case["mentions"] for case in CASES) >= 5


def test_mentions_in_credits_are_marked():
    text = "Zoë Quill met Ida Holm in Oslo.\n\nReporting by Jo Marlow in Bergen"
    marked = {row["surface"]: row["is_credit"] for row in extract("No name.", text)}
    assert {"Ida Holm": False, "Jo Marlow": True}.items() <= marked.items()
    assert marked.get("Oslo") is False and marked.get("Bergen") is True


def test_page_offsets_and_lines_follow_the_ranges_of_the_article():
    ranges = [
        [
            {"page_char_start": 100, "page_char_end": 116, "line_start": 7},
            {"page_char_start": 300, "page_char_end": 321, "line_start": 12},
        ]
    ]
    first, second, third = extract("Ann Hale left.\n\nOslo slept.\nPeru woke", ranges=ranges)
    assert (first["page_char_start"], first["page_char_end"], first["line_start"]) == (100, 108, 7)
    assert (second["page_char_start"], second["line_start"]) == (300, 12)
    assert (third["page_char_start"], third["line_start"], third["line_end"]) == (312, 13, 13)


def test_a_name_across_a_seam_is_left_out():
    text = "We met Ann Hale there."
    cut = text.index("Hale")
    ranges = [
        [
            {"page_char_start": 0, "page_char_end": cut, "line_start": 1},
            {"page_char_start": cut + 50, "page_char_end": len(text) + 50, "line_start": 3},
        ]
    ]
    assert [row["surface"] for row in extract(text)] == ["Ann Hale"]
    assert extract(text, ranges=ranges) == []


def test_abbreviations_initials_and_decimals_end_no_sentence():
    text = "Mr. J. Hale paid 4.5 million. Oslo said no! “Why?” asked Peru. Chile"
    (starts,) = find_sentence_starts(tokenize(pa.array([text])))
    assert [text[start : start + 4] for start in starts] == ["Mr. ", "Oslo", "“Why", "Chil"]
    assert [row["sentence_index"] for row in extract(text)] == [0, 1, 2, 3]


def test_an_article_in_another_language_gets_no_guesses():
    assert extract("Der Minister Karl Braun fuhr nach Berlin.", language="de") == []


def test_an_empty_batch_gives_an_empty_table_of_the_right_shape():
    (table,) = mentions(articles())
    assert table.num_rows == 0
    assert conform(table, MENTIONS).schema == MENTIONS.schema


def test_titles_and_quotation_marks_are_trimmed_from_any_tag():
    text = "“Gen. Ann Hale's” plan"
    [trimmed] = tidy_tags(text, [Tag(0, 16, "person", 0.9, "tagger")], [])
    assert text[trimmed.start : trimmed.end] == "Ann Hale"


@pytest.mark.parametrize(
    ("name", "kind", "parts"),
    [
        ("Oslo-Norway", "place", ["Oslo", "Norway"]),
        ("Peru-Norway", "place", ["Peru", "Norway"]),
        ("Guinea-Bissau", "place", ["Guinea-Bissau"]),
        ("Hale-Marlow", "person", ["Hale", "Marlow"]),
        ("Hale-Jones", "person", ["Hale-Jones"]),
        ("pro-Oslo", "place", ["Oslo"]),
        ("ex-Marlow", "person", ["Marlow"]),
    ],
)
def test_a_pair_of_names_is_two_names_and_a_prefix_is_no_name(name, kind, parts):
    text = f"Ann Hale saw Jo Marlow at the {name} talks."
    people = [Tag(0, 8, "person", 0.9, "tagger"), Tag(13, 22, "person", 0.9, "tagger")]
    tags = tidy_tags(text, [*people, Tag(30, 30 + len(name), kind, 0.9, "tagger")], [])
    assert [text[tag.start : tag.end] for tag in tags[2:]] == parts


def test_two_places_of_the_article_joined_by_a_hyphen_are_two_places():
    text = "Marlow and Tarn: the Marlow-Tarn road is shut, and so is the Marlow-Hale road."
    spans = [(0, 6), (11, 15), (21, 32), (61, 72)]
    tags = tidy_tags(text, [Tag(start, end, "place", 0.9, "tagger") for start, end in spans], [])
    assert [text[tag.start : tag.end] for tag in tags] == ["Marlow", "Tarn", "Marlow", "Tarn", "Marlow-Hale"]


@pytest.mark.parametrize(
    ("text", "spans", "people"),
    [
        ("Omar bin Hale left", [(0, 4), (9, 13)], ["Omar bin Hale"]),
        ("Omar bin Hale bin Marlow", [(0, 4), (5, 13), (18, 24)], ["Omar bin Hale bin Marlow"]),
        ("Ann van der Hale left", [(0, 3), (12, 16)], ["Ann van der Hale"]),
        ("Ann and Hale left", [(0, 3), (8, 12)], ["Ann", "Hale"]),
    ],
)
def test_a_particle_joins_the_parts_of_a_person(text, spans, people):
    tags = tidy_tags(text, [Tag(start, end, "person", 0.9, "tagger") for start, end in spans], [])
    assert [text[tag.start : tag.end] for tag in tags] == people


@pytest.mark.parametrize(
    ("name", "tagged", "kind", "result"),
    [
        ("McDonald’s", 8, "person", ("McDonald’s", "organization")),
        ("McDonald's", 10, "organization", ("McDonald's", "organization")),
        ("Wendy's", 5, "person", ("Wendy", "person")),
        ("Wendy's", 5, "organization", ("Wendy's", "organization")),
        ("Marlow's", 6, "organization", ("Marlow", "organization")),
    ],
)
def test_the_possessive_of_a_brand_is_part_of_its_name(name, tagged, kind, result):
    text = f"{name} menu is new."
    [tag] = tidy_tags(text, [Tag(0, tagged, kind, 0.9, "tagger")], [])
    assert (text[tag.start : tag.end], tag.entity_type) == result


def test_a_person_of_the_article_is_no_brand():
    text = "Jo McDonald sang. McDonald's voice broke."
    tags = tidy_tags(text, [Tag(0, 11, "person", 0.9, "tagger"), Tag(18, 26, "person", 0.9, "tagger")], [])
    assert text[tags[1].start : tags[1].end] == "McDonald"


@pytest.mark.parametrize(
    ("text", "count"), [("Oslo Olympics", 0), ("Oslo dollars", 0), ("Oslo dollhouses", 1), ("Oslo Theatre", 1)]
)
def test_a_place_in_an_event_or_a_currency_is_no_name(text, count):
    assert len(tidy_tags(text, [Tag(0, 4, "place", 0.9, "tagger")], [])) == count


@pytest.mark.parametrize(
    ("text", "surface", "kind"),
    [
        ("Virginia Tarn sang. Virginia also danced.", "Virginia", "person"),
        ("Virginia Tarn sang in Virginia for a week.", "Virginia", "place"),
        ("Ann Houston sang. Houston also danced.", "Houston", "person"),
        ("Ann Houston sang. Texas also danced.", "Texas", "place"),
    ],
)
def test_a_place_that_a_person_of_the_article_is_named_like_is_the_person(text, surface, kind):
    start, full_name_end = text.rindex(surface), text.index(" sang")
    tags = [Tag(0, full_name_end, "person", 0.9, "tagger"), Tag(start, start + len(surface), "place", 0.9, "tagger")]
    assert adopt_bearers(text, tags)[1].entity_type == kind


def test_a_place_that_is_elsewhere_behind_an_article_stays_one():
    text = "Virginia Tarn won the Virginia race. Virginia voters chose her."
    starts = [22, 37]
    tags = [Tag(0, 13, "person", 0.9, "tagger"), *(Tag(i, i + 8, "place", 0.9, "tagger") for i in starts)]
    assert [tag.entity_type for tag in adopt_bearers(text, tags)] == ["person", "place", "place"]


@pytest.mark.parametrize(("state", "kind"), [("Ohio", "place"), ("Calif.", "organization"), ("New York", "person")])
def test_the_party_of_a_member_is_no_part_of_the_place(state, kind):
    text = f"Hale (D-{state}) voted."
    [tag] = tidy_tags(text, [Tag(6, 11, kind, 0.9, "tagger")], [])
    assert (text[tag.start : tag.end], tag.entity_type) == (state, "place")


@pytest.mark.parametrize(
    ("text", "kinds", "left"),
    [
        ("The court overturned Quill v. Marsh. Quill was law.", "ppp", []),
        ("In Quill v. Marsh, a ruling, Ida Quill wept; so did Quill.", "pppp", ["Ida Quill", "Quill"]),
        ("The judge in Quill v. Marsh heard President Quill, and Quill left.", "pppp", ["Quill"] * 2),
        ("A lawsuit, Hale v. Terns, has begun. Hale and the Terns wait.", "popo", ["Hale", "Terns"] * 2),
        ("In Hale vs. Marsh the Supreme Court erred.", "ppo", ["Supreme Court"]),
        ("Hale vs. Marsh is the final. Hale won.", "ppp", ["Hale", "Marsh", "Hale"]),
        ("Hale v. Marsh is the final. Hale won.", "ppp", ["Hale", "Marsh", "Hale"]),
        ("The Gulls v. Terns match was no lawsuit.", "oo", ["Gulls", "Terns"]),
    ],
)  # fmt: skip
def test_the_sides_of_a_court_case_are_no_names(text, kinds, left):
    spans = [*re.finditer(r"Ida Quill|Quill|Marsh|Hale|Supreme Court|Gulls|Terns", text)]
    types = {"p": "person", "o": "organization"}
    tags = [Tag(*m.span(), types[kind], 0.9, "test") for m, kind in zip(spans, kinds, strict=True)]
    assert [text[tag.start : tag.end] for tag in drop_court_cases(text, tags)] == left


def test_a_short_name_that_everybody_knows_is_the_long_one_unless_the_article_defines_another():
    known = extract("We read it in the New York Times and heard the AP say so.")
    assert known[-1]["surface"] == "AP" and known[-1]["entity_id"] == "organization:associated press"
    defined = extract("The Accord Party (AP) won. The leader of the AP said so.")
    assert {row["entity_id"] for row in defined if row["surface"] == "AP"} == {"organization:accord party"}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("CDC", "US CDC"), "Centers for Disease Control and Prevention"),
        (("CDC", "Gull Coast CDC"), "CDC"),
        (("EPA", "Irish Environment Protection Authority"), "EPA"),
        (("WHO", "World Health Organization"), "World Health Organization"),
    ],
)
def test_a_short_name_stays_short_where_a_longer_name_of_the_article_may_be_meant(names, expected):
    text = " and ".join(names)
    starts = [text.index(names[0]), len(names[0]) + 5]
    tags = [
        Tag(start, start + len(name), "organization", 0.9, "test") for start, name in zip(starts, names, strict=True)
    ]
    assert resolve_names(text, tags)["organization", names[0]] == expected


def test_a_country_comes_from_the_role_or_the_name():
    rows = extract("Peruvian Foreign Minister Ann Hale met the Bank of England and left Peru for North Korea.")
    country_codes = {row["surface"]: row["country_code"] for row in rows}
    assert country_codes["Ann Hale"] == country_codes["Peru"] == "PE" and country_codes["North Korea"] == "KP"
    (plain,) = extract("Then Ann Hale left.")
    assert plain["country_code"] is None


def test_a_single_name_means_another_person_in_another_article():
    (first,), (second,) = extract("We saw Hale then."), extract("Then Hale left.")
    assert first["canonical_name"] == second["canonical_name"] == "Hale"
    first, second = extract("We told Ms. Hale so.", "Ms. Hale left.")
    assert first["entity_type"] == "person" and first["entity_id"].startswith("person:hale@")
    assert first["entity_id"] != second["entity_id"]


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("@GullDesk Hale", "person:gulldesk hale"),
        ("@Gull", "person:gull@a1"),
        ("Gull@Desk Hale", "person:gulldesk hale"),
    ],
)
def test_only_a_person_of_one_name_has_the_mark_of_an_article(name, entity):
    assert make_entity_id("person", name, "a1") == entity


def test_the_same_name_in_two_articles_is_the_same_entity():
    first, second = extract("We saw Ann  Hale.".replace("  ", " "), "Then Ann Hale left.")
    assert first["entity_id"] == second["entity_id"] == "person:ann hale"


def test_what_one_article_says_of_a_surname_does_not_reach_another():
    *_, alone = extract("Ann Hale left.", "Mr. Hale stayed.")
    assert alone["canonical_name"] == "Hale"


@pytest.mark.parametrize("piece", ["A", "A. ", "Ann Hale and ", "(", "Mr ", "É-", "A-B'c&", "said Ann, head of"])
def test_a_long_line_of_anything_is_read_in_seconds(piece):
    started = time.process_time()
    extract(piece * (200_000 // len(piece)))
    assert time.process_time() - started < 10


@settings(max_examples=120, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=40).map(" ".join))
def test_every_mention_is_the_very_text_of_its_span_and_none_overlaps(text):
    text = text.replace("\r", "\n")
    rows, stop = extract(text), 0
    for row in rows:
        assert row["surface"] == text[row["char_start"] : row["char_end"]]
        assert stop <= row["char_start"] < row["char_end"]
        assert "\n" not in row["surface"] and row["surface"] == row["surface"].strip()
        assert not row["surface"].endswith(("'s", "’s", "”", '"'))
        assert row["line_start"] == row["line_end"] == 1 + text.count("\n", 0, row["char_start"])
        assert row["entity_id"] == make_entity_id(row["entity_type"], row["canonical_name"], row["article_id"])
        assert 0 < row["confidence"] <= 1
        assert row["role_title"] is None or (row["entity_type"] == "person" and row["role_title"] in text)
        stop = row["char_end"]
    assert rows == extract(text)
