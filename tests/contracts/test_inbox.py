"""The inbox: what is answered is on disk, once, and stays on record."""

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
    """What the pump does with a push: seq N goes from commit N-1 to commit N."""
    with database.begin() as connection:
        address = DeliveryTarget("push", Tenant(1, repository), branch, f"commit-{seq - 1}")
        assert inbox.record_moves(connection, [Move(seq, address, f"job-{seq}")])


async def push(
    database: sa.Engine, inbox: Inbox, seq: int, ending: DeliveryOutcome | None = None, branch: str = "main"
) -> None:
    await inbox.add(f"d{seq}", "push", b"{}")
    move(database, inbox, seq, branch=branch)
    if ending:
        await inbox.record_outcome(seq, 0, ending, "because")


async def test_a_delivery_is_on_disk_when_put_returns(database: sa.Engine, inbox: Inbox) -> None:
    assert await inbox.add("d1", "push", b"\x00bytes\xff") is True

    with database.connect() as another:
        assert another.execute(sa.text("select delivery_id, event, body from inbox natural join inbox_body")).all() == [
            ("d1", "push", b"\x00bytes\xff")
        ]


async def test_a_delivery_seen_before_is_not_kept_again(inbox: Inbox) -> None:
    await inbox.add("d1", "push", b"first")

    assert await inbox.add("d1", "push", b"second") is False
    assert [d.body for d in await inbox.waiting(10)] == [b"first"]


async def test_twins_that_share_a_commit_are_kept_once(inbox: Inbox) -> None:
    kept = await asyncio.gather(*(inbox.add("twin", "push", b"{}") for _ in range(20)))

    assert sorted(kept) == [False] * 19 + [True]
    assert len(await inbox.waiting(10)) == 1


async def test_all_that_wait_while_a_commit_runs_share_the_next_one(database: sa.Engine, inbox: Inbox) -> None:
    commits: list[object] = []
    sa.event.listen(database, "commit", commits.append)

    assert all(await asyncio.gather(*(inbox.add(f"d{n}", "push", b"{}") for n in range(100))))

    assert len(commits) <= 2
    assert [d.delivery_id for d in await inbox.waiting(200)] == [f"d{n}" for n in range(100)]


async def test_a_full_inbox_refuses_and_says_when_to_come_back(database: sa.Engine) -> None:
    inbox = Inbox(database, capacity=2)
    await inbox.open()

    answers = await asyncio.gather(*(inbox.add(f"d{n}", "push", b"{}") for n in range(5)), return_exceptions=True)

    refused = [answer for answer in answers if isinstance(answer, InboxUnavailable)]
    assert len(refused) == 3
    assert refused[0].retry_after
    assert len(await inbox.waiting(10)) == 2
    await inbox.close()


async def test_a_closed_inbox_has_kept_what_it_took_and_refuses_the_rest(database: sa.Engine) -> None:
    inbox = Inbox(database)
    await inbox.open()
    taken = [asyncio.create_task(inbox.add(f"d{n}", "push", b"{}")) for n in range(10)]
    await asyncio.sleep(0)

    await inbox.close()

    assert await asyncio.gather(*taken) == [True] * 10
    with pytest.raises(InboxUnavailable):
        await inbox.add("late", "push", b"{}")


async def test_a_database_that_does_not_answer_refuses_the_delivery(database: sa.Engine, inbox: Inbox) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("drop table inbox_body"))

    with pytest.raises(InboxUnavailable, match="does not answer"):
        await inbox.add("d1", "push", b"{}")

    assert (await inbox.counts())["waiting"] == 0  # no row without its body


async def test_a_database_that_was_away_takes_the_next_delivery(
    database: sa.Engine, inbox: Inbox, request: pytest.FixtureRequest
) -> None:
    await inbox.add("d1", "push", b"{}")
    if database.dialect.name == "postgresql":
        with request.getfixturevalue("postgres_server").connect() as superuser:
            cut = sa.text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name")
            superuser.execute(cut, {"name": database.url.database})

    assert await inbox.add("d2", "push", b"{}") is True


async def test_a_delivery_is_moved_by_one_pump_only(database: sa.Engine, inbox: Inbox) -> None:
    await inbox.add("d1", "push", b"{}")
    move(database, inbox, 1)

    with database.begin() as connection:
        assert inbox.record_moves(connection, [Move(1, job="another")]) is False


async def test_the_first_outcome_of_an_attempt_stands(database: sa.Engine, inbox: Inbox) -> None:
    await push(database, inbox, 1, "failed")
    await inbox.record_outcome(1, 0, "done", "a replay")

    (failure,) = await inbox.failures()
    assert (failure.delivery_id, failure.reason, failure.attempt) == ("d1", "because", 0)


async def test_a_failed_delivery_runs_again_as_a_new_attempt(database: sa.Engine, inbox: Inbox) -> None:
    await push(database, inbox, 1, "failed")

    assert await inbox.retry("d1") is True

    (waiting,) = await inbox.waiting(10)
    assert (waiting.seq, waiting.attempt) == (1, 1)
    await inbox.record_outcome(1, 0, "done", "the attempt that had failed cannot speak any more")
    assert (await inbox.counts())["waiting"] == 1


async def test_only_a_failed_delivery_can_be_retried(database: sa.Engine, inbox: Inbox) -> None:
    await push(database, inbox, 1, "done")

    assert await inbox.retry("d1") is False
    assert await inbox.retry("never seen") is False


async def test_counts_name_every_stage_and_outcome(database: sa.Engine, inbox: Inbox) -> None:
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
    ("history", "begins"),
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
async def test_a_push_begins_where_the_first_push_that_was_not_worked_on_began(
    database: sa.Engine, inbox: Inbox, history: list[DeliveryOutcome], begins: str
) -> None:
    for seq, ending in enumerate(history, start=1):
        await push(database, inbox, seq, ending)
    latest = len(history) + 1
    await push(database, inbox, latest)

    assert await inbox.first_unprocessed_oid(MAIN, latest) == begins


async def test_another_branch_and_another_repository_do_not_count(database: sa.Engine, inbox: Inbox) -> None:
    await push(database, inbox, 1, "superseded", branch="other")
    await inbox.add("d2", "push", b"{}")
    move(database, inbox, 2, repository=8)
    await push(database, inbox, 3)

    assert await inbox.first_unprocessed_oid(MAIN, 3) == "commit-2"
    assert await inbox.find_newer(MAIN, 1) == 3
    assert await inbox.find_newer(CoalesceKey(7, "push", "other"), 1) is None


async def test_a_newer_push_counts_unless_it_came_to_nothing(database: sa.Engine, inbox: Inbox) -> None:
    for seq, ending in enumerate([None, "failed", "ignored", "superseded"], start=1):
        await push(database, inbox, seq, ending)  # type: ignore[arg-type]

    assert await inbox.find_newer(MAIN, 1) is None


async def test_forgetting_a_tenant_leaves_nothing_but_the_delivery_ids(database: sa.Engine, inbox: Inbox) -> None:
    await push(database, inbox, 1, "failed")
    await inbox.add("d2", "push", b"theirs")
    move(database, inbox, 2, repository=8)
    await inbox.record_outcome(2, 0, "done", "theirs")

    assert await inbox.purge_tenant(Tenant(1, 7)) == ["job-1"]

    with database.connect() as connection:
        rows = connection.execute(sa.text("select reason, branch from inbox order by seq")).all()
        bodies = connection.execute(sa.text("select seq, body from inbox_body")).all()
    assert rows == [("forgotten", None), ("theirs", "main")]
    assert bodies == [(2, b"theirs")]
    assert await inbox.retry("d1") is False
    assert await inbox.add("d1", "push", b"again") is False


async def test_old_deliveries_expire_once_they_ended(database: sa.Engine, inbox: Inbox) -> None:
    await push(database, inbox, 1, "done")
    await push(database, inbox, 2)

    assert await inbox.expire(time.time() + 1) == 1
    with database.connect() as connection:
        assert connection.execute(sa.text("select seq from inbox_body")).scalars().all() == [2]
    assert await inbox.active_jobs(10) == {"job-2": (2, 0)}
