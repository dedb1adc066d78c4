"""Run third-party programs with limits on time, memory and output."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


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
    memory_bytes: int = 2 << 30
    file_bytes: int = 64 << 20
    open_files: int = 512


_UNLIMITED_ADDRESS_SPACE = 'ulimit -S -v "$(ulimit -H -v)"; exec "$@"'
"""Takes our own limit of address space off what is run: some programs reserve terabytes that they never touch."""


class ProcessFailed(Exception):
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
            ["/bin/sh", "-c", _UNLIMITED_ADDRESS_SPACE, "sh", *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        _apply_limits(process.pid, limits)
        code = process.wait(limits.seconds)
    except subprocess.TimeoutExpired:
        raise ProcessFailed(f"it took longer than {limits.seconds:g} s") from None
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if code == -signal.SIGXFSZ or output.stat().st_size >= limits.file_bytes:
        raise ProcessFailed(f"it wrote more than {limits.file_bytes >> 20} MB")
    if code < 0:
        raise ProcessFailed(f"it was ended by {signal.Signals(-code).name}")
    if code not in success:
        raise ProcessFailed(f"it ended with {code}")


def _apply_limits(pid: int, limits: Limits) -> None:
    """Set a process's limits from outside, where the system can: on Linux."""
    if not hasattr(resource, "prlimit"):
        return
    processor = int(limits.seconds * 4)
    wanted = {
        resource.RLIMIT_CPU: processor,
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
    }
    with suppress(ProcessLookupError):
        for kind, most in wanted.items():
            resource.prlimit(pid, kind, (most, most))
