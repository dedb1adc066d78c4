"""Scores of the whole product, rules and ranker, by the benchmark's own judge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from benchmarks.docs.observations import REPOSITORIES, Observation, evaluate
from bot.agents.impact.calibration import ALWAYS_OPEN
from bot.agents.impact.model import Model, ModelScores, sigmoid
from bot.agents.impact.notices import merge_notices
from bot.agents.impact.rank import Suspect, select_rows
from bot.cli.preview import as_json

BUCKETS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.87, 0.93, 1.01)
"""Where one row of confidences ends and the next begins."""


def said(one: Observation, model: Model, judged: ModelScores, threshold: float | None = None) -> dict[str, Any]:
    """What the tool says of a case, in the evaluator's form."""
    least = ALWAYS_OPEN if one.drafted.edits else model.threshold if threshold is None else threshold
    notices = merge_notices(one.drafted, _suspects(one, model, judged, least))
    answer = json.loads(as_json(replace(one.drafted, notices=notices)))
    edits = [evaluate.clean_edit(edit) for edit in answer["edits"]]
    return {"edits": edits, "noticed": answer["noticed"], "seconds": one.seconds}


def _suspects(one: Observation, model: Model, judged: ModelScores, least: float) -> list[Suspect]:
    if judged.gate <= least:
        return []
    rows = select_rows([place.path for place in one.places], judged.ranking)
    return [
        Suspect(
            one.places[row].path, one.places[row], one.places[row].start_line,
            round(sigmoid(model.probability({"ranking": judged.ranking[row], "gate": judged.gate})), 3), "", (),
        )
        for row in rows
        if one.evident[row]
    ]  # fmt: skip


def verdict(case: Mapping[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """The judge's verdict of a case, and beside it that of each edit and of each notice."""
    row: dict[str, Any] = evaluate.judge(REPOSITORIES, case, answer)
    repository = str(REPOSITORIES / f"{case['repo'].replace('/', '+')}.git")
    docs = {x["path"]: evaluate.Doc(repository, case, x["path"]) for x in [*answer["edits"], *answer["noticed"]]}
    wanted = {
        (truth["path"], hunk["section"])
        for truth in case["doc_truth"]
        for hunk in truth["hunks"]
        if hunk["class"] == "stale" and hunk["linked"]
    }
    row["each edit"] = [
        {"kind": e["kind"], "confidence": e["confidence"], **evaluate.judge_edit(docs[e["path"]], e, same)}
        for e in answer["edits"]
        for same in [[other for other in answer["edits"] if other["path"] == e["path"]]]
    ]
    row["each notice"] = [
        {"confidence": n["confidence"], "right": (n["path"], docs[n["path"]].section(n["line"])) in wanted}
        for n in answer["noticed"]
    ]
    return row


def verdicts(
    seen: Sequence[Observation],
    answers: Mapping[str, tuple[Model, ModelScores]],
    thresholds: Mapping[str, float] | None = None,
) -> list[dict[str, Any]]:
    """The verdict of each case; `thresholds` by case, where a repository's own is known."""
    own = thresholds or {}
    return [verdict(one.case, said(one, *answers[one.case["id"]], own.get(one.case["id"]))) for one in seen]


def worst(rows: Iterable[Mapping[str, Any]]) -> tuple[str, float]:
    """The repository with the largest share of negatives with a notice, and that share."""
    quiet: dict[str, list[bool]] = {}
    for row in rows:
        if row["negative"]:
            quiet.setdefault(row["repo"], []).append(row["n_noticed"] > 0)
    shares = {name: round(sum(each) / len(each), 4) for name, each in sorted(quiet.items())}
    name = max(shares, key=lambda n: shares[n])
    return name, shares[name]


def in_buckets(said: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """What was said, by confidence; empty rows are left out."""
    every = list(said)
    rows = [
        (f"{low:.2f}-{high - 0.01:.2f}", [x for x in every if low <= x["confidence"] < high])
        for low, high in pairwise(BUCKETS)
    ]
    return [(name, own) for name, own in rows if own]
