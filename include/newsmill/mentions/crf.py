"""A linear chain over windows of tokens: the surest sequence of labels, and how sure each name in it is.

Labels are BILOU: O, then begin, inside, last and unit of each kind. A table of small whole numbers holds a row a
feature and a column a label; what labels may follow another is fixed, how readily they do is learned.
"""

import math
from typing import NamedTuple

import numpy as np

from newsmill.compiled import compiled

KINDS = ("person", "organization", "place", "other")
LABEL_COUNT = 1 + 4 * len(KINDS)
BEGIN, INSIDE, LAST, UNIT = range(4)
IMPOSSIBLE = np.float32(-1e4)
ROW_WORDS, WEIGHT_BIAS = 3, 128
_EVEN_BYTES, _BYTE_BITS, _SUM_MASK = np.uint64(0x00FF00FF00FF00FF), np.uint64(8), np.uint64(0xFFFF)


class Weights(NamedTuple):
    """`rows`: bytes, a row a feature, as `packed` lays them; times `scale` they are scores.

    `links` (from, to), float32, are the scores of one label behind another.
    """

    rows: np.ndarray
    links: np.ndarray
    scale: float


class NameSpans(NamedTuple):
    """Names by their first and last token, kind and probability."""

    first: np.ndarray
    last: np.ndarray
    kind: np.ndarray
    probability: np.ndarray


def list_transitions() -> np.ndarray:
    """Return which label may follow which: a name is ended before another thing begins."""
    may = np.zeros((LABEL_COUNT, LABEL_COUNT), bool)
    for before in range(LABEL_COUNT):
        for after in range(LABEL_COUNT):
            is_open = before > 0 and (before - 1) % 4 in (BEGIN, INSIDE)
            goes_on = after > 0 and (after - 1) % 4 in (INSIDE, LAST)
            is_same = before > 0 and after > 0 and (before - 1) // 4 == (after - 1) // 4
            may[before, after] = is_same if is_open and goes_on else not is_open and not goes_on
    return may


def pack_weights(rows: np.ndarray) -> np.ndarray:
    """Return a table of whole numbers from -127 to 127 as bytes above 0, eight labels a word, for `score`."""
    table = np.full((len(rows), 8 * ROW_WORDS), WEIGHT_BIAS, np.uint8)
    table[:, :LABEL_COUNT] = rows.astype(np.int16) + WEIGHT_BIAS
    return table.view("<u8").astype(np.uint64)


@compiled
def score_tokens(rows, counts, table, scale, scores):
    """Add up the weights of the features of each token.

    Four sums of 16 bits stand in one word, so that a row costs a few additions; no token has features enough to spill.
    """
    for token in range(len(counts)):
        count = counts[token]
        a = b = c = d = e = np.uint64(0)
        for number in range(count):
            at = np.uint32(rows[token, number])
            one, two, three = table[at, 0], table[at, 1], table[at, 2]
            a += one & _EVEN_BYTES
            b += (one >> _BYTE_BITS) & _EVEN_BYTES
            c += two & _EVEN_BYTES
            d += (two >> _BYTE_BITS) & _EVEN_BYTES
            e += three & _EVEN_BYTES
        less = count * WEIGHT_BIAS
        for place in range(4):
            shift = np.uint64(16 * place)
            scores[token, 2 * place] = (np.int64((a >> shift) & _SUM_MASK) - less) * scale
            scores[token, 2 * place + 1] = (np.int64((b >> shift) & _SUM_MASK) - less) * scale
            scores[token, 2 * place + 8] = (np.int64((c >> shift) & _SUM_MASK) - less) * scale
            scores[token, 2 * place + 9] = (np.int64((d >> shift) & _SUM_MASK) - less) * scale
        scores[token, 16] = (np.int64(e & _SUM_MASK) - less) * scale


@compiled
def may_begin(label):
    """Tell whether a label may stand first in a window; whether it may stand last is the mirror of it."""
    return label == 0 or (label - 1) % 4 == BEGIN or (label - 1) % 4 == UNIT


@compiled
def may_end(label):
    """Tell whether a label may stand last in a window."""
    return label == 0 or (label - 1) % 4 == LAST or (label - 1) % 4 == UNIT


@compiled
def find_best_labels(scores, links, low, high, back, labels):
    """Write the surest labels of the tokens from low to high (Viterbi)."""
    best, new = np.empty(LABEL_COUNT, np.float32), np.empty(LABEL_COUNT, np.float32)
    for label in range(LABEL_COUNT):
        best[label] = scores[low, label] if may_begin(label) else IMPOSSIBLE
    for token in range(low + 1, high):
        for label in range(LABEL_COUNT):
            top, source = IMPOSSIBLE * np.float32(100), 0
            place = (label - 1) % 4
            if label > 0 and (place in (INSIDE, LAST)):
                begun = label - place
                top, source = best[begun] + links[begun, label], begun
                going = best[begun + INSIDE] + links[begun + INSIDE, label]
                if going > top:
                    top, source = going, begun + INSIDE
            else:
                for ended in range(LABEL_COUNT):
                    if may_end(ended):
                        told = best[ended] + links[ended, label]
                        if told > top:
                            top, source = told, ended
            new[label] = top + scores[token, label]
            back[token, label] = source
        best, new = new, best
    label, top = 0, IMPOSSIBLE * np.float32(100)
    for ended in range(LABEL_COUNT):
        if may_end(ended) and best[ended] > top:
            label, top = ended, best[ended]
    for token in range(high - 1, low - 1, -1):
        labels[token] = label
        label = back[token, label]


@compiled
def sum_forward_backward(scores, links, low, high, forward, backward):
    """Write the sums over all ways to and from each label, each token's divided by their sum; links as exponentials.

    Scores are written over by their exponentials. Returns the logarithm of the sum over all ways.
    """
    total = 0.0
    for token in range(low, high):
        top = scores[token, 0]
        for label in range(1, LABEL_COUNT):
            top = max(top, scores[token, label])
        for label in range(LABEL_COUNT):
            scores[token, label] = math.exp(scores[token, label] - top)
        total += top
        norm = 0.0
        for label in range(LABEL_COUNT):
            told = 0.0
            place = (label - 1) % 4
            if token == low:
                told = 1.0 if may_begin(label) else 0.0
            elif label > 0 and (place in (INSIDE, LAST)):
                begun = label - place
                told = forward[token - 1, begun] * links[begun, label]
                told += forward[token - 1, begun + INSIDE] * links[begun + INSIDE, label]
            else:
                told = forward[token - 1, 0] * links[0, label]
                for kind in range(1, LABEL_COUNT, 4):
                    told += forward[token - 1, kind + LAST] * links[kind + LAST, label]
                    told += forward[token - 1, kind + UNIT] * links[kind + UNIT, label]
            forward[token, label] = told * scores[token, label]
            norm += forward[token, label]
        norm = max(norm, 1e-30)
        for label in range(LABEL_COUNT):
            forward[token, label] /= norm
        if token < high - 1:
            total += math.log(norm)
        else:
            ended = 0.0
            for label in range(LABEL_COUNT):
                if may_end(label):
                    ended += forward[token, label]
            total += math.log(norm * max(ended, 1e-30))
    for label in range(LABEL_COUNT):
        backward[high - 1, label] = 1.0 if may_end(label) else 0.0
    for token in range(high - 2, low - 1, -1):
        norm = 0.0
        for label in range(LABEL_COUNT):
            told = 0.0
            place = (label - 1) % 4
            if label > 0 and (place in (BEGIN, INSIDE)):
                begun = label - place
                for after in (begun + INSIDE, begun + LAST):
                    told += links[label, after] * scores[token + 1, after] * backward[token + 1, after]
            else:
                told = links[label, 0] * scores[token + 1, 0] * backward[token + 1, 0]
                for kind in range(1, LABEL_COUNT, 4):
                    for after in (kind + BEGIN, kind + UNIT):
                        told += links[label, after] * scores[token + 1, after] * backward[token + 1, after]
            backward[token, label] = told
            norm += told
        norm = max(norm, 1e-30)
        for label in range(LABEL_COUNT):
            backward[token, label] /= norm
    return total


@compiled
def _write_spans(scores, links, powers, window, live, first, last, kinds, probabilities):
    most = 1
    for number in range(len(window) - 1):
        most = max(most, window[number + 1] - window[number])
    count = len(live)
    back, labels = np.empty((count, LABEL_COUNT), np.int8), np.zeros(count, np.int8)
    forward, backward = np.empty((count, LABEL_COUNT), np.float32), np.empty((count, LABEL_COUNT), np.float32)
    n = 0
    for number in range(len(window) - 1):
        low, high = window[number], window[number + 1]
        find_best_labels(scores, links, low, high, back, labels)
        is_named = False
        for token in range(low, high):
            is_named = is_named or labels[token] != 0
        if not is_named:
            continue
        sum_forward_backward(scores, powers, low, high, forward, backward)
        token = low
        while token < high:
            label = labels[token]
            if label == 0:
                token += 1
                continue
            begun = token
            while (labels[token] - 1) % 4 < LAST:
                token += 1
            first[n], last[n] = live[begun], live[token]
            kinds[n] = (label - 1) // 4
            probabilities[n] = _span_probability(scores, powers, begun, token, labels, forward, backward)
            n += 1
            token += 1
    return n


@compiled
def _span_probability(scores, powers, begun, ended, labels, forward, backward):
    """Return the share of all ways through a window that go through a span as it is labelled."""
    way = forward[begun, labels[begun]]
    for token in range(begun, ended):
        # each step's norm: the sum over all labels that forward was divided by
        step = 0.0
        for label in range(LABEL_COUNT):
            place = (label - 1) % 4
            if label > 0 and (place in (INSIDE, LAST)):
                start = label - place
                told = forward[token, start] * powers[start, label]
                told += forward[token, start + INSIDE] * powers[start + INSIDE, label]
            else:
                told = forward[token, 0] * powers[0, label]
                for kind in range(1, LABEL_COUNT, 4):
                    told += forward[token, kind + LAST] * powers[kind + LAST, label]
                    told += forward[token, kind + UNIT] * powers[kind + UNIT, label]
            step += told * scores[token + 1, label]
        way *= powers[labels[token], labels[token + 1]] * scores[token + 1, labels[token + 1]] / max(step, 1e-30)
    whole = 0.0
    for label in range(LABEL_COUNT):
        whole += forward[ended, label] * backward[ended, label]
    return way * backward[ended, labels[ended]] / max(whole, 1e-30)


def decode_spans(scores: np.ndarray, weights: Weights, window: np.ndarray, live: np.ndarray) -> NameSpans:
    """Return the names in windows of scored tokens; the scores are used up."""
    count = len(live)
    first, last, kinds = (np.empty(count, np.int32) for _ in range(3))
    sure = np.empty(count, np.float32)
    # in 64 bits: numpy's exp of 32 bits rounds by processor, which moved confidences by .001
    chances = np.exp(weights.links.astype(np.float64)).astype(np.float32)
    n = _write_spans(scores, weights.links, chances, window, live, first, last, kinds, sure)
    return NameSpans(first[:n].copy(), last[:n].copy(), kinds[:n].copy(), sure[:n].copy())
