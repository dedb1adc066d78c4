"""The inbox: acknowledged deliveries are on disk, once, and their outcomes are recorded."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bot.domain import Tenant
from bot.inbox import CoalesceKey, DeliveryOutcome, DeliveryTarget, Inbox, InboxUnavailable, Move

MAIN = CoalesceKey(7, "push", "main")


@pytest.fixture
async def inbox(database: sa.Engine) -> AsyncIterator[Inbox]:
    inbox = Inbox(database)
    await inbox.open()
    yield inbox
    await inbox.close()


def move(database: sa.Engine, inbox: Inbox, seq: int, *, branch: str = "main", repository: int = 7) -> None:
    """Move a push as the pump does; push N is from commit N-1 to commit N."""
    with database.begin() as connection:
        target = DeliveryTarget("push", Tenant(1, repository), branch, f"commit-{seq - 1}")
        assert inbox.record_moves(connection, [Move(seq, target, f"job-{seq}")])


async def push(
    database: sa.Engine, inbox: Inbox, seq: int, outcome: DeliveryOutcome | None = None, branch: str = "main"
) -> None:
    await inbox.add(f"d{seq}", "push", b"{}")
    move(database, inbox, seq, branch=branch)
    if outcome:
        await inbox.record_outcome(seq, 0, outcome, "because")


async def test_a_delivery_is_on_disk_when_add_returns(database: sa.Engine, inbox: Inbox) -> None:
    assert await inbox.add("d1", "push", b"\x00bytes\xff") is True

    with database.connect() as another:
        assert another.execute(sa.text("select delivery_id, event, body from inbox natural join inbox_body")).all() == [
            ("d1", "push", b"\x00bytes\xff")
        ]


async def test_a_duplicate_delivery_is_not_saved(inbox: Inbox) -> None:
    await inbox.add("d1", "push", b"first")

    assert await inbox.add("d1", "push", b"second") is False
    assert [d.body for d in await inbox.waiting(10)] == [b"first"]


async def test_duplicates_in_one_commit_are_saved_once(inbox: Inbox) -> None:
    saved = await asyncio.gather(*(inbox.add("twin", "push", b"{}") for _ in range(20)))

    assert sorted(saved) == [False] * 19 + [True]
    assert len(await inbox.waiting(10)) == 1


async def test_deliveries_that_arrive_during_a_commit_share_the_next_one(database: sa.Engine, inbox: Inbox) -> None:
    commits: list[object] = []
    sa.event.listen(database, "commit", commits.append)

    assert all(await asyncio.gather(*(inbox.add(f"d{n}", "push", b"{}") for n in range(100))))

    assert len(commits) <= 2
    assert [d.delivery_id for d in await inbox.waiting(200)] == [f"d{n}" for n in range(100)]


async def test_a_full_inbox_rejects_with_retry_after(database: sa.Engine) -> None:
    inbox = Inbox(database, capacity=2)
    await inbox.open()

    results = await asyncio.gather(*(inbox.add(f"d{n}", "push", b"{}") for n in range(5)), return_exceptions=True)

    rejected = [result for result in results if isinstance(result, InboxUnavailable)]
    assert len(rejected) == 3
    assert rejected[0].retry_after
    assert len(await inbox.waiting(10)) == 2
    await inbox.close()


async def test_a_closed_inbox_has_saved_accepted_deliveries_and_rejects_others(database: sa.Engine) -> None:
    inbox = Inbox(database)
    await inbox.open()
    adding = [asyncio.create_task(inbox.add(f"d{n}", "push", b"{}")) for n in range(10)]
    await asyncio.sleep(0)

    await inbox.close()

    assert await asyncio.gather(*adding) == [True] * 10
    with pytest.raises(InboxUnavailable):
        await inbox.add("late", "push", b"{}")


async def test_a_delivery_is_rejected_if_the_database_does_not_answer(database: sa.Engine, inbox: Inbox) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("drop table inbox_body"))

    with pytest.raises(InboxUnavailable, match="does not answer"):
        await inbox.add("d1", "push", b"{}")

    assert (await inbox.counts())["waiting"] == 0  # no row without its body


async def test_the_next_delivery_is_saved_after_the_database_was_unavailable(
    database: sa.Engine, inbox: Inbox, request: pytest.FixtureRequest
) -> None:
    await inbox.add("d1", "push", b"{}")
    if database.dialect.name == "postgresql":
        with request.getfixturevalue("postgres_server").connect() as superuser:
            disconnect = sa.text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name")
            superuser.execute(disconnect, {"name": database.url.database})

    assert await inbox.add("d2", "push", b"{}") is True


async def test_a_delivery_is_moved_by_one_pump_only(database: sa.Engine, inbox: Inbox) -> None:
    await inbox.add("d1", "push", b"{}")
    move(database, inbox, 1)

    with database.begin() as connection:
        assert inbox.record_moves(connection, [Move(1, job="another")]) is False


async def test_a_recorded_outcome_is_not_overwritten(database: sa.Engine, inbox: Inbox) -> None:
    await push(database, inbox, 1, "failed")
    await inbox.record_outcome(1, 0, "done", "a replay")

    (failure,) = await inbox.failures()
    assert (failure.delivery_id, failure.reason, failure.attempt) == ("d1", "because", 0)


async def test_a_retry_is_a_new_attempt(database: sa.Engine, inbox: Inbox) -> None:
    await push(database, inbox, 1, "failed")

    assert await inbox.retry("d1") is True

    (waiting,) = await inbox.waiting(10)
    assert (waiting.seq, waiting.attempt) == (1, 1)
    await inbox.record_outcome(1, 0, "done", "a late outcome of the failed attempt is ignored")
    assert (await inbox.counts())["waiting"] == 1


async def test_only_a_failed_delivery_can_be_retried(database: sa.Engine, inbox: Inbox) -> None:
    await push(database, inbox, 1, "done")

    assert await inbox.retry("d1") is False
    assert await inbox.retry("never seen") is False


async def test_counts_include_every_stage_and_outcome(database: sa.Engine, inbox: Inbox) -> None:
    await push(database, inbox, 1, "done")
    await push(database, inbox, 2, "superseded")
    await push(database, inbox, 3)
    await inbox.add("d4", "push", b"{}")

    assert await inbox.counts() == {
        "waiting": 1,
        "moved": 1,
        "done": 1,
        "ignored": 0,
        "superseded": 1,
        "failed": 0,
    }


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], "commit-0"),
        (["superseded"], "commit-0"),
        (["done"], "commit-1"),
        (["superseded", "superseded"], "commit-0"),
        (["done", "superseded", "superseded"], "commit-1"),
        (["done", "failed", "superseded"], "commit-1"),
        (["superseded", "done"], "commit-2"),
    ],
)
async def test_a_push_starts_at_the_first_unhandled_push(
    database: sa.Engine, inbox: Inbox, history: list[DeliveryOutcome], expected: str
) -> None:
    for seq, outcome in enumerate(history, start=1):
        await push(database, inbox, seq, outcome)
    latest = len(history) + 1
    await push(database, inbox, latest)

    assert await inbox.first_unprocessed_oid(MAIN, latest) == expected


async def test_other_branches_and_repositories_do_not_count(database: sa.Engine, inbox: Inbox) -> None:
    await push(database, inbox, 1, "superseded", branch="other")
    await inbox.add("d2", "push", b"{}")
    move(database, inbox, 2, repository=8)
    await push(database, inbox, 3)

    assert await inbox.first_unprocessed_oid(MAIN, 3) == "commit-2"
    assert await inbox.find_newer(MAIN, 1) == 3
    assert await inbox.find_newer(CoalesceKey(7, "push", "other"), 1) is None


async def test_a_newer_push_counts_only_if_done_or_unfinished(database: sa.Engine, inbox: Inbox) -> None:
    for seq, outcome in enumerate([None, "failed", "ignored", "superseded"], start=1):
        await push(database, inbox, seq, outcome)  # type: ignore[arg-type]

    assert await inbox.find_newer(MAIN, 1) is None


async def test_purging_a_tenant_leaves_only_delivery_ids(database: sa.Engine, inbox: Inbox) -> None:
    await push(database, inbox, 1, "failed")
    await inbox.add("d2", "push", b"theirs")
    move(database, inbox, 2, repository=8)
    await inbox.record_outcome(2, 0, "done", "theirs")

    assert await inbox.purge_tenant(Tenant(1, 7)) == ["job-1"]

    with database.connect() as connection:
        rows = connection.execute(sa.text("select reason, branch from inbox order by seq")).all()
        bodies = connection.execute(sa.text("select seq, body from inbox_body")).all()
    assert rows == [("data deleted", None), ("theirs", "main")]
    assert bodies == [(2, b"theirs")]
    assert await inbox.retry("d1") is False
    assert await inbox.add("d1", "push", b"again") is False


async def test_old_deliveries_expire_once_finished(database: sa.Engine, inbox: Inbox) -> None:
    await push(database, inbox, 1, "done")
    await push(database, inbox, 2)

    assert await inbox.expire(time.time() + 1) == 1
    with database.connect() as connection:
        assert connection.execute(sa.text("select seq from inbox_body")).scalars().all() == [2]
    assert await inbox.active_jobs(10) == {"job-2": (2, 0)}
