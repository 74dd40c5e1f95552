"""Words and points as speech is read by: the tokens of prose, with what is glued to a word made one with it again."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled
from newsmill.prose.tokens import (
    CLOSER,
    GLUED,
    LINE_START,
    SENTENCE_START,
    SIGN,
    SMALL,
    STOP,
    hashed,
    tokens,
)
from newsmill.text.lexicon import has, table_of

Span = tuple[int, int]
CLOSING = "\"“”„‟«»`'’ "
WORD, POINT, QUOTE = "word", "point", "quote"
_POINT, _WORD, _REPORTING = range(3)
_KINDS = (POINT, WORD, WORD)
_APOSTROPHE, _CURLED, _HYPHEN, _SLASH, _AND = 0x27, (0xE2, 0x80, 0x99), 0x2D, 0x2F, 0x26


class Token(NamedTuple):
    """A word, a point or a whole quoted piece of a sentence."""

    start: int
    end: int
    word: str
    low: str
    kind: str


_token = partial(tuple.__new__, Token)  # Half the price of calling the class, and half of the time goes here.


class Heard(NamedTuple):
    """The words and points of one text; they stand in lists that hold a batch, from `first` to `past`.

    `reporting`: numbers of the words that may report a statement. `stops`: of the tokens that end a sentence, as far as
    points can tell. `sentences`: the characters at which the sentences of prose begin.
    """

    text: str
    start: list[int]
    end: list[int]
    kind: list[int]
    first: int
    past: int
    reporting: list[int]
    stops: list[int]
    sentences: list[int]

    def between(self, start: int, end: int) -> Span:
        """Return the numbers of the first token from a character on, and of the first that ends behind another."""
        first = bisect_left(self.start, start, self.first, self.past)
        past = bisect_left(self.start, end, first, self.past)
        return first, past - 1 if past > first and self.end[past - 1] > end else past

    def tokens(self, first: int, past: int) -> list[Token]:
        """Return tokens by their numbers."""
        text, found = self.text, []
        for start, end, kind in zip(self.start[first:past], self.end[first:past], self.kind[first:past], strict=True):
            word = text[start:end]
            low = word.lower() if word.isascii() else word.lower().replace("’", "'")
            found.append(_token((start, end, word, low, _KINDS[kind])))
        for stop in self.stops[bisect_left(self.stops, first):bisect_left(self.stops, past)][::-1]:
            if self.kind[stop] != _POINT and found[stop - first].word[-1] == ".":
                # The point of an abbreviation that ends its sentence ends both.
                last = found[stop - first]
                point = _token((last.end - 1, last.end, ".", ".", POINT))
                found[stop - first:stop - first + 1] = (last, point)
        return found

    def around(self, start: int, end: int, pieces: Sequence[Span]) -> list[Token]:
        """Return the tokens of a paragraph, each quoted piece of it as one."""
        found: list[Token] = []
        begin = start
        for piece in pieces:
            found += self.tokens(*self.between(begin, piece[0]))
            # The point that ends the quoted words tells whether the reporter's sentence goes on.
            last = self.text[max(piece[0], piece[1] - 8):piece[1]].rstrip(CLOSING)[-1:]
            found.append(_token((*piece, "", last, QUOTE)))
            begin = piece[1]
        return found + self.tokens(*self.between(begin, end))


def hear(texts: pa.Array, reporting: frozenset[str]) -> Iterable[Heard]:
    """Yield the words and points of each text of a batch; `reporting`: the words by which a statement may be told."""
    told = tokens(texts)
    size = len(told.start)
    start, end, kind, stops = (np.empty(size, of) for of in (np.int32, np.int32, np.int8, np.bool_))
    text_word = np.empty(len(texts) + 1, np.int64)
    count = _joined(told.data, told.first, told.past, told.start, told.end, told.word, told.bits, told.text_token,
                    _keys(reporting), start, end, kind, stops, text_word)
    starts, ends, kinds = start[:count].tolist(), end[:count].tolist(), kind[:count].tolist()
    words, closes = np.flatnonzero(kind[:count] == _REPORTING), np.flatnonzero(stops[:count])
    bounds, word_at, stop_at = text_word.tolist(), *(np.searchsorted(of, text_word).tolist() for of in (words, closes))
    begins = np.flatnonzero(told.bits & SENTENCE_START)
    begun, begin_at = told.start[begins].tolist(), np.searchsorted(begins, told.text_token).tolist()
    for number, text in enumerate(texts.to_pylist()):
        yield Heard(text or "", starts, ends, kinds, bounds[number], bounds[number + 1],
                    words[word_at[number]:word_at[number + 1]].tolist(),
                    closes[stop_at[number]:stop_at[number + 1]].tolist(), begun[begin_at[number]:begin_at[number + 1]])


@cache
def _keys(words: frozenset[str]) -> np.ndarray:
    return table_of(dict.fromkeys(map(hashed, sorted(words)), 1))[0]


@compiled
def _is_contraction(data, first):
    """Tell whether a token is what an apostrophe joins to the word before: 's, 'll, ’ve."""
    if data[first] == _APOSTROPHE:
        return True
    return data[first] == _CURLED[0] and data[first + 1] == _CURLED[1] and data[first + 2] == _CURLED[2]


@compiled
def _joined(data, first, past, starts, ends, words, bits, text_token, reporting, start, end, kind, stops, text_word):
    """Write the joined tokens and return their number."""
    n = 0
    for text in range(len(text_token) - 1):
        low, high = text_token[text], text_token[text + 1]
        text_word[text] = n
        i, is_stopped = low, False
        while i < high:
            flags = bits[i]
            follows_word = flags & GLUED and n > text_word[text] and kind[n - 1] != _POINT
            if not flags & SIGN:
                if follows_word and _is_contraction(data, first[i]):
                    end[n - 1] = ends[i]
                    i += 1
                    continue
            elif follows_word and ends[i] - starts[i] == 1 and i + 1 < high:
                sign, after = data[first[i]], bits[i + 1]
                if (sign == _HYPHEN or sign == _SLASH or sign == _AND) and after & GLUED and not after & SIGN:
                    end[n - 1] = ends[i + 1]
                    kind[n - 1] = _WORD
                    i += 2
                    continue
            start[n], end[n] = starts[i], ends[i]
            if flags & SIGN:
                kind[n] = _POINT
            else:
                kind[n] = _REPORTING if has(reporting, words[i]) else _WORD
            stops[n] = False
            if n > text_word[text]:
                # Prose ends a sentence with each line; here a line may be wrapped, and the points alone tell.
                if flags & LINE_START:
                    stops[n - 1] = is_stopped and not flags & SMALL
                else:
                    stops[n - 1] = flags & SENTENCE_START != 0
            is_stopped = flags & STOP != 0 or (is_stopped and flags & CLOSER != 0)
            n += 1
            i += 1
    text_word[len(text_token) - 1] = n
    return n
