"""Estimate how long the text of an article should be, by evidence other than the choice of its lines.

Two witnesses: the length that page or dump declare, and the lines left out that may be text. A kept text far from both
is likely truncated, or likely more than the article.

Example: a kept text of 1,000 characters above a box, and 1,400 characters of paragraphs below the box that the model
gave .05 each, have 2,400 expected characters. The page is likely truncated if the model doubted the paragraphs:
the kept words hold less than nine tenths of the text that it expects on the page.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from newsmill.cleaning.block_scores import PROSE_MIN_WORDS, UNCLOSED_MIN_WORDS, UNCLOSED_SHARE
from newsmill.cleaning.cleaned_batch import CleanedBatch
from newsmill.cleaning.lexicon import Reason

# Figures by benchmarks/quality/completeness.py on 307 pages of sites without training, as text and as HTML: of their 16
# cut pages 14 are found, with 21 warnings.
MIN_DECLARED_CHARS = 700
"""Least length that metadata may declare. Shorter bodies in JSON-LD were teasers on 16 of 16 pages, longer ones
the body on 79 of 86. At half, teasers give 5 wrong warnings more; at twice, short articles have no witness."""
LENGTH_FIELDS = ("body_chars", "word_count", "truncated")
MAX_CHARS, MAX_DIGITS = 2**31 - 1, 10  # of the column
MIN_DECLARED_CONFIDENCE = 0.5  # metadata of a related story has less
LOST_SHARE = 0.6
"""A text with less of the declared length is truncated, and a text above its inverse is overcomplete: the goal is pages
that lose four tenths. Bodies in JSON-LD differ from the truth by captions and fact boxes."""
CONFIRMED_SHARE = 0.75
"""A text with this share of the declared length is whole, whatever lines were left out."""
POSSIBLE = 0.02
"""Least probability of a line left out that may be text. Lost paragraphs have .02 to .4 on unseen sites. At twice,
12 of the 16 cut pages are found; at half, 3 whole pages more are warned of."""
MAX_POSSIBLE_SHARE = 1 / 3
"""Share of the possible lines in the expected text, at most. At half, 31 pages are warned of, at twice 5 found."""
MIN_EXPECTED_RECALL = 0.9
"""Share of the text expected by the model that is kept; above, the model was sure of what it left out. At .8, 8 of the
16 are found; at .95, 3 whole pages more are warned of."""
DOUBTFUL, MAX_DOUBTFUL_SHARE = 0.5, 0.35
"""A kept line below the first is doubtful; with so many words in such lines a text is likely overcomplete. A weak
witness: 2 of 7 warnings by text are right. At half, 13 pages are warned of; at twice, none is found."""
WEAK_REASONS = (Reason.NOT_CONTENT, Reason.RELATED, Reason.BYLINE, Reason.CAPTION, Reason.NAVIGATION)
"""Reasons by position and shape: lines of an article have these by mistake, hardly those of wording."""


class Completeness(NamedTuple):
    """The expected characters of each text of a batch, and whether it is likely truncated or overcomplete."""

    expected_chars: np.ndarray
    is_truncated: np.ndarray
    is_overcomplete: np.ndarray


class Declared(NamedTuple):
    """The characters of each text by the metadata, 0 for unknown, and whether the metadata call the text cut."""

    chars: np.ndarray
    is_cut: np.ndarray


def estimate_completeness(
    cleaned: CleanedBatch, texts: Sequence[str], metadata: Sequence[Sequence[Mapping] | None], word_counts: np.ndarray
) -> Completeness:
    """Return the expected length of each kept text, and the texts that are far from it."""
    kept_chars = np.array([len(text) for text in texts], np.int64)
    declared = _collect_declared(metadata, kept_chars, word_counts)
    possible_chars, is_unsure = _score_left_out_lines(cleaned)
    is_known = declared.chars > 0
    expected = np.where(is_known, declared.chars, kept_chars + possible_chars)
    is_confirmed = is_known & (kept_chars >= CONFIRMED_SHARE * declared.chars)
    has_lost_lines = is_unsure & (possible_chars >= MAX_POSSIBLE_SHARE * (kept_chars + possible_chars))
    is_short = (kept_chars < LOST_SHARE * declared.chars) | (has_lost_lines & ~is_confirmed)
    is_long = np.where(is_known, LOST_SHARE * kept_chars > declared.chars, _is_mostly_doubtful(cleaned))
    return Completeness(np.minimum(expected, MAX_CHARS), is_short | declared.is_cut, is_long & ~is_short)


def _collect_declared(
    metadata: Sequence[Sequence[Mapping] | None], kept_chars: np.ndarray, word_counts: np.ndarray
) -> Declared:
    """Return the length of each text by its metadata: the body in JSON-LD, else its words, else the mark of a cut."""
    chars, is_cut = np.zeros(len(metadata), np.int64), np.zeros(len(metadata), bool)
    for page, entries in enumerate(metadata):
        values = _first_values(entries or ())
        body_chars, words = int(values.get("body_chars", 0)), int(values.get("word_count", 0))
        chars_of_words = words * kept_chars[page] // max(1, word_counts[page])
        cut_chars = _count_cut_chars(values.get("truncated"))
        chars[page] = next(filter(lambda count: count >= MIN_DECLARED_CHARS, (body_chars, chars_of_words)), 0)
        if "truncated" in values:
            chars[page], is_cut[page] = max(chars[page], kept_chars[page] + cut_chars), True
    return Declared(chars, is_cut)


def _first_values(entries: Sequence[Mapping]) -> dict[str, str]:
    """Return the most confident value of each field about the length of the text."""
    values: dict[str, str] = {}
    for entry in entries:
        if entry["field"] in LENGTH_FIELDS and entry["confidence"] >= MIN_DECLARED_CONFIDENCE:
            values.setdefault(entry["field"], entry["value"])
    return values


def _count_cut_chars(mark: str | None) -> int:
    """Return the characters that a service cut off: the number that opens `3121 characters`."""
    number = (mark or "").partition(" ")[0]
    return min(int(number), MAX_CHARS) if number.isdecimal() and len(number) <= MAX_DIGITS else 0


def _score_left_out_lines(cleaned: CleanedBatch) -> tuple[np.ndarray, np.ndarray]:
    """Return the characters of the lines left out that may be text, and whether the model was unsure of the page."""
    labels, page_count = cleaned.labels, len(cleaned.titles)
    table, probability = cleaned.blocks.table, cleaned.probability[labels.origin]
    word_count, tokens = table["word_count"], table["end_word"] - table["first_word"]
    is_sentence = (table["is_final"] != 0) & (word_count >= PROSE_MIN_WORDS)
    is_unclosed = (word_count >= UNCLOSED_MIN_WORDS) & (table["function_words"] >= UNCLOSED_SHARE * tokens)
    is_prose = (is_sentence | is_unclosed)[labels.origin]
    is_possible = (labels.reason == Reason.NOT_CONTENT) & is_prose & (probability >= POSSIBLE)
    possible_chars = np.bincount(labels.page, (labels.end - labels.start) * is_possible, page_count).astype(np.int64)
    expected_words = probability * word_count[labels.origin]
    kept = np.bincount(labels.page, expected_words * labels.is_body, page_count)
    is_weak = np.isin(labels.reason, WEAK_REASONS)
    left_out = np.bincount(labels.page, expected_words * is_weak, page_count)
    return possible_chars, kept <= MIN_EXPECTED_RECALL * (kept + left_out)


def _is_mostly_doubtful(cleaned: CleanedBatch) -> np.ndarray:
    """Return the mask of texts with many words in lines that the model kept with doubts."""
    labels, page_count = cleaned.labels, len(cleaned.titles)
    words = cleaned.blocks.table["word_count"][labels.origin] * labels.is_body
    is_doubtful = cleaned.probability[labels.origin] < DOUBTFUL
    doubtful = np.bincount(labels.page, words * is_doubtful, page_count)
    return doubtful > MAX_DOUBTFUL_SHARE * np.bincount(labels.page, words, page_count)
