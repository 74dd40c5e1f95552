"""Extracts the features of the name model: a token's word, neighbours, list entries, and other occurrences in the text.

A feature is a row of the model's table, chosen by a hash. Training and tagging run the same code. Only tokens near a
capital letter have features; they form windows, and no window leaves a sentence.

Layout. `facts[i]` is a record of `TOKEN_FACTS` about token i of a batch. The last record is no token: kernels read it
where a token has no neighbour in its sentence. `token_index[n]` is the token of the n-th position in windows; window w
holds the positions from `window_start[w]` to `window_start[w + 1]`. `rows[n, :counts[n]]` are the rows of the model's
table for position n. A `Template` is the salt of one feature's hash.

Example. In "Rain fell. Ann Hale of the bank left." the tokens are Rain, fell, point, Ann, Hale, of, the, bank, left,
point; `facts` has ten records, and an eleventh for no token. "Rain" is a common word at the start of a sentence and
opens no window. The only window has the tokens 3, 4 and 5: `token_index` is 3, 4, 5 and `window_start` is 0, 3. For
Hale, `facts[4].sentence_start` is 3, and `facts[4].evidence` has the bits `IN_PROSE`, `CAPITAL_BEFORE` and
`GIVEN_BEFORE`.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum
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
from newsmill.nlp.tokens import Tokens, hash_token, tokenize

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
SPORT = 1 << 30
FLAG_BITS = 31
_FIELDS = [
    *((name, np.uint64) for name in ("word", "word_shape")),
    *((name, np.int32) for name in ("bits", "word_flags", "cluster", "phrase")),
    *((name, np.int32) for name in ("sentence_start", "sentence_end", "sentence_kind")),
    *((name, np.int32) for name in ("evidence", "next_occurrence", "first_occurrence")),
    *((name, np.int8) for name in ("sentence_case", "run_before", "run_after", "sport")),
]
TOKEN_FACTS = np.dtype((np.record, np.dtype(_FIELDS, align=True)))
"""Facts about a token; 64 bytes, the line of a processor's cache.

`word`, `word_shape`, `bits`: as in `nlp.tokens`. `phrase`: bits of PhraseKind and flags. `sentence_start`,
`sentence_end`: first token of the sentence and of the next. `sentence_kind`: classes of size, end, digits and case.
`evidence`: bits. `next_occurrence`, `first_occurrence`: tokens with the same capitalised word in the text, -1 for none.
`run_before`, `run_after`: tokens of the same run before and behind. `sport`: class of the share of words of sport in
the text.
"""
WORD_SLOT = np.dtype((np.record, [("stamp", np.int32), ("token", np.int32)]))
"""Slot of a hash table of the words of a text: a token, if the stamp is the text's."""


class SentenceCase(IntEnum):
    """Letter case of a sentence."""

    PROSE = 0
    ALL_CAPS = 1
    TITLE_CASE = 2


class PhraseKind(IntEnum):
    """Kinds of a phrase of the gazetteer, as bits of the fact `phrase`; a phrase may have several."""

    COUNTRY = 1 << 0
    CITY = 1 << 1
    TOWN = 1 << 2
    ORGANIZATION = 1 << 3
    OTHER = 1 << 4
    COMPANY = 1 << 5
    MEDIUM = 1 << 6
    TEAM = 1 << 7
    BODY = 1 << 8
    PARTY = 1 << 9
    SCHOOL = 1 << 10
    PERSON = 1 << 11
    PROMINENT_SURNAME = 1 << 12
    REGION = 1 << 13
    VENUE = 1 << 14


PHRASE_KIND_BITS = len(PhraseKind)
PHRASE_BEGINS, PHRASE_ENDS, PHRASE_IS_LONG = (1 << bit for bit in range(16, 19))
_ORGANIZATION_KINDS = sum(PhraseKind[name] for name in "ORGANIZATION COMPANY MEDIUM TEAM BODY PARTY SCHOOL".split())
_PLACE_KINDS = sum(PhraseKind[name] for name in "COUNTRY CITY TOWN REGION VENUE".split())
# Bits of the fact `evidence`: what one occurrence of a word shows about all its occurrences.
EVIDENCE_BITS = 25
(IN_PROSE, CAPITAL_BEFORE, GIVEN_BEFORE, TITLE_BEFORE, INITIAL_BEFORE, ROLE_BEFORE, INTO_BEFORE, TOWARDS_BEFORE,
 ARTICLE_BEFORE, FIRM_WORD_BEFORE, CAPITAL_AFTER, SURNAME_AFTER, ORG_HEAD_AFTER, ORG_FORM_AFTER, PLACE_HEAD_AFTER,
 SAYS_AFTER, FIRM_AFTER, PART_AFTER, POSSESSIVE_AFTER, COUNTRY_AFTER_COMMA, IN_ORGANIZATION, IN_PLACE,
 ORG_HEAD_ENDS_NAME, SMALL_ELSEWHERE, IN_PERSON) = (1 << bit for bit in range(EVIDENCE_BITS))  # fmt: skip
# Flags of a neighbour, capitalised or small, and the evidence of each.
_BEFORE_CAPITAL = ((g.GIVEN, GIVEN_BEFORE), (g.TITLE | RANK, TITLE_BEFORE))
_BEFORE_SMALL = (
    (ROLE, ROLE_BEFORE),
    (INTO, INTO_BEFORE),
    (TOWARDS, TOWARDS_BEFORE),
    (ARTICLE, ARTICLE_BEFORE),
    (AFTER_FIRM, FIRM_WORD_BEFORE),
)
_AFTER_CAPITAL = ((g.ORG_HEAD, ORG_HEAD_AFTER), (g.ORG_FORM, ORG_FORM_AFTER), (g.PLACE_HEAD, PLACE_HEAD_AFTER))
_AFTER_SMALL = ((SAYS, SAYS_AFTER), (FIRM, FIRM_AFTER), (PART, PART_AFTER))
_LONG_PHRASES = (
    (_ORGANIZATION_KINDS, IN_ORGANIZATION),
    (_PLACE_KINDS, IN_PLACE),
    (int(PhraseKind.PERSON), IN_PERSON),
)
_CAPITALISED = t.CAPITAL | t.INNER_CAPITAL
_OF, _FOR, _AND, _AND_SIGN = (np.uint64(hash_token(word)) for word in ("of", "for", "and", "&"))
MAX_RUN_TOKENS = 8
"""Tokens of a run that are counted before and behind a token; the bound is part of the trained model."""
SPORT_SHARES = (400, 100, 33)
"""Tokens for each word of sport: of at most so many, a text is of class 1, 2 or 3."""


class Template(IntEnum):
    """Templates of features, as salts of their hashes. The numbers are part of the trained model."""

    CASE = 1
    WORD = 2
    WORD_SHAPE = 3
    SHAPE_CASE = 4
    PREVIOUS_WORD = 5
    NEXT_WORD = 6
    SECOND_PREVIOUS_WORD = 7
    SECOND_NEXT_WORD = 8
    PREVIOUS_CLUSTER = 9
    NEXT_CLUSTER = 10
    PREVIOUS_COARSE = 11
    NEXT_COARSE = 12
    SECOND_PREVIOUS_CLUSTER = 13
    SECOND_NEXT_CLUSTER = 14
    SHAPES = 15
    PREVIOUS_FLAGS = 16
    NEXT_FLAGS = 17
    SENTENCE_SHAPE = 18
    EDGE_SHAPE = 19
    PHRASE = 20
    PREVIOUS_PHRASE = 21
    NEXT_PHRASE = 22
    GLUED = 23
    PREVIOUS_WORD_WORD = 24
    WORD_NEXT_CLUSTER = 25
    CLUSTER = 30
    COARSE = 31
    FLAGS = 32
    FLAGS_START_CASE = 33
    PREVIOUS_COARSE_COARSE = 34
    COARSE_NEXT_COARSE = 35
    EACH_FLAG = 36
    EACH_PREVIOUS_FLAG = 37
    EACH_NEXT_FLAG = 38
    PREFIX = 40
    SUFFIX = 50
    OTHER_PREVIOUS_CLUSTER = 61
    OTHER_NEXT_CLUSTER = 62
    EACH_EVIDENCE = 63
    REPEATED = 64
    EACH_PHRASE = 65
    WORD_NEXT_WORD = 66
    RUN_POSITION = 67
    RUN_FIRST_WORD = 68
    RUN_LAST_WORD = 69
    RUN_LAST_FLAGS = 70
    RUN_PREVIOUS_CLUSTER = 71
    RUN_NEXT_CLUSTER = 72
    RUN_NEXT_WORD = 73
    SPORT_PHRASE = 74
    SPORT_COARSE = 75


_PREFIX_SEED, _SUFFIX_SEED = np.uint64(7), np.uint64(11)
# A cluster holds a coarse number from 1 in its lowest byte, and a fine number above; a sign has its own bit.
_COARSE, _SIGN_CLUSTER = np.uint64(0xFF), 1 << 24
_COARSE_OR_SIGN = np.uint64(_SIGN_CLUSTER | 0xFF)
_SALT, _FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_ROW_SHIFT, _FOLD, _CASE_FOLD = np.uint64(64 - ROW_BITS), np.uint64(32), np.uint64(40)
_SHAPE_FOLD = np.uint64(8)


class WordTables(NamedTuple):
    """Hash tables of words and phrases: flags by word, kinds by phrase, clusters by word."""

    word_keys: np.ndarray
    word_bits: np.ndarray
    phrase_keys: np.ndarray
    phrase_kinds: np.ndarray
    cluster_keys: np.ndarray
    clusters: np.ndarray


class Context(NamedTuple):
    """Facts of a token and its neighbours in the sentence, and whether the token is the first or the last."""

    second_previous: np.record
    previous: np.record
    token: np.record
    next: np.record
    second_next: np.record
    is_first: bool
    is_last: bool


class WindowFeatures(NamedTuple):
    """The features of the tokens in windows, in the layout above."""

    token_index: np.ndarray
    rows: np.ndarray
    counts: np.ndarray
    window_start: np.ndarray
    group: np.ndarray


@cache
def build_word_tables() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the tables of words and phrases from the gazetteer and the word lists."""
    words: dict[int, int] = {}
    phrases: dict[int, int] = {}
    known = g.load_name_flags()
    for bits, listed in _group_by_value(known.words).items():  # a call for each of 69,000 words takes seconds
        _add_names(words, phrases, listed, bits, 0)
    for bit, context_words in _CONTEXT.items():
        _add_names(words, phrases, context_words, bit, 0)
    sizes = {g.TOWN: PhraseKind.TOWN, g.CITY: PhraseKind.CITY, g.COUNTRY: PhraseKind.COUNTRY}
    for size, places in _group_by_value(known.places).items():
        _add_names(words, phrases, places, size, sizes[size])
    _add_names(words, phrases, known.others, g.OTHER, PhraseKind.OTHER)
    _add_names(words, phrases, known.organizations, 0, PhraseKind.ORGANIZATION)
    for name_type, names in g.load_typed_names().items():
        _add_names(words, phrases, names, 0, PhraseKind[name_type.upper()])
    return *build_table(words), *build_table(phrases)


def _group_by_value(values: Mapping[str, int]) -> dict[int, list[str]]:
    """Return the names of each value."""
    groups: dict[int, list[str]] = {}
    for name, value in values.items():
        groups.setdefault(value, []).append(name)
    return groups


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
    SPORT: name_lists.SPORT_WORDS,
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
            phrase = int(_hash_phrase(batch.word, low, high))
            phrases[phrase] = phrases.get(phrase, 0) | kind


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
    facts = np.zeros(total + 1, TOKEN_FACTS)
    _write_word_facts(batch, word_tables, facts)
    _write_sentence_facts(batch.text_token, facts)
    _mark_phrases(word_tables, facts)
    _mark_runs(batch.text_token, facts)
    _write_sport(batch.text_token, facts)
    token_index, window_start = np.empty(total, np.int32), np.empty(total + 1, np.int32)
    token_count, window_count = _list_windows(batch.text_token, facts, token_index, window_start)
    token_index, window_start = token_index[:token_count], window_start[: window_count + 1].copy()
    _link_occurrences(batch.text_token, facts)
    rows, counts = np.empty((token_count, MAX_FEATURES), np.int32), np.empty(token_count, np.int32)
    _write_features(batch, facts, token_index, characters.map_lowercase(), rows, counts)
    group = np.empty(token_count, np.int32)
    _number_words(facts, token_index, group, np.full(total, -1, np.int32))
    return WindowFeatures(token_index, rows, counts, window_start, group)


@compiled
def _write_word_facts(batch, word_tables, facts):
    """Write the facts that a word has in every text, and the record for no token."""
    for i in range(len(batch.word)):
        token = facts[i]
        token.word, token.word_shape, token.bits = batch.word[i], batch.shape[i], batch.bits[i]
        if token.bits & t.SIGN:
            token.cluster = np.int32(token.word & _COARSE) | np.int32(_SIGN_CLUSTER)
        else:
            token.word_flags = look_up(word_tables.word_keys, word_tables.word_bits, token.word)
            token.cluster = look_up(word_tables.cluster_keys, word_tables.clusters, token.word)
    absent = facts[len(batch.word)]
    absent.word, absent.word_shape, absent.cluster, absent.word_flags = 1, 1, 1, 1


@compiled
def _write_sentence_facts(text_token, facts):
    """Write the bounds, the case and the kind of each token's sentence."""
    for text in range(len(text_token) - 1):
        start, text_end = text_token[text], text_token[text + 1]
        while start < text_end:
            end = start + 1
            while end < text_end and not facts[end].bits & t.SENTENCE_START:
                end += 1
            case = _classify_case(facts[start:end])
            kind = _classify_sentence(facts[start:end]) | case << 5
            for i in range(start, end):
                token = facts[i]
                token.sentence_start, token.sentence_end = start, end
                token.sentence_case, token.sentence_kind = case, kind
            start = end


@inlined
def _classify_case(sentence):
    """Return the case of a sentence."""
    letter_words = caps_words = long_words = long_capitals = small_words = common_capitals = long_caps = 0
    for token in sentence:
        bits = token.bits
        long_caps += bits & (t.ALL_CAPS | t.LONG) == t.ALL_CAPS | t.LONG
        if bits & (t.SIGN | t.ADDRESS | t.POSSESSIVE):
            continue
        if bits & (t.CAPITAL | t.SMALL | t.INNER_CAPITAL):
            letter_words += 1
            caps_words += bits & t.ALL_CAPS != 0 or (bits & t.CAPITAL != 0 and not bits & t.LONG)
            small_words += bits & t.SMALL != 0
        if bits & t.LONG:
            long_words += 1
            long_capitals += bits & t.CAPITAL != 0
            common_capitals += bits & t.CAPITAL != 0 and token.word_flags & g.COMMON != 0
    is_all_caps = caps_words == letter_words and small_words == 0 and long_caps == long_words
    if is_all_caps and letter_words >= MIN_CAPS_WORDS and long_words > 0:
        return np.int32(SentenceCase.ALL_CAPS)
    if long_words >= MIN_TITLE_WORDS and long_capitals == long_words and common_capitals >= MIN_TITLE_COMMON_WORDS:
        return np.int32(SentenceCase.TITLE_CASE)
    return np.int32(SentenceCase.PROSE)


@inlined
def _classify_sentence(sentence):
    """Return classes of a sentence as bits: two of the size, one of a sign at the end, two of the share of digits."""
    digits, size = 0, len(sentence)
    for token in sentence:
        digits += token.bits & t.HAS_DIGIT != 0
    length_class = 0 if size <= 2 else 1 if size <= 5 else 2 if size <= 10 else 3
    has_stop = 1 if sentence[size - 1].bits & (t.STOP | t.CLOSER) else 0
    digit_class = 0 if digits == 0 else 1 if digits * 4 < size else 2
    return length_class | has_stop << 2 | digit_class << 3


@compiled
def _mark_phrases(word_tables, facts):
    """Write the kind of phrase of each token in a phrase of the gazetteer."""
    i = 0
    while i < len(facts) - 1:
        if facts[i].word_flags & HEADS_PHRASE and facts[i].bits & _CAPITALISED:
            i = _mark_phrase(word_tables, facts, i)
        else:
            i += 1


@compiled
def _mark_phrase(word_tables, facts, start):
    """Mark the longest phrase that begins with a token; return the next token."""
    state, end, kind = start_sequence(0), start, 0
    for i in range(start, min(facts[start].sentence_end, start + MAX_PHRASE_TOKENS)):
        state = extend_sequence(state, facts[i].word)
        phrase_kind = look_up(word_tables.phrase_keys, word_tables.phrase_kinds, state)
        if phrase_kind and facts[i].bits & _CAPITALISED:
            end, kind = i + 1, phrase_kind
    if not kind:
        return start + 1
    for i in range(start, end):
        facts[i].phrase = kind | (PHRASE_IS_LONG if end - start > 1 else 0)
    facts[start].phrase |= PHRASE_BEGINS
    facts[end - 1].phrase |= PHRASE_ENDS
    return end


@compiled
def _mark_runs(text_token, facts):
    """Write the positions in runs: capitalised words, joined by `of`, `of the`, `for`, `and` or `&`."""
    i, end = 0, len(facts) - 1
    while i < end:
        if not _has_capital(facts[i]):
            i += 1
            continue
        last, j = i, i + 1
        while j < facts[i].sentence_end and j - last <= 2:
            if _has_capital(facts[j]):
                last = j
            elif not _joins_names(facts, j, last):
                break
            j += 1
        for j in range(i, last + 1):
            facts[j].run_before, facts[j].run_after = min(j - i, MAX_RUN_TOKENS), min(last - j, MAX_RUN_TOKENS)
        i = last + 1


@inlined
def _joins_names(facts, j, last):
    """Return whether a small word continues a run whose last capitalised word is `last`."""
    word = facts[j].word
    if j == last + 1:
        return (word == _OF) | (word == _FOR) | (word == _AND) | (word == _AND_SIGN)
    return facts[j].word_flags & ARTICLE != 0 and facts[j - 1].word == _OF


@compiled
def _write_sport(text_token, facts):
    """Write the class of each text by its share of words of sport."""
    for text in range(len(text_token) - 1):
        start, end, count = text_token[text], text_token[text + 1], 0
        for i in range(start, end):
            count += facts[i].word_flags & SPORT != 0
        sport = 0
        for tokens in SPORT_SHARES:
            sport += count * tokens >= end - start and count > 0
        for i in range(start, end):
            facts[i].sport = sport


@compiled
def _list_windows(text_token, facts, token_index, window_start):
    """Write the tokens in windows and the start of each window; return both counts."""
    token_count = window_count = 0
    for text in range(len(text_token) - 1):
        text_end, previous_end = text_token[text + 1], -2
        for i in range(text_token[text], text_end):
            if not _may_be_name(facts, i):
                continue
            start = i - 1 if i > facts[i].sentence_start else i
            end = i + 1
            if end < facts[i].sentence_end:
                end += 1
                is_hyphen = facts[end - 1].bits & (t.GLUED | t.SIGN) == t.GLUED | t.SIGN
                if is_hyphen and end < text_end and facts[end].bits & t.GLUED:
                    end += 1
            start = max(start, previous_end)
            if start < end:  # else the previous window holds all its tokens
                if start != previous_end or start == facts[start].sentence_start:
                    window_start[window_count] = token_count
                    window_count += 1
                for j in range(start, end):
                    token_index[token_count] = j
                    token_count += 1
                previous_end = end
    window_start[window_count] = token_count
    return token_count, window_count


@inlined
def _may_be_name(facts, i):
    """Return whether a token may be in a name. Most sentences begin with a word in no name, unless a name follows."""
    token, next_token = facts[i], facts[i + 1]
    if not _has_capital(token):
        return False
    if not token.bits & t.SENTENCE_START or not token.word_flags & (g.FUNCTION | g.COMMON):
        return True
    is_plain = token.word_flags & (g.GIVEN | g.SURNAME | g.CITY | g.COUNTRY | g.TITLE | g.ORG_HEAD) == 0
    is_before_small = i + 1 < token.sentence_end and next_token.bits & t.SMALL
    return not is_before_small or not (token.word_flags & g.FUNCTION or is_plain)


@inlined
def _has_capital(token):
    """Return whether a token is a word with a capital letter and no address."""
    return token.bits & _CAPITALISED != 0 and not token.bits & t.ADDRESS


@compiled
def _link_occurrences(text_token, facts):
    """Write the evidence of each capitalised word, and link its occurrences in a text."""
    slots = _make_word_slots(text_token)
    for text in range(len(text_token) - 1):
        start, end, stamp = text_token[text], text_token[text + 1], text + 1
        for i in range(end - 1, start - 1, -1):
            token = facts[i]
            token.next_occurrence, token.first_occurrence = -1, -1
            if _has_capital(token):
                slot = slots[_find_slot(slots, stamp, facts, token.word)]
                if slot.stamp == stamp:
                    token.next_occurrence = slot.token
                slot.stamp, slot.token = stamp, i
                token.evidence = _collect_evidence(facts, i, end)
        # A word in small letters elsewhere in the text is less likely a name.
        for i in range(start, end):
            token = facts[i]
            if token.bits & t.SMALL and not token.bits & (t.SIGN | t.POSSESSIVE):
                slot = slots[_find_slot(slots, stamp, facts, token.word)]
                if slot.stamp == stamp:
                    facts[slot.token].evidence |= SMALL_ELSEWHERE
        for i in range(start, end):
            token = facts[i]
            if _has_capital(token):
                token.first_occurrence = slots[_find_slot(slots, stamp, facts, token.word)].token


@compiled
def _number_words(facts, token_index, group, number_of_first):
    """Write a number for each capitalised word of each text, and -1 for other words."""
    count = 0
    for position in range(len(token_index)):
        first = facts[token_index[position]].first_occurrence
        group[position] = -1
        if first >= 0:
            if number_of_first[first] < 0:
                number_of_first[first] = count
                count += 1
            group[position] = number_of_first[first]


@compiled
def _make_word_slots(text_token):
    """Return an empty table with two slots for each token of the longest text."""
    slot_count = 32
    for text in range(len(text_token) - 1):
        while slot_count < 2 * (text_token[text + 1] - text_token[text]):
            slot_count *= 2
    return np.zeros(slot_count, WORD_SLOT)


@inlined
def _find_slot(slots, stamp, facts, word):
    """Return the slot of a word of a text, or the free slot for the word."""
    mask = np.uint64(len(slots) - 1)
    slot = word & mask
    while slots[slot].stamp == stamp and facts[slots[slot].token].word != word:
        slot = (slot + np.uint64(1)) & mask
    return slot


@compiled
def _collect_evidence(facts, i, text_end):
    """Return the evidence of one occurrence of a capitalised word, as bits."""
    token = facts[i]
    is_prose = token.sentence_case == SentenceCase.PROSE
    evidence = IN_PROSE if is_prose and not token.bits & t.SENTENCE_START else 0
    if i > token.sentence_start:
        evidence |= _collect_evidence_before(facts[i - 1], is_prose)
    if i + 1 < token.sentence_end:
        evidence |= _collect_evidence_after(facts[i + 1], is_prose)
        is_comma = facts[i + 1].bits & (t.SIGN | t.CAPITAL) == t.SIGN and i + 2 < text_end
        if is_comma and facts[i + 2].bits & t.CAPITAL and facts[i + 2].word_flags & (g.COUNTRY | STATE):
            evidence |= COUNTRY_AFTER_COMMA
    if token.phrase & PHRASE_IS_LONG:
        evidence |= _match_flags(token.phrase, _LONG_PHRASES)
    last = i
    while last + 1 < min(token.sentence_end, i + 1 + MAX_NAME_TOKENS) and facts[last + 1].bits & t.CAPITAL:
        last += 1
    if last > i + 1 and facts[last].word_flags & g.ORG_HEAD:
        evidence |= ORG_HEAD_ENDS_NAME
    return evidence


@inlined
def _collect_evidence_before(previous, is_prose):
    """Return the evidence of the word before a name."""
    if not previous.bits & t.CAPITAL:
        return _match_flags(previous.word_flags, _BEFORE_SMALL)
    evidence = _match_flags(previous.word_flags, _BEFORE_CAPITAL)
    if is_prose:
        evidence |= CAPITAL_BEFORE
    if previous.bits & t.DOTTED and not previous.bits & t.LONG:
        evidence |= INITIAL_BEFORE
    return evidence


@inlined
def _collect_evidence_after(following, is_prose):
    """Return the evidence of the word after a name."""
    if not following.bits & t.CAPITAL:
        possessive = POSSESSIVE_AFTER if following.bits & t.POSSESSIVE else 0
        return _match_flags(following.word_flags, _AFTER_SMALL) | possessive
    evidence = _match_flags(following.word_flags, _AFTER_CAPITAL)
    if is_prose:
        evidence |= CAPITAL_AFTER
        if following.word_flags & g.SURNAME:
            evidence |= SURNAME_AFTER
    return evidence


@inlined
def _match_flags(word_flags, pairs):
    """Return the evidence of the flags of a word, from pairs of flags and evidence."""
    evidence = 0
    for flags, shown in pairs:
        if word_flags & flags:
            evidence |= shown
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
def _write_features(batch, facts, token_index, lowered, rows, counts):
    """Write the rows of the features of each token in windows."""
    chars = np.empty(MAX_WORD_CHARS, np.uint64)
    for position in range(len(token_index)):
        i, row = token_index[position], rows[position]
        context = _read_context(facts, i)
        count = _add_neighbour_features(row, 0, context)
        count = _add_optional_features(row, count, context)
        if context.token.bits & _CAPITALISED:
            count = _add_cluster_features(row, count, context)
            count = _add_flag_features(row, count, context)
            count = _add_phrase_features(row, count, context)
            count = _add_run_features(row, count, facts, i)
            count = _add_affix_features(row, count, chars, _read_lowered(batch, i, lowered, chars))
            count = _add_occurrence_features(row, count, facts, i)
        else:
            count = _add_small_word_features(row, count, context)
        counts[position] = count


@inlined
def _read_context(facts, i):
    """Return the context of a token."""
    token, absent = facts[i], len(facts) - 1
    return Context(
        facts[i - 2 if i > token.sentence_start + 1 else absent],
        facts[i - 1 if i > token.sentence_start else absent],
        token,
        facts[i + 1 if i + 1 < token.sentence_end else absent],
        facts[i + 2 if i + 2 < token.sentence_end else absent],
        i == token.sentence_start,
        i + 1 == token.sentence_end,
    )


@inlined
def _add_neighbour_features(row, count, context):
    """Add the features of every token: words, shapes, clusters and flags of the token and its neighbours."""
    previous, token, following = context.previous, context.token, context.next
    second_previous, second_next = context.second_previous, context.second_next
    shape, case = token.word_shape, np.uint64(token.sentence_case)
    previous_cluster, next_cluster = np.uint64(previous.cluster), np.uint64(following.cluster)
    count = _add_feature(row, count, Template.CASE, case)
    count = _add_feature(row, count, Template.WORD, token.word)
    count = _add_feature(row, count, Template.WORD_SHAPE, token.word ^ shape)
    count = _add_feature(row, count, Template.SHAPE_CASE, shape ^ case << _FOLD)
    count = _add_feature(row, count, Template.PREVIOUS_WORD, previous.word)
    count = _add_feature(row, count, Template.NEXT_WORD, following.word)
    count = _add_feature(row, count, Template.SECOND_PREVIOUS_WORD, second_previous.word)
    count = _add_feature(row, count, Template.SECOND_NEXT_WORD, second_next.word)
    count = _add_feature(row, count, Template.PREVIOUS_CLUSTER, previous_cluster)
    count = _add_feature(row, count, Template.NEXT_CLUSTER, next_cluster)
    count = _add_feature(row, count, Template.PREVIOUS_COARSE, previous_cluster & _COARSE_OR_SIGN)
    count = _add_feature(row, count, Template.NEXT_COARSE, next_cluster & _COARSE_OR_SIGN)
    count = _add_feature(row, count, Template.SECOND_PREVIOUS_CLUSTER, np.uint64(second_previous.cluster))
    count = _add_feature(row, count, Template.SECOND_NEXT_CLUSTER, np.uint64(second_next.cluster))
    shapes = previous.word_shape * _SALT ^ shape ^ following.word_shape << _FOLD
    count = _add_feature(row, count, Template.SHAPES, shapes)
    count = _add_feature(row, count, Template.PREVIOUS_FLAGS, np.uint64(previous.word_flags))
    count = _add_feature(row, count, Template.NEXT_FLAGS, np.uint64(following.word_flags))
    sentence_shape = np.uint64(token.sentence_kind) << _SHAPE_FOLD ^ shape << _FOLD ^ np.uint64(context.is_first)
    return _add_feature(row, count, Template.SENTENCE_SHAPE, sentence_shape)


@inlined
def _add_optional_features(row, count, context):
    """Add the features of edges of sentences, of phrases, and of small letters without a space before."""
    token = context.token
    if context.is_first or context.is_last:
        count = _add_feature(row, count, Template.EDGE_SHAPE, np.uint64(context.is_first) ^ token.word_shape << _FOLD)
    if token.phrase:
        count = _add_feature(row, count, Template.PHRASE, np.uint64(token.phrase))
    if context.previous.phrase:
        count = _add_feature(row, count, Template.PREVIOUS_PHRASE, np.uint64(context.previous.phrase))
    if context.next.phrase:
        count = _add_feature(row, count, Template.NEXT_PHRASE, np.uint64(context.next.phrase))
    if token.bits & t.GLUED and token.bits & t.SMALL:
        count = _add_feature(row, count, Template.GLUED, np.uint64(1))
    return count


@inlined
def _add_small_word_features(row, count, context):
    """Add the features of a token without capital letters."""
    word, next_cluster = context.token.word, np.uint64(context.next.cluster)
    count = _add_feature(row, count, Template.PREVIOUS_WORD_WORD, context.previous.word * _SALT ^ word)
    return _add_feature(row, count, Template.WORD_NEXT_CLUSTER, word ^ next_cluster << _FOLD)


@inlined
def _add_cluster_features(row, count, context):
    """Add the features of the clusters and flags of a capitalised word."""
    token, is_first, case = context.token, np.uint64(context.is_first), np.uint64(context.token.sentence_case)
    cluster, flags = np.uint64(token.cluster), np.uint64(token.word_flags)
    coarse = cluster & _COARSE
    previous_coarse = np.uint64(context.previous.cluster) & _COARSE_OR_SIGN
    next_coarse = np.uint64(context.next.cluster) & _COARSE_OR_SIGN
    count = _add_feature(row, count, Template.CLUSTER, cluster)
    count = _add_feature(row, count, Template.COARSE, coarse)
    count = _add_feature(row, count, Template.FLAGS, flags)
    count = _add_feature(row, count, Template.FLAGS_START_CASE, flags ^ is_first << _FOLD ^ case << _CASE_FOLD)
    count = _add_feature(row, count, Template.PREVIOUS_COARSE_COARSE, coarse ^ previous_coarse << _FOLD)
    return _add_feature(row, count, Template.COARSE_NEXT_COARSE, coarse ^ next_coarse << _FOLD)


@inlined
def _add_flag_features(row, count, context):
    """Add a feature for each flag of a capitalised word, then of its neighbours."""
    previous_flags = 0 if context.is_first else context.previous.word_flags
    next_flags = 0 if context.is_last else context.next.word_flags
    for bit in range(FLAG_BITS):
        if context.token.word_flags & 1 << bit:
            count = _add_feature(row, count, Template.EACH_FLAG, np.uint64(bit))
    for bit in range(FLAG_BITS):
        if previous_flags & 1 << bit:
            count = _add_feature(row, count, Template.EACH_PREVIOUS_FLAG, np.uint64(bit))
        if next_flags & 1 << bit:
            count = _add_feature(row, count, Template.EACH_NEXT_FLAG, np.uint64(bit))
    return count


@inlined
def _add_phrase_features(row, count, context):
    """Add the features of each kind of a phrase, of words of sport in the text, and of two capitalised words."""
    token, following = context.token, context.next
    for bit in range(PHRASE_KIND_BITS if token.phrase else 0):
        if token.phrase & 1 << bit:
            count = _add_feature(row, count, Template.EACH_PHRASE, np.uint64(token.phrase >> 16 << 8 | bit))
    if token.sport:
        sport = np.uint64(token.sport)
        count = _add_feature(row, count, Template.SPORT_PHRASE, np.uint64(token.phrase) << _SHAPE_FOLD ^ sport)
        coarse = np.uint64(token.cluster) & _COARSE
        count = _add_feature(row, count, Template.SPORT_COARSE, coarse << _SHAPE_FOLD ^ sport)
    if following.bits & _CAPITALISED:
        count = _add_feature(row, count, Template.WORD_NEXT_WORD, token.word * _SALT ^ following.word)
    return count


@inlined
def _add_run_features(row, count, facts, i):
    """Add the features of the run of a capitalised word: its ends, and the words around it."""
    token, absent = facts[i], len(facts) - 1
    if token.run_before == 0 and token.run_after == 0:
        return count
    position = np.uint64(token.run_before) | np.uint64(token.run_after) << _SHAPE_FOLD
    first, last = i - token.run_before, i + token.run_after
    before = facts[first - 1 if first > token.sentence_start else absent]
    after = facts[last + 1 if last + 1 < token.sentence_end else absent]
    case = np.uint64(token.sentence_case)
    count = _add_feature(row, count, Template.RUN_POSITION, position ^ case << _FOLD)
    count = _add_feature(row, count, Template.RUN_FIRST_WORD, facts[first].word)
    count = _add_feature(row, count, Template.RUN_LAST_WORD, facts[last].word)
    is_last = np.uint64(token.run_after == 0)
    count = _add_feature(
        row, count, Template.RUN_LAST_FLAGS, np.uint64(facts[last].word_flags) << _SHAPE_FOLD ^ is_last
    )
    count = _add_feature(row, count, Template.RUN_PREVIOUS_CLUSTER, np.uint64(before.cluster))
    count = _add_feature(row, count, Template.RUN_NEXT_WORD, after.word)
    return _add_feature(row, count, Template.RUN_NEXT_CLUSTER, np.uint64(after.cluster))


@inlined
def _read_lowered(batch, i, lowered, chars):
    """Write the small letters of a word; return their count."""
    byte, byte_end, size = batch.first[i], batch.past[i], 0
    while byte < byte_end and size < MAX_WORD_CHARS:
        code_point, byte = decode_char(batch.data, byte)
        chars[size] = np.uint64(lowered[code_point] if code_point < LIMIT else code_point)
        size += 1
    return size


@inlined
def _add_affix_features(row, count, chars, size):
    """Add the prefixes and the suffixes of two to four characters."""
    prefix, suffix = _PREFIX_SEED, _SUFFIX_SEED
    for k in range(min(MAX_AFFIX_CHARS, size)):
        prefix = (prefix ^ chars[k]) * _FACTOR
        if k:
            count = _add_feature(row, count, Template.PREFIX + k, prefix)
    for k in range(min(MAX_AFFIX_CHARS, size)):
        suffix = (suffix ^ chars[size - 1 - k]) * _FACTOR
        if k:
            count = _add_feature(row, count, Template.SUFFIX + k, suffix)
    return count


@inlined
def _add_occurrence_features(row, count, facts, i):
    """Add the features of the other occurrences of the word in the text."""
    token, evidence, neighbour_count, visited, repeated = facts[i], 0, 0, 0, 0
    occurrence = token.first_occurrence
    while occurrence >= 0 and visited < MAX_OCCURRENCES:
        other = facts[occurrence]
        if occurrence != i:
            evidence |= other.evidence
            repeated += 1
            if neighbour_count < MAX_NEIGHBOUR_OCCURRENCES and other.sentence_case == SentenceCase.PROSE:
                neighbour_count += 1
                if occurrence > other.sentence_start:
                    cluster = np.uint64(facts[occurrence - 1].cluster)
                    count = _add_feature(row, count, Template.OTHER_PREVIOUS_CLUSTER, cluster)
                if occurrence + 1 < other.sentence_end:
                    cluster = np.uint64(facts[occurrence + 1].cluster)
                    count = _add_feature(row, count, Template.OTHER_NEXT_CLUSTER, cluster)
        occurrence = other.next_occurrence
        visited += 1
    evidence |= facts[token.first_occurrence].evidence & SMALL_ELSEWHERE  # of no token, if -1
    for bit in range(EVIDENCE_BITS):
        if evidence & 1 << bit:
            count = _add_feature(row, count, Template.EACH_EVIDENCE, np.uint64(bit))
    case, in_prose = np.uint64(token.sentence_case), np.uint64(evidence & IN_PROSE)
    repetition = np.uint64(min(repeated, MAX_REPEATED)) | case << _FOLD | in_prose << _CASE_FOLD
    return _add_feature(row, count, Template.REPEATED, repetition)
