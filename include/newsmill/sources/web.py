"""Files over http and https: ranges, conditions and redirects, with every connection checked before a byte is sent."""

import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from functools import partial
from http.client import HTTPResponse, RemoteDisconnected
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, IncompleteRead, NameResolutionError, ReadTimeoutError
from urllib3.exceptions import ProtocolError as CutShort

from newsmill import __version__
from newsmill.errors import Permanent
from newsmill.landing import Dump, Landed
from newsmill.sources import locations
from newsmill.sources.guard import Guard
from newsmill.sources.patterns import has_pattern
from newsmill.sources.remote_files import Again, Limits, Lost, Offer, Opened, Version

CONNECT_SECONDS, SILENT_SECONDS = 10, 60
SLOW_SECONDS, SLOW_BYTES = 120, 64 * 1024
"""A server that sends less than so many bytes in so many seconds is taken for a stuck one."""
_BLOCK = 256 * 1024
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_REDIRECTS = (301, 302, 303, 307, 308)
_READABLE_ENCODINGS = {"", "identity", "gzip", "x-gzip", "zstd"}
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_DROPPED = (RemoteDisconnected, ConnectionResetError, BrokenPipeError)
"""What a kept connection says when the server had closed it meanwhile."""

# At DEBUG urllib3 logs every path with its query, signatures and all.
logging.getLogger("urllib3").setLevel(logging.INFO)


class Web:
    """The files of a dump on web servers."""

    proves = True

    def __init__(self, dump: Dump, location: str, base: str | None, limits: Limits):
        named = [address for address in (location, base) if address]
        named = [address for address in named if locations.scheme_of(address) in locations.WEB]
        self.dump, self.location, self.limits = dump, location, limits
        self.connections = limits.connections
        self.guard = Guard(dump.allow_private, named)
        self.origins = {locations.origin(address) for address in named}
        self.headers = {name: locations.opened(value) for name, value in dump.options.get("headers", {}).items()}
        self._mine, self._sessions = threading.local(), []

    def offers(self) -> Iterator[Offer]:
        """Yield the one file at the address; the web cannot list a folder."""
        path = urlsplit(self.location).path
        if has_pattern(path) or path.endswith("/"):
            raise Permanent(
                f"{self.dump.name}: {locations.shown(self.location, self.dump)} names no file, and the web lists no "
                "folders; name an index page with list = 'links' and a pattern, or a manifest with list = 'manifest'"
            )
        folder = locations.shown(locations.folder_of(self.location), self.dump)
        yield Offer(locations.landing_name(self.location, folder, self.dump), self.location)

    def shown(self, offer: Offer) -> str:
        """Return the address of an offer without secrets."""
        return locations.shown(offer.at, self.dump)

    def close(self) -> None:
        """Close the connections that are kept."""
        for session in self._sessions:
            session.close()

    def ask(self, offer: Offer) -> Version:
        """Return what the server tells of a file without sending it; nothing where it does not answer HEAD."""
        try:
            with self._answer("HEAD", offer.at, {}) as answer:
                return _version(answer, _length(answer))
        except Lost as lost:
            if lost.reason in ("not_found", "not_allowed", "refused_address", "refused"):
                raise
            return Version()

    @contextmanager
    def open(self, offer: Offer, start: int, draft: Version, have: Landed | None) -> Iterator[Opened | None]:
        """Open an offer at `start` if it is still the `draft`, else at 0; None says that it is what we `have`."""
        asked = _condition(have) if have and not start else {}
        if start and draft.can_resume:
            asked = {"Range": f"bytes={start}-", "If-Range": _strong(draft)}
        with self._answer("GET", offer.at, asked) as answer:
            if answer.status_code == 304:
                yield None
                return
            yield self._opened(answer, offer, start, draft)

    def read(self, address: str) -> tuple[bytes, str]:
        """Return a short file such as a list, and the address at which it was found in the end."""
        shown, most = locations.shown(address, self.dump), self.limits.list_bytes
        with self._answer("GET", address, {}) as answer:
            pieces, came = [], 0
            for piece in self._blocks(answer, shown):
                pieces.append(piece)
                came += len(piece)
                if came > most:
                    raise Lost("over_limit", f"{shown}: the list has more than {most} bytes; set limits.list_bytes")
            return b"".join(pieces), answer.url

    def _opened(self, answer: requests.Response, offer: Offer, start: int, draft: Version) -> Opened:
        shown, length = self.shown(offer), _length(answer)
        found = _RANGE.fullmatch(answer.headers.get("Content-Range", "")) if answer.status_code == 206 else None
        if answer.status_code == 206 and not (found and int(found[1]) == start):
            raise Again(f"{shown}: the server sends another range than the one asked for", afresh=True)
        start = start if found else 0
        total = int(found[3]) if found and found[3] != "*" else None if length is None else start + length
        version = _version(answer, total)
        if start and draft.etag and version.etag and draft.etag != version.etag:
            raise Again(f"{shown}: the file changed on its server while it came", afresh=True)
        if (encoding := answer.headers.get("Content-Encoding", "").lower()) not in _READABLE_ENCODINGS:
            raise Lost("refused", f"{shown}: sent in Content-Encoding {encoding}, though none was asked for")
        return Opened(version, start, total, self._blocks(answer, shown))

    def _blocks(self, answer: requests.Response, shown: str) -> Iterator[bytes]:
        """Yield the bytes as they were sent, with nothing unpacked."""
        since, came = time.monotonic(), 0
        while block := answer.raw.read1(_BLOCK, decode_content=False):
            yield block
            came += len(block)
            if (passed := time.monotonic() - since) > SLOW_SECONDS:
                if came < SLOW_BYTES:
                    raise Again(f"{shown}: only {came} bytes came in {passed:.0f} s")
                since, came = time.monotonic(), 0

    @contextmanager
    def _answer(self, method: str, address: str, headers: dict[str, str]) -> Iterator[requests.Response]:
        """Ask, follow redirects, and give the answer if it is one that can be used."""
        for _ in range(self.limits.redirects + 1):
            shown = locations.shown(address, self.dump)
            with _faults(shown), self._asked(method, address, headers) as answer:
                if answer.status_code in _REDIRECTS and "Location" in answer.headers:
                    address = self._redirected(address, answer.headers["Location"])
                    continue
                _judge(answer, shown, self.limits)
                yield answer
                return
        raise Lost("refused", f"{shown}: more than {self.limits.redirects} redirects; give the final address")

    def _asked(self, method: str, address: str, headers: dict[str, str]) -> requests.Response:
        self._check_behind_proxy(address)
        own = self.headers if locations.origin(address) in self.origins else {}
        ask = partial(
            self._session().request,
            method,
            address,
            headers={**own, **headers},
            stream=True,
            allow_redirects=False,
            timeout=(CONNECT_SECONDS, SILENT_SECONDS),
        )
        try:
            return ask()
        except requests.exceptions.ConnectionError as error:
            if not any(isinstance(one, _DROPPED) for one in _causes(error)):
                raise
        return ask()

    def _redirected(self, address: str, to: str) -> str:
        target = urljoin(address, to)
        shown = f"{locations.shown(address, self.dump)} redirects to {locations.shown(target, self.dump)}"
        if locations.scheme_of(target) not in locations.WEB or not urlsplit(target).hostname:
            raise Lost("refused_address", f"{shown}: a redirect may lead to http and https only")
        if locations.scheme_of(address) == "https" and locations.scheme_of(target) == "http":
            raise Lost("refused_address", f"{shown}, which is not encrypted; if it is meant, name that address itself")
        return target

    def _check_behind_proxy(self, address: str) -> None:
        # A proxy makes the connection, so all that can be judged here is what the name means on this machine.
        host, port = urlsplit(address).hostname or "", locations.port_of(address)
        if select_proxy(address, get_environ_proxies(address)):
            try:
                found = {told[4][0] for told in socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP)}
            except OSError:
                return
            for one in found:
                self.guard.check(host, port, one)

    def _session(self) -> requests.Session:
        """Return this thread's session; requests promises nothing to threads that share one."""
        if not hasattr(self._mine, "session"):
            session = requests.Session()
            session.headers = {
                "User-Agent": f"newsmill/{__version__}",
                "Accept": "*/*",
                "Accept-Encoding": "identity",
            }
            for scheme in locations.WEB:
                session.mount(f"{scheme}://", _Guarded(self.guard))
            self._mine.session = session
            self._sessions.append(session)
        return self._mine.session


class _Guarded(HTTPAdapter):
    """Makes direct connections by way of the guard."""

    def __init__(self, guard: Guard):
        self.guard = guard
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments, **options) -> None:
        """Make pools whose connections are checked as soon as they stand."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _checked(HTTPConnectionPool, HTTPConnection, self.guard),
            "https": _checked(HTTPSConnectionPool, HTTPSConnection, self.guard),
        }


class _TooMuch(OSError):
    """More bytes came than the server announced."""


class _Measured(HTTPResponse):
    """Notices bytes past the announced end, which http.client leaves unread: a file would be short without a word."""

    def __init__(self, sock: socket.socket, *arguments, **options):
        self.sock = sock
        super().__init__(sock, *arguments, **options)

    def _close_conn(self) -> None:
        more = self.status in (200, 206) and self.length == 0 and self._method != "HEAD" and self._has_more()
        super()._close_conn()
        if more:
            raise _TooMuch

    def _has_more(self) -> bool:
        patience = self.sock.gettimeout()
        try:
            self.sock.settimeout(0)
            return bool(self.fp.peek(1))
        except OSError:
            return False  # nothing is waiting, or the connection is gone
        finally:
            with suppress(OSError):
                self.sock.settimeout(patience)


def _checked(pool: type, connection: type, guard: Guard) -> type:
    class Connection(connection):
        response_class = _Measured

        def _new_conn(self) -> socket.socket:
            made = super()._new_conn()
            try:
                guard.check(self.host, self.port, made.getpeername()[0])
            except Lost:
                made.close()
                raise
            return made

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})


_ROOTS = {
    NameResolutionError: "its host has no address; see the name, and that there is a network",
    ssl.SSLCertVerificationError: "its certificate cannot be trusted",
    ReadTimeoutError: f"nothing came for {SILENT_SECONDS} s",
    _TooMuch: "more bytes than were announced",
    IncompleteRead: "fewer bytes than were announced",
}


def _condition(have: Landed) -> dict[str, str]:
    """Return the headers by which a server says that a file is still what we have."""
    if have.etag:
        return {"If-None-Match": have.etag}
    return {"If-Modified-Since": have.modified} if have.modified else {}


def _strong(version: Version) -> str:
    return version.etag if version.etag and not version.etag.startswith("W/") else version.modified


def _length(answer: requests.Response) -> int | None:
    told = answer.headers.get("Content-Length", "")
    return int(told) if told.isdigit() else None


def _version(answer: requests.Response, total: int | None) -> Version:
    return Version(total, answer.headers.get("ETag"), answer.headers.get("Last-Modified"))


def _judge(answer: requests.Response, shown: str, limits: Limits) -> None:
    """Let through an answer that brings what was asked for."""
    status = answer.status_code
    if status in (200, 206, 304):
        return
    said = f"{shown}: the server answers {status} {answer.reason}"
    if status in _PASSING:
        wait = _retry_after(answer)
        if wait is not None and wait > limits.wait_seconds:
            raise Lost("unreachable", f"{said} and asks to wait {wait:.0f} s; run the night again after that")
        raise Again(said, wait)
    if status == 416:
        raise Again(f"{said}: there is nothing past what came so far", afresh=True)
    if status in (404, 410):
        raise Lost("not_found", f"{said}; correct the location, or wait until it is there")
    if status in (401, 403, 407):
        raise Lost(
            "not_allowed", f"{said}; give user and password in ~/.netrc, or a token by options.headers and {{env:NAME}}"
        )
    raise Lost("not_fetched", f"{said}; see whether the address opens in a browser")


def _retry_after(answer: requests.Response) -> float | None:
    """Return the seconds a server asks to wait, told as a number or as a moment."""
    told = answer.headers.get("Retry-After", "").strip()
    if told.isdigit():
        return float(told)
    try:
        moment = parsedate_to_datetime(told).timestamp()
        now = answer.headers.get("Date")
        return max(0.0, moment - (parsedate_to_datetime(now).timestamp() if now else time.time()))
    except (TypeError, ValueError):
        return None


@contextmanager
def _faults(shown: str) -> Iterator[None]:
    """Say in plain words what went wrong on the way; library errors hold whole addresses, secrets and all."""
    try:
        yield
    except requests.exceptions.ConnectTimeout:
        raise Again(f"{shown}: no connection within {CONNECT_SECONDS} s") from None
    except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, UnicodeError):
        raise Lost("refused", f"{shown}: not an address that can be asked; correct it") from None
    except (requests.exceptions.ChunkedEncodingError, CutShort) as error:
        raise Again(f"{shown}: cut before its end ({_root(error)})", reason="cut_short") from None
    except (requests.exceptions.RequestException, HTTPError, OSError) as error:
        if "certificate" in (root := _root(error)):
            raise Lost("unreachable", f"{shown}: {root}; see the clock and the certificates of this machine") from None
        raise Again(f"{shown}: {root}") from None


def _causes(error: BaseException | None) -> list[BaseException]:
    """Return an error and what lies below it, the innermost last."""
    seen = []
    while error and error not in seen:
        seen.append(error)
        inner = [one for one in (getattr(error, "reason", None), *error.args) if isinstance(one, BaseException)]
        error = inner[0] if inner else error.__cause__ or error.__context__
    return seen


def _root(error: BaseException) -> str:
    """Say what was at the bottom of an error, in words that hold no address."""
    seen = _causes(error)
    for one in reversed(seen):
        for kind, told in _ROOTS.items():
            if isinstance(one, kind):
                return told
    told = (one.strerror.lower() for one in reversed(seen) if isinstance(one, OSError) and one.strerror)
    return next(told, "the connection failed")
