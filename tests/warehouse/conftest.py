"""Nights written in few words, and the warehouse that the real loader makes of them."""

import hashlib
import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from placement import Placement

from newsmill import runs
from newsmill.cleaning.publication import choose_precision
from newsmill.contracts import BOOL, DATE, INT, LONG, REAL, TEXT, Column, Relation, conform
from newsmill.dedup.dedupe import dedupe
from newsmill.dedup.minhash import minhash
from newsmill.extractors import Extractor, extractors
from newsmill.glossary import MEASURES, PAGE_MEASURES
from newsmill.relations import (
    ARTICLES,
    CAPTURES,
    ENTITY_DECISIONS,
    EXTRACTED,
    FIRST_INSTANCES,
    KNOWN_BOILERPLATE,
    PAGES,
    QUALITY_RESULTS,
    RECEIPTS,
    RUNS,
    SIGNATURES,
    SNAPSHOTS,
    TEXT_BLOCKS,
    TRAINING_RUNS,
    noted,
    rejected,
)
from newsmill.runs import Run
from newsmill.spans import NOWHERE
from newsmill.stage import split_rejects
from newsmill.warehouse import loader, publish, snapshots
from newsmill.warehouse.model import Model, models, tables

RULES = {"clean": "1"}
LEDGERS = {
    "run": (
        RUNS,
        {
            "run_no": None,
            "kind": "manual",
            "code_version": "0",
            "ruleset_version": "0",
            "model_versions": [],
            "finished_at": None,
            "status": "running",
            "snapshot": None,
            "learned_night": None,
        },
    ),
    "receipt": (
        RECEIPTS,
        {
            "part": "whole",
            "rows_in": 0,
            "rows_out": 0,
            "rejected": 0,
            "seconds": 1.0,
            "bytes": 0,
            "peak_rss_bytes": 1,
        },
    ),
    "quality_result": (
        QUALITY_RESULTS,
        {
            "gate": "check",
            "suite": "pages",
            "target": "pages",
            "severity": "critical",
            "success": True,
            "broken": False,
            "observed": None,
            "unexpected_count": 0,
            "element_count": 10,
        },
    ),
    "snapshot": (SNAPSHOTS, {"snapshot_no": None, "bytes": 1, "row_counts": {}}),
    "known_boilerplate": (
        KNOWN_BOILERPLATE,
        {
            "scope": "*",
            "reason": "cross_page_boilerplate",
            "page_count": 1,
            "source_count": 1,
            "story_count": 1,
            **dict.fromkeys(("first_seen", "last_seen", "decision", "decided_by", "decided_at", "because")),
        },
    ),
    "entity_decision": (
        ENTITY_DECISIONS,
        {
            "decision_no": 1,
            "into_entity_id": None,
            "given_name": None,
            "source_id": None,
            "role_title": None,
            "decided_by": "Bea",
            "decided_at": "2026-03-01 09:00",
            "because": "She knows.",
        },
    ),
    "lesson": (TRAINING_RUNS, {"previous_history_id": None}),
}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def key(identity: str) -> int:
    """Return the warehouse key of a natural key, made without the warehouse: the first 63 bits of SHA-256."""
    return int(sha256(identity)[:16], 16) >> 1


def moment(text: str | datetime | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if isinstance(text, str) else text


def typed(row: dict) -> dict:
    """Return a row of TOML with moments as such, a map as Arrow takes it, and a block of text by its hash."""
    if "sample_text" in row:
        row = {**row, "words_hash": int(sha256(" ".join(words(row["sample_text"])))[:16], 16)}
    maps = {name: list(value.items()) for name, value in row.items() if isinstance(value, dict)}
    return {**row, **maps, **{name: moment(row[name]) for name in row if name.endswith("_at")}}


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def measured(text: str) -> dict:
    """Return the measures of a text of plain words and full stops."""
    words_of_text = words(text)
    return {
        **dict.fromkeys((column.name for column in (*MEASURES, *PAGE_MEASURES)), 0),
        "quality_warnings": [],
        "word_count": len(words_of_text),
        "sentence_count": text.count("."),
        "rps_doc_word_count": len(words_of_text),
        "rps_doc_mean_word_length": sum(map(len, words_of_text)) / len(words_of_text),
        "rps_doc_frac_unique_words": len(set(words_of_text)) / len(words_of_text),
    }


def default_of(column: Column, relation: Relation) -> object:
    """Return what a row has in a column that a test leaves out."""
    if column.name in relation.optional:
        return None
    if column.name in DEFAULTS:
        return DEFAULTS[column.name]
    return column.values[0] if column.values else DEFAULT_OF_TYPE[column.type]


DEFAULTS = {"sentence_index": 0, "confidence": 0.9, "rule": "test"}
DEFAULT_OF_TYPE = {TEXT: "none", REAL: 0.0, INT: 1, LONG: 1, BOOL: False, DATE: date(2026, 3, 2)}
PARTS = {"cue_": "cue", "speaker_": "speaker_surface", "anonymity_": "anonymity_reason"}
"""The columns with the characters of the parts of a row, by the prefix of their spans."""


def mention_fields(_page: "Page", fields: dict) -> dict:
    kind, name = fields.get("type", "person"), fields.get("name", fields["surface"])
    return {
        "entity_type": kind,
        "entity_id": fields.get("entity_id", f"{kind}:{name.lower()}"),
        "canonical_name": name,
        "role_title": fields.get("role"),
        "country_code": fields.get("country"),
        "confidence": 0.8,
        "is_credit": fields.get("credit", False),
    }


def quote_fields(page: "Page", fields: dict) -> dict:
    """Return the fields of a quotation; its speaker is the first mention in the words for the speaker, if any."""
    speaker, kind = fields.get("speaker"), fields.get("class", "named" if fields.get("speaker") else "unknown")
    mentions = page.get("mentions", ()) if speaker and kind in ("named", "organization", "media") else ()
    surfaces = [mention if isinstance(mention, str) else mention["surface"] for mention in mentions]
    named = next((surface for surface in surfaces if surface in speaker), None)
    return {
        "speaker_mention_start": named and page.text.index(named, page.text.index(speaker)),
        "quote_type": fields.get("type", "direct"),
        "speaker_surface": speaker,
        "speaker_confidence": 0.9 if speaker else 0.0,
        "attribution_class": kind,
        "is_anonymous": fields.get("anonymous", kind in ("anonymous_official", "unnamed")),
        "source_role": fields.get("role", "none"),
        "source_country_code": fields.get("country", "none"),
        "seniority": fields.get("seniority", "none"),
        "anonymity_reason": fields.get("why"),
    }


def date_fields(page: "Page", fields: dict) -> dict:
    """Read an expression given by its surface, value and half-open interval, `days`, if it has one."""
    start, end = fields.get("days", (None, None))
    published = moment(page.get("published_at"))
    return {
        "timex_type": fields.get("type", "DATE"),
        "timex_value": fields["value"],
        "date_start": start,
        "date_end": end,
        "anchor_date": published and published.date(),
        "anchor_method": "published" if published else "none",
    }


def place_fields(_page: "Page", fields: dict) -> dict:
    return {"candidate_count": fields.get("candidates", 1)}


SHORT_FORMS = {"mentions": mention_fields, "quotes": quote_fields, "dates": date_fields, "places": place_fields}
"""Fields of an extractor's rows that tests write by other names than the columns'."""


# -- one page of a few fields becomes rows in every relation -------------------------------------------------


@dataclass(frozen=True)
class Page:
    """A page of a test: `article` names it within its source, `above` is boilerplate before its text."""

    night: date
    number: int
    fields: dict

    def get(self, name: str, default=None):
        return self.fields.get(name, default)

    @property
    def page_id(self) -> str:
        return f"{self.record['dump_file']}#{self.number}"

    @property
    def article_id(self) -> str:
        return f"{self.source['source_id']}/{self.get('article', self.number)}"

    @property
    def text(self) -> str:
        return self.get("text", f"Nothing but {self.get('article', self.number)}.")

    @property
    def above(self) -> str:
        return self.get("above", "")

    @property
    def record(self) -> dict:
        dump = self.get("dump", "evening")
        file = f"{self.night}/{dump}.jsonl"
        return {
            "dump": dump,
            "dump_file": file,
            "record_no": self.number,
            "byte_start": self.number * 9000,
            "byte_end": self.number * 9000 + 8999,
            "document_id": f"doc-{self.number}",
        }

    @property
    def source(self) -> dict:
        source = self.get("source", "gull.example")
        names = {name: self.get(name) for name in ("name", "country_code", "owner")}
        return {"source_id": source, "domain": source, "is_wire": self.get("is_wire", False), **names}

    @property
    def url(self) -> dict:
        return {"url": f"https://www.{self.article_id}?utm_medium=test"}

    def page(self) -> dict:
        return {
            "page_id": self.page_id,
            **self.record,
            **self.source,
            **self.url,
            "content": "page",
            "page_text": self.above + self.text,
            "encoding": "utf-8",
            "repairs": [],
            "declared_title": self.get("title"),
            "declared_authors": [],
            "metadata": [],
            "declared_language": None,
            "declared_published_at": moment(self.get("published_at")),
        }

    def article(self) -> dict:
        title, published = self.get("title", "Untitled"), moment(self.get("published_at"))
        return {
            "page_id": self.page_id,
            **self.record,
            **self.source,
            **self.url,
            "article_id": self.article_id,
            "canonical_url": f"https://{self.article_id}",
            "title": title,
            "authors": [],
            "notes": self.get("notes", []),
            "metadata": [],
            "agency": self.get("agency"),
            "dateline": None,
            "language": self.get("language", "en"),
            "language_confidence": 1.0,
            "published_at": published,
            "published_day": published and published.date(),
            "published_precision": choose_precision(published),
            "published_method": "metadata" if published else "none",
            "published_confidence": 1.0 if published else 0.0,
            "text": self.text,
            "ranges": self.ranges,
            "title_page_char_start": None,
            "title_page_char_end": None,
            "content_sha256": sha256(f"{title}\n{self.text}"),
            "text_sha256": sha256(" ".join(words(self.text))),
            "page_chars": len(self.above + self.text),
            "kept_chars": len(self.text),
            "repeat_chars": 0,
            "boilerplate_chars": len(self.above),
            "expected_chars": len(self.text),
            "is_live_blog": False,
            "live_entries": None,
            **measured(self.text),
        }

    @property
    def ranges(self) -> list[dict]:
        start = len(self.above)
        end, line = start + len(self.text), 1 + self.above.count("\n")
        return [{"page_char_start": start, "page_char_end": end, "line_start": line}]

    def text_blocks(self) -> list[dict]:
        """Return one block for the boilerplate and one for each line of the text."""
        kept = [(line, "kept", None) for line in self.text.splitlines(keepends=True)]
        blocks = [(self.above, "dropped", self.get("reason", "navigation"))] * bool(self.above) + kept
        rows, start, line = [], 0, 1
        for index, (text, disposition, reason) in enumerate(blocks):
            rows.append(
                {
                    "page_id": self.page_id,
                    "block_index": index,
                    "page_char_start": start,
                    "page_char_end": start + len(text),
                    "line_start": line,
                    "line_end": line + text.rstrip("\n").count("\n"),
                    "disposition": disposition,
                    "reason": reason,
                    "repeat_of_block": None,
                    "block_hash": sha256(" ".join(words(text)))[:16],
                }
            )
            start, line = start + len(text), line + text.count("\n")
        return rows

    def extracted(self, extractor: Extractor) -> list[dict]:
        """Return the rows of an extractor that the page gives under its name: each a surface, or a dict of fields."""
        return [self._fact(extractor, fields) for fields in self.get(extractor.name, ())]

    def _fact(self, extractor: Extractor, fields: str | dict) -> dict:
        """Return one row: fields by the names of columns, those of SHORT_FORMS, and defaults for the others."""
        fields = {"surface": fields} if isinstance(fields, str) else fields
        relation = EXTRACTED[extractor.name]
        row = {column.name: default_of(column, relation) for column in relation.columns}
        row |= {name: fields[name] for name in row.keys() & fields.keys()}
        row |= SHORT_FORMS.get(extractor.name, lambda _page, _fields: {})(self, fields)
        row |= {"page_id": self.page_id, "article_id": self.article_id}
        row[extractor.text] = fields.get(extractor.text, fields.get("text"))
        for prefix in extractor.prefixes:
            text, start = (row[PARTS.get(prefix, extractor.text)], 0 if prefix else fields.get("at", 0))
            row |= self._span(text, start, prefix)
        return row

    def _span(self, surface: str | None, at: int = 0, prefix: str = "") -> dict:
        if surface is None:
            return {prefix + name: None for name in NOWHERE}
        start = self.text.index(surface, at)
        return Placement(self.text, self.ranges).locate(start, start + len(surface), prefix)

    def rejection(self, stage: str, reason: str) -> dict:
        names = ("dump", "dump_file", "record_no")
        return {
            "page_id": self.page_id,
            **{n: self.record[n] for n in names},
            "stage": stage,
            "reason": reason,
            "detail": f"{stage}: {reason}",
        }


def table(to: Relation, rows: Iterable[dict]) -> pa.Table:
    return conform(pa.Table.from_pylist(list(rows), pa.schema([f.with_nullable(True) for f in to.schema])), to)


# -- a home in which nights are written and loaded -----------------------------------------------------------------


@dataclass
class House:
    """A home folder with a real lake and a real warehouse."""

    home: Path
    count: int = 0

    def run(self, night: str | date, kind: str = "manual") -> Run:
        """Return a new run of a night, numbered in the order of runs."""
        night = night if isinstance(night, date) else date.fromisoformat(night)
        self.count += 1
        return Run(self.home, night, f"{night}-{kind}-{self.count:03}", kind)

    @property
    def lake(self):
        return runs.Run(self.home, date.min, "").lake

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse"

    @property
    def published(self) -> Path:
        return self.warehouse / snapshots.LINK

    def write(self, night: str | date, *pages: dict) -> None:
        """Write a night into the lake, in place of what it held: a page is a dict of what matters about it.

        `rejected` is the reason for which it was turned away by clean; `withheld` the one by which the check did so;
        `noted` the reason of a warning by the check.
        """
        run = self.run(night)
        pages_written = [Page(run.night, number, fields) for number, fields in enumerate(pages, 1)]
        kept = [page for page in pages_written if not page.get("rejected")]
        self._put(run.night, PAGES, (page.page() for page in pages_written))
        self._put(run.night, TEXT_BLOCKS, (row for page in pages_written for row in page.text_blocks()))
        self._put(run.night, ARTICLES, (page.article() for page in kept))
        for extractor in extractors():
            rows = [row for page in kept for row in page.extracted(extractor)]
            self._put(run.night, EXTRACTED[extractor.name], rows)
        for to, stage, field in (
            (rejected, "clean", "rejected"),
            (rejected, "check", "withheld"),
            (noted, "check", "noted"),
        ):
            rows = [page.rejection(stage, page.get(field)) for page in pages_written if page.get(field)]
            self._put(run.night, to(stage), rows)
        self.lake.write(SIGNATURES, run.night, "whole", *minhash(self.lake.read(ARTICLES, run.night)))
        chosen, canonical = dedupe(self.lake.read(ARTICLES, run.night))
        chosen, recaptured = split_rejects(chosen, "dedupe")
        self.lake.write(FIRST_INSTANCES, run.night, "whole", canonical)
        self.lake.write(CAPTURES, run.night, "whole", conform(chosen, CAPTURES))
        self.lake.write(rejected("dedupe"), run.night, "whole", conform(recaptured, rejected("dedupe")))

    def _put(self, night: date, to: Relation, rows: Iterable[dict]) -> None:
        self.lake.write(to, night, "whole", table(to, rows))

    def note(self, night: str | date, ledgers: dict) -> None:
        """Write records of runs, receipts, quality and snapshots of a night, each given by its relevant fields."""
        run = self.run(night)
        for name, (to, defaults) in LEDGERS.items():
            rows = [{**defaults, **row} for row in ledgers.get(name, ())]
            if rows:
                self._put(run.night, to, map(typed, rows))

    def load(self, *nights: str | date) -> Run:
        """Load and publish nights in the order given; return the last run."""
        for night in nights:
            run = self.run(night)
            runs.record_run(run, "running", RULES)
            loader.load(run)
            publish.publish(run, RULES, keep=3)
        return run

    def ask(self, sql: str, *values) -> list[tuple]:
        """Query the published warehouse."""
        with closing(duckdb.connect(str(self.published), read_only=True)) as con:
            return con.execute(sql, values).fetchall()

    def column(self, sql: str, *values) -> list:
        return [row[0] for row in self.ask(sql, *values)]

    def fingerprints(self) -> dict[str, tuple]:
        """Return a hash of the rows of every dw table and mart, whatever their order, run columns aside."""
        with closing(duckdb.connect(str(self.published), read_only=True)) as con:
            return fingerprints(con)


RUN_COLUMNS = ("run_id", "snapshot", "started_at", "finished_at", "seconds", "peak_rss_bytes")


def fingerprints(con: duckdb.DuckDBPyConnection) -> dict[str, tuple]:
    return {model.table: fingerprint(con, model.table) for model in tables() if model.schema != "ops"}


def fingerprint(con: duckdb.DuckDBPyConnection, name: str) -> tuple:
    columns = {row[0] for row in con.execute(f"DESCRIBE {name}").fetchall()} - {*RUN_COLUMNS}
    row = ", ".join(f"{column} := {column}" for column in sorted(columns))
    rows = con.execute(f"SELECT CAST(struct_pack({row}) AS VARCHAR) FROM {name}").fetchall()
    return len(rows), sha256("\n".join(sorted(row_text for (row_text,) in rows)))


@pytest.fixture
def house(tmp_path) -> House:
    """Return an empty home."""
    return House(tmp_path / "home")


@pytest.fixture(scope="session")
def make_house():
    """Return the maker of a home at a path, for fixtures that outlive a test."""
    return House


@pytest.fixture
def houses(tmp_path):
    """Return a maker of empty homes, for histories that are written in several ways."""
    made = iter(range(1_000_000))
    return lambda: House(tmp_path / f"home-{next(made)}")


@pytest.fixture
def draft():
    """Return a maker of unpublished warehouses, filled from a house's lake by the nights given, in their order."""
    opened = []

    def fill(house: House, *nights, wanted=None) -> duckdb.DuckDBPyConnection:
        con = duckdb.connect(config={"threads": 1})
        opened.append(con)
        con.execute("SET TimeZone = 'UTC'")
        for night in nights:
            night = night if isinstance(night, date) else date.fromisoformat(night)
            loader.load_models(con, house.lake, night, wanted or models())
        return con

    yield fill
    for con in opened:
        con.close()


@pytest.fixture(scope="session")
def leading_to():
    """Return the function that lists the models of tables and all that they refer to: others take most of a load."""

    def list_models(*tables: str) -> list[Model]:
        wanted = set(tables)
        for model in reversed(models()):
            if model.table in wanted:
                wanted.update(model.refs)
        return [model for model in models() if model.table in wanted]

    return list_models


@pytest.fixture(name="key")
def key_of_identity():
    """Return the function that makes a warehouse key without the warehouse."""
    return key


@pytest.fixture(name="fingerprints")
def fingerprints_of_a_connection():
    """Return the function that hashes the rows of every dw table and mart of a connection."""
    return fingerprints
