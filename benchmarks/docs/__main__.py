"""Scores the product on the benchmark, in process, beside the baselines.

    python -m benchmarks.docs [--cold]

MAS_BENCH_MIRROR is the folder of bare clones, MAS_BENCH_REPOS where the cases' repositories are built,
MAS_BENCH_CASES a folder whose `docs` holds other cases. The shipped table was fitted on the cases in this folder:
`benchmarks.docs.fit` says how the product does on repositories that a table has not seen. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.docs.clones import ready
from benchmarks.docs.judging import in_buckets, verdict, worst
from benchmarks.docs.observations import CASES, cases, evaluate, folder, in_documents
from bot.analysis.docs import analyse, warm_cache
from bot.cli.preview import as_json
from bot.git import GitRepo

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

Said = list[dict[str, Any]]


def answer(repository: str, case: Mapping[str, Any], cold: bool) -> dict[str, Any]:
    """What `mas preview` says of a case, in the evaluator's form."""
    at, cache = folder(repository), None if cold else CACHES / repository.replace("/", "+")
    with GitRepo.open(at) as git:
        head = git.resolve(f"refs/cases/{case['id']}")
    if cache is not None:
        warm_cache(str(at), case["base"], cache)
    start = time.perf_counter()
    drafted = analyse(str(at), case["base"], head, cache=cache)
    seconds = time.perf_counter() - start
    judged = in_documents(drafted)
    said = json.loads(as_json(judged))
    edits = [evaluate.clean_edit(edit) for edit in said["edits"]]
    in_code = len(drafted.edits) - len(judged.edits)
    return {"edits": edits, "noticed": said["noticed"], "seconds": seconds, "in code": in_code}


def verdicts(repository: str, cold: bool) -> list[dict[str, Any]]:
    """The judge's verdict of each case of a repository."""
    own = ((case, answer(repository, case, cold)) for case in cases() if case["repo"] == repository)
    return [{**verdict(case, said), "in code": said["in code"]} for case, said in own]


# ------------------------------------------------------------------ tables


def show(title: str, key: str, ours: list[dict[str, Any]], baselines: Mapping[str, Any]) -> None:
    """One table: a row for each repository or kind of case, ours above the baselines."""
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


def tally(edits: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """How many edits there are, and the share of them that are exact, nearly so, or at least in a right place."""
    every = list(edits)
    shares = {key: round(sum(e[key] for e in every) / len(every), 4) for key in ("exact", "lenient", "touch")}
    return {"edits": len(every), **shares}


def show_edits(title: str, tallies: Mapping[str, Mapping[str, Any]]) -> None:
    """One table of edits, those on negatives counted as wrong."""
    print(f"\n{title:26}" + "".join(f"{name:>9}" for name in ("edits", "exact", "lenient", "touch")))
    for name, counts in tallies.items():
        print(f"{name:26}" + "".join(f"{_number(value):>9}" for value in counts.values()))


def show_notices(title: str, tallies: Mapping[str, Mapping[str, Any]]) -> None:
    """One table of notices: right means that the maintainers changed what that section says."""
    print(f"\n{title:26}{'on pos.':>9}{'right':>9}{'on neg.':>9}")
    for name, counts in tallies.items():
        print(f"{name:26}" + "".join(f"{_number(value):>9}" for value in counts.values()))


def noticed(notices: Said) -> dict[str, Any]:
    """How many notices there are, on positives and on negatives, and the share of the former that are right."""
    asked = [n["right"] for n in notices if not n["negative"]]
    share = round(sum(asked) / len(asked), 4) if asked else None
    return {"positives": len(asked), "right": share, "negatives": len(notices) - len(asked)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Scores the product on the documentation benchmark.")
    parser.add_argument("--cold", action="store_true", help="each case as a first run, which knows no past")
    arguments = parser.parse_args()
    ready()
    repositories = sorted({case["repo"] for case in cases()})
    work = partial(verdicts, cold=arguments.cold)
    with ProcessPoolExecutor(2) as pool:
        rows = [row for found in pool.map(work, repositories) for row in found]
    baselines = {p.stem: json.loads(p.read_text()) for p in sorted((CASES / "scores").glob("b[12]_*.json"))}
    show("by repository", "repo", rows, baselines)
    show("by kind of case", "kind", rows, baselines)
    edits: Said = [edit for row in rows for edit in row["each edit"]]
    notices: Said = [{**notice, "negative": row["negative"]} for row in rows for notice in row["each notice"]]
    kinds = {kind: tally(e for e in edits if e["kind"] == kind) for kind in sorted({e["kind"] for e in edits})}
    sure = {name: tally(own) for name, own in in_buckets(edits)}
    pointed = {name: noticed(own) for name, own in in_buckets(notices)}
    show_edits("edits by kind of fact", kinds)
    show_edits("edits by confidence", sure)
    show_notices("notices by confidence", pointed)
    overall = evaluate.scores(rows)
    name, share = worst(rows)
    print(f"\n{'overall':26}" + "".join(f"{name:>9}" for name in COLUMNS) + "  worst repository's FA note")
    print(_row("ours", overall) + f"  {share:.3f} ({name})")
    for baseline, scores in baselines.items():
        shares = {n: own["false_alarm_noticed"] or 0.0 for n, own in scores["repos"].items()}
        most = max(shares, key=lambda n: shares[n])
        print(_row(baseline, scores["overall"]) + f"  {shares[most]:.3f} ({most})")
    in_code = [sum(row["in code"] for row in rows if row["negative"] is kind) for kind in (False, True)]
    print(f"\nedits of doc comments, not judged: {in_code[0]} on positives, {in_code[1]} on negatives")
    more = {"worst_false_alarm_noticed": share, "worst_repository": name}
    told = {"edits_by_kind": kinds, "edits_by_confidence": sure, "notices_by_confidence": pointed}
    print(json.dumps({**overall, **more, **told}))


if __name__ == "__main__":
    main()
