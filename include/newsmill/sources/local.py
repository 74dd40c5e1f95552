"""Reads local files: a folder, a file or a pattern, each path checked before opening."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from newsmill.landing import LandedFile
from newsmill.sources.paths import FileAccess, open_checked, resolve_links
from newsmill.sources.patterns import has_pattern, is_hidden, matches_pattern, split_pattern
from newsmill.sources.remote_files import (
    MB,
    FetchError,
    FileStream,
    Limits,
    RemoteFile,
    RetryableError,
    SkippedFile,
    Version,
)

BLOCK_BYTES = MB
_HIDDEN = ("hidden", "hidden, skipped")


class LocalStore:
    """The local files of a dump permitted by `access`."""

    connections = 1
    # a file may be rewritten within one tick of the clock, so equal size and time do not prove equal bytes
    has_reliable_versions = False

    def __init__(self, location: str, access: FileAccess, limits: Limits):
        self.path = access.locate(location)
        self.access, self.limits = access, limits

    def list_files(self) -> Iterator[RemoteFile | SkippedFile]:
        """Yield every file at the location."""
        if os.path.isdir(self.path):
            yield from self.checked_files(self.path, self._walk_files(self.path))
        elif os.path.lexists(self.path):
            yield from self.checked_files(self.path.parent, iter([self.path.name]))
        elif has_pattern(str(self.path)):
            base, pattern = split_pattern(str(self.path))
            names = self._walk_files(Path(base))
            yield from self.checked_files(
                Path(base), (n for n in names if isinstance(n, SkippedFile) or matches_pattern(n.split("/"), pattern))
            )

    def checked_files(self, base: Path, names: Iterator[str | SkippedFile]) -> Iterator[RemoteFile | SkippedFile]:
        """Yield the plain files permitted after link resolution; yield the others as skipped."""
        resolved = resolve_links(base)
        for name in names:
            yield name if isinstance(name, SkippedFile) else self._checked_file(base, name, resolved)

    def _checked_file(self, base: Path, name: str, resolved_base: Path) -> RemoteFile | SkippedFile:
        try:
            path = resolve_links(base / name)
            if refusal := self.access.refusal(path, resolved_base) or _hidden_refusal(name):
                return _skip(base, name, *refusal)
            status = path.stat()
        except FileNotFoundError:
            return _skip(base, name, "not_a_file", "a link to nothing, skipped")
        except (OSError, ValueError) as error:  # an entry of a list may be too long, or contain a null byte
            return _skip(base, name, "not_a_file", f"no name of a file ({_cause_of(error)}), skipped")
        if not stat.S_ISREG(status.st_mode):
            return _skip(base, name, "not_a_file", "not a plain file (a pipe, socket or device), skipped")
        return RemoteFile(_printable_name(name), str(path), _version_of(status))

    def redacted_address(self, remote_file: RemoteFile) -> str:
        """Return the path of a file as printable text."""
        return _printable_name(remote_file.address)

    def read_version(self, remote_file: RemoteFile) -> Version:
        """Return size and modification time of a file, known from the listing."""
        return remote_file.version

    def close(self) -> None:
        """Do nothing: each file is closed after reading."""

    @contextmanager
    def open_stream(
        self, remote_file: RemoteFile, start: int, partial_version: Version, have: LandedFile | None
    ) -> Iterator[FileStream | None]:
        """Open a file from the start; yield None if the bytes equal `have`."""
        with _translate_errors(self.redacted_address(remote_file)), _open_plain_file(Path(remote_file.address)) as file:
            status = os.fstat(file.fileno())
            version = _version_of(status)
            if have and have.size == version.size and hashlib.file_digest(file, "sha256").hexdigest() == have.sha256:
                yield None
                return
            file.seek(0)
            # a writer that still appends must not make the file longer than the announced size
            yield FileStream(version, 0, version.size, _read_blocks(file, status.st_size))

    def read_short_file(self, address: str) -> tuple[bytes, str]:
        """Return the bytes and the path of a short file such as a list."""
        path = resolve_links(address)
        if refusal := self.access.refusal(path, resolve_links(os.path.dirname(address))):
            reason, sentence = refusal
            raise FetchError(reason, f"{address}: the list {sentence}")
        with _translate_errors(address), _open_plain_file(path) as file:
            data = file.read(self.limits.list_bytes + 1)
        if len(data) > self.limits.list_bytes:
            raise FetchError("over_limit", f"{address}: the list has more than {self.limits.list_bytes} bytes")
        return data, address

    def _walk_files(self, base: Path) -> Iterator[str | SkippedFile]:
        """Yield files below a folder by relative name; skip hidden files, links to folders and newsmill's own data."""
        for parent, folders, names in os.walk(base):
            entered = []
            for name in folders:
                if refusal := self._folder_refusal(Path(parent, name)):
                    yield _skip(Path(parent), name, *refusal)
                else:
                    entered.append(name)
            folders[:] = sorted(entered)
            for name in sorted(names):
                if is_hidden(name):
                    yield _skip(Path(parent), name, *_HIDDEN)
                else:
                    yield os.path.relpath(os.path.join(parent, name), base).replace(os.sep, "/")

    def _folder_refusal(self, folder: Path) -> tuple[str, str] | None:
        if is_hidden(folder.name):
            return _HIDDEN
        if folder.is_symlink():
            return "link_outside", "a link to a folder, skipped; name the folder itself as a location"
        if self.access.is_private(resolve_links(folder)):
            return "refused_path", "newsmill's own data, skipped"
        return None


def _hidden_refusal(name: str) -> tuple[str, str] | None:
    is_any_hidden = any(map(is_hidden, name.split("/")))
    return ("refused_path", "hidden or in a hidden folder, skipped") if is_any_hidden else None


def _cause_of(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _skip(base: Path, name: str, reason: str, detail: str) -> SkippedFile:
    return SkippedFile(_printable_name(name), reason, f"{_printable_name(str(base / name))}: {detail}")


def _printable_name(name: str) -> str:
    """Return a file name as text; write non-UTF-8 bytes as %XX."""
    return re.sub("[\udc80-\udcff]", lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", name)


def _version_of(status: os.stat_result) -> Version:
    return Version(status.st_size, None, str(status.st_mtime_ns))


def _open_plain_file(path: Path) -> BufferedReader:
    # after the check the path may have become a pipe, and reading a pipe would block
    descriptor = open_checked(path)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FetchError("not_a_file", f"{path}: is no longer a plain file; put the dump back and fetch again")
    return os.fdopen(descriptor, "rb")


def _read_blocks(file: BufferedReader, size: int) -> Iterator[bytes]:
    while size > 0 and (block := file.read(min(BLOCK_BYTES, size))):
        size -= len(block)
        yield block


@contextmanager
def _translate_errors(path: str) -> Iterator[None]:
    try:
        yield
    except PermissionError:
        raise FetchError("not_allowed", f"{path}: may not be read; give the right to read it") from None
    except FileNotFoundError:
        raise FetchError("not_found", f"{path}: is gone; put the dump back and fetch again") from None
    except OSError as error:
        raise RetryableError(f"{path}: cannot be read: {error.strerror}; see that its disk can be reached") from error
