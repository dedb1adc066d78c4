"""The two commits that are meant, as people name them on the command line."""

from __future__ import annotations

from dataclasses import dataclass

from bot.git import GitRepo


@dataclass(frozen=True, slots=True)
class CommitRange:
    """From which commit to which, as full ids."""

    base: str
    head: str

    def __str__(self) -> str:
        return f"{self.base[:9]}..{self.head[:9]}"


def resolve_range(repository: GitRepo, base: str | None, head: str) -> CommitRange:
    """The two commits that are meant.

    Without a base it is where `head` left the default branch; for a head on that branch, the commit before.

    Raises:
        UserError: there is none.
    """
    newest = repository.resolve(head)
    if base is not None:
        return CommitRange(repository.resolve(base), newest)
    left = repository.merge_base(newest, repository.resolve(repository.default_branch()))
    return CommitRange(repository.parent(newest) if left == newest else left, newest)
