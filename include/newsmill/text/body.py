"""Which blocks of a page are the article: the run of prose that outweighs the furniture between its parts."""

from dataclasses import dataclass

from newsmill.text.blocks import Block


@dataclass(frozen=True)
class Weights:
    """What a block adds to a run that holds it; words of prose count for, furniture between them against."""

    prose_min_words: int = 8
    prose_max: float = 40.0
    short_sentence: float = 4.0
    unclosed_min_words: int = 18
    unclosed_share: float = 0.2
    unclosed: float = 0.4
    headline: float = -10.0
    label: float = -6.0
    item: float = -2.0
    furniture: float = -8.0
    before_comments: float = 100.0
    cut: tuple = (
        ("error_banner", -60.0),
        ("comments", -45.0),
        ("related", -20.0),
        ("legal_disclaimer", -30.0),
        ("copyright", -45.0),
        ("newsletter", -15.0),
        ("navigation", -8.0),
        ("share", -8.0),
        ("advertisement", -1.0),
        ("caption", -4.0),
        ("byline", -6.0),
        ("update_note", -4.0),
    )


WEIGHTS = Weights()


def weight(block: Block, w: Weights = WEIGHTS) -> float:
    """Return what a block adds to a run."""
    if block.reason:
        return CUT.get(block.reason, w.furniture)
    n = block.count
    if block.is_final:
        if n >= w.prose_min_words:
            return min(n, w.prose_max)
        return w.short_sentence if n >= 3 and block.function_share > 0 else w.label
    if n >= w.unclosed_min_words and block.function_share >= w.unclosed_share:
        return min(n, w.prose_max) * w.unclosed
    if n >= w.prose_min_words:
        return w.headline
    return w.label + (w.item if block.is_item else 0)


CUT = dict(WEIGHTS.cut)


def heaviest_run(weights: list[float]) -> tuple[int, int]:
    """Return the half-open range of greatest sum, the first of equals; (0, 0) if none is above zero."""
    best, best_run, total, start = 0.0, (0, 0), 0.0, 0
    for index, value in enumerate(weights):
        if total <= 0:
            total, start = 0.0, index
        total += value
        if total > best:
            best, best_run = total, (start, index + 1)
    return best_run


def article_run(blocks: list[Block], weights: list[float]) -> tuple[int, int]:
    """Return the half-open range of blocks that holds the article, furniture between its parts included."""
    start, end = heaviest_run(weights)
    said = 0.0
    for number in range(start, end):
        if blocks[number].reason == "comments" and said >= WEIGHTS.before_comments:
            return start, number
        said += max(weights[number], 0.0)
    return start, end
