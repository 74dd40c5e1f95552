"""Fetching: copies what a dump offers tonight into the landing folder, byte for byte."""

import hashlib
import logging
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from newsmill.errors import Permanent, Transient
from newsmill.landing import Dump, Landed, folder, landed_files, write_manifest
from newsmill.runs import Receipt, Run, receipt

BLOCK_BYTES = 1024 * 1024
_PATTERN = re.compile(r"[*?\[]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How much one dump may bring in one night."""

    file_bytes: int = 8 * 1024**3
    files: int = 200_000


def fetch(run: Run, dump: Dump, root: Path, limits: Limits = Limits()) -> Receipt:
    """Land what the dump offers this night, that and no more; a relative location starts at `root`."""
    with receipt(run, "fetch", dump.name) as slip:
        offered = _offered(run, dump, root, limits)
        before = landed_files(run, dump)
        if not offered and not before:
            raise Permanent(_nothing(run, dump, root))
        if not offered:
            log.warning("%s: nothing at %s any more; what landed before is kept", dump.name, _place(run, dump, root))
        elif gone := [file.name for file in before if file.name not in offered]:
            log.warning("%s: %d landed before and offered no more, left out: %s", dump.name, len(gone), gone[:5])
        _clear_drafts(folder(run, dump))
        landed = []
        for name, path in offered.items():
            file, copied = _land(path, folder(run, dump), name)
            landed.append(file)
            slip.bytes += copied
        write_manifest(run, dump, landed or before)
        slip.rows_in = slip.rows_out = len(offered)
    return slip


def _place(run: Run, dump: Dump, root: Path) -> Path:
    scheme = _SCHEME.match(dump.location)
    if scheme and scheme[1].lower() != "file":
        raise Permanent(
            f"{dump.name}: {dump.location} is not on this machine; newsmill reads only local folders, files and "
            f"patterns so far, so copy the dump here and name the folder as its location"
        )
    location = dump.location.removeprefix("file://").replace("{night}", run.night.isoformat())
    return Path(os.path.normpath(root / Path(location).expanduser()))


def _nothing(run: Run, dump: Dump, root: Path) -> str:
    place = _place(run, dump, root)
    state = "holds no file that can be read" if place.exists() else "matches no file"
    return (
        f"{dump.name}: looked at {place}, which {state} for the night {run.night}; "
        f"put the dump there, or correct the location ({dump.location})"
    )


def _offered(run: Run, dump: Dump, root: Path, limits: Limits) -> dict[str, Path]:
    """Return what is there by the name it lands under, in order; refuse what is over the limits before copying any."""
    found: dict[str, Path] = {}
    for name, path in _found(_place(run, dump, root)):
        found[_landing_name(name)] = path
        size = path.stat().st_size
        if len(found) > limits.files:
            raise Permanent(f"{dump.name}: more than {limits.files} files; split the dump, or pack its pages as jsonl")
        if size > limits.file_bytes:
            raise Permanent(f"{dump.name}: {path} has {size} bytes, the limit is {limits.file_bytes}; split the file")
    return dict(sorted(found.items()))


def _found(place: Path) -> Iterator[tuple[str, Path]]:
    """Yield (relative name, resolved path) of every file at a folder, file or pattern."""
    if place.is_dir():
        yield from _safe(place, _walk(place))
    elif os.path.lexists(place):
        yield from _safe(place.parent, iter([place.name]))
    elif _PATTERN.search(str(place)):
        base, pattern = _split_pattern(place)
        yield from _safe(base, (name for name in _walk(base) if _matches(name.split("/"), pattern)))


def _split_pattern(place: Path) -> tuple[Path, list[str]]:
    first = next(index for index, step in enumerate(place.parts) if _PATTERN.search(step))
    return Path(*place.parts[:first]), list(place.parts[first:])


def _matches(steps: list[str], pattern: list[str]) -> bool:
    if not pattern:
        return not steps
    if pattern[0] == "**":
        return _matches(steps, pattern[1:]) or (bool(steps) and _matches(steps[1:], pattern))
    return bool(steps) and fnmatchcase(steps[0], pattern[0]) and _matches(steps[1:], pattern[1:])


def _walk(base: Path) -> Iterator[str]:
    """Yield the files below a folder by relative name; links to folders are not followed, hidden names passed over."""
    for where, folders, names in os.walk(base):
        for name in [*names, *folders]:
            if name.startswith("."):
                log.info("%s/%s: hidden, passed over", where, name)
        for name in folders:
            if os.path.islink(os.path.join(where, name)):
                log.warning("%s/%s: a link to a folder, passed over; name the folder itself as a location", where, name)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            yield os.path.relpath(os.path.join(where, name), base).replace(os.sep, "/")


def _safe(base: Path, names: Iterator[str]) -> Iterator[tuple[str, Path]]:
    """Yield those names that are plain files and, links followed, lie inside the named folder."""
    inside = base.resolve()
    for name in names:
        path = (base / name).resolve()
        if not path.is_relative_to(inside):
            log.warning("%s: a link out of %s, passed over; name its target as a location", base / name, base)
        elif not path.exists():
            log.warning("%s: a link to nothing, passed over", base / name)
        elif not path.is_file():
            log.warning("%s: not a plain file (a pipe, socket or device), passed over", base / name)
        else:
            yield name, path


def _landing_name(name: str) -> str:
    """Return the name as text: bytes of a file name that are not UTF-8 are written as %XX."""
    return re.sub("[\udc80-\udcff]", lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", name)


def _clear_drafts(landing: Path) -> None:
    landing.mkdir(parents=True, exist_ok=True)
    for draft in landing.glob(".draft-*"):
        draft.unlink(missing_ok=True)


def _land(path: Path, landing: Path, name: str) -> tuple[Landed, int]:
    """Copy one file unless the same bytes are there already; return it and the bytes copied."""
    target = landing / name
    if ".." in name.split("/") or not target.resolve().is_relative_to(landing.resolve()):
        raise Permanent(f"{name}: would land outside {landing}; give the file a plain name")
    try:
        with _opened(path) as source:
            there = _same(source, target)
            digest, size = (there, target.stat().st_size) if there else _copy(source, landing, target)
    except PermissionError as error:
        raise Permanent(f"{path}: may not be copied to {target}; give the right to read and to write") from error
    except OSError as error:
        raise Transient(f"{path}: not copied to {target}: {error.strerror}; see that both can be reached") from error
    return Landed(name, size, digest), 0 if there else size


def _opened(path: Path) -> BinaryIO:
    # Between the look at the path and its opening it may have become a link or a pipe: neither may be followed.
    opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise Permanent(f"{path}: is no longer a plain file; put the dump back and fetch again")
    return os.fdopen(opened, "rb")


def _same(source: BinaryIO, target: Path) -> str | None:
    """Return the hash that both have, or None if they differ."""
    if not target.is_file() or target.stat().st_size != os.fstat(source.fileno()).st_size:
        return None
    digest = hashlib.file_digest(source, "sha256").hexdigest()
    source.seek(0)
    with target.open("rb") as landed:
        return digest if hashlib.file_digest(landed, "sha256").hexdigest() == digest else None


def _copy(source: BinaryIO, landing: Path, target: Path) -> tuple[str, int]:
    """Write source to target by way of a draft; return its hash and size."""
    draft, digest, size = landing / f".draft-{os.getpid()}", hashlib.sha256(), 0
    with draft.open("wb") as copy:
        while block := source.read(BLOCK_BYTES):
            digest.update(block)
            size += copy.write(block)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(draft, target)
    return digest.hexdigest(), size
