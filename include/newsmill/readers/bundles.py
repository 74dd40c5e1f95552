"""Reads the files of one batch, of any format, into parts of the relation pages; rejects unreadable records."""

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, chain

import pyarrow as pa

from newsmill.contracts import Relation, conform
from newsmill.glossary import METADATA
from newsmill.landing import Dump, check_landed_file, find_batch, get_dump_folder
from newsmill.readers import contents
from newsmill.readers.origins import SOURCE_COLUMNS, Origins
from newsmill.readers.record import MB, Limits, ReadResult, Record, Reject, SkippedRecord
from newsmill.relations import PAGES, noted, rejected
from newsmill.runs import Receipt, Run, receipt

PART_PAGES = 640
PART_CHARS = 32 * MB
"""Size of a part of pages, the unit of parallel work: the first limit reached ends the part."""
HOPELESS_REJECTS = 50_000
"""Rejects of a file before the reader may give up on the rest, if they are over 90 % of the records."""
SKIPPED_RECORDS = noted("read")
_MAX_KINDS_LISTED = 20


def read_batch(run: Run, name: str, limits: Limits = Limits()) -> Receipt:  # noqa: B008 - frozen
    """Read the files of a batch into parts named after the batch; reject unreadable records with a reason."""
    dump, files = find_batch(run, name)
    folder = get_dump_folder(run, dump)
    for file in files:
        check_landed_file(folder / file.name, file, ("forget", str(run.night), dump.name), run.user_home)
    with receipt(run, "read", name) as step_receipt:
        pages, rejects, skipped = _PartWriter(run, name, dump), [], []
        for file in files:
            path = folder / file.name
            dump_file = path.relative_to(run.landing).as_posix()
            kinds: Counter[str] = Counter()
            for result in _stop_at_hopeless(contents.read(dump, path, file.name, limits)):
                if isinstance(result, Record):
                    pages.add(dump_file, result)
                elif isinstance(result, SkippedRecord):
                    kinds[result.kind] += 1
                else:
                    rejects.append(_reject_row(dump, dump_file, result))
            summaries = (_reject_row(dump, dump_file, reject) for reject in _summarize_skipped(kinds))
            skipped += [summary | {"row_count": kinds.total()} for summary in summaries]
        pages.finish()
        step_receipt.rows_out, step_receipt.rejected = pages.written, len(rejects)
        step_receipt.rows_in = step_receipt.rows_out + step_receipt.rejected
        step_receipt.bytes = pages.bytes + _write_rejects(run, rejected("read"), name, rejects)
        step_receipt.bytes += _write_rejects(run, SKIPPED_RECORDS, name, skipped)
    return step_receipt


def batch_of_part(part: str) -> str:
    """Return the batch name of a part of pages."""
    return part.rpartition("-")[0]


def list_parts(run: Run, name: str) -> list[str]:
    """List the parts of pages of a batch."""
    return [part for part in run.lake.parts(PAGES, run.night) if batch_of_part(part) == name]


def _summarize_skipped(kinds: Counter[str]) -> Iterator[Reject]:
    """Yield one summary row for a file's non-page records, such as a crawler's requests: no fault of the dump."""
    if kinds:
        listed = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(_MAX_KINDS_LISTED))
        others = sum(kinds.values()) - sum(count for _, count in kinds.most_common(_MAX_KINDS_LISTED))
        more = f", and {others} of other kinds" if others else ""
        total = sum(kinds.values())
        yield Reject(0, "passed_over", f"{total} records are no pages and were passed over: {listed}{more}")


def _stop_at_hopeless(results: Iterator[ReadResult]) -> Iterator[ReadResult]:
    """Yield the results; stop after HOPELESS_REJECTS rejects if over 90 % of the records are rejects."""
    tally = {Record: 0, Reject: 0, SkippedRecord: 0}
    for result in results:
        tally[type(result)] += 1
        yield result
        if tally[Reject] >= HOPELESS_REJECTS and tally[Reject] > 9 * (tally[Record] + tally[SkippedRecord]):
            detail = (
                f"{tally[Reject]} of the first {sum(tally.values())} records could not be read, so the rest was left; "
                "see the reasons of those; the dump's format in sources.toml may be the wrong one"
            )
            yield Reject(0, "given_up", detail)
            return


def _reject_row(dump: Dump, dump_file: str, reject: Reject) -> dict:
    return {
        "page_id": f"{dump_file}#{reject.record_no}",
        "dump": dump.name,
        "dump_file": dump_file,
        "record_no": reject.record_no,
        "stage": "read",
        "reason": reject.reason,
        "detail": reject.detail,
    }


def _write_rejects(run: Run, relation: Relation, name: str, rows: list[dict]) -> int:
    return run.lake.write(relation, run.night, name, conform(pa.Table.from_pylist(rows, relation.schema), relation))


class _PartWriter:
    """Collects pages; writes a part at PART_PAGES pages or PART_CHARS characters."""

    def __init__(self, run: Run, name: str, dump: Dump):
        self.run, self.name, self.dump = run, name, dump
        self.origins = Origins(dump)
        self.rows: list[tuple[str, Record]] = []
        self.names: list[str] = []
        self.chars = self.written = self.bytes = 0

    def add(self, dump_file: str, record: Record) -> None:
        """Add a page; write a part if the limits are reached."""
        self.rows.append((dump_file, record))
        self.chars += len(record.text)
        if len(self.rows) >= PART_PAGES or self.chars >= PART_CHARS:
            self._write_part()

    def finish(self) -> None:
        """Write the remaining pages, at least one part; remove the surplus parts of an earlier run."""
        if self.rows or not self.names:
            self._write_part()
        for stale in set(list_parts(self.run, self.name)) - set(self.names):
            self.run.lake.path(PAGES, self.run.night, stale).unlink(missing_ok=True)

    def _write_part(self) -> None:
        self.names.append(f"{self.name}-{len(self.names) + 1:02d}")
        table = conform(_pages_table(self.dump, self.origins, self.rows), PAGES)
        self.bytes += self.run.lake.write(PAGES, self.run.night, self.names[-1], table)
        self.written += len(self.rows)
        self.rows, self.chars = [], 0


def _pages_table(dump: Dump, origins: Origins, rows: list[tuple[str, Record]]) -> pa.Table:
    records = [record for _, record in rows]
    sources = [origins.find_source(record.url, record.domain, record.publisher) for record in records]
    columns = {
        "page_id": [f"{dump_file}#{record.record_no}" for dump_file, record in rows],
        "dump": [dump.name] * len(rows),
        "dump_file": [dump_file for dump_file, _ in rows],
        **dict(zip(SOURCE_COLUMNS, zip(*sources, strict=True) if sources else [()] * 6, strict=True)),
        "content": [dump.content] * len(rows),
        "page_text": [record.text for record in records],
        "declared_title": [record.title for record in records],
        "declared_authors": [record.authors for record in records],
        "declared_language": [record.language for record in records],
        "declared_published_at": [record.published_at for record in records],
    }
    columns["line_marks"] = [record.marks for record in records]
    columns["metadata"] = _metadata_column(records)
    for name in ("member", "record_no", "byte_start", "byte_end", "document_id", "url", "encoding", "repairs"):
        columns[name] = [getattr(record, name) for record in records]
    arrays = [_as_array(columns[field.name], field.type) for field in PAGES.schema]
    return pa.Table.from_arrays(arrays, schema=PAGES.schema)


def _as_array(values: pa.Array | list, data_type: pa.DataType) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, data_type)


def _metadata_column(records: list[Record]) -> pa.ListArray:
    """Return the metadata of all pages as a list column; flat arrays are faster than a list of dicts per page."""
    offsets = pa.array([0, *accumulate(len(record.metadata) for record in records)], pa.int32())
    fields = list(METADATA.value_type)
    entries = list(zip(*chain.from_iterable(record.metadata for record in records), strict=True)) or [()] * len(fields)
    columns = [pa.array(values, field.type) for values, field in zip(entries, fields, strict=True)]
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(columns, fields=fields), METADATA)
