"""The cases' repositories, built from clones where they are not there yet."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from benchmarks.docs.observations import CASES, REPOSITORIES, cases, folder


def ready() -> None:
    """Builds what is missing.

    Raises:
        SystemExit: with a sentence, where the clones are not there or lack a commit.
    """
    wanted: dict[str, set[str]] = defaultdict(set)
    for case in cases():
        wanted[case["repo"]].add(case["id"])
    missing = sorted(name for name, ids in wanted.items() if not ids <= _built(name))
    if not missing:
        return
    mirror = os.environ.get("MAS_BENCH_MIRROR")
    if mirror is None:
        raise SystemExit(
            "The benchmark needs clones: set MAS_BENCH_MIRROR to the folder that holds them; "
            "benchmarks/docs/README.md says how to get them."
        )
    absent = [name for name in missing if not _is_cloned(Path(mirror), name)]
    if absent:
        raise SystemExit(
            f"No clone of {', '.join(absent)} in {mirror} (as OWNER+NAME.git or OWNER+NAME/repo); "
            "benchmarks/docs/README.md says how to get them."
        )
    command = [sys.executable, "build_cases.py", "--cases", "cases.jsonl", "--mirror", str(Path(mirror).resolve())]
    done = subprocess.run([*command, "--repos", str(REPOSITORIES.resolve())], cwd=CASES, stdout=sys.stderr, check=False)
    if done.returncode:
        raise SystemExit("Not all cases could be built; are the clones whole, with all of their history?")


def _built(name: str) -> set[str]:
    """The cases of a repository that are built."""
    at = folder(name)
    if not at.is_dir():
        return set()
    command = ["git", "--git-dir", str(at), "for-each-ref", "--format=%(refname:lstrip=2)", "refs/cases"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def _is_cloned(mirror: Path, name: str) -> bool:
    key = name.replace("/", "+")
    return any((mirror / at / "objects").is_dir() for at in (f"{key}/repo", f"{key}.git"))
