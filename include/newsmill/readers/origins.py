"""Finds the publisher of a record: by address, else by the record's own field, else by the dump."""

import re
from typing import NamedTuple

from newsmill.landing import Dump, Publisher
from newsmill.readers.publisher_names import strip_slogan
from newsmill.site_hosts import fold_labels, fold_name, host_of

_MAX_CACHED = 10_000
# Country domains that sites of other countries use for the sound, and those of unions and dissolved states.
_WORLDWIDE_DOMAINS = frozenset(
    "AC AI AM AS AX BZ CC CO DJ EU FM GG GL IM IO LA LI LY ME MS NU SC SH SO ST SU TK TO TV VC WS".split()
)
_COUNTRIES_OF_DOMAINS = {"UK": "GB"}
_LABEL = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


class Source(NamedTuple):
    """The publisher of a record, as in the columns of the relation pages."""

    source_id: str
    name: str
    domain: str | None = None
    country_code: str | None = None
    is_wire: bool = False
    owner: str | None = None


SOURCE_COLUMNS = Source._fields


class Origins:
    """Returns the source of each record of a dump; caches the results."""

    def __init__(self, dump: Dump):
        self.dump = dump
        self._cache: dict[tuple[str | None, ...], Source] = {}

    def find_source(self, url: str | None, domain: str | None, publisher: str | None) -> Source:
        """Return the source for a record's address, domain and publisher."""
        key = (host_of(url), domain, publisher)
        if key not in self._cache:
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            self._cache[key] = _find_source(self.dump, *key)
        return self._cache[key]


def slugify(name: str) -> str:
    """Return a name as an identifier: lower case, words joined by hyphens, letters of any script kept."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")


def _find_source(dump: Dump, url_host: str | None, domain: str | None, publisher: str | None) -> Source:
    known = dump.publisher
    site = url_host or host_of(domain) or host_of(publisher)
    named = _choose_name(publisher, site) if publisher else None
    if site:
        if known and known.domain == site:
            return _publisher_source(site, known)
        return Source(site, named or site, site, _country_of(site))
    if named and not (known and slugify(named) == slugify(known.name)):
        return Source(slugify(named) or dump.name, named)
    if known:
        return _publisher_source(known.domain or slugify(known.name) or dump.name, known)
    return Source(dump.name, dump.name)


def _country_of(site: str) -> str | None:
    """Return the country of a site by its top-level domain; None for domains that sites of any country use."""
    domain = site.rpartition(".")[2].upper()
    if len(domain) != 2 or not domain.isascii() or domain in _WORLDWIDE_DOMAINS:
        return None
    return _COUNTRIES_OF_DOMAINS.get(domain, domain)


def _choose_name(publisher: str, site: str | None) -> str | None:
    """Return the name of a publisher without a slogan; None for the address of another site and for a label."""
    address = host_of(publisher)
    if address:  # a site's own address is written as the site writes it: KestrelNews.example
        return publisher if publisher.casefold() == address and f".{site}".endswith(f".{address}") else None
    if not site:
        return publisher
    return None if _is_label(publisher, site) else strip_slogan(publisher, site)


def _is_label(name: str, site: str) -> bool:
    """Report whether a name is the label of a corpus or of a feed, such as `cc-news`, instead of a site's own name."""
    return _LABEL.fullmatch(name) is not None and not any(fold_name(name) in label for label in fold_labels(site))


def _publisher_source(source_id: str, publisher: Publisher) -> Source:
    return Source(
        source_id, publisher.name, publisher.domain, publisher.country_code, publisher.is_wire, publisher.owner
    )
