"""Decisions on entities apply to all nights, whenever they are made, and can be taken back."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsmill import decisions, pipeline, runs
from newsmill.cli.command_line import main
from newsmill.dates import dates
from newsmill.mentions import mentions
from newsmill.mentions.mentions import make_entity_id
from newsmill.quotes import quotes
from newsmill.relations import ENTITY_DECISIONS
from newsmill.warehouse import loader
from newsmill.warehouse.model import READ_LANGUAGES, models

pytestmark = pytest.mark.slow

MONDAY, TUESDAY, WEDNESDAY = "2026-03-02", "2026-03-03", "2026-03-04"
STAR = [model for model in models() if model.schema != "ops"]
QUILL, A_QUILL, OTHER = "person:ada quill", "person:a quill", "person:ada quill ii"
MENTIONS_BY_NIGHT = (
    "SELECT night, source_id, entity_id FROM dw.fact_mention JOIN dw.dim_entity USING (entity_key) "
    "JOIN dw.dim_article USING (article_key) ORDER BY ALL"
)
NAMED = "SELECT entity_id, canonical_name, role_title, aliases, is_hidden FROM dw.dim_entity WHERE is_current"


def page(article, text="Mayor Ada Quill sat.", name="Ada Quill", role=None, **fields) -> dict:
    return {"article": article, "text": f"{article}: {text}", "mentions": [{"surface": name, "role": role}], **fields}


HISTORY = {
    MONDAY: (page("a", role="mayor"), page("b", "A Quill stood.", "A Quill"), page("c", source="tern.example")),
    TUESDAY: (page("d", role="rower"), page("e", source="tern.example", role="rower")),
    WEDNESDAY: (page("f", "A Quill left.", "A Quill", role="former mayor"), page("g", source="tern.example")),
}
MERGE = {"entity_id": A_QUILL, "decision": "merge", "into_entity_id": QUILL}
SPLIT = {"entity_id": QUILL, "decision": "split", "into_entity_id": OTHER, "source_id": "tern.example"}
BY_ROLE = {"entity_id": QUILL, "decision": "split", "into_entity_id": OTHER, "role_title": "rower"}
HIDE = {"entity_id": QUILL, "decision": "hide"}
RENAME = {"entity_id": QUILL, "decision": "rename", "given_name": "Ada B. Quill"}


def write(house, decided=(), history=HISTORY):
    """Write a history into the lake, and the decisions into each of its nights."""
    for night, pages in history.items():
        house.write(night, *pages)
        decide(house, night, *decided)
    return house


def decide(house, night, *decided):
    run = house.run(night)
    for path in house.lake.files(ENTITY_DECISIONS, run.night):
        path.unlink()
    house.note(night, {"entity_decision": decided})


def test_a_merge_holds_for_the_nights_before_it(house, draft):
    con = draft(write(house), *HISTORY, wanted=STAR)
    assert {row[2] for row in con.execute(MENTIONS_BY_NIGHT).fetchall()} == {QUILL, A_QUILL}
    decide(house, MONDAY, MERGE)
    con = draft(house, *HISTORY, MONDAY, wanted=STAR)
    assert {row[2] for row in con.execute(MENTIONS_BY_NIGHT).fetchall()} == {QUILL}
    assert con.execute(NAMED).fetchall() == [(QUILL, "Ada Quill", "former mayor", ["A Quill"], False)]


def test_a_split_by_source_or_role_moves_those_mentions_alone(house, houses, draft):
    con = draft(write(house, [SPLIT]), *HISTORY, wanted=STAR)
    assert {(source, who) for _, source, who in con.execute(MENTIONS_BY_NIGHT).fetchall() if who != A_QUILL} == {
        ("gull.example", QUILL),
        ("tern.example", OTHER),
    }
    con = draft(write(houses(), [BY_ROLE]), *HISTORY, wanted=STAR)
    assert {str(night) for night, _, who in con.execute(MENTIONS_BY_NIGHT).fetchall() if who == OTHER} == {TUESDAY}


def test_renamed_entity_keeps_the_old_name_as_an_alias_and_a_hidden_one_is_in_no_mart(house, draft):
    spoken = {"text": "“It holds,” said Ada Quill.", "quotes": [{"text": "“It holds,”", "speaker": "Ada Quill"}]}
    house.write(MONDAY, {"article": "a", "mentions": ["Ada Quill"], **spoken})
    decide(house, MONDAY, RENAME, HIDE)
    con = draft(house, MONDAY, wanted=STAR)
    assert con.execute(NAMED).fetchall() == [(QUILL, "Ada B. Quill", None, ["Ada Quill"], True)]
    assert con.execute("SELECT speaker, speaker_surface FROM mart.who_said_what").fetchall() == [(None, "Ada Quill")]


def test_two_people_of_one_surname_in_two_articles_are_two_until_somebody_says_they_are_one(house, draft):
    def lone(article):
        mention = {"surface": "Hale", "entity_id": make_entity_id("person", "Hale", article)}
        return {"article": article, "text": f"{article} says Hale left.", "mentions": [mention]}

    house.write(MONDAY, lone("a"), lone("b"))
    house.write(TUESDAY, lone("c"))
    for night in (MONDAY, TUESDAY):
        decide(house, night)
    con = draft(house, MONDAY, TUESDAY, wanted=STAR)
    ids = "SELECT DISTINCT entity_id FROM dw.fact_mention JOIN dw.dim_entity USING (entity_key) ORDER BY 1"
    assert con.execute(ids).fetchall() == [("person:hale@a",), ("person:hale@b",), ("person:hale@c",)]
    one = {"entity_id": "person:hale", "decision": "merge", "into_entity_id": "person:hale"}
    other = {"entity_id": "person:hale@b", "decision": "merge", "into_entity_id": "person:ann hale"}
    decide(house, TUESDAY, one, other)
    con = draft(house, MONDAY, TUESDAY, TUESDAY, wanted=STAR)
    assert con.execute(ids).fetchall() == [("person:ann hale",), ("person:hale",)]


def alone(article, name, text="{} left.", **fields) -> dict:
    """Return a page on a person with one name alone."""
    mention = {"surface": name, "entity_id": make_entity_id("person", name, article)}
    return {"article": article, "text": f"{article}: {text.format(name)}", "mentions": [mention], **fields}


LINKED = (
    "SELECT entity_id, linked_entity_id, canonical_name, link_basis, link_confidence FROM dw.dim_entity "
    "WHERE linked_entity_id <> entity_id ORDER BY ALL"
)
FULL = [page(f"a{i}") for i in range(3)]


def undecided(house, **nights):
    """Write nights without decisions; a night is `monday` or `tuesday`."""
    for name, pages in nights.items():
        night = {"monday": MONDAY, "tuesday": TUESDAY, "wednesday": WEDNESDAY}[name]
        house.write(night, *pages)
        decide(house, night)


def test_a_surname_is_the_person_whom_all_articles_with_the_full_name_mean(house, draft):
    undecided(house, monday=[alone("x", "Quill")], tuesday=FULL)
    con = draft(house, MONDAY, wanted=STAR)
    assert con.execute(LINKED).fetchall() == []
    loader.load_models(con, house.lake, date.fromisoformat(TUESDAY), STAR)
    assert con.execute(LINKED).fetchall() == [("person:quill@x", QUILL, "Ada Quill", "surname", 0.91)]
    trend = "SELECT sum(article_count) FROM mart.entity_trend WHERE entity_id = $1"
    assert con.execute(trend, [QUILL]).fetchall() == [(4,)]


def test_a_link_ends_when_other_articles_have_another_person_of_that_surname(house, draft):
    undecided(house, monday=[alone("x", "Quill"), *FULL], tuesday=[page("b", "Bo Quill sat.", "Bo Quill")])
    con = draft(house, MONDAY, wanted=STAR)
    assert len(con.execute(LINKED).fetchall()) == 1
    loader.load_models(con, house.lake, date.fromisoformat(TUESDAY), STAR)
    assert con.execute(LINKED).fetchall() == []


def test_a_source_may_mean_another_person_by_a_surname_than_all_sources(house, draft):
    there = {"source": "tern.example"}
    others = [page(f"b{i}", "Bo Quill sat.", "Bo Quill", **there) for i in range(3)]
    undecided(house, monday=[alone("x", "Quill"), *FULL], tuesday=[alone("y", "Quill", **there), *others])
    con = draft(house, TUESDAY, MONDAY, wanted=STAR)
    linked = [row[:2] for row in con.execute(LINKED).fetchall()]
    assert linked == [("person:quill@x", QUILL), ("person:quill@y", "person:bo quill")]


def test_a_town_of_the_same_name_ends_a_link(house, draft):
    town = {"surface": "Quill", "type": "place"}
    towns = [{"article": f"t{i}", "text": f"{i}: it rained on Quill.", "mentions": [town]} for i in range(4)]
    undecided(house, monday=[alone("x", "Quill"), *FULL], tuesday=towns)
    con = draft(house, MONDAY, wanted=STAR)
    assert len(con.execute(LINKED).fetchall()) == 1
    loader.load_models(con, house.lake, date.fromisoformat(TUESDAY), STAR)
    assert con.execute(LINKED).fetchall() == []


def test_other_forms_of_the_name_of_an_organisation_are_linked_to_the_usual_one(house, draft):
    forms = [
        "Terns’ Party",
        "Tern’s Party",
        "US State Department",
        "Department of the Rope",
        "Ministry of Rope",
        "US Rope Department",
    ]
    usual = ["Terns Party", "State Department", "Rope Department", "Rope Ministry"] * 2
    pages = [
        {"article": f"a{i}", "text": f"{i}: {name} sat.", "mentions": [{"surface": name, "type": "organization"}]}
        for i, name in enumerate([*forms, *usual])
    ]
    undecided(house, monday=pages)
    con = draft(house, MONDAY, wanted=STAR)
    assert {row[0]: row[1:4] for row in con.execute(LINKED).fetchall()} == {
        "organization:terns’ party": ("organization:terns party", "Terns Party", "name_form"),
        "organization:tern’s party": ("organization:terns party", "Terns Party", "name_form"),
        "organization:us state department": ("organization:state department", "State Department", "name_form"),
        "organization:department of the rope": ("organization:rope department", "Rope Department", "name_form"),
        "organization:ministry of rope": ("organization:rope ministry", "Rope Ministry", "name_form"),
    }


def test_a_session_says_from_which_confidence_on_marts_count(house, draft):
    undecided(house, monday=FULL)  # mentions of .8
    con = draft(house, MONDAY, wanted=STAR)
    trend = "SELECT sum(article_count) FROM mart.entity_trend"
    assert con.execute(trend).fetchone() == (3,)
    con.execute("SET VARIABLE min_confidence = 0.81")
    assert con.execute(trend).fetchone() == (None,)


def test_languages_of_marts_are_those_of_extractors():
    assert READ_LANGUAGES == mentions.LANGUAGES == dates.LANGUAGES == quotes.LANGUAGES


def test_a_decision_on_a_name_goes_before_a_link(house, draft):
    undecided(house, monday=[alone("x", "Quill"), *FULL])
    decide(house, MONDAY, {"entity_id": "person:quill", "decision": "merge", "into_entity_id": "person:quill"})
    con = draft(house, MONDAY, wanted=STAR)
    assert con.execute(LINKED).fetchall() == []


NAMES = [
    ("Ada Quill", 4),
    ("Ada Quil", 2),
    ("Ada B Quill", 1),
    ("Mayor Ada Quill", 1),
    ("Bo Quill", 3),
    ("Quill", 3),
    ("Vos", 4),
]


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from([name for name, count in NAMES for _ in range(count)]), min_size=8, max_size=24),
    st.permutations([MONDAY, TUESDAY, WEDNESDAY]),
)
def test_links_are_the_same_in_any_order_of_nights(houses, draft, leading_to, names, order):
    house, stars = houses(), leading_to("dw.fact_quote", "dw.fact_mention")
    days = [MONDAY, TUESDAY, WEDNESDAY]
    for n, night in enumerate(days):
        pages = [
            alone(f"{i}", name) if " " not in name else page(f"{i}", f"{name} sat.", name)
            for i, name in enumerate(names)
            if i % 3 == n
        ]
        house.write(night, *pages)
        decide(house, night)
    fresh, shuffled = draft(house, *days, wanted=stars), draft(house, *order, wanted=stars)
    for table in ("dw.dim_entity_link", "dw.dim_entity", "dw.fact_mention"):
        rows = f"SELECT * FROM {table} ORDER BY ALL"
        assert shuffled.execute(rows).fetchall() == fresh.execute(rows).fetchall(), table


def run_command(capsys, house, *words) -> tuple[int, str]:
    code = main([*words, "--home", str(house.home)])
    output = capsys.readouterr()
    return code, " ".join((output.out + output.err).split())


def test_a_person_finds_an_entity_decides_and_the_next_load_goes_by_it(house, decisions_file, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    house.write(MONDAY, *HISTORY[MONDAY])
    house.load(MONDAY)
    code, text = run_command(capsys, house, "entities", "list", "quill")
    assert code == 0 and A_QUILL in text and QUILL in text
    sign = ("--by", "Bea", "--because", "She signs so.")
    assert run_command(capsys, house, "entities", "merge", A_QUILL, QUILL, *sign)[0] == 0
    (made,) = decisions.read_decisions(decisions_file).entities
    assert (made.entity, made.into, made.by) == (A_QUILL, QUILL, "Bea")
    run = house.run(MONDAY)
    runs.record_run(run, "running", {})
    for step in ("load", "publish"):
        pipeline.run_step(step, run, None)
    assert house.column("SELECT DISTINCT entity_id FROM dw.dim_entity") == [QUILL]


def test_a_decision_on_somebody_whom_no_text_names_is_refused(house, decisions_file, capsys):
    house.write(MONDAY, *HISTORY[MONDAY])
    house.load(MONDAY)
    code, text = run_command(
        capsys, house, "entities", "hide", "person:nobody", "--by", "Bea", "--because", "A typing error."
    )
    assert code == 1 and "no text of the warehouse names person:nobody" in text
    assert decisions_file.read_text(encoding="utf8") == ""


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.sampled_from([MERGE, SPLIT, BY_ROLE, HIDE, RENAME]), unique_by=str), min_size=1, max_size=3),
    st.permutations(list(HISTORY)),
)
def test_whatever_was_decided_before_the_tables_are_what_the_last_decisions_make_of_all_nights(
    houses, draft, leading_to, changes, order
):
    house, stars = write(houses()), leading_to("dw.fact_quote", "dw.fact_mention")
    con = draft(house, *order, wanted=stars)
    for decided, night in zip(changes, order, strict=False):
        decide(house, night, *decided)
        loader.load_models(con, house.lake, date.fromisoformat(night), stars)
    fresh = draft(write(houses(), changes[-1]), *HISTORY, wanted=stars)
    for table in ("dw.dim_entity", "dw.fact_mention", "dw.fact_quote"):
        rows = f"SELECT * FROM {table} ORDER BY ALL"
        assert con.execute(rows).fetchall() == fresh.execute(rows).fetchall(), table
