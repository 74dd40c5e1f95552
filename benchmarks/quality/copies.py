"""Copies planted in a corpus: how many are paired, joined to the original's story, and truly alike, by kind.

    python benchmarks/quality/copies.py                 a corpus of 100,000, and the reviewed stories of short items
    python benchmarks/quality/copies.py --documents 20000 --planted 400 --nights 2

The corpus is the news texts of the corpora next to the checkout, and texts spliced of sentences, in nights of equal
size. Copies are edits by seed, published after the original and captured on any night. The stages and the loader are
the product's own. Each pair is checked in plain Python, from the texts.
"""

import argparse
import gzip
import hashlib
import html
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import NamedTuple

import duckdb
import pyarrow as pa

ROOT = Path(__file__).resolve().parents[2]
CORPORA = ROOT.parent / "shared" / "corpora"
sys.path.insert(0, str(ROOT / "include"))

from newsmill.contracts import Relation, conform  # noqa: E402 - the project is no installed package
from newsmill.dedup.minhash import minhash  # noqa: E402
from newsmill.relations import ARTICLES, CAPTURES, PAGES  # noqa: E402
from newsmill.runs import Run  # noqa: E402
from newsmill.stage import run_stage  # noqa: E402
from newsmill.warehouse import loader  # noqa: E402
from newsmill.warehouse.model import Model, models  # noqa: E402

BODIES = (
    ("reuters21578", "body"),
    ("swiss_releases_en", "html"),
    ("bbc", "text"),
    ("fnc1_bodies", "body"),
    ("wikinews", "text"),
)
TAG = re.compile(r"<[^>]*>")
WORD, SENTENCE = re.compile(r"\w+"), re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
SHINGLE_WORDS, LEAST_WORDS, SPLICED_WORDS = 5, 60, (80, 400)
NIGHT, DAY, PART_ROWS, SOURCES = date(2026, 1, 5), 86_400, 5_000, 300
KINDS = ("exact", "changed", "framed", "half", "two")
KIND_NAMES = {
    "exact": "the same text",
    "changed": "5-10 % of words changed",
    "framed": "other header and footer",
    "half": "half the text",
    "two": "two stories in one page",
}
PAPERS = 20


# -- the corpus -------------------------------------------------------------------------------------------------------


class Planting(NamedTuple):
    """A copy and the originals, by position in the corpus: a text, or two below each other."""

    kind: str
    bases: tuple[int, ...]
    copy: int


class Corpus(NamedTuple):
    """Texts, and the planted copies."""

    texts: list[str]
    planted: list[Planting]


def corpus(count: int, planted: int, seed: int = 5) -> Corpus:
    """Return `count` texts, with `planted` copies of each kind among them."""
    rng = random.Random(seed)
    real = bodies()
    copies = {kind: planted for kind in KINDS}
    rng.shuffle(real)
    base_count = min(count - sum(copies.values()), len(real))
    texts = real[:base_count]
    texts += spliced(real, count - sum(copies.values()) - base_count, rng)
    bases = iter(rng.sample(range(base_count), planted * (len(KINDS) + 1)))  # each text is copied once at most
    vocabulary = [word for text in real[:2000] for word in text.split()]
    plantings = []
    for kind in KINDS:
        for _ in range(planted):
            chosen = tuple(next(bases) for _ in range(2 if kind == "two" else 1))
            plantings.append(Planting(kind, chosen, len(texts)))
            texts.append(edited(kind, [texts[base] for base in chosen], vocabulary, rng))
    return _shuffle(texts, plantings, rng)


def bodies() -> list[str]:
    """Return the bodies of the corpora with enough words, each wording once."""
    by_wording = {}
    for name, field in BODIES:
        with gzip.open(_require(CORPORA / "volume" / f"{name}.jsonl.gz"), "rt", encoding="utf8") as lines:
            for row in map(json.loads, lines):
                text = row[field] or ""
                text = html.unescape(TAG.sub(" ", text)) if field == "html" else text
                words = WORD.findall(text.lower())
                if len(words) >= LEAST_WORDS:
                    by_wording.setdefault(" ".join(words), text.strip())
    return list(by_wording.values())


def spliced(texts: Sequence[str], count: int, rng: random.Random) -> list[str]:
    """Return texts whose every sentence is from another text."""
    sentences = [sentence for text in texts for sentence in SENTENCE.split(text) if 5 <= sentence.count(" ") <= 60]
    texts_made = []
    for _ in range(count):
        aim, parts, words = rng.randint(*SPLICED_WORDS), [], 0
        while words < aim:
            parts.append(rng.choice(sentences))
            words += parts[-1].count(" ") + 1
        texts_made.append(" ".join(parts))
    return texts_made


def edited(kind: str, bases: list[str], vocabulary: list[str], rng: random.Random) -> str:
    """Return a copy of a kind."""
    match kind:
        case "exact":
            return bases[0]
        case "changed":
            words = bases[0].split()
            for i in rng.sample(range(len(words)), round(len(words) * rng.uniform(0.05, 0.10))):
                words[i] = rng.choice(vocabulary)
            return " ".join(words)
        case "framed":
            paper = rng.randrange(PAPERS)
            return "\n\n".join((_header(paper, rng), bases[0], _footer(paper)))
        case "half":
            words = bases[0].split()
            start = rng.randint(0, len(words) - len(words) // 2)
            return " ".join(words[start : start + len(words) // 2])
        case "two":
            return "\n\n".join(bases)
    raise ValueError(kind)


def _header(paper: int, rng: random.Random) -> str:
    return f"Paper number {paper} of the coast\nEdition {rng.randint(1, 9999)}, with wires, by our desk in town {paper}"


def _footer(paper: int) -> str:
    """Return the last lines of all pages of a paper."""
    return (
        f"Paper number {paper} is printed by the press of town {paper} since the year {1900 + paper}. All rights "
        f"to words and pictures are ours; ask desk {paper} before you print any of them again. Write to the "
        f"editors of paper number {paper} if you find something that is not so."
    )


def _shuffle(texts: list[str], plantings: list[Planting], rng: random.Random) -> Corpus:
    order = list(range(len(texts)))
    rng.shuffle(order)
    new_position = {old: new for new, old in enumerate(order)}
    moved = [
        Planting(kind, tuple(new_position[base] for base in bases), new_position[copy])
        for kind, bases, copy in plantings
    ]
    return Corpus([texts[old] for old in order], moved)


def draw_published_at(made: Corpus) -> list[datetime]:
    """Return when each text was published: copies within two days of the original, on any night."""
    rng = random.Random(7)
    start = datetime.combine(NIGHT, datetime.min.time(), UTC)
    published_at = [start + timedelta(seconds=rng.randrange(DAY)) for _ in made.texts]
    for planting in made.planted:
        latest = max(published_at[base] for base in planting.bases)
        published_at[planting.copy] = latest + timedelta(seconds=rng.randrange(60, 2 * DAY))
    return published_at


def _require(path: Path) -> Path:
    if not path.exists():
        raise SystemExit(f"{path} is not there: the corpora are outside the project, next to its checkout")
    return path


# -- the nights: articles as cleaning writes them, in bulk ------------------------------------------------------------


class Cost(NamedTuple):
    """The cost of signing and loading: seconds of wall clock, and the peak memory of the process in bytes."""

    sign_seconds: float
    load_seconds: float
    peak_bytes: int


def write_night(home: Path, night: date, numbers: Sequence[int], texts: Sequence[str], **more: Sequence) -> None:
    """Write a night's articles into the lake as after cleaning, in parts; `more` are further columns."""
    lake = Run(home, night, "copies").lake
    pages = [f"{night}/copies.jsonl#{i}" for i in numbers]
    midnight = datetime.combine(night, datetime.min.time(), UTC)
    columns = {
        "page_id": pages,
        "article_id": [f"copies.example/{i}" for i in numbers],
        "text": texts,
        "document_id": [str(i) for i in numbers],
        "record_no": numbers,
        "source_id": [f"paper-{i % SOURCES}.example" for i in numbers],
        "title": [f"Title of {i}" for i in numbers],
        "published_at": [midnight + timedelta(seconds=i % DAY) for i in numbers],
        "text_sha256": [hashlib.sha256(" ".join(WORD.findall(text.lower())).encode()).hexdigest() for text in texts],
        "content_sha256": [hashlib.sha256(text.encode()).hexdigest() for text in texts],
        "kept_chars": [len(text) for text in texts],
        **more,
    }
    for start in range(0, len(pages), PART_ROWS):
        part = {name: values[start : start + PART_ROWS] for name, values in columns.items()}
        lake.write(ARTICLES, night, f"{start:07}", _fill_table(ARTICLES, part))
        lake.write(CAPTURES, night, f"{start:07}", _fill_table(CAPTURES, part))
    sources = sorted(set(columns["source_id"]))
    lake.write(PAGES, night, "whole", _fill_table(PAGES, {"page_id": sources, "source_id": sources}))


def _fill_table(to: Relation, columns: dict[str, Sequence]) -> pa.Table:
    """Return a table of a relation; missing columns are empty, or null where allowed."""
    count = len(next(iter(columns.values())))
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns else _empty_column(field, to, count)
        for field in to.schema
    ]
    return conform(pa.table(arrays, pa.schema([field.with_nullable(True) for field in to.schema])), to)


def _empty_column(field: pa.Field, to: Relation, count: int) -> pa.Array:
    if field.name in to.optional:
        return pa.nulls(count, field.type)
    allowed = next((column.values for column in to.columns if column.name == field.name), ())
    if allowed:
        return pa.array([next(iter(allowed))] * count, field.type)
    if pa.types.is_list(field.type):
        return pa.array([[]] * count, field.type)
    if pa.types.is_timestamp(field.type):
        return pa.array([0] * count, pa.int64()).cast(field.type)
    return pa.array(
        [False if pa.types.is_boolean(field.type) else "" if pa.types.is_string(field.type) else 0] * count, field.type
    )


def story_models() -> list[Model]:
    """Return the models that make stories, in their order."""
    by_table, wanted, waiting = {model.table: model for model in models()}, set(), ["dw.dim_story"]
    while waiting:
        table = waiting.pop()
        wanted.add(table)
        waiting += set(by_table[table].refs) - wanted
    return [model for model in models() if model.table in wanted]


def in_a_process(function, *arguments):
    """Call a function in a fresh process, for a separate measure of memory."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def load(home: Path, nights: Sequence[date], warehouse: Path, threads: int = 0) -> Cost:
    """Sign the nights, then load them in order with the product's loader."""
    began = time.perf_counter()
    for night in nights:
        run = Run(home, night, "copies")
        for part in run.lake.parts(ARTICLES, night):
            run_stage(minhash, run, part)
    signed = time.perf_counter()
    with closing(duckdb.connect(str(warehouse))) as con:
        con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        if threads:
            con.execute(f"SET threads = {threads}")
        for night in nights:
            loader.load_models(con, Run(home, night, "copies").lake, night, story_models())
    return Cost(signed - began, time.perf_counter() - signed, peak_bytes())


def peak_bytes() -> int:
    """Return the peak memory of this process; not from getrusage, where the parent's memory counts."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) * 1024


# -- the pairs and stories --------------------------------------------------------------------------------------------


_PAIRS = """
    SELECT one.record_no, other.record_no, relation, similarity, containment
    FROM dw.fact_article_pair
    JOIN dw.dim_article AS one ON one.article_key = from_article_key
    JOIN dw.dim_article AS other ON other.article_key = to_article_key"""
_STORIES = """
    SELECT record_no, story_id FROM dw.bridge_article_story JOIN dw.dim_article USING (article_key)
    WHERE bridge_article_story.is_current"""


class Pair(NamedTuple):
    """A row of dw.fact_article_pair, by the numbers of its articles."""

    later: int
    earlier: int
    relation: str
    similarity: float
    containment: float


def read_pairs(warehouse: Path) -> tuple[list[Pair], dict[int, str]]:
    """Return the pairs and the story of each article."""
    with closing(duckdb.connect(str(warehouse), read_only=True)) as con:
        return list(map(Pair._make, con.execute(_PAIRS).fetchall())), dict(con.execute(_STORIES).fetchall())


def shingles(text: str) -> set[tuple[str, ...]]:
    """Return the five-word shingles of a text."""
    words = WORD.findall(text.lower())
    return set(zip(*(words[start:] for start in range(SHINGLE_WORDS)), strict=False))


def alike(one: set, other: set) -> tuple[float, float]:
    """Return the similarity (Jaccard) and the containment of two sets of shingles; 0 if one is empty."""
    shared = len(one & other)
    return shared / max(len(one | other), 1), shared / max(min(len(one), len(other)), 1)


def report(planted_corpus: Corpus, pairs: list[Pair], stories: dict[int, str]) -> Iterator[str]:
    """Yield for each kind the shares found and joined, and for all pairs the correct share."""
    known = {frozenset((pair.later, pair.earlier)) for pair in pairs}
    by_kind = defaultdict(list)
    for planting in planted_corpus.planted:
        by_kind[planting.kind].append(planting)
    members = Counter(stories.values())
    yield f"{'kind':28}{'planted':>8}{'of pairs found':>16}{'in its story':>14}{'J median':>10}{'cont. median':>14}"
    for kind, plantings in by_kind.items():
        is_pair = [frozenset((planting.copy, base)) in known for planting in plantings for base in planting.bases]
        joined = [any(stories[planting.copy] == stories[base] for base in planting.bases) for planting in plantings]
        truth = [
            alike(shingles(planted_corpus.texts[planting.copy]), shingles(planted_corpus.texts[base]))
            for planting in plantings
            for base in planting.bases
        ]
        similarity, containment = (sorted(column)[len(truth) // 2] for column in zip(*truth, strict=True))
        yield (
            f"{KIND_NAMES[kind]:28}{len(plantings):>8}{fmean(is_pair):>16.4f}{fmean(joined):>14.4f}"
            f"{similarity:>10.3f}{containment:>14.3f}"
        )
        if kind == "changed":
            yield from _report_by_similarity(truth, is_pair, joined)
        if kind == "two":
            parted = fmean(len({stories[base] for base in planting.bases}) == 2 for planting in plantings)
            yield f"{'':28}its two stories kept apart: {parted:.4f}"
    yield f"pairs {len(pairs)}: " + ", ".join(f"{kind} {n}" for kind, n in Counter(p.relation for p in pairs).items())
    yield f"stories {len(members)}, the largest of {members.most_common(1)[0][1]}"
    yield from exactness(planted_corpus.texts, pairs)


def _report_by_similarity(truth: list[tuple], is_pair: list[bool], joined: list[bool]) -> Iterator[str]:
    for low, high in ((0, 1 / 3), (1 / 3, 0.5), (0.5, 1)):
        rows = [i for i, (similarity, _) in enumerate(truth) if low <= similarity < high]
        if rows:
            yield (
                f"{f'  of similarity {low:.2f}-{high:.2f}':28}{len(rows):>8}{fmean(is_pair[n] for n in rows):>16.4f}"
                f"{fmean(joined[n] for n in rows):>14.4f}"
            )


def exactness(texts: list[str], pairs: list[Pair]) -> Iterator[str]:
    """Yield how many pairs have the exact figures, and the similarity needed for a pair, computed in plain Python.

    The few different figures are of texts with Chinese, where newsmill counts each character as a word, or with İ.
    """
    sets = {i: shingles(texts[i]) for pair in pairs for i in (pair.later, pair.earlier)}
    true, figures_off, worst = 0, 0, 0.0
    for pair in pairs:
        one, other = sets[pair.later], sets[pair.earlier]
        similarity, containment = (1.0, 1.0) if pair.relation == "exact" and one == other else alike(one, other)
        off = max(abs(similarity - pair.similarity), abs(containment - pair.containment))
        figures_off, worst = figures_off + (off > 1e-6), max(worst, off)
        true += similarity >= 0.5 or containment >= 0.5
    share = true / max(len(pairs), 1)
    yield f"precision {share:.4f} (similarity or containment of .5 and more, computed from the texts)"
    yield f"figures that are not the exact ones: {figures_off} of {len(pairs)}; the largest difference {worst:.2g}"


# -- short items with reviewed stories --------------------------------------------------------------------------------


def items() -> list[dict]:
    """Return the items whose stories were reviewed by people."""
    with gzip.open(_require(CORPORA / "dedupe" / "scoop_items.jsonl.gz"), "rt", encoding="utf8") as lines:
        return [json.loads(line) for line in lines]


def b_cubed(given: Sequence, truth: Sequence) -> tuple[float, float, float]:
    """Return precision, recall and F1 of a clustering: the mean share of right items in an item's cluster."""
    by_given, by_truth, both = Counter(given), Counter(truth), Counter(zip(given, truth, strict=True))
    shared = [both[pair] for pair in zip(given, truth, strict=True)]
    precision = fmean(n / by_given[story] for n, story in zip(shared, given, strict=True))
    recall = fmean(n / by_truth[story] for n, story in zip(shared, truth, strict=True))
    return precision, recall, 2 * precision * recall / (precision + recall)


def measure_items(folder: Path) -> str:
    """Return how well the stories of the items agree with the reviewed stories."""
    rows = items()
    texts = [f"{row['title']}\n{row['item'].get('body_text') or ''}".strip() for row in rows]
    write_night(
        folder,
        NIGHT,
        range(len(rows)),
        texts,
        title=[row["title"] for row in rows],
        source_id=[row["source"] for row in rows],
    )
    in_a_process(load, folder, [NIGHT], folder / "items.duckdb")
    _, stories = read_pairs(folder / "items.duckdb")
    truth = [row["story_gt_id"] for row in rows]
    assigned = [stories[i] for i in range(len(rows))]
    return (
        f"scoop_items, B-cubed: {_format_b_cubed(assigned, truth)}  ({len(rows)} items, {len(set(truth))} stories, "
        f"{len(set(assigned))} made; every item alone: {_format_b_cubed(range(len(rows)), truth)})"
    )


def _format_b_cubed(given: Sequence, truth: Sequence) -> str:
    return "  ".join(
        f"{name}={figure:.4f}"
        for name, figure in zip(("precision", "recall", "f1"), b_cubed(given, truth), strict=True)
    )


# -- the whole --------------------------------------------------------------------------------------------------------


def measure_copies(folder: Path, count: int, planted: int, nights: int) -> Iterator[str]:
    """Plant copies, load the nights and yield the report."""
    planted_corpus = corpus(count, planted)
    dates = [NIGHT + timedelta(days=i) for i in range(nights)]
    published_at = draw_published_at(planted_corpus)
    for i, night in enumerate(dates):
        part = slice(i * count // nights, (i + 1) * count // nights)
        write_night(folder, night, range(count)[part], planted_corpus.texts[part], published_at=published_at[part])
    cost = in_a_process(load, folder, dates, folder / "copies.duckdb")
    yield (
        f"{count} documents in {nights} nights: signed in {cost.sign_seconds:.1f} s, loaded in "
        f"{cost.load_seconds:.1f} s, peak memory {cost.peak_bytes / 1e6:,.0f} MB"
    )
    yield from report(planted_corpus, *read_pairs(folder / "copies.duckdb"))


def main() -> None:
    """Measure both and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--planted", type=int, default=2_000, help="copies of each kind")
    parser.add_argument("--nights", type=int, default=5)
    args = parser.parse_args()
    with TemporaryDirectory(prefix="newsmill-copies-") as folder:
        _print(measure_copies(Path(folder) / "copies", args.documents, args.planted, args.nights))
        print(measure_items(Path(folder) / "items"))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
