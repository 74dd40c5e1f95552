"""Injected dirt: a page with a banner, a disclaimer or a repeated article keeps the same text as without."""

import json
import sys
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "quality"))
import dirt
import languages
from languages import AGAIN, ARTICLE, ROOT, TITLE, Outcome

pytestmark = pytest.mark.slow

MAY_LOSE = 0.15  # of one page: the smallest have six paragraphs, and one of them may be lost
MAY_LOSE_ON_AVERAGE = 0.005
LEAST_PARAGRAPHS = 6
ABOVE = (
    ("Home", "News", "Sport", "Weather", "Log in", "", "We use cookies to give you the best experience.", "Accept", ""),
    ("The Saltmarsh Mercury", "Skip to content", "Menu", "Subscribe", "Home > Local news"),
    (),
)
BELOW = (
    (
        "", "Share on Facebook", "Print this article", "", "Related stories", "Fish market to open on Sundays",
        "Why the old lock leaks", "", "Sign up for our newsletter", "",
        "© 2026 The Saltmarsh Mercury. All rights reserved.",
    ),
    (
        "", "2 Comments", "seagull_44", "They should have seen this coming years ago, if you ask me.", "Reply", "olaf",
        "My brother works there and he says that nobody was told anything.", "Reply", "", "Contact", "Privacy policy",
    ),
    (),
)  # fmt: skip


class Story(NamedTuple):
    """A headline and the paragraphs of the article: the lines of each, with the blank lines below."""

    language: str
    title: str
    paragraphs: tuple[tuple[str, ...], ...]

    @property
    def lines(self) -> list[str]:
        """Return the lines of the article."""
        return [*chain.from_iterable(self.paragraphs)]

    @property
    def is_wrapped(self) -> bool:
        """Return whether paragraphs run over several lines."""
        return any(len([*filter(None, lines)]) > 1 for lines in self.paragraphs)


class Site(NamedTuple):
    """The lines above and below the articles on the pages of one site."""

    above: tuple[str, ...]
    below: tuple[str, ...]


class DirtyPage(NamedTuple):
    """A page without and with dirt, and the article of both."""

    kind: str
    story: Story
    clean: str
    dirty: str


def stories() -> list[Story]:
    """Return the stories that were written for the project: pages of many languages, and the wire of the samples."""
    feeds = sorted((ROOT / "samples").glob("*/harbor-wire/feed.jsonl"))
    records = [json.loads(line) for feed in feeds for line in feed.read_text(encoding="utf8").splitlines()]
    sources = [("en", record["title"], record["text"].split("\n")) for record in records]
    sources += [(page.language, page.title, [*page.article]) for page in languages.pages()]
    every_story = [Story(language, title, _paragraphs(lines)) for language, title, lines in sources]
    return [story for story in every_story if len(story.paragraphs) >= LEAST_PARAGRAPHS]


def _paragraphs(lines: list[str]) -> tuple[tuple[str, ...], ...]:
    """Return runs of lines up to a blank line; without blank lines, each line."""
    if "" not in lines:
        return tuple((line,) for line in lines)
    lines = [*lines, ""]
    ends = [i for i, line in enumerate(lines, 1) if not line]
    return tuple(tuple(lines[start:end]) for start, end in pairwise([0, *ends]))


def sites() -> dict[str, list[Site]]:
    """Return the surroundings of the articles on each language's pages."""
    by_language = {"en": [Site(above, below) for above in ABOVE for below in BELOW]}
    for page in languages.pages():
        signs, lines = zip(*page.signed_lines, strict=True)
        end = max(i for i, sign in enumerate(signs) if sign in (ARTICLE, AGAIN)) + 1
        by_language.setdefault(page.language, []).append(Site(lines[: signs.index(TITLE)], lines[end:]))
    return by_language


STORIES, SITES = stories(), sites()
KINDS = (*dirt.DIRT, "cut", "interleaved")
# these kinds separate lines: they leave fragments of a hard-wrapped article
BY_LINE = ("lines doubled", "body and half of it", "half of it and body")


@st.composite
def dirty_pages(draw) -> DirtyPage:
    """Draw a story, a site, and dirt of one kind."""
    story = draw(st.sampled_from(STORIES))
    story = story._replace(paragraphs=story.paragraphs[: draw(st.integers(LEAST_PARAGRAPHS, len(story.paragraphs)))])
    site = draw(st.sampled_from(SITES[story.language]))
    kind = draw(st.sampled_from([kind for kind in KINDS if not (story.is_wrapped and kind in BY_LINE)]))
    page = _page(story, site)
    return DirtyPage(kind, story, "\n".join(page.lines), _soiled(draw, kind, page, story))


def _page(story: Story, site: Site) -> dirt.Page:
    head, lines = [*site.above, story.title, ""], story.lines if story.lines[-1] == "" else [*story.lines, ""]
    page = dirt.Page("\n".join([*head, *lines, *site.below]), "\n".join(lines))
    page.first, page.past = len(head), len(head) + len(lines)
    return page


def _soiled(draw, kind: str, page: dirt.Page, story: Story) -> str:
    if kind == "cut":  # the article several times, the last of them broken off anywhere, in the middle of a word
        text = "\n".join(page.article)
        again = text[: draw(st.integers(len(text) // 3, len(text)))]
        return page.around((), [*page.article * draw(st.integers(1, 3)), *again.split("\n")], ())
    if kind == "interleaved":  # two instances in turns of a few paragraphs
        turn = draw(st.integers(1, 3))
        parts = [story.paragraphs[i : i + turn] for i in range(0, len(story.paragraphs), turn)]
        return page.around((), [*chain.from_iterable(chain.from_iterable(part * 2 for part in parts))], ())
    return dirt.DIRT[kind](page)


def outcomes(one: DirtyPage) -> tuple[Outcome, Outcome]:
    clean, dirty = languages.outcomes([one.clean, one.dirty])
    return clean, dirty


def lost(one: DirtyPage, clean: Outcome, dirty: Outcome) -> float:
    truth, language = "\n".join(one.story.lines), one.story.language
    before, after = (languages.f1(outcome.article["text"], truth, language) for outcome in (clean, dirty))
    return before - after


@given(dirty_pages())
@settings(max_examples=150)
def test_dirt_costs_a_page_next_to_nothing(one):
    clean, dirty = outcomes(one)
    assert lost(one, clean, dirty) <= MAY_LOSE, f"{one.kind}\n{one.dirty}"


@pytest.mark.parametrize("kind", dirt.DIRT)
def test_dirt_costs_all_stories_next_to_nothing_on_average(kind):
    pages = [
        DirtyPage(kind, story, "\n".join(page.lines), dirt.DIRT[kind](page))
        for story in STORIES
        if not (story.is_wrapped and kind in BY_LINE)
        for page in (_page(story, site) for site in SITES[story.language])
    ]
    both = languages.outcomes([text for one in pages for text in (one.clean, one.dirty)])
    losses = [lost(*one) for one in zip(pages, both[::2], both[1::2], strict=True)]
    assert np.mean(losses) <= MAY_LOSE_ON_AVERAGE


@given(dirty_pages())
def test_the_labelled_blocks_of_a_dirty_page_tile_it(one):
    _, dirty = outcomes(one)
    edges = [0, *(block["page_char_end"] for block in dirty.blocks)]
    assert [(block["page_char_start"], block["page_char_end"]) for block in dirty.blocks] == list(pairwise(edges))
    assert edges[-1] == len(one.dirty)
    assert all(block["reason"] for block in dirty.blocks if block["disposition"] == "dropped")


@given(dirty_pages())
def test_what_is_dropped_as_a_repeat_names_the_kept_block_that_says_it(one):
    _, dirty = outcomes(one)
    for block in dirty.blocks:
        assert (block["repeat_of_block"] is not None) == (block["reason"] == "repeat")
        if block["reason"] == "repeat":
            source = dirty.blocks[block["repeat_of_block"]]
            assert source["disposition"] == "kept"
            assert source["block_index"] < block["block_index"]


@given(dirty_pages())
def test_the_text_of_a_dirty_page_keeps_the_order_of_the_page(one):
    _, dirty = outcomes(one)
    spans = [(piece["page_char_start"], piece["page_char_end"]) for piece in dirty.article["ranges"]]
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert "".join(one.dirty[start:end] for start, end in spans) == dirty.article["text"]


# -- the same over real pages, where the corpora are present


@pytest.fixture(scope="module")
def real_pages() -> list[dirt.Page]:
    if not dirt.SHARED.is_dir():
        pytest.skip("the corpora are not next to this checkout")
    return dirt.pages()


@pytest.fixture(scope="module")
def undirtied(real_pages) -> list[float]:
    return _scores(real_pages, ["\n".join(page.lines) for page in real_pages])


def _scores(pages: list[dirt.Page], texts: list[str]) -> list[float]:
    return [dirt.f1(text, page.truth) for text, page in zip(dirt.texts_of(texts), pages, strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", dirt.DIRT)
def test_real_pages_lose_next_to_nothing_on_average(kind, real_pages, undirtied):
    dirty = _scores(real_pages, [dirt.DIRT[kind](page) for page in real_pages])
    assert np.mean(undirtied) - np.mean(dirty) <= MAY_LOSE_ON_AVERAGE
