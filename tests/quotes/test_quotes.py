"""Quotations and statements are extracted with their cue, speaker and exact spans."""

import time
import tomllib
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from placement import Placement

from newsmill.contracts import conform
from newsmill.mentions.mentions import mentions
from newsmill.quotes.quotes import group_mentions, quotes
from newsmill.quotes.speakers import read_speaker_words
from newsmill.relations import ARTICLES, MENTIONS, QUOTES

CASES = tomllib.loads((Path(__file__).parent / "quotes.toml").read_text(encoding="utf8"))["case"]
SEED = Path(__file__).parents[3] / "shared" / "corpora" / "seed"
OPTIONAL_COLUMNS = {
    "role": "source_role",
    "country": "source_country_code",
    "seniority": "seniority",
    "relay": "relay",
    "anonymous": "is_anonymous",
    "interviewing_outlet": "interviewing_outlet",
    "citing_outlet": "citing_outlet",
    "why": "anonymity_reason",
}
SPANS = {"": "quote_text", "cue_": "cue", "speaker_": "speaker_surface", "anonymity_": "anonymity_reason"}


def _extract(
    page: str, ranges: list[tuple[int, int]] | None = None, with_names: bool = False, language: str = "en"
) -> list[dict]:
    """Return the rows of a page; without names all is decided by the words for the speaker."""
    ranges = [(0, len(page))] if ranges is None else ranges
    text = "".join(page[start:end] for start, end in ranges)
    text_ranges = [
        {"page_char_start": s, "page_char_end": e, "line_start": 1 + page.count("\n", 0, s)} for s, e in ranges
    ]
    text_ranges = pa.array([text_ranges], ARTICLES.schema.field("ranges").type)
    articles = pa.table(
        {"page_id": ["p"], "article_id": ["a"], "language": [language], "text": [text], "ranges": text_ranges}
    )
    names = conform(mentions(articles)[0], MENTIONS) if with_names else MENTIONS.empty()
    (table,) = quotes(articles, names)
    return conform(table, QUOTES).to_pylist()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_each_case_is_read_as_written(case):
    rows = _extract(case["text"])
    actual = [(r["quote_text"], r["quote_type"], r["cue"], r["speaker_surface"], r["attribution_class"]) for r in rows]
    assert actual == [(q["text"], q["type"], q.get("cue"), q.get("speaker"), q["class"]) for q in case["quotes"]]
    for row, expected in zip(rows, case["quotes"], strict=True):
        assert {k: row[OPTIONAL_COLUMNS[k]] for k in expected if k in OPTIONAL_COLUMNS} == {
            k: v for k, v in expected.items() if k in OPTIONAL_COLUMNS
        }


def test_the_cases_cover_every_kind_of_speaker_and_all_three_types():
    quotations = [quote for case in CASES for quote in case["quotes"]]
    assert {quote["type"] for quote in quotations} == {"direct", "mixed", "indirect"}
    assert {quote["class"] for quote in quotations} == {
        "named",
        "organization",
        "anonymous_official",
        "unnamed",
        "generic",
        "media",
        "document",
        "unknown",
    }


def test_a_speaker_with_an_adjacent_cue_is_surer_than_an_inherited_speaker():
    page = '"It broke," said Ana Brandt.\n\n"We tried," she said.\n\n"Nobody came to help us."'
    named, pronoun, inherited = (row["speaker_confidence"] for row in _extract(page))
    assert min(named, pronoun) > inherited > 0


def test_a_quotation_of_nobody_has_no_confidence_and_no_spans_of_cue_or_speaker():
    (row,) = _extract('"Those who come late shall find the door shut."')
    assert row["speaker_confidence"] == 0
    assert [row[f"{which}_char_start"] for which in ("cue", "speaker")] == [None, None]


def test_quotations_are_placed_on_the_page_that_the_text_was_cut_from():
    page = 'MENU\n"We sail," said Ana Brandt.\nSHARE THIS\n"We sink," said Tom Oake.\n'
    first, second = (page.index('"We sail'), page.index("SHARE")), (page.index('"We sink'), len(page))
    rows = _extract(page, [first, second])
    assert [(r["line_start"], page[r["page_char_start"] : r["page_char_end"]]) for r in rows] == [
        (2, '"We sail,"'),
        (4, '"We sink,"'),
    ]


def test_each_sentence_is_counted():
    page = 'Rain fell. Ana Brandt said the roof had held. "Just about," she added.'
    assert [row["sentence_index"] for row in _extract(page)] == [1, 2]


def test_a_statement_that_opens_with_quoted_words_is_the_row_of_these_words():
    (row,) = _extract('Brandt said "very dark years" lay behind the town.')
    assert (row["quote_text"], row["quote_type"]) == ('"very dark years"', "mixed")


@pytest.mark.parametrize(
    ("source", "speakers"),
    [("per student", []), ("per the mayor", ["the mayor"]), ("as per Ida Marlow", ["Ida Marlow"])],
)
def test_a_rate_is_no_source(source, speakers):
    rows = _extract(f"The ferry will cost $90 a month, {source}.")
    assert [row["speaker_surface"] for row in rows] == speakers


def test_quoted_words_that_open_with_a_cue_are_read():
    """A mark without its partner makes the paragraph's first words, a cue, part of the quotation."""
    text = "According to the harbour master the pier holds for now,” nobody knew. “It may not hold.”"
    assert [row["quote_text"] for row in _extract(text)] == [
        "According to the harbour master the pier holds for now,”",
        "“It may not hold.”",
    ]


def test_no_quotation_runs_across_a_seam():
    page = 'Brandt said "we left the XXXX house at dawn" and wept.'
    cut = page.index("XXXX")
    assert _extract(page, [(0, cut), (cut + 5, len(page))]) == []


def test_articles_without_marks_and_empty_articles_have_no_quotations():
    assert _extract("Nothing was said.") == []
    assert _extract("", []) == []


words = st.sampled_from(
    [
        "said",
        "Brandt",
        "he",
        "told",
        "a senior US official",
        "according to",
        "that",
        "adding",
        "who",
        "the report",
        "Mr.",
        "was",
        "quoted as saying",
        "claim",
        "by",
        "put it",
        "Axios",
        "'s",
        "6",
        "ünï",
        "İ",
        *",.:?—()",
    ]
)
marks = st.sampled_from(['"', "“", "”", "«", "»", "„", "``", "''", "'", "‘", "’", ' "', '" ', ',"', '."'])
pages = st.lists(st.one_of(words, marks, st.sampled_from([" ", " ", "\n", "\n\n", ". "])), max_size=80).map("".join)


@settings(max_examples=150, deadline=None)
@given(pages, st.lists(st.integers(0, 400), max_size=8))
def test_whatever_the_marks_every_span_is_what_the_page_says_there(page, cuts):
    cuts = sorted({min(cut, len(page)) for cut in cuts})
    ranges = list(zip(cuts[::2], cuts[1::2], strict=False)) or ([(0, len(page))] if page else [])
    text = "".join(page[start:end] for start, end in ranges)
    text_ranges = [
        {"page_char_start": s, "page_char_end": e, "line_start": 1 + page.count("\n", 0, s)} for s, e in ranges
    ]
    rows = _extract(page, ranges)
    assert len({row["char_start"] for row in rows}) == len(rows)
    for row in rows:
        for prefix, surface in SPANS.items():
            start, end = row[f"{prefix}char_start"], row[f"{prefix}char_end"]
            if row[surface] is None:
                assert start is None and end is None
                continue
            assert start < end
            assert row[surface] == text[start:end]
            assert row[surface] == page[row[f"{prefix}page_char_start"] : row[f"{prefix}page_char_end"]]
            assert not Placement(text, text_ranges).crosses_seam(start, end)
            assert row[f"{prefix}line_start"] == 1 + page.count("\n", 0, row[f"{prefix}page_char_start"])


@pytest.mark.parametrize(
    "page",
    [
        '"' * 100_000,
        '" ' * 50_000,
        "“" * 100_000,
        '"' + "word " * 40_000,
        "''" * 50_000,
        "he said " * 25_000 + '"it will never do"',
        "." * 100_000 + '"it will never do"',
    ],
    ids=["straight", "spaced", "curly", "unclosed", "typewriter", "cues", "points"],
)
def test_a_page_of_nothing_but_marks_or_cues_costs_no_more_than_its_length(page):
    started = time.process_time()
    _extract(page)
    assert time.process_time() - started < 5


def _list_speakers(page: str) -> list[tuple[str, str, str | None]]:
    """Return class of speaker, words for the speaker, and the name at the mention of the speaker."""
    rows = _extract(page, with_names=True)
    named = [row["speaker_mention_start"] for row in rows]
    return [
        (
            row["attribution_class"],
            row["speaker_surface"],
            None if start is None else page[start:].split(" ")[0].strip(",.’"),
        )
        for row, start in zip(rows, named, strict=True)
    ]


def test_the_words_for_a_speaker_lead_to_the_name():
    page = (
        "Anna Kowalska runs the harbour of Bristol. She met Peter Norris on Monday.\n\n"
        '"The cranes are old," she said.\n\n'
        "“We have no money,” said the treasurer, Martin Fielding.\n\n"
        "Analysts said the plan was late."
    )
    assert _list_speakers(page) == [
        ("named", "she", "Anna"),
        ("named", "the treasurer", "Martin"),
        ("generic", "Analysts", None),
    ]


def test_a_name_that_only_owns_the_head_does_not_speak():
    page = "Martin Fielding’s lawyer said the case was over. A spokesman for Martin Fielding said the court erred."
    assert [row[::2] for row in _list_speakers(page)] == [("unnamed", None), ("unnamed", None)]


def test_a_name_without_characters_is_dropped():
    columns = {
        "page_id": ["p", "q", "p"],
        "char_start": [30, 4, 0],
        "char_end": [38, 4, 10],
        "entity_type": ["person"] * 3,
        "entity_id": ["tom", "nobody", "ida"],
        "canonical_name": ["Tom Oake", "", "Ida Marlow"],
        "role_title": [None] * 3,
        "sentence_index": [1, 0, 0],
        "is_credit": [False] * 3,
    }
    names = group_mentions(pa.table(columns))
    assert {page: [name.entity_id for name in listed] for page, listed in names.items()} == {"p": ["ida", "tom"]}


@pytest.mark.skipif(not SEED.is_dir(), reason="the corpora are not beside this checkout")
def test_the_speakers_of_a_real_page_are_distinguished():
    page = next(SEED.glob("*.txt")).read_text(encoding="utf8")
    lines = page.splitlines(keepends=True)
    rows = _extract(page, [(len("".join(lines[:4])), len("".join(lines[:17])))], with_names=True)
    columns = ("line_start", "quote_type", "attribution_class", "source_country_code", "seniority")
    assert [tuple(row[column] for column in columns) for row in rows if row["quote_type"] != "indirect"] == [
        (7, "mixed", "named", "none", "none"),
        (7, "mixed", "named", "none", "none"),
        (9, "direct", "anonymous_official", "US", "none"),
        (9, "direct", "anonymous_official", "US", "none"),
        (10, "mixed", "anonymous_official", "US", "senior"),
        (14, "direct", "named", "none", "none"),
    ]
    statements = {r["line_start"]: r for r in rows if r["quote_type"] == "indirect" and r["is_anonymous"]}
    assert {line: (r["source_country_code"], r["seniority"], r["relay"]) for line, r in statements.items()} == {
        5: ("US", "none", "none"),
        10: ("US", "senior", "media"),
    }


@pytest.mark.parametrize(
    ("language", "text", "quotations"),
    [
        ("fr", "« Le pont tient », a dit Odile Marchal.", [("« Le pont tient »", "direct")]),
        ("fr", "Selon elle, «ce pont va bien tomber» un jour.", [("«ce pont va bien tomber»", "mixed")]),
        ("de", "„Die Brücke hält“, sagte Ute Feld. Und dann?", [("„Die Brücke hält“", "direct")]),
        ("de", "Er sprach von einer »Brücke«, die fehlt.", []),
        ("de", "Er rief: »Die Brücke fällt!«", [("»Die Brücke fällt!«", "direct")]),
        ("it", "«Il ponte regge», ha detto Ada Fossi.", [("«Il ponte regge»", "direct")]),
        ("es", "—El puente aguanta —dijo Inés Prado—. Es fuerte.", [("—El puente aguanta", "direct")]),
        ("sv", "”Bron håller än”, sade Ulla Ek.", [("”Bron håller än”", "direct")]),
    ],
)
def test_marks_alone_say_what_is_speech_in_other_languages(language, text, quotations):
    rows = _extract(text, language=language)
    assert [(row["quote_text"], row["quote_type"]) for row in rows] == quotations
    assert {row["speaker_surface"] for row in rows} <= {None}


@pytest.mark.parametrize(
    ("speaker", "attribution_class"),
    [
        ("Department for Ports figures", "document"),
        ("Astronomers", "generic"),
        ("Her legal team", "generic"),
        ("The boat regulator", "organization"),
        ("The Lund Emergency Agency", "organization"),
        ("The Lund News Agency", "media"),
        ("The VP", "named"),
        ("A party chieftain", "unnamed"),
        ("A letter signed by the mayor", "document"),
    ],
)
def test_the_head_of_the_words_decides_the_class(speaker, attribution_class):
    (row,) = _extract(f"{speaker} said that the harbour had been closed.")
    assert (row["speaker_surface"], row["attribution_class"]) == (speaker, attribution_class)


@pytest.mark.parametrize(
    "sentence",
    [
        "Ida Marlow, head of sales, Orla Mills, said that the harbour had been closed.",
        "Ida Marlow, Managing Director, Orla Mills said that the harbour had been closed.",
    ],
)
def test_the_name_in_front_of_a_title_speaks_and_not_the_organisation_behind(sentence):
    assert [row["speaker_surface"] for row in _extract(sentence)] == ["Ida Marlow"]


def test_the_study_of_an_organisation_is_a_document():
    (row,) = _extract(
        "Orla Mills Ltd was founded in 1990. A study by Orla Mills Ltd found that trade fell.", None, True
    )
    assert (row["speaker_surface"], row["attribution_class"]) == ("A study by Orla Mills Ltd", "document")


def test_the_source_is_no_name_of_the_article():
    rows = _extract("Ida Marlow left the harbour. The source said that the gates had rusted.", with_names=True)
    assert [(row["attribution_class"], row["speaker_mention_start"]) for row in rows] == [("anonymous_official", None)]


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        ("A nurse who spoke to the Lund Post said that it had rained.", "A nurse"),
        ("The town officials this week said that it had rained.", "The town officials"),
    ],
)
def test_the_words_for_a_speaker_end_with_the_noun_phrase(sentence, speaker):
    assert [row["speaker_surface"] for row in _extract(sentence)] == [speaker]


@pytest.mark.parametrize("words", ["the anonymous US official", "an unidentified aide", "two unnamed officials"])
def test_a_name_that_the_words_call_withheld_is_no_name_before(words):
    speaker = read_speaker_words(words)
    assert (speaker.form, speaker.speaker_class.is_anonymous) == (None, True)


@pytest.mark.parametrize("words", ["Vanity Fair", "the News Agency of Nigeria"])
def test_outlets_are_known_by_their_whole_name(words):
    assert read_speaker_words(words).speaker_class.attribution_class == "media"


@pytest.mark.parametrize(("words", "form"), [("the Ministry", "group"), ("the VP", "person"), ("Police", "group")])
def test_a_noun_that_stands_for_a_longer_name_has_an_antecedent(words, form):
    assert read_speaker_words(words).form == form
