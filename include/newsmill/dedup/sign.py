"""Signs each text, so that its copies can be found among those of all nights without reading these again."""

import numpy as np
import pyarrow as pa

from newsmill.dedup.shingles import BANDS, Signatures, signatures
from newsmill.relations import ARTICLES, SIGNATURES
from newsmill.stage import stage

KEY_DIGITS = 16


@stage(reads=(ARTICLES,), writes=(SIGNATURES,), per="part", version="2")
def sign(articles: pa.Table) -> pa.Table:
    """Sign each text of the part once, however many articles print it."""
    printed, firsts = np.unique(articles.column("text_sha256").to_numpy(zero_copy_only=False), return_index=True)
    found = signatures(articles.column("text").combine_chunks().take(pa.array(firsts)))
    return pa.table(
        {
            "text_key": [key_of(sha256) for sha256 in printed],
            "shingle_count": found.shingle_counts,
            "bands": _bands(found),
            "samples": pa.ListArray.from_arrays(found.sample_start.astype(np.int32), pa.array(found.samples)),
        },
        SIGNATURES.schema,
    )


def key_of(sha256: str) -> int:
    """Return the warehouse key of a text: the first 63 bits of its hash."""
    return int(sha256[:KEY_DIGITS], 16) >> 1


def _bands(found: Signatures) -> pa.Array:
    """Return the bands of each text; none where there is no shingle: no such texts are alike for that."""
    has_any = found.shingle_counts > 0
    starts = np.concatenate(([0], np.cumsum(has_any * BANDS))).astype(np.int32)
    return pa.ListArray.from_arrays(starts, pa.array(found.bands[has_any].ravel()))
