"""The chained log of what the bot did to a repository: what it was about to do, and what came of it.

    record 1 ──hash──▶ record 2 ──hash──▶ … record n ◀── head: n, its hash, a seal

Each record's hash covers the record and the hash before it; of the detail it covers a salted digest only. So a detail
can be purged, its salt with it, and the chain still holds. The head says where the chain ends: without it records cut
off at the end would leave no trace. Its seal is made with a key that is not in the database, so that whoever writes
there can neither add a record nor cut one off; only a chain as it stood before, with its head, passes for whole, which
an export kept elsewhere tells (`anchored`).

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
"""What the first record of a chain has as its `previous`."""

OPERATOR = Tenant(0, 0)
"""Whose chain holds what is done to the installation as a whole: deployments, settings, back-ups."""


def next_record(last: AuditRecord | None, at: float, entry: AuditEntry, salt: str) -> AuditRecord:
    """The record that follows `last` (None: the first of its chain).

    Args:
        at: in seconds since 1970.
        salt: random, new for each record: without it nobody can try what a purged detail may have been.
    """
    number, previous = (last.number + 1, last.hash) if last else (1, GENESIS_HASH)
    digest = _digest(salt, entry.detail or "")
    return AuditRecord(number, at, entry, salt, digest, previous, _hash(number, at, entry, digest, previous))


def _digest(salt: str, detail: str) -> str:
    return hashlib.sha256(f"{salt}\n{detail}".encode()).hexdigest()


def _hash(number: int, at: float, entry: AuditEntry, digest: str, previous: str) -> str:
    said = {
        "number": number,
        "at": at,
        "key": entry.key,
        "job": entry.job,
        "action": entry.action,
        "phase": entry.phase,
        "digest": digest,
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(previous.encode() + text.encode()).hexdigest()


def head_of(tenant: Tenant, record: AuditRecord, keys: Sequence[str] = ()) -> AuditHead:
    """The head of a chain that ends with a record, sealed with the first key; unsealed without any."""
    return AuditHead(record.number, record.hash, _seal(tenant, record.number, record.hash, keys[0]) if keys else "")


def _seal(tenant: Tenant, number: int, hash_: str, key: str) -> str:
    said = f"{tenant.installation_id}/{tenant.repository_id}/{number}/{hash_}"
    return hmac.new(key.encode(), said.encode(), hashlib.sha256).hexdigest()


# ------------------------------------------------------------------ looking after it


def verify(records: Iterable[AuditRecord]) -> int | None:
    """None when the chain holds from its first record on; else the number of the first record that does not follow."""
    last: AuditRecord | None = None
    for record in records:
        number, previous = (last.number + 1, last.hash) if last else (1, GENESIS_HASH)
        entry, salt = record.entry, record.salt
        whole = record.hash == _hash(number, record.at, entry, record.digest, previous)
        purged = entry.detail is None and salt is None
        kept = salt is not None and entry.detail is not None and record.digest == _digest(salt, entry.detail)
        if (record.number, record.previous) != (number, previous) or not whole or not (purged or kept):
            return record.number
        last = record
    return None


def find_problems(
    tenant: Tenant, records: Sequence[AuditRecord], head: AuditHead | None, keys: Sequence[str] = ()
) -> list[str]:
    """What is wrong with a chain, a sentence each.

    Args:
        keys: any of them is good for the seal; without any the seal is not looked at.
    """
    broken = verify(records)
    if broken is not None:
        return [f"Record {broken} does not follow from those before it: something was changed, moved or taken out."]
    if head is None:
        return ["The log has no head: it was taken away."] if records else []
    ends = (records[-1].number, records[-1].hash) if records else (0, GENESIS_HASH)
    if ends != (head.number, head.hash):
        what = "were cut off" if ends[0] < head.number else "were added by somebody else"
        return [f"The log ends with record {ends[0]}, its head says {head.number}: records {what}."]
    if keys and not any(hmac.compare_digest(head.seal, _seal(tenant, *ends, key)) for key in keys):
        return ["The head's seal is not ours: the end of the log was written by somebody else, or the key is new."]
    return []


def contains_record(records: Sequence[AuditRecord], number: int, hash_: str) -> bool:
    """Whether a record that stood in the log once still does."""
    return number <= len(records) and records[number - 1].hash == hash_


# ------------------------------------------------------------------ adding to it


async def perform_audited(
    store: Store, tenant: Tenant, job: str, action: str, work: Callable[[], Awaitable[ActionResult]]
) -> ActionResult:
    """Do one write to GitHub with its intent on record before and its outcome after.

    Args:
        job: names the job; with `action` it makes a replay add nothing.
        action: names the write within its job, for people too.
        work: does it.

    Raises:
        MasError: what `work` raised, once it is on record as `failed` with its reason.
    """

    async def note(phase: str, detail: str) -> None:
        await store.append_audit_entry(tenant, AuditEntry(f"{job}/{action}/{phase}", job, action, phase, detail))

    await note("intent", "")
    try:
        outcome = await work()
    except MasError as error:
        await note("failed", str(error))
        raise
    await note(outcome.status, outcome.detail)
    return outcome


# ------------------------------------------------------------------ showing it


def render(records: Iterable[AuditRecord]) -> str:
    """The log as people read it, one line a record; control characters come out escaped."""
    return "".join(f"{_format_line(record)}\n" for record in records)


def _format_line(record: AuditRecord) -> str:
    at = datetime.fromtimestamp(record.at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    entry = record.entry
    detail = "(purged)" if entry.detail is None else entry.detail
    said = f"{record.number:>5}  {at}  {entry.phase:<7}  {entry.action}  {detail}".rstrip()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in f"{said}  [{entry.job}]")


def to_dict(tenant: Tenant, record: AuditRecord) -> Mapping[str, object]:
    """A record as plain values, for programs."""
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
