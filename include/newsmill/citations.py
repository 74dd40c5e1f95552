"""Trace a fact back to the dump: read the record again from the landed bytes and compare with the warehouse."""

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
from newsmill.cleaning.lexicon import load_lexicon
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
    """The position of a warehouse row in the dumps, as returned by mart.cite.

    `ranges` are the pieces of the page behind the text. Of a dropped block the warehouse holds no text but a hash of
    its words, `block_hash`.
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
    """A citation and the page as landed; `fault` describes a difference, None without any."""

    citation: Citation
    page: str | None
    fault: str | None

    @property
    def text(self) -> str | None:
        """Return the text that the landed bytes have at the cited ranges."""
        if self.page is None:
            return None
        return _join_ranges(self.page, self.citation)


def find_citations(con: duckdb.DuckDBPyConnection, table: str, key: int) -> list[Citation]:
    """Return the citations of a row: one for a fact, two for a pair of articles."""
    try:
        rows = con.execute(_CITE, [table, key]).fetchall()
    except duckdb.InvalidInputException as error:
        raise Permanent(str(error).removeprefix("Invalid Input Error: ")) from error
    return list(map(_to_citation, rows))


def find_all_citations(con: duckdb.DuckDBPyConnection, table: str, key: str) -> Iterator[Citation]:
    """Yield the citation of each row of a table; `key` is the column with the identity of a row."""
    lateral = _CITE.replace("$1", f"'{table}'").replace("$2", "fact.row_key")
    sql = f"FROM (SELECT {key} AS row_key FROM dw.{table}) AS fact, LATERAL ({lateral}) AS cited SELECT cited.*"
    result = con.execute(sql)
    while rows := result.fetchmany(10_000):
        yield from map(_to_citation, rows)


def verify_citation(home: Path, citation: Citation) -> Verification:
    """Read the record of a citation again from the record's bytes; on a difference, read the file up to the record."""
    file = _find_file(home, citation)
    if isinstance(file, str):
        return Verification(citation, None, file)
    dump, path, file_name = file
    if citation.byte_start is not None and citation.byte_end is not None:
        byte_range = contents.ByteRange(citation.member, citation.byte_start, citation.byte_end)
        record = contents.read_at(dump, path, file_name, byte_range)
        if record and not (verification := _compare_record(citation, record)).fault:
            return verification
    (verification,) = _verify_file(home, [citation])
    return verification


def verify_citations(home: Path, citations: Iterable[Citation]) -> Iterator[Verification]:
    """Read the records of many citations again, each landed file once, and compare each with the warehouse."""
    by_file = sorted(citations, key=lambda citation: citation.dump_file)
    for _, group in groupby(by_file, key=lambda citation: citation.dump_file):
        yield from _verify_file(home, list(group))


def list_copies(con: duckdb.DuckDBPyConnection, citation: Citation) -> list[tuple[str, int, str]]:
    """Return dump file, record and source of the other instances of a text; facts are extracted only from the first."""
    is_text = citation.fact_table != "fact_text_block"
    return con.execute(_COPIES, [citation.article_key]).fetchall() if is_text else []


def format_citation(verification: Verification, others: list[tuple[str, int, str]]) -> Iterator[str | Text]:
    """Yield lines with the position of a fact and the result of its verification."""
    citation = verification.citation
    yield f"{citation.fact_table} {citation.fact_key}"
    yield f"  file    {citation.dump_file}" + (f" ! {citation.member}" if citation.member else "")
    record_bytes = (
        "rows have no bytes of their own"
        if citation.byte_start is None
        else f"bytes {citation.byte_start} to {citation.byte_end}"
    )
    yield f"  record  {citation.record_no}, {record_bytes}"
    characters = f"characters {citation.page_char_start} to {citation.page_char_end} of the page"
    yield f"  lines   {citation.line_start} to {citation.line_end}, {characters}"
    if verification.text is not None:
        yield f"  sha256  {hashlib.sha256(verification.text.encode()).hexdigest()} of the text as landed"
    for i, (dump_file, record_no, source) in enumerate(others):
        if i < _COPIES_SHOWN:
            yield f"  copy    {dump_file}, record {record_no} ({source})"
    if len(others) > _COPIES_SHOWN:
        yield f"  and {len(others) - _COPIES_SHOWN} more copies"
    yield ""
    yield from _mark_span(verification.page, citation) if verification.page is not None else ()
    if not verification.fault:
        content = "its words are" if citation.text is None else "every character is"
        yield f"  {content} in the landed bytes what the warehouse holds"


def _to_citation(row: tuple) -> Citation:
    """Return a citation from a row of mart.cite."""
    *columns, ranges, page_id, article_key, block_hash = row
    return Citation(*(*columns, tuple(ranges), page_id, int(article_key), block_hash))


def _join_ranges(page: str, citation: Citation) -> str:
    """Return the text of the page at the cited ranges."""
    return "".join(page[piece["page_char_start"] : piece["page_char_end"]] for piece in citation.ranges)


def _find_file(home: Path, citation: Citation) -> tuple[Dump, Path, str] | str:
    """Return the dump, the landed file and its name in the dump; a string describes a missing file."""
    night, dump_name, name = citation.dump_file.split("/", 2)
    run = Run(home, date.fromisoformat(night), "")
    dump = next((dump for dump in landing.list_landed_dumps(run) if dump.name == dump_name), None)
    path = run.landing / citation.dump_file
    if dump is None or not path.is_file():
        return f"{path} is not there any more; fetch {dump_name} for the night {night} again, or restore the file"
    return dump, path, name


def _verify_file(home: Path, citations: list[Citation]) -> Iterator[Verification]:
    """Verify citations of one landed file, reading the file once."""
    file = _find_file(home, citations[0])
    if isinstance(file, str):
        yield from (Verification(citation, None, file) for citation in citations)
        return
    records = _read_records(file, {citation.record_no for citation in citations})
    for citation in citations:
        record, missing = (
            records.get(citation.record_no),
            f"{file[1]} holds no record {citation.record_no} that can be read",
        )
        yield _compare_record(citation, record) if record else Verification(citation, None, missing)


def _read_records(file: tuple[Dump, Path, str], wanted: set[int]) -> Mapping[int, Record]:
    """Return the wanted records of a landed file by record number, reading up to the last wanted record."""
    records, last = {}, max(wanted)
    for record in contents.read(*file):
        if isinstance(record, Record) and record.record_no in wanted:
            records[record.record_no] = record
        if record.record_no >= last:
            break
    return records


def _compare_record(citation: Citation, record: Record) -> Verification:
    """Return the verification of a citation against a record."""
    text = _join_ranges(record.text, citation)
    return Verification(citation, record.text, _describe_difference(citation, record, text))


def _describe_difference(citation: Citation, record: Record, text: str) -> str | None:
    """Describe the first difference between a record and the warehouse; None without any."""
    positions = [(source.member, source.byte_start, source.byte_end) for source in (record, citation)]
    if positions[0] != positions[1]:
        record_bytes, stated = (
            "{1} to {2} of {0}".format(*(position[0] or "the file", *position[1:])) for position in positions
        )
        return (
            f"{citation.dump_file}: record {citation.record_no} is at bytes {record_bytes}, the warehouse says {stated}"
        )
    lines = tuple(
        record.text.count("\n", 0, char) + 1 for char in (citation.page_char_start, citation.page_char_end - 1)
    )
    if lines != (citation.line_start, citation.line_end):
        stated = f"{citation.line_start} to {citation.line_end}"
        return f"{citation.dump_file}: it is on lines {lines[0]} to {lines[1]}, the warehouse says {stated}"
    if citation.text is None:
        is_same = _hash_words(text) in (citation.block_hash, None)
        fault = f"{citation.dump_file}: the words are others than those whose hash the warehouse holds"
        return None if is_same else fault
    if text != citation.text:
        comparison = f"it reads {text[:80]!a}, the warehouse holds {citation.text[:80]!a}"
        return f"{citation.dump_file}: {comparison}; the file is not the one that was loaded"
    return None


def _hash_words(text: str) -> str | None:
    """Return the hash of a block's words; None where the text alone splits into other blocks than within the page."""
    blocks = segmentation.split_blocks(scan(pa.array([text])), characters.build_char_traits(), load_lexicon())
    return segmentation.format_hashes(blocks.hashes)[0].as_py() if len(blocks.hashes) == 1 else None


def _mark_span(page: str, citation: Citation) -> Iterator[Text]:
    """Yield the numbered lines of the page around the span, with the span marked."""
    for piece in reversed(citation.ranges):
        start, end = piece["page_char_start"], piece["page_char_end"]
        end -= len(page[start:end]) - len(page[start:end].rstrip("\n"))
        page = f"{page[:start]}{SPAN_OPEN}{page[start:end]}{SPAN_CLOSE}{page[end:]}"
    lines = page.split("\n")
    first, last = max(1, citation.line_start - 1), min(len(lines), citation.line_end + 1)
    for i in range(first, min(last, first + _LINES_SHOWN) + 1):
        line = Text(f"  {i:>6}  {escape_controls(_trim_line(lines[i - 1]))}")
        line.highlight_regex(f"{SPAN_OPEN}[^{SPAN_CLOSE}]*{SPAN_CLOSE}?", "bold")
        yield line
    if last > first + _LINES_SHOWN:
        yield Text(f"          and {last - first - _LINES_SHOWN} lines more")
    yield Text("")


def _trim_line(line: str) -> str:
    """Shorten a line to the characters around the span."""
    if SPAN_OPEN not in line and SPAN_CLOSE not in line:
        return line if len(line) <= 2 * _AROUND_CHARS else f"{line[: 2 * _AROUND_CHARS]}…"
    line = re.sub(
        f"^[^{SPAN_OPEN}{SPAN_CLOSE}]+?([^{SPAN_OPEN}{SPAN_CLOSE}]{{{_AROUND_CHARS}}}{SPAN_OPEN})", r"…\1", line
    )
    return re.sub(
        f"({SPAN_CLOSE}[^{SPAN_OPEN}{SPAN_CLOSE}]{{{_AROUND_CHARS}}})[^{SPAN_OPEN}{SPAN_CLOSE}]+$", r"\1…", line
    )


def print_citations(home: Path, table: str, key: int, snapshot: str | None = None) -> Iterator[str | Text]:
    """Yield the output of `newsmill cite`; raise Permanent at the end if the landed bytes differ from the warehouse."""
    with sql_shell.connect_read_only(home, snapshot) as con:
        citations = [(citation, list_copies(con, citation)) for citation in find_citations(con, table, key)]
    if not citations:
        raise Permanent(f"{table} has no row {key}; give the key as the table has it in its first column")
    verifications = [(verify_citation(home, citation), others) for citation, others in citations]
    for citation, others in verifications:
        yield from format_citation(citation, others)
    if faults := [citation.fault for citation, _ in verifications if citation.fault]:
        raise Permanent("; ".join(faults))
