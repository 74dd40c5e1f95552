"""Which kind of furniture a block is by its wording alone, wherever it stands."""

import numpy as np

from newsmill.cleaning import segmentation as b
from newsmill.cleaning.lexicon import (
    CODES,
    DATE,
    ERROR_NUMBER,
    EXCUSE,
    LETTER_C,
    OPENING,
    OPENS_SAID,
    SAID,
    STATUS,
    WHOLE,
    Lexicon,
    bits_of,
    phrase_of,
)
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled, inlined
from newsmill.nlp.hash_table import extend_sequence, start_sequence
from newsmill.nlp.scan import AFTER_SEPARATOR, HAS_DIGIT, NUMERIC, Scan

BOILERPLATE_MAX_WORDS = 90  # what is longer is not judged by a phrase in it
SENTENCE_WORDS = 8
LABEL_CHARS = 24  # a colon within them makes a label of what stands before it
EXCUSE_WORDS = 25
DATE_LINE_WORDS = 12
MENU_PARTS, MENU_PART_WORDS = 3, 4
SHORT_LINE = 12
MIN_OPENING_WORDS = 3
MIN_SAID_WORDS = 3
NONE = 0
REASONS = len(CODES) + 1
ERROR_BANNER, BYLINE, NAVIGATION, COPYRIGHT, NOT_CONTENT = (
    CODES[reason] for reason in ("error_banner", "byline", "navigation", "copyright", "not_content")
)


def classify_wording(blocks: Blocks, scanned: Scan, lexicon: Lexicon) -> None:
    """Write into each block's REASON the code of what its wording tells, 0 for nothing."""
    _classify_blocks(blocks.table, scanned, lexicon)


@compiled
def _classify_blocks(table, scanned, lexicon):
    places = np.empty(BOILERPLATE_MAX_WORDS, np.int64)
    for number in range(len(table)):
        table[number, b.REASON] = _classify_block(table[number], scanned, lexicon, places)


@inlined
def _classify_block(block, scanned, lexicon, places):
    first, past = block[b.FIRST_WORD], block[b.END_WORD]
    if past == first:
        return NOT_CONTENT
    if block[b.WORD_COUNT] > BOILERPLATE_MAX_WORDS or past - first > BOILERPLATE_MAX_WORDS:
        return NONE
    if block[b.DIGITS]:
        reason = _classify_figures(block, scanned, lexicon)
        if reason:
            return reason
    if block[b.COPYRIGHT] or _opens_with_c(block, scanned, lexicon):
        return COPYRIGHT
    if block[b.WEB_WORDS] and block[b.WORD_COUNT] <= EXCUSE_WORDS and bits_of(lexicon, scanned.words[first]) & EXCUSE:
        return ERROR_BANNER
    is_sentence = block[b.IS_FINAL] and block[b.WORD_COUNT] >= SENTENCE_WORDS
    if block[b.SEPARATORS] and not is_sentence:
        reason = _classify_menu(block, scanned, lexicon, places)
        if reason:
            return reason
    return _match_phrases(scanned, lexicon, first, past, is_sentence and block[b.COLON] >= LABEL_CHARS, places)


@inlined
def _classify_figures(block, scanned, lexicon):
    """Return the reason of a line that is a status code or a date."""
    first, past = block[b.FIRST_WORD], block[b.END_WORD]
    if _is_http_status(block, scanned, lexicon):
        return ERROR_BANNER
    if block[b.WORD_COUNT] > DATE_LINE_WORDS or past - first < 2:
        return NONE
    for at in range(first, past):
        if not (scanned.word_shape[at] & HAS_DIGIT or bits_of(lexicon, scanned.words[at]) & DATE):
            return NONE
    return BYLINE


@inlined
def _opens_with_c(block, scanned, lexicon):
    """Tell whether a line with a figure opens with "(c)"."""
    first = block[b.FIRST_WORD]
    return (
        block[b.FIRST_CHAR] == 40
        and block[b.DIGITS] > 0
        and scanned.word_start[first] == block[b.TEXT_START] + 1
        and bits_of(lexicon, scanned.words[first]) & LETTER_C
    )


@inlined
def _is_http_status(block, scanned, lexicon):
    """Tell whether a line is the number of an HTTP error, alone or before what it says."""
    at, past = block[b.FIRST_WORD], block[b.END_WORD]
    while at < past - 1 and bits_of(lexicon, scanned.words[at]) & STATUS:
        at += 1
    if not bits_of(lexicon, scanned.words[at]) & ERROR_NUMBER:
        return False
    at += 1
    while at < past and bits_of(lexicon, scanned.words[at]) & STATUS:
        at += 1
    # a sign must part the number from what it says: "503 - back soon", not "503 jobs to go"
    return at == past or (block[b.SIGNS] > 0 and scanned.word_start[at] - scanned.word_end[at - 1] > 1)


@inlined
def _classify_menu(block, scanned, lexicon, places):
    """Return the kind of menu that the parts of a line are: the one most are, if they are short or all known."""
    past = block[b.END_WORD]
    tally = np.zeros(REASONS, np.int64)
    parts, begin = 0, block[b.FIRST_WORD]
    for at in range(begin + 1, past + 1):
        if at == past or scanned.word_shape[at] & AFTER_SEPARATOR:
            tally[_match_phrases(scanned, lexicon, begin, at, False, places)] += 1
            parts, begin = parts + 1, at
    if parts < 2 or (tally[NONE] and (parts < MENU_PARTS or block[b.WORD_COUNT] > MENU_PART_WORDS * parts)):
        return NONE
    tally[NONE] = 0
    return np.argmax(tally) if tally.sum() * 2 > parts else NAVIGATION


@inlined
def _match_phrases(scanned, lexicon, first, past, is_sentence, places):
    """Return the kind of furniture that a run of words is by the phrases in it; short lines are read without figures.

    A sentence of running text may well begin with "watch" or "by the": there, openings need SURE_WORDS words.
    """
    is_short, count = past - first < SHORT_LINE, 0
    for at in range(first, past):
        if not (is_short and scanned.word_shape[at] & NUMERIC):
            places[count] = at
            count += 1
    if is_short and count > 0:
        reason, _ = _match_whole_line(scanned.words, lexicon, places[:count], WHOLE)
        if reason:
            return reason
    state, found = start_sequence(OPENING), NONE
    for place in range(min(count, lexicon.longest)):
        state = extend_sequence(state, scanned.words[places[place]])
        reason, limit = phrase_of(lexicon, state)
        if reason and count <= limit and not (is_sentence and place + 1 < MIN_OPENING_WORDS):
            found = reason  # the longest opening tells most
    if found or count < MIN_SAID_WORDS:
        return found
    for begin in range(count):
        if bits_of(lexicon, scanned.words[places[begin]]) & OPENS_SAID:
            state = start_sequence(SAID)
            for place in range(begin, min(count, begin + lexicon.longest)):
                state = extend_sequence(state, scanned.words[places[place]])
                reason, _ = phrase_of(lexicon, state)
                if reason:
                    return reason
    return NONE


@inlined
def _match_whole_line(words, lexicon, places, kind):
    state = start_sequence(kind)
    for place in places:
        state = extend_sequence(state, words[place])
    return phrase_of(lexicon, state)
