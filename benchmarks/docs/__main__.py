"""Scores the product on the benchmark, in process, beside the baselines.

    python -m benchmarks.docs [--cold] [--notices]

MAS_BENCH_CASES is the benchmark's folder (default ../shared/bench), MAS_BENCH_MIRROR the bare clones, MAS_BENCH_REPOS
where the cases' repositories are built. The shipped table was fitted on these cases: `benchmarks.docs.fit` says what
it does on repositories it has not seen. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

from benchmarks.docs.fit import replayed
from benchmarks.docs.observations import CASES, REPOSITORIES, Past, cases, evaluate
from bot.agents.change_detection import detect
from bot.agents.document_update import draft
from bot.agents.impact import rank
from bot.agents.impact.calibration import threshold
from bot.agents.impact.scope import documents
from bot.agents.impact.table import MODEL
from bot.domain import Change, Edit
from bot.formats import FORMATS
from bot.languages import LANGUAGES
from bot.rules import RULES

COLUMNS = {
    "file F1": "file_f1",
    "R@5": "section_recall_at_5",
    "edits": "edits_on_positives",
    "exact": "edit_precision_exact",
    "touch": "edit_precision_touch",
    "determ.": "deterministic_reproduced",
    "FA edit": "false_alarm_edits",
    "FA note": "false_alarm_noticed",
    "p95 s": "seconds_p95",
}
SURE = -1e9
"""Threshold of a change that has an edit: it made docs stale, so the gate stands open."""


def answer(past: Past, case: Mapping[str, Any], cold: bool, notices_only: bool) -> dict[str, Any]:
    """What the product says of a case, in the evaluator's form."""
    own = MODEL.threshold if cold else threshold(MODEL, replayed(MODEL, past.replays(case["base"])))
    history = past.history(case["base"])
    head = past.git.resolve(f"refs/cases/{case['id']}")
    start = time.perf_counter()
    change = past.git.change(case["base"], head)
    edits = () if notices_only else draft(change, detect(change, LANGUAGES), LANGUAGES, FORMATS, RULES).edits
    pages = documents(change.head, FORMATS, past.known)
    suspects = rank(change, pages, history, threshold=SURE if edits else own, names=past.names)
    return {
        "edits": [_lines(change, edit) for edit in edits],
        "noticed": [
            {"path": s.path, "section": " > ".join(s.section.heading), "line": s.line, "confidence": s.probability}
            for s in suspects
        ],
        "seconds": time.perf_counter() - start,
    }


def _lines(change: Change, edit: Edit) -> dict[str, Any]:
    """An edit of bytes as one of whole lines."""
    data = change.head[edit.path].data
    start = data.rfind(b"\n", 0, edit.start) + 1
    end = edit.end if edit.end > start and data[edit.end - 1 : edit.end] == b"\n" else data.find(b"\n", edit.end) + 1
    end = end or len(data)
    text = (data[start : edit.start] + edit.new.encode() + data[edit.end : end]).decode()
    first = data.count(b"\n", 0, start) + 1
    last = first + len(data[start:end].splitlines()) - 1
    said = {"path": edit.path, "start_line": first, "end_line": last, "replacement": text, "kind": edit.rule}
    clean: dict[str, Any] = evaluate.clean_edit({**said, "confidence": edit.confidence})
    return clean


def verdicts(repository: str, cold: bool, notices_only: bool) -> list[dict[str, Any]]:
    """The judge's verdict of each case of a repository."""
    past = Past(repository)
    return [
        evaluate.judge(REPOSITORIES, case, answer(past, case, cold, notices_only))
        for case in cases()
        if case["repo"] == repository
    ]


def build() -> None:
    """Builds the cases' repositories from the clones, where they are not there yet."""
    if REPOSITORIES.is_dir():
        return
    command = [sys.executable, "build_cases.py", "--cases", "cases.jsonl", "--mirror", os.environ["MAS_BENCH_MIRROR"]]
    subprocess.run([*command, "--repos", str(REPOSITORIES)], cwd=CASES, check=True)


def show(title: str, key: str, ours: list[dict[str, Any]], baselines: Mapping[str, Any]) -> None:
    """One table: a row for each repository or kind, ours above the baselines."""
    print(f"\n{title:26}" + "".join(f"{name:>9}" for name in COLUMNS))
    for value in sorted({row[key] for row in ours}):
        for name, scores in [
            ("", evaluate.scores([row for row in ours if row[key] == value])),
            *((n, b[f"{key}s"].get(value, {})) for n, b in baselines.items()),
        ]:
            print(_row(f"  {name}" if name else value, scores))


def _row(name: str, scores: Mapping[str, Any]) -> str:
    return f"{name:26}" + "".join(f"{_number(scores.get(field)):>9}" for field in COLUMNS.values())


def _number(value: float | None) -> str:
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Scores the product on the documentation benchmark.")
    parser.add_argument("--cold", action="store_true", help="one threshold for all, as on a first run")
    parser.add_argument("--notices", action="store_true", help="leave the edits out")
    arguments = parser.parse_args()
    build()
    repositories = sorted({case["repo"] for case in cases()})
    work = partial(verdicts, cold=arguments.cold, notices_only=arguments.notices)
    with ProcessPoolExecutor(2) as pool:
        rows = [row for found in pool.map(work, repositories) for row in found]
    baselines = {p.stem: json.loads(p.read_text()) for p in sorted((CASES / "scores").glob("b[12]_*.json"))}
    show("by repository", "repo", rows, baselines)
    show("by kind", "kind", rows, baselines)
    overall = evaluate.scores(rows)
    print(f"\n{'overall':26}" + "".join(f"{name:>9}" for name in COLUMNS))
    for name, scores in [("ours", overall), *((n, b["overall"]) for n, b in baselines.items())]:
        print(_row(name, scores))
    print(json.dumps(overall))


if __name__ == "__main__":
    main()
