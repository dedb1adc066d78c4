"""Output on the terminal: errors while writing, and a progress bar."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.errors import UserError
from bot.text.terminal_safe import escape_for_terminal

PROGRESS_DELAY_SECONDS = 1.0
"""Seconds before the progress bar appears."""


def output_console() -> Console:
    """Return the console for results, on standard output."""
    return Console(highlight=False, emoji=False)


def error_console() -> Console:
    """Return the console for progress, notes and errors, on standard error."""
    return Console(stderr=True, highlight=False, emoji=False)


def print_lines(lines: Iterable[RenderableType]) -> None:
    """Print rendered lines on standard output; characters that it cannot encode are escaped."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    console = output_console()
    for line in lines:
        console.print(line, soft_wrap=True)


def print_notes(console: Console, notes: Iterable[str]) -> None:
    """Print notes beside machine-readable output."""
    for note in notes:
        console.print(escape_for_terminal(note), markup=False, soft_wrap=True)


@contextmanager
def handle_output_errors() -> Iterator[None]:
    """Flush standard output at the end of the block, and end quietly when its reader has closed the pipe.

    Raises:
        UserError: the output cannot be written.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough; the exit code stays the same
        _discard_output()
    except OSError as error:
        _discard_output()
        raise UserError(f"Cannot write the output: {error.strerror}.", "Redirect it to another place.") from error


def write(text: str) -> None:
    """Write lines byte for byte for a program; escape control characters when standard output is a terminal."""
    if sys.stdout.isatty():
        text = "".join(f"{escape_for_terminal(line)}\n" for line in text.split("\n")[:-1])
    sys.stdout.buffer.write(text.encode())


def _discard_output() -> None:
    """Redirect standard output to /dev/null: Python flushes it again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def progress(console: Console) -> Iterator[Callable[[str], None]]:
    """Yield a function that sets the current activity; a bar shows it on a terminal when the block takes long."""
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.file.isatty(),  # FORCE_COLOR does not turn a log file into a terminal
    )
    task = bar.add_task("", total=None)
    timer = threading.Timer(PROGRESS_DELAY_SECONDS, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda activity: bar.update(task, description=escape_for_terminal(activity))
    finally:
        timer.cancel()
        timer.join()
        bar.stop()
