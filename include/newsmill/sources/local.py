"""Files on this machine: what lies at a folder, a file or a pattern, with no link leading out of it."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from newsmill.landing import Landed
from newsmill.sources.offers import MB, Again, Limits, Lost, Offer, Opened, PassedOver, Version
from newsmill.sources.patterns import has_pattern, is_hidden, matches, split

BLOCK_BYTES = MB


class Local:
    """The files of a dump on this machine; a relative location starts at `root`."""

    connections = 1
    # A file may be rewritten within one tick of the clock, so size and time prove nothing of tonight's files.
    proves = False

    def __init__(self, location: str, root: Path, limits: Limits):
        self.place = Path(os.path.normpath(root / Path(location.removeprefix("file://")).expanduser()))
        self.limits = limits

    def offers(self) -> Iterator[Offer | PassedOver]:
        """Yield every file at the place."""
        if self.place.is_dir():
            yield from self.inside(self.place, _walk(self.place))
        elif os.path.lexists(self.place):
            yield from self.inside(self.place.parent, iter([self.place.name]))
        elif has_pattern(str(self.place)):
            base, pattern = split(str(self.place))
            found = _walk(Path(base))
            yield from self.inside(
                Path(base), (n for n in found if isinstance(n, PassedOver) or matches(n.split("/"), pattern))
            )

    def inside(self, base: Path, names: Iterator[str | PassedOver]) -> Iterator[Offer | PassedOver]:
        """Yield those names that are plain files and, links followed, lie inside the named folder."""
        within = base.resolve()
        for name in names:
            if isinstance(name, PassedOver):
                yield name
                continue
            path = (base / name).resolve()
            if not path.is_relative_to(within):
                told = f"a link out of {base}, passed over; name its target as a location"
                yield _passed(base, name, "link_outside", told)
            elif not path.exists():
                yield _passed(base, name, "not_a_file", "a link to nothing, passed over")
            elif not path.is_file():
                yield _passed(base, name, "not_a_file", "not a plain file (a pipe, socket or device), passed over")
            else:
                yield Offer(_as_text(name), str(path), _version(path.stat()))

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
        with _faults(self.shown(offer)), _opened(Path(offer.at)) as file:
            version = _version(os.fstat(file.fileno()))
            if have and have.size == version.size and hashlib.file_digest(file, "sha256").hexdigest() == have.sha256:
                yield None
                return
            file.seek(0)
            # Whoever still writes to the file would make it longer than it was told to be.
            yield Opened(version, 0, version.size, _blocks(file, version.size))

    def read(self, address: str) -> tuple[bytes, str]:
        """Return a short file such as a list, and its path."""
        with _faults(address), _opened(Path(address)) as file:
            read = file.read(self.limits.list_bytes + 1)
        if len(read) > self.limits.list_bytes:
            raise Lost("over_limit", f"{address}: the list has more than {self.limits.list_bytes} bytes")
        return read, address


def _walk(base: Path) -> Iterator[str | PassedOver]:
    """Yield the files below a folder by relative name; links to folders are not followed, hidden names passed over."""
    for where, folders, names in os.walk(base):
        for name in (name for name in [*names, *folders] if is_hidden(name)):
            yield _passed(Path(where), name, "hidden", "hidden, passed over")
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in (name for name in folders if os.path.islink(os.path.join(where, name))):
            told = "a link to a folder, passed over; name the folder itself as a location"
            yield _passed(Path(where), name, "link_outside", told)
        for name in sorted(name for name in names if not is_hidden(name)):
            yield os.path.relpath(os.path.join(where, name), base).replace(os.sep, "/")


def _passed(base: Path, name: str, reason: str, told: str) -> PassedOver:
    return PassedOver(_as_text(name), reason, f"{_as_text(str(base / name))}: {told}")


def _as_text(name: str) -> str:
    """Return the name as text: bytes of a file name that are not UTF-8 are written as %XX."""
    return re.sub("[\udc80-\udcff]", lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", name)


def _version(told: os.stat_result) -> Version:
    return Version(told.st_size, None, str(told.st_mtime_ns))


def _opened(path: Path) -> BinaryIO:
    # Between the look at the path and its opening it may have become a link or a pipe: neither may be followed.
    opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
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
