"""Chooses the store for a source's location; lists the files of a night under unique landing names."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from newsmill.errors import Permanent
from newsmill.landing import Dump
from newsmill.sources import locations
from newsmill.sources.credentials import fill_secrets
from newsmill.sources.download import FetchBudget, retry
from newsmill.sources.lists import FileList, ListLocation
from newsmill.sources.local import LocalStore
from newsmill.sources.paths import FileAccess
from newsmill.sources.remote import RemoteStore
from newsmill.sources.remote_files import Limits, RemoteFile, SkippedFile, Store
from newsmill.sources.web import WebStore


@dataclass(frozen=True)
class Listing:
    """The files of a location on one night, sorted by landing name, and the skipped files."""

    remote_files: list[RemoteFile]
    skipped: list[SkippedFile]


def store_of(dump: Dump, night: date, access: FileAccess, limits: Limits) -> Store:
    """Return the store of a dump's files on a night."""
    location = _fill_placeholders(dump.location, night)
    base = dump.base and _fill_placeholders(dump.base, night)
    pattern = dump.pattern and _fill_placeholders(dump.pattern, night)

    @cache
    def of_scheme(scheme: str, address: str) -> Store:
        if scheme == "file":
            return LocalStore(address, access, limits)
        if scheme == "web":
            return WebStore(dump, address, base, limits)
        if scheme in locations.STORES:
            return RemoteStore(dump, address, limits)
        known = ", ".join((*locations.WEB, *locations.STORES, "file"))
        redacted = locations.redact_address(address, dump)
        raise Permanent(f"{dump.name}: {redacted} begins with {scheme}, which newsmill cannot fetch; it can {known}")

    def store_for(address: str) -> Store:
        scheme = locations.scheme_of(address)
        if scheme in locations.WEB:
            return of_scheme("web", location)
        return of_scheme(scheme, address if scheme == "file" else base or location)

    if dump.list == "files":
        return store_for(location)
    list_base = base and _make_absolute(base, access)
    return FileList(dump, ListLocation(_make_absolute(location, access), list_base, pattern), limits, store_for)


def redacted_location(dump: Dump, night: date, access: FileAccess) -> str:
    """Return a source's location with the night filled in and secrets redacted."""
    return locations.redact_address(_make_absolute(locations.fill_night(dump.location, night), access), dump)


def list_dump_files(store: Store, dump: Dump, budget: FetchBudget) -> Listing:
    """List a dump's files, with retries; raise above the limit of files, before any download."""
    files = retry(lambda: _list_with_limit(store, dump, budget.limits), budget)
    skipped = [file for file in files if isinstance(file, SkippedFile)]
    return Listing(_with_unique_names(file for file in files if isinstance(file, RemoteFile)), skipped)


def _list_with_limit(store: Store, dump: Dump, limits: Limits) -> list[RemoteFile | SkippedFile]:
    files = []
    for file in store.list_files():
        files.append(file)
        if len(files) > limits.files:
            raise Permanent(
                f"{dump.name}: more than {limits.files} files; split the dump, pack its pages, or set limits.files"
            )
    return files


def _with_unique_names(remote_files: Iterable[RemoteFile]) -> list[RemoteFile]:
    """Return the files sorted by unique names; add a hash where a name repeats or equals another file's folder."""
    remote_files = list(remote_files)
    names = Counter(remote_file.name for remote_file in remote_files)
    folders = {name[:i] for name in names for i, char in enumerate(name) if char == "/"}
    return sorted(
        (
            replace(remote_file, name=locations.add_hash_suffix(remote_file.name, remote_file.address))
            if names[remote_file.name] > 1 or remote_file.name in folders or not remote_file.name
            else remote_file
            for remote_file in remote_files
        ),
        key=lambda remote_file: remote_file.name,
    )


def _fill_placeholders(text: str, night: date) -> str:
    return fill_secrets(locations.fill_night(text, night))


def _make_absolute(address: str, access: FileAccess) -> str:
    """Return a local path as an absolute path; return other addresses unchanged."""
    if locations.scheme_of(address) != "file" or locations.PLACEHOLDER.match(address):
        return address
    path = str(access.locate(address))
    return path + "/" if address.endswith("/") else path
