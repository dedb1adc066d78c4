"""A repository's past, read with `git log`: bounded, and kept so that the next commit costs only itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

from bot.agents.impact.history import VERSION, History
from bot.gitrepo.command import GitFailed, environment, git

MOST_COMMITS = 1_500
_OID = re.compile(r"[0-9a-f]{40,64}")


def commits(at: Path, revisions: str, most: int = MOST_COMMITS) -> Iterator[tuple[str, list[str]]]:
    """The newest first-parent commits of a git folder and the paths that each changed, newest first.

    Args:
        revisions: a commit's id, or two with `..` between.

    Raises:
        GitFailed: the folder lacks a commit.
    """
    flags = ("--first-parent", "-m", "--name-only", "--no-renames", "-z", f"-n{most}", "--format=%x01%H")
    out = git(
        "log", *flags, "--end-of-options", revisions, "--", at=at, env=environment(variables={"GIT_DIR": str(at)})
    )
    for chunk in out.decode(errors="replace").split("\x01")[1:]:
        oid, *paths = re.split(r"[\0\n]+", chunk.strip("\0\n"))
        yield oid, paths


def read_history(at: Path, commit: str, is_document: Callable[[str], bool], kept: Path | None = None) -> History:
    """The counts up to a commit; from what is kept of an earlier one, where that is its ancestor.

    Args:
        kept: a file for the counts of the newest commit read; absent or unreadable, all is counted anew.
    """
    known = _load(kept) if kept is not None else None
    if known is not None and known.commit == commit:
        return known
    since = f"{known.commit}..{commit}" if known is not None and _descends(at, known.commit, commit) else None
    paths = [p for _, p in commits(at, since or commit)]
    history = (known if since and known else History()).after(commit, reversed(paths), is_document)
    if kept is not None:
        _save(kept, history)
    return history


def _descends(at: Path, old: str, new: str) -> bool:
    try:
        git("merge-base", "--is-ancestor", old, new, at=at, env=environment(variables={"GIT_DIR": str(at)}))
    except GitFailed:
        return False
    return True


def _load(kept: Path) -> History | None:
    try:
        history = History(**json.loads(kept.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None  # a cache: whatever is wrong with it, counting anew is right
    return history if history.version == VERSION and _OID.fullmatch(history.commit) else None


def _save(kept: Path, history: History) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    fresh = kept.with_name(f"{kept.name}.new")
    fresh.write_text(json.dumps({f.name: getattr(history, f.name) for f in fields(history)}))
    fresh.replace(kept)
