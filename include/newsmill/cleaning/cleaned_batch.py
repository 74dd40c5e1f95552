"""Cleaning a batch of pages, from characters to the ledger that tells the fate of every block."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsmill.cleaning import line_model, segmentation
from newsmill.cleaning.block_labels import BlockLabels, find_extents, label_blocks
from newsmill.cleaning.block_scores import score_blocks
from newsmill.cleaning.known_boilerplate import DROP, KEEP
from newsmill.cleaning.known_boilerplate import look_up_decisions as known_furniture
from newsmill.cleaning.label_propagation import propagate_labels
from newsmill.cleaning.lexicon import CODES, lexicon
from newsmill.cleaning.repetition import merge_instances
from newsmill.cleaning.segmentation import IS_DECIDED, PAGE, REASON, Blocks
from newsmill.cleaning.title import find_titles
from newsmill.cleaning.wording import NONE, classify_wording
from newsmill.nlp import characters
from newsmill.nlp.scan import PAGE as LINE_PAGE
from newsmill.nlp.scan import Scan, scan

ENGLISH_SHARE = 0.2  # of words that only hold English sentences together; running English has twice as many
FOREIGN_MIN_SCORE = (
    0.2  # of prose below prose: elsewhere the model takes text to be it from half the F1 that it expects
)


class CleanedBatch(NamedTuple):
    """Pages with the fate of all that stands on them; `titles` are blocks, -1 for none, `runs` ranges of blocks."""

    scanned: Scan
    blocks: Blocks
    ledger: BlockLabels
    titles: np.ndarray
    runs: np.ndarray


class Batch(NamedTuple):
    """Pages to clean: of those that are `is_whole` articles all stays.

    `marks` lists for each page the marks of its lines, as marks.py names them, null where there was no markup.
    `sources` tells whose pages they are, and `furniture` what is known of these, as furniture.py wants it.
    """

    texts: pa.Array
    declared_titles: pa.Array
    is_whole: np.ndarray
    marks: pa.Array | None = None
    sources: pa.Array | None = None
    furniture: pa.Table | None = None


def cleaned(batch: Batch, trained: line_model.Model | None = None) -> CleanedBatch:
    """Decide for each block of a batch whether it stays and why it goes, by the model newsmill ships or another."""
    words = lexicon()
    scanned = scan(batch.texts)
    blocks = segmentation.split_blocks(scanned, characters.classes(), words)
    if not batch.is_whole.all():  # nobody asks how an article's own lines are worded
        classify_wording(blocks, scanned, words)
    if batch.furniture is not None:
        _apply_known(
            blocks.table, known_furniture(blocks.hashes, blocks.table[:, PAGE], batch.sources, batch.furniture)
        )
    blocks.table[batch.is_whole[blocks.table[:, PAGE]], REASON] = NONE
    blocks = propagate_labels(blocks, scanned)
    kept, printed = _choose_blocks(blocks, scanned, batch, trained)
    runs = find_extents(blocks, kept)
    found = find_titles(blocks, scanned, words, kept, runs, scan(batch.declared_titles))
    found[batch.is_whole] = -1
    ledger = label_blocks(blocks, scanned, kept, runs, found, printed, batch.is_whole)
    return CleanedBatch(scanned, blocks, ledger, found, runs)


def _choose_blocks(
    blocks: Blocks, scanned: Scan, batch: Batch, trained: line_model.Model | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return which blocks look like text, further printings of them included, and the number of what each prints."""
    if batch.is_whole.all():
        return np.zeros(len(blocks.table), np.uint8), np.arange(len(blocks.table))
    once, printed = merge_instances(blocks)
    weights, runs = score_blocks(once)
    kept, surely = line_model.keep_blocks(
        once, scanned, weights, runs, align_line_marks(batch.marks, scanned), trained or line_model.load_model()
    )
    kept |= _find_foreign_prose(once, weights, runs, kept, surely)
    return kept[printed], printed.astype(np.int64)


def _find_foreign_prose(
    blocks: Blocks, weights: np.ndarray, runs: np.ndarray, kept: np.ndarray, surely: np.ndarray
) -> np.ndarray:
    """Return the prose right below kept text on pages in other languages: of words it never read the model is modest.

    Only of the heaviest run, and without a gap: behind one, in any language, other stories begin.
    """
    page, number = blocks.table[:, PAGE], np.arange(len(weights))
    is_prose = (weights > 0) & (number >= runs[page, 0]) & (number < runs[page, 1])
    words = blocks.table[:, segmentation.END_WORD] - blocks.table[:, segmentation.FIRST_WORD]
    english = np.bincount(page, blocks.table[:, segmentation.ENGLISH_WORDS] * is_prose, len(runs))
    is_foreign = english < ENGLISH_SHARE * np.bincount(page, words * is_prose, len(runs))
    is_next = np.zeros(len(kept), bool)
    is_next[1:] = (kept[:-1] > 0) & (blocks.table[:-1, segmentation.GAP_AFTER] == 0) & (page[1:] == page[:-1])
    return (is_prose & is_foreign[page] & is_next & (surely >= FOREIGN_MIN_SCORE)).astype(np.uint8)


def _apply_known(table: np.ndarray, found: np.ndarray) -> None:
    """Note what is known of blocks: furniture, unless their wording says finer, and what a person decided to keep."""
    table[(found == DROP) & (table[:, REASON] == NONE), REASON] = CODES["cross_page_boilerplate"]
    table[found == KEEP, REASON], table[found == KEEP, IS_DECIDED] = NONE, 1


def align_line_marks(marks: pa.Array | None, scanned: Scan) -> np.ndarray | None:
    """Return a mark for each scanned line, 0 where its page has none; None where no page has any."""
    if marks is None or marks.null_count == len(marks):
        return None
    page = scanned.lines[:, LINE_PAGE]
    place = np.arange(len(page)) - scanned.page_line[page]
    lengths = pc.fill_null(pc.list_value_length(marks), 0).to_numpy()
    starts = np.cumsum(lengths) - lengths
    is_marked = place < lengths[page]
    found = np.zeros(len(page), np.int64)
    found[is_marked] = marks.flatten().to_numpy()[(starts[page] + place)[is_marked]]
    return found
