"""Child processes, with limits: a pool for work that would hold the event loop, and programs that are not ours."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import signal
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from pebble import ProcessExpired, ProcessPool

from bot.errors import Bug, UserError

P = ParamSpec("P")
R = TypeVar("R")

_FILES = 8192


def _begin(memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the parent, which ends us
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]  # stays: programs that we run in turn may need more
    resource.setrlimit(resource.RLIMIT_AS, (memory if hard == resource.RLIM_INFINITY else min(memory, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]  # arrays that are mapped from files count as open
    wanted = _FILES if files == resource.RLIM_INFINITY else min(_FILES, files)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, files))


class CpuPool:
    """Runs pure functions in child processes.

    Args:
        workers: how many at once.
        seconds: how long one call may take; then its process is killed.
        memory: bytes of address space that one process may take.
    """

    def __init__(self, workers: int, *, seconds: float = 300, memory: int = 4 << 30) -> None:
        self._seconds = seconds
        # spawn: a fork would inherit the database's connections and the event loop's sockets.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPool(workers, max_tasks=200, initializer=_begin, initargs=(memory,), context=context)

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call `work` in a child process; arguments and result are pickled.

        Raises:
            UserError: it took longer, or more memory, than one call may.
            Bug: the process died.
        """
        future = cast("Future[Any]", self._pool.schedule(work, args=args, kwargs=kwargs, timeout=self._seconds))
        try:
            return cast(R, await asyncio.wrap_future(future))
        except TimeoutError as error:
            raise UserError(f"The analysis took longer than {self._seconds:.0f} s and was stopped.") from error
        except MemoryError as error:
            raise UserError("The analysis took more memory than it may and was stopped.") from error
        except ProcessExpired as error:
            raise Bug(f"a worker process died with exit code {error.exitcode}") from error

    def close(self) -> None:
        """Stop all processes, whatever they do."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use.

    Args:
        seconds: on the clock; of the processor's time it gets as much on each of four.
        data: bytes of memory that it may write to. Its address space is not limited, for some reserve terabytes.
        written: bytes of one file that it may write, its output among them.
        files: how many it may have open.
    """

    seconds: float = 60
    data: int = 2 << 30
    written: int = 64 << 20
    files: int = 512


_FREED = 'ulimit -S -v "$(ulimit -H -v)"; exec "$@"'
"""Takes our own limit of address space off what is run: some programs reserve terabytes that they never touch."""


class Ended(Exception):
    """A program was stopped, or stopped itself, before its time; says how, as the end of a sentence."""


def run_limited(command: Sequence[str], folder: Path, output: Path, limits: Limits, success: frozenset[int]) -> None:
    """Run a program in a folder until it ends; what it prints lies in the file `output`.

    It gets an environment of our making, no input, and a process group of its own, which ends with it.

    Raises:
        Ended: it took too long, wrote too much, was killed, or failed.
    """
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}
    with output.open("wb") as out:
        process = subprocess.Popen(
            ["/bin/sh", "-c", _FREED, "sh", *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        _limit(process.pid, limits)
        code = process.wait(limits.seconds)
    except subprocess.TimeoutExpired:
        raise Ended(f"it took longer than {limits.seconds:g} s") from None
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if code == -signal.SIGXFSZ or output.stat().st_size >= limits.written:
        raise Ended(f"it wrote more than {limits.written >> 20} MB")
    if code < 0:
        raise Ended(f"it was ended by {signal.Signals(-code).name}")
    if code not in success:
        raise Ended(f"it ended with {code}")


def _limit(pid: int, limits: Limits) -> None:
    """Set a process's limits from outside, where the system can: on Linux."""
    if not hasattr(resource, "prlimit"):
        return
    processor = int(limits.seconds * 4)
    wanted = {
        resource.RLIMIT_CPU: processor,
        resource.RLIMIT_DATA: limits.data,
        resource.RLIMIT_FSIZE: limits.written,
        resource.RLIMIT_NOFILE: limits.files,
        resource.RLIMIT_CORE: 0,
    }
    with suppress(ProcessLookupError):
        for kind, most in wanted.items():
            resource.prlimit(pid, kind, (most, most))
