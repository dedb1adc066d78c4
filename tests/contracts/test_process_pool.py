"""`CpuPool`: results and errors are returned from child processes, and limits are enforced."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from bot.errors import Bug, RemoteError, UserError
from bot.process_pool import CpuPool


def double(number: int) -> tuple[int, int]:
    return number * 2, os.getpid()


def refuse() -> None:
    raise UserError("There is no commit `x` here.", "Fetch it.")


def fail() -> None:
    raise RemoteError("git took too long.", retry_after=3, transient=False)


def sleep_long() -> None:
    time.sleep(600)


def allocate_much() -> int:
    return len(bytearray(3 << 30))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def pool() -> Iterator[CpuPool]:
    made = CpuPool(1, timeout_seconds=60, memory_bytes=2 << 30)
    yield made
    made.close()


async def test_a_result_is_returned_from_another_process(pool: CpuPool) -> None:
    doubled, pid = await pool.run(double, 21)

    assert doubled == 42
    assert pid != os.getpid()


async def test_an_error_is_returned_with_its_fields(pool: CpuPool) -> None:
    with pytest.raises(UserError) as user:
        await pool.run(refuse)
    with pytest.raises(RemoteError) as remote:
        await pool.run(fail)

    assert str(user.value) == "There is no commit `x` here. Fetch it."
    assert (remote.value.retry_after, remote.value.transient) == (3, False)


async def test_a_slow_call_is_killed_and_the_next_one_runs() -> None:
    pool = CpuPool(1, timeout_seconds=5)
    try:
        with pytest.raises(UserError, match="longer than 5 s"):
            await pool.run(sleep_long)
        assert (await pool.run(double, 1))[0] == 2
    finally:
        pool.close()


async def test_a_call_that_exceeds_the_memory_limit_is_stopped(pool: CpuPool) -> None:
    with pytest.raises(UserError, match="more memory"):
        await pool.run(allocate_much)


async def test_a_dead_process_is_a_bug_and_replaced(pool: CpuPool) -> None:
    with pytest.raises(Bug, match="died"):
        await pool.run(die)

    assert (await pool.run(double, 1))[0] == 2
