"""Extracts mentions of people, organisations and places."""

from newsmill.contracts import BOOL, TEXT, Column
from newsmill.expectations import WARNING, between, one_of
from newsmill.extractors import Extractor, framed

MENTION_TYPES = ("name", "nominal")
ENTITY_TYPES = ("person", "organization", "place")

EXTRACTOR = Extractor(
    name="mentions",
    meaning="One mention of a person, organisation or place.",
    fact="mention",
    noun="the mention",
    grain="page_id char_start char_end",
    columns=framed("mention_type entity_id entity_type canonical_name role_title? country_code? is_credit"),
    glossary=(
        Column("mention_type", TEXT, "Whether a name or a description is mentioned.", MENTION_TYPES),
        Column(
            "entity_id",
            TEXT,
            "The entity: its type and normalised canonical name; @ and the article where a person goes by one name "
            "alone, which may be anybody's elsewhere.",
        ),
        Column("entity_type", TEXT, "Kind of entity.", ENTITY_TYPES),
        Column("canonical_name", TEXT, "Fullest name of the entity."),
        Column("role_title", TEXT, "Title or role given with the name."),
        Column(
            "is_credit",
            BOOL,
            "Whether the words credit the name for the page itself: a byline, the source of a picture, a note on "
            "reporters, editors or the outlet that had the text first. No mart counts it.",
        ),
    ),
    links={"entity_key": "dim_entity"},
    lake_expectations=(between("surface_chars", 1, 200, "as long as names are", WARNING),),
    table_expectations=(one_of("mention_type", MENTION_TYPES),),
    pinned_columns="char_start char_end entity_id entity_type role_title confidence",
)
