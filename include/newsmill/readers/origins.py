"""Finds the publisher of a record: by address, else by the record's own field, else by the dump."""

import re
from urllib.parse import urlsplit

from newsmill.landing import Dump, Publisher

SOURCE_COLUMNS = ("source_id", "name", "domain", "country_code", "is_wire", "owner")
_FILE_ENDINGS = (".html", ".htm", ".php", ".aspx", ".txt", ".json", ".jsonl", ".xml", ".gz", ".zst", ".pdf")
_MAX_HOST_CHARS = 255
_MAX_CACHED = 10_000
_HOST = re.compile(r"(?!\d+(\.\d+){3}$)[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*\.[^\W\d_][\w-]*[^\W_]")


class Origins:
    """Returns the source of each record of a dump; caches the results."""

    def __init__(self, dump: Dump):
        self.dump = dump
        self._cache: dict[tuple, tuple] = {}

    def find_source(self, url: str | None, domain: str | None, publisher: str | None) -> tuple:
        """Return the values of SOURCE_COLUMNS for a record's address, domain and publisher."""
        key = (host_of(url), domain, publisher)
        if key not in self._cache:
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            self._cache[key] = _find_source(self.dump, *key)
        return self._cache[key]


def host_of(address: str | None) -> str | None:
    """Return the host of an address or bare domain in lower case, without www. and port; None without a host."""
    if not address:
        return None
    if "//" not in address:
        name = re.split("[/?#:]", address[:_MAX_HOST_CHARS], maxsplit=1)[0].lower()
        name = name if _HOST.fullmatch(name.rstrip(".")) and not name.endswith(_FILE_ENDINGS) else ""
    else:
        try:
            name = urlsplit(address).hostname or ""
        except ValueError:
            return None
    return name.strip().rstrip(".").removeprefix("www.") or None


def slugify(name: str) -> str:
    """Return a name as an identifier: lower case, words joined by hyphens, letters of any script kept."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")


def _find_source(dump: Dump, url_host: str | None, domain: str | None, publisher: str | None) -> tuple:
    known = dump.publisher
    named = publisher if publisher and not host_of(publisher) else None
    site = url_host or host_of(domain) or host_of(publisher)
    if site:
        if known and known.domain == site:
            return _publisher_source(site, known)
        return site, named or site, site, None, False, None
    if named and not (known and slugify(named) == slugify(known.name)):
        return slugify(named) or dump.name, named, None, None, False, None
    if known:
        return _publisher_source(known.domain or slugify(known.name) or dump.name, known)
    return dump.name, dump.name, None, None, False, None


def _publisher_source(source_id: str, publisher: Publisher) -> tuple:
    return source_id, publisher.name, publisher.domain, publisher.country_code, publisher.is_wire, publisher.owner
