"""Extracts the features of the name model: a token's word, neighbours, list entries, and other occurrences in the text.

A feature is a row of the model's table, chosen by a hash. Training and tagging run the same code. Only tokens near a
capital letter have features; they form windows, and no window leaves a sentence.

Layout. `facts[row, i]` holds one fact about token i of a batch; the rows are `WORD_FLAGS`, `CLUSTER`, `PHRASE`,
`SENTENCE_CASE`, `EVIDENCE`, `NEXT_OCCURRENCE` and `FIRST_OCCURRENCE`. The last two link the occurrences of a
capitalised word in a text, as indices of tokens, with -1 for none. `token_index[n]` is the token of the n-th position
in windows; window w holds the positions from `window_start[w]` to `window_start[w + 1]`. `rows[n, :counts[n]]` are the
rows of the model's table for position n. Every number named `F_…` is a template, the salt of one feature's hash.

Example. In "Rain fell. Ann Hale of the bank left." the tokens are Rain, fell, point, Ann, Hale, of, the, bank, left,
point. "Rain" is a common word at the start of a sentence and opens no window. The only window has the tokens 3, 4 and
5: `token_index` is 3, 4, 5 and `window_start` is 0, 3. The fact `EVIDENCE` of Hale has the bits `IN_PROSE`,
`CAPITAL_BEFORE` and `GIVEN_BEFORE`.
"""

from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled, inlined
from newsmill.nlp import characters, name_lists
from newsmill.nlp import name_flags as g
from newsmill.nlp import tokens as t
from newsmill.nlp.characters import LIMIT
from newsmill.nlp.hash_table import build_table, extend_sequence, look_up, start_sequence
from newsmill.nlp.scan import decode_char
from newsmill.nlp.tokens import Tokens, tokenize

ROW_BITS = 18
"""The model has 2 ** 18 rows; features with equal hashes share a row. Changing the number needs a new training."""
MAX_FEATURES = 96
"""Features of one token; more are dropped. `crf.score_tokens` relies on 255 * MAX_FEATURES below 65,536."""
MAX_AFFIX_CHARS, MAX_PHRASE_TOKENS, MAX_NEIGHBOUR_OCCURRENCES, MAX_OCCURRENCES = 4, 6, 4, 24
"""Bounds of prefixes and suffixes, of a phrase, and of the visited occurrences of a word in its text.

Neighbours are read at the first four of 24 occurrences. The bounds are part of the trained model. They keep the cost
of a page with one word over and over linear.
"""
MAX_WORD_CHARS, MAX_NAME_TOKENS, MAX_REPEATED = 64, 6, 3
"""Characters read for affixes, tokens up to the head of an organisation's name, and the largest counted repetition."""
MIN_CAPS_WORDS, MIN_TITLE_WORDS, MIN_TITLE_COMMON_WORDS = 2, 4, 2
"""Words of the shortest sentence in capitals and in title case; the latter needs two capitalised common words."""
# Flags of a word, as bits above the gazetteer's (nlp.name_flags): what a word does next to a name.
(ROLE, INTO, TOWARDS, SAYS, DOES, PART, FIRM, ARTICLE, AFTER_FIRM, HEAD_OF, HEADS_PHRASE, PLACE_WORD, STATE, RANK) = (
    1 << bit for bit in range(16, 30)
)
FLAG_BITS = 30
_ALL_FLAGS = 0x3FFFFFFF
# Rows of `facts`.
WORD_FLAGS, CLUSTER, PHRASE, SENTENCE_CASE, EVIDENCE, NEXT_OCCURRENCE, FIRST_OCCURRENCE = range(7)
# Values of facts[SENTENCE_CASE].
PROSE, ALL_CAPS_SENTENCE, TITLE_CASE_SENTENCE = range(3)
# Values of facts[PHRASE]: a kind in the lowest three bits, and flags.
COUNTRY, CITY, TOWN, ORGANIZATION, OTHER = range(1, 6)
PHRASE_KIND, PHRASE_BEGINS, PHRASE_ENDS, PHRASE_IS_LONG = 7, 8, 16, 32
# Bits of facts[EVIDENCE]: what one occurrence of a word shows about all its occurrences.
EVIDENCE_BITS = 24
(IN_PROSE, CAPITAL_BEFORE, GIVEN_BEFORE, TITLE_BEFORE, INITIAL_BEFORE, ROLE_BEFORE, INTO_BEFORE, TOWARDS_BEFORE,
 ARTICLE_BEFORE, FIRM_WORD_BEFORE, CAPITAL_AFTER, SURNAME_AFTER, ORG_HEAD_AFTER, ORG_FORM_AFTER, PLACE_HEAD_AFTER,
 SAYS_AFTER, FIRM_AFTER, PART_AFTER, POSSESSIVE_AFTER, COUNTRY_AFTER_COMMA, IN_ORGANIZATION, IN_PLACE,
 ORG_HEAD_ENDS_NAME, SMALL_ELSEWHERE) = (1 << bit for bit in range(EVIDENCE_BITS))  # fmt: skip
# Templates of features, as salts of their hashes. The numbers are part of the trained model.
(F_CASE, F_WORD, F_WORD_SHAPE, F_SHAPE_CASE, F_PREVIOUS_WORD, F_NEXT_WORD, F_SECOND_PREVIOUS_WORD, F_SECOND_NEXT_WORD,
 F_PREVIOUS_CLUSTER, F_NEXT_CLUSTER, F_PREVIOUS_COARSE, F_NEXT_COARSE, F_SECOND_PREVIOUS_CLUSTER,
 F_SECOND_NEXT_CLUSTER, F_SHAPES, F_PREVIOUS_FLAGS, F_NEXT_FLAGS, F_SENTENCE_SHAPE, F_EDGE_SHAPE, F_PHRASE,
 F_PREVIOUS_PHRASE, F_NEXT_PHRASE, F_GLUED, F_PREVIOUS_WORD_WORD, F_WORD_NEXT_CLUSTER) = range(1, 26)  # fmt: skip
(F_CLUSTER, F_COARSE, F_FLAGS, F_FLAGS_START_CASE, F_PREVIOUS_COARSE_COARSE, F_COARSE_NEXT_COARSE, F_EACH_FLAG,
 F_EACH_PREVIOUS_FLAG, F_EACH_NEXT_FLAG) = range(30, 39)  # fmt: skip
F_PREFIX, F_SUFFIX = 40, 50
F_OTHER_PREVIOUS_CLUSTER, F_OTHER_NEXT_CLUSTER, F_EACH_EVIDENCE, F_REPEATED = range(61, 65)
_PREFIX_SEED, _SUFFIX_SEED = np.uint64(7), np.uint64(11)
# A cluster holds a coarse number from 1 in its lowest byte, and a fine number above; a sign has its own bit.
_COARSE, _SIGN_CLUSTER = np.uint64(0xFF), 1 << 24
_COARSE_OR_SIGN = np.uint64(_SIGN_CLUSTER | 0xFF)
_SALT, _FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_ROW_SHIFT, _FOLD, _CASE_FOLD = np.uint64(64 - ROW_BITS), np.uint64(32), np.uint64(40)


class WordTables(NamedTuple):
    """Hash tables of words and phrases: flags by word, kinds by phrase, and clusters by word."""

    word_keys: np.ndarray
    word_bits: np.ndarray
    phrase_keys: np.ndarray
    phrase_kinds: np.ndarray
    cluster_keys: np.ndarray
    clusters: np.ndarray


class WindowFeatures(NamedTuple):
    """The features of the tokens in windows, in the layout above."""

    token_index: np.ndarray
    rows: np.ndarray
    counts: np.ndarray
    window_start: np.ndarray


@cache
def build_word_tables() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the tables of words and phrases from the gazetteer and the word lists."""
    words: dict[int, int] = {}
    phrases: dict[int, int] = {}
    for word, bits in g.load_name_flags().words.items():
        _add_names(words, phrases, [word], bits, 0)
    for bit, listed in _CONTEXT.items():
        _add_names(words, phrases, listed, bit, 0)
    sizes = {g.TOWN: TOWN, g.CITY: CITY, g.COUNTRY: COUNTRY}
    by_size: dict[int, list[str]] = {g.TOWN: [], g.CITY: [], g.COUNTRY: []}
    for place, size in g.load_name_flags().places.items():
        by_size[size].append(place)
    for size, kind in sizes.items():
        _add_names(words, phrases, by_size[size], size, kind)
    _add_names(words, phrases, g.load_name_flags().others, g.OTHER, OTHER)
    _add_names(words, phrases, g.load_name_flags().organizations, 0, ORGANIZATION)
    return *build_table(words), *build_table(phrases)


_CONTEXT = {
    ROLE: name_lists.ROLE_NOUNS,
    INTO: name_lists.CONTEXT_WORDS["<in"],
    TOWARDS: name_lists.CONTEXT_WORDS["<to"],
    SAYS: name_lists.CONTEXT_WORDS[">says"],
    DOES: name_lists.CONTEXT_WORDS[">does"],
    PART: name_lists.CONTEXT_WORDS[">part"],
    FIRM: name_lists.CONTEXT_WORDS[">firm"],
    ARTICLE: {"the"},
    AFTER_FIRM: name_lists.CONTEXT_WORDS["<firm"],
    HEAD_OF: name_lists.ORGANIZATION_HEADS_BEFORE_OF,
    STATE: name_lists.STATE_ABBREVIATIONS,
    RANK: name_lists.RANKS | name_lists.HONORIFICS,
}


def _add_names(words: dict[int, int], phrases: dict[int, int], names: Iterable[str], bits: int, kind: int) -> None:
    """Add names to the tables: a single token by its flags, other names by the kind of the phrase."""
    names = list(names)
    batch = tokenize(pa.array(names, pa.large_string()))
    starts = batch.text_token.tolist()
    keys = batch.word.tolist()
    for low, high in pairwise(starts):
        if high - low == 1 and bits:
            words[keys[low]] = words.get(keys[low], 0) | bits
        if kind and 0 < high - low <= MAX_PHRASE_TOKENS:
            words[keys[low]] = words.get(keys[low], 0) | HEADS_PHRASE
            phrases[int(_hash_phrase(batch.word, low, high))] = kind


@compiled
def _hash_phrase(words, start, end):
    """Return the hash of the words of a phrase."""
    state = start_sequence(0)
    for i in range(start, end):
        state = extend_sequence(state, words[i])
    return state


def extract_features(batch: Tokens, word_tables: WordTables) -> WindowFeatures:
    """Return the features of a batch of tokens."""
    total = len(batch.word)
    facts = np.zeros((FIRST_OCCURRENCE + 1, total), np.int32)
    token_index, window_start = np.empty(total, np.int32), np.empty(total + 1, np.int32)
    _write_token_facts(batch, word_tables, facts)
    token_count, window_count = _list_windows(batch.bits, batch.text_token, facts, token_index, window_start)
    _link_occurrences(batch.word, batch.bits, batch.text_token, facts)
    rows, counts = np.empty((token_count, MAX_FEATURES), np.int32), np.empty(token_count, np.int32)
    _write_features(
        batch.data, batch.first, batch.past, batch.word, batch.shape, batch.bits, batch.text_token,
        characters.map_lowercase(), facts, token_index[:token_count], rows, counts,
    )  # fmt: skip
    return WindowFeatures(token_index[:token_count], rows, counts, window_start[: window_count + 1].copy())


@compiled
def _write_token_facts(batch, word_tables, facts):
    """Write the flags and clusters of words, the phrases of the gazetteer, and the case of each sentence."""
    words, bits, text_token = batch.word, batch.bits, batch.text_token
    word_keys, word_bits = word_tables.word_keys, word_tables.word_bits
    phrase_keys, phrase_kinds = word_tables.phrase_keys, word_tables.phrase_kinds
    cluster_keys, clusters = word_tables.cluster_keys, word_tables.clusters
    word_flags, cluster, phrase, sentence_case = facts[WORD_FLAGS], facts[CLUSTER], facts[PHRASE], facts[SENTENCE_CASE]
    count = len(words)
    for i in range(count):
        if bits[i] & t.SIGN:
            word_flags[i] = 0
            cluster[i] = np.int32(words[i] & np.uint64(0xFF)) | np.int32(_SIGN_CLUSTER)
        else:
            word_flags[i] = np.int32(look_up(word_keys, word_bits, words[i]))
            cluster[i] = np.int32(look_up(cluster_keys, clusters, words[i]))
    for text in range(len(text_token) - 1):
        i, text_end = text_token[text], text_token[text + 1]
        while i < text_end:
            sentence_end = i + 1
            while sentence_end < text_end and not bits[sentence_end] & t.SENTENCE_START:
                sentence_end += 1
            letter_words = caps_words = long_words = long_capitals = small_words = common_capitals = 0
            for j in range(i, sentence_end):
                token_bits = bits[j]
                if token_bits & (t.SIGN | t.ADDRESS | t.POSSESSIVE):
                    continue
                if token_bits & (t.CAPITAL | t.SMALL | t.INNER_CAPITAL):
                    letter_words += 1
                    caps_words += token_bits & t.ALL_CAPS != 0 or (
                        token_bits & t.CAPITAL != 0 and not token_bits & t.LONG
                    )
                    small_words += token_bits & t.SMALL != 0
                if token_bits & t.LONG:
                    long_words += 1
                    long_capitals += token_bits & t.CAPITAL != 0
                    common_capitals += token_bits & t.CAPITAL != 0 and word_flags[j] & g.COMMON != 0
            case = PROSE
            if letter_words >= MIN_CAPS_WORDS and caps_words == letter_words and small_words == 0 and long_words > 0:
                long_caps = 0
                for j in range(i, sentence_end):
                    long_caps += bits[j] & (t.ALL_CAPS | t.LONG) == t.ALL_CAPS | t.LONG
                if long_caps == long_words:
                    case = ALL_CAPS_SENTENCE
            if (
                case == PROSE
                and long_words >= MIN_TITLE_WORDS
                and long_capitals == long_words
                and common_capitals >= MIN_TITLE_COMMON_WORDS
            ):
                case = TITLE_CASE_SENTENCE
            for j in range(i, sentence_end):
                sentence_case[j] = case
            j = i
            while j < sentence_end:
                step = 1
                if word_flags[j] & HEADS_PHRASE and bits[j] & (t.CAPITAL | t.INNER_CAPITAL):
                    state, phrase_end, kind = start_sequence(0), j, 0
                    for k in range(j, min(sentence_end, j + MAX_PHRASE_TOKENS)):
                        state = extend_sequence(state, words[k])
                        kind_here = look_up(phrase_keys, phrase_kinds, state)
                        if kind_here and bits[k] & (t.CAPITAL | t.INNER_CAPITAL):
                            phrase_end, kind = k + 1, kind_here
                    if phrase_end - j > 1 or kind:
                        for k in range(j, phrase_end):
                            phrase[k] = kind | (PHRASE_IS_LONG if phrase_end - j > 1 else 0)
                        phrase[j] |= PHRASE_BEGINS
                        phrase[phrase_end - 1] |= PHRASE_ENDS
                        step = max(phrase_end - j, 1)
                j += step
            i = sentence_end


@compiled
def _list_windows(bits, text_token, facts, token_index, window_start):
    """Write the tokens in windows and the start of each window; return both counts."""
    word_flags = facts[WORD_FLAGS]
    token_count = window_count = 0
    for text in range(len(text_token) - 1):
        text_start, text_end = text_token[text], text_token[text + 1]
        previous_end = -2
        i = text_start
        while i < text_end:
            token_bits = bits[i]
            is_centre = token_bits & (t.CAPITAL | t.INNER_CAPITAL) != 0 and not token_bits & t.ADDRESS
            if is_centre and token_bits & t.SENTENCE_START and word_flags[i] & (g.FUNCTION | g.COMMON):
                # Most sentences begin with a word that is no name, unless a name follows.
                has_next = i + 1 < text_end and not bits[i + 1] & t.SENTENCE_START
                is_plain = word_flags[i] & (g.GIVEN | g.SURNAME | g.CITY | g.COUNTRY | g.TITLE | g.ORG_HEAD) == 0
                if has_next and bits[i + 1] & t.SMALL and (word_flags[i] & g.FUNCTION or is_plain):
                    is_centre = False
            if is_centre:
                start = i - 1 if i > text_start and not token_bits & t.SENTENCE_START else i
                end = i + 1
                if end < text_end and not bits[end] & t.SENTENCE_START:
                    end += 1
                    if (
                        bits[end - 1] & (t.GLUED | t.SIGN) == t.GLUED | t.SIGN
                        and end < text_end
                        and bits[end] & t.GLUED
                    ):
                        end += 1
                start = max(start, previous_end)
                if start < end:  # else the previous window holds all its tokens
                    if start != previous_end or bits[start] & t.SENTENCE_START or token_count == 0:
                        window_start[window_count] = token_count
                        window_count += 1
                    for j in range(start, end):
                        token_index[token_count] = j
                        token_count += 1
                    previous_end = end
            i += 1
    window_start[window_count] = token_count
    return token_count, window_count


@compiled
def _link_occurrences(words, bits, text_token, facts):
    """Write the evidence of each capitalised word, and link its occurrences in a text."""
    word_flags, phrase, sentence_case = facts[WORD_FLAGS], facts[PHRASE], facts[SENTENCE_CASE]
    evidence, next_occurrence, first_occurrence = facts[EVIDENCE], facts[NEXT_OCCURRENCE], facts[FIRST_OCCURRENCE]
    max_tokens = 16
    for text in range(len(text_token) - 1):
        max_tokens = max(max_tokens, text_token[text + 1] - text_token[text])
    slot_count = 16
    while slot_count < 2 * max_tokens:
        slot_count *= 2
    slots, stamps = np.empty(slot_count, np.int32), np.zeros(slot_count, np.int32)
    mask = np.uint64(slot_count - 1)
    for text in range(len(text_token) - 1):
        text_start, text_end = text_token[text], text_token[text + 1]
        for i in range(text_end - 1, text_start - 1, -1):
            next_occurrence[i] = first_occurrence[i] = -1
            token_bits = bits[i]
            is_name = token_bits & (t.CAPITAL | t.INNER_CAPITAL) != 0 and not token_bits & t.ADDRESS
            if not is_name:
                continue
            slot = words[i] & mask
            while stamps[slot] == text + 1 and words[slots[slot]] != words[i]:
                slot = (slot + np.uint64(1)) & mask
            if stamps[slot] == text + 1:
                next_occurrence[i] = slots[slot]
            stamps[slot], slots[slot] = text + 1, i
            evidence[i] = _collect_evidence(i, text_start, text_end, bits, word_flags, phrase, sentence_case)
        # A word in small letters elsewhere in the text is less likely a name.
        for i in range(text_start, text_end):
            if bits[i] & t.SMALL and not bits[i] & (t.SIGN | t.POSSESSIVE):
                slot = words[i] & mask
                while stamps[slot] == text + 1 and words[slots[slot]] != words[i]:
                    slot = (slot + np.uint64(1)) & mask
                if stamps[slot] == text + 1:
                    evidence[slots[slot]] |= SMALL_ELSEWHERE
        for i in range(text_start, text_end):
            if bits[i] & (t.CAPITAL | t.INNER_CAPITAL) and not bits[i] & t.ADDRESS:
                slot = words[i] & mask
                while words[slots[slot]] != words[i]:
                    slot = (slot + np.uint64(1)) & mask
                first_occurrence[i] = slots[slot]


@compiled
def _collect_evidence(i, text_start, text_end, bits, word_flags, phrase, sentence_case):
    """Return the evidence of one occurrence of a capitalised word, as bits."""
    evidence = 0
    if sentence_case[i] == PROSE and not bits[i] & t.SENTENCE_START:
        evidence |= IN_PROSE
    if i > text_start and not bits[i] & t.SENTENCE_START:
        flags_before, token_bits = word_flags[i - 1], bits[i - 1]
        if token_bits & t.CAPITAL:
            evidence |= CAPITAL_BEFORE if sentence_case[i] == PROSE else 0
            evidence |= GIVEN_BEFORE if flags_before & g.GIVEN else 0
            evidence |= TITLE_BEFORE if flags_before & (g.TITLE | RANK) else 0
            evidence |= INITIAL_BEFORE if token_bits & t.DOTTED and not token_bits & t.LONG else 0
        else:
            evidence |= ROLE_BEFORE if flags_before & ROLE else 0
            evidence |= INTO_BEFORE if flags_before & INTO else 0
            evidence |= TOWARDS_BEFORE if flags_before & TOWARDS else 0
            evidence |= ARTICLE_BEFORE if flags_before & ARTICLE else 0
            evidence |= FIRM_WORD_BEFORE if flags_before & AFTER_FIRM else 0
    if i + 1 < text_end and not bits[i + 1] & t.SENTENCE_START:
        flags_after, token_bits = word_flags[i + 1], bits[i + 1]
        if token_bits & t.CAPITAL:
            evidence |= CAPITAL_AFTER if sentence_case[i] == PROSE else 0
            evidence |= SURNAME_AFTER if flags_after & g.SURNAME and sentence_case[i] == PROSE else 0
            evidence |= ORG_HEAD_AFTER if flags_after & g.ORG_HEAD else 0
            evidence |= ORG_FORM_AFTER if flags_after & g.ORG_FORM else 0
            evidence |= PLACE_HEAD_AFTER if flags_after & g.PLACE_HEAD else 0
        else:
            evidence |= SAYS_AFTER if flags_after & SAYS else 0
            evidence |= FIRM_AFTER if flags_after & FIRM else 0
            evidence |= PART_AFTER if flags_after & PART else 0
            evidence |= POSSESSIVE_AFTER if token_bits & t.POSSESSIVE else 0
            if (
                token_bits & t.SIGN
                and i + 2 < text_end
                and bits[i + 2] & t.CAPITAL
                and word_flags[i + 2] & (g.COUNTRY | STATE)
            ):
                evidence |= COUNTRY_AFTER_COMMA
    if phrase[i] & PHRASE_IS_LONG:
        kind = phrase[i] & PHRASE_KIND
        evidence |= IN_ORGANIZATION if kind == ORGANIZATION else IN_PLACE if kind != OTHER else 0
    j = i
    while (
        j + 1 < text_end and bits[j + 1] & t.CAPITAL and not bits[j + 1] & t.SENTENCE_START and j < i + MAX_NAME_TOKENS
    ):
        j += 1
    if j > i + 1 and word_flags[j] & g.ORG_HEAD:
        evidence |= ORG_HEAD_ENDS_NAME
    return evidence


@inlined
def _feature_row(template, value):
    """Return the row of the model's table for a feature."""
    mixed = (value ^ (np.uint64(template) * _SALT)) * _FACTOR
    mixed = (mixed ^ (mixed >> _FOLD)) * _SALT
    return np.int32(mixed >> _ROW_SHIFT)


@inlined
def _add_feature(row, count, template, value):
    """Add a feature if there is room; return the count."""
    if count < MAX_FEATURES:
        row[count] = _feature_row(template, value)
        count += 1
    return count


@compiled
def _write_features(
    data, first_bytes, end_bytes, words, shapes, bits, text_token, lowered, facts, token_index, rows, counts
):
    """Write the rows of the features of each token in windows."""
    word_flags, clusters, phrase, sentence_case = facts[WORD_FLAGS], facts[CLUSTER], facts[PHRASE], facts[SENTENCE_CASE]
    evidence, next_occurrence, first_occurrence = facts[EVIDENCE], facts[NEXT_OCCURRENCE], facts[FIRST_OCCURRENCE]
    chars = np.empty(MAX_WORD_CHARS, np.uint64)
    none = np.uint64(1)
    text = 0
    sentence_start = -1
    sentence_end = -1
    sentence_kind = np.uint64(0)
    for position in range(len(token_index)):
        i = token_index[position]
        while text_token[text + 1] <= i:
            text += 1
        text_start, text_end = text_token[text], text_token[text + 1]
        if i >= sentence_end or i < sentence_start:
            sentence_start = i
            while sentence_start > text_start and not bits[sentence_start] & t.SENTENCE_START:
                sentence_start -= 1
            sentence_end = i + 1
            digits = 0
            while sentence_end < text_end and not bits[sentence_end] & t.SENTENCE_START:
                sentence_end += 1
            for j in range(sentence_start, sentence_end):
                digits += bits[j] & t.HAS_DIGIT != 0
            size = sentence_end - sentence_start
            length_class = 0 if size <= 2 else 1 if size <= 5 else 2 if size <= 10 else 3
            has_stop = 1 if bits[sentence_end - 1] & (t.STOP | t.CLOSER) else 0
            digit_share = 0 if digits == 0 else 1 if digits * 4 < size else 2
            sentence_kind = np.uint64(length_class | has_stop << 2 | digit_share << 3 | sentence_case[i] << 5)
        word, token_bits, shape = words[i], bits[i], np.uint64(shapes[i])
        case = np.uint64(sentence_case[i])
        word_shape = word ^ shape
        is_first = i == sentence_start
        has_previous = i > sentence_start
        has_second_previous = i > sentence_start + 1
        has_next = i + 1 < sentence_end
        has_second_next = i + 2 < sentence_end
        previous_word = words[i - 1] if has_previous else none
        second_previous_word = words[i - 2] if has_second_previous else none
        next_word = words[i + 1] if has_next else none
        second_next_word = words[i + 2] if has_second_next else none
        previous_shape = np.uint64(shapes[i - 1]) if has_previous else none
        next_shape = np.uint64(shapes[i + 1]) if has_next else none
        cluster = np.uint64(clusters[i])
        previous_cluster = np.uint64(clusters[i - 1]) if has_previous else none
        second_previous_cluster = np.uint64(clusters[i - 2]) if has_second_previous else none
        next_cluster = np.uint64(clusters[i + 1]) if has_next else none
        second_next_cluster = np.uint64(clusters[i + 2]) if has_second_next else none
        coarse = cluster & _COARSE
        previous_coarse = previous_cluster & _COARSE_OR_SIGN
        next_coarse = next_cluster & _COARSE_OR_SIGN
        own_flags = np.uint64(word_flags[i] & _ALL_FLAGS)
        previous_flags = np.uint64(word_flags[i - 1]) if has_previous else none
        next_flags = np.uint64(word_flags[i + 1]) if has_next else none
        row = rows[position]
        count = 0
        count = _add_feature(row, count, F_CASE, case)
        count = _add_feature(row, count, F_WORD, word)
        count = _add_feature(row, count, F_WORD_SHAPE, word_shape)
        count = _add_feature(row, count, F_SHAPE_CASE, shape ^ case << _FOLD)
        count = _add_feature(row, count, F_PREVIOUS_WORD, previous_word)
        count = _add_feature(row, count, F_NEXT_WORD, next_word)
        count = _add_feature(row, count, F_SECOND_PREVIOUS_WORD, second_previous_word)
        count = _add_feature(row, count, F_SECOND_NEXT_WORD, second_next_word)
        count = _add_feature(row, count, F_PREVIOUS_CLUSTER, previous_cluster)
        count = _add_feature(row, count, F_NEXT_CLUSTER, next_cluster)
        count = _add_feature(row, count, F_PREVIOUS_COARSE, previous_coarse)
        count = _add_feature(row, count, F_NEXT_COARSE, next_coarse)
        count = _add_feature(row, count, F_SECOND_PREVIOUS_CLUSTER, second_previous_cluster)
        count = _add_feature(row, count, F_SECOND_NEXT_CLUSTER, second_next_cluster)
        count = _add_feature(row, count, F_SHAPES, previous_shape * _SALT ^ shape ^ next_shape << _FOLD)
        count = _add_feature(row, count, F_PREVIOUS_FLAGS, previous_flags)
        count = _add_feature(row, count, F_NEXT_FLAGS, next_flags)
        count = _add_feature(
            row, count, F_SENTENCE_SHAPE, sentence_kind << np.uint64(8) ^ shape << _FOLD ^ np.uint64(is_first)
        )
        if is_first or i + 1 == sentence_end:
            count = _add_feature(row, count, F_EDGE_SHAPE, np.uint64(is_first) ^ shape << _FOLD)
        if phrase[i]:
            count = _add_feature(row, count, F_PHRASE, np.uint64(phrase[i]))
        if has_previous and phrase[i - 1]:
            count = _add_feature(row, count, F_PREVIOUS_PHRASE, np.uint64(phrase[i - 1]))
        if has_next and phrase[i + 1]:
            count = _add_feature(row, count, F_NEXT_PHRASE, np.uint64(phrase[i + 1]))
        if token_bits & t.GLUED and token_bits & t.SMALL:
            count = _add_feature(row, count, F_GLUED, np.uint64(1))
        if not token_bits & (t.CAPITAL | t.INNER_CAPITAL):
            count = _add_feature(row, count, F_PREVIOUS_WORD_WORD, previous_word * _SALT ^ word)
            count = _add_feature(row, count, F_WORD_NEXT_CLUSTER, word ^ next_cluster << _FOLD)
            counts[position] = count
            continue
        count = _add_feature(row, count, F_CLUSTER, cluster)
        count = _add_feature(row, count, F_COARSE, coarse)
        count = _add_feature(row, count, F_FLAGS, own_flags)
        count = _add_feature(
            row, count, F_FLAGS_START_CASE, own_flags ^ np.uint64(is_first) << _FOLD ^ case << _CASE_FOLD
        )
        count = _add_feature(row, count, F_PREVIOUS_COARSE_COARSE, coarse ^ previous_coarse << _FOLD)
        count = _add_feature(row, count, F_COARSE_NEXT_COARSE, coarse ^ next_coarse << _FOLD)
        for bit in range(FLAG_BITS):
            if own_flags & np.uint64(1 << bit):
                count = _add_feature(row, count, F_EACH_FLAG, np.uint64(bit))
        # The flags of the neighbours, one feature each.
        for bit in range(FLAG_BITS):
            if has_previous and previous_flags & np.uint64(1 << bit):
                count = _add_feature(row, count, F_EACH_PREVIOUS_FLAG, np.uint64(bit))
            if has_next and next_flags & np.uint64(1 << bit):
                count = _add_feature(row, count, F_EACH_NEXT_FLAG, np.uint64(bit))
        byte, byte_end, size = first_bytes[i], end_bytes[i], 0
        while byte < byte_end and size < MAX_WORD_CHARS:
            code_point, byte = decode_char(data, byte)
            chars[size] = np.uint64(lowered[code_point] if code_point < LIMIT else code_point)
            size += 1
        if size > 1:
            state = _PREFIX_SEED
            for k in range(min(MAX_AFFIX_CHARS, size)):
                state = (state ^ chars[k]) * _FACTOR
                if k:
                    count = _add_feature(row, count, F_PREFIX + k, state)
            state = _SUFFIX_SEED
            for k in range(min(MAX_AFFIX_CHARS, size)):
                state = (state ^ chars[size - 1 - k]) * _FACTOR
                if k:
                    count = _add_feature(row, count, F_SUFFIX + k, state)
        # The other occurrences of the word in the text.
        all_evidence, neighbour_count, occurrence_count, occurrence, repeated = 0, 0, 0, first_occurrence[i], 0
        while occurrence >= 0 and occurrence_count < MAX_OCCURRENCES:
            if occurrence != i:
                all_evidence |= evidence[occurrence]
                repeated += 1
                if neighbour_count < MAX_NEIGHBOUR_OCCURRENCES and sentence_case[occurrence] == PROSE:
                    neighbour_count += 1
                    if occurrence > text_start and not bits[occurrence] & t.SENTENCE_START:
                        count = _add_feature(row, count, F_OTHER_PREVIOUS_CLUSTER, np.uint64(clusters[occurrence - 1]))
                    if occurrence + 1 < text_end and not bits[occurrence + 1] & t.SENTENCE_START:
                        count = _add_feature(row, count, F_OTHER_NEXT_CLUSTER, np.uint64(clusters[occurrence + 1]))
            occurrence = next_occurrence[occurrence]
            occurrence_count += 1
        all_evidence |= evidence[first_occurrence[i]] & SMALL_ELSEWHERE
        for bit in range(EVIDENCE_BITS):
            if all_evidence & 1 << bit:
                count = _add_feature(row, count, F_EACH_EVIDENCE, np.uint64(bit))
        count = _add_feature(
            row,
            count,
            F_REPEATED,
            np.uint64(min(repeated, MAX_REPEATED)) | case << _FOLD | np.uint64(all_evidence & IN_PROSE) << _CASE_FOLD,
        )
        counts[position] = count
