"""Which stretches of a text stand in quotation marks, paragraph by paragraph, however badly the marks are kept."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

Span = tuple[int, int]

MARK = re.compile(r"``|''|[\"“”„‟«»]")
# A single mark opens in front of a word, but for the words that it shortens: 'em, 'tis, '70s.
SINGLE = re.compile(r"(?<![^\s(\[—–:-])['‘](?=[^\W\d_])(?!(?:em|til|tis|twas|cause|n|round|bout|cos)\b)", re.IGNORECASE)
SINGLE_END = re.compile(r"(?<=[^\s'‘’])['’](?![\w'’])")
MAY_QUOTE = re.compile(r"``|[\"“”„‟«»‘']")
ENDED = frozenset(",.!?…")
WIDEST_WRAP = 100
OPENS, CLOSES, EITHER = "open", "close", "either"
BY_SHAPE = {"“": OPENS, "„": OPENS, "‟": OPENS, "«": OPENS, "``": OPENS, "”": CLOSES, "»": CLOSES, "''": CLOSES}
BEFORE_OPENING = frozenset("([{—–-/:‘…=")
AFTER_CLOSING = frozenset(".,;:!?)]}—–-/…’")


def paragraphs(text: str, seams: Iterable[int] = ()) -> list[Span]:
    """Return the paragraphs without the white space around them; a seam ends one, a hard-wrapped line does not."""
    cuts = sorted({0, len(text), *seams, *_breaks(text)})
    spans = (_stripped(text, start, end) for start, end in pairwise(cuts))
    return [(start, end) for start, end in spans if start < end]


def quoted(text: str, spans: Sequence[Span]) -> list[list[Span]]:
    """Return for each paragraph its outermost quoted stretches, marks included."""
    # What follows an equals sign is an attribute of markup that was left in the text.
    found = []
    for (start, end), following in zip(spans, [*spans[1:], None], strict=True):
        pairs, unclosed = _pairs(text, start, end)
        # By the old printers' rule a speech of several paragraphs is closed only at the end of the last.
        if unclosed is not None and following and _reopens(text, *following):
            pairs.append((unclosed, end))
        pairs = [pair for pair in pairs if pair[0] == start or text[pair[0] - 1] != "="]
        found.append(_outermost([*pairs, *_singles(text, start, end)]))
    return found


def inner(text: str, start: int, end: int) -> list[Span]:
    """Return the stretches that stand in marks within a quoted one."""
    pairs = _pairs(text, start, end)[0] if MARK.search(text, start, end) else []
    return _outermost([*pairs, *_singles(text, start, end)])


def is_single(text: str, start: int) -> bool:
    """Tell whether a stretch stands in single marks."""
    return text[start] in "'‘" and not text.startswith("''", start)


def _breaks(text: str) -> Iterable[int]:
    lines = text.split("\n")
    width = max(map(len, lines))
    start = 0
    for line, following in pairwise(lines):
        start += len(line) + 1
        if width > WIDEST_WRAP or not _wrapped(line, following, width):
            yield start


def _wrapped(line: str, following: str, width: int) -> bool:
    """Tell whether a line ends only because the next word would not have fitted."""
    if not line.strip() or not following.strip() or following[0].isspace():
        return False
    return len(line) > width // 2 and len(line) + 1 + len(following.split(" ", 1)[0]) > width


def _stripped(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _pairs(text: str, start: int, end: int) -> tuple[list[Span], int | None]:
    """Match the marks of one paragraph; return the pairs and where the last unclosed mark stands."""
    marks = [(m.start(), m.end(), _role(text, m, start, end)) for m in MARK.finditer(text, start, end)]
    stack, pairs = [], []
    for (begin, stop, role), (*_, coming) in zip(marks, [*marks[1:], (0, 0, OPENS)], strict=False):
        if role == CLOSES or (role == EITHER and stack):
            if stack and not (coming == CLOSES and _is_inch(text, begin)):
                pairs.append((stack.pop(), stop))
        else:
            stack.append(begin)
    return pairs, stack[-1] if stack else None


def _singles(text: str, start: int, end: int) -> list[Span]:
    """Match the single marks of one paragraph; the end is the first that stands behind a point, else the first."""
    pairs: list[Span] = []
    for mark in SINGLE.finditer(text, start, end):
        begin = mark.start()
        if pairs and begin < pairs[-1][1]:
            continue
        following = SINGLE.search(text, begin + 1, end)
        ends = [m.end() for m in SINGLE_END.finditer(text, begin + 2, following.start() if following else end)]
        stop = next((at for at in ends if text[at - 2] in ENDED), ends[0] if ends else None)
        if stop is not None:
            pairs.append((begin, stop))
    return pairs


def _role(text: str, mark: re.Match, start: int, end: int) -> str:
    """Tell by its neighbours what a mark does; where they do not say, by its shape."""
    before = text[mark.start() - 1] if mark.start() > start else " "
    after = text[mark.end()] if mark.end() < end else " "
    may_open = before.isspace() or before in BEFORE_OPENING
    may_close = after.isspace() or after in AFTER_CLOSING
    if may_open != may_close:
        return OPENS if may_open else CLOSES
    return BY_SHAPE.get(mark.group(), EITHER)


def _is_inch(text: str, at: int) -> bool:
    return text[at] == '"' and at > 0 and text[at - 1].isdigit()


def _reopens(text: str, start: int, end: int) -> bool:
    mark = MARK.match(text, start, end)
    return mark is not None and _role(text, mark, start, end) != CLOSES


def _outermost(pairs: list[Span]) -> list[Span]:
    kept, reached = [], -1
    for start, end in sorted(pairs, key=lambda pair: (pair[0], -pair[1])):
        if start >= reached:
            kept.append((start, end))
            reached = end
    return kept
