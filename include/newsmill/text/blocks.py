"""How a page is cut into blocks: lines, with the lines of a hard-wrapped paragraph joined; they tile the page."""

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from newsmill.text.phrases import DATE_WORDS, DIGIT, EXCUSES, FUNCTION_WORDS, WEB_WORDS, reason_of

WORD = re.compile(r"\w+")
SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*\s+")
MIN_SENTENCES_CHARS = 40
WHOLE_TEXT = [(0, 0)]
ITEM_MARKS = frozenset(" \t•*·-–▪►»›")
CLOSERS = "\"”’'»)]*“ \t\xa0"
FINALS = frozenset(".!?…。！？؟।")
FURNITURE_MAX_WORDS = 90  # what is longer is not judged by a phrase in it
SENTENCE_WORDS = 8
LABEL_CHARS = 24  # a colon within them makes a label of what stands before it
EXCUSE_WORDS = 25
DATE_LINE_WORDS = 12
SEPARATORS = re.compile(r"[|»›•·]|\s[>/]\s")
MENU_PARTS, MENU_PART_WORDS = 3, 4
STATUS_LINE = re.compile(r"(?:http |error |status |code )*[45]\d\d(?: error)?\s*[-–—:|!]", re.I)
STATUS_CODES = frozenset("400 401 402 403 404 405 406 408 410 418 429 451 500 501 502 503 504 520 521 522".split())
WRAP_WIDTHS = (45, 120)
WRAPPED_SHARE = 0.66
MIN_CONTINUED_CHARS = 16
WIDE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff]"
)  # scripts that put no spaces between words
CHARS_PER_WIDE_WORD = 2


class Glance(NamedTuple):
    """What a paragraph shows on its own, wherever it stands.

    `tokens` are the words as printed, `key` the same in lower case with one space between; `sentences` tells of each
    sentence its first word and its first character within `text`.
    """

    text: str
    tokens: list[str]
    key: str
    sentences: list[tuple[int, int]]
    count: int
    is_final: bool
    hash: str


def glance(raw: str) -> Glance:
    """Look at a paragraph; short lines, such as a site's menu, are remembered from page to page."""
    return _remembered(raw) if len(raw) < MIN_SENTENCES_CHARS else _glance(raw)


def _glance(raw: str) -> Glance:
    text = raw.strip()
    tokens, sentences = (WORD.findall(text), WHOLE_TEXT) if len(text) < MIN_SENTENCES_CHARS else _sentences(text)
    key = " ".join(tokens).lower()
    count = word_count(text, tokens)
    is_final = text[-1:] in FINALS or text.rstrip(CLOSERS)[-1:] in FINALS
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Glance(text, tokens, key, sentences, count, is_final, digest)


_remembered = lru_cache(maxsize=32_768)(_glance)


def wording(block: "Block") -> str | None:
    """Return the reason that the wording of a block tells, if it tells one; remembered as `glance` is."""
    look = _remembered_wording if len(block.text) < MIN_SENTENCES_CHARS else _wording
    return look(block.text, block.key, block.count, block.is_final)


def _wording(text: str, key: str, count: int, is_final: bool) -> str | None:
    """Return the reason that the wording of a paragraph tells, if it tells one."""
    if not key:
        return "not_content"
    if count > FURNITURE_MAX_WORDS:
        return None
    if DIGIT.search(key) and (reason := _by_figures(text, key, count)):
        return reason
    if "©" in text:
        return "copyright"
    words = key.split(" ", 1)
    if words[0] in EXCUSES and count <= EXCUSE_WORDS and not WEB_WORDS.isdisjoint(key.split(" ")):
        return "error_banner"
    if is_final and count >= SENTENCE_WORDS:
        return reason_of(key, is_sentence=":" not in text[:LABEL_CHARS])
    if len(parts := SEPARATORS.split(text)) > 1 and (reason := _menu(parts, count)):
        return reason
    return reason_of(key)


_remembered_wording = lru_cache(maxsize=32_768)(_wording)


def _by_figures(text: str, key: str, count: int) -> str | None:
    """Return the reason of a line that is a status code, a date or a copyright year."""
    if key in STATUS_CODES or STATUS_LINE.match(text):
        return "error_banner"
    if text[:3].lower() == "(c)":
        return "copyright"
    return "byline" if count <= DATE_LINE_WORDS and is_date_line(key.split(" ")) else None


def is_date_line(words: list[str]) -> bool:
    """Tell whether lower-cased words are a date, a time or both, and nothing else."""
    has_figure = any(word[0].isdigit() for word in words)
    return has_figure and len(words) > 1 and all(word in DATE_WORDS or word[0].isdigit() for word in words)


def _menu(parts: list[str], count: int) -> str | None:
    """Return the kind of menu that the parts of a line are: the one most are, if they are short or all known."""
    reasons = [reason_of(" ".join(WORD.findall(part)).lower()) for part in parts if part]
    if not reasons or (None in reasons and (len(reasons) < MENU_PARTS or count > MENU_PART_WORDS * len(reasons))):
        return None
    known = sorted(filter(None, reasons), key=reasons.count, reverse=True)
    return known[0] if len(known) * 2 > len(reasons) else "navigation"


class Block:
    """A half-open range of the page with what it shows at a glance, and its fate: decided later."""

    __slots__ = (
        *Glance._fields,
        "start",
        "end",
        "line_start",
        "line_end",
        "is_item",
        "gap_after",
        "reason",
        "repeat_of",
        "kept",
    )

    def __init__(self, start: int, end: int, line_start: int, line_end: int, raw: str):
        self.start, self.end, self.line_start, self.line_end = start, end, line_start, line_end
        (
            self.text,
            self.tokens,
            self.key,
            self.sentences,
            self.count,
            self.is_final,
            self.hash,
        ) = glance(raw)
        self.is_item = raw[:1] in ITEM_MARKS
        self.gap_after = self.kept = False
        self.reason = self.repeat_of = None

    @property
    def function_share(self) -> float:
        """Return the share of words that only hold sentences together, in any language known."""
        return sum(map(FUNCTION_WORDS.__contains__, self.key.split(" "))) / max(len(self.tokens), 1)


def _sentences(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the words of a text and where its sentences begin, as (word, character)."""
    tokens: list[str] = []
    starts, begin = [(0, 0)], 0
    for end in SENTENCE_END.finditer(text):
        tokens += WORD.findall(text, begin, end.end())
        begin = end.end()
        starts.append((len(tokens), begin))
    return tokens + WORD.findall(text, begin), starts


def word_count(text: str, words: list[str]) -> int:
    """Count words, taking two characters for one where a script does not part words."""
    if text.isascii() or not WIDE.search(text):
        return len(words)
    return max(len(words), len(WIDE.findall(text)) // CHARS_PER_WIDE_WORD)


def cut(page: str) -> list[Block]:
    """Return the blocks of a page in order; they cover it exactly, blank lines with the block before."""
    lines = page.split("\n")
    spans = list(_paragraphs(lines))
    blocks, offset = [], 0
    for first, past, filled in spans:
        raw = lines[first] if past - first == 1 else "\n".join(lines[first:past])
        end = min(offset + len(raw) + 1, len(page))
        if end > offset:
            block = Block(offset, end, first + 1, past, raw)
            block.gap_after = filled < past
            blocks.append(block)
        offset = end
    return blocks


def joined(page: str, first: Block, last: Block) -> Block:
    """Return one block over two neighbours."""
    block = Block(first.start, last.end, first.line_start, last.line_end, page[first.start : last.end])
    block.gap_after = last.gap_after
    return block


def parted(page: str, block: Block, edges: list[int]) -> list[Block]:
    """Return the parts of a block between successive edges, which begin and end with its own."""
    parts, line = [], block.line_start
    for start, end in pairwise(edges):
        last_line = line + page.count("\n", start, end - 1)
        part = Block(start, end, line, last_line, page[start:end])
        part.kept, part.reason, part.gap_after = block.kept, block.reason, block.gap_after
        parts.append(part)
        line = last_line + (page[end - 1] == "\n")
    return parts


def _paragraphs(lines: list[str]) -> Iterator[tuple[int, int, int]]:
    """Yield (first line, line past the last blank one, line past the last filled one)."""
    total, at = len(lines), 0
    if lines[-1] == "" and total > 1:
        total -= 1  # the page ends with a newline: nothing follows it
    bare = [line.strip() for line in lines]
    while at < total:
        run_end = at
        while run_end < total and bare[run_end]:
            run_end += 1
        past = run_end
        while past < total and not bare[past]:
            past += 1
        if run_end == at:
            yield at, past, at
        elif run_end == at + 1:
            yield at, past, run_end
        else:
            starts = _paragraph_starts(bare[at:run_end])
            for first, following in zip(starts, [*starts[1:], run_end - at], strict=True):
                is_last = at + following == run_end
                yield at + first, past if is_last else at + following, at + following
        at = past


def _paragraph_starts(run: list[str]) -> list[int]:
    """Return where paragraphs begin in a run of lines without a blank one between them."""
    width = _wrap_width(run)
    starts, before = [0], run[0]
    for number, line in enumerate(run[1:], 1):
        if not ((line[0].islower() and _reads_on(before)) or (width and _is_full(before, line, width))):
            starts.append(number)
        before = line
    return starts


def _reads_on(line: str) -> bool:
    """Tell whether a line stops in the middle of a sentence."""
    return len(line) >= MIN_CONTINUED_CHARS and line[-1] not in FINALS and line.count(" ") > 1


def _is_full(before: str, line: str, width: int) -> bool:
    """Tell whether the first word of a line did not fit onto the line before."""
    return len(before) + 1 + len(line.split(None, 1)[0]) > width


def _wrap_width(run: list[str]) -> int:
    """Return the width at which a run of lines was wrapped, or 0."""
    if len(run) < 3:
        return 0
    width = max(map(len, run))
    if not WRAP_WIDTHS[0] <= width <= WRAP_WIDTHS[1]:
        return 0
    full = sum(_is_full(before, line, width) for before, line in pairwise(run))
    return width if full >= WRAPPED_SHARE * (len(run) - 1) else 0
