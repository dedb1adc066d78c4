"""Compare text with a reviewed snapshot in `tests/snapshots`; `MAS_WRITE_SNAPSHOTS=1` writes the snapshots instead."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import typer.rich_utils

FOLDER = Path(__file__).parent / "snapshots"


def is_writing() -> bool:
    """Return whether this run renews the snapshots."""
    return bool(os.environ.get("MAS_WRITE_SNAPSHOTS"))


def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Render help and usage errors at a width of 100 columns, without colours."""
    monkeypatch.setattr(typer.rich_utils, "MAX_WIDTH", 100)
    monkeypatch.setattr(typer.rich_utils, "FORCE_TERMINAL", False)
    monkeypatch.setattr(typer.rich_utils, "COLOR_SYSTEM", None)


def assert_snapshot(name: str, text: str) -> None:
    """Fail if a text differs from the snapshot of that name, a path below `tests/snapshots`."""
    file = FOLDER / name
    text = "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"
    if is_writing():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return
    if not file.exists():
        pytest.fail(f"There is no snapshot {name}. Run the test with MAS_WRITE_SNAPSHOTS=1, and read the new file.")
    assert text == file.read_text(), "Run the test with MAS_WRITE_SNAPSHOTS=1, and read the diff."
