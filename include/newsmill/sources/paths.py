"""Checks each local path of a dump after substitution and link resolution; decides on permission to read."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from newsmill.sources.patterns import has_pattern, is_hidden, split_pattern
from newsmill.sources.remote_files import FetchError

OWN_FOLDERS = ("landing", "lake", "warehouse", "quality")
"""newsmill's own folders in the home; a home outside of the root may also hold other files, such as dumps."""
_NIGHT = "{night}"
_BY_LIST = "list the source in sources.toml and give its name"
_DUMP_NAME = re.compile(r"[a-z0-9-]+")
_SCHEME = re.compile("file://", re.IGNORECASE)


@dataclass(frozen=True)
class FileAccess:
    """The readable files: relative paths below `root`, never newsmill's own data in `home`."""

    root: Path
    home: Path

    @cached_property
    def top(self) -> Path:
        """Return the absolute root, links not resolved."""
        return Path(os.path.abspath(self.root))

    @cached_property
    def real_top(self) -> Path:
        """Return the absolute root, links resolved."""
        return resolve_links(self.root)

    @cached_property
    def real_home(self) -> Path:
        """Return newsmill's home, links resolved."""
        return resolve_links(self.home)

    def locate(self, location: str) -> Path:
        """Return the path of a location without placeholders; raise if the path may not be read."""
        expanded = os.path.expanduser(_SCHEME.sub("", location, count=1))
        if not expanded.strip() or "\0" in expanded:
            raise _refusal_error(repr(location), "names no file", "write a path")
        path = Path(os.path.normpath(self.top / expanded))
        if not os.path.isabs(expanded) and not path.is_relative_to(self.top):
            raise _refusal_error(location, f"leads out of {self.top}", "write the absolute path in sources.toml")
        self._check_folder(path)
        return path

    def refusal(self, path: Path, base: Path) -> tuple[str, str] | None:
        """Return (reason, sentence) if a resolved path below a resolved base may not be read, else None."""
        if not path.is_relative_to(base):
            return "link_outside", f"a link out of {base}, skipped; name its target as a location"
        if self.is_private(path):
            return "refused_path", f"is {path}, newsmill's own data, skipped"
        if any(map(is_hidden, path.relative_to(self.real_top if path.is_relative_to(self.real_top) else base).parts)):
            return "refused_path", f"is {path}, a hidden file or in a hidden folder, skipped"
        return None

    def is_private(self, path: Path) -> bool:
        """Return whether a resolved path is newsmill's own data.

        All of a home inside the root is private; of a home outside, only OWN_FOLDERS and hidden names are.
        """
        if not path.is_relative_to(self.real_home):
            return False
        if self.real_home != self.real_top and self.real_home.is_relative_to(self.real_top):
            return True
        own = path.relative_to(self.real_home).parts[:1]
        return any(name in OWN_FOLDERS or is_hidden(name) for name in own)

    def is_in_root(self, path: Path) -> bool:
        """Return whether a path starts with the root, without link resolution."""
        return path.is_relative_to(self.top) or path.is_relative_to(self.real_top)

    def _check_folder(self, path: Path) -> None:
        """Raise if a path's resolved folder may not be read; files are checked later, each separately."""
        folder = resolve_links(split_pattern(str(path))[0] if has_pattern(str(path)) else path)
        is_below_top = folder.is_relative_to(self.real_top)
        if self.is_in_root(path) and not is_below_top:
            cause = f"leads to {folder}, out of {self.top}"
            raise _refusal_error(path, cause, "write that path in sources.toml", "link_outside")
        if self.is_private(folder):
            raise _refusal_error(path, f"is newsmill's own data in {self.home}", "keep dumps in another folder")
        if is_below_top and any(map(is_hidden, folder.relative_to(self.real_top).parts)):
            raise _refusal_error(
                path, "is hidden or in a hidden folder", "keep dumps in a folder without a leading dot"
            )


def split_form_sources(
    requested: Iterable[str], night: date, access: FileAccess, files: Iterable[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split the trigger form's sources into names in sources.toml and checked locations; `files` are locations.

    A user with the right to press Trigger is not trusted with the files of Airflow's user. A location keeps `{night}`,
    the only substitution of the form, so the source has the same name every night.
    """
    requested = list(requested)
    names = tuple(source for source in requested if _DUMP_NAME.fullmatch(source))
    locations = [*(source for source in requested if source not in names), *files]
    return names, tuple(_form_location(location, night, access) for location in locations)


def _form_location(source: str, night: date, access: FileAccess) -> str:
    if not source.strip():
        raise _refusal_error("an empty text", "names no file", "write a path inside the project, or clear the field")
    path = source.replace(_NIGHT, night.isoformat())
    if "{" in path or "}" in path:
        raise _refusal_error(source, "holds braces, and the form substitutes {night} alone", _BY_LIST)
    if not access.is_in_root(Path(os.path.normpath(access.top / path))):
        raise _refusal_error(source, f"leads out of {access.top}", _BY_LIST)
    access.locate(str(access.top / path))
    return str(access.top / source)


def resolve_links(path: Path | str) -> Path:
    """Return a path with links resolved; unlike `Path.resolve`, accept circular links."""
    return Path(os.path.realpath(path))


def open_checked(path: Path) -> int:
    """Open a resolved path; raise if a link was inserted since the check."""
    # O_NOFOLLOW refuses a link only as the last step; /proc names the file that the earlier steps led to
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    proc_link = f"/proc/self/fd/{descriptor}"
    if (real := os.path.realpath(proc_link if os.path.lexists(proc_link) else path)) != str(path):
        os.close(descriptor)
        raise FetchError("link_outside", f"{path}: led to {real} when it was opened; remove the link and fetch again")
    return descriptor


def _refusal_error(path: object, cause: str, remedy: str, reason: str = "refused_path") -> FetchError:
    return FetchError(reason, f"{path} may not be read: it {cause}. Nothing was read; {remedy}")
