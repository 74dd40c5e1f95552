"""Label every block of a batch of pages: kept as text or title, or dropped with a reason.

The labels are the audit trail of cleaning (`text_blocks`): the labelled blocks of a page cover the page exactly.

Layout: `kept` has a value per block: 0, 1, or SUBHEADING while labels are smoothed. `ranges` has the half-open range of
text blocks of each page, `titles` the block of each headline, -1 for none. `rows` is the table of labels with the
columns ROW_PAGE to ROW_ORIGIN. A block with a repeated part is split into several rows. Example: a block [100, 180)
with a second sentence [140, 180) equal to row 2 becomes the rows (100, 140, kept) and (140, 180, dropped, reason
repeat, repeat_of 2); both have the block as their origin.
"""

from typing import NamedTuple

import numpy as np

from newsmill.cleaning import segmentation as b
from newsmill.cleaning.block_scores import PROSE_MIN_WORDS
from newsmill.cleaning.label_propagation import MENU_MAX_WORDS, is_about_page, is_disclaimer
from newsmill.cleaning.lexicon import CODES, WHOLE
from newsmill.cleaning.repetition import PART_BLOCK, PART_COLUMNS, PART_END, PART_SOURCE, PART_START, find_repeats
from newsmill.cleaning.segmentation import Blocks
from newsmill.cleaning.wording import DATE_LINE_WORDS, NONE
from newsmill.compiled import compiled, inlined
from newsmill.nlp import scan as s
from newsmill.nlp.hash_table import hash_sequence
from newsmill.nlp.scan import Scan

(
    TITLE,
    ERROR_BANNER,
    REPEAT,
    LEGAL_DISCLAIMER,
    COMMENTS,
    NAVIGATION,
    SHARE,
    NEWSLETTER,
    RELATED,
    BYLINE,
    COPYRIGHT,
    ADVERTISEMENT,
    DATELINE,
    UPDATE_NOTE,
    CROSS_PAGE,
    NOT_CONTENT,
) = (
    CODES[reason]
    for reason in (
        "title",
        "error_banner",
        "repeat",
        "legal_disclaimer",
        "comments",
        "navigation",
        "share",
        "newsletter",
        "related",
        "byline",
        "copyright",
        "advertisement",
        "dateline",
        "update_note",
        "cross_page_boilerplate",
        "not_content",
    )
)
NEVER_BODY = (ERROR_BANNER, LEGAL_DISCLAIMER, COPYRIGHT, UPDATE_NOTE, CROSS_PAGE)  # whatever the model scores
POSITION_REASONS = (NOT_CONTENT, RELATED, NAVIGATION)  # guesses by position; a repeat is a better reason
RELATED_MAX_WORDS = 40  # of a teaser below a header of related stories
LABEL_MAX_WORDS = 12  # of a line that is boilerplate by its wording alone
COLON = ord(":")
DASHES = (ord("-"), ord("–"), ord("—"))
CALL_MAX_WORDS = 20  # of a line to the reader below a call to subscribe
SENTENCE_MIN_WORDS, SHORT_SENTENCE_WORDS = 4, 12  # of a short sentence kept below a paragraph
ABOVE_TITLE_SHARE = 0.25  # of the words of the text, at most: what is dropped above the headline
NO_ROW = -1
SUBHEADING = 2  # in `kept`: a line alone between two paragraphs


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
        return (self.is_kept == 1) & (self.reason == NONE)


def find_extents(blocks: Blocks, kept: np.ndarray) -> np.ndarray:
    """Return for each page the half-open range from the first kept block to the last."""
    ranges = np.zeros((len(blocks.page_block) - 1, 2), np.int32)
    ranges[:] = blocks.page_block[:-1, None]
    kept_blocks = np.flatnonzero(kept)
    page = blocks.table[kept_blocks, b.PAGE]
    first_rows = np.flatnonzero(np.diff(page, prepend=-1))
    ranges[page[first_rows], 0], ranges[page, 1] = kept_blocks[first_rows], kept_blocks + 1
    return ranges


def label_blocks(
    blocks: Blocks,
    scanned: Scan,
    kept: np.ndarray,
    ranges: np.ndarray,
    titles: np.ndarray,
    instances: np.ndarray,
    is_whole: np.ndarray,
) -> BlockLabels:
    """Return the labels of a batch.

    `kept` marks text-like blocks, `ranges` the range of text on each page, and `titles` the headlines. `instances` has
    the same number for all instances of a passage.
    """
    table, hashes, page_block = blocks
    _label_pages(table, page_block, kept, ranges, titles, is_whole)
    equal_blocks = _find_equal_blocks(hashes, page_block, kept, titles, instances)
    rows, hashes_of_rows, page_rows = _drop_repeats(table, hashes, page_block, scanned, kept, equal_blocks, is_whole)
    columns = [np.ascontiguousarray(rows[:, column]) for column in range(ROW_COLUMNS)]
    return BlockLabels._make([*columns[:8], hashes_of_rows, columns[8], page_rows])


@compiled
def _label_pages(table, page_block, kept, ranges, titles, is_whole):
    """Decide kept and reason of every block, page by page."""
    for page in range(len(ranges)):
        if is_whole[page]:
            kept[page_block[page] : page_block[page + 1]] = 1
            continue
        title = titles[page]
        for i in range(ranges[page, 0] + 1, ranges[page, 1] - 1):
            if not kept[i] and kept[i - 1] == kept[i + 1] == 1 and table[i, b.REASON] == NONE:
                kept[i] = SUBHEADING
        _keep_lists(table, kept, ranges[page, 0], ranges[page, 1], page_block[page + 1])
        _smooth_labels(table, kept, page_block[page], page_block[page + 1])
        for i in range(page_block[page], page_block[page + 1]):
            kept[i] = kept[i] > 0 or table[i, b.IS_DECIDED]
            if kept[i]:
                if table[i, b.REASON] in NEVER_BODY or _is_boilerplate_label(table[i]):
                    kept[i] = 0
                else:
                    table[i, b.REASON] = NONE
        if title >= 0:
            table[title, b.REASON], kept[title] = TITLE, 1
        _trim_ends(table, kept, ranges[page, 0], ranges[page, 1], title)
        _assign_reasons(table, kept, page_block[page], page_block[page + 1], ranges[page, 0], ranges[page, 1])


@compiled
def _keep_lists(table, kept, start, end, page_end):
    """Keep a list within the text with the introduction: a line ending in a colon, items, text again.

    Below the last text block, a sentence right behind the items counts as text again. Where items end in colons, each
    block is read once and kept once: `list_end` and `filled` only grow.
    """
    list_end = filled = start
    for i in range(start + 1, min(end + 1, page_end)):
        if table[i, b.LAST_CHAR] != COLON or not (kept[i] or kept[i - 1]):
            continue
        list_end = max(list_end, i + 1)
        while list_end < page_end and table[list_end, b.IS_ITEM] and table[list_end, b.REASON] == NONE:
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
    return block[b.REASON] == NONE and block[b.WORD_COUNT] >= SENTENCE_MIN_WORDS and block[b.FUNCTION_WORDS] > 0


@compiled
def _follows_list(block):
    """Report whether a block can follow a list: a sentence of prose, not addressed to the reader."""
    is_sentence = block[b.IS_FINAL] and block[b.WORD_COUNT] >= PROSE_MIN_WORDS and block[b.FUNCTION_WORDS] > 0
    return is_sentence and block[b.REASON] == NONE and not block[b.SELF_WORDS] and not block[b.IS_ITEM]


@compiled
def _smooth_labels(table, kept, start, end):
    """Keep a short sentence right below a paragraph; drop a few words to the reader below a call to subscribe."""
    for i in range(start + 1, end):
        previous, block = table[i - 1], table[i]
        if previous[b.GAP_AFTER] or block[b.REASON] not in (NONE, NEWSLETTER):
            continue
        if previous[b.REASON] == NEWSLETTER and block[b.WORD_COUNT] <= CALL_MAX_WORDS and block[b.SELF_WORDS] > 0:
            kept[i], block[b.REASON] = 0, NEWSLETTER
        elif block[b.REASON] == NEWSLETTER:
            continue
        elif (
            kept[i - 1]
            and block[b.IS_FINAL]
            and block[b.WORD_COUNT] >= SENTENCE_MIN_WORDS
            and block[b.FUNCTION_WORDS] > 0
        ):
            is_prose = previous[b.IS_FINAL] and previous[b.WORD_COUNT] >= PROSE_MIN_WORDS
            kept[i] |= is_prose and block[b.WORD_COUNT] <= SHORT_SENTENCE_WORDS and not block[b.SELF_WORDS]


@compiled
def _is_boilerplate_label(block):
    """Report whether a block has the wording of a boilerplate label: a few words, no sentence."""
    is_named = block[b.REASON] in (NAVIGATION, SHARE, NEWSLETTER, COMMENTS, RELATED, ADVERTISEMENT)
    return is_named and block[b.WORD_COUNT] <= LABEL_MAX_WORDS and not block[b.IS_FINAL]


@compiled
def _trim_ends(table, kept, start, end, title):
    """Drop the blocks of the range above the headline, and disclaimers at the end."""
    for i in range(end - 1, start - 1, -1):
        if kept[i] and table[i, b.REASON] == NONE:
            if not is_disclaimer(table[i]):
                break
            kept[i], table[i, b.REASON] = 0, LEGAL_DISCLAIMER
    if not start <= title < end:
        return
    above = total = 0
    for i in range(start, end):
        above += table[i, b.WORD_COUNT] * kept[i] * (i < title)
        total += table[i, b.WORD_COUNT] * kept[i]
    if above <= ABOVE_TITLE_SHARE * total:
        kept[start:title] = 0


@compiled
def _assign_reasons(table, kept, page_start, page_end, start, end):
    """Choose reasons by position for dropped blocks without a reason; headers label the blocks below."""
    section = NONE
    for i in range(page_start, page_end):
        block = table[i]
        if kept[i] or block[b.REASON] == TITLE:
            if block[b.REASON] == NONE:
                section = NONE
            continue
        reason = block[b.REASON]
        if section == COMMENTS and i >= end and reason == BYLINE:
            block[b.REASON] = section  # author and date of a comment
        elif reason in (COMMENTS, RELATED, LEGAL_DISCLAIMER):
            section = reason  # such a header labels the blocks below it
        elif reason in (COPYRIGHT, NEWSLETTER, ADVERTISEMENT):
            section = NONE
        elif reason == NONE:
            block[b.REASON] = _reason_by_position(block, i, start, end, section)
        if block[b.REASON] == NEWSLETTER and not block[b.GAP_AFTER]:
            section = NEWSLETTER
        elif section == NEWSLETTER and (block[b.GAP_AFTER] or block[b.REASON] != NEWSLETTER):
            section = NONE
        if block[b.REASON] == ERROR_BANNER and i >= end > page_start:
            block[b.REASON] = NOT_CONTENT


@compiled
def _reason_by_position(block, i, start, end, section):
    """Return the reason of a dropped block by position, dates and length."""
    if i >= end and is_disclaimer(block):
        return LEGAL_DISCLAIMER
    if section == NEWSLETTER or (section == COMMENTS and i >= start):
        return section
    if i < start and block[b.IS_FINAL] and is_about_page(block):
        return ERROR_BANNER
    if block[b.IS_DATED] and block[b.WORD_COUNT] <= DATE_LINE_WORDS:
        return DATELINE if block[b.LAST_CHAR] in DASHES else BYLINE
    if section == RELATED and block[b.WORD_COUNT] <= RELATED_MAX_WORDS:
        return section
    return NAVIGATION if block[b.WORD_COUNT] <= MENU_MAX_WORDS and not block[b.IS_FINAL] else NOT_CONTENT


ROW_PAGE, ROW_START, ROW_END, ROW_LINE_START, ROW_LINE_END, ROW_KEPT, ROW_REASON, ROW_REPEAT, ROW_ORIGIN = range(9)
ROW_COLUMNS = 9


@compiled
def _find_equal_blocks(hashes, page_block, kept, titles, instances):
    """Return for each block an earlier block of the page with the same words, such as the title; NO_ROW for none."""
    equal_blocks, first_instances = np.full(len(hashes), NO_ROW, np.int32), np.full(len(hashes), NO_ROW, np.int32)
    for page in range(len(page_block) - 1):
        title = titles[page]
        for i in range(page_block[page], page_block[page + 1]):
            earlier = first_instances[instances[i]]
            if title >= 0 and i > title and hashes[i] == hashes[title]:
                equal_blocks[i] = title
            elif kept[i] and earlier != NO_ROW:
                equal_blocks[i] = earlier
            elif kept[i]:
                first_instances[instances[i]] = i
    return equal_blocks


@compiled
def _drop_repeats(table, hashes, page_block, scanned, kept, equal_blocks, is_whole):
    """Drop repeats of kept text, splitting blocks with repeated parts; return the rows of the labels."""
    rows = np.empty((len(table) + 64, ROW_COLUMNS), np.int32)
    hashes_of_rows = np.empty(len(table) + 64, np.uint64)
    page_rows = np.empty(len(page_block), np.int32)
    count = 0
    for page in range(len(page_block) - 1):
        start, end = page_block[page], page_block[page + 1]
        page_rows[page] = page_row = count
        may_repeat = end > start and not is_whole[page]
        repeats = (
            find_repeats(table, kept, start, end, scanned) if may_repeat else np.empty((0, PART_COLUMNS), np.int64)
        )
        if count + end - start + 2 * len(repeats) > len(rows):
            rows = np.concatenate(
                (rows, np.empty((len(rows) // 2 + end - start + 2 * len(repeats), ROW_COLUMNS), np.int32))
            )
            hashes_of_rows = np.concatenate((hashes_of_rows, np.empty(len(rows) - len(hashes_of_rows), np.uint64)))
        j = 0
        for i in range(start, end):
            next_repeat = j
            while next_repeat < len(repeats) and repeats[next_repeat, PART_BLOCK] == i:
                next_repeat += 1
            count = _append_block(
                rows,
                hashes_of_rows,
                count,
                page_row,
                table,
                hashes,
                i,
                kept,
                scanned,
                repeats[j:next_repeat],
                equal_blocks,
            )
            j = next_repeat
    page_rows[len(page_block) - 1] = count
    return rows[:count], hashes_of_rows[:count], page_rows


@inlined
def _append_block(rows, hashes_of_rows, count, page_row, table, hashes, i, kept, scanned, repeats, equal_blocks):
    """Append a block, or its parts where some repeat kept text; return the new number of rows.

    `repeats` are the repeated parts of the block; `equal_blocks` has for each block an earlier block with the same
    words.
    """
    block, source = table[i], np.int64(NO_ROW)
    start, end = block[b.START], block[b.END]
    is_open = kept[i] or block[b.REASON] in POSITION_REASONS
    is_whole = len(repeats) == 1 and repeats[0, PART_START] == start and repeats[0, PART_END] == end
    is_repeat = len(repeats) > 0 and is_open and (is_whole or kept[i]) and block[b.REASON] != TITLE
    if not is_repeat:
        if equal_blocks[i] != NO_ROW and len(repeats) == 0 and is_open:
            source = _find_source_row(rows, page_row, count, table[equal_blocks[i], b.START])
        return _append_row(rows, hashes_of_rows, count, block, start, end, i, kept, hashes, scanned, source)
    char = start
    for j in range(len(repeats)):
        if repeats[j, PART_START] > char:
            count = _append_row(
                rows, hashes_of_rows, count, block, char, repeats[j, PART_START], i, kept, hashes, scanned, NO_ROW
            )
        source = _find_source_row(rows, page_row, count, repeats[j, PART_SOURCE])
        char, part_end = repeats[j, PART_START], repeats[j, PART_END]
        count = _append_row(rows, hashes_of_rows, count, block, char, part_end, i, kept, hashes, scanned, source)
        char = part_end
    if char < end:
        count = _append_row(rows, hashes_of_rows, count, block, char, end, i, kept, hashes, scanned, NO_ROW)
    return count


@compiled
def _append_row(rows, hashes_of_rows, count, block, start, end, i, kept, hashes, scanned, source):
    """Append the row of the characters [start, end) of a block; `source` is the repeated row, NO_ROW for none."""
    row = rows[count]
    row[ROW_PAGE], row[ROW_START], row[ROW_END], row[ROW_ORIGIN] = block[b.PAGE], start, end, i
    row[ROW_KEPT], row[ROW_REASON], row[ROW_REPEAT] = kept[i], block[b.REASON], NO_ROW
    if source != NO_ROW:
        row[ROW_KEPT], row[ROW_REASON], row[ROW_REPEAT] = 0, REPEAT, source
    row[ROW_LINE_START], row[ROW_LINE_END] = block[b.LINE_START], block[b.LINE_END]
    if start == block[b.START] and end == block[b.END]:
        hashes_of_rows[count] = hashes[i]
        return count + 1
    shift = block[b.LINE_START] - block[b.FIRST_LINE]
    row[ROW_LINE_START] = _find_line(scanned.lines, block[b.FIRST_LINE], block[b.END_LINE], start) + shift
    row[ROW_LINE_END] = _find_line(scanned.lines, block[b.FIRST_LINE], block[b.END_LINE], end - 1) + shift
    low, high = find_words_between(scanned.word_start, block, start, end)
    hashes_of_rows[count] = hash_sequence(scanned.words, low, high, WHOLE)
    return count + 1


@compiled
def find_words_between(word_start, block, start, end):
    """Return the range of a block's words that begin in [start, end).

    A binary search: a block may have thousands of parts.
    """
    first_word = block[b.FIRST_WORD]
    word_starts = word_start[first_word : block[b.END_WORD]]
    return first_word + np.searchsorted(word_starts, start), first_word + np.searchsorted(word_starts, end)


@compiled
def _find_line(lines, start, end, char):
    """Return the last line of a range that begins at or before a character, else the first line."""
    low, high = start + 1, end
    while low < high:
        middle = (low + high) // 2
        if lines[middle, s.START] <= char:
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
        if rows[middle, ROW_START] <= char:
            low = middle + 1
        else:
            high = middle
    row = low - 1
    if row < page_row:
        return NO_ROW
    if rows[row, ROW_REPEAT] != NO_ROW:
        return rows[row, ROW_REPEAT]
    return row if rows[row, ROW_KEPT] else NO_ROW
