"""From files to settings: each file is judged by itself, then they are laid over each other, the strongest last."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from bot.repoconfig.diagnostics import RULES_PATH, Fault, to_problems
from bot.repoconfig.document import ConfigFile, KeyPath, Problem, Value, YamlDocument
from bot.repoconfig.model import RepoConfig, iter_settings

CONFIG_PATH = ".github/mas.yml"
"""Where the file stands, in a repository and in its organisation's repository `.github`."""


def load_config(sources: Sequence[ConfigFile], rules: Collection[str]) -> tuple[RepoConfig, tuple[Problem, ...]]:
    """The settings that files make, and what is wrong with the files, by line; it never raises.

    A stronger file wins over a weaker one key by key; its lists replace. What is wrong is left out, keys and items of
    lists one by one, so that the settings are what could be read.

    Args:
        sources: the weakest first: the organisation's, then the repository's own.
        rules: the names of all rules.
    """
    merged: dict[str, Value] = {}
    problems: list[Problem] = []
    for source in sources:
        document = YamlDocument.parse(source)
        faults = {fault.path: fault for fault in _find_faults(document.value, rules)}
        problems += to_problems(document, faults.values(), rules)
        for path in sorted(faults, reverse=True):  # the last first, so that the others still lead where they did
            _delete_at(document.value, path)
        merged = _merge(merged, document.value)
    return RepoConfig.model_validate(merged), tuple(problems)


def _find_faults(value: dict[str, Value], rules: Collection[str]) -> Iterator[Fault]:
    try:
        RepoConfig.model_validate(value)
    except ValidationError as error:
        for said in error.errors(include_url=False, include_input=False):
            message = str(said["ctx"]["error"]) if said["type"] == "value_error" else ""
            yield Fault(_path_to_setting(value, said["loc"]), said["type"] == "extra_forbidden", message)
    docs = value.get("docs")
    chosen = docs.get("rules") if isinstance(docs, dict) else None
    if isinstance(chosen, dict):
        yield from (Fault((*RULES_PATH, name), unknown=True) for name in chosen if name not in rules)


def _path_to_setting(value: Value, path: KeyPath) -> KeyPath:
    """The path as far as it leads to a setting, or to an item of it: pydantic puts the arms of a choice into it too."""
    whole = {names for names, _ in iter_settings()} - {RULES_PATH}
    led: KeyPath = ()
    for step in path:
        match value, step:
            case dict(), str() if step in value and led not in whole:
                value = value[step]
            case list(), int():
                value = value[step]
            case _:
                continue
        led = (*led, step)
    return led


def _delete_at(value: Any, path: KeyPath) -> None:
    *above, last = path
    for step in above:
        value = value[step]
    del value[last]


def _merge(base: Mapping[str, Value], override: Mapping[str, Value]) -> dict[str, Value]:
    made = dict(base)
    for name, value in override.items():
        below = made.get(name)
        made[name] = _merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return made
