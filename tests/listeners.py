"""Servers on loopback that keep the messages they receive: SMTP as RFC 5321 has it, JSON and OTLP over HTTP, StatsD."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest


@dataclass
class Mailbox:
    """The port of an SMTP server, and the received mails."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)


@dataclass
class Hook:
    """The address of a webhook, and the JSON bodies posted there; `status` is the answer to each."""

    url: str = ""
    posts: list[dict] = field(default_factory=list)
    status: int = 200


@contextmanager
def receive_mail() -> Iterator[Mailbox]:
    """Yield the mailbox of a running SMTP server."""
    mailbox, loop, started = Mailbox(), asyncio.new_event_loop(), threading.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 loopback ESMTP\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                data = (await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
                mailbox.mails.append(message_from_bytes(data, policy=policy.default))
            if verb == b"RCPT":
                mailbox.recipients.append(line.decode().strip().partition(":")[2].strip("<>"))
            writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")
            await writer.drain()
            if verb == b"QUIT":
                break
        writer.close()

    async def listen() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        mailbox.port = server.sockets[0].getsockname()[1]
        started.set()

    def run() -> None:
        loop.create_task(listen())
        loop.run_forever()

    def end() -> None:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.call_soon(loop.stop)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait(10)
    yield mailbox
    loop.call_soon_threadsafe(end)
    thread.join(10)


@contextmanager
def receive_posts() -> Iterator[Hook]:
    """Yield the webhook of a running HTTP server."""
    hook = Hook()

    def keep(body: bytes) -> int:
        if hook.status == 200:
            hook.posts.append(json.loads(body))
        return hook.status

    with serve_posts(keep) as address:
        hook.url = f"{address}/hook"
        yield hook


@dataclass
class Collector:
    """The address of a collector of metrics, and the received sums and histograms by name."""

    url: str = ""
    exports: list[ExportMetricsServiceRequest] = field(default_factory=list)

    def list_points(self, name: str) -> list[tuple[dict[str, str], int]]:
        """Return the tags and the value of each point of a counter, or tags and number of values of a histogram."""
        metrics = [
            metric
            for export in list(self.exports)
            for resource in export.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
        ]
        counted = [(point, point.as_int) for metric in metrics for point in metric.sum.data_points]
        timed = [(point, point.count) for metric in metrics for point in metric.exponential_histogram.data_points]
        return [
            ({pair.key: pair.value.string_value for pair in point.attributes}, value)
            for point, value in (*counted, *timed)
        ]


@contextmanager
def receive_metrics() -> Iterator[Collector]:
    """Yield the collector of a running OTLP server."""
    collector = Collector()

    def keep(body: bytes) -> int:
        collector.exports.append(ExportMetricsServiceRequest.FromString(body))
        return 200

    with serve_posts(keep) as address:
        collector.url = address
        yield collector


@contextmanager
def serve_posts(keep: Callable[[bytes], int]) -> Iterator[str]:
    """Serve HTTP, give the body of each POST to `keep` and answer with its status; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(keep(self.rfile.read(int(self.headers["Content-Length"]))))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Write no line for a request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@contextmanager
def receive_datagrams() -> Iterator[tuple[int, list[str]]]:
    """Yield the port of a UDP server, and the received texts, as StatsD sends them."""
    received: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.1)
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                with suppress(TimeoutError):
                    received.append(server.recv(65535).decode())

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], received
        ended.set()
        thread.join(10)
