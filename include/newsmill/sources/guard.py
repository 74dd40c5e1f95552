"""Which network addresses may be spoken to: public ones, and those that the user named."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from newsmill.sources.locations import WEB, port_of, scheme_of
from newsmill.sources.remote_files import Lost

_NAT64 = ip_network("64:ff9b::/96")


class Guard:
    """Refuses addresses of this machine and its network, unless the dump allows them or names that very host and port.

    It judges the address that a connection has reached, so a name that changes its address gains nothing.
    """

    def __init__(self, allow_private: bool, named: Iterable[str]):
        self.allow_private = allow_private
        self.named = {(_host(address), port_of(address)) for address in named if _names_this_machine(address)}

    def check(self, host: str, port: int | None, address: str) -> None:
        """Refuse a connection to `address` that was made for `host`."""
        if self.allow_private or (host.strip("[]").lower(), port) in self.named or is_public(address):
            return
        raise Lost(
            "refused_address",
            f"{host}:{port} is {address}, an address of this machine or its network, which neither a redirect, a list "
            "nor a name may lead to; if it is meant, set allow_private = true for the dump",
        )


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet, and so does an address wrapped in it."""
    ip = ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return all(one.is_global and not one.is_multicast for one in (ip, *_wrapped(ip)))


def _wrapped(ip: IPv4Address | IPv6Address) -> Iterable[IPv4Address]:
    if isinstance(ip, IPv4Address):
        return ()
    nat64 = IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
    return [one for one in (ip.sixtofour, *(ip.teredo or ()), nat64) if one]


def _names_this_machine(address: str) -> bool:
    """Tell whether an address names a private or loopback host in so many words, not by way of a name server."""
    if scheme_of(address) not in WEB:
        return False
    host = _host(address)
    try:
        return not is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").lower()
