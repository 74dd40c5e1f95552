"""Count the blocks on the pages of a part, as input for learning the boilerplate of sites."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsmill.cleaning import segmentation
from newsmill.cleaning.block_counts import BlockCounts, count_blocks, sample_texts
from newsmill.cleaning.block_scores import score_blocks
from newsmill.cleaning.lexicon import load_lexicon
from newsmill.cleaning.segmentation import split_blocks
from newsmill.cleaning.wording import classify_wording
from newsmill.glossary import BLOCK_REASONS
from newsmill.nlp import characters
from newsmill.nlp.scan import scan
from newsmill.relations import BLOCK_COUNTS, PAGES, SURVEYS
from newsmill.stage import stage


@stage(reads=(PAGES,), writes=(BLOCK_COUNTS, SURVEYS), per="part", version="2")
def survey(pages: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Count each block of the pages by source, with surrounding blocks; articles alone have scrapers' footers, too."""
    if not pages.num_rows:
        return BLOCK_COUNTS.empty(), SURVEYS.empty()
    sources = pages.column("source_id").combine_chunks().dictionary_encode()
    source_of_page, source_names = sources.indices.to_numpy().astype(np.int32), sources.dictionary
    page_counts = pa.table({"source_id": source_names, "page_count": np.bincount(source_of_page)})
    texts, words = pages.column("page_text").combine_chunks(), load_lexicon()
    scanned = scan(texts)
    blocks = split_blocks(scanned, characters.build_char_traits(), words)
    classify_wording(blocks, scanned, words)
    is_whole = pc.equal(pages.column("content"), "article").to_numpy()
    counts = count_blocks(blocks, score_blocks(blocks)[1], source_of_page, is_whole)
    return _build_block_counts(counts, blocks, texts, source_names), page_counts


def _build_block_counts(
    counts: BlockCounts, blocks: segmentation.Blocks, texts: pa.Array, source_names: pa.Array
) -> pa.Table:
    """Return the rows of the relation: a row for each block of each source."""
    contexts = pa.StructArray.from_arrays(list(counts.contexts.T), ["first", "second", "third"])
    reasons = pa.array([None, *BLOCK_REASONS], pa.string())
    return pa.table(
        {
            "source_id": source_names.take(pa.array(counts.source)),
            "words_hash": blocks.hashes[counts.block],
            "page_count": counts.pages,
            "in_body_count": counts.inner,
            "word_count": blocks.table["word_count"][counts.block],
            "reason": reasons.take(pa.array(blocks.table["reason"][counts.block])),
            "sample_text": sample_texts(texts, blocks, counts.block),
            "contexts": pa.ListArray.from_arrays(pa.array(counts.bounds.astype(np.int32)), contexts),
        }
    )
