"""Read a repository's history with `git log`: bounded, and cached for incremental updates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bot.agents.impact.history import VERSION, History
from bot.analysis.cache_dir import CacheDir
from bot.formats import FORMATS
from bot.formats.living import format_of, is_living
from bot.git.command import GitError, git, git_environment
from bot.text.file_classes import classify_path

MAX_COMMITS, MAX_STORED_COMMITS = 1_500, 3_000
"""Commits counted initially, and the number after which counting restarts."""
_FILE = "history.json"
_OID = re.compile(r"[0-9a-f]{40,64}")


def log_commits(git_dir: Path, revisions: str, limit: int = MAX_COMMITS) -> Iterator[tuple[str, list[str]]]:
    """Yield the newest first-parent commits of a git directory and the paths that each changed, newest first.

    Args:
        revisions: a commit id, or a range of two ids (`a..b`).

    Raises:
        GitError: the repository lacks a commit.
    """
    flags = ("--first-parent", "-m", "--name-only", "--no-renames", "-z", f"-n{limit}", "--format=%x01%H")
    out = git(
        "log",
        *flags,
        "--end-of-options",
        revisions,
        "--",
        cwd=git_dir,
        env=git_environment(variables={"GIT_DIR": str(git_dir)}),
    )
    for chunk in out.decode(errors="replace").split("\x01")[1:]:
        oid, *paths = re.split(r"[\0\n]+", chunk.strip("\0\n"))
        if _OID.fullmatch(oid):  # otherwise it is part of a path that contains \x01
            yield oid, paths


def is_document(path: str) -> bool:
    """Return whether a file counts as documentation in the history."""
    form = format_of(path, FORMATS)
    return form is not None and is_living(form, classify_path(path))


def load_history(git_dir: Path, commit: str, cache: CacheDir) -> History:
    """Return the counts up to a commit, based on the cached ones if their commit is an ancestor.

    The counts are empty for a clone that lacks old trees.
    """
    known = _load_stored(cache)
    if known is not None and known.commit == commit:
        return known
    can_resume = (
        known is not None and known.commits < MAX_STORED_COMMITS and _is_ancestor(git_dir, known.commit, commit)
    )
    start = known if known is not None and can_resume else History()
    try:
        new_commits = list(log_commits(git_dir, f"{start.commit}..{commit}" if can_resume else commit))
    except GitError:
        return History()
    history = start.after(commit, reversed(new_commits), is_document)
    cache.write(_FILE, history)
    return history


def _is_ancestor(git_dir: Path, old: str, new: str) -> bool:
    try:
        git(
            "merge-base",
            "--is-ancestor",
            old,
            new,
            cwd=git_dir,
            env=git_environment(variables={"GIT_DIR": str(git_dir)}),
        )
    except GitError:
        return False
    return True


def _load_stored(cache: CacheDir) -> History | None:
    history: History | None = cache.read(_FILE, History)
    is_valid = history is not None and history.version == VERSION and _OID.fullmatch(history.commit)
    return history if is_valid else None
