"""Free ports for servers that take a port number as an option."""

import random
import socket

RANGE = 10_000, 32_000
"""Below the range for Linux's outgoing connections, because a client could take a free port there a moment later."""
_CHANCE = random.SystemRandom()  # other tests seed the shared one alike


def free_port() -> int:
    """Return a port of loopback without a listener."""
    while True:
        port = _CHANCE.randrange(*RANGE)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
