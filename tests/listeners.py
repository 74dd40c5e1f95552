"""Servers on loopback that keep the messages they receive: SMTP as RFC 5321 has it, and a webhook over HTTP."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


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

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if hook.status == 200:
                hook.posts.append(json.loads(body))
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Write no line for a request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{server.server_port}/hook"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield hook
    server.shutdown()
