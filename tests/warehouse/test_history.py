"""The warehouse depends on the set of nights alone: not on order, repetition, or nights changed or taken back."""

from datetime import date
from itertools import permutations

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsmill import relations
from newsmill.errors import Permanent
from newsmill.warehouse import functions, loader
from newsmill.warehouse.home_format import require_current_tables
from newsmill.warehouse.model import models

pytestmark = pytest.mark.slow

MONDAY, TUESDAY, WEDNESDAY = "2026-03-02", "2026-03-03", "2026-03-04"
STAR = [model for model in models() if model.schema != "ops"]
SPOKEN = {
    "text": "“It holds,” said Mayor Ada Quill.",
    "quotes": [{"text": "“It holds,”", "speaker": "Mayor Ada Quill"}],
}


def page(article, text=None, role=None, **fields) -> dict:
    """Return a page that names Ada Quill, where the text does, in a role."""
    text = text or f"Nothing but {article}."
    mentions = [{"surface": "Ada Quill", "role": role}] if "Ada Quill" in text else []
    return {"article": article, "text": text, "mentions": mentions, **fields}


def quay(population: int) -> dict:
    """Return a page that names a place with another population on each night."""
    place = {
        "surface": "Dunmore Quay",
        "geonames_id": 7,
        "name": "Dunmore Quay",
        "place_type": "town",
        "country_code": "IE",
        "admin1_code": "M",
        "latitude": 52.1,
        "longitude": -7.0,
        "population": population,
    }
    return page("quay", "Gulls left Dunmore Quay.", places=[place])


HISTORY = {
    MONDAY: (
        page("reverted", "The lock is open."),
        page("unchanged", **{**SPOKEN, "role": "mayor"}, name="Gull"),
        page("changed", "Ada Quill sat.", role="engineer"),
        page("copy", "The lock is open.", source="tern.example"),
        page("mill", rejected="empty"),
        quay(10),
    ),
    TUESDAY: (
        page("reverted", "The lock is shut."),
        page("unchanged", **{**SPOKEN, "role": "mayor"}, name="The Gull"),
        page("changed", "Ada Quill stood.", role="mayor", name="The Gull"),
        page("unchanged", "Ada Quill, twice."),
        page("wire", "The lock is shut.", source="wire.example", is_wire=True, published_at="2026-03-03 01:00"),
        quay(30),
    ),
    WEDNESDAY: (
        page("reverted", "The lock is open."),
        page("unchanged", **{**SPOKEN, "role": "mayor"}, name="Gull"),
        page("changed", "Ada Quill left.", role="former mayor"),
        page("copy", "The lock is open.", source="tern.example"),
        page("mill", "The lock is shut.", withheld="no_title"),
        page("late", "Ada Quill stood.", source="tern.example"),
        page("wire", "The lock is shut.", source="wire.example", is_wire=False),
        quay(20),
    ),
}


@pytest.fixture
def written(house):
    """Return a house with the whole history in its lake, and a boilerplate block of each night."""
    return write(house, HISTORY)


def write(house, history):
    for night, pages in history.items():
        house.write(night, *pages)
        learned = date.fromisoformat(night)
        boilerplate = {"sample_text": "The lock is open.", "page_count": learned.day, "learned_night": learned}
        lesson = {"history_id": night, "learned_id": night, "learned_night": learned}
        house.note(night, {"known_boilerplate": [boilerplate], "lesson": [lesson]})
    return house


def test_nights_in_any_order_end_in_the_same_tables(written, draft, fingerprints):
    ends = {order: fingerprints(draft(written, *order, wanted=STAR)) for order in permutations(HISTORY)}
    in_order = ends[MONDAY, TUESDAY, WEDNESDAY]
    # so few texts fill no oversized bucket, name no day and link no name, and nobody has decided on entities
    empty = {
        "mart.run_health",
        "dw.fact_lsh_bucket",
        "dw.dim_entity_decision",
        "dw.dim_entity_link",
        "dw.fact_date_reference",
        "mart.forward_calendar",
    }
    assert {table for table, (rows, _) in in_order.items() if not rows} <= empty
    for order, end in ends.items():
        assert differing(end, in_order) == [], order


def test_a_night_after_all_others_reads_no_old_parts_of_relations_that_have_many(written, draft, fingerprints):
    whole = fingerprints(draft(written, *HISTORY, wanted=STAR))
    con = draft(written, MONDAY, TUESDAY, wanted=STAR)
    for name in ("pages", "places", "quotes", "mentions", "dates", "text_blocks"):
        for night in (MONDAY, TUESDAY):
            written.lake.path(relations.find_relation(name), date.fromisoformat(night)).write_bytes(b"not to be read")
    loader.load_models(con, written.lake, date.fromisoformat(WEDNESDAY), STAR)
    assert differing(fingerprints(con), whole) == []


def test_nights_loaded_again_end_in_the_same_tables(written, draft, fingerprints):
    once = fingerprints(draft(written, MONDAY, TUESDAY, WEDNESDAY, wanted=STAR))
    again = fingerprints(draft(written, MONDAY, MONDAY, WEDNESDAY, TUESDAY, MONDAY, wanted=STAR))
    assert differing(again, once) == []


@pytest.mark.parametrize("night", [MONDAY, TUESDAY, WEDNESDAY])
def test_a_night_run_again_with_articles_gone_leaves_no_trace_of_them(night, written, houses, draft, fingerprints):
    fewer = {**HISTORY, night: HISTORY[night][:1]}
    con = draft(written, *HISTORY, wanted=STAR)
    written.write(night, *fewer[night])
    loader.load_models(con, written.lake, date.fromisoformat(night), STAR)
    fresh = write(houses(), fewer)
    assert differing(fingerprints(con), fingerprints(draft(fresh, *HISTORY, wanted=STAR))) == []


# what earlier versions left: hashes of 32 bits, a column less, and no links of names
EARLIER_NAMES = """
    ALTER TABLE dw.dim_entity DROP COLUMN linked_entity_id;
    ALTER TABLE dw.dim_entity DROP COLUMN link_basis;
    ALTER TABLE dw.dim_entity DROP COLUMN link_confidence;
    ALTER TABLE dw.fact_entity_name DROP COLUMN source_id;
    DROP TABLE dw.dim_entity_link;
    DROP TABLE dw.fact_entity_count;
"""
EARLIER = """
    ALTER TABLE dw.dim_text ALTER samples TYPE UINTEGER[] USING list_transform(samples, lambda hash: hash >> 16);
    ALTER TABLE dw.dim_text ALTER bands TYPE UINTEGER[] USING list_transform(bands, lambda hash: hash >> 16);
    UPDATE dw.fact_lsh_bucket SET lsh_bucket_key = CASE
        WHEN is_band THEN ((lsh_bucket_key >> 48) << 32) | ((lsh_bucket_key & ((1::BIGINT << 48) - 1)) >> 16)
        ELSE lsh_bucket_key >> 16 END;
    ALTER TABLE dw.dim_date DROP COLUMN is_weekend;
"""


def test_nights_done_again_make_of_an_earlier_warehouse_this_versions(house, draft, fingerprints, monkeypatch):
    monkeypatch.setattr(functions, "MAX_BUCKET_TEXTS", 3)
    form = "The lock at pier {} is open to all ships of the line until the tide turns again at dusk."
    for night, piers in ((MONDAY, range(5)), (TUESDAY, range(3, 9))):
        forms = (page(f"pier-{pier}", form.format(pier), source=f"{night}.example") for pier in piers)
        house.write(night, *HISTORY[night], *forms)
    con = draft(house, MONDAY, TUESDAY)
    assert con.execute("SELECT DISTINCT is_band FROM dw.fact_lsh_bucket ORDER BY ALL").fetchall() == [(False,), (True,)]
    con.execute(EARLIER + EARLIER_NAMES)
    for night in (MONDAY, TUESDAY):
        loader.load_models(con, house.lake, date.fromisoformat(night), models())
    assert not differing(fingerprints(con), fingerprints(draft(house, MONDAY, TUESDAY)))


def test_a_warehouse_without_marked_credits_is_refused(house, draft):
    house.write(MONDAY, *HISTORY[MONDAY])
    con = draft(house, MONDAY)
    require_current_tables(con, house.warehouse)
    con.execute("ALTER TABLE dw.fact_mention DROP COLUMN is_credit")
    with pytest.raises(Permanent, match="rebuild --from mentions"):
        require_current_tables(con, house.warehouse)


def test_a_warehouse_without_days_of_publication_is_refused(house, draft):
    house.write(MONDAY, *HISTORY[MONDAY])
    con = draft(house, MONDAY)
    con.execute("ALTER TABLE dw.dim_article DROP COLUMN published_day")
    with pytest.raises(Permanent, match="rebuild --from clean"):
        require_current_tables(con, house.warehouse)


def test_of_a_table_that_lacks_a_column_versions_are_made_from_the_lake(house, draft):
    for night in (MONDAY, TUESDAY):
        house.write(night, page("a", f"Written on {night}.", owner="Quill", notes=[f"noted on {night}"]))
    con = draft(house, MONDAY)
    con.execute("ALTER TABLE dw.dim_article DROP COLUMN notes; ALTER TABLE dw.dim_source DROP COLUMN owner")
    loader.load_models(con, house.lake, date.fromisoformat(TUESDAY), models())
    assert con.execute("SELECT owner, valid_from FROM dw.dim_source").fetchall() == [("Quill", date(2026, 3, 2))]
    noted = con.execute("SELECT notes FROM dw.dim_article ORDER BY version").fetchall()
    assert noted == [([f"noted on {night}"],) for night in (MONDAY, TUESDAY)]


def test_a_source_with_two_names_begins_no_version_when_the_majority_changes(house, draft):
    for night, name in ((MONDAY, "The Gull"), (TUESDAY, "Gull"), (WEDNESDAY, "The Gull")):
        other = "Gull" if name == "The Gull" else "The Gull"
        pages = [page(article, name=name) for article in "abc"] + [page(article, name=other) for article in "de"]
        house.write(night, *pages, page("f"))
    con = draft(house, MONDAY, TUESDAY, WEDNESDAY)
    versions = con.execute("SELECT name, valid_from FROM dw.dim_source").fetchall()
    assert versions == [("Gull", date.fromisoformat(MONDAY))]


@pytest.mark.parametrize(("changes", "step"), [(EARLIER, "minhash"), (EARLIER_NAMES, "mentions")])
def test_a_warehouse_of_an_earlier_version_is_not_loaded_into_until_it_is_rebuilt(changes, step, house):
    for night in (MONDAY, TUESDAY):
        house.write(night, *HISTORY[night])
    house.load(MONDAY)
    with duckdb.connect(str(house.published)) as con:
        con.execute(changes)
    with pytest.raises(Permanent, match=f"rebuild --from {step}"):
        house.load(TUESDAY)
    assert house.column("SELECT DISTINCT night FROM dw.fact_article") == [date.fromisoformat(MONDAY)]


def test_a_late_night_splits_the_interval_it_falls_in_and_takes_the_facts_along(house, draft, key):
    for night, text in ((MONDAY, "Ada Quill sat."), (TUESDAY, "Ada Quill stood."), (WEDNESDAY, "Ada Quill sat.")):
        house.write(night, page("a", text, role="mayor" if night != TUESDAY else "judge"))
    con = draft(house, MONDAY, WEDNESDAY, wanted=STAR)
    facts = "SELECT night, article_key, entity_key FROM dw.fact_mention ORDER BY night"
    monday, wednesday = date(2026, 3, 2), date(2026, 3, 4)
    first = (monday, key(f"gull.example/a|{MONDAY}"), key(f"person:ada quill|{MONDAY}"))
    assert con.execute(facts).fetchall() == [first]
    late = draft(house, MONDAY, WEDNESDAY, TUESDAY, wanted=STAR)
    intervals = "SELECT version, valid_from, valid_to FROM dw.dim_article ORDER BY version"
    assert late.execute(intervals).fetchall() == [
        (1, monday, date(2026, 3, 3)),
        (2, date(2026, 3, 3), wednesday),
        (3, wednesday, date(9999, 12, 31)),
    ]
    assert late.execute(facts).fetchall() == [
        # what Wednesday's version says was extracted on Monday: its text is the same
        first,
        (date(2026, 3, 3), key(f"gull.example/a|{TUESDAY}"), key(f"person:ada quill|{TUESDAY}")),
    ]


def test_a_night_that_comes_first_but_late_takes_over_what_followed_it(house, draft, key):
    house.write(MONDAY, page("a", "Ada Quill sat."))
    house.write(TUESDAY, page("a", "Ada Quill sat."))
    con = draft(house, TUESDAY, MONDAY, wanted=STAR)
    assert con.execute("SELECT article_key FROM dw.dim_article").fetchall() == [(key(f"gull.example/a|{MONDAY}"),)]
    assert con.execute("SELECT night FROM dw.fact_mention").fetchall() == [(date(2026, 3, 2),)]
    blocks = con.execute("SELECT night, article_key FROM dw.fact_text_block ORDER BY night").fetchall()
    assert blocks == [(night, key(f"gull.example/a|{MONDAY}")) for night in (date(2026, 3, 2), date(2026, 3, 3))]


def test_a_withheld_page_is_in_quarantine_and_nowhere_else(house, draft):
    house.write(MONDAY, page("good", "Ada Quill sat."), page("bad", withheld="no_title", **SPOKEN))
    con = draft(house, MONDAY)
    quarantine = con.execute("SELECT page_id, reason FROM ops.rejected").fetchall()
    assert quarantine == [(f"{MONDAY}/evening.jsonl#2", "no_title")]
    assert con.execute("SELECT article_id FROM dw.dim_article").fetchall() == [("gull.example/good",)]
    assert con.execute("SELECT count(*) FROM dw.fact_quote").fetchone() == (0,)


def test_a_recaptured_page_is_one_row_in_quarantine_and_its_article_one_row(house, draft):
    house.write(MONDAY, page("a", published_at="2026-03-02 06:00"), page("a", published_at="2026-03-02 07:00"))
    con = draft(house, MONDAY)
    assert con.execute("SELECT page_id, stage, reason FROM ops.rejected").fetchall() == [
        (f"{MONDAY}/evening.jsonl#1", "dedupe", "recaptured")
    ]
    assert con.execute("SELECT page_id FROM dw.dim_article").fetchall() == [(f"{MONDAY}/evening.jsonl#2",)]


def test_of_a_text_with_many_copies_each_is_paired_with_the_fifty_earliest(house, draft):
    house.write(
        MONDAY,
        *(
            page(f"a{n:02}", "Everybody has this.", published_at=f"2026-03-02 {n // 60:02}:{n % 60:02}")
            for n in range(60)
        ),
    )
    con = draft(house, MONDAY, wanted=STAR)
    pairs = con.execute("""
        SELECT article_id, count(*) FROM dw.fact_article_pair JOIN dw.dim_article ON article_key = from_article_key
        GROUP BY 1 ORDER BY 1""").fetchall()
    assert pairs == [(f"gull.example/a{n:02}", min(n, 50)) for n in range(1, 60)]
    assert con.execute("SELECT article_count, origin_count FROM dw.dim_story").fetchall() == [(60, 1)]


def test_a_chain_of_copies_and_changes_is_one_story_however_long(house, draft):
    nights = [date(2026, 3, day) for day in range(1, 9)]
    for n, night in enumerate(nights):  # a<n> has text n, which a<n-1> takes over tonight
        house.write(night, page(f"a{n}", f"Text {n}."), *([page(f"a{n - 1}", f"Text {n}.")] if n else []))
    con = draft(house, *nights[::-1], wanted=STAR)
    assert con.execute("SELECT story_id, article_count FROM dw.dim_story").fetchall() == [("gull.example/a0", 8)]
    weights = con.execute("SELECT sum(weight), count(*) FROM dw.bridge_article_story").fetchone()
    assert weights == (pytest.approx(1.0), 15)


# -- any small history, in any order, any number of times ----------------------------------------------------------

NIGHTS = (MONDAY, TUESDAY, WEDNESDAY)
PAGES = st.builds(
    page,
    article=st.sampled_from("ab"),
    source=st.sampled_from(["gull.example", "tern.example"]),
    name=st.sampled_from("GW"),
    text=st.sampled_from(["Ada Quill sat.", "Ada Quill stood.", "Nobody sat."]),
    is_wire=st.booleans(),
    role=st.sampled_from([None, "mayor", "judge"]),
    withheld=st.sampled_from([None, None, None, "no_title"]),
    published_at=st.sampled_from([None, "2026-03-01 06:00", "2026-03-03 07:00"]),
)
HISTORIES = st.fixed_dictionaries({night: st.lists(PAGES, min_size=1, max_size=3) for night in NIGHTS})
REPEATS = st.lists(st.sampled_from(NIGHTS), max_size=2)
ORDERS = st.builds(lambda order, more: [*order, *more], st.permutations(NIGHTS), REPEATS)
AS_SLOW_AS_IT_IS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=3, deadline=None, suppress_health_check=AS_SLOW_AS_IT_IS)
@given(history=HISTORIES, before=HISTORIES, order=ORDERS)
def test_any_history_ends_as_if_it_had_come_in_order(history, before, order, houses, draft, fingerprints):
    """Load the first night of the order twice, the first time with the pages `before`."""
    fresh, house = houses(), houses()
    for night, pages in history.items():
        fresh.write(night, *pages)
        house.write(night, *pages)
    expected = fingerprints(draft(fresh, *NIGHTS, wanted=STAR))
    house.write(order[0], *before[order[0]])
    con = draft(house, order[0], wanted=STAR)
    house.write(order[0], *history[order[0]])
    for night in [*order[1:], order[0]]:
        loader.load_models(con, house.lake, date.fromisoformat(night), STAR)
    assert differing(fingerprints(con), expected) == []


def differing(some: dict, others: dict) -> list[str]:
    return [table for table in others if some[table] != others[table]]
