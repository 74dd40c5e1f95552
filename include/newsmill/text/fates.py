"""Settles the fate of every block of a page: kept as text or title, or dropped and why."""

from bisect import bisect_right
from dataclasses import dataclass

from newsmill.text.blocks import EXCUSE_WORDS, Block, cut, joined, parted, wording
from newsmill.text.body import article_run, weight
from newsmill.text.headline import date_in, dateline_in, title_block
from newsmill.text.phrases import LEGAL_WORDS, SITE_WORDS, WEB_WORDS
from newsmill.text.repeats import Repeat, repeats

REGIONS = ("comments", "related", "legal_disclaimer")  # a header of these speaks for what follows it
PLACE_REASONS = ("not_content", "related", "navigation")  # told by the place alone: a repeat is told more surely
REGION_ENDS = ("copyright", "newsletter", "advertisement")
RELATED_MAX_WORDS = 40
MENU_MAX_WORDS = 5
DATE_LINE_WORDS = 14
HEAD_BLOCKS = 15
ABOVE_TITLE_SHARE = 0.25  # of the text, what may be cut off because it stands above the headline
BANNER_LINES = 6
MIN_LEGAL_WORDS = 2
LEGAL_WORD_COUNTS = (8, 150)  # of a paragraph that may disclaim


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
        block.reason = wording(block)
    blocks = _join_disclaimers(page, blocks)
    _spread_banner(blocks)
    weights = [weight(block) for block in blocks]
    run = article_run(blocks, weights)
    _keep(blocks, weights, run)
    title = _take_title(blocks, run, declared_title)
    _cut_ends(blocks, run, title)
    _explain(blocks, run)
    return Page(_drop_repeats(page, blocks, title), title, run)


def _join_disclaimers(page: str, blocks: list[Block]) -> list[Block]:
    """Join a disclaimer's header with the lines that follow it without a gap."""
    if not any(block.reason == "legal_disclaimer" for block in blocks):
        return blocks
    out: list[Block] = []
    for block in blocks:
        before = out[-1] if out else None
        follows = (
            before is not None and before.reason == "legal_disclaimer" and block.reason in (None, "legal_disclaimer")
        )
        if follows and not before.gap_after:
            out[-1] = joined(page, before, block)
            out[-1].reason = "legal_disclaimer"
            continue
        if follows and block.reason is None and not LEGAL_WORDS.isdisjoint(block.key.split(" ")):
            block.reason = "legal_disclaimer"
        out.append(block)
    return out


def _spread_banner(blocks: list[Block]) -> None:
    """Let an error message above the article take the lines right below it: its reasons, its buttons."""
    head = blocks[:HEAD_BLOCKS]
    for number in [at for at, block in enumerate(head) if block.reason == "error_banner"]:
        group = blocks[number + 1 : number + BANNER_LINES]
        ends = 0 if blocks[number].gap_after else next((at for at, line in enumerate(group, 1) if line.gap_after), None)
        for line in group if ends is None else group[:ends]:
            if ends is None and not _is_message(line):
                break
            line.reason = "error_banner"


def _is_message(block: Block) -> bool:
    """Tell whether a line under an error message can belong to it: a short sentence, or a few words about the page."""
    is_short = block.count <= EXCUSE_WORDS and (block.is_final or block.count <= MENU_MAX_WORDS)
    return block.reason is None and is_short and (block.is_final or _is_about_page(block))


def _is_about_page(block: Block) -> bool:
    return block.count <= EXCUSE_WORDS and not WEB_WORDS.isdisjoint(block.key.split(" "))


def _is_legal(block: Block) -> bool:
    """Tell whether a paragraph disclaims: legal words about a site and its content."""
    if not LEGAL_WORD_COUNTS[0] <= block.count <= LEGAL_WORD_COUNTS[1]:
        return False
    words = set(block.key.split(" "))
    return len(words & LEGAL_WORDS) >= MIN_LEGAL_WORDS and not words.isdisjoint(SITE_WORDS)


def _cut_ends(blocks: list[Block], run: tuple[int, int], title: Block | None) -> None:
    """Drop what the run took in above the headline, and disclaimers at its end."""
    for number in range(run[1] - 1, run[0] - 1, -1):
        block = blocks[number]
        if block.kept and block.reason is None and not _is_legal(block):
            break
        if block.kept and block.reason is None:
            block.kept, block.reason = False, "legal_disclaimer"
    if title not in blocks[run[0] : run[1]]:
        return
    above = blocks[run[0] : blocks.index(title)]
    body = sum(block.count for block in blocks[run[0] : run[1]] if block.kept)
    if sum(block.count for block in above if block.kept) <= ABOVE_TITLE_SHARE * body:
        for block in above:
            block.kept = False


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
        if region == "comments" and number >= run[1] and block.reason == "byline":
            block.reason = region  # who wrote a comment, and when
        elif block.reason in REGIONS:
            region = block.reason
        elif block.reason in REGION_ENDS:
            region = None
        elif block.reason is None:
            block.reason = _by_place(block, number, run, region)
        if block.reason == "newsletter" and not block.gap_after:
            region = "newsletter"
        elif region == "newsletter" and (block.gap_after or block.reason != "newsletter"):
            region = None
        if block.reason == "error_banner" and number >= run[1] > 0:
            block.reason = "not_content"


def _by_place(block: Block, number: int, run: tuple[int, int], region: str | None) -> str:
    if number >= run[1] and _is_legal(block):
        return "legal_disclaimer"
    if region == "newsletter" or (region == "comments" and number >= run[0]):
        return region
    if number < run[0] and block.is_final and _is_about_page(block):
        return "error_banner"
    if block.count <= DATE_LINE_WORDS and block.text[-1] in "-–—" and dateline_in(f"{block.text} x"):
        return "dateline"
    if block.count <= DATE_LINE_WORDS and date_in(block.text):
        return "byline"
    if region == "related" and block.count <= RELATED_MAX_WORDS:
        return region
    return "navigation" if block.count <= MENU_MAX_WORDS and not block.is_final else "not_content"


def _drop_repeats(page: str, blocks: list[Block], title: Block | None) -> list[Block]:
    """Drop what repeats kept text, splitting blocks of which a part does; return the blocks, which may be more."""
    found = repeats(page, blocks)
    for number, block in enumerate(blocks):
        if title and block.start > title.start and block.key == title.key and number not in found:
            found[number] = [Repeat(block.start, block.end, title.start)]
    if not found:
        return blocks
    out: list[Block] = []
    for number, block in enumerate(blocks):
        is_open = block.kept or block.reason in PLACE_REASONS
        _add_without_repeats(page, block, found.get(number, []) if is_open else [], out)
    for block in out:
        if block.repeat_of is not None:
            block.repeat_of = _block_at(out, block.repeat_of)
    return out


def _add_without_repeats(page: str, block: Block, found: list[Repeat], out: list[Block]) -> None:
    """Add a block, or its parts where some repeat what is kept already; `repeat_of` is a character for now."""
    is_whole = len(found) == 1 and (found[0].start, found[0].end) == (block.start, block.end)
    if not found or not (is_whole or block.kept) or block.reason == "title":
        out.append(block)
        return
    edges = sorted({block.start, block.end, *(edge for repeat in found for edge in (repeat.start, repeat.end))})
    sources = {repeat.start: repeat.source for repeat in found}
    for part in parted(page, block, edges) if len(edges) > 2 else [block]:
        source = _original(out, sources[part.start]) if part.start in sources else None
        if source is not None:
            part.kept, part.reason, part.repeat_of = False, "repeat", source
        out.append(part)


def _original(before: list[Block], char: int) -> int | None:
    """Return where the kept text stands that is said again; None if what stands at the character was dropped."""
    block = before[_block_at(before, char)]
    if block.repeat_of is not None:
        return block.repeat_of
    return char if block.kept else None


def _block_at(blocks: list[Block], char: int) -> int:
    return bisect_right(blocks, char, key=lambda block: block.start) - 1
