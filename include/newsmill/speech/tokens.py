"""Cuts text about quoted pieces into words, points and the pieces themselves."""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

Span = tuple[int, int]
CLOSING = "\"“”„‟«»`'’ "
WORD, POINT, QUOTE = "word", "point", "quote"
TOKEN = re.compile(r"[^\W\d_](?:\.[^\W\d_])+\.?(?![^\W_])|[^\W_]+(?:['’&/-][^\W_]+)*|\S")
ABBREVIATIONS = frozenset(
    """Mr Mrs Ms Dr Gen Sen Sens Rep Reps Gov Lt Col Sgt Maj Capt Prof Rev St Jr Sr Adm Hon Cmdr Brig Inc Corp Co
    Ltd Jan Feb Aug Sept Oct Nov Dec vs No Sec""".split()
)
AROUND, FURTHEST = 200, 2_000


class Token(NamedTuple):
    """A word, a point or a whole quoted piece of a sentence."""

    start: int
    end: int
    word: str
    low: str
    kind: str


_token = partial(tuple.__new__, Token)  # Half the price of calling the class, and half of the time goes here.


def tokenise(text: str, start: int, end: int, pieces: Sequence[Span]) -> list[Token]:
    """Return the tokens of a paragraph that can bear on one of its pieces, each piece as one token."""
    tokens: list[Token] = []
    begin = start
    for piece in pieces:
        for stretch in _near(text, begin, piece[0], begin > start, True):
            _cut(text, *stretch, tokens)
        # The point that ends the quoted words tells whether the reporter's sentence goes on.
        tokens.append(Token(*piece, "", text[max(piece[0], piece[1] - 8):piece[1]].rstrip(CLOSING)[-1:], QUOTE))
        begin = piece[1]
    for stretch in _near(text, begin, end, bool(pieces), not pieces):
        _cut(text, *stretch, tokens)
    return tokens


def _near(text: str, start: int, stop: int, behind: bool, ahead: bool) -> Iterable[Span]:
    """Give what of the words behind one piece and ahead of the next can bear on either: the sentences near them."""
    if stop - start <= 2 * AROUND:
        return ((start, stop),)
    head = text.find(". ", start + AROUND, start + FURTHEST) + 1 or start + FURTHEST if behind else start
    tail = text.rfind(". ", stop - FURTHEST, stop - AROUND) + 2 if ahead else stop
    tail = stop - FURTHEST if tail < 2 else tail
    return ((start, head), (tail, stop)) if head < tail and start < tail else ((start, stop),)


def _cut(text: str, start: int, stop: int, tokens: list[Token]) -> None:
    """Add the tokens of a stretch."""
    for match in TOKEN.finditer(text, start, stop):
        word, (begin, end) = match.group(), match.span()
        if word == "." and tokens and tokens[-1].end == begin and _abbreviates(tokens[-1].word):
            tokens[-1] = tokens[-1]._replace(end=end)
            continue
        low = word.lower() if word.isascii() else word.lower().replace("’", "'")
        tokens.append(_token((begin, end, word, low, WORD if word[0].isalnum() else POINT)))


def _abbreviates(word: str) -> bool:
    return word in ABBREVIATIONS or (len(word) == 1 and word.isupper() and word != "I")
