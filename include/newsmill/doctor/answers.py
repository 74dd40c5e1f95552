"""Answers of every room with compiled code on the sample page, as plain JSON values."""

import json
from collections.abc import Container
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from newsmill import pipeline
from newsmill.cleaning.clean import clean
from newsmill.cleaning.survey import survey
from newsmill.contracts import Night, conform, get_relation
from newsmill.dedup import candidates, shingles
from newsmill.dedup.minhash import minhash
from newsmill.extractors import extractors
from newsmill.readers import html_text
from newsmill.relations import KNOWN_BOILERPLATE, PAGES, RECORD_DECISIONS
from newsmill.search import term_counts
from newsmill.stage import Stage

SAMPLE = Path(__file__).with_name("sample.html")
NIGHT = date(2026, 3, 2)
DIGITS = 3
"""Decimals of a fraction: the last bits of a logarithm depend on the C library."""
COLUMNS = {
    "block_counts": "words_hash page_count word_count reason",
    "text_blocks": "page_char_start page_char_end disposition reason block_hash",
    "signatures": "text_key shingle_count bands samples",
    **{extractor.name: " ".join(extractor.compared_columns) for extractor in extractors()},
}
"""The compared relations, and the columns sensitive to a faulty kernel."""

Answers = dict[str, list]


def run_kernels(pinned: Container[str] | None = None) -> Answers:
    """Return the answers by name: of the readers, of each relation in COLUMNS, and of finding copies.

    With `pinned`, other extractors do not run: no expected answers exist.
    """
    page = html_text.read_html(SAMPLE.read_bytes())
    tables = _write_tables(_build_page_table(page), pinned)
    rows = {name: _list_rows(tables[name], columns.split()) for name, columns in COLUMNS.items() if name in tables}
    return {
        "line_marks": list(map(int, page.marks)),
        **rows,
        "copies": _compare_copies(tables["articles"].column("text")),
    }


def _build_page_table(page: html_text.HtmlPage) -> pa.Table:
    row = {
        "page_id": "sample",
        "dump": "sample",
        "dump_file": SAMPLE.name,
        "record_no": 1,
        "document_id": "sample",
        "source_id": "kestrel.example",
        "name": "Kestrel Observer",
        "domain": "kestrel.example",
        "is_wire": False,
        "content": "page",
        "page_text": page.text,
        "line_marks": list(page.marks),
        "encoding": page.encoding,
        "repairs": [],
        "declared_title": page.title,
        "declared_authors": list(page.authors),
        "metadata": [],
        "declared_published_at": datetime(2026, 3, 1, 7, 30, tzinfo=UTC),
    }
    return pa.Table.from_pylist([row], PAGES.schema)


def _write_tables(pages: pa.Table, pinned: Container[str] | None) -> dict[str, pa.Table]:
    """Return the outputs of the stages of a part for a single page, by relation."""
    rows = pipeline.group_into_rows(pipeline.load_extractors().values())
    extracting = [stage for row in rows for stage in row if pinned is None or stage.name in pinned]
    empty = (KNOWN_BOILERPLATE, RECORD_DECISIONS)
    tables = {"pages": pages} | {relation.name: relation.empty() for relation in empty}
    for stage in (survey, clean, minhash, *extracting):
        tables |= _run_stage(stage, tables)
    return tables


def _run_stage(stage: Stage, tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Run a stage on the outputs of earlier stages."""
    inputs = [NIGHT if isinstance(one, Night) else tables[get_relation(one).name] for one in stage.reads]
    return {to.name: conform(table, to) for to, table in zip(stage.writes, stage(*inputs), strict=True)}


def _compare_copies(texts: pa.ChunkedArray) -> list:
    """Compare a text with the first half; return words, shared shingles and candidate pairs."""
    whole = texts.combine_chunks()
    half = pa.array([whole[0].as_py()[: len(whole[0].as_py()) // 2]], whole.type)
    overlap = shingles.compute_overlaps(whole, half)
    bag = term_counts.count_terms(whole)
    entries = candidates.KeyEntries(
        np.array([5, 5, 9, 9], np.int64),
        np.array([0, 1, 1, 2], np.int32),
        np.array([True, True, False, False]),
        np.array([True, False, True, False]),
    )
    pairs = candidates.find_candidates(entries, np.array([True, True, False]), np.array([4, 4, 2], np.int32))
    return [
        _to_json_values(bag.words[:20]),
        _to_json_values(bag.times[:20]),
        _to_json_values(overlap.shared_chars),
        _to_json_values(pairs),
    ]


def _list_rows(table: pa.Table, columns: list[str]) -> list:
    return [[_to_json_values(value) for value in row.values()] for row in table.select(columns).to_pylist()]


def _to_json_values(value: object) -> object:
    """Return a value as JSON does, fractions rounded to DIGITS decimals."""
    return json.loads(json.dumps(value, default=_json_value), parse_float=lambda text: round(float(text), DIGITS))


def _json_value(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
