"""Label every block of a batch of pages: kept as text or title, or dropped with a reason.

The labels are the audit trail of cleaning (`text_blocks`): the labelled blocks of a page cover the page exactly.

Layout: `kept` has a value per block: 0, 1, or SUBHEADING while labels are smoothed. `ranges` has a record BLOCK_RANGE
per page, `titles` the block of each headline, -1 for none. `rows` has a record LABEL per row of the result; a block
with a repeated part is split into several rows, each with the block as `origin`.

Example: a block [100, 180) with a second sentence [140, 180) equal to row 2 becomes two rows. The first has `start`
100, `end` 140, `is_kept` 1, `reason` NONE and `repeat_of` NO_ROW, the second `start` 140, `end` 180, `is_kept` 0,
`reason` REPEAT and `repeat_of` 2.
"""

from typing import NamedTuple

import numpy as np

from newsmill.cleaning.block_scores import PROSE_MIN_WORDS
from newsmill.cleaning.known_boilerplate import DROP, KEEP
from newsmill.cleaning.label_propagation import MENU_MAX_WORDS, is_about_page, is_disclaimer
from newsmill.cleaning.lexicon import WHOLE, Reason
from newsmill.cleaning.repetition import PART, find_repeats
from newsmill.cleaning.segmentation import BLOCK_RANGE, Blocks
from newsmill.cleaning.wording import DATE_LINE_WORDS
from newsmill.compiled import compiled, inlined
from newsmill.nlp.hash_table import hash_sequence
from newsmill.nlp.scan import Scan

NEVER_BODY = (  # whatever the model scores
    Reason.ERROR_BANNER,
    Reason.LEGAL_DISCLAIMER,
    Reason.COPYRIGHT,
    Reason.UPDATE_NOTE,
    Reason.CROSS_PAGE_BOILERPLATE,
)
# Guesses by position; a repeat is a better reason.
POSITION_REASONS = (Reason.NOT_CONTENT, Reason.RELATED, Reason.NAVIGATION)
LABEL_REASONS = (
    Reason.NAVIGATION,
    Reason.SHARE,
    Reason.NEWSLETTER,
    Reason.COMMENTS,
    Reason.RELATED,
    Reason.ADVERTISEMENT,
    Reason.BYLINE,
)
RELATED_MAX_WORDS = 40  # of a teaser below a header of related stories
LABEL_MAX_WORDS = 12  # of a line that is boilerplate by its wording alone
COLON = ord(":")
DASHES = (ord("-"), ord("–"), ord("—"))
CALL_MAX_WORDS = 20  # of a line to the reader below a call to subscribe
SENTENCE_MIN_WORDS, SHORT_SENTENCE_WORDS = 4, 12  # of a short sentence kept below a paragraph
ABOVE_TITLE_SHARE = 0.25  # of the words of the text, at most: what is dropped above the headline
NO_ROW = -1
SUBHEADING = 2  # in `kept`: a line alone between two paragraphs
SPARE_ROWS = 64  # rows for parts of split blocks, before the table of labels grows
LABEL = np.dtype(
    (
        np.record,
        [
            ("hash", np.uint64),
            *(
                (name, np.int32)
                for name in "page start end line_start line_end is_kept reason repeat_of origin".split()
            ),
        ],
    )
)
"""The label of a block, or of a part of a split block."""


class TextSelection(NamedTuple):
    """The chosen text of a batch of pages.

    `kept` marks text-like blocks, `ranges` has the range of text on each page, `titles` the headlines. `instances` has
    the same number for all instances of a passage. Of an `is_whole` page all but known boilerplate is kept.
    """

    kept: np.ndarray
    ranges: np.ndarray
    titles: np.ndarray
    instances: np.ndarray
    is_whole: np.ndarray


class BlockPart(NamedTuple):
    """The characters [start, end) of a block; `source` is the repeated row, NO_ROW for none."""

    origin: int
    start: int
    end: int
    source: int


class BlockLabels(NamedTuple):
    """The final blocks of a batch with labels, a row each; `origin` is the block before splitting."""

    page: np.ndarray
    start: np.ndarray
    end: np.ndarray
    line_start: np.ndarray
    line_end: np.ndarray
    is_kept: np.ndarray
    reason: np.ndarray
    repeat_of: np.ndarray
    hash: np.ndarray
    origin: np.ndarray
    page_block: np.ndarray

    @property
    def is_body(self) -> np.ndarray:
        """Return the mask of rows within the article text."""
        return (self.is_kept == 1) & (self.reason == Reason.NONE)


def find_extents(blocks: Blocks, kept: np.ndarray) -> np.ndarray:
    """Return for each page the half-open range from the first kept block to the last."""
    ranges = np.zeros(len(blocks.page_block) - 1, BLOCK_RANGE)
    ranges["start"] = ranges["end"] = blocks.page_block[:-1]
    kept_blocks = np.flatnonzero(kept)
    page = blocks.table["page"][kept_blocks]
    first_rows = np.flatnonzero(np.diff(page, prepend=-1))
    ranges["start"][page[first_rows]], ranges["end"][page] = kept_blocks[first_rows], kept_blocks + 1
    return ranges


def label_blocks(blocks: Blocks, scanned: Scan, selection: TextSelection) -> BlockLabels:
    """Return the labels of a batch; smooth the selection in place."""
    _label_pages(blocks, selection)
    equal_blocks = _find_equal_blocks(blocks, selection)
    rows, page_rows = _drop_repeats(LabelledPages(blocks, scanned, selection, equal_blocks))
    columns = {name: np.ascontiguousarray(rows[name]) for name in BlockLabels._fields if name != "page_block"}
    return BlockLabels(**columns, page_block=page_rows)


@compiled
def _label_pages(blocks, selection):
    """Decide kept and reason of every block, page by page."""
    table, kept = blocks.table, selection.kept
    for page in range(len(selection.ranges)):
        page_start, page_end = blocks.page_block[page], blocks.page_block[page + 1]
        if selection.is_whole[page]:
            kept[page_start:page_end] = table["decision"][page_start:page_end] != DROP
            continue
        extent, title = selection.ranges[page], selection.titles[page]
        for i in range(extent.start + 1, extent.end - 1):
            if not kept[i] and kept[i - 1] == kept[i + 1] == 1 and table[i].reason == Reason.NONE:
                kept[i] = SUBHEADING
        _keep_lists(table, kept, extent, page_end)
        _smooth_labels(table, kept, page_start, page_end)
        for i in range(page_start, page_end):
            kept[i] = table[i].decision != DROP and (kept[i] > 0 or table[i].decision == KEEP)
            if kept[i]:
                if table[i].reason in NEVER_BODY or _is_boilerplate_label(table[i]):
                    kept[i] = 0
                else:
                    table[i].reason = Reason.NONE
        if title >= 0:
            table[title].reason, kept[title] = Reason.TITLE, 1
        _trim_ends(table, kept, extent, title)
        _assign_reasons(table, kept, page_start, page_end, extent)


@compiled
def _keep_lists(table, kept, extent, page_end):
    """Keep a list within the text with the introduction: a line ending in a colon, items, text again.

    Below the last text block, a sentence right behind the items counts as text again. Where items end in colons, each
    block is read once and kept once: `list_end` and `filled` only grow.
    """
    start, end = extent.start, extent.end
    list_end = filled = start
    for i in range(start + 1, min(end + 1, page_end)):
        if table[i].last_char != COLON or not (kept[i] or kept[i - 1]):
            continue
        list_end = max(list_end, i + 1)
        while list_end < page_end and table[list_end].is_item and table[list_end].reason == Reason.NONE:
            list_end += 1
        if list_end - i <= 2 or list_end == page_end:
            continue
        if list_end < end and kept[list_end]:
            kept[max(i, filled) : list_end] = 1
            filled = max(filled, list_end)
        elif i >= end - 1 and _introduces_list(table[i]) and _follows_list(table[list_end]):
            kept[max(i, filled) : list_end + 1] = 1
            filled = max(filled, list_end + 1)


@compiled
def _introduces_list(block):
    """Report whether a block can introduce a list: some words, no boilerplate."""
    return block.reason == Reason.NONE and block.word_count >= SENTENCE_MIN_WORDS and block.function_words > 0


@compiled
def _follows_list(block):
    """Report whether a block can follow a list: a sentence of prose, not addressed to the reader."""
    is_sentence = block.is_final and block.word_count >= PROSE_MIN_WORDS and block.function_words > 0
    return is_sentence and block.reason == Reason.NONE and not block.self_words and not block.is_item


@compiled
def _smooth_labels(table, kept, start, end):
    """Keep a short sentence right below a paragraph; drop a few words to the reader below a call to subscribe."""
    for i in range(start + 1, end):
        previous, block = table[i - 1], table[i]
        if previous.gap_after or block.reason not in (Reason.NONE, Reason.NEWSLETTER):
            continue
        if previous.reason == Reason.NEWSLETTER and block.word_count <= CALL_MAX_WORDS and block.self_words > 0:
            kept[i], block.reason = 0, Reason.NEWSLETTER
        elif block.reason == Reason.NEWSLETTER:
            continue
        elif kept[i - 1] and block.is_final and block.word_count >= SENTENCE_MIN_WORDS and block.function_words > 0:
            is_prose = previous.is_final and previous.word_count >= PROSE_MIN_WORDS
            kept[i] |= is_prose and block.word_count <= SHORT_SENTENCE_WORDS and not block.self_words


@compiled
def _is_boilerplate_label(block):
    """Report whether a block has the wording of a label or of a line of authors: a few words, no sentence."""
    is_named = block.reason in LABEL_REASONS
    return is_named and block.word_count <= LABEL_MAX_WORDS and not block.is_final


@compiled
def _trim_ends(table, kept, extent, title):
    """Drop the blocks of the range above the headline, and disclaimers at the end."""
    start, end = extent.start, extent.end
    for i in range(end - 1, start - 1, -1):
        if kept[i] and table[i].reason == Reason.NONE:
            if not is_disclaimer(table[i]):
                break
            kept[i], table[i].reason = 0, Reason.LEGAL_DISCLAIMER
    if not start <= title < end:
        return
    above = total = 0
    for i in range(start, end):
        above += table[i].word_count * kept[i] * (i < title)
        total += table[i].word_count * kept[i]
    if above <= ABOVE_TITLE_SHARE * total:
        kept[start:title] = 0


@compiled
def _assign_reasons(table, kept, page_start, page_end, extent):
    """Choose reasons by position for dropped blocks without a reason; headers label the blocks below."""
    section = Reason.NONE.value
    for i in range(page_start, page_end):
        block = table[i]
        if kept[i] or block.reason == Reason.TITLE:
            if block.reason == Reason.NONE:
                section = Reason.NONE.value
            continue
        reason = block.reason
        if section == Reason.COMMENTS and i >= extent.end and reason == Reason.BYLINE:
            block.reason = section  # author and date of a comment
        elif reason in (Reason.COMMENTS, Reason.RELATED, Reason.LEGAL_DISCLAIMER):
            section = reason  # such a header labels the blocks below it
        elif reason in (Reason.COPYRIGHT, Reason.NEWSLETTER, Reason.ADVERTISEMENT):
            section = Reason.NONE.value
        elif reason == Reason.NONE:
            block.reason = _reason_by_position(block, i, extent, section)
        if block.reason == Reason.NEWSLETTER and not block.gap_after:
            section = Reason.NEWSLETTER.value
        elif section == Reason.NEWSLETTER and (block.gap_after or block.reason != Reason.NEWSLETTER):
            section = Reason.NONE.value
        if block.reason == Reason.ERROR_BANNER and i >= extent.end > page_start:
            block.reason = Reason.NOT_CONTENT


@compiled
def _reason_by_position(block, i, extent, section):
    """Return the reason of a dropped block by position, dates and length."""
    if i >= extent.end and is_disclaimer(block):
        return Reason.LEGAL_DISCLAIMER
    if section == Reason.NEWSLETTER:
        return Reason.NEWSLETTER
    if section == Reason.COMMENTS and i >= extent.start:
        return Reason.COMMENTS
    if i < extent.start and block.is_final and is_about_page(block):
        return Reason.ERROR_BANNER
    if block.is_dated and block.word_count <= DATE_LINE_WORDS:
        return Reason.DATELINE if block.last_char in DASHES else Reason.BYLINE
    if section == Reason.RELATED and block.word_count <= RELATED_MAX_WORDS:
        return Reason.RELATED
    return Reason.NAVIGATION if block.word_count <= MENU_MAX_WORDS and not block.is_final else Reason.NOT_CONTENT


# -- repeats ----------------------------------------------------------------------------------------------------------


@compiled
def _find_equal_blocks(blocks, selection):
    """Return for each block an earlier block of the page with the same words, such as the title; NO_ROW for none."""
    hashes, page_block, instances = blocks.hashes, blocks.page_block, selection.instances
    equal_blocks, first_instances = np.full(len(hashes), NO_ROW, np.int32), np.full(len(hashes), NO_ROW, np.int32)
    for page in range(len(page_block) - 1):
        title = selection.titles[page]
        for i in range(page_block[page], page_block[page + 1]):
            earlier = first_instances[instances[i]]
            if title >= 0 and i > title and hashes[i] == hashes[title]:
                equal_blocks[i] = title
            elif selection.kept[i] and earlier != NO_ROW:
                equal_blocks[i] = earlier
            elif selection.kept[i]:
                first_instances[instances[i]] = i
    return equal_blocks


class LabelledPages(NamedTuple):
    """A batch of pages with a decision for each block; `equal_blocks` has an earlier block with the same words."""

    blocks: Blocks
    scanned: Scan
    selection: TextSelection
    equal_blocks: np.ndarray


@compiled
def _drop_repeats(pages):
    """Drop repeats of kept text, splitting blocks with repeated parts; return the labels and the first of each page."""
    page_block = pages.blocks.page_block
    rows = np.empty(len(pages.blocks.table) + SPARE_ROWS, LABEL)
    page_rows = np.empty(len(page_block), np.int32)
    count = 0
    for page in range(len(page_block) - 1):
        start, end = page_block[page], page_block[page + 1]
        page_rows[page] = page_row = count
        repeats = np.empty(0, PART)
        if end > start and not pages.selection.is_whole[page]:
            repeats = find_repeats(pages.blocks.table, pages.selection.kept, start, end, pages.scanned)
        most_rows = end - start + 2 * len(repeats)
        if count + most_rows > len(rows):
            rows = np.concatenate((rows, np.empty(len(rows) // 2 + most_rows, LABEL)))
        j = 0
        for i in range(start, end):
            next_repeat = j
            while next_repeat < len(repeats) and repeats[next_repeat].block == i:
                next_repeat += 1
            count = _append_block(rows, count, page_row, i, repeats[j:next_repeat], pages)
            j = next_repeat
    page_rows[len(page_block) - 1] = count
    return rows[:count], page_rows


@inlined
def _append_block(rows, count, page_row, i, repeats, pages):
    """Append a block, or its parts where some repeat kept text; return the new number of rows.

    `repeats` are the repeated parts of the block.
    """
    block, is_kept, source = pages.blocks.table[i], pages.selection.kept[i], np.int64(NO_ROW)
    char, end = np.int64(block.start), np.int64(block.end)
    is_open = is_kept or block.reason in POSITION_REASONS
    is_whole = len(repeats) == 1 and repeats[0].start == char and repeats[0].end == end
    if not (len(repeats) > 0 and is_open and (is_whole or is_kept) and block.reason != Reason.TITLE):
        if pages.equal_blocks[i] != NO_ROW and len(repeats) == 0 and is_open:
            source = _find_source_row(rows, page_row, count, pages.blocks.table[pages.equal_blocks[i]].start)
        return _append_part(rows, count, BlockPart(i, char, end, source), pages)
    for j in range(len(repeats)):
        part_start, part_end = repeats[j].start, repeats[j].end
        if part_start > char:
            count = _append_part(rows, count, BlockPart(i, char, part_start, np.int64(NO_ROW)), pages)
        source = _find_source_row(rows, page_row, count, repeats[j].source)
        count = _append_part(rows, count, BlockPart(i, part_start, part_end, source), pages)
        char = part_end
    if char < end:
        count = _append_part(rows, count, BlockPart(i, char, end, np.int64(NO_ROW)), pages)
    return count


@compiled
def _append_part(rows, count, part, pages):
    """Append the label of a part of a block; return the new number of rows."""
    blocks, scanned, row = pages.blocks, pages.scanned, rows[count]
    block = blocks.table[part.origin]
    row.page, row.start, row.end, row.origin = block.page, part.start, part.end, part.origin
    if part.source == NO_ROW:
        row.is_kept, row.reason, row.repeat_of = pages.selection.kept[part.origin], block.reason, NO_ROW
    else:
        row.is_kept, row.reason, row.repeat_of = 0, Reason.REPEAT, part.source
    if part.start == block.start and part.end == block.end:
        row.line_start, row.line_end, row.hash = block.line_start, block.line_end, blocks.hashes[part.origin]
        return count + 1
    shift = block.line_start - block.first_line
    row.line_start = _find_line(scanned.lines, block.first_line, block.end_line, part.start) + shift
    row.line_end = _find_line(scanned.lines, block.first_line, block.end_line, part.end - 1) + shift
    low, high = find_words_between(scanned.word_start, block, part.start, part.end)
    row.hash = hash_sequence(scanned.words, low, high, WHOLE)
    return count + 1


@compiled
def find_words_between(word_start, block, start, end):
    """Return the range of a block's words that begin in [start, end).

    A binary search: a block may have thousands of parts.
    """
    first_word = block.first_word
    word_starts = word_start[first_word : block.end_word]
    return first_word + np.searchsorted(word_starts, start), first_word + np.searchsorted(word_starts, end)


@compiled
def _find_line(lines, start, end, char):
    """Return the last line of a range that begins at or before a character, else the first line."""
    low, high = start + 1, end
    while low < high:
        middle = (low + high) // 2
        if lines[middle].start <= char:
            low = middle + 1
        else:
            high = middle
    return low - 1


@compiled
def _find_source_row(rows, page_row, count, char):
    """Return the row of the kept text at a character; NO_ROW for a dropped row."""
    low, high = page_row, count
    while low < high:
        middle = (low + high) // 2
        if rows[middle].start <= char:
            low = middle + 1
        else:
            high = middle
    row = low - 1
    if row < page_row:
        return NO_ROW
    if rows[row].repeat_of != NO_ROW:
        return rows[row].repeat_of
    return row if rows[row].is_kept else NO_ROW
