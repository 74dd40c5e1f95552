"""Reads lists of files: index pages with links, and manifests with a file per line; checks each entry's address."""

import posixpath
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit, urlunsplit

import lxml.html
from lxml.etree import ParserError

from newsmill.landing import Dump, LandedFile
from newsmill.sources import locations
from newsmill.sources.local import LocalStore
from newsmill.sources.patterns import selects_path
from newsmill.sources.remote_files import FetchError, FileStream, Limits, RemoteFile, SkippedFile, Store, Version

StoreFor = Callable[[str], Store]


class ListLocation(NamedTuple):
    """The address of a list, the folder of the files, and the pattern of their paths, if given."""

    address: str
    base: str | None
    pattern: str | None


class FileList:
    """The files named by an index page or a manifest; each is fetched from the store of the entry's scheme.

    Entries of http and https may name any public host. All others must be below `base`, by default the folder of the
    list. So the author of a list cannot reach local files or other buckets.
    """

    has_reliable_versions = True

    def __init__(self, dump: Dump, location: ListLocation, limits: Limits, store_for: StoreFor):
        self.dump, self.limits, self.store_for = dump, limits, store_for
        self.location, self.pattern = location.address, location.pattern
        self.base = location.base or locations.folder_of(location.address)
        self.connections = store_for(self.base).connections

    def list_files(self) -> Iterator[RemoteFile | SkippedFile]:
        """Read the list; yield each named file once."""
        packed, final_address = self.store_for(self.location).read_short_file(self._path(self.location))
        data = unpack_list(packed, self.limits.list_bytes, locations.redact_address(self.location, self.dump))
        entries = _page_links(data, final_address) if self.dump.list == "links" else _manifest_entries(data)
        seen = set()
        for entry in entries:
            address = self._resolve_entry(entry)
            if address not in seen and selects_path(urlsplit(address).path, self.pattern):
                seen.add(address)
                yield from self._checked_file(address)

    def redacted_address(self, remote_file: RemoteFile) -> str:
        """Return a remote file's address without secrets."""
        return locations.redact_address(remote_file.address, self.dump)

    def close(self) -> None:
        """Close the connections for the list and for its entries."""
        for address in (self.location, self.base):
            self.store_for(address).close()

    def read_version(self, remote_file: RemoteFile) -> Version:
        """Return a file's version from the store of the address."""
        return self.store_for(remote_file.address).read_version(remote_file)

    def open_stream(
        self, remote_file: RemoteFile, start: int, partial_version: Version, have: LandedFile | None
    ) -> AbstractContextManager[FileStream | None]:
        """Open a remote file in the store of the address."""
        return self.store_for(remote_file.address).open_stream(remote_file, start, partial_version, have)

    def read_short_file(self, address: str) -> tuple[bytes, str]:
        """Return the bytes and the final address of a short file."""
        return self.store_for(address).read_short_file(address)

    def _resolve_entry(self, entry: str) -> str:
        if "://" in entry or locations.scheme_of(self.base) in locations.WEB:
            return urljoin(self.base, entry)
        return self.base.rstrip("/") + "/" + entry.lstrip("/")

    def _checked_file(self, address: str) -> Iterator[RemoteFile | SkippedFile]:
        scheme, redacted = locations.scheme_of(address), locations.redact_address(address, self.dump)
        if scheme in locations.WEB:
            yield RemoteFile(
                locations.landing_name(address, locations.redact_address(self.base, self.dump), self.dump), address
            )
        elif scheme != locations.scheme_of(self.base) or not _is_below(address, self.base):
            detail = f"{redacted}: a list may name http and https addresses, and others only below {self.base}; skipped"
            yield SkippedFile(redacted, "refused_address", detail)
        elif isinstance(store := self.store_for(self.base), LocalStore):
            inner = posixpath.normpath(_without_scheme(address))[
                len(posixpath.normpath(_without_scheme(self.base))) :
            ].lstrip("/")
            yield from store.checked_files(store.path, iter([inner]))
        else:
            yield RemoteFile(
                locations.landing_name(address, locations.redact_address(self.base, self.dump), self.dump), address
            )

    def _path(self, address: str) -> str:
        store = self.store_for(address)
        return str(store.path) if isinstance(store, LocalStore) else address


def unpack_list(data: bytes, limit: int, redacted: str) -> bytes:
    """Return the content of a list file; decompress gzip."""
    pieces, size = [], 0
    while data[:2] == b"\x1f\x8b":
        engine = zlib.decompressobj(31)
        try:
            pieces.append(engine.decompress(data, limit + 1 - size))
        except zlib.error:
            raise FetchError(
                "not_fetched", f"{redacted}: a gzip list that cannot be unpacked; see it by hand"
            ) from None
        size += len(pieces[-1])
        if size > limit:
            raise FetchError(
                "over_limit", f"{redacted}: the list unpacks to more than {limit} bytes; set limits.list_bytes"
            )
        if not engine.eof:
            raise FetchError("cut_short", f"{redacted}: a list packed with gzip that ends too early; fetch again later")
        data = engine.unused_data
    return b"".join(pieces) if pieces else data


def _manifest_entries(data: bytes) -> Iterator[str]:
    for line in data.decode("utf-8-sig", errors="replace").splitlines():
        entry = line.strip()
        if entry and not entry.startswith("#"):
            yield entry


def _page_links(data: bytes, page_address: str) -> Iterator[str]:
    """Yield the addresses of files linked from a page; skip links to folders, mail addresses and fragments."""
    try:
        page = lxml.html.document_fromstring(data)
    except (ParserError, ValueError):
        return
    base = next((urljoin(page_address, href) for href in page.xpath("//base/@href")), page_address)
    for href in page.xpath("//a/@href"):
        address = urljoin(base, href.strip())
        parts = urlsplit(address)
        if parts.scheme in locations.WEB and parts.path and not parts.path.endswith("/"):
            yield urlunsplit(parts._replace(fragment=""))


def _is_below(address: str, base: str) -> bool:
    if urlsplit(address).netloc != urlsplit(base).netloc and locations.scheme_of(address) != "file":
        return False
    inner, outer = (posixpath.normpath(_without_scheme(url)) for url in (address, base))
    return inner.startswith(outer.rstrip("/") + "/")


def _without_scheme(address: str) -> str:
    return address if "://" not in address else address.partition("://")[2]
