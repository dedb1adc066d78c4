"""The audit log: a hash chain of the bot's writes to a repository, each with its intent and its outcome.

    record 1 ──hash──▶ record 2 ──hash──▶ … record n ◀── head: n, its hash, a seal

Each hash covers the record and the previous hash, but only a salted digest of the detail. So a detail can be purged
together with its salt, and the chain stays valid. The head names the last record, so that truncation is detected. Its
seal is made with a key that is not in the database, so that someone who can write to the database cannot add or remove
records. They could only restore an older chain with its head. To detect that, compare with an exported record
(`contains_record`).

An `intent` without an outcome is a write that was in flight when the process died.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from bot.domain import ActionResult, Tenant
from bot.domain.audit import AuditEntry, AuditHead, AuditRecord
from bot.errors import MasError
from bot.ports import Store

GENESIS_HASH = "0" * 64
"""`previous` of the first record."""

OPERATOR = Tenant(0, 0)
"""The tenant of the operator's own log: deployments, settings, back-ups."""


def next_record(last: AuditRecord | None, at: float, entry: AuditEntry, salt: str) -> AuditRecord:
    """Return the record that follows `last`, or the first of a chain if `last` is None.

    Args:
        at: in seconds since 1970.
        salt: random for each record. After a purge removes it, nobody can guess the detail from its digest.
    """
    number, previous = (last.number + 1, last.hash) if last else (1, GENESIS_HASH)
    digest = _digest(salt, entry.detail or "")
    return AuditRecord(number, at, entry, salt, digest, previous, _hash(number, at, entry, digest, previous))


def _digest(salt: str, detail: str) -> str:
    return hashlib.sha256(f"{salt}\n{detail}".encode()).hexdigest()


def _hash(number: int, at: float, entry: AuditEntry, digest: str, previous: str) -> str:
    content = {
        "number": number,
        "at": at,
        "key": entry.key,
        "job": entry.job,
        "action": entry.action,
        "phase": entry.phase,
        "digest": digest,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(previous.encode() + text.encode()).hexdigest()


def head_of(tenant: Tenant, record: AuditRecord, keys: Sequence[str] = ()) -> AuditHead:
    """Return the head of a chain that ends with a record, sealed with the first key; unsealed without a key."""
    return AuditHead(record.number, record.hash, _seal(tenant, record.number, record.hash, keys[0]) if keys else "")


def _seal(tenant: Tenant, number: int, hash_: str, key: str) -> str:
    content = f"{tenant.installation_id}/{tenant.repository_id}/{number}/{hash_}"
    return hmac.new(key.encode(), content.encode(), hashlib.sha256).hexdigest()


# ------------------------------------------------------------------ verification


def verify(records: Iterable[AuditRecord]) -> int | None:
    """Return the number of the first record that does not follow from the previous ones; None for a valid chain."""
    last: AuditRecord | None = None
    for record in records:
        number, previous = (last.number + 1, last.hash) if last else (1, GENESIS_HASH)
        entry, salt = record.entry, record.salt
        is_intact = record.hash == _hash(number, record.at, entry, record.digest, previous)
        is_purged = entry.detail is None and salt is None
        has_detail = salt is not None and entry.detail is not None and record.digest == _digest(salt, entry.detail)
        if (record.number, record.previous) != (number, previous) or not is_intact or not (is_purged or has_detail):
            return record.number
        last = record
    return None


def find_problems(
    tenant: Tenant, records: Sequence[AuditRecord], head: AuditHead | None, keys: Sequence[str] = ()
) -> list[str]:
    """Return the problems of a chain, one sentence each.

    Args:
        keys: the seal must match one of them. Without keys it is not checked.
    """
    broken = verify(records)
    if broken is not None:
        return [f"Record {broken} does not follow from the previous ones: a record was changed, moved or removed."]
    if head is None:
        return ["The log has no head: it was removed."] if records else []
    ends = (records[-1].number, records[-1].hash) if records else (0, GENESIS_HASH)
    if ends != (head.number, head.hash):
        what = "were removed" if ends[0] < head.number else "were added outside MAS"
        return [f"The log ends with record {ends[0]}, but its head names {head.number}: records {what}."]
    if keys and not any(hmac.compare_digest(head.seal, _seal(tenant, *ends, key)) for key in keys):
        return ["The head's seal is invalid: the end of the log was written outside MAS, or the key was changed."]
    return []


def contains_record(records: Sequence[AuditRecord], number: int, hash_: str) -> bool:
    """Return whether a record that was in the log before is still there."""
    return number <= len(records) and records[number - 1].hash == hash_


# ------------------------------------------------------------------ writing


async def perform_audited(
    store: Store, tenant: Tenant, job: str, action: str, work: Callable[[], Awaitable[ActionResult]]
) -> ActionResult:
    """Do one write to GitHub. Record its intent before, and its outcome after.

    Args:
        job: identifies the job. A replay with the same job and action adds no entries.
        action: identifies the write within its job, readable for people.
        work: does the write.

    Raises:
        MasError: raised by `work`, after it was recorded as `failed`.
    """

    async def record(phase: str, detail: str) -> None:
        await store.append_audit_entry(tenant, AuditEntry(f"{job}/{action}/{phase}", job, action, phase, detail))

    await record("intent", "")
    try:
        outcome = await work()
    except MasError as error:
        await record("failed", str(error))
        raise
    await record(outcome.status, outcome.detail)
    return outcome


# ------------------------------------------------------------------ output


def render(records: Iterable[AuditRecord]) -> str:
    """Render the log for people, one line per record, with control characters escaped."""
    return "".join(f"{_format_line(record)}\n" for record in records)


def _format_line(record: AuditRecord) -> str:
    at = datetime.fromtimestamp(record.at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    entry = record.entry
    detail = "(purged)" if entry.detail is None else entry.detail
    line = f"{record.number:>5}  {at}  {entry.phase:<7}  {entry.action}  {detail}".rstrip()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in f"{line}  [{entry.job}]")


def to_dict(tenant: Tenant, record: AuditRecord) -> Mapping[str, object]:
    """Return a record as plain values, for programs."""
    entry = record.entry
    return {
        "installation_id": tenant.installation_id,
        "repository_id": tenant.repository_id,
        "number": record.number,
        "timestamp": datetime.fromtimestamp(record.at, UTC).isoformat(),
        "at": record.at,
        "key": entry.key,
        "job": entry.job,
        "action": entry.action,
        "phase": entry.phase,
        "detail": entry.detail,
        "salt": record.salt,
        "digest": record.digest,
        "previous": record.previous,
        "hash": record.hash,
    }
