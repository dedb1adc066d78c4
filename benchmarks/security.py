"""Scores the security review on made and real pull requests, in process, beside the raw scanners.

    python -m benchmarks.security [--class NAME] [--show]

Each mix of scanners that is installed gets its row: those that come with MAS, with Checkov, and with Semgrep too. An
extra is found on PATH, also in an environment of its own: PATH=$PATH:EXTRA/bin make bench-security.

MAS_BENCH_MIRROR is the folder of bare clones, MAS_BENCH_CASES one whose `security` holds the cases and their
evaluator, MAS_BENCH_REPOS where the cases' repositories are built. A comment counts by its place: a line that the case
expects, one that is optional, or else a false one; a harmless case is alarmed by one false comment. Then one pull
request of thirty files is timed. The last line is JSON.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.agents.security_review.scanners import SCANNERS, Scanner
from bot.analysis.scanner_lookup import InstalledScanner, locate
from bot.analysis.security import ScanResult, review, scan_change, to_review
from bot.domain import ScannerRun, SecurityReview

CASES = Path(os.environ.get("MAS_BENCH_CASES", Path(__file__).parents[2] / "shared" / "bench")).resolve() / "security"
BUILT = Path(os.environ.get("MAS_BENCH_REPOS", Path(tempfile.gettempdir()) / "bench-repos")) / "security"
RAW = {
    "six raw scanners, all lines": {"plain": 0.669, "hard": 0.0, "precision": 0.038, "alarmed": "59/76"},
    "six raw scanners, changed lines": {"plain": 0.669, "hard": 0.0, "precision": 0.587, "alarmed": "32/76"},
}
"""As the cases' README has them."""


def judge() -> Any:
    """The benchmark's own evaluator.

    Raises:
        SystemExit: with a sentence, where the cases are not there.
    """
    if not (CASES / "evaluate.py").is_file():
        raise SystemExit(f"No cases in {CASES}: set MAS_BENCH_CASES to the folder that holds `security`.")
    if str(CASES) not in sys.path:
        sys.path.insert(0, str(CASES))
    return importlib.import_module("evaluate")


def built(folder: Path) -> tuple[Path, str, str]:
    """A case's repository and its two commits, made where it is not there.

    Raises:
        FileNotFoundError: a clone is missing.
    """
    evaluate = judge()
    repository, tree = BUILT / "repos" / folder.name, BUILT / "trees"
    if not (repository / "done").is_file():
        made = evaluate.materialise(folder, tree, os.environ.get("MAS_BENCH_MIRROR", ""))
        repository.mkdir(parents=True, exist_ok=True)
        evaluate.two_commits(made, repository)
        (repository / "done").touch()
    base, head = evaluate.git(repository, "log", "--format=%H", "--reverse", "main").split()
    return repository, base, head


MIXES = {"default": frozenset[str](), "iac": frozenset({"iac"}), "deep": frozenset({"iac", "deep"})}
"""The extras of each."""


def installed_mixes() -> dict[str, list[Scanner]]:
    """The scanners of each mix of which all extras are there."""
    mixes = {}
    for name, extras in MIXES.items():
        scanners = [scanner for scanner in SCANNERS if not scanner.extra or scanner.extra in extras]
        if all(isinstance(locate(scanner), InstalledScanner) for scanner in scanners):
            mixes[name] = scanners
    return mixes


def row(folder: Path) -> dict[str, Any] | None:
    """What the review says of a case, judged for each mix; None where a clone is missing."""
    evaluate, case = judge(), json.loads((folder / "case.json").read_text())
    try:
        repository, base, head = built(folder)
    except FileNotFoundError:
        return None
    changed = evaluate.changed(repository, base, head)
    mixes = installed_mixes()
    widest = max(mixes.values(), key=len)
    start = time.perf_counter()
    seen = scan_change(str(repository), base, head, scanners=widest)
    seconds = time.perf_counter() - start
    mixed = {}
    for name, scanners in mixes.items():
        told = comments(to_review(only(seen, scanners)))
        found, counts = evaluate.score_case(case, told, changed)
        misses = [entry for entry, ok in zip(case["expected"], found, strict=True) if not ok]
        false = [c for c in told if not any(evaluate.hits(c, entry) for entry in case["expected"])]
        mixed[name] = {"case": case, "found": found, "counts": counts, "misses": misses, "false": false}
    troubles = [f"{run.name}: {run.trouble}" for run in seen.scans.runs if run.trouble]
    slowest = {name: max((run.seconds for run in runs_of(seen, of)), default=0.0) for name, of in mixes.items()}
    return {"id": case["id"], "seconds": seconds, "slowest": slowest, "troubles": troubles, **mixed}


def runs_of(seen: ScanResult, scanners: list[Scanner]) -> list[ScannerRun]:
    names = {scanner.name for scanner in scanners}
    return [run for run in seen.scans.runs if run.name in names]


def only(seen: ScanResult, scanners: list[Scanner]) -> ScanResult:
    """A change as these scanners alone would have seen it."""
    names = {scanner.name for scanner in scanners}
    hits = {
        key: [hit for hit in found if hit.rule.partition("/")[0] in names] for key, found in seen.scans.hits.items()
    }
    return replace(seen, scans=replace(seen.scans, hits=hits))


def comments(found: SecurityReview) -> list[dict[str, Any]]:
    """The findings as the evaluator reads them."""
    return [
        {"path": f.path, "line": f.hit.line, "end_line": f.hit.end_line, "rule": f.hit.rule} for f in found.findings
    ]


def scores(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """All cases together."""
    total = sum((Counter(one["counts"]) for one in rows), Counter[str]())
    plain = [ok for one in rows if not one["case"]["hard"] for ok in one["found"]]
    harmless = [one for one in rows if not one["case"]["expected"]]
    told = total["true"] + total["false"]
    return {
        "cases": len(rows),
        "plain": round(sum(plain) / max(1, len(plain)), 3),
        "hard": sum(ok for one in rows if one["case"]["hard"] for ok in one["found"]),
        "precision": round(total["true"] / told, 3) if told else 1.0,
        "comments": told,
        "false": total["false"],
        "unchanged": total["unchanged"],
        "must_not": total["must_not"],
        "alarmed": sum(bool(one["counts"]["false"]) for one in harmless),
        "harmless": len(harmless),
    }


def show(mixes: Mapping[str, list[dict[str, Any]]]) -> None:
    """By class for the widest mix, then all together beside the raw scanners, a row for each mix."""
    rows = list(mixes.values())[-1]
    classes: dict[str, list[bool]] = defaultdict(list)
    false: Counter[str] = Counter()
    for one in rows:
        classes[one["case"]["class"]] += one["found"]
        false[one["case"]["class"]] += one["counts"]["false"]
    print(f"{'class':34}{'found':>10}{'false':>8}")
    for name, found in sorted(classes.items()):
        print(f"{name:34}{f'{sum(found)}/{len(found)}':>10}{false[name]:>8}")
    print(f"\n{'':34}{'plain':>8}{'hard':>8}{'precision':>11}{'alarmed':>9}")
    for name, raw in RAW.items():
        print(f"{name:34}{raw['plain']:>8}{raw['hard']:>8}{raw['precision']:>11}{raw['alarmed']:>9}")
    for name, of in mixes.items():
        overall = scores(of)
        alarmed = f"{overall['alarmed']}/{overall['harmless']}"
        print(f"{f'ours, {name}':34}{overall['plain']:>8}{overall['hard']:>8}{overall['precision']:>11}{alarmed:>9}")


def show_each(rows: list[dict[str, Any]]) -> None:
    """What was missed, and what was told for nothing."""
    for one in rows:
        for entry in one["misses"]:
            print("missed", one["case"]["id"], f"{entry['path']}:{entry['line']}", entry["rule_hint"])
        for told in one["false"]:
            print("told  ", one["case"]["id"], f"{told['path']}:{told['line']}", told["rule"])


THIRTY = 30


def thirty_files() -> dict[str, float]:
    """Seconds of a review of one pull request of thirty new files: Python, shell, workflows and containers."""
    evil = "import subprocess\n\n\ndef run(name):\n    return subprocess.run(name, shell=True)\n"
    calm = "".join(f"\n\ndef calm_{n}(first, second={n}):\n    return first * second + {n}\n" for n in range(40))
    files = {f"shop/part_{n}.py": evil + calm for n in range(THIRTY - 6)}
    files |= {f"tools/run_{n}.sh": "#!/bin/sh\necho $1\n" for n in range(2)}
    files |= {f"images/{n}/Dockerfile": "FROM debian:12\nADD x /x\nRUN true\n" for n in range(2)}
    files |= {
        f".github/workflows/w{n}.yml": "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        "    steps:\n      - run: echo ${{ github.event.pull_request.title }}\n"
        for n in range(2)
    }
    evaluate = judge()
    with tempfile.TemporaryDirectory() as folder:
        for side, there in (("base", {"README.md": "# Shop\n"}), ("head", files)):
            for path, text in there.items():
                at = Path(folder) / "tree" / side / path
                at.parent.mkdir(parents=True, exist_ok=True)
                at.write_text(text)
        base, head = evaluate.two_commits(Path(folder) / "tree", Path(folder) / "repo")
        start = time.perf_counter()
        found = review(str(Path(folder) / "repo"), base, head, scanners=installed_mixes()["default"])
        seconds = time.perf_counter() - start
    each = {run.name: round(run.seconds, 2) for run in found.runs}
    print(f"\nA pull request of {found.files} files: {seconds:.2f} s, {len(found.findings)} findings; of these:")
    print("  " + ", ".join(f"{name} {own} s" for name, own in each.items()))
    return {"thirty_files_seconds": round(seconds, 2), "thirty_files_findings": len(found.findings)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Scores the security review on made and real pull requests.")
    parser.add_argument("--show", action="store_true", help="print each miss, and each word for nothing")
    parser.add_argument("--class", dest="only", help="one class of cases")
    arguments = parser.parse_args()
    judge()
    folders = sorted(path.parent for path in (CASES / "cases").glob("*/case.json"))
    if arguments.only:
        folders = [f for f in folders if json.loads((f / "case.json").read_text())["class"] == arguments.only]
    with ProcessPoolExecutor(2) as pool:
        rows = [one for one in pool.map(row, folders) if one]
    if not rows:
        raise SystemExit("No case could be built: set MAS_BENCH_MIRROR to the folder of clones.")
    mixes = {name: [one[name] for one in rows] for name in installed_mixes()}
    show(mixes)
    for name in mixes:
        times = sorted(one["slowest"][name] for one in rows)
        print(
            f"slowest scanner of {name}: median {statistics.median(times):.1f} s, 95 of 100 {percentile(times):.1f} s"
        )
    for trouble in [f"{one['id']}: {said}" for one in rows for said in one["troubles"]]:
        print(trouble)
    if len(rows) < len(folders):
        print(f"{len(folders) - len(rows)} cases were left out: their clones are missing.")
    if arguments.show:
        show_each(list(mixes.values())[-1])
    seconds = sorted(one["seconds"] for one in rows)
    figures = {
        **{name: scores(of) for name, of in mixes.items()},
        "seconds_median": round(statistics.median(seconds), 2),
        "seconds_p95": round(percentile(seconds), 2),
        "skipped": len(folders) - len(rows),
    }
    print(json.dumps({**figures, **thirty_files()}))


def percentile(ordered: list[float]) -> float:
    """That which 95 of 100 stay below."""
    return ordered[int(len(ordered) * 0.95)]


if __name__ == "__main__":
    main()
