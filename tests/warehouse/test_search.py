"""Search ranks as DuckDB's own index does, works in any shell, and follows every publish."""

import subprocess
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsmill.errors import Permanent
from newsmill.warehouse import batches, extensions, loader, publish, search_index, sql_shell
from newsmill.warehouse.model import macros

pytestmark = pytest.mark.slow

MONDAY, TUESDAY = "2026-03-02", "2026-03-03"
STORIES = [
    ("Ferries strike", "The ferry workers struck at dawn.\nNo ferry left, and a strike vote is due."),
    ("Bread is dear", "Bakers raised the price of bread again; a loaf costs twice what it did."),
    ("Vote on bread", "Parliament voted on bread prices.\nMinisters said that voting again would not help."),
    ("A quiet day", "Nobody struck, nobody voted, and the quays were quiet."),
]
SUFFIXES = (
    "s ies sses eed ed ing y ational tional enci izer ization alli ousness iviti biliti ical ness ful ement ment ion"
    " ive e ll"
).split()
STEMS = st.text("abcdeilmnoprstuvwxyz", min_size=1, max_size=7)
WORDS = st.builds("".join, st.tuples(STEMS, st.sampled_from(SUFFIXES)))


def pages(*stories: tuple[str, str], **more) -> list[dict]:
    return [{"article": f"{title}", "title": title, "text": text, **more} for title, text in stories]


def search_titles(house, words: str, most: int = 20) -> list[str]:
    return house.column(f"SELECT title FROM mart.search($1, most := {most})", words)


@pytest.fixture(scope="module")
def stemmers():
    """Return a connection that has both the extension's stemmer and our own."""
    with duckdb.connect() as con:
        extensions.load_extension(con, "fts")
        con.execute("CREATE SCHEMA search")
        (model,) = [m for m in macros() if m.table == "search.stem"]
        con.execute(f"CREATE MACRO search.stem({model.arguments}) AS ({model.sql})")
        yield con


@given(st.lists(WORDS, min_size=20, max_size=60))
def test_words_have_the_stems_that_the_extension_gives_them(stemmers, words):
    sql = "SELECT word, stem(word, 'porter'), search.stem(word) FROM (SELECT unnest($1) AS word)"
    assert [row for row in stemmers.execute(sql, [words]).fetchall() if row[1] != row[2]] == []


@pytest.mark.parametrize("words", ["ferries", "striking votes", "bread price", "quiet ministers at dawn"])
def test_texts_are_ranked_as_the_extension_ranks_them(house, words):
    house.write(MONDAY, *pages(*STORIES))
    house.load(MONDAY)
    with closing(duckdb.connect()) as con:
        extensions.load_extension(con, "fts")
        con.execute("CREATE TABLE story (title VARCHAR, text VARCHAR)")
        con.executemany("INSERT INTO story VALUES ($1, $2)", STORIES)
        con.execute("PRAGMA create_fts_index('story', 'title', 'title', 'text')")
        sql = "FROM (SELECT title, fts_main_story.match_bm25(title, $1) AS score FROM story) WHERE score IS NOT NULL"
        expected = dict(con.execute(sql, [words]).fetchall())
    assert expected and dict(house.ask("SELECT title, score FROM mart.search($1)", words)) == pytest.approx(expected)


def test_case_accents_and_inflections_do_not_count_in_english_and_accents_alone_elsewhere(house):
    french = {"article": "f", "title": "Grèves", "text": "Les élus réunis à Lyon.", "language": "fr"}
    house.write(MONDAY, *pages(("Café closed", "The CAFÉS of Lyon were closing.")), french)
    house.load(MONDAY)
    assert search_titles(house, "cafe") == search_titles(house, "CLOSES") == ["Café closed"]
    assert search_titles(house, "elus") == ["Grèves"] and search_titles(house, "élu") == []
    assert sorted(search_titles(house, "lyon")) == ["Café closed", "Grèves"]


def test_the_index_is_the_same_in_whatever_pieces_texts_are_read_and_rows_inserted(house, draft, monkeypatch):
    french = pages(("Grève", "Les voters. La vote, les votes."), ("Quai", "Le quai."), language="fr")
    boats = [(f"Boat {n}", f"Boat {n} sails, boats sail. " * n) for n in range(1, 9)]
    house.write(MONDAY, *pages(*STORIES[:3]), *french)
    house.write(TUESDAY, *pages(*STORIES[3:], *boats))
    sql = "FROM search.posting ORDER BY night, term, document_no"
    whole = draft(house, MONDAY, TUESDAY).execute(sql).fetchall()
    monkeypatch.setattr(batches, "ROWS", 1)
    monkeypatch.setattr(search_index, "_MAX_POSTINGS", 2)
    con = draft(house, MONDAY, TUESDAY)
    assert con.execute(sql).fetchall() == whole == con.execute("FROM search.posting").fetchall()
    assert sum(row[3] for row in whole if row[1] == "boat") == 8 + 2 * sum(range(1, 9))
    assert {row[1] for row in whole if row[1].startswith("vot")} == {"vote", "votes", "voters"}


def test_texts_of_other_scripts_are_searchable_by_their_words(house):
    russian = {"article": "r", "title": "Паромы", "text": "Паромы стоят у причала.", "language": "ru"}
    hindi = {"article": "h", "title": "हड़ताल", "text": "नाव कर्मियों की हड़ताल।", "language": "hi"}
    house.write(MONDAY, russian, hindi)
    house.load(MONDAY)
    assert search_titles(house, "ПРИЧАЛА") == ["Паромы"] and search_titles(house, "हड़ताल") == ["हड़ताल"]


def test_the_most_that_are_asked_for_are_the_best(house):
    house.write(MONDAY, *pages(*STORIES))
    house.load(MONDAY)
    assert search_titles(house, "bread vote strike", most=2) == search_titles(house, "bread vote strike")[:2]


def test_a_night_is_searchable_when_it_is_published_and_a_night_run_again_as_it_is_now(house):
    house.write(MONDAY, *pages(*STORIES[:2]))
    house.load(MONDAY)
    assert search_titles(house, "vote") == ["Ferries strike"]
    house.write(TUESDAY, *pages(*STORIES[2:]))
    house.load(TUESDAY)
    assert sorted(search_titles(house, "vote")) == ["A quiet day", "Ferries strike", "Vote on bread"]
    house.write(MONDAY, *pages(("Ferries sail", "All is well.")))
    house.load(MONDAY)
    assert search_titles(house, "ferry") == ["Ferries sail"]
    assert sorted(search_titles(house, "vote")) == ["A quiet day", "Vote on bread"]


def test_a_late_night_takes_over_the_texts_that_it_has_first(house):
    house.write(TUESDAY, *pages(*STORIES[:1]))
    house.load(TUESDAY)
    house.write(MONDAY, *pages(("Boats idle", STORIES[0][1]), source="tern.example"))
    house.load(MONDAY)
    assert search_titles(house, "ferry") == ["Boats idle"]
    assert house.ask("SELECT night::VARCHAR, document_no FROM search.document") == [(MONDAY, 1)]


def test_a_warehouse_may_do_without_an_index_and_have_one_again(house):
    house.write(MONDAY, *pages(*STORIES))
    house.load(MONDAY)
    house.write(TUESDAY, *pages(("More", "Ferries again.")))
    night(house, TUESDAY, is_searchable=False)
    with pytest.raises(duckdb.InvalidInputException, match="NEWSMILL_SEARCH"):
        search_titles(house, "ferry")
    assert house.column("SELECT count(*) FROM search.posting") == [0]
    night(house, TUESDAY, is_searchable=True)
    assert sorted(search_titles(house, "ferry")) == ["Ferries strike", "More"]


def test_what_cannot_be_searched_needs_no_extension(house, monkeypatch):
    house.write(TUESDAY, {"article": "a", "text": "Gulls nest on the breakwater."})
    monkeypatch.setattr(extensions, "extension_path", lambda name: Path(f"{name}.duckdb_extension"))
    night(house, TUESDAY, is_searchable=False)
    with pytest.raises(Permanent, match="duckdb-extension-fts"):
        night(house, TUESDAY, is_searchable=True)


def night(house, of: str, is_searchable: bool) -> None:
    run = house.run(of)
    loader.load(run, is_searchable)
    publish.publish(run, {}, keep=3)


def test_the_index_is_in_order_of_its_terms(house):
    house.write(MONDAY, *pages(*STORIES))
    house.load(MONDAY)
    terms = house.column("SELECT term FROM search.posting")
    assert len(terms) > 20 and terms == sorted(terms)


def test_a_shell_without_the_extension_searches_too(house):
    house.write(MONDAY, *pages(*STORIES))
    house.load(MONDAY)
    words = ("-csv", "-noheader", "-c", "SELECT title FROM mart.search('striking')")
    done = subprocess.run(sql_shell.shell_command(house.home, None, words), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["Ferries strike"]


def test_the_rows_of_a_night_are_in_order_of_their_terms(house):
    for night in (MONDAY, TUESDAY):
        house.write(night, *pages(*STORIES))
        house.load(night)
    terms = house.column("SELECT term FROM search.posting WHERE night = $1 ORDER BY rowid", MONDAY)
    assert len(set(terms)) > 10 and terms == sorted(terms)
