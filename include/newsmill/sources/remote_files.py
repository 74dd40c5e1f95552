"""Types of the fetch: remote files with versions, limits, the Store protocol, and errors with reasons."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from newsmill.errors import Permanent, Transient
from newsmill.landing import Dump, LandedFile

MB = 1024 * 1024
GB = 1024 * MB


@dataclass(frozen=True)
class Limits:
    """Limits of a dump and night; bytes count landed files, as sent."""

    file_bytes: int = 8 * GB
    night_bytes: int = 64 * GB
    files: int = 200_000
    list_bytes: int = 64 * MB
    redirects: int = 5
    tries: int = 8
    wait_seconds: int = 600
    connections: int = 4


@dataclass(frozen=True)
class Version:
    """A store's description of a file's bytes; unknown values are None."""

    size: int | None = None
    etag: str | None = None
    modified: str | None = None

    def same_as(self, other: "Version") -> bool:
        """Return whether both versions prove equal bytes; False if too little is known."""
        if None not in (self.size, other.size) and self.size != other.size:
            return False
        if self.etag and other.etag:
            return self.etag.removeprefix("W/") == other.etag.removeprefix("W/")
        return None not in (self.size, other.size, self.modified, other.modified) and self.modified == other.modified

    @property
    def resume_validator(self) -> str | None:
        """Return the If-Range value with which a later range request requires exactly these bytes, or None."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified or None


@dataclass(frozen=True)
class RemoteFile:
    """A file of a location: landing name, address, and version if the listing has a version."""

    name: str
    address: str
    version: Version = Version()


@dataclass(frozen=True)
class SkippedFile:
    """A skipped file, with the reason as a word and as a sentence."""

    name: str
    reason: str
    detail: str


@dataclass(frozen=True)
class FileStream:
    """The bytes of a remote file from `start`; `total` is the whole file's size, None if unknown."""

    version: Version
    start: int
    total: int | None
    blocks: Iterator[bytes]


class Store(Protocol):
    """A location with operations to list and open files."""

    connections: int
    has_reliable_versions: bool
    """Whether equal versions in a listing prove equal bytes."""

    def list_files(self) -> Iterator[RemoteFile | SkippedFile]:
        """Yield the files of the location."""

    def open_stream(
        self, remote_file: RemoteFile, start: int, partial_version: Version, have: LandedFile | None
    ) -> AbstractContextManager[FileStream | None]:
        """Open at `start` if the version equals `partial_version`, else at 0; yield None if `have` is current."""

    def read_version(self, remote_file: RemoteFile) -> Version:
        """Return a file's version, without a download."""

    def read_short_file(self, address: str) -> tuple[bytes, str]:
        """Return the bytes of a short file such as a list, and the address after redirects."""

    def redacted_address(self, remote_file: RemoteFile) -> str:
        """Return a remote file's address without secrets."""

    def close(self) -> None:
        """Close the connections."""


class FetchError(Permanent):
    """A permanent failure to fetch a file or list; `reason` is the quarantine reason."""

    def __init__(self, reason: str, detail: str):
        super().__init__(detail)
        self.reason = reason


class NothingNew(FetchError):
    """A location without a file of the night, or with files of other nights only."""

    REASON = "nothing_new"

    def __init__(self, detail: str):
        super().__init__(self.REASON, detail)


class RetryableError(Transient):
    """A temporary failure.

    `wait` is the server's requested pause in seconds; `discard` marks the bytes received so far as useless.
    """

    def __init__(self, detail: str, wait: float | None = None, reason: str = "unreachable", discard: bool = False):
        super().__init__(detail)
        self.wait = wait
        self.reason = reason
        self.discard = discard


def version_of(landed: LandedFile) -> Version:
    """Return the version of a landed file at landing time."""
    return Version(landed.size, landed.etag, landed.modified)


def limits_of(dump: Dump) -> Limits:
    """Return the limits of a source: the defaults, overridden by the entry in sources.toml."""
    return Limits(**dump.limits)


def size_limit_error(address: str, size: int, limit: int) -> FetchError:
    """Return the error for a file above the size limit."""
    return FetchError(
        "over_limit",
        f"{address} has {size} bytes or more, the limit is {limit}; "
        "split the file, or set limits.file_bytes of the source",
    )
