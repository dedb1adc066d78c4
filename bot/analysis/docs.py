"""What a change of a git repository makes of its docs: the one way from two commits to a draft.

reading   which files are read
blobs     facts of single files, remembered by their content
history   which files changed together, from `git log`
replay    how the gate judges the repository's own quiet past
table     many small values in one file
cache     the folder in which history and replays are kept
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.agents.change_detection.detect import detect
from bot.agents.document_update.documents import format_of
from bot.agents.document_update.draft import draft
from bot.agents.document_update.rules import OPTIONAL, RULES
from bot.agents.impact.calibration import OPEN, threshold
from bot.agents.impact.changed_terms import role
from bot.agents.impact.coefficients import MODEL
from bot.agents.impact.notices import merged
from bot.agents.impact.rank import Suspect, suspects, view
from bot.analysis.blob_facts import BlobFacts
from bot.analysis.cache_dir import Cache
from bot.analysis.files import is_document, is_read, seen
from bot.analysis.history import read_history
from bot.analysis.replay import due, quiet_sums
from bot.domain import Change, Draft
from bot.formats import FORMATS, NAVIGATION
from bot.frameworks import INTERFACES
from bot.git import GitRepo
from bot.languages import LANGUAGES

__all__ = ["analyse", "is_read", "reads", "remember"]

SECONDS, LEAST_SECONDS = 2.5, 0.25
"""After so long an analysis replays no more of the past, but for the least; the next ones go on with it."""

MOST_BROUGHT = 20
"""Past commits whose files a copy without old contents brings for one analysis."""


def _silent(_: str) -> None:
    pass


def analyse(
    path: str,
    base: str,
    head: str,
    *,
    cache: Path | None = None,
    progress: Callable[[str], None] = _silent,
    without: frozenset[str] = OPTIONAL,
) -> Draft:
    """What the change from `base` to `head` of a git repository makes of its docs.

    Args:
        cache: a folder for what is known of this repository's past; None keeps nothing.
        without: the names of rules that are not used; without a word those that are to be asked for.

    Raises:
        UserError: no such repository or revision.
    """
    since = time.monotonic()
    with GitRepo.open(path) as repository:
        progress("reading the change")
        start, end = repository.resolve(base), repository.resolve(head)
        change = repository.change(start, end)
        repository.read_ahead(blob for path, blob in change.head.items() if is_document(path))
        detected = detect(change, LANGUAGES, INTERFACES)
        progress("reading the docs")
        rules = [rule for rule in RULES if rule.name not in without]
        drafted = draft(change, detected, LANGUAGES, (*FORMATS, *NAVIGATION), rules)
        progress("weighing the past")
        certain = any(format_of(edit.path, FORMATS) is not None for edit in drafted.edits)
        found = _suspected(repository, start, seen(change), Cache(cache), since, certain=certain)
        notes = (*repository.notes(end), *drafted.notes)
        return replace(drafted, notices=merged(drafted, found), notes=notes)


def reads(path: str, base: str, head: str, cache: Path) -> list[tuple[str, str]]:
    """The changes whose files an analysis reads: the one it is asked for, and a few of the past not replayed yet.

    A copy without old contents brings them first. Of each, the two commits.

    Raises:
        UserError: no such repository or revision.
    """
    with GitRepo.open(path) as repository:
        start, end = repository.resolve(base), repository.resolve(head)
        history = read_history(repository.path, start, Cache(cache))
        return [(start, end), *due(repository, history, MODEL, Cache(cache), MOST_BROUGHT)]


def remember(path: str, commit: str, cache: Path) -> None:
    """Keep all of a repository's past that an analysis of a change upon a commit asks for, however long it takes.

    Raises:
        UserError: no such repository or revision.
    """
    with GitRepo.open(path) as repository:
        history = read_history(repository.path, repository.resolve(commit), Cache(cache))
        with BlobFacts(Cache(cache)) as facts:
            quiet_sums(repository, history, MODEL, facts, Cache(cache), seconds=float("inf"))


def _suspected(
    repository: GitRepo, base: str, change: Change, cache: Cache, since: float, *, certain: bool
) -> tuple[Suspect, ...]:
    """The sections that are probably stale.

    Args:
        since: when the analysis began, by the monotonic clock.
        certain: whether documents are stale for sure, since a rule has an edit of one.
    """
    if not any(role(file.before or file.after or "") == "program" for file in change.files):
        return ()
    history = read_history(repository.path, base, cache)
    with BlobFacts(cache) as facts:
        repository.read_ahead(facts.unknown(change.head))
        looked = view(change, facts.documents(change.head), history, names=facts.names)
        if certain:
            return suspects(looked, history, OPEN)
        seconds = max(SECONDS - (time.monotonic() - since), LEAST_SECONDS)
        quiet = quiet_sums(repository, history, MODEL, facts, cache, seconds)
        return suspects(looked, history, threshold(MODEL, quiet))
