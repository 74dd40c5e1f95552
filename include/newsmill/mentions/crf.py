"""A linear-chain conditional random field (CRF) over windows of tokens: best labels, and probabilities of names.

Layout. Labels are BILOU: label 0 is O, outside any name. Kind k (index in `KINDS`) has the labels 1 + 4 * k to 4 + 4 *
k, in the order of `Position`. So `(label - 1) % POSITIONS` is the position in a name and `(label - 1) // POSITIONS` the
kind. A label is open (BEGIN, INSIDE) if the name continues behind the token, else closed. `scores[n, label]` is the
score of a label for token n of all windows; window w holds the tokens from `window_start[w]` to `window_start[w + 1]`.
`transitions[label, next_label]` is the score of one label behind another. The allowed transitions are fixed
(`list_transitions`), their scores are learned. `Lattice` has a row of sums over paths for each token.

Packed weights. A feature has one weight of a byte for each of 17 labels. `pack_weights` adds 128, so that no byte is
negative, and puts the bytes of 8 labels into one 64-bit word: three words a record. `score_tokens` masks every second
byte and so adds four 16-bit sums with one addition; it subtracts 128 for each feature in the end.

Example. In the window "Ann Hale left" the labels are 1 (BEGIN of person), 3 (LAST of person) and 0. The one span has
the first token 0, the last token 1 and kind 0. A name of a single token, "Oslo", has label 12 (UNIT of place). In the
lattice `forward[1, 3]` sums the paths from the start to Hale as LAST, and `backward[1, 3]` those from Hale to the end.
"""

import math
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from newsmill.compiled import compiled, inlined

KINDS = ("person", "organization", "place", "other")


class Position(IntEnum):
    """Position of a token in a name; a name of one token is a UNIT."""

    BEGIN = 0
    INSIDE = 1
    LAST = 2
    UNIT = 3


OUTSIDE = 0
"""Label of a token outside any name."""
POSITIONS = len(Position)
LABEL_COUNT = 1 + POSITIONS * len(KINDS)
IMPOSSIBLE = np.float32(-1e4)
"""Score of a label that cannot begin or continue a path."""
TINY = 1e-30
"""Least divisor of a sum of paths, so that underflow divides nothing by zero."""
PACKED_WEIGHTS = np.dtype((np.record, [(name, np.uint64) for name in ("labels_0_to_7", "labels_8_to_15", "label_16")]))
"""The weights of a feature, a byte a label."""
WEIGHT_BIAS = 128
WORD_LABELS, WORD_SUMS, SUM_BITS = 8, 4, 16
_EVEN_BYTES, _BYTE_BITS, _SUM_MASK = np.uint64(0x00FF00FF00FF00FF), np.uint64(8), np.uint64(0xFFFF)


class Weights(NamedTuple):
    """The weights of a model.

    `rows`: a record of PACKED_WEIGHTS a feature; times `scale` they are scores. `transitions`: float32.
    """

    rows: np.ndarray
    transitions: np.ndarray
    scale: float


class Lattice(NamedTuple):
    """Sums over the paths through a window, by token and label.

    `scores`: exponentials of the scores. `forward`, `backward`: sums over the paths to and from a label, divided by the
    total of the token. `divisors`: the totals of `forward` by token.
    """

    scores: np.ndarray
    forward: np.ndarray
    backward: np.ndarray
    divisors: np.ndarray


class Chain(NamedTuple):
    """The scores of transitions, and their exponentials."""

    transitions: np.ndarray
    exponentials: np.ndarray


class Windows(NamedTuple):
    """First positions of the windows, the token of each position, and whether scores changed behind the lattice."""

    start: np.ndarray
    token_index: np.ndarray
    is_changed: np.ndarray


class NameSpans(NamedTuple):
    """Names by first and last token, kind and probability, one array each."""

    first_token: np.ndarray
    last_token: np.ndarray
    kind: np.ndarray
    probability: np.ndarray


def list_transitions() -> np.ndarray:
    """Return the matrix of allowed transitions: a name ends before another label begins."""
    is_allowed = np.zeros((LABEL_COUNT, LABEL_COUNT), bool)
    for label in range(LABEL_COUNT):
        for next_label in range(LABEL_COUNT):
            is_open = label > 0 and (label - 1) % POSITIONS in (Position.BEGIN, Position.INSIDE)
            continues = next_label > 0 and (next_label - 1) % POSITIONS in (Position.INSIDE, Position.LAST)
            same_kind = label > 0 and next_label > 0 and (label - 1) // POSITIONS == (next_label - 1) // POSITIONS
            is_allowed[label, next_label] = same_kind if is_open and continues else not is_open and not continues
    return is_allowed


def pack_weights(weight_rows: np.ndarray) -> np.ndarray:
    """Return whole numbers from -127 to 127 as bytes above 0, eight labels a word, for `score_tokens`."""
    bytes_table = np.full((len(weight_rows), PACKED_WEIGHTS.itemsize), WEIGHT_BIAS, np.uint8)
    bytes_table[:, :LABEL_COUNT] = weight_rows.astype(np.int16) + WEIGHT_BIAS
    return bytes_table.view(PACKED_WEIGHTS.newbyteorder("<"))[:, 0].astype(PACKED_WEIGHTS)


@compiled
def score_tokens(rows, counts, packed_rows, scale, scores):
    """Write into `scores` the sum of the weights of each token's features.

    Four 16-bit sums share a word, so a row costs a few additions. No sum overflows: 255 times `features.MAX_FEATURES`
    (96) is below 65,536.
    """
    for token in range(len(counts)):
        count = counts[token]
        sums_even_0 = sums_odd_0 = sums_even_8 = sums_odd_8 = sums_16 = np.uint64(0)
        for i in range(count):
            packed = packed_rows[np.uint32(rows[token, i])]
            sums_even_0 += packed.labels_0_to_7 & _EVEN_BYTES
            sums_odd_0 += (packed.labels_0_to_7 >> _BYTE_BITS) & _EVEN_BYTES
            sums_even_8 += packed.labels_8_to_15 & _EVEN_BYTES
            sums_odd_8 += (packed.labels_8_to_15 >> _BYTE_BITS) & _EVEN_BYTES
            sums_16 += packed.label_16 & _EVEN_BYTES
        bias_sum = count * WEIGHT_BIAS
        for pair in range(WORD_SUMS):
            shift = np.uint64(SUM_BITS * pair)
            scores[token, 2 * pair] = (np.int64((sums_even_0 >> shift) & _SUM_MASK) - bias_sum) * scale
            scores[token, 2 * pair + 1] = (np.int64((sums_odd_0 >> shift) & _SUM_MASK) - bias_sum) * scale
            scores[token, WORD_LABELS + 2 * pair] = (np.int64((sums_even_8 >> shift) & _SUM_MASK) - bias_sum) * scale
            scores[token, WORD_LABELS + 2 * pair + 1] = (np.int64((sums_odd_8 >> shift) & _SUM_MASK) - bias_sum) * scale
        scores[token, 2 * WORD_LABELS] = (np.int64(sums_16 & _SUM_MASK) - bias_sum) * scale


@compiled
def may_begin(label):
    """Return whether a label may be the first of a window."""
    position = (label - 1) % POSITIONS
    return label == OUTSIDE or position == Position.BEGIN or position == Position.UNIT


@compiled
def may_end(label):
    """Return whether a label may be the last of a window."""
    position = (label - 1) % POSITIONS
    return label == OUTSIDE or position == Position.LAST or position == Position.UNIT


@compiled
def find_best_labels(scores, transitions, start, end, previous_label, labels):
    """Write the best labels of the tokens from `start` to `end` (Viterbi); `previous_label` is scratch space."""
    best_scores, new_scores = np.empty(LABEL_COUNT, np.float32), np.empty(LABEL_COUNT, np.float32)
    for label in range(LABEL_COUNT):
        best_scores[label] = scores[start, label] if may_begin(label) else IMPOSSIBLE
    for token in range(start + 1, end):
        for label in range(LABEL_COUNT):
            best_score, best_source = IMPOSSIBLE * np.float32(100), OUTSIDE
            position = (label - 1) % POSITIONS
            if label > 0 and (position == Position.INSIDE or position == Position.LAST):
                begin, inside = label - position, label - position + Position.INSIDE
                best_score, best_source = best_scores[begin] + transitions[begin, label], begin
                inside_score = best_scores[inside] + transitions[inside, label]
                if inside_score > best_score:
                    best_score, best_source = inside_score, inside
            else:
                for source in range(LABEL_COUNT):
                    if may_end(source):
                        path_score = best_scores[source] + transitions[source, label]
                        if path_score > best_score:
                            best_score, best_source = path_score, source
            new_scores[label] = best_score + scores[token, label]
            previous_label[token, label] = best_source
        best_scores, new_scores = new_scores, best_scores
    label = OUTSIDE
    for closing in range(1, LABEL_COUNT):
        if may_end(closing) and best_scores[closing] > best_scores[label]:
            label = closing
    for token in range(end - 1, start - 1, -1):
        labels[token] = label
        label = previous_label[token, label]


@compiled
def sum_forward_backward(lattice, transitions, start, end):
    """Write the sums over all paths to and from each label; return the log of the total sum.

    `transitions` are exponentials; the scores of the lattice are replaced by exponentials.
    """
    log_sum = 0.0
    for token in range(start, end):
        log_sum += _exponentiate(lattice.scores[token])
        if token == start:
            for label in range(LABEL_COUNT):
                lattice.forward[token, label] = 1.0 if may_begin(label) else 0.0
        else:
            _sum_sources(lattice.forward[token - 1], transitions, lattice.forward[token])
        lattice.divisors[token] = _scale_forward(lattice.scores[token], lattice.forward[token])
        if token < end - 1:
            log_sum += math.log(lattice.divisors[token])
    end_sum = np.float64(0.0)
    for label in range(LABEL_COUNT):
        if may_end(label):
            end_sum += lattice.forward[end - 1, label]
    log_sum += math.log(lattice.divisors[end - 1] * max(end_sum, TINY))
    _sum_backward(lattice, transitions, start, end)
    return log_sum


@inlined
def _exponentiate(scores):
    """Replace the scores of a token by exponentials, divided by the largest; return the largest score."""
    max_score = scores[0]
    for label in range(1, LABEL_COUNT):
        max_score = max(max_score, scores[label])
    for label in range(LABEL_COUNT):
        scores[label] = math.exp(scores[label] - max_score)
    return max_score


@inlined
def _sum_sources(forward, transitions, path_sums):
    """Write for each label the sum over the paths from the labels of the previous token.

    The loops over all labels are branch-free, so they use vector instructions; inner labels of names are replaced.
    """
    for label in range(LABEL_COUNT):
        path_sums[label] = forward[OUTSIDE] * transitions[OUTSIDE, label]
    for source in range(1, LABEL_COUNT):
        if may_end(source):
            for label in range(LABEL_COUNT):
                path_sums[label] += forward[source] * transitions[source, label]
    for begin in range(1, LABEL_COUNT, POSITIONS):
        inside = begin + Position.INSIDE
        for label in range(inside, begin + Position.UNIT):
            from_begin = forward[begin] * transitions[begin, label]
            path_sums[label] = from_begin + forward[inside] * transitions[inside, label]


@inlined
def _scale_forward(scores, forward):
    """Multiply the sums of a token by the scores, and divide by the total; return the total."""
    token_sum = np.float64(0.0)
    for label in range(LABEL_COUNT):
        forward[label] *= scores[label]
        token_sum += forward[label]
    token_sum = max(token_sum, TINY)
    for label in range(LABEL_COUNT):
        forward[label] /= token_sum
    return token_sum


@inlined
def _sum_backward(lattice, transitions, start, end):
    """Write the sums over the paths from each label to the end of a window."""
    backward = lattice.backward
    for label in range(LABEL_COUNT):
        backward[end - 1, label] = 1.0 if may_end(label) else 0.0
    for token in range(end - 2, start - 1, -1):
        token_sum = np.float64(0.0)
        for label in range(LABEL_COUNT):
            path_sum = _sum_targets(transitions[label], label, lattice.scores[token + 1], backward[token + 1])
            backward[token, label] = path_sum
            token_sum += path_sum
        token_sum = max(token_sum, TINY)
        for label in range(LABEL_COUNT):
            backward[token, label] /= token_sum


@inlined
def _sum_targets(transitions, label, scores, backward):
    """Return the sum over the paths from a label to the labels of the next token."""
    path_sum = np.float64(0.0)
    position = (label - 1) % POSITIONS
    if label > 0 and (position == Position.BEGIN or position == Position.INSIDE):
        for target in (label - position + Position.INSIDE, label - position + Position.LAST):
            path_sum += transitions[target] * scores[target] * backward[target]
    else:
        closed_sum = transitions[OUTSIDE] * scores[OUTSIDE] * backward[OUTSIDE]
        for target in range(1, LABEL_COUNT):
            if may_begin(target):
                closed_sum += transitions[target] * scores[target] * backward[target]
        path_sum = np.float64(closed_sum)
    return path_sum


@compiled
def _write_marginals(lattice, exp_transitions, window_start, marginals):
    """Fill the lattice, and write the probability of each label of each token."""
    for window in range(len(window_start) - 1):
        start, end = window_start[window], window_start[window + 1]
        sum_forward_backward(lattice, exp_transitions, start, end)
        for token in range(start, end):
            total = np.float64(0.0)
            for label in range(LABEL_COUNT):
                marginals[token, label] = lattice.forward[token, label] * lattice.backward[token, label]
                total += marginals[token, label]
            for label in range(LABEL_COUNT):
                marginals[token, label] /= max(total, TINY)


@compiled
def _write_spans(scores, lattice, chain, windows, spans):
    """Write the names of all windows; return their count. Sum again in windows with a name and with changed scores."""
    token_count = len(windows.token_index)
    previous_label, labels = np.empty((token_count, LABEL_COUNT), np.int8), np.zeros(token_count, np.int8)
    span_count = 0
    for window in range(len(windows.start) - 1):
        start, end = windows.start[window], windows.start[window + 1]
        find_best_labels(scores, chain.transitions, start, end, previous_label, labels)
        if not labels[start:end].any():
            continue
        if windows.is_changed[window]:
            lattice.scores[start:end] = scores[start:end]
            sum_forward_backward(lattice, chain.exponentials, start, end)
        token = start
        while token < end:
            if labels[token] == OUTSIDE:
                token += 1
                continue
            begin = token
            while (labels[token] - 1) % POSITIONS < Position.LAST:
                token += 1
            spans.first_token[span_count] = windows.token_index[begin]
            spans.last_token[span_count] = windows.token_index[token]
            spans.kind[span_count] = (labels[begin] - 1) // POSITIONS
            spans.probability[span_count] = _span_probability(lattice, chain.exponentials, labels, begin, token)
            span_count += 1
            token += 1
    return span_count


@compiled
def _span_probability(lattice, exp_transitions, labels, start, end):
    """Return the share of all paths through a window that have the labels of one span."""
    path_sum = lattice.forward[start, labels[start]]
    for token in range(start, end):
        label, next_label = labels[token], labels[token + 1]
        step = exp_transitions[label, next_label] * lattice.scores[token + 1, next_label]
        path_sum *= step / lattice.divisors[token + 1]
    all_paths = np.float64(0.0)
    for label in range(LABEL_COUNT):
        all_paths += lattice.forward[end, label] * lattice.backward[end, label]
    return path_sum * lattice.backward[end, labels[end]] / max(all_paths, TINY)


def make_chain(transitions: np.ndarray) -> Chain:
    """Return the scores of transitions with their exponentials.

    In 64 bits, because numpy's exp of 32 bits rounds by processor and moved confidences by .001.
    """
    return Chain(transitions, np.exp(transitions.astype(np.float64)).astype(np.float32))


def find_marginals(scores: np.ndarray, chain: Chain, window_start: np.ndarray) -> tuple[Lattice, np.ndarray]:
    """Return the lattice of scored tokens, and the probability of each label of each token."""
    divisors = np.empty(len(scores), np.float64)
    lattice = Lattice(scores.copy(), np.empty_like(scores), np.empty_like(scores), divisors)
    marginals = np.empty_like(scores)
    _write_marginals(lattice, chain.exponentials, window_start, marginals)
    return lattice, marginals


def decode_spans(scores: np.ndarray, lattice: Lattice, chain: Chain, windows: Windows) -> NameSpans:
    """Return the names in windows of scored tokens; the lattice is that of the scores, but for changed windows."""
    token_count = len(windows.token_index)
    spans = NameSpans(*(np.empty(token_count, dtype) for dtype in (np.int32, np.int32, np.int32, np.float32)))
    span_count = _write_spans(scores, lattice, chain, windows, spans)
    return NameSpans(*(column[:span_count].copy() for column in spans))
