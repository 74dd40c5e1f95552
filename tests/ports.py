"""Ports for servers that must be told theirs before they listen."""

import random
import socket

RANGE = 10_000, 32_000
"""Below those that Linux lends to outgoing connections: what was free could be one's own client a moment later."""
_CHANCE = random.SystemRandom()  # other tests seed the shared one alike


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    while True:
        port = _CHANCE.randrange(*RANGE)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
