"""Which stretches of a text stand in quotation marks, paragraph by paragraph, however badly the marks are kept."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, compress, pairwise

Span = tuple[int, int]

# One class of characters is searched many times as fast as the patterns that tell the marks among them.
_MARK_CHARS = re.compile("[\"“”„‟«»`'‘]")
_BODY = re.compile(r"\S(?:.*\S)?", re.DOTALL)
# A single mark opens in front of a word, but for the words that it shortens: 'em, 'tis, '70s.
_OPENS_SINGLE = re.compile(r"['‘](?=[^\W\d_])(?!(?:em|til|tis|twas|cause|n|round|bout|cos)\b)", re.IGNORECASE)
_ENDS_SINGLE = re.compile(r"(?<=[^\s'‘’])['’](?![\w'’])")
_BEFORE_SINGLE = frozenset("([—–:-")
END_POINTS = frozenset(",.!?…")
MAX_WRAP_CHARS = 100
OPENS, CLOSES, EITHER = "open", "close", "either"
ROLE_BY_SHAPE = {"“": OPENS, "„": OPENS, "‟": OPENS, "«": OPENS, "``": OPENS, "”": CLOSES, "»": CLOSES, "''": CLOSES}
BEFORE_OPENING = frozenset("([{—–-/:‘…=")
AFTER_CLOSING = frozenset(".,;:!?)]}—–-/…’")


def split_paragraphs(text: str, seams: Iterable[int] = ()) -> list[Span]:
    """Return the paragraphs without the white space around them; a seam ends one, a hard-wrapped line does not."""
    cuts = sorted({0, len(text), *seams, *_find_line_breaks(text)})
    bodies = (_BODY.search(text, start, end) for start, end in pairwise(cuts))
    return [body.span() for body in bodies if body]


def find_quoted_spans(text: str, spans: Sequence[Span]) -> list[list[Span]]:
    """Return for each paragraph its outermost quoted stretches, marks included."""
    marks, singles = _find_marks(text, 0, len(text))
    starts = [start for start, _ in marks]
    found: list[list[Span]] = []
    past = last = 0
    for (start, end), following in zip(spans, [*spans[1:], None], strict=True):
        first, past = past, bisect_left(starts, end, past)
        single, last = last, bisect_left(singles, end, last)
        pairs: list[Span] = []
        if first < past:
            pairs, unclosed = _pair_marks(text, start, end, marks[first:past])
            # By the old printers' rule a speech of several paragraphs is closed only at the end of the last.
            if unclosed is not None and following and _reopens_quotation(text, *following):
                pairs.append((unclosed, end))
            # What follows an equals sign is an attribute of markup that was left in the text.
            pairs = [pair for pair in pairs if pair[0] == start or text[pair[0] - 1] != "="]
        if single < last:
            pairs += _drop_overlapping(_pair_single_marks(text, singles[single:last], end), pairs)
        found.append(_keep_outermost(pairs) if pairs else [])
    return found


def find_inner_quotes(text: str, start: int, end: int) -> list[Span]:
    """Return the stretches that stand in marks within a quoted one."""
    marks, singles = _find_marks(text, start, end)
    pairs = _pair_marks(text, start, end, marks)[0] if marks else []
    return _keep_outermost([*pairs, *_drop_overlapping(_pair_single_marks(text, singles, end), pairs)])


def has_mark_char(text: str) -> bool:
    """Tell whether a text holds any sign that may be a mark."""
    return _MARK_CHARS.search(text) is not None


def is_single_quoted(text: str, start: int) -> bool:
    """Tell whether a stretch stands in single marks."""
    return text[start] in "'‘" and not text.startswith("''", start)


def _find_line_breaks(text: str) -> Iterable[int]:
    lines = text.split("\n")
    width, starts = max(map(len, lines)), accumulate([len(line) + 1 for line in lines[:-1]])
    if width > MAX_WRAP_CHARS:
        return starts
    return compress(starts, [not _is_hard_wrapped(line, following, width) for line, following in pairwise(lines)])


def _is_hard_wrapped(line: str, following: str, width: int) -> bool:
    """Tell whether a line ends only because the next word would not have fitted."""
    if not line.strip() or not following.strip() or following[0].isspace():
        return False
    return len(line) > width // 2 and len(line) + 1 + len(following.split(" ", 1)[0]) > width


def _find_marks(text: str, start: int, end: int) -> tuple[list[Span], list[int]]:
    """Return the double marks of a text, and where a single one may open."""
    marks: list[Span] = []
    singles: list[int] = []
    for found in _MARK_CHARS.finditer(text, start, end):
        at, sign = found.start(), found[0]
        if sign not in "'`‘":
            marks.append((at, at + 1))
        elif marks and at < marks[-1][1]:
            continue
        elif sign != "‘" and text[at : at + 2] in ("``", "''"):
            marks.append((at, at + 2))
        elif (
            sign != "`"
            and (at == start or text[at - 1].isspace() or text[at - 1] in _BEFORE_SINGLE)
            and (_OPENS_SINGLE.match(text, at, end))
        ):
            singles.append(at)
    return marks, singles


def _pair_marks(text: str, start: int, end: int, marks: Sequence[Span]) -> tuple[list[Span], int | None]:
    """Match the marks of one paragraph; return the pairs and where the last unclosed mark stands."""
    roles = [_classify_mark(text, mark, start, end) for mark in marks]
    stack, pairs = [], []
    for (begin, stop), role, coming in zip(marks, roles, [*roles[1:], OPENS], strict=True):
        if role == CLOSES or (role == EITHER and stack):
            if stack and not (coming == CLOSES and _is_inch_sign(text, begin)):
                pairs.append((stack.pop(), stop))
        else:
            stack.append(begin)
    return pairs, stack[-1] if stack else None


def _pair_single_marks(text: str, openings: Sequence[int], end: int) -> list[Span]:
    """Match the single marks of one paragraph; the end is the first that stands behind a point, else the first."""
    pairs: list[Span] = []
    for begin, following in zip(openings, [*openings[1:], end], strict=False):
        ends = [mark.end() for mark in _ENDS_SINGLE.finditer(text, begin + 2, following)]
        stop = next((at for at in ends if text[at - 2] in END_POINTS), ends[0] if ends else None)
        if stop is not None:
            pairs.append((begin, stop))
    return pairs


def _drop_overlapping(singles: Sequence[Span], pairs: Sequence[Span]) -> list[Span]:
    """Return the stretches in single marks that touch none in double ones: those may be apostrophes far apart."""
    doubles = _keep_outermost(pairs)
    starts = [start for start, _ in doubles]
    apart = []
    for start, end in singles:
        before = bisect_left(starts, end) - 1
        if before < 0 or doubles[before][1] <= start:
            apart.append((start, end))
    return apart


def _classify_mark(text: str, mark: Span, start: int, end: int) -> str:
    """Tell by its neighbours what a mark does; where they do not say, by its shape."""
    before = text[mark[0] - 1] if mark[0] > start else " "
    after = text[mark[1]] if mark[1] < end else " "
    may_open = before.isspace() or before in BEFORE_OPENING
    may_close = after.isspace() or after in AFTER_CLOSING
    if may_open != may_close:
        return OPENS if may_open else CLOSES
    return ROLE_BY_SHAPE.get(text[slice(*mark)], EITHER)


def _is_inch_sign(text: str, at: int) -> bool:
    return text[at] == '"' and at > 0 and text[at - 1].isdigit()


def _reopens_quotation(text: str, start: int, end: int) -> bool:
    marks, _ = _find_marks(text, start, min(start + 2, end))
    return bool(marks) and marks[0][0] == start and _classify_mark(text, marks[0], start, end) != CLOSES


def _keep_outermost(pairs: Sequence[Span]) -> list[Span]:
    kept, reached = [], -1
    for start, end in sorted(pairs, key=lambda pair: (pair[0], -pair[1])):
        if start >= reached:
            kept.append((start, end))
            reached = end
    return kept
