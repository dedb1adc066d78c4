"""Every message that MAS writes on GitHub, as a file that a person reviewed.

`make snapshots` renews the files. Read the difference before you commit it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import pytest

from bot import messages
from tests.snapshots.surfaces import SURFACES, render
from tests.text_snapshots import FOLDER, assert_snapshot

MODULES: tuple[ModuleType, ...] = tuple(
    importlib.import_module(f"bot.messages.{module.name}") for module in pkgutil.iter_modules(messages.__path__)
)


@pytest.mark.parametrize("name", sorted(SURFACES))
def test_messages_read_as_reviewed(name: str) -> None:
    assert_snapshot(f"github/{name.rstrip('_')}.md", render(name))


def test_each_snapshot_has_a_surface() -> None:
    assert {file.name for file in (FOLDER / "github").iterdir()} == {f"{name.rstrip('_')}.md" for name in SURFACES}


def test_the_snapshots_use_every_public_function_of_the_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    public = {
        (module.__name__, name): function
        for module in MODULES
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }
    missing = set(public)
    for module in (*MODULES, importlib.import_module("bot.commands.help")):
        for name, function in list(vars(module).items()):
            key = (getattr(function, "__module__", ""), name)
            if key in public:
                monkeypatch.setattr(module, name, _recorded(public[key], key, missing))

    for make in SURFACES.values():
        list(make())

    assert sorted(missing) == []


def test_the_snapshots_use_every_constant_of_the_messages() -> None:
    texts = "\n".join(render(name) for name in SURFACES)
    constants = {
        f"{module.__name__}.{name}": value if isinstance(value, str) else " ".join(value)
        for module in MODULES
        for name, value in vars(module).items()
        if name.isupper() and (isinstance(value, str) or (isinstance(value, tuple) and isinstance(value[0], str)))
    }

    assert [name for name, value in constants.items() if value not in texts] == []


def _recorded(function: Callable[..., Any], key: tuple[str, str], missing: set[tuple[str, str]]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        missing.discard(key)
        return function(*args, **kwargs)

    return call
