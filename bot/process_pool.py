"""A pool of child processes for CPU-bound work."""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import signal
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, ParamSpec, TypeVar, cast

from pebble import ProcessExpired, ProcessPool

from bot.errors import Bug, UserError

P = ParamSpec("P")
R = TypeVar("R")

_MAX_OPEN_FILES = 8192


def _init_process(memory_bytes: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C and stops its children
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]  # kept: programs that this process starts may need more
    resource.setrlimit(
        resource.RLIMIT_AS, (memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard), hard)
    )
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]  # memory-mapped arrays count as open files
    soft = _MAX_OPEN_FILES if files == resource.RLIM_INFINITY else min(_MAX_OPEN_FILES, files)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, files))


class CpuPool:
    """Pool that runs pure functions in child processes.

    Args:
        workers: number of processes.
        timeout_seconds: limit of one call; its process is killed after that.
        memory_bytes: address space of one process.
    """

    def __init__(self, workers: int, *, timeout_seconds: float = 300, memory_bytes: int = 4 << 30) -> None:
        self._timeout_seconds = timeout_seconds
        # spawn: a forked child would inherit database connections and the event loop's sockets.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPool(
            workers, max_tasks=200, initializer=_init_process, initargs=(memory_bytes,), context=context
        )

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call `work` in a child process. Arguments and result are pickled.

        Raises:
            UserError: the call exceeded the time or memory limit.
            Bug: the process died.
        """
        future = cast("Future[Any]", self._pool.schedule(work, args=args, kwargs=kwargs, timeout=self._timeout_seconds))
        try:
            return cast(R, await asyncio.wrap_future(future))
        except TimeoutError as error:
            raise UserError(
                f"The analysis was stopped because it took longer than {self._timeout_seconds:.0f} s."
            ) from error
        except MemoryError as error:
            raise UserError("The analysis was stopped because it used more memory than allowed.") from error
        except ProcessExpired as error:
            raise Bug(f"a worker process died with exit code {error.exitcode}") from error

    def close(self) -> None:
        """Stop all processes, including busy ones."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()
