"""Two real web servers on loopback, and a patience that makes no pauses."""

import pytest
from websites import serve

from newsmill.sources.download import Patience


@pytest.fixture
def web():
    server, site = serve()
    yield site
    server.shutdown()
    server.server_close()


@pytest.fixture
def other_web():
    """Return a second server, at another port and so another origin."""
    server, site = serve()
    yield site
    server.shutdown()
    server.server_close()


@pytest.fixture
def pauses() -> list[float]:
    """Return the pauses made between tries, in seconds."""
    return []


@pytest.fixture
def patience(pauses) -> Patience:
    """Return a patience that notes its pauses and does not make them."""
    return Patience(sleep=pauses.append, jitter=lambda: 1.0)
