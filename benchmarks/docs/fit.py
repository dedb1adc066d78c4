"""Fits the ranker's table on the benchmark, and says how the product does on repositories it was not fitted on.

    python -m benchmarks.docs.fit [--write]

Plain Python: three logistic regressions by Newton's method, some minutes. *In sample* is judged by the table fitted on
all cases; *one repository left out* judges each repository by a table that was fitted on the others. *Cold* takes the
threshold of all repositories, *warm* moves it by the repository's own quiet past. The shipped table stays as it is
unless `--write` is given.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from benchmarks.docs.clones import ready
from benchmarks.docs.judging import in_buckets, verdicts, worst
from benchmarks.docs.observations import HARD, Observation, Replay, evaluate, observations
from bot.agents.impact import coefficients
from bot.agents.impact.calibration import UPPER_QUANTILE, quantile, threshold
from bot.agents.impact.model import Logistic, Model, ModelScores, score, summary

RANKING = (
    "changed share", "removed share", "added share", "prose share", "test share", "option share",
    "changed weight", "gone weight", "fresh weight", "removed weight", "added weight", "enclosing weight", "key weight",
    "message weight", "prose weight", "option weight", "heading share", "text share", "page text share", "text weight",
    "together weight", "together share", "length", "runs weight", "depth", "subject weight", "subject share",
    "page changed share",
)  # fmt: skip
GATE = (
    "best", "sum", "changed most", "enclosing most", "gone most", "heading most", "message most", "prose most",
    "runs most", "test most", "text most", "together most", "subject most", "removed most", "added most", "churn",
    "tested",
)  # fmt: skip
PROBABILITY = ("ranking", "gate")
ROWS = 30
ALARMS = 0.10
"""Share of the negatives on which the gate may open, at the common threshold."""
FIT_HALF = ("encode/httpx", "pallets/flask", "BurntSushi/ripgrep", "psf/black", "redis/redis-py")

Row = Sequence[float]
Folds = Sequence[tuple[str, ...]]


def logistic(rows: Sequence[Row], labels: Sequence[bool], names: Sequence[str], ridge: float) -> Logistic:
    """Logistic regression on standardised columns, with weights for the raw ones."""
    count, width = len(rows), len(names)
    means = [math.fsum(r[j] for r in rows) / count for j in range(width)]
    spreads = [math.sqrt(math.fsum((r[j] - means[j]) ** 2 for r in rows) / count) or 1.0 for j in range(width)]
    data = [[1.0, *((v - m) / s for v, m, s in zip(r, means, spreads, strict=True))] for r in rows]
    theta, loss = [0.0] * (width + 1), math.inf
    for _ in range(40):
        step = _newton(data, labels, theta, ridge)
        size, found = 1.0, math.inf
        while size > 1e-4:
            trial = [t - size * s for t, s in zip(theta, step, strict=True)]
            found = _loss(data, labels, trial, ridge)
            if found <= loss:
                break
            size /= 2
        if loss - found <= 1e-7 * found:
            break
        theta, loss = trial, found
    weights = [t / s for t, s in zip(theta[1:], spreads, strict=True)]
    bias = theta[0] - sum(w * m for w, m in zip(weights, means, strict=True))
    return Logistic(round(bias, 4), {n: round(w, 4) for n, w in zip(names, weights, strict=True)})


def _loss(data: Sequence[Row], labels: Sequence[bool], theta: Row, ridge: float) -> float:
    total = ridge / 2 * sum(t * t for t in theta[1:])
    for row, label in zip(data, labels, strict=True):
        s = sum(map(float.__mul__, row, theta))
        total += max(s, 0.0) + math.log1p(math.exp(-abs(s))) - (s if label else 0.0)
    return total


def _newton(data: Sequence[Row], labels: Sequence[bool], theta: Row, ridge: float) -> list[float]:
    width = len(theta)
    slope = [0.0, *(ridge * t for t in theta[1:])]
    curve = [[0.0] * width for _ in range(width)]
    for row, label in zip(data, labels, strict=True):
        s = max(-30.0, min(30.0, sum(map(float.__mul__, row, theta))))
        p = 1 / (1 + math.exp(-s))
        off, bend = p - label, p * (1 - p)
        for i, value in enumerate(row):
            slope[i] += off * value
            scaled, line = bend * value, curve[i]
            for j in range(i + 1):
                line[j] += scaled * row[j]
    for i in range(width):
        curve[i][i] += ridge if i else 1e-6
        for j in range(i):
            curve[j][i] = curve[i][j]
    return _solved(curve, slope)


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss with pivots."""
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(i + 1, size):
            factor = rows[r][i] / rows[i][i]
            if factor:
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
    found = [0.0] * size
    for i in reversed(range(size)):
        found[i] = (rows[i][size] - sum(rows[i][j] * found[j] for j in range(i + 1, size))) / rows[i][i]
    return found


def _picked(one: Observation) -> list[int]:
    """The sections that a fit sees."""
    prior = [sum(one.sections[name][i] for name in HARD) for i in range(len(one.places))]
    best = sorted(range(len(prior)), key=lambda i: -prior[i])[:ROWS]
    return sorted({*best, *(i for i, wanted in enumerate(one.wanted) if wanted)})


Example = tuple[str, Row, bool]
"""A section that a fit sees: its repository, its columns, whether it was wanted."""


def examples(seen: Sequence[Observation]) -> list[Example]:
    """The sections that fits of the ranking see."""
    return [
        (one.case["repo"], [one.sections[name][i] for name in RANKING], one.wanted[i])
        for one in seen
        for i in _picked(one)
    ]


def ranking(known: Sequence[Example], left_out: tuple[str, ...]) -> Logistic:
    """The ranking, fitted on all repositories but those left out."""
    used = [(row, label) for repository, row, label in known if repository not in left_out]
    return logistic([row for row, _ in used], [label for _, label in used], RANKING, 1.0)


def fitted(seen: Sequence[Observation], ranker: Logistic, apart: Mapping[str, Sequence[float]]) -> Model:
    """The whole model; `apart` holds each case's ranking sums by a ranker that was not fitted on it."""
    rows = [[({**one.change, **summary(apart[one.case["id"]])})[n] for n in GATE] for one in seen]
    gate = logistic(rows, [not one.case["negative"] for one in seen], GATE, 30.0)
    pairs, labels = [], []
    quiet = []
    for one in seen:
        sums = apart[one.case["id"]]
        opened = gate({**one.change, **summary(sums)})
        if one.case["negative"]:
            quiet.append(opened)
        for i in sorted(range(len(sums)), key=lambda i: -sums[i])[:5]:
            pairs.append([sums[i], opened])
            labels.append(one.wanted[i])
    model = Model(ranker, gate, logistic(pairs, labels, PROBABILITY, 1.0), round(quantile(quiet, 1 - ALARMS), 4))
    by_repository: dict[str, dict[str, Replay]] = {}
    for one in seen:
        by_repository.setdefault(one.case["repo"], {}).update({r.commit: r for r in one.replays})
    usual = [quantile(replayed(model, known.values()), UPPER_QUANTILE) for known in by_repository.values()]
    return replace(model, replayed=round(sum(usual) / len(usual), 4))


def replayed(model: Model, known: Iterable[Replay]) -> list[float]:
    """The gate's sums of replayed changes."""
    return [score(model, r.change, r.sections, r.rows).gate for r in known]


def models(seen: Sequence[Observation], folds: Folds) -> dict[tuple[str, ...], Model]:
    """For each fold the model fitted on all else; under `()` the one fitted on everything."""
    repositories = sorted({one.case["repo"] for one in seen})
    each = [(r,) for r in repositories]
    wanted = [*dict.fromkeys([(), *each, *folds])]
    with ProcessPoolExecutor(2) as pool:
        rankers = dict(zip(wanted, pool.map(partial(ranking, examples(seen)), wanted), strict=True))
    apart = {one.case["id"]: _sums(rankers[(one.case["repo"],)], one) for one in seen}
    found = {}
    for fold in [(), *folds]:
        found[fold] = fitted([one for one in seen if one.case["repo"] not in fold], rankers[fold], apart)
    return found


def _sums(ranker: Logistic, one: Observation) -> list[float]:
    return ranker.score_rows(one.sections, len(one.places))


def judged(
    seen: Sequence[Observation], found: Mapping[tuple[str, ...], Model], folds: Folds
) -> dict[str, tuple[Model, ModelScores]]:
    """Each case judged by the model of the fold that leaves its repository out."""
    by_repository = {repository: found[fold] for fold in folds for repository in fold}
    answers = {}
    for one in seen:
        model = by_repository.get(one.case["repo"], found[()])
        answers[one.case["id"]] = (model, score(model, one.change, one.sections, len(one.places)))
    return answers


def thresholds(seen: Sequence[Observation], answers: Mapping[str, tuple[Model, ModelScores]]) -> dict[str, float]:
    """Each case's threshold when its repository's past is known: a warm cache."""
    return {
        one.case["id"]: threshold(model, replayed(model, one.replays))
        for one in seen
        for model, _ in [answers[one.case["id"]]]
    }


def written(model: Model) -> str:
    """The module that holds a model."""
    return "\n".join(
        [
            '"""The model\'s coefficients; written by `python -m benchmarks.docs.fit --write`, not by hand."""',
            "",
            "from bot.agents.impact.model import Logistic, Model",
            "",
            "MODEL = Model(",
            *(
                line
                for name in ("ranking", "gate", "probability")
                for line in _logistic_lines(name, cast(Logistic, getattr(model, name)))
            ),
            f"    threshold={model.threshold},",
            f"    replayed={model.replayed},",
            ")",
            "",
        ]
    )


def _logistic_lines(name: str, value: Logistic) -> list[str]:
    rows = [f'            "{column}": {weight},' for column, weight in value.weights.items()]
    return [f"    {name}=Logistic(", f"        {value.bias},", "        {", *rows, "        },", "    ),"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="replace the shipped table by the one fitted on all cases")
    arguments = parser.parse_args(namespace=SimpleNamespace())
    ready()
    start = time.perf_counter()
    seen = list(observations())
    repositories = sorted({one.case["repo"] for one in seen})
    alone = [(r,) for r in repositories]
    halves = [FIT_HALF, tuple(r for r in repositories if r not in FIT_HALF)]
    judgings = [("in sample", []), ("one repository left out", alone), ("the other half left out", halves)]
    if not set(FIT_HALF) < set(repositories):
        judgings.pop()
    found = models(seen, [fold for _, folds in judgings for fold in folds])
    print(f"{len(seen)} cases of {len(repositories)} repositories; rules and ranker together\n")
    print(f"{'judged':26}{'past':>6}{'file F1':>9}{'R@5':>9}{'FA note':>9}  worst repository")
    apart: list[dict[str, Any]] = []
    for name, folds in judgings:
        answers = judged(seen, found, folds)
        for past, own in (("cold", None), ("warm", thresholds(seen, answers))):
            rows = verdicts(seen, answers, own)
            print(_scores(name, past, rows), flush=True)
            apart = rows if folds == alone and past == "warm" else apart
    print("\nnotices by confidence, one repository left out, warm")
    print(f"{'confidence':12}{'on positives':>14}{'of them right':>15}{'on negatives':>14}")
    for name, own in in_buckets({**n, "negative": r["negative"]} for r in apart for n in r["each notice"]):
        right, wanted = sum(n["right"] for n in own), [n for n in own if not n["negative"]]
        share = f"{right / len(wanted):.2f}" if wanted else "-"
        print(f"{name:12}{len(wanted):14}{share:>15}{len(own) - len(wanted):14}")
    print(f"\n{time.perf_counter() - start:.0f} s")
    fresh = written(found[()])
    at = Path(coefficients.__file__)
    if arguments.write:
        at.write_text(fresh)
        print(f"Written: {at.name}")
    else:
        same = "is the shipped one" if fresh == at.read_text() else "differs from the shipped one"
        print(f"The table fitted on all cases {same}; nothing was written (--write writes it).")


def _scores(name: str, past: str, rows: list[dict[str, Any]]) -> str:
    scores = evaluate.scores(rows)
    repository, share = worst(rows)
    values = (scores[key] for key in ("file_f1", "section_recall_at_5", "false_alarm_noticed"))
    return f"{name:26}{past:>6}" + "".join(f"{value:9.3f}" for value in values) + f"  {share:.3f} {repository}"


if __name__ == "__main__":
    main()
