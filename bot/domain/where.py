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
