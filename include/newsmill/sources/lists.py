"""Lists of files: index pages with links and manifests with a line a file, and where each entry may lead."""

import posixpath
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from urllib.parse import urljoin, urlsplit, urlunsplit

import lxml.html
from lxml.etree import ParserError

from newsmill.landing import Dump, Landed
from newsmill.sources import locations
from newsmill.sources.local import Local
from newsmill.sources.patterns import picks
from newsmill.sources.remote_files import Limits, Lost, Offer, Opened, PassedOver, Store, Version

StoreOf = Callable[[str], Store]


class Listed:
    """The files that an index page or a manifest names; each is had from the store of its own scheme.

    Entries of http and https may lead to any public host. All others must lie below `base`, by default the folder of
    the list: nobody who writes a list gets at files of this machine or at other buckets.
    """

    proves = True

    def __init__(self, dump: Dump, location: str, base: str | None, pattern: str | None, limits: Limits, of: StoreOf):
        self.dump, self.location, self.limits, self.of = dump, location, limits, of
        self.base = base or locations.folder_of(location)
        self.pattern = pattern
        self.connections = of(self.base).connections

    def offers(self) -> Iterator[Offer | PassedOver]:
        """Read the list and yield the files it names, each once."""
        packed, found_at = self.of(self.location).read(self._path(self.location))
        data = unpacked(packed, self.limits.list_bytes, locations.shown(self.location, self.dump))
        entries = _links(data, found_at) if self.dump.list == "links" else _lines(data)
        seen = set()
        for entry in entries:
            address = self._address(entry)
            if address not in seen and picks(urlsplit(address).path, self.pattern):
                seen.add(address)
                yield from self._offer(address)

    def shown(self, offer: Offer) -> str:
        """Return the address of an offer without secrets."""
        return locations.shown(offer.at, self.dump)

    def close(self) -> None:
        """Let go of the connections of the list and of its entries."""
        for address in (self.location, self.base):
            self.of(address).close()

    def ask(self, offer: Offer) -> Version:
        """Return what is told of an offer without its bytes."""
        return self.of(offer.at).ask(offer)

    def open(
        self, offer: Offer, start: int, draft: Version, have: Landed | None
    ) -> AbstractContextManager[Opened | None]:
        """Open an offer in its own store."""
        return self.of(offer.at).open(offer, start, draft, have)

    def read(self, address: str) -> tuple[bytes, str]:
        """Return a short file and its address."""
        return self.of(address).read(address)

    def _address(self, entry: str) -> str:
        if "://" in entry or locations.scheme_of(self.base) in locations.WEB:
            return urljoin(self.base, entry)
        return self.base.rstrip("/") + "/" + entry.lstrip("/")

    def _offer(self, address: str) -> Iterator[Offer | PassedOver]:
        scheme, shown = locations.scheme_of(address), locations.shown(address, self.dump)
        if scheme in locations.WEB:
            yield Offer(locations.landing_name(address, locations.shown(self.base, self.dump), self.dump), address)
        elif scheme != locations.scheme_of(self.base) or not _is_below(address, self.base):
            told = f"{shown}: a list may name http and https addresses, and others only below {self.base}; passed over"
            yield PassedOver(shown, "refused_address", told)
        elif isinstance(store := self.of(self.base), Local):
            inner = posixpath.normpath(_plain(address))[len(posixpath.normpath(_plain(self.base))) :].lstrip("/")
            yield from store.inside(store.place, iter([inner]))
        else:
            yield Offer(locations.landing_name(address, locations.shown(self.base, self.dump), self.dump), address)

    def _path(self, address: str) -> str:
        store = self.of(address)
        return str(store.place) if isinstance(store, Local) else address


def unpacked(data: bytes, limit: int, shown: str) -> bytes:
    """Return a list as it was before gzip packed it, if it did."""
    pieces, came = [], 0
    while data[:2] == b"\x1f\x8b":
        engine = zlib.decompressobj(31)
        try:
            pieces.append(engine.decompress(data, limit + 1 - came))
        except zlib.error:
            raise Lost("not_fetched", f"{shown}: a gzip list that cannot be unpacked; see it by hand") from None
        came += len(pieces[-1])
        if came > limit:
            raise Lost("over_limit", f"{shown}: the list unpacks to more than {limit} bytes; set limits.list_bytes")
        if not engine.eof:
            raise Lost("cut_short", f"{shown}: a list packed with gzip that ends too early; fetch again later")
        data = engine.unused_data
    return b"".join(pieces) if pieces else data


def _lines(data: bytes) -> Iterator[str]:
    for line in data.decode("utf-8-sig", errors="replace").splitlines():
        entry = line.strip()
        if entry and not entry.startswith("#"):
            yield entry


def _links(data: bytes, found_at: str) -> Iterator[str]:
    """Yield the addresses that a page links to; those of folders, of mail and of places in the page are none."""
    try:
        page = lxml.html.document_fromstring(data)
    except (ParserError, ValueError):
        return
    base = next((urljoin(found_at, href) for href in page.xpath("//base/@href")), found_at)
    for href in page.xpath("//a/@href"):
        address = urljoin(base, href.strip())
        parts = urlsplit(address)
        if parts.scheme in locations.WEB and parts.path and not parts.path.endswith("/"):
            yield urlunsplit(parts._replace(fragment=""))


def _is_below(address: str, base: str) -> bool:
    if urlsplit(address).netloc != urlsplit(base).netloc and locations.scheme_of(address) != "file":
        return False
    inner, outer = (posixpath.normpath(_plain(one)) for one in (address, base))
    return inner.startswith(outer.rstrip("/") + "/")


def _plain(address: str) -> str:
    return address if "://" not in address else address.partition("://")[2]
