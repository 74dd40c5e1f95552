"""The expected length of a text: by the metadata of the page, and by the lines left out."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from newsmill.cleaning.body import extract_body
from newsmill.cleaning.cleaned_batch import CleanedBatch, PageBatch, clean_batch
from newsmill.cleaning.completeness import MIN_DECLARED_CHARS, Completeness, estimate_completeness
from newsmill.cleaning.lexicon import Reason

SENTENCE = "The harbour council of Vesterhavn voted on Tuesday to close the old ferry quay for two years."
PARAGRAPHS = [SENTENCE.replace("two", number) + " " + SENTENCE.replace("old", kind) for number, kind in
              zip("three four five six seven eight nine ten eleven twelve".split(),
                  "new long short red green blue white black brown stone".split(), strict=True)]  # fmt: skip
PAGE = "Quay closes\n\n" + "\n\n".join(PARAGRAPHS)


def cleaned(*pages: str, whole: bool = False) -> tuple[CleanedBatch, list[str], np.ndarray]:
    """Return cleaned pages, their texts and the words of each."""
    batch = clean_batch(PageBatch(pa.array(pages), pa.nulls(len(pages), pa.string()), np.full(len(pages), whole)))
    kept = extract_body(batch.labels, batch.blocks, batch.scanned)
    spans = [kept.ranges[start:end].tolist() for start, end in pairwise(kept.page_range.tolist())]
    texts = ["".join(page[a:b] for a, b, _ in ranges) for page, ranges in zip(pages, spans, strict=True)]
    return batch, texts, kept.word_counts


def estimated(page: str, **metadata: str) -> tuple[Completeness, int]:
    """Return the estimate for a page with metadata, and the number of kept characters."""
    batch, texts, words = cleaned(page)
    entries = [{"field": field, "value": value, "method": "x", "confidence": 0.9} for field, value in metadata.items()]
    return estimate_completeness(batch, texts, [entries], words), len(texts[0])


def without(batch: CleanedBatch, dropped: range, probability: float) -> CleanedBatch:
    """Return the batch as if the model had left out some blocks, with a probability for each."""
    rows = np.isin(np.arange(len(batch.labels.page)), list(dropped))
    reason = np.where(rows, Reason.NOT_CONTENT, batch.labels.reason)
    labels = batch.labels._replace(is_kept=np.where(rows, 0, batch.labels.is_kept), reason=reason)
    is_dropped = np.isin(np.arange(len(batch.probability)), batch.labels.origin[rows])
    return batch._replace(labels=labels, probability=np.where(is_dropped, probability, batch.probability))


def after_a_loss(lost: int, probability: float) -> Completeness:
    """Return the estimate for the page with its last paragraphs left out."""
    batch, _, words = cleaned(PAGE)
    count = len(batch.labels.page)
    text = "\n\n".join(PARAGRAPHS[: len(PARAGRAPHS) - lost])
    return estimate_completeness(without(batch, range(count - lost, count), probability), [text], [[]], words)


def test_a_text_without_other_evidence_is_as_long_as_expected():
    estimate, kept_chars = estimated(PAGE)
    assert estimate.expected_chars.tolist() == [kept_chars]
    assert not estimate.is_truncated[0] and not estimate.is_overcomplete[0]


def test_paragraphs_left_out_that_may_be_text_are_expected_and_warned_of():
    estimate = after_a_loss(5, 0.2)
    assert estimate.expected_chars[0] == pytest.approx(len("\n\n".join(PARAGRAPHS)), rel=0.02)
    assert estimate.is_truncated.tolist() == [True]


@pytest.mark.parametrize(("lost", "probability"), [(1, 0.3), (5, 0.001)])
def test_a_short_passage_and_lines_that_are_surely_no_text_are_no_loss(lost, probability):
    assert after_a_loss(lost, probability).is_truncated.tolist() == [False]


@pytest.mark.parametrize(
    ("share", "truncated", "overcomplete"),
    [(1.0, False, False), (1.5, False, False), (2.0, True, False), (0.5, False, True)],
)
def test_a_text_far_from_the_body_in_the_metadata_is_warned_of(share, truncated, overcomplete):
    _, kept_chars = estimated(PAGE)
    declared = int(share * kept_chars)
    estimate, _ = estimated(PAGE, body_chars=str(declared))
    assert estimate.expected_chars.tolist() == [declared]
    assert (estimate.is_truncated.tolist(), estimate.is_overcomplete.tolist()) == ([truncated], [overcomplete])


def test_a_word_count_replaces_a_missing_body():
    _, kept_chars = estimated(PAGE)
    estimate, _ = estimated(PAGE, word_count="900")
    assert estimate.expected_chars[0] > 2 * kept_chars and estimate.is_truncated[0]


def test_a_teaser_in_the_metadata_says_nothing():
    estimate, kept_chars = estimated(PAGE, body_chars=str(MIN_DECLARED_CHARS - 1))
    assert estimate.expected_chars.tolist() == [kept_chars] and not estimate.is_overcomplete[0]


def test_the_length_of_a_related_story_says_nothing():
    batch, texts, words = cleaned(PAGE)
    related = [{"field": "body_chars", "value": "90000", "method": "json_ld", "confidence": 0.27}]
    assert not estimate_completeness(batch, texts, [related], words).is_truncated[0]


def test_a_body_that_confirms_the_text_overrules_the_lines_left_out():
    batch, _, words = cleaned(PAGE)
    text = "\n\n".join(PARAGRAPHS[:5])
    cut = without(batch, range(len(batch.labels.page) - 5, len(batch.labels.page)), 0.2)
    entries = [{"field": "body_chars", "value": str(len(text)), "method": "json_ld", "confidence": 0.9}]
    assert not estimate_completeness(cut, [text], [entries], words).is_truncated[0]


@pytest.mark.parametrize("whole", [False, True])
def test_a_text_that_a_service_cut_is_truncated_and_lacks_as_much_as_the_mark_says(whole):
    batch, texts, words = cleaned(PAGE, whole=whole)
    cut = [{"field": "truncated", "value": "3121 characters", "method": "dump_field", "confidence": 1.0}]
    estimate = estimate_completeness(batch, texts, [cut], words)
    assert estimate.expected_chars.tolist() == [len(texts[0]) + 3121] and estimate.is_truncated[0]


def test_a_text_of_lines_that_the_model_doubted_is_likely_overcomplete():
    batch, texts, words = cleaned(PAGE)
    doubted = batch._replace(probability=np.full(len(batch.probability), 0.4))
    assert estimate_completeness(doubted, texts, [[]], words).is_overcomplete.tolist() == [True]


def test_a_page_is_estimated_alike_alone_and_among_others():
    alone, texts, words = cleaned(PAGE)
    batch, all_texts, all_words = cleaned("Home\nNews\n\n" + PAGE, PAGE, "Nothing here")
    together = estimate_completeness(batch, all_texts, [[], [], []], all_words)
    one = estimate_completeness(alone, texts, [[]], words)
    assert (together.expected_chars[1], together.is_truncated[1]) == (one.expected_chars[0], one.is_truncated[0])
    assert len(together.expected_chars) == 3


def test_an_empty_batch_has_no_estimate():
    batch, texts, words = cleaned()
    assert estimate_completeness(batch, texts, [], words).expected_chars.tolist() == []


@pytest.mark.parametrize("digits", [11, 30, 5_000])
def test_a_cut_of_a_number_without_sense_is_a_cut_of_unknown_length(digits):
    completeness, kept_chars = estimated(PAGE, truncated=f"{'9' * digits} characters")
    assert completeness.is_truncated.all() and completeness.expected_chars[0] == kept_chars
