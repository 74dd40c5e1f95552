"""The way functions are compiled here: by numba, once for a version of the code, whichever process comes first.

numba keeps compiled code by the place and age of a function's file and does not see that another it calls has changed.
So what is kept lies under a hash of this file and of all code of the rooms that compile: a new version of newsmill
never runs a part of an old one, and a copy of this one, wherever it lies, may take what is compiled along.
"""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple, Self

import numba
import numba.cpython.numbers
from llvmlite import binding
from numba.core.caching import UserProvidedCacheLocator
from numba.core.compiler_lock import global_compiler_lock

PACKAGE = Path(__file__).parent
KERNELS: list[Callable] = []
"""Every compiled function of the package whose module is imported."""
HASH_DIGITS = 12


# Signed integers wrap around, as in numpy. numba marks their arithmetic `nsw`, which makes an overflow undefined: LLVM
# replaced the hash of every word of four letters or more by a constant (docs/decisions/0039).
numba.cpython.numbers._int_arith_flags = lambda _rettype: []


def compiled(function: Callable) -> Callable:
    """Compile a function at its first call, or take it from disk; other threads run while it does."""
    return _in_turn(numba.njit(cache=True, nogil=True)(function))


def is_compiling() -> bool:
    """Report whether this process compiles a function, or waits for another that does."""
    return bool(_COMPILING)


def inlined(function: Callable) -> Callable:
    """Compile a function into each of its callers."""
    return _in_turn(numba.njit(cache=True, nogil=True, inline="always")(function))


def rooms() -> list[str]:
    """List the rooms that compile: those in which a file imports this module."""
    imports = f"from {__name__} import".encode()
    return sorted({path.parent.name for path in PACKAGE.glob("*/*.py") if imports in path.read_bytes()})


def _code() -> str:
    files = [Path(__file__), *sorted(path for room in rooms() for path in (PACKAGE / room).glob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:HASH_DIGITS]


def _home() -> Path:
    """Return where to keep what is compiled: the first place of these that lets itself be written."""
    told = numba.config.CACHE_DIR  # NUMBA_CACHE_DIR
    places = (*([Path(told)] if told else []), PACKAGE / "__pycache__", Path("~/.cache/newsmill").expanduser())
    return next(filter(_can_keep, places), Path(tempfile.gettempdir()) / f"newsmill-{os.getuid()}")


def _can_keep(place: Path) -> bool:
    try:
        folder = place / f"compiled-{CODE}"
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


CODE = _code()
HOME = _home()
numba.config.CACHE_DIR = str(HOME / f"compiled-{CODE}")
# what is not of this package, or finds no place, is kept as numba would keep it
numba.config.CACHE_LOCATOR_CLASSES = f"{__name__}.ByCode,InTreeCacheLocator,UserWideCacheLocator,IPythonCacheLocator"


class ByCode(UserProvidedCacheLocator):
    """Tell numba to keep a function by the code of all, not by where its file lies and when that was written."""

    def __init__(self, function: Callable, file: str):
        super().__init__(function, file)
        self._cache_path = str(Path(numba.config.CACHE_DIR) / function.__module__)

    @classmethod
    def from_function(cls, function: Callable, file: str) -> Self | None:
        """Return where to keep a function of this package; None for others."""
        return super().from_function(function, file) if PACKAGE in Path(file).parents else None

    def get_source_stamp(self) -> str:
        """Return what must be as it was for the compiled code to be good; the file may be newer than this process."""
        return f"{CODE} {_hash_of(self._py_file)}"


@cache
def _hash_of(file: str) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


def _in_turn(dispatcher: Callable) -> Callable:
    """Let one process compile a function while others wait for what it keeps; numba would let each do the whole work.

    numba's own lock is taken first: two threads that took these two in different orders would wait for ever.
    """
    if numba.config.DISABLE_JIT:
        return dispatcher  # the function as it was written
    KERNELS.append(dispatcher)
    compile_now = dispatcher.compile
    lock = Path(numba.config.CACHE_DIR) / dispatcher.__module__ / f"{dispatcher.__qualname__}.lock"

    def compile_in_turn(signature):
        with global_compiler_lock, _note_compilation(lock):
            if lock in _HELD:  # it calls itself
                return compile_now(signature)
            try:
                lock.parent.mkdir(parents=True, exist_ok=True)
                handle = lock.open("w")
            except OSError:
                return compile_now(signature)
            with handle:
                fcntl.flock(handle, fcntl.LOCK_EX)
                _HELD.add(lock)
                try:
                    return compile_now(signature)
                finally:
                    _HELD.discard(lock)
                    fcntl.flock(handle, fcntl.LOCK_UN)  # a process forked meanwhile holds the file open, too

    dispatcher.compile = compile_in_turn
    return dispatcher


@contextmanager
def _note_compilation(lock: Path) -> Iterator[None]:
    _COMPILING.append(lock)
    try:
        yield
    finally:
        _COMPILING.remove(lock)


_HELD: set[Path] = set()
_COMPILING: list[Path] = []


class Compiler(NamedTuple):
    """What this process compiles for and with, and where the outcome is kept; `objects` counts the kept functions."""

    processor: str
    features: str
    numba: str
    llvm: str
    cache: Path
    objects: int


def describe() -> Compiler:
    """Describe processor, versions and cache of compiled code."""
    processor = numba.config.CPU_NAME or binding.get_host_cpu_name()
    features = numba.config.CPU_FEATURES
    if features is None:
        features = binding.get_host_cpu_features().flatten()
    llvm = ".".join(map(str, binding.llvm_version_info))
    return Compiler(processor, features, numba.__version__, llvm, Path(numba.config.CACHE_DIR), len(_objects()))


def count_compiled() -> int:
    """Count the functions that this process compiled because the cache did not hold them."""
    return sum(sum(kernel.stats.cache_misses.values()) for kernel in KERNELS)


def is_proven() -> bool:
    """Return whether the objects in the cache, as they are now, passed the self-test on a processor like this one."""
    return _proof().exists()


def note_proven() -> None:
    """Remember that the objects in the cache passed the self-test; without a cache there is nothing to remember."""
    with suppress(OSError):
        _proof().touch()


def _proof() -> Path:
    objects = ((path.name, stat.st_size, stat.st_mtime_ns) for path in _objects() for stat in [path.stat()])
    state = repr((describe()[:4], sorted(objects)))
    return Path(numba.config.CACHE_DIR) / f"proven-{hashlib.sha256(state.encode()).hexdigest()[:HASH_DIGITS]}"


def _objects() -> list[Path]:
    return list(Path(numba.config.CACHE_DIR).rglob("*.nbc"))
