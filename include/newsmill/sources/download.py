"""Downloads a file: resumes after cuts and crashes, retries with growing pauses, enforces the byte limits."""

import hashlib
import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from newsmill.errors import Permanent, Transient
from newsmill.escaping import escaping_logger
from newsmill.landing import LandedFile
from newsmill.sources.remote_files import (
    MB,
    FetchError,
    FileStream,
    Limits,
    RemoteFile,
    RetryableError,
    Store,
    Version,
    size_limit_error,
)

LOG_SECONDS = 30
"""Seconds between two progress lines in the log."""
_PROGRESS_BYTES = MB
"""Progress of an attempt, in bytes, above the threshold for a reset retry count: a long file may be cut many times.

At twice the value a slow server exhausts the tries sooner; at half the retries go on longer.
"""

_GIVE_UP_FAILURES = 5
"""Consecutive failed files before the remaining files are skipped: the server is down.

At ten a night with a dead server waits twice as long; at two or three a short outage skips good files.
"""

Result = TypeVar("Result")
log = escaping_logger(__name__)


class Progress(Protocol):
    """Receive the progress of a fetch; methods are called from several threads."""

    def begin(self, files: int, size: int | None) -> None:
        """Start with the number of files and the total bytes where known."""

    def came(self, size: int) -> None:
        """Add received bytes."""

    def done(self) -> None:
        """Count a finished file."""


class LogProgress:
    """Log the progress of a fetch every LOG_SECONDS."""

    def __init__(self, name: str):
        self.name, self.lock, self.since = name, threading.Lock(), time.monotonic()
        self.files = self.ended = self.bytes = 0

    def begin(self, files: int, size: int | None) -> None:
        """Store the number of files and the total bytes."""
        self.files, self.size = files, size

    def came(self, size: int) -> None:
        """Add received bytes; write a log line when LOG_SECONDS have passed."""
        with self.lock:
            self.bytes += size
            if time.monotonic() - self.since < LOG_SECONDS:
                return
            self.since = time.monotonic()
        of = f" of {self.size / MB:,.0f}" if self.size else ""
        log.info("%s: %d of %d files, %s%s MB", self.name, self.ended, self.files, f"{self.bytes / MB:,.0f}", of)

    def done(self) -> None:
        """Count a finished file."""
        with self.lock:
            self.ended += 1


@dataclass
class RetryPolicy:
    """Pauses between tries; tests replace `sleep` and `jitter`."""

    first_seconds: float = 1.0
    longest_seconds: float = 60.0
    sleep: Callable[[float], object] | None = None
    jitter: Callable[[], float] = random.random

    def pause(self, tries: int, asked: float | None, stop: threading.Event) -> None:
        """Pause after `tries` attempts for the server's `asked` seconds, else double each time with random jitter."""
        grown = min(self.longest_seconds, self.first_seconds * 2 ** (tries - 1))
        seconds = asked if asked is not None else grown * (0.5 + self.jitter() / 2)
        (self.sleep or stop.wait)(seconds)


@dataclass
class FetchBudget:
    """State shared by all files of a fetch: remaining bytes, stop event and consecutive failures."""

    limits: Limits
    retry_policy: RetryPolicy
    progress: Progress
    bytes_left: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    failures: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def spend(self, size: int) -> bool:
        """Subtract bytes from the night's budget; return False when the budget is exceeded."""
        with self.lock:
            self.bytes_left -= size
            return self.bytes_left >= 0

    def refund(self, size: int) -> None:
        """Add back the bytes of an abandoned download."""
        with self.lock:
            self.bytes_left += size

    def record_answer(self, worked: bool) -> None:
        """Reset the failure count after a success, else increment."""
        with self.lock:
            self.failures = 0 if worked else self.failures + 1


def partial_file_names(remote_file: RemoteFile) -> tuple[str, str]:
    """Return the names of a partial download's two files: bytes and JSON metadata."""
    key = hashlib.sha256(remote_file.name.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return key, f"{key}.json"


class PartialFile:
    """The received bytes of a remote file, with version metadata; both survive a killed process."""

    def __init__(self, folder: Path, remote_file: RemoteFile):
        self.path, self.metadata_path = (folder / name for name in partial_file_names(remote_file))
        self.version = Version()
        self.sha256: str | None = None
        self.spent = 0
        self._load()

    @property
    def size(self) -> int:
        """Return the number of received bytes."""
        return self.path.stat().st_size if self.path.exists() else 0

    def write_metadata(self, version: Version, sha256: str | None = None) -> None:
        """Write the version of the bytes; a hash marks the download as complete."""
        self.version, self.sha256 = version, sha256
        temporary = self.metadata_path.with_name(f".{self.metadata_path.name}")
        temporary.write_text(json.dumps(asdict(version) | {"sha256": sha256}), encoding="utf-8")
        os.replace(temporary, self.metadata_path)

    def delete(self) -> None:
        """Delete both files."""
        self.version, self.sha256 = Version(), None
        for path in (self.metadata_path, self.path):
            path.unlink(missing_ok=True)

    def _load(self) -> None:
        try:
            metadata = json.loads(self.metadata_path.read_text(encoding="utf-8"))
            self.sha256 = metadata.pop("sha256")
            self.version = Version(**metadata)
        except FileNotFoundError:
            self.delete()
        except (ValueError, TypeError, KeyError):
            self.delete()
        if self.sha256 and (not self.path.exists() or _hash_prefix(self.path, self.size).hexdigest() != self.sha256):
            self.delete()


@dataclass(frozen=True)
class FetchedFile:
    """A complete download, not yet moved to the landing name."""

    partial_file: PartialFile
    landed: LandedFile


def retry(work: Callable[[], Result], budget: FetchBudget) -> Result:
    """Call `work`; repeat on a RetryableError until the tries are exhausted."""
    tries = 0
    while True:
        try:
            return work()
        except RetryableError as error:
            tries += 1
            if tries >= budget.limits.tries:
                raise _retries_exhausted(error, tries) from error
            log.info("%s; trying again", error)
            budget.retry_policy.pause(tries, error.wait, budget.stop)


def _retries_exhausted(error: RetryableError, tries: int) -> FetchError:
    return FetchError(error.reason, f"{error} (tried {tries} times); run the night again later")


def download_file(
    store: Store, remote_file: RemoteFile, partials_folder: Path, have: LandedFile | None, budget: FetchBudget
) -> FetchedFile | None:
    """Download a remote file, with retries; return None if the server confirms the `have` bytes as current."""
    partial_file = PartialFile(partials_folder, remote_file)
    _check_size(store, remote_file, remote_file.version.size, budget.limits)
    tries = 0
    while True:
        _check_still_answering(store, remote_file, budget)
        size_before = partial_file.size
        try:
            fetched = _download_once(store, remote_file, partial_file, have, budget)
            budget.record_answer(worked=True)
            return fetched
        except RetryableError as error:
            if error.discard:
                partial_file.delete()
            tries = 1 if partial_file.size - size_before >= _PROGRESS_BYTES else tries + 1
            if tries >= budget.limits.tries:
                budget.record_answer(worked=False)
                budget.refund(partial_file.spent)
                raise _retries_exhausted(error, tries) from error
            log.info("%s: %s; trying again, %d bytes are here", remote_file.name, error, partial_file.size)
            budget.retry_policy.pause(tries, error.wait, budget.stop)
        except FetchError as error:
            budget.record_answer(worked=error.reason != "unreachable")
            budget.refund(partial_file.spent)
            if error.reason != "unreachable":
                partial_file.delete()
            raise


def _check_still_answering(store: Store, remote_file: RemoteFile, budget: FetchBudget) -> None:
    if budget.stop.is_set():
        raise Transient("stopped")
    if budget.failures >= _GIVE_UP_FAILURES:
        message = (
            f"{store.redacted_address(remote_file)}: given up, as {budget.failures} files before it could not be had"
        )
        raise FetchError("unreachable", f"{message} either; run the night again later")


def _download_once(
    store: Store, remote_file: RemoteFile, partial_file: PartialFile, have: LandedFile | None, budget: FetchBudget
) -> FetchedFile | None:
    """Request the missing bytes once."""
    sha256 = partial_file.sha256
    complete = _describe_landed(store, remote_file, partial_file, sha256) if sha256 else None
    if complete and partial_file.version.same_as(remote_file.version):
        return FetchedFile(partial_file, complete)
    start = partial_file.size if partial_file.version.resume_validator and not complete else 0
    with store.open_stream(remote_file, start, partial_file.version, complete or have) as stream:
        if stream is None:
            return FetchedFile(partial_file, complete) if complete else None
        _check_size(store, remote_file, stream.total, budget.limits)
        digest = _write_stream(store, remote_file, partial_file, stream, budget)
    if stream.total is not None and partial_file.size != stream.total:
        came = f"{partial_file.size} bytes came, {stream.total} were announced"
        message = f"{store.redacted_address(remote_file)}: {came}"
        raise RetryableError(message, reason="cut_short", discard=partial_file.size > stream.total)
    sha256 = digest.hexdigest()
    partial_file.version, partial_file.sha256 = stream.version, sha256
    if store.has_reliable_versions:
        with _translate_disk_errors(partial_file.path):
            partial_file.write_metadata(stream.version, sha256)
    return FetchedFile(partial_file, _describe_landed(store, remote_file, partial_file, sha256))


def _write_stream(
    store: Store, remote_file: RemoteFile, partial_file: PartialFile, stream: FileStream, budget: FetchBudget
) -> "hashlib._Hash":
    """Append the stream to the partial file; return the hash of the whole file."""
    with _translate_disk_errors(partial_file.path):
        partial_file.path.parent.mkdir(parents=True, exist_ok=True)
        if not stream.start:
            partial_file.delete()
        if store.has_reliable_versions:
            partial_file.write_metadata(stream.version)
        digest = _hash_prefix(partial_file.path, stream.start)
        file = partial_file.path.open("r+b" if stream.start else "wb")
    budget.refund(partial_file.spent)
    partial_file.spent = 0
    _spend_bytes(store, remote_file, partial_file, stream.start, budget)
    with file:
        file.seek(stream.start)
        for block in stream.blocks:
            _spend_bytes(store, remote_file, partial_file, len(block), budget)
            with _translate_disk_errors(partial_file.path):
                file.write(block)
                file.flush()  # a fetch killed here keeps all received bytes
            digest.update(block)
            budget.progress.came(len(block))
            if budget.stop.is_set():
                raise Transient("stopped")
        with _translate_disk_errors(partial_file.path):
            file.truncate()
    return digest


def _spend_bytes(
    store: Store, remote_file: RemoteFile, partial_file: PartialFile, size: int, budget: FetchBudget
) -> None:
    """Count bytes of a partial file; raise over the limit of the file or of the night."""
    partial_file.spent += size
    if not budget.spend(size):
        raise night_limit_error(store.redacted_address(remote_file), budget.limits)
    if partial_file.spent > budget.limits.file_bytes:
        raise size_limit_error(store.redacted_address(remote_file), partial_file.spent, budget.limits.file_bytes)


def night_limit_error(address: str, limits: Limits) -> FetchError:
    """Return the error for a file above the night's byte limit."""
    return FetchError(
        "over_limit",
        f"{address}: left out, as the files of the night would be more than {limits.night_bytes} bytes; "
        "set limits.night_bytes of the source, or run a later night where new files are taken",
    )


def _check_size(store: Store, remote_file: RemoteFile, size: int | None, limits: Limits) -> None:
    if size is not None and size > limits.file_bytes:
        raise size_limit_error(store.redacted_address(remote_file), size, limits.file_bytes)


def _describe_landed(store: Store, remote_file: RemoteFile, partial_file: PartialFile, sha256: str) -> LandedFile:
    url = store.redacted_address(remote_file) if "://" in remote_file.address else None
    return LandedFile(
        remote_file.name,
        partial_file.size,
        sha256,
        partial_file.version.etag,
        partial_file.version.modified,
        url,
    )


def _hash_prefix(path: Path, size: int) -> "hashlib._Hash":
    """Return the SHA-256 state after the first `size` bytes of a file."""
    digest, remaining = hashlib.sha256(), size
    if size:
        with path.open("rb") as file:
            while remaining > 0 and (block := file.read(min(MB, remaining))):
                digest.update(block)
                remaining -= len(block)
    return digest


@contextmanager
def _translate_disk_errors(path: Path) -> Iterator[None]:
    """Turn errors of the local disk into errors about the landing folder, not the source."""
    try:
        yield
    except PermissionError as error:
        remedy = "give the right to write to the landing folder, and run it again"
        raise Permanent(f"{path}: may not be written; what is published is whole; {remedy}") from error
    except OSError as error:
        remedy = "see that the disk has room and may be written, and run it again"
        raise Transient(f"{path}: not written: {error.strerror}; what is published is whole; {remedy}") from error
