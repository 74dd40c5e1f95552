"""Batches of rows that compiled functions work on: the next are begun while the last is looked at."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import pyarrow as pa

ROWS = 1024
THREADS = 2
Made = TypeVar("Made")


def worked(
    batches: Iterable[pa.RecordBatch], work: Callable[[pa.RecordBatch], Made]
) -> Iterator[tuple[pa.RecordBatch, Made]]:
    """Yield each batch with what the work makes of it, in their order."""
    ahead: deque[tuple[pa.RecordBatch, Future[Made]]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for batch in batches:
            ahead.append((batch, pool.submit(work, batch)))
            if len(ahead) > THREADS:
                batch, found = ahead.popleft()
                yield batch, found.result()
        for batch, found in ahead:
            yield batch, found.result()
