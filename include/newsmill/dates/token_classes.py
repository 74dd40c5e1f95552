"""A text as a tape: tokens with exact offsets, and one character for each that tells its class.

A token is a word, a number, a date or time in figures, or one sign; the blanks behind it belong to none. The classes
of the lexicon stand in one string a text and what tells the tense of a clause in another, so that rules are regular
expressions. Both come of one compiled pass over a batch.
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
from newsmill.nlp.characters import HASH_PRIME, HASH_SEED, LIMIT, WORD, hash_of
from newsmill.nlp.hash_table import build_table, look_up
from newsmill.nlp.scan import buffers_of, decoded, finished

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
_NUMBERS = [(name, re.compile(pattern)) for name, pattern in _NUMERIC.items()]
_CLASSES = ("NONE", "DOM", "NUM", "YEAR", "NTH", *_NUMERIC, *date_words.PROPER, *date_words.PLAIN, *date_words.SIGNS)
SYMBOL = {name: chr(0x80 + number) for number, name in enumerate(_CLASSES)}
NONE = SYMBOL["NONE"]
_NONE, _BREAK = ord(NONE), ord(SYMBOL["BREAK"])
_ASK = 0x7F  # a number whose class its form tells

# What a token is to the tense of its clause; what is none of these is a dash.
AHEAD, PAST, PRESENT, STOP, RESULT = "apis$"
_OTHER, _PAST = ord("-"), ord(PAST)

_HYPHEN, _POINT, _SLASH, _COMMA, _COLON, _APOSTROPHE, _CURLED = 0x2D, 0x2E, 0x2F, 0x2C, 0x3A, 0x27, 0x2019
_BLANK, _TAB, _FIXED_BLANK = 0x20, 0x09, 0xA0
_S, _M, _O, _E, _D = (ord(letter) for letter in "smoed")


class Tape(NamedTuple):
    """A text as tokens: where each starts and ends, the class of each, and what each is to the tense."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    classes: str
    tenses: str

    def word(self, token: int) -> str:
        """Return a token in lower case, the end of a line as nothing."""
        return self.text[self.starts[token] : self.ends[token]].lower().strip()

    def words(self, first: int, past: int) -> tuple[str, ...]:
        """Return tokens in lower case, the end of a line as nothing."""
        text = self.text
        spans = zip(self.starts[first:past], self.ends[first:past], strict=True)
        return tuple([text[start:end].strip().lower() for start, end in spans])


def tapes(texts: pa.Array, seams: Iterable[Sequence[int]]) -> Iterator[Tape]:
    """Yield the tape of each text of a batch; a seam, where its page goes on elsewhere, breaks as the end of a line."""
    data, offsets = buffers_of(texts)
    seams = [*seams]
    text_seam = np.cumsum([0, *map(len, seams)])
    room = int(offsets[-1] - offsets[0]) + int(text_seam[-1]) + 1
    start, end = np.empty((2, room), np.int32)
    kind, clause = np.empty((2, room), np.uint8)
    text_piece = np.empty(len(texts) + 1, np.int64)
    told = np.array([seam for own in seams for seam in own], np.int64)
    count = _cut(
        data,
        offsets,
        told,
        text_seam,
        characters.classes(),
        characters.lowered(),
        *_forms(),
        *_verbs(),
        start,
        end,
        kind,
        clause,
        text_piece,
    )
    read, bounds = texts.to_pylist(), text_piece.tolist()
    asked = np.flatnonzero(kind[:count] == _ASK)
    owners = np.searchsorted(text_piece, asked, side="right") - 1
    spans = zip(owners.tolist(), start[asked].tolist(), end[asked].tolist(), strict=True)
    kind[asked] = [_numeric(read[own][first:past]) for own, first, past in spans]
    starts, ends = memoryview(start[:count]), memoryview(end[:count])  # few are asked for: a list of all is dear
    classes, tenses = kind[:count].tobytes().decode("latin-1"), clause[:count].tobytes().decode("latin-1")
    for number, text in enumerate(read):
        own = slice(bounds[number], bounds[number + 1])
        yield Tape(text or "", starts[own], ends[own], classes[own], tenses[own])


@lru_cache(maxsize=1 << 16)
def _numeric(token: str) -> int:
    """Return the class of a token that begins with a figure or an apostrophe, by its form."""
    return next((ord(SYMBOL[name]) for name, pattern in _NUMBERS if pattern.fullmatch(token)), _NONE)


def _hashed(form: str) -> int:
    """Return the hash of a form, as `_cut` has it."""
    return int(finished(hash_of(form)))


@cache
def _forms() -> tuple[np.ndarray, np.ndarray]:
    """Return the table of each token whose class is listed, in each way to write it."""
    forms = {sign: name for name, signs in date_words.SIGNS.items() for sign in signs}
    forms |= {str(year): "YEAR" for year in range(date_words.FIRST_YEAR, date_words.LAST_YEAR + 1)}
    forms |= {str(number): "DOM" if number < 32 else "NUM" for number in range(1, 1000)}
    forms |= {f"0{number}": "DOM" for number in range(1, 10)}
    forms |= {word: "NTH" for word in date_words.ORDINAL if word[0].isdigit()}
    for name, words in date_words.PROPER.items():
        forms |= {form: name for word in words for form in (word, word.upper())}
    for name, words in date_words.PLAIN.items():
        forms |= {form: name for word in words for form in (word, word.capitalize(), word.upper())}
    return build_table({_hashed(form): ord(SYMBOL[name]) for form, name in forms.items()})


@cache
def _verbs() -> tuple[np.ndarray, np.ndarray]:
    """Return the table of what words, in lower case, are to the tense of their clause."""
    told = {
        RESULT: date_words.RESULTS,
        "-": date_words.NO_PAST,
        PRESENT: date_words.PRESENT,
        PAST: date_words.PAST_WORDS,
        AHEAD: date_words.AHEAD_WORDS,
        STOP: date_words.STOPS,
    }
    return build_table({_hashed(word): ord(mark) for mark, words in told.items() for word in words})


@inlined
def _is_letter(point):
    """Tell a letter of the alphabets that English text is written in."""
    return (0x61 <= point <= 0x7A) or (0x41 <= point <= 0x5A) or (0xC0 <= point <= 0x24F)


@inlined
def _is_digit(byte):
    return 0x30 <= byte <= 0x39


@compiled
def _digits(data, at, stop):
    """Return the number of figures from a byte on."""
    past = at
    while past < stop and _is_digit(data[past]):
        past += 1
    return past - at


@compiled
def _is_word(data, at, stop, traits):
    """Tell whether a word goes on at a byte."""
    if at >= stop:
        return False
    point = decoded(data, at)[0]
    return point < LIMIT and traits[point] & WORD != 0


@compiled
def _dated(data, at, stop, digits):
    """Return the bytes of a date in figures, 2026-11-22 or 11/22/2026; 0 where there is none."""
    is_parted = digits == 4 and at + 9 < stop and data[at + 4] == _HYPHEN and data[at + 7] == _HYPHEN
    if is_parted and _digits(data, at + 5, stop) == 2 and _digits(data, at + 8, stop) == 2:
        return 10
    if digits <= 2 and at + digits < stop and data[at + digits] == _SLASH:
        second = _digits(data, at + digits + 1, stop)
        between = at + digits + 1 + second
        if 1 <= second <= 2 and between < stop and data[between] == _SLASH:
            third = _digits(data, between + 1, stop)
            if third == 2 or third == 4:
                return between + 1 + third - at
    return 0


@compiled
def _number(data, at, stop, digits, traits):
    """Return the bytes of a number with what parts its figures, 1,200 or 10:30, and what ranks it: 3rd, 1990s."""
    past = at + digits
    while past + 1 < stop and data[past] in (_POINT, _COMMA, _COLON) and _is_digit(data[past + 1]):
        past += 1 + _digits(data, past + 1, stop)
    if past + 1 < stop:
        one, two = data[past], data[past + 1]
        is_rank = (one == _S and two == 0x74) or (one == 0x6E and two == _D) or (one == 0x72 and two == _D)
        if (is_rank or (one == 0x74 and two == 0x68)) and not _is_alnum(data, past + 2, stop, traits):
            return past + 2 - at
    if past < stop and data[past] == _S and not _is_alnum(data, past + 1, stop, traits):
        past += 1
    return past - at


@inlined
def _is_alnum(data, at, stop, traits):
    return _is_word(data, at, stop, traits) and data[at] != 0x5F


@compiled
def _apostrophed(data, at, stop, traits):
    """Return the bytes behind an apostrophe that belong to it: 90s, 68, s; 0 where none do."""
    digits = min(_digits(data, at, stop), 2)
    if digits == 2 and data[at + 1] == 0x30 and at + 2 < stop and data[at + 2] == _S:
        return 3
    if digits == 2 and not _is_word(data, at + 2, stop, traits):
        return 2
    if at < stop and data[at] | 0x20 == _S and not _is_word(data, at + 1, stop, traits):
        return 1
    return 0


@compiled
def _meridian(data, at, stop, traits):
    """Return the bytes of the second half of p.m. with its points; 0 where there is none."""
    if at + 1 >= stop or data[at] != _POINT or data[at + 1] | 0x20 != _M or _is_word(data, at + 2, stop, traits):
        return 0
    return 3 if at + 2 < stop and data[at + 2] == _POINT else 2


@compiled
def _clock(data, at, stop, traits):
    """Return the bytes of `clock` behind the o of o'clock with its apostrophe; 0 where there is none."""
    size = 1 if at < stop and data[at] == _APOSTROPHE else 3
    if at + size + 5 > stop or decoded(data, at)[0] not in (_APOSTROPHE, _CURLED):
        return 0
    for number, letter in enumerate((0x63, 0x6C, 0x6F, 0x63, 0x6B)):
        if data[at + size + number] | 0x20 != letter:
            return 0
    return 0 if _is_word(data, at + size + 5, stop, traits) else size + 5


@compiled
def _seam_byte(data, at, chars, stop):
    """Return the byte that lies so many characters on."""
    while chars > 0 and at < stop:
        at = decoded(data, at)[1]
        chars -= 1
    return at


@compiled
def _cut(
    data, offsets, seams, text_seam, traits, lowered, forms, kinds, verbs, marks, start, end, kind, clause, text_piece
):
    """Write where tokens start and end, their classes and what they are to the tense; return their number."""
    n = 0
    for text in range(len(offsets) - 1):
        text_piece[text] = n
        at, char = offsets[text], 0
        for part in range(text_seam[text], text_seam[text + 1] + 1):
            stop = offsets[text + 1]
            if part > text_seam[text]:
                start[n] = end[n] = char
                kind[n], clause[n] = _BREAK, _OTHER
                n += 1
            if part < text_seam[text + 1]:
                stop = _seam_byte(data, at, seams[part] - char, stop)
            while at < stop:
                point, after = decoded(data, at)
                start[n] = char
                own = low = HASH_SEED
                past, is_ed, is_number = after, False, False
                if _is_letter(point):
                    e = d = 0
                    while True:
                        own = (own ^ np.uint64(point)) * HASH_PRIME
                        small = lowered[point]
                        low = (low ^ np.uint64(small)) * HASH_PRIME
                        e, d = d, small
                        char, at = char + 1, after
                        if at >= stop:
                            break
                        point, after = decoded(data, at)
                        if not _is_letter(point):
                            break
                    is_ed = e == _E and d == _D
                    past = at + _meridian(data, at, stop, traits)
                    if char - start[n] == 1 and d == _O:
                        past = at + _clock(data, at, stop, traits)
                elif _is_digit(point):
                    digits = _digits(data, at, stop)
                    past = at + (_dated(data, at, stop, digits) or _number(data, at, stop, digits, traits))
                    is_number = True
                elif point in (_APOSTROPHE, _CURLED):
                    past = after + _apostrophed(data, after, stop, traits)
                    is_number = past > after
                while at < past:
                    point, at = decoded(data, at)
                    own = (own ^ np.uint64(point)) * HASH_PRIME
                    low = (low ^ np.uint64(lowered[point] if point < LIMIT else point)) * HASH_PRIME
                    char += 1
                end[n] = char
                found = look_up(forms, kinds, finished(own))
                kind[n] = found if found else (_ASK if is_number else _NONE)
                mark = look_up(verbs, marks, finished(low))
                clause[n] = mark if mark else (_PAST if is_ed else _OTHER)
                n += 1
                while at < stop:
                    point, after = decoded(data, at)
                    if point != _BLANK and point != _TAB and point != _FIXED_BLANK:
                        break
                    char, at = char + 1, after
    text_piece[len(offsets) - 1] = n
    return n
