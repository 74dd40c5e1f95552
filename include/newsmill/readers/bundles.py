"""Reading: the files of one bundle, whatever their format, as parts of the relation pages, the unreadable set aside."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from newsmill.contracts import Relation, conform
from newsmill.errors import NewsmillError, Permanent
from newsmill.landing import Dump, bundle, folder
from newsmill.readers import jsonl, text
from newsmill.readers.detect import HEAD_BYTES, binary, file_format
from newsmill.readers.origins import SOURCE_COLUMNS, Origins
from newsmill.readers.record import MB, Limits, Record, Reject, crash
from newsmill.readers.unpack import Unpacked
from newsmill.relations import PAGES, rejected
from newsmill.runs import Receipt, Run, receipt

PART_PAGES = 2_000
PART_CHARS = 32 * MB
HOPELESS_REJECTS = 50_000
_READERS = {"text": text.read, "jsonl": jsonl.read}
_UNREADABLE = {
    "document": (
        "json_document",
        "the file is one JSON document, expected one object on each line; write it so, for instance with jq -c '.[]'",
    ),
    "html": (
        "unknown_format",
        "the file is HTML, for which there is no reader yet; land its text, or name the format text to read the markup",
    ),
    "warc": (
        "unknown_format",
        "the file is a web archive (WARC or ARC), for which there is no reader yet; land its pages as jsonl",
    ),
}


def read(run: Run, name: str, limits: Limits = Limits()) -> Receipt:  # noqa: B008 - frozen
    """Read the files of a bundle into parts named after it; what cannot be read is rejected with a reason."""
    dump, paths = bundle(run, name)
    with receipt(run, "read", name) as slip:
        pages, rejects = _Parts(run, name, dump), []
        for path in paths:
            dump_file = path.relative_to(run.landing).as_posix()
            for found in _found(dump, path, path.relative_to(folder(run, dump)).as_posix(), limits):
                if isinstance(found, Record):
                    pages.add(dump_file, found)
                else:
                    rejects.append(_reject(dump, dump_file, found))
        pages.finish()
        slip.rows_out, slip.rejected = pages.written, len(rejects)
        slip.rows_in = slip.rows_out + slip.rejected
        slip.bytes = pages.bytes + _write_rejects(run, name, rejects)
    return slip


def bundle_of(part: str) -> str:
    """Return the bundle that a part of pages was read from."""
    return part.rpartition("-")[0]


def parts(run: Run, name: str) -> list[str]:
    """List the parts of pages that a bundle was read into."""
    return [part for part in run.lake.parts(PAGES, run.night) if bundle_of(part) == name]


def _found(dump: Dump, path: Path, name: str, limits: Limits) -> Iterator[Record | Reject]:
    file = Unpacked(path, limits)
    head = file.head(HEAD_BYTES)
    kind = file_format(head) if dump.format == "auto" else dump.format
    if what := binary(head):
        yield Reject(0, "binary", f"the file is {what}; expected text or jsonl, plain, gzip or zstd; convert it")
    elif dump.format == "auto" and kind in _UNREADABLE:
        yield Reject(0, *_UNREADABLE[kind])
    elif kind not in _READERS:
        raise Permanent(f"{dump.name}: format is {kind!r}; expected auto or one of {', '.join(_READERS)}")
    else:
        yield from _until_hopeless(_unless_it_breaks(_READERS[kind](file, name)))
    if file.failure:
        yield file.failure


def _unless_it_breaks(found: Iterator[Record | Reject]) -> Iterator[Record | Reject]:
    """End a file at which its reader breaks down; what the machine could not do is left to be tried again."""
    try:
        yield from found
    except (NewsmillError, OSError, MemoryError):
        raise
    except Exception as error:  # one file must not take the night with it
        yield crash(0, error)


def _until_hopeless(found: Iterator[Record | Reject]) -> Iterator[Record | Reject]:
    """Give up on a file that yields rejects by the thousand and next to nothing else."""
    tally = {Record: 0, Reject: 0}
    for one in found:
        tally[type(one)] += 1
        yield one
        if tally[Reject] >= HOPELESS_REJECTS and tally[Reject] > 9 * tally[Record]:
            detail = (
                f"{tally[Reject]} of the first {sum(tally.values())} records could not be read, so the rest was left; "
                "see the reasons of those; the dump's format in sources.toml may be the wrong one"
            )
            yield Reject(0, "given_up", detail)
            return


def _reject(dump: Dump, dump_file: str, found: Reject) -> dict:
    return {
        "page_id": f"{dump_file}#{found.record_no}", "dump": dump.name, "dump_file": dump_file,
        "record_no": found.record_no, "stage": "read", "reason": found.reason, "detail": found.detail,
    }


def _write_rejects(run: Run, name: str, rejects: list[dict]) -> int:
    to: Relation = rejected("read")
    return run.lake.write(to, run.night, name, conform(pa.Table.from_pylist(rejects, to.schema), to))


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
    for name in ("record_no", "byte_start", "byte_end", "document_id", "url", "encoding", "repairs"):
        columns[name] = [getattr(record, name) for record in records]
    arrays = [pa.array(columns[field.name], field.type) for field in PAGES.schema]
    return pa.Table.from_arrays(arrays, schema=PAGES.schema)
