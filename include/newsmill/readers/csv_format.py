"""The formats csv and tsv: a row a record; columns are identified by name, or by content where a table has no names."""

import ast
import csv
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from newsmill.formats import Format
from newsmill.readers import field_records
from newsmill.readers.detect import HEAD_BYTES, find_wide_encoding
from newsmill.readers.fields import ALIASES, FieldMapper, FieldName
from newsmill.readers.fix_text import decode_text
from newsmill.readers.lines import Line, read_lines
from newsmill.readers.record import MB, ReadResult, Record, RecordPosition, Reject, crash_reject
from newsmill.readers.text import reject_empty
from newsmill.readers.timestamps import parse_timestamp
from newsmill.readers.unpack import UnpackedFile

DELIMITERS = ",\t;|"
_ROWS_TRIED = 20
_MAX_NAME_CHARS = 64
_PROSE_CHARS = 120
# Least share of the first rows with as many columns as the very first. Lower, prose with commas passes as a table;
# higher, a table with a few broken rows does not.
_SHARE_BELOW_NAMES, _SHARE_WITHOUT_NAMES = 0.5, 0.8
_SURE_NAMES = 3  # with so many known names the first row is that of a table, however broken the rows below
_LAYOUT_CHARS = 32 * 1024
_MAX_LIST_CHARS = 1_000_000
_LITERAL_STARTS, _LITERAL_ENDS = ("['", '["', "[{'", "{'"), ("]", "}")
# Bytes that may be read twice in a file to find the next row behind broken ones: so no file is read over and over.
_SPARE_BYTES = 64 * MB
_ADDRESS = re.compile(r"https?://\S+")
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
csv.field_size_limit(2**31 - 1)  # the limit of a record is ours, and it holds for a row


@dataclass(frozen=True)
class Layout:
    """The layout of a table: delimiter, names of the columns, and number of rows to skip before the first record.

    Without `is_named` the table has no names: the columns have the common names that their values suggest.
    """

    delimiter: str
    names: tuple[str, ...]
    skipped: int
    is_named: bool = True


def find_layout(head: bytes, delimiters: str = DELIMITERS, namer: FieldMapper | None = None) -> Layout | None:
    """Find the layout of a table from the first bytes; None for bytes unlike rows with a text."""
    namer = namer or FieldMapper()
    if wide := find_wide_encoding(head):
        head = head.decode(wide, "replace").encode("utf-8", "replace")
    text = head.decode("utf-8-sig", "replace")
    declared = _SEPARATOR_LINE.match(text)
    layouts = (
        _find_layout(text, delimiter, declared is not None, namer)
        for delimiter in (declared[1] if declared else delimiters)
    )
    return next((one for one in layouts if one), None)


def read(file: UnpackedFile, name: str, delimiters: str = DELIMITERS) -> Iterator[ReadResult]:
    """Yield a record or a reject for every row; `name` is not used."""
    head = file.head(HEAD_BYTES)
    layout = find_layout(head, delimiters, FieldMapper(file.field_names))
    if layout is None:
        yield _reject_layout(head, file)
        return
    namer = FieldMapper(file.field_names if layout.is_named else None)
    if field_records.is_link_list(layout.names, namer):
        yield field_records.reject_link_list(layout.names)
        return
    yield from _Rows(file, layout, namer, find_wide_encoding(head)).read()


def _find_layout(text: str, delimiter: str, is_declared: bool, namer: FieldMapper) -> Layout | None:
    if not is_declared and delimiter not in text[:_LAYOUT_CHARS].lstrip().partition("\n")[0]:
        return None
    first_row = next((row for row in _split_rows(text[:_LAYOUT_CHARS], delimiter, _ROWS_TRIED, False) if row), [])
    if len(first_row) < 2 or not (
        is_declared or _are_names(first_row, namer) or any(map(_is_address_or_time, first_row))
    ):
        return None
    is_cut = len(text) >= HEAD_BYTES // 4
    rows = [row for row in _split_rows(text, delimiter, _ROWS_TRIED + 2, is_cut) if row][is_declared:]
    if not rows or len(rows[0]) < 2:
        return None
    if len(rows) == 1:  # the first row below the names may be longer than what is looked at
        is_table = is_cut and _are_names(rows[0], namer)
        return Layout(delimiter, tuple(map(str.strip, rows[0])), is_declared + 1) if is_table else None
    width = len(rows[0])
    share = sum(len(row) == width for row in rows[1:]) / len(rows[1:])
    is_sure = len(rows[1]) == width and len(namer.known(dict.fromkeys(rows[0], "x"))) >= _SURE_NAMES
    if (is_sure or share >= _SHARE_BELOW_NAMES) and _are_names(rows[0], namer):
        return Layout(delimiter, tuple(name.strip() for name in rows[0]), is_declared + 1)
    names = _name_columns(rows, width) if share >= _SHARE_WITHOUT_NAMES else None
    return Layout(delimiter, names, int(is_declared), is_named=False) if names else None


def _is_address_or_time(cell: str) -> bool:
    """Report whether a cell alone makes a row of a dump likely: an address or a time."""
    return _ADDRESS.fullmatch(cell) is not None or parse_timestamp(cell) is not None


def _split_rows(text: str, delimiter: str, most: int, is_cut: bool) -> Iterator[list[str]]:
    """Yield the first rows; where the text is cut, without the last row."""
    reader, held = csv.reader((line + "\n" for line in text.split("\n")), delimiter=delimiter), None
    try:
        for _, row in zip(range(most), reader, strict=False):
            if held is not None:
                yield held
            held = row
    except csv.Error:
        return
    if held is not None and not is_cut:
        yield held


def _are_names(row: Sequence[str], namer: FieldMapper) -> bool:
    names = [name.strip() for name in row]
    if max(map(len, names)) > _MAX_NAME_CHARS or len(set(names)) < len(names):
        return False
    return field_records.has_text(dict.fromkeys(names, "x"), namer) or field_records.is_link_list(names, namer)


def _name_columns(rows: Sequence[Sequence[str]], width: int) -> tuple[str, ...] | None:
    """Name the columns of rows without names: addresses, times, and the longest prose; None for other rows."""
    whole = [row for row in rows if len(row) == width]
    columns = [[cell.strip() for cell in column if cell.strip()] for column in zip(*whole, strict=True)]
    names = [f"column_{number}" for number in range(1, width + 1)]
    for name, fits in (("url", _ADDRESS.fullmatch), ("published_at", parse_timestamp)):
        position = next((i for i, cells in enumerate(columns) if cells and all(map(fits, cells))), None)
        if position is not None:
            names[position] = name
    lengths = [sum(map(len, cells)) / max(1, len(cells)) for cells in columns]
    longest = max(range(width), key=lengths.__getitem__)
    if lengths[longest] < _PROSE_CHARS or not {"url", "published_at"} & set(names):
        return None
    names[longest] = "text"
    return tuple(names)


def _reject_layout(head: bytes, file: UnpackedFile) -> Reject:
    if not head.strip():
        return reject_empty(len(head))
    shown = ascii(head[:200].split(b"\n")[0].decode("utf-8", "replace"))
    wanted = ", ".join(ALIASES["text"][:4])
    detail = f"no first row names a column for the text, such as {wanted}, and none looks like prose; it begins {shown}"
    return Reject(0, "no_header", f"{detail}; write a first row with the names of the columns")


class _TooLarge(Exception):
    """A row over the size limit of a record, most likely because of an unclosed quote."""


class _Lines:
    """Iterates over lines for the parser of rows; keeps the lines of the current row, and can repeat lines."""

    def __init__(self, source: Iterator[Line], limit: int):
        self._source, self._limit = source, limit
        self._repeated: deque[Line] = deque()
        self.row: list[Line] = []
        self.held, self.is_odd, self.is_open = 0, False, False

    def begin_row(self) -> None:
        """Clear the lines of the row before."""
        self.row, self.held, self.is_odd, self.is_open = [], 0, False, False

    def repeat(self, row: Sequence[Line]) -> None:
        """Repeat lines before the following lines."""
        self._repeated.extendleft(reversed(row))

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._repeated.popleft() if self._repeated else next(self._source, None)
        if line is None:
            self.is_open = bool(self.row)
            raise StopIteration
        start, end, data, _ = line
        self.row.append(line)
        self.held += end - start + 1
        if data is None or self.held > self._limit:
            raise _TooLarge
        try:
            return data.decode() + "\n"
        except UnicodeDecodeError:
            self.is_odd = True
            return data.decode("latin-1") + "\n"


class _Rows:
    """Reads the rows of a file as pages; after a broken row searches for the next whole row."""

    def __init__(self, file: UnpackedFile, layout: Layout, namer: FieldMapper, wide: str | None):
        self.file, self.layout, self.wide = file, layout, wide
        self.lines = _Lines(read_lines(file, file.limits.record_bytes, wide), file.limits.record_bytes)
        self.namer, self.number, self.spare = namer, 0, _SPARE_BYTES
        self.last_needed = _find_last_needed(layout.names, namer)
        self.broken: tuple[int, int, str] | None = None  # first byte, byte after the last and fault of broken rows

    def read(self) -> Iterator[Record | Reject]:
        """Yield a record or a reject for every row below the names; a segment of broken rows is a single reject."""
        reader, left = self._create_reader(), self.layout.skipped
        while True:
            self.lines.begin_row()
            cells, fault = [], None
            try:
                cells = next(reader)
            except StopIteration:
                break
            except (_TooLarge, csv.Error) as error:
                fault = "it has more bytes than a record may have" if isinstance(error, _TooLarge) else str(error)
                reader = self._create_reader()
            if left and self.lines.row:
                left -= bool(cells)
                continue
            if not fault and not cells:
                continue
            fault = fault or self._find_fault(cells)
            if fault and self._skip_broken_row(fault):
                reader = self._create_reader()
            elif not fault:
                yield from self._flush_broken_rows()
                yield self._read_page(cells)
            elif self.broken is None and not self._is_cut:
                yield self._reject(self.lines.row[0][0], self.lines.row[-1][1], fault)
        yield from self._flush_broken_rows()
        if self.number == 0 and not self.file.failure:
            yield reject_empty(self.lines.row[-1][1] if self.lines.row else 0)

    @property
    def _is_cut(self) -> bool:
        return any(is_cut for *_, is_cut in self.lines.row)

    def _create_reader(self) -> Iterator[list[str]]:
        return csv.reader(self.lines, delimiter=self.layout.delimiter)

    def _find_fault(self, cells: Sequence[str]) -> str | None:
        width = len(self.layout.names)
        if self.lines.is_open:
            return "a quote stands open to the end of the file"
        if self._is_cut:
            return "the file breaks off within it"
        if len(cells) <= self.last_needed or any(map(str.strip, cells[width:])):
            return f"it has {len(cells)} columns, expected {width}"
        if self.broken and not self._is_plausible(cells):
            return "it is no whole row"
        return None

    def _is_plausible(self, cells: Sequence[str]) -> bool:
        """Report whether cells after a broken row are a row again, and no line from inside a text."""
        fields = self.namer.known(dict(zip(self.layout.names, cells, strict=False)))
        if "url" in fields and not _ADDRESS.fullmatch(fields["url"].strip()) and "/" not in fields["url"]:
            return False
        is_dated = "published_at" not in fields or parse_timestamp(fields["published_at"]) is not None
        return is_dated and len(cells) == len(self.layout.names)

    def _skip_broken_row(self, fault: str) -> bool:
        """Note a broken row of several lines, and parse all but the first line again."""
        row = self.lines.row
        if (self._is_cut and len(row) == 1) or (len(row) == 1 and self.broken is None):
            return False
        start, _, first_fault = self.broken or (row[0][0], 0, fault)
        size = row[-1][1] - row[0][1]
        if len(row) > 1 and size <= self.spare:
            self.spare -= size
            self.lines.repeat(row[1:])
            row = row[:1]
        self.broken = start, row[-1][1], first_fault
        return True

    def _flush_broken_rows(self) -> Iterator[Reject]:
        if self.broken and not (self.file.failure and self.lines.is_open):
            yield self._reject(*self.broken)
        self.broken = None

    def _reject(self, start: int, end: int, fault: str) -> Reject:
        self.number += 1
        where = f"the row at bytes {start} to {end} is broken: {fault}"
        if end - start > self.file.limits.record_bytes:
            return Reject(self.number, "record_too_large", f"{where}; it was skipped; split it")
        detail = f"{where}; it was left out; quote what holds the delimiter or a line end"
        return Reject(self.number, "broken_row", detail)

    def _read_page(self, cells: list[str]) -> Record | Reject:
        self.number += 1
        start, end = self.lines.row[0][0], self.lines.row[-1][1]
        try:
            return self._read_entry(start, end, cells)
        except MemoryError:
            raise
        except Exception as error:  # one record must not take the night with it
            return crash_reject(self.number, error)

    def _read_entry(self, start: int, end: int, cells: list[str]) -> Record | Reject:
        encoding = "utf-8"
        repairs: tuple[str, ...] = ()
        if self.lines.is_odd:
            row_lines = (data for _, _, data, _ in self.lines.row if data is not None)
            text, encoding, repairs = decode_text(b"\n".join(row_lines))
            cells = next(csv.reader((line + "\n" for line in text.split("\n")), delimiter=self.layout.delimiter))
        entry = {name: _parse_literal(cell) for name, cell in zip(self.layout.names, cells, strict=False)}
        byte_range: tuple[int | None, int | None] = (None, None) if self.wide else (start, end)
        position = RecordPosition(self.number, *byte_range)
        return field_records.page_from_fields(position, entry, self.namer, self.wide or encoding, repairs)


def _find_last_needed(names: Sequence[str], namer: FieldMapper) -> int:
    """Return the last required column: a row cut short within the text would pass as whole."""
    return max(i for i, name in enumerate(names) if field_records.has_text({name: "x"}, namer))


def _parse_literal(cell: str) -> str | list | dict:
    """Parse a list or an object in Python's notation, as written by data frames."""
    if not cell.endswith(_LITERAL_ENDS) or not cell.startswith(_LITERAL_STARTS) or len(cell) > _MAX_LIST_CHARS:
        return cell
    try:
        value = ast.literal_eval(cell)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return cell
    return value if isinstance(value, list | dict) else cell


def _is_table(head: bytes, names: Mapping[str, FieldName] | None) -> bool:
    """Report whether the first bytes are rows, under the source's own names or under the known ones."""
    return find_layout(head) is not None or (
        names is not None and find_layout(head, namer=FieldMapper(names)) is not None
    )


FORMATS = (
    Format("csv", read, recognizes=_is_table),
    Format("tsv", partial(read, delimiters="\t")),
)
