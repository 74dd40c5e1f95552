"""Checks network addresses: only public addresses may be contacted, and private addresses named by the user."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from newsmill.sources.locations import WEB, port_of, scheme_of
from newsmill.sources.remote_files import FetchError

_NAT64 = ip_network("64:ff9b::/96")


class Guard:
    """Refuses private addresses, unless the source allows private addresses or names the host and port.

    `check` takes the address of the open connection, so DNS rebinding (a host name with changing addresses) is caught.
    """

    def __init__(self, allow_private: bool, named: Iterable[str]):
        self.allow_private = allow_private
        self.named = {(_host_of(address), port_of(address)) for address in named if _is_private_host(address)}

    def check(self, host: str, port: int | None, address: str) -> None:
        """Raise unless a connection for `host` may reach `address`."""
        if self.allow_private or (host.strip("[]").lower(), port) in self.named or is_public(address):
            return
        raise FetchError(
            "refused_address",
            f"{host}:{port} is {address}, an address of this machine or its network, which neither a redirect, a list "
            "nor a name may lead to; if it is meant, set allow_private = true for the source",
        )


def is_public(address: str) -> bool:
    """Return whether an IP address and any embedded IPv4 address are public."""
    ip = ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return all(address.is_global and not address.is_multicast for address in (ip, *_embedded_ipv4(ip)))


def _embedded_ipv4(ip: IPv4Address | IPv6Address) -> Iterable[IPv4Address]:
    if isinstance(ip, IPv4Address):
        return ()
    nat64 = IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
    return [address for address in (ip.sixtofour, *(ip.teredo or ()), nat64) if address]


def _is_private_host(address: str) -> bool:
    """Return whether a URL names a private or loopback host literally, without a name server."""
    if scheme_of(address) not in WEB:
        return False
    host = _host_of(address)
    try:
        return not is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _host_of(address: str) -> str:
    return (urlsplit(address).hostname or "").lower()
