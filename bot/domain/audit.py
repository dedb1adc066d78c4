"""Audit log values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry of the audit log.

    Args:
        key: identifies the job, action and phase. Appending the same key twice adds one entry.
        detail: all tenant data, such as names, authors and texts; None after a purge.
    """

    key: str
    job: str
    action: str
    phase: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An entry in the hash chain.

    Args:
        salt: None after a purge.
        digest: the digest of the salt and the detail, which remains after a purge.
        previous: the hash of the previous record.
        hash: covers the entry without its detail, `digest` and `previous`.
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
    """The end of an audit log: the number and hash of its last record, and a seal of both (empty without a key)."""

    number: int
    hash: str
    seal: str
