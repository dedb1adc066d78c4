"""Several processes on one PostgreSQL: one job of a repository at a time, and nobody's jobs die with a process."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain import Job
from bot.engine import dbos_tables
from bot.engine.membership import join
from bot.errors import UserError
from bot.inbox import Inbox, listen
from bot.ports import Step
from bot.stores.database import connect
from tests.contracts.test_engine import CHILD, World, until


@pytest.fixture
async def world(postgres_url: str) -> AsyncIterator[World]:
    database = connect(postgres_url)
    inbox = Inbox(database)
    await inbox.open()
    yield World(database, inbox)
    await inbox.close()
    database.dispose()


@contextmanager
def another(url: str, log: Path, boundary: str) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that works on the inbox, as `engine_child.py` says; killed at the end."""
    with subprocess.Popen([sys.executable, str(CHILD), url, str(log), boundary]) as child:
        try:
            yield child
        finally:
            child.kill()


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


async def says(log: Path, line: str) -> None:
    async def there() -> bool:
        return line in lines(log)

    await until(there)


async def nothing(step: Step, job: Job) -> dict[str, Any]:
    return {}


async def test_a_dead_process_loses_its_jobs_and_its_part_to_a_living_one_and_a_living_one_loses_none(
    world: World, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.engine.engine._LIVENESS_CHECK_SECONDS", 0.05)
    log, steps = tmp_path / "steps", []

    async def handle(step: Step, job: Job) -> dict[str, Any]:
        for number in range(4):

            async def work(name: str = f"step-{number}") -> str:
                steps.append((job.seq, name))
                return name

            await step(f"step {number}", work)
        return {}

    await world.push(1)
    with another(postgres_url, log, "hang:2") as first:
        await says(log, "step-1")  # it works on the first push, and it moves the deliveries
        async with world.engine(handle) as engine:
            await world.push(1, repository=8)
            await until(
                lambda: world.has("select count(*) > 0 from dbos.workflow_status where queue_partition_key='8'")
            )
            first.send_signal(signal.SIGSTOP)
            with join(world.database) as looker:
                assert looker.recover_orphans() == 0, "it stands still, and lives"
            first.kill()
            await world.push(1, repository=9)
            assert await world.settled(engine) == {"done": 3}

    assert [line for line in lines(log) if line.startswith("step")][:2] == ["step-0", "step-1"]
    assert [name for seq, name in steps if seq == 1] == ["step-2", "step-3"], "it goes on after the last finished step"
    assert {seq for seq, _ in steps} >= {1, 3}


async def test_two_processes_never_work_on_one_repository_at_a_time(
    world: World, postgres_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "brackets"

    async def both_ready() -> bool:
        return len(lines(log)) == 2

    async def all_done() -> bool:
        return (await world.inbox.counts())["done"] == 60

    with another(postgres_url, log, "forever"), another(postgres_url, log, "forever"):
        await until(both_ready)
        for number in range(30):
            await world.push(number, branch=f"b{number}", repository=number % 3 + 1)
            # More urgent than what waits there: the queue alone lets two processes overlap then.
            await world.deliver("closed", f"closed-{number}", number=number, repository=number % 3 + 1)
        await until(all_done)

    running: dict[str, str] = {}
    for what, repository, process in (line.split() for line in lines(log)[2:]):
        if what == "begin":
            assert repository not in running, f"{process} began while {running.get(repository)} worked"
            running[repository] = process
        else:
            assert running.pop(repository) == process
    assert len({line.split()[2] for line in lines(log)[2:]}) == 2, "both took part"


async def test_the_database_refuses_a_second_running_job_of_a_repository(world: World) -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def handle(step: Step, job: Job) -> dict[str, Any]:
        begun.set()
        await over.wait()
        return {}

    async with world.engine(handle) as engine:
        await world.push(1, branch="one")
        await world.push(1, branch="two")
        engine.notify()
        await begun.wait()
        with pytest.raises(sa.exc.IntegrityError, match=dbos_tables.UNIQUE_RUNNING_INDEX):
            world.query("update dbos.workflow_status set status = 'PENDING' where status = 'ENQUEUED'")
        over.set()
        assert await world.settled(engine) == {"done": 2}


async def test_one_process_at_a_time_moves_deliveries(world: World) -> None:
    with join(world.database) as one, join(world.database) as other:
        assert one.executor_id != other.executor_id
        assert (one.acquire_leadership(), other.acquire_leadership()) == (True, False)
    with join(world.database) as another:
        assert another.acquire_leadership()


async def test_beside_an_older_version_that_knows_of_no_others_it_does_not_start(world: World) -> None:
    with world.database.connect() as older:
        older.exec_driver_sql("select pg_advisory_lock(771)")
        with (
            pytest.raises(UserError, match=r"An older MAS works on this database\. Stop it first\."),
            join(world.database),
        ):
            pass


async def test_a_delivery_is_heard_of_in_every_process_also_after_the_database_was_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.inbox.notify._RECONNECT_SECONDS", 0.01)
    heard = asyncio.Semaphore(0)
    listening = asyncio.create_task(listen(world.database, heard.release))
    async with asyncio.timeout(30):
        await heard.acquire()  # it listens: whatever came before is to be looked for
        await world.push(1)
        await heard.acquire()
        world.query("select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%'")
        await heard.acquire()
        await world.push(2)
        await heard.acquire()
    listening.cancel()


async def test_the_jobs_of_an_older_version_that_knew_of_no_others_are_taken_over(world: World) -> None:
    begun = asyncio.Event()

    async def endless(step: Step, job: Job) -> dict[str, Any]:
        begun.set()
        await asyncio.Event().wait()
        return {}

    async with world.engine(endless) as engine:
        await world.push(1)
        engine.notify()
        await begun.wait()
    world.query("update dbos.workflow_status set executor_id = 'mas'")

    async with world.engine(nothing) as engine:
        assert await world.settled(engine) == {"done": 1}
