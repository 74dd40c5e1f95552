"""Where a span of an article's text stands in its page: offsets and lines, from the ranges the text was made of."""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from newsmill.contracts import SPAN_COLUMNS

NOWHERE = dict.fromkeys(SPAN_COLUMNS)


def crosses(seams: Sequence[int], start: int, end: int) -> bool:
    """Tell whether the page has characters inside the span that the text has not."""
    return bool(seams) and bisect_right(seams, start) != bisect_right(seams, end - 1)


class Placements:
    """The way from the texts of many articles back to their pages, for whole columns of spans."""

    def __init__(self, texts: pa.Array, ranges: pa.ListArray):
        texts = texts.cast(pa.large_string())
        _, offsets, data = texts.buffers()
        bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        held = np.frombuffer(data or b"", np.uint8)[bounds[0] : bounds[-1]]
        # all offsets count characters from where the first text begins: bytes that go on with a character are none
        going_on = np.flatnonzero(held.view(np.int8) < -0x40)
        self.begins, self._breaks = (
            at - np.searchsorted(going_on, at) for at in (bounds - bounds[0], np.flatnonzero(held == 0x0A))
        )
        of_text, told = ranges.offsets.to_numpy(), ranges.values
        first, past = of_text[0], of_text[-1]
        self._page_starts, page_ends, self._lines = (
            told.field(name).to_numpy()[first:past] for name in ("page_char_start", "page_char_end", "line_start")
        )
        bounds = of_text - first
        lengths = np.concatenate(([0], np.cumsum(page_ends - self._page_starts, dtype=np.int64)))
        shift = self.begins[:-1] - lengths[bounds[:-1]]
        self._starts = lengths[:-1] + np.repeat(shift, np.diff(bounds))
        self._bounds = bounds.tolist()

    def seams(self, number: int) -> list[int]:
        """Return the offsets of a text at which something of its page was left out; no fact may lie across one."""
        first, past = self._bounds[number] + 1, self._bounds[number + 1]
        return (self._starts[first:past] - self.begins[number]).tolist() if first < past else []

    def locate(self, number: np.ndarray, start: np.ndarray, end: np.ndarray, prefix: str = "") -> dict[str, pa.Array]:
        """Return the six span columns for text[start:end] of the texts numbered so; null where start is below 0."""
        nowhere, begins = start < 0, self.begins[number]
        first_page, first_line = self._points(begins + np.where(nowhere, 0, start))
        last_page, last_line = self._points(begins + np.where(nowhere, 1, end) - 1)
        columns = (start, end, first_page, last_page + 1, first_line, last_line)
        return {
            prefix + name: pa.array(column.astype(np.int32), mask=nowhere)
            for name, column in zip(SPAN_COLUMNS, columns, strict=True)
        }

    def table(
        self,
        schema: pa.Schema,
        articles: pa.RecordBatch,
        names: Sequence[str],
        rows: Sequence[tuple],
        **more: str | pa.Array,
    ) -> pa.Table:
        """Return facts of a batch of articles as a table of a relation's columns.

        `rows` tell `names`, of which the first three are the number of the article and the span in its text; of other
        parts they tell `cue_char_start` and `cue_char_end`, null where there is no such part. `more` are columns
        made already, or what all rows have in common.
        """
        told = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
        number, start, end = (np.array(told.pop(name), np.int64) for name in names[:3])
        columns = {name: articles[name].take(pa.array(number)) for name in ("page_id", "article_id")}
        columns |= self.locate(number, start, end)
        for prefix in [name.removesuffix(SPAN_COLUMNS[0]) for name in told if name.endswith(f"_{SPAN_COLUMNS[0]}")]:
            part = ([-1 if at is None else at for at in told.pop(prefix + name)] for name in SPAN_COLUMNS[:2])
            columns |= self.locate(number, *(np.array(offsets, np.int64) for offsets in part), prefix)
        columns |= {name: pa.array(values, schema.field(name).type) for name, values in told.items()}
        for name, value in more.items():
            columns[name] = pa.repeat(value, len(number)) if isinstance(value, str) else value
        return pa.table({name: columns[name] for name in schema.names}).cast(schema)

    def _points(self, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        index = np.searchsorted(self._starts, offsets, side="right") - 1
        begins = self._starts[index]
        breaks = np.searchsorted(self._breaks, offsets) - np.searchsorted(self._breaks, begins)
        return self._page_starts[index] + offsets - begins, self._lines[index] + breaks
