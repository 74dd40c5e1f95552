"""Articles that a page holds for its scripts alone are read below what it shows."""

import html
import json

import pytest

from newsmill.readers.html_text import read_html
from newsmill.readers.scripted_text import MIN_SHOWN_CHARS, find_state_body

SENTENCES = (
    "The ferry Sankt Olaf lay at the quay of Lindholm for nine days, because nobody had ordered the right bolts.",
    "Its captain, Berit Aas, said that the islanders had borne it well and the cows had not.",
    "A barge carried bread and newspapers on the third day, and took the letters back.",
    "The company will pay for the milk that was poured away, according to a notice at the pier.",
    "Divers found that the old bolts had been painted over so often that no wrench would fit them any more.",
)
BODY = " ".join(SENTENCES)
MENU = "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("News", "Sport", "Weather"))


def page(shown: str, body: object = BODY) -> str:
    article = {"@type": "NewsArticle", "headline": "Ferry lay still for nine days", "articleBody": body}
    return (
        f"<html><head><title>Ferry lay still for nine days</title><script type='application/ld+json'>"
        f"{json.dumps(article)}</script></head><body><ul>{MENU}</ul>{shown}</body></html>"
    )


@pytest.mark.parametrize("shown", ["", f"<p>{SENTENCES[0]}</p><div>Loading…</div>"])
def test_an_article_in_json_ld_alone_is_read_below_what_is_shown(shown):
    read = read_html(page(shown))
    assert read.text.endswith("\n\n" + BODY)
    assert len(read.marks) == read.text.count("\n") + 1


@pytest.mark.parametrize("shown", [f"<p>{BODY}</p>", "".join(f"<p>{one}</p>" for one in SENTENCES)])
def test_an_article_that_is_shown_is_not_read_again(shown):
    assert read_html(page(shown)).text.count("Berit Aas") == 1


def test_markup_and_paragraphs_in_json_ld_become_lines():
    read = read_html(page("", "".join(f"<p>{one.replace('ferry', '<b>ferry</b>')}</p>" for one in SENTENCES)))
    assert [line for line in read.text.split("\n") if line][-5:] == list(SENTENCES)
    assert len(read.marks) == read.text.count("\n") + 1


def test_a_page_of_a_script_alone_has_the_article_of_json_ld():
    read = read_html(page("").replace(MENU, ""))
    assert read.text == BODY
    assert len(read.marks) == 1


@pytest.mark.parametrize("body", ["Too short to be an article.", None, 7, ["a", "b"], "   "])
def test_a_teaser_and_what_is_no_text_add_nothing(body):
    assert read_html(page("<p>A line of the page.</p>", body)).text.endswith("A line of the page.")


def test_the_content_for_browsers_without_scripts_is_read_on_a_page_without_text():
    paragraphs = "".join(f"<p>{one}</p>" for one in SENTENCES)
    assert read_html(f"<div id='app'></div><noscript>{paragraphs}</noscript>").text.split("\n\n") == list(SENTENCES)
    long = "<p>Nobody had ordered the bolts. </p>" * (MIN_SHOWN_CHARS // 20)
    assert "Berit Aas" not in read_html(f"{long}<noscript>{paragraphs}</noscript>").text


def test_an_article_in_the_state_of_an_application_is_read_where_nothing_is_shown():
    html = "".join(f"<p>{one}</p>" for one in SENTENCES)
    state = json.dumps({"article": {"id": 7, "contentHtml": html}, "note": "Log in to read on."})
    for script in (f"window.state = {state}", f"push([1,{json.dumps('4:' + state)}])"):
        read = read_html(f"<div id='root'></div><script>{script}</script>")
        assert [line for line in read.text.split("\n") if line] == list(SENTENCES)
    assert find_state_body(b"<script>var a = 'x'; log(\"no article\")</script>") is None


@pytest.mark.parametrize("times", [1, 2])
def test_markup_that_is_escaped_in_json_ld_is_no_text(times):
    body = "".join(f"<p>{one}</p>" for one in SENTENCES)
    for _ in range(times):
        body = html.escape(body)
    read = read_html(page("", body))
    assert [line for line in read.text.split("\n") if line][-5:] == list(SENTENCES)


def test_an_article_shown_with_soft_hyphens_is_not_read_again():
    shown = "".join(f"<p>{one.replace('er', 'e&shy;r').replace('an', 'a&#8203;n')}</p>" for one in SENTENCES)
    assert len(read_html(page(shown)).text) < 1.5 * len(BODY)
