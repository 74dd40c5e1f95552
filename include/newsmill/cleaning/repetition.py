"""Find repeated text on a page: passages with the same words as earlier text, case and punctuation aside.

Two mechanisms: `merge_instances` chooses an instance of whole blocks on pages with much repeated text, before the model
scores the blocks. `find_repeats` then finds repeated passages among kept blocks.

Layout: `stays[i]` is the kept instance of block i, or i. `find_repeats` builds a Stream: the words of all candidate
blocks of a page. Passages are PASSAGE records: ranges in the stream and the start of the earlier text. Parts are PART
records: a block, a range of characters, and the first character of the earlier text.

Example: a page with the blocks A B C A B has the stream A B C A B. The passage has the `start` of the second A, the
`end` of the stream and, as `source`, the start of the first A. The parts are the last two blocks.
"""

from typing import NamedTuple

import numpy as np

from newsmill.cleaning.lexicon import ANYWHERE
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled, inlined
from newsmill.nlp.hash_table import extend_sequence, start_sequence

REPEATED_SHARE = 0.2  # of the words of long blocks; on pages with less, equal lines are refrains or teasers
NEAR_BLOCKS = 4  # on each side of an instance
MIN_LINE_WORDS = 4  # of a line that is not kept; shorter ones are boilerplate
MIN_SENTENCE_WORDS = 6  # of a sentence that opens a repeated passage
MIN_PASSAGE_WORDS = 12  # shorter passages repeat in good texts: a refrain, one question to two people
MIN_PART_WORDS = 20  # of a line of which only a part repeats
PART = np.dtype((np.record, [(name, np.int64) for name in ("block", "start", "end", "source")]))
PASSAGE = np.dtype((np.record, [(name, np.int64) for name in ("start", "end", "source")]))
SENTENCE = np.dtype((np.record, [("hash", np.uint64), ("start", np.int64)]))
"""Slot of the open hash table of sentences; a free slot has a negative `start`."""


class Stream(NamedTuple):
    """The words of the candidate blocks of a page, as indexes into the batch's words.

    `begins[m]` is the stream index of candidate block `members[m]`. `sentences` and `chars` are the stream index and
    the first character of each sentence. `sizes` are cumulated word counts, and `stays` has 1 for a word of kept text.
    """

    words: np.ndarray
    members: np.ndarray
    begins: np.ndarray
    sentences: np.ndarray
    chars: np.ndarray
    sizes: np.ndarray
    stays: np.ndarray


def merge_instances(blocks: Blocks) -> tuple[Blocks, np.ndarray]:
    """Return the blocks without repeated instances, and for each block the index of the kept instance.

    Only pages with a good part of long blocks repeated are thinned: elsewhere an equal line is a refrain, or a teaser
    of the text below. Of two instances, more surrounding text decides.
    """
    stays = np.arange(len(blocks.table), dtype=np.int32)
    table = blocks.table.take(stays)  # a copy of whole records: `copy` goes field by field, in twenty times the time
    _choose_instances(table, blocks.hashes, blocks.page_block, stays)
    is_kept = stays == np.arange(len(stays))
    kept_count = np.cumsum(is_kept, dtype=np.int32)
    page_block = np.concatenate(([0], kept_count))[blocks.page_block].astype(np.int32)
    return Blocks(table.compress(is_kept), blocks.hashes[is_kept], page_block), kept_count[stays] - 1


@compiled
def _choose_instances(table, hashes, page_block, stays):
    """Set the kept instance of each block; reset pages with few repeats."""
    for page in range(len(page_block) - 1):
        start, end = page_block[page], page_block[page + 1]
        if _fold_adjacent_instances(table, hashes, start, end, stays) > REPEATED_SHARE:
            continue  # every block is doubled: other repeats belong to the text
        stays[start:end] = np.arange(start, end)
        if _find_first_instances(table, hashes, start, end, stays) <= REPEATED_SHARE:
            stays[start:end] = np.arange(start, end)
            continue
        is_single = np.ones(end - start, np.bool_)
        for i in range(start, end):
            if stays[i] != i:
                is_single[i - start] = is_single[stays[i] - start] = False
        i = start
        while i < end:
            source, length = stays[i], 1
            if source == i:
                i += 1
                continue
            while i + length < end and stays[i + length] == source + length and source + length < i:
                length += 1
            if source + 1 == i:
                table[source].gap_after = table[i].gap_after
            elif _count_nearby_words(table, is_single, start, end, i, length) > _count_nearby_words(
                table, is_single, start, end, source, length
            ):
                stays[source : source + length] = stays[i : i + length] = np.arange(i, i + length)
            i += length
        for i in range(start, end):
            while stays[stays[i]] != stays[i]:
                stays[i] = stays[stays[i]]


@compiled
def _fold_adjacent_instances(table, hashes, start, end, stays):
    """Fold each block into an equal block right above; return the folded share of the words of long blocks."""
    words = repeated = 0
    i = start
    while i < end:
        is_doubled = i + 1 < end and hashes[i + 1] == hashes[i]
        if table[i].word_count >= MIN_PASSAGE_WORDS:
            words += table[i].word_count * (1 + is_doubled)
            repeated += table[i].word_count * is_doubled
        if is_doubled:
            stays[i + 1] = i
        i += 1 + is_doubled
    if repeated > REPEATED_SHARE * words:
        for i in range(start, end):
            if stays[i] != i:
                table[stays[i]].gap_after = table[i].gap_after
    return repeated / max(words, 1)


@compiled
def _find_first_instances(table, hashes, start, end, stays):
    """Set for each block the first with the same words; return the repeated share of the words of long blocks."""
    order = start + np.argsort(hashes[start:end], kind="mergesort")
    words = repeated = 0
    for j in range(len(order)):
        i = order[j]
        if j and hashes[i] == hashes[order[j - 1]]:
            stays[i] = stays[order[j - 1]]
        if table[i].word_count >= MIN_PASSAGE_WORDS:
            words += table[i].word_count
            repeated += table[i].word_count * (stays[i] != i)
    return repeated / max(words, 1)


@compiled
def _count_nearby_words(table, is_single, page_start, page_end, i, length):
    """Return the words of long blocks near a range of blocks, without repeated blocks."""
    words = 0
    for j in range(max(i - NEAR_BLOCKS, page_start), min(i + length + NEAR_BLOCKS, page_end)):
        if is_single[j - page_start] and table[j].word_count >= MIN_PASSAGE_WORDS:
            words += table[j].word_count
    return words


@compiled
def find_repeats(table, kept, page_start, page_end, scanned):
    """Return the repeated parts of one page: a part is a whole block, or whole sentences of a block."""
    stream = _build_stream(table, kept, page_start, page_end, scanned)
    return _map_to_blocks(table, stream, _find_passages(scanned.words, stream))


@compiled
def _build_stream(table, kept, page_start, page_end, scanned):
    """Return the words of the candidate blocks of a page."""
    words = 0
    for i in range(page_start, page_end):
        words += table[i].end_word - table[i].first_word
    stream, sentences, chars = np.empty(words, np.int64), np.empty(words + 1, np.int64), np.empty(words + 1, np.int64)
    begins, members = np.empty(page_end - page_start + 1, np.int64), np.empty(page_end - page_start, np.int64)
    sizes, stays = np.zeros(words + 1), np.empty(words, np.uint8)
    n_words = n_sentences = n_members = 0
    sentence = np.searchsorted(scanned.sentence_word, table[page_start].first_word)
    for i in range(page_start, page_end):
        start, end = table[i].first_word, table[i].end_word
        while sentence < len(scanned.sentence_word) and scanned.sentence_word[sentence] <= start:
            sentence += 1
        if (not kept[i] and table[i].word_count < MIN_LINE_WORDS) or end == start:
            continue
        members[n_members], begins[n_members] = i, n_words
        n_members += 1
        sentences[n_sentences], chars[n_sentences] = n_words, table[i].start
        n_sentences += 1
        while sentence < len(scanned.sentence_word) and scanned.sentence_word[sentence] < end:
            sentences[n_sentences] = n_words + scanned.sentence_word[sentence] - start
            chars[n_sentences] = scanned.sentence_start[sentence]
            n_sentences += 1
            sentence += 1
        size = table[i].word_count / (end - start)  # in a script without spaces a clause is one word
        for word in range(start, end):
            stream[n_words], stays[n_words], sizes[n_words + 1] = word, kept[i], sizes[n_words] + size
            n_words += 1
    begins[n_members], sentences[n_sentences] = n_words, n_words
    return Stream(
        stream[:n_words],
        members[:n_members],
        begins[: n_members + 1],
        sentences[: n_sentences + 1],
        chars[:n_sentences],
        sizes,
        stays,
    )


@compiled
def _find_passages(words, stream):
    """Return the repeated passages in order, without overlaps."""
    sentences, sizes, stays = stream.sentences, stream.sizes, stream.stays
    n_sentences = len(sentences) - 1
    size = 64
    while size < 2 * n_sentences:
        size *= 2
    seen, mask = np.empty(size, SENTENCE), np.uint64(size - 1)
    for slot in range(size):
        seen[slot].start = -1
    passages = np.empty(n_sentences, PASSAGE)
    count = covered = 0
    for i in range(n_sentences):
        start, end = sentences[i], sentences[i + 1]
        if start < covered or sizes[end] - sizes[start] < MIN_SENTENCE_WORDS:
            continue
        state = start_sequence(ANYWHERE)
        for j in range(start, end):
            state = extend_sequence(state, words[stream.words[j]])
        first = seen[_find_slot(seen, mask, state)]
        if first.start < 0 or stays[start] > stays[first.start]:  # a dropped text is no source
            first.hash, first.start = state, start
            continue
        passage = passages[count]
        passage.start, passage.end, passage.source = start, end, first.start
        _extend_passage(words, stream, passage, covered)
        if sizes[passage.end] - sizes[passage.start] >= MIN_PASSAGE_WORDS:
            count += 1
            covered = passage.end
    return passages[:count]


@inlined
def _find_slot(seen, mask, key):
    """Return the slot of a sentence in the table, or the free slot for the sentence."""
    slot = key & mask
    while seen[slot].start >= 0 and seen[slot].hash != key:
        slot = (slot + np.uint64(1)) & mask
    return slot


@compiled
def _extend_passage(words, stream, passage, min_start):
    """Extend a passage to the longest that equals the earlier text, without overlap."""
    stays, again_start, end = stream.stays, passage.start, passage.end
    distance = again_start - passage.source
    while (
        end < len(stream.words)
        and end - distance < again_start
        and words[stream.words[end]] == words[stream.words[end - distance]]
        and stays[end - distance] >= stays[end]
    ):
        end += 1
    lowest = max(min_start, end - distance)
    start = again_start
    while (
        start > distance
        and start - 1 >= lowest
        and words[stream.words[start - 1 - distance]] == words[stream.words[start - 1]]
        and stays[start - 1 - distance] >= stays[start - 1]
    ):
        start -= 1
    passage.start, passage.end, passage.source = start, end, start - distance


@compiled
def _map_to_blocks(table, stream, passages):
    """Return the whole blocks and whole sentences within the passages."""
    members, begins = stream.members, stream.begins
    parts, count = np.empty(len(members) + len(passages), PART), 0
    for passage in passages:
        i = np.searchsorted(begins, passage.start, side="right") - 1
        while i < len(members) and begins[i] < passage.end:
            start, end = max(begins[i], passage.start), min(begins[i + 1], passage.end)
            block, first_word = table[members[i]], start
            is_cut = end == begins[i + 1] - 1 and end > start and not block.is_final  # cut in its last word
            if start == begins[i] and (end == begins[i + 1] or is_cut):
                char_start, char_end = np.int64(block.start), np.int64(block.end)
            else:
                first_word, char_start, char_end = _find_sentences(stream, block, i, start, end)
            if char_end > char_start:
                source = (
                    np.searchsorted(stream.sentences, passage.source + first_word - passage.start, side="right") - 1
                )
                part = parts[count]
                part.block, part.start, part.end, part.source = members[i], char_start, char_end, stream.chars[source]
                count += 1
            i += 1
    return parts[:count]


@compiled
def _find_sentences(stream, block, i, start, end):
    """Return the first word and the characters of the sentences of candidate i within a range of the stream.

    The characters are an empty range where the sentences are too short.
    """
    sentences, block_start, block_end = stream.sentences, stream.begins[i], stream.begins[i + 1]
    low, high = np.searchsorted(sentences, start), np.searchsorted(sentences, end, side="right") - 1
    first_word = min(sentences[low], block_end)
    end_word = end if end == block_end else sentences[high]
    if stream.sizes[end_word] - stream.sizes[first_word] < MIN_PART_WORDS:
        return first_word, np.int64(0), np.int64(0)
    char_start = np.int64(block.start) if first_word == block_start else stream.chars[low]
    return first_word, char_start, np.int64(block.end) if end_word == block_end else stream.chars[high]
