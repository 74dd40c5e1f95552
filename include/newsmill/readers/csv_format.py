"""The formats csv and tsv: a row a record; columns known by their names, or by what they hold where they have none."""

import ast
import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from newsmill.formats import Format
from newsmill.readers import field_records
from newsmill.readers.detect import HEAD_BYTES, wide_encoding
from newsmill.readers.fields import ALIASES, Namer
from newsmill.readers.fix_text import decode
from newsmill.readers.lines import Line, lines
from newsmill.readers.record import MB, Found, Record, Reject, crash
from newsmill.readers.text import empty
from newsmill.readers.timestamps import moment
from newsmill.readers.unpack import Unpacked

DELIMITERS = ",\t;|"
_ROWS_TRIED = 20
_MAX_NAME_CHARS = 64
_PROSE_CHARS = 120
# How many of the first rows must have as many columns as the first of all, for this to be rows at all.
_SHARE_BELOW_NAMES, _SHARE_WITHOUT_NAMES = 0.5, 0.8
_SURE_NAMES = 3  # so many known names are those of a table, however broken the rows below
_FIRST_CHARS = 32 * 1024
_MAX_LIST_CHARS = 1_000_000
# How much is read again, in all, to find the next row behind broken ones: so no file is read over and over.
_SPARE_BYTES = 64 * MB
_ADDRESS = re.compile(r"https?://\S+")
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
csv.field_size_limit(2**31 - 1)  # the limit of a record is ours, and it holds for a row


@dataclass(frozen=True)
class Layout:
    """How the rows of a file are written: what parts them, the names of the columns, and how many rows stand before."""

    delimiter: str
    names: tuple[str, ...]
    skipped: int


def layout(head: bytes, delimiters: str = DELIMITERS) -> Layout | None:
    """Return how the rows of a file are written by its beginning; None if it does not look like rows with a text."""
    if wide := wide_encoding(head):
        head = head.decode(wide, "replace").encode("utf-8", "replace")
    text = head.decode("utf-8-sig", "replace")
    told = _SEPARATOR_LINE.match(text)
    found = (_layout(text, delimiter, told is not None) for delimiter in (told[1] if told else delimiters))
    return next((one for one in found if one), None)


def read(file: Unpacked, name: str, delimiters: str = DELIMITERS) -> Iterator[Found]:
    """Yield a record or a reject for every row; no row is known by the file's `name`."""
    head = file.head(HEAD_BYTES)
    found = layout(head, delimiters)
    if found is None:
        yield _no_layout(head, file)
        return
    yield from _Rows(file, found, wide_encoding(head)).read()


def _layout(text: str, delimiter: str, is_told: bool) -> Layout | None:
    if not is_told and delimiter not in text[:_FIRST_CHARS].lstrip().partition("\n")[0]:
        return None
    first = next((row for row in _rows(text[:_FIRST_CHARS], delimiter, _ROWS_TRIED, False) if row), [])
    if len(first) < 2 or not (is_told or _are_names(first) or any(map(_is_telling, first))):
        return None
    is_cut = len(text) >= HEAD_BYTES // 4
    rows = [row for row in _rows(text, delimiter, _ROWS_TRIED + 2, is_cut) if row][is_told:]
    if not rows or len(rows[0]) < 2:
        return None
    if len(rows) == 1:  # the first row below the names may be longer than what is looked at
        is_table = is_cut and _are_names(rows[0])
        return Layout(delimiter, tuple(map(str.strip, rows[0])), is_told + 1) if is_table else None
    width = len(rows[0])
    share = sum(len(row) == width for row in rows[1:]) / len(rows[1:])
    is_sure = len(rows[1]) == width and len(Namer().known(dict.fromkeys(rows[0], "x"))) >= _SURE_NAMES
    if (is_sure or share >= _SHARE_BELOW_NAMES) and _are_names(rows[0]):
        return Layout(delimiter, tuple(name.strip() for name in rows[0]), is_told + 1)
    names = _names_by_content(rows, width) if share >= _SHARE_WITHOUT_NAMES else None
    return Layout(delimiter, names, int(is_told)) if names else None


def _is_telling(cell: str) -> bool:
    """Tell whether a cell, by itself, makes a row of a dump likely: an address or a time."""
    return _ADDRESS.fullmatch(cell) is not None or moment(cell) is not None


def _rows(text: str, delimiter: str, most: int, is_cut: bool) -> Iterator[list[str]]:
    """Yield the first rows; the last may be half a row where the text is cut, and is left out."""
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


def _are_names(row: Sequence[str]) -> bool:
    names = [name.strip() for name in row]
    if max(map(len, names)) > _MAX_NAME_CHARS or len(set(names)) < len(names):
        return False
    return field_records.has_text(dict.fromkeys(names, "x"), Namer())


def _names_by_content(rows: Sequence[Sequence[str]], width: int) -> tuple[str, ...] | None:
    """Name the columns of rows without names: addresses, times, and the longest prose; None if this is no dump."""
    whole = [row for row in rows if len(row) == width]
    columns = [[cell.strip() for cell in column if cell.strip()] for column in zip(*whole, strict=True)]
    names = [f"column_{number}" for number in range(1, width + 1)]
    for name, fits in (("url", _ADDRESS.fullmatch), ("published_at", moment)):
        found = next((i for i, cells in enumerate(columns) if cells and all(map(fits, cells))), None)
        if found is not None:
            names[found] = name
    lengths = [sum(map(len, cells)) / max(1, len(cells)) for cells in columns]
    longest = max(range(width), key=lengths.__getitem__)
    if lengths[longest] < _PROSE_CHARS or not {"url", "published_at"} & set(names):
        return None
    names[longest] = "text"
    return tuple(names)


def _no_layout(head: bytes, file: Unpacked) -> Reject:
    if not head.strip():
        return empty(len(head))
    shown = ascii(head[:200].split(b"\n")[0].decode("utf-8", "replace"))
    wanted = ", ".join(ALIASES["text"][:4])
    detail = f"no first row names a column for the text, such as {wanted}, and none looks like prose; it begins {shown}"
    return Reject(0, "no_header", f"{detail}; write a first row with the names of the columns")


class _TooLarge(Exception):
    """A row has outgrown the limit of a record: most likely a quote that nobody closed."""


class _Lines:
    """Hands lines to the parser of rows, remembering which went into the row at hand; some can be handed out again."""

    def __init__(self, found: Iterator[Line], limit: int):
        self._found, self._again, self._limit = found, deque(), limit
        self.row: list[Line] = []
        self.held, self.is_odd, self.is_open = 0, False, False

    def begin_row(self) -> None:
        """Forget the lines of the row before."""
        self.row, self.held, self.is_odd, self.is_open = [], 0, False, False

    def again(self, row: Sequence[Line]) -> None:
        """Hand out lines once more, before those that come next."""
        self._again.extendleft(reversed(row))

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._found, None)
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
    """The rows of one file on their way to pages; behind a broken row the next whole one is looked for."""

    def __init__(self, file: Unpacked, how: Layout, wide: str | None):
        self.file, self.how, self.wide = file, how, wide
        self.lines = _Lines(lines(file, file.limits.record_bytes, wide), file.limits.record_bytes)
        self.namer, self.number, self.spare = Namer(), 0, _SPARE_BYTES
        self.last_needed = _last_needed(how.names)
        self.broken: tuple[int, int, str] | None = None  # first byte, byte after the last and fault of a broken stretch

    def read(self) -> Iterator[Record | Reject]:
        """Yield a record or a reject for every row below the names; a stretch of broken ones is one reject."""
        reader, left = self._reader(), self.how.skipped
        while True:
            self.lines.begin_row()
            cells, fault = [], None
            try:
                cells = next(reader)
            except StopIteration:
                break
            except (_TooLarge, csv.Error) as error:
                fault = "it has more bytes than a record may have" if isinstance(error, _TooLarge) else str(error)
                reader = self._reader()
            if left and self.lines.row:
                left -= bool(cells)
                continue
            if not fault and not cells:
                continue
            fault = fault or self._fault(cells)
            if fault and self._go_on_behind(fault):
                reader = self._reader()
            elif not fault:
                yield from self._end_of_stretch()
                yield self._page(cells)
            elif self.broken is None and not self._is_cut:
                yield self._reject(self.lines.row[0][0], self.lines.row[-1][1], fault)
        yield from self._end_of_stretch()
        if self.number == 0 and not self.file.failure:
            yield empty(self.lines.row[-1][1] if self.lines.row else 0)

    @property
    def _is_cut(self) -> bool:
        return any(is_cut for *_, is_cut in self.lines.row)

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self.lines, delimiter=self.how.delimiter)

    def _fault(self, cells: Sequence[str]) -> str | None:
        width = len(self.how.names)
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
        """Tell whether what follows a broken row is a row again, and not a line out of the midst of a text."""
        told = self.namer.known(dict(zip(self.how.names, cells, strict=False)))
        if "url" in told and not _ADDRESS.fullmatch(told["url"].strip()) and "/" not in told["url"]:
            return False
        is_dated = "published_at" not in told or moment(told["published_at"]) is not None
        return is_dated and len(cells) == len(self.how.names)

    def _go_on_behind(self, fault: str) -> bool:
        """Note a broken row of several lines, and have all but its first line looked at again."""
        row = self.lines.row
        if (self._is_cut and len(row) == 1) or (len(row) == 1 and self.broken is None):
            return False
        first, _, told = self.broken or (row[0][0], 0, fault)
        size = row[-1][1] - row[0][1]
        if len(row) > 1 and size <= self.spare:
            self.spare -= size
            self.lines.again(row[1:])
            row = row[:1]
        self.broken = first, row[-1][1], told
        return True

    def _end_of_stretch(self) -> Iterator[Reject]:
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

    def _page(self, cells: list[str]) -> Record | Reject:
        self.number += 1
        start, end = self.lines.row[0][0], self.lines.row[-1][1]
        try:
            return self._entry(start, end, cells)
        except MemoryError:
            raise
        except Exception as error:  # one record must not take the night with it
            return crash(self.number, error)

    def _entry(self, start: int, end: int, cells: list[str]) -> Record | Reject:
        encoding, repairs = "utf-8", ()
        if self.lines.is_odd:
            text, encoding, repairs = decode(b"\n".join(data for _, _, data, _ in self.lines.row))
            cells = next(csv.reader((line + "\n" for line in text.split("\n")), delimiter=self.how.delimiter))
        entry = {name: _listed(cell) for name, cell in zip(self.how.names, cells, strict=False)}
        place = (None, None) if self.wide else (start, end)
        return field_records.page(self.number, *place, entry, self.namer, self.wide or encoding, repairs)


def _last_needed(names: Sequence[str]) -> int:
    """Return the column that no row may lack: a row cut short within its text would pass for a whole one."""
    namer = Namer()
    return max(i for i, name in enumerate(names) if field_records.has_text({name: "x"}, namer))


def _listed(cell: str) -> str | list:
    """Read a list that was written as Python shows it, as data frames do."""
    if not cell.startswith(("['", '["')) or not cell.endswith("]") or len(cell) > _MAX_LIST_CHARS:
        return cell
    try:
        found = ast.literal_eval(cell)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return cell
    return found if isinstance(found, list) else cell


FORMATS = (
    Format("csv", read, recognizes=lambda head: layout(head) is not None),
    Format("tsv", partial(read, delimiters="\t")),
)
