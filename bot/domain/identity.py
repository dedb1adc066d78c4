"""Whose and which: tenants and repositories."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose data it is: GitHub's numbers, since names change."""

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
    """How far the index of a branch is.

    Args:
        repository: its name, as `owner/name`.
        commit: what can be searched; empty as long as nothing can.
        model: whose vectors those are.
        at: when that commit was indexed, in seconds since 1970.
        done: of `files` of the commit that is indexed now, or was last, how many are.
    """

    tenant: Tenant
    repository: str
    branch: str
    commit: str
    model: str
    at: float
    done: int
    files: int
