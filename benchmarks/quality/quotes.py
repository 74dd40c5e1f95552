"""Quality of quotations and reported statements against PolNeAR: by type, by rule, and of the confidence.

    python benchmarks/quality/quotes.py [CORPUS …]            figures of each corpus (default: polnear_dev)
    python benchmarks/quality/quotes.py --calibrate CORPUS    the table of quotes/speaker_confidence.py, in five folds

The extractor runs on the text of each document; score.py measures direct and mixed quotations through a whole night.

Recall counts the attributions of a document's first annotator. An attribution is direct if the content opens with a
quotation mark, else indirect. A content is found if half of it is covered by matching predictions of its type; a
prediction matches if half of it is in the content. Mixed quotations are the quoted words inside indirect contents.
`indirect_by_saying` counts indirect attributions with a source and a cue word in SAYING. PolNeAR also marks wishes,
feelings and deeds, and none of them is a statement.

Precision counts predictions against the attributions of all annotators. A prediction is right if half of it is in the
content of one attribution. It is whole if the two share half of their union. Of right predictions, the cue is right if
it overlaps the cue, and the speaker is right if half of it is in the source.
"""

import argparse
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
CORPORA = ROOT.parent / "shared" / "corpora" / "quotes"
OPENING_MARK = re.compile(r"\s?[“\"‘'«`]")
QUOTED_WORDS = re.compile('“[^“”]+”|"[^"]+"|``.+?\'\'')
SAYING = frozenset(
    """according say says said saying tell tells told telling add adds added adding note notes noted noting argue
    argues argued arguing claim claims claimed claiming announce announces announced announcing report reports
    reported reporting suggest suggests suggested suggesting acknowledge acknowledges acknowledged acknowledging
    explain explains explained explaining insist insists insisted insisting warn warns warned warning write
    writes wrote writing deny denies denied denying declare declares declared declaring reveal reveals revealed
    revealing tweet tweets tweeted tweeting vow vows vowed vowing promise promises promised promising pledge
    pledges pledged pledging assert asserts asserted asserting contend contends contended contending state
    states stated stating admit admits admitted admitting confirm confirms confirmed confirming allege alleges
    alleged alleging predict predicts predicted predicting conclude concludes concluded concluding maintain
    maintains maintained maintaining stress stresses stressed stressing recall recalls recalled recalling""".split()
)
RELATIVE_PRONOUNS = frozenset("who which that".split())
FOLDS, PRIOR_COUNT = 5, 10
"""Folds of the calibration, and the weight of the prior share: a cell of 10 rows is half prior. Set by hand."""
HALF = 0.5
"""Overlap from which spans count as matching, as in the definitions above."""
Span = tuple[int, int]


class AnnotatedDocument(NamedTuple):
    """One document: the text, the attributions of its first annotator, and those of all annotators."""

    name: str
    text: str
    first_annotator: list[dict]
    all_annotators: list[dict]


def read_corpus(corpus: str) -> list[AnnotatedDocument]:
    """Read a corpus with one row for each annotator of a document."""
    rows: dict[str, list[dict]] = {}
    with gzip.open(CORPORA / f"{corpus}.jsonl.gz", "rt", encoding="utf8") as lines:
        for row in map(json.loads, lines):
            rows.setdefault(row["id"].rsplit("_", 1)[0], []).append(row)
    return [
        AnnotatedDocument(
            name,
            annotated[0]["text"],
            annotated[0]["attributions"],
            [a for row in annotated for a in row["attributions"]],
        )
        for name, annotated in rows.items()
    ]


def predict(documents: Sequence[AnnotatedDocument]) -> dict[str, list[dict]]:
    """Return the rows of the extractor by document."""
    import pyarrow as pa

    from newsmill.quotes.quotes import quotes

    names, texts = [d.name for d in documents], [d.text for d in documents]
    ranges = [[{"page_char_start": 0, "page_char_end": len(text), "line_start": 1}] for text in texts]
    (table,) = quotes(
        pa.table(
            {"page_id": names, "article_id": names, "text": texts, "ranges": ranges, "language": ["en"] * len(texts)}
        )
    )
    rows_by_document = defaultdict(list)
    for row in table.to_pylist():
        rows_by_document[row["page_id"]].append(row)
    return rows_by_document


def overlap_chars(a: Span, b: Span) -> int:
    """Return the count of characters shared by two spans."""
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


def overlap_share(span: Span, spans: Sequence[Span]) -> float:
    """Return the share of a span covered by any of the spans."""
    return sum(overlap_chars(span, other) for other in spans) / max(span[1] - span[0], 1)


def span_of(row: dict, prefix: str = "") -> Span | None:
    """Return a span of a prediction, or None."""
    start = row[f"{prefix}char_start"]
    return None if start is None else (start, row[f"{prefix}char_end"])


def is_direct(text: str, attribution: dict) -> bool:
    """Return whether the content of an attribution opens with a quotation mark."""
    start = min(piece[0] for piece in attribution["content"])
    return OPENING_MARK.match(text[start : start + 2]) is not None


def find_agreeing(row: dict, document: AnnotatedDocument) -> list[dict]:
    """Return the attributions whose content covers half of a prediction."""
    return [
        attribution
        for attribution in document.all_annotators
        if attribution["content"] and overlap_share(span_of(row), attribution["content"]) >= HALF
    ]


def is_covered(pieces: Sequence[Span], rows: Sequence[dict]) -> bool:
    """Return whether matching predictions cover half of a content; half of a matching prediction is in the content."""
    spans = [span_of(row) for row in rows]
    hits = [span for span in spans if overlap_share(span, pieces) >= HALF]
    return sum(overlap_chars(hit, piece) for hit in hits for piece in pieces) >= HALF * sum(e - s for s, e in pieces)


def has_speaker(row: dict, attributions: Sequence[dict]) -> bool:
    """Return whether half of the predicted speaker is in a source."""
    speaker = span_of(row, "speaker_")
    return speaker is not None and any(overlap_share(speaker, a["source"]) >= HALF for a in attributions)


def is_whole(row: dict, attributions: Sequence[dict]) -> bool:
    """Return whether a prediction and a content share half of their union."""
    start, end = span_of(row)
    for attribution in attributions:
        common = sum(overlap_chars((start, end), piece) for piece in attribution["content"])
        if common >= HALF * (end - start + sum(e - s for s, e in attribution["content"]) - common):
            return True
    return False


def measure_recall(documents: Sequence[AnnotatedDocument], rows_by_document: dict[str, list[dict]]) -> dict[str, float]:
    """Return the shares of found attributions by type."""
    counts = Counter()
    for document in documents:
        quoted = [row for row in rows_by_document[document.name] if row["quote_type"] != "indirect"]
        reported = [row for row in rows_by_document[document.name] if row["quote_type"] == "indirect"]
        for attribution in (a for a in document.first_annotator if a["content"]):
            pieces = attribution["content"]
            if is_direct(document.text, attribution):
                is_recalled = is_covered(pieces, quoted)
                hits = [row for row in quoted if overlap_share(span_of(row), pieces) >= HALF]
                counts["direct", is_recalled] += 1
                counts["direct_speaker", is_recalled and any(has_speaker(row, [attribution]) for row in hits)] += 1
                continue
            for words in (m.span() for piece in pieces for m in QUOTED_WORDS.finditer(document.text, *piece)):
                covered = sum(overlap_chars(span_of(row), words) for row in quoted)
                counts["mixed", covered >= HALF * (words[1] - words[0])] += 1
            is_recalled = is_covered(pieces, reported)
            counts["indirect", is_recalled] += 1
            cue = " ".join(document.text[start:end].lower() for start, end in attribution["cue"])
            if attribution["source"] and SAYING & {*re.findall(r"\w+", cue)}:
                counts["indirect_by_saying", is_recalled] += 1
    kinds = dict.fromkeys(kind for kind, _ in counts)
    return {kind: counts[kind, True] / (counts[kind, True] + counts[kind, False]) for kind in kinds}


def count_predictions(
    documents: Sequence[AnnotatedDocument], rows_by_document: dict[str, list[dict]], by: str
) -> dict[str, Counter]:
    """Count predictions by a column: all, right, whole, with the right cue, with the right speaker."""
    counts: dict[str, Counter] = defaultdict(Counter)
    for document in documents:
        for row in rows_by_document[document.name]:
            count, matching = counts[row[by]], find_agreeing(row, document)
            count["all"] += 1
            count["right"] += bool(matching)
            count["whole"] += is_whole(row, matching)
            cue = span_of(row, "cue_")
            count["cue"] += cue is not None and any(overlap_share(cue, a["cue"]) > 0 for a in matching)
            count["speaker"] += has_speaker(row, matching)
    return counts


def judge_speakers(
    documents: Sequence[AnnotatedDocument], rows_by_document: dict[str, list[dict]]
) -> Iterator[tuple[str, dict, bool]]:
    """Yield (document, prediction, whether its speaker is right) for predictions with an annotated source.

    Speech within speech is left out, because the corpus names only the outer speaker. A relative pronoun as source
    decides nothing: the extractor gives the name in front of the pronoun.
    """
    for document in documents:
        for row in rows_by_document[document.name]:
            sourced = [a for a in find_agreeing(row, document) if a["source"]]
            words = {document.text[s:e].lower() for a in sourced for s, e in a["source"]}
            if row["speaker_surface"] is None or row["rule"] == "nested" or not sourced:
                continue
            is_right = has_speaker(row, sourced)
            if is_right or not words & RELATIVE_PRONOUNS:
                yield document.name, row, is_right


def bin_by_confidence(predictions: Sequence[tuple[float, bool]]) -> Iterator[tuple[str, float, float, int]]:
    """Yield (bin, mean predicted, share right, count) for bins of a tenth."""
    bins = defaultdict(list)
    for predicted, is_right in predictions:
        bins[min(int(predicted * 10), 9)].append((predicted, is_right))
    for low, in_bin in sorted(bins.items()):
        count = len(in_bin)
        name = f".{low}–{'1.' if low == 9 else f'.{low + 1}'}"
        yield name, sum(p for p, _ in in_bin) / count, sum(r for _, r in in_bin) / count, count


def smooth_shares(judgements: Sequence[tuple[tuple, bool]]) -> dict[tuple, float]:
    """Return the share right of each cell, smoothed to the share of its rule, and that to the overall share."""
    overall = sum(right for _, right in judgements) / max(len(judgements), 1)
    rules, cells = defaultdict(list), defaultdict(list)
    for (rule, kind), right in judgements:
        rules[rule].append(right)
        cells[rule, kind].append(right)
    by_rule = {
        rule: (sum(rights) + PRIOR_COUNT * overall) / (len(rights) + PRIOR_COUNT) for rule, rights in rules.items()
    }
    shares = {
        cell: (sum(rights) + PRIOR_COUNT * by_rule[cell[0]]) / (len(rights) + PRIOR_COUNT)
        for cell, rights in cells.items()
    }
    return shares | {(rule, None): share for rule, share in by_rule.items()}


def calibrate(corpus: str) -> None:
    """Print the table for quotes/speaker_confidence.py, and how well four folds predict the fifth."""
    from newsmill.quotes.speaker_confidence import classify_surface

    documents = read_corpus(corpus)
    judgements = [
        (name, (row["rule"], classify_surface(row["speaker_surface"])), right)
        for name, row, right in judge_speakers(documents, predict(documents))
    ]
    fold_of = {document.name: i % FOLDS for i, document in enumerate(documents)}
    predictions = []
    for fold in range(FOLDS):
        table = smooth_shares([(cell, right) for name, cell, right in judgements if fold_of[name] != fold])
        for name, cell, right in judgements:
            if fold_of[name] == fold:
                predictions.append((table.get(cell, table.get((cell[0], None), 0.5)), right))
    rules = defaultdict(dict)
    for (rule, kind), share in sorted(smooth_shares([(c, r) for _, c, r in judgements]).items(), key=str):
        rules[rule][kind or "any"] = round(share, 2)
    print("CONFIDENCE = {")
    for rule, shares in sorted(rules.items()):
        print(f"    {rule!r}: {shares},".replace("'", '"'))
    print("}\n")
    _print_calibration(predictions)


def _print_calibration(predictions: Sequence[tuple[float, bool]]) -> None:
    print("predicted  mean   right  number")
    for name, mean, right, count in bin_by_confidence(predictions):
        print(f"{name:9} {mean:6.3f} {right:6.3f} {count:6}")
    error = sum(abs(mean - right) * count for _, mean, right, count in bin_by_confidence(predictions)) / max(
        len(predictions), 1
    )
    print(f"expected calibration error {error:.3f}\n")


def report(corpus: str) -> None:
    """Print the figures of a corpus."""
    documents = read_corpus(corpus)
    rows_by_document = predict(documents)
    print(f"{corpus}: {len(documents)} documents")
    print(
        "  recall     "
        + "  ".join(f"{kind}={share:.4f}" for kind, share in measure_recall(documents, rows_by_document).items())
    )
    for by in ("quote_type", "rule"):
        for name, count in sorted(count_predictions(documents, rows_by_document, by).items()):
            right = max(count["right"], 1)
            print(
                f"  {name:20} {count['all']:6}  precision={count['right'] / count['all']:.4f}"
                f"  whole={count['whole'] / count['all']:.4f}  cue={count['cue'] / right:.4f}"
                f"  speaker={count['speaker'] / right:.4f}"
            )
    _print_calibration(
        [(row["speaker_confidence"], right) for _, row, right in judge_speakers(documents, rows_by_document)]
    )


def main() -> None:
    """Measure the given corpora, or calibrate on one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="*", default=["polnear_dev"], help="corpora (default: polnear_dev)")
    parser.add_argument("--calibrate", metavar="CORPUS", help="print the table of confidences measured on a corpus")
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT / "include"))
    if args.calibrate:
        calibrate(args.calibrate)
        return
    for corpus in args.corpora:
        report(corpus)


if __name__ == "__main__":
    main()
