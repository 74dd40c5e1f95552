"""Learns the furniture of sites: remembers the blocks that recur, and judges which of them are no part of any story."""

from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from newsmill.contracts import NIGHT
from newsmill.relations import DECISIONS, FURNITURE, LESSONS, RECURRING, SIGHTINGS, SURVEYS
from newsmill.stage import stage

MEMORY_DAYS = 30
"""What was no furniture is forgotten so many days after it was last seen."""
CONTEXTS = 16
SHORT_WORDS = 4
"""A line of fewer words may be a heading, or a label in a table: it must be on more pages to be taken for furniture."""

# Furniture of a source: seen in so many different stories, on such a share of its pages. Of a block that mostly stands
# between sentences more is asked: follow-ups of one story say again what had happened, and a series has its headings.
OF_SOURCE = """
    CASE WHEN inner_count > 0.5 * page_count THEN story_count >= 12 AND share >= 0.3
         ELSE (story_count >= 4 AND share >= 0.5) OR (story_count >= 6 AND share >= 0.1)
              OR (story_count >= 12 AND share >= 0.02 AND word_count >= $short_words) END
"""
# Furniture of all: at so many sources, in different stories, and on such a share of the sources.
OF_ALL = """
    inner_count <= 0.25 * page_count AND
    CASE WHEN word_count < $short_words THEN source_count >= 20 AND story_count >= 12 AND share >= 0.05
         ELSE source_count >= 8 AND story_count >= 8 AND share >= 0.02 END
"""


@stage(
    reads=(
        SIGHTINGS, SURVEYS, DECISIONS, NIGHT, SIGHTINGS.past(MEMORY_DAYS), SURVEYS.past(MEMORY_DAYS), RECURRING.latest,
        LESSONS.latest, RECURRING.learned, LESSONS.learned,
    ),
    writes=(FURNITURE, RECURRING, LESSONS),
    per="night",
    version="1",
)
def learn(
    sightings: pa.Table, surveys: pa.Table, decisions: pa.Table, night: date, past_sightings: ds.Dataset,
    past_surveys: ds.Dataset, memory: ds.Dataset, lesson: ds.Dataset, learned_memory: ds.Dataset,
    learned_lesson: ds.Dataset,
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Tell furniture from story by all nights up to this one: it stands on pages of different stories.

    What is remembered is made from tonight's sightings and from what was remembered on the latest night before, so the
    cost grows with the night and with what recurs. A block seen once is looked up among the sightings of MEMORY_DAYS.
    The furniture is what this night's memory tells, or that of the night which the run names as learned.
    """
    with duckdb.connect() as con:
        con.execute(_MACROS)
        tables = {
            "sightings": sightings, "surveys": surveys, "decided": decisions, "past_sightings": past_sightings,
            "past_surveys": past_surveys, "memory": memory, "learned_memory": learned_memory,
        }
        for name, table in tables.items():
            con.register(name, table)
        given = {"night": night, "since": night.toordinal() - MEMORY_DAYS}
        for sql in _REMEMBER:
            con.execute(sql, {name: given[name] for name in given if f"${name}" in sql})
        recurring = con.execute(_judged("remembered", "r.* EXCLUDE is_furniture, coalesce(j.is_furniture, false)")).arrow()
        return recurring


_MACROS = ""
_REMEMBER = ()


def _judged(*_):
    return ""
