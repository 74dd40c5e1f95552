"""A linear-chain conditional random field (CRF) over windows of tokens: best labels, and probabilities of names.

Layout. Labels are BILOU: label 0 is O, outside any name. Kind k (index in `KINDS`) has the labels 1 + 4 * k to 4 + 4 *
k, in the order BEGIN, INSIDE, LAST, UNIT. So `(label - 1) % POSITIONS` is the position in a name and `(label - 1) //
POSITIONS` the kind. `scores[n, label]` is the score of a label for token n of all windows; window w holds the tokens
from `window_start[w]` to `window_start[w + 1]`. `transitions[label, next_label]` is the score of one label behind
another. The allowed transitions are fixed (`list_transitions`), their scores are learned.

Packed weights. A feature has one weight of a byte for each of 17 labels. `pack_weights` adds 128, so that no byte is
negative, and puts the bytes of 8 labels into one 64-bit word: three words a row. `score_tokens` masks every second byte
and so adds four 16-bit sums with one addition; it subtracts 128 for each feature in the end.

Example. In the window "Ann Hale left" the labels are 1 (BEGIN of person), 3 (LAST of person) and 0. The one span has
the first token 0, the last token 1 and kind 0. A name of a single token, "Oslo", has label 12 (UNIT of place).
"""

import math
from typing import NamedTuple

import numpy as np

from newsmill.compiled import compiled

KINDS = ("person", "organization", "place", "other")
BEGIN, INSIDE, LAST, UNIT = range(4)
POSITIONS = 4
LABEL_COUNT = 1 + POSITIONS * len(KINDS)
IMPOSSIBLE = np.float32(-1e4)
"""Score of a label that cannot begin or continue a path."""
TINY = 1e-30
"""Least divisor of a sum of paths, so that underflow divides nothing by zero."""
ROW_WORDS, WEIGHT_BIAS = 3, 128
WORD_LABELS, WORD_SUMS, SUM_BITS = 8, 4, 16
_EVEN_BYTES, _BYTE_BITS, _SUM_MASK = np.uint64(0x00FF00FF00FF00FF), np.uint64(8), np.uint64(0xFFFF)


class Weights(NamedTuple):
    """The weights of a model.

    `rows`: packed bytes, one row a feature, from `pack_weights`; times `scale` they are scores. `transitions`: float32.
    """

    rows: np.ndarray
    transitions: np.ndarray
    scale: float


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
            is_open = label > 0 and (label - 1) % POSITIONS in (BEGIN, INSIDE)
            continues = next_label > 0 and (next_label - 1) % POSITIONS in (INSIDE, LAST)
            same_kind = label > 0 and next_label > 0 and (label - 1) // POSITIONS == (next_label - 1) // POSITIONS
            is_allowed[label, next_label] = same_kind if is_open and continues else not is_open and not continues
    return is_allowed


def pack_weights(weight_rows: np.ndarray) -> np.ndarray:
    """Return whole numbers from -127 to 127 as bytes above 0, eight labels a word, for `score_tokens`."""
    bytes_table = np.full((len(weight_rows), WORD_LABELS * ROW_WORDS), WEIGHT_BIAS, np.uint8)
    bytes_table[:, :LABEL_COUNT] = weight_rows.astype(np.int16) + WEIGHT_BIAS
    return bytes_table.view("<u8").astype(np.uint64)


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
            row = np.uint32(rows[token, i])
            labels_0_to_7, labels_8_to_15, labels_16_to_23 = (
                packed_rows[row, 0],
                packed_rows[row, 1],
                packed_rows[row, 2],
            )
            sums_even_0 += labels_0_to_7 & _EVEN_BYTES
            sums_odd_0 += (labels_0_to_7 >> _BYTE_BITS) & _EVEN_BYTES
            sums_even_8 += labels_8_to_15 & _EVEN_BYTES
            sums_odd_8 += (labels_8_to_15 >> _BYTE_BITS) & _EVEN_BYTES
            sums_16 += labels_16_to_23 & _EVEN_BYTES
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
    return label == 0 or (label - 1) % POSITIONS == BEGIN or (label - 1) % POSITIONS == UNIT


@compiled
def may_end(label):
    """Return whether a label may be the last of a window."""
    return label == 0 or (label - 1) % POSITIONS == LAST or (label - 1) % POSITIONS == UNIT


@compiled
def find_best_labels(scores, transitions, start, end, previous_label, labels):
    """Write the best labels of the tokens from `start` to `end` (Viterbi); `previous_label` is scratch space."""
    best_scores, new_scores = np.empty(LABEL_COUNT, np.float32), np.empty(LABEL_COUNT, np.float32)
    for label in range(LABEL_COUNT):
        best_scores[label] = scores[start, label] if may_begin(label) else IMPOSSIBLE
    for token in range(start + 1, end):
        for label in range(LABEL_COUNT):
            best_score, best_source = IMPOSSIBLE * np.float32(100), 0
            position = (label - 1) % POSITIONS
            if label > 0 and (position in (INSIDE, LAST)):
                begin = label - position
                best_score, best_source = best_scores[begin] + transitions[begin, label], begin
                inside_score = best_scores[begin + INSIDE] + transitions[begin + INSIDE, label]
                if inside_score > best_score:
                    best_score, best_source = inside_score, begin + INSIDE
            else:
                for source in range(LABEL_COUNT):
                    if may_end(source):
                        path_score = best_scores[source] + transitions[source, label]
                        if path_score > best_score:
                            best_score, best_source = path_score, source
            new_scores[label] = best_score + scores[token, label]
            previous_label[token, label] = best_source
        best_scores, new_scores = new_scores, best_scores
    label, best_score = 0, IMPOSSIBLE * np.float32(100)
    for source in range(LABEL_COUNT):
        if may_end(source) and best_scores[source] > best_score:
            label, best_score = source, best_scores[source]
    for token in range(end - 1, start - 1, -1):
        labels[token] = label
        label = previous_label[token, label]


@compiled
def sum_forward_backward(scores, transitions, start, end, forward, backward):
    """Write for each token and label the sums over all paths to and from the label; return the log of the total sum.

    Each token's sums are divided by their total. `transitions` are exponentials; `scores` are replaced by exponentials.
    """
    log_sum = 0.0
    for token in range(start, end):
        max_score = scores[token, 0]
        for label in range(1, LABEL_COUNT):
            max_score = max(max_score, scores[token, label])
        for label in range(LABEL_COUNT):
            scores[token, label] = math.exp(scores[token, label] - max_score)
        log_sum += max_score
        token_sum = 0.0
        for label in range(LABEL_COUNT):
            path_sum = 0.0
            position = (label - 1) % POSITIONS
            if token == start:
                path_sum = 1.0 if may_begin(label) else 0.0
            elif label > 0 and (position in (INSIDE, LAST)):
                begin = label - position
                path_sum = forward[token - 1, begin] * transitions[begin, label]
                path_sum += forward[token - 1, begin + INSIDE] * transitions[begin + INSIDE, label]
            else:
                path_sum = forward[token - 1, 0] * transitions[0, label]
                for first_of_kind in range(1, LABEL_COUNT, POSITIONS):
                    path_sum += forward[token - 1, first_of_kind + LAST] * transitions[first_of_kind + LAST, label]
                    path_sum += forward[token - 1, first_of_kind + UNIT] * transitions[first_of_kind + UNIT, label]
            forward[token, label] = path_sum * scores[token, label]
            token_sum += forward[token, label]
        token_sum = max(token_sum, TINY)
        for label in range(LABEL_COUNT):
            forward[token, label] /= token_sum
        if token < end - 1:
            log_sum += math.log(token_sum)
        else:
            end_sum = 0.0
            for label in range(LABEL_COUNT):
                if may_end(label):
                    end_sum += forward[token, label]
            log_sum += math.log(token_sum * max(end_sum, TINY))
    for label in range(LABEL_COUNT):
        backward[end - 1, label] = 1.0 if may_end(label) else 0.0
    for token in range(end - 2, start - 1, -1):
        token_sum = 0.0
        for label in range(LABEL_COUNT):
            path_sum = 0.0
            position = (label - 1) % POSITIONS
            if label > 0 and (position in (BEGIN, INSIDE)):
                begin = label - position
                for next_label in (begin + INSIDE, begin + LAST):
                    path_sum += (
                        transitions[label, next_label] * scores[token + 1, next_label] * backward[token + 1, next_label]
                    )
            else:
                path_sum = transitions[label, 0] * scores[token + 1, 0] * backward[token + 1, 0]
                for first_of_kind in range(1, LABEL_COUNT, POSITIONS):
                    for next_label in (first_of_kind + BEGIN, first_of_kind + UNIT):
                        path_sum += (
                            transitions[label, next_label]
                            * scores[token + 1, next_label]
                            * backward[token + 1, next_label]
                        )
            backward[token, label] = path_sum
            token_sum += path_sum
        token_sum = max(token_sum, TINY)
        for label in range(LABEL_COUNT):
            backward[token, label] /= token_sum
    return log_sum


@compiled
def _write_spans(scores, transitions, exp_transitions, window_start, token_index, spans):
    """Write the names of all windows; return their count. Skip the sums in windows without a name."""
    token_count = len(token_index)
    previous_label, labels = np.empty((token_count, LABEL_COUNT), np.int8), np.zeros(token_count, np.int8)
    forward = np.empty((token_count, LABEL_COUNT), np.float32)
    backward = np.empty((token_count, LABEL_COUNT), np.float32)
    span_count = 0
    for window in range(len(window_start) - 1):
        start, end = window_start[window], window_start[window + 1]
        find_best_labels(scores, transitions, start, end, previous_label, labels)
        is_named = False
        for token in range(start, end):
            is_named = is_named or labels[token] != 0
        if not is_named:
            continue
        sum_forward_backward(scores, exp_transitions, start, end, forward, backward)
        token = start
        while token < end:
            label = labels[token]
            if label == 0:
                token += 1
                continue
            begin = token
            while (labels[token] - 1) % POSITIONS < LAST:
                token += 1
            spans.first_token[span_count], spans.last_token[span_count] = token_index[begin], token_index[token]
            spans.kind[span_count] = (label - 1) // POSITIONS
            probability = _span_probability(scores, exp_transitions, begin, token, labels, forward, backward)
            spans.probability[span_count] = probability
            span_count += 1
            token += 1
    return span_count


@compiled
def _span_probability(scores, exp_transitions, start, end, labels, forward, backward):
    """Return the share of all paths through a window that have the labels of one span."""
    path_sum = forward[start, labels[start]]
    for token in range(start, end):
        # step_sum is the divisor of the forward sums of the next token.
        step_sum = 0.0
        for label in range(LABEL_COUNT):
            position = (label - 1) % POSITIONS
            if label > 0 and (position in (INSIDE, LAST)):
                begin = label - position
                from_sum = forward[token, begin] * exp_transitions[begin, label]
                from_sum += forward[token, begin + INSIDE] * exp_transitions[begin + INSIDE, label]
            else:
                from_sum = forward[token, 0] * exp_transitions[0, label]
                for first_of_kind in range(1, LABEL_COUNT, POSITIONS):
                    from_sum += forward[token, first_of_kind + LAST] * exp_transitions[first_of_kind + LAST, label]
                    from_sum += forward[token, first_of_kind + UNIT] * exp_transitions[first_of_kind + UNIT, label]
            step_sum += from_sum * scores[token + 1, label]
        path_sum *= (
            exp_transitions[labels[token], labels[token + 1]]
            * scores[token + 1, labels[token + 1]]
            / max(step_sum, TINY)
        )
    all_paths = 0.0
    for label in range(LABEL_COUNT):
        all_paths += forward[end, label] * backward[end, label]
    return path_sum * backward[end, labels[end]] / max(all_paths, TINY)


def decode_spans(scores: np.ndarray, weights: Weights, window_start: np.ndarray, token_index: np.ndarray) -> NameSpans:
    """Return the names in windows of scored tokens; overwrite the scores."""
    token_count = len(token_index)
    spans = NameSpans(*(np.empty(token_count, dtype) for dtype in (np.int32, np.int32, np.int32, np.float32)))
    # In 64 bits, because numpy's exp of 32 bits rounds by processor and moved confidences by .001.
    exp_transitions = np.exp(weights.transitions.astype(np.float64)).astype(np.float32)
    span_count = _write_spans(scores, weights.transitions, exp_transitions, window_start, token_index, spans)
    return NameSpans(*(column[:span_count].copy() for column in spans))
