"""Notes which blocks the pages of a part show, so that the furniture of sites can be learned from all of them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsmill.cleaning import segmentation
from newsmill.cleaning.block_counts import BlockCounts, count_blocks, sample_texts
from newsmill.cleaning.block_scores import score_blocks
from newsmill.cleaning.lexicon import lexicon
from newsmill.cleaning.segmentation import split_blocks
from newsmill.cleaning.wording import classify_wording
from newsmill.glossary import BLOCK_REASONS
from newsmill.nlp import characters
from newsmill.nlp.scan import scan
from newsmill.relations import PAGES, SIGHTINGS, SURVEYS
from newsmill.stage import stage


@stage(reads=(PAGES,), writes=(SIGHTINGS, SURVEYS), per="part", version="1")
def survey(pages: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Note each block of the pages, how many of them show it and what stands around it; articles have no furniture."""
    scraped = pages.select(["source_id", "page_text", "content"]).filter(pc.equal(pages.column("content"), "page"))
    if not scraped.num_rows:
        return SIGHTINGS.empty(), SURVEYS.empty()
    sources = scraped.column("source_id").combine_chunks().dictionary_encode()
    numbers, names = sources.indices.to_numpy().astype(np.int32), sources.dictionary
    visits = pa.table({"source_id": names, "page_count": np.bincount(numbers)})
    texts, known = scraped.column("page_text").combine_chunks(), lexicon()
    scanned = scan(texts)
    blocks = split_blocks(scanned, characters.classes(), known)
    classify_wording(blocks, scanned, known)
    seen = count_blocks(blocks, score_blocks(blocks)[1], numbers)
    return _build_block_counts(seen, blocks, texts, names), visits


def _build_block_counts(seen: BlockCounts, blocks: segmentation.Blocks, texts: pa.Array, names: pa.Array) -> pa.Table:
    shown = blocks.table[seen.block]
    triples = pa.StructArray.from_arrays(list(seen.contexts.T), ["first", "second", "third"])
    reasons = pa.array([None, *BLOCK_REASONS], pa.string())
    return pa.table(
        {
            "source_id": names.take(pa.array(seen.source)),
            "words_hash": blocks.hashes[seen.block],
            "page_count": seen.pages,
            "inner_count": seen.inner,
            "word_count": shown[:, segmentation.WORD_COUNT],
            "reason": reasons.take(pa.array(shown[:, segmentation.REASON])),
            "sample_text": sample_texts(texts, blocks, seen.block),
            "contexts": pa.ListArray.from_arrays(pa.array(seen.bounds.astype(np.int32)), triples),
        }
    )
