"""The way functions are compiled here: by numba, kept on disk for as long as the code they were compiled from stands.

numba keeps compiled code by the file of a function and does not see that another it calls has changed. So what is kept
lies under a hash of all code of the rooms that compile: a new version of newsmill never runs a part of an old one.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numba

PACKAGE = Path(__file__).parent
ROOMS = ("geography", "names", "prose", "readers", "speech", "text", "times")
HASH_DIGITS = 12


def compiled(function: Callable) -> Callable:
    """Compile a function at its first call, or take it from disk."""
    return numba.njit(cache=True)(function)


def inlined(function: Callable) -> Callable:
    """Compile a function into each of its callers."""
    return numba.njit(cache=True, inline="always")(function)


def _store() -> Path:
    files = sorted(path for room in ROOMS for path in (PACKAGE / room).glob("*.py"))
    code = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:HASH_DIGITS]
    home = PACKAGE / "__pycache__" if os.access(PACKAGE, os.W_OK) else Path("~/.cache/newsmill").expanduser()
    return home / f"compiled-{code}"


if not numba.config.CACHE_DIR:  # NUMBA_CACHE_DIR says otherwise
    numba.config.CACHE_DIR = str(_store())
