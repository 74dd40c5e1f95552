"""Finds the spans of a text that credit people and outlets for the page: bylines, captions, notes on contributors.

The phrases are data: `languages/en/credits.toml`, and the agencies of `languages/mul/agencies.toml`. Of "Photo: Ann
Hale/Getty Images" all is credited; of "Ann Hale in Oslo contributed to this report." all but the full stop.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from string import capwords
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsmill.languages.word_lists import read_words
from newsmill.nlp.name_lists import FUNCTION_WORDS

MAX_BYLINE_CHARS = 80
"""Characters of a byline alone on its line: at half, lines of two authors are missed; at twice, headlines match."""
MAX_DATELINE_CHARS = 60
"""Characters in front of the outlet of a dateline, for place and day: `Oslo, April 9 (Daily Gull) -`."""
MAX_SENTENCE_CHARS = 400
"""Reach of a phrase to the start of its sentence or a closing bracket: ten contributors with their places."""
Span = tuple[int, int]


class Credits(NamedTuple):
    """The credited spans of a batch of texts, in order."""

    article: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def cover(self, article: np.ndarray, start: np.ndarray) -> np.ndarray:
        """Return whether each position of a text is in a credited span."""
        if not len(self.start):
            return np.zeros(len(start), bool)
        width = max(self.end.max(), start.max(initial=0)) + 1
        previous = np.searchsorted(self.article * width + self.start, article * width + start, side="right") - 1
        return (previous >= 0) & (self.article[previous] == article) & (start < self.end[previous])


def _any_of(phrases: Iterable[str]) -> str:
    """Return a pattern for one of several phrases, by first letter, so that few are tried at a position."""
    groups = groupby(
        sorted(set(phrases), key=lambda phrase: (phrase[0], -len(phrase), phrase)), lambda phrase: phrase[0]
    )
    return "|".join(
        f"{re.escape(first)}(?:{'|'.join(re.escape(phrase[1:]) for phrase in group)})" for first, group in groups
    )


def _capitalize(phrases: Iterable[str]) -> set[str]:
    """Return phrases as headed labels are written: `Photo by`, `Photo By`, `PHOTO BY`."""
    return {form for phrase in phrases for form in (phrase[0].upper() + phrase[1:], capwords(phrase), phrase.upper())}


_LABEL_WORDS, _ENDING_WORDS, _NOTE_WORDS, _OPENING_WORDS, _PICTURE_AGENCIES = (
    read_words("en", "credits", name)
    for name in ("labels", "sentence_endings", "author_notes", "sentence_openings", "picture_agencies")
)
_LABELS = _any_of(_capitalize(_LABEL_WORDS) | {f"({phrase}" for phrase in _LABEL_WORDS})
_ENDINGS, _NOTES, _OPENINGS = _any_of(_ENDING_WORDS), _any_of(_NOTE_WORDS), _any_of(_capitalize(_OPENING_WORDS))
_AGENCIES = _any_of((*_PICTURE_AGENCIES, *read_words("mul", "agencies", "agencies")))

# -- names next to a phrase --------------------------------------------------------------------------------------------

_NAME_WORD = r"(?>[A-Z0-9À-Þ](?:[\w'’@&+-]|\.(?=\w))*+(?:(?<=\b[A-Z])\.)?)"
_HANDLE = r"[\w.@-]++(?=/)|(?<=/)[\w.@-]*\w"
"""A word next to a slash may be small: `pinegull/Getty Images`."""
_JOINT = r"(?:and|at|by|de|for|from|in|of|on|the|to|van|via|von|additional|courtesy|editing|reporting|writing)\b"
_NO_NAME = rf"(?:{'|'.join(sorted(word.capitalize() for word in FUNCTION_WORDS if word.isalpha()))})\b"
_NAME = rf"(?:{_HANDLE}|{_NAME_WORD}|{_JOINT})"
_NAMES = rf"{_NAME}(?:[ ,;:/|&–-]++{_NAME})*+"
_FURTHER_NAMES = rf"(?:[ ,;:/|&–-]++(?:{_HANDLE}|(?!{_NO_NAME}){_NAME_WORD}|{_JOINT}))*+"
"""A capitalised function word begins the next sentence of a running text: `Credit: Gull Robotics The robot carries`."""
_NAMES_BEHIND = re.compile(rf"(?:[^\w\n.;,]|\([cC]\))*+(?:(?:{_AGENCIES})(?= [A-Z])|{_NAME}{_FURTHER_NAMES})")
_ALL_NAMES = re.compile(rf"[_* ]*+{_NAMES} ")
_NAMES_BEFORE = re.compile(
    rf"(?<![\w/])(?:(?:{_HANDLE}|{_NAME_WORD}|(?:and|for|of|the|via)\b)[ ,/&-]++)*(?:[\w.@-]+|{_NAME_WORD}) ?$"
)
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{2})[.!?][”\"’']? (?=[A-Z_])|[.!?][”\"’'] (?=[A-Z_])|\.$")
_BYLINE = re.compile(
    rf"[ *–—-]*By:? {_NAMES}\.?|From (?=[^,]+, ){_NAMES}"
    rf"|(?:{_NAME_WORD} ){{2,3}}in {_NAME_WORD}(?:,? {_NAME_WORD}){{0,2}}"
)
_AGENCY_LINE = re.compile(_AGENCIES)
_NOTE_LINE = re.compile(rf"[* ]*+{_NAMES} (?:{_NOTES})")
_CUES = re.compile(
    rf"(?P<label>{_LABELS})|(?P<ending>{_ENDINGS})|(?P<opening>{_OPENINGS})"
    rf"|(?P<agency>(?:/ ?|\| ?|via )(?:{_AGENCIES})(?!\w))"
    rf"|\((?P<brackets>(?:{_NAME_WORD} ){{1,3}}?{_NAME_WORD} ?/ ?{_NAME_WORD}(?: {_NAME_WORD}){{0,4}})\)"
    rf"|\((?P<closing>{_AGENCIES})\)$"
    rf"|\((?P<dateline>{_NAME_WORD}(?: {_NAME_WORD}){{0,3}})\) ?(?:--|[-–—]) "
)
_LINES_WITH_CUES = "|".join(
    (
        *(_LABELS, _ENDINGS, _NOTES, _OPENINGS),
        rf"(?:/ ?|\| ?|via |^)(?:{_AGENCIES})\b",
        rf"\((?:{_AGENCIES})\)$",
        r"\([^()/]+/[^()]+\)|^[^(]*\([^()]+\) ?[-–—]|^[ *–—-]*(?:By|From) ",
        r"^[A-Z]\S* [A-Z]\S* (?:[A-Z]\S* )?in [A-Z][^.]*$",
    )
)
"""Every line with a credit has a match of this pattern, which pyarrow searches in linear time."""


def find_credits(texts: pa.Array) -> Credits:
    """Return the credited spans of a batch of texts."""
    lists = pc.split_pattern(texts, "\n")
    lines, article = lists.flatten(), pc.list_parent_indices(lists).to_numpy()
    selected = np.flatnonzero(pc.match_substring_regex(lines, _LINES_WITH_CUES).to_numpy(zero_copy_only=False))
    starts = np.concatenate(([0], np.cumsum(pc.utf8_length(lines).to_numpy().astype(np.int64) + 1)))
    offsets = starts[selected] - starts[np.searchsorted(article, article[selected])]
    matches = zip(article[selected].tolist(), offsets.tolist(), lines.take(pa.array(selected)).to_pylist(), strict=True)
    spans = [
        (index, offset + start, offset + end)
        for index, offset, line in matches
        for start, end in list_credit_spans(line)
    ]
    return Credits(*np.array(spans, np.int64).reshape(-1, 3).T)


def list_credit_spans(line: str) -> list[Span]:
    """Return the credited spans of a line, in order and without overlaps."""
    spans: list[Span] = []
    for start, end in sorted(_yield_spans(line)):
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return spans


def _yield_spans(line: str) -> Iterator[Span]:
    """Yield the span of the whole line, or of each phrase with the names next to it."""
    if len(line) <= MAX_BYLINE_CHARS and (_BYLINE.fullmatch(line) or _AGENCY_LINE.fullmatch(line)):
        yield 0, len(line)
        return
    if _NOTE_LINE.match(line):
        yield 0, _find_sentence_end(line, 0)
    stop = 0
    for match in _CUES.finditer(line):
        if match.start() >= stop and (span := _find_span(line, match)):
            yield span
            stop = span[1]


def _find_span(line: str, match: re.Match[str]) -> Span | None:
    """Return the span of a phrase and the names next to it, None if it is no credit there."""
    kind = match.lastgroup or ""
    start, end = match.span(kind)
    if kind == "label":
        return _find_labelled_names(line, start, end)
    if kind == "ending":
        return _find_sentence(line, start, end)
    if kind == "agency":
        before = _NAMES_BEFORE.search(line, max(0, start - MAX_BYLINE_CHARS), start)
        return (before.start(), end) if before else None
    if kind == "opening":
        return start, _find_names_end(line, end)
    return None if kind == "dateline" and start > MAX_DATELINE_CHARS else (start, end)


def _find_labelled_names(line: str, start: int, end: int) -> Span | None:
    """Return the span of a label and its names, up to a closing bracket; None for a part of a word."""
    start += line[start] == "("
    if line.startswith("(", start - 1) and start:
        bracket = line.find(")", end, end + MAX_SENTENCE_CHARS)
        return start, bracket if bracket > 0 else _find_names_end(line, end)
    return None if line[max(0, start - 1) : start].isalnum() else (start, _find_names_end(line, end))


def _find_sentence(line: str, start: int, end: int) -> Span | None:
    """Return the credited part of a sentence with an ending; behind `from` only a place may follow."""
    first = _find_sentence_start(line, start)
    if line.endswith("from", start, end):
        end = _find_names_end(line, end)
        if line[end : end + 2].strip()[:1].isalnum() or not _ALL_NAMES.fullmatch(line, first, start):
            return None
    return first, end


def _find_names_end(line: str, end: int) -> int:
    """Return the end of the names that begin behind a phrase, or the end of the phrase."""
    names = _NAMES_BEHIND.match(line, end)
    return names.end() if names else end


def _find_sentence_start(line: str, position: int) -> int:
    """Return the first character of the sentence of a position."""
    first = max(0, position - MAX_SENTENCE_CHARS)
    *_, start = (first, *(match.end() for match in _SENTENCE_END.finditer(line, first, position)))
    return start


def _find_sentence_end(line: str, position: int) -> int:
    """Return the end of the sentence of a position."""
    match = _SENTENCE_END.search(line, position)
    return match.start() if match else len(line)
