"""Scores the product on the benchmark, in process, beside the baselines.

    python -m benchmarks.docs [--cold]

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
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.docs.observations import CASES, REPOSITORIES, cases, evaluate, folder
from bot.analysis import analyse, remember
from bot.gitrepo import GitRepo
from bot.preview import as_json

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
CACHES = Path(tempfile.gettempdir()) / "bench-caches"
"""What a warm run keeps of each repository's past, from case to case and from run to run."""


def answer(repository: str, case: Mapping[str, Any], cold: bool) -> dict[str, Any]:
    """What `mas preview` says of a case, in the evaluator's form."""
    at, cache = folder(repository), None if cold else CACHES / repository.replace("/", "+")
    with GitRepo.open(at) as git:
        head = git.resolve(f"refs/cases/{case['id']}")
    if cache is not None:
        remember(str(at), case["base"], cache)
    start = time.perf_counter()
    said = json.loads(as_json(analyse(str(at), case["base"], head, cache=cache)))
    seconds = time.perf_counter() - start
    edits = [evaluate.clean_edit(edit) for edit in said["edits"]]
    return {"edits": edits, "noticed": said["noticed"], "seconds": seconds}


def verdicts(repository: str, cold: bool) -> list[dict[str, Any]]:
    """The judge's verdict of each case of a repository."""
    return [
        evaluate.judge(REPOSITORIES, case, answer(repository, case, cold))
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
    parser.add_argument("--cold", action="store_true", help="each case as a first run, which knows no past")
    arguments = parser.parse_args()
    build()
    repositories = sorted({case["repo"] for case in cases()})
    work = partial(verdicts, cold=arguments.cold)
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
