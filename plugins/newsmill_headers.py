"""Response headers of Airflow's pages: no other site may show them in a frame, nor their files as another type."""

from __future__ import annotations

from typing import Any

HEADERS = {
    b"content-security-policy": b"frame-ancestors 'none'; base-uri 'self'; object-src 'none'; form-action 'self'",
    b"x-frame-options": b"DENY",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
}
"""Airflow's pages have scripts of their own within the markup, so the policy does not say where scripts come from."""


class SecurityHeaders:
    """Add the headers that a response of an ASGI application lacks."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message.get("headers", ())}
                added = [header for header in HEADERS.items() if header[0] not in present]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        await self.app(scope, receive, send_with_headers)
