"""Looks whether the files of a night are there, before any is fetched."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from newsmill.errors import NewsmillError
from newsmill.escaping import escaping_logger
from newsmill.landing import Dump
from newsmill.runs import Run
from newsmill.sources.fetch import NOT_ASKED, PlannedFile, plan_fetch
from newsmill.sources.remote_files import Version, version_of

log = escaping_logger(__name__)
NEW, LANDED = "new", "landed"
_MARK_DIGITS = 12


class Arrival(NamedTuple):
    """The sources with a file that has not landed, and for each source a mark of its files of the night.

    A mark changes with each file that comes, grows or is replaced, and not by a fetch.
    """

    sources: tuple[str, ...]
    marks: dict[str, str]


def look_for_dumps(run: Run, dumps: Mapping[str, Dump], root: Path, known: Mapping[str, str]) -> Arrival:
    """List the files of the night at each source; a source that cannot be listed keeps its known mark."""
    arrived: list[str] = []
    marks: dict[str, str] = {}
    for name, dump in dumps.items():
        files = _list_files(run, dump, root)
        if files is None:
            marks |= {name: known[name]} if name in known else {}
            continue
        current = [file for file in files if file.own or _is_new(file)]
        if current:
            marks[name] = _mark(current)
        if any(map(_is_new, current)):
            arrived.append(name)
    return Arrival(tuple(arrived), marks)


def _list_files(run: Run, dump: Dump, root: Path) -> list[PlannedFile] | None:
    """Return the files that exist, None if they cannot be listed; those of the fallback night are no arrival.

    Of a long list not all files are asked for; the others exist because the list names them. A file whose server does
    not answer is neither there nor gone: then this look says nothing of the source.
    """
    asked = replace(dump, fallback_night=None, limits={**dump.limits, "tries": 1})
    try:
        planned, _ = plan_fetch(run, asked, root)
    except (NewsmillError, OSError, ValueError) as error:
        log.info("%s: not there: %s", dump.name, error)
        return None
    if silent := [file.shown for file in planned if file.problem == "unreachable"]:
        log.info("%s: %d files cannot be asked for, the first %s", dump.name, len(silent), silent[0])
        return None
    listed = (file for file in planned if file.status in (NEW, LANDED))
    return [file for file in listed if file.offer.version != Version() or file.problem == NOT_ASKED]


def _is_new(file: PlannedFile) -> bool:
    """Report whether a file differs from all that landed under its name."""
    landed = [*([file.own] if file.own else []), *file.earlier]
    return file.status == NEW and not any(_may_be_same(file.offer.version, version_of(other)) for other in landed)


def _may_be_same(offered: Version, landed: Version) -> bool:
    """Report whether no known part of two versions differs: some servers give a size alone."""
    pairs = ((offered.etag, landed.etag), (offered.modified, landed.modified))
    return offered.size in (None, landed.size) and not any(one and other for one, other in pairs)


def _mark(files: Iterable[PlannedFile]) -> str:
    """Hash the files; of a long list by name alone, because other files are asked for at the next look."""
    files = list(files)
    has_versions = all(file.problem != NOT_ASKED for file in files)
    lines = sorted(f"{file.offer.name} {file.offer.version if has_versions else ''}" for file in files)
    return hashlib.sha256("\n".join(lines).encode("utf8", "surrogateescape")).hexdigest()[:_MARK_DIGITS]
