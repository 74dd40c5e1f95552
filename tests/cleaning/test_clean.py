"""Clean a page: the kept text, the reasons of dropped blocks, and an account of every character."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsmill.cleaning import segmentation
from newsmill.cleaning.clean import canonicalize_url, clean
from newsmill.cleaning.lexicon import load_lexicon
from newsmill.contracts import conform
from newsmill.nlp.characters import build_char_traits
from newsmill.nlp.scan import scan
from newsmill.relations import ARTICLES, KNOWN_BOILERPLATE, PAGES, RECORD_DECISIONS, TEXT_BLOCKS
from newsmill.stage import split_rejects

BODY = (
    "(NORDLYS) The harbour council of Vesterhavn voted on Tuesday to close the old ferry quay for two years.",
    "Engineers found cracks in eleven of the forty concrete piles that carry the quay, the council said.",
    '"We would rather move the ferries now than fish them out of the water later," said mayor Ingrid Solli.',
    "A senior port official said that the repair would cost about nine million crowns and begin in the autumn.",
    "Ferries to the outer islands will sail from the fish market instead, twice a day and once on Sundays.",
)
TITLE = "Vesterhavn closes ferry quay after cracks are found"


def pages_of(*texts: str, **columns) -> pa.Table:
    """Return pages with the given texts and `columns`."""
    blank = dict.fromkeys(PAGES.schema.names)
    fields = {
        "dump": "sample",
        "dump_file": "sample/a.txt",
        "source_id": "vesterhavn.example",
        "is_wire": False,
        "content": "page",
        "encoding": "utf-8",
        "repairs": [],
        "declared_authors": [],
        **columns,
    }
    rows = [
        {**blank, **fields, "page_id": f"p{n}", "document_id": f"d{n}", "record_no": n + 1, "page_text": text}
        for n, text in enumerate(texts)
    ]
    return pa.Table.from_pylist(rows, PAGES.schema)


def known_boilerplate(*lines: str, scope: str = "vesterhavn.example", decision: str | None = None) -> pa.Table:
    """Return lines as known boilerplate of a source."""
    hashes = segmentation.split_blocks(scan(pa.array(lines, pa.string())), build_char_traits(), load_lexicon()).hashes
    row = {"scope": scope, "reason": "cross_page_boilerplate", "decision": decision}
    counts = {"page_count": 9, "source_count": 1, "story_count": 9}
    dates = {"learned_night": date(2026, 3, 1)}
    row = {**dict.fromkeys(KNOWN_BOILERPLATE.schema.names), **row, **counts, **dates}
    rows = [{**row, "words_hash": words_hash} for words_hash in hashes.tolist()]
    return pa.Table.from_pylist(rows, KNOWN_BOILERPLATE.schema)


def clean_undecided(pages: pa.Table, boilerplate: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the articles and the text blocks of pages on which nobody decided."""
    articles, blocks, _ = clean(pages, boilerplate, RECORD_DECISIONS.empty())
    return articles, blocks


def cleaned(text: str, **columns) -> tuple[dict, list[dict]]:
    """Return the article of a page, with the reject reason, and the page's blocks."""
    articles, blocks = clean_undecided(pages_of(text, **columns), known_boilerplate())
    return articles.to_pylist()[0], blocks.to_pylist()


def labels(text: str, **columns) -> list[str]:
    """Return the label of each line of a page: a reason, kept, or title."""
    _, blocks = cleaned(text, **columns)
    label_of_line = {}
    for block in blocks:
        for line in range(block["line_start"], block["line_end"] + 1):
            label_of_line[line] = block["reason"] or block["disposition"]
    return [label_of_line[line] for line in sorted(label_of_line)]


def page(*parts) -> str:
    """Join lines, and tuples of lines, to a page."""
    return "\n".join(line for part in parts for line in ([part] if isinstance(part, str) else part))


def test_an_error_banner_above_an_article_is_cut_away():
    text = page("503", "Sorry!!", "We're sorry, but the page you wanted doesn't exist.", TITLE, BODY)
    assert labels(text) == ["error_banner"] * 3 + ["title"] + ["kept"] * 5


def test_a_page_with_two_instances_is_kept_once():
    text = page(TITLE, BODY, BODY)
    article, blocks = cleaned(text)
    assert labels(text) == ["title"] + ["kept"] * 5 + ["repeat"] * 5
    assert [b["repeat_of_block"] for b in blocks] == [None] * 6 + [1, 2, 3, 4, 5]
    assert article["text"] == page(BODY) + "\n"
    assert article["repeat_chars"] == len(page(BODY))


def test_a_second_instance_that_starts_later_is_a_repeat_too():
    assert labels(page(TITLE, BODY, BODY[1:])) == ["title"] + ["kept"] * 5 + ["repeat"] * 4


def test_a_repeated_headline_is_dropped_with_its_text():
    assert labels(page(TITLE, BODY, TITLE, BODY)) == ["title"] + ["kept"] * 5 + ["repeat"] * 6


def test_a_repeat_broken_over_other_lines_is_dropped():
    wrapped = "They said the quay was safe, that nobody had to worry about it,\nbut the Divers who looked\nfound more."
    flat = wrapped.replace("\n", " ")
    assert labels(page(TITLE, BODY, flat, wrapped)) == ["title"] + ["kept"] * 6 + ["repeat"] * 3


def test_a_line_of_which_a_part_repeats_is_split():
    text = page(TITLE, BODY, f"{BODY[1]} {BODY[2]} The vote was open to the public and drew some eighty people.")
    article, blocks = cleaned(text)
    repeated, rest = blocks[-2:]
    assert (repeated["reason"], repeated["repeat_of_block"], rest["disposition"]) == ("repeat", 2, "kept")
    assert text[rest["page_char_start"] :] == "The vote was open to the public and drew some eighty people."
    assert article["text"].count("piles that carry") == 1


def test_a_sentence_said_before_stays_if_it_is_short():
    question = "What would you do about the old quay?"
    text = page(TITLE, BODY, question, "I would mend it before the storms.", question, "I would sell it.")
    assert "repeat" not in labels(text)


def test_a_teaser_above_the_menu_does_not_take_the_lead_away():
    menu = [f"Section {n}" for n in "abcdefghijklmnop"]
    article, _ = cleaned(page(BODY[0], menu, TITLE, BODY))
    assert article["text"] == page(BODY)


def test_a_hard_wrapped_disclaimer_is_one_block():
    legal = (
        "Legal Disclaimer:",
        "The Vesterhavn Post provides the",
        "information as it stands and accepts no",
        "responsibility for the content or its accuracy.",
    )
    _, blocks = cleaned(page(TITLE, BODY, legal, "", "Comments", "No comment"))
    assert [(b["line_start"], b["line_end"], b["reason"]) for b in blocks[6:]] == [
        (7, 11, "legal_disclaimer"),
        (12, 12, "comments"),
        (13, 13, "comments"),
    ]


def test_a_disclaimer_without_a_header_is_known_by_its_words():
    legal = "The Post cannot be held liable for the accuracy of content on sites to which its pages may be linked."
    assert labels(page(TITLE, BODY, legal))[-1] == "legal_disclaimer"


def test_readers_comments_are_not_the_article():
    text = page(
        TITLE,
        BODY,
        "2 Comments",
        "seagull_44",
        "They should have seen this coming years ago.",
        "olaf",
        "I have taken that ferry every day since I was a boy and never saw a crack in it.",
    )
    assert labels(text)[6:] == ["comments"] * 5


def test_boilerplate_is_named_by_kind():
    text = page(
        "Home",
        "News",
        "Log in",
        "",
        TITLE,
        "By Anne Lunde and Per Haug",
        "March 3, 2026, 4:15 p.m.",
        "",
        BODY,
        "",
        "Share on Facebook",
        "Print this article",
        "",
        "Sign up for our newsletter",
        "",
        "Related stories",
        "Fish market to open on Sundays",
        "",
        "© 2026 The Vesterhavn Post. All rights reserved.",
    )
    named = [label for label in dict.fromkeys(labels(text))]
    assert named == ["navigation", "title", "byline", "kept", "share", "newsletter", "related", "copyright"]


def test_an_article_without_dirt_loses_nothing():
    article, blocks = cleaned(page(TITLE, BODY))
    assert article["text"] == page(BODY)
    assert {b["disposition"] for b in blocks} == {"kept"}


def test_a_subheading_between_paragraphs_stays():
    assert labels(page(TITLE, BODY[:3], "What comes next", BODY[3:])) == ["title"] + ["kept"] * 6


@pytest.mark.parametrize(
    "body",
    [
        (
            "Der Hafenrat hat am Dienstag beschlossen, den alten Fähranleger für zwei Jahre zu sperren.",
            "Gutachter fanden Risse in elf der vierzig Pfähle, wie der Rat am Abend mitteilte.",
            "Die Fähren legen bis dahin am Fischmarkt ab, zweimal am Tag und einmal am Sonntag.",
        ),
        (
            "Le conseil du port a décidé mardi de fermer le vieux quai pendant deux ans.",
            "Des ingénieurs ont trouvé des fissures dans onze des quarante pieux qui le portent.",
            "Les bateaux partiront du marché aux poissons, deux fois par jour et une fois le dimanche.",
        ),
        (
            "El consejo del puerto decidió el martes cerrar el viejo muelle durante dos años.",
            "Los ingenieros hallaron grietas en once de los cuarenta pilotes que lo sostienen.",
            "Los barcos saldrán del mercado de pescado dos veces al día y una vez los domingos.",
        ),
        (
            "港务委员会星期二决定将旧渡轮码头关闭两年，工程师在四十根桩中发现十一根有裂缝。",
            "市长说，现在搬走渡轮总比以后从水里捞上来要好，维修费用约为九百万克朗。",
            "在此期间，前往外岛的渡轮将每天两次从鱼市场出发，星期日一次。",
        ),
    ],
)
def test_an_article_in_another_language_is_kept_whole(body):
    article, _ = cleaned(page("Home", "News", "", "Kai 2026", "", body, "", "© 2026 Post"))
    assert article["reject_reason"] is None
    assert article["text"].strip() == page(body)


def test_a_record_that_is_an_article_is_not_cut():
    text = page("Share on Facebook", BODY, "", "Comments", BODY)
    article, blocks = cleaned(text, content="article", declared_title="Quay")
    assert (article["text"], article["title"], article["reject_reason"]) == (text, "Quay", None)
    assert {(b["disposition"], b["reason"]) for b in blocks} == {("kept", None)}


def test_the_title_is_where_the_metadata_gives_it():
    text = page("Quay closes", "Harbour news of the week for all readers", BODY)
    article, blocks = cleaned(text, declared_title="Quay closes")
    assert text[article["title_page_char_start"] : article["title_page_char_end"]] == "Quay closes"
    assert blocks[0]["reason"] == "title"


@pytest.mark.parametrize("declared", [f"{TITLE} - The Fjord Gazette", f"{TITLE} | Fjord Gazette", TITLE])
def test_the_name_of_the_site_is_no_part_of_the_title(declared):
    article, _ = cleaned("\n".join(BODY), declared_title=declared, name="The Fjord Gazette")
    assert article["title"] == TITLE


def test_a_dash_within_a_title_stays():
    article, _ = cleaned(
        "\n".join(BODY), declared_title="Storm hits coast - ferries stay in port", name="The Fjord Gazette"
    )
    assert article["title"] == "Storm hits coast - ferries stay in port"


def test_agency_dateline_and_authors_are_read_off_the_page():
    lead = "OSLO, March 2 (Reuters) - The harbour council voted on Tuesday to close the old ferry quay for two years."
    article, _ = cleaned(page(TITLE, "By Anne Lunde and Per Haug", "", lead, BODY[1:]))
    assert (article["agency"], article["dateline"], article["authors"]) == (
        "Reuters",
        "OSLO, March 2",
        ["Anne Lunde", "Per Haug"],
    )
    assert cleaned(page(TITLE, BODY))[0]["agency"] == "NORDLYS"


def test_authors_fall_back_to_the_metadata():
    assert cleaned(page(TITLE, BODY), declared_authors=["Anne Lunde"])[0]["authors"] == ["Anne Lunde"]


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("Published March 3, 2026, 4:15 p.m. EST", datetime(2026, 3, 3, 21, 15, tzinfo=UTC)),
        ("3 March 2026", datetime(2026, 3, 3, tzinfo=UTC)),
        ("3. März 2026", datetime(2026, 3, 3, tzinfo=UTC)),
        ("2026-03-03T16:15:00+02:00", datetime(2026, 3, 3, 14, 15, tzinfo=UTC)),
        ("03/04/2026", None),
        ("31 February 2026", None),
    ],
)
def test_the_time_of_publication_is_read_where_it_is_beyond_doubt(line, moment):
    article, _ = cleaned(page(TITLE, line, "", BODY))
    assert article["published_at"] == moment
    assert article["published_method"] == ("text" if moment else "none")


def test_the_time_of_publication_depends_on_its_own_page_alone():
    page_text = page(TITLE, "03/04/2026", "", BODY)
    other = page(TITLE, "03/27/2026", "", BODY)
    articles, _ = clean_undecided(pages_of(page_text, other), known_boilerplate())
    assert articles.column("published_at").to_pylist() == [None, datetime(2026, 3, 27, tzinfo=UTC)]


def test_a_date_in_the_prose_is_no_time_of_publication():
    url = "https://vesterhavn.example/2026/03/03/mill"
    article, _ = cleaned(page(TITLE, "", "The mill opened on 8 May 2021.", BODY), url=url)
    assert (article["published_at"], article["published_method"]) == (datetime(2026, 3, 3, tzinfo=UTC), "url")


def test_the_metadata_knows_best_when_it_was_published():
    declared = datetime(2026, 3, 1, 8, tzinfo=UTC)
    article, _ = cleaned(page(TITLE, "3 March 2026", "", BODY), declared_published_at=declared)
    assert (article["published_at"], article["published_method"]) == (declared, "metadata")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\t\n\xa0", "empty"),
        ("404\nPage not found", "error_page"),
        ("500 Internal Server Error\nThe Post has hiccups. Our engineers are looking into it.", "error_page"),
        ("Home\nNews\nSport\nWeather\nMore tide tables", "not_an_article"),
        ("Day | High | Low\nTue | 6:12 | 12:20\nWed | 6:58 | 1:05", "not_an_article"),
    ],
)
def test_a_page_without_article_is_rejected_with_a_reason(text, reason):
    article, _ = cleaned(text)
    assert article["reject_reason"] == reason
    assert len(article["reject_detail"]) > 20


def test_a_wire_flash_of_two_sentences_is_an_article():
    flash = "The Vesterhavn ferry quay was closed on Tuesday. Ferries sail from the fish market until further notice."
    assert cleaned(page("Quay closed", flash))[0]["reject_reason"] is None


def test_an_empty_article_is_rejected_too():
    assert cleaned("", content="article")[0]["reject_reason"] == "empty"


def test_an_article_of_marks_without_a_word_is_empty():
    article, _ = cleaned("▶ … — !!!\n* * *", content="article")
    assert article["reject_reason"] == "empty" and "no word" in article["reject_detail"]
    assert cleaned("▶ Ferge!", content="article")[0]["reject_reason"] is None
    assert cleaned("港务", content="article")[0]["reject_reason"] is None


def test_kept_and_rejected_rows_conform_to_their_relations():
    articles, blocks = clean_undecided(pages_of(page(TITLE, BODY), "", "404\nPage not found"), known_boilerplate())
    kept, rejects = split_rejects(articles, "clean")
    assert (conform(kept, ARTICLES).num_rows, rejects.num_rows) == (1, 2)
    assert conform(blocks, TEXT_BLOCKS).num_rows == 6 + 2


def test_no_pages_give_no_articles():
    articles, blocks = clean_undecided(pages_of(), known_boilerplate())
    assert (articles.num_rows, blocks.num_rows) == (0, 0)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("http://www.Post.example/a/?utm_source=x&b=2&a=1#top", "https://post.example/a?a=1&b=2"),
        ("https://post.example/A/b/?fbclid=1", "https://post.example/A/b"),
        ("https://post.example:8080/a", "https://post.example:8080/a"),
        ("https://www.post.example./a", "https://post.example/a"),
        ("https://post.example/?p=7", "https://post.example?p=7"),
        ("https://post.example/?utm%5Fsource=x&&q=caf%E9+bar", "https://post.example?q=caf%E9+bar"),
        ("https://post.example/#!/story/5", "https://post.example#!/story/5"),
        ("https://post.example/a#!", "https://post.example/a"),
        ("mailto:desk@post.example", None),
        ("https://[broken", None),
        (None, None),
    ],
)
def test_addresses_that_lead_to_one_article_are_one(url, canonical):
    assert canonicalize_url(url) == canonical


def test_addresses_that_differ_in_bytes_that_are_no_utf8_are_two():
    first, second = (canonicalize_url(f"https://post.example/a?q={query}") for query in ("%E9t%E9", "%E8t%E8"))
    assert first != second


@pytest.mark.parametrize(
    "front",
    [
        "https://post.example",
        "http://www.post.example/",
        "https://post.example:8080/",
        "https://post.example/#top",
        "https://post.example/?utm_source=x",
        "https://post.example/#!/",
        "https://./a",
    ],
)
def test_the_front_of_a_site_is_no_address_of_an_article(front):
    article, _ = cleaned(page(TITLE, BODY), url=front)
    assert (article["canonical_url"], article["article_id"]) == (None, "vesterhavn.example#d0")


def test_an_article_without_address_is_named_by_its_source_and_document():
    assert cleaned(page(TITLE, BODY))[0]["article_id"] == "vesterhavn.example#d0"


SITE_BOILERPLATE = ("Home", "404", "Sorry!!", "Comments", "Legal Disclaimer:", "Related", "By Anne Lunde", "")
LINES = st.sampled_from([*BODY, TITLE, *SITE_BOILERPLATE])
TEXTS = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300),
    st.lists(LINES, max_size=30).map("\n".join),
    st.text(alphabet='aA .\n\t\xa0\u2028!?"|©(', max_size=200),
)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sampled_from(["page", "article"]))
def test_blocks_cover_any_page_exactly_and_the_text_is_its_ranges(text, content):
    article, blocks = cleaned(text, content=content)
    edges = [0, *(b["page_char_end"] for b in blocks)]
    assert [b["page_char_start"] for b in blocks] == edges[:-1]
    assert edges[-1] == len(text)
    assert all(b["page_char_start"] < b["page_char_end"] for b in blocks)
    for b in blocks:
        assert b["line_start"] == text.count("\n", 0, b["page_char_start"]) + 1
        assert b["line_end"] == text.count("\n", 0, b["page_char_end"] - 1) + 1
        assert b["repeat_of_block"] is None or b["repeat_of_block"] < b["block_index"]
    ranges = article["ranges"]
    assert article["text"] == "".join(text[r["page_char_start"] : r["page_char_end"]] for r in ranges)
    assert article["kept_chars"] == len(article["text"])
    assert all(r["line_start"] == text.count("\n", 0, r["page_char_start"]) + 1 for r in ranges)
    title = text[slice(article["title_page_char_start"], article["title_page_char_end"])] if content == "page" else ""
    counted = article["kept_chars"] + article["repeat_chars"] + article["boilerplate_chars"]
    assert counted <= len(text) <= counted + (len(title) + 300 if article["title_page_char_start"] is not None else 0)
    assert cleaned(text, content=content) == (article, blocks)


@pytest.mark.parametrize(
    "text",
    [
        "word " * 1_000_000,
        f"{BODY[1]} " * 50_000,
        "Home\n" * 200_000,
        f"{BODY[1]}\n" * 40_000,
        "a" * 5_000_000,
        " " * 2_000_000 + "." * 2_000_000,
        "1 " * 1_000_000,
        "(" * 2_000_000,
        "A | " * 500_000,
    ],
)
@pytest.mark.timeout(60)
def test_monstrous_pages_take_seconds(text):
    clean_undecided(pages_of(text), known_boilerplate())


def test_the_seed_page_is_taken_apart_as_by_hand(corpora):
    text = next((corpora / "seed").glob("*.txt")).read_text(encoding="utf-8")
    article, _ = cleaned(text)
    expected = (
        ["error_banner"] * 3 + ["title"] + ["kept"] * 13 + ["repeat"] * 12 + ["legal_disclaimer"] * 8 + ["comments"] * 2
    )
    assert labels(text)[:39] == expected
    assert article["agency"] == "MENAFN"


def test_corrections_and_updates_are_kept_as_notes_and_not_as_text():
    correction = "Correction: an earlier version of this article gave the wrong number of piles."
    update = "This story was updated on Wednesday with a comment from the port."
    article, _ = cleaned(page(TITLE, BODY, update, correction, "Posted in Harbour"))
    assert article["notes"] == [update, correction]
    assert [(entry["field"], entry["value"]) for entry in article["metadata"] if entry["method"] == "wording"] == [
        ("update_note", update),
        ("correction_note", correction),
    ]
    assert correction not in article["text"]


def test_metadata_of_an_article_has_its_method_and_confidence():
    text = page(TITLE, "By Anne Lunde", "Published March 3, 2026 at 9:52 p.m. EST", BODY)
    declared = [{"field": "authors", "value": "A. Lunde", "method": "json_ld", "confidence": 0.95}]
    article, _ = cleaned(text, metadata=declared)
    by_method = {entry["method"]: (entry["field"], entry["value"]) for entry in article["metadata"]}
    assert by_method == {
        "json_ld": ("authors", "A. Lunde"),
        "byline": ("authors", "Anne Lunde"),
        "credit": ("agency", "NORDLYS"),
        "text": ("published_at", "2026-03-03T21:52:00-05:00"),
    }


def test_a_canonical_address_is_believed_within_its_own_site_only():
    def canonical(value: str) -> list[dict]:
        return [{"field": "canonical_url", "value": value, "method": "link", "confidence": 0.9}]

    url = "https://www.post.example/story?from=home"
    own, _ = cleaned(page(TITLE, BODY), url=url, metadata=canonical("https://post.example/story"))
    foreign, _ = cleaned(page(TITLE, BODY), url=url, metadata=canonical("https://wire.example/story"))
    front, _ = cleaned(page(TITLE, BODY), url=url, metadata=canonical("https://post.example/"))
    assert own["article_id"] == "https://post.example/story"
    assert foreign["article_id"] == front["article_id"] == "https://post.example/story?from=home"


def test_a_further_page_of_an_article_is_not_taken_for_the_first():
    metadata = [{"field": "canonical_url", "value": "https://post.example/story", "method": "link", "confidence": 0.9}]
    article, _ = cleaned(page(TITLE, BODY), url="https://post.example/story?page=2", metadata=metadata)
    assert article["article_id"] == "https://post.example/story?page=2"


def test_a_declared_time_has_the_confidence_of_its_method():
    when = datetime(2026, 3, 2, tzinfo=UTC)
    metadata = [{"field": "published_at", "value": when.isoformat(), "method": "time", "confidence": 0.6}]
    article, _ = cleaned(page(TITLE, BODY), declared_published_at=when, metadata=metadata)
    assert (article["published_method"], article["published_confidence"]) == ("metadata", 0.6)


SLOGAN = "The Vesterhavn Post has told the coast what happens on it since the winter of 1899."


def label_of(line: str, known: pa.Table, text: str | None = None, content: str = "page") -> str:
    text = text or page(TITLE, BODY, SLOGAN)
    _, blocks = clean_undecided(pages_of(text, content=content), known)
    block = next(block for block in blocks.to_pylist() if text[block["page_char_start"] :].startswith(line))
    return block["reason"] or block["disposition"]


def test_known_boilerplate_of_a_site_is_dropped():
    assert label_of(SLOGAN, known_boilerplate()) == "kept"
    assert label_of(SLOGAN, known_boilerplate(SLOGAN)) == "cross_page_boilerplate"


def test_boilerplate_of_another_site_stays():
    assert label_of(SLOGAN, known_boilerplate(SLOGAN, scope="elsewhere.example")) == "kept"


def test_what_a_person_decided_to_keep_stays_whatever_it_looks_like():
    legal = "Copyright 2026 The Vesterhavn Post. All rights reserved."
    text = page(TITLE, BODY, legal)
    article, _ = clean_undecided(pages_of(text), known_boilerplate(legal, decision="keep"))
    assert article.column("text")[0].as_py().endswith(legal)


def test_known_boilerplate_is_dropped_however_like_text_the_model_finds_it_and_whatever_its_wording():
    call = "Already a subscriber? Log in here. Our readers' desk answers on working days from eight to five."
    article, _ = clean_undecided(pages_of(page(TITLE, BODY, call)), known_boilerplate(call))
    assert call not in article.column("text")[0].as_py()


def test_the_footer_of_a_scraper_is_dropped_from_a_record_that_is_an_article_alone():
    footer = "This article was collected by the reading room of Vesterhavn for its members."
    text = page(BODY, footer)
    assert label_of(footer, known_boilerplate(), text, content="article") == "kept"
    assert label_of(footer, known_boilerplate(footer), text, content="article") == "cross_page_boilerplate"


def test_a_record_that_is_an_article_alone_never_loses_its_last_word():
    article, _ = clean_undecided(pages_of(page(BODY), content="article"), known_boilerplate(*BODY))
    assert article.column("text")[0].as_py() == page(BODY)


def test_a_line_of_a_time_with_many_spaces_takes_no_long_time():
    entry = f"11:48{' ' * 3_000}!\n\nThe lock is open again, the keeper said on Monday after a week of repairs.\n\n"
    article, _ = clean_undecided(pages_of("The lock\n\n" + entry * 9), known_boilerplate())
    assert article.num_rows <= 1
