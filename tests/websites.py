"""A web server on loopback with the faults of real servers: cuts, refusals, wrong answers, redirects."""

import gzip
import hashlib
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Website:
    """Files and faults by path; `asked` records each request as (method, path, headers)."""

    port: int
    answers: dict[str, Callable] = field(default_factory=dict)
    otherwise: Callable = lambda request: reply(request, 404, b"", {})
    asked: list[tuple[str, str, dict]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def paths(self, method: str = "GET") -> list[str]:
        return [path for asked, path, _ in self.asked if asked == method]

    def file(self, path: str, data: bytes, **options) -> None:
        self.answers[path] = File(data, **options)

    def says(self, path: str, status: int, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = lambda request: reply(request, status, b"", named)

    def then(self, path: str, *answers: Callable) -> None:
        """Send the answers in turn; repeat the last."""
        left = list(answers)
        self.answers[path] = lambda request: (left.pop(0) if len(left) > 1 else left[0])(request)


@dataclass
class File:
    """A file served with ranges and conditions; `cut` ends each answer after so many bytes."""

    data: bytes
    etag: str | None = ""
    modified: str | None = None
    cut: int | None = None

    @property
    def tag(self) -> str | None:
        return f'"{hashlib.md5(self.data).hexdigest()}"' if self.etag == "" else self.etag

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        etag = self.tag
        headers = {"ETag": etag, "Last-Modified": self.modified, "Accept-Ranges": "bytes"}
        headers = {name: value for name, value in headers.items() if value}
        headers_in = request.headers
        known = (headers_in.get("If-None-Match") or "nothing", headers_in.get("If-Modified-Since") or "nothing")
        if etag in known or self.modified in known:
            reply(request, 304, b"", headers)
            return
        start, status = 0, 200
        if "Range" in headers_in and headers_in.get("If-Range") in (etag, self.modified):
            start, status = int(headers_in["Range"].removeprefix("bytes=").rstrip("-")), 206
            if start >= len(self.data):
                reply(request, 416, b"", headers | {"Content-Range": f"bytes */{len(self.data)}"})
                return
            headers["Content-Range"] = f"bytes {start}-{len(self.data) - 1}/{len(self.data)}"
        rest = self.data[start:]
        headers["Content-Length"] = str(len(rest))
        reply(request, status, rest if self.cut is None else rest[: self.cut], headers)


def reply(request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]) -> None:
    """Send exactly `body`; a body shorter than Content-Length cuts the connection."""
    request.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        request.send_header(name, value)
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(body)
    request.close_connection = True


def index(*hrefs: str) -> bytes:
    """Return an index page with links."""
    links = "".join(f'<li><a href="{href}">{href}</a>' for href in hrefs)
    return f'<html><body><a href="../">Parent</a><a href="?C=N;O=D">Name</a><ul>{links}</ul></body></html>'.encode()


def bomb(size: int) -> bytes:
    """Return gzip-compressed zeros."""
    return gzip.compress(bytes(size))


def serve() -> tuple[ThreadingHTTPServer, Website]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append((self.command, self.path, dict(self.headers)))
            answer = site.answers.get(self.path, site.otherwise)
            with suppress(ConnectionError):
                answer(self)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Website(server.server_port)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server, site
