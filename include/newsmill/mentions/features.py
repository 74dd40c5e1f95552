"""What the model of names sees of a token: its word, its neighbours, the lists, and its other places in the text.

A feature is a row of the model's table, told by a hash; a token has at most ROOM of them. The same code serves training
and tagging. Only tokens near a capital letter are looked at: they stand in windows, which never leave a sentence.
"""

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
from newsmill.nlp.scan import decoded
from newsmill.nlp.tokens import Tokens, tokens

ROW_BITS = 18
MAX_FEATURES = 96
MAX_AFFIX_CHARS, MAX_PHRASE_TOKENS, MAX_NEIGHBOUR_OCCURRENCES, MAX_OCCURRENCES = 4, 6, 4, 24
# What a word is besides what the gazetteer says: its place in sentences, as bits above the gazetteer's.
(ROLE, INTO, TOWARDS, SAYS, DOES, PART, FIRM, ARTICLE, AFTER_FIRM, HEAD_OF, HEADS_PHRASE, PLACE_WORD, STATE, RANK) = (
    1 << bit for bit in range(16, 30)
)
# What a sentence looks like.
PROSE, ALL_CAPS_SENTENCE, TITLE_CASE_SENTENCE = range(3)
COUNTRY, CITY, TOWN, ORGANIZATION, OTHER = range(1, 6)
PHRASE_BEGINS, PHRASE_ENDS = 8, 16
_GAZETTEER_BITS = 0x3FFFFFFF
# What one place of a word tells of all its places, as bits.
EVIDENCE_BITS = 24
_SALT, _FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_ROW_SHIFT, _FOLD = np.uint64(64 - ROW_BITS), np.uint64(32)


class WordTables(NamedTuple):
    """Hash tables of words and phrases: what the lists say of them, and the clusters of words."""

    word_keys: np.ndarray
    word_bits: np.ndarray
    phrase_keys: np.ndarray
    phrase_kinds: np.ndarray
    cluster_keys: np.ndarray
    clusters: np.ndarray


class WindowFeatures(NamedTuple):
    """Features of the tokens in windows: `rows[n, :counts[n]]` of token `token[n]`; window w from `window[w]` on."""

    token: np.ndarray
    rows: np.ndarray
    counts: np.ndarray
    window: np.ndarray


@cache
def build_word_tables() -> tuple[np.ndarray, ...]:
    """Return the tables of words and of phrases that the gazetteer and the lists give."""
    words: dict[int, int] = {}
    phrases: dict[int, int] = {}
    for word, bits in g.knowledge().words.items():
        _add_names(words, phrases, [word], bits, 0)
    for bit, told in _CONTEXT.items():
        _add_names(words, phrases, told, bit, 0)
    sizes = {g.TOWN: TOWN, g.CITY: CITY, g.COUNTRY: COUNTRY}
    by_size: dict[int, list[str]] = {g.TOWN: [], g.CITY: [], g.COUNTRY: []}
    for place, size in g.knowledge().places.items():
        by_size[size].append(place)
    for size, kind in sizes.items():
        _add_names(words, phrases, by_size[size], size, kind)
    _add_names(words, phrases, g.knowledge().others, g.OTHER, OTHER)
    _add_names(words, phrases, g.knowledge().organizations, 0, ORGANIZATION)
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
    HEAD_OF: name_lists.ORG_OF,
    STATE: name_lists.STATE_ABBREVIATIONS,
    RANK: name_lists.RANKS | name_lists.HONORIFICS,
}


def _add_names(words: dict, phrases: dict, names, bits: int, kind: int) -> None:
    """List names: one of a single token by its bits, the others by the kind of their phrase."""
    names = list(names)
    told = tokens(pa.array(names, pa.large_string()))
    starts = told.text_token.tolist()
    keys = told.word.tolist()
    for low, high in pairwise(starts):
        if high - low == 1 and bits:
            words[keys[low]] = words.get(keys[low], 0) | bits
        if kind and 0 < high - low <= MAX_PHRASE_TOKENS:
            words[keys[low]] = words.get(keys[low], 0) | HEADS_PHRASE
            phrases[int(_hash_phrase(told.word, low, high))] = kind


@compiled
def _hash_phrase(words, low, high):
    state = start_sequence(0)
    for number in range(low, high):
        state = extend_sequence(state, words[number])
    return state


def extract_features(told: Tokens, known: WordTables) -> WindowFeatures:
    """Return the features of a batch of tokens."""
    count = len(told.word)
    facts = np.zeros((7, count), np.int32)  # BITS, CLUSTER, PHRASE, MODE, EVIDENCE, NEXT_SAME, HEAD
    live, window = np.empty(count, np.int32), np.empty(count + 1, np.int32)
    _write_token_facts(told, known, facts)
    n_live, n_windows = _list_windows(told.bits, told.text_token, facts, live, window)
    _link_occurrences(told.word, told.bits, told.text_token, facts)
    rows, counts = np.empty((n_live, MAX_FEATURES), np.int32), np.empty(n_live, np.int32)
    _write_features(
        told.data, told.first, told.past, told.word, told.shape, told.bits, told.text_token, characters.lowered(),
        facts, live[:n_live], rows, counts,
    )  # fmt: skip
    return WindowFeatures(live[:n_live], rows, counts, window[: n_windows + 1].copy())


BITS, CLUSTER, PHRASE, MODE, EVIDENCE, NEXT_SAME, HEAD = range(7)


@compiled
def _write_token_facts(told, known, facts):
    """Look every token up, find the phrases of the gazetteer, and tell how each sentence is capitalised."""
    words, bits, text_token = told.word, told.bits, told.text_token
    word_keys, word_bits = known.word_keys, known.word_bits
    phrase_keys, phrase_kinds = known.phrase_keys, known.phrase_kinds
    cluster_keys, clusters = known.cluster_keys, known.clusters
    of_word, of_cluster, phrase, mode = facts[0], facts[1], facts[2], facts[3]
    count = len(words)
    for i in range(count):
        if bits[i] & t.SIGN:
            of_word[i] = 0
            of_cluster[i] = np.int32(words[i] & np.uint64(0xFF)) | np.int32(1 << 24)
        else:
            of_word[i] = np.int32(look_up(word_keys, word_bits, words[i]))
            of_cluster[i] = np.int32(look_up(cluster_keys, clusters, words[i]))
    for text in range(len(text_token) - 1):
        i, high = text_token[text], text_token[text + 1]
        while i < high:
            past = i + 1
            while past < high and not bits[past] & t.SENTENCE_START:
                past += 1
            letters = shouted = long = titled = smalls = common = 0
            for j in range(i, past):
                flags = bits[j]
                if flags & (t.SIGN | t.ADDRESS | t.POSSESSIVE):
                    continue
                if flags & (t.CAPITAL | t.SMALL | t.INNER_CAPITAL):
                    letters += 1
                    shouted += flags & t.ALL_CAPS != 0 or (flags & t.CAPITAL != 0 and not flags & t.LONG)
                    smalls += flags & t.SMALL != 0
                if flags & t.LONG:
                    long += 1
                    titled += flags & t.CAPITAL != 0
                    common += flags & t.CAPITAL != 0 and of_word[j] & g.COMMON != 0
            kind = PROSE
            if letters >= 2 and shouted == letters and smalls == 0 and long > 0:
                all_caps = 0
                for j in range(i, past):
                    all_caps += bits[j] & (t.ALL_CAPS | t.LONG) == t.ALL_CAPS | t.LONG
                if all_caps == long:
                    kind = ALL_CAPS_SENTENCE
            if kind == PROSE and long >= 4 and titled == long and common >= 2:
                kind = TITLE_CASE_SENTENCE
            for j in range(i, past):
                mode[j] = kind
            j = i
            while j < past:
                step = 1
                if of_word[j] & HEADS_PHRASE and bits[j] & (t.CAPITAL | t.INNER_CAPITAL):
                    state, end, found = start_sequence(0), j, 0
                    for k in range(j, min(past, j + MAX_PHRASE_TOKENS)):
                        state = extend_sequence(state, words[k])
                        told_kind = look_up(phrase_keys, phrase_kinds, state)
                        if told_kind and bits[k] & (t.CAPITAL | t.INNER_CAPITAL):
                            end, found = k + 1, told_kind
                    if end - j > 1 or found:
                        for k in range(j, end):
                            phrase[k] = found | (32 if end - j > 1 else 0)
                        phrase[j] |= PHRASE_BEGINS
                        phrase[end - 1] |= PHRASE_ENDS
                        step = max(end - j, 1)
                j += step
            i = past


@compiled
def _list_windows(bits, text_token, facts, live, window):
    """List the tokens in windows, and where each window begins."""
    of_word = facts[0]
    n = windows = 0
    for text in range(len(text_token) - 1):
        low, high = text_token[text], text_token[text + 1]
        last = -2
        i = low
        while i < high:
            flags = bits[i]
            is_centre = flags & (t.CAPITAL | t.INNER_CAPITAL) != 0 and not flags & t.ADDRESS
            if is_centre and flags & t.SENTENCE_START and of_word[i] & (g.FUNCTION | g.COMMON):
                # most sentences begin with a word that is no name, if no name follows
                follows = i + 1 < high and not bits[i + 1] & t.SENTENCE_START
                plain = of_word[i] & (g.GIVEN | g.SURNAME | g.CITY | g.COUNTRY | g.TITLE | g.ORG_HEAD) == 0
                if follows and bits[i + 1] & t.SMALL and (of_word[i] & g.FUNCTION or plain):
                    is_centre = False
            if is_centre:
                first = i - 1 if i > low and not flags & t.SENTENCE_START else i
                end = i + 1
                if end < high and not bits[end] & t.SENTENCE_START:
                    end += 1
                    if bits[end - 1] & (t.GLUED | t.SIGN) == t.GLUED | t.SIGN and end < high and bits[end] & t.GLUED:
                        end += 1
                first = max(first, last)
                if first < end:  # else the window before holds it all
                    if first != last or bits[first] & t.SENTENCE_START or n == 0:
                        window[windows] = n
                        windows += 1
                    for j in range(first, end):
                        live[n] = j
                        n += 1
                    last = end
            i += 1
    window[windows] = n
    return n, windows


@compiled
def _link_occurrences(words, bits, text_token, facts):
    """Tell what each place of a capitalised word shows, and join the places of a word in a text by links."""
    of_word, phrase, mode = facts[0], facts[2], facts[3]
    evidence, following, head = facts[4], facts[5], facts[6]
    most = 16
    for text in range(len(text_token) - 1):
        most = max(most, text_token[text + 1] - text_token[text])
    size = 16
    while size < 2 * most:
        size *= 2
    slots, stamps = np.empty(size, np.int32), np.zeros(size, np.int32)
    mask = np.uint64(size - 1)
    for text in range(len(text_token) - 1):
        low, high = text_token[text], text_token[text + 1]
        for i in range(high - 1, low - 1, -1):
            following[i] = head[i] = -1
            flags = bits[i]
            is_name = flags & (t.CAPITAL | t.INNER_CAPITAL) != 0 and not flags & t.ADDRESS
            if not is_name:
                continue
            at = words[i] & mask
            while stamps[at] == text + 1 and words[slots[at]] != words[i]:
                at = (at + np.uint64(1)) & mask
            if stamps[at] == text + 1:
                following[i] = slots[at]
            stamps[at], slots[at] = text + 1, i
            evidence[i] = _collect_evidence(i, low, high, bits, of_word, phrase, mode)
        # small letters elsewhere speak against a name
        for i in range(low, high):
            if bits[i] & t.SMALL and not bits[i] & (t.SIGN | t.POSSESSIVE):
                at = words[i] & mask
                while stamps[at] == text + 1 and words[slots[at]] != words[i]:
                    at = (at + np.uint64(1)) & mask
                if stamps[at] == text + 1:
                    evidence[slots[at]] |= 1 << 23
        for i in range(low, high):
            if bits[i] & (t.CAPITAL | t.INNER_CAPITAL) and not bits[i] & t.ADDRESS:
                at = words[i] & mask
                while words[slots[at]] != words[i]:
                    at = (at + np.uint64(1)) & mask
                head[i] = slots[at]


@compiled
def _collect_evidence(i, low, high, bits, of_word, phrase, mode):
    """Return what one place of a capitalised word shows, as bits."""
    found = 0
    if mode[i] == PROSE and not bits[i] & t.SENTENCE_START:
        found |= 1
    if i > low and not bits[i] & t.SENTENCE_START:
        before, flags = of_word[i - 1], bits[i - 1]
        if flags & t.CAPITAL:
            found |= 1 << 1 if mode[i] == PROSE else 0
            found |= 1 << 2 if before & g.GIVEN else 0
            found |= 1 << 3 if before & (g.TITLE | RANK) else 0
            found |= 1 << 4 if flags & t.POINTED and not flags & t.LONG else 0
        else:
            found |= 1 << 5 if before & ROLE else 0
            found |= 1 << 6 if before & INTO else 0
            found |= 1 << 7 if before & TOWARDS else 0
            found |= 1 << 8 if before & ARTICLE else 0
            found |= 1 << 9 if before & AFTER_FIRM else 0
    if i + 1 < high and not bits[i + 1] & t.SENTENCE_START:
        after, flags = of_word[i + 1], bits[i + 1]
        if flags & t.CAPITAL:
            found |= 1 << 10 if mode[i] == PROSE else 0
            found |= 1 << 11 if after & g.SURNAME and mode[i] == PROSE else 0
            found |= 1 << 12 if after & g.ORG_HEAD else 0
            found |= 1 << 13 if after & g.ORG_FORM else 0
            found |= 1 << 14 if after & g.PLACE_HEAD else 0
        else:
            found |= 1 << 15 if after & SAYS else 0
            found |= 1 << 16 if after & FIRM else 0
            found |= 1 << 17 if after & PART else 0
            found |= 1 << 18 if flags & t.POSSESSIVE else 0
            if flags & t.SIGN and i + 2 < high and bits[i + 2] & t.CAPITAL and of_word[i + 2] & (g.COUNTRY | STATE):
                found |= 1 << 19
    if phrase[i] & 32:
        kind = phrase[i] & 7
        found |= 1 << 20 if kind == ORGANIZATION else 1 << 21 if kind != OTHER else 0
    j = i
    while j + 1 < high and bits[j + 1] & t.CAPITAL and not bits[j + 1] & t.SENTENCE_START and j < i + 6:
        j += 1
    if j > i + 1 and of_word[j] & g.ORG_HEAD:
        found |= 1 << 22
    return found


@inlined
def _feature_row(salt, value):
    mixed = (value ^ (np.uint64(salt) * _SALT)) * _FACTOR
    mixed = (mixed ^ (mixed >> _FOLD)) * _SALT
    return np.int32(mixed >> _ROW_SHIFT)


@inlined
def _add_feature(row, n, salt, value):
    """Add a feature where there is room for one; return how many there are."""
    if n < MAX_FEATURES:
        row[n] = _feature_row(salt, value)
        n += 1
    return n


@compiled
def _write_features(data, firsts, pasts, words, shapes, bits, text_token, lowered, facts, live, rows, counts):
    of_word, of_cluster, phrase, mode = facts[0], facts[1], facts[2], facts[3]
    evidence, following, head = facts[4], facts[5], facts[6]
    letters = np.empty(64, np.uint64)
    none = np.uint64(1)
    text = 0
    line_first = -1
    line_past = -1
    line_kind = np.uint64(0)
    for number in range(len(live)):
        i = live[number]
        while text_token[text + 1] <= i:
            text += 1
        low, high = text_token[text], text_token[text + 1]
        if i >= line_past or i < line_first:
            line_first = i
            while line_first > low and not bits[line_first] & t.SENTENCE_START:
                line_first -= 1
            line_past = i + 1
            digits = 0
            while line_past < high and not bits[line_past] & t.SENTENCE_START:
                line_past += 1
            for j in range(line_first, line_past):
                digits += bits[j] & t.HAS_DIGIT != 0
            size = line_past - line_first
            length = 0 if size <= 2 else 1 if size <= 5 else 2 if size <= 10 else 3
            ends = 1 if bits[line_past - 1] & (t.STOP | t.CLOSER) else 0
            share = 0 if digits == 0 else 1 if digits * 4 < size else 2
            line_kind = np.uint64(length | ends << 2 | share << 3 | mode[i] << 5)
        own, flags, shape = words[i], bits[i], np.uint64(shapes[i])
        kind = np.uint64(mode[i])
        form = own ^ shape
        is_first = i == line_first
        b1 = i > line_first
        b2 = i > line_first + 1
        a1 = i + 1 < line_past
        a2 = i + 2 < line_past
        word_b1 = words[i - 1] if b1 else none
        word_b2 = words[i - 2] if b2 else none
        word_a1 = words[i + 1] if a1 else none
        word_a2 = words[i + 2] if a2 else none
        shape_b1 = np.uint64(shapes[i - 1]) if b1 else none
        shape_a1 = np.uint64(shapes[i + 1]) if a1 else none
        cluster = np.uint64(of_cluster[i])
        cluster_b1 = np.uint64(of_cluster[i - 1]) if b1 else none
        cluster_b2 = np.uint64(of_cluster[i - 2]) if b2 else none
        cluster_a1 = np.uint64(of_cluster[i + 1]) if a1 else none
        cluster_a2 = np.uint64(of_cluster[i + 2]) if a2 else none
        coarse = cluster & np.uint64(0xFF)
        coarse_b1 = cluster_b1 & np.uint64(0x10000FF)
        coarse_a1 = cluster_a1 & np.uint64(0x10000FF)
        bits_own = np.uint64(of_word[i] & _GAZETTEER_BITS)
        bits_b1 = np.uint64(of_word[i - 1]) if b1 else none
        bits_a1 = np.uint64(of_word[i + 1]) if a1 else none
        row = rows[number]
        n = 0
        n = _add_feature(row, n, 1, kind)
        n = _add_feature(row, n, 2, own)
        n = _add_feature(row, n, 3, form)
        n = _add_feature(row, n, 4, shape ^ kind << _FOLD)
        n = _add_feature(row, n, 5, word_b1)
        n = _add_feature(row, n, 6, word_a1)
        n = _add_feature(row, n, 7, word_b2)
        n = _add_feature(row, n, 8, word_a2)
        n = _add_feature(row, n, 9, cluster_b1)
        n = _add_feature(row, n, 10, cluster_a1)
        n = _add_feature(row, n, 11, coarse_b1)
        n = _add_feature(row, n, 12, coarse_a1)
        n = _add_feature(row, n, 13, cluster_b2)
        n = _add_feature(row, n, 14, cluster_a2)
        n = _add_feature(row, n, 15, shape_b1 * _SALT ^ shape ^ shape_a1 << _FOLD)
        n = _add_feature(row, n, 16, bits_b1)
        n = _add_feature(row, n, 17, bits_a1)
        n = _add_feature(row, n, 18, line_kind << np.uint64(8) ^ shape << _FOLD ^ np.uint64(is_first))
        if is_first or i + 1 == line_past:
            n = _add_feature(row, n, 19, np.uint64(is_first) ^ shape << _FOLD)
        if phrase[i]:
            n = _add_feature(row, n, 20, np.uint64(phrase[i]))
        if b1 and phrase[i - 1]:
            n = _add_feature(row, n, 21, np.uint64(phrase[i - 1]))
        if a1 and phrase[i + 1]:
            n = _add_feature(row, n, 22, np.uint64(phrase[i + 1]))
        if flags & t.GLUED and flags & t.SMALL:
            n = _add_feature(row, n, 23, np.uint64(1))
        if not flags & (t.CAPITAL | t.INNER_CAPITAL):
            n = _add_feature(row, n, 24, word_b1 * _SALT ^ own)
            n = _add_feature(row, n, 25, own ^ cluster_a1 << _FOLD)
            counts[number] = n
            continue
        n = _add_feature(row, n, 30, cluster)
        n = _add_feature(row, n, 31, coarse)
        n = _add_feature(row, n, 32, bits_own)
        n = _add_feature(row, n, 33, bits_own ^ np.uint64(is_first) << _FOLD ^ kind << np.uint64(40))
        n = _add_feature(row, n, 34, coarse ^ coarse_b1 << _FOLD)
        n = _add_feature(row, n, 35, coarse ^ coarse_a1 << _FOLD)
        rest = bits_own
        for bit in range(30):
            if rest & np.uint64(1 << bit):
                n = _add_feature(row, n, 36, np.uint64(bit))
        # what the neighbours are, each fact alone
        for bit in range(30):
            if b1 and bits_b1 & np.uint64(1 << bit):
                n = _add_feature(row, n, 37, np.uint64(bit))
            if a1 and bits_a1 & np.uint64(1 << bit):
                n = _add_feature(row, n, 38, np.uint64(bit))
        at, past, size = firsts[i], pasts[i], 0
        while at < past and size < 64:
            point, at = decoded(data, at)
            letters[size] = np.uint64(lowered[point] if point < LIMIT else point)
            size += 1
        if size > 1:
            state = np.uint64(7)
            for k in range(min(MAX_AFFIX_CHARS, size)):
                state = (state ^ letters[k]) * _FACTOR
                if k:
                    n = _add_feature(row, n, 40 + k, state)
            state = np.uint64(11)
            for k in range(min(MAX_AFFIX_CHARS, size)):
                state = (state ^ letters[size - 1 - k]) * _FACTOR
                if k:
                    n = _add_feature(row, n, 50 + k, state)
        # the other places of the word in the text
        gathered, others, chain, other, repeated = 0, 0, 0, head[i], 0
        while other >= 0 and chain < MAX_OCCURRENCES:
            if other != i:
                gathered |= evidence[other]
                repeated += 1
                if others < MAX_NEIGHBOUR_OCCURRENCES and mode[other] == PROSE:
                    others += 1
                    if other > low and not bits[other] & t.SENTENCE_START:
                        n = _add_feature(row, n, 61, np.uint64(of_cluster[other - 1]))
                    if other + 1 < high and not bits[other + 1] & t.SENTENCE_START:
                        n = _add_feature(row, n, 62, np.uint64(of_cluster[other + 1]))
            other = following[other]
            chain += 1
        gathered |= evidence[head[i]] & 1 << 23
        for bit in range(EVIDENCE_BITS):
            if gathered & 1 << bit:
                n = _add_feature(row, n, 63, np.uint64(bit))
        n = _add_feature(
            row, n, 64, np.uint64(min(repeated, 3)) | kind << _FOLD | np.uint64(gathered & 1) << np.uint64(40)
        )
        counts[number] = n
