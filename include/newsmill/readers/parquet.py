"""The format parquet: a row a record, row groups streamed; rows have a number and no byte range."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from newsmill.formats import Format
from newsmill.readers import field_records
from newsmill.readers.fields import ALIASES, FieldMapper
from newsmill.readers.record import ReadResult, Record, RecordPosition, Reject, crash_reject
from newsmill.readers.unpack import UnpackedFile

_BATCH_ROWS = 256
_BUFFER_BYTES = 1024 * 1024
_SLICE_BYTES = 16 * 1024 * 1024
"""Bytes of the rows in memory as Python objects. Set by hand: two such slices are small next to a worker."""
_OPTIONS: dict[str, Any] = {"buffer_size": _BUFFER_BYTES, "page_checksum_verification": True}


def read(file: UnpackedFile, name: str) -> Iterator[ReadResult]:
    """Yield a record or a reject for every row; `name` is not used."""
    with file.opened() as handle:
        if file.failure:
            return
        try:
            namer = FieldMapper(file.field_names)
            table = pq.ParquetFile(handle, **_OPTIONS)
            columns = _select_columns(table, namer)
            texts = [name for name in columns if _is_string(table.schema_arrow.field(name).type)]
            table = pq.ParquetFile(handle, read_dictionary=texts, metadata=table.metadata, **_OPTIONS)
        except (pa.ArrowException, OSError, ValueError) as error:
            yield _reject_damage(0, f"its footer cannot be read ({_describe_error(error)})", "nothing of it was")
            return
        if not _may_have_text(table, columns, namer):
            yield _reject_no_text(table.schema_arrow.names)
            return
        yield from _read_rows(table, columns, file, namer)


def _select_columns(table: pq.ParquetFile, namer: FieldMapper) -> list[str]:
    """Return the columns with the name of a known field, or with objects; the others are not unpacked."""
    columns = zip(table.schema_arrow.names, table.schema_arrow.types, strict=True)
    return [name for name, kind in dict(columns).items() if namer.is_field(name) or _is_nested(name, kind, namer)]


def _is_nested(name: str, kind: pa.DataType, namer: FieldMapper) -> bool:
    """Report whether a column holds objects, or JSON in strings, with fields of a record."""
    has_objects = pa.types.is_struct(kind) or pa.types.is_map(kind)
    return namer.is_nested(name) and (has_objects or _is_string(kind))


def _is_string(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _may_have_text(table: pq.ParquetFile, columns: Sequence[str], namer: FieldMapper) -> bool:
    """Report whether a column may hold texts: no number, no time and no truth value."""
    kinds = dict(zip(table.schema_arrow.names, table.schema_arrow.types, strict=True))
    texts = [name for name in columns if not (pa.types.is_primitive(kinds[name]) or pa.types.is_decimal(kinds[name]))]
    nested = [name for name in columns if _is_nested(name, kinds[name], namer)]
    return field_records.has_text(dict.fromkeys(texts, "x"), namer) or namer.may_nest_text(nested)


def _read_rows(
    table: pq.ParquetFile, columns: list[str], file: UnpackedFile, namer: FieldMapper
) -> Iterator[Record | Reject]:
    number = 0
    for group in range(table.num_row_groups):
        before = number
        if file.meter.refuses(_declared_bytes(table, group, columns)):  # Arrow unpacks a page as a whole
            file.broken = file.meter.bomb("Parquet")
            return
        try:
            for batch in table.iter_batches(_BATCH_ROWS, row_groups=[group], columns=columns):
                for rows, size in _slice_by_size(batch):
                    if file.meter.take(size) < size:
                        file.broken = file.meter.bomb("Parquet")
                        return
                    for entry in rows.to_pylist(maps_as_pydicts="lossy"):
                        number += 1
                        yield _read_row(number, entry, namer, file.limits.record_bytes)
        except (pa.ArrowException, OSError, ValueError) as error:
            size, first_column = table.metadata.row_group(group).num_rows, table.metadata.row_group(group).column(0)
            position = first_column.dictionary_page_offset or first_column.data_page_offset
            what = f"the row group {group} at byte {position} cannot be read ({_describe_error(error)})"
            yield _reject_damage(number + 1, what, f"{before + size - number} rows of it were not")
            number = before + size


def _declared_bytes(table: pq.ParquetFile, group: int, columns: Sequence[str]) -> int:
    """Return the unpacked bytes of columns of a row group, as the footer has them."""
    chunks = map(table.metadata.row_group(group).column, range(table.metadata.num_columns))
    return sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.split(".")[0] in columns)


def _slice_by_size(batch: pa.RecordBatch) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Yield the rows of a batch in slices of few bytes, each with the number of its bytes.

    A value is stored once and repeated by index: a file of two kilobytes may have a thousand rows of a megabyte.
    """
    is_dictionary = [pa.types.is_dictionary(column.type) for column in batch.columns]
    plain = sum(column.nbytes for column, repeats in zip(batch.columns, is_dictionary, strict=True) if not repeats)
    sizes = np.full(batch.num_rows, plain // max(batch.num_rows, 1), np.int64)
    for column, repeats in zip(batch.columns, is_dictionary, strict=True):
        if repeats:
            lengths = pc.binary_length(column.dictionary).to_numpy(zero_copy_only=False)
            sizes += np.append(lengths, 0)[column.indices.fill_null(len(lengths)).to_numpy(zero_copy_only=False)]
    slices = np.cumsum(sizes) // _SLICE_BYTES
    starts = [0, *(np.flatnonzero(np.diff(slices)) + 1).tolist(), batch.num_rows]
    for start, end in pairwise(starts):
        yield batch.slice(start, end - start), int(sizes[start:end].sum())


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
