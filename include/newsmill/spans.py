"""Positions of spans in pages: offsets and lines, from the page ranges of the text."""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from newsmill.contracts import SPAN_COLUMNS

NOWHERE = dict.fromkeys(SPAN_COLUMNS)


def group_by_page(rows: pa.Table, columns: Sequence[str]) -> dict[str, list[tuple]]:
    """Return the values of some columns of each row, by page, in the order of the rows."""
    by_page: dict[str, list[tuple]] = {}
    values = zip(*(rows[name].to_pylist() for name in columns), strict=True)
    for page, row in zip(rows["page_id"].to_pylist(), values, strict=True):
        by_page.setdefault(page, []).append(row)
    return by_page


def crosses_seam(seams: Sequence[int], start: int, end: int) -> bool:
    """Report whether the page has characters inside the span, missing in the text."""
    return bool(seams) and bisect_right(seams, start) != bisect_right(seams, end - 1)


class Placements:
    """The mapping from the texts of many articles to the pages, for whole columns of spans."""

    def __init__(self, texts: pa.Array, ranges: pa.ListArray):
        texts = texts.cast(pa.large_string())
        _, offsets, data = texts.buffers()
        bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        data_bytes = np.frombuffer(data or b"", np.uint8)[bounds[0] : bounds[-1]]
        # all offsets count characters from the start of the first text: continuation bytes of UTF-8 count as none
        continuation_bytes = np.flatnonzero(data_bytes.view(np.int8) < -0x40)
        byte_offsets = (bounds - bounds[0], np.flatnonzero(data_bytes == 0x0A))
        self.begins, self._breaks = (at_byte - np.searchsorted(continuation_bytes, at_byte) for at_byte in byte_offsets)
        of_text, pieces = ranges.offsets.to_numpy(), ranges.values
        start, end = of_text[0], of_text[-1]
        self._page_starts, page_ends, self._lines = (
            pieces.field(name).to_numpy()[start:end] for name in ("page_char_start", "page_char_end", "line_start")
        )
        bounds = of_text - start
        lengths = np.concatenate(([0], np.cumsum(page_ends - self._page_starts, dtype=np.int64)))
        shift = self.begins[:-1] - lengths[bounds[:-1]]
        self._starts = lengths[:-1] + np.repeat(shift, np.diff(bounds))
        self._bounds = bounds.tolist()

    def seams(self, i: int) -> list[int]:
        """Return the offsets of text `i` where part of the page was left out; no fact may cross such an offset."""
        start, end = self._bounds[i] + 1, self._bounds[i + 1]
        return (self._starts[start:end] - self.begins[i]).tolist() if start < end else []

    def locate(self, index: np.ndarray, start: np.ndarray, end: np.ndarray, prefix: str = "") -> dict[str, pa.Array]:
        """Return the six span columns for text[start:end] of the texts at `index`; null where start is below 0."""
        nowhere, begins = start < 0, self.begins[index]
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

        `rows` hold the columns `names`. The first three are the index of the article and the span in the text; the span
        of another part is a pair such as `cue_char_start` and `cue_char_end`, null without such a part. `more` holds
        finished columns, or a single value for all rows.
        """
        values_of = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
        index, start, end = (np.array(values_of.pop(name), np.int64) for name in names[:3])
        columns = {name: articles[name].take(pa.array(index)) for name in ("page_id", "article_id")}
        columns |= self.locate(index, start, end)
        first_column, *_ = SPAN_COLUMNS
        for prefix in [name.removesuffix(first_column) for name in values_of if name.endswith(f"_{first_column}")]:
            part = (values_of.pop(prefix + name) for name in SPAN_COLUMNS[:2])
            part_start, part_end = (
                np.array([-1 if offset is None else offset for offset in offsets], np.int64) for offsets in part
            )
            columns |= self.locate(index, part_start, part_end, prefix)
        columns |= {name: pa.array(values, schema.field(name).type) for name, values in values_of.items()}
        for name, value in more.items():
            columns[name] = pa.repeat(value, len(index)) if isinstance(value, str) else value
        return pa.table({name: columns[name] for name in schema.names}).cast(schema)

    def _points(self, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        index = np.searchsorted(self._starts, offsets, side="right") - 1
        begins = self._starts[index]
        breaks = np.searchsorted(self._breaks, offsets) - np.searchsorted(self._breaks, begins)
        return self._page_starts[index] + offsets - begins, self._lines[index] + breaks
