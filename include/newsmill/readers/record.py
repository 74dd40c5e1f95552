"""What every reader hands on: a record it read, the reason why one could not be, or a record that is no page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

MB = 1024 * 1024
Told = tuple[str, str, str, float]  # what is told of an article: field, value, method, confidence


@dataclass(frozen=True)
class Limits:
    """How much of a file is believed: the size of a record, how far the packed may swell, how deep archives may go."""

    record_bytes: int = 16 * MB
    ratio: int = 200
    ratio_from_bytes: int = 64 * MB
    unpacked_bytes: int = 64 * 1024 * MB
    depth: int = 4
    members: int = 100_000


@dataclass(slots=True)
class Record:
    """One page as its dump gives it, its text repaired; the byte range lies in the unpacked file or member."""

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
    metadata: Sequence[Told] = ()


@dataclass(slots=True)
class Reject:
    """Why a record could not be read; record 0 speaks of the whole file."""

    record_no: int
    reason: str
    detail: str


@dataclass(slots=True)
class Passed:
    """A record that is no page by its nature, such as a crawler's request: counted by its kind, not turned away."""

    record_no: int
    kind: str


Found = Record | Reject | Passed


def crash(record_no: int, error: Exception) -> Reject:
    """Turn a fault of a reader's own into the reject of the record, or of the file, that it could not read."""
    said = ascii(f"{type(error).__name__}: {error}"[:200])
    return Reject(record_no, "crash", f"the reader broke down with {said}; it was left out, and the rest read")
