"""Which store reaches a dump's place, and what the place offers a night under names that fit a folder."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from newsmill.errors import Permanent
from newsmill.landing import Dump
from newsmill.sources import locations
from newsmill.sources.download import Effort, patiently
from newsmill.sources.lists import Listed
from newsmill.sources.local import Local
from newsmill.sources.paths import FileAccess
from newsmill.sources.remote import Remote
from newsmill.sources.remote_files import Limits, Offer, PassedOver, Store
from newsmill.sources.web import Web


@dataclass(frozen=True)
class Tonight:
    """What a place offers a night: files in order of the name they land under, and what is passed over."""

    offers: list[Offer]
    passed_over: list[PassedOver]


def store_of(dump: Dump, night: date, access: FileAccess, limits: Limits) -> Store:
    """Return the store of a dump's files this night."""
    location, base, pattern = (_filled(text, night) for text in (dump.location, dump.base, dump.pattern))

    @cache
    def of_scheme(scheme: str, address: str) -> Store:
        if scheme == "file":
            return Local(address, access, limits)
        if scheme == "web":
            return Web(dump, address, base, limits)
        if scheme in locations.STORES:
            return Remote(dump, address, limits)
        known = ", ".join((*locations.WEB, *locations.STORES, "file"))
        told = locations.shown(address, dump)
        raise Permanent(f"{dump.name}: {told} begins with {scheme}, which newsmill cannot fetch; it can {known}")

    def of(address: str) -> Store:
        scheme = locations.scheme_of(address)
        if scheme in locations.WEB:
            return of_scheme("web", location)
        return of_scheme(scheme, address if scheme == "file" else base or location)

    if dump.list == "files":
        return of(location)
    return Listed(dump, _whole(location, access), base and _whole(base, access), pattern, limits, of)


def place_shown(dump: Dump, night: date, access: FileAccess) -> str:
    """Return a dump's place as it may be written: the night filled in, secrets not."""
    return locations.shown(_whole(locations.dated(dump.location, night), access), dump)


def offered(store: Store, dump: Dump, effort: Effort) -> Tonight:
    """Return what a place offers; refuse one that offers more files than the limit before any is copied."""
    found = patiently(lambda: _listed(store, dump, effort.limits), effort)
    passed_over = [one for one in found if isinstance(one, PassedOver)]
    return Tonight(_named(one for one in found if isinstance(one, Offer)), passed_over)


def _listed(store: Store, dump: Dump, limits: Limits) -> list[Offer | PassedOver]:
    found = []
    for one in store.offers():
        found.append(one)
        if len(found) > limits.files:
            raise Permanent(
                f"{dump.name}: more than {limits.files} files; split the dump, pack its pages, or set limits.files"
            )
    return found


def _named(offers: Iterable[Offer]) -> list[Offer]:
    """Give every offer a name of its own: two of one name, or a file named like another's folder, are told apart."""
    offers = list(offers)
    names = Counter(offer.name for offer in offers)
    folders = {name[:at] for name in names for at, sign in enumerate(name) if sign == "/"}
    return sorted(
        (
            replace(offer, name=locations.tagged(offer.name, offer.at))
            if names[offer.name] > 1 or offer.name in folders or not offer.name
            else offer
            for offer in offers
        ),
        key=lambda offer: offer.name,
    )


def _filled(text: str | None, night: date) -> str | None:
    return None if text is None else locations.opened(locations.dated(text, night))


def _whole(address: str, access: FileAccess) -> str:
    """Return a path on this machine as a whole one; other addresses as they are."""
    if locations.scheme_of(address) != "file" or locations.PLACEHOLDER.match(address):
        return address
    path = str(access.locate(address))
    return path + "/" if address.endswith("/") else path
