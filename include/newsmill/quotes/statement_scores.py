"""Scores candidates and bounds of reported statements with the weights of statements.json.

The file has three models: `candidates`, `ends` and `starts`. An example belongs to a group, and has one value for each
feature. Its score is the sum of the weights of its values: those common to all groups and those of its group. The score
is the logarithm of the odds. `benchmarks/quality/train_statements.py` trains the weights.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

WEIGHTS_PATH = Path(__file__).with_name("statements.json")


class GroupWeights(NamedTuple):
    """The weights of one group: a bias, and the weights by value for each feature in order."""

    bias: float
    tables: tuple[dict[str, float], ...]


class StatementModel:
    """A model of statements.json, with one table of weights for each group and feature."""

    def __init__(self, weights: dict, features: Sequence[str]) -> None:
        common = [weights["common"].get(feature, {}) for feature in features]
        self._unknown = GroupWeights(weights["bias"], tuple(common))
        self._groups = {
            group: GroupWeights(
                weights["bias"] + own["bias"],
                tuple(
                    _add_weights(table, own["weights"].get(f, {})) for f, table in zip(features, common, strict=True)
                ),
            )
            for group, own in weights["groups"].items()
        }
        self._zeros = (0.0,) * len(features)

    def score(self, group: str, values: Sequence[str]) -> float:
        """Return the score of an example."""
        bias, tables = self._groups.get(group, self._unknown)
        return sum(map(dict.get, tables, values, self._zeros), bias)


def _add_weights(common: dict[str, float], own: dict[str, float]) -> dict[str, float]:
    """Return the sum of two tables."""
    return common | {value: common.get(value, 0.0) + weight for value, weight in own.items()}


@cache
def read_statement_model(name: str, features: tuple[str, ...]) -> StatementModel:
    """Return a model of the file, with the features in the given order."""
    return StatementModel(json.loads(WEIGHTS_PATH.read_text(encoding="utf8"))[name], features)
