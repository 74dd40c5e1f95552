"""Settles the fate of every block of a page: kept as text or title, or dropped and why."""

from bisect import bisect_right
from dataclasses import dataclass

from newsmill.text.blocks import Block, cut, joined, parted
from newsmill.text.body import article_run, weight
from newsmill.text.headline import date_in, title_block
from newsmill.text.repeats import Repeat, repeats

REGIONS = ("comments", "related", "legal_disclaimer")  # a header of these speaks for what follows it
REGION_ENDS = ("copyright", "newsletter", "advertisement")
RELATED_MAX_WORDS = 40
MENU_MAX_WORDS = 5
DATE_LINE_WORDS = 14
LEGAL_WORDS = frozenset(
    "warranty warranties liability liable accuracy responsibility responsible reliance advice investment investors losses damages "
    "disclaimer disclaims copyright complaints guarantee haftung gewähr garantie responsabilité responsabilidad responsabilità".split()
)


@dataclass
class Page:
    """The blocks of a page with their fates; `title` is the headline's block, `run` the extent of the article."""

    blocks: list[Block]
    title: Block | None = None
    run: tuple[int, int] = (0, 0)

    @property
    def body(self) -> list[Block]:
        """Return the blocks that make up the text."""
        return [block for block in self.blocks if block.kept and block.reason is None]


def whole(page: str) -> Page:
    """Keep every block of a record that is nothing but an article."""
    blocks = cut(page)
    for block in blocks:
        block.kept = True
    return Page(blocks)


def settle(page: str, declared_title: str | None) -> Page:
    """Cut a page into blocks and decide for each whether it stays, and why it goes."""
    blocks = cut(page)
    for block in blocks:
        block.reason = block.wording
    blocks = _join_disclaimers(page, blocks)
    weights = [weight(block) for block in blocks]
    run = article_run(blocks, weights)
    _keep(blocks, weights, run)
    title = _take_title(blocks, run, declared_title)
    _explain(blocks, run)
    result = Page(_drop_repeats(page, blocks), title, run)
    return result


def _join_disclaimers(page: str, blocks: list[Block]) -> list[Block]:
    """Join a disclaimer's header with the lines that follow it without a gap."""
    if not any(block.reason == "legal_disclaimer" for block in blocks):
        return blocks
    out: list[Block] = []
    for block in blocks:
        before = out[-1] if out else None
        follows = before is not None and before.reason == "legal_disclaimer" and block.reason in (None, "legal_disclaimer")
        if follows and not before.gap_after:
            out[-1] = joined(page, before, block)
            out[-1].reason = "legal_disclaimer"
            continue
        if follows and block.reason is None and not LEGAL_WORDS.isdisjoint(block.key.split()):
            block.reason = "legal_disclaimer"
        out.append(block)
    return out


def _keep(blocks: list[Block], weights: list[float], run: tuple[int, int]) -> None:
    """Keep the prose of the run, and a line alone between two paragraphs of it: a subheading."""
    start, end = run
    for number in range(start, end):
        is_prose = weights[number] > 0
        is_between = start < number < end - 1 and weights[number - 1] > 0 and weights[number + 1] > 0
        blocks[number].kept = is_prose or (is_between and blocks[number].reason is None)


def _take_title(blocks: list[Block], run: tuple[int, int], declared: str | None) -> Block | None:
    number = title_block(blocks, run, declared) if run[1] else None
    if number is None:
        return None
    blocks[number].reason, blocks[number].kept = "title", True
    return blocks[number]


def _explain(blocks: list[Block], run: tuple[int, int]) -> None:
    """Give each dropped block that its wording does not explain the reason its place tells."""
    region = None
    for number, block in enumerate(blocks):
        if block.kept or block.reason == "title":
            region = None if block.reason is None else region
            continue
        if block.reason in REGIONS:
            region = block.reason
        elif block.reason in REGION_ENDS:
            region = None
        elif block.reason is None:
            block.reason = _by_place(block, number, run, region)
        if block.reason == "error_banner" and number >= run[1] > 0:
            block.reason = "not_content"


def _by_place(block: Block, number: int, run: tuple[int, int], region: str | None) -> str:
    if region == "comments" and number >= run[0]:
        return region
    if block.count <= DATE_LINE_WORDS and date_in(block.text):
        return "dateline"
    if region == "related" and block.count <= RELATED_MAX_WORDS:
        return region
    return "navigation" if block.count <= MENU_MAX_WORDS and not block.is_final else "not_content"


def _drop_repeats(page: str, blocks: list[Block]) -> list[Block]:
    """Drop what repeats kept text, splitting blocks of which a part does; return the blocks, which may be more."""
    found = repeats(page, blocks)
    if not found:
        return blocks
    out: list[Block] = []
    for number, block in enumerate(blocks):
        out.extend(_without_repeats(page, block, found.get(number, ()), out))
    for block in out:
        if block.repeat_of is not None:
            block.repeat_of = _block_at(out, block.repeat_of)
    return out


def _without_repeats(page: str, block: Block, found: list[Repeat], before: list[Block]) -> list[Block]:
    if not block.kept and block.reason not in ("not_content", "related", "navigation"):
        return [block]
    pieces = []
    for repeat in found:
        source = _original(before, block, repeat.source)
        is_whole = (repeat.start, repeat.end) == (block.start, block.end)
        if source is None or (block.reason == "title") or not (is_whole or block.kept):
            continue
        *head, piece, block = parted(page, block, repeat.start, repeat.end)
        piece.kept, piece.reason, piece.repeat_of = False, "repeat", source
        pieces += [*head, piece]
        if block is None:
            return pieces
    return [*pieces, block]


def _original(before: list[Block], current: Block, char: int) -> int | None:
    """Return where the kept text stands that a repeat of the block at a character repeats; None if it was dropped."""
    if char >= current.start:
        return char if current.kept else None
    block = before[_block_at(before, char)]
    if block.repeat_of is not None:
        return block.repeat_of
    return char if block.kept else None


def _block_at(blocks: list[Block], char: int) -> int:
    return bisect_right(blocks, char, key=lambda block: block.start) - 1
