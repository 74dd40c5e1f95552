"""Clean a batch of pages, from characters to the label of every block."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsmill.cleaning import line_model, segmentation
from newsmill.cleaning.block_labels import BlockLabels, TextSelection, find_extents, label_blocks
from newsmill.cleaning.block_scores import score_blocks
from newsmill.cleaning.known_boilerplate import DROP, KEEP, look_up_decisions
from newsmill.cleaning.label_propagation import propagate_labels
from newsmill.cleaning.lexicon import Reason, load_lexicon
from newsmill.cleaning.repetition import merge_instances
from newsmill.cleaning.segmentation import Blocks
from newsmill.cleaning.title import find_titles
from newsmill.cleaning.wording import classify_wording
from newsmill.nlp import characters
from newsmill.nlp.scan import Scan, scan

ENGLISH_SHARE = 0.2  # of English function words in prose; running English has twice as many
FOREIGN_MIN_SCORE = 0.2  # for prose right below prose; elsewhere the threshold is half of the expected F1


class CleanedBatch(NamedTuple):
    """Pages with the labels of all blocks; `titles` are blocks, -1 for none, `ranges` the blocks of each text.

    `probability` is the probable share of text in the words of each block, 1 where the whole page is an article.
    """

    scanned: Scan
    blocks: Blocks
    labels: BlockLabels
    titles: np.ndarray
    ranges: np.ndarray
    probability: np.ndarray


class PageBatch(NamedTuple):
    """Pages to clean; of an `is_whole` article everything is kept but known boilerplate.

    `marks` lists the markup flags of each page's lines (line_markup), null where the dump had no markup. `sources` is
    the source of each page, and `boilerplate` the input of `look_up_decisions`.
    """

    texts: pa.Array
    declared_titles: pa.Array
    is_whole: np.ndarray
    marks: pa.Array | None = None
    sources: pa.Array | None = None
    boilerplate: pa.Table | None = None


def clean_batch(batch: PageBatch, trained: line_model.Model | None = None) -> CleanedBatch:
    """Label each block of a batch as kept, or dropped with a reason, by the shipped model or a given model."""
    words = load_lexicon()
    scanned = scan(batch.texts)
    blocks = segmentation.split_blocks(scanned, characters.build_char_traits(), words)
    if not batch.is_whole.all():  # the wording of an article's own lines decides nothing
        classify_wording(blocks, scanned, words)
    blocks.table["reason"][batch.is_whole[blocks.table["page"]]] = Reason.NONE
    if batch.boilerplate is not None:
        decisions = look_up_decisions(blocks.hashes, blocks.table["page"], batch.sources, batch.boilerplate)
        _apply_known(blocks.table, _spare_articles_of_boilerplate(decisions, blocks, batch.is_whole))
    blocks = propagate_labels(blocks, scanned)
    is_kept, instances, probability = _choose_blocks(blocks, scanned, batch, trained)
    ranges = find_extents(blocks, is_kept)
    titles_of_pages = find_titles(blocks, scanned, words, is_kept, ranges, scan(batch.declared_titles))
    titles_of_pages[batch.is_whole] = -1
    selection = TextSelection(is_kept, ranges, titles_of_pages, instances, batch.is_whole)
    labels = label_blocks(blocks, scanned, selection)
    probability[batch.is_whole[blocks.table["page"]]] = 1.0
    return CleanedBatch(scanned, blocks, labels, titles_of_pages, ranges, probability)


def _choose_blocks(
    blocks: Blocks, scanned: Scan, batch: PageBatch, trained: line_model.Model | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mask of text-like blocks, with all instances of a passage; the instance, the probability of each."""
    if batch.is_whole.all():
        count = len(blocks.table)
        return np.zeros(count, np.uint8), np.arange(count), np.zeros(count, np.float32)
    merged, instances = merge_instances(blocks)
    scores, ranges = score_blocks(merged)
    kept, probability = line_model.keep_blocks(
        merged, scanned, scores, ranges, align_line_marks(batch.marks, scanned), trained or line_model.load_model()
    )
    _copy_reasons(merged.table["reason"][instances], blocks.table["reason"])
    kept |= _find_foreign_prose(merged, scores, ranges, kept, probability)
    return kept[instances], instances.astype(np.int64), probability[instances]


def _copy_reasons(source: np.ndarray, target: np.ndarray) -> None:
    """Fill in the reasons that the choice of blocks gave."""
    target[target == Reason.NONE] = source[target == Reason.NONE]


def _find_foreign_prose(
    blocks: Blocks, scores: np.ndarray, ranges: np.ndarray, kept: np.ndarray, probability: np.ndarray
) -> np.ndarray:
    """Return the prose right below kept text on pages in other languages, where the model's probabilities are lower.

    Only prose of the best range counts, without a gap above: behind a gap, in any language, other stories begin.
    """
    page, index = blocks.table["page"], np.arange(len(scores))
    is_open = blocks.table["reason"] == Reason.NONE
    is_prose = (scores > 0) & is_open & (index >= ranges["start"][page]) & (index < ranges["end"][page])
    words = blocks.table["end_word"] - blocks.table["first_word"]
    english = np.bincount(page, blocks.table["english_words"] * is_prose, len(ranges))
    is_foreign = english < ENGLISH_SHARE * np.bincount(page, words * is_prose, len(ranges))
    is_next = np.zeros(len(kept), bool)
    is_next[1:] = (kept[:-1] > 0) & (blocks.table["gap_after"][:-1] == 0) & (page[1:] == page[:-1])
    return (is_prose & is_foreign[page] & is_next & (probability >= FOREIGN_MIN_SCORE)).astype(np.uint8)


def _spare_articles_of_boilerplate(decisions: np.ndarray, blocks: Blocks, is_whole: np.ndarray) -> np.ndarray:
    """Return the decisions without those that would leave no word of a record given as an article."""
    page, words = blocks.table["page"], blocks.table["word_count"]
    left = np.bincount(page, words * (decisions != DROP), len(is_whole))
    return np.where((is_whole & (left == 0))[page], 0, decisions).astype(decisions.dtype)


def _apply_known(table: np.ndarray, decisions: np.ndarray) -> None:
    """Mark known boilerplate, with the finer reason that wording gives, and blocks that a person decided to keep."""
    table["decision"] = decisions
    table["reason"][(decisions == DROP) & (table["reason"] == Reason.NONE)] = Reason.CROSS_PAGE_BOILERPLATE
    table["reason"][decisions == KEEP] = Reason.NONE


def align_line_marks(marks: pa.Array | None, scanned: Scan) -> np.ndarray | None:
    """Return the markup flags of each scanned line, 0 where its page has none; None where no page has any."""
    if marks is None or marks.null_count == len(marks):
        return None
    page = scanned.lines["page"]
    line_index = np.arange(len(page)) - scanned.page_line[page]
    lengths = pc.fill_null(pc.list_value_length(marks), 0).to_numpy()
    starts = np.cumsum(lengths) - lengths
    is_marked = line_index < lengths[page]
    line_marks = np.zeros(len(page), np.int64)
    line_marks[is_marked] = marks.flatten().to_numpy()[(starts[page] + line_index)[is_marked]]
    return line_marks
