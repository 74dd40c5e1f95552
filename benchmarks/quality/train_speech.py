"""Train the weights of quotes/speech.json: which words between quotation marks are speech, and which are mixed.

    python benchmarks/quality/train_speech.py TRUTH.jsonl.gz            train on all articles, and write the weights
    python benchmarks/quality/train_speech.py TRUTH.jsonl.gz --judge    judge each fifth of sites by the others

Truth: one article a line with url, text, mentions and quotes, each quote with span and type. The extractor reads the
quotations with the weights of statements.json. Two logistic models are trained: speech and types. What is speech is
learned from polnear_train too, as in train_statements.py: there words within the content of any attribution are speech.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "include"), str(Path(__file__).parent)]

from quotes import overlap_share, read_corpus  # noqa: E402
from train_speakers import HALF, find_mentions, parse_arguments, read_articles, share  # noqa: E402
from train_statements import find_fold, report_model, train_model  # noqa: E402

PENALTIES = {"speech": 8.0, "types": 4.0}
"""Penalty of squared weights. Set by the figures of --judge."""


def record_quotations(articles, table, names):
    """Return (article, quotation, values) for all words between marks that the extractor judges."""
    from newsmill.quotes import quotations
    from newsmill.quotes.quotes import quotes

    recorded = []
    judge, article_of_text = quotations.judge_quotation, {article["text"]: i for i, article in enumerate(articles)}

    def record(text, quotation):
        if quotation.quote_type != "indirect":
            values = quotations.describe_marked_words(text, quotation)
            recorded.append((article_of_text[text], quotation, values))
        return quotation

    quotations.judge_quotation = record
    try:
        quotes(table, names)
    finally:
        quotations.judge_quotation = judge
    return recorded


def collect_examples(articles, recorded):
    """Return the examples of words between marks: whether speech, and of speech whether mixed."""
    examples = {"speech": [], "types": []}
    for article, quotation, values in recorded:
        best = max(articles[article]["quotes"], key=lambda quote: share(quotation.span, quote["span"]), default=None)
        is_speech = best is not None and best["type"] != "indirect" and share(quotation.span, best["span"]) >= HALF
        rule = quotation.attribution.rule
        examples["speech"].append((rule, values, is_speech, article))
        if is_speech:
            examples["types"].append((rule, values, best["type"] == "mixed", article))
    return examples


def find_polnear_examples():
    """Return the examples of polnear_train: whether words between marks are in the content of an attribution."""
    documents = read_corpus("polnear_train")
    articles = [{"text": document.text} for document in documents]
    contents = [[piece for a in document.all_annotators for piece in a["content"]] for document in documents]
    examples = [
        (quotation.attribution.rule, values, overlap_share(quotation.span, contents[i]) >= HALF, i)
        for i, quotation, values in record_quotations(articles, *find_mentions(articles))
    ]
    return {"speech": examples, "types": []}


def train(examples, polnear):
    """Return the two models."""
    from newsmill.quotes.speech_features import SPEECH_FEATURES

    return {name: train_model(SPEECH_FEATURES, rows, polnear[name], PENALTIES[name]) for name, rows in examples.items()}


def main():
    """Train, and write the weights; with --judge print the figures of unseen sites, and write nothing."""
    args = parse_arguments(__doc__)
    from newsmill.quotes.speech_features import SPEECH_FEATURES, WEIGHTS_PATH

    articles = read_articles(args.truth)
    examples = collect_examples(articles, record_quotations(articles, *find_mentions(articles)))
    polnear = find_polnear_examples()
    if args.judge:
        folds = [find_fold(article) for article in articles]
        for name, rows in examples.items():
            report_model(name, (SPEECH_FEATURES, PENALTIES[name]), rows, polnear[name], folds)
    else:
        WEIGHTS_PATH.write_text(json.dumps(train(examples, polnear), indent=1, sort_keys=True) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
