"""Boilerplate is on pages of different stories; copies of one story never become boilerplate, in any order."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsmill.cleaning.learn import learn
from newsmill.cleaning.survey import survey
from newsmill.errors import Permanent
from newsmill.relations import BLOCK_HISTORY, DECISIONS, KNOWN_BOILERPLATE, PAGES, TRAINING_RUNS
from newsmill.runs import Run
from newsmill.stage import run_stage

pytestmark = pytest.mark.slow

MONDAY = date(2026, 3, 2)
NIGHTS = [MONDAY + timedelta(n) for n in range(3)]
WORDS = """harbour ferry council budget bridge storm school teacher hospital nurse farmer wheat engine factory court
    judge river lock captain crew market price island valley tower museum painter concert summer winter morning evening
    opened closed delayed praised warned counted repaired rejected ordered visited""".split()
FOLLOW = "Follow the Gull wherever you read"
MOTTO = "The Gull is owned by those who read it and by nobody else on this coast."
EMPTY = {pa.string(): "", pa.bool_(): False}
REQUIRED = {f.name: [] if pa.types.is_list(f.type) else EMPTY.get(f.type, 0) for f in PAGES.schema if not f.nullable}


def story(i: int, paragraphs: int = 6) -> list[str]:
    """Return the paragraphs of a made-up story; another number is another story."""
    chance = Random(i)
    sentence = lambda: f"The {' '.join(chance.choices(WORDS, k=16))} on day {i}."  # noqa: E731
    return [f"{sentence()} {sentence()}" for _ in range(paragraphs)]


def page(source: str, *blocks: str | list[str]) -> tuple[str, str]:
    """Return a page of a source: the blocks in order."""
    return source, "\n\n".join(text for block in blocks for text in ([block] if isinstance(block, str) else block))


def rows(pages) -> pa.Table:
    records = [
        REQUIRED
        | {
            "page_id": f"d/{n}",
            "dump": "d",
            "dump_file": "d",
            "encoding": "utf-8",
            "content": "page",
            "source_id": source,
            "page_text": text,
            "record_no": n,
        }
        for n, (source, text) in enumerate(pages)
    ]
    return pa.Table.from_pylist(records, pa.schema([f.with_nullable(True) for f in PAGES.schema])).cast(PAGES.schema)


def decided(words_hash: int, decision: str) -> pa.Table:
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)
    row = {"words_hash": words_hash, "decision": decision, "decided_by": "Ada", "decided_at": moment, "because": "So."}
    return pa.Table.from_pylist([row], DECISIONS.schema)


class House:
    """A lake into which nights are surveyed and learned, by the stages as they run."""

    def __init__(self, home):
        self.run = Run(home, MONDAY, "test")

    def night(self, night: date, pages=None, decisions=None, learned=None, parts: int = 1) -> list[dict]:
        """Survey pages, by default the same as before, and learn; return the boilerplate."""
        run = replace(self.run, night=night, learned=learned)
        for part in range(parts if pages is not None else 0):
            run.lake.write(PAGES, night, f"p{part}", rows(pages[part::parts]))
        for part in run.lake.parts(PAGES, night):
            run_stage(survey, run, part)
        if decisions is not None:
            run.lake.write(DECISIONS, night, "whole", decisions)
        run_stage(learn, run)
        return self.boilerplate(night)

    def boilerplate(self, night: date) -> list[dict]:
        return self.run.lake.read(KNOWN_BOILERPLATE, night).to_pylist()

    def known(self, night: date = MONDAY) -> set[tuple[str, str]]:
        return {(row["scope"], row["sample_text"]) for row in self.boilerplate(night)}

    def training_run(self, night: date) -> dict | None:
        return next(iter(self.run.lake.read(TRAINING_RUNS, night).to_pylist()), None)


@pytest.fixture
def house(tmp_path) -> House:
    return House(tmp_path)


@pytest.fixture
def houses(tmp_path):
    made = iter(range(1_000_000))
    return lambda: House(tmp_path / str(next(made)))


# -- what is boilerplate


def test_a_line_on_pages_of_different_stories_is_boilerplate_of_its_source(house):
    house.night(MONDAY, [page("gull", FOLLOW, story(n), MOTTO) for n in range(6)] + [page("tern", story(9))])
    assert house.known() == {("gull", FOLLOW), ("gull", MOTTO[:120])}
    row = next(row for row in house.boilerplate(MONDAY) if row["sample_text"] == FOLLOW)
    assert (row["page_count"], row["source_count"], row["story_count"]) == (6, 1, 6)
    assert row["reason"] == "cross_page_boilerplate" and row["learned_night"] == MONDAY


def test_wording_gives_boilerplate_a_finer_reason(house):
    house.night(MONDAY, [page("gull", "Share this article", story(n)) for n in range(6)])
    assert [row["reason"] for row in house.boilerplate(MONDAY)] == ["share"]


def test_pages_of_one_sentence_teach_as_well(house):
    house.night(MONDAY, [page("gull", FOLLOW, story(n)[:1]) for n in range(6)])
    assert house.known() == {("gull", FOLLOW)}


def test_pages_with_nothing_but_boilerplate_teach_nothing(house):
    assert house.night(MONDAY, [page("gull", FOLLOW)] * 9) == []


def test_three_pages_teach_nothing(house):
    assert house.night(MONDAY, [page("gull", FOLLOW, story(n)) for n in range(3)]) == []


def test_pages_learn_the_same_however_they_are_parted(houses):
    pages = [page("gull", FOLLOW, story(n), MOTTO) for n in range(7)]
    ends = [house.night(MONDAY, pages, parts=parts) for parts, house in ((1, houses()), (3, houses()))]
    assert ends[0] == ends[1] != []


def test_one_page_captured_again_and_again_teaches_nothing(house):
    assert house.night(MONDAY, [page("gull", FOLLOW, story(1), MOTTO)] * 20) == []


def test_a_paragraph_that_follow_ups_repeat_is_no_boilerplate(house):
    """Seven follow-ups, on a site with a hundred other pages, say again what had happened."""
    background = "The ferry ran aground off Marl in May, and the captain was charged with sailing while drunk."
    follow_ups = [page("gull", story(n)[:3], background, story(n)[3:]) for n in range(7)]
    others = [page("gull", story(n)) for n in range(100, 200)]
    assert house.night(MONDAY, follow_ups + others) == []
    assert house.night(NIGHTS[1], follow_ups) == [], "nor where there is nothing else on a night"


def test_a_heading_of_a_series_is_no_boilerplate(house):
    heading = "What we know so far"
    series = [page("gull", story(n)[:2], heading, story(n)[2:]) for n in range(9)]
    assert house.night(MONDAY, series + [page("gull", story(n)) for n in range(100, 120)]) == []


def test_a_line_at_many_sources_is_boilerplate_everywhere(house):
    house.night(MONDAY, [page(f"site-{n}", story(n), FOLLOW) for n in range(12)])
    assert house.known() == {("*", FOLLOW)}
    assert house.boilerplate(MONDAY)[0]["source_count"] == 12


# -- a template below short texts

WALL = [
    "You have read your three free articles of this month, and to read on you choose the offer that suits you.",
    "All articles, the archive and the letters of our editors cost two crowns a week, and you cancel when you like.",
    "Those who have an account go on reading here, and our desk helps them from eight to five on working days.",
]


def teaser(i: int, source: str = "gull") -> tuple[str, str]:
    """Return a page of a headline, a sentence and the paywall that all pages of the source have."""
    headline = " ".join(Random(i).choices(WORDS, k=6))
    return page(source, headline, story(i, 1)[0].split(". ")[0] + ".", WALL)


def test_a_paywall_below_teasers_of_different_stories_is_boilerplate(house):
    house.night(MONDAY, [teaser(i) for i in range(20)])
    assert house.known() == {("gull", text[:120]) for text in WALL}


def test_a_paywall_on_a_part_of_the_pages_is_boilerplate_too(house):
    house.night(MONDAY, [teaser(i) for i in range(20)] + [page("gull", story(i)) for i in range(100, 120)])
    assert house.known() == {("gull", text[:120]) for text in WALL}


def test_one_teaser_captured_again_and_again_teaches_nothing(house):
    assert house.night(MONDAY, [teaser(1)] * 20) == []


def test_a_story_under_one_headline_is_no_boilerplate_though_each_copy_has_another_first_sentence(house):
    wire, headline = story(1, paragraphs=5), "Harbour council opened the bridge"
    copies = [page("gull", headline, story(100 + i, 1), wire) for i in range(20)]
    assert house.night(MONDAY, copies) == []


def test_the_footer_of_a_scraper_below_articles_alone_is_boilerplate(house):
    footer = "Collected by the reading room of Marl for its members."
    table = rows([page("gull", story(i), footer) for i in range(9)])
    articles = table.set_column(table.column_names.index("content"), "content", [["article"] * 9])
    house.run.lake.write(PAGES, MONDAY, "p0", articles)
    house.night(MONDAY)
    assert house.known() == {("gull", footer)}


def test_the_dateline_of_many_articles_alone_is_no_boilerplate(house):
    table = rows([page("gull", "MARL 2026-03-02", story(i)) for i in range(9)])
    house.run.lake.write(
        PAGES, MONDAY, "p0", table.set_column(table.column_names.index("content"), "content", [["article"] * 9])
    )
    house.night(MONDAY)
    assert house.known() == set()


# -- copies of one wire story


def edited(i: int, wire: list[str]) -> list[str]:
    """Return a copy with one paragraph changed, another one in each copy."""
    changed = i % len(wire)
    return [*wire[:changed], f"{wire[changed][:-1]}, the Gull of town {i} has learned.", *wire[changed + 1 :]]


def cut(i: int, wire: list[str]) -> list[str]:
    return wire[: 2 + i % (len(wire) - 2)]


@pytest.mark.parametrize("change", [lambda n, wire: wire, edited, cut], ids=["whole", "edited", "cut"])
@pytest.mark.parametrize("sites", [40, 1], ids=["forty sites", "one site"])
def test_the_paragraphs_of_a_wire_story_are_no_boilerplate_at_any_site(change, sites, house):
    wire = story(1, paragraphs=7)
    copies = [page(f"site-{n % sites}", FOLLOW, change(n, wire)) for n in range(40)]
    others = [page(f"site-{n % sites}", FOLLOW, story(n)) for n in range(100, 220)]
    known = {text for _, text in house.known()} if house.night(MONDAY, copies + others) else set()
    assert known == {FOLLOW}


def test_a_wire_story_that_comes_changed_night_after_night_is_no_boilerplate(house):
    wire = story(1, paragraphs=7)
    for i in range(10):
        copies = [page("gull", FOLLOW, edited(10 * i + n, wire)) for n in range(4)]
        house.night(MONDAY + timedelta(i), [*copies, page("gull", FOLLOW, story(100 + i))])
    assert house.known(MONDAY + timedelta(9)) == {("gull", FOLLOW)}


# -- over nights


def test_boilerplate_is_learned_over_nights_that_show_it_once_each(house):
    for i in range(6):
        house.night(MONDAY + timedelta(i), [page("gull", FOLLOW, story(i))])
    assert house.known(MONDAY + timedelta(2)) == set()
    assert house.known(MONDAY + timedelta(5)) == {("gull", FOLLOW)}
    (row,) = house.boilerplate(MONDAY + timedelta(5))
    assert (row["page_count"], row["story_count"], row["first_seen"]) == (6, 6, MONDAY)


def test_what_was_seen_once_is_forgotten_after_thirty_days_and_boilerplate_is_not(house):
    once = page("tern", "Sea view", story(9))
    house.night(MONDAY, [page("gull", FOLLOW, MOTTO, story(n)) for n in range(6)] + [once])
    later = MONDAY + timedelta(31)
    house.night(later, [page("tern", "Sea view", story(10)), page("gull", story(11))])
    remembered = house.run.lake.read(BLOCK_HISTORY, later).to_pylist()
    assert {row["sample_text"] for row in remembered} == {FOLLOW, MOTTO}
    assert house.known(later) == {("gull", FOLLOW), ("gull", MOTTO)}


def test_a_night_does_not_learn_from_those_after_it(house):
    house.night(NIGHTS[1], [page("gull", FOLLOW, story(n)) for n in range(6)])
    assert house.night(NIGHTS[0], [page("gull", FOLLOW, story(7))]) == []


def test_a_night_of_before_can_be_cleaned_by_what_was_learned_since(house):
    house.night(NIGHTS[0], [page("gull", FOLLOW, story(7))])
    house.night(NIGHTS[1], [page("gull", FOLLOW, story(n)) for n in range(6)])
    history_id = house.training_run(NIGHTS[0])["history_id"]
    (row,) = house.night(NIGHTS[0], learned=NIGHTS[1])
    assert (row["sample_text"], row["learned_night"], row["page_count"]) == (FOLLOW, NIGHTS[1], 7)
    assert house.training_run(NIGHTS[0])["history_id"] == history_id, "what it teaches later nights is its own"
    assert house.training_run(NIGHTS[0])["learned_id"] == house.training_run(NIGHTS[1])["history_id"]
    assert house.night(NIGHTS[0]) == [], "and run again without being asked to it goes by itself"


def test_a_night_that_nobody_learned_from_is_named(house):
    house.night(NIGHTS[0], [page("gull", story(7))])
    with pytest.raises(Permanent, match=r"learned up to 2026-03-04: .* were: 2026-03-02"):
        house.night(NIGHTS[0], learned=NIGHTS[2])


# -- decisions


def hash_of(house: House, text: str) -> int:
    rows = house.run.lake.read(BLOCK_HISTORY, MONDAY).to_pylist()
    return next(row["words_hash"] for row in rows if row["sample_text"] == text)


@pytest.mark.parametrize("decision", ["keep", "drop"])
def test_a_decision_on_boilerplate_is_added_to_what_was_learned(decision, house):
    pages = [page("gull", FOLLOW, story(n)) for n in range(6)]
    house.night(MONDAY, pages)
    boilerplate = house.night(MONDAY, decisions=decided(hash_of(house, FOLLOW), decision))
    assert {row["scope"] for row in boilerplate} == {"gull", "*"}
    assert {(row["decision"], row["decided_by"], row["page_count"]) for row in boilerplate} == {(decision, "Ada", 6)}


def test_a_decision_on_what_nobody_has_seen_is_kept_all_the_same(house):
    (row,) = house.night(MONDAY, [page("gull", story(1))], decisions=decided(2**64 - 1, "drop"))
    assert (row["scope"], row["words_hash"], row["page_count"], row["sample_text"]) == ("*", 2**64 - 1, 0, None)


# -- any order

LINES = st.sets(st.sampled_from([FOLLOW, MOTTO, "Sea view", "Weather for the coast tonight"]), max_size=3)
PAGE = st.builds(
    lambda source, number, lines: page(source, sorted(lines), story(number, paragraphs=2)),
    st.sampled_from(["gull", "gull", "tern"]),
    st.integers(0, 9),
    LINES,
)
AS_SLOW_AS_IT_IS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
HISTORIES = st.fixed_dictionaries({night: st.lists(PAGE, min_size=2, max_size=6) for night in NIGHTS})


@settings(max_examples=8, deadline=None, suppress_health_check=AS_SLOW_AS_IT_IS)
@given(history=HISTORIES, order=st.permutations(NIGHTS), first=st.lists(PAGE, min_size=1, max_size=3))
def test_nights_in_any_order_and_the_stale_ones_again_end_as_if_they_had_come_in_order(history, order, first, houses):
    """`first` is what the first night run held before it was replaced."""
    batch, house = houses(), houses()
    for night in NIGHTS:
        batch.night(night, history[night])
    house.night(order[0], first)
    for night in [*order[1:], order[0]]:
        house.night(night, history[night])
    while stale := first_stale(house):
        house.night(stale)
    for relation in (KNOWN_BOILERPLATE, BLOCK_HISTORY, TRAINING_RUNS):
        for night in NIGHTS:
            ended, wanted = (lake.read(relation, night) for lake in (house.run.lake, batch.run.lake))
            assert ended.equals(wanted), (relation.name, night)


def first_stale(house: House) -> date | None:
    """Return the first night that began from another history than the previous night left."""
    left = {night: house.training_run(night) for night in NIGHTS}
    if left[NIGHTS[0]]["previous_history_id"] is not None:
        return NIGHTS[0]
    return next((b for a, b in pairwise(NIGHTS) if left[b]["previous_history_id"] != left[a]["history_id"]), None)
