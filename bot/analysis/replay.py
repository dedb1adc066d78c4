"""Replay the gate on past commits that changed no docs, a few per run, and cache the scores."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from bot.agents.impact.calibration import MAX_LINES, MAX_REPLAYS, MIN_LINES
from bot.agents.impact.history import History
from bot.agents.impact.model import Model
from bot.agents.impact.rank import score_change
from bot.analysis.blob_facts import BlobFacts
from bot.analysis.cache_dir import CacheDir
from bot.analysis.files import only_relevant
from bot.errors import UserError
from bot.git import GitRepo
from bot.text.file_classes import classify_change

VERSION = 2
"""Version of the features; scores of another version or model are recomputed."""
_FILE = "quiet.json"


@dataclass(frozen=True, slots=True)
class GateScores:
    """Gate score by commit; None if the commit is not representative, because of its size."""

    version: str = ""
    by_commit: Mapping[str, float | None] = field(default_factory=dict)


def quiet_scores(
    repository: GitRepo, history: History, model: Model, facts: BlobFacts, cache: CacheDir, seconds: float
) -> list[float]:
    """Return the gate scores of the newest quiet commits, from the cache or as far as time allows.

    Stops at the first commit whose files are missing in this clone: older commits lack theirs, too.
    """
    known = _load_scores(model, cache)
    found: dict[str, float | None] = {}
    for commit, value in _replay(repository, history, model, facts, known, time.monotonic() + seconds):
        found[commit] = value
        if sum(v is not None for v in found.values()) == MAX_REPLAYS:
            break
    if found.keys() - known.keys():
        cache.write(_FILE, GateScores(_version(model), found))
    return [value for value in found.values() if value is not None]


def next_replays(
    repository: GitRepo, history: History, model: Model, cache: CacheDir, limit: int
) -> list[tuple[str, str]]:
    """Return the quiet commits to replay next, each as (parent, commit); empty if enough scores are known."""
    scores = _load_scores(model, cache)
    known = sum(scores.get(commit) is not None for commit in history.quiet)
    pairs = []
    for commit in [oid for oid in history.quiet if oid not in scores][: max(0, min(limit, MAX_REPLAYS - known))]:
        with suppress(UserError):  # the first commit has no parent
            pairs.append((repository.parent(commit), commit))
    return pairs


def _load_scores(model: Model, cache: CacheDir) -> dict[str, float | None]:
    stored = cache.read(_FILE, GateScores) or GateScores()
    return dict(stored.by_commit) if stored.version == _version(model) else {}


def _version(model: Model) -> str:
    return f"{VERSION}-{hashlib.sha256(repr(model).encode()).hexdigest()[:16]}"


def _replay(
    repository: GitRepo,
    history: History,
    model: Model,
    facts: BlobFacts,
    scores: Mapping[str, float | None],
    end: float,
) -> Iterator[tuple[str, float | None]]:
    for commit in history.quiet:
        if commit in scores:
            yield commit, scores[commit]
        elif time.monotonic() < end:
            try:
                yield commit, _gate_score(repository, commit, history, model, facts)
            except UserError:
                end = 0.0


def _gate_score(repository: GitRepo, commit: str, history: History, model: Model, facts: BlobFacts) -> float | None:
    change = only_relevant(classify_change(repository.change(repository.parent(commit), commit)))
    scored = score_change(change, facts.documents(change.head), history, model, facts.names)
    return round(scored.scores.gate, 4) if MIN_LINES <= scored.terms.churn <= MAX_LINES else None
