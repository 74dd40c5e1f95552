"""Measure texts: counts, and quality signals by the definitions of RedPajama-Data-v2.

docs/quality_signals.md has the formulas.

Layout: a row per text and a column per signal, in the order of COUNTS and SHARES, at the positions WORD_COUNT to TOP_2
and DUPE_5. `_scan_text` reads a text once and passes the normalised words on: `words` (hashes) and `lengths`, in lower
case and NFD, without punctuation. `_measure_repetition` then finds n-grams that occur at least twice: `ids` numbers the
distinct words, `counts` counts each, `places` are the start positions of the repeated n-grams of the current size and
`ngrams` their numbers.

Example: "a b a b c" has the ids [0, 1, 0, 1, 2]. The words at the places 0 to 3 are repeated; of the bigrams, (0, 1)
is, at the places 0 and 2; no trigram is. TOP_2 is 4 characters of 5.
"""

import unicodedata
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsmill.compiled import compiled
from newsmill.languages.word_lists import read_words
from newsmill.nlp.characters import HASH_PRIME, HASH_SEED, LIMIT, hash_word
from newsmill.nlp.scan import decode_char, text_buffers

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
(
    WORD_COUNT,
    SENTENCE_COUNT,
    RPS_WORDS,
    RPS_SENTENCES,
    JAVASCRIPT,
    MEAN_LENGTH,
    UNIQUE,
    ENTROPY,
    CAPS,
    NO_ALPH,
    STOPS,
    SYMBOLS,
    ELLIPSIS,
    CURLY,
    LOREM,
    TERMINAL,
    BULLET,
    LINE_WORDS,
    NUMERICAL,
    UPPERCASE,
    TOP_2,
) = range(21)
DUPE_5 = TOP_2 + 3
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
# States at the end of a sentence: none; in final punctuation; in the quotes and brackets behind it.
CLOSING_NONE, CLOSING_FINAL, CLOSING_QUOTE = range(3)
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


def measure_texts(texts: pa.Array) -> dict[str, np.ndarray]:
    """Return each count and signal of a batch of texts by name; a null text reads as empty, with all ratios 0."""
    data, offsets = text_buffers(texts)
    rows = np.zeros((len(texts), len(NAMES)))
    _measure_all(data, offsets, _build_char_traits(), *_build_spelling(), *_build_known_words(), rows)
    counts = {name: rows[:, column].astype(np.int32) for column, name in enumerate(COUNTS)}
    return counts | {name: rows[:, column].round(DIGITS) for column, name in enumerate(SHARES, len(COUNTS))}


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
def _measure_all(data, offsets, traits, starts, points, numerals, stop_words, javascript, rows):
    """Measure each text of a batch, with scratch arrays that grow to the longest text."""
    max_bytes = 0
    for i in range(len(rows)):
        max_bytes = max(max_bytes, offsets[i + 1] - offsets[i])
    words, lengths = np.empty(max_bytes // 2 + 1, np.uint64), np.empty(max_bytes // 2 + 1, np.int32)
    keys, values = np.empty(1024, np.uint64), np.empty(1024, np.int32)
    for i in range(len(rows)):
        start, end = offsets[i], offsets[i + 1]
        count = _scan_text(
            data, start, end, traits, starts, points, numerals, stop_words, javascript, words, lengths, rows[i]
        )
        if _table_size(count) > len(keys):
            keys, values = np.empty(_table_size(count), np.uint64), np.empty(_table_size(count), np.int32)
        if count:
            _measure_repetition(words[:count], lengths[:count], keys, values, rows[i])


@compiled
def _scan_text(data, pos, end, traits, starts, points, numerals, stop_words, javascript, words, lengths, row):
    """Measure the signals of one pass over the characters; fill the normalised words and return their number."""
    chars = tokens = tokens_of_letters = caps = alphabetic = stops = symbols = curly = 0
    kind, shape, token = 0, 0, HASH_SEED  # the current raw word
    count, word, length, total_length, lorem, scripts = 0, HASH_SEED, 0, 0, 0, 0  # the current normalised word
    spelt = np.uint64(0)  # the last characters, packed like LOREM_IPSUM
    sentences, closing, wide = 0, CLOSING_NONE, 0  # closing: a state of CLOSING_NONE to CLOSING_QUOTE
    rps_sentences, is_between = 0, True
    lines, line_chars, line_uppers, line_numerals, line_letters, line_words, dots = 0, 0, 0, 0, 0, 0, 0
    first_trait = last_trait = 0
    is_cut_off, cut_off, terminal, bullets, uppercase, numerical = False, 0, 0, 0, 0.0, 0.0
    has_text = False
    while pos <= end:
        is_over = pos == end
        if is_over and line_chars == 0:
            break
        byte = np.uint8(NEWLINE) if is_over else data[pos]
        if 97 <= byte <= 122 and (kind == 0 or (kind == IN_WORD and length)):
            # most of a text: small letters that open a word after white space or continue one
            if kind == 0:
                kind, shape, token = IN_WORD, 0, HASH_SEED
                if count:  # normalised words are separated by one space
                    spelt = spelt << SPELT_BITS | SPELT_SPACE
                if is_between:
                    rps_sentences, is_between = rps_sentences + 1, False
                first_trait = first_trait or IN_WORD
                last_trait, is_cut_off, has_text = IN_WORD, False, True
            while True:
                letter = np.uint64(byte)
                token = (token ^ letter) * HASH_PRIME
                word = (word ^ letter) * HASH_PRIME
                spelt = spelt << SPELT_BITS | letter & SPELT_LETTER
                lorem += spelt & LOREM_BITS == LOREM_IPSUM
                pos, length, line_chars = pos + 1, length + 1, line_chars + 1
                if pos == end:
                    break
                byte = data[pos]
                if byte < 97 or byte > 122:
                    break
            shape |= ALPH | NOT_UPPER
            if pos < end and byte == BLANK:  # most words end here
                pos, line_chars, kind = pos + 1, line_chars + 1, 0
                tokens, tokens_of_letters, alphabetic = tokens + 1, tokens_of_letters + 1, alphabetic + 1
                stops += not shape & UPPER and _has_word(stop_words, token)
                words[count], lengths[count] = word, length
                scripts += word == javascript
                count, line_words = count + 1, line_words + 1
                total_length, line_letters = total_length + length, line_letters + length
                word, length = HASH_SEED, 0
            continue
        point, pos = (np.int64(NEWLINE), pos + 1) if is_over else decode_char(data, pos)
        trait = np.int64(traits[point]) if point < LIMIT else np.int64(IN_SIGNS)
        line_chars += not is_over  # the newline that a last line may lack is not counted

        if trait & KIND != kind:
            if kind:
                tokens += 1
                tokens_of_letters += kind == IN_WORD
                caps += (shape & UPPER) != 0 and not shape & NOT_UPPER
                alphabetic += (shape & ALPH) != 0
                stops += kind == IN_WORD and not shape & UPPER and _has_word(stop_words, token)
            kind, shape, token = trait & KIND, 0, HASH_SEED
        shape |= trait
        token = (token ^ np.uint64(point)) * HASH_PRIME

        if trait & SPACE:
            if length:
                words[count], lengths[count] = word, length
                scripts += words[count] == javascript
                count, line_words = count + 1, line_words + 1
                total_length, line_letters = total_length + length, line_letters + length
                word, length = HASH_SEED, 0
        elif not trait & REMOVED:
            if length == 0 and count:
                spelt = spelt << SPELT_BITS | SPELT_SPACE
            low, high = (starts[point], starts[point + 1]) if point < LIMIT else (0, 1)
            for i in range(low, high):
                letter = np.uint64(points[i]) if point < LIMIT else np.uint64(point)
                word = (word ^ letter) * HASH_PRIME
                spelt = spelt << SPELT_BITS | (letter & SPELT_LETTER if 97 <= letter <= 122 else np.uint64(0))
                lorem += spelt & LOREM_BITS == LOREM_IPSUM
            length += high - low
            if point < LIMIT:
                line_numerals += numerals[point]

        if trait & FINAL:
            if closing == CLOSING_QUOTE:
                sentences, wide = sentences + wide, 0
            closing = CLOSING_FINAL
            wide += (trait & WIDE_FINAL) != 0
        elif closing:
            if trait & CLOSER:
                closing = CLOSING_QUOTE
            else:
                sentences += 1 if trait & SPACE else wide
                closing = wide = 0
        if trait & STOP:
            is_between = True
        elif is_between and trait & IN_WORD:
            rps_sentences, is_between = rps_sentences + 1, False

        if trait & SPACE:
            dots = 0
        else:
            has_text = True
            if not first_trait:
                first_trait = trait
            last_trait = trait
            dots = dots + 1 if point == DOT else 0
            is_cut_off = dots >= 3 or point == DOTS
            symbols += point in (HASH, DOTS) or (dots > 0 and dots % 3 == 0)
            curly += point in (OPEN_CURLY, CLOSE_CURLY)
            line_uppers += (trait & UPPER) != 0
        if point == NEWLINE:
            lines, chars = lines + 1, chars + line_chars
            cut_off += is_cut_off
            terminal += (last_trait & MARK) != 0
            bullets += (first_trait & BULLET_POINT) != 0
            uppercase += line_uppers / line_chars
            if line_words:
                numerical += line_numerals / (line_letters + line_words - 1)
            line_chars = line_uppers = line_numerals = line_letters = line_words = 0
            first_trait = last_trait = 0
            is_cut_off = False

    row[WORD_COUNT], row[SENTENCE_COUNT] = tokens_of_letters, max(sentences, has_text)
    row[RPS_WORDS], row[RPS_SENTENCES], row[JAVASCRIPT] = count, rps_sentences, scripts
    if tokens:
        row[CAPS], row[NO_ALPH] = caps / tokens, 1.0 - alphabetic / tokens
        row[STOPS], row[SYMBOLS] = stops / tokens, symbols / tokens
    if count:
        row[MEAN_LENGTH], row[LOREM] = total_length / count, lorem / (total_length + count - 1)
    if lines:
        row[CURLY], row[ELLIPSIS], row[TERMINAL] = curly / chars, cut_off / lines, terminal / lines
        row[BULLET], row[LINE_WORDS] = bullets / lines, count / lines
        row[NUMERICAL], row[UPPERCASE] = numerical / lines, uppercase / lines
    return count


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
def _measure_repetition(words, lengths, keys, values, row):
    """Measure how often words and n-grams occur.

    An n-gram that occurs once is no part of a longer repeat: each size searches only the places of the size before.
    """
    count, total = len(words), lengths.sum()
    ids, counts = np.empty(count, np.int32), np.zeros(count, np.int32)
    distinct = _number_items(words, keys, values, ids, counts)
    row[UNIQUE] = distinct / count
    repeated_sum = 0.0
    for i in range(distinct):
        if counts[i] > 1:
            repeated_sum += counts[i] * np.log(counts[i])
    row[ENTROPY] = np.log(count) - repeated_sum / count
    places, ngrams = np.empty(count, np.int32), np.empty(count, np.int32)
    place_count = 0
    for i in range(count):
        if counts[ids[i]] > 1:
            places[place_count], ngrams[place_count] = i, ids[i]
            place_count += 1
    for size in range(2, DUPE_GRAMS[1] + 1):
        place_count = _extend_ngrams(places, ngrams, place_count, size, ids, counts, keys, values)
        if place_count == 0:
            break
        if size <= TOP_GRAMS[1]:
            row[TOP_2 + size - TOP_GRAMS[0]] = (
                _count_top_chars(places, ngrams, place_count, size, counts, lengths) / total
            )
        elif size >= DUPE_GRAMS[0]:
            row[DUPE_5 + size - DUPE_GRAMS[0]] = _count_covered_chars(places, place_count, size, lengths) / total


@compiled
def _number_items(items, keys, values, ids, counts):
    """Number items in order of appearance and count each; return the number of distinct items."""
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
def _extend_ngrams(places, ngrams, place_count, size, ids, counts, keys, values):
    """Narrow the places of repeated n-grams, a word shorter, to the places of this size; return the count.

    `ngrams` has the number of the n-gram at each place. Afterwards `counts` counts each n-gram of this size, in order
    of appearance.
    """
    candidates = 0
    pairs = np.empty(place_count, np.uint64)
    for i in range(place_count - 1):
        place = places[i]
        if places[i + 1] == place + 1:
            pairs[candidates] = np.uint64(ngrams[i]) << _HALF | np.uint64(ids[place + size - 1])
            places[candidates] = place
            candidates += 1
    _number_items(pairs[:candidates], keys, values, ngrams, counts)
    kept = 0
    for i in range(candidates):
        if counts[ngrams[i]] > 1:
            places[kept], ngrams[kept] = places[i], ngrams[i]
            kept += 1
    return kept


@compiled
def _count_top_chars(places, ngrams, place_count, size, counts, lengths):
    """Return the characters of the most frequent n-gram, the first of equals, over all occurrences."""
    best = 0
    for i in range(place_count):
        if counts[ngrams[i]] > counts[ngrams[best]]:
            best = i
    return lengths[places[best] : places[best] + size].sum() * counts[ngrams[best]]


@compiled
def _count_covered_chars(places, place_count, size, lengths):
    """Return the characters of the words in repeated n-grams, each word once."""
    covered, covered_end = 0, 0
    for i in range(place_count):
        start, end = max(places[i], covered_end), places[i] + size
        covered += lengths[start:end].sum()
        covered_end = end
    return covered


@compiled
def _table_size(count):
    """Return the size of an open hash table for so many keys."""
    size = 16
    while size < 2 * count:
        size *= 2
    return size
