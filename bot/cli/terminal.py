"""The terminal: what of a stranger's text may reach it, and a sign of life while work goes on."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.errors import UserError
from bot.text.terminal_safe import escape_for_terminal

PROGRESS_DELAY_SECONDS = 1.0
"""Seconds of silence before the bar shows."""


@contextmanager
def handle_output_errors() -> Iterator[None]:
    """Around what is written to standard output: who has read enough ends it quietly.

    Raises:
        UserError: it cannot be written.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read us has seen enough; the verdict stands
        _discard_output()
    except OSError as error:
        _discard_output()
        raise UserError(f"The output cannot be written: {error.strerror}.", "Send it elsewhere.") from error


def write(text: str) -> None:
    """Write lines for a program, byte for byte; on a terminal they do nothing but show."""
    if sys.stdout.isatty():  # nothing reads the bytes there but the terminal
        text = "".join(f"{escape_for_terminal(line)}\n" for line in text.split("\n")[:-1])
    sys.stdout.buffer.write(text.encode())


def _discard_output() -> None:
    """Let what is still to be written go nowhere, for Python tries to write it once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def progress(console: Console) -> Iterator[Callable[[str], None]]:
    """Gives a function that says what goes on; a bar shows it on a terminal, once it takes long."""
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.file.isatty(),  # FORCE_COLOR makes no terminal of a log
    )
    task = bar.add_task("", total=None)
    timer = threading.Timer(PROGRESS_DELAY_SECONDS, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda words: bar.update(task, description=escape_for_terminal(words))
    finally:
        timer.cancel()
        timer.join()
        bar.stop()
