"""The format parquet: a row a record, row groups streamed; rows have a number and no byte range."""

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from newsmill.formats import Format
from newsmill.readers import field_records
from newsmill.readers.fields import ALIASES, FieldMapper
from newsmill.readers.record import ReadResult, Record, RecordPosition, Reject, crash_reject
from newsmill.readers.unpack import UnpackedFile

_BATCH_ROWS = 256
_BUFFER_BYTES = 1024 * 1024
_DICTIONARIES = {"RLE_DICTIONARY", "PLAIN_DICTIONARY"}


def read(file: UnpackedFile, name: str) -> Iterator[ReadResult]:
    """Yield a record or a reject for every row; `name` is not used."""
    with file.opened() as handle:
        if file.failure:
            return
        try:
            table = pq.ParquetFile(handle, buffer_size=_BUFFER_BYTES, page_checksum_verification=True)
            namer = FieldMapper(file.field_names)
            columns = _select_columns(table, namer)
        except (pa.ArrowException, OSError, ValueError) as error:
            yield _reject_damage(0, f"its footer cannot be read ({_describe_error(error)})", "nothing of it was")
            return
        if not field_records.has_text(dict.fromkeys(columns, "x"), namer) and not namer.may_nest_text(columns):
            yield _reject_no_text(table.schema_arrow.names)
            return
        yield from _read_rows(table, columns, file, namer)


def _select_columns(table: pq.ParquetFile, namer: FieldMapper) -> list[str]:
    """Return the columns with the name of a known field; the others are not unpacked."""
    names = list(dict.fromkeys(table.schema_arrow.names))
    return [name for name in names if namer.is_read(name)]


def _read_rows(
    table: pq.ParquetFile, columns: list[str], file: UnpackedFile, namer: FieldMapper
) -> Iterator[Record | Reject]:
    number = 0
    for group in range(table.num_row_groups):
        before = number
        try:
            for batch in table.iter_batches(_BATCH_ROWS, row_groups=[group], columns=columns):
                if file.meter.take(batch.nbytes) < batch.nbytes:
                    file.broken = file.meter.bomb("Parquet")
                    return
                for entry in batch.to_pylist():
                    number += 1
                    yield _read_row(number, entry, namer, file.limits.record_bytes)
        except (pa.ArrowException, OSError, ValueError) as error:
            size, first_column = table.metadata.row_group(group).num_rows, table.metadata.row_group(group).column(0)
            position = first_column.dictionary_page_offset or first_column.data_page_offset
            what = f"the row group {group} at byte {position} cannot be read ({_describe_error(error)})"
            yield _reject_damage(number + 1, what, f"{before + size - number} rows of it were not")
            number = before + size


def _read_row(number: int, entry: dict, namer: FieldMapper, limit: int) -> Record | Reject:
    try:
        size = sum(len(value) for value in entry.values() if isinstance(value, str | bytes))
        if size > limit:
            return Reject(number, "record_too_large", f"the row has {size} bytes, the limit is {limit}; split it")
        return field_records.page_from_fields(RecordPosition(number, None, None), entry, namer)
    except MemoryError:
        raise
    except Exception as error:  # one record must not take the night with it
        return crash_reject(number, error)


def _reject_damage(number: int, what: str, lost: str) -> Reject:
    detail = f"the Parquet file is damaged: {what}; {lost} read; fetch it again from its publisher to have the rest"
    return Reject(number, "damaged_archive", detail)


def _reject_no_text(names: list[str]) -> Reject:
    wanted, columns = ", ".join(ALIASES["text"][:4]), ascii(", ".join(names[:12]))
    detail = f"no column holds a text; expected one such as {wanted}; the file has the columns {columns}"
    return Reject(0, "no_text", detail)


def _describe_error(error: Exception) -> str:
    return ascii(" ".join(str(error).split())[:200])


FORMATS = (Format("parquet", read, opening=re.compile(rb"PAR1")),)
