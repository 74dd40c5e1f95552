"""Files on this machine: what lies at a folder, a file or a pattern, each checked before it is opened."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from newsmill.landing import Landed
from newsmill.sources.paths import FileAccess, open_checked, resolve_links
from newsmill.sources.patterns import has_pattern, is_hidden, matches, split
from newsmill.sources.remote_files import MB, Again, Limits, Lost, Offer, Opened, PassedOver, Version

BLOCK_BYTES = MB
_HIDDEN = ("hidden", "hidden, passed over")


class Local:
    """The files of a dump on this machine, as far as `access` lets them be read."""

    connections = 1
    # A file may be rewritten within one tick of the clock, so size and time prove nothing of tonight's files.
    proves = False

    def __init__(self, location: str, access: FileAccess, limits: Limits):
        self.place = access.locate(location)
        self.access, self.limits = access, limits

    def offers(self) -> Iterator[Offer | PassedOver]:
        """Yield every file at the place."""
        if os.path.isdir(self.place):
            yield from self.inside(self.place, self._walk(self.place))
        elif os.path.lexists(self.place):
            yield from self.inside(self.place.parent, iter([self.place.name]))
        elif has_pattern(str(self.place)):
            base, pattern = split(str(self.place))
            found = self._walk(Path(base))
            yield from self.inside(
                Path(base), (n for n in found if isinstance(n, PassedOver) or matches(n.split("/"), pattern))
            )

    def inside(self, base: Path, names: Iterator[str | PassedOver]) -> Iterator[Offer | PassedOver]:
        """Yield the names that are plain files and, links followed, may be read."""
        resolved = resolve_links(base)
        for name in names:
            yield name if isinstance(name, PassedOver) else self._offer(base, name, resolved)

    def _offer(self, base: Path, name: str, resolved_base: Path) -> Offer | PassedOver:
        try:
            path = resolve_links(base / name)
            if refusal := self.access.refusal(path, resolved_base) or _hidden_name(name):
                return _passed(base, name, *refusal)
            status = path.stat()
        except FileNotFoundError:
            return _passed(base, name, "not_a_file", "a link to nothing, passed over")
        except (OSError, ValueError) as error:  # a name of a list may be too long, or hold a null byte
            return _passed(base, name, "not_a_file", f"no name of a file ({_cause(error)}), skipped")
        if not stat.S_ISREG(status.st_mode):
            return _passed(base, name, "not_a_file", "not a plain file (a pipe, socket or device), passed over")
        return Offer(_as_text(name), str(path), _version(status))

    def shown(self, offer: Offer) -> str:
        """Return the path of an offer."""
        return _as_text(offer.at)

    def ask(self, offer: Offer) -> Version:
        """Return size and time of a file."""
        return offer.version

    def close(self) -> None:
        """Let go of nothing: every file is closed as soon as it is read."""

    @contextmanager
    def open(self, offer: Offer, start: int, draft: Version, have: Landed | None) -> Iterator[Opened | None]:
        """Open a file from its start; None says that it has the bytes we `have`."""
        with _faults(self.shown(offer)), _open(Path(offer.at)) as file:
            version = _version(os.fstat(file.fileno()))
            if have and have.size == version.size and hashlib.file_digest(file, "sha256").hexdigest() == have.sha256:
                yield None
                return
            file.seek(0)
            # Whoever still writes to the file would make it longer than it was told to be.
            yield Opened(version, 0, version.size, _blocks(file, version.size))

    def read(self, address: str) -> tuple[bytes, str]:
        """Return a short file such as a list, and its path."""
        path = resolve_links(address)
        if refusal := self.access.refusal(path, resolve_links(os.path.dirname(address))):
            reason, sentence = refusal
            raise Lost(reason, f"{address}: the list {sentence}")
        with _faults(address), _open(path) as file:
            read = file.read(self.limits.list_bytes + 1)
        if len(read) > self.limits.list_bytes:
            raise Lost("over_limit", f"{address}: the list has more than {self.limits.list_bytes} bytes")
        return read, address

    def _walk(self, base: Path) -> Iterator[str | PassedOver]:
        """Yield the files below a folder by relative name; hidden ones, links to folders and own data are left out."""
        for where, folders, names in os.walk(base):
            entered = []
            for name in folders:
                if refusal := self._folder_refusal(Path(where, name)):
                    yield _passed(Path(where), name, *refusal)
                else:
                    entered.append(name)
            folders[:] = sorted(entered)
            for name in sorted(names):
                if is_hidden(name):
                    yield _passed(Path(where), name, *_HIDDEN)
                else:
                    yield os.path.relpath(os.path.join(where, name), base).replace(os.sep, "/")

    def _folder_refusal(self, folder: Path) -> tuple[str, str] | None:
        if is_hidden(folder.name):
            return _HIDDEN
        if folder.is_symlink():
            return "link_outside", "a link to a folder, passed over; name the folder itself as a location"
        if self.access.is_private(resolve_links(folder)):
            return "refused_path", "newsmill's own data, skipped"
        return None


def _hidden_name(name: str) -> tuple[str, str] | None:
    is_any_hidden = any(map(is_hidden, name.split("/")))
    return ("refused_path", "hidden or in a hidden folder, skipped") if is_any_hidden else None


def _cause(error: OSError | ValueError) -> str:
    return error.strerror if isinstance(error, OSError) else str(error)


def _passed(base: Path, name: str, reason: str, told: str) -> PassedOver:
    return PassedOver(_as_text(name), reason, f"{_as_text(str(base / name))}: {told}")


def _as_text(name: str) -> str:
    """Return the name as text: bytes of a file name that are not UTF-8 are written as %XX."""
    return re.sub("[\udc80-\udcff]", lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", name)


def _version(status: os.stat_result) -> Version:
    return Version(status.st_size, None, str(status.st_mtime_ns))


def _open(path: Path) -> BinaryIO:
    # Between the check of the path and its opening it may have become a pipe, which would be waited for.
    opened = open_checked(path)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise Lost("not_a_file", f"{path}: is no longer a plain file; put the dump back and fetch again")
    return os.fdopen(opened, "rb")


def _blocks(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (block := file.read(min(BLOCK_BYTES, size))):
        size -= len(block)
        yield block


@contextmanager
def _faults(shown: str) -> Iterator[None]:
    try:
        yield
    except PermissionError:
        raise Lost("not_allowed", f"{shown}: may not be read; give the right to read it") from None
    except FileNotFoundError:
        raise Lost("not_found", f"{shown}: is gone; put the dump back and fetch again") from None
    except OSError as error:
        raise Again(f"{shown}: cannot be read: {error.strerror}; see that its disk can be reached") from error
