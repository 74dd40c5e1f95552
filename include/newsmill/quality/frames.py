"""Frames for the check: of each relation of the lake the few narrow columns of the suite, and no text."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from newsmill.extractors import extractors
from newsmill.quality.suites import Suite

SELECTS = {
    "pages": "SELECT * FROM pages",
    "articles": """
        SELECT a.*, CAST(page_chars - coalesce(b.covered_chars, 0) AS BIGINT) AS uncovered_chars,
            year(make_timestamp(epoch_us(published_at))) AS published_year,
            round((epoch(published_at) - $night_end) / 86400, 2) AS days_after_night
        FROM articles a LEFT JOIN (
            SELECT page_id, sum(page_char_end - page_char_start) AS covered_chars FROM text_blocks GROUP BY page_id
        ) b USING (page_id)
        ORDER BY dump_file, record_no""",  # the join has no order, and a finding shows its first rows
    "text_blocks": """
        SELECT *, CASE WHEN disposition = 'dropped' AND reason IS NULL THEN 1 ELSE 0 END AS unexplained_drops
        FROM text_blocks""",
    "captures": "SELECT * FROM captures",
    **{
        extractor.name: f"SELECT *, char_end - char_start AS {extractor.length_column} FROM {extractor.name}"
        for extractor in extractors()
    },
}


def select_frames(
    suites: tuple[Suite, ...], tables: Mapping[str, pa.Table | ds.Dataset], night: date
) -> Iterator[tuple[Suite, pd.DataFrame]]:
    """Yield each suite with a frame of the suite's columns; `tables` are the relations by name."""
    with duckdb.connect() as con:
        for name, rows in tables.items():
            con.register(name, rows)
        for suite in suites:
            yield suite, _select_frame(con, suite, night)


def _select_frame(con: duckdb.DuckDBPyConnection, suite: Suite, night: date) -> pd.DataFrame:
    columns, select = ", ".join(f'"{column}"' for column in suite.columns), SELECTS[suite.target]
    night_end = (night + timedelta(days=1) - date(1970, 1, 1)).total_seconds()
    parameters = {"night_end": night_end} if "$night_end" in select else {}
    rows = con.execute(f"SELECT {columns} FROM ({select})", parameters).to_arrow_table()
    return rows.to_pandas(date_as_object=False)
