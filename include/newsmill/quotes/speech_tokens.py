"""Joins the shared tokens of prose into the tokens of speech, and marks possible reporting words.

Layout. One kernel, `_join_tokens`, reads the flat arrays of `nlp.tokens` for a batch and writes the flat arrays of
`JoinedTokens`. Joined token n has `start[n]` and `end[n]`, in characters of its text. `kind[n]` is a `Kind`.
`ends_sentence[n]` is true at the end of a sentence. The tokens of text t are those from `text_start[t]` to
`text_start[t + 1]`. `hinting[t]` is true if text t holds a word such as "anonymity". `WordClasses` is a hash table from
words to the six bits of a word class.

Example. "Brandt's men said so." has the prose tokens Brandt, 's, men, said, so and the point. The kernel joins the
first two: `start` is 0, 9, 13, 18, 20 and `end` is 8, 12, 17, 20, 21. `kind` is WORD, WORD, REPORT, WORD, POINT. The
next token decides whether a token ends a sentence, so the last token of a text never does.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled, inlined
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
    find_sentence_starts,
    hash_token,
    tokenize,
)
from newsmill.quotes.cue_words import ANONYMITY_WORDS, ARTICLES, NEEDS_THAT, QUESTION_WORDS, REPORTING, UNSAID_WORDS
from newsmill.quotes.word_traits import (
    QUOTE_TRAITS,
    SIGNS,
    WORDS,
)

Span = tuple[int, int]
CLOSING_CHARS = "\"“”„‟«»`'’ "
WORD, POINT, QUOTE = "word", "point", "quote"
# The class of a word, as bits: what it means to a reporting verb near it.
_REPORTS, _NEEDS_THAT, _BLOCKS_REPORT, _IS_THAT, _HINTS_ANONYMITY, _IS_ACCORDING = (1 << bit for bit in range(6))
MAX_WHOLE_SENTENCES = 3
"""Sentence ends between two quotations at which the whole text between is read."""
LAST_CHARS = 8
"""Characters at the end of a quotation searched for its last point, behind closing marks and spaces."""
_MAX_THAT_DISTANCE = 18
"""Tokens from a verb to the necessary "that". Set by hand, not measured."""
_APOSTROPHE, _CURLED, _HYPHEN, _SLASH, _AND = 0x27, (0xE2, 0x80, 0x99), 0x2D, 0x2F, 0x26


class Kind(IntEnum):
    """Kinds of joined tokens; `REPORT` is a word that may report speech."""

    POINT = 0
    WORD = 1
    REPORT = 2


_KIND_NAMES = (POINT, WORD, WORD)  # by kind
_DESCRIPTIONS = (SIGNS, WORDS, WORDS)  # by kind


@dataclass(slots=True, eq=False)
class Token:
    """A word, a point or a whole quotation of a sentence; `traits` and `shape` are those of word_traits.py.

    No tuple, because reading a field of a tuple takes three times as long.
    """

    start: int
    end: int
    word: str
    kind: str
    lowered: str
    traits: int
    shape: str


@dataclass(slots=True, eq=False)
class ParsedText:
    """The tokens of one text, as columns.

    `may_explain_anonymity`: true with a word such as "anonymity".
    `reporting_tokens`: indices of possible reporting words. `sentence_ends`: indices of the last tokens of sentences,
    by punctuation alone. `sentence_starts`: first characters of the sentences of prose.
    """

    text: str
    start: list[int]
    end: list[int]
    kind: list[int]
    may_explain_anonymity: bool
    reporting_tokens: list[int]
    sentence_ends: list[int]
    sentence_starts: list[int]

    def find_token_range(self, start: int, end: int) -> Span:
        """Return the half-open range of the tokens from `start` to `end`, in characters."""
        first = bisect_left(self.start, start)
        stop = bisect_left(self.start, end, first)
        return first, stop - 1 if stop > first and self.end[stop - 1] > end else stop

    def build_tokens(self, first_index: int, end_index: int) -> list[Token]:
        """Return the tokens of a range of indices."""
        text, built, make = self.text, list[Token](), Token.__new__
        columns = (column[first_index:end_index] for column in (self.start, self.end, self.kind))
        for start, end, kind in zip(*columns, strict=True):
            token = make(Token)  # with __init__ it takes 1.7 times as long
            token.start, token.end, token.kind = start, end, _KIND_NAMES[kind]
            token.word = word = text[start:end]
            token.lowered, token.traits, token.shape = _DESCRIPTIONS[kind][word]
            built.append(token)
        low = bisect_left(self.sentence_ends, first_index)
        high = bisect_left(self.sentence_ends, end_index, low)
        last_tokens = [i - first_index for i in self.sentence_ends[low:high]]
        abbreviations = [i for i in last_tokens if _is_abbreviation(built[i])]
        return _add_final_points(built, abbreviations) if abbreviations else built

    def build_tokens_around(self, start: int, end: int, quoted_spans: Sequence[Span]) -> list[Token]:
        """Return the tokens of a paragraph near its quotations or in reporting sentences; a quotation is one token."""
        built: list[Token] = []
        position = start
        for quoted in quoted_spans:
            for token_range in self._select_nearby(*self.find_token_range(position, quoted[0]), position > start, True):
                built += self.build_tokens(*token_range)
            # The last point of the quoted words shows whether the reporter's sentence goes on.
            last_char = self.text[max(quoted[0], quoted[1] - LAST_CHARS) : quoted[1]].rstrip(CLOSING_CHARS)[-1:]
            built.append(Token(*quoted, "", QUOTE, last_char, QUOTE_TRAITS, QUOTE))
            position = quoted[1]
        for token_range in self._select_nearby(
            *self.find_token_range(position, end), bool(quoted_spans), not quoted_spans
        ):
            built += self.build_tokens(*token_range)
        return built

    def _select_nearby(self, start: int, end: int, is_behind: bool, is_ahead: bool) -> Iterable[Span]:
        """Return the relevant ranges of tokens between two quotations.

        Relevant are the two sentences next to each quotation, and the reporting sentences between.
        """
        low_end, high_end = bisect_left(self.sentence_ends, start), bisect_left(self.sentence_ends, end)
        if high_end - low_end <= MAX_WHOLE_SENTENCES:
            return ((start, end),)
        head_end = self.sentence_ends[low_end + 1] + 1 if is_behind else start
        tail_start = self.sentence_ends[high_end - 2] + 1 if is_ahead else end
        return ((start, head_end), *self.find_reporting_sentences(head_end, tail_start), (tail_start, end))

    def find_reporting_sentences(self, start: int, end: int) -> list[Span]:
        """Return the ranges of the sentences with a reporting word."""
        ranges, reached = [], start
        low, high = bisect_left(self.reporting_tokens, start), bisect_left(self.reporting_tokens, end)
        for word in self.reporting_tokens[low:high]:
            if word >= reached:
                i = bisect_left(self.sentence_ends, word)
                sentence_start = max(self.sentence_ends[i - 1] + 1, start) if i else start
                reached = min(self.sentence_ends[i] + 1, end) if i < len(self.sentence_ends) else end
                ranges.append((sentence_start, reached))
        return ranges

    def list_cue_starts(self) -> list[int]:
        """Return the first characters of the possible reporting words."""
        return [self.start[i] for i in self.reporting_tokens]


def _is_abbreviation(token: Token) -> bool:
    """Return whether a token is an abbreviation with a point."""
    return token.kind != POINT and token.word[-1] == "."


def _add_final_points(tokens: Sequence[Token], abbreviations: Sequence[int]) -> list[Token]:
    """Return tokens with an added point behind each abbreviation at the end of a sentence: one point ends both."""
    pointed: list[Token] = []
    for previous, i in pairwise([-1, *abbreviations]):
        point = Token(tokens[i].end - 1, tokens[i].end, ".", POINT, *SIGNS["."])
        pointed += (*tokens[previous + 1 : i + 1], point)
    return [*pointed, *tokens[abbreviations[-1] + 1 :]]


class WordClasses(NamedTuple):
    """A hash table from words to bits of word classes."""

    words: np.ndarray
    bits: np.ndarray


class JoinedTokens(NamedTuple):
    """Joined tokens of a batch in flat arrays, in the layout above."""

    start: np.ndarray
    end: np.ndarray
    kind: np.ndarray
    ends_sentence: np.ndarray
    text_start: np.ndarray
    hinting: np.ndarray


def parse_texts(texts: pa.Array) -> Iterable[ParsedText]:
    """Yield the parsed text for each text of a batch."""
    batch = tokenize(texts)
    size = len(batch.start)
    start, end, kind, ends_sentence = (np.empty(size, dtype) for dtype in (np.int32, np.int32, np.int8, np.bool_))
    text_start, hinting = np.empty(len(texts) + 1, np.int64), np.zeros(len(texts), np.bool_)
    joined = JoinedTokens(start, end, kind, ends_sentence, text_start, hinting)
    count = _join_tokens(batch, _word_class_table(), joined)
    bounds = text_start.tolist()
    reporting, sentence_ends = np.flatnonzero(kind[:count] == Kind.REPORT), np.flatnonzero(ends_sentence[:count])
    reporting_bounds, end_bounds = (np.searchsorted(ids, text_start).tolist() for ids in (reporting, sentence_ends))
    columns = zip(texts.to_pylist(), hinting.tolist(), find_sentence_starts(batch), strict=True)
    for i, (text, is_hinting, sentence_starts) in enumerate(columns):
        first, stop = bounds[i], bounds[i + 1]
        yield ParsedText(
            text or "",
            start[first:stop].tolist(),
            end[first:stop].tolist(),
            kind[first:stop].tolist(),
            is_hinting,
            (reporting[reporting_bounds[i] : reporting_bounds[i + 1]] - first).tolist(),
            (sentence_ends[end_bounds[i] : end_bounds[i + 1]] - first).tolist(),
            sentence_starts,
        )


@cache
def _word_class_table() -> WordClasses:
    """Return the word classes that matter to a reporting verb."""
    classes: dict[str, int] = dict.fromkeys({"that", *QUESTION_WORDS}, _IS_THAT)
    for bit, words in (
        (_REPORTS, REPORTING),
        (_NEEDS_THAT, NEEDS_THAT),
        (_BLOCKS_REPORT, UNSAID_WORDS | ARTICLES | {"'s"}),
        (_HINTS_ANONYMITY, ANONYMITY_WORDS),
        (_IS_ACCORDING, {"according", "per"}),
    ):
        for word in words:
            classes[word] = classes.get(word, 0) | bit
    return WordClasses(*build_table({hash_token(word): classes[word] for word in sorted(classes)}))


@compiled
def _is_contraction(data, byte):
    """Return whether an apostrophe joins a token to the word before: 's, 'll, ’ve."""
    if data[byte] == _APOSTROPHE:
        return True
    return data[byte] == _CURLED[0] and data[byte + 1] == _CURLED[1] and data[byte + 2] == _CURLED[2]


@compiled
def _has_that_ahead(batch, classes, start, stop):
    """Return whether a "that" follows in the same sentence, within a range of tokens."""
    for i in range(start, stop):
        if batch.bits[i] & SENTENCE_START and not batch.bits[i] & LINE_START:
            return False
        if look_up(classes.words, classes.bits, batch.word[i]) & _IS_THAT:
            return True
    return False


@inlined
def _count_joined(data, byte, flags, next_flags):
    """Return the number of tokens that continue the word before: a contraction 1, a sign of one byte and its word 2."""
    if not flags & SIGN:
        return 1 if _is_contraction(data, byte) else 0
    joins = data[byte] in (_HYPHEN, _SLASH, _AND) and next_flags & GLUED and not next_flags & SIGN
    return 2 if joins else 0


@inlined
def _may_report(own_class, class_before, flags):
    """Return whether a word may report speech, apart from the need of a "that"."""
    is_verb = own_class & _REPORTS and not class_before & _BLOCKS_REPORT
    return is_verb and (not flags & CAPITAL or own_class & _IS_ACCORDING)


@compiled
def _join_tokens(batch, classes, joined):
    """Write the joined tokens; return the count."""
    count = 0
    for text in range(len(batch.text_token) - 1):
        joined.text_start[text] = count
        count = _join_text(batch, classes, joined, text)
    joined.text_start[len(batch.text_token) - 1] = count
    return count


@compiled
def _join_text(batch, classes, joined, text):
    """Write the joined tokens of a text; return the count so far."""
    # Columns as local names: read through the named tuple at each token, the kernel takes twice the time.
    words, bits, starts, ends = batch.word, batch.bits, batch.start, batch.end
    out_start, out_end, kinds, ends_sentence = joined.start, joined.end, joined.kind, joined.ends_sentence
    first = n = joined.text_start[text]
    i, stop = batch.text_token[text], batch.text_token[text + 1]
    is_stopped, class_before = False, 0
    while i < stop:
        flags = bits[i]
        if flags & GLUED and n > first and kinds[n - 1] != Kind.POINT:
            is_single = ends[i] - starts[i] == 1 and i + 1 < stop
            joined_count = _count_joined(batch.data, batch.first[i], flags, bits[i + 1] if is_single else 0)
            if joined_count:
                out_end[n - 1] = ends[i + joined_count - 1]
                if flags & SIGN:
                    kinds[n - 1] = Kind.WORD
                else:
                    class_before = look_up(classes.words, classes.bits, words[i])
                i += joined_count
                continue
        out_start[n], out_end[n], ends_sentence[n] = starts[i], ends[i], False
        if flags & SIGN:
            kinds[n], class_before = Kind.POINT, 0
        else:
            own_class = look_up(classes.words, classes.bits, words[i])
            may_report = _may_report(own_class, class_before, flags)
            if may_report and own_class & _NEEDS_THAT:
                may_report = _has_that_ahead(batch, classes, i + 1, min(i + _MAX_THAT_DISTANCE, stop))
            kinds[n], class_before = Kind.REPORT if may_report else Kind.WORD, own_class
            joined.hinting[text] |= own_class & _HINTS_ANONYMITY != 0
        if n > first:
            # Prose ends a sentence with each line. Here a line may be wrapped, so punctuation alone decides.
            if flags & LINE_START:
                ends_sentence[n - 1] = is_stopped and not flags & SMALL
            else:
                ends_sentence[n - 1] = flags & SENTENCE_START != 0
        is_stopped = flags & STOP != 0 or (is_stopped and flags & CLOSER != 0)
        n, i = n + 1, i + 1
    return n
