"""How a page is cut into blocks: lines, with the lines of a hard-wrapped paragraph joined; they tile the page."""

import hashlib
import re
from collections.abc import Iterator

from newsmill.text.phrases import FUNCTION_WORDS

WORD = re.compile(r"\w+")
CLOSERS = "\"”’'»)]*“ \t\xa0"
FINALS = frozenset(".!?…。！？؟।")
WRAP_WIDTHS = (45, 120)
WRAPPED_SHARE = 0.66
MIN_CONTINUED_CHARS = 16
FIRST_WIDE = "⺀"  # from here on, scripts that put no spaces between words
CHARS_PER_WIDE_WORD = 2


class Block:
    """A half-open range of the page with what is seen of it at a glance; `reason` and `repeat_of` are decided later."""

    __slots__ = (
        "start", "end", "line_start", "line_end", "text", "words", "count", "is_final", "is_item", "gap_after",
        "reason", "repeat_of", "kept",
    )

    def __init__(self, start: int, end: int, line_start: int, line_end: int, raw: str):
        self.start, self.end, self.line_start, self.line_end = start, end, line_start, line_end
        self.text = text = raw.strip()
        self.words = WORD.findall(text.lower())
        self.count = word_count(text, self.words)
        self.is_final = text.rstrip(CLOSERS)[-1:] in FINALS and bool(text)
        self.is_item = raw[:1] in " \t•*·-–▪►»›"
        self.gap_after = False
        self.reason = self.repeat_of = None
        self.kept = False

    @property
    def function_share(self) -> float:
        """Return the share of words that only hold sentences together, in any language known."""
        return sum(word in FUNCTION_WORDS for word in self.words) / max(len(self.words), 1)

    @property
    def hash(self) -> str:
        """Return the name by which the same words are known again on other pages."""
        return hashlib.sha256(" ".join(self.words).encode()).hexdigest()[:16]


def word_count(text: str, words: list[str]) -> int:
    """Count words, taking two characters for one where a script does not part words."""
    if text.isascii() or max(text) < FIRST_WIDE:
        return len(words)
    return max(len(words), sum(char >= FIRST_WIDE for char in text) // CHARS_PER_WIDE_WORD)


def cut(page: str) -> list[Block]:
    """Return the blocks of a page in order; they cover it exactly, blank lines with the block before."""
    lines = page.split("\n")
    spans = list(_paragraphs(lines))
    blocks, offset = [], 0
    for first, past, filled in spans:
        raw = lines[first] if past - first == 1 else "\n".join(lines[first:past])
        end = min(offset + len(raw) + 1, len(page))
        if end > offset:
            block = Block(offset, end, first + 1, past, raw)
            block.gap_after = filled < past
            blocks.append(block)
        offset = end
    return blocks


def _paragraphs(lines: list[str]) -> Iterator[tuple[int, int, int]]:
    """Yield (first line, line past the last blank one, line past the last filled one)."""
    total, at = len(lines), 0
    if lines[-1] == "" and total > 1:
        total -= 1  # the page ends with a newline: nothing follows it
    bare = [line.strip() for line in lines]
    while at < total:
        run_end = at
        while run_end < total and bare[run_end]:
            run_end += 1
        past = run_end
        while past < total and not bare[past]:
            past += 1
        if run_end == at:
            yield at, past, at
        else:
            starts = _paragraph_starts(bare[at:run_end])
            for first, following in zip(starts, [*starts[1:], run_end - at], strict=True):
                is_last = at + following == run_end
                yield at + first, past if is_last else at + following, at + following
        at = past


def _paragraph_starts(run: list[str]) -> list[int]:
    """Return where paragraphs begin in a run of lines without a blank one between them."""
    width = _wrap_width(run)
    starts = [0]
    for number in range(1, len(run)):
        before, line = run[number - 1], run[number]
        if not (_reads_on(before, line) or (width and _is_full(before, line, width))):
            starts.append(number)
    return starts


def _reads_on(before: str, line: str) -> bool:
    """Tell whether a sentence goes on from one line to the next."""
    return line[0].islower() and len(before) >= MIN_CONTINUED_CHARS and before[-1] not in FINALS and before.count(" ") > 1


def _is_full(before: str, line: str, width: int) -> bool:
    """Tell whether the first word of a line did not fit onto the line before."""
    return len(before) + 1 + len(line.split(None, 1)[0]) > width


def _wrap_width(run: list[str]) -> int:
    """Return the width at which a run of lines was wrapped, or 0."""
    if len(run) < 3:
        return 0
    width = max(map(len, run))
    if not WRAP_WIDTHS[0] <= width <= WRAP_WIDTHS[1]:
        return 0
    full = sum(_is_full(before, line, width) for before, line in zip(run, run[1:], strict=False))
    return width if full >= WRAPPED_SHARE * (len(run) - 1) else 0
