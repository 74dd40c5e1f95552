"""Which files of this machine a dump may be read from: every path is checked here, after substitution and links."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from newsmill.sources.patterns import has_pattern, is_hidden, split
from newsmill.sources.remote_files import Lost

OWN_FOLDERS = ("landing", "lake", "warehouse", "quality")
"""What newsmill keeps in its home; a home outside of the root may hold other files, such as dumps."""
_NIGHT = "{night}"
_BY_LIST = "list the dump in sources.toml and give its name"
_DUMP_NAME = re.compile(r"[a-z0-9-]+")
_SCHEME = re.compile("file://", re.IGNORECASE)


@dataclass(frozen=True)
class FileAccess:
    """The files that may be read: relative paths stay below `root`, and nobody reads newsmill's own data in `home`."""

    root: Path
    home: Path

    @cached_property
    def top(self) -> Path:
        """Return the root as an absolute path, links kept."""
        return Path(os.path.abspath(self.root))

    @cached_property
    def real_top(self) -> Path:
        """Return the root, links followed."""
        return resolve_links(self.root)

    @cached_property
    def real_home(self) -> Path:
        """Return newsmill's home, links followed."""
        return resolve_links(self.home)

    def locate(self, location: str) -> Path:
        """Return the path of a location whose night and secrets are filled in; refuse one that may not be read."""
        named = os.path.expanduser(_SCHEME.sub("", location, count=1))
        if not named.strip() or "\0" in named:
            raise _refused(repr(location), "names no file", "write a path")
        path = Path(os.path.normpath(self.top / named))
        if not os.path.isabs(named) and not path.is_relative_to(self.top):
            raise _refused(location, f"leads out of {self.top}", "write the absolute path in sources.toml")
        self._check_folder(path)
        return path

    def refusal(self, path: Path, base: Path) -> tuple[str, str] | None:
        """Return the reason, as a word and a sentence, why a resolved path below a resolved base is not read."""
        if not path.is_relative_to(base):
            return "link_outside", f"a link out of {base}, skipped; name its target as a location"
        if self.is_private(path):
            return "refused_path", f"is {path}, newsmill's own data, skipped"
        if any(map(is_hidden, path.relative_to(self.real_top if path.is_relative_to(self.real_top) else base).parts)):
            return "refused_path", f"is {path}, a hidden file or in a hidden folder, skipped"
        return None

    def is_private(self, path: Path) -> bool:
        """Return whether a resolved path is newsmill's own data: all of a home in the root, else its own folders."""
        if not path.is_relative_to(self.real_home):
            return False
        if self.real_home != self.real_top and self.real_home.is_relative_to(self.real_top):
            return True
        own = path.relative_to(self.real_home).parts[:1]
        return any(name in OWN_FOLDERS or is_hidden(name) for name in own)

    def is_in_root(self, path: Path) -> bool:
        """Return whether a path lies in the root as it is written."""
        return path.is_relative_to(self.top) or path.is_relative_to(self.real_top)

    def _check_folder(self, path: Path) -> None:
        """Refuse a path whose folder, links followed, may not be read; files in it are checked one by one."""
        folder = resolve_links(split(str(path))[0] if has_pattern(str(path)) else path)
        is_below_top = folder.is_relative_to(self.real_top)
        if self.is_in_root(path) and not is_below_top:
            cause = f"leads to {folder}, out of {self.top}"
            raise _refused(path, cause, "write that path in sources.toml", "link_outside")
        if self.is_private(folder):
            raise _refused(path, f"is newsmill's own data in {self.home}", "keep dumps in another folder")
        if is_below_top and any(map(is_hidden, folder.relative_to(self.real_top).parts)):
            raise _refused(path, "is hidden or in a hidden folder", "keep dumps in a folder without a leading dot")


def split_form_sources(
    asked: Iterable[str], night: date, access: FileAccess
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split the sources of the trigger form into names of dumps and locations, each checked as of the night.

    Whoever may press Trigger is not trusted with the files of Airflow's user. A location keeps `{night}`, the one
    substitution of the form, so that its dump has the same name every night.
    """
    asked = list(asked)
    names = tuple(source for source in asked if _DUMP_NAME.fullmatch(source))
    return names, tuple(_form_location(source, night, access) for source in asked if source not in names)


def _form_location(source: str, night: date, access: FileAccess) -> str:
    if not source.strip():
        raise _refused("an empty text", "names no file", "write a path inside the project, or clear the field")
    path = source.replace(_NIGHT, night.isoformat())
    if "{" in path or "}" in path:
        raise _refused(source, "holds braces, and the form substitutes {night} alone", _BY_LIST)
    if not access.is_in_root(Path(os.path.normpath(access.top / path))):
        raise _refused(source, f"leads out of {access.top}", _BY_LIST)
    access.locate(str(access.top / path))
    return str(access.top / source)


def resolve_links(path: Path | str) -> Path:
    """Return a path with links followed as far as they lead; `Path.resolve` breaks down at links in a circle."""
    return Path(os.path.realpath(path))


def open_checked(path: Path) -> int:
    """Open a resolved path; refuse it when a link has been put in its way since it was checked."""
    # O_NOFOLLOW refuses a link as the last step only; the system says which file the steps before it led to.
    opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    by_system = f"/proc/self/fd/{opened}"
    if (real := os.path.realpath(by_system if os.path.lexists(by_system) else path)) != str(path):
        os.close(opened)
        raise Lost("link_outside", f"{path}: led to {real} when it was opened; remove the link and fetch again")
    return opened


def _refused(path: object, cause: str, remedy: str, reason: str = "refused_path") -> Lost:
    return Lost(reason, f"{path} may not be read: it {cause}. Nothing was read; {remedy}")
