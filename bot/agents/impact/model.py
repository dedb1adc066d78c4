"""The ranker's model: three logistic scores, their coefficients in `table.py`.

section columns ── ranking ──▶ which sections      change's columns ── gate ──▶ whether to speak at all
                          └───────── calibration: both ──▶ probability of a section ─────────┘
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Logistic:
    """A weighted sum of columns."""

    bias: float
    weights: Mapping[str, float]

    def __call__(self, values: Mapping[str, float]) -> float:
        return self.bias + sum(weight * values[name] for name, weight in self.weights.items())

    def score_rows(self, columns: Mapping[str, Sequence[float]], rows: int) -> list[float]:
        """The sums of many rows at once."""
        sums = [self.bias] * rows
        for name, weight in self.weights.items():
            for number, value in enumerate(columns[name]):
                sums[number] += weight * value
        return sums


@dataclass(frozen=True, slots=True)
class Model:
    """What is fitted on other people's histories.

    Args:
        ranking: of a section, by its columns.
        gate: of a change, by its columns and by `best` and `sum` of the ranking.
        probability: of a section, by `ranking` and `gate`.
        threshold: of the gate's sum, above which it speaks.
        replayed: the mean over repositories of a high quantile of their quiet changes' sums.
    """

    ranking: Logistic
    gate: Logistic
    probability: Logistic
    threshold: float
    replayed: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelScores:
    """What the model says of one change: the gate's sum, and the ranking's sum of each section."""

    gate: float
    ranking: Sequence[float]


def score(model: Model, change: Mapping[str, float], sections: Mapping[str, Sequence[float]], rows: int) -> ModelScores:
    """Scores a change and its sections."""
    ranking = model.ranking.score_rows(sections, rows)
    return ModelScores(model.gate({**change, **summary(ranking)}), ranking)


def summary(ranking: Sequence[float]) -> dict[str, float]:
    """The gate's view of a ranking: its best section, and how many good ones there are."""
    best = max(ranking, default=-10.0)
    return {"best": best, "sum": math.log(sum(map(sigmoid, ranking)) + 1e-3)}


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
