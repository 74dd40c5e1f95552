"""Train the weights of quotes/antecedents.json: who is meant by a pronoun, a noun, or a quotation without a speaker.

    python benchmarks/quality/train_speakers.py TRUTH.jsonl.gz            train on all articles, and write the weights
    python benchmarks/quality/train_speakers.py TRUTH.jsonl.gz --judge    train on three of four, judge the fourth

Truth: one article a line with text, entities, mentions and quotes, each with span and speaker. Each round runs the
extractor with the weights of the round before, at first none. Then it trains a softmax over the candidates of each
decision.
"""

import argparse
import gzip
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "include"))

ROUNDS, STEPS, STEP_SIZE, PENALTY = 3, 200, 0.05, 0.004
"""Rounds of running and training, steps of each, their size, and the penalty of squared weights. Set by hand."""
MIN_FEATURE_COUNT = 5
"""A feature with fewer candidates has no weight."""
HALF = 0.5


def read_articles(path):
    """Return the articles of a file of truth."""
    with gzip.open(path, "rt", encoding="utf8") as lines:
        return [json.loads(line) for line in lines]


def find_mentions(articles):
    """Return the articles as a table, and the names in the articles."""
    import pyarrow as pa

    from newsmill.mentions.mentions import mentions

    texts = [article["text"] for article in articles]
    ids = [str(i) for i in range(len(texts))]
    ranges = [[{"page_char_start": 0, "page_char_end": len(text), "line_start": 1}] for text in texts]
    columns = {"page_id": ids, "article_id": ids, "language": ["en"] * len(ids), "text": texts, "ranges": ranges}
    table = pa.table(columns)
    return table, mentions(table)[0]


def collect_decisions(articles, table, names):
    """Run the extractor; return (form, candidates, flags of the right candidates, article) for each decision."""
    from newsmill.quotes import antecedents
    from newsmill.quotes.quotes import quotes

    recorded = []
    score = antecedents.Antecedents.score

    def record(self, reference):
        candidates = self.list_candidates(reference)
        recorded.append((self.text, reference, candidates))
        return antecedents.score_candidates(reference.form, candidates)

    antecedents.Antecedents.score = record
    try:
        rows = quotes(table, names)[0].to_pylist()
    finally:
        antecedents.Antecedents.score = score
    truth_of_row, truth_at = _match_truth(articles, rows)
    entities = _match_entities(articles, names.to_pylist())
    article_of_text = {article["text"]: i for i, article in enumerate(articles)}
    for text, reference, candidates in recorded:
        i = article_of_text[text]
        truth = truth_at.get((i, reference.position))
        if truth is not None:
            yield reference.form, candidates, _flag_right(truth, candidates, entities[i], truth_of_row[i]), i


def _match_truth(articles, rows):
    """Return the true quotation of each row by article and start, and by article and first character of the words."""
    truth_of_row, truth_at = defaultdict(dict), {}
    for i, best, row in match_truth(articles, rows):
        truth_of_row[i][row["char_start"]] = best
        is_open = row["speaker_char_start"] is None or row["rule"] == "only_speaker"
        truth_at.setdefault((i, row["char_start"] if is_open else row["speaker_char_start"]), best)
    return truth_of_row, truth_at


def match_truth(articles, rows):
    """Yield (article, true quotation, row) for each row that is true speech."""
    for row in rows:
        i, span = int(row["page_id"]), (row["char_start"], row["char_end"])
        best = max(articles[i]["quotes"], key=lambda quote: share(span, quote["span"]), default=None)
        if best is not None and share(span, best["span"]) >= HALF:
            yield i, best, row


def share(span, other):
    """Return the shared part of two spans as a share of the longer one."""
    common = min(span[1], other[1]) - max(span[0], other[0])
    return max(common, 0) / max(span[1] - span[0], other[1] - other[0], 1)


def _match_entities(articles, mentions):
    """Return for each article the true entity of each entity, by the most common spans."""
    counts = [defaultdict(Counter) for _ in articles]
    spans = [{tuple(mention["span"]): mention["entity"] for mention in article["mentions"]} for article in articles]
    for mention in mentions:
        i = int(mention["page_id"])
        true = spans[i].get((mention["char_start"], mention["char_end"]))
        if true:
            counts[i][mention["entity_id"]][true] += 1
    return [{entity: true.most_common(1)[0][0] for entity, true in of_article.items()} for of_article in counts]


def _flag_right(truth, candidates, entities, truth_of_row):
    """Return for each candidate whether it is the true speaker; "none" is right where no other is."""
    flags = [
        candidate.mention is not None
        and truth["speaker"] is not None
        and entities.get(candidate.mention.entity_id) == truth["speaker"]
        for candidate in candidates
    ]
    if not any(flags):
        for i, candidate in enumerate(candidates):
            earlier = truth_of_row.get(candidate.earlier.position) if candidate.earlier else None
            flags[i] = earlier is not None and all(earlier[key] == truth[key] for key in ("speaker", "class"))
    flags[0] = not any(flags)
    return flags


def train_weights(decisions):
    """Return the weights by form and feature: the sum of a weight common to all forms and of the form's own."""
    counts = Counter(
        key
        for form, candidates, _, _ in decisions
        for candidate in candidates
        for feature in candidate.features
        for key in (("", feature), (form, feature))
    )
    index = {key: i for i, key in enumerate(sorted(key for key, n in counts.items() if n >= MIN_FEATURE_COUNT))}
    size = len(index)
    keys = [
        [index.get(key, size) for feature in candidate.features for key in (("", feature), (form, feature))]
        for form, candidates, _, _ in decisions
        for candidate in candidates
    ]
    rows = np.full((len(keys), max(map(len, keys))), size)
    for i, row in enumerate(keys):
        rows[i, : len(row)] = row
    group = np.repeat(np.arange(len(decisions)), [len(candidates) for _, candidates, _, _ in decisions])
    right = np.array([flag for _, _, flags, _ in decisions for flag in flags])
    weights = _descend(group, rows, right, size)
    forms = sorted({form for form, *_ in decisions})
    features = sorted({feature for _, feature in index})
    total = {
        form: {
            feature: round(
                float(sum(weights[index[key]] for key in (("", feature), (form, feature)) if key in index)), 2
            )
            for feature in features
        }
        for form in forms
    }
    return {form: {feature: weight for feature, weight in of_form.items() if weight} for form, of_form in total.items()}


def _descend(group, rows, right, size):
    """Return the weights that make the right candidates most probable, by Adam; each row lists its weights."""
    weights, mean, square = (np.zeros(size + 1) for _ in range(3))
    count = group[-1] + 1
    for step in range(1, STEPS + 1):
        raised = np.exp(np.clip(weights[rows].sum(axis=1), -30, 30))
        shares = raised / np.bincount(group, raised)[group]
        of_right = raised * right
        target = of_right / np.bincount(group, of_right)[group]
        errors = np.repeat(shares - target, rows.shape[1])
        gradient = np.bincount(rows.ravel(), errors, size + 1) / count + PENALTY * weights
        gradient[size] = 0.0
        mean, square = 0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2
        weights -= STEP_SIZE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights


def report(decisions):
    """Print for each form how many decisions are right, and how many of the names chosen."""
    from newsmill.quotes import antecedents

    counts = defaultdict(Counter)
    for form, candidates, flags, _ in decisions:
        chosen, probability = antecedents.score_candidates(form, candidates).choose()
        i = next(i for i, candidate in enumerate(candidates) if candidate is chosen)
        counts[form].update(
            all=1, right=flags[i], named=bool(chosen.mention), named_right=bool(chosen.mention) and flags[i],
            reachable=not flags[0], sure=probability,
        )  # fmt: skip
    for form, count in sorted(counts.items()):
        print(
            f"{form:13} {count['all']:5} decisions, {count['right'] / count['all']:.3f} right, {count['reachable']:4}"
            f" with a right name, {count['named']:4} names chosen,"
            f" {count['named_right'] / max(count['named'], 1):.3f} right"
        )


def parse_arguments(description):
    """Return the arguments of a training script: the file of the truth, and whether to judge only."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth")
    parser.add_argument("--judge", action="store_true")
    return parser.parse_args()


def write_weights(weights):
    """Write the weights to the file that the extractor reads."""
    from newsmill.quotes import antecedents

    antecedents.WEIGHTS_PATH.write_text(json.dumps(weights, indent=1, sort_keys=True) + "\n", encoding="utf8")
    antecedents.read_weights.cache_clear()


def main():
    """Train, and write the weights; with --judge print the figures of every fourth article, and write nothing."""
    args = parse_arguments(__doc__)
    from newsmill.quotes import antecedents

    articles = read_articles(args.truth)
    table, names = find_mentions(articles)
    kept = antecedents.WEIGHTS_PATH.read_text(encoding="utf8")
    weights = {form: {} for form in json.loads(kept)}  # the same start each time, so that the result is the same
    try:
        for _ in range(ROUNDS):
            write_weights(weights)
            decisions = list(collect_decisions(articles, table, names))
            weights = train_weights([d for d in decisions if not (args.judge and d[3] % 4 == 3)])
        write_weights(weights)
        report([d for d in collect_decisions(articles, table, names) if not args.judge or d[3] % 4 == 3])
    finally:
        if args.judge:
            antecedents.WEIGHTS_PATH.write_text(kept, encoding="utf8")


if __name__ == "__main__":
    main()
