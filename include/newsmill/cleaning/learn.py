"""Learn the boilerplate of sites: keep a history of recurring blocks, and classify blocks without a story.

Every query makes a temporary table:

    _TONIGHT           the night, and the first night of the HISTORY_DAYS before it
    _KEPT_HISTORY      rows of the previous block history that are still in use
    _PREVIOUS_COUNTS   counts of the last nights, for blocks of this night that the history lacks
    _CURRENT_COUNTS    all counts that the new history is summed from
    _HISTORY           the block history of this night
    _CANDIDATE_BLOCKS  blocks that may be boilerplate: of a source, and of all sources (scope '*')
    _CLASSIFIED_BLOCKS the candidates with their number of stories, and whether they are boilerplate
"""

from datetime import date, timedelta
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from newsmill.cleaning.block_counts import CONTEXTS
from newsmill.contracts import NIGHT
from newsmill.relations import BLOCK_COUNTS, BLOCK_HISTORY, DECISIONS, KNOWN_BOILERPLATE, SURVEYS, TRAINING_RUNS
from newsmill.stage import stage

HISTORY_DAYS = 30
"""Days after which a block leaves the history, unless classified as boilerplate."""
SHORT_WORDS = 4
"""A line of fewer words may be a heading or a label in a table: more pages are needed for boilerplate."""

# Boilerplate of a source: in so many different stories, on such a share of the source's pages. The thresholds are
# higher for a block mostly between sentences: follow-ups of one story repeat its background, a series its headings.
SOURCE_RULE = """
    CASE WHEN in_body_count > 0.5 * page_count THEN story_count >= 12 AND share >= 0.3
         ELSE (story_count >= 4 AND share >= 0.5) OR (story_count >= 6 AND share >= 0.1)
              OR (story_count >= 12 AND share >= 0.02 AND word_count >= $short_words) END
"""
# Boilerplate of all sources: at so many sources, in so many stories, and at such a share of the sources.
GLOBAL_RULE = """
    in_body_count <= 0.25 * page_count AND
    CASE WHEN word_count < $short_words THEN source_count >= 20 AND story_count >= 12 AND share >= 0.05
         ELSE source_count >= 8 AND story_count >= 8 AND share >= 0.02 END
"""


class LearningInputs(NamedTuple):
    """The inputs of the stage in order; the queries read each table by the name of the field."""

    block_counts: pa.Table
    surveys: pa.Table
    decided: pa.Table
    night: date
    past_counts: ds.Dataset
    past_surveys: ds.Dataset
    previous_history: ds.Dataset
    previous_run: ds.Dataset
    learned_history: ds.Dataset
    learned_run: ds.Dataset


@stage(
    reads=(
        BLOCK_COUNTS,
        SURVEYS,
        DECISIONS,
        NIGHT,
        BLOCK_COUNTS.past(HISTORY_DAYS),
        SURVEYS.past(HISTORY_DAYS),
        BLOCK_HISTORY.latest,
        TRAINING_RUNS.latest,
        BLOCK_HISTORY.learned,
        TRAINING_RUNS.learned,
    ),
    writes=(KNOWN_BOILERPLATE, BLOCK_HISTORY, TRAINING_RUNS),
    per="night",
    version="1",
)
def learn(*inputs: Any) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Separate boilerplate from story text, by all nights up to `night`: boilerplate is on pages of different stories.

    The new history is summed from the night's block counts and from the previous history of blocks with different
    contexts. All other blocks, most of a night, are looked up in the counts of the last HISTORY_DAYS. So the cost grows
    with a month of counts, not with the number of nights. The boilerplate comes from the new history, or from the
    history of the run's `learned` night.
    """
    given = LearningInputs(*inputs)
    counts = given.past_counts.scanner(columns=_HISTORY_COLUMNS, **_SCAN_OPTIONS)
    with duckdb.connect() as con:
        # the optimizer passes bounds of a join to PyArrow, which cannot read unsigned 64-bit bounds
        con.execute("SET disabled_optimizers = 'join_filter_pushdown'")
        for name, table in (given._asdict() | {"past_counts": counts}).items():
            if name != "night":
                con.register(name, table)
        _update_history(con, given.night)
        _classify_blocks(con, "history")
        block_history = con.execute(_BLOCK_HISTORY).to_arrow_table()
        con.execute(_TRAINING_RUN)
        if given.learned_run.count_rows():
            _classify_blocks(con, "learned_history")
        boilerplate = con.execute(_KNOWN_BOILERPLATE).to_arrow_table()
        return boilerplate, block_history, con.execute("FROM training_run").to_arrow_table()


def _update_history(con: duckdb.DuckDBPyConnection, night: date) -> None:
    """Create the table `history`: blocks on pages with different contexts, up to the night."""
    con.execute(_TONIGHT, {"night": night, "since": night - timedelta(HISTORY_DAYS)})
    for sql in (_KEPT_HISTORY, _PREVIOUS_COUNTS, _CURRENT_COUNTS, _HISTORY):
        con.execute(sql)


def _classify_blocks(con: duckdb.DuckDBPyConnection, history: str) -> None:
    """Create the table `classified`: candidates for boilerplate from a history, of a source or of all sources."""
    con.execute(_CANDIDATE_BLOCKS.format(history=history))
    con.execute(_CLASSIFIED_BLOCKS, {"short_words": SHORT_WORDS})


# -- the block history ------------------------------------------------------------------------------------------------

_HISTORY_COLUMNS = ["night", "source_id", "words_hash", "page_count", "in_body_count", "contexts"]
# A month of nights is streamed.
_SCAN_OPTIONS = {"batch_size": 32_768, "batch_readahead": 2, "fragment_readahead": 1}
_TONIGHT = "CREATE TEMP TABLE current_night AS SELECT $night::DATE AS night, $since::DATE AS since"
_KEPT_HISTORY = """
    CREATE TEMP TABLE kept_history AS
    SELECT * EXCLUDE (night, is_boilerplate) FROM previous_history SEMI JOIN (
        SELECT words_hash FROM previous_history GROUP BY words_hash
        HAVING max(last_seen) >= (SELECT since FROM current_night) OR bool_or(is_boilerplate)
    ) USING (words_hash)
"""
# The last nights' counts of blocks that this night shows and the history lacks.
_PREVIOUS_COUNTS = """
    CREATE TEMP TABLE previous_counts AS
    WITH block_totals AS (
        SELECT source_id, words_hash, contexts, min(night) AS first_seen, max(night) AS last_seen,
               sum(page_count) AS page_count, sum(in_body_count) AS in_body_count
        FROM past_counts
        SEMI JOIN (SELECT words_hash FROM block_counts ANTI JOIN kept_history USING (words_hash)) USING (words_hash)
        GROUP BY source_id, words_hash, contexts
    ),
    source_totals AS (
        SELECT first_nights.source_id, first_seen, sum(surveyed.page_count) AS source_page_count
        FROM (SELECT DISTINCT source_id, first_seen FROM block_totals) AS first_nights
        JOIN past_surveys AS surveyed ON surveyed.source_id = first_nights.source_id AND surveyed.night >= first_seen
        GROUP BY ALL
    )
    FROM block_totals JOIN source_totals USING (source_id, first_seen)
"""
_CURRENT_COUNTS = """
    CREATE TEMP TABLE current_counts AS
    WITH first_blocks AS (
        SELECT words_hash, unnest(contexts).first AS first_block FROM block_counts
        UNION ALL SELECT words_hash, unnest(contexts).first FROM previous_counts
    ),
    shown AS (
        SELECT *, night AS first_seen, night AS last_seen, 0 AS source_page_count
        FROM block_counts CROSS JOIN current_night SEMI JOIN (
            SELECT words_hash FROM kept_history
            UNION SELECT words_hash FROM first_blocks GROUP BY words_hash HAVING min(first_block) <> max(first_block)
        ) USING (words_hash)
    ),
    descriptions AS (
        SELECT words_hash, max(word_count) AS word_count, min(reason) AS reason, min(sample_text) AS sample_text
        FROM shown GROUP BY words_hash
    )
    SELECT * EXCLUDE (night, since) FROM shown
    UNION ALL BY NAME FROM previous_counts JOIN descriptions USING (words_hash)
    UNION ALL BY NAME FROM kept_history SEMI JOIN shown USING (source_id, words_hash)
"""
_HISTORY = f"""
    CREATE TEMP TABLE history AS
    WITH totals AS (
        SELECT source_id, words_hash, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
               sum(page_count) AS page_count, sum(in_body_count) AS in_body_count,
               max(source_page_count) AS source_page_count, max(word_count) AS word_count,
               min(reason) AS reason, min(sample_text) AS sample_text
        FROM current_counts GROUP BY source_id, words_hash
    ),
    distinct_contexts AS (  -- one context for each weightiest block
        SELECT source_id, words_hash, min(context) AS context
        FROM (SELECT source_id, words_hash, unnest(contexts) AS context FROM current_counts)
        GROUP BY source_id, words_hash, context.first
    ),
    row_contexts AS (
        SELECT source_id, words_hash, list(context ORDER BY context)[:{CONTEXTS}] AS contexts
        FROM distinct_contexts GROUP BY source_id, words_hash
    ),
    source_pages AS (SELECT source_id, sum(page_count) AS visit_count FROM surveys GROUP BY source_id)
    SELECT source_id, words_hash, first_seen, last_seen, page_count, in_body_count,
           source_page_count + coalesce(visit_count, 0) AS source_page_count,
           word_count, reason, sample_text, contexts
    FROM (
        FROM totals JOIN row_contexts USING (source_id, words_hash)
        UNION ALL BY NAME FROM kept_history ANTI JOIN current_counts USING (source_id, words_hash)
    )
    LEFT JOIN source_pages USING (source_id)
"""
_BLOCK_HISTORY = """
    SELECT history.*, own.scope IS NOT NULL OR everywhere.scope IS NOT NULL AS is_boilerplate
    FROM history
    LEFT JOIN classified AS own
      ON own.scope = source_id AND own.words_hash = history.words_hash AND own.is_boilerplate
    LEFT JOIN classified AS everywhere
      ON everywhere.scope = '*' AND everywhere.words_hash = history.words_hash AND everywhere.is_boilerplate
    ORDER BY source_id, history.words_hash
"""
_TRAINING_RUN = """
    CREATE TEMP TABLE training_run AS
    WITH current_run AS (  -- a chain: the id changes with the block counts of earlier nights
        SELECT left(md5(concat_ws(
            '|', (SELECT history_id FROM previous_run), (SELECT coalesce(sum(hash(block_counts)), 0) FROM block_counts),
            (SELECT coalesce(sum(hash(surveys)), 0) FROM surveys),
            (SELECT coalesce(sum(hash(history)), 0) FROM history)
        )), 16) AS history_id
    )
    SELECT history_id, (SELECT history_id FROM previous_run) AS previous_history_id,
           coalesce((SELECT night FROM learned_run), (SELECT night FROM current_night)) AS learned_night,
           coalesce((SELECT history_id FROM learned_run), history_id) AS learned_id
    FROM current_run
"""

# -- the classification -----------------------------------------------------------------------------------------------

_CANDIDATE_BLOCKS = """
    CREATE OR REPLACE TEMP TABLE candidates AS
    WITH widespread AS (
        SELECT words_hash FROM {history} GROUP BY words_hash HAVING count(*) >= 8 UNION SELECT words_hash FROM decided
    )
    SELECT source_id AS scope, words_hash, first_seen, last_seen, page_count, in_body_count, word_count, reason,
           sample_text, contexts, 1 AS source_count, page_count / source_page_count AS share
    FROM {history} WHERE page_count >= 4
    UNION ALL BY NAME
    SELECT '*' AS scope, words_hash, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
           sum(page_count) AS page_count, sum(in_body_count) AS in_body_count, max(word_count) AS word_count,
           min(reason) AS reason, min(sample_text) AS sample_text, flatten(list(contexts)) AS contexts,
           count(*) AS source_count, count(*) / (SELECT count(DISTINCT source_id) FROM {history}) AS share
    FROM {history} SEMI JOIN widespread USING (words_hash) GROUP BY words_hash
"""
# Pages have the same story if they share a weighty block: each page is assigned to the block that most of them share.
# So copies of one story stay one story, though some were cut or had a paragraph changed.
_CLASSIFIED_BLOCKS = f"""
    CREATE OR REPLACE TEMP TABLE classified AS
    WITH page_contexts AS (SELECT scope, words_hash, unnest(list_distinct(contexts)) AS context FROM candidates),
    context_blocks AS (
        SELECT scope, words_hash, context, unnest([context.first, context.second, context.third]) AS block
        FROM page_contexts
    ),
    shared_blocks AS (  -- 0 is no block, and does not count as shared
        SELECT scope, words_hash, block, count(*) FILTER (block <> 0) AS times FROM context_blocks GROUP BY ALL
    ),
    page_stories AS (
        SELECT scope, words_hash, context, arg_max(block, (times, block)) AS story
        FROM context_blocks JOIN shared_blocks USING (scope, words_hash, block) GROUP BY ALL
    ),
    stories AS (
        SELECT scope, words_hash, least(count(DISTINCT story), {CONTEXTS}) AS story_count FROM page_stories GROUP BY ALL
    )
    SELECT *, CASE WHEN scope = '*' THEN {GLOBAL_RULE} ELSE {SOURCE_RULE} END AS is_boilerplate
    FROM candidates JOIN stories USING (scope, words_hash)
"""
_KNOWN_BOILERPLATE = """
    WITH relevant AS (FROM classified SEMI JOIN (
        SELECT scope, words_hash FROM classified WHERE is_boilerplate UNION SELECT '*', words_hash FROM decided
    ) USING (scope, words_hash))
    SELECT coalesce(scope, '*') AS scope, words_hash, coalesce(reason, 'cross_page_boilerplate') AS reason, sample_text,
           coalesce(page_count, 0) AS page_count, coalesce(source_count, 0) AS source_count,
           coalesce(story_count, 0) AS story_count, first_seen, last_seen, learned_night, decision, decided_by,
           decided_at, because
    FROM relevant FULL JOIN decided USING (words_hash) CROSS JOIN training_run
    ORDER BY scope, words_hash
"""
