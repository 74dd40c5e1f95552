"""Speed of a night: documents a second and peak memory of every step, from its receipts.

    python benchmarks/speed/night.py [--jobs N]

Reads the 19,043 Reuters bodies of the corpora next to the checkout, as articles. Times depend on the machine and its
load: compare ratios between steps, or two versions run in turn.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpora" / "volume" / "reuters21578.jsonl.gz"
RECEIPTS = """
    SELECT stage, CAST(sum(rows_in) AS BIGINT) AS rows, round(sum(seconds), 1) AS seconds,
           CAST(sum(rows_in) / sum(seconds) AS BIGINT) AS rows_a_second,
           CAST(max(peak_rss_bytes) / 1e6 AS INTEGER) AS peak_mb
    FROM ops.stage_receipt GROUP BY stage ORDER BY min(rowid)
"""


def write_dump(path: Path) -> int:
    """Write the corpus as a dump; return its number of documents."""
    with gzip.open(CORPUS, "rt", encoding="utf8") as corpus, path.open("w", encoding="utf8") as dump:
        records = (json.loads(line) for line in corpus)
        rows = [
            {"id": str(r["id"]), "title": r["title"], "text": r["body"]} for r in records if (r["body"] or "").strip()
        ]
        dump.writelines(json.dumps(row) + "\n" for row in rows)
    return len(rows)


def main() -> None:
    """Run the night and print its receipts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", default=str(len(os.sched_getaffinity(0))), help="processes at once")
    jobs = parser.parse_args().jobs
    with TemporaryDirectory(prefix="newsmill-speed-") as folder:
        dump = Path(folder) / "reuters.jsonl"
        print(f"{write_dump(dump)} documents, {jobs} processes")
        night = [sys.executable, "-m", "newsmill", "night", "2026-01-05", "--source", str(dump), "--content", "article"]
        subprocess.run(
            [*night, "--home", folder, "--jobs", jobs],
            check=True,
            stdout=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": str(ROOT / "include")},
        )
        with duckdb.connect(f"{folder}/warehouse/news.duckdb", read_only=True) as con:
            print(con.execute(RECEIPTS).df().to_string(index=False))


if __name__ == "__main__":
    main()
