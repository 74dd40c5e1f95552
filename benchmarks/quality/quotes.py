"""Quality of quotations and reported statements against PolNeAR: by kind, by rule, and of the confidence they carry.

    python benchmarks/quality/quotes.py [CORPUS …]            figures of each corpus (default: polnear_dev)
    python benchmarks/quality/quotes.py --calibrate CORPUS    the table of quotes/speaker_confidence.py, in five folds

The extractor is called on the text of each document; score.py measures direct and mixed ones through a whole night.

What is measured. A document has the attributions of its first annotator; an attribution is direct if its content opens
with a quotation mark, else indirect. Its content is found when half of it lies in predictions of its kind that lie, by
half or more, in it. A prediction is right when half of it lies in the content of one attribution of any annotator, and
whole when the two share half of what they cover together. Of right predictions, the cue is right when it touches the
cue, the speaker when half of it lies in the source. `by_saying`: recall of indirect attributions that have a source and
a cue with one of the words in SAYING, since PolNeAR also marks what is wanted, felt and done, which is no statement.
Mixed: the quoted words inside indirect contents.
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
OPENS = re.compile(r"\s?[“\"‘'«`]")
QUOTED = re.compile('“[^“”]+”|"[^"]+"|``.+?\'\'')
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
RELATIVES = frozenset("who which that".split())
FOLDS, PRIOR = 5, 10
Span = tuple[int, int]


class Truth(NamedTuple):
    """One document: its text, the attributions of its first annotator, and those of all."""

    name: str
    text: str
    first: list[dict]
    every: list[dict]


def truths(corpus: str) -> list[Truth]:
    """Read a corpus; its rows are one an annotator."""
    rows: dict[str, list[dict]] = {}
    with gzip.open(CORPORA / f"{corpus}.jsonl.gz", "rt", encoding="utf8") as lines:
        for row in map(json.loads, lines):
            rows.setdefault(row["id"].rsplit("_", 1)[0], []).append(row)
    return [
        Truth(name, told[0]["text"], told[0]["attributions"], [a for row in told for a in row["attributions"]])
        for name, told in rows.items()
    ]


def predictions(documents: Sequence[Truth]) -> dict[str, list[dict]]:
    """Return the rows of the extractor by document."""
    import pyarrow as pa

    from newsmill.quotes.quotes import quotes

    names, texts = [d.name for d in documents], [d.text for d in documents]
    ranges = [[{"page_char_start": 0, "page_char_end": len(text), "line_start": 1}] for text in texts]
    (table,) = quotes(pa.table({"page_id": names, "article_id": names, "text": texts, "ranges": ranges}))
    found = defaultdict(list)
    for row in table.to_pylist():
        found[row["page_id"]].append(row)
    return found


def shared(a: Span, b: Span) -> int:
    """Return how many characters two spans share."""
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


def inside(span: Span, pieces: Sequence[Span]) -> float:
    """Return the share of a span that lies in any of the pieces."""
    return sum(shared(span, piece) for piece in pieces) / max(span[1] - span[0], 1)


def span_of(row: dict, prefix: str = "") -> Span | None:
    """Return a span of a prediction."""
    start = row[f"{prefix}char_start"]
    return None if start is None else (start, row[f"{prefix}char_end"])


def is_direct(text: str, attribution: dict) -> bool:
    """Tell an attribution whose content opens with a quotation mark."""
    start = min(piece[0] for piece in attribution["content"])
    return OPENS.match(text[start : start + 2]) is not None


def agreeing(row: dict, document: Truth) -> list[dict]:
    """Return the attributions in whose content half of a prediction lies."""
    return [a for a in document.every if a["content"] and inside(span_of(row), a["content"]) >= 0.5]


def is_covered(pieces: Sequence[Span], rows: Sequence[dict]) -> bool:
    """Tell whether half of a content lies in predictions that lie, by half or more, in it."""
    spans = [span_of(row) for row in rows]
    hits = [span for span in spans if inside(span, pieces) >= 0.5]
    return sum(shared(hit, piece) for hit in hits for piece in pieces) >= 0.5 * sum(e - s for s, e in pieces)


def has_speaker(row: dict, attributions: Sequence[dict]) -> bool:
    """Tell whether half of the predicted speaker lies in a source."""
    speaker = span_of(row, "speaker_")
    return speaker is not None and any(inside(speaker, a["source"]) >= 0.5 for a in attributions)


def is_whole(row: dict, attributions: Sequence[dict]) -> bool:
    """Tell whether a prediction and a content share half of what they cover together."""
    start, end = span_of(row)
    for attribution in attributions:
        common = sum(shared((start, end), piece) for piece in attribution["content"])
        if common >= 0.5 * (end - start + sum(e - s for s, e in attribution["content"]) - common):
            return True
    return False


def recalls(documents: Sequence[Truth], found: dict[str, list[dict]]) -> dict[str, float]:
    """Return the shares of attributions that are found."""
    count = Counter()
    for document in documents:
        quoted = [row for row in found[document.name] if row["quote_type"] != "indirect"]
        reported = [row for row in found[document.name] if row["quote_type"] == "indirect"]
        for attribution in (a for a in document.first if a["content"]):
            pieces = attribution["content"]
            if is_direct(document.text, attribution):
                hit = is_covered(pieces, quoted)
                hits = [row for row in quoted if inside(span_of(row), pieces) >= 0.5]
                count["direct", hit] += 1
                count["direct_speaker", hit and any(has_speaker(row, [attribution]) for row in hits)] += 1
                continue
            for words in (m.span() for piece in pieces for m in QUOTED.finditer(document.text, *piece)):
                covered = sum(shared(span_of(row), words) for row in quoted)
                count["mixed", covered >= 0.5 * (words[1] - words[0])] += 1
            hit = is_covered(pieces, reported)
            count["indirect", hit] += 1
            cue = " ".join(document.text[start:end].lower() for start, end in attribution["cue"])
            if attribution["source"] and SAYING & {*re.findall(r"\w+", cue)}:
                count["indirect_by_saying", hit] += 1
    kinds = dict.fromkeys(kind for kind, _ in count)
    return {kind: count[kind, True] / (count[kind, True] + count[kind, False]) for kind in kinds}


def precisions(documents: Sequence[Truth], found: dict[str, list[dict]], by: str) -> dict[str, Counter]:
    """Count predictions by a column: all, right, whole, with the right cue, with the right speaker."""
    counts: dict[str, Counter] = defaultdict(Counter)
    for document in documents:
        for row in found[document.name]:
            own, matching = counts[row[by]], agreeing(row, document)
            own["all"] += 1
            own["right"] += bool(matching)
            own["whole"] += is_whole(row, matching)
            cue = span_of(row, "cue_")
            own["cue"] += cue is not None and any(inside(cue, a["cue"]) > 0 for a in matching)
            own["speaker"] += has_speaker(row, matching)
    return counts


def judged(documents: Sequence[Truth], found: dict[str, list[dict]]) -> Iterator[tuple[str, dict, bool]]:
    """Yield (document, prediction, whether its speaker is right) where an annotator tells of the source.

    The corpus names the outer speaker alone of speech within speech, which is left out. A relative pronoun as source
    says nothing of the name in front of it, which is what the extractor gives.
    """
    for document in documents:
        for row in found[document.name]:
            told = [a for a in agreeing(row, document) if a["source"]]
            words = {document.text[s:e].lower() for a in told for s, e in a["source"]}
            if row["speaker_surface"] is None or row["rule"] == "nested" or not told:
                continue
            is_right = has_speaker(row, told)
            if is_right or not words & RELATIVES:
                yield document.name, row, is_right


def calibration(pairs: Sequence[tuple[float, bool]]) -> Iterator[tuple[str, float, float, int]]:
    """Yield (bin, mean predicted, share right, number) for bins of a tenth."""
    bins = defaultdict(list)
    for predicted, is_right in pairs:
        bins[min(int(predicted * 10), 9)].append((predicted, is_right))
    for low, members in sorted(bins.items()):
        n = len(members)
        name = f".{low}–{'1.' if low == 9 else f'.{low + 1}'}"
        yield name, sum(p for p, _ in members) / n, sum(r for _, r in members) / n, n


def table_of(members: Sequence[tuple[tuple, bool]]) -> dict[tuple, float]:
    """Return the share right of each cell, drawn to that of its rule, and that to the share of all."""
    total = sum(right for _, right in members) / max(len(members), 1)
    rules, cells = defaultdict(list), defaultdict(list)
    for (rule, kind), right in members:
        rules[rule].append(right)
        cells[rule, kind].append(right)
    by_rule = {rule: (sum(own) + PRIOR * total) / (len(own) + PRIOR) for rule, own in rules.items()}
    shares = {cell: (sum(own) + PRIOR * by_rule[cell[0]]) / (len(own) + PRIOR) for cell, own in cells.items()}
    return shares | {(rule, None): share for rule, share in by_rule.items()}


def calibrate(corpus: str) -> None:
    """Print the table that quotes/speaker_confidence.py holds, and how well the other folds foretell each fold."""
    from newsmill.quotes.speaker_confidence import classify_surface

    documents = truths(corpus)
    members = [
        (name, (row["rule"], classify_surface(row["speaker_surface"])), right)
        for name, row, right in judged(documents, predictions(documents))
    ]
    fold_of = {document.name: number % FOLDS for number, document in enumerate(documents)}
    pairs = []
    for fold in range(FOLDS):
        table = table_of([(cell, right) for name, cell, right in members if fold_of[name] != fold])
        for name, cell, right in members:
            if fold_of[name] == fold:
                pairs.append((table.get(cell, table.get((cell[0], None), 0.5)), right))
    rules = defaultdict(dict)
    for (rule, kind), share in sorted(table_of([(c, r) for _, c, r in members]).items(), key=str):
        rules[rule][kind or "any"] = round(share, 2)
    print("CONFIDENCE = {")
    for rule, shares in sorted(rules.items()):
        print(f"    {rule!r}: {shares},".replace("'", '"'))
    print("}\n")
    _print_calibration(pairs)


def _print_calibration(pairs: Sequence[tuple[float, bool]]) -> None:
    print("predicted  mean   right  number")
    for name, mean, right, number in calibration(pairs):
        print(f"{name:9} {mean:6.3f} {right:6.3f} {number:6}")
    error = sum(abs(mean - right) * number for _, mean, right, number in calibration(pairs)) / max(len(pairs), 1)
    print(f"expected calibration error {error:.3f}\n")


def report(corpus: str) -> None:
    """Print the figures of a corpus."""
    documents = truths(corpus)
    found = predictions(documents)
    print(f"{corpus}: {len(documents)} documents")
    print("  recall     " + "  ".join(f"{kind}={share:.4f}" for kind, share in recalls(documents, found).items()))
    for by in ("quote_type", "rule"):
        for name, own in sorted(precisions(documents, found, by).items()):
            right = max(own["right"], 1)
            print(
                f"  {name:20} {own['all']:6}  precision={own['right'] / own['all']:.4f}"
                f"  whole={own['whole'] / own['all']:.4f}  cue={own['cue'] / right:.4f}"
                f"  speaker={own['speaker'] / right:.4f}"
            )
    _print_calibration([(row["speaker_confidence"], right) for _, row, right in judged(documents, found)])


def main() -> None:
    """Measure the corpora named, or calibrate on one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="*", default=["polnear_dev"], help="corpora (default: polnear_dev)")
    parser.add_argument("--calibrate", metavar="CORPUS", help="print the table of confidences measured on a corpus")
    told = parser.parse_args()
    sys.path.insert(0, str(ROOT / "include"))
    if told.calibrate:
        calibrate(told.calibrate)
        return
    for corpus in told.corpora:
        report(corpus)


if __name__ == "__main__":
    main()
