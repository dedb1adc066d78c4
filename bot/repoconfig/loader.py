"""Load settings: validate each file on its own, then merge them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from bot.repoconfig.diagnostics import RULES_PATH, Fault, to_problems
from bot.repoconfig.document import ConfigFile, KeyPath, Problem, Value, YamlDocument
from bot.repoconfig.model import RepoConfig, iter_settings

CONFIG_PATH = ".github/mas.yml"
"""The path of the settings file in a repository, and in its organization's repository `.github`."""


def load_config(sources: Sequence[ConfigFile], rules: Collection[str]) -> tuple[RepoConfig, tuple[Problem, ...]]:
    """Return the merged settings of files, and the problems by line. Never raises.

    A later file overrides an earlier one key by key; lists are replaced. Invalid keys, values and list items are left
    out, so the rest still applies.

    Args:
        sources: the organization's file, then the repository's own.
        rules: the names of all rules.
    """
    merged: dict[str, Value] = {}
    problems: list[Problem] = []
    for source in sources:
        document = YamlDocument.parse(source)
        faults = {fault.path: fault for fault in _find_faults(document.value, rules)}
        problems += to_problems(document, faults.values(), rules)
        for path in sorted(faults, reverse=True):  # from the last, so that the other indexes stay valid
            _delete_at(document.value, path)
        merged = _merge(merged, document.value)
    return RepoConfig.model_validate(merged), tuple(problems)


def _find_faults(value: dict[str, Value], rules: Collection[str]) -> Iterator[Fault]:
    try:
        RepoConfig.model_validate(value)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False):
            message = str(each["ctx"]["error"]) if each["type"] == "value_error" else ""
            yield Fault(_path_to_setting(value, each["loc"]), each["type"] == "extra_forbidden", message)
    docs = value.get("docs")
    chosen = docs.get("rules") if isinstance(docs, dict) else None
    if isinstance(chosen, dict):
        yield from (Fault((*RULES_PATH, name), unknown=True) for name in chosen if name not in rules)


def _path_to_setting(value: Value, path: KeyPath) -> KeyPath:
    """Return the part of a pydantic error's path that leads to a setting or its item, without the tags of unions."""
    settings = {names for names, _ in iter_settings()} - {RULES_PATH}
    result: KeyPath = ()
    for step in path:
        match value, step:
            case dict(), str() if step in value and result not in settings:
                value = value[step]
            case list(), int():
                value = value[step]
            case _:
                continue
        result = (*result, step)
    return result


def _delete_at(value: Any, path: KeyPath) -> None:
    *above, last = path
    for step in above:
        value = value[step]
    del value[last]


def _merge(base: Mapping[str, Value], override: Mapping[str, Value]) -> dict[str, Value]:
    merged = dict(base)
    for name, value in override.items():
        below = merged.get(name)
        merged[name] = _merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged
