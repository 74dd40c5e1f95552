"""Reads files over http and https with ranges, conditions and redirects; checks each connection before any request."""

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
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies, select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, IncompleteRead, NameResolutionError, ReadTimeoutError
from urllib3.exceptions import ProtocolError as CutShort

from newsmill import __version__
from newsmill.errors import Permanent
from newsmill.landing import Dump, LandedFile
from newsmill.sources import locations
from newsmill.sources.credentials import fill_secrets
from newsmill.sources.guard import Guard
from newsmill.sources.patterns import has_pattern
from newsmill.sources.remote_files import FetchError, FileStream, Limits, RemoteFile, RetryableError, Version

CONNECT_SECONDS, SILENT_SECONDS = 10, 60
SLOW_SECONDS, SLOW_BYTES = 120, 64 * 1024
"""A server with less than SLOW_BYTES in SLOW_SECONDS counts as stuck; the download is retried."""
_BLOCK = 256 * 1024
_TEMPORARY_STATUSES = (408, 425, 429, 500, 502, 503, 504)
_REDIRECT_STATUSES = (301, 302, 303, 307, 308)
_READABLE_ENCODINGS = {"", "identity", "gzip", "x-gzip", "zstd"}
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_DROPPED_CONNECTION = (RemoteDisconnected, ConnectionResetError, BrokenPipeError)
"""Errors of a reused connection after the server has closed the other end."""

# at DEBUG urllib3 logs every path with its query, including signatures
logging.getLogger("urllib3").setLevel(logging.INFO)


class WebStore:
    """The files of a dump on web servers."""

    has_reliable_versions = True

    def __init__(self, dump: Dump, location: str, base: str | None, limits: Limits):
        named = [address for address in (location, base) if address]
        named = [address for address in named if locations.scheme_of(address) in locations.WEB]
        self.dump, self.location, self.limits = dump, location, limits
        self.connections = limits.connections
        self.guard = Guard(dump.allow_private, named)
        self.origins = {locations.origin_of(address) for address in named}
        self.headers = {name: fill_secrets(value) for name, value in dump.options.get("headers", {}).items()}
        self._thread_local = threading.local()
        self._sessions: list[requests.Session] = []

    def list_files(self) -> Iterator[RemoteFile]:
        """Yield the file at the address; http cannot list a folder."""
        path = urlsplit(self.location).path
        if has_pattern(path) or path.endswith("/"):
            raise Permanent(
                f"{self.dump.name}: {locations.redact_address(self.location, self.dump)} names no file, and "
                "the web lists no folders; name an index page with list = 'links' and a pattern, or a manifest with "
                "list = 'manifest'"
            )
        folder = locations.redact_address(locations.folder_of(self.location), self.dump)
        yield RemoteFile(locations.landing_name(self.location, folder, self.dump), self.location)

    def redacted_address(self, remote_file: RemoteFile) -> str:
        """Return a remote file's address without secrets."""
        return locations.redact_address(remote_file.address, self.dump)

    def close(self) -> None:
        """Close the sessions of all threads."""
        for session in self._sessions:
            session.close()

    def read_version(self, remote_file: RemoteFile) -> Version:
        """Return a file's version from a HEAD request; return an empty version if the server refuses HEAD."""
        try:
            with self._follow_redirects("HEAD", remote_file.address, {}) as response:
                return _version_of(response, _content_length(response))
        except FetchError as error:
            if error.reason in ("not_found", "not_allowed", "refused_address", "refused"):
                raise
            return Version()

    @contextmanager
    def open_stream(
        self, remote_file: RemoteFile, start: int, partial_version: Version, have: LandedFile | None
    ) -> Iterator[FileStream | None]:
        """Open at `start` if the version equals `partial_version`, else at 0; yield None if `have` is current."""
        headers = _conditional_headers(have) if have and not start else {}
        if start and (validator := partial_version.resume_validator):
            headers = {"Range": f"bytes={start}-", "If-Range": validator}
        with self._follow_redirects("GET", remote_file.address, headers) as response:
            if response.status_code == 304:
                if not have:
                    redacted = self.redacted_address(remote_file)
                    raise FetchError("refused", f"{redacted}: the server answers 304, though no condition was set")
                yield None
                return
            yield self._make_stream(response, remote_file, start, partial_version)

    def read_short_file(self, address: str) -> tuple[bytes, str]:
        """Return the bytes of a short file such as a list, and the address after redirects."""
        redacted, limit = locations.redact_address(address, self.dump), self.limits.list_bytes
        with self._follow_redirects("GET", address, {}) as response:
            blocks, size = [], 0
            for block in self._read_blocks(response, redacted):
                blocks.append(block)
                size += len(block)
                if size > limit:
                    raise FetchError(
                        "over_limit", f"{redacted}: the list has more than {limit} bytes; set limits.list_bytes"
                    )
            return b"".join(blocks), response.url

    def _make_stream(
        self, response: requests.Response, remote_file: RemoteFile, start: int, partial_version: Version
    ) -> FileStream:
        redacted, length = self.redacted_address(remote_file), _content_length(response)
        match = _RANGE.fullmatch(response.headers.get("Content-Range", "")) if response.status_code == 206 else None
        if response.status_code == 206 and not (match and int(match[1]) == start):
            raise RetryableError(f"{redacted}: the server sends another range than the one asked for", discard=True)
        start = start if match else 0
        total = int(match[3]) if match and match[3] != "*" else None if length is None else start + length
        version = _version_of(response, total)
        if start and partial_version.etag and version.etag and partial_version.etag != version.etag:
            raise RetryableError(f"{redacted}: the file changed on its server while it came", discard=True)
        if (encoding := response.headers.get("Content-Encoding", "").lower()) not in _READABLE_ENCODINGS:
            raise FetchError("refused", f"{redacted}: sent in Content-Encoding {encoding}, though none was asked for")
        return FileStream(version, start, total, self._read_blocks(response, redacted))

    def _read_blocks(self, response: requests.Response, redacted: str) -> Iterator[bytes]:
        """Yield the bytes as sent, without decompression; raise if the server is stuck."""
        since, size = time.monotonic(), 0
        while block := response.raw.read1(_BLOCK, decode_content=False):
            yield block
            size += len(block)
            if (seconds := time.monotonic() - since) > SLOW_SECONDS:
                if size < SLOW_BYTES:
                    raise RetryableError(f"{redacted}: only {size} bytes came in {seconds:.0f} s")
                since, size = time.monotonic(), 0

    @contextmanager
    def _follow_redirects(self, method: str, address: str, headers: dict[str, str]) -> Iterator[requests.Response]:
        """Send a request, follow redirects, and yield a response with a usable status."""
        for _ in range(self.limits.redirects + 1):
            redacted = locations.redact_address(address, self.dump)
            with _translate_errors(redacted), self._request(method, address, headers) as response:
                if response.status_code in _REDIRECT_STATUSES and "Location" in response.headers:
                    address = self._redirect_target(address, response.headers["Location"])
                    continue
                _check_status(response, redacted, self.limits)
                yield response
                return
        raise FetchError("refused", f"{redacted}: more than {self.limits.redirects} redirects; give the final address")

    def _request(self, method: str, address: str, headers: dict[str, str]) -> requests.Response:
        self._check_behind_proxy(address)
        own = self.headers if locations.origin_of(address) in self.origins else {}
        send = partial(
            self._session().request,
            method,
            address,
            headers={**own, **headers},
            stream=True,
            allow_redirects=False,
            timeout=(CONNECT_SECONDS, SILENT_SECONDS),
        )
        try:
            return send()
        except requests.exceptions.ConnectionError as error:
            if not any(isinstance(cause, _DROPPED_CONNECTION) for cause in _error_chain(error)):
                raise
        return send()

    def _redirect_target(self, address: str, redirect: str) -> str:
        target = urljoin(address, redirect)
        redacted = (
            f"{locations.redact_address(address, self.dump)} redirects to {locations.redact_address(target, self.dump)}"
        )
        if locations.scheme_of(target) not in locations.WEB or not urlsplit(target).hostname:
            raise FetchError("refused_address", f"{redacted}: a redirect may lead to http and https only")
        if locations.scheme_of(address) == "https" and locations.scheme_of(target) == "http":
            raise FetchError(
                "refused_address", f"{redacted}, which is not encrypted; if it is meant, name that address itself"
            )
        return target

    def _check_behind_proxy(self, address: str) -> None:
        # a proxy makes the connection, so only the local name resolution can be checked here
        host, port = urlsplit(address).hostname or "", locations.port_of(address)
        if select_proxy(address, get_environ_proxies(address)):
            try:
                addresses = {info[4][0] for info in socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP)}
            except OSError:
                return
            for resolved in addresses:
                self.guard.check(host, port, str(resolved))

    def _session(self) -> requests.Session:
        """Return the current thread's session; requests does not document sessions as thread-safe."""
        if not hasattr(self._thread_local, "session"):
            session = requests.Session()
            session.headers = CaseInsensitiveDict(
                {"User-Agent": f"newsmill/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}
            )
            for scheme in locations.WEB:
                session.mount(f"{scheme}://", _GuardedAdapter(self.guard))
            self._thread_local.session = session
            self._sessions.append(session)
        return self._thread_local.session


class _GuardedAdapter(HTTPAdapter):
    """Checks each direct connection with the guard."""

    def __init__(self, guard: Guard):
        self.guard = guard
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Create pools with connections checked on opening."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _guarded_pool(HTTPConnectionPool, HTTPConnection, self.guard),
            "https": _guarded_pool(HTTPSConnectionPool, HTTPSConnection, self.guard),
        }


class _ExcessBytes(OSError):
    """The server sent more bytes than announced."""


class _MeasuredResponse(HTTPResponse):
    """Raises on bytes after the announced end: http.client leaves them unread and so truncates the file silently."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any):
        self.sock = sock
        super().__init__(sock, *arguments, **options)

    def _close_conn(self) -> None:
        is_head = self._method == "HEAD"  # type: ignore[attr-defined]  # private, so missing in typeshed
        has_excess = self.status in (200, 206) and self.length == 0 and not is_head and self._has_excess_bytes()
        super()._close_conn()  # type: ignore[misc]  # likewise
        if has_excess:
            raise _ExcessBytes

    def _has_excess_bytes(self) -> bool:
        timeout = self.sock.gettimeout()
        try:
            self.sock.settimeout(0)
            return bool(self.fp.peek(1))
        except OSError:
            return False  # no bytes are waiting, or the connection is closed
        finally:
            with suppress(OSError):
                self.sock.settimeout(timeout)


def _guarded_pool(pool: type, connection: type, guard: Guard) -> type:
    class Connection(connection):
        response_class = _MeasuredResponse

        def _new_conn(self) -> socket.socket:
            opened = super()._new_conn()
            try:
                guard.check(self.host, self.port, opened.getpeername()[0])
            except FetchError:
                opened.close()
                raise
            return opened

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})


_ROOT_CAUSES = {
    NameResolutionError: "its host has no address; see the name, and that there is a network",
    ssl.SSLCertVerificationError: "its certificate cannot be trusted",
    ReadTimeoutError: f"nothing came for {SILENT_SECONDS} s",
    _ExcessBytes: "more bytes than were announced",
    IncompleteRead: "fewer bytes than were announced",
}


def _conditional_headers(have: LandedFile) -> dict[str, str]:
    """Return the conditional request headers: a server answers 304 for an unchanged file."""
    if have.etag:
        return {"If-None-Match": have.etag}
    return {"If-Modified-Since": have.modified} if have.modified else {}


def _content_length(response: requests.Response) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _version_of(response: requests.Response, total: int | None) -> Version:
    return Version(total, response.headers.get("ETag"), response.headers.get("Last-Modified"))


def _check_status(response: requests.Response, redacted: str, limits: Limits) -> None:
    """Raise on a status other than 200, 206 and 304."""
    status = response.status_code
    if status in (200, 206, 304):
        return
    message = f"{redacted}: the server answers {status} {response.reason}"
    if status in _TEMPORARY_STATUSES:
        wait = _retry_after(response)
        if wait is not None and wait > limits.wait_seconds:
            raise FetchError("unreachable", f"{message} and asks to wait {wait:.0f} s; run the night again after that")
        raise RetryableError(message, wait)
    if status == 416:
        raise RetryableError(f"{message}: there is nothing past what came so far", discard=True)
    if status in (404, 410):
        raise FetchError("not_found", f"{message}; correct the location, or wait until it is there")
    if status in (401, 403, 407):
        raise FetchError(
            "not_allowed",
            f"{message}; give user and password in ~/.netrc, or a token by options.headers and {{env:NAME}} or "
            "{conn:ID}",
        )
    raise FetchError("not_fetched", f"{message}; see whether the address opens in a browser")


def _retry_after(response: requests.Response) -> float | None:
    """Return the seconds of a Retry-After header, given as a number or as a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        retry_at = parsedate_to_datetime(value).timestamp()
        now = response.headers.get("Date")
        return max(0.0, retry_at - (parsedate_to_datetime(now).timestamp() if now else time.time()))
    except (TypeError, ValueError):
        return None


@contextmanager
def _translate_errors(redacted: str) -> Iterator[None]:
    """Turn library errors into errors with a redacted address: library texts contain whole addresses with secrets."""
    try:
        yield
    except requests.exceptions.ConnectTimeout:
        raise RetryableError(f"{redacted}: no connection within {CONNECT_SECONDS} s") from None
    except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, UnicodeError):
        raise FetchError("refused", f"{redacted}: not an address that can be asked; correct it") from None
    except (requests.exceptions.ChunkedEncodingError, CutShort) as error:
        raise RetryableError(f"{redacted}: cut before its end ({_root_cause(error)})", reason="cut_short") from None
    except (requests.exceptions.RequestException, HTTPError, OSError) as error:
        if "certificate" in (root := _root_cause(error)):
            raise FetchError(
                "unreachable", f"{redacted}: {root}; see the clock and the certificates of this machine"
            ) from None
        raise RetryableError(f"{redacted}: {root}") from None


def _error_chain(error: BaseException | None) -> list[BaseException]:
    """Return an error and all causes, the innermost last."""
    chain = []
    while error and error not in chain:
        chain.append(error)
        candidates = (getattr(error, "reason", None), *error.args)
        inner = [cause for cause in candidates if isinstance(cause, BaseException)]
        error = inner[0] if inner else error.__cause__ or error.__context__
    return chain


def _root_cause(error: BaseException) -> str:
    """Describe the innermost cause of an error, without addresses."""
    chain = _error_chain(error)
    for cause in reversed(chain):
        for kind, description in _ROOT_CAUSES.items():
            if isinstance(cause, kind):
                return description
    descriptions = (
        cause.strerror.lower() for cause in reversed(chain) if isinstance(cause, OSError) and cause.strerror
    )
    return next(descriptions, "the connection failed")
