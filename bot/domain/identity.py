"""Tenants and repositories."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tenant:
    """The owner of data, by GitHub's ids, because names change."""

    installation_id: int
    repository_id: int


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository on a forge."""

    tenant: Tenant
    owner: str
    name: str
    default_branch: str

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The state of the index of a branch.

    Args:
        repository: `owner/name`.
        commit: the commit that can be searched; empty before the first one.
        model: the embedding model of its vectors.
        at: the time when that commit was indexed, in seconds since 1970.
        done: the number of indexed files, out of `files`, of the newest commit.
    """

    tenant: Tenant
    repository: str
    branch: str
    commit: str
    model: str
    at: float
    done: int
    files: int
