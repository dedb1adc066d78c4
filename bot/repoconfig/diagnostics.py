"""Descriptions of problems in a settings file, with the setting that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from pydantic import BaseModel

from bot.repoconfig.document import KeyPath, Problem, YamlDocument, quote_text
from bot.repoconfig.fields import ExpectedValue
from bot.repoconfig.model import RepoConfig, iter_settings, section_model

MAX_PROBLEMS = 50
"""The limit per file: GitHub takes as many annotations in one request."""

RULES_PATH: KeyPath = ("docs", "rules")
_SECTION = ExpectedValue("a group of settings, each on its own line below it")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at a path of a document: an unknown key, or an invalid value.

    Args:
        message: what is wrong with the value; "" to describe the valid values instead.
    """

    path: KeyPath
    unknown: bool
    message: str = ""

    def span(self, document: YamlDocument) -> tuple[int, int]:
        return (document.key_spans if self.unknown else document.value_spans)[self.path]


def to_problems(document: YamlDocument, faults: Iterable[Fault], rules: Collection[str]) -> list[Problem]:
    """Return a document's problems in the order of its lines, at most `MAX_PROBLEMS`. The last one counts the rest.

    Args:
        rules: the names of all rules.
    """
    faults = sorted(faults, key=lambda fault: fault.span(document))
    # Only for the first ones, because searching for the nearest key is slow.
    problems = document.problems + [_to_problem(document, fault, rules) for fault in faults[:MAX_PROBLEMS]]
    problems.sort(key=lambda problem: (problem.line, problem.column))
    more = len(document.problems) + len(faults) - MAX_PROBLEMS
    if more <= 0:
        return problems
    *kept, last = problems[:MAX_PROBLEMS]
    return [*kept, replace(last, message=f"{more + 1} more problems follow.", nearest=None)]


def _to_problem(document: YamlDocument, fault: Fault, rules: Collection[str]) -> Problem:
    *above, last = fault.path
    if not fault.unknown:
        about = f"Item {last + 1} of {_quote_path(above)}" if isinstance(last, int) else _quote_path(fault.path)
        predicate = fault.message or f"must be {_describe_valid(fault.path)}."
        return document.problem_at(fault.span(document), f"{about} {predicate}")
    if tuple(above) == RULES_PATH:
        message = f"Unknown rule {quote_text(str(last))}."
    else:
        message = f"Unknown setting {_quote_path(fault.path)}."
    return document.problem_at(fault.span(document), message, _nearest(fault.path, rules))


def _quote_path(path: Iterable[str | int]) -> str:
    return quote_text(".".join(str(step) for step in path))


def _nearest(path: KeyPath, rules: Collection[str]) -> str | None:
    """Return the key that was probably meant: a similar one in its group, or the only one of this name elsewhere."""
    above, name = path[:-1], str(path[-1])
    known = [names for names, _ in iter_settings()]
    siblings = {names[len(above)] for names in known if names[: len(above)] == above and len(names) > len(above)}
    near = difflib.get_close_matches(name[:100].lower(), sorted(rules if above == RULES_PATH else siblings), n=1)
    if near:
        return near[0]
    elsewhere = {names[: names.index(name) + 1] for names in known if name in names}
    return ".".join(elsewhere.pop()) if len(elsewhere) == 1 else None


def _describe_valid(path: KeyPath) -> str:
    """Describe the valid values of a setting."""
    model: type[BaseModel] | None = RepoConfig
    expected = _SECTION
    for step in path:
        if model is None:
            return expected.item
        info = model.model_fields[str(step)]
        model = section_model(info)
        expected = next((each for each in info.metadata if isinstance(each, ExpectedValue)), _SECTION)
    return expected.value
