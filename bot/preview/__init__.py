"""`mas preview`: what a change makes stale in the docs of a repository on this machine.

hunks      a draft as whole-line changes of each document
output     those as a patch, as JSON, as text for people
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.domain import Draft
from bot.gitrepo import GitRepo
from bot.orchestrator import analyse


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft, and between which commits."""

    base: str
    head: str
    draft: Draft

    @property
    def stale(self) -> bool:
        """Whether a document would be edited, or one was noticed."""
        return bool(self.draft.edits or self.draft.notices)


def preview(path: Path, base: str | None, head: str, progress: Callable[[str], None]) -> Preview:
    """Analyse a change of a local repository; writes nothing.

    Args:
        base: a revision; None for where `head` left the default branch, or its parent when it stands on it.
        progress: is told what goes on, a few words at a time.

    Raises:
        UserError: no such repository, no such revision, or a history too short.
    """
    with GitRepo.open(path) as repository:
        newest = repository.resolve(head)
        oldest = repository.resolve(base) if base is not None else _start(repository, newest)
        git_dir = repository.path
    return Preview(oldest, newest, analyse(str(git_dir), oldest, newest, progress))


def _start(repository: GitRepo, head: str) -> str:
    shared = repository.merge_base(head, repository.resolve(repository.default_branch()))
    return repository.parent(head) if shared == head else shared
