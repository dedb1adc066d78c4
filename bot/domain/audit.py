"""Audit log values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit log. `key` names job, action and phase: appending it twice adds one line.

    All that is the tenant's own (names, authors, words) stands in `detail`, which is None once it was purged.
    """

    key: str
    job: str
    action: str
    phase: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An entry as it stands in the log: `hash` covers the entry, of its detail the `digest`, and `previous`.

    `digest` is that of `salt` and the detail; a purge takes both away.
    """

    number: int
    at: float
    entry: AuditEntry
    salt: str | None
    digest: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditHead:
    """Where an audit log ends: its last record, by number and hash, and a seal of both (empty without a key)."""

    number: int
    hash: str
    seal: str
