"""Every text of a part has one signature, under its warehouse key."""

import hashlib
from datetime import date

import duckdb
import pyarrow as pa

from newsmill.dedup.minhash import minhash, text_key_of
from newsmill.dedup.shingles import BANDS, compute_signatures
from newsmill.relations import ARTICLES, SIGNATURES
from newsmill.runs import Run
from newsmill.stage import run_stage
from newsmill.warehouse import functions

FERRY = "The ferry to Gull Island was late again on Monday, and nobody on the quay was told why."
BAKER = "A baker in Tern Street has sold loaves of seaweed since the flour ran out last week."
DEFAULTS = {
    **{f.name: 0 for f in ARTICLES.schema if pa.types.is_integer(f.type) or pa.types.is_floating(f.type)},
    "dump": "evening",
    "dump_file": "evening.jsonl",
    "document_id": "x",
    "source_id": "gull.example",
    "is_wire": False,
    "is_live_blog": False,
    "authors": [],
    "ranges": [],
    "notes": [],
    "metadata": [],
    "quality_warnings": [],
    "language": "en",
    "published_method": "none",
    "content_sha256": "c",
    "article_id": "a",
}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def articles(*texts: str) -> pa.Table:
    rows = [{**DEFAULTS, "page_id": f"p{n}", "text": text, "text_sha256": sha256(text)} for n, text in enumerate(texts)]
    return pa.Table.from_pylist(rows, ARTICLES.schema)


def signed(*texts: str) -> list[dict]:
    (table,) = minhash(articles(*texts))
    return table.to_pylist()


def test_a_text_is_signed_once_however_many_articles_print_it():
    assert {row["text_key"] for row in signed(FERRY, BAKER, FERRY)} == {
        text_key_of(sha256(FERRY)),
        text_key_of(sha256(BAKER)),
    }
    assert len(signed(FERRY, BAKER, FERRY)) == 2


def test_the_signature_in_a_row_is_that_of_the_text():
    expected = {text_key_of(sha256(text)): compute_signatures(pa.array([text])) for text in (FERRY, BAKER)}
    for row in signed(BAKER, FERRY):
        mine = expected[row["text_key"]]
        assert row["bands"] == mine.bands[0].tolist() and row["samples"] == mine.samples.tolist()
        assert row["shingle_count"] == mine.shingle_counts[0] and len(row["bands"]) == BANDS


def test_a_text_too_short_for_a_shingle_has_a_row_without_keys():
    short, long = sorted(signed("Four words, no more.", FERRY), key=lambda row: row["shingle_count"])
    assert (short["shingle_count"], short["bands"], short["samples"]) == (0, [], [])
    assert len(long["bands"]) == BANDS


def test_the_key_is_the_one_that_the_warehouse_makes():
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA dw")
        functions.register_functions(con)
        for text in (FERRY, BAKER, ""):
            assert con.execute("SELECT dw.text_key($1)", [sha256(text)]).fetchone() == (text_key_of(sha256(text)),)


def test_a_part_without_articles_has_no_signatures():
    (table,) = minhash(ARTICLES.empty())
    assert table.num_rows == 0 and table.schema == SIGNATURES.schema


def test_the_stage_writes_a_part_for_a_part(tmp_path):
    run = Run(tmp_path, date(2026, 3, 2), "run")
    run.lake.write(ARTICLES, run.night, "evening", articles(FERRY, FERRY))
    receipt = run_stage(minhash, run, "evening")
    assert (receipt.rows_in, receipt.rows_out) == (2, 1)
    assert run.lake.read(SIGNATURES, run.night, "evening").column("shingle_count").to_pylist() == [14]
