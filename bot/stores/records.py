"""What every store writes the same."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bot.domain import IndexStatus, Tenant
from bot.domain.audit import AuditEntry, AuditRecord

Row = dict[str, Any]
"""A row as every store has it, by the names of `bot.stores.schema`'s columns."""

PURGE_DETAIL = "Everything kept of this repository was deleted."

INDEX_TABLE = """store_index (
    installation_id BIGINT NOT NULL, repository_id BIGINT NOT NULL, name TEXT {collation} NOT NULL,
    value {bytes} NOT NULL,
    PRIMARY KEY (installation_id, repository_id, name)) {options}"""
"""What follows `CREATE TABLE`. Names are found by their prefix, so they are in the order of their bytes."""


def purge_entry(last: AuditRecord | None) -> AuditEntry:
    """What the log says of a purge, after its last record."""
    return AuditEntry(f"purge/{last.number + 1 if last else 1}", "purge", "purge", "done", PURGE_DETAIL)


def to_storable(text: str) -> str:
    """What all databases can hold: no NUL, no half of a surrogate pair (a path of broken bytes has them)."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def batches(names: Collection[str], size: int) -> Iterator[Sequence[str]]:
    """Names, no more of them at once than a statement takes."""
    every = list(names)
    return (every[at : at + size] for at in range(0, len(every), size))


def prefix_end(prefix: str) -> str:
    """What comes, by code points, after all names that begin so, and before all others that come after them."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def tenant_from_row(row: Mapping[str, Any]) -> Tenant:
    """Whose a row is."""
    return Tenant(row["installation_id"], row["repository_id"])


def record_from_row(row: Mapping[str, Any]) -> AuditRecord:
    """The audit record of a row."""
    entry = AuditEntry(row["key"], row["job"], row["action"], row["phase"], row["detail"])
    said = (row[name] for name in ("salt", "digest", "previous", "hash"))
    return AuditRecord(row["number"], row["at"], entry, *said)


def record_to_row(tenant: Tenant, record: AuditRecord) -> Row:
    """The row of an audit record."""
    row = {**asdict(tenant), **asdict(record), **asdict(record.entry)}
    del row["entry"]
    return row


def branch_from_row(row: Mapping[str, Any]) -> IndexStatus:
    """How far the index of a row's branch is."""
    said = (row[name] for name in ("repository", "branch", "commit_id", "model", "at", "done", "files"))
    return IndexStatus(tenant_from_row(row), *said)


def branch_to_row(indexed: IndexStatus, seq: int) -> Row:
    """The row of a branch that is indexed."""
    row = {**asdict(indexed.tenant), **asdict(indexed), "commit_id": indexed.commit, "seq": seq}
    del row["tenant"], row["commit"]
    return row
