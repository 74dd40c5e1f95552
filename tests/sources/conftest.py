"""Fixtures of the fetch tests: two web servers on loopback, and a retry policy without pauses."""

import pytest
from websites import serve

from newsmill.sources.download import RetryPolicy


@pytest.fixture
def web():
    server, site = serve()
    yield site
    server.shutdown()
    server.server_close()


@pytest.fixture
def other_web():
    """Return a second server on another port, so of another origin."""
    server, site = serve()
    yield site
    server.shutdown()
    server.server_close()


@pytest.fixture
def pauses() -> list[float]:
    """Return the list of recorded pauses between tries, in seconds."""
    return []


@pytest.fixture
def retry_policy(pauses) -> RetryPolicy:
    """Return a retry policy that records pauses instead of sleeping."""
    return RetryPolicy(sleep=pauses.append, jitter=lambda: 1.0)
