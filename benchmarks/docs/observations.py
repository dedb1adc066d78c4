"""The benchmark's cases as the ranker sees them: columns, and which sections the maintainers mended."""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.agents.impact import names, view
from bot.agents.impact.calibration import MOST_REPLAYS, is_quiet
from bot.agents.impact.documents import Document
from bot.agents.impact.history import History
from bot.agents.impact.model import Logistic, Model
from bot.agents.impact.scope import documents, form_of
from bot.domain import Blob
from bot.formats import FORMATS
from bot.gitrepo import GitRepo
from bot.history import MOST_COMMITS, commits

CASES = Path(os.environ.get("MAS_BENCH_CASES", "../shared/bench")) / "docs"
REPOSITORIES = Path(os.environ.get("MAS_BENCH_REPOS", Path(tempfile.gettempdir()) / "bench-repos"))
YOUNG, SPREAD = 60, 130
"""Commits at a project's beginning that are not replayed, and about how many are over the rest."""
LEAST, MOST = 3, 300
"""Changed lines of a replayed commit, as of the benchmark's negatives."""
HARD = ("text share", "changed share", "enclosing share", "together weight", "heading share")
"""Columns by whose sum the sections are picked that a fit or a replay keeps."""
BEST = 40
UNFITTED = Model(Logistic(0.0, {}), Logistic(0.0, {}), Logistic(0.0, {}), 0.0)

sys.path.insert(0, str(CASES))
evaluate = importlib.import_module("evaluate")
"""The benchmark's own judge."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One case: where its sections stand, the columns, and for each section whether it was wanted."""

    case: Mapping[str, Any]
    places: Sequence[tuple[str, str, int]]
    sections: Mapping[str, Sequence[float]]
    change: Mapping[str, float]
    wanted: Sequence[bool]
    seconds: float
    replays: Sequence[Replay]


@dataclass(frozen=True, slots=True)
class Replay:
    """A past change that needed no docs: its columns, those of its sections only for the best ones."""

    age: int
    sections: Mapping[str, Sequence[float]]
    change: Mapping[str, float]
    rows: int


def cases() -> list[dict[str, Any]]:
    """All cases, by repository and from old to new."""
    with (CASES / "cases.jsonl").open() as lines:
        return sorted((json.loads(line) for line in lines), key=lambda c: (c["repo"], c["time"]))


def folder(repository: str) -> Path:
    return REPOSITORIES / f"{repository.replace('/', '+')}.git"


def is_document(path: str) -> bool:
    return form_of(path, FORMATS) is not None


class Past:
    """One repository with what is remembered of it from case to case."""

    def __init__(self, repository: str) -> None:
        self.repository = repository
        self.git = GitRepo.open(folder(repository))
        self.known: dict[str, Document] = {}
        self.words: dict[str, frozenset[str]] = {}

    @cached_property
    def log(self) -> list[tuple[str, list[str]]]:
        newest = max((c for c in cases() if c["repo"] == self.repository), key=lambda c: c["time"])
        return list(commits(self.git.path, newest["base"], 100_000))

    @cached_property
    def positions(self) -> dict[str, int]:
        return {oid: number for number, (oid, _) in enumerate(self.log)}

    def history(self, commit: str) -> History:
        if commit in self.positions:
            at = self.positions[commit]
            newest = self.log[at : at + MOST_COMMITS]
        else:
            newest = list(commits(self.git.path, commit))
        return History().after(commit, (paths for _, paths in reversed(newest)), is_document)

    def names(self, blob: Blob) -> frozenset[str]:
        if blob.oid not in self.words:
            self.words[blob.oid] = names(blob)
        return self.words[blob.oid]

    @cached_property
    def quiet(self) -> list[Replay]:
        """Quiet commits spread over the whole log, newest first; `age` is the place in the log."""
        found = [n for n, (_, paths) in enumerate(self.log[:-YOUNG]) if is_quiet(paths, is_document)]
        return [r for n in found[:: max(1, len(found) // SPREAD)] if (r := self._replayed(n)) is not None]

    def _replayed(self, number: int) -> Replay | None:
        commit, before = self.log[number][0], self.log[number + 1][0]
        change = self.git.change(before, commit)
        history = self.history(before)
        seen = view(change, documents(change.head, FORMATS, self.known), history, UNFITTED, self.names)
        if not LEAST <= seen.touched.churn <= MOST:
            return None
        sections, count = seen.columns.sections, len(seen.columns.rows)
        best = sorted(range(count), key=lambda i: -sum(sections[name][i] for name in HARD))[:BEST]
        kept = {name: [values[i] for i in best] for name, values in sections.items()}
        return Replay(number, kept, seen.columns.change, len(best))

    def replays(self, commit: str) -> list[Replay]:
        """The quiet changes that were known at a commit, the newest."""
        at = self.positions.get(commit)
        return [r for r in self.quiet if at is not None and r.age > at][:MOST_REPLAYS]

    def observe(self, case: Mapping[str, Any]) -> Observation:
        history = self.history(case["base"])
        head = self.git.resolve(f"refs/cases/{case['id']}")
        start = time.perf_counter()
        change = self.git.change(case["base"], head)
        pages = documents(change.head, FORMATS, self.known)
        seen = view(change, pages, history, UNFITTED, self.names)
        seconds = time.perf_counter() - start
        rows = seen.columns.rows
        stale = [
            (truth["path"], max(hunk["old_start"], 1))
            for truth in case["doc_truth"]
            for hunk in truth["hunks"]
            if hunk["class"] == "stale" and hunk["linked"]
        ]
        wanted = [
            any(path == p and s.part.start_line <= line <= s.part.end_line for p, line in stale) for path, s in rows
        ]
        places = [(path, " > ".join(s.part.titles), s.part.start_line) for path, s in rows]
        replays = self.replays(case["base"])
        return Observation(case, places, seen.columns.sections, seen.columns.change, wanted, seconds, replays)


def _observed(repository: str) -> list[Observation]:
    past = Past(repository)
    return [past.observe(case) for case in cases() if case["repo"] == repository]


def observations(jobs: int = 2) -> Iterator[Observation]:
    """Every case, observed."""
    repositories = sorted({c["repo"] for c in cases()})
    with ProcessPoolExecutor(jobs) as pool:
        for found in pool.map(_observed, repositories):
            yield from found
