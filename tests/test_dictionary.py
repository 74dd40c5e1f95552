"""The data dictionary and the picture of the star in docs are what the contracts and models say today."""

from pathlib import Path

import pytest

from newsmill.contracts import SPAN_COLUMNS
from newsmill.errors import BrokenContract
from newsmill.extractors import extractors
from newsmill.warehouse import dictionary, er_diagram, loader
from newsmill.warehouse.model import tables
from newsmill.warehouse.table_columns import find_meaning

pytestmark = pytest.mark.slow

DOCS = Path(__file__).resolve().parents[1] / "docs"


def test_the_dictionary_is_up_to_date():
    assert (DOCS / "dictionary.md").read_text(encoding="utf8") == dictionary.markdown(), "make it anew: make dictionary"


def test_a_column_without_a_meaning_is_an_error_that_names_table_column_and_file():
    assert find_meaning("mart.source_profile", "language_count") == "Languages that the texts are in."
    with pytest.raises(BrokenContract, match=r"mart\.source_profile: \['own_words'\] are not in newsmill/glossary\.py"):
        find_meaning("mart.source_profile", "own_words")


def test_the_picture_is_up_to_date_and_shows_every_table_of_the_star():
    drawn = er_diagram.markdown()
    assert (DOCS / "star.md").read_text(encoding="utf8") == drawn, "draw it anew: make dictionary"
    assert not [m.name for m in tables() if m.schema == "dw" and f"    {m.name} {{" not in drawn]


def test_a_line_is_drawn_from_every_key_to_the_table_it_leads_to():
    drawn = er_diagram.markdown()
    for line in (
        'dim_source ||--o{ fact_article : "source_key"',
        'dim_article ||--o{ dim_text : "article_key"',
        'dim_entity ||--o{ fact_quote : "speaker_entity_key"',
        'dim_story ||--o{ bridge_article_story : "story_key"',
        'dim_boilerplate ||--o{ fact_text_block : "boilerplate_key"',
    ):
        assert line in drawn


def test_the_fact_table_of_every_extractor_has_the_columns_that_citations_and_suites_read():
    with loader.open_empty_warehouse() as con:
        for extractor in extractors():
            columns = {name for name, *_ in con.execute(f"DESCRIBE dw.{extractor.fact_table}").fetchall()}
            needed = {extractor.key, "article_key", "night", extractor.text, *extractor.links, *SPAN_COLUMNS}
            missing = needed.union(extractor.confidence_columns) - columns
            assert not missing, f"add {sorted(missing)} to warehouse/sql/dw/{extractor.fact_table}.sql"
