"""Splits a text into tokens with exact offsets, a lexicon class and a tense mark for each token.

A token is a word, a number, a numeric date or time, or a single sign; blanks belong to no token. Classes and tense
marks are strings with one character per token, so grammar rules are regular expressions over classes. A compiled pass
reads a whole batch.

Layout of the kernels:

- `TextBatch`: the UTF-8 bytes of all texts, the byte offset of each text, the character offsets of the seams, and the
  index of each text's first seam. `i`, `end` and `stop` are byte offsets.
- `Lexicon`: character classes and lower case by code point, from `nlp.characters`; hash tables from the hash of a
  token, as written and in lower case, to class and tense mark.
- `TokenColumns`, the output. Per token: `starts`, `ends` (character offsets in the text), `classes`, `tenses` (one byte
  each). Per text: `text_tokens`, index of the first token. A seam is an empty token of class BREAK.
- `Token`: one token on the way from text to output, with the end in bytes and the length in characters.

Example: "It closed on May 3rd." gives six tokens: starts [0, 3, 10, 13, 17, 20], ends [2, 9, 12, 16, 20, 21]. The
classes are NONE, NONE, ON, MAY, NTH, STOP, the tenses "-p-a-s": `closed` is past, `May` could be the verb `may`, the
period ends a clause. For i = 3, the `c`, `_read_token` returns a `Token` of end 9, 6 characters, class NONE and tense
PAST: the ending is -ed, and the lexicon may name another tense.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled, inlined
from newsmill.dates import date_words
from newsmill.nlp import characters
from newsmill.nlp.characters import HASH_PRIME, HASH_SEED, LIMIT, WORD, hash_word
from newsmill.nlp.hash_table import build_table, look_up
from newsmill.nlp.scan import decode_char, finish_hash, text_buffers

_NUMERIC = {
    "ISO": r"\d{4}-\d\d-\d\d",
    "SLASHED": r"\d{1,2}/\d{1,2}/(?:\d{4}|\d\d)",
    "CLOCKED": r"[0-2]?\d:[0-5]\d(?::\d\d)?",
    "DECADES": r"(?:1[789]|20)\d0s",
    "SHORT_DECADES": r"[’']?\d0s",
    "SHORT_YEAR": r"[’']\d\d",
    "AMOUNT": r"\d+(?:,\d{3})+|\d+\.\d+|\d{3,}",
    "RANKED": r"\d+(?:st|nd|rd|th)",
}
_NUMERIC_PATTERNS = [(name, re.compile(pattern)) for name, pattern in _NUMERIC.items()]
_CLASSES = (
    "NONE",
    "DOM",
    "NUM",
    "YEAR",
    "NTH",
    *_NUMERIC,
    *date_words.CAPITALISED_CLASSES,
    *date_words.CLASSES,
    *date_words.SIGNS,
)
SYMBOL = {name: chr(0x80 + number) for number, name in enumerate(_CLASSES)}
NONE = SYMBOL["NONE"]
_NONE, _BREAK = ord(NONE), ord(SYMBOL["BREAK"])
_BY_FORM = 0x7F  # temporary class of a number, replaced by `_class_by_form`

# Tense marks of tokens; all other tokens have a dash.
AHEAD, PAST, PRESENT, STOP, RESULT, MATCH = "apis$m"
_OTHER_TENSE, _PAST_TENSE = ord("-"), ord(PAST)

_HYPHEN, _POINT, _SLASH, _COMMA, _COLON, _APOSTROPHE, _CURLED = 0x2D, 0x2E, 0x2F, 0x2C, 0x3A, 0x27, 0x2019
_BLANK, _TAB, _FIXED_BLANK = 0x20, 0x09, 0xA0
_S, _M, _O, _E, _D = (ord(letter) for letter in "smoed")


class ClassifiedText(NamedTuple):
    """A text with the character offsets, class and tense mark of each token."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    classes: str
    tenses: str

    def word(self, i: int) -> str:
        """Return a token in lower case, a line end as an empty string."""
        return self.text[self.starts[i] : self.ends[i]].lower().strip()

    def words(self, start: int, end: int) -> tuple[str, ...]:
        """Return tokens in lower case, line ends as empty strings."""
        text = self.text
        spans = zip(self.starts[start:end], self.ends[start:end], strict=True)
        return tuple([text[start:end].strip().lower() for start, end in spans])


class TextBatch(NamedTuple):
    """Texts in UTF-8 with their seams (layout above)."""

    data: np.ndarray
    offsets: np.ndarray
    seams: np.ndarray
    text_seam: np.ndarray


class Lexicon(NamedTuple):
    """Traits of characters, classes of words, tenses of words in lower case (layout above)."""

    traits: np.ndarray
    lowered: np.ndarray
    forms: np.ndarray
    form_classes: np.ndarray
    verbs: np.ndarray
    verb_tenses: np.ndarray


class TokenColumns(NamedTuple):
    """Columns of the tokens of a batch, and the first token of each text (layout above)."""

    starts: np.ndarray
    ends: np.ndarray
    classes: np.ndarray
    tenses: np.ndarray
    text_tokens: np.ndarray


class TokenHash(NamedTuple):
    """Hashes of a token, as written and in lower case, and the characters so far."""

    form: np.uint64
    lower: np.uint64
    chars: int


class Token(NamedTuple):
    """A token: end in bytes, hashes, and the class and tense of a token that the lexicon lacks."""

    end: int
    hashed: TokenHash
    default_class: int
    default_tense: int


def classify_tokens(texts: pa.Array, seams: Iterable[Sequence[int]]) -> Iterator[ClassifiedText]:
    """Yield the classified tokens of each text of a batch; treat a seam between page ranges like a line end."""
    data, offsets = text_buffers(texts)
    seams = [*seams]
    text_seam = np.cumsum([0, *map(len, seams)])
    room = int(offsets[-1] - offsets[0]) + int(text_seam[-1]) + 1
    starts, ends = np.empty((2, room), np.int32)
    classes, tenses = np.empty((2, room), np.uint8)
    text_tokens = np.empty(len(texts) + 1, np.int64)
    batch = TextBatch(data, offsets, np.array([seam for own in seams for seam in own], np.int64), text_seam)
    count = _tokenize(batch, _build_lexicon(), TokenColumns(starts, ends, classes, tenses, text_tokens))
    text_list, bounds = texts.to_pylist(), text_tokens.tolist()
    unclassified = np.flatnonzero(classes[:count] == _BY_FORM)
    owners = np.searchsorted(text_tokens, unclassified, side="right") - 1
    spans = zip(owners.tolist(), starts[unclassified].tolist(), ends[unclassified].tolist(), strict=True)
    classes[unclassified] = [_class_by_form(text_list[own][start:end]) for own, start, end in spans]
    # only few are read: a list of all would be slow
    all_starts, all_ends = starts[:count].data, ends[:count].data
    all_classes, all_tenses = (column[:count].tobytes().decode("latin-1") for column in (classes, tenses))
    for i, text in enumerate(text_list):
        own = slice(bounds[i], bounds[i + 1])
        yield ClassifiedText(text or "", all_starts[own], all_ends[own], all_classes[own], all_tenses[own])


@lru_cache(maxsize=1 << 16)
def _class_by_form(token: str) -> int:
    """Return the class of a token by its form, if it starts with a digit or an apostrophe."""
    return next((ord(SYMBOL[name]) for name, pattern in _NUMERIC_PATTERNS if pattern.fullmatch(token)), _NONE)


def _hash_form(form: str) -> int:
    """Return the hash of a form, equal to the hash in `_hash_chars`."""
    return int(finish_hash(hash_word(form)))


@cache
def _build_lexicon() -> Lexicon:
    """Return the lexicon, built once per process."""
    return Lexicon(characters.build_char_traits(), characters.map_lowercase(), *_form_table(), *_tense_table())


def _form_table() -> tuple[np.ndarray, np.ndarray]:
    """Return the hash table of classes for all listed words, in each capitalization."""
    forms = {sign: name for name, signs in date_words.SIGNS.items() for sign in signs}
    forms |= {str(year): "YEAR" for year in range(date_words.FIRST_YEAR, date_words.LAST_YEAR + 1)}
    forms |= {str(number): "DOM" if number < 32 else "NUM" for number in range(1, 1000)}
    forms |= {f"0{number}": "DOM" for number in range(1, 10)}
    forms |= {word: "NTH" for word in date_words.ORDINAL if word[0].isdigit()}
    for name, words in date_words.CAPITALISED_CLASSES.items():
        forms |= {form: name for word in words for form in (word, word.upper())}
    for name, words in date_words.CLASSES.items():
        forms |= {form: name for word in words for form in (word, word.capitalize(), word.upper())}
    return build_table({_hash_form(form): ord(SYMBOL[name]) for form, name in forms.items()})


def _tense_table() -> tuple[np.ndarray, np.ndarray]:
    """Return the hash table of tense marks for words in lower case."""
    words_by_tense = {
        RESULT: date_words.RESULTS_WORDS,
        MATCH: date_words.MATCH_WORDS,
        "-": date_words.NOT_PAST_WORDS,
        PRESENT: date_words.PRESENT,
        PAST: date_words.PAST_WORDS,
        AHEAD: date_words.FUTURE_WORDS,
        STOP: date_words.STOPS,
    }
    return build_table({_hash_form(word): ord(mark) for mark, words in words_by_tense.items() for word in words})


@inlined
def _is_letter(point):
    """Return whether a code point is a Latin letter."""
    return (0x61 <= point <= 0x7A) or (0x41 <= point <= 0x5A) or (0xC0 <= point <= 0x24F)


@inlined
def _is_digit(byte):
    return 0x30 <= byte <= 0x39


@compiled
def _count_digits(data, i, stop):
    """Return the number of digits from byte `i`."""
    end = i
    while end < stop and _is_digit(data[end]):
        end += 1
    return end - i


@compiled
def _is_word(data, i, stop, traits):
    """Return whether a word character starts at byte `i`."""
    if i >= stop:
        return False
    point = decode_char(data, i)[0]
    return point < LIMIT and traits[point] & WORD != 0


@compiled
def _date_length(data, i, stop, digits):
    """Return the length of a numeric date, 2026-11-22 or 11/22/2026, in bytes; 0 for none."""
    is_parted = digits == 4 and i + 9 < stop and data[i + 4] == _HYPHEN and data[i + 7] == _HYPHEN
    if is_parted and _count_digits(data, i + 5, stop) == 2 and _count_digits(data, i + 8, stop) == 2:
        return 10
    if digits <= 2 and i + digits < stop and data[i + digits] == _SLASH:
        second = _count_digits(data, i + digits + 1, stop)
        between = i + digits + 1 + second
        if 1 <= second <= 2 and between < stop and data[between] == _SLASH:
            third = _count_digits(data, between + 1, stop)
            if third == 2 or third == 4:
                return between + 1 + third - i
    return 0


@compiled
def _number_length(data, i, stop, digits, traits):
    """Return the length of a number in bytes, with separators (1,200, 10:30) and endings (3rd, 1990s)."""
    end = i + digits
    while end + 1 < stop and data[end] in (_POINT, _COMMA, _COLON) and _is_digit(data[end + 1]):
        end += 1 + _count_digits(data, end + 1, stop)
    if end + 1 < stop:
        first, second = data[end], data[end + 1]
        is_rank = (
            (first == _S and second == 0x74) or (first == 0x6E and second == _D) or (first == 0x72 and second == _D)
        )
        if (is_rank or (first == 0x74 and second == 0x68)) and not _is_alnum(data, end + 2, stop, traits):
            return end + 2 - i
    if end < stop and data[end] == _S and not _is_alnum(data, end + 1, stop, traits):
        end += 1
    return end - i


@inlined
def _is_alnum(data, i, stop, traits):
    return _is_word(data, i, stop, traits) and data[i] != 0x5F


@compiled
def _apostrophe_length(data, i, stop, traits):
    """Return the length of `90s`, `68` or `s` after an apostrophe, in bytes; 0 for none."""
    digits = min(_count_digits(data, i, stop), 2)
    if digits == 2 and data[i + 1] == 0x30 and i + 2 < stop and data[i + 2] == _S:
        return 3
    if digits == 2 and not _is_word(data, i + 2, stop, traits):
        return 2
    if i < stop and data[i] | 0x20 == _S and not _is_word(data, i + 1, stop, traits):
        return 1
    return 0


@compiled
def _meridian_length(data, i, stop, traits):
    """Return the length of `.m.` after the first letter of p.m., in bytes; 0 for none."""
    if i + 1 >= stop or data[i] != _POINT or data[i + 1] | 0x20 != _M or _is_word(data, i + 2, stop, traits):
        return 0
    return 3 if i + 2 < stop and data[i + 2] == _POINT else 2


@compiled
def _clock_length(data, i, stop, traits):
    """Return the length of `'clock` after the o of o'clock, in bytes; 0 for none."""
    size = 1 if i < stop and data[i] == _APOSTROPHE else 3
    if i + size + 5 > stop or decode_char(data, i)[0] not in (_APOSTROPHE, _CURLED):
        return 0
    for k, letter in enumerate((0x63, 0x6C, 0x6F, 0x63, 0x6B)):
        if data[i + size + k] | 0x20 != letter:
            return 0
    return 0 if _is_word(data, i + size + 5, stop, traits) else size + 5


@compiled
def _seam_byte(data, i, chars, stop):
    """Return the byte offset `chars` characters after `i`."""
    while chars > 0 and i < stop:
        i = decode_char(data, i)[1]
        chars -= 1
    return i


@inlined
def _extend_hash(hashed, point, lower_point):
    """Return the hashes after one more character."""
    return TokenHash(
        (hashed.form ^ np.uint64(point)) * HASH_PRIME,
        (hashed.lower ^ np.uint64(lower_point)) * HASH_PRIME,
        hashed.chars + 1,
    )


@inlined
def _hash_chars(data, i, end, hashed, lowered):
    """Return the hashes after the characters from byte `i` to byte `end`."""
    while i < end:
        point, i = decode_char(data, i)
        hashed = _extend_hash(hashed, point, lowered[point] if point < LIMIT else point)
    return hashed


@inlined
def _read_word(data, i, stop, traits, lowered):
    """Return the token of the word at byte `i`, with the endings of p.m. and o'clock."""
    hashed = TokenHash(HASH_SEED, HASH_SEED, 0)
    previous_letter = last_letter = np.uint32(0)
    point, next_i = decode_char(data, i)
    while _is_letter(point):
        previous_letter, last_letter = last_letter, lowered[point]
        hashed = _extend_hash(hashed, point, last_letter)
        i = next_i
        if i >= stop:
            break
        point, next_i = decode_char(data, i)
    end = i + _meridian_length(data, i, stop, traits)
    if hashed.chars == 1 and last_letter == _O:
        end = i + _clock_length(data, i, stop, traits)
    is_ed = previous_letter == _E and last_letter == _D
    return Token(end, _hash_chars(data, i, end, hashed, lowered), _NONE, _PAST_TENSE if is_ed else _OTHER_TENSE)


@inlined
def _read_token(data, i, stop, traits, lowered):
    """Return the token at byte `i`."""
    point, end = decode_char(data, i)
    if _is_letter(point):
        return _read_word(data, i, stop, traits, lowered)
    is_number = _is_digit(point)
    if is_number:
        digits = _count_digits(data, i, stop)
        end = i + (_date_length(data, i, stop, digits) or _number_length(data, i, stop, digits, traits))
    elif point in (_APOSTROPHE, _CURLED):
        length = _apostrophe_length(data, end, stop, traits)
        end, is_number = end + length, length > 0
    hashed = _hash_chars(data, i, end, TokenHash(HASH_SEED, HASH_SEED, 0), lowered)
    return Token(end, hashed, _BY_FORM if is_number else _NONE, _OTHER_TENSE)


@inlined
def _skip_blanks(data, i, stop):
    """Return (blanks from byte `i` on, byte offset after the blanks)."""
    blanks = 0
    while i < stop:
        point, next_i = decode_char(data, i)
        if point != _BLANK and point != _TAB and point != _FIXED_BLANK:
            break
        blanks, i = blanks + 1, next_i
    return blanks, i


@compiled
def _tokenize(batch, lexicon, tokens):
    """Write the tokens of all texts; return the number of tokens."""
    count = 0
    for text in range(len(batch.offsets) - 1):
        tokens.text_tokens[text] = count
        i, char, end = batch.offsets[text], 0, batch.offsets[text + 1]
        for seam in batch.seams[batch.text_seam[text] : batch.text_seam[text + 1]]:
            stop = _seam_byte(batch.data, i, seam - char, end)
            count, char = _tokenize_range(batch.data[:stop], i, char, lexicon, tokens, count)
            tokens.starts[count] = tokens.ends[count] = char
            tokens.classes[count], tokens.tenses[count] = _BREAK, _OTHER_TENSE
            i, count = stop, count + 1
        count, char = _tokenize_range(batch.data[:end], i, char, lexicon, tokens, count)
    tokens.text_tokens[len(batch.offsets) - 1] = count
    return count


@compiled
def _tokenize_range(data, i, char, lexicon, tokens, count):
    """Write the tokens from byte `i` to the end of `data`; return (number of tokens, character offset of the end)."""
    # Columns as local names: read through the named tuples at each token, `classify_tokens` takes a third longer.
    starts, ends, classes, tenses, _ = tokens
    traits, lowered, forms, form_classes, verbs, verb_tenses = lexicon
    stop = len(data)
    while i < stop:
        token = _read_token(data, i, stop, traits, lowered)
        starts[count], ends[count] = char, char + token.hashed.chars
        form_class = look_up(forms, form_classes, finish_hash(token.hashed.form))
        classes[count] = form_class if form_class else token.default_class
        verb_tense = look_up(verbs, verb_tenses, finish_hash(token.hashed.lower))
        tenses[count] = verb_tense if verb_tense else token.default_tense
        count += 1
        blanks, i = _skip_blanks(data, token.end, stop)
        char += token.hashed.chars + blanks
    return count, char
