"""Cleaning a batch of pages, from characters to the ledger that tells the fate of every block."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.text import characters, layout
from newsmill.text.layout import Blocks
from newsmill.text.lexicon import lexicon
from newsmill.text.scan import Scan, scan
from newsmill.text.settle import Ledger, keep_run, settle
from newsmill.text.spread import spread
from newsmill.text.title import titles
from newsmill.text.weigh import weigh
from newsmill.text.wording import NONE, tell


class Cleaned(NamedTuple):
    """A batch of pages with the fate of all that stands on them; `titles` are blocks, -1 for none, `runs` ranges of blocks."""

    scanned: Scan
    blocks: Blocks
    ledger: Ledger
    titles: np.ndarray
    runs: np.ndarray


def cleaned(texts: pa.Array, declared_titles: pa.Array, is_whole: np.ndarray) -> Cleaned:
    """Decide for each block whether it stays and why it goes; of records that are `is_whole` articles all stays."""
    known = lexicon()
    scanned = scan(texts)
    blocks = layout.cut(scanned, characters.classes(), known)
    tell(blocks, scanned, known)
    blocks.table[is_whole[blocks.table[:, layout.PAGE]], layout.REASON] = NONE
    blocks = spread(blocks, scanned)
    weights, runs = weigh(blocks)
    kept = keep_run(blocks, weights, runs)
    found = titles(blocks, scanned, known, kept, runs, scan(declared_titles))
    found[is_whole] = -1
    ledger = settle(blocks, scanned, kept, runs, found, is_whole)
    return Cleaned(scanned, blocks, ledger, found, runs)
