"""The audit log records the intent of each write to GitHub before it happens, and the outcome after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.audit import perform_audited, render, verify
from bot.domain import ActionResult, Tenant
from bot.domain.audit import AuditEntry, AuditRecord
from bot.errors import RemoteError
from bot.stores.database import connect
from bot.stores.sql.store import SqlStore

OURS = Tenant(1, 10)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    engine = connect(f"sqlite:///{tmp_path}/mas.db")
    opened = SqlStore(engine)
    await opened.open()
    yield opened
    engine.dispose()


def lines(records: list[AuditRecord]) -> list[tuple[str, str, str, str | None]]:
    return [(r.entry.job, r.entry.action, r.entry.phase, r.entry.detail) for r in records]


async def test_the_intent_is_recorded_before_the_write(store: SqlStore) -> None:
    async def work() -> ActionResult:
        assert lines(await store.get_audit_log(OURS)) == [("job 7", "open pull request", "intent", "")]
        return ActionResult("done", "pull request 3")

    assert (await perform_audited(store, OURS, "job 7", "open pull request", work)).status == "done"


@pytest.mark.parametrize("status", ["done", "already"])
async def test_the_outcome_is_recorded_after_the_write(store: SqlStore, status: str) -> None:
    async def work() -> ActionResult:
        return ActionResult(status, "pull request 3")  # type: ignore[arg-type]

    await perform_audited(store, OURS, "job 7", "open pull request", work)

    assert lines(await store.get_audit_log(OURS))[1:] == [("job 7", "open pull request", status, "pull request 3")]


async def test_a_failure_is_recorded_and_raised(store: SqlStore) -> None:
    async def work() -> ActionResult:
        raise RemoteError("GitHub answered 502.")

    with pytest.raises(RemoteError, match="502"):
        await perform_audited(store, OURS, "job 7", "comment", work)

    assert lines(await store.get_audit_log(OURS))[1:] == [("job 7", "comment", "failed", "GitHub answered 502.")]


async def test_a_repeated_write_adds_no_second_intent(store: SqlStore) -> None:
    async def killed() -> ActionResult:
        raise KeyboardInterrupt

    async def work() -> ActionResult:
        return ActionResult("already", "it exists")

    with pytest.raises(KeyboardInterrupt):
        await perform_audited(store, OURS, "job 7", "comment", killed)
    await perform_audited(store, OURS, "job 7", "comment", work)

    records = await store.get_audit_log(OURS)
    assert [r.entry.phase for r in records] == ["intent", "already"]
    assert verify(records) is None


def test_an_empty_log_verifies_and_renders_nothing() -> None:
    assert verify([]) is None
    assert render([]) == ""


def test_a_chain_without_its_first_record_is_broken() -> None:
    stray = AuditRecord(4, 0.0, AuditEntry("k", "j", "a", "done", ""), "salt", "d" * 64, "f" * 64, "e" * 64)

    assert verify([stray]) == 4


def test_each_record_renders_as_one_escaped_line() -> None:
    entry = AuditEntry("k", "job 7", "comment", "failed", "broken\npipe \x1b[31mred")

    (line,) = render([AuditRecord(12, 0.0, entry, "", "", "", "")]).splitlines()
    assert line == "   12  1970-01-01 00:00:00Z  failed   comment  broken\\npipe \\x1b[31mred  [job 7]"
