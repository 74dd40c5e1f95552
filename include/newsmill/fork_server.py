"""The process that forks the workers of a night; light, so that a command can start it before its own imports."""

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

import newsmill
from newsmill.extractors import extractor_rooms


def start_fork_server() -> ForkServerContext:
    """Start the process that forks the workers, unless it runs; it imports their modules once for all.

    Workers are no forks of this process: forked threads of Arrow and DuckDB would hang.
    """
    context = multiprocessing.get_context("forkserver")
    rooms = extractor_rooms(newsmill)
    context.set_forkserver_preload(["newsmill.workers", *(f"newsmill.{room}.{room}" for room in rooms)])
    forkserver.ensure_running()
    return context
