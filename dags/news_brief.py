"""
### An example: work that follows a published night

Runs after each publish and logs the stories that had articles around that night, those of the most independent origins
first. Copy the file to send a brief, refresh a dashboard or fill a table of your own.

The asset's partition key is the night, so a backfill of five nights starts five runs, each of its own night.
"""

from datetime import timedelta

from airflow.sdk import DAG, IdentityMapper, PartitionedAssetTimetable, get_current_context, task

from newsmill_bridge import MARTS

MOST = 10

with DAG(
    dag_id="news_brief",
    description="Log the stories of a night with the most independent origins.",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=MARTS["stories"], default_partition_mapper=IdentityMapper()),
    max_active_runs=1,
    default_args={"owner": "newsmill"},
    tags=["newsmill", "example"],
):

    @task(retries=2, execution_timeout=timedelta(minutes=10))
    def log_top_stories() -> int:
        """Read the published warehouse, read-only, and log one line a story."""
        import duckdb

        from newsmill import settings

        night = get_current_context()["dag_run"].partition_key
        if not night:
            raise ValueError("a run by hand needs the night as its partition key, such as 2026-03-02")
        with duckdb.connect(str(settings.read().home / "warehouse" / "news.duckdb"), read_only=True) as con:
            rows = con.execute(
                "SELECT title, origin_count, article_count FROM mart.story_coverage "
                "WHERE CAST(first_seen AS DATE) <= $1 AND CAST(last_seen AS DATE) >= $1 "
                "ORDER BY origin_count DESC, article_count DESC, title LIMIT $2",
                [night, MOST],
            ).fetchall()
        for title, origins, articles in rows:
            print(f"{origins} origins, {articles} articles: {title!a}")
        return len(rows)

    log_top_stories()
