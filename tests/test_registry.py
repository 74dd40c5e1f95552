"""Extractors are discovered, and have one name everywhere."""

from dataclasses import replace
from types import ModuleType

import pytest

import newsmill
from newsmill import pipeline, steps
from newsmill.errors import BrokenContract
from newsmill.extractors import extractors, read_declarations
from newsmill.registry import check_predecessors, discover_extractors
from newsmill.warehouse import model


def test_every_extractor_has_the_name_of_its_room_its_module_its_function_and_its_relation():
    stages = discover_extractors(newsmill)
    assert stages.keys() == {extractor.name for extractor in extractors()} >= {"dates", "mentions", "places", "quotes"}
    for name, stage in stages.items():
        assert stage.name == name == stage.writes[0].name and stage.per == "part"


def test_every_extractor_is_a_step_of_the_night():
    names = [step.name for row in pipeline.steps() for step in row]
    assert set(discover_extractors(newsmill)) < set(names) and len(names) == len(set(names))


def test_extractors_are_ordered_alike_by_declarations_and_by_what_their_stages_read():
    stages = discover_extractors(newsmill)
    by_stages = [{stage.name for stage in row} for row in pipeline.group_into_rows(stages.values())]
    assert [{step.name for step in row} for row in steps.list_extractor_rows()] == by_stages


def test_an_extractor_that_reads_another_must_declare_it():
    apart = [replace(extractor, container="") for extractor in extractors()]
    with pytest.raises(BrokenContract, match=r"the extractor places reads mentions, .*declare it as `container`"):
        check_predecessors(discover_extractors(newsmill), apart)


@pytest.fixture
def make_package(tmp_path, monkeypatch):
    """Return the maker of a package with the room `made_ups`, whose `__init__` and stage module are given."""
    made = iter(range(100))

    def make(declaration: str, stage: str = "") -> ModuleType:
        package = ModuleType(f"oddments_{tmp_path.name.replace('-', '_')}_{next(made)}")
        room = tmp_path / package.__name__ / "made_ups"
        room.mkdir(parents=True)
        (room.parent / "__init__.py").touch()
        (room / "__init__.py").write_text(declaration, encoding="utf8")
        (room / "made_ups.py").write_text(stage, encoding="utf8")
        monkeypatch.syspath_prepend(tmp_path)
        package.__path__ = [str(room.parent)]
        return package

    return make


def test_a_room_whose_module_lacks_its_stage_is_named(make_package):
    package = make_package("", "made_up = 1\n")
    with pytest.raises(BrokenContract, match=r"made_ups/made_ups.py must define a stage named made_ups"):
        discover_extractors(package)


DECLARATION = """
from newsmill.extractors import Extractor, framed

EXTRACTOR = Extractor(
    name={name!r}, meaning="One.", fact="made_up", noun="the made_up", columns={columns}, container={container!r},
    pinned_columns={pinned!r},
)
"""


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "other_made_ups"}, r"made_ups/__init__.py must declare EXTRACTOR, an Extractor named 'made_ups'"),
        (
            {"columns": "'page_id article_id surface rule'"},
            r"the columns \['char_start', .*'sentence_index'\] are missing",
        ),
        ({"container": "mentions"}, r"container is 'mentions'; expected one of made_ups"),
        ({"container": "made_ups"}, r"contain or read each other"),
        ({"pinned": "depth"}, r"pinned_columns names \['depth'\]"),
    ],
)
def test_a_wrong_declaration_is_named_with_what_was_expected(make_package, changes, message):
    fields = {"name": "made_ups", "columns": 'framed("")', "container": "", "pinned": ""} | changes
    with pytest.raises(BrokenContract, match=message):
        read_declarations(make_package(DECLARATION.format(**fields)))


def test_a_room_with_a_stage_and_no_declaration_is_named(make_package):
    with pytest.raises(BrokenContract, match=r"made_ups/__init__.py must declare EXTRACTOR"):
        read_declarations(make_package(""))


def test_a_declaration_without_a_fact_table_is_named(make_package, monkeypatch):
    fields = {"name": "made_ups", "columns": 'framed("")', "container": "", "pinned": ""}
    declared = read_declarations(make_package(DECLARATION.format(**fields)))
    monkeypatch.setattr(model, "extractors", lambda: (*extractors(), *declared))
    with pytest.raises(
        BrokenContract, match=r"extractor made_ups has no table: write warehouse/sql/dw/fact_made_up.sql"
    ):
        model.models.__wrapped__()


def test_marked_lines_of_a_model_are_repeated_for_each_extractor(make_package):
    fields = {"name": "made_ups", "columns": 'framed("")', "container": "", "pinned": ""}
    (declared,) = read_declarations(make_package(DECLARATION.format(**fields)))
    lines = ("WITH a AS (", "    -- for each extractor:", "    SELECT {key}, {text} FROM {fact}", "    -- end", ")")
    text = "\n".join(("-- refs: dw.{fact} dw.b", *lines))
    once = model.expand_extractors(text, [declared])
    assert once == "-- refs: dw.fact_made_up dw.b\nWITH a AS (\n    SELECT made_up_key, surface FROM fact_made_up\n)"
    assert model.expand_extractors(text, [declared, declared]).count("\n    UNION ALL\n    SELECT made_up_key") == 1
    assert model.expand_extractors("IN ({facts})", [declared, declared]) == "IN ('fact_made_up', 'fact_made_up')"
