"""Result types of all readers: a record, a reject with a reason, or a skipped record that is no page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

MB = 1024 * 1024
MetadataEntry = tuple[str, str, str, float]  # metadata entry of an article: field, value, method, confidence


@dataclass(frozen=True)
class Limits:
    """Limits of a file: size of a record, compression ratio, unpacked size, depth of archives, number of members."""

    record_bytes: int = 16 * MB
    ratio: int = 200
    ratio_from_bytes: int = 64 * MB
    unpacked_bytes: int = 64 * 1024 * MB
    depth: int = 4
    members: int = 100_000


class RecordPosition(NamedTuple):
    """The number of a record, and the byte range in the unpacked file or member, if known."""

    record_no: int
    byte_start: int | None
    byte_end: int | None


@dataclass(slots=True)
class Record:
    """One page of a dump, encoding errors fixed; the byte range is that of the unpacked file or member."""

    record_no: int
    byte_start: int | None
    byte_end: int | None
    text: str
    encoding: str
    repairs: Sequence[str] = ()
    document_id: str | None = None
    url: str | None = None
    title: str | None = None
    authors: Sequence[str] = ()
    publisher: str | None = None
    domain: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    member: str | None = None
    marks: Sequence[int] | None = None
    metadata: Sequence[MetadataEntry] = ()

    def set_wide_encoding(self, encoding: str) -> None:
        """Note that the file was recoded from an encoding of wide characters: the bytes of the record are unknown."""
        self.byte_start = self.byte_end = None
        self.encoding = encoding


@dataclass(slots=True)
class Reject:
    """The reason for an unreadable record; record 0 means the whole file."""

    record_no: int
    reason: str
    detail: str


@dataclass(slots=True)
class SkippedRecord:
    """A record that is no page, such as a crawler's request: counted by kind, not rejected."""

    record_no: int
    kind: str


ReadResult = Record | Reject | SkippedRecord


def crash_reject(record_no: int, error: Exception) -> Reject:
    """Return the reject for a record, or a file as record 0, on which a reader raised an exception."""
    message = ascii(f"{type(error).__name__}: {error}"[:200])
    return Reject(record_no, "crash", f"the reader broke down with {message}; it was left out, and the rest read")
