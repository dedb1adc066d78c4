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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the parent, which ends us
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]  # stays: programs that we run in turn may need more
    resource.setrlimit(
        resource.RLIMIT_AS, (memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard), hard)
    )
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]  # arrays that are mapped from files count as open
    wanted = _MAX_OPEN_FILES if files == resource.RLIM_INFINITY else min(_MAX_OPEN_FILES, files)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, files))


class CpuPool:
    """Runs pure functions in child processes.

    Args:
        workers: how many at once.
        seconds: how long one call may take; then its process is killed.
        memory: bytes of address space that one process may take.
    """

    def __init__(self, workers: int, *, timeout_seconds: float = 300, memory_bytes: int = 4 << 30) -> None:
        self._timeout_seconds = timeout_seconds
        # spawn: a fork would inherit the database's connections and the event loop's sockets.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPool(
            workers, max_tasks=200, initializer=_init_process, initargs=(memory_bytes,), context=context
        )

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call `work` in a child process; arguments and result are pickled.

        Raises:
            UserError: it took longer, or more memory, than one call may.
            Bug: the process died.
        """
        future = cast("Future[Any]", self._pool.schedule(work, args=args, kwargs=kwargs, timeout=self._timeout_seconds))
        try:
            return cast(R, await asyncio.wrap_future(future))
        except TimeoutError as error:
            raise UserError(f"The analysis took longer than {self._timeout_seconds:.0f} s and was stopped.") from error
        except MemoryError as error:
            raise UserError("The analysis took more memory than it may and was stopped.") from error
        except ProcessExpired as error:
            raise Bug(f"a worker process died with exit code {error.exitcode}") from error

    def close(self) -> None:
        """Stop all processes, whatever they do."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()
