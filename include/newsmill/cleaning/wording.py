"""Classify blocks as boilerplate by wording alone, independent of position.

Layout: the kernel writes a lexicon.Reason into the field `reason` of each block, NONE for none.
`places` is scratch space: the word indexes of the line without figures. Phrases are looked up by a hash of words, as
whole lines, as openings, or anywhere in the line.

Example: "By Anne Lunde" opens with a byline phrase, valid in lines of few words. "By the time the ferry left, nobody
was on the quay." is a sentence, where an opening needs MIN_OPENING_WORDS words, and stays without reason.
"""

import numpy as np

from newsmill.cleaning.lexicon import (
    ANYWHERE,
    DATE,
    ERROR_NUMBER,
    EXCUSE,
    LETTER_C,
    OPENING,
    OPENS_SAID,
    STATUS,
    WHOLE,
    Lexicon,
    Reason,
    find_phrase,
    get_word_bits,
)
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled, inlined
from newsmill.nlp.hash_table import extend_sequence, start_sequence
from newsmill.nlp.scan import AFTER_SEPARATOR, HAS_DIGIT, NUMERIC, Scan

BOILERPLATE_MAX_WORDS = 90  # longer blocks are not classified by a phrase
SENTENCE_WORDS = 8  # least words of a sentence of running text
LABEL_CHARS = 24  # a colon within the first so many characters marks a label
EXCUSE_WORDS = 25  # most words of an excuse about the page or the server
DATE_LINE_WORDS = 12  # most words of a line that is a date
MENU_PARTS, MENU_PART_WORDS = 3, 4  # least parts of a menu, most words of a part
SHORT_LINE = 12  # words; shorter lines are read without figures
MIN_OPENING_WORDS = 3  # of an opening, in a sentence
MIN_SAID_WORDS = 3  # of a line in which phrases may be anywhere
OPEN_BRACKET = ord("(")
REASON_COUNT = len(Reason)


def classify_wording(blocks: Blocks, scanned: Scan, lexicon: Lexicon) -> None:
    """Write the reason by wording into the field `reason` of each block, NONE for none."""
    _classify_blocks(blocks.table, scanned, lexicon)


@compiled
def _classify_blocks(table, scanned, lexicon):
    """Classify all blocks of a batch."""
    places = np.empty(BOILERPLATE_MAX_WORDS, np.int64)
    for i in range(len(table)):
        table[i].reason = _classify_block(table[i], scanned, lexicon, places)


@inlined
def _classify_block(block, scanned, lexicon, places):
    """Return the reason of a block by wording, NONE for none."""
    start, end = block.first_word, block.end_word
    if end == start:
        return Reason.NOT_CONTENT.value
    if block.word_count > BOILERPLATE_MAX_WORDS or end - start > BOILERPLATE_MAX_WORDS:
        return Reason.NONE.value
    if block.digits:
        reason = _classify_figures(block, scanned, lexicon)
        if reason:
            return reason
    if block.copyright or _opens_with_c(block, scanned, lexicon):
        return Reason.COPYRIGHT.value
    if block.web_words and block.word_count <= EXCUSE_WORDS and get_word_bits(lexicon, scanned.words[start]) & EXCUSE:
        return Reason.ERROR_BANNER.value
    is_sentence = block.is_final and block.word_count >= SENTENCE_WORDS
    if block.separators and not is_sentence:
        reason = _classify_menu(block, scanned, lexicon, places)
        if reason:
            return reason
    return _match_phrases(scanned, lexicon, start, end, is_sentence and block.colon >= LABEL_CHARS, places)


@inlined
def _classify_figures(block, scanned, lexicon):
    """Return the reason of a line that is an HTTP status or a date."""
    start, end = block.first_word, block.end_word
    if _is_http_status(block, scanned, lexicon):
        return Reason.ERROR_BANNER.value
    if block.word_count > DATE_LINE_WORDS or end - start < 2:
        return Reason.NONE.value
    for i in range(start, end):
        if not (scanned.word_shape[i] & HAS_DIGIT or get_word_bits(lexicon, scanned.words[i]) & DATE):
            return Reason.NONE.value
    return Reason.BYLINE.value


@inlined
def _opens_with_c(block, scanned, lexicon):
    """Report whether a line with a figure opens with "(c)"."""
    first_word = block.first_word
    return (
        block.first_char == OPEN_BRACKET
        and block.digits > 0
        and scanned.word_start[first_word] == block.text_start + 1
        and get_word_bits(lexicon, scanned.words[first_word]) & LETTER_C
    )


@inlined
def _is_http_status(block, scanned, lexicon):
    """Report whether a line is the number of an HTTP error, alone or before a message."""
    i, end = block.first_word, block.end_word
    while i < end - 1 and get_word_bits(lexicon, scanned.words[i]) & STATUS:
        i += 1
    if not get_word_bits(lexicon, scanned.words[i]) & ERROR_NUMBER:
        return False
    i += 1
    while i < end and get_word_bits(lexicon, scanned.words[i]) & STATUS:
        i += 1
    # a sign separates the number from its message: "503 - back soon", not "503 jobs to go"
    return i == end or (block.signs > 0 and scanned.word_start[i] - scanned.word_end[i - 1] > 1)


@inlined
def _classify_menu(block, scanned, lexicon, places):
    """Return the reason of a menu: the reason of most parts of the line, if the parts are short or all known."""
    end = block.end_word
    counts = np.zeros(REASON_COUNT, np.int64)
    parts, start = 0, block.first_word
    for i in range(start + 1, end + 1):
        if i == end or scanned.word_shape[i] & AFTER_SEPARATOR:
            counts[_match_phrases(scanned, lexicon, start, i, False, places)] += 1
            parts, start = parts + 1, i
    if parts < 2 or (counts[Reason.NONE.value] and (parts < MENU_PARTS or block.word_count > MENU_PART_WORDS * parts)):
        return Reason.NONE.value
    counts[Reason.NONE.value] = 0
    return np.argmax(counts) if counts.sum() * 2 > parts else Reason.NAVIGATION.value


@inlined
def _match_phrases(scanned, lexicon, start, end, is_sentence, places):
    """Return the reason by phrases within a range of words; short lines are read without figures.

    A sentence of running text may open with "watch" or "by the": in a sentence, an opening needs MIN_OPENING_WORDS
    words.
    """
    is_short, count = end - start < SHORT_LINE, 0
    for i in range(start, end):
        if not (is_short and scanned.word_shape[i] & NUMERIC):
            places[count] = i
            count += 1
    if is_short and count > 0:
        reason, _ = _match_whole_line(scanned.words, lexicon, places[:count], WHOLE)
        if reason:
            return reason
    state, opening_reason = start_sequence(OPENING), Reason.NONE.value
    for j in range(min(count, lexicon.longest)):
        state = extend_sequence(state, scanned.words[places[j]])
        reason, limit = find_phrase(lexicon, state)
        if reason and count <= limit and not (is_sentence and j + 1 < MIN_OPENING_WORDS):
            opening_reason = reason  # the longest opening decides
    if opening_reason or count < MIN_SAID_WORDS:
        return opening_reason
    for k in range(count):
        if get_word_bits(lexicon, scanned.words[places[k]]) & OPENS_SAID:
            state = start_sequence(ANYWHERE)
            for j in range(k, min(count, k + lexicon.longest)):
                state = extend_sequence(state, scanned.words[places[j]])
                reason, _ = find_phrase(lexicon, state)
                if reason:
                    return reason
    return Reason.NONE.value


@inlined
def _match_whole_line(words, lexicon, places, kind):
    """Return (reason, word limit) of a whole line as a phrase."""
    state = start_sequence(kind)
    for i in places:
        state = extend_sequence(state, words[i])
    return find_phrase(lexicon, state)
