"""What the gate would have said of the repository's own quiet past: replayed a few commits a run, and kept."""

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
from bot.text.file_classes import classified

VERSION = 2
"""Of the columns; sums of other columns or another table are made anew."""
_FILE = "quiet.json"


@dataclass(frozen=True, slots=True)
class GateScores:
    """Commit → the gate's sum of it; None where it is no sample of daily work."""

    version: str = ""
    by_commit: Mapping[str, float | None] = field(default_factory=dict)


def quiet_scores(
    repository: GitRepo, history: History, model: Model, facts: BlobFacts, cache: CacheDir, seconds: float
) -> list[float]:
    """The gate's sums of the newest quiet commits of a history, as far as they are known or time allows.

    A commit whose files are not in this copy of the repository ends the search: those before it will not be either.
    """
    sums = _load_scores(model, cache)
    found: dict[str, float | None] = {}
    for commit, value in _replay(repository, history, model, facts, sums, time.monotonic() + seconds):
        found[commit] = value
        if sum(v is not None for v in found.values()) == MAX_REPLAYS:
            break
    if found.keys() - sums.keys():
        cache.write(_FILE, GateScores(_version(model), found))
    return [value for value in found.values() if value is not None]


def next_replays(
    repository: GitRepo, history: History, model: Model, cache: CacheDir, limit: int
) -> list[tuple[str, str]]:
    """The quiet commits that are to be replayed next, each after its parent; none where enough are known."""
    sums = _load_scores(model, cache)
    known = sum(sums.get(commit) is not None for commit in history.quiet)
    pairs = []
    for commit in [oid for oid in history.quiet if oid not in sums][: max(0, min(limit, MAX_REPLAYS - known))]:
        with suppress(UserError):  # a repository's first commit
            pairs.append((repository.parent(commit), commit))
    return pairs


def _load_scores(model: Model, cache: CacheDir) -> dict[str, float | None]:
    kept = cache.read(_FILE, GateScores) or GateScores()
    return dict(kept.by_commit) if kept.version == _version(model) else {}


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
    change = only_relevant(classified(repository.change(repository.parent(commit), commit)))
    looked = score_change(change, facts.documents(change.head), history, model, facts.names)
    return round(looked.scores.gate, 4) if MIN_LINES <= looked.terms.churn <= MAX_LINES else None
