"""Quality stays above the pinned floors, on text with human truth."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks" / "quality"))
import measure


@pytest.mark.slow
def test_no_figure_falls_below_its_floor(corpora):
    assert measure.read_floors(), "pin the floors: python benchmarks/quality/measure.py --pin"
    assert not measure.find_fallen_figures(measure.measure(), measure.read_floors())


def test_a_fallen_figure_is_named():
    fallen = measure.find_fallen_figures({"main_text.x": {"f1": 0.80}}, {"main_text.x": {"f1": 0.81}})
    assert fallen == ["main_text.x f1: 0.8000 is below the floor 0.8100"]


def test_pinning_never_lowers_a_floor():
    assert measure.raise_floors({"x": {"f1": 0.7996, "p": 0.9}}, {"x": {"f1": 0.8, "p": 0.8}}) == {
        "x": {"f1": 0.8, "p": 0.9}
    }
