"""The model of lines: what a block looks like, where it stands and what surrounds it, and which blocks are the article."""

import numpy as np
from numba import njit

from newsmill.text import layout as b
from newsmill.text.characters import DIGIT, ITEM_MARK, LETTER, LOWER, QUOTE, UPPER, classes
from newsmill.text.layout import Blocks
from newsmill.text.lexicon import CODES
from newsmill.text.scan import Scan

COMMENTS, RELATED, LEGAL = CODES["comments"], CODES["related"], CODES["legal_disclaimer"]
# Reasons in the order of how far from running text they stand: what trees can cut in two.
RANKS = np.zeros(len(CODES) + 1, np.float32)
for _rank, _reason in enumerate((
    "caption", "advertisement", "update_note", "dateline", "related", "legal_disclaimer", "newsletter", "byline", "copyright",
    "comments", "share", "error_banner", "navigation", "not_content",
), 1):
    RANKS[CODES[_reason]] = _rank

_SHOWN = (
    "words", "chars_per_word", "capitals", "caps", "numbers", "digits", "signs", "functions", "selves", "webs", "sentences",
    "commas", "quotes", "separators", "first", "last", "is_final", "is_item", "gap", "gap_before", "reason", "weight",
    "times", "ellipses", "long_words", "is_dated", "colon", "words_to_mean", "legals", "sites",
)
_PLACED = (
    "in_run", "to_run", "run_share", "mass_before", "mass_after", "since_comments", "mass_at_comments", "since_related",
    "next_related", "since_legal", "stretch_blocks", "stretch_words", "since_prose", "next_prose", "prose_before",
    "prose_after", "prose_words", "prose_near", "turns_near", "same_gap",
)
_PAGE = ("page_words", "page_blocks", "page_prose", "page_functions", "page_finals")
_NEIGHBOURS = (-3, -2, -1, 1, 2, 3)
_OF_NEIGHBOUR = ("words", "is_final", "reason", "functions", "capitals")
_REACHES = (2, 5, 12)
_AROUND = ("weight", "words", "finals", "capitals", "functions", "items", "selves")
_FLOW = ("flow_in", "flow_back")
_LEARNED = (
    "learned", "learned_least", "learned_most", "learned_sum", "learned_known", "learned-1", "learned+1", "learned_least-1",
    "learned~3", "learned~8",
)
NAMES = (
    *_SHOWN, *_PLACED, *_PAGE,
    *(f"{name}{step:+d}" for step in _NEIGHBOURS for name in _OF_NEIGHBOUR),
    *(f"{name}~{reach}" for reach in _REACHES for name in _AROUND),
    *_FLOW, *_LEARNED,
)
COUNT = len(NAMES)
PLACED = len(_SHOWN)
PAGE = PLACED + len(_PLACED)
NEAR = PAGE + len(_PAGE)
AROUND = NEAR + len(_NEIGHBOURS) * len(_OF_NEIGHBOUR)
FLOW = AROUND + len(_REACHES) * len(_AROUND)
LEARNED = FLOW + len(_FLOW)
_column = {name: number for number, name in enumerate(NAMES)}
WORDS, FINALS, REASON_, FUNCTIONS_, CAPITALS_ = (_column[name] for name in _OF_NEIGHBOUR)
FAR = np.float32(60.0)


def features(blocks, scanned, weights, learned, out=None):
    out = np.zeros((len(blocks.table), COUNT), np.float32)
    _features(blocks.table, blocks.hashes, blocks.page_block, weights, classes(), RANKS, learned, out)
    return out


@njit(cache=True)
def _features(table, hashes, page_block, weights, traits, ranks, learned, out):
    for page in range(len(page_block) - 1):
        first, past = page_block[page], page_block[page + 1]
        if past > first:
            here = out[first:past]
            _show(table[first:past], hashes[first:past], weights[first:past], traits, ranks, here)
            _place(table[first:past], weights[first:past], here)
            _page(table[first:past], weights[first:past], here)
            _neighbours(table[first:past], here)
            _around(table[first:past], weights[first:past], here)
            _flow(weights[first:past], here)
            _learn(table[first:past], learned[first:past], here)


@njit(cache=True)
def _kind_of(point, traits):
    trait = traits[point] if point < len(traits) else 0
    if trait & LOWER:
        return 1
    if trait & UPPER:
        return 2
    if trait & DIGIT:
        return 3
    if trait & LETTER:
        return 4
    if trait & QUOTE:
        return 5
    if point == 40 or point == 91 or point == 123:
        return 6
    if point == 41 or point == 93 or point == 125:
        return 7
    if trait & ITEM_MARK:
        return 8
    if point == 58:
        return 9
    if point == 44 or point == 59:
        return 10
    if point == 33:
        return 11
    if point == 63:
        return 12
    if point == 0x2026:
        return 13
    if point == 46:
        return 14
    return 0


@njit(cache=True)
def _show(table, hashes, weights, traits, ranks, out):
    count = len(table)
    ordered = np.sort(hashes)
    mean = seen = 0.0
    for at in range(count):
        if is_prose(table[at]):
            mean += table[at, b.COUNT]
            seen += 1.0
    mean = np.log1p(mean / max(seen, 1.0))
    for at in range(count):
        block, row = table[at], out[at]
        words, chars = np.float32(max(block[b.COUNT], 1)), np.float32(max(block[b.CHARS], 1))
        tokens = np.float32(max(block[b.PAST_WORD] - block[b.FIRST_WORD], 1))
        row[0] = np.log1p(block[b.COUNT])
        row[1] = chars / words
        row[2] = block[b.CAPITALS] / tokens
        row[3] = block[b.CAPS] / tokens
        row[4] = block[b.NUMBERS] / tokens
        row[5] = block[b.DIGITS] / chars
        row[6] = block[b.SIGNS] / chars
        row[7] = block[b.FUNCTIONS] / tokens
        row[8] = block[b.SELVES] / tokens
        row[9] = block[b.WEBS] / tokens
        row[10] = np.log1p(block[b.SENTENCES])
        row[11] = block[b.COMMAS] / words
        row[12] = min(block[b.QUOTES], 6)
        row[13] = block[b.SEPARATORS] / words
        row[14] = _kind_of(block[b.FIRST], traits)
        row[15] = _kind_of(block[b.LAST], traits)
        row[16] = block[b.IS_FINAL]
        row[17] = block[b.IS_ITEM]
        row[18] = min(block[b.GAP_AFTER], 4)
        row[19] = min(table[at - 1, b.GAP_AFTER], 4) if at else 4
        row[20] = ranks[block[b.REASON]]
        row[21] = weights[at]
        same = np.searchsorted(ordered, hashes[at], side="right") - np.searchsorted(ordered, hashes[at])
        row[22] = min(same, 12)
        row[23] = block[b.ELLIPSES]
        row[24] = block[b.LONG_WORDS] / tokens
        row[25] = block[b.IS_DATED]
        row[26] = block[b.COLON] < 24
        row[27] = row[0] - mean
        row[28] = min(block[b.LEGALS], 4)
        row[29] = min(block[b.SITES], 4)


@njit(cache=True)
def is_prose(block):
    return block[b.COUNT] >= 18 or (block[b.IS_FINAL] and block[b.COUNT] >= 6)


@njit(cache=True)
def _place(table, weights, out):
    count = len(table)
    start = end = 0
    best = total = positive = np.float32(0.0)
    begin = 0
    for at in range(count):
        if total <= 0:
            total, begin = np.float32(0.0), at
        total += weights[at]
        positive += max(weights[at], np.float32(0.0))
        if total > best:
            best, start, end = total, begin, at + 1
    said = np.float32(0.0)
    for at in range(start, end):
        if table[at, b.REASON] == COMMENTS and said >= 100:
            end = at
            break
        said += max(weights[at], np.float32(0.0))
    mass = np.float32(0.0)
    at_comments = np.float32(-1.0)
    comments = related = legal = prose = -1000
    run = 0
    for at in range(count):
        row = out[at]
        row[PLACED + 0] = start <= at < end
        row[PLACED + 1] = max(at - start, -60) if at < start else (min(at - end + 1, 60) if at >= end else 0)
        row[PLACED + 2] = best / max(positive, np.float32(1.0))
        row[PLACED + 3] = np.log1p(mass)
        row[PLACED + 5] = min(at - comments, FAR)
        row[PLACED + 6] = at_comments
        row[PLACED + 7] = min(at - related, FAR)
        row[PLACED + 9] = min(at - legal, FAR)
        row[PLACED + 12] = min(at - prose, 30)
        row[PLACED + 14] = min(run, 20)
        reason = table[at, b.REASON]
        if reason == COMMENTS:
            comments, at_comments = at, np.log1p(mass)
        elif reason == RELATED:
            related = at
        elif reason == LEGAL:
            legal = at
        if weights[at] > 0:
            mass += weights[at]
            prose = at
        run = run + 1 if is_prose(table[at]) else 0
    mass = np.float32(0.0)
    related = prose = 100000
    run = 0
    for at in range(count - 1, -1, -1):
        row = out[at]
        row[PLACED + 4] = np.log1p(mass)
        row[PLACED + 8] = min(related - at, FAR)
        row[PLACED + 13] = min(prose - at, 30)
        row[PLACED + 15] = min(run, 20)
        if table[at, b.REASON] == RELATED:
            related = at
        if weights[at] > 0:
            mass += weights[at]
            prose = at
        run = run + 1 if is_prose(table[at]) else 0
    at = 0
    while at < count:
        past, words = at, 0
        while past < count and (weights[past] > 0) == (weights[at] > 0):
            words += table[past, b.COUNT]
            past += 1
        length = min(past - at, 60)
        for number in range(at, past):
            out[number, PLACED + 10] = -length if weights[at] > 0 else length
            out[number, PLACED + 11] = np.log1p(words)
        at = past
    at = 0
    while at < count:
        past, words = at, 0
        proses = is_prose(table[at])
        while past < count and is_prose(table[past]) == proses:
            words += table[past, b.COUNT]
            past += 1
        for number in range(at, past):
            out[number, PLACED + 16] = np.log1p(words) if proses else 0
        at = past
    for at in range(count):
        near = turns = same = other = 0
        for number in range(max(at - 10, 0), min(at + 11, count)):
            proses = is_prose(table[number])
            if abs(number - at) <= 8:
                near += proses
                turns += number > max(at - 8, 0) and proses != is_prose(table[number - 1])
            if number != at and weights[number] > 0:
                other += 1
                same += table[number, b.GAP_AFTER] == table[at, b.GAP_AFTER]
        out[at, PLACED + 17] = near
        out[at, PLACED + 18] = turns
        out[at, PLACED + 19] = same / other if other else -1


@njit(cache=True)
def _page(table, weights, out):
    words = prose = functions = finals = np.float32(0.0)
    for at in range(len(table)):
        words += table[at, b.COUNT]
        finals += table[at, b.IS_FINAL]
        if weights[at] > 0:
            prose += table[at, b.COUNT]
            functions += table[at, b.FUNCTIONS]
    out[:, PAGE] = np.log1p(words)
    out[:, PAGE + 1] = np.log1p(len(table))
    out[:, PAGE + 2] = prose / max(words, np.float32(1.0))
    out[:, PAGE + 3] = functions / max(prose, np.float32(1.0))
    out[:, PAGE + 4] = finals / len(table)


@njit(cache=True)
def _neighbours(table, out):
    count = len(table)
    column = NEAR
    for step in _NEIGHBOURS:
        for at in range(count):
            other = at + step
            if 0 <= other < count:
                out[at, column] = out[other, WORDS]
                out[at, column + 1] = out[other, FINALS]
                out[at, column + 2] = out[other, REASON_]
                out[at, column + 3] = out[other, FUNCTIONS_]
                out[at, column + 4] = out[other, CAPITALS_]
            else:
                out[at, column : column + 5] = -1
        column += 5


@njit(cache=True)
def _around(table, weights, out):
    count = len(table)
    sums = np.zeros((count + 1, 7), np.float64)
    for at in range(count):
        block, now, after = table[at], sums[at], sums[at + 1]
        after[0] = now[0] + weights[at]
        after[1] = now[1] + block[b.COUNT]
        after[2] = now[2] + block[b.IS_FINAL]
        after[3] = now[3] + block[b.CAPITALS]
        after[4] = now[4] + block[b.FUNCTIONS]
        after[5] = now[5] + block[b.IS_ITEM]
        after[6] = now[6] + block[b.SELVES]
    column = AROUND
    for reach in _REACHES:
        for at in range(count):
            low, high = max(at - reach, 0), min(at + reach + 1, count)
            others = max(high - low - 1, 1)
            words = sums[high, 1] - sums[low, 1] - table[at, b.COUNT]
            row = out[at]
            row[column] = (sums[high, 0] - sums[low, 0] - weights[at]) / others
            row[column + 1] = words / others
            row[column + 2] = (sums[high, 2] - sums[low, 2] - table[at, b.IS_FINAL]) / others
            row[column + 3] = (sums[high, 3] - sums[low, 3] - table[at, b.CAPITALS]) / max(words, 1.0)
            row[column + 4] = (sums[high, 4] - sums[low, 4] - table[at, b.FUNCTIONS]) / max(words, 1.0)
            row[column + 5] = (sums[high, 5] - sums[low, 5] - table[at, b.IS_ITEM]) / others
            row[column + 6] = (sums[high, 6] - sums[low, 6] - table[at, b.SELVES]) / max(words, 1.0)
        column += 7


@njit(cache=True)
def _flow(weights, out):
    total = np.float32(0.0)
    for at in range(len(weights)):
        out[at, FLOW] = total
        total = max(np.float32(-60.0), min(np.float32(400.0), total * np.float32(0.9) + weights[at]))
    total = np.float32(0.0)
    for at in range(len(weights) - 1, -1, -1):
        out[at, FLOW + 1] = total
        total = max(np.float32(-60.0), min(np.float32(400.0), total * np.float32(0.9) + weights[at]))


@njit(cache=True)
def _learn(table, learned, out):
    """learned: a row a block: sum, least, most, known words."""
    count = len(table)
    sums = np.zeros((count + 1, 2), np.float64)
    for at in range(count):
        sums[at + 1, 0] = sums[at, 0] + learned[at, 0]
        sums[at + 1, 1] = sums[at, 1] + learned[at, 3]
    for at in range(count):
        row = out[at]
        row[LEARNED] = learned[at, 0] / max(learned[at, 3], 1)
        row[LEARNED + 1] = learned[at, 1]
        row[LEARNED + 2] = learned[at, 2]
        row[LEARNED + 3] = learned[at, 0]
        row[LEARNED + 4] = learned[at, 3] / max(table[at, b.COUNT], 1)
        row[LEARNED + 5] = learned[at - 1, 0] / max(learned[at - 1, 3], 1) if at else 0
        row[LEARNED + 6] = learned[at + 1, 0] / max(learned[at + 1, 3], 1) if at + 1 < count else 0
        row[LEARNED + 7] = learned[at - 1, 1] if at else 0
        for place, reach in ((8, 3), (9, 8)):
            low, high = max(at - reach, 0), min(at + reach + 1, count)
            total = sums[high, 0] - sums[low, 0] - learned[at, 0]
            row[LEARNED + place] = total / max(sums[high, 1] - sums[low, 1] - learned[at, 3], 1.0)
