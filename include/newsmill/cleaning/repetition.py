"""What a page prints more than once: passages whose words, case and punctuation aside, stand on the page before."""

import numpy as np

from newsmill.cleaning import segmentation as b
from newsmill.cleaning.lexicon import SAID
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled
from newsmill.nlp.hash_table import extend_sequence, start_sequence

REPEATED_SHARE = 0.2  # of the words of long blocks
NEAR_BLOCKS = 4
MIN_LINE_WORDS = 4  # of a line that is not kept: less is furniture
MIN_SENTENCE_WORDS = 6
MIN_PASSAGE_WORDS = 12  # less may well be said twice: a refrain, the same question to two people
MIN_PART_WORDS = 20  # of a line of which only a part repeats
PART_BLOCK, PART_START, PART_END, PART_SOURCE = range(4)


def merge_instances(blocks: Blocks) -> tuple[Blocks, np.ndarray]:
    """Return the blocks without further printings, and for every block the number, among these, of the one that stays.

    Only a page that prints a good part of its long blocks again is thinned: elsewhere an equal line is a refrain, or a
    teaser of what follows. Of two printings the one stays that has more of the rest of the text around it.
    """
    table = blocks.table.copy()
    stays = np.arange(len(table), dtype=np.int32)
    _choose_instances(table, blocks.hashes, blocks.page_block, stays)
    is_one = stays == np.arange(len(stays))
    place = np.cumsum(is_one, dtype=np.int32)
    page_block = np.concatenate(([0], place))[blocks.page_block].astype(np.int32)
    return Blocks(table[is_one], blocks.hashes[is_one], page_block), place[stays] - 1


@compiled
def _choose_instances(table, hashes, page_block, stays):
    for page in range(len(page_block) - 1):
        first, past = page_block[page], page_block[page + 1]
        if _fold_adjacent_instances(table, hashes, first, past, stays) > REPEATED_SHARE:
            continue  # what else it says again it says by its own
        stays[first:past] = np.arange(first, past)
        if _find_first_instances(table, hashes, first, past, stays) <= REPEATED_SHARE:
            stays[first:past] = np.arange(first, past)
            continue
        is_single = np.ones(past - first, np.bool_)
        for number in range(first, past):
            if stays[number] != number:
                is_single[number - first] = is_single[stays[number] - first] = False
        number = first
        while number < past:
            source, length = stays[number], 1
            if source == number:
                number += 1
                continue
            while number + length < past and stays[number + length] == source + length and source + length < number:
                length += 1
            if source + 1 == number:
                table[source, b.GAP_AFTER] = table[number, b.GAP_AFTER]
            elif _count_nearby_words(table, is_single, first, past, number, length) > _count_nearby_words(
                table, is_single, first, past, source, length
            ):
                stays[source : source + length] = stays[number : number + length] = np.arange(number, number + length)
            number += length
        for number in range(first, past):
            while stays[stays[number]] != stays[number]:
                stays[number] = stays[stays[number]]


@compiled
def _fold_adjacent_instances(table, hashes, first, past, stays):
    """Fold each second printing of a block right below the first; return its share of the words of long blocks."""
    words = again = 0
    number = first
    while number < past:
        is_doubled = number + 1 < past and hashes[number + 1] == hashes[number]
        if table[number, b.WORD_COUNT] >= MIN_PASSAGE_WORDS:
            words += table[number, b.WORD_COUNT] * (1 + is_doubled)
            again += table[number, b.WORD_COUNT] * is_doubled
        if is_doubled:
            stays[number + 1] = number
        number += 1 + is_doubled
    if again > REPEATED_SHARE * words:
        for number in range(first, past):
            if stays[number] != number:
                table[stays[number], b.GAP_AFTER] = table[number, b.GAP_AFTER]
    return again / max(words, 1)


@compiled
def _find_first_instances(table, hashes, first, past, stays):
    """Note for each block the first with the same words; return the share of long blocks' words that is repeated."""
    order = first + np.argsort(hashes[first:past], kind="mergesort")
    words = again = 0
    for at in range(len(order)):
        number = order[at]
        if at and hashes[number] == hashes[order[at - 1]]:
            stays[number] = stays[order[at - 1]]
        if table[number, b.WORD_COUNT] >= MIN_PASSAGE_WORDS:
            words += table[number, b.WORD_COUNT]
            again += table[number, b.WORD_COUNT] * (stays[number] != number)
    return again / max(words, 1)


@compiled
def _count_nearby_words(table, is_single, first, past, number, length):
    """Return the words of long blocks printed once that stand close to a run of blocks."""
    words = 0
    for near in range(max(number - NEAR_BLOCKS, first), min(number + length + NEAR_BLOCKS, past)):
        if is_single[near - first] and table[near, b.WORD_COUNT] >= MIN_PASSAGE_WORDS:
            words += table[near, b.WORD_COUNT]
    return words


@compiled
def find_repeats(table, kept, first, past, scanned):
    """Return what repeats on one page: rows (block, first character, past character, character where it stood before).

    A row speaks of a whole block, or of whole sentences of it.
    """
    words = 0
    for number in range(first, past):
        words += table[number, b.END_WORD] - table[number, b.FIRST_WORD]
    stream, sentences, chars = np.empty(words, np.int64), np.empty(words + 1, np.int64), np.empty(words + 1, np.int64)
    begins, members = np.empty(past - first + 1, np.int64), np.empty(past - first, np.int64)
    sizes, stays = np.zeros(words + 1), np.empty(words, np.uint8)
    n_words = n_sentences = n_members = 0
    at_sentence = np.searchsorted(scanned.sentence_word, table[first, b.FIRST_WORD])
    for number in range(first, past):
        begin, end = table[number, b.FIRST_WORD], table[number, b.END_WORD]
        while at_sentence < len(scanned.sentence_word) and scanned.sentence_word[at_sentence] <= begin:
            at_sentence += 1
        if (not kept[number] and table[number, b.WORD_COUNT] < MIN_LINE_WORDS) or end == begin:
            continue
        members[n_members], begins[n_members] = number, n_words
        n_members += 1
        sentences[n_sentences], chars[n_sentences] = n_words, table[number, b.START]
        n_sentences += 1
        while at_sentence < len(scanned.sentence_word) and scanned.sentence_word[at_sentence] < end:
            sentences[n_sentences] = n_words + scanned.sentence_word[at_sentence] - begin
            chars[n_sentences] = scanned.sentence_start[at_sentence]
            n_sentences += 1
            at_sentence += 1
        size = table[number, b.WORD_COUNT] / (end - begin)  # of a script without spaces, a clause is one word
        for word in range(begin, end):
            stream[n_words], stays[n_words], sizes[n_words + 1] = word, kept[number], sizes[n_words] + size
            n_words += 1
    begins[n_members], sentences[n_sentences] = n_words, n_words
    sentences, chars = sentences[: n_sentences + 1], chars[:n_sentences]
    passages = _find_passages(scanned.words, stream[:n_words], sentences, sizes, stays)
    return _map_to_blocks(table, passages, members[:n_members], begins[: n_members + 1], sentences, chars, sizes)


@compiled
def _find_passages(words, stream, sentences, sizes, stays):
    """Return the passages that repeat, in order, none overlapping another: rows (start, end, source) in the stream."""
    count = len(sentences) - 1
    size = 64
    while size < 2 * count:
        size *= 2
    seen = np.empty((size, 2), np.int64)
    seen[:, 1] = -1
    mask = np.uint64(size - 1)
    found = np.empty((count, 3), np.int64)
    n_found = covered = 0
    for number in range(count):
        start, end = sentences[number], sentences[number + 1]
        if start < covered or sizes[end] - sizes[start] < MIN_SENTENCE_WORDS:
            continue
        state = start_sequence(SAID)
        for at in range(start, end):
            state = extend_sequence(state, words[stream[at]])
        slot = state & mask
        while seen[slot, 1] >= 0 and np.uint64(seen[slot, 0]) != state:
            slot = (slot + np.uint64(1)) & mask
        if seen[slot, 1] < 0 or stays[start] > stays[seen[slot, 1]]:  # what is dropped says nothing a second time
            seen[slot, 0], seen[slot, 1] = np.int64(state), start
            continue
        source, again, past = _extend_passage(words, stream, stays, seen[slot, 1], start, end, covered)
        if sizes[past] - sizes[again] >= MIN_PASSAGE_WORDS:
            found[n_found, 0], found[n_found, 1], found[n_found, 2] = again, past, source
            n_found += 1
            covered = past
    return found[:n_found]


@compiled
def _extend_passage(words, stream, stays, first, again, past, floor):
    """Return (source, start, end) of the longest equal passage around two equal ones; the two never overlap."""
    while (
        past < len(stream)
        and first + past - again < again
        and words[stream[past]] == words[stream[first + past - again]]
        and stays[first + past - again] >= stays[past]
    ):
        past += 1
    lowest = max(floor, first + past - again)
    source, start = first, again
    while (
        source > 0
        and start - 1 >= lowest
        and words[stream[source - 1]] == words[stream[start - 1]]
        and stays[source - 1] >= stays[start - 1]
    ):
        source, start = source - 1, start - 1
    return source, start, past


@compiled
def _map_to_blocks(table, passages, members, begins, sentences, chars, sizes):
    """Return the whole blocks and whole sentences that lie in the passages."""
    rows = np.empty((len(members) + len(passages), 4), np.int64)
    count = 0
    for passage in passages:
        at = np.searchsorted(begins, passage[0], side="right") - 1
        while at < len(members) and begins[at] < passage[1]:
            start, end = max(begins[at], passage[0]), min(begins[at + 1], passage[1])
            block, char_start, char_end, word = table[members[at]], 0, 0, start
            is_cut = end == begins[at + 1] - 1 and end > start and not block[b.IS_FINAL]  # in its last word
            if start == begins[at] and (end == begins[at + 1] or is_cut):
                char_start, char_end = block[b.START], block[b.END]
            else:
                low = np.searchsorted(sentences, start)
                high = np.searchsorted(sentences, end, side="right") - 1
                word = min(sentences[low], begins[at + 1])
                last = end if end == begins[at + 1] else sentences[high]
                if sizes[last] - sizes[word] >= MIN_PART_WORDS:
                    char_start = block[b.START] if word == begins[at] else chars[low]
                    char_end = block[b.END] if last == begins[at + 1] else chars[high]
            if char_end > char_start:
                rows[count, PART_BLOCK], rows[count, PART_START], rows[count, PART_END] = (
                    members[at],
                    char_start,
                    char_end,
                )
                place = passage[2] + word - passage[0]
                rows[count, PART_SOURCE] = chars[np.searchsorted(sentences, place, side="right") - 1]
                count += 1
            at += 1
    return rows[:count]
