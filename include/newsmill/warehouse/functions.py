"""Functions for the SQL of models that DuckDB lacks: compiled functions over columns, and macros."""

from collections.abc import Iterable

import duckdb
import pyarrow as pa
from duckdb.func import ARROW

from newsmill.dedup.shingles import compute_overlaps
from newsmill.nlp import name_lists
from newsmill.warehouse.statements import quote_literal

MAX_BUCKET_TEXTS = 200
"""Most texts of an LSH bucket (a band or sampled shingle hash) to compare all with each other.

In a larger bucket each text is compared with the earliest 200 only. At twice the limit comparisons in such buckets
double; at half, `dw.fact_lsh_bucket` lists more buckets, and later copies are paired with fewer others.
"""
MIN_LINK_CONFIDENCE = 0.85
"""Least confidence of a link from a surname or an acronym, from three articles on.

Where an article of 2022 to 2026 has both names, the surname was the person of such a share in 97 of 100. At .7 one in
six is another person; at .95 six articles without another person are needed.
"""
FEW_ARTICLES = 0.3
"""Added to the articles that a share is taken of: three of three are .91, as measured within articles."""
MAX_TEMPLATE_CHARS = 2000
"""Length below which texts of one publisher may share no more than a template, a paywall or a pitch.

At twice, follow-ups of one story with new names are stories of their own; at half, notices by robots are copies.
"""
MAX_BRIEF_CHARS = 300
"""Length below which a text may share no more than a template with a text of any publisher: two or three sentences."""
_DOUBLE_LETTERS = "bcdfghklmnprstz"
_PARTICLES = frozenset("abu al bin da de del della den der di dos du el ibn la le san st ter van von".split())
_TITLES = frozenset(name.lower() for name in name_lists.TITLES)
_COMPANY_FORMS = (
    "inc|incorporated|corp|corporation|co|company|ltd|limited|plc|llc|llp|lp|gmbh|ag|kgaa|sa|nv|bv|spa|asa|oyj"
    "|pte|pty|bhd|berhad|group|holding|holdings"
)
_OFFICES = "department|ministry"
"""Heads of names with two orders: Department of Justice, Justice Department."""
_AMERICAN_OFFICES = (
    "state|justice|homeland security|veterans affairs|health and human services|housing and urban development"
)
"""Departments that news mean without `US`, too; other countries have other names for theirs."""
MACROS = """
CREATE OR REPLACE MACRO dw.surrogate_key(identity) AS
    CAST((CAST('0x' || left(sha256(identity), 16) AS UBIGINT) >> 1) AS BIGINT);
CREATE OR REPLACE MACRO dw.text_key(text_sha256) AS
    CAST((CAST('0x' || left(text_sha256, 16) AS UBIGINT) >> 1) AS BIGINT);
CREATE OR REPLACE MACRO dw.date_key(day) AS
    CAST(coalesce(strftime(day, '%Y%m%d'), '-1') AS INTEGER);
"""
# own_words: the words of a title, not numbers, that the other title lacks; none if a title is not known
_TEMPLATE_MACROS = f"""
CREATE OR REPLACE TEMP MACRO max_template_chars() AS {MAX_TEMPLATE_CHARS};
CREATE OR REPLACE TEMP MACRO max_brief_chars() AS {MAX_BRIEF_CHARS};
CREATE OR REPLACE TEMP MACRO list_words(text) AS regexp_extract_all(lower(text), '\\p{{L}}{{3,}}');
CREATE OR REPLACE TEMP MACRO own_words(title, other) AS
    list_filter(list_words(title), word -> NOT list_contains(list_words(other), word));
"""
# bits above the lowest 48 number the bands, so that equal hashes of two bands, or of a band and a sample, stay apart
_BAND_KEY = """
CREATE OR REPLACE TEMP MACRO band_key(bands) AS (generate_subscripts(bands, 1)::BIGINT << 48) | unnest(bands)::BIGINT;
"""


def _write_literals(words: Iterable[str]) -> str:
    return ", ".join(map(quote_literal, sorted(words)))


def _write_link_macros() -> str:
    """Return the macros for names of one entity, with equal keys.

    `spelling_key` is equal for Zelenskyy, Zelenskiy and Zelensky; `organization_key` for Hale Ltd. and Hale, People's
    and Peoples, Justice Department and US Department of Justice.
    """
    single_letters = "strip_accents(lower(word))"
    for letter in _DOUBLE_LETTERS:
        single_letters = f"replace({single_letters}, '{letter * 2}', '{letter}')"
    return f"""
CREATE OR REPLACE TEMP MACRO spelling_key(word) AS regexp_replace({single_letters}, '(iy|ij|yy|i|y)$', 'y');
CREATE OR REPLACE TEMP MACRO is_no_first_name(word) AS word IN ({_write_literals(_PARTICLES | _TITLES)});
CREATE OR REPLACE TEMP MACRO drop_company_forms(name) AS
    regexp_replace(name, '^the |(,? ({_COMPANY_FORMS}))+$', '', 'g');
CREATE OR REPLACE TEMP MACRO drop_apostrophes(name) AS regexp_replace(name, 's?[’'']s\\b|s[’'']', 's', 'g');
CREATE OR REPLACE TEMP MACRO put_office_last(name) AS
    regexp_replace(regexp_replace(name, '^(us )?({_OFFICES}) of (the )?(.+)$', '\\1\\4 \\2'),
        '^us (({_AMERICAN_OFFICES}) department)$', '\\1');
CREATE OR REPLACE TEMP MACRO organization_key(name) AS
    put_office_last(drop_apostrophes(drop_company_forms(name)));
CREATE OR REPLACE TEMP MACRO link_confidence(support, total) AS round(support / (total + {FEW_ARTICLES}), 2);
CREATE OR REPLACE TEMP MACRO min_link_confidence() AS {MIN_LINK_CONFIDENCE};
"""


def register_functions(con: duckdb.DuckDBPyConnection) -> None:
    """Register on a connection the macros and functions of models.

    Compiled functions are declared with side effects, to be called once a row: DuckDB 1.5 would repeat a call for each
    condition on the result.
    """
    bucket_limit = f"CREATE OR REPLACE TEMP MACRO max_bucket_texts() AS {MAX_BUCKET_TEXTS};"
    con.execute(MACROS + bucket_limit + _BAND_KEY + _TEMPLATE_MACROS + _write_link_macros())
    known = {name for (name,) in con.execute("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()}
    if "overlap" not in known:
        con.create_function(
            "overlap", _count_overlaps, ["VARCHAR", "VARCHAR"], _OVERLAP_TYPE, type=ARROW, side_effects=True
        )


def _count_overlaps(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.Array:
    counts = compute_overlaps(one.combine_chunks(), other.combine_chunks())
    return pa.StructArray.from_arrays([pa.array(column) for column in counts], counts._fields)


_OVERLAP_TYPE = "STRUCT(shared INTEGER, of_first INTEGER, of_second INTEGER, shared_chars INTEGER)"
