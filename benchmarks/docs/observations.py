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
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.agents.change_detection.detect import detect
from bot.agents.document_update.draft import draft
from bot.agents.document_update.rules import RULES
from bot.agents.impact.calibration import MAX_LINES, MAX_REPLAYS, MIN_LINES
from bot.agents.impact.documents import DocumentWords
from bot.agents.impact.history import History
from bot.agents.impact.model import Logistic, Model
from bot.agents.impact.rank import ScoredChange, score_change, source_words
from bot.agents.impact.reasons import common_words
from bot.agents.impact.scope import load_documents
from bot.analysis.files import only_relevant as read
from bot.analysis.history import MAX_COMMITS, is_document, log_commits
from bot.domain import Blob, Change, Draft, Section
from bot.errors import UserError
from bot.formats import FORMATS, NAVIGATION
from bot.frameworks import FRAMEWORKS
from bot.git import GitRepo
from bot.languages import LANGUAGES
from bot.languages.scope import language_of

CASES = Path(os.environ.get("MAS_BENCH_CASES", Path(__file__).parent.parent)).resolve() / "docs"
REPOSITORIES = Path(os.environ.get("MAS_BENCH_REPOS", Path(tempfile.gettempdir()) / "bench-repos"))
HARD = ("text share", "changed share", "enclosing share", "together weight", "heading share")
"""Columns by whose sum the sections are picked that a fit or a replay keeps."""
BEST = 40
UNFITTED = Model(Logistic(0.0, {}), Logistic(0.0, {}), Logistic(0.0, {}), 0.0)

sys.path.insert(0, str(CASES))
evaluate = importlib.import_module("evaluate")
"""The benchmark's own judge."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One case: its sections, the columns, for each section whether it was wanted, and what the rules said.

    `evident` says of each section whether it shares a word with the change: without one the product does not name it.
    """

    case: Mapping[str, Any]
    places: Sequence[Section]
    evident: Sequence[bool]
    drafted: Draft
    sections: Mapping[str, Sequence[float]]
    change: Mapping[str, float]
    wanted: Sequence[bool]
    seconds: float
    replays: Sequence[Replay]


@dataclass(frozen=True, slots=True)
class Replay:
    """A past change that needed no docs: its columns, those of its sections only for the best ones."""

    commit: str
    sections: Mapping[str, Sequence[float]]
    change: Mapping[str, float]
    rows: int


def cases() -> list[dict[str, Any]]:
    """All cases, by repository and from old to new."""
    with (CASES / "cases.jsonl").open() as lines:
        return sorted((json.loads(line) for line in lines), key=lambda c: (c["repo"], c["time"]))


def folder(repository: str) -> Path:
    return REPOSITORIES / f"{repository.replace('/', '+')}.git"


class Past:
    """One repository with what is remembered of it from case to case."""

    def __init__(self, repository: str) -> None:
        self.repository = repository
        self.git = GitRepo.open(folder(repository))
        self.known: dict[str, DocumentWords] = {}
        self.words: dict[str, frozenset[str]] = {}
        self.known_replays: dict[str, Replay | None] = {}

    @cached_property
    def log(self) -> list[tuple[str, list[str]]]:
        newest = max((c for c in cases() if c["repo"] == self.repository), key=lambda c: c["time"])
        return list(log_commits(self.git.path, newest["base"], 100_000))

    @cached_property
    def positions(self) -> dict[str, int]:
        return {oid: number for number, (oid, _) in enumerate(self.log)}

    def history(self, commit: str) -> History:
        if commit in self.positions:
            at = self.positions[commit]
            newest = self.log[at : at + MAX_COMMITS]
        else:
            newest = list(log_commits(self.git.path, commit))
        return History().after(commit, reversed(newest), is_document)

    def names(self, blob: Blob) -> frozenset[str]:
        if blob.oid not in self.words:
            self.words[blob.oid] = source_words(blob)
        return self.words[blob.oid]

    def _replayed(self, commit: str, history: History) -> Replay | None:
        try:
            change = read(self.git.change(self.git.parent(commit), commit))
        except UserError:  # the repository's first commit
            return None
        seen = score_change(change, load_documents(change.head, FORMATS, self.known), history, UNFITTED, self.names)
        if not MIN_LINES <= seen.terms.churn <= MAX_LINES:
            return None
        sections, count = seen.features.sections, len(seen.features.rows)
        best = sorted(range(count), key=lambda i: -sum(sections[name][i] for name in HARD))[:BEST]
        kept = {name: [values[i] for i in best] for name, values in sections.items()}
        return Replay(commit, kept, seen.features.change, len(best))

    def replays(self, history: History) -> list[Replay]:
        """The newest quiet changes of a history, as the product replays them."""
        for commit in history.quiet:
            if commit not in self.known_replays:
                self.known_replays[commit] = self._replayed(commit, history)
        found = (self.known_replays[commit] for commit in history.quiet)
        return [replay for replay in found if replay is not None][:MAX_REPLAYS]

    def observe(self, case: Mapping[str, Any]) -> Observation:
        history = self.history(case["base"])
        head = self.git.resolve(f"refs/cases/{case['id']}")
        start = time.perf_counter()
        whole = self.git.change(case["base"], head)
        drafted = in_documents(_drafted(whole))
        change = read(whole)
        pages = load_documents(change.head, FORMATS, self.known)
        seen = score_change(change, pages, history, UNFITTED, self.names)
        seconds = time.perf_counter() - start
        rows = seen.features.rows
        stale = [
            (truth["path"], max(hunk["old_start"], 1))
            for truth in case["doc_truth"]
            for hunk in truth["hunks"]
            if hunk["class"] == "stale" and hunk["linked"]
        ]
        wanted = [
            any(path == p and s.part.start_line <= line <= s.part.end_line for p, line in stale) for path, s in rows
        ]
        places = [Section(path, s.part.titles, s.part.start_line, s.part.end_line) for path, s in rows]
        return Observation(
            case, places, _evident(seen), drafted, seen.features.sections, seen.features.change, wanted, seconds,
            self.replays(history),
        )  # fmt: skip


def _drafted(change: Change) -> Draft:
    """What the rules make of a change; the facts themselves are not needed any more."""
    detected = detect(change, LANGUAGES, FRAMEWORKS)
    rules = [rule for rule in RULES if rule.default]
    return replace(draft(change, detected, LANGUAGES, (*FORMATS, *NAVIGATION), rules), facts=())


def in_documents(drafted: Draft) -> Draft:
    """The draft without what it says of doc comments in code: of those the cases know no truth."""
    return replace(
        drafted,
        edits=tuple(edit for edit in drafted.edits if _is_document(edit.path)),
        notices=tuple(notice for notice in drafted.notices if _is_document(notice.path)),
    )


def _is_document(path: str) -> bool:
    return language_of(path, LANGUAGES) is None


def _evident(seen: ScoredChange) -> list[bool]:
    if not seen.terms.program_files:
        return [False] * len(seen.features.rows)
    return [
        next(common_words(seen.terms, seen.features, row), None) is not None for row in range(len(seen.features.rows))
    ]


def _observed(repository: str) -> list[Observation]:
    past = Past(repository)
    return [past.observe(case) for case in cases() if case["repo"] == repository]


def observations(jobs: int = 2) -> Iterator[Observation]:
    """Every case, observed."""
    repositories = sorted({c["repo"] for c in cases()})
    with ProcessPoolExecutor(jobs) as pool:
        for found in pool.map(_observed, repositories):
            yield from found
