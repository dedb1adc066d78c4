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
    """Resource limits of a program.

    Args:
        seconds: wall-clock time; the limit of CPU time is four times as much.
        memory_bytes: writable memory. The address space is not limited, because some programs reserve terabytes.
        file_bytes: size of each file that it writes, including its output.
        open_files: number of open files.
    """

    seconds: float = 60
    memory_bytes: int = 2 << 30
    file_bytes: int = 64 << 20
    open_files: int = 512


_UNLIMITED_ADDRESS_SPACE = 'ulimit -S -v "$(ulimit -H -v)"; exec "$@"'
"""Lifts the inherited limit of address space: some programs reserve terabytes that they never use."""


class ProcessFailed(Exception):
    """A program failed or was stopped; the message is a short phrase."""


def run_limited(command: Sequence[str], folder: Path, output: Path, limits: Limits, success: frozenset[int]) -> None:
    """Run a program in a folder and write its standard output to the file `output`.

    It gets a minimal environment, no input, and its own process group, which is killed when it ends.

    Raises:
        ProcessFailed: it timed out, wrote too much, was killed or failed.
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
        raise ProcessFailed(f"timed out after {limits.seconds:g} s") from None
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if code == -signal.SIGXFSZ or output.stat().st_size >= limits.file_bytes:
        raise ProcessFailed(f"wrote more than {limits.file_bytes >> 20} MB")
    if code < 0:
        raise ProcessFailed(f"killed by {signal.Signals(-code).name}")
    if code not in success:
        raise ProcessFailed(f"exit status {code}")


def _apply_limits(pid: int, limits: Limits) -> None:
    """Set the limits of a running process; only Linux supports this."""
    if not hasattr(resource, "prlimit"):
        return
    cpu_seconds = int(limits.seconds * 4)
    values = {
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
    }
    with suppress(ProcessLookupError):
        for kind, value in values.items():
            resource.prlimit(pid, kind, (value, value))
