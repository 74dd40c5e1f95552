"""Extractors are found by themselves, and bear one name everywhere."""

import sys
from types import ModuleType

import pytest

from newsmill import extractors, pipeline
from newsmill.errors import BrokenContract
from newsmill.registry import discover


def test_every_extractor_has_the_name_of_its_file_its_function_and_its_relation():
    found = discover(extractors)
    assert found.keys() >= {"mentions", "quotes"}
    for name, stage in found.items():
        assert stage.name == name == stage.writes[0].name and stage.per == "part"


def test_every_extractor_is_a_step_of_the_night():
    names = [step.name for row in pipeline.steps() for step in row]
    assert set(discover(extractors)) < set(names) and len(names) == len(set(names))


def test_a_file_without_its_stage_is_named(tmp_path, monkeypatch):
    (tmp_path / "oddments").mkdir()
    (tmp_path / "oddments" / "__init__.py").write_text("")
    (tmp_path / "oddments" / "themes.py").write_text("theme = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    package = ModuleType("oddments")
    package.__path__ = [str(tmp_path / "oddments")]
    with pytest.raises(BrokenContract, match=r"oddments/themes.py must define a stage named themes"):
        discover(package)
    sys.modules.pop("oddments.themes", None)
