"""Pages in other languages: the article is kept, the rest is dropped, and no character is lost."""

import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "quality"))
import languages
from languages import AGAIN, ARTICLE, SIGNS, Outcome, Page

FLOOR = 0.92
PAGES = [pytest.param(page, id=f"{page.language}: {page.name}") for page in languages.pages()]
WHOLE_SETS = ("de", "es", "fr", "it", "pt")  # three pages each, of the others one


@cache
def outcomes() -> dict[Page, Outcome]:
    pages = languages.pages()
    return dict(zip(pages, languages.outcomes([page.text for page in pages]), strict=True))


def all_but(name: str, reason: str) -> list:
    """Return all pages, the page of this name as a known failure."""
    known = pytest.mark.xfail(strict=True, reason=reason)
    return [pytest.param(*page.values, id=page.id, marks=known if page.id == name else ()) for page in PAGES]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_keeps_its_article_whatever_its_language(page):
    outcome = outcomes()[page]
    score = languages.score(page, outcome)
    assert score >= FLOOR, "\n".join([f"F1 {score:.3f} is below {FLOOR}", *languages.faults(page, outcome)])
    assert outcome.article["reject_reason"] is None
    assert outcome.article["language"] == page.language


@pytest.mark.parametrize(
    "page", all_but("de: questions and answers, printed twice", "its byline opens with a small letter and joins it")
)
def test_the_headline_is_recognised_whatever_its_language(page):
    article = outcomes()[page].article
    assert article["title"] == page.title
    assert page.text[article["title_page_char_start"] : article["title_page_char_end"]] == page.title


@pytest.mark.parametrize("page", PAGES)
def test_every_character_is_accounted_for_whatever_its_script(page):
    article, blocks = outcomes()[page].article, outcomes()[page].blocks
    edges = [0, *(block["page_char_end"] for block in blocks)]
    assert [(block["page_char_start"], block["page_char_end"]) for block in blocks] == list(pairwise(edges))
    assert edges[-1] == len(page.text)
    assert all(block["reason"] for block in blocks if block["disposition"] == "dropped")
    titles = [block for block in blocks if block["reason"] == "title"]
    counted = sum(block["page_char_end"] - block["page_char_start"] for block in titles)
    counted += article["kept_chars"] + article["repeat_chars"] + article["boilerplate_chars"]
    assert counted == article["page_chars"]


@pytest.mark.parametrize("page", [one for one in PAGES if one.values[0].signed(AGAIN)])
def test_an_article_that_appears_twice_is_kept_once_whatever_its_language(page):
    text = outcomes()[page].article["text"]
    assert [line[:50] for line in page.article if text.count(line) > 1] == []


@pytest.mark.parametrize("page", PAGES)
def test_comments_and_imprint_below_an_article_are_left_out_whatever_the_language(page):
    labels = list(outcomes()[page].labels())
    signs = [sign for sign, _ in page.signed_lines]
    end = max(i for i, sign in enumerate(signs) if sign in (ARTICLE, AGAIN)) + 1
    kept = [line for (_, line), label in zip(page.signed_lines[end:], labels[end:], strict=True) if label == "kept"]
    assert "".join(kept).strip() == ""


def test_there_are_whole_pages_of_twelve_languages_and_each_has_what_dumps_have():
    pages = languages.pages()
    codes = [page.language for page in pages]
    assert {language: codes.count(language) for language in WHOLE_SETS} == dict.fromkeys(WHOLE_SETS, 3)
    assert {"ar", "ja", "nl", "pl", "sv", "uk", "zh"} <= set(codes)
    for page in pages:
        assert len(page.signed("#")) == 1, f"{page.name}: one title"
        assert len(page.article) >= 8, f"{page.name}: eight lines of article"
        assert {sign for sign, _ in page.signed_lines} <= set(SIGNS)
        # a repeated line says nothing new: the truth is its first appearance
        assert set(page.signed(AGAIN)) <= {page.title, *page.article}, f"{page.name}: repeated lines"
