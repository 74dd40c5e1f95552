"""Reading: the files of one bundle, whatever their format, as parts of the relation pages, the unreadable set aside."""

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, chain

import pyarrow as pa

from newsmill.contracts import Relation, conform
from newsmill.glossary import METADATA
from newsmill.landing import Dump, bundle, folder
from newsmill.readers import contents
from newsmill.readers.origins import SOURCE_COLUMNS, Origins
from newsmill.readers.record import MB, Found, Limits, Passed, Record, Reject
from newsmill.relations import PAGES, rejected
from newsmill.runs import Receipt, Run, receipt

PART_PAGES = 2_000
PART_CHARS = 32 * MB
HOPELESS_REJECTS = 50_000
PASSED_OVER = rejected("passed_over")
_KINDS_TOLD = 20


def read(run: Run, name: str, limits: Limits = Limits()) -> Receipt:  # noqa: B008 - frozen
    """Read the files of a bundle into parts named after it; what cannot be read is rejected with a reason."""
    dump, paths = bundle(run, name)
    with receipt(run, "read", name) as slip:
        pages, rejects, passed = _Parts(run, name, dump), [], []
        for path in paths:
            dump_file = path.relative_to(run.landing).as_posix()
            kinds: Counter[str] = Counter()
            name_in_dump = path.relative_to(folder(run, dump)).as_posix()
            for found in _until_hopeless(contents.read(dump, path, name_in_dump, limits)):
                if isinstance(found, Record):
                    pages.add(dump_file, found)
                elif isinstance(found, Passed):
                    kinds[found.kind] += 1
                else:
                    rejects.append(_reject(dump, dump_file, found))
            passed += [_reject(dump, dump_file, told) for told in _passed_over(kinds)]
        pages.finish()
        slip.rows_out, slip.rejected = pages.written, len(rejects)
        slip.rows_in = slip.rows_out + slip.rejected
        slip.bytes = pages.bytes + _write(run, rejected("read"), name, rejects) + _write(run, PASSED_OVER, name, passed)
    return slip


def bundle_of(part: str) -> str:
    """Return the bundle that a part of pages was read from."""
    return part.rpartition("-")[0]


def parts(run: Run, name: str) -> list[str]:
    """List the parts of pages that a bundle was read into."""
    return [part for part in run.lake.parts(PAGES, run.night) if bundle_of(part) == name]


def _passed_over(kinds: Counter[str]) -> Iterator[Reject]:
    """Tell in one row a file what was in it beside pages, such as a crawler's requests: it is no fault of a dump."""
    if kinds:
        told = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(_KINDS_TOLD))
        others = sum(kinds.values()) - sum(count for _, count in kinds.most_common(_KINDS_TOLD))
        more = f", and {others} of other kinds" if others else ""
        yield Reject(0, "passed_over", f"{sum(kinds.values())} records are no pages and were passed over: {told}{more}")


def _until_hopeless(found: Iterator[Found]) -> Iterator[Found]:
    """Give up on a file that yields rejects by the thousand and next to nothing else."""
    tally = {Record: 0, Reject: 0, Passed: 0}
    for one in found:
        tally[type(one)] += 1
        yield one
        if tally[Reject] >= HOPELESS_REJECTS and tally[Reject] > 9 * (tally[Record] + tally[Passed]):
            detail = (
                f"{tally[Reject]} of the first {sum(tally.values())} records could not be read, so the rest was left; "
                "see the reasons of those; the dump's format in sources.toml may be the wrong one"
            )
            yield Reject(0, "given_up", detail)
            return


def _reject(dump: Dump, dump_file: str, found: Reject) -> dict:
    return {
        "page_id": f"{dump_file}#{found.record_no}",
        "dump": dump.name,
        "dump_file": dump_file,
        "record_no": found.record_no,
        "stage": "read",
        "reason": found.reason,
        "detail": found.detail,
    }


def _write(run: Run, to: Relation, name: str, rows: list[dict]) -> int:
    return run.lake.write(to, run.night, name, conform(pa.Table.from_pylist(rows, to.schema), to))


class _Parts:
    """Gathers pages and writes a part whenever enough are at hand."""

    def __init__(self, run: Run, name: str, dump: Dump):
        self.run, self.name, self.dump = run, name, dump
        self.origins = Origins(dump)
        self.rows: list[tuple[str, Record]] = []
        self.names: list[str] = []
        self.chars = self.written = self.bytes = 0

    def add(self, dump_file: str, record: Record) -> None:
        """Take one page."""
        self.rows.append((dump_file, record))
        self.chars += len(record.text)
        if len(self.rows) >= PART_PAGES or self.chars >= PART_CHARS:
            self._write()

    def finish(self) -> None:
        """Write what is left, at least one part, and then remove those of an earlier reading that are none now."""
        if self.rows or not self.names:
            self._write()
        for stale in set(parts(self.run, self.name)) - set(self.names):
            self.run.lake.path(PAGES, self.run.night, stale).unlink(missing_ok=True)

    def _write(self) -> None:
        self.names.append(f"{self.name}-{len(self.names) + 1:02d}")
        table = conform(_table(self.dump, self.origins, self.rows), PAGES)
        self.bytes += self.run.lake.write(PAGES, self.run.night, self.names[-1], table)
        self.written += len(self.rows)
        self.rows, self.chars = [], 0


def _table(dump: Dump, origins: Origins, rows: list[tuple[str, Record]]) -> pa.Table:
    records = [record for _, record in rows]
    sources = [origins.source(record.url, record.domain, record.publisher) for record in records]
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
    columns["metadata"] = _metadata(records)
    for name in ("member", "record_no", "byte_start", "byte_end", "document_id", "url", "encoding", "repairs"):
        columns[name] = [getattr(record, name) for record in records]
    arrays = [_array(columns[field.name], field.type) for field in PAGES.schema]
    return pa.Table.from_arrays(arrays, schema=PAGES.schema)


def _array(values: pa.Array | list, of: pa.DataType) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, of)


def _metadata(records: list[Record]) -> pa.ListArray:
    """Return what is told of each page as one column, built flat: a list of objects for each would take longer."""
    offsets = pa.array([0, *accumulate(len(record.metadata) for record in records)], pa.int32())
    fields = list(METADATA.value_type)
    told = list(zip(*chain.from_iterable(record.metadata for record in records), strict=True)) or [()] * len(fields)
    columns = [pa.array(values, field.type) for values, field in zip(told, fields, strict=True)]
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(columns, fields=fields), METADATA)
