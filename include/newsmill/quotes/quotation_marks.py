"""Finds the spans of a text in quotation marks, paragraph by paragraph, even where marks are missing or doubled."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, compress, pairwise

from newsmill.quotes.cue_words import ELISIONS, SAYING

Span = tuple[int, int]

# A search for one class of characters is many times as fast as the patterns below, and twice as fast as one for a class
# or a pair. So ’ is in the class, and the rest of the pattern wants a second one behind it.
_MARK_CHARS = re.compile("[\"“”„‟«»`'‘’](?:(?<!’)|(?<=’)’)")
# A single mark opens in front of a word, but an apostrophe shortens these: 'em, 'tis, '70s.
_OPENS_SINGLE = re.compile(rf"['‘](?=[^\W\d_])(?!(?:{'|'.join(ELISIONS)})\b)", re.IGNORECASE)
_ENDS_SINGLE = re.compile(r"(?<=[^\s'‘’])['’](?![\w'’])")
_BEFORE_SINGLE = frozenset("([—–:-")
SENTENCE_ENDS = frozenset(".!?…")
MIN_PARAGRAPH_CHARS, MAX_UNCLOSED_CHARS = 12, 700
"""Characters of the shortest and the longest quotation with one mark missing: a misprint, or a page in one line.

Set by hand; twice or half is not measured.
"""
END_POINTS = frozenset(",.!?…")
MAX_WRAP_CHARS = 100
"""A text with a longer line is not hard-wrapped: each line is then a paragraph. Set by hand, not measured."""
OPENS, CLOSES, EITHER = "open", "close", "either"
ROLE_BY_SHAPE = {"“": OPENS, "„": OPENS, "‟": OPENS, "«": OPENS, "``": OPENS, "”": CLOSES, "»": CLOSES, "''": CLOSES,
                 "‘‘": OPENS, "’’": CLOSES}  # fmt: skip
BEFORE_OPENING = frozenset("([{—–-/:‘…=")
AFTER_CLOSING = frozenset(".,;:!?)]}—–-/…’")


def split_paragraphs(text: str, seams: Iterable[int] = ()) -> list[Span]:
    """Return the spans of paragraphs without surrounding white space.

    A seam ends a paragraph; the end of a hard-wrapped line does not.
    """
    cuts = sorted({0, len(text), *seams, *_find_line_breaks(text)})
    spans = []
    for start, end in pairwise(cuts):
        body = text[start:end].lstrip()
        if body:
            spans.append((end - len(body), end - len(body) + len(body.rstrip())))
    return spans


def find_quoted_spans(text: str, spans: Sequence[Span]) -> list[list[Span]]:
    """Return for each paragraph the outermost quoted spans, marks included."""
    marks, singles = _find_marks(text, 0, len(text))
    starts = [start for start, _ in marks]
    quoted: list[list[Span]] = []
    marks_end = singles_end = 0
    for (start, end), next_span in zip(spans, [*spans[1:], None], strict=True):
        marks_start, marks_end = marks_end, bisect_left(starts, end, marks_end)
        singles_start, singles_end = singles_end, bisect_left(singles, end, singles_end)
        if marks_start == marks_end and singles_start == singles_end:
            quoted.append([])
            continue
        pairs: list[Span] = []
        if marks_start < marks_end:
            pairs, unclosed = _pair_marks(text, start, end, marks[marks_start:marks_end])
            # By the old printers' rule a speech of several paragraphs is closed only at the end of the last.
            if unclosed is not None and (
                (next_span and _reopens_quotation(text, *next_span)) or _fills_paragraph(text, unclosed, start, end)
            ):
                pairs.append((unclosed, end))
            # A span behind an equals sign is an attribute of leftover markup.
            pairs = [pair for pair in pairs if pair[0] == start or text[pair[0] - 1] != "="]
        if singles_start < singles_end:
            openings = singles[singles_start:singles_end]
            single_pairs = _pair_single_marks(text, openings, end)
            if not single_pairs and openings[0] == start and next_span and _reopens_single(text, *next_span):
                single_pairs = [(start, end)]
            pairs += _drop_overlapping(single_pairs, pairs)
        quoted.append(_keep_outermost(pairs))
    return quoted


def find_inner_quotes(text: str, start: int, end: int) -> list[Span]:
    """Return the quoted spans within a quoted span."""
    marks, singles = _find_marks(text, start, end)
    pairs = _pair_marks(text, start, end, marks)[0] if marks else []
    return _keep_outermost([*pairs, *_drop_overlapping(_pair_single_marks(text, singles, end), pairs)])


def has_mark_char(text: str) -> bool:
    """Return whether a text holds any possible quotation mark."""
    return _MARK_CHARS.search(text) is not None


def _find_line_breaks(text: str) -> Iterable[int]:
    lines = text.split("\n")
    width, starts = max(map(len, lines)), accumulate([len(line) + 1 for line in lines[:-1]])
    if width > MAX_WRAP_CHARS:
        return starts
    return compress(starts, [not _is_hard_wrapped(line, next_line, width) for line, next_line in pairwise(lines)])


def _is_hard_wrapped(line: str, next_line: str, width: int) -> bool:
    """Return whether a line ends only because the next word did not fit."""
    if not line.strip() or not next_line.strip() or next_line[0].isspace():
        return False
    return len(line) > width // 2 and len(line) + 1 + len(next_line.split(" ", 1)[0]) > width


def _find_marks(text: str, start: int, end: int) -> tuple[list[Span], list[int]]:
    """Return the spans of double marks, and the places where a single mark may open."""
    marks: list[Span] = []
    singles: list[int] = []
    for match in _MARK_CHARS.finditer(text, start, end):
        i, sign = match.start(), match[0]
        if sign not in "'`‘":
            marks.append((i, match.end()))
        elif marks and i < marks[-1][1]:
            continue
        elif text[i : i + 2] in ("``", "''", "‘‘"):
            marks.append((i, i + 2))
        elif (
            sign != "`"
            and (i == start or text[i - 1].isspace() or text[i - 1] in _BEFORE_SINGLE)
            and (_OPENS_SINGLE.match(text, i, end))
        ):
            singles.append(i)
    return marks, singles


def _pair_marks(text: str, start: int, end: int, marks: Sequence[Span]) -> tuple[list[Span], int | None]:
    """Pair the marks of one paragraph; return the pairs and the start of the last unclosed mark."""
    roles = [_classify_mark(text, mark, start, end) for mark in marks]
    if roles[0] == CLOSES and roles[1:2] == [CLOSES] and _lacks_space(text, marks[0]):
        roles[0] = OPENS
    open_marks: list[Span] = []
    pairs: list[Span] = []
    for mark, role, next_role in zip(marks, roles, [*roles[1:], OPENS], strict=True):
        if role == CLOSES or (role == EITHER and open_marks):
            if open_marks and not (next_role == CLOSES and _is_inch_sign(text, mark[0])):
                pairs.append((open_marks.pop()[0], mark[1]))
            elif not open_marks and mark == marks[0] and _closes_paragraph_start(text, start, mark):
                pairs.append((start, mark[1]))
        else:
            if open_marks and _reopens_sentence(text, open_marks[-1], mark):
                pairs.append((open_marks.pop()[0], mark[0] - 1))
            open_marks.append(mark)
    return pairs, open_marks[-1][0] if open_marks else None


def _lacks_space(text: str, mark: Span) -> bool:
    """Return whether a mark is between a comma or colon and a letter: According to Holm,”It broke.”."""
    return text[mark[0] - 1 : mark[0]] in (",", ":") and text[mark[1] : mark[1] + 1].isalpha()


def _fills_paragraph(text: str, unclosed: int, start: int, end: int) -> bool:
    """Return whether a quotation without a closing mark is a paragraph, or its rest behind a comma or colon.

    Where an attribution ends the paragraph, the end of the quotation is unknown.
    """
    _, comma, tail = text[unclosed:end].rpartition(",")
    if comma and not SAYING.keys().isdisjoint(tail.rstrip(".").split()):
        return False
    opens = unclosed == start or text[unclosed - 2 : unclosed] in (", ", ": ")
    return opens and MIN_PARAGRAPH_CHARS < end - unclosed < MAX_UNCLOSED_CHARS and text[end - 1] in SENTENCE_ENDS


def _reopens_sentence(text: str, opened: Span, mark: Span) -> bool:
    """Return whether a mark opens the next paragraph of an open quotation in one line: "It broke. "We wept."."""
    is_alike = text[slice(*opened)] == text[slice(*mark)]
    return is_alike and mark[0] - opened[1] > MIN_PARAGRAPH_CHARS and text[mark[0] - 2] in SENTENCE_ENDS


def _closes_paragraph_start(text: str, start: int, mark: Span) -> bool:
    """Return whether the first mark of a paragraph closes a quotation without an opening mark: It broke,” Holm said."""
    is_curly = text[mark[0]] == "”" or text.startswith("’’", mark[0])
    return is_curly and text[start].isupper() and text[mark[0] - 1] in ",.!?" and mark[0] - start > MIN_PARAGRAPH_CHARS


def _pair_single_marks(text: str, openings: Sequence[int], end: int) -> list[Span]:
    """Pair the single marks of one paragraph, each with the first end behind a point, else the first end."""
    pairs: list[Span] = []
    for pair_start, limit in zip(openings, [*openings[1:], end], strict=False):
        ends = [mark.end() for mark in _ENDS_SINGLE.finditer(text, pair_start + 2, limit)]
        best_end = next((pair_end for pair_end in ends if text[pair_end - 2] in END_POINTS), ends[0] if ends else None)
        if best_end is not None:
            pairs.append((pair_start, best_end))
        elif limit < end and limit - pair_start > MIN_PARAGRAPH_CHARS and text[limit - 2] in SENTENCE_ENDS:
            pairs.append((pair_start, limit - 1))  # the next opening mark opens the next paragraph, in one line
    return pairs


def _drop_overlapping(singles: Sequence[Span], pairs: Sequence[Span]) -> list[Span]:
    """Return the single-quoted spans outside double-quoted spans: others may be apostrophes far apart."""
    if not singles:
        return []
    doubles = _keep_outermost(pairs)
    starts = [start for start, _ in doubles]
    kept = []
    for start, end in singles:
        i = bisect_left(starts, end) - 1
        if i < 0 or doubles[i][1] <= start:
            kept.append((start, end))
    return kept


def _classify_mark(text: str, mark: Span, start: int, end: int) -> str:
    """Return whether a mark opens or closes: by the neighbours, else by the shape."""
    before = text[mark[0] - 1] if mark[0] > start else " "
    after = text[mark[1]] if mark[1] < end else " "
    may_open = before.isspace() or before in BEFORE_OPENING
    may_close = after.isspace() or after in AFTER_CLOSING
    if may_open != may_close:
        return OPENS if may_open else CLOSES
    return ROLE_BY_SHAPE.get(text[slice(*mark)], EITHER)


def _is_inch_sign(text: str, i: int) -> bool:
    return text[i] == '"' and i > 0 and text[i - 1].isdigit()


def _reopens_quotation(text: str, start: int, end: int) -> bool:
    marks, _ = _find_marks(text, start, min(start + 2, end))
    return bool(marks) and marks[0][0] == start and _classify_mark(text, marks[0], start, end) != CLOSES


def _reopens_single(text: str, start: int, end: int) -> bool:
    return text[start] in "'‘" and _find_marks(text, start, min(start + 12, end))[1][:1] == [start]


def _keep_outermost(pairs: Sequence[Span]) -> list[Span]:
    if len(pairs) < 2:
        return [*pairs]
    kept, reached = [], -1
    for start, end in sorted(pairs, key=lambda pair: (pair[0], -pair[1])):
        if start >= reached:
            kept.append((start, end))
            reached = end
    return kept
