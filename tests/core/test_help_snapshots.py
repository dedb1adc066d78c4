"""The `--help` of every command, as an operator reads it at a width of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from bot.cli.main import app
from tests.text_snapshots import FOLDER, assert_snapshot, is_writing, plain_terminal


def command_paths(group: Any = None, parent: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield `mas` and all of its commands and subcommands, by their names without `mas`."""
    group = group or typer.main.get_command(app)
    yield parent
    for name, command in getattr(group, "commands", {}).items():
        yield from command_paths(command, (*parent, name))


PATHS = [*command_paths()]


def snapshot_name(path: tuple[str, ...]) -> str:
    return f"cli/help/{'-'.join(('mas', *path))}.txt"


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """See `plain_terminal`."""
    plain_terminal(monkeypatch)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: " ".join(("mas", *path)))
def test_the_help_matches_its_snapshot(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*path, "--help"])

    assert result.exit_code == 0
    assert_snapshot(snapshot_name(path), result.output)


def test_every_command_has_an_example() -> None:
    leaves = [path for path in PATHS if not any(other[: len(path)] == path and other != path for other in PATHS)]

    assert [path for path in leaves if "Example: " not in CliRunner().invoke(app, [*path, "--help"]).output] == []


def test_there_is_no_snapshot_of_a_removed_command() -> None:
    files = {file.relative_to(FOLDER).as_posix() for file in (FOLDER / "cli/help").glob("*.txt")}
    if is_writing():
        for name in files - {snapshot_name(path) for path in PATHS}:
            (FOLDER / name).unlink()
        return
    assert files == {snapshot_name(path) for path in PATHS}
