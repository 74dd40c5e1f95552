"""Compilation of kernels with numba: once for each version of the code, by the first process to need a kernel.

numba caches by path and age of a function's file, and misses changes in called functions. So the cache folder of a
module is named by a hash of the module and of all that it imports from newsmill, at first or second hand. A kernel
never runs code of an old version, an edit recompiles only the modules that import the edited one, and a copy of the
code elsewhere can take the cache along.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

import numba
import numba.cpython.numbers
from llvmlite import binding
from numba.core.caching import UserProvidedCacheLocator
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher

from newsmill.locks import release_lock, take_lock

PACKAGE = Path(__file__).parent
CACHE_FOLDER = "compiled"
Function = TypeVar("Function", bound=Callable[..., Any])
KERNELS: list[Dispatcher] = []
"""All compiled functions of the package, from the modules imported so far."""
HASH_DIGITS = 12
_CONFIG: Any = numba.config  # numba sets its attributes at import
_WITHOUT_COUNTS: dict[str, Any] = {"_nrt": False}  # no counts of references to arrays
_IMPORT = re.compile(r"^\s*from (newsmill[\w.]*) import (\([^)]*\)|[^\n]+)", re.MULTILINE)


# Signed integers wrap around, as in numpy. numba marks their arithmetic `nsw`, which makes an overflow undefined: LLVM
# replaced the hash of every word of four letters or more by a constant (docs/decisions/0039).
numba.cpython.numbers._int_arith_flags = lambda _rettype: []


def compiled(function: Function) -> Function:
    """Compile a function at the first call, or load the cached code; other threads continue during compilation."""
    return _compile_in_turn(numba.njit(cache=True, nogil=True)(function))


def compiled_in_place(function: Function) -> Function:
    """Compile a function that fills given arrays and allocates none; inlined parts may take tuples of arrays.

    numba counts references to an array at each pass into an inlined part, on each round of a loop. The scan of texts
    took 4.5 times as long with the counts, and as long as a single function without.
    """
    return _compile_in_turn(numba.njit(cache=True, nogil=True, **_WITHOUT_COUNTS)(function))


def is_compiling() -> bool:
    """Report whether the process compiles a function, or waits for another process to compile."""
    return bool(_COMPILING)


def inlined(function: Function) -> Function:
    """Compile a function into each of the callers."""
    return _compile_in_turn(numba.njit(cache=True, nogil=True, inline="always")(function))


def list_compiling_modules() -> list[str]:
    """List the modules of rooms that import this module."""
    imports = f"from {__name__} import".encode()
    files = (path for path in PACKAGE.glob("*/*.py") if imports in path.read_bytes())
    return sorted(f"{PACKAGE.name}.{path.parent.name}.{path.stem}" for path in files)


def hash_module(module: str) -> str:
    """Hash the code of a module and of all modules of newsmill that its kernels can call or read constants from."""
    files: dict[Path, None] = {}
    _collect_files(module, files)
    return hashlib.sha256(b"".join(map(_read_file, sorted(files)))).hexdigest()[:HASH_DIGITS]


def _collect_files(module: str, files: dict[Path, None]) -> None:
    path = _find_file(module)
    if path and path not in files:
        files[path] = None
        for name in _list_imports(path):
            _collect_files(name, files)


@cache
def _read_file(path: Path) -> bytes:
    return path.read_bytes()


@cache
def _find_file(module: str) -> Path | None:
    """Return the file of a module, of a package its `__init__`; None for a name that is no module."""
    base = PACKAGE.parent.joinpath(*module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


@cache
def _list_imports(path: Path) -> tuple[str, ...]:
    """List the names that a file imports from newsmill: `from a.b import c` gives a.b and a.b.c."""
    names = []
    for module, imported in _IMPORT.findall(_read_file(path).decode()):
        words = (part.split()[0] for part in imported.strip("()").split(",") if part.split())
        names += [module, *(f"{module}.{word}" for word in words)]
    return tuple(names)


def _choose_cache_home() -> Path:
    """Return the first writable folder for the cache: of NUMBA_CACHE_DIR, of the package, of the user."""
    configured = _CONFIG.CACHE_DIR  # NUMBA_CACHE_DIR
    folders = (
        *([Path(configured)] if configured else []),
        PACKAGE / "__pycache__",
        Path("~/.cache/newsmill").expanduser(),
    )
    return next(filter(_is_writable, folders), Path(tempfile.gettempdir()) / f"newsmill-{os.getuid()}")


def _is_writable(home: Path) -> bool:
    try:
        folder = home / CACHE_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


CACHE_HOME = _choose_cache_home()
_CONFIG.CACHE_DIR = str(CACHE_HOME / CACHE_FOLDER)
# functions of other packages, and those that find no folder, are cached in numba's own way
_CONFIG.CACHE_LOCATOR_CLASSES = (
    f"{__name__}.CodeHashLocator,InTreeCacheLocator,UserWideCacheLocator,IPythonCacheLocator"
)


class CodeHashLocator(UserProvidedCacheLocator):
    """Cache a function of the package by the hash of its code, instead of the path and age of a file."""

    def __init__(self, function: Callable[..., Any], file: str):
        super().__init__(function, file)
        self._cache_path = str(module_folder(function.__module__))

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> Self | None:
        """Return a locator for a function of the package; None for other functions."""
        return super().from_function(function, file) if PACKAGE in Path(file).parents else None

    def get_source_stamp(self) -> str:
        """Return the version of the code valid for a cached function: the name of the folder has it."""
        return Path(self._cache_path).name


@cache
def module_folder(module: str) -> Path:
    """Return the cache folder of a module; the version on disk is taken once, at the import of the module."""
    return CACHE_HOME / CACHE_FOLDER / f"{module}-{hash_module(module)}"


def _compile_in_turn(dispatcher: Any) -> Any:
    """Let a process compile a function while others wait for the result; numba alone would compile in each.

    numba's own lock is taken first: two threads with both locks in different orders would wait for ever.
    """
    if _CONFIG.DISABLE_JIT:
        return dispatcher  # the function as it was written
    KERNELS.append(dispatcher)
    compile_now = dispatcher.compile
    lock = module_folder(dispatcher.__module__) / f"{dispatcher.__qualname__}.lock"

    def compile_in_turn(signature: object) -> object:
        with global_compiler_lock, _note_compilation(lock):
            if lock in _OWN_LOCKS:  # a recursive function
                return compile_now(signature)
            try:
                lock.parent.mkdir(parents=True, exist_ok=True)
                handle = lock.open("w")
            except OSError:
                return compile_now(signature)
            with handle:
                take_lock(handle)
                _OWN_LOCKS.add(lock)
                try:
                    return compile_now(signature)
                finally:
                    _OWN_LOCKS.discard(lock)
                    release_lock(handle)  # a process forked meanwhile also has the file open

    dispatcher.compile = compile_in_turn
    return dispatcher


@contextmanager
def _note_compilation(lock: Path) -> Iterator[None]:
    _COMPILING.append(lock)
    try:
        yield
    finally:
        _COMPILING.remove(lock)


_OWN_LOCKS: set[Path] = set()
_COMPILING: list[Path] = []


class Compiler(NamedTuple):
    """Target processor, versions and cache folder of the process; `objects` counts cached functions."""

    processor: str
    features: str
    numba: str
    llvm: str
    cache: Path
    objects: int


def describe_compiler() -> Compiler:
    """Describe processor, versions and cache of compiled code."""
    processor = _CONFIG.CPU_NAME or binding.get_host_cpu_name()
    features = _CONFIG.CPU_FEATURES
    if features is None:
        features = binding.get_host_cpu_features().flatten()
    llvm = ".".join(map(str, binding.llvm_version_info))
    cache_folder = CACHE_HOME / CACHE_FOLDER
    return Compiler(processor, features, numba.__version__, llvm, cache_folder, len(_list_objects()))


def count_compiled() -> int:
    """Count the functions compiled by the process because of a cache miss."""
    return sum(sum(kernel.stats.cache_misses.values()) for kernel in KERNELS)


def is_verified() -> bool:
    """Return whether the cached objects, as of now, passed the self-test on the current processor and versions."""
    return _verified_marker().exists()


def record_verified() -> None:
    """Record the success of the self-test for the cached objects; do nothing where the cache cannot be written."""
    with suppress(OSError):
        _verified_marker().touch()


def _verified_marker() -> Path:
    objects = ((path.name, stat.st_size, stat.st_mtime_ns) for path in _list_objects() for stat in [path.stat()])
    state = repr((describe_compiler()[:4], sorted(objects)))
    return CACHE_HOME / CACHE_FOLDER / f"verified-{hashlib.sha256(state.encode()).hexdigest()[:HASH_DIGITS]}"


def _list_objects() -> list[Path]:
    """List the compiled functions of this version of the code."""
    return [path for module in list_compiling_modules() for path in module_folder(module).glob("*.nbc")]
