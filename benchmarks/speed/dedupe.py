"""Speed of finding copies: newsmill compared with datatrove's MinHash, and the cost of a night after a long history.

    python benchmarks/speed/dedupe.py peer [--documents N] [--turns N]
    python benchmarks/speed/dedupe.py history [--sizes N ...] [--memory-limit 2GB]

`peer`: the same documents, with planted copies, five-word shingles and 32 bands of 4 on both sides. Whole processes on
one thread each, from start to end. Newsmill reads articles from Parquet, signs the texts, and loads a night into a new
DuckDB file: articles, texts, candidates, exact overlaps, stories with origins. Datatrove reads JSON lines and runs
MinhashDedupSignature, Buckets, Cluster and Filter, and writes the kept documents; nothing is compared exactly. Neither
cleans. The output begins with the agreement of the clusters.

`history`: the load of one signed night of 20,000, by the product's loader and the models that stories need, after a
given number of earlier texts. Each measurement is a separate process. The corpora are outside the project, next to the
checkout; datatrove comes with requirements-bench.txt.
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

from newsmill.dedup.minhash import minhash  # noqa: E402
from newsmill.dedup.shingles import BANDS, ROWS, SHINGLE_WORDS, compute_overlaps  # noqa: E402
from newsmill.runs import Run  # noqa: E402
from newsmill.stage import run_stage  # noqa: E402
from newsmill.warehouse import loader  # noqa: E402

SIDES, PEAK = ("newsmill", "datatrove"), "peak"
PLANTED_SHARE = 0.02  # of the documents, for each kind of copy
ALIKE = 0.8
NIGHT_SIZE, OF_HISTORY = 20_000, 1_000
FRAGMENT_WORDS, FRAGMENTS = (
    4,
    (20, 100),
)  # words of a fragment, fragments of a text: shorter than a shingle, so that no shingle is boilerplate
FIRST_NIGHT = copies.NIGHT - timedelta(days=1000)
ONE_IN = 10  # texts of the history are near copies of the one before


class Spent(NamedTuple):
    """The cost of a process: seconds of wall clock and of the processor, and the peak memory where known."""

    wall: float
    processor: float
    peak_bytes: int = 0


def measure_command(*args: object) -> Spent:
    """Run this file in a separate process, on one thread where libraries read the environment."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_IO_THREADS", "NUMBA_NUM_THREADS"), "1")
    start = time.perf_counter()
    with TemporaryDirectory() as folder, open(f"{folder}/output", "w+b") as output:
        child = subprocess.Popen(
            [sys.executable, __file__, *map(str, args)], stdout=output, stderr=output, env=os.environ | threads
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        if child.returncode:
            output.seek(0)
            raise SystemExit(f"{' '.join(map(str, args))} failed:\n{output.read().decode(errors='replace')[-4000:]}")
    return Spent(wall, usage.ru_utime + usage.ru_stime)


# -- compared with datatrove ------------------------------------------------------------------------------------------


def prepare(folder: Path, count: int) -> copies.Corpus:
    """Write the same documents as a night of the lake and as JSON lines."""
    made = copies.corpus(count, int(count * PLANTED_SHARE))
    copies.write_night(folder / "newsmill", copies.NIGHT, range(count), made.texts)
    (folder / "documents").mkdir()
    with open(folder / "documents" / "all.jsonl", "w", encoding="utf8") as lines:
        lines.writelines(json.dumps({"id": str(n), "text": text}) + "\n" for n, text in enumerate(made.texts))
    return made


def run_newsmill(folder: Path) -> None:
    """Sign and load the night."""
    warehouse = folder / "newsmill.duckdb"
    warehouse.unlink(missing_ok=True)
    copies.load(folder / "newsmill", [copies.NIGHT], warehouse, threads=1)


def run_datatrove(folder: Path) -> None:
    """Run the four steps in order, in a single process."""
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
    # by default it replaces all numbers by one, which makes all tables of figures copies
    keep_numbers = TextNormConfig(norm_numbers=False)
    config = MinhashConfig(SHINGLE_WORDS, BANDS, ROWS, norm_config=keep_numbers)
    signed, paired, clustered, kept = (str(home / name) for name in ("signed", "paired", "clustered", "kept"))
    documents = JsonlReader(str(folder / "documents"), doc_progress=False)
    steps = (
        (1, [documents, MinhashDedupSignature(signed, config)]),
        (BANDS, [MinhashDedupBuckets(signed, paired, config=config)]),
        (1, [MinhashDedupCluster(paired, clustered, config, save_cluster_id=True)]),
        (1, [documents, MinhashDedupFilter(clustered), JsonlWriter(kept, compression=None)]),
    )
    for i, (tasks, step) in enumerate(steps):
        LocalPipelineExecutor(step, tasks=tasks, workers=1, logging_dir=str(home / f"log-{i}")).run()


def clusters_of(side: str, folder: Path, count: int) -> list[int]:
    """Return the cluster of every document; a document without near-duplicates is a cluster alone."""
    documents = range(count)
    if side == "datatrove":
        rows = np.fromfile(folder / "datatrove" / "clustered" / "000000.clusters", np.uint32).reshape(-1, 2)
        cluster = {int(document): -1 - int(i) for document, i in rows}
        return [cluster.get(i, i) for i in documents]
    _, stories = copies.read_pairs(folder / "newsmill.duckdb")
    names = {story: i for i, story in enumerate(sorted(set(stories.values())))}
    return [names[stories[i]] for i in documents]


def components(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Return the component of every document that pairs connect."""
    parents = list(range(count))

    def find_root(i: int) -> int:
        while parents[i] != i:
            parents[i] = i = parents[parents[i]]
        return i

    for one, other in pairs:
        parents[find_root(one)] = find_root(other)
    return [find_root(j) for j in range(count)]


def pairs_of(clusters: Sequence[int]) -> list[tuple[int, int]]:
    """Return all pairs of documents in one cluster."""
    members = defaultdict(list)
    for i, cluster in enumerate(clusters):
        members[cluster].append(i)
    return [pair for together in members.values() for pair in combinations(together, 2)]


def true_pairs(texts: Sequence[str], least: float, limit: int = 100) -> list[tuple[int, int]]:
    """Return all pairs of at least a similarity, by sets of shingles; shingles in over `limit` texts do not count.

    A candidate shares one of a text's rarest shingles: of so similar a pair each text lacks only a few shingles of the
    other.
    """
    sets = [copies.shingles(text) for text in texts]
    text_counts = Counter(shingle for shingle_set in sets for shingle in shingle_set)
    texts_of = defaultdict(list)
    for i, shingle_set in enumerate(sets):
        rarest = sorted(shingle_set, key=lambda shingle: (text_counts[shingle], shingle))
        for shingle in rarest[: len(shingle_set) - math.ceil(least * len(shingle_set)) + 1]:
            if 1 < text_counts[shingle] <= limit:
                texts_of[shingle].append(i)
    candidates = {pair for shingle_set in texts_of.values() for pair in combinations(shingle_set, 2)}
    return [(one, other) for one, other in sorted(candidates) if copies.alike(sets[one], sets[other])[0] >= least]


def adjusted_rand(one: Sequence, other: Sequence) -> float:
    """Return the agreement of two clusterings on pairs: 1 for equal clusterings, about 0 by chance."""

    def pairs(counted: Counter) -> int:
        return sum(n * (n - 1) // 2 for n in counted.values())

    both, first, second = pairs(Counter(zip(one, other, strict=True))), pairs(Counter(one)), pairs(Counter(other))
    expected = first * second / (len(one) * (len(one) - 1) / 2)
    return (both - expected) / ((first + second) / 2 - expected)


def agreement(made: copies.Corpus, folder: Path) -> Iterator[str]:
    """Yield how far the clusters of both sides agree."""
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
        joined = pairs_of(clusters)
        alike = [copies.alike(sets[one], sets[other]) for one, other in joined]
        true = sum(max(figures) >= 0.5 for figures in alike)
        yield (
            f"pairs in one cluster by {side}: {len(joined)}, of which {true / len(joined):.4f} have half of their "
            f"shingles, or of the shorter's, in common; the largest cluster holds {max(Counter(clusters).values())}"
        )
    pairs, _ = copies.read_pairs(folder / "newsmill.duckdb")
    near = components(count, ((p.later, p.earlier) for p in pairs if p.relation in ("exact", "near")))
    yield (
        f"adjusted Rand with datatrove's clusters: {adjusted_rand(near, theirs):.4f} of what exact and near pairs "
        f"connect, {adjusted_rand(ours, theirs):.4f} of stories, which hold excerpts too"
    )


def compare_sides(count: int, turns: int) -> None:
    """Measure both sides in turn on the same documents."""
    with TemporaryDirectory(prefix="newsmill-dedupe-") as name:
        folder = Path(name)
        made = prepare(folder, count)
        measure_command("run", "newsmill", folder)  # compiles the kernels that are not compiled yet
        runs = {side: [] for side in SIDES}
        for turn in range(turns):
            for side in SIDES:
                cost = measure_command("run", side, folder)
                runs[side].append(cost._replace(peak_bytes=int((folder / PEAK).read_text())))
            if not turn:
                print(f"{count} documents, {len(made.planted)} of them planted copies")
                for line in agreement(made, folder):
                    print(line, flush=True)
        for side, costs in runs.items():
            print(
                f"  {side:10} documents a second of processor {_format_turns(count / run.processor for run in costs)}, "
                f"of the wall clock {_format_turns(count / run.wall for run in costs)}, peak memory "
                f"{_format_turns(run.peak_bytes / 1e6 for run in costs)} MB"
            )
        for figure in ("processor", "wall"):
            ours, theirs = (median(getattr(run, figure) for run in runs[side]) for side in SIDES)
            print(f"  ratio of medians, by {figure}: {theirs / ours:.1f}")


def _format_turns(figures: Iterable[float]) -> str:
    """Return the median of a figure, and the figure of each turn."""
    figures = list(figures)
    return f"{median(figures):,.0f} ({', '.join(f'{one:,.0f}' for one in figures)})"


# -- after a history --------------------------------------------------------------------------------------------------


def measure_history(sizes: Sequence[int], memory_limit: str) -> None:
    """Print the cost of the same night after histories of several sizes."""
    with TemporaryDirectory(prefix="newsmill-history-") as name:
        folder = Path(name)
        measure_command("create", folder)
        print(f"a night of {NIGHT_SIZE:,}, memory limit of DuckDB {memory_limit}")
        print(f"{'texts before':>14}{'file, MB':>10}{'load, s':>10}{'processor, s':>14}{'peak, MB':>10}{'pairs':>8}")
        for size in sorted(sizes):
            measure_command("grow", folder, size)
            shutil.copyfile(folder / "history.duckdb", folder / "night.duckdb")
            measure_command("load", folder, memory_limit)
            result = json.loads((folder / "result.json").read_text())
            print(
                f"{size:>14,}{result['file_bytes'] / 1e6:>10,.0f}{result['seconds']:>10.1f}{result['processor']:>14.1f}"
                f"{result['peak_bytes'] / 1e6:>10,.0f}{result['pairs']:>8,}",
                flush=True,
            )


def create_history(folder: Path) -> None:
    """Write and sign the night, texts with planted copies and edited copies of the history; create the tables."""
    made = copies.corpus(NIGHT_SIZE - OF_HISTORY, NIGHT_SIZE // 100)
    rng = random.Random(3)
    vocabulary = [word for text in made.texts[:2000] for word in text.split()]
    earlier = draw_texts(fragments(), 0).to_pylist()
    kinds = ("exact", "changed", "framed", "half")
    more = [copies.edited(kinds[n % len(kinds)], [earlier[n * ONE_IN]], vocabulary, rng) for n in range(OF_HISTORY)]
    copies.write_night(folder, copies.NIGHT, range(NIGHT_SIZE), made.texts + more)
    copies.write_night(folder, FIRST_NIGHT, range(NIGHT_SIZE, NIGHT_SIZE + 1), ["A first word."])
    for night in (FIRST_NIGHT, copies.NIGHT):
        run = Run(folder, night, "history")
        for part in run.lake.parts(copies.ARTICLES, night):
            run_stage(minhash, run, part)
    with closing(_connect(folder / "history.duckdb")) as con:  # the first load creates the tables
        loader.load_models(con, Run(folder, FIRST_NIGHT, "history").lake, FIRST_NIGHT, copies.story_models())


def grow_history(folder: Path, size: int) -> None:
    """Grow the history to a size: texts of words drawn by seed, signed by the kernel and inserted in bulk."""
    pieces = fragments()
    with closing(_connect(folder / "history.duckdb")) as con:
        existing = con.execute("SELECT count(*) FROM dw.dim_text").fetchone()[0] - 1
        for block in range(existing // NIGHT_SIZE, size // NIGHT_SIZE):
            _insert(con, block, draw_texts(pieces, block))
        con.execute("CHECKPOINT")


def fragments() -> pa.Array:
    """Return runs of words of the corpora."""
    words = [copies.WORD.findall(text.lower()) for text in copies.bodies()[::4]]
    runs = (" ".join(text[i : i + FRAGMENT_WORDS]) for text in words for i in range(0, len(text), FRAGMENT_WORDS))
    return pa.array(sorted(set(runs)))


def draw_texts(pieces: pa.Array, block: int) -> pa.Array:
    """Return a night's texts of the history; every tenth is the one before with another beginning."""
    rng = np.random.default_rng(block)
    lengths = rng.integers(*FRAGMENTS, NIGHT_SIZE)
    lengths[ONE_IN - 1 :: ONE_IN] = lengths[ONE_IN - 2 :: ONE_IN]
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    chosen = rng.integers(0, len(pieces), starts[-1])
    for i in range(ONE_IN - 1, NIGHT_SIZE, ONE_IN):
        chosen[starts[i] + 2 : starts[i + 1]] = chosen[starts[i - 1] + 2 : starts[i]]
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
    """Insert a night of the history as after a load."""
    plain = pa.table({"text": texts, "place": range(len(texts))})
    con.register("plain", plain)
    con.register("texts", con.execute("SELECT *, sha256(text) AS text_sha256 FROM plain").to_arrow_table())
    con.register("signed", minhash(con.execute("SELECT text, text_sha256 FROM texts").to_arrow_table())[0])
    firsts, seconds = texts.slice(ONE_IN - 1).take(_every_copy(texts)), texts.slice(ONE_IN - 2).take(_every_copy(texts))
    overlap = compute_overlaps(firsts, seconds)
    con.register(
        "likeness",
        pa.table(
            {
                "place": np.arange(ONE_IN - 1, len(texts), ONE_IN),
                "shared_chars": overlap.shared_chars,
                "similarity": overlap.shared / (overlap.of_first + overlap.of_second - overlap.shared),
                "containment": overlap.shared / np.minimum(overlap.of_first, overlap.of_second),
            }
        ),
    )
    night = FIRST_NIGHT + timedelta(days=1 + block)
    con.execute(_INSERT, {"block": block, "night": str(night), "one_in": ONE_IN})
    con.execute(_REST)


def _every_copy(texts: pa.Array) -> pa.Array:
    return pa.array(np.arange(0, len(texts) - ONE_IN + 1, ONE_IN))


def load_night(folder: Path, memory_limit: str) -> None:
    """Load the night and write the cost, without the start of the process."""
    warehouse = folder / "night.duckdb"
    size = warehouse.stat().st_size
    with closing(_connect(warehouse)) as con:
        con.execute(f"SET memory_limit = '{memory_limit}'")
        wall, began = time.perf_counter(), time.process_time()
        loader.load_models(con, Run(folder, copies.NIGHT, "history").lake, copies.NIGHT, copies.story_models())
        result = {
            "seconds": time.perf_counter() - wall,
            "processor": time.process_time() - began,
            "file_bytes": size,
            "peak_bytes": copies.peak_bytes(),
        }
        night = "SELECT count(*) FROM dw.fact_article_pair WHERE night = $1"
        result["pairs"] = con.execute(night, [copies.NIGHT]).fetchone()[0]
    (folder / "result.json").write_text(json.dumps(result))


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(str(path))
    con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    return con


def main() -> None:
    """Measure as asked; the hidden commands run in separate processes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="verb", required=True, metavar="{peer,history}")
    peer_parser = commands.add_parser("peer")
    peer_parser.add_argument("--documents", type=int, default=20_000)
    peer_parser.add_argument("--turns", type=int, default=3)
    history_parser = commands.add_parser("history")
    history_parser.add_argument(
        "--sizes", type=int, nargs="+", default=[0, 100_000, 1_000_000], help="multiples of 20,000"
    )
    history_parser.add_argument("--memory-limit", default="2GB")
    for command, parameters in (
        ("run", ("side", "folder")),
        ("create", ("folder",)),
        ("grow", ("folder", "size")),
        ("load", ("folder", "limit")),
    ):
        hidden = commands.add_parser(command)
        for parameter in parameters:
            hidden.add_argument(parameter)
    args = parser.parse_args()
    match args.verb:
        case "peer":
            compare_sides(args.documents, args.turns)
        case "history":
            measure_history(args.sizes, args.memory_limit)
        case "run":
            {"newsmill": run_newsmill, "datatrove": run_datatrove}[args.side](Path(args.folder))
            (Path(args.folder) / PEAK).write_text(str(copies.peak_bytes()))
        case "create":
            create_history(Path(args.folder))
        case "grow":
            grow_history(Path(args.folder), int(args.size))
        case "load":
            load_night(Path(args.folder), args.limit)


if __name__ == "__main__":
    main()
