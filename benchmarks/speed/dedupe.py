"""Speed of finding copies: newsmill's beside datatrove's MinHash, and what a night costs after a long history.

    python benchmarks/speed/dedupe.py peer [--documents N] [--turns N]
    python benchmarks/speed/dedupe.py history [--sizes N ...] [--memory-limit 2GB]

`peer`: the same documents, copies planted among them, five-word shingles and 32 bands of 4 on both sides. Whole
processes on one thread each, from start to end. Newsmill's reads articles from Parquet, signs them, and loads one night
into a new DuckDB file: articles, texts, candidates, exact overlaps, stories with their origins. Datatrove's reads them
from JSON lines and runs MinhashDedupSignature, Buckets, Cluster and Filter, which writes what it keeps; it compares
nothing exactly. Neither cleans. First it is told how far their clusters agree.

`history`: the load of one signed night of 20,000, by the loader of the product and the models that stories need, after
so many earlier texts. Each measurement is a process of its own.
The corpora stand outside the project, beside its checkout; datatrove comes with requirements-bench.txt.
"""

import argparse
import json
import math
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "include"), str(ROOT / "benchmarks" / "quality")]

import copies  # noqa: E402 - the project is no installed package

from newsmill.dedup.shingles import BANDS, ROWS, SHINGLE_WORDS, overlaps  # noqa: E402
from newsmill.dedup.sign import sign  # noqa: E402
from newsmill.runs import Run  # noqa: E402
from newsmill.stage import run_stage  # noqa: E402
from newsmill.warehouse import loader  # noqa: E402

SIDES, PEAK = ("newsmill", "datatrove"), "peak"
PLANTED_SHARE = 0.02  # of the documents, for each kind of copy
ALIKE = 0.8
NIGHT_SIZE, OF_HISTORY = 20_000, 1_000
FRAGMENT_WORDS, FRAGMENTS = 4, (20, 100)  # of a text of the history: shorter than a shingle, so that none is a formula
FIRST = copies.NIGHT - timedelta(days=1000)
ONE_IN = 10  # texts of the history are near copies of the one before


class Spent(NamedTuple):
    """What a process took: seconds of the wall clock and of the processor, and its most memory where it told that."""

    wall: float
    processor: float
    peak_bytes: int = 0


def spent(*words: object) -> Spent:
    """Run this file in a process of its own, on one thread where libraries ask the environment."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_IO_THREADS", "NUMBA_NUM_THREADS"), "1")
    began = time.perf_counter()
    with TemporaryDirectory() as folder, open(f"{folder}/told", "w+b") as told:
        child = subprocess.Popen(
            [sys.executable, __file__, *map(str, words)], stdout=told, stderr=told, env=os.environ | threads
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        if child.returncode:
            told.seek(0)
            raise SystemExit(f"{' '.join(map(str, words))} failed:\n{told.read().decode(errors='replace')[-4000:]}")
    return Spent(wall, usage.ru_utime + usage.ru_stime)


# -- beside datatrove --------------------------------------------------------------------------------------------------


def prepare(folder: Path, count: int) -> copies.Corpus:
    """Write the same documents as a night of the lake and as JSON lines."""
    made = copies.corpus(count, int(count * PLANTED_SHARE))
    copies.write_night(folder / "newsmill", copies.NIGHT, range(count), made.texts)
    (folder / "documents").mkdir()
    with open(folder / "documents" / "all.jsonl", "w", encoding="utf8") as lines:
        lines.writelines(json.dumps({"id": str(n), "text": text}) + "\n" for n, text in enumerate(made.texts))
    return made


def newsmill(folder: Path) -> None:
    """Sign the night and load it."""
    warehouse = folder / "newsmill.duckdb"
    warehouse.unlink(missing_ok=True)
    copies.load(folder / "newsmill", [copies.NIGHT], warehouse, threads=1)


def datatrove(folder: Path) -> None:
    """Run the four steps, one process, one after the other."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup.minhash import (
        MinhashConfig,
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.text import TextNormConfig

    shutil.rmtree(home := folder / "datatrove", ignore_errors=True)
    # left to itself it takes all numbers for one, and so all tables of figures for copies
    as_they_stand = TextNormConfig(norm_numbers=False)
    config = MinhashConfig(SHINGLE_WORDS, BANDS, ROWS, norm_config=as_they_stand)
    signed, paired, clustered, kept = (str(home / name) for name in ("signed", "paired", "clustered", "kept"))
    documents = JsonlReader(str(folder / "documents"), doc_progress=False)
    steps = (
        (1, [documents, MinhashDedupSignature(signed, config)]),
        (BANDS, [MinhashDedupBuckets(signed, paired, config=config)]),
        (1, [MinhashDedupCluster(paired, clustered, config, save_cluster_id=True)]),
        (1, [documents, MinhashDedupFilter(clustered), JsonlWriter(kept, compression=None)]),
    )
    for number, (tasks, step) in enumerate(steps):
        LocalPipelineExecutor(step, tasks=tasks, workers=1, logging_dir=str(home / f"log-{number}")).run()


def clusters_of(side: str, folder: Path, count: int) -> list[int]:
    """Return the cluster of every document; what is like no other is a cluster of its own."""
    joined = range(count)
    if side == "datatrove":
        told = np.fromfile(folder / "datatrove" / "clustered" / "000000.clusters", np.uint32).reshape(-1, 2)
        cluster = {int(document): -1 - int(number) for document, number in told}
        return [cluster.get(number, number) for number in joined]
    _, stories = copies.found(folder / "newsmill.duckdb")
    names = {story: number for number, story in enumerate(sorted(set(stories.values())))}
    return [names[stories[number]] for number in joined]


def components(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Return the component of every document that pairs connect."""
    head = list(range(count))

    def top(at: int) -> int:
        while head[at] != at:
            head[at] = at = head[head[at]]
        return at

    for one, other in pairs:
        head[top(one)] = top(other)
    return [top(number) for number in range(count)]


def pairs_of(clusters: Sequence[int]) -> list[tuple[int, int]]:
    """Return all pairs of documents in one cluster."""
    members = defaultdict(list)
    for number, cluster in enumerate(clusters):
        members[cluster].append(number)
    return [pair for together in members.values() for pair in combinations(together, 2)]


def true_pairs(texts: Sequence[str], least: float, crowd: int = 100) -> list[tuple[int, int]]:
    """Return all pairs of a similarity, by sets of words; what over a hundred texts share is no lead to them.

    A lead is one of a text's rarest shingles: of so alike a pair the one has another few that the other has not.
    """
    sets = [copies.shingles(text) for text in texts]
    spread = Counter(shingle for found in sets for shingle in found)
    places = defaultdict(list)
    for number, found in enumerate(sets):
        rarest = sorted(found, key=lambda shingle: (spread[shingle], shingle))
        for shingle in rarest[: len(found) - math.ceil(least * len(found)) + 1]:
            if 1 < spread[shingle] <= crowd:
                places[shingle].append(number)
    leads = {pair for found in places.values() for pair in combinations(found, 2)}
    return [(one, other) for one, other in sorted(leads) if copies.alike(sets[one], sets[other])[0] >= least]


def adjusted_rand(one: Sequence, other: Sequence) -> float:
    """Return how far two clusterings agree on pairs: 1 where they are the same, about 0 by chance."""

    def pairs(counted: Counter) -> int:
        return sum(n * (n - 1) // 2 for n in counted.values())

    both, first, second = pairs(Counter(zip(one, other, strict=True))), pairs(Counter(one)), pairs(Counter(other))
    expected = first * second / (len(one) * (len(one) - 1) / 2)
    return (both - expected) / ((first + second) / 2 - expected)


def agreement(made: copies.Corpus, folder: Path) -> Iterator[str]:
    """Tell how far the clusters of both agree."""
    count, (ours, theirs) = len(made.texts), (clusters_of(side, folder, len(made.texts)) for side in SIDES)
    truth = true_pairs(made.texts, ALIKE)
    together = [(ours[one] == ours[other], theirs[one] == theirs[other]) for one, other in truth]
    shares = [sum(column) / len(truth) for column in zip(*together, strict=True)]
    both = sum(map(all, together)) / len(truth)
    yield (
        f"pairs of similarity {ALIKE} and more: {len(truth)}; in one cluster by newsmill {shares[0]:.4f}, by "
        f"datatrove {shares[1]:.4f}, by both {both:.4f}"
    )
    sets = [copies.shingles(text) for text in made.texts]
    for side, clusters in zip(SIDES, (ours, theirs), strict=True):
        held = pairs_of(clusters)
        alike = [copies.alike(sets[one], sets[other]) for one, other in held]
        true = sum(max(figures) >= 0.5 for figures in alike)
        yield (
            f"pairs in one cluster by {side}: {len(held)}, of which {true / len(held):.4f} have half of their "
            f"shingles, or of the shorter's, in common; the largest cluster holds {max(Counter(clusters).values())}"
        )
    pairs, _ = copies.found(folder / "newsmill.duckdb")
    near = components(count, ((p.later, p.earlier) for p in pairs if p.relation in ("exact", "near")))
    yield (
        f"adjusted Rand with datatrove's clusters: {adjusted_rand(near, theirs):.4f} of what exact and near pairs "
        f"connect, {adjusted_rand(ours, theirs):.4f} of stories, which hold excerpts too"
    )


def peer(count: int, turns: int) -> None:
    """Measure both sides in turn on the same documents."""
    with TemporaryDirectory(prefix="newsmill-dedupe-") as name:
        folder = Path(name)
        made = prepare(folder, count)
        spent("run", "newsmill", folder)  # compiles what is not yet compiled
        runs = {side: [] for side in SIDES}
        for turn in range(turns):
            for side in SIDES:
                told = spent("run", side, folder)
                runs[side].append(told._replace(peak_bytes=int((folder / PEAK).read_text())))
            if not turn:
                print(f"{count} documents, {len(made.planted)} of them planted copies")
                for line in agreement(made, folder):
                    print(line, flush=True)
        for side, found in runs.items():
            print(
                f"  {side:10} documents a second of processor {_of(count / run.processor for run in found)}, of the "
                f"wall clock {_of(count / run.wall for run in found)}, peak memory "
                f"{_of(run.peak_bytes / 1e6 for run in found)} MB"
            )
        for figure in ("processor", "wall"):
            ours, theirs = (median(getattr(run, figure) for run in runs[side]) for side in SIDES)
            print(f"  ratio of medians, by {figure}: {theirs / ours:.1f}")


def _of(figures: Iterable[float]) -> str:
    """Return the median of a figure, and that of each turn."""
    figures = list(figures)
    return f"{median(figures):,.0f} ({', '.join(f'{one:,.0f}' for one in figures)})"


# -- after a history ---------------------------------------------------------------------------------------------------


def history(sizes: Sequence[int], memory_limit: str) -> None:
    """Print what the same night costs after histories of several sizes."""
    with TemporaryDirectory(prefix="newsmill-history-") as name:
        folder = Path(name)
        spent("lay", folder)
        print(f"a night of {NIGHT_SIZE:,}, memory limit of DuckDB {memory_limit}")
        print(f"{'texts before':>14}{'file, MB':>10}{'load, s':>10}{'processor, s':>14}{'peak, MB':>10}{'pairs':>8}")
        for size in sorted(sizes):
            spent("grow", folder, size)
            shutil.copyfile(folder / "history.duckdb", folder / "night.duckdb")
            spent("load", folder, memory_limit)
            told = json.loads((folder / "told.json").read_text())
            print(
                f"{size:>14,}{told['file_bytes'] / 1e6:>10,.0f}{told['seconds']:>10.1f}{told['processor']:>14.1f}"
                f"{told['peak_bytes'] / 1e6:>10,.0f}{told['pairs']:>8,}",
                flush=True,
            )


def lay(folder: Path) -> None:
    """Write and sign the night: texts of the corpora with copies planted, and edited copies of texts of the history."""
    made = copies.corpus(NIGHT_SIZE - OF_HISTORY, NIGHT_SIZE // 100)
    rng = random.Random(3)
    vocabulary = [word for text in made.texts[:2000] for word in text.split()]
    earlier = drawn(fragments(), 0).to_pylist()
    kinds = ("exact", "changed", "framed", "half")
    more = [copies.edited(kinds[n % len(kinds)], [earlier[n * ONE_IN]], vocabulary, rng) for n in range(OF_HISTORY)]
    copies.write_night(folder, copies.NIGHT, range(NIGHT_SIZE), made.texts + more)
    copies.write_night(folder, FIRST, range(NIGHT_SIZE, NIGHT_SIZE + 1), ["A first word."])
    for night in (FIRST, copies.NIGHT):
        run = Run(folder, night, "history")
        for part in run.lake.parts(copies.ARTICLES, night):
            run_stage(sign, run, part)
    with closing(_connected(folder / "history.duckdb")) as con:  # the first word lays the tables
        loader.fill(con, Run(folder, FIRST, "history").lake, FIRST, copies.story_models())


def grow(folder: Path, size: int) -> None:
    """Bring the history to a size: texts of words drawn by seed, signed by the kernel and inserted in bulk."""
    pieces = fragments()
    with closing(_connected(folder / "history.duckdb")) as con:
        held = con.execute("SELECT count(*) FROM dw.dim_text").fetchone()[0] - 1
        for block in range(held // NIGHT_SIZE, size // NIGHT_SIZE):
            _insert(con, block, drawn(pieces, block))
        con.execute("CHECKPOINT")


def fragments() -> pa.Array:
    """Return runs of words of the corpora."""
    words = [copies.WORD.findall(text.lower()) for text in copies.bodies()[::4]]
    runs = (" ".join(text[at : at + FRAGMENT_WORDS]) for text in words for at in range(0, len(text), FRAGMENT_WORDS))
    return pa.array(sorted(set(runs)))


def drawn(pieces: pa.Array, block: int) -> pa.Array:
    """Return a night's texts of the history; every tenth is the one before with another beginning."""
    rng = np.random.default_rng(block)
    lengths = rng.integers(*FRAGMENTS, NIGHT_SIZE)
    lengths[ONE_IN - 1 :: ONE_IN] = lengths[ONE_IN - 2 :: ONE_IN]
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    chosen = rng.integers(0, len(pieces), starts[-1])
    for number in range(ONE_IN - 1, NIGHT_SIZE, ONE_IN):
        chosen[starts[number] + 2 : starts[number + 1]] = chosen[starts[number - 1] + 2 : starts[number]]
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(starts), pieces.take(pa.array(chosen))), " ")


_INSERT = """
    CREATE OR REPLACE TEMP TABLE article AS
    SELECT 'history.example/' || $block || '/' || place AS article_id, $night::DATE AS valid_from,
           dw.surrogate_key(article_id || '|' || valid_from) AS article_key, 'history.example' AS source_id,
           article_id AS document_id, article_id AS page_id, 'Title of ' || article_id AS title, [] AS authors,
           [] AS notes, [] AS metadata, 'en' AS language, text, dw.text_key(text_sha256) AS text_key, text_sha256,
           text_sha256 AS content_sha256, len(text) AS kept_chars, 'history' AS dump, 'history.jsonl' AS dump_file,
           place AS record_no, valid_from::TIMESTAMP AT TIME ZONE 'UTC' + to_seconds(place::BIGINT) AS published_at,
           'metadata' AS published_method, 1.0 AS published_confidence, 1 AS version,
           DATE '9999-12-31' AS valid_to, true AS is_current, place, place % $one_in = $one_in - 1 AS is_copy
    FROM texts ORDER BY place;
"""
_REST = """
    INSERT INTO dw.dim_article BY NAME SELECT * EXCLUDE (place, is_copy) FROM article;
    INSERT INTO dw.dim_text BY NAME
    SELECT signed.*, article_key, valid_from AS night FROM signed JOIN article USING (text_key);
    CREATE OR REPLACE TEMP TABLE copied AS
    SELECT later.article_key AS from_article_key, earlier.article_key AS to_article_key, similarity, containment,
           shared_chars, later.valid_from AS night, earlier.article_id AS origin_id
    FROM article AS later JOIN article AS earlier ON earlier.place = later.place - 1
    JOIN likeness ON likeness.place = later.place
    WHERE later.is_copy;
    INSERT INTO dw.fact_article_pair BY NAME
    SELECT * EXCLUDE (origin_id), 'near' AS relation, 1 AS lag_seconds,
           dw.surrogate_key(concat_ws('|', from_article_key, to_article_key, 'near')) AS article_pair_key
    FROM copied;
    INSERT INTO dw.bridge_article_story BY NAME
    SELECT article_key, coalesce(origin_id, article_id) AS story_id, dw.surrogate_key(story_id) AS story_key,
           valid_from, valid_to, CASE WHEN is_copy THEN 'copy' ELSE 'origin' END AS relation, 1.0 AS weight,
           is_current, valid_from AS night
    FROM article LEFT JOIN copied ON from_article_key = article_key;
    INSERT INTO dw.dim_story BY NAME
    SELECT story_key, story_id, title, article_id AS canonical_article_id, 'only_article' AS canonical_reason,
           article.valid_from AS first_seen, article.valid_from AS last_seen, 1 AS article_count, 1 AS source_count,
           1 AS origin_count
    FROM article JOIN dw.bridge_article_story USING (article_key) WHERE NOT is_copy;
"""


def _insert(con, block: int, texts: pa.Array) -> None:
    """Insert a night of the history as its load would have left it."""
    told = pa.table({"text": texts, "place": range(len(texts))})
    con.register("plain", told)
    con.register("texts", con.execute("SELECT *, sha256(text) AS text_sha256 FROM plain").to_arrow_table())
    con.register("signed", sign(con.execute("SELECT text, text_sha256 FROM texts").to_arrow_table())[0])
    firsts, seconds = texts.slice(ONE_IN - 1).take(_every(texts)), texts.slice(ONE_IN - 2).take(_every(texts))
    found = overlaps(firsts, seconds)
    con.register(
        "likeness",
        pa.table(
            {
                "place": np.arange(ONE_IN - 1, len(texts), ONE_IN),
                "shared_chars": found.shared_chars,
                "similarity": found.shared / (found.of_first + found.of_second - found.shared),
                "containment": found.shared / np.minimum(found.of_first, found.of_second),
            }
        ),
    )
    night = FIRST + timedelta(days=1 + block)
    con.execute(_INSERT, {"block": block, "night": str(night), "one_in": ONE_IN})
    con.execute(_REST)


def _every(texts: pa.Array) -> pa.Array:
    return pa.array(np.arange(0, len(texts) - ONE_IN + 1, ONE_IN))


def load(folder: Path, memory_limit: str) -> None:
    """Load the night and note what that took, without the start of the process."""
    warehouse = folder / "night.duckdb"
    size = warehouse.stat().st_size
    with closing(_connected(warehouse)) as con:
        con.execute(f"SET memory_limit = '{memory_limit}'")
        wall, began = time.perf_counter(), time.process_time()
        loader.fill(con, Run(folder, copies.NIGHT, "history").lake, copies.NIGHT, copies.story_models())
        told = {
            "seconds": time.perf_counter() - wall,
            "processor": time.process_time() - began,
            "file_bytes": size,
            "peak_bytes": copies.peak_bytes(),
        }
        night = "SELECT count(*) FROM dw.fact_article_pair WHERE night = $1"
        told["pairs"] = con.execute(night, [copies.NIGHT]).fetchone()[0]
    (folder / "told.json").write_text(json.dumps(told))


def _connected(path: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(str(path))
    con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    return con


def main() -> None:
    """Measure what was asked for; the verbs that are not told are run in processes of their own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="{peer,history}")
    beside = verbs.add_parser("peer")
    beside.add_argument("--documents", type=int, default=20_000)
    beside.add_argument("--turns", type=int, default=3)
    after = verbs.add_parser("history")
    after.add_argument("--sizes", type=int, nargs="+", default=[0, 100_000, 1_000_000], help="multiples of 20,000")
    after.add_argument("--memory-limit", default="2GB")
    for verb, words in (
        ("run", ("side", "folder")),
        ("lay", ("folder",)),
        ("grow", ("folder", "size")),
        ("load", ("folder", "limit")),
    ):
        inner = verbs.add_parser(verb)
        for word in words:
            inner.add_argument(word)
    told = parser.parse_args()
    match told.verb:
        case "peer":
            peer(told.documents, told.turns)
        case "history":
            history(told.sizes, told.memory_limit)
        case "run":
            {"newsmill": newsmill, "datatrove": datatrove}[told.side](Path(told.folder))
            (Path(told.folder) / PEAK).write_text(str(copies.peak_bytes()))
        case "lay":
            lay(Path(told.folder))
        case "grow":
            grow(Path(told.folder), int(told.size))
        case "load":
            load(Path(told.folder), told.limit)


if __name__ == "__main__":
    main()
