"""Several processes on one PostgreSQL: one job per repository at a time, and failover."""

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
def child_process(url: str, log: Path, boundary: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `engine_child.py` in another process, killed at the end."""
    with subprocess.Popen([sys.executable, str(CHILD), url, str(log), boundary]) as child:
        try:
            yield child
        finally:
            child.kill()


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


async def wait_for_line(log: Path, line: str) -> None:
    async def is_logged() -> bool:
        return line in lines(log)

    await until(is_logged)


async def do_nothing(step: Step, job: Job) -> dict[str, Any]:
    return {}


async def test_jobs_and_leadership_of_a_dead_process_move_to_a_live_one(
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
    with child_process(postgres_url, log, "hang:2") as first:
        await wait_for_line(log, "step-1")  # it handles the first push, and is the leader
        async with world.engine(handle) as engine:
            await world.push(1, repository=8)
            await until(
                lambda: world.has("select count(*) > 0 from dbos.workflow_status where queue_partition_key='8'")
            )
            first.send_signal(signal.SIGSTOP)
            with join(world.database) as observer:
                assert observer.recover_orphans() == 0, "it is stopped, but alive"
            first.kill()
            await world.push(1, repository=9)
            assert await world.settle(engine) == {"done": 3}

    assert [line for line in lines(log) if line.startswith("step")][:2] == ["step-0", "step-1"]
    assert [name for seq, name in steps if seq == 1] == ["step-2", "step-3"], "it resumes after the last finished step"
    assert {seq for seq, _ in steps} >= {1, 3}


async def test_two_processes_never_run_jobs_of_one_repository_at_once(
    world: World, postgres_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "jobs"

    async def both_ready() -> bool:
        return len(lines(log)) == 2

    async def all_done() -> bool:
        return (await world.inbox.counts())["done"] == 60

    with child_process(postgres_url, log, "forever"), child_process(postgres_url, log, "forever"):
        await until(both_ready)
        for number in range(30):
            await world.push(number, branch=f"b{number}", repository=number % 3 + 1)
            # Of higher priority than the waiting job, in which case the queue alone lets two processes overlap.
            await world.deliver("closed", f"closed-{number}", number=number, repository=number % 3 + 1)
        await until(all_done)

    running: dict[str, str] = {}
    for event, repository, process in (line.split() for line in lines(log)[2:]):
        if event == "begin":
            assert repository not in running, f"{process} started while {running.get(repository)} was running"
            running[repository] = process
        else:
            assert running.pop(repository) == process
    assert len({line.split()[2] for line in lines(log)[2:]}) == 2, "both ran jobs"


async def test_the_database_rejects_a_second_running_job_of_a_repository(world: World) -> None:
    started, finish = asyncio.Event(), asyncio.Event()

    async def handle(step: Step, job: Job) -> dict[str, Any]:
        started.set()
        await finish.wait()
        return {}

    async with world.engine(handle) as engine:
        await world.push(1, branch="one")
        await world.push(1, branch="two")
        engine.notify()
        await started.wait()
        with pytest.raises(sa.exc.IntegrityError, match=dbos_tables.UNIQUE_RUNNING_INDEX):
            world.query("update dbos.workflow_status set status = 'PENDING' where status = 'ENQUEUED'")
        finish.set()
        assert await world.settle(engine) == {"done": 2}


async def test_one_process_at_a_time_is_the_leader(world: World) -> None:
    with join(world.database) as one, join(world.database) as other:
        assert one.executor_id != other.executor_id
        assert (one.acquire_leadership(), other.acquire_leadership()) == (True, False)
    with join(world.database) as another:
        assert another.acquire_leadership()


async def test_it_does_not_start_while_an_older_version_runs(world: World) -> None:
    with world.database.connect() as older:
        older.exec_driver_sql("select pg_advisory_lock(771)")
        with (
            pytest.raises(UserError, match=r"An older MAS uses this database\. Stop it first\."),
            join(world.database),
        ):
            pass


async def test_listeners_are_notified_again_after_the_database_was_unavailable(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.inbox.notify._RECONNECT_SECONDS", 0.01)
    notified = asyncio.Semaphore(0)
    listening = asyncio.create_task(listen(world.database, notified.release))
    async with asyncio.timeout(30):
        await notified.acquire()  # once at the start, since earlier notifications are lost
        await world.push(1)
        await notified.acquire()
        world.query("select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%'")
        await notified.acquire()
        await world.push(2)
        await notified.acquire()
    listening.cancel()


async def test_jobs_of_an_older_version_are_recovered(world: World) -> None:
    started = asyncio.Event()

    async def endless(step: Step, job: Job) -> dict[str, Any]:
        started.set()
        await asyncio.Event().wait()
        return {}

    async with world.engine(endless) as engine:
        await world.push(1)
        engine.notify()
        await started.wait()
    world.query("update dbos.workflow_status set executor_id = 'mas'")

    async with world.engine(do_nothing) as engine:
        assert await world.settle(engine) == {"done": 1}
