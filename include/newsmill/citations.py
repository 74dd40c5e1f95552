"""From a fact back to its dump: the record is read again from the landed bytes and held against the warehouse."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa
from rich.text import Text

from newsmill import landing
from newsmill.cleaning import segmentation
from newsmill.cleaning.lexicon import lexicon
from newsmill.errors import Permanent
from newsmill.escaping import escape_controls
from newsmill.landing import Dump
from newsmill.nlp import characters
from newsmill.nlp.scan import scan
from newsmill.readers import contents
from newsmill.readers.record import Record
from newsmill.runs import Run
from newsmill.warehouse import sql_shell

SPAN_OPEN, SPAN_CLOSE = "⟦", "⟧"
_AROUND_CHARS, _LINES_SHOWN, _COPIES_SHOWN = 120, 60, 10
_COLUMNS = (
    "fact_table, fact_key, dump, dump_file, member, record_no, byte_start, byte_end, line_start, line_end,"
    " page_char_start, page_char_end, cited.text, ranges, page_id, article_key"
)
_CITE = f"""
    SELECT {_COLUMNS}, NULL AS block_hash FROM mart.cite($1, $2) AS cited WHERE fact_table <> 'fact_text_block'
    UNION ALL
    SELECT {_COLUMNS}, block_hash FROM mart.cite($1, $2) AS cited
    JOIN (SELECT text_block_key AS fact_key, block_hash FROM dw.fact_text_block) USING (fact_key)
    WHERE fact_table = 'fact_text_block'
"""
_COPIES = """
    SELECT other.dump_file, other.record_no, other.source_id FROM dw.dim_article AS cited
    JOIN dw.dim_article AS other ON other.text_key = cited.text_key AND other.article_key <> cited.article_key
    WHERE cited.article_key = $1 ORDER BY other.valid_from, other.published_at, other.page_id
"""


@dataclass(frozen=True)
class Citation:
    """Where a row of the warehouse stands in the dumps, as mart.cite tells it.

    `ranges` are the pieces of the page that its text is made of. Of a block that was dropped the warehouse holds no
    text but, in `block_hash`, a hash of its words.
    """

    fact_table: str
    fact_key: int
    dump: str
    dump_file: str
    member: str | None
    record_no: int
    byte_start: int | None
    byte_end: int | None
    line_start: int
    line_end: int
    page_char_start: int
    page_char_end: int
    text: str | None
    ranges: tuple[dict, ...]
    page_id: str
    article_key: int
    block_hash: str | None


@dataclass(frozen=True)
class Verification:
    """A citation beside its page as the landed bytes read now; `fault` says in what they differ, None if in nothing."""

    citation: Citation
    page: str | None
    fault: str | None

    @property
    def text(self) -> str | None:
        """Return the characters that the landed bytes have where the fact stands."""
        if self.page is None:
            return None
        return "".join(self.page[piece["page_char_start"] : piece["page_char_end"]] for piece in self.citation.ranges)


def find_citations(con: duckdb.DuckDBPyConnection, table: str, key: int) -> list[Citation]:
    """Return where a row stands: one place for a fact, two for a pair of articles."""
    try:
        rows = con.execute(_CITE, [table, key]).fetchall()
    except duckdb.InvalidInputException as error:
        raise Permanent(str(error).removeprefix("Invalid Input Error: ")) from error
    return list(map(_to_citation, rows))


def cited_all(con: duckdb.DuckDBPyConnection, table: str, key: str) -> Iterator[Citation]:
    """Yield where each row of a table stands; `key` is the column that tells its rows apart."""
    lateral = _CITE.replace("$1", f"'{table}'").replace("$2", "fact.row_key")
    sql = f"FROM (SELECT {key} AS row_key FROM dw.{table}) AS fact, LATERAL ({lateral}) AS told SELECT told.*"
    found = con.execute(sql)
    while rows := found.fetchmany(10_000):
        yield from map(_to_citation, rows)


def proof(home: Path, citation: Citation) -> Verification:
    """Read the record of a citation again from its own bytes, or where that does not hold, the file up to it."""
    place = _find_file(home, citation)
    if isinstance(place, str):
        return Verification(citation, None, place)
    dump, path, name = place
    if citation.byte_start is not None:
        record = contents.read_at(dump, path, name, citation.member, citation.byte_start, citation.byte_end)
        if record and not (found := _compare_record(citation, record)).fault:
            return found
    (found,) = _verify_file(home, [citation])
    return found


def proofs(home: Path, citations: Iterable[Citation]) -> Iterator[Verification]:
    """Read the records of many citations again, each landed file once, and hold each against the warehouse."""
    by_file = sorted(citations, key=lambda one: one.dump_file)
    for _, of_file in groupby(by_file, key=lambda one: one.dump_file):
        yield from _verify_file(home, list(of_file))


def list_copies(con: duckdb.DuckDBPyConnection, citation: Citation) -> list[tuple[str, int, str]]:
    """Return dump file, record and source of the other prints of a text: what it says is loaded for the first alone."""
    is_text = citation.fact_table != "fact_text_block"
    return con.execute(_COPIES, [citation.article_key]).fetchall() if is_text else []


def format_citation(proven: Verification, others: list[tuple[str, int, str]]) -> Iterator[str | Text]:
    """Yield the lines that tell a person where a fact stands, and whether it stands there."""
    one = proven.citation
    yield f"{one.fact_table} {one.fact_key}"
    yield f"  file    {one.dump_file}" + (f" ! {one.member}" if one.member else "")
    at = "rows have no bytes of their own" if one.byte_start is None else f"bytes {one.byte_start} to {one.byte_end}"
    yield f"  record  {one.record_no}, {at}"
    characters = f"characters {one.page_char_start} to {one.page_char_end} of the page"
    yield f"  lines   {one.line_start} to {one.line_end}, {characters}"
    if proven.page is not None:
        yield f"  sha256  {hashlib.sha256(proven.text.encode()).hexdigest()} of the text as landed"
    for number, (dump_file, record_no, source) in enumerate(others):
        if number < _COPIES_SHOWN:
            yield f"  copy    {dump_file}, record {record_no} ({source})"
    if len(others) > _COPIES_SHOWN:
        yield f"  and {len(others) - _COPIES_SHOWN} more copies"
    yield ""
    yield from _mark_span(proven) if proven.page is not None else ()
    if not proven.fault:
        held = "its words are" if one.text is None else "every character is"
        yield f"  {held} in the landed bytes what the warehouse holds"


def _to_citation(row: tuple) -> Citation:
    *columns, ranges, page_id, article_key, block_hash = row
    return Citation(*columns, tuple(ranges), page_id, article_key, block_hash)


def _find_file(home: Path, citation: Citation) -> tuple[Dump, Path, str] | str:
    """Return the dump, the landed file and its name in the dump; a text says why there is none."""
    night, dump_name, name = citation.dump_file.split("/", 2)
    run = Run(home, date.fromisoformat(night), "")
    dump = next((dump for dump in landing.landed_dumps(run) if dump.name == dump_name), None)
    path = run.landing / citation.dump_file
    if dump is None or not path.is_file():
        return f"{path} is not there any more; fetch {dump_name} for the night {night} again, or bring the file back"
    return dump, path, name


def _verify_file(home: Path, of_file: list[Citation]) -> Iterator[Verification]:
    place = _find_file(home, of_file[0])
    if isinstance(place, str):
        yield from (Verification(one, None, place) for one in of_file)
        return
    records = _read_records(place, {one.record_no for one in of_file})
    for one in of_file:
        record, missing = records.get(one.record_no), f"{place[1]} holds no record {one.record_no} that can be read"
        yield _compare_record(one, record) if record else Verification(one, None, missing)


def _read_records(place: tuple[Dump, Path, str], wanted: set[int]) -> Mapping[int, Record]:
    found, last = {}, max(wanted)
    for one in contents.read(*place):
        if isinstance(one, Record) and one.record_no in wanted:
            found[one.record_no] = one
        if one.record_no >= last:
            break
    return found


def _compare_record(citation: Citation, record: Record) -> Verification:
    """Hold a record against the warehouse."""
    read = Verification(citation, record.text, None)
    return Verification(citation, record.text, _describe_difference(citation, record, read.text))


def _describe_difference(citation: Citation, record: Record, text: str) -> str | None:
    places = [(one.member, one.byte_start, one.byte_end) for one in (record, citation)]
    if places[0] != places[1]:
        there, said = ("{1} to {2} of {0}".format(*(place[0] or "the file", *place[1:])) for place in places)
        return f"{citation.dump_file}: record {citation.record_no} stands at bytes {there}, the warehouse says {said}"
    lines = tuple(record.text.count("\n", 0, at) + 1 for at in (citation.page_char_start, citation.page_char_end - 1))
    if lines != (citation.line_start, citation.line_end):
        said = f"{citation.line_start} to {citation.line_end}"
        return f"{citation.dump_file}: it stands on lines {lines[0]} to {lines[1]}, the warehouse says {said}"
    if citation.text is None:
        is_same = _hash_words(text) in (citation.block_hash, None)
        other = f"{citation.dump_file}: the words are others than those of which the warehouse holds the hash"
        return None if is_same else other
    if text != citation.text:
        both = f"it reads {text[:80]!a}, the warehouse holds {citation.text[:80]!a}"
        return f"{citation.dump_file}: {both}; the file is not the one that was loaded"
    return None


def _hash_words(text: str) -> str | None:
    """Return the hash of a block's words; None where it stands alone in other blocks than within its page."""
    blocks = segmentation.split_blocks(scan(pa.array([text])), characters.classes(), lexicon())
    return segmentation.format_hashes(blocks.hashes)[0].as_py() if len(blocks.hashes) == 1 else None


def _mark_span(proven: Verification) -> Iterator[Text]:
    """Yield the lines of the page around the span, numbered, with the span marked."""
    page, one = proven.page, proven.citation
    for piece in reversed(one.ranges):
        start, end = piece["page_char_start"], piece["page_char_end"]
        end -= len(page[start:end]) - len(page[start:end].rstrip("\n"))
        page = f"{page[:start]}{SPAN_OPEN}{page[start:end]}{SPAN_CLOSE}{page[end:]}"
    lines = page.split("\n")
    first, last = max(1, one.line_start - 1), min(len(lines), one.line_end + 1)
    for number in range(first, min(last, first + _LINES_SHOWN) + 1):
        line = Text(f"  {number:>6}  {escape_controls(_trim_line(lines[number - 1]))}")
        line.highlight_regex(f"{SPAN_OPEN}[^{SPAN_CLOSE}]*{SPAN_CLOSE}?", "bold")
        yield line
    if last > first + _LINES_SHOWN:
        yield Text(f"          and {last - first - _LINES_SHOWN} lines more")
    yield Text("")


def _trim_line(line: str) -> str:
    """Leave out what stands far from the span on its lines."""
    if SPAN_OPEN not in line and SPAN_CLOSE not in line:
        return line if len(line) <= 2 * _AROUND_CHARS else f"{line[: 2 * _AROUND_CHARS]}…"
    line = re.sub(
        f"^[^{SPAN_OPEN}{SPAN_CLOSE}]+?([^{SPAN_OPEN}{SPAN_CLOSE}]{{{_AROUND_CHARS}}}{SPAN_OPEN})", r"…\1", line
    )
    return re.sub(
        f"({SPAN_CLOSE}[^{SPAN_OPEN}{SPAN_CLOSE}]{{{_AROUND_CHARS}}})[^{SPAN_OPEN}{SPAN_CLOSE}]+$", r"\1…", line
    )


def show(home: Path, table: str, key: int, snapshot: str | None = None) -> Iterator[str | Text]:
    """Yield what `newsmill cite` prints; Permanent, once all is told, if the landed bytes do not say it."""
    with sql_shell.connect(home, snapshot) as con:
        found = [(one, list_copies(con, one)) for one in find_citations(con, table, key)]
    if not found:
        raise Permanent(f"{table} has no row {key}; give the key as the table has it in its first column")
    proven = [(proof(home, one), others) for one, others in found]
    for one, others in proven:
        yield from format_citation(one, others)
    if faults := [one.fault for one, _ in proven if one.fault]:
        raise Permanent("; ".join(faults))
