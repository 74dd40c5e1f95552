"""What a place offers: files with what is told of them, the limits they are held to, and the words for what is lost."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from newsmill.errors import Permanent, Transient
from newsmill.landing import Dump, Landed

MB = 1024 * 1024
GB = 1024 * MB


@dataclass(frozen=True)
class Limits:
    """How much one dump may bring in one night, and how long it is asked for; bytes are those of landed files."""

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
    """What a place tells of the bytes it offers; what it does not tell is None."""

    size: int | None = None
    etag: str | None = None
    modified: str | None = None

    def same_as(self, other: "Version") -> bool:
        """Tell whether both are surely the same bytes; False where too little is told."""
        if None not in (self.size, other.size) and self.size != other.size:
            return False
        if self.etag and other.etag:
            return self.etag.removeprefix("W/") == other.etag.removeprefix("W/")
        return None not in (self.size, other.size, self.modified, other.modified) and self.modified == other.modified

    @property
    def can_resume(self) -> bool:
        """Tell whether a later request can be held to these very bytes."""
        return bool(self.etag and not self.etag.startswith("W/")) or bool(self.modified)


@dataclass(frozen=True)
class Offer:
    """One file that a place offers: the name it lands under, where it is had, and what is told of it beforehand."""

    name: str
    at: str
    version: Version = Version()


@dataclass(frozen=True)
class PassedOver:
    """One thing that stands at a place and is not taken, with the reason in a word and in a sentence."""

    name: str
    reason: str
    detail: str


@dataclass(frozen=True)
class Opened:
    """The bytes of an offer from `start` on; `total` is the size of the whole as far as it is told."""

    version: Version
    start: int
    total: int | None
    blocks: Iterator[bytes]


class Store(Protocol):
    """A place that can be asked for files."""

    connections: int
    proves: bool
    """Whether what is listed of a file proves its bytes."""

    def offers(self) -> Iterator[Offer | PassedOver]:
        """Yield what the place offers."""

    def open(
        self, offer: Offer, start: int, draft: Version, have: Landed | None
    ) -> AbstractContextManager[Opened | None]:
        """Open an offer at `start` if it is still the `draft`, else at 0; None says that it is what we `have`."""

    def ask(self, offer: Offer) -> Version:
        """Return what is told of an offer without its bytes."""

    def read(self, address: str) -> tuple[bytes, str]:
        """Return a short file such as a list, and the address at which it was found in the end."""

    def shown(self, offer: Offer) -> str:
        """Return where an offer is had, without secrets."""

    def close(self) -> None:
        """Let go of connections."""


class Lost(Permanent):
    """A file or list that cannot be had: `reason` is the word for quarantine."""

    def __init__(self, reason: str, detail: str):
        super().__init__(detail)
        self.reason = reason


class Again(Transient):
    """An answer that another try may better.

    `wait` is how many seconds the server asks for; `afresh` tells that what came so far is of no use.
    """

    def __init__(self, detail: str, wait: float | None = None, reason: str = "unreachable", afresh: bool = False):
        super().__init__(detail)
        self.wait = wait
        self.reason = reason
        self.afresh = afresh


def version_of(landed: Landed) -> Version:
    """Return what was told of a file when it landed."""
    return Version(landed.size, landed.etag, landed.modified)


def limits_of(dump: Dump) -> Limits:
    """Return the limits that hold for a dump: the usual ones, but for those its entry sets."""
    return Limits(**dump.limits)


def too_large(shown: str, size: int, limit: int) -> Lost:
    """Say that a file is over the limit."""
    return Lost(
        "over_limit",
        f"{shown} has {size} bytes or more, the limit is {limit}; split the file, or set limits.file_bytes of the dump",
    )
