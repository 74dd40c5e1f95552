"""Which block of a page is the headline of its article."""

import numpy as np

from newsmill.cleaning import segmentation as b
from newsmill.cleaning.lexicon import CODES, NAMED, WHOLE, Lexicon, is_phrase
from newsmill.cleaning.segmentation import Blocks
from newsmill.cleaning.wording import NONE
from newsmill.compiled import compiled
from newsmill.nlp.hash_table import extend_sequence, has_key, start_sequence
from newsmill.nlp.scan import Scan

LOOK_ABOVE, LOOK_BELOW = 40, 8  # blocks around the first paragraph among which the headline is sought
TITLE_WORDS = (2, 32)
FULL_TITLE_WORDS = 6
FAR_COST = 0.15  # for each block between headline and text
REPEATED_WORDS_SCORE = 8.0  # for a headline all of whose longer words the text says again
ABOVE_CREDITS_SCORE = 3.0  # for standing right above byline or date
INSIDE_COST = 5.0  # for standing within the text, where subheadings stand
ITEM_COST = 2.0
STOP_COST = 3.0  # for ending as a sentence does
LABEL_COST = 4.0  # for opening like a label of furniture: "Video shows …"
MIN_LABELLED_WORDS = 4
INSIDE_MAX_WORDS = 16
MIN_SCORE = 2.0
DATE_LINE_WORDS = 30
MAX_DIGIT_SHARE = 0.3
BYLINE, UPDATE_NOTE, DATELINE, RELATED, CAPTION, ADVERTISEMENT = (
    CODES[reason] for reason in ("byline", "update_note", "dateline", "related", "caption", "advertisement")
)
ENDS_NO_TITLE = np.array([ord(sign) for sign in ":|>»,;"])
STOP, QUESTION, EXCLAMATION = ord("."), ord("?"), ord("!")


def find_titles(
    blocks: Blocks, scanned: Scan, lexicon: Lexicon, kept: np.ndarray, runs: np.ndarray, declared: Scan
) -> np.ndarray:
    """Return for each page the number of its headline's block, -1 for none; `declared` scans the declared titles."""
    found = np.full(len(runs), -1, np.int32)
    _find_page_titles(blocks.table, blocks.hashes, scanned, lexicon, kept, runs, blocks.page_block, declared, found)
    return found


@compiled
def _find_page_titles(table, hashes, scanned, lexicon, kept, runs, page_block, declared, found):
    size = 1024
    said = np.zeros(size, np.uint64)
    for page in range(len(runs)):
        start, end = runs[page]
        if start == end:
            continue
        first, past = page_block[page], page_block[page + 1]
        if declared.page_word[page + 1] > declared.page_word[page]:
            found[page] = _find_declared_title(table, hashes, declared, page, first, past, start)
            if found[page] >= 0:
                continue
        words = 0
        for number in range(start, end):
            words += (table[number, b.END_WORD] - table[number, b.FIRST_WORD]) * kept[number]
        while size < 2 * words:
            size *= 2
        if size > len(said):
            said = np.zeros(size, np.uint64)
        else:
            said[:] = 0
        for number in range(start, end):
            if kept[number] and not _could_be_title(table[number]):
                for at in range(table[number, b.FIRST_WORD], table[number, b.END_WORD]):
                    _insert_word(said, scanned.words[at])
        best = MIN_SCORE
        for number in range(max(start - LOOK_ABOVE, first), min(start + LOOK_BELOW, end)):
            worth = _score_title(table, hashes, number, start, past, scanned, lexicon, said)
            if worth >= best:
                best, found[page] = worth, number


@compiled
def _could_be_title(block):
    return block[b.WORD_COUNT] <= INSIDE_MAX_WORDS and (
        not block[b.IS_FINAL] or block[b.LAST_CHAR] == QUESTION or block[b.LAST_CHAR] == EXCLAMATION
    )


@compiled
def _insert_word(said, word):
    mask = np.uint64(len(said) - 1)
    at = word & mask
    while said[at] != np.uint64(0) and said[at] != word:
        at = (at + np.uint64(1)) & mask
    said[at] = word


@compiled
def _score_title(table, hashes, number, start, past, scanned, lexicon, said):
    """Return how much a block looks like the headline of a text that says these words; 0 is not at all."""
    block = table[number]
    count, reason = block[b.WORD_COUNT], block[b.REASON]
    if not TITLE_WORDS[0] <= count <= TITLE_WORDS[1] or not _looks_like_title(block, hashes[number], scanned, lexicon):
        return 0.0
    if reason not in (NONE, RELATED, BYLINE, CAPTION, UPDATE_NOTE, ADVERTISEMENT) or (
        reason and count < MIN_LABELLED_WORDS
    ):
        return 0.0
    is_sentence = block[b.IS_FINAL] and block[b.LAST_CHAR] != QUESTION and block[b.LAST_CHAR] != EXCLAMATION
    if number >= start and (is_sentence or count > INSIDE_MAX_WORDS):
        return 0.0
    longs = told = 0
    for at in range(block[b.FIRST_WORD], block[b.END_WORD]):
        if scanned.word_end[at] - scanned.word_start[at] >= b.LONG_WORD_CHARS:
            longs += 1
            told += has_key(said, scanned.words[at])
    worth = min(count, FULL_TITLE_WORDS) + (REPEATED_WORDS_SCORE * told / longs if longs else 0.0)
    for below in range(number + 1, min(number + 3, past)):
        if _is_credit(table[below]):
            worth += ABOVE_CREDITS_SCORE
            break
    worth -= INSIDE_COST * (number >= start) + ITEM_COST * block[b.IS_ITEM]
    worth -= STOP_COST * (block[b.LAST_CHAR] == STOP) + LABEL_COST * (reason != NONE)
    return worth - FAR_COST * abs(start - number)


@compiled
def _looks_like_title(block, words_hash, scanned, lexicon):
    """Tell whether a line could be a headline by its signs: no list, not mostly figures, no date, no agency's name."""
    for sign in ENDS_NO_TITLE:
        if block[b.LAST_CHAR] == sign and not (sign == 0xBB and block[b.FIRST_CHAR] == 0xAB):
            return False
    if block[b.SEPARATORS] or block[b.IS_DATED] or block[b.DIGITS] > MAX_DIGIT_SHARE * block[b.CHARS]:
        return False
    return not is_phrase(lexicon, scanned.words, block[b.FIRST_WORD], block[b.END_WORD], NAMED)


@compiled
def _is_credit(block):
    if block[b.REASON] in (BYLINE, UPDATE_NOTE, DATELINE):
        return True
    return block[b.WORD_COUNT] <= DATE_LINE_WORDS and block[b.IS_DATED]


@compiled
def _find_declared_title(table, hashes, declared, page, first, past, start):
    """Return the block nearest to the text's opening that says the declared title, or its beginning."""
    begin, end = declared.page_word[page], declared.page_word[page + 1]
    longest = end - begin
    prefixes = np.empty(longest + 1, np.uint64)
    prefixes[0] = start_sequence(WHOLE)
    for number in range(longest):
        prefixes[number + 1] = extend_sequence(prefixes[number], declared.words[begin + number])
    for distance in range(past - first):  # from the opening upwards first, then further down
        number = start + 1 - distance
        if number < first:
            break
        if number < past and _matches_title(table[number], hashes[number], prefixes):
            return number
    for number in range(start + 2, past):
        if _matches_title(table[number], hashes[number], prefixes):
            return number
    return -1


@compiled
def _matches_title(block, words_hash, prefixes):
    words, longest = block[b.END_WORD] - block[b.FIRST_WORD], len(prefixes) - 1
    return (words == longest or FULL_TITLE_WORDS <= words < longest) and words_hash == prefixes[words]
