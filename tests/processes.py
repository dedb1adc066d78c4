"""Processes that tests start and kill, forked from a server that has imported the bot.

A new interpreter takes two seconds of CPU time to import the bot, and most of these processes live a tenth of that.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.journeys.killed", "tests.contracts.engine_child"])
_MAX_SECONDS = 60


@contextmanager
def forked_process(work: Callable[..., object], *args: str) -> Iterator[BaseProcess]:
    """Run a function in a forked process, and kill the process at the end of the block."""
    process = _FORKS.Process(target=work, args=args)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


async def wait_for_exit(process: BaseProcess) -> int | None:
    """Wait for a process. Return its exit code, the negative number of a signal, or None after a timeout."""
    await asyncio.to_thread(process.join, _MAX_SECONDS)
    return process.exitcode
