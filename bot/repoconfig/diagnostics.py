"""What is wrong with a file, in the words of whoever wrote it: the sentence, and the key that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from pydantic import BaseModel

from bot.repoconfig.document import KeyPath, Problem, YamlDocument, quote_text
from bot.repoconfig.model import ExpectedValue, RepoConfig, iter_settings, section_model

MAX_PROBLEMS = 50
"""Problems that are told of one file; GitHub takes as many annotations at once."""

RULES_PATH: KeyPath = ("docs", "rules")
_SECTION = ExpectedValue("a group of settings, each on a line of its own below it")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a path of a document: a key that is `unknown`, or else its value.

    `message` says what is wrong with the value, where its kind does not tell.
    """

    path: KeyPath
    unknown: bool
    message: str = ""

    def span(self, document: YamlDocument) -> tuple[int, int]:
        return (document.key_spans if self.unknown else document.value_spans)[self.path]


def to_problems(document: YamlDocument, faults: Iterable[Fault], rules: Collection[str]) -> list[Problem]:
    """A document's problems in the order of its lines, at most `MAX_PROBLEMS`; the last says how many more there are.

    Args:
        rules: the names of all rules.
    """
    faults = sorted(faults, key=lambda fault: fault.span(document))
    # Only for those that are told, since looking for the nearest key takes a while.
    found = document.problems + [_to_problem(document, fault, rules) for fault in faults[:MAX_PROBLEMS]]
    found.sort(key=lambda problem: (problem.line, problem.column))
    more = len(document.problems) + len(faults) - MAX_PROBLEMS
    if more <= 0:
        return found
    *kept, last = found[:MAX_PROBLEMS]
    return [*kept, replace(last, message=f"{more + 1} more problems follow.", nearest=None)]


def _to_problem(document: YamlDocument, fault: Fault, rules: Collection[str]) -> Problem:
    *above, last = fault.path
    if not fault.unknown:
        about = f"Item {last + 1} of {_quote_path(above)}" if isinstance(last, int) else _quote_path(fault.path)
        said = fault.message or f"is not right: it is {_describe_valid(fault.path)}."
        return document.problem_at(fault.span(document), f"{about} {said}")
    if tuple(above) == RULES_PATH:
        said = f"{quote_text(str(last))} is no rule."
    else:
        said = f"{quote_text(str(last))} is no setting{f' of {_quote_path(above)}' if above else ''}."
    return document.problem_at(fault.span(document), said, _nearest(fault.path, rules))


def _quote_path(path: Iterable[str | int]) -> str:
    return quote_text(".".join(str(step) for step in path))


def _nearest(path: KeyPath, rules: Collection[str]) -> str | None:
    """The key that was meant: one beside it that looks like it, or else the only one of its name elsewhere."""
    above, name = path[:-1], str(path[-1])
    known = [names for names, _ in iter_settings()]
    beside = {names[len(above)] for names in known if names[: len(above)] == above and len(names) > len(above)}
    near = difflib.get_close_matches(name[:100].lower(), sorted(rules if above == RULES_PATH else beside), n=1)
    if near:
        return near[0]
    elsewhere = {names[: names.index(name) + 1] for names in known if name in names}
    return ".".join(elsewhere.pop()) if len(elsewhere) == 1 else None


def _describe_valid(path: KeyPath) -> str:
    """What may stand at a path, in words."""
    model: type[BaseModel] | None = RepoConfig
    right = _SECTION
    for step in path:
        if model is None:
            return right.item
        info = model.model_fields[str(step)]
        model = section_model(info)
        right = next((found for found in info.metadata if isinstance(found, ExpectedValue)), _SECTION)
    return right.value
