"""Rows and values that all stores write the same way."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bot.domain import IndexStatus, Tenant
from bot.domain.audit import AuditEntry, AuditRecord

Row = dict[str, Any]
"""A row of any store, by the column names of `bot.stores.sql.schema`."""

PURGE_DETAIL = "All data of this repository was deleted."

INDEX_TABLE = """store_index (
    installation_id BIGINT NOT NULL, repository_id BIGINT NOT NULL, name TEXT {collation} NOT NULL,
    value {bytes} NOT NULL,
    PRIMARY KEY (installation_id, repository_id, name)) {options}"""
"""Rest of the `CREATE TABLE` statement. Names are ordered by bytes, so that they can be found by prefix."""


def purge_entry(last: AuditRecord | None) -> AuditEntry:
    """Return the audit entry of a purge that follows the last record of the log."""
    return AuditEntry(f"purge/{last.number + 1 if last else 1}", "purge", "purge", "done", PURGE_DETAIL)


def to_storable(text: str) -> str:
    """Replace the characters that some databases reject: NUL and lone surrogates (from paths that are not UTF-8)."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def batches(names: Collection[str], size: int) -> Iterator[Sequence[str]]:
    """Split names into batches for one statement each."""
    ordered = list(names)
    return (ordered[at : at + size] for at in range(0, len(ordered), size))


def prefix_end(prefix: str) -> str:
    """Return the exclusive upper bound, by code points, of the names with a prefix."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def tenant_from_row(row: Mapping[str, Any]) -> Tenant:
    """Return the tenant of a row."""
    return Tenant(row["installation_id"], row["repository_id"])


def record_from_row(row: Mapping[str, Any]) -> AuditRecord:
    """Return the audit record of a row."""
    entry = AuditEntry(row["key"], row["job"], row["action"], row["phase"], row["detail"])
    return AuditRecord(
        row["number"], row["at"], entry, row["salt"], row["digest"], row["previous"], row["hash"]
    )  # fmt: skip


def record_to_row(tenant: Tenant, record: AuditRecord) -> Row:
    """Return the row of an audit record."""
    row = {**asdict(tenant), **asdict(record), **asdict(record.entry)}
    del row["entry"]
    return row


def branch_from_row(row: Mapping[str, Any]) -> IndexStatus:
    """Return the index status of a row."""
    values = (row[name] for name in ("repository", "branch", "commit_id", "model", "at", "done", "files"))
    return IndexStatus(tenant_from_row(row), *values)


def branch_to_row(status: IndexStatus, seq: int) -> Row:
    """Return the row of an index status."""
    row = {**asdict(status.tenant), **asdict(status), "commit_id": status.commit, "seq": seq}
    del row["tenant"], row["commit"]
    return row
