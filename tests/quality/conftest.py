"""Nights made up for the checks: valid rows of every relation, to be spoilt by the tests."""

import json
import sys
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pyarrow as pa
import pytest

from newsmill.contracts import BOOL, DATE, INT, LONG, REAL, TEXT, Column
from newsmill.extractors import extractors
from newsmill.glossary import MEASURES, PAGE_MEASURES
from newsmill.relations import CHECKED, EXTRACTED, rejected
from newsmill.runs import Run

NIGHT = date(2026, 11, 22)
PAGE_CHARS, KEPT_CHARS = 1000, 600
SPAN = {
    "char_start": 10,
    "char_end": 60,
    "page_char_start": 110,
    "page_char_end": 160,
    "line_start": 3,
    "line_end": 3,
}


def record(number: int, dump: str = "harbour") -> dict:
    """Return what every row of a record shares."""
    file = f"{dump}/pages.jsonl"
    return {
        "page_id": f"{file}#{number}",
        "dump": dump,
        "dump_file": file,
        "record_no": number,
        "byte_start": number * 2000,
        "byte_end": number * 2000 + 1999,
        "document_id": f"id-{number}",
        "source_id": f"{dump}.example",
        "is_wire": False,
    }


def page(number: int, dump: str = "harbour", **changes) -> dict:
    """Return a page that meets every expectation."""
    own = {
        "content": "page",
        "page_text": "x",
        "encoding": "utf-8",
        "repairs": [],
        "declared_authors": [],
        "metadata": [],
    }
    return {**record(number, dump), **own, **changes}


def article(number: int, dump: str = "harbour", **changes) -> dict:
    """Return an article that meets every expectation."""
    shares = {column.name: 1 if column.type == INT else 0.5 for column in (*MEASURES, *PAGE_MEASURES)}
    own = {
        "article_id": f"{dump}.example/{number}",
        "title": "Ferry late again",
        "authors": [],
        "language": "en",
        "language_confidence": 0.9,
        "published_at": datetime(2026, 11, 22, 6, tzinfo=UTC) + timedelta(minutes=number),
        "published_day": date(2026, 11, 22),
        "published_precision": "time",
        "published_method": "text",
        "published_confidence": 0.8,
        "text": "x",
        "ranges": [],
        "content_sha256": f"{number:064x}",
        "text_sha256": f"{number:064x}",
        "page_chars": PAGE_CHARS,
        "kept_chars": KEPT_CHARS,
        "repeat_chars": 100,
        "boilerplate_chars": 300,
        "expected_chars": KEPT_CHARS,
        "is_live_blog": False,
        "metadata": [],
        "notes": [],
        "quality_warnings": [],
        "word_count": 100,
        "sentence_count": 6,
        "rps_doc_word_count": 100,
        "rps_doc_mean_word_length": 5.1,
    }
    return {**record(number, dump), **shares, **own, **changes}


def blocks(number: int, dump: str = "harbour", **changes) -> list[dict]:
    """Return the two blocks that cover a page: one kept, one dropped."""
    shared = {"page_id": record(number, dump)["page_id"], "block_hash": "0123456789abcdef"}
    kept = {
        "block_index": 0,
        "page_char_start": 0,
        "page_char_end": KEPT_CHARS,
        "line_start": 1,
        "line_end": 4,
        "disposition": "kept",
    }
    dropped = {
        "block_index": 1,
        "page_char_start": KEPT_CHARS,
        "page_char_end": PAGE_CHARS,
        "line_start": 5,
        "line_end": 9,
        "disposition": "dropped",
        "reason": "navigation",
    }
    return [{**shared, **kept}, {**shared, **dropped, **changes}]


def capture(number: int, dump: str = "harbour", **changes) -> dict:
    """Return the capture of an article."""
    return {**article(number, dump), **changes}


OF_TYPE = {TEXT: "none", REAL: 0.5, INT: 2, LONG: 2, BOOL: False, DATE: NIGHT}
SAMPLES = {
    "mentions": {
        "surface": "Odile Brandt",
        "entity_id": "person:odile brandt",
        "canonical_name": "Odile Brandt",
        "confidence": 0.7,
        "rule": "title",
    },
    "quotes": {
        "quote_text": '"The ferry sails when it sails."',
        "cue": "said",
        "speaker_surface": "Odile Brandt",
        "speaker_confidence": 0.9,
        "anonymity_reason": "on condition of anonymity",
        "rule": "verb",
    },
    "dates": {
        "surface": "Tuesday",
        "timex_value": "2026-03-03",
        "date_start": date(2026, 3, 3),
        "date_end": date(2026, 3, 4),
        "anchor_date": date(2026, 3, 2),
        "confidence": 0.9,
        "rule": "weekday",
    },
    "places": {
        "surface": "Gjøvik",
        "geonames_id": 3155573,
        "name": "Gjøvik",
        "place_type": "town",
        "country_code": "NO",
        "admin1_code": "34",
        "latitude": 60.7957,
        "longitude": 10.6915,
        "population": 26318,
        "confidence": 0.9,
        "rule": "place_tag",
    },
}
"""By extractor the values for which the declaration alone gives none that meets every expectation."""


def ordinary(column: Column) -> object:
    """Return a value for a required column: a known word, or one of its type."""
    if column.values:
        return column.values[0]
    return next(value for kind, value in OF_TYPE.items() if column.type == kind)


def extracted(name: str, number: int, dump: str = "harbour", **changes) -> dict:
    """Return a row of an extractor with all its spans, as declared, that meets every expectation."""
    extractor = next(extractor for extractor in extractors() if extractor.name == name)
    relation = EXTRACTED[name]
    required = {c.name: ordinary(c) for c in relation.columns if c.name not in relation.optional}
    spans = {prefix + name: value for prefix in extractor.prefixes for name, value in SPAN.items()}
    ids = {"page_id": record(number, dump)["page_id"], "article_id": f"{dump}.example/{number}"}
    return {**required, **spans, **ids, **SAMPLES.get(name, {}), **changes}


mention, quote, place = (partial(extracted, name) for name in ("mentions", "quotes", "places"))


def night_of(count: int, dump: str = "harbour") -> dict[str, list[dict]]:
    """Return the rows of a faultless night, by relation."""
    numbers = range(1, count + 1)
    return {
        "pages": [page(n, dump) for n in numbers],
        "articles": [article(n, dump) for n in numbers],
        "text_blocks": [b for n in numbers for b in blocks(n, dump)],
        "captures": [capture(n, dump) for n in numbers],
        **{extractor.name: [extracted(extractor.name, n, dump) for n in numbers] for extractor in extractors()},
    }


RELATIONS = {relation.name: relation for relation in CHECKED}


def table(name: str, rows: list[dict]) -> pa.Table:
    """Return rows as a table of the relation of that name."""
    return pa.Table.from_pylist(rows, RELATIONS[name].schema)


def tables(rows: dict[str, list[dict]]) -> dict[str, pa.Table]:
    """Return a night as tables."""
    return {name: table(name, rows.get(name, [])) for name in RELATIONS}


def turned_away(*rows: tuple[int, str, str], stage: str = "clean") -> pa.Table:
    """Return rejects, each given as record number, dump and reason."""
    names = ("page_id", "dump", "dump_file", "record_no")
    rejects = [
        {**{name: record(n, dump)[name] for name in names}, "stage": stage, "reason": reason, "detail": ""}
        for n, dump, reason in rows
    ]
    return pa.Table.from_pylist(rejects, rejected(stage).schema)


def write_night(run: Run, rows: dict[str, list[dict]], night: date = NIGHT, max_reject_share: float = 0.2) -> None:
    """Write a night into the run's lake, and the manifests of its dumps into its landing folder."""
    for name, relation in RELATIONS.items():
        run.lake.write(relation, night, "harbour-0001-0001", table(name, rows.get(name, [])))
    folder = run.landing / night.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    dump = {"name": "harbour", "location": "dumps", "publisher": None, "max_reject_share": max_reject_share}
    (folder / "harbour.json").write_text(json.dumps({**dump, "files": []}))


@pytest.fixture
def run(tmp_path) -> Run:
    """Return a run of the night in an empty home."""
    return Run(tmp_path, NIGHT, "2026-11-22-manual-1")


@pytest.fixture(scope="session")
def made():
    """Return this module: the makers of rows, tables and nights."""
    return sys.modules[__name__]
