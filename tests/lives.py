"""Processes of the tests that are killed, and begin again: forks of one that holds nothing but what it imported.

A new interpreter takes two seconds of the processor's time to import the bot, and most of these live a tenth of that.
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
def life(work: Callable[..., object], *args: str) -> Iterator[BaseProcess]:
    """A process that does some work, begun; killed at the end, where it still lives."""
    process = _FORKS.Process(target=work, args=args)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


async def ended(process: BaseProcess) -> int | None:
    """How a process ended, waited for: its exit code, or the negative number of the signal; None if it did not."""
    await asyncio.to_thread(process.join, _MAX_SECONDS)
    return process.exitcode
