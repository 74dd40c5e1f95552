"""Extractors are discovered, and have one name everywhere."""

from types import ModuleType

import pytest

import newsmill
from newsmill import pipeline
from newsmill.errors import BrokenContract
from newsmill.extractors import extractors
from newsmill.registry import discover_extractors


def test_every_extractor_has_the_name_of_its_room_its_module_its_function_and_its_relation():
    stages = discover_extractors(newsmill)
    assert stages.keys() == {extractor.name for extractor in extractors()} >= {"dates", "mentions", "places", "quotes"}
    for name, stage in stages.items():
        assert stage.name == name == stage.writes[0].name and stage.per == "part"


def test_every_extractor_is_a_step_of_the_night():
    names = [step.name for row in pipeline.steps() for step in row]
    assert set(discover_extractors(newsmill)) < set(names) and len(names) == len(set(names))


def test_a_room_whose_module_lacks_its_stage_is_named(tmp_path, monkeypatch):
    room = tmp_path / "oddments" / "themes"
    room.mkdir(parents=True)
    for folder in (room.parent, room):
        (folder / "__init__.py").touch()
    (room / "themes.py").write_text("theme = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    package = ModuleType("oddments")
    package.__path__ = [str(room.parent)]
    with pytest.raises(BrokenContract, match=r"oddments/themes/themes.py must define a stage named themes"):
        discover_extractors(package)
