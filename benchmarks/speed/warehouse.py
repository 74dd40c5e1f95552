"""Measures the warehouse: load and publish of a large night, into an empty one and after a long history, and marts.

    python benchmarks/speed/warehouse.py [--articles N] [--nights N] [--home DIR]

A night of texts of the corpora, with planted copies, runs once through all steps. SQL makes the history of it: each
night has the same rows under other keys, with other signatures. Names with more than two mentions are the same people
every night, all others are new each night. Rows of the lake and of the tables equal those of a run of the night. Then
one more such night is loaded into a copy of the file, audited and published, after nothing and after the history. One
in fifty of its texts is an exact copy of the night before's. For comparison DuckDB's COPY loads the same rows into new
tables. Each measurement is a process of its own. DIR keeps the nights and the history for the next time.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "include"), str(ROOT / "benchmarks" / "quality")]

import copies  # noqa: E402 - the project is no installed package

from newsmill.runs import Run  # noqa: E402
from newsmill.warehouse import audit, functions, loader, publish, snapshots  # noqa: E402
from newsmill.warehouse.loaded_nights import record_loaded_night  # noqa: E402
from newsmill.warehouse.model import models  # noqa: E402

FIRST = date(2026, 3, 2)
SOURCES, PLANTED_SHARE, ONE_IN, KNOWN = 400, 0.02, 50, 2
ODD, HASH_VALUES = 96_557_401_352_357, 1 << 48  # bits turned by night: other bands for other texts, one for the same


def write_dump(path: Path, count: int) -> None:
    """Write texts of the corpora as records of many sites."""
    made = copies.corpus(count, int(count * PLANTED_SHARE))
    with path.open("w", encoding="utf8") as lines:
        for number, text in enumerate(made.texts):
            moment = datetime(2026, 3, 1, 6) + timedelta(seconds=number * 97 % 72_000)
            site, title = number * 7919 % SOURCES, " ".join(text.split()[:9])
            row = {"url": f"https://site{site}.example/2026/{number}", "title": title, "text": text,
                   "published_at": f"{moment.isoformat()}Z"}  # fmt: skip
            lines.write(json.dumps(row) + "\n")


def run_first_night(home: Path, count: int) -> None:
    """Run the first night through all steps."""
    home.mkdir(parents=True, exist_ok=True)
    write_dump(home / "dump.jsonl", count)
    command = [sys.executable, "-m", "newsmill", "night", str(FIRST), "--source", str(home / "dump.jsonl")]
    subprocess.run([*command, "--home", str(home)], check=True, env=os.environ | {"PYTHONPATH": str(ROOT / "include")})


# -- a night made of the first -----------------------------------------------------------------------------------------

_MACROS = """
CREATE OR REPLACE TEMP MACRO of_night(name) AS name || '~' || {number};
CREATE OR REPLACE TEMP MACRO key_of_night(key) AS
    CASE WHEN key = -1 THEN -1 ELSE dw.surrogate_key(key || '~' || {number}) END;
CREATE OR REPLACE TEMP MACRO number_of_text(key) AS
    CASE WHEN {copies} AND key % {one_in} = 0 THEN {number} - 1 ELSE {number} END;
CREATE OR REPLACE TEMP MACRO of_text(key) AS dw.surrogate_key(key || '~' || number_of_text(key));
CREATE OR REPLACE TEMP MACRO hash_of_text(sha) AS printf('%016x', of_text(dw.text_key(sha))::UBIGINT << 1) || sha[17:];
CREATE OR REPLACE TEMP MACRO hashes_of_text(hashes, key) AS
    list_transform(hashes, lambda hash: xor(hash, (number_of_text(key)::UBIGINT * {odd}) % {hash_values}));
CREATE OR REPLACE TEMP MACRO entity_of_night(entity) AS
    CASE WHEN entity IN (SELECT entity_id FROM known) THEN entity ELSE of_night(entity) END;
CREATE OR REPLACE TEMP MACRO entity_key_of_night(key) AS
    CASE WHEN key IN (SELECT entity_key FROM known) THEN key ELSE key_of_night(key) END;
"""
_NAMED = "page_id article_id document_id url canonical_url story_id canonical_article_id joined_story_id".split()
_KEYED = "article_key from_article_key to_article_key story_key statement_key".split()
_DAYS = "night valid_from first_seen last_seen".split()


def replaced_columns(columns: list[str], night: date, own_key: str = "") -> str:
    """Return the SELECT list of the columns in which a night differs from the first night."""
    days = (night - FIRST).days
    values = {name: f"of_night({name})" for name in _NAMED} | {name: f"key_of_night({name})" for name in _KEYED}
    values |= {name: f"DATE '{night}'" for name in _DAYS}
    values |= {
        "text_key": "of_text(text_key)", "text_sha256": "hash_of_text(text_sha256)",
        "content_sha256": "sha256(of_night(content_sha256))", "bands": "hashes_of_text(bands, text_key)",
        "samples": "hashes_of_text(samples, text_key)", "entity_id": "entity_of_night(entity_id)",
        "text_entity_id": "entity_of_night(text_entity_id)",
        "entity_key": "entity_key_of_night(entity_key)",
        "speaker_entity_key": "entity_key_of_night(speaker_entity_key)",
        "published_at": f"published_at + INTERVAL {days} DAY", "day": f"day + {days}",
        "published_date_key": f"dw.date_key(day + {days})", "ingest_date_key": f"{night:%Y%m%d}",
    }  # fmt: skip
    values |= {own_key: f"key_of_night({own_key})"} if own_key not in values else {}
    return ", ".join(f"{values[name]} AS {name}" for name in columns if name in values)


def create_night_macros(con: duckdb.DuckDBPyConnection, number: int, has_copies: bool = False) -> None:
    """Create the macros that turn rows of the first night into another night, with copies of the night before."""
    functions.register_functions(con)
    con.execute(f"""
        CREATE TEMP TABLE IF NOT EXISTS known AS
        SELECT entity_id, entity_key FROM dw.dim_entity JOIN dw.fact_mention USING (entity_key)
        WHERE fact_mention.night = DATE '{FIRST}' AND NOT contains(entity_id, '@')
        GROUP BY ALL HAVING count(*) > {KNOWN}""")
    parameters = {"number": number, "one_in": ONE_IN, "odd": ODD, "hash_values": HASH_VALUES}
    con.execute(_MACROS.format(copies=str(has_copies).lower(), **parameters))


def write_lake(con: duckdb.DuckDBPyConnection, base: Path, home: Path, night: date) -> None:
    """Write the lake parts of a night, each from a part of the first night: as many files as a run writes."""
    for folder in sorted((base / "lake").glob(f"[a-z]*/night={FIRST}")):
        relation = folder.parent.name
        if relation in ("receipts", "runs", "quality_results", "snapshots"):
            continue
        to = home / "lake" / relation / f"night={night}"
        to.mkdir(parents=True, exist_ok=True)
        for part in sorted(folder.glob("part-*.parquet")):
            rows = f"read_parquet('{part}', hive_partitioning = false)"
            columns = [row[0] for row in con.execute(f"DESCRIBE FROM {rows}").fetchall()]
            replaced = replaced_columns([name for name in columns if name not in _DAYS], night)
            con.execute(
                f"COPY (SELECT * {f'REPLACE ({replaced})' if replaced else ''} FROM {rows}) "
                f"TO '{to / part.name}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
            )


def insert_night(con: duckdb.DuckDBPyConnection, night: date) -> None:
    """Insert the rows of a night into the tables, equal to those of its load."""
    for model in models():
        day = {"dim_article": "valid_from", "bridge_article_story": "valid_from", "dim_story": "first_seen",
               "dim_entity": "valid_from"}.get(model.name, "night")  # fmt: skip
        if model.schema not in ("dw", "search") or model.load not in ("replace_night", "merge", "scd2"):
            continue
        columns = [row[0] for row in con.execute(f"DESCRIBE {model.table}").fetchall()]
        if day not in columns:
            continue
        own = model.key or (model.grain[0] if len(model.grain) == 1 and model.grain[0].endswith("_key") else "")
        only = " AND entity_id NOT IN (SELECT entity_id FROM known)" if model.name == "dim_entity" else ""
        con.execute(
            f"INSERT INTO {model.table} SELECT * REPLACE ({replaced_columns(columns, night, own)}) FROM {model.table} "
            f"WHERE {day} = DATE '{FIRST}'{only}"
        )
    record_loaded_night(con, night, f"history-{night}")


def write_history(base: Path, home: Path, nights: int) -> None:
    """Write a warehouse and a lake with so many nights more than the first."""
    run = Run(home, FIRST, "history")
    warehouse = run.warehouse
    snapshots.snapshot_folder(warehouse).mkdir(parents=True, exist_ok=True)
    file = snapshots.snapshot_path(warehouse, "history")
    file.unlink(missing_ok=True)
    subprocess.run(["cp", "-r", "--reflink=auto", str(base / "lake"), str(home)], check=True)
    published = snapshots.snapshot_path(base / "warehouse", snapshots.current_snapshot(base / "warehouse"))
    subprocess.run(["cp", "--reflink=auto", str(published), str(file)], check=True)
    with loader.open_for_writing(file) as con:
        con.execute("SET preserve_insertion_order = true")
        for number in range(1, nights + 1):
            began, night = time.perf_counter(), FIRST + timedelta(days=number)
            create_night_macros(con, number)
            write_lake(con, base, home, night)
            insert_night(con, night)
            con.execute("CHECKPOINT")
            print(f"{night}: {time.perf_counter() - began:.0f} s, {file.stat().st_size / 1e9:.1f} GB", flush=True)
        con.execute(
            "UPDATE ops.snapshot SET is_current = false; "
            "INSERT INTO ops.snapshot BY NAME SELECT * REPLACE ('history' AS snapshot, true AS is_current) "
            "FROM ops.snapshot LIMIT 1; CHECKPOINT"
        )
    snapshots.point_link_to(warehouse, "history")


def write_measured_night(base: Path, home: Path, night: date) -> None:
    """Write the measured night into a lake, from a copy of the first night's warehouse."""
    with TemporaryDirectory(dir=home.parent) as folder:
        copy = Path(folder) / "first.duckdb"
        subprocess.run(["cp", "--reflink=auto", str(base / "warehouse" / snapshots.LINK), str(copy)], check=True)
        with closing(duckdb.connect(str(copy))) as con:
            create_night_macros(con, (night - FIRST).days, has_copies=True)
            write_lake(con, base, home, night)


# -- measurements -----------------------------------------------------------------------------------------------------


def measure_step(name: str, home: Path, night: date) -> dict:
    """Run one step of the night in this process, and return seconds and memory."""
    run = Run(home, night, f"measured-{night}")
    steps = {"copy": loader.copy_published, "load": loader.load, "audit": audit.audit,
            "publish": lambda run: publish.publish(run, {}, keep=9)}  # fmt: skip
    wall, processor = time.perf_counter(), time.process_time()
    steps[name](run)
    return {"seconds": time.perf_counter() - wall, "processor": time.process_time() - processor,
            "peak_bytes": copies.peak_bytes()}  # fmt: skip


def measure_copy(home: Path, night: date) -> dict:
    """Copy the night's rows from Parquet into tables of a new file, and return seconds, memory and rows."""
    served = home / "warehouse" / snapshots.LINK
    rows = 0
    with TemporaryDirectory(dir=home) as folder, closing(duckdb.connect(f"{folder}/copied.duckdb")) as con:
        con.execute(f"ATTACH '{served}' AS served (READ_ONLY); CREATE SCHEMA dw; CREATE SCHEMA search")
        tables = []
        for model in models():
            if model.schema not in ("dw", "search") or model.load not in ("replace_night", "merge", "scd2"):
                continue
            columns = [row[0] for row in con.execute(f"DESCRIBE served.{model.table}").fetchall()]
            day = next((name for name in ("night", "valid_from", "first_seen") if name in columns), None)
            where = f"WHERE {day} = DATE '{night}'" if day else ""
            con.execute(f"COPY (FROM served.{model.table} {where}) TO '{folder}/{model.name}.parquet'")
            con.execute(f"CREATE TABLE {model.table} AS FROM served.{model.table} LIMIT 0")
            tables.append(model)
        con.execute("DETACH served; CHECKPOINT")
        wall, processor = time.perf_counter(), time.process_time()
        for model in tables:
            con.execute(f"COPY {model.table} FROM '{folder}/{model.name}.parquet'")
        con.execute("CHECKPOINT")
        times = {"seconds": time.perf_counter() - wall, "processor": time.process_time() - processor}
        rows = sum(con.execute(f"SELECT count(*) FROM {model.table}").fetchone()[0] for model in tables)
    return times | {"rows": rows, "peak_bytes": copies.peak_bytes()}


def measure_marts(home: Path) -> dict:
    """Query the marts, each question twice, and return the seconds."""
    seconds_by_question = {}
    with closing(duckdb.connect(str(home / "warehouse" / snapshots.LINK), read_only=True)) as con:
        known = con.execute(_EXAMPLES).fetchone()
        for name, question in QUESTIONS.items():
            seconds = []
            for _ in range(2):
                began = time.perf_counter()
                con.execute(question.format(**dict(zip(_EXAMPLE_NAMES, known, strict=True)))).fetchall()
                seconds.append(round(time.perf_counter() - began, 2))
            seconds_by_question[name] = seconds
    return seconds_by_question


_EXAMPLE_NAMES = ("night", "day", "person", "speaker", "quote")
# the last night, the day of most of its articles, the most named person, the most quoted person and a quotation
_EXAMPLES = """
    SELECT (SELECT max(night) FROM dw.fact_article),
           (SELECT mode(day) FROM dw.fact_article WHERE night = (SELECT max(night) FROM dw.fact_article)),
           (SELECT entity_id FROM dw.fact_entity_name WHERE starts_with(entity_id, 'person:')
            GROUP BY entity_id ORDER BY sum(mention_count) DESC, entity_id LIMIT 1),
           canonical_name, quote_key
    FROM (
        SELECT canonical_name, max(quote_key) AS quote_key, count(*) AS times
        FROM dw.fact_quote JOIN dw.dim_entity ON entity_key = speaker_entity_key
        WHERE entity_type = 'person' GROUP BY canonical_name
    )
    ORDER BY times DESC, canonical_name LIMIT 1"""
QUESTIONS = {
    "story_coverage: most printed": "FROM mart.story_coverage ORDER BY article_count DESC LIMIT 20",
    "story_coverage: of a night": "FROM mart.story_coverage WHERE last_seen = '{night}' LIMIT 20",
    "entity_trend: one person": "FROM mart.entity_trend WHERE entity_id = '{person}' ORDER BY day",
    "entity_trend: one day": "FROM mart.entity_trend WHERE day = '{day}' ORDER BY story_count DESC LIMIT 20",
    "who_said_what: one speaker": "FROM mart.who_said_what WHERE speaker = '{speaker}' LIMIT 20",
    "who_said_what: one night": "SELECT count(*) FROM mart.who_said_what WHERE night = '{night}' AND is_anonymous",
    "anonymous_sourcing: all": "FROM mart.anonymous_sourcing ORDER BY anonymous_share DESC LIMIT 20",
    "syndication_network: all": "FROM mart.syndication_network ORDER BY copy_count DESC LIMIT 20",
    "cleaning_ledger: one night": "FROM mart.cleaning_ledger WHERE night = '{night}' ORDER BY chars DESC LIMIT 20",
    "stealth_edits: one night": "FROM mart.stealth_edits WHERE night = '{night}' LIMIT 20",
    "stealth_edits: all": "FROM mart.stealth_edits ORDER BY abs(char_change) DESC LIMIT 20",
    "forward_calendar: of a night": "FROM mart.forward_calendar WHERE as_of = '{night}' ORDER BY days_ahead LIMIT 20",
    "place_coverage: one country": "FROM mart.place_coverage WHERE country_code = 'FR' AND level = 'country'",
    "place_coverage: one day": "FROM mart.place_coverage WHERE day = '{day}' ORDER BY story_count DESC LIMIT 20",
    "entity_roles: one person": "FROM mart.entity_roles WHERE entity_id = '{person}' ORDER BY valid_from",
    "source_profile: all": "FROM mart.source_profile ORDER BY article_count DESC LIMIT 20",
    "run_health": "FROM mart.run_health ORDER BY night DESC LIMIT 7",
    "search: two words": "FROM mart.search('harbor strike')",
    "cite: a quotation": "FROM mart.cite('fact_quote', {quote})",
}


def run_apart(*words: object) -> dict:
    """Run this file in a process of its own and return its result."""
    done = subprocess.run([sys.executable, __file__, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))} failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def measure_night(home: Path, night: date) -> None:
    """Copy the warehouse, load, audit and publish the night, and print seconds and memory, compared with COPY."""
    seconds = {}
    for name in ("copy", "load", "audit", "publish"):
        result = run_apart("step", name, home, night)
        seconds[name] = result["seconds"]
        print(
            f"  {name:8} {result['seconds']:7.1f} s  processor {result['processor']:7.1f} s  "
            f"peak {result['peak_bytes'] / 1e6:7,.0f} MB",
            flush=True,
        )
    limit = run_apart("copied", home, night)
    total = seconds["load"] + seconds["publish"]
    times, times_with_copy = total / limit["seconds"], (total + seconds["copy"]) / limit["seconds"]
    print(
        f"  COPY     {limit['seconds']:7.1f} s  processor {limit['processor']:7.1f} s  "
        f"peak {limit['peak_bytes'] / 1e6:7,.0f} MB; {limit['rows']:,} rows; load and publish take {times:.1f} times "
        f"as long, {times_with_copy:.1f} times with the copy of the file, made while a night extracts",
        flush=True,
    )


def main() -> None:
    """Make missing nights and measure; the other verbs are run in processes of their own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--articles", type=int, default=100_000, help="articles a night (default 100,000)")
    parser.add_argument("--nights", type=int, default=19, help="nights of history after the first (default 19)")
    parser.add_argument("--home", type=Path, help="folder for it all, some 40 GB (default: a temporary one)")
    args = parser.parse_args()
    if args.verb:
        verb, *words = args.verb
        if verb == "step":
            print(json.dumps(measure_step(words[0], Path(words[1]), date.fromisoformat(words[2]))))
        elif verb == "copied":
            print(json.dumps(measure_copy(Path(words[0]), date.fromisoformat(words[1]))))
        else:
            print(json.dumps(measure_marts(Path(words[0]))))
        return
    with TemporaryDirectory(prefix="newsmill-warehouse-") as folder:
        run_all((args.home or Path(folder)).resolve(), args.articles, args.nights)


def run_all(home: Path, articles: int, nights: int) -> None:
    """Make the first night and the history, and measure one more night on an empty warehouse and after the history."""
    base, grown, empty, night = home / "base", home / "grown", home / "empty", FIRST + timedelta(days=nights + 1)
    if not (base / "warehouse" / snapshots.LINK).exists():
        run_first_night(base, articles)
    if not (grown / "warehouse" / snapshots.LINK).exists():
        write_history(base, grown, nights)
    for to, name in ((empty, "an empty warehouse"), (grown, f"one of {articles * (nights + 1):,} articles")):
        if not (to / "lake" / "articles" / f"night={night}").exists():
            write_measured_night(base, to, night)
        print(f"{articles:,} articles into {name}:", flush=True)
        measure_night(to, night)
    print("marts, seconds of the first and the second time:")
    for name, seconds in run_apart("asked", grown).items():
        print(f"  {name:30} {seconds}", flush=True)


if __name__ == "__main__":
    main()
