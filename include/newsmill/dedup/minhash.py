"""Compute the MinHash signature of each text, by which later nights find copies without reading old texts."""

import numpy as np
import pyarrow as pa

from newsmill.dedup.shingles import BANDS, Signatures, compute_signatures
from newsmill.relations import ARTICLES, SIGNATURES
from newsmill.stage import stage

KEY_DIGITS = 16


@stage(reads=(ARTICLES,), writes=(SIGNATURES,), per="part", version="2")
def minhash(articles: pa.Table) -> pa.Table:
    """Compute a signature for each distinct text of the part, once for all articles with the text."""
    distinct, first_rows = np.unique(articles.column("text_sha256").to_numpy(zero_copy_only=False), return_index=True)
    signed = compute_signatures(articles.column("text").combine_chunks().take(pa.array(first_rows)))
    return pa.table(
        {
            "text_key": [text_key_of(sha256) for sha256 in distinct],
            "shingle_count": signed.shingle_counts,
            "bands": _list_bands(signed),
            "samples": pa.ListArray.from_arrays(signed.sample_start.astype(np.int32), pa.array(signed.samples)),
        },
        SIGNATURES.schema,
    )


def text_key_of(sha256: str) -> int:
    """Return the warehouse key of a text: the first 63 bits of the hash."""
    return int(sha256[:KEY_DIGITS], 16) >> 1


def _list_bands(signed: Signatures) -> pa.Array:
    """Return the bands of each text; an empty list for texts without shingles, so that short texts never match."""
    has_any = signed.shingle_counts > 0
    starts = np.concatenate(([0], np.cumsum(has_any * BANDS))).astype(np.int32)
    return pa.ListArray.from_arrays(starts, pa.array(signed.bands[has_any].ravel()))
