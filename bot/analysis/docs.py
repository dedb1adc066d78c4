"""Draft the documentation edits for the change between two commits of a repository.

files        the files that an analysis reads
blob_facts   cached facts about single files
history      which files changed together, from `git log`
replay       gate scores of past commits that changed no docs
kv_file      many small values in one file
cache_dir    the folder with the history and the scores
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.agents.change_detection.detect import detect
from bot.agents.document_update.draft import draft
from bot.agents.document_update.rules import OPTIONAL, RULES
from bot.agents.impact.calibration import ALWAYS_OPEN, threshold
from bot.agents.impact.changed_terms import role
from bot.agents.impact.coefficients import MODEL
from bot.agents.impact.notices import merge_notices
from bot.agents.impact.rank import Suspect, score_change, select_suspects
from bot.analysis.blob_facts import BlobFacts
from bot.analysis.cache_dir import CacheDir
from bot.analysis.files import is_document, is_relevant, only_relevant
from bot.analysis.history import load_history
from bot.analysis.replay import next_replays, quiet_scores
from bot.domain import Change, Draft
from bot.formats import FORMATS, NAVIGATION
from bot.frameworks import FRAMEWORKS
from bot.git import GitRepo
from bot.languages import LANGUAGES
from bot.text.file_classes import NO_OVERRIDES, Overrides, class_in_change, classify_change

__all__ = ["analyse", "is_relevant", "ranges_to_fetch", "warm_cache"]

REPLAY_SECONDS, MIN_REPLAY_SECONDS = 2.5, 0.25
"""Time after which an analysis stops replaying past commits, and its minimum; the next analysis continues."""

MAX_FETCH_COMMITS = 20
"""Past commits whose files a partial clone fetches for one analysis."""


def _no_progress(_: str) -> None:
    pass


def analyse(
    path: str,
    base: str,
    head: str,
    *,
    cache: Path | None = None,
    progress: Callable[[str], None] = _no_progress,
    without: frozenset[str] = OPTIONAL,
    files: Overrides = NO_OVERRIDES,
) -> Draft:
    """Draft the documentation edits and notices for the change from `base` to `head`.

    Args:
        cache: folder with facts about this repository's history; None disables the cache.
        without: names of rules to skip; by default the optional ones.
        files: overrides of file classes, from `.github/mas.yml`.

    Raises:
        UserError: the repository or revision does not exist.
    """
    started = time.monotonic()
    with GitRepo.open(path) as repository:
        progress("reading the change")
        start, end = repository.resolve(base), repository.resolve(head)
        change = classify_change(repository.change(start, end), files)
        repository.prefetch(blob for path, blob in change.head.items() if is_document(path))
        detected = detect(change, LANGUAGES, FRAMEWORKS)
        progress("reading the docs")
        rules = [rule for rule in RULES if rule.name not in without]
        drafted = draft(change, detected, LANGUAGES, (*FORMATS, *NAVIGATION), rules)
        progress("weighing the past")
        certain = any(is_document(edit.path) for edit in drafted.edits)
        found = _find_suspects(repository, start, only_relevant(change), CacheDir(cache), started, certain=certain)
        notes = (*repository.skip_notes(end), *drafted.notes)
        return replace(drafted, notices=merge_notices(drafted, found), notes=notes)


def ranges_to_fetch(path: str, base: str, head: str, cache: Path) -> list[tuple[str, str]]:
    """Return the changes whose files an analysis reads: the requested one and some past ones to replay.

    A partial clone fetches these files first. Each change is a pair of commits.

    Raises:
        UserError: the repository or revision does not exist.
    """
    with GitRepo.open(path) as repository:
        start, end = repository.resolve(base), repository.resolve(head)
        history = load_history(repository.path, start, CacheDir(cache))
        return [(start, end), *next_replays(repository, history, MODEL, CacheDir(cache), MAX_FETCH_COMMITS)]


def warm_cache(path: str, commit: str, cache: Path) -> None:
    """Cache all the history that an analysis of a change on top of a commit needs, without a time limit.

    Raises:
        UserError: the repository or revision does not exist.
    """
    with GitRepo.open(path) as repository:
        history = load_history(repository.path, repository.resolve(commit), CacheDir(cache))
        with BlobFacts(CacheDir(cache)) as facts:
            quiet_scores(repository, history, MODEL, facts, CacheDir(cache), seconds=float("inf"))


def _find_suspects(
    repository: GitRepo, base: str, change: Change, cache: CacheDir, started: float, *, certain: bool
) -> tuple[Suspect, ...]:
    """Return the sections that are probably stale.

    Args:
        started: start of the analysis, by the monotonic clock.
        certain: whether some document is certainly stale, because a rule edits it.
    """
    if not any(
        role(file.after or file.before or "", class_in_change(change, file)) == "program" for file in change.files
    ):
        return ()
    history = load_history(repository.path, base, cache)
    with BlobFacts(cache) as facts:
        repository.prefetch(facts.missing_blobs(change.head))
        scored = score_change(change, facts.documents(change.head), history, words_of=facts.names)
        if certain:
            return select_suspects(scored, history, ALWAYS_OPEN)
        seconds = max(REPLAY_SECONDS - (time.monotonic() - started), MIN_REPLAY_SECONDS)
        quiet = quiet_scores(repository, history, MODEL, facts, cache, seconds)
        return select_suspects(scored, history, threshold(MODEL, quiet))
