"""From the warehouse into pandas: who is heard without a name, and how coverage of people moves from day to day.

python examples/from_pandas.py data/warehouse/news.duckdb
"""

import sys

import duckdb
import pandas as pd


def anonymity(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the share of statements by unnamed officials, a row for each source and a column for each month."""
    rows = con.sql("SELECT source, month_start, official_share FROM mart.anonymous_sourcing").df()
    return rows.pivot(index="source", columns="month_start", values="official_share").round(3)


def trend(con: duckdb.DuckDBPyConnection, names: list[str]) -> pd.DataFrame:
    """Return the stories that name each of some entities, a row for each day; a day without any is 0."""
    rows = con.execute(
        "SELECT day, canonical_name, story_count FROM mart.entity_trend WHERE canonical_name IN (SELECT unnest($1))",
        [names],
    ).df()
    by_day = rows.pivot_table(index="day", columns="canonical_name", values="story_count", aggfunc="sum", fill_value=0)
    return by_day.asfreq("D", fill_value=0)


def main(warehouse: str) -> None:
    """Print both, from the published file, which is opened read-only and never changes while it is open."""
    with duckdb.connect(warehouse, read_only=True) as con:
        print(anonymity(con).to_string())
        print()
        most_told = con.sql(
            "SELECT canonical_name FROM mart.entity_trend WHERE entity_type = 'person' "
            "GROUP BY canonical_name ORDER BY sum(story_count) DESC, canonical_name LIMIT 5"
        ).df()["canonical_name"]
        print(trend(con, most_told.tolist()).to_string())


if __name__ == "__main__":
    main(*sys.argv[1:])
