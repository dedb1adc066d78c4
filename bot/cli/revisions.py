"""Resolve `--base` and `--head` of the command line."""

from __future__ import annotations

from dataclasses import dataclass

from bot.git import GitRepo


@dataclass(frozen=True, slots=True)
class CommitRange:
    """The base and head commit, as full ids."""

    base: str
    head: str

    def __str__(self) -> str:
        return f"{self.base[:9]}..{self.head[:9]}"


def resolve_range(repository: GitRepo, base: str | None, head: str) -> CommitRange:
    """Return the range of two revisions.

    Without a base, use the merge base with the default branch; if `head` is on that branch, its parent.

    Raises:
        UserError: a revision does not exist.
    """
    head_commit = repository.resolve(head)
    if base is not None:
        return CommitRange(repository.resolve(base), head_commit)
    merge_base = repository.merge_base(head_commit, repository.resolve(repository.default_branch()))
    return CommitRange(repository.parent(head_commit) if merge_base == head_commit else merge_base, head_commit)
