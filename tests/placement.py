"""Positions of text spans in the page, in plain Python: the reference for computed columns."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

from newsmill.spans import SPAN_COLUMNS


class Placement:
    """A map from offsets of one article's text to its page; `ranges` as in the relation `articles`."""

    def __init__(self, text: str, ranges: Sequence[dict]):
        self.text = text
        self.ranges = ranges
        lengths = (r["page_char_end"] - r["page_char_start"] for r in ranges)
        self.starts = list(accumulate(lengths, initial=0))

    @cached_property
    def _breaks(self) -> list[int]:
        # counted once: a count for each span is quadratic on a page of a megabyte
        return [match.start() for match in re.finditer("\n", self.text)]

    @property
    def seams(self) -> list[int]:
        """Return the offsets of the text where page characters were left out; no fact may span such an offset."""
        return self.starts[1:-1]

    def crosses_seam(self, start: int, end: int) -> bool:
        """Return whether the page has more characters inside the span than the text."""
        return self._range_of(start) != self._range_of(end - 1)

    def locate(self, start: int, end: int, prefix: str = "") -> dict[str, int]:
        """Return the six span columns for text[start:end], each name behind the prefix."""
        start_page, start_line = self._point(start)
        end_page, end_line = self._point(end - 1)
        values = (start, end, start_page, end_page + 1, start_line, end_line)
        return {prefix + name: value for name, value in zip(SPAN_COLUMNS, values, strict=True)}

    def _range_of(self, offset: int) -> int:
        return bisect_right(self.starts, offset) - 1

    def _point(self, offset: int) -> tuple[int, int]:
        index = self._range_of(offset)
        begin, span = self.starts[index], self.ranges[index]
        breaks = bisect_left(self._breaks, offset) - bisect_left(self._breaks, begin)
        return span["page_char_start"] + offset - begin, span["line_start"] + breaks
