"""Which articles are one story: copies, excerpts and updates are matched over all nights, and chains join nothing."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsmill.warehouse import functions, loader
from newsmill.warehouse.model import models

pytestmark = pytest.mark.slow

NIGHTS = (MONDAY, TUESDAY, WEDNESDAY) = ("2026-03-02", "2026-03-03", "2026-03-04")
STAR = [model for model in models() if model.schema != "ops"]
FOREVER = date(9999, 12, 31)


def numbered_words(start: int, end: int) -> str:
    """Return a piece of an endless text without repeats: two pieces share the words in which they overlap."""
    return " ".join(f"word{number}" for number in range(start, end))


def page(article: str, *pieces: tuple[int, int], **fields) -> dict:
    text = " ".join(numbered_words(*piece) for piece in pieces)
    return {"article": article, "title": f"About {article}", "text": text, **fields}


def stories(con) -> set[frozenset]:
    rows = con.execute("""
        SELECT list(DISTINCT split_part(article_id, '/', 2))
        FROM dw.bridge_article_story JOIN dw.dim_article USING (article_key)
        WHERE bridge_article_story.is_current GROUP BY story_key""").fetchall()
    return {frozenset(names) for (names,) in rows}


def relations(con) -> dict[str, str]:
    return dict(
        con.execute("""
        SELECT split_part(article_id, '/', 2), relation
        FROM dw.bridge_article_story AS bridge JOIN dw.dim_article USING (article_key)
        WHERE bridge.is_current""").fetchall()
    )


def pairs(con) -> set[tuple[str, str, str]]:
    return set(
        con.execute("""
        SELECT split_part(later.article_id, '/', 2), relation, split_part(earlier.article_id, '/', 2)
        FROM dw.fact_article_pair
        JOIN dw.dim_article AS later ON later.article_key = from_article_key
        JOIN dw.dim_article AS earlier ON earlier.article_key = to_article_key""").fetchall()
    )


@pytest.fixture
def loaded(house, draft):
    """Return a maker of warehouses from nights, in their order."""

    def load(nights: dict[str, list[dict]]):
        for night, pages in nights.items():
            house.write(night, *pages)
        return draft(house, *nights, wanted=STAR)

    return load


def test_similarity_and_containment_are_counted_exactly(loaded):
    con = loaded({MONDAY: [page("whole", (0, 100)), page("cut", (0, 50))], TUESDAY: [page("shifted", (20, 120))]})
    rows = con.execute("""
        SELECT split_part(later.article_id, '/', 2), split_part(earlier.article_id, '/', 2), similarity, containment
        FROM dw.fact_article_pair
        JOIN dw.dim_article AS later ON later.article_key = from_article_key
        JOIN dw.dim_article AS earlier ON earlier.article_key = to_article_key ORDER BY ALL""").fetchall()
    # a text of n words has n - 4 shingles, and two that overlap in m words share m - 4
    assert ("shifted", "whole", 76 / (96 + 96 - 76), 76 / 96) in rows
    assert {row[2:] for row in rows if {"whole", "cut"} == {*row[:2]}} == {(46 / 96, 1.0)}


def test_a_copy_with_another_header_and_an_excerpt_belong_to_the_story_of_the_origin(loaded):
    con = loaded(
        {
            MONDAY: [page("origin", (0, 200), published_at="2026-03-02 01:00")],
            TUESDAY: [page("copy", (900, 910), (0, 200)), page("excerpt", (0, 90)), page("other", (500, 700))],
        }
    )
    assert stories(con) == {frozenset({"origin", "copy", "excerpt"}), frozenset({"other"})}
    assert relations(con) == {"origin": "origin", "copy": "copy", "excerpt": "excerpt", "other": "origin"}
    assert pairs(con) >= {("copy", "near", "origin"), ("excerpt", "contained_in", "origin")}


def test_an_article_with_a_story_within_more_of_its_own_text_is_another_origin(loaded):
    con = loaded({MONDAY: [page("wire", (0, 100))], TUESDAY: [page("long", (500, 800), (0, 100), (800, 900))]})
    assert pairs(con) == {("long", "contains", "wire")} and relations(con)["long"] == "update"
    assert con.execute("SELECT article_count, origin_count FROM dw.dim_story").fetchall() == [(2, 2)]


def test_a_page_with_two_stories_joins_one_and_does_not_join_them(loaded):
    con = loaded(
        {
            MONDAY: [page("toll", (0, 100)), page("owls", (200, 300))],
            TUESDAY: [page("roundup", (0, 100), (200, 300))],
            WEDNESDAY: [page("digest", (0, 100), (200, 300), (400, 500))],
        }
    )
    assert {("roundup", "contains", "toll"), ("roundup", "contains", "owls")} <= pairs(con)
    assert frozenset({"owls"}) in stories(con) or frozenset({"toll"}) in stories(con)
    assert all(not {"toll", "owls"} <= story for story in stories(con))


def test_excerpts_of_one_article_are_one_story_though_they_share_nothing(loaded):
    con = loaded({MONDAY: [page("whole", (0, 200))], TUESDAY: [page("head", (0, 90)), page("tail", (110, 200))]})
    assert stories(con) == {frozenset({"whole", "head", "tail"})}


def test_a_chain_of_weak_pairs_glues_no_stories(loaded):
    links = [page(f"link{n}", (30 * n, 30 * n + 100)) for n in range(8)]  # neighbours share .52, the ends nothing
    con = loaded({MONDAY: links[::2], TUESDAY: links[1::2]})
    assert {(f"link{n}", f"link{n + 1}") for n in range(7)} == {tuple(sorted((a, b))) for a, _, b in pairs(con)}
    assert max(map(len, stories(con))) <= 3


def test_a_later_article_joins_two_stories_and_the_older_name_stays(loaded):
    con = loaded(
        {
            MONDAY: [page("first", (0, 1000))],
            TUESDAY: [page("second", (600, 1600))],
            WEDNESDAY: [page("bridge", (0, 1600))],
        }
    )
    assert stories(con) == {frozenset({"first", "second", "bridge"})}
    history = con.execute("""
        SELECT story_id, bridge.valid_from, bridge.valid_to, bridge.is_current
        FROM dw.bridge_article_story AS bridge JOIN dw.dim_article USING (article_key)
        WHERE article_id = 'gull.example/second' ORDER BY 2""").fetchall()
    tuesday, wednesday = date(2026, 3, 3), date(2026, 3, 4)
    assert history == [
        ("gull.example/second", tuesday, wednesday, False),
        ("gull.example/first", wednesday, FOREVER, True),
    ]
    rows = con.execute("SELECT story_id, article_count, joined_story_id FROM dw.dim_story ORDER BY 1").fetchall()
    assert rows == [("gull.example/first", 3, None), ("gull.example/second", 1, "gull.example/first")]
    assert (
        con.execute("SELECT DISTINCT story_key FROM dw.fact_article").fetchall()
        == con.execute("SELECT story_key FROM dw.dim_story WHERE joined_story_id IS NULL").fetchall()
    )
    assert con.execute("SELECT article_count FROM mart.story_coverage").fetchall() == [(3,)]


def test_the_article_that_two_excerpts_were_cut_from_makes_them_one_story_when_it_comes(loaded):
    cuts = {"published_at": "2026-03-02 09:00"}
    con = loaded(
        {
            MONDAY: [page("head", (0, 90), **cuts), page("tail", (110, 200), **cuts)],
            TUESDAY: [page("whole", (0, 200), published_at="2026-03-02 06:00")],
        }
    )
    assert stories(con) == {frozenset({"whole", "head", "tail"})} and relations(con)["whole"] == "origin"
    current = con.execute("SELECT story_id FROM dw.dim_story WHERE joined_story_id IS NULL").fetchall()
    assert current == [("gull.example/head",)]


def test_a_live_page_is_one_story_of_versions_and_no_copies(loaded):
    con = loaded({night: [page("live", (0, 100 + 80 * n))] for n, night in enumerate(NIGHTS)})
    assert con.execute("SELECT relation, count(*) FROM dw.bridge_article_story GROUP BY 1 ORDER BY 1").fetchall() == [
        ("origin", 1),
        ("update", 2),
    ]
    assert {relation for _, relation, _ in pairs(con)} == {"version"}


def test_an_address_with_other_content_next_day_is_another_story(loaded):
    con = loaded({MONDAY: [page("daily", (0, 100), title="Toll")], TUESDAY: [page("daily", (500, 600), title="Owls")]})
    assert con.execute("SELECT story_id FROM dw.dim_story ORDER BY 1").fetchall() == [
        ("gull.example/daily",),
        ("gull.example/daily@2026-03-03",),
    ]


def test_the_credit_to_an_agency_goes_before_the_time_of_publication(loaded):
    con = loaded(
        {
            MONDAY: [
                page("early", (0, 100), published_at="2026-03-02 01:00"),
                page("credited", (0, 100), published_at="2026-03-02 03:00", agency="Harbor Wire"),
            ]
        }
    )
    assert con.execute("SELECT canonical_article_id, canonical_reason FROM dw.dim_story").fetchall() == [
        ("gull.example/credited", "agency_credit")
    ]


def test_texts_of_an_oversized_bucket_are_compared_with_its_first_members_alone_and_the_bucket_is_listed(
    loaded, monkeypatch
):
    monkeypatch.setattr(functions, "MAX_BUCKET_TEXTS", 3)
    copies = [page(f"a{n}", (0, 300), (1000 + 10 * n, 1006 + 10 * n)) for n in range(30)]
    con = loaded({MONDAY: copies[:10], TUESDAY: copies[10:]})
    partners = con.execute("SELECT count(*) FROM dw.fact_article_pair GROUP BY from_article_key").fetchall()
    assert sum(count for (count,) in partners) < 30 * 29 / 4
    assert len(stories(con)) == 1
    assert con.execute("SELECT max(text_count) FROM dw.fact_lsh_bucket").fetchone() == (30,)


# -- any set of nights, in any order -------------------------------------------------------------------------------

STARTS = st.integers(0, 12).map(lambda n: 25 * n)
WRITTEN = st.builds(
    lambda name, start, words, more, published: page(
        name, (start, start + words), *([(more, more + 40)] if more is not None else []), published_at=published
    ),
    st.sampled_from("abcdefgh"),
    STARTS,
    st.sampled_from([30, 60, 100, 100, 200]),
    st.sampled_from([None, None, 1000, 0, 150]),
    st.sampled_from([None, "2026-03-01 06:00", "2026-03-03 07:00"]),
)
HISTORIES = st.fixed_dictionaries({night: st.lists(WRITTEN, min_size=1, max_size=5) for night in NIGHTS})
ORDERS = st.builds(
    lambda order, more: [*order, *more], st.permutations(NIGHTS), st.lists(st.sampled_from(NIGHTS), max_size=1)
)
AS_SLOW_AS_IT_IS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.mark.parametrize("max_bucket_texts", [2, 200])
@settings(max_examples=3, deadline=None, suppress_health_check=AS_SLOW_AS_IT_IS)
@given(history=HISTORIES, before=st.lists(WRITTEN, min_size=1, max_size=5), order=ORDERS)
def test_any_order_and_repeat_ends_in_the_same_pairs_and_stories(
    max_bucket_texts, history, before, order, houses, draft, fingerprints
):
    """Load the first night of the order twice, the first time with the pages `before`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(functions, "MAX_BUCKET_TEXTS", max_bucket_texts)
        fresh, house = houses(), houses()
        for night, pages in history.items():
            fresh.write(night, *pages)
        house.write(order[0], *before)
        expected = fingerprints(draft(fresh, *NIGHTS, wanted=STAR))
        con = draft(house, order[0], wanted=STAR)
        for night in order:
            house.write(night, *history[night])
            loader.load_models(con, house.lake, date.fromisoformat(night), STAR)
        actual = fingerprints(con)
        assert [table for table in expected if actual[table] != expected[table]] == []


# -- templates of one publisher

TEMPLATE = (
    "No storm of such a force has come near the coast this week, and the almanac counts a dozen in most years. "
    "Whoever saw it from a window may write to the port about the height of the waves and the boats that were out. "
    "A machine reads the instruments at the light and wrote this notice, and the editor on duty has looked at it."
)


def notice(town: str, hour: int, **fields) -> dict:
    """Return a notice from a template: a sentence of its own, and the sentences of the template."""
    lead = f"A storm of force {hour} was measured at {hour} o'clock near {town}, {3 * hour} miles from the light."
    text = f"{lead}\n{TEMPLATE}"
    return {"article": town, "title": f"Storm of force {hour} near {town}", "text": text, **fields}


def test_notices_from_one_template_are_stories_of_their_own(loaded):
    con = loaded({MONDAY: [notice("Marl", 6), notice("Orrin", 9)], TUESDAY: [notice("Tarn", 11)]})
    assert {relation for _, relation, _ in pairs(con)} == {"near"}
    assert stories(con) == {frozenset({"Marl"}), frozenset({"Orrin"}), frozenset({"Tarn"})}


@pytest.mark.parametrize(
    "again",
    [
        {**notice("Marl", 9), "title": "Storm of force 6 near Marl", "article": "again"},
        {**notice("Marl", 7), "title": "Storm near Marl was of force 7, says survey", "article": "again"},
        {**notice("Marl", 6), "title": "A gale is here", "article": "again"},
    ],
    ids=["same title", "longer title", "words that no text has"],
)
def test_a_notice_changed_under_another_address_is_a_copy(again, loaded):
    assert stories(loaded({MONDAY: [notice("Marl", 6), again]})) == {frozenset({"Marl", "again"})}


def test_notices_of_different_publishers_with_one_text_are_copies(loaded):
    other = notice("Orrin", 9, source="tern.example")
    assert stories(loaded({MONDAY: [notice("Marl", 6), other]})) == {frozenset({"Marl", "Orrin"})}


def test_a_long_report_with_another_name_in_its_title_is_a_copy(loaded):
    first, second = (page(town, (0, 500)) for town in ("Marl", "Orrin"))
    for one, town in ((first, "Marl"), (second, "Orrin")):
        one["text"] = f"{town} is where it began. {one['text']}"
    assert stories(loaded({MONDAY: [first, second]})) == {frozenset({"Marl", "Orrin"})}
