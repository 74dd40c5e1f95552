"""Batches of rows for compiled functions: the next are computed while the caller works on the last."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import pyarrow as pa

ROWS = 1024
THREADS = 2
Result = TypeVar("Result")


def map_batches(
    batches: Iterable[pa.RecordBatch], function: Callable[[pa.RecordBatch], Result]
) -> Iterator[tuple[pa.RecordBatch, Result]]:
    """Yield each batch with the function's result, in order; THREADS batches are computed ahead."""
    pending: deque[tuple[pa.RecordBatch, Future[Result]]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for batch in batches:
            pending.append((batch, pool.submit(function, batch)))
            if len(pending) > THREADS:
                batch, future = pending.popleft()
                yield batch, future.result()
        for batch, future in pending:
            yield batch, future.result()
