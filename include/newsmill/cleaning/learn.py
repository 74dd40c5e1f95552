"""Learns the furniture of sites: remembers the blocks that recur, and judges which of them are no part of any story."""

from datetime import date, timedelta

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from newsmill.cleaning.block_counts import CONTEXTS
from newsmill.contracts import NIGHT
from newsmill.relations import DECISIONS, FURNITURE, LESSONS, RECURRING, SIGHTINGS, SURVEYS
from newsmill.stage import stage

HISTORY_DAYS = 30
"""What was no furniture is forgotten so many days after it was last seen."""
SHORT_WORDS = 4
"""A line of fewer words may be a heading, or a label in a table: it must be on more pages to be taken for furniture."""

# Furniture of a source: seen in so many different stories, on such a share of its pages. Of a block that mostly stands
# between sentences more is asked: follow-ups of one story say again what had happened, and a series has its headings.
SOURCE_RULE = """
    CASE WHEN inner_count > 0.5 * page_count THEN story_count >= 12 AND share >= 0.3
         ELSE (story_count >= 4 AND share >= 0.5) OR (story_count >= 6 AND share >= 0.1)
              OR (story_count >= 12 AND share >= 0.02 AND word_count >= $short_words) END
"""
# Furniture of all: at so many sources, in different stories, and on such a share of the sources.
GLOBAL_RULE = """
    inner_count <= 0.25 * page_count AND
    CASE WHEN word_count < $short_words THEN source_count >= 20 AND story_count >= 12 AND share >= 0.05
         ELSE source_count >= 8 AND story_count >= 8 AND share >= 0.02 END
"""


@stage(
    reads=(
        SIGHTINGS,
        SURVEYS,
        DECISIONS,
        NIGHT,
        SIGHTINGS.past(HISTORY_DAYS),
        SURVEYS.past(HISTORY_DAYS),
        RECURRING.latest,
        LESSONS.latest,
        RECURRING.learned,
        LESSONS.learned,
    ),
    writes=(FURNITURE, RECURRING, LESSONS),
    per="night",
    version="1",
)
def learn(
    sightings: pa.Table,
    surveys: pa.Table,
    decisions: pa.Table,
    night: date,
    past_sightings: ds.Dataset,
    past_surveys: ds.Dataset,
    memory: ds.Dataset,
    lesson: ds.Dataset,
    learned_memory: ds.Dataset,
    learned_lesson: ds.Dataset,
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Tell furniture from story by all nights up to this one: it stands on pages of different stories.

    What is remembered is made from tonight's sightings and from what was remembered on the latest night before: blocks
    that stood among others on one page than on another. Anything else, most of what a night shows, is looked up among
    the sightings of MEMORY_DAYS. So the cost grows with a month of sightings, however many nights there are.
    The furniture is what this night's memory tells, or that of the night which the run names as learned.
    """
    with duckdb.connect() as con:
        # it would hand bounds of a join to PyArrow, which cannot read one of 64 bits without a sign
        con.execute("SET disabled_optimizers = 'join_filter_pushdown'")
        for name, table in {
            "sightings": sightings,
            "surveys": surveys,
            "decided": decisions,
            "past_surveys": past_surveys,
            "past_sightings": past_sightings.scanner(columns=_HISTORY_COLUMNS, **_SCAN_OPTIONS),
            "memory": memory,
            "lesson": lesson,
            "learned_memory": learned_memory,
            "learned_lesson": learned_lesson,
        }.items():
            con.register(name, table)
        _update_history(con, night)
        _classify_blocks(con, "remembered")
        recurring = con.execute(_BLOCK_HISTORY).to_arrow_table()
        con.execute(_TRAINING_RUN)
        if learned_lesson.count_rows():
            _classify_blocks(con, "learned_memory")
        furniture = con.execute(_KNOWN_BOILERPLATE).to_arrow_table()
        return furniture, recurring, con.execute("FROM lessons").to_arrow_table()


def _update_history(con: duckdb.DuckDBPyConnection, night: date) -> None:
    """Make the table `remembered` of the blocks that pages with different surroundings have shown by the night."""
    con.execute(_TONIGHT, {"night": night, "since": night - timedelta(HISTORY_DAYS)})
    for sql in (_KEPT_HISTORY, _PREVIOUS_COUNTS, _CURRENT_COUNTS, _HISTORY):
        con.execute(sql)


def _classify_blocks(con: duckdb.DuckDBPyConnection, memory: str) -> None:
    """Make the table `judged` of the blocks of a memory that may be furniture, of a source or of all."""
    con.execute(_CANDIDATE_BLOCKS.format(memory=memory))
    con.execute(_CLASSIFIED_BLOCKS, {"short_words": SHORT_WORDS})


# -- what is remembered ----------------------------------------------------------------------------------------------

_HISTORY_COLUMNS = ["night", "source_id", "words_hash", "page_count", "inner_count", "contexts"]
_SCAN_OPTIONS = {
    "batch_size": 32_768,
    "batch_readahead": 2,
    "fragment_readahead": 1,
}  # a month of nights is read in passing
_TONIGHT = "CREATE TEMP TABLE tonight AS SELECT $night::DATE AS night, $since::DATE AS since"
_KEPT_HISTORY = """
    CREATE TEMP TABLE kept AS
    SELECT * EXCLUDE (night, is_furniture) FROM memory SEMI JOIN (
        SELECT words_hash FROM memory GROUP BY words_hash
        HAVING max(last_seen) >= (SELECT since FROM tonight) OR bool_or(is_furniture)
    ) USING (words_hash)
"""
# what is shown tonight and not remembered: all that the last nights saw of it
_PREVIOUS_COUNTS = """
    CREATE TEMP TABLE seen_before AS
    WITH looked_up AS (
        SELECT source_id, words_hash, contexts, min(night) AS first_seen, max(night) AS last_seen,
               sum(page_count) AS page_count, sum(inner_count) AS inner_count
        FROM past_sightings
        SEMI JOIN (SELECT words_hash FROM sightings ANTI JOIN kept USING (words_hash)) USING (words_hash)
        GROUP BY source_id, words_hash, contexts
    ),
    visited AS (
        SELECT begun.source_id, first_seen, sum(visit.page_count) AS source_page_count
        FROM (SELECT DISTINCT source_id, first_seen FROM looked_up) AS begun
        JOIN past_surveys AS visit ON visit.source_id = begun.source_id AND visit.night >= first_seen
        GROUP BY ALL
    )
    FROM looked_up JOIN visited USING (source_id, first_seen)
"""
_CURRENT_COUNTS = """
    CREATE TEMP TABLE seen AS
    WITH surrounded AS (
        SELECT words_hash, unnest(contexts).first AS head FROM sightings
        UNION ALL SELECT words_hash, unnest(contexts).first FROM seen_before
    ),
    shown AS (
        SELECT *, night AS first_seen, night AS last_seen, 0 AS source_page_count
        FROM sightings CROSS JOIN tonight SEMI JOIN (
            SELECT words_hash FROM kept
            UNION SELECT words_hash FROM surrounded GROUP BY words_hash HAVING min(head) <> max(head)
        ) USING (words_hash)
    ),
    told AS (
        SELECT words_hash, max(word_count) AS word_count, min(reason) AS reason, min(sample_text) AS sample_text
        FROM shown GROUP BY words_hash
    )
    SELECT * EXCLUDE (night, since) FROM shown
    UNION ALL BY NAME FROM seen_before JOIN told USING (words_hash)
    UNION ALL BY NAME FROM kept SEMI JOIN shown USING (source_id, words_hash)
"""
_HISTORY = f"""
    CREATE TEMP TABLE remembered AS
    WITH counted AS (
        SELECT source_id, words_hash, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
               sum(page_count) AS page_count, sum(inner_count) AS inner_count,
               max(source_page_count) AS source_page_count, max(word_count) AS word_count,
               min(reason) AS reason, min(sample_text) AS sample_text
        FROM seen GROUP BY source_id, words_hash
    ),
    heads AS (  -- of the pages whose weightiest block is the same, one
        SELECT source_id, words_hash, min(context) AS context
        FROM (SELECT source_id, words_hash, unnest(contexts) AS context FROM seen)
        GROUP BY source_id, words_hash, context.first
    ),
    surrounded AS (
        SELECT source_id, words_hash, list(context ORDER BY context)[:{CONTEXTS}] AS contexts
        FROM heads GROUP BY source_id, words_hash
    ),
    visits AS (SELECT source_id, sum(page_count) AS visit_count FROM surveys GROUP BY source_id)
    SELECT source_id, words_hash, first_seen, last_seen, page_count, inner_count,
           source_page_count + coalesce(visit_count, 0) AS source_page_count,
           word_count, reason, sample_text, contexts
    FROM (
        FROM counted JOIN surrounded USING (source_id, words_hash)
        UNION ALL BY NAME FROM kept ANTI JOIN seen USING (source_id, words_hash)
    )
    LEFT JOIN visits USING (source_id)
"""
_BLOCK_HISTORY = """
    SELECT remembered.*, own.scope IS NOT NULL OR everywhere.scope IS NOT NULL AS is_furniture
    FROM remembered
    LEFT JOIN judged AS own
      ON own.scope = source_id AND own.words_hash = remembered.words_hash AND own.is_furniture
    LEFT JOIN judged AS everywhere
      ON everywhere.scope = '*' AND everywhere.words_hash = remembered.words_hash AND everywhere.is_furniture
    ORDER BY source_id, remembered.words_hash
"""
_TRAINING_RUN = """
    CREATE TEMP TABLE lessons AS
    WITH mine AS (  -- a chain: what a night is told by looking back changes with the sightings of the nights before
        SELECT left(md5(concat_ws(
            '|', (SELECT memory_id FROM lesson), (SELECT coalesce(sum(hash(sightings)), 0) FROM sightings),
            (SELECT coalesce(sum(hash(surveys)), 0) FROM surveys),
            (SELECT coalesce(sum(hash(remembered)), 0) FROM remembered)
        )), 16) AS memory_id
    )
    SELECT memory_id, (SELECT memory_id FROM lesson) AS memory_before,
           coalesce((SELECT night FROM learned_lesson), (SELECT night FROM tonight)) AS learned_night,
           coalesce((SELECT memory_id FROM learned_lesson), memory_id) AS learned_id
    FROM mine
"""

# -- what is furniture -----------------------------------------------------------------------------------------------

_CANDIDATE_BLOCKS = """
    CREATE OR REPLACE TEMP TABLE scoped AS
    WITH spread AS (
        SELECT words_hash FROM {memory} GROUP BY words_hash HAVING count(*) >= 8 UNION SELECT words_hash FROM decided
    )
    SELECT source_id AS scope, words_hash, first_seen, last_seen, page_count, inner_count, word_count, reason,
           sample_text, contexts, 1 AS source_count, page_count / source_page_count AS share
    FROM {memory} WHERE page_count >= 4
    UNION ALL BY NAME
    SELECT '*' AS scope, words_hash, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
           sum(page_count) AS page_count, sum(inner_count) AS inner_count, max(word_count) AS word_count,
           min(reason) AS reason, min(sample_text) AS sample_text, flatten(list(contexts)) AS contexts,
           count(*) AS source_count, count(*) / (SELECT count(DISTINCT source_id) FROM {memory}) AS share
    FROM {memory} SEMI JOIN spread USING (words_hash) GROUP BY words_hash
"""
# Pages tell the same story if they share a weighty block: each page goes to the block that most of them share. So
# copies of one story stay one, though some were cut or had a paragraph changed.
_CLASSIFIED_BLOCKS = f"""
    CREATE OR REPLACE TEMP TABLE judged AS
    WITH page AS (SELECT scope, words_hash, unnest(list_distinct(contexts)) AS context FROM scoped),
    around AS (
        SELECT scope, words_hash, context, unnest([context.first, context.second, context.third]) AS block FROM page
    ),
    shared AS (  -- 0 is no block, and nothing that pages share
        SELECT scope, words_hash, block, count(*) FILTER (block <> 0) AS times FROM around GROUP BY ALL
    ),
    told AS (
        SELECT scope, words_hash, context, arg_max(block, (times, block)) AS story
        FROM around JOIN shared USING (scope, words_hash, block) GROUP BY ALL
    ),
    stories AS (
        SELECT scope, words_hash, least(count(DISTINCT story), {CONTEXTS}) AS story_count FROM told GROUP BY ALL
    )
    SELECT *, CASE WHEN scope = '*' THEN {GLOBAL_RULE} ELSE {SOURCE_RULE} END AS is_furniture
    FROM scoped JOIN stories USING (scope, words_hash)
"""
_KNOWN_BOILERPLATE = """
    WITH known AS (FROM judged SEMI JOIN (
        SELECT scope, words_hash FROM judged WHERE is_furniture UNION SELECT '*', words_hash FROM decided
    ) USING (scope, words_hash))
    SELECT coalesce(scope, '*') AS scope, words_hash, coalesce(reason, 'cross_page_boilerplate') AS reason, sample_text,
           coalesce(page_count, 0) AS page_count, coalesce(source_count, 0) AS source_count,
           coalesce(story_count, 0) AS story_count, first_seen, last_seen, learned_night, decision, decided_by,
           decided_at, because
    FROM known FULL JOIN decided USING (words_hash) CROSS JOIN lessons
    ORDER BY scope, words_hash
"""
