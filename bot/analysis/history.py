"""A repository's past, read with `git log`: bounded, and kept so that the next commit costs only itself."""

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
"""Commits that are counted at first, and those after which counting begins anew."""
_FILE = "history.json"
_OID = re.compile(r"[0-9a-f]{40,64}")


def log_commits(git_dir: Path, revisions: str, limit: int = MAX_COMMITS) -> Iterator[tuple[str, list[str]]]:
    """The newest first-parent commits of a git folder and the paths that each changed, newest first.

    Args:
        revisions: a commit's id, or two with `..` between.

    Raises:
        GitFailed: the folder lacks a commit.
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
        if _OID.fullmatch(oid):  # else it is the rest of a path with that character in it
            yield oid, paths


def is_document(path: str) -> bool:
    """Whether a past commit that changed this file changed docs."""
    form = format_of(path, FORMATS)
    return form is not None and is_living(form, classify_path(path))


def load_history(git_dir: Path, commit: str, cache: CacheDir) -> History:
    """The counts up to a commit; from what is kept of an earlier one, where that is its ancestor.

    A clone that lacks old trees has no past to tell: then the counts are empty.
    """
    known = _load_stored(cache)
    if known is not None and known.commit == commit:
        return known
    goes_on = known is not None and known.commits < MAX_STORED_COMMITS and _is_ancestor(git_dir, known.commit, commit)
    start = known if known is not None and goes_on else History()
    try:
        news = list(log_commits(git_dir, f"{start.commit}..{commit}" if goes_on else commit))
    except GitError:
        return History()
    history = start.after(commit, reversed(news), is_document)
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
    sound = history is not None and history.version == VERSION and _OID.fullmatch(history.commit)
    return history if sound else None
