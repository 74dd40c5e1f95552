"""Verdicts and warnings on kept texts: every quality threshold with a reason.

A verdict rejects a record; a warning marks a record. Both read the text after cleaning. The page before cleaning is
measured too, but decides nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.cleaning.block_scores import UNCLOSED_MIN_WORDS, UNCLOSED_SHARE
from newsmill.cleaning.body import Body
from newsmill.cleaning.cleaned_batch import CleanedBatch
from newsmill.cleaning.completeness import Completeness
from newsmill.cleaning.lexicon import Reason
from newsmill.cleaning.page_kinds import PageKind

MIN_ARTICLE_WORDS = 15  # a wire flash of one long sentence; shorter texts are no articles
LONG_TEXT_WORDS = 100  # so many kept words are an article of any kind: a recipe, a table, verse
MAX_MESSAGE_WORDS = 60  # an error message is shorter
MIN_PROSE_SHARE = 0.5  # share of kept words in sentences, closed or not: many texts are cut off in their last sentence
QUOTED_CHARS = 120  # most characters of an error message that the detail quotes

ENGLISH = frozenset(["en"])
LATIN = frozenset(
    "af ca cs cy da de en es et eu fi fr ga gl hr hu id is it lt lv ms mt nl no pl pt ro sk sl sq sv sw tr vi".split()
)
UNSPACED = frozenset("bo dz ja km lo my th zh zh-Hant".split())
"""Languages without spaces between words, where counts and lengths of words mean nothing."""


@dataclass(frozen=True)
class Threshold:
    """Bounds of a signal, both allowed; valid in the languages of `only`, or outside `never`."""

    name: str
    signal: str
    meaning: str
    source: str
    at_least: float = -inf
    at_most: float = inf
    only: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()

    def is_crossed(self, values: np.ndarray, languages: np.ndarray) -> np.ndarray:
        """Return the mask of texts out of bounds, in languages with a valid signal."""
        is_out = (values < self.at_least) | (values > self.at_most)
        if self.only or self.never:
            is_out &= np.isin(languages, list(self.only or self.never), invert=not self.only)
        return is_out


# No news text of the corpora comes near: at most .005 curly brackets a character, and never lorem ipsum.
VERDICTS = (
    Threshold("placeholder", "rps_doc_lorem_ipsum", "it is text to be replaced", "C4 allows none", at_most=0.001),
    Threshold("source_code", "rps_doc_curly_bracket", "it is code or markup", "C4 allows none", at_most=0.02),
)

# Crossed by some real news: flashes, results, lists, poems, liveblogs. docs/quality_signals.md has the shares.
WARNINGS = (
    Threshold("few_words", "rps_doc_word_count", "a flash or a stub", "Gopher", at_least=50, never=UNSPACED),
    Threshold("many_words", "rps_doc_word_count", "more than one article", "Gopher", at_most=100_000),
    Threshold("few_sentences", "rps_doc_num_sentences", "a flash, a list or a stub", "C4", at_least=5, never=UNSPACED),
    Threshold(
        "short_words", "rps_doc_mean_word_length", "figures or abbreviations", "Gopher", at_least=3, never=UNSPACED
    ),
    Threshold(
        "long_words", "rps_doc_mean_word_length", "addresses or glued words", "Gopher", at_most=10, never=UNSPACED
    ),
    # Gopher's .2 counts words between spaces; RedPajama's raw words include every comma and stop, .15 of a news text.
    Threshold(
        "few_letters", "rps_doc_frac_no_alph_words", "a table or a list of figures", "Gopher", at_most=0.4, only=LATIN
    ),
    # Gopher asks for two of eight words; news has .3 to .5, a table of results next to none.
    Threshold(
        "few_stop_words", "rps_doc_stop_word_fraction", "a list, or not English", "Gopher", at_least=0.1, only=ENGLISH
    ),
    Threshold("capitals", "rps_doc_frac_all_caps_words", "a heading, a table or a shout", "newsmill", at_most=0.3),
    Threshold("symbols", "rps_doc_symbol_to_word_ratio", "tags or teasers", "Gopher", at_most=0.1),
    Threshold("ellipsis_lines", "rps_doc_frac_lines_end_with_ellipsis", "teasers", "Gopher", at_most=0.3),
    Threshold("bullet_lines", "rps_lines_start_with_bulletpoint", "a list", "Gopher", at_most=0.9),
    Threshold("short_lines", "rps_lines_num_words", "a list or a menu", "C4", at_least=3, never=UNSPACED),
    Threshold(
        "open_lines",
        "rps_lines_ending_with_terminal_punctution_mark",
        "a list, a poem, or lines cut by width",
        "FineWeb",
        at_least=0.12,
        only=LATIN,
    ),
    Threshold("figure_lines", "rps_lines_numerical_chars_fraction", "a table", "newsmill", at_most=0.3, never=UNSPACED),
    Threshold(
        "javascript", "rps_lines_javascript_counts", "a message of the site, or news of the web", "C4", at_most=0
    ),
    Threshold("curly_brackets", "rps_doc_curly_bracket", "remains of code", "C4", at_most=0),
    *(
        Threshold(
            f"top_{size}gram",
            f"rps_doc_frac_chars_top_{size}gram",
            "one phrase again and again",
            "Gopher",
            at_most=most,
        )
        for size, most in ((2, 0.20), (3, 0.18), (4, 0.16))
    ),
    *(
        Threshold(
            f"dupe_{size}grams", f"rps_doc_frac_chars_dupe_{size}grams", "passages said twice", "Gopher", at_most=most
        )
        for size, most in ((5, 0.15), (6, 0.14), (7, 0.13), (8, 0.12), (9, 0.11), (10, 0.10))
    ),
)
LIKELY_TRUNCATED, LIKELY_OVERCOMPLETE = "likely_truncated", "likely_overcomplete"
WARNING_NAMES = pa.array([*(threshold.name for threshold in WARNINGS), LIKELY_TRUNCATED, LIKELY_OVERCOMPLETE])
KINDS = (
    PageKind.CONSENT_WALL,
    PageKind.REDIRECT,
    PageKind.PRODUCT_PAGE,
    PageKind.SECTION_FRONT,
    PageKind.FEED,
)
"""The kinds of pages with a reason of their own; a page of a network in front of the site is an error page."""
MEANINGS = {
    PageKind.BLOCKED: "a message of a network in front of the site: a check for robots, or no server",
    PageKind.CONSENT_WALL: "a dialog that asks for consent to cookies",
    PageKind.REDIRECT: "a page that leads to another page",
    PageKind.PRODUCT_PAGE: "a page of a shop",
    PageKind.SECTION_FRONT: "a list of teasers for other pages",
    PageKind.FEED: "a feed or a list of addresses; read it as a dump of its own",
}
REASONS = pa.array(
    [None, "empty", "error_page", "not_an_article"]
    + [threshold.name for threshold in VERDICTS]
    + [kind.name.lower() for kind in KINDS]
)
KEPT, EMPTY, ERROR_PAGE, NOT_AN_ARTICLE, FIRST_THRESHOLD = range(5)
FIRST_KIND = FIRST_THRESHOLD + len(VERDICTS)


def find_warnings(
    measured: dict[str, np.ndarray], languages: Sequence[str], completeness: Completeness
) -> pa.ListArray:
    """Return for each text of a batch the names of the crossed warnings."""
    language_codes = np.asarray(languages, np.str_)
    masks = [threshold.is_crossed(measured[threshold.signal], language_codes) for threshold in WARNINGS]
    crossed = np.stack([*masks, completeness.is_truncated, completeness.is_overcomplete], axis=1)
    ends = np.cumsum(crossed.sum(axis=1), dtype=np.int32)
    names = WARNING_NAMES.take(pa.array(np.nonzero(crossed)[1]))
    return pa.ListArray.from_arrays(np.concatenate((np.zeros(1, np.int32), ends)), names)


def judge_pages(
    page_texts: Sequence[str],
    is_whole: np.ndarray,
    cleaned: CleanedBatch,
    kept: Body,
    measured: dict[str, np.ndarray],
    kinds: np.ndarray,
) -> tuple[pa.Array, pa.Array]:
    """Return for each record of a batch the reject reason and the detail, null for articles.

    A record with `is_whole` was given as an article and is rejected only without any word. `measured` are the signals
    of the texts after cleaning, `kinds` the PageKind of each page.
    """
    evidence = _collect_evidence(cleaned, kept)
    codes = _choose_reasons(is_whole, evidence, measured, kinds)
    rejected = np.flatnonzero(codes).tolist()
    details = {
        page: _describe_kind(kinds[page], evidence.words[page])
        if kinds[page] and codes[page] != EMPTY
        else _describe_reason(codes[page], page, page_texts[page], evidence, measured)
        for page in rejected
    }
    return REASONS.take(pa.array(codes)), pa.array(map(details.get, range(len(codes))), pa.string())


class PageEvidence(NamedTuple):
    """Evidence of each page: blank or not, blocks and kept blocks, words and words in sentences.

    `banners` has the label row of the first error banner, -1 for none; `is_message` is true where every kept block
    addresses the visitor or is about the page.
    """

    is_blank: np.ndarray
    blocks: np.ndarray
    body_blocks: np.ndarray
    words: np.ndarray
    prose: np.ndarray
    banners: np.ndarray
    banner_spans: np.ndarray
    is_message: np.ndarray


def _collect_evidence(cleaned: CleanedBatch, kept: Body) -> PageEvidence:
    """Collect the evidence of each page from blocks and labels."""
    labels, table, page_count = cleaned.labels, cleaned.blocks.table, len(kept.word_counts)
    is_filled = table["chars"][labels.origin] > 0
    is_about_visit = ((table["self_words"] > 0) | (table["web_words"] > 0))[labels.origin]
    banners, rows = np.full(page_count, -1, np.int64), np.flatnonzero(labels.reason == Reason.ERROR_BANNER)
    banners[labels.page[rows[::-1]]] = rows[::-1]
    spans = np.stack((labels.start, labels.end), axis=1)
    return PageEvidence(
        np.bincount(labels.page[is_filled], minlength=page_count) == 0,
        np.diff(labels.page_block),
        kept.block_counts,
        kept.word_counts,
        kept.prose_counts + _count_unclosed_words(cleaned, page_count),
        banners,
        spans[np.maximum(banners, 0)] if len(spans) else np.zeros((page_count, 2), np.int32),
        np.bincount(labels.page[labels.is_body & ~is_about_visit], minlength=page_count) == 0,
    )


def _count_unclosed_words(cleaned: CleanedBatch, page_count: int) -> np.ndarray:
    """Count the words of each text in sentence-like paragraphs without final punctuation."""
    labels, rows = cleaned.labels, np.flatnonzero(cleaned.labels.is_body)
    table = cleaned.blocks.table.take(labels.origin[rows])
    tokens = table["end_word"] - table["first_word"]
    is_long = table["word_count"] >= UNCLOSED_MIN_WORDS
    is_unclosed = is_long & (table["function_words"] >= UNCLOSED_SHARE * tokens) & (table["is_final"] == 0)
    kept_share = (labels.end - labels.start)[rows] / np.maximum(table["end"] - table["start"], 1)
    return np.bincount(labels.page[rows], table["word_count"] * kept_share * is_unclosed, page_count).astype(np.int32)


def _choose_reasons(
    is_whole: np.ndarray, evidence: PageEvidence, measured: dict[str, np.ndarray], kinds: np.ndarray
) -> np.ndarray:
    """Return the index in REASONS of each verdict; the first matching rule decides."""
    is_prose = (evidence.words >= MIN_ARTICLE_WORDS) & (evidence.prose >= MIN_PROSE_SHARE * evidence.words)
    is_prose |= evidence.words >= LONG_TEXT_WORDS
    has_banner = evidence.banners >= 0
    any_language = np.full(len(is_whole), "")
    crossed = [threshold.is_crossed(measured[threshold.signal], any_language) for threshold in VERDICTS]
    rules = (
        (evidence.is_blank | (is_whole & (evidence.words == 0)), EMPTY),
        (is_whole, KEPT),
        (kinds == PageKind.BLOCKED, ERROR_PAGE),
        *((kinds == kind, FIRST_KIND + i) for i, kind in enumerate(KINDS)),
        (has_banner & (evidence.words <= MAX_MESSAGE_WORDS) & evidence.is_message, ERROR_PAGE),
        *((is_prose & is_out, FIRST_THRESHOLD + i) for i, is_out in enumerate(crossed)),
        (is_prose, KEPT),
        (has_banner & (evidence.words < MIN_ARTICLE_WORDS), ERROR_PAGE),
    )
    conditions, codes = zip(*rules, strict=True)
    return np.select(conditions, codes, NOT_AN_ARTICLE).astype(np.int8)


def _describe_kind(kind: int, words: int) -> str:
    """Return a detail for a page that holds no article by its kind."""
    return (
        f"The page is {MEANINGS[PageKind(kind)]}: {words} words look like running text; expected an article; "
        "release it if it is one."
    )


def _describe_reason(code: int, page: int, text: str, evidence: PageEvidence, measured: dict[str, np.ndarray]) -> str:
    """Return a detail: observed values, expected values, remedy."""
    words, prose = evidence.words[page], evidence.prose[page]
    if code == EMPTY:
        fault = "has no text at all" if evidence.is_blank[page] else "holds no word, only marks"
        return f"The text of the record {fault}, expected an article; see whether the dump is broken."
    if code == ERROR_PAGE:
        start, end = evidence.banner_spans[page]
        return (
            f'Nothing but an error message: "{text[start:end].strip()[:QUOTED_CHARS]}"; {words} words of other text, '
            f"expected an article; fetch the page again, or release it if it is one."
        )
    if code == NOT_AN_ARTICLE:
        return (
            f"Of {evidence.blocks[page]} lines or paragraphs, {evidence.body_blocks[page]} look like running text: "
            f"{words} words, {prose} of them in sentences; an article has at least {MIN_ARTICLE_WORDS}, half of them "
            f"in sentences, or at least {LONG_TEXT_WORDS} of any kind; release it if it is one."
        )
    threshold = VERDICTS[code - FIRST_THRESHOLD]
    return (
        f"{threshold.signal} is {measured[threshold.signal][page]:.4g}, expected at most {threshold.at_most}: "
        f"{threshold.meaning}; release it if it is an article."
    )
