"""The chained log of what the bot did to a repository: what it was about to do, and what came of it.

Each record's hash covers the record and the hash before it, so that a record which is changed, moved or taken out of
the middle is found by `verify`. Records cut off at the end leave no trace in the chain: keep the last hash elsewhere
where that matters. An `intent` without an outcome is a write that was in flight when the process died.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime

from bot.domain import Outcome, Tenant
from bot.errors import MasError
from bot.ports import AuditEntry, AuditRecord, Store

GENESIS = "0" * 64
"""What the first record of a chain has as its `previous`."""


def chained(last: AuditRecord | None, at: float, entry: AuditEntry) -> AuditRecord:
    """The record that follows `last` (None: the first of its chain); `at` is in seconds since 1970."""
    number, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
    return AuditRecord(number, at, entry, previous, _hash(number, at, entry, previous))


def _hash(number: int, at: float, entry: AuditEntry, previous: str) -> str:
    said = json.dumps({"number": number, "at": at, **asdict(entry)}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(previous.encode() + said.encode()).hexdigest()


def verify(records: Iterable[AuditRecord]) -> int | None:
    """None when the chain holds from its first record on; else the number of the first record that does not follow."""
    last: AuditRecord | None = None
    for record in records:
        if record != chained(last, record.at, record.entry):
            return record.number
        last = record
    return None


async def audited(
    store: Store, tenant: Tenant, job: str, action: str, work: Callable[[], Awaitable[Outcome]]
) -> Outcome:
    """Do one write to GitHub with its intent on record before and its outcome after.

    Args:
        job: names the job; with `action` it makes a replay add nothing.
        action: names the write within its job, for people too.
        work: does it.

    Raises:
        MasError: what `work` raised, once it is on record as `failed` with its reason.
    """

    async def note(phase: str, detail: str) -> None:
        await store.append(tenant, AuditEntry(f"{job}/{action}/{phase}", job, action, phase, detail))

    await note("intent", "")
    try:
        outcome = await work()
    except MasError as error:
        await note("failed", str(error))
        raise
    await note(outcome.status, outcome.detail)
    return outcome


def rendered(records: Iterable[AuditRecord]) -> str:
    """The log as people read it, one line a record; control characters come out escaped."""
    return "".join(f"{_line(record)}\n" for record in records)


def _line(record: AuditRecord) -> str:
    at = datetime.fromtimestamp(record.at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    entry = record.entry
    said = f"{record.number:>5}  {at}  {entry.phase:<7}  {entry.action}  {entry.detail}".rstrip()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in f"{said}  [{entry.job}]")
