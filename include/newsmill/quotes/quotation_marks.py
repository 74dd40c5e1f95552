"""Which stretches of a text stand in quotation marks, paragraph by paragraph, however badly the marks are kept."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, compress, pairwise

Span = tuple[int, int]

# One class of characters is searched many times as fast as the patterns that tell the marks among them.
_SIGNS = re.compile("[\"“”„‟«»`'‘]")
_BODY = re.compile(r"\S(?:.*\S)?", re.DOTALL)
# A single mark opens in front of a word, but for the words that it shortens: 'em, 'tis, '70s.
_OPENS_SINGLE = re.compile(r"['‘](?=[^\W\d_])(?!(?:em|til|tis|twas|cause|n|round|bout|cos)\b)", re.IGNORECASE)
_ENDS_SINGLE = re.compile(r"(?<=[^\s'‘’])['’](?![\w'’])")
_BEFORE_SINGLE = frozenset("([—–:-")
ENDED = frozenset(",.!?…")
WIDEST_WRAP = 100
OPENS, CLOSES, EITHER = "open", "close", "either"
BY_SHAPE = {"“": OPENS, "„": OPENS, "‟": OPENS, "«": OPENS, "``": OPENS, "”": CLOSES, "»": CLOSES, "''": CLOSES}
BEFORE_OPENING = frozenset("([{—–-/:‘…=")
AFTER_CLOSING = frozenset(".,;:!?)]}—–-/…’")


def paragraphs(text: str, seams: Iterable[int] = ()) -> list[Span]:
    """Return the paragraphs without the white space around them; a seam ends one, a hard-wrapped line does not."""
    cuts = sorted({0, len(text), *seams, *_breaks(text)})
    bodies = (_BODY.search(text, start, end) for start, end in pairwise(cuts))
    return [body.span() for body in bodies if body]


def quoted(text: str, spans: Sequence[Span]) -> list[list[Span]]:
    """Return for each paragraph its outermost quoted stretches, marks included."""
    marks, singles = _marks(text, 0, len(text))
    starts = [start for start, _ in marks]
    found: list[list[Span]] = []
    past = last = 0
    for (start, end), following in zip(spans, [*spans[1:], None], strict=True):
        first, past = past, bisect_left(starts, end, past)
        single, last = last, bisect_left(singles, end, last)
        pairs: list[Span] = []
        if first < past:
            pairs, unclosed = _pairs(text, start, end, marks[first:past])
            # By the old printers' rule a speech of several paragraphs is closed only at the end of the last.
            if unclosed is not None and following and _reopens(text, *following):
                pairs.append((unclosed, end))
            # What follows an equals sign is an attribute of markup that was left in the text.
            pairs = [pair for pair in pairs if pair[0] == start or text[pair[0] - 1] != "="]
        if single < last:
            pairs += _apart(_singles(text, singles[single:last], end), pairs)
        found.append(_outermost(pairs) if pairs else [])
    return found


def inner(text: str, start: int, end: int) -> list[Span]:
    """Return the stretches that stand in marks within a quoted one."""
    marks, singles = _marks(text, start, end)
    pairs = _pairs(text, start, end, marks)[0] if marks else []
    return _outermost([*pairs, *_apart(_singles(text, singles, end), pairs)])


def may_quote(text: str) -> bool:
    """Tell whether a text holds any sign that may be a mark."""
    return _SIGNS.search(text) is not None


def is_single(text: str, start: int) -> bool:
    """Tell whether a stretch stands in single marks."""
    return text[start] in "'‘" and not text.startswith("''", start)


def _breaks(text: str) -> Iterable[int]:
    lines = text.split("\n")
    width, starts = max(map(len, lines)), accumulate([len(line) + 1 for line in lines[:-1]])
    if width > WIDEST_WRAP:
        return starts
    return compress(starts, [not _wrapped(line, following, width) for line, following in pairwise(lines)])


def _wrapped(line: str, following: str, width: int) -> bool:
    """Tell whether a line ends only because the next word would not have fitted."""
    if not line.strip() or not following.strip() or following[0].isspace():
        return False
    return len(line) > width // 2 and len(line) + 1 + len(following.split(" ", 1)[0]) > width


def _marks(text: str, start: int, end: int) -> tuple[list[Span], list[int]]:
    """Return the double marks of a text, and where a single one may open."""
    marks: list[Span] = []
    singles: list[int] = []
    for found in _SIGNS.finditer(text, start, end):
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


def _pairs(text: str, start: int, end: int, marks: Sequence[Span]) -> tuple[list[Span], int | None]:
    """Match the marks of one paragraph; return the pairs and where the last unclosed mark stands."""
    roles = [_role(text, mark, start, end) for mark in marks]
    stack, pairs = [], []
    for (begin, stop), role, coming in zip(marks, roles, [*roles[1:], OPENS], strict=True):
        if role == CLOSES or (role == EITHER and stack):
            if stack and not (coming == CLOSES and _is_inch(text, begin)):
                pairs.append((stack.pop(), stop))
        else:
            stack.append(begin)
    return pairs, stack[-1] if stack else None


def _singles(text: str, openings: Sequence[int], end: int) -> list[Span]:
    """Match the single marks of one paragraph; the end is the first that stands behind a point, else the first."""
    pairs: list[Span] = []
    for begin, following in zip(openings, [*openings[1:], end], strict=False):
        ends = [mark.end() for mark in _ENDS_SINGLE.finditer(text, begin + 2, following)]
        stop = next((at for at in ends if text[at - 2] in ENDED), ends[0] if ends else None)
        if stop is not None:
            pairs.append((begin, stop))
    return pairs


def _apart(singles: Sequence[Span], pairs: Sequence[Span]) -> list[Span]:
    """Return the stretches in single marks that touch none in double ones: those may be apostrophes far apart."""
    doubles = _outermost(pairs)
    starts = [start for start, _ in doubles]
    apart = []
    for start, end in singles:
        before = bisect_left(starts, end) - 1
        if before < 0 or doubles[before][1] <= start:
            apart.append((start, end))
    return apart


def _role(text: str, mark: Span, start: int, end: int) -> str:
    """Tell by its neighbours what a mark does; where they do not say, by its shape."""
    before = text[mark[0] - 1] if mark[0] > start else " "
    after = text[mark[1]] if mark[1] < end else " "
    may_open = before.isspace() or before in BEFORE_OPENING
    may_close = after.isspace() or after in AFTER_CLOSING
    if may_open != may_close:
        return OPENS if may_open else CLOSES
    return BY_SHAPE.get(text[slice(*mark)], EITHER)


def _is_inch(text: str, at: int) -> bool:
    return text[at] == '"' and at > 0 and text[at - 1].isdigit()


def _reopens(text: str, start: int, end: int) -> bool:
    marks, _ = _marks(text, start, min(start + 2, end))
    return bool(marks) and marks[0][0] == start and _role(text, marks[0], start, end) != CLOSES


def _outermost(pairs: Sequence[Span]) -> list[Span]:
    kept, reached = [], -1
    for start, end in sorted(pairs, key=lambda pair: (pair[0], -pair[1])):
        if start >= reached:
            kept.append((start, end))
            reached = end
    return kept
