"""Who published a record: by its address, else its own word, else its dump."""

import re
from urllib.parse import urlsplit

from newsmill.landing import Dump, Publisher

SOURCE_COLUMNS = ("source_id", "name", "domain", "country_code", "is_wire", "owner")
_FILE_ENDINGS = (".html", ".htm", ".php", ".aspx", ".txt", ".json", ".jsonl", ".xml", ".gz", ".zst", ".pdf")
_MAX_HOST_CHARS = 255
_MAX_REMEMBERED = 10_000
_HOST = re.compile(r"(?!\d+(\.\d+){3}$)[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*\.[^\W\d_][\w-]*[^\W_]")


class Origins:
    """Tells the source of each record of one dump, remembering those it has told."""

    def __init__(self, dump: Dump):
        self.dump = dump
        self._told: dict[tuple, tuple] = {}

    def source(self, url: str | None, domain: str | None, publisher: str | None) -> tuple:
        """Return the values of SOURCE_COLUMNS for a record's address, domain and publisher."""
        asked = (host(url), domain, publisher)
        if asked not in self._told:
            if len(self._told) >= _MAX_REMEMBERED:
                self._told.clear()
            self._told[asked] = _source(self.dump, *asked)
        return self._told[asked]


def host(address: str | None) -> str | None:
    """Return the host of an address or of a bare domain, in lower case, without www. and port; None if it has none."""
    if not address:
        return None
    if "//" not in address:
        found = re.split("[/?#:]", address[:_MAX_HOST_CHARS], maxsplit=1)[0].lower()
        found = found if _HOST.fullmatch(found.rstrip(".")) and not found.endswith(_FILE_ENDINGS) else ""
    else:
        try:
            found = urlsplit(address).hostname or ""
        except ValueError:
            return None
    return found.strip().rstrip(".").removeprefix("www.") or None


def slug(name: str) -> str:
    """Return a name as an identity: lower case, words joined by hyphens, letters of any script kept."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")


def _source(dump: Dump, url_host: str | None, domain: str | None, publisher: str | None) -> tuple:
    known = dump.publisher
    named = publisher if publisher and not host(publisher) else None
    site = url_host or host(domain) or host(publisher)
    if site:
        if known and known.domain == site:
            return _known(site, known)
        return site, named or site, site, None, False, None
    if named and not (known and slug(named) == slug(known.name)):
        return slug(named) or dump.name, named, None, None, False, None
    if known:
        return _known(known.domain or slug(known.name) or dump.name, known)
    return dump.name, dump.name, None, None, False, None


def _known(source_id: str, publisher: Publisher) -> tuple:
    return source_id, publisher.name, publisher.domain, publisher.country_code, publisher.is_wire, publisher.owner
