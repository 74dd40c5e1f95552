"""Find the kind of pages without an article: consent dialogs, blocked visits, redirects, shops, teasers, feeds.

Evidence: phrases of such pages, the type that the metadata declare, and the shape of lists of teasers. A page that
declares an article is neither a shop nor a list.

Layout: `phrase_bits` has a bit mask of phrase kinds for each block. `cards` are teasers: a headline, right below it a
sentence or two, and in between or below no running text.

Example: "Kiln is out", "The firemen stayed.", "1 March", "Sand is back", "A storm had taken it.", "2 March" are two
cards with dates.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.cleaning.body import Body
from newsmill.cleaning.cleaned_batch import CleanedBatch
from newsmill.compiled import compiled
from newsmill.languages.word_lists import join_words
from newsmill.nlp import line_markup
from newsmill.nlp.hash_table import build_table, extend_sequence, hash_sequence, look_up, start_sequence
from newsmill.nlp.scan import NUMERIC, scan

BLOCKED, CONSENT, PRODUCT, REDIRECT = (1 << bit for bit in range(4))
PHRASES = {"blocked": BLOCKED, "consent": CONSENT, "product": PRODUCT, "redirect": REDIRECT}
MAX_BLOCKED_WORDS = 250
"""Most words of a page of a network in front of the site: with menus around it a page comes from the site itself. The
messages of ten networks have 20 to 120; at half, two of them with a list of reasons pass; at twice, short pages that
mention such a message count."""
MAX_REDIRECT_WORDS = 60
MAX_CONSENT_WORDS, MIN_CONSENT_SHARE = 400, 0.7
"""Most words of the text of a consent dialog, and the share in blocks with phrases of consent. At half, a dialog below
an article makes the article a wall; at 1, each button must have a phrase."""
MAX_PRODUCT_WORDS, MIN_PRODUCT_BLOCKS = 300, 2
"""Most words of the text of a shop's page without declared type, and the least blocks with its phrases: an article may
have one link to a cart."""
MIN_CARDS = 6
"""Least teasers of a section front. At half, related stories below a brief count; at twice, small fronts pass."""
MIN_LISTED_SHARE, MAX_RUNNING_SHARE = 0.6, 0.25
"""Share of the teasers with a date or a link as headline, at least; share of the kept words in paragraph after
paragraph, at most: lists of an article have introductions, and neither links nor dates."""
CARD_HEADLINE_WORDS, CARD_TEXT_WORDS, DATE_WORDS = 20, 50, 8
MIN_LINK_PERCENT = 80  # of the characters of a headline
RUNNING_WORDS = 8  # of a sentence
MAX_FIGURES = 2  # times the words of the longest phrase, for a phrase with its figures
PAGE_TYPE = "page_type"
MIN_TYPE_CONFIDENCE = 0.5
ARTICLE_TYPES = ("article", "posting")
PRODUCT_TYPES = ("product", "productgroup", "og:product", "product.item", "product.group")
FEED = "feed"


class PageKind(IntEnum):
    """The kind of a page that holds no article; NONE for all others."""

    NONE = 0
    BLOCKED = 1
    CONSENT_WALL = 2
    REDIRECT = 3
    PRODUCT_PAGE = 4
    SECTION_FRONT = 5
    FEED = 6


class PhraseTable(NamedTuple):
    """Phrases as an open hash table from word sequences to kinds; `heads` are the first words of all phrases."""

    head_keys: np.ndarray
    head_values: np.ndarray
    keys: np.ndarray
    values: np.ndarray
    longest: int


class Cards(NamedTuple):
    """For each page the number of teasers, and of those with a date or a linked headline."""

    total: np.ndarray
    listed: np.ndarray


@cache
def load_phrases() -> PhraseTable:
    """Build the table of the phrases of all languages, once in a process."""
    phrases = {text: bit for name, bit in PHRASES.items() for text in join_words("page_kinds", name)}
    scanned = scan(pa.array(list(phrases)))
    heads: dict[int, int] = {}
    values: dict[int, int] = {}
    longest = 1
    for bit, start, end in zip(phrases.values(), scanned.page_word, scanned.page_word[1:], strict=False):
        heads[int(scanned.words[start])] = 1
        key = int(hash_sequence(scanned.words, start, end, 0))
        values[key] = values.get(key, 0) | bit
        longest = max(longest, int(end - start))
    return PhraseTable(*build_table(heads), *build_table(values), longest)


def find_page_kinds(
    cleaned: CleanedBatch, kept: Body, metadata: Sequence[Sequence[Mapping] | None], marks: np.ndarray | None
) -> np.ndarray:
    """Return the PageKind of each page, as int8; `marks` are the markup flags of each line, None without markup."""
    labels, page_count = cleaned.labels, len(cleaned.titles)
    table = cleaned.blocks.table
    phrase_bits = np.zeros(len(table), np.int32)
    is_short = kept.word_counts <= max(MAX_CONSENT_WORDS, MAX_PRODUCT_WORDS, MAX_BLOCKED_WORDS)
    _find_phrases(cleaned.scanned, table, load_phrases(), is_short, phrase_bits)
    types = [list_types(entries or ()) for entries in metadata]
    is_article, is_product, is_feed = (
        np.array([test(names) for names in types], bool) for test in (_declares_article, _declares_product, _is_feed)
    )
    words = np.bincount(table["page"], table["word_count"], page_count)
    body = labels.is_body
    body_words = table["word_count"][labels.origin] * body

    def count_blocks(bit: int) -> np.ndarray:
        return np.bincount(table["page"], (phrase_bits & bit) > 0, page_count)

    consent_words = np.bincount(labels.page, body_words * ((phrase_bits[labels.origin] & CONSENT) > 0), page_count)
    is_consent = (consent_words > 0) & (consent_words >= MIN_CONSENT_SHARE * kept.word_counts)
    has_shop = (count_blocks(PRODUCT) >= MIN_PRODUCT_BLOCKS) & (kept.word_counts <= MAX_PRODUCT_WORDS)
    rules = (
        (is_feed, PageKind.FEED),
        ((count_blocks(BLOCKED) > 0) & (words <= MAX_BLOCKED_WORDS), PageKind.BLOCKED),
        ((count_blocks(REDIRECT) > 0) & (words <= MAX_REDIRECT_WORDS), PageKind.REDIRECT),
        (is_consent & (kept.word_counts <= MAX_CONSENT_WORDS), PageKind.CONSENT_WALL),
        ((is_product | has_shop) & ~is_article, PageKind.PRODUCT_PAGE),
        (_is_list_of_teasers(cleaned, kept, marks) & ~is_article, PageKind.SECTION_FRONT),
    )
    conditions, kinds = zip(*rules, strict=True)
    return np.select(conditions, kinds, PageKind.NONE).astype(np.int8)


@compiled
def _find_phrases(scanned, table, phrases, is_short, phrase_bits):
    """Fill the mask of phrase kinds of each block of the short texts; figures are skipped, as in "our 800 partners"."""
    for i in range(len(table)):
        if not is_short[table[i].page]:
            continue
        end = table[i].end_word
        for first in range(table[i].first_word, end):
            if not look_up(phrases.head_keys, phrases.head_values, scanned.words[first]):
                continue
            state, count, word = start_sequence(0), 0, first
            while word < min(end, first + MAX_FIGURES * phrases.longest) and count < phrases.longest:
                if not scanned.word_shape[word] & NUMERIC:
                    state = extend_sequence(state, scanned.words[word])
                    count += 1
                    phrase_bits[i] |= look_up(phrases.keys, phrases.values, state)
                word += 1


def _is_list_of_teasers(cleaned: CleanedBatch, kept: Body, marks: np.ndarray | None) -> np.ndarray:
    """Return the mask of pages of teasers with links or dates, and next to no running text."""
    page_count = len(cleaned.titles)
    is_linked = np.zeros(len(cleaned.blocks.table), bool)
    if marks is not None:
        percent = (marks & line_markup.LINK_PERCENT) >> line_markup.LINK_SHIFT
        is_linked = percent[cleaned.blocks.table["first_line"]] >= MIN_LINK_PERCENT
    cards = Cards(*(np.zeros(page_count, np.int32) for _ in Cards._fields))
    _count_cards(cleaned.blocks.table, cleaned.blocks.page_block, is_linked, cards)
    running = np.bincount(cleaned.labels.page, _running_words(cleaned), page_count)
    is_list = (cards.total >= MIN_CARDS) & (cards.listed >= MIN_LISTED_SHARE * cards.total)
    return is_list & (running <= MAX_RUNNING_SHARE * kept.word_counts)


@compiled
def _count_cards(table, page_block, is_linked, cards):
    """Count the headlines right above a short text, and those with a link or with a date in the two lines below."""
    for page in range(len(page_block) - 1):
        end = page_block[page + 1]
        for i in range(page_block[page], end - 1):
            head, text = table[i], table[i + 1]
            is_head = not head.is_final and 2 <= head.word_count <= CARD_HEADLINE_WORDS and not head.is_dated
            is_text = text.is_final and 2 <= text.word_count <= CARD_TEXT_WORDS
            if not (is_head and is_text):
                continue
            has_more = i + 2 < end and table[i + 2].is_final and table[i + 2].word_count >= RUNNING_WORDS
            if has_more:
                continue
            cards.total[page] += 1
            is_dated = False
            for below in range(i + 2, min(i + 4, end)):
                is_dated |= table[below].is_dated and table[below].word_count <= DATE_WORDS
            cards.listed[page] += is_linked[i] or is_dated


def _running_words(cleaned: CleanedBatch) -> np.ndarray:
    """Return the words of each kept block that is a sentence right above or below another one."""
    labels, table = cleaned.labels, cleaned.blocks.table
    words = table["word_count"][labels.origin]
    is_sentence = labels.is_body & (table["is_final"][labels.origin] != 0) & (words >= RUNNING_WORDS)
    is_same = np.zeros(len(is_sentence), bool)
    is_same[1:] = is_sentence[1:] & is_sentence[:-1] & (labels.page[1:] == labels.page[:-1])
    is_same[:-1] |= is_same[1:]
    return words * is_same


def list_types(entries: Sequence[Mapping]) -> list[str]:
    """Return the types that the metadata declare for a page, in small letters."""
    return [
        entry["value"].lower()
        for entry in entries
        if entry["field"] == PAGE_TYPE and entry["confidence"] >= MIN_TYPE_CONFIDENCE
    ]


def _declares_article(types: Sequence[str]) -> bool:
    return any(name.endswith(ARTICLE_TYPES) for name in types)


def _declares_product(types: Sequence[str]) -> bool:
    return any(name in PRODUCT_TYPES for name in types)


def _is_feed(types: Sequence[str]) -> bool:
    return FEED in types
