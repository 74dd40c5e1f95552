"""Settles the fate of every block of a batch of pages: kept as text or title, or dropped and why."""

from typing import NamedTuple

import numpy as np

from newsmill.cleaning import segmentation as b
from newsmill.cleaning.block_scores import PROSE_MIN_WORDS
from newsmill.cleaning.label_propagation import MENU_MAX_WORDS, is_about_page, is_disclaimer
from newsmill.cleaning.lexicon import CODES, WHOLE
from newsmill.cleaning.repetition import PART_BLOCK, PART_END, PART_SOURCE, PART_START, find_repeats
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
NEVER_BODY = (ERROR_BANNER, LEGAL_DISCLAIMER, COPYRIGHT, UPDATE_NOTE, CROSS_PAGE)  # whatever else a block looks like
POSITION_REASONS = (NOT_CONTENT, RELATED, NAVIGATION)  # that place alone may have told: a repeat is told more surely
RELATED_MAX_WORDS = 40
LABEL_MAX_WORDS = 12
COLON = 0x3A
CALL_MAX_WORDS = 20
SENTENCE_MIN_WORDS, SHORT_SENTENCE_WORDS = 4, 12
ABOVE_TITLE_SHARE = 0.25  # of the text, what may be cut off because it stands above the headline
NO_ROW = -1


class BlockLabels(NamedTuple):
    """The final blocks of a batch: what stands where, and what became of it; `origin` is the block each was part of."""

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
        """Tell for each block whether it is part of its article's text."""
        return (self.is_kept == 1) & (self.reason == NONE)


def find_extents(blocks: Blocks, kept: np.ndarray) -> np.ndarray:
    """Return for each page the half-open range of blocks from the first that is kept to the last."""
    runs = np.zeros((len(blocks.page_block) - 1, 2), np.int32)
    runs[:] = blocks.page_block[:-1, None]
    number = np.flatnonzero(kept)
    page = blocks.table[number, b.PAGE]
    first = np.flatnonzero(np.diff(page, prepend=-1))
    runs[page[first], 0], runs[page, 1] = number[first], number + 1
    return runs


def label_blocks(
    blocks: Blocks,
    scanned: Scan,
    kept: np.ndarray,
    runs: np.ndarray,
    titles: np.ndarray,
    printed: np.ndarray,
    is_whole: np.ndarray,
) -> BlockLabels:
    """Return the ledger of a batch.

    `kept` tells which blocks look like text, `runs` where the text runs, `titles` where the headline is, and `printed`
    has the same number for blocks that are printings of one.
    """
    table, hashes, page_block = blocks
    _label_pages(table, page_block, kept, runs, titles, is_whole)
    same = _find_equal_blocks(hashes, page_block, kept, titles, printed)
    rows, parts, pages = _drop_repeats(table, hashes, page_block, scanned, kept, same, is_whole)
    columns = [np.ascontiguousarray(rows[:, column]) for column in range(9)]
    return BlockLabels(*columns[:8], parts, columns[8], pages)


@compiled
def _label_pages(table, page_block, kept, runs, titles, is_whole):
    for page in range(len(runs)):
        if is_whole[page]:
            kept[page_block[page] : page_block[page + 1]] = 1
            continue
        title = titles[page]
        for number in range(runs[page, 0] + 1, runs[page, 1] - 1):
            if not kept[number] and kept[number - 1] == kept[number + 1] == 1 and table[number, b.REASON] == NONE:
                kept[number] = 2  # a line alone between two paragraphs: a subheading
        _keep_lists(table, kept, runs[page, 0], runs[page, 1], page_block[page + 1])
        _smooth_labels(table, kept, page_block[page], page_block[page + 1])
        for number in range(page_block[page], page_block[page + 1]):
            kept[number] = kept[number] > 0 or table[number, b.IS_DECIDED]
            if kept[number]:
                if table[number, b.REASON] in NEVER_BODY or _is_boilerplate_label(table[number]):
                    kept[number] = 0
                else:
                    table[number, b.REASON] = NONE
        if title >= 0:
            table[title, b.REASON], kept[title] = TITLE, 1
        _trim_ends(table, kept, runs[page, 0], runs[page, 1], title)
        _assign_reasons(table, kept, page_block[page], page_block[page + 1], runs[page, 0], runs[page, 1])


@compiled
def _keep_lists(table, kept, start, end, past_page):
    """Keep a list within the text together with what leads to it: a line that ends in a colon, items, text again.

    Below the last block of text, a sentence right behind the items is text again, too. Where the items end in colons
    themselves, each is looked at once and kept once: `past` and `filled` only grow.
    """
    past = filled = start
    for number in range(start + 1, min(end + 1, past_page)):
        if table[number, b.LAST_CHAR] != COLON or not (kept[number] or kept[number - 1]):
            continue
        past = max(past, number + 1)
        while past < past_page and table[past, b.IS_ITEM] and table[past, b.REASON] == NONE:
            past += 1
        if past - number <= 2 or past == past_page:
            continue
        if past < end and kept[past]:
            kept[max(number, filled) : past] = 1
            filled = max(filled, past)
        elif number >= end - 1 and _introduces_list(table[number]) and _follows_list(table[past]):
            kept[max(number, filled) : past + 1] = 1
            filled = max(filled, past + 1)


@compiled
def _introduces_list(block):
    return block[b.REASON] == NONE and block[b.WORD_COUNT] >= SENTENCE_MIN_WORDS and block[b.FUNCTION_WORDS] > 0


@compiled
def _follows_list(block):
    is_sentence = block[b.IS_FINAL] and block[b.WORD_COUNT] >= PROSE_MIN_WORDS and block[b.FUNCTION_WORDS] > 0
    return is_sentence and block[b.REASON] == NONE and not block[b.SELF_WORDS] and not block[b.IS_ITEM]


@compiled
def _smooth_labels(table, kept, first, past):
    """Keep a short sentence right below a paragraph; drop a few words to the reader below a call to subscribe."""
    for number in range(first + 1, past):
        before, block = table[number - 1], table[number]
        if before[b.GAP_AFTER] or block[b.REASON] not in (NONE, NEWSLETTER):
            continue
        if before[b.REASON] == NEWSLETTER and block[b.WORD_COUNT] <= CALL_MAX_WORDS and block[b.SELF_WORDS] > 0:
            kept[number], block[b.REASON] = 0, NEWSLETTER
        elif block[b.REASON] == NEWSLETTER:
            continue
        elif (
            kept[number - 1]
            and block[b.IS_FINAL]
            and block[b.WORD_COUNT] >= SENTENCE_MIN_WORDS
            and block[b.FUNCTION_WORDS] > 0
        ):
            is_prose = before[b.IS_FINAL] and before[b.WORD_COUNT] >= PROSE_MIN_WORDS
            kept[number] |= is_prose and block[b.WORD_COUNT] <= SHORT_SENTENCE_WORDS and not block[b.SELF_WORDS]


@compiled
def _is_boilerplate_label(block):
    """Tell whether a block is a short line of furniture by its wording: no sentence, a few words."""
    is_named = block[b.REASON] in (NAVIGATION, SHARE, NEWSLETTER, COMMENTS, RELATED, ADVERTISEMENT)
    return is_named and block[b.WORD_COUNT] <= LABEL_MAX_WORDS and not block[b.IS_FINAL]


@compiled
def _trim_ends(table, kept, start, end, title):
    """Drop what the run took in above the headline, and disclaimers at its end."""
    for number in range(end - 1, start - 1, -1):
        if kept[number] and table[number, b.REASON] == NONE:
            if not is_disclaimer(table[number]):
                break
            kept[number], table[number, b.REASON] = 0, LEGAL_DISCLAIMER
    if not start <= title < end:
        return
    above = body = 0
    for number in range(start, end):
        above += table[number, b.WORD_COUNT] * kept[number] * (number < title)
        body += table[number, b.WORD_COUNT] * kept[number]
    if above <= ABOVE_TITLE_SHARE * body:
        kept[start:title] = 0


@compiled
def _assign_reasons(table, kept, first, past, start, end):
    """Give each dropped block that its wording does not explain the reason its place tells."""
    region = NONE
    for number in range(first, past):
        block = table[number]
        if kept[number] or block[b.REASON] == TITLE:
            if block[b.REASON] == NONE:
                region = NONE
            continue
        reason = block[b.REASON]
        if region == COMMENTS and number >= end and reason == BYLINE:
            block[b.REASON] = region  # who wrote a comment, and when
        elif reason in (COMMENTS, RELATED, LEGAL_DISCLAIMER):
            region = reason  # a header of these speaks for what follows it
        elif reason in (COPYRIGHT, NEWSLETTER, ADVERTISEMENT):
            region = NONE
        elif reason == NONE:
            block[b.REASON] = _reason_by_position(block, number, start, end, region)
        if block[b.REASON] == NEWSLETTER and not block[b.GAP_AFTER]:
            region = NEWSLETTER
        elif region == NEWSLETTER and (block[b.GAP_AFTER] or block[b.REASON] != NEWSLETTER):
            region = NONE
        if block[b.REASON] == ERROR_BANNER and number >= end > first:
            block[b.REASON] = NOT_CONTENT


@compiled
def _reason_by_position(block, number, start, end, region):
    if number >= end and is_disclaimer(block):
        return LEGAL_DISCLAIMER
    if region == NEWSLETTER or (region == COMMENTS and number >= start):
        return region
    if number < start and block[b.IS_FINAL] and is_about_page(block):
        return ERROR_BANNER
    if block[b.IS_DATED] and block[b.WORD_COUNT] <= DATE_LINE_WORDS:
        return DATELINE if block[b.LAST_CHAR] in (0x2D, 0x2013, 0x2014) else BYLINE
    if region == RELATED and block[b.WORD_COUNT] <= RELATED_MAX_WORDS:
        return region
    return NAVIGATION if block[b.WORD_COUNT] <= MENU_MAX_WORDS and not block[b.IS_FINAL] else NOT_CONTENT


ROW_PAGE, ROW_START, ROW_END, ROW_LINE_START, ROW_LINE_END, ROW_KEPT, ROW_REASON, ROW_REPEAT, ROW_ORIGIN = range(9)


@compiled
def _find_equal_blocks(hashes, page_block, kept, titles, printed):
    """Return for each block the one before that says the same as a whole, the title among them, or NOWHERE."""
    same, firsts = np.full(len(hashes), NO_ROW, np.int32), np.full(len(hashes), NO_ROW, np.int32)
    for page in range(len(page_block) - 1):
        title = titles[page]
        for number in range(page_block[page], page_block[page + 1]):
            first = firsts[printed[number]]
            if title >= 0 and number > title and hashes[number] == hashes[title]:
                same[number] = title
            elif kept[number] and first != NO_ROW:
                same[number] = first
            elif kept[number]:
                firsts[printed[number]] = number
    return same


@compiled
def _drop_repeats(table, hashes, page_block, scanned, kept, same, is_whole):
    """Drop what repeats kept text, splitting blocks of which a part does; return the rows of the ledger."""
    rows = np.empty((len(table) + 64, 9), np.int32)
    parts = np.empty(len(table) + 64, np.uint64)
    pages = np.empty(len(page_block), np.int32)
    count = 0
    for page in range(len(page_block) - 1):
        first, past = page_block[page], page_block[page + 1]
        pages[page] = begin = count
        may_repeat = past > first and not is_whole[page]
        found = find_repeats(table, kept, first, past, scanned) if may_repeat else np.empty((0, 4), np.int64)
        if count + past - first + 2 * len(found) > len(rows):
            rows = np.concatenate((rows, np.empty((len(rows) // 2 + past - first + 2 * len(found), 9), np.int32)))
            parts = np.concatenate((parts, np.empty(len(rows) - len(parts), np.uint64)))
        at = 0
        for number in range(first, past):
            until = at
            while until < len(found) and found[until, PART_BLOCK] == number:
                until += 1
            count = _append_block(
                rows, parts, count, begin, table, hashes, number, kept, scanned, found[at:until], same
            )
            at = until
    pages[len(page_block) - 1] = count
    return rows[:count], parts[:count], pages


@inlined
def _append_block(rows, parts, count, begin, table, hashes, number, kept, scanned, found, same):
    """Add a block, or its parts where some repeat what is kept already; return the number of rows then.

    `found` tells what of it repeats, `same` for each block the one whose words it says again as a whole.
    """
    block, source = table[number], np.int64(NO_ROW)
    start, end = block[b.START], block[b.END]
    is_open = kept[number] or block[b.REASON] in POSITION_REASONS
    is_whole = len(found) == 1 and found[0, PART_START] == start and found[0, PART_END] == end
    repeats = len(found) > 0 and is_open and (is_whole or kept[number]) and block[b.REASON] != TITLE
    if not repeats:
        if same[number] != NO_ROW and len(found) == 0 and is_open:
            source = _find_source_row(rows, begin, count, table[same[number], b.START])
        return _append_row(rows, parts, count, block, start, end, number, kept, hashes, scanned, source)
    char = start
    for row in range(len(found)):
        if found[row, PART_START] > char:
            count = _append_row(
                rows, parts, count, block, char, found[row, PART_START], number, kept, hashes, scanned, NO_ROW
            )
        source = _find_source_row(rows, begin, count, found[row, PART_SOURCE])
        char, past = found[row, PART_START], found[row, PART_END]
        count = _append_row(rows, parts, count, block, char, past, number, kept, hashes, scanned, source)
        char = past
    if char < end:
        count = _append_row(rows, parts, count, block, char, end, number, kept, hashes, scanned, NO_ROW)
    return count


@compiled
def _append_row(rows, parts, count, block, start, end, number, kept, hashes, scanned, source):
    """Add one row of the ledger: characters [start, end) of a block; `source` is the row that it repeats."""
    row = rows[count]
    row[ROW_PAGE], row[ROW_START], row[ROW_END], row[ROW_ORIGIN] = block[b.PAGE], start, end, number
    row[ROW_KEPT], row[ROW_REASON], row[ROW_REPEAT] = kept[number], block[b.REASON], NO_ROW
    if source != NO_ROW:
        row[ROW_KEPT], row[ROW_REASON], row[ROW_REPEAT] = 0, REPEAT, source
    row[ROW_LINE_START], row[ROW_LINE_END] = block[b.LINE_START], block[b.LINE_END]
    if start == block[b.START] and end == block[b.END]:
        parts[count] = hashes[number]
        return count + 1
    shift = block[b.LINE_START] - block[b.FIRST_LINE]
    row[ROW_LINE_START] = _find_line(scanned.lines, block[b.FIRST_LINE], block[b.END_LINE], start) + shift
    row[ROW_LINE_END] = _find_line(scanned.lines, block[b.FIRST_LINE], block[b.END_LINE], end - 1) + shift
    low, high = find_words_between(scanned.word_start, block, start, end)
    parts[count] = hash_sequence(scanned.words, low, high, WHOLE)
    return count + 1


@compiled
def find_words_between(word_start, block, start, end):
    """Return the range of a block's words that begin in [start, end); a block may have thousands of parts."""
    first = block[b.FIRST_WORD]
    own = word_start[first : block[b.END_WORD]]
    return first + np.searchsorted(own, start), first + np.searchsorted(own, end)


@compiled
def _find_line(lines, first, past, char):
    """Return the last line of a range that begins at a character or before it, else the first."""
    low, high = first + 1, past
    while low < high:
        middle = (low + high) // 2
        if lines[middle, s.START] <= char:
            low = middle + 1
        else:
            high = middle
    return low - 1


@compiled
def _find_source_row(rows, begin, count, char):
    """Return the row in which the kept text stands that is said again; NOWHERE if what stands there was dropped."""
    low, high = begin, count
    while low < high:
        middle = (low + high) // 2
        if rows[middle, ROW_START] <= char:
            low = middle + 1
        else:
            high = middle
    row = low - 1
    if row < begin:
        return NO_ROW
    if rows[row, ROW_REPEAT] != NO_ROW:
        return rows[row, ROW_REPEAT]
    return row if rows[row, ROW_KEPT] else NO_ROW
