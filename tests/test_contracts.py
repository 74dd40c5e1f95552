"""A relation's promise is held to: names, types, nulls, vocabularies, and one meaning a name."""

import pyarrow as pa
import pytest

from newsmill import relations
from newsmill.contracts import INT, TEXT, Column, conform, declare_relation
from newsmill.errors import BrokenContract
from newsmill.glossary import COLUMNS, GLOSSARY, merge_columns

FRUIT = declare_relation(
    "fruit",
    "A fruit.",
    "name",
    "name colour? count",
    {
        c.name: c
        for c in (
            Column("name", pa.string(), "Its name."),
            Column("count", pa.int32(), "How many."),
            Column("colour", pa.string(), "Its colour.", ("red", "green")),
        )
    },
)
ALL = [*relations.known_relations().values()]


def fruit(**columns) -> pa.Table:
    return pa.table({"name": ["plum"], "colour": ["red"], "count": [3]} | columns)


def test_a_table_is_put_into_the_declared_order_and_types():
    fitted = conform(fruit().select(["count", "name", "colour"]), FRUIT)
    assert fitted.schema == FRUIT.schema


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"name": [None]}, "name is null in 1 of 1 rows"),
        ({"colour": ["blue"]}, r"colour holds \['blue'\]"),
        ({"count": ["many"]}, "many"),
        ({"count": [2**40]}, "not in range"),
    ],
)
def test_what_breaks_the_contract_is_named(columns, complaint):
    with pytest.raises(BrokenContract, match=complaint):
        conform(fruit(**columns), FRUIT)


def test_a_missing_column_is_named():
    with pytest.raises(BrokenContract, match="'count'"):
        conform(fruit().drop_columns(["count"]), FRUIT)


def test_an_optional_column_may_be_null():
    assert conform(fruit(colour=pa.nulls(1)), FRUIT).column("colour").to_pylist() == [None]


def test_a_name_has_one_type_and_one_meaning():
    for declared in ALL:
        assert all(column is GLOSSARY[column.name] for column in declared.columns)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda c: c.name)
def test_every_meaning_is_a_sentence(column):
    assert column.meaning[0].isupper() and column.meaning.endswith(".")


@pytest.mark.parametrize("declared", ALL, ids=lambda r: r.name)
def test_the_grain_of_a_relation_is_made_of_its_own_columns(declared):
    assert declared.grain and set(declared.grain) <= set(declared.schema.names)
    assert not set(declared.grain) & declared.optional


def test_a_column_that_two_rooms_declare_is_an_error_that_names_both():
    with pytest.raises(BrokenContract, match=r"'level' is declared in one and again in other; .* declare it once"):
        merge_columns([("one", [Column("level", INT, "A.")]), ("other", [Column("level", TEXT, "B.")])])


def test_a_relation_is_read_by_name_and_a_misspelt_name_is_an_error_with_the_nearest():
    assert relations.find_relation("quotes") is relations.QUOTES
    assert relations.find_relation("withheld_quotes") == relations.withheld(relations.QUOTES)
    assert [relations.find_relation(name).name for name in ("rejected", "rejected_read")] == [
        "rejected_*",
        "rejected_read",
    ]
    for name in ("quots", "withheld_quots"):
        with pytest.raises(BrokenContract, match="no relation 'quots'; the nearest: quotes"):
            relations.find_relation(name)
    with pytest.raises(AttributeError, match="QUOTS"):
        _ = relations.QUOTS
