"""Describes for a person the machine and the result of the kernels' self-test."""

import platform
from collections.abc import Iterator

import duckdb
import numpy as np

from newsmill import __version__, compiled
from newsmill.doctor.selftest import WrongKernels, explain_differences, run_selftest

SHOWN_FEATURES = ("sse4.2", "avx2", "fma", "avx512f", "avx512vl", "neon", "sve")


def report_machine() -> Iterator[str]:
    """Yield a line for each fact; run the self-test last and raise WrongKernels for a difference."""
    machine = compiled.describe_compiler()
    features = [name for name in SHOWN_FEATURES if f"+{name}," in f"{machine.features},"]
    yield f"newsmill    {__version__}, Python {platform.python_version()}, {platform.platform()}"
    yield f"processor   {machine.processor} ({', '.join(features) or 'no vector features used'})"
    yield f"compiler    numba {machine.numba}, LLVM {machine.llvm}; numpy {np.__version__}, DuckDB {duckdb.__version__}"
    yield f"cache       {machine.cache}: {machine.objects} compiled functions"
    yield "self-test   running; it compiles for about a minute if the cache is empty …"
    if differences := run_selftest():
        raise WrongKernels(*explain_differences(differences))
    compiled.record_verified()
    yield "self-test   passed: the kernels answer as on every other machine"
