"""Looks whether the files of a night are there, before any is fetched."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from newsmill.errors import NewsmillError
from newsmill.landing import Dump
from newsmill.runs import Run
from newsmill.sources.fetch import PlannedFile, plan_fetch
from newsmill.sources.remote_files import Version

log = logging.getLogger(__name__)
NEW, LANDED = "new", "landed"


class Arrival(NamedTuple):
    """The sources with a file that has not landed, and a mark of all files of the night, landed or not.

    The mark changes with each file that comes, grows or is replaced, and not by a fetch.
    """

    sources: tuple[str, ...]
    mark: str


def look_for_dumps(run: Run, dumps: Mapping[str, Dump], root: Path) -> Arrival:
    """List the files of the night at each source; a source that cannot be listed counts as empty this time."""
    files = {name: _list_files(run, dump, root) for name, dump in dumps.items()}
    arrived = tuple(name for name, listed in files.items() if any(file.status == NEW for file in listed))
    lines = [f"{name} {file.offer.name} {file.offer.version}" for name, listed in files.items() for file in listed]
    return Arrival(arrived, hashlib.sha256("\n".join(sorted(lines)).encode("utf8", "surrogateescape")).hexdigest())


def _list_files(run: Run, dump: Dump, root: Path) -> list[PlannedFile]:
    """Return the files of the night that exist; the files of the fallback night are no arrival."""
    asked = replace(dump, fallback_night=None, limits={**dump.limits, "tries": 1})
    try:
        planned, _ = plan_fetch(run, asked, root)
    except NewsmillError as error:
        log.info("%s: not there: %s", dump.name, error)
        return []
    return [file for file in planned if file.status in (NEW, LANDED) and file.offer.version != Version()]
