"""Scores by the benchmark's own judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.docs.observations import REPOSITORIES, Observation, evaluate
from bot.agents.impact import chosen_rows
from bot.agents.impact.model import Judged, Model, sigmoid


def said(one: Observation, model: Model, judged: Judged, threshold: float | None = None) -> dict[str, Any]:
    """What the tool says of a case, in the evaluator's form."""
    noticed = []
    if judged.gate > (model.threshold if threshold is None else threshold):
        for row in chosen_rows([path for path, _, _ in one.places], judged.ranking):
            path, section, line = one.places[row]
            noticed.append({"path": path, "section": section, "line": line, "confidence": sigmoid(judged.ranking[row])})
    return {"edits": [], "noticed": noticed, "seconds": one.seconds}


def verdicts(
    seen: Sequence[Observation],
    answers: Mapping[str, tuple[Model, Judged]],
    thresholds: Mapping[str, float] | None = None,
) -> list[dict[str, Any]]:
    """The judge's verdict of each case; `thresholds` by case, where a repository's own is known."""
    own = thresholds or {}
    return [
        evaluate.judge(REPOSITORIES, one.case, said(one, *answers[one.case["id"]], own.get(one.case["id"])))
        for one in seen
    ]


def line(name: str, rows: list[dict[str, Any]]) -> str:
    scores = evaluate.scores(rows)
    by_repository = {
        r: evaluate.scores([x for x in rows if x["repo"] == r])["false_alarm_noticed"]
        for r in {x["repo"] for x in rows}
    }
    worst = max(by_repository, key=lambda r: by_repository[r] or 0)
    return (
        f"{name:34} alarms {scores['false_alarm_noticed']:.3f} (worst {worst} {by_repository[worst]:.3f})  "
        f"file F1 {scores['file_f1']:.3f}  section R@5 {scores['section_recall_at_5']:.3f}"
    )


def report(
    name: str,
    seen: Sequence[Observation],
    answers: Mapping[str, tuple[Model, Judged]],
    thresholds: Mapping[str, float] | None = None,
) -> None:
    """Prints one line of scores."""
    print(line(name, verdicts(seen, answers, thresholds)), flush=True)
