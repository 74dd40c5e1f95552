"""Measure texts: counts, and quality signals by the definitions of RedPajama-Data-v2.

docs/quality_signals.md has the formulas.

Layout: `signals` has a SIGNALS record per text with a field per signal. `_scan_text` reads a text once, keeps state and
counts in a TEXT record, and passes the normalised words on: `words.hashes` and `words.lengths`, in lower case and NFD,
without punctuation. `_measure_repetition` then finds n-grams that occur at least twice: `ids` numbers the distinct
words, `counts` counts each, `places` are the start positions of the repeated n-grams of the current size and `numbers`
those of the n-grams.

Example: "a b a b c" has the ids [0, 1, 0, 1, 2]. The words at the places 0 to 3 are repeated; of the bigrams, (0, 1)
is, at the places 0 and 2; no trigram is. `rps_doc_frac_chars_top_2gram` is 4 characters of 5.
"""

import unicodedata
from enum import IntEnum
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsmill.compiled import compiled, compiled_in_place, inlined
from newsmill.languages.word_lists import read_words
from newsmill.nlp.characters import HASH_PRIME, HASH_SEED, LIMIT, hash_word
from newsmill.nlp.scan import SMALL_A, SMALL_Z, decode_char, text_buffers

# Signals of a text, in the order of the columns.
COUNTS = ("word_count", "sentence_count", "rps_doc_word_count", "rps_doc_num_sentences", "rps_lines_javascript_counts")
TOP_GRAMS, DUPE_GRAMS = (2, 4), (5, 10)  # smallest and largest size
SHARES = (
    "rps_doc_mean_word_length",
    "rps_doc_frac_unique_words",
    "rps_doc_unigram_entropy",
    "rps_doc_frac_all_caps_words",
    "rps_doc_frac_no_alph_words",
    "rps_doc_stop_word_fraction",
    "rps_doc_symbol_to_word_ratio",
    "rps_doc_frac_lines_end_with_ellipsis",
    "rps_doc_curly_bracket",
    "rps_doc_lorem_ipsum",
    "rps_lines_ending_with_terminal_punctution_mark",
    "rps_lines_start_with_bulletpoint",
    "rps_lines_num_words",
    "rps_lines_numerical_chars_fraction",
    "rps_lines_uppercase_letter_fraction",
    "rps_doc_frac_chars_top_2gram",
    "rps_doc_frac_chars_top_3gram",
    "rps_doc_frac_chars_top_4gram",
    "rps_doc_frac_chars_dupe_5grams",
    "rps_doc_frac_chars_dupe_6grams",
    "rps_doc_frac_chars_dupe_7grams",
    "rps_doc_frac_chars_dupe_8grams",
    "rps_doc_frac_chars_dupe_9grams",
    "rps_doc_frac_chars_dupe_10grams",
)
NAMES = (*COUNTS, *SHARES)
SIGNALS = np.dtype((np.record, [*((name, np.int32) for name in COUNTS), *((name, np.float64) for name in SHARES)]))
DIGITS = 8  # decimals, as in RedPajama
PAGE_PREFIX = "page_"  # prefix of the signals of the page before cleaning

# Traits of a character for the signals, as bits; a raw word is a run of IN_WORD or of IN_SIGNS.
IN_WORD, IN_SIGNS, SPACE, UPPER, NOT_UPPER, ALPH, REMOVED, FINAL, WIDE_FINAL, CLOSER, STOP, MARK, BULLET_POINT = (
    1 << bit for bit in range(13)
)
KIND = IN_WORD | IN_SIGNS
_SIGNS = {
    REMOVED: "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",  # string.punctuation
    FINAL: ".!?…。！？؟।",
    WIDE_FINAL: "。！？",
    CLOSER: "\"”’')]»",
    STOP: ".!?",
    MARK: ".!?”",
    BULLET_POINT: "•‣▶◀◦■□▪▫–",
}
DOT, HASH, OPEN_CURLY, CLOSE_CURLY, NEWLINE, DOTS = (ord(sign) for sign in ".#{}\n…")
BLANK = ord(" ")
# The last characters read, five bits each: a letter as its number in the alphabet, a space as SPELT_SPACE, others as 0.
SPELT_BITS, SPELT_LETTER, SPELT_SPACE = np.uint64(5), np.uint64(31), np.uint64(27)

_SPREAD, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
WHOLE, STOP_BITS = (1 << 64) - 1, 11
_STOP_SHIFT = np.uint64(64 - STOP_BITS)
# The English list of stopwords-json, as RedPajama takes it, as far as a token can match it.
STOP_WORDS = frozenset(read_words("en", "stop_words", "stop_words"))


def _pack_letters(text: str) -> int:
    """Return the letters of a text, five bits each."""
    spelt = 0
    for char in text:
        spelt = spelt << int(SPELT_BITS) | (int(SPELT_SPACE) if char == " " else ord(char) & int(SPELT_LETTER))
    return spelt


LOREM_IPSUM, LOREM_BITS = np.uint64(_pack_letters("lorem ipsum")), np.uint64((1 << 11 * int(SPELT_BITS)) - 1)


# State at the next character and counts so far. `kind`, `traits` and `token` (hash) are those of the current raw word,
# `word` (hash) and `length` of the normalised word. `spelt` has the last characters, packed like LOREM_IPSUM.
_TEXT_HASHES = "token word spelt".split()
_TEXT_COUNTS = (
    "pos end kind traits length closing wide_finals dots line_chars line_letters line_words line_uppers line_numerals "
    "first_trait last_trait chars tokens letter_tokens caps alphabetic stops symbols curly words word_chars lorem "
    "scripts sentences rps_sentences lines cut_off terminal bullets"
).split()
_TEXT_SUMS = "uppercase numerical".split()
_TEXT_FLAGS = "in_sentence is_cut_off has_text".split()
_TEXT_KINDS = {np.uint64: _TEXT_HASHES, np.int64: _TEXT_COUNTS, np.float64: _TEXT_SUMS, np.bool_: _TEXT_FLAGS}
TEXT = np.dtype((np.record, [(name, kind) for kind, names in _TEXT_KINDS.items() for name in names]))


class Closing(IntEnum):
    """State at the end of a sentence: in final punctuation, or in the quotes and brackets behind."""

    NONE = 0
    FINAL = 1
    QUOTE = 2


class SignalBatch(NamedTuple):
    """Texts as UTF-8, and tables: traits and spelling of characters, keys of stop words, hash of "javascript".

    Code point p is spelt `points[starts[p]]` up to `points[starts[p + 1]]` in lower case and NFD.
    """

    data: np.ndarray
    offsets: np.ndarray
    traits: np.ndarray
    starts: np.ndarray
    points: np.ndarray
    numerals: np.ndarray
    stop_words: np.ndarray
    javascript: np.uint64


class NormalizedWords(NamedTuple):
    """Hashes and lengths of the normalised words of a text."""

    hashes: np.ndarray
    lengths: np.ndarray


class NumberTable(NamedTuple):
    """An open hash table from items to numbers from 1; value 0 marks a free slot."""

    keys: np.ndarray
    values: np.ndarray


class Ngrams(NamedTuple):
    """Words by number with lengths; places, numbers and counts of the repeated n-grams of the current size."""

    ids: np.ndarray
    lengths: np.ndarray
    places: np.ndarray
    numbers: np.ndarray
    counts: np.ndarray


def measure_texts(texts: pa.Array) -> dict[str, np.ndarray]:
    """Return each count and signal of a batch of texts by name; a null text reads as empty, with all ratios 0."""
    batch = SignalBatch(*text_buffers(texts), _build_char_traits(), *_build_spelling(), *_build_known_words())
    signals = np.zeros(len(texts), SIGNALS)
    _measure_all(batch, np.zeros(len(texts), TEXT), signals)
    return {name: signals[name].copy() for name in COUNTS} | {name: signals[name].round(DIGITS) for name in SHARES}


def measure_before_and_after(pages: pa.Array, texts: pa.Array) -> dict[str, np.ndarray]:
    """Return the signals of texts by name, and the signals of the pages before cleaning with the prefix `page_`.

    A page equal to its text is measured once.
    """
    after = measure_texts(texts)
    changed = np.flatnonzero(pc.not_equal(pages.cast(pa.large_string()), texts.cast(pa.large_string())))
    before = {name: values.copy() for name, values in after.items()}
    for name, values in measure_texts(pages.take(pa.array(changed))).items():
        before[name][changed] = values
    return after | {f"{PAGE_PREFIX}{name}": values for name, values in before.items()}


# -- tables of characters and words -----------------------------------------------------------------------------------


@cache
def _build_char_traits() -> np.ndarray:
    """Return the traits of each code point below LIMIT, as bits."""
    characters = [chr(point) for point in range(LIMIT)]
    table = np.full(LIMIT, IN_SIGNS, np.uint16)
    table[[char.isspace() for char in characters]] = SPACE
    table[[char.isalnum() or char == "_" for char in characters]] = IN_WORD
    table[[char.isupper() for char in characters]] |= UPPER
    table[[char.islower() or (char.istitle() and not char.isupper()) for char in characters]] |= NOT_UPPER
    table[[char.isascii() and char.isalpha() for char in characters]] |= ALPH
    for bit, signs in _SIGNS.items():
        table[[ord(sign) for sign in signs]] |= bit
    return table


@cache
def _build_spelling() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the spelling of each code point in lower case and NFD: first index, all letters, and number of numerals.

    The final sigma is spelt like any other: the lower case would depend on the next character.
    """
    spelt = [unicodedata.normalize("NFD", chr(point).lower().replace("ς", "σ")) for point in range(LIMIT)]
    starts = np.cumsum([0, *map(len, spelt)], dtype=np.int32)
    numerals = np.array([sum(map(str.isnumeric, text)) for text in spelt], np.uint8)
    return starts, np.array([ord(char) for text in spelt for char in text], np.uint32), numerals


@cache
def _build_known_words() -> tuple[np.ndarray, np.uint64]:
    """Return the stop words as an open hash table, and the hash of "javascript"."""
    table = np.zeros(1 << STOP_BITS, np.uint64)
    for key in (int(hash_word(word)) for word in sorted(STOP_WORDS)):
        slot = (key * int(_SPREAD) & WHOLE) >> (64 - STOP_BITS)
        while table[slot]:
            slot = (slot + 1) % len(table)
        table[slot] = key
    return table, hash_word("javascript")


# -- one text ---------------------------------------------------------------------------------------------------------


@compiled
def _measure_all(batch, texts, signals):
    """Measure each text of a batch, with scratch arrays that grow to the longest text."""
    max_bytes = 0
    for i in range(len(texts)):
        texts[i].pos, texts[i].end = batch.offsets[i], batch.offsets[i + 1]
        max_bytes = max(max_bytes, texts[i].end - texts[i].pos)
    words = NormalizedWords(np.empty(max_bytes // 2 + 1, np.uint64), np.empty(max_bytes // 2 + 1, np.int32))
    table = NumberTable(np.empty(1024, np.uint64), np.empty(1024, np.int32))
    for i in range(len(texts)):
        _scan_text(batch, words, texts[i])
        _fill_shares(texts[i], signals[i])
        count = texts[i].words
        if _table_size(count) > len(table.keys):
            table = NumberTable(np.empty(_table_size(count), np.uint64), np.empty(_table_size(count), np.int32))
        if count:
            _measure_repetition(NormalizedWords(words.hashes[:count], words.lengths[:count]), table, signals[i])


@compiled_in_place
def _scan_text(batch, words, text):
    """Count the characters of a text in a single pass; fill the normalised words."""
    text.token = text.word = HASH_SEED
    while text.pos < text.end or text.line_chars:
        point = np.int64(NEWLINE)  # a last line may lack the newline
        if text.pos < text.end:
            if SMALL_A <= batch.data[text.pos] <= SMALL_Z and (
                text.kind == 0 or (text.kind == IN_WORD and text.length)
            ):
                _read_letters(batch, words, text)
                continue
            point, text.pos = decode_char(batch.data, text.pos)
            text.line_chars += 1
        trait = np.int64(batch.traits[point]) if point < LIMIT else np.int64(IN_SIGNS)
        _read_token(batch, text, point, trait)
        if trait & SPACE:
            if text.length:
                _close_word(batch, words, text)
        elif not trait & REMOVED:
            _spell_char(batch, text, point)
        _track_sentences(text, trait)
        if trait & SPACE:
            text.dots = 0
        else:
            _count_sign(text, point, trait)
        if point == NEWLINE:
            _close_line(text)


@inlined
def _read_letters(batch, words, text):
    """Read small letters, most of a text, that open a word after white space or continue a word, and a blank."""
    data, start, pos, end = batch.data, text.pos, text.pos, text.end
    if text.kind == 0:
        text.kind, text.traits, text.token = IN_WORD, 0, HASH_SEED
        if text.words:  # normalised words are separated by one space
            text.spelt = text.spelt << SPELT_BITS | SPELT_SPACE
        if not text.in_sentence:
            text.rps_sentences, text.in_sentence = text.rps_sentences + 1, True
        text.first_trait = text.first_trait or IN_WORD
        text.last_trait, text.is_cut_off, text.has_text = IN_WORD, False, True
    token, word, spelt = text.token, text.word, text.spelt
    while pos < end and SMALL_A <= data[pos] <= SMALL_Z:
        letter = np.uint64(data[pos])
        token = (token ^ letter) * HASH_PRIME
        word = (word ^ letter) * HASH_PRIME
        spelt = spelt << SPELT_BITS | letter & SPELT_LETTER
        text.lorem += spelt & LOREM_BITS == LOREM_IPSUM
        pos += 1
    text.token, text.word, text.spelt, text.pos = token, word, spelt, pos
    text.length, text.line_chars = text.length + pos - start, text.line_chars + pos - start
    text.traits |= ALPH | NOT_UPPER
    if pos < end and data[pos] == BLANK:  # most words end here
        text.pos, text.line_chars = pos + 1, text.line_chars + 1
        _close_token(batch, text)
        text.kind = 0
        _close_word(batch, words, text)


@inlined
def _read_token(batch, text, point, trait):
    """Extend the current raw word by a character, or start the next."""
    if trait & KIND != text.kind:
        if text.kind:
            _close_token(batch, text)
        text.kind, text.traits, text.token = trait & KIND, 0, HASH_SEED
    text.traits |= trait
    text.token = (text.token ^ np.uint64(point)) * HASH_PRIME


@inlined
def _close_token(batch, text):
    """Count the current raw word."""
    is_word, has_upper = text.kind == IN_WORD, text.traits & UPPER != 0
    text.tokens += 1
    text.letter_tokens += is_word
    text.caps += has_upper and not text.traits & NOT_UPPER
    text.alphabetic += text.traits & ALPH != 0
    text.stops += is_word and not has_upper and _has_word(batch.stop_words, text.token)


@inlined
def _spell_char(batch, text, point):
    """Extend the current normalised word by the spelling of a character."""
    if text.length == 0 and text.words:
        text.spelt = text.spelt << SPELT_BITS | SPELT_SPACE
    if point < LIMIT:
        start, end = batch.starts[point], batch.starts[point + 1]
        for i in range(start, end):
            _add_letter(text, np.uint64(batch.points[i]))
        text.length += end - start
        text.line_numerals += batch.numerals[point]
    else:
        _add_letter(text, np.uint64(point))
        text.length += 1


@inlined
def _add_letter(text, letter):
    """Extend hash and spelling of the current normalised word by a code point; count "lorem ipsum"."""
    text.word = (text.word ^ letter) * HASH_PRIME
    code = letter & SPELT_LETTER if SMALL_A <= letter <= SMALL_Z else np.uint64(0)
    text.spelt = text.spelt << SPELT_BITS | code
    text.lorem += text.spelt & LOREM_BITS == LOREM_IPSUM


@inlined
def _close_word(batch, words, text):
    """Store the current normalised word."""
    words.hashes[text.words], words.lengths[text.words] = text.word, text.length
    text.scripts += text.word == batch.javascript
    text.words, text.line_words = text.words + 1, text.line_words + 1
    text.word_chars, text.line_letters = text.word_chars + text.length, text.line_letters + text.length
    text.word, text.length = HASH_SEED, 0


@inlined
def _track_sentences(text, trait):
    """Count ends of sentences, and starts of sentences by the definition of RedPajama."""
    if trait & FINAL:
        if text.closing == Closing.QUOTE:
            text.sentences, text.wide_finals = text.sentences + text.wide_finals, 0
        text.closing = Closing.FINAL
        text.wide_finals += trait & WIDE_FINAL != 0
    elif text.closing:
        if trait & CLOSER:
            text.closing = Closing.QUOTE
        else:
            text.sentences += 1 if trait & SPACE else text.wide_finals
            text.closing, text.wide_finals = Closing.NONE, 0
    if trait & STOP:
        text.in_sentence = False
    elif not text.in_sentence and trait & IN_WORD:
        text.rps_sentences, text.in_sentence = text.rps_sentences + 1, True


@inlined
def _count_sign(text, point, trait):
    """Count ellipses, symbols and capitals; note the first and the last character of a line."""
    text.has_text = True
    if not text.first_trait:
        text.first_trait = trait
    text.last_trait = trait
    text.dots = text.dots + 1 if point == DOT else 0
    text.is_cut_off = text.dots >= 3 or point == DOTS
    text.symbols += point in (HASH, DOTS) or (text.dots > 0 and text.dots % 3 == 0)
    text.curly += point in (OPEN_CURLY, CLOSE_CURLY)
    text.line_uppers += trait & UPPER != 0


@inlined
def _close_line(text):
    """Count a line."""
    text.lines, text.chars = text.lines + 1, text.chars + text.line_chars
    text.cut_off += text.is_cut_off
    text.terminal += text.last_trait & MARK != 0
    text.bullets += text.first_trait & BULLET_POINT != 0
    text.uppercase += text.line_uppers / text.line_chars
    if text.line_words:
        text.numerical += text.line_numerals / (text.line_letters + text.line_words - 1)
    text.line_chars = text.line_uppers = text.line_numerals = text.line_letters = text.line_words = 0
    text.first_trait, text.last_trait, text.is_cut_off = 0, 0, False


@compiled
def _fill_shares(text, signals):
    """Fill the signals that follow from the counts of a text."""
    signals.word_count, signals.sentence_count = text.letter_tokens, max(text.sentences, text.has_text)
    signals.rps_doc_word_count, signals.rps_doc_num_sentences = text.words, text.rps_sentences
    signals.rps_lines_javascript_counts = text.scripts
    if text.tokens:
        signals.rps_doc_frac_all_caps_words = text.caps / text.tokens
        signals.rps_doc_frac_no_alph_words = 1.0 - text.alphabetic / text.tokens
        signals.rps_doc_stop_word_fraction = text.stops / text.tokens
        signals.rps_doc_symbol_to_word_ratio = text.symbols / text.tokens
    if text.words:
        signals.rps_doc_mean_word_length = text.word_chars / text.words
        signals.rps_doc_lorem_ipsum = text.lorem / (text.word_chars + text.words - 1)
    if text.lines:
        signals.rps_doc_curly_bracket = text.curly / text.chars
        signals.rps_doc_frac_lines_end_with_ellipsis = text.cut_off / text.lines
        signals.rps_lines_ending_with_terminal_punctution_mark = text.terminal / text.lines
        signals.rps_lines_start_with_bulletpoint = text.bullets / text.lines
        signals.rps_lines_num_words = text.words / text.lines
        signals.rps_lines_numerical_chars_fraction = text.numerical / text.lines
        signals.rps_lines_uppercase_letter_fraction = text.uppercase / text.lines


@compiled
def _has_word(table, key):
    """Report whether an open hash table holds a key."""
    mask = np.uint64(len(table) - 1)
    slot = (key * _SPREAD) >> _STOP_SHIFT
    while table[slot] != np.uint64(0):
        if table[slot] == key:
            return True
        slot = (slot + np.uint64(1)) & mask
    return False


# -- repetition -------------------------------------------------------------------------------------------------------


@compiled
def _measure_repetition(words, table, signals):
    """Measure how often words and n-grams occur."""
    count = len(words.hashes)
    ids, counts = np.empty(count, np.int32), np.zeros(count, np.int32)
    distinct = _number_items(words.hashes, table, ids, counts)
    signals.rps_doc_frac_unique_words = distinct / count
    repeated_sum = 0.0
    for i in range(distinct):
        if counts[i] > 1:
            repeated_sum += counts[i] * np.log(counts[i])
    signals.rps_doc_unigram_entropy = np.log(count) - repeated_sum / count
    ngrams = Ngrams(ids, words.lengths, np.empty(count, np.int32), np.empty(count, np.int32), counts)
    shares = _measure_ngrams(ngrams, table)
    signals.rps_doc_frac_chars_top_2gram = shares[2]
    signals.rps_doc_frac_chars_top_3gram = shares[3]
    signals.rps_doc_frac_chars_top_4gram = shares[4]
    signals.rps_doc_frac_chars_dupe_5grams = shares[5]
    signals.rps_doc_frac_chars_dupe_6grams = shares[6]
    signals.rps_doc_frac_chars_dupe_7grams = shares[7]
    signals.rps_doc_frac_chars_dupe_8grams = shares[8]
    signals.rps_doc_frac_chars_dupe_9grams = shares[9]
    signals.rps_doc_frac_chars_dupe_10grams = shares[10]


@compiled
def _measure_ngrams(ngrams, table):
    """Return by size the share of characters in the most frequent n-gram, or from DUPE_GRAMS on in all repeated.

    An n-gram that occurs once is no part of a longer repeat: each size searches only the places of the size before.
    """
    shares, total, place_count = np.zeros(DUPE_GRAMS[1] + 1), ngrams.lengths.sum(), 0
    for i in range(len(ngrams.ids)):
        if ngrams.counts[ngrams.ids[i]] > 1:
            ngrams.places[place_count], ngrams.numbers[place_count] = i, ngrams.ids[i]
            place_count += 1
    for size in range(TOP_GRAMS[0], DUPE_GRAMS[1] + 1):
        place_count = _extend_ngrams(ngrams, place_count, size, table)
        if place_count == 0:
            break
        if size <= TOP_GRAMS[1]:
            shares[size] = _count_top_chars(ngrams, place_count, size) / total
        elif size >= DUPE_GRAMS[0]:
            shares[size] = _count_covered_chars(ngrams, place_count, size) / total
    return shares


@compiled
def _number_items(items, table, ids, counts):
    """Number items in order of appearance and count each; return the number of distinct items."""
    keys, values = table
    size = _table_size(len(items))
    values[:size] = 0
    mask, distinct = np.uint64(size - 1), 0
    for i in range(len(items)):
        item = items[i]
        slot = ((item * _SPREAD) >> _HALF) & mask
        while values[slot] and keys[slot] != item:
            slot = (slot + np.uint64(1)) & mask
        if not values[slot]:
            counts[distinct] = 0
            distinct += 1
            keys[slot], values[slot] = item, distinct
        ids[i] = values[slot] - 1
        counts[values[slot] - 1] += 1
    return distinct


@compiled
def _extend_ngrams(ngrams, place_count, size, table):
    """Narrow the places of repeated n-grams, a word shorter, to the places of this size; return the count.

    Afterwards `counts` counts each n-gram of this size, in order of appearance.
    """
    ids, places, numbers, counts = ngrams.ids, ngrams.places, ngrams.numbers, ngrams.counts
    candidates = 0
    pairs = np.empty(place_count, np.uint64)
    for i in range(place_count - 1):
        place = places[i]
        if places[i + 1] == place + 1:
            pairs[candidates] = np.uint64(numbers[i]) << _HALF | np.uint64(ids[place + size - 1])
            places[candidates] = place
            candidates += 1
    _number_items(pairs[:candidates], table, numbers, counts)
    kept = 0
    for i in range(candidates):
        if counts[numbers[i]] > 1:
            places[kept], numbers[kept] = places[i], numbers[i]
            kept += 1
    return kept


@compiled
def _count_top_chars(ngrams, place_count, size):
    """Return the characters of the most frequent n-gram, the first of equals, over all occurrences."""
    places, numbers, counts = ngrams.places, ngrams.numbers, ngrams.counts
    best = 0
    for i in range(place_count):
        if counts[numbers[i]] > counts[numbers[best]]:
            best = i
    return ngrams.lengths[places[best] : places[best] + size].sum() * counts[numbers[best]]


@compiled
def _count_covered_chars(ngrams, place_count, size):
    """Return the characters of the words in repeated n-grams, each word once."""
    covered, covered_end = 0, 0
    for i in range(place_count):
        start, end = max(ngrams.places[i], covered_end), ngrams.places[i] + size
        covered += ngrams.lengths[start:end].sum()
        covered_end = end
    return covered


@compiled
def _table_size(count):
    """Return the size of an open hash table for so many keys."""
    size = 16
    while size < 2 * count:
        size *= 2
    return size
