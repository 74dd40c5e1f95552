"""What a page prints more than once: passages whose words, case and punctuation aside, stand on the page before."""

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise

from newsmill.text.blocks import Block

MIN_LINE_WORDS = 4  # of a line that is not kept: less is furniture
MIN_SENTENCE_WORDS = 6
MIN_PASSAGE_WORDS = 12  # less may well be said twice: a refrain, the same question to two people
MIN_PART_WORDS = 20  # of a line of which only a part repeats


@dataclass
class Stream:
    """The words of all blocks one after another, and the sentences among them by their first word and character."""

    words: list[str] = field(default_factory=list)
    block_starts: list[int] = field(default_factory=list)
    sentence_starts: list[int] = field(default_factory=list)
    sentence_chars: list[int] = field(default_factory=list)

    def char_of(self, word: int) -> int:
        """Return the first character of the sentence that holds a word."""
        return self.sentence_chars[bisect_right(self.sentence_starts, word) - 1]


@dataclass(frozen=True)
class Passage:
    """Words [start, end) of the stream, which stand from word `source` on before."""

    start: int
    end: int
    source: int


def stream_of(page: str, blocks: list[Block]) -> Stream:
    """Return the stream of the blocks' words with their sentences."""
    stream = Stream()
    for block in blocks:
        before = len(stream.words)
        stream.block_starts.append(before)
        stream.sentence_starts.append(before)
        stream.sentence_chars.append(block.start)
        if len(block.sentences) > 1:
            char = page.find(block.text, block.start)
            stream.sentence_starts.extend(before + word for word, _ in block.sentences[1:])
            stream.sentence_chars.extend(char + begin for _, begin in block.sentences[1:])
        if block.key:
            stream.words += block.key.split(" ")
    return stream


def passages(stream: Stream) -> list[Passage]:
    """Return the passages that repeat, in order, none overlapping the one before."""
    words, seen, found, covered = stream.words, {}, [], 0
    for start, end in pairwise([*stream.sentence_starts, len(words)]):
        if start < covered or end - start < MIN_SENTENCE_WORDS:
            continue
        first = seen.setdefault(" ".join(words[start:end]), start)
        if first != start:
            passage = _grown(words, first, start, end - start, covered)
            if passage.end - passage.start >= MIN_PASSAGE_WORDS:
                found.append(passage)
                covered = passage.end
    return found


def _grown(words: list[str], first: int, again: int, length: int, floor: int) -> Passage:
    """Return the longest equal passage around two equal ones; the two never overlap."""
    source, start, end = first, again, again + length
    while source > 0 and start - 1 >= max(floor, first + length) and words[source - 1] == words[start - 1]:
        source, start = source - 1, start - 1
    while end < len(words) and source + end - start < start and words[end] == words[source + end - start]:
        end += 1
    return Passage(start, end, source)


@dataclass(frozen=True)
class Repeat:
    """Sentences of a block that stand before: characters [start, end) of the page, first at character `source`."""

    start: int
    end: int
    source: int


def repeats(page: str, blocks: list[Block]) -> dict[int, list[Repeat]]:
    """Return by block number what of the block repeats: the whole of it, or whole sentences."""
    numbers = [number for number, block in enumerate(blocks) if block.kept or block.count >= MIN_LINE_WORDS]
    stream = stream_of(page, [blocks[number] for number in numbers])
    found: dict[int, list[Repeat]] = {}
    for passage in passages(stream):
        at = bisect_right(stream.block_starts, passage.start) - 1
        while at < len(numbers) and stream.block_starts[at] < passage.end:
            if repeat := _in_block(stream, blocks[numbers[at]], stream.block_starts[at], passage):
                found.setdefault(numbers[at], []).append(repeat)
            at += 1
    return found


def _in_block(stream: Stream, block: Block, begin: int, passage: Passage) -> Repeat | None:
    """Return the whole sentences of the passage that lie in a block, if they are all of it or many words."""
    finish = begin + len(block.tokens)
    start, end = max(begin, passage.start), min(finish, passage.end)
    if start == begin and end == finish:
        return _repeat(stream, passage, start, block.start, block.end) if block.tokens else None
    starts = stream.sentence_starts
    low, high = bisect_right(starts, start - 1), bisect_right(starts, end) - 1
    first = starts[low] if low < len(starts) else finish
    last = finish if end == finish else starts[high]
    if last - first < MIN_PART_WORDS:
        return None
    char_end = block.end if last == finish else stream.sentence_chars[high]
    return _repeat(stream, passage, first, stream.sentence_chars[low], char_end)


def _repeat(stream: Stream, passage: Passage, word: int, start: int, end: int) -> Repeat:
    return Repeat(start, end, stream.char_of(passage.source + word - passage.start))
