"""The ranker's model: three logistic scores, with their coefficients in `coefficients.py`.

section columns ── ranking ──▶ which sections      change's columns ── gate ──▶ whether to report any
                          └───────── calibration: both ──▶ probability of a section ─────────┘
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Logistic:
    """A bias plus a weighted sum of columns."""

    bias: float
    weights: Mapping[str, float]

    def __call__(self, values: Mapping[str, float]) -> float:
        return self.bias + sum(weight * values[name] for name, weight in self.weights.items())

    def score_rows(self, columns: Mapping[str, Sequence[float]], rows: int) -> list[float]:
        """Compute the sums of many rows at once."""
        sums = [self.bias] * rows
        for name, weight in self.weights.items():
            for number, value in enumerate(columns[name]):
                sums[number] += weight * value
        return sums


@dataclass(frozen=True, slots=True)
class Model:
    """Weights fitted on the histories of public repositories.

    Args:
        ranking: score of a section, by its columns.
        gate: score of a change, by its columns and by `best` and `sum` of the ranking.
        probability: log-odds of a section, by `ranking` and `gate`.
        threshold: gate score above which sections are reported.
        replayed: mean over repositories of a high quantile of the gate scores of their quiet changes.
    """

    ranking: Logistic
    gate: Logistic
    probability: Logistic
    threshold: float
    replayed: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelScores:
    """The gate score of a change, and the ranking score of each section."""

    gate: float
    ranking: Sequence[float]


def score(model: Model, change: Mapping[str, float], sections: Mapping[str, Sequence[float]], rows: int) -> ModelScores:
    """Score a change and its sections."""
    ranking = model.ranking.score_rows(sections, rows)
    return ModelScores(model.gate({**change, **summary(ranking)}), ranking)


def summary(ranking: Sequence[float]) -> dict[str, float]:
    """Summarize a ranking for the gate: its best section, and how many good ones there are."""
    best = max(ranking, default=-10.0)
    return {"best": best, "sum": math.log(sum(map(sigmoid, ranking)) + 1e-3)}


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
