"""Train the weights of quotes/statements.json: which clauses are reported statements, and where each begins and ends.

    python benchmarks/quality/train_statements.py TRUTH.jsonl.gz            train on all articles, and write the weights
    python benchmarks/quality/train_statements.py TRUTH.jsonl.gz --judge    judge each fifth of sites by the others

Truth: one article a line with url, text, mentions and quotes, each quote with span and type. The documents of
polnear_train are trained on too. Their annotators call wishes and plans statements, so each weight has a second part
for PolNeAR alone, which is not written. The extractor lists the candidates. Three logistic models are trained:
candidates, ends and starts.
"""

import json
import sys
from bisect import bisect_right
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from zlib import crc32

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "include"), str(Path(__file__).parent)]

from quotes import read_corpus  # noqa: E402
from train_speakers import find_mentions, parse_arguments, read_articles  # noqa: E402

STEPS, STEP_SIZE = 300, 0.05
PENALTIES = {"candidates": 4.0, "ends": 4.0, "starts": 2.0}
"""Steps of training and their size, and the penalty of squared weights. Set by the figures of --judge."""
MIN_VALUE_COUNT = 6
"""A value with fewer examples has no weight."""
FOLDS = 5
POLNEAR = "polnear "
"""Mark of the weights of PolNeAR alone."""
MAX_SHIFT = 1
"""Tokens by which the bound of a right candidate may differ from the truth."""
DIGITS = 2


def read_polnear():
    """Return the documents of polnear_train as articles, with the attributions of the first annotator."""
    return [
        {"text": document.text, "quotes": [*_list_quotes(document.first_annotator)]}
        for document in read_corpus("polnear_train")
    ]


def _list_quotes(attributions):
    """Yield the contents of attributions with a source as reported statements, each from its first to its last word."""
    for attribution in attributions:
        if attribution["source"] and attribution["content"]:
            starts, ends = zip(*attribution["content"], strict=True)
            yield {"span": (min(starts), max(ends)), "type": "indirect"}


def find_examples(articles):
    """Return the examples of each model in articles."""
    return collect_examples(articles, record_sentences(articles, *find_mentions(articles)))


def record_sentences(articles, table, names):
    """Return (article, sentence, indices of cues) for all sentences that the extractor searches for statements."""
    from newsmill.quotes import quotations
    from newsmill.quotes.indirect_speech import list_cue_indices
    from newsmill.quotes.quotes import quotes

    recorded, current = [], []
    read, find, judge = (
        quotations._read_indirect_speech, quotations.find_indirect_statements, quotations.judge_quotation
    )  # fmt: skip
    article_of_text = {article["text"]: i for i, article in enumerate(articles)}

    def read_and_name(text, *rest):
        current[:] = [article_of_text[text]]
        return list(read(text, *rest))

    def record(sentence, cue_starts):
        recorded.append((current[0], sentence, list_cue_indices(sentence, cue_starts)))
        return ()

    quotations._read_indirect_speech, quotations.find_indirect_statements = read_and_name, record
    quotations.judge_quotation = lambda _, quotation: quotation
    try:
        quotes(table, names)
    finally:
        quotations._read_indirect_speech, quotations.find_indirect_statements = read, find
        quotations.judge_quotation = judge
    return recorded


def collect_examples(articles, recorded):
    """Return the examples of each model: (group, values, whether right, article)."""
    from newsmill.quotes.statement_candidates import list_statement_candidates

    examples = {"candidates": [], "ends": [], "starts": []}
    for article, sentence, cues in recorded:
        truths = list(_list_truths(articles[article], sentence))
        for number, cue in enumerate(cues):
            for candidate in list_statement_candidates(sentence, cue, number):
                matches = [truth for truth in truths if _is_right(candidate, cue, truth)]
                counted = [truth for truth in matches if not truth.is_optional]
                if matches and not counted:
                    continue
                examples["candidates"].append((candidate.layout, candidate.values, bool(counted), article))
                if counted:
                    _collect_bounds(examples, sentence, candidate, counted[0], article)
    return examples


def _collect_bounds(examples, sentence, candidate, truth, article):
    """Add the breaks of a right candidate up to the true bound."""
    from newsmill.quotes.statement_bounds import list_ends, list_starts

    if candidate.start is None:
        for at in list_starts(sentence, candidate):
            is_bound = at.position <= truth.start + MAX_SHIFT
            examples["starts"].append((at.mark, at.values, is_bound, article))
            if is_bound:
                break
    if candidate.end is None:
        for at in list_ends(sentence, candidate):
            is_bound = at.position >= truth.end - MAX_SHIFT
            examples["ends"].append((at.mark, at.values, is_bound, article))
            if is_bound:
                break


class Truth(NamedTuple):
    """The tokens of a true statement in a sentence; an optional one counts neither way."""

    start: int
    end: int
    is_optional: bool


def _list_truths(article, sentence):
    """Yield the true speech of a sentence."""
    starts = [token.start for token in sentence]
    for quote in article["quotes"]:
        start, end = quote["span"]
        if end > starts[0] and start < sentence[-1].end:
            is_optional = quote["type"] == "indirect" and _is_optional(article["text"], start)
            yield Truth(max(bisect_right(starts, start) - 1, 0), bisect_right(starts, end - 1), is_optional)


def _is_optional(text, start):
    """Return whether a statement is a request, a promise or a denial without a clause: to …, taking …"""
    word = text[start : start + 40].split()[0].lower()
    return word == "to" or word.endswith("ing")


def _is_right(candidate, cue, truth):
    """Return whether the known bounds of a candidate are those of a true statement."""
    if candidate.start is not None:
        return abs(candidate.start - truth.start) <= MAX_SHIFT and truth.start > cue
    return abs(candidate.end - truth.end) <= MAX_SHIFT and truth.start < candidate.end


def train_model(features, examples, polnear, penalty):
    """Return the bias, the weights common to all groups, and those of each group, by feature and value.

    Examples of PolNeAR have two more weights for each value, common ones and those of the group, which are left out.
    """
    keys = [_list_keys(group, values, ("", group)) for group, values, *_ in examples]
    keys += [_list_keys(group, values, ("", group, POLNEAR, POLNEAR + group)) for group, values, *_ in polnear]
    counts = Counter(key for row in keys for key in row)
    index = {key: i for i, key in enumerate(sorted(key for key, n in counts.items() if n >= MIN_VALUE_COUNT))}
    size = len(index)
    rows = np.full((len(keys), max(map(len, keys))), size)
    for i, row in enumerate(keys):
        rows[i, : len(row)] = [index.get(key, size) for key in row]
    all_examples = [*examples, *polnear]
    weights = _descend(rows, np.array([example[2] for example in all_examples], np.float64), size, penalty)
    groups = {group for group, *_ in all_examples}
    model = {"bias": 0.0, "common": {}, "groups": {group: {"bias": 0.0, "weights": {}} for group in groups}}
    for (scope, k, value), i in index.items():
        weight = round(float(weights[i]), DIGITS)
        if scope.startswith(POLNEAR):
            continue
        owner = model["groups"][scope] if scope else model
        if k == len(features):
            owner["bias"] = weight
        elif weight:
            tables = owner["weights"] if scope else model["common"]
            tables.setdefault(features[k], {})[value] = weight
    return model


def _list_keys(group, values, scopes):
    """Return the keys of the weights of an example; the last value is that of the bias."""
    return [(scope, k, value) for k, value in enumerate((*values, "")) for scope in scopes]


def _descend(rows, right, size, penalty):
    """Return the weights of a logistic regression, by Adam; each row lists its weights, `size` is none."""
    weights, mean, square = (np.zeros(size + 1) for _ in range(3))
    for step in range(1, STEPS + 1):
        errors = 1 / (1 + np.exp(-weights[rows].sum(axis=1))) - right
        gradient = np.bincount(rows.ravel(), np.repeat(errors, rows.shape[1]), size + 1) + penalty * weights
        gradient[size] = 0.0
        mean, square = 0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2
        weights -= STEP_SIZE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights


def train(examples, polnear):
    """Return the three models."""
    return {
        name: train_model(_list_features(name), rows, polnear[name], PENALTIES[name]) for name, rows in examples.items()
    }


def _list_features(name):
    from newsmill.quotes.statement_bounds import END_FEATURES, START_FEATURES
    from newsmill.quotes.statement_features import FEATURES

    return {"candidates": FEATURES, "ends": END_FEATURES, "starts": START_FEATURES}[name]


def find_fold(article):
    """Return the fold of an article: all of one site are in one."""
    return crc32(urlsplit(article["url"]).netloc.removeprefix("www.").encode()) % FOLDS


def report(examples, polnear, articles):
    """Print for each model its precision and recall on sites that it was not trained on."""
    folds = [find_fold(article) for article in articles]
    for name, rows in examples.items():
        report_model(name, (_list_features(name), PENALTIES[name]), rows, polnear[name], folds)


def report_model(name, settings, rows, polnear, folds):
    """Print the precision and recall of a model; `settings`: its features and penalty."""
    from newsmill.quotes.statement_scores import StatementModel

    (features, penalty), counts = settings, Counter()
    for fold in range(FOLDS):
        known = [example for example in rows if folds[example[3]] != fold]
        model = StatementModel(train_model(features, known, polnear, penalty), features)
        for group, values, is_right, article in rows:
            if folds[article] == fold:
                is_chosen = model.score(group, values) > 0
                counts.update(right=is_right and is_chosen, chosen=is_chosen, true=is_right, all=1)
    precision, recall = counts["right"] / counts["chosen"], counts["right"] / counts["true"]
    print(f"{name}: {counts['all']} examples, precision {precision:.3f}, recall {recall:.3f}")


def main():
    """Train, and write the weights; with --judge print the figures of unseen sites, and write nothing."""
    args = parse_arguments(__doc__)
    from newsmill.quotes.statement_scores import WEIGHTS_PATH

    articles = read_articles(args.truth)
    examples, polnear = find_examples(articles), find_examples(read_polnear())
    if args.judge:
        report(examples, polnear, articles)
    else:
        WEIGHTS_PATH.write_text(json.dumps(train(examples, polnear), indent=1, sort_keys=True) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
