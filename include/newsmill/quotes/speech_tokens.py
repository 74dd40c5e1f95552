"""Words and points as speech is read by: the tokens of prose, with what is glued to a word made one with it again."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled
from newsmill.nlp.hash_table import build_table, look_up
from newsmill.nlp.tokens import (
    CAPITAL,
    CLOSER,
    GLUED,
    LINE_START,
    SENTENCE_START,
    SIGN,
    SMALL,
    STOP,
    hashed,
    sentence_starts,
    tokens,
)
from newsmill.quotes.cue_words import ARTICLES, NEEDS_THAT, REPORTING, UNSAID, VEILING

Span = tuple[int, int]
CLOSING_CHARS = "\"“”„‟«»`'’ "
WORD, POINT, QUOTE = "word", "point", "quote"
_POINT, _WORD, _REPORTING = range(3)
# What a word is to those that may report a statement, as bits.
_REPORTS, _NEEDS_THAT, _BLOCKS_REPORT, _IS_THAT, _HINTS_ANONYMITY, _IS_ACCORDING = (1 << bit for bit in range(6))
MAX_WHOLE_SENTENCES = 3
_MAX_THAT_DISTANCE = 18
"""So many tokens behind a verb that needs it, its "that" may stand."""
_KIND_NAMES = (POINT, WORD, WORD)
_APOSTROPHE, _CURLED, _HYPHEN, _SLASH, _AND = 0x27, (0xE2, 0x80, 0x99), 0x2D, 0x2F, 0x26


@dataclass(slots=True, eq=False)
class Token:
    """A word, a point or a whole quoted piece of a sentence; no tuple, for that would cost twice as much to make."""

    start: int
    end: int
    word: str
    low: str
    kind: str


@dataclass(slots=True, eq=False)
class ParsedText:
    """The words and points of one text; they stand in lists that hold a batch, from `first` to `past`.

    `lowered`: the text in lower case. `is_veiled`: whether it may tell why somebody is not named. `reporting`: numbers
    of the words that may report a statement. `stops`: of the tokens that end a sentence, as far as
    points can tell. `sentences`: the characters at which the sentences of prose begin.
    """

    text: str
    lowered: str
    start: list[int]
    end: memoryview
    kind: memoryview
    first: int
    past: int
    is_veiled: bool
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
        text, lowered = self.text, self.lowered
        ends, kinds = self.end[first:past].tolist(), self.kind[first:past].tolist()
        numbers = zip(self.start[first:past], ends, kinds, strict=True)
        found = [
            Token(start, end, text[start:end], lowered[start:end], _KIND_NAMES[kind]) for start, end, kind in numbers
        ]
        stops = self.stops[bisect_left(self.stops, first) : bisect_left(self.stops, past)]
        lasts = [stop - first for stop in stops if _is_abbreviation(found[stop - first])]
        return _add_final_points(found, lasts) if lasts else found

    def around(self, start: int, end: int, pieces: Sequence[Span]) -> list[Token]:
        """Return the tokens of a paragraph that can bear on its quoted pieces or report, each piece as one token."""
        found: list[Token] = []
        begin = start
        for piece in pieces:
            for stretch in self._near(*self.between(begin, piece[0]), begin > start, True):
                found += self.tokens(*stretch)
            # The point that ends the quoted words tells whether the reporter's sentence goes on.
            last = self.text[max(piece[0], piece[1] - 8) : piece[1]].rstrip(CLOSING_CHARS)[-1:]
            found.append(Token(*piece, "", last, QUOTE))
            begin = piece[1]
        for stretch in self._near(*self.between(begin, end), bool(pieces), not pieces):
            found += self.tokens(*stretch)
        return found

    def _near(self, first: int, past: int, behind: bool, ahead: bool) -> Iterable[Span]:
        """Give what of the words behind one piece and ahead of the next can bear on either, and what may report."""
        low, high = bisect_left(self.stops, first), bisect_left(self.stops, past)
        if high - low <= MAX_WHOLE_SENTENCES:
            return ((first, past),)
        head = self.stops[low + 1] + 1 if behind else first
        tail = self.stops[high - 2] + 1 if ahead else past
        return ((first, head), *self.reports(head, tail), (tail, past))

    def reports(self, first: int, past: int) -> list[Span]:
        """Return the sentences among tokens that have a word which may report."""
        found, reached = [], first
        for word in self.reporting[bisect_left(self.reporting, first) : bisect_left(self.reporting, past)]:
            if word >= reached:
                at = bisect_left(self.stops, word)
                begin = max(self.stops[at - 1] + 1, first) if at else first
                reached = min(self.stops[at] + 1, past) if at < len(self.stops) else past
                found.append((begin, reached))
        return found

    def cues(self) -> list[int]:
        """Return the characters at which words begin that may report."""
        return [self.start[number] for number in self.reporting]


def _is_abbreviation(token: Token) -> bool:
    """Tell whether a token is an abbreviation."""
    return token.kind != POINT and token.word[-1] == "."


def _add_final_points(found: Sequence[Token], lasts: Sequence[int]) -> list[Token]:
    """Return tokens with a point behind each abbreviation that ends its sentence: its point ends both."""
    pointed: list[Token] = []
    for first, last in pairwise([-1, *lasts]):
        point = Token(found[last].end - 1, found[last].end, ".", ".", POINT)
        pointed += (*found[first + 1 : last + 1], point)
    return [*pointed, *found[lasts[-1] + 1 :]]


def parse_texts(texts: pa.Array) -> Iterable[ParsedText]:
    """Yield the words and points of each text of a batch."""
    told = tokens(texts)
    size = len(told.start)
    start, end, kind, stops = (np.empty(size, of) for of in (np.int32, np.int32, np.int8, np.bool_))
    text_word, veiled = np.empty(len(texts) + 1, np.int64), np.zeros(len(texts), np.bool_)
    count = _join_tokens(
        told.data,
        told.first,
        told.past,
        told.start,
        told.end,
        told.word,
        told.bits,
        told.text_token,
        *_word_class_table(),
        start,
        end,
        kind,
        stops,
        text_word,
        veiled,
    )
    starts, ends, kinds = start[:count].tolist(), memoryview(end[:count]), memoryview(kind[:count])
    words, closes = np.flatnonzero(kind[:count] == _REPORTING), np.flatnonzero(stops[:count])
    bounds, word_at, stop_at = text_word.tolist(), *(np.searchsorted(of, text_word).tolist() for of in (words, closes))
    read = zip(texts.to_pylist(), veiled.tolist(), sentence_starts(told), strict=True)
    for number, (text, is_veiled, sentences) in enumerate(read):
        yield ParsedText(
            text or "",
            _lower_text(text or ""),
            starts,
            ends,
            kinds,
            bounds[number],
            bounds[number + 1],
            is_veiled,
            words[word_at[number] : word_at[number + 1]].tolist(),
            closes[stop_at[number] : stop_at[number + 1]].tolist(),
            sentences,
        )


def _lower_text(text: str) -> str:
    """Return a text in lower case and straight apostrophes, character for character."""
    lowered = text.lower().replace("’", "'")
    return lowered if len(lowered) == len(text) else "".join(char.lower()[0] for char in text).replace("’", "'")


@cache
def _word_class_table() -> tuple[np.ndarray, np.ndarray]:
    """Return the table of what words are to those that may report."""
    classes: dict[str, int] = {"that": _IS_THAT}
    for bit, words in (
        (_REPORTS, REPORTING),
        (_NEEDS_THAT, NEEDS_THAT),
        (_BLOCKS_REPORT, UNSAID | ARTICLES | {"'s"}),
        (_HINTS_ANONYMITY, VEILING),
        (_IS_ACCORDING, {"according"}),
    ):
        for word in words:
            classes[word] = classes.get(word, 0) | bit
    return build_table({hashed(word): classes[word] for word in sorted(classes)})


@compiled
def _is_contraction(data, first):
    """Tell whether a token is what an apostrophe joins to the word before: 's, 'll, ’ve."""
    if data[first] == _APOSTROPHE:
        return True
    return data[first] == _CURLED[0] and data[first + 1] == _CURLED[1] and data[first + 2] == _CURLED[2]


@compiled
def _has_that_ahead(words, bits, keys, classes, first, past):
    for i in range(first, past):
        if bits[i] & SENTENCE_START and not bits[i] & LINE_START:
            return False
        if look_up(keys, classes, words[i]) & _IS_THAT:
            return True
    return False


@compiled
def _join_tokens(
    data, first, past, starts, ends, words, bits, text_token, keys, classes, start, end, kind, stops, text_word, veiled
):
    """Write the joined tokens and return their number."""
    n = 0
    for text in range(len(text_token) - 1):
        low, high = text_token[text], text_token[text + 1]
        text_word[text] = n
        i, is_stopped, before = low, False, 0
        while i < high:
            flags = bits[i]
            follows_word = flags & GLUED and n > text_word[text] and kind[n - 1] != _POINT
            if not flags & SIGN:
                if follows_word and _is_contraction(data, first[i]):
                    end[n - 1], before = ends[i], look_up(keys, classes, words[i])
                    i += 1
                    continue
            elif follows_word and ends[i] - starts[i] == 1 and i + 1 < high:
                sign, after = data[first[i]], bits[i + 1]
                if sign in (_HYPHEN, _SLASH, _AND) and after & GLUED and not after & SIGN:
                    end[n - 1] = ends[i + 1]
                    kind[n - 1] = _WORD
                    i += 2
                    continue
            start[n], end[n] = starts[i], ends[i]
            if flags & SIGN:
                kind[n], before = _POINT, 0
            else:
                own = look_up(keys, classes, words[i])
                may = own & _REPORTS and not before & _BLOCKS_REPORT and (not flags & CAPITAL or own & _IS_ACCORDING)
                if may and own & _NEEDS_THAT:
                    may = _has_that_ahead(words, bits, keys, classes, i + 1, min(i + _MAX_THAT_DISTANCE, high))
                kind[n], before = _REPORTING if may else _WORD, own
                veiled[text] = veiled[text] or own & _HINTS_ANONYMITY != 0
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
