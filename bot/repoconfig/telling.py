"""What is wrong with a file, in the words of whoever wrote it: the sentence, and the key that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from pydantic import BaseModel

from bot.repoconfig.document import Document, Path, Problem, quoted
from bot.repoconfig.model import RepoConfig, Right, section, settings

MOST_PROBLEMS = 50
"""Problems that are told of one file; GitHub takes as many annotations at once."""

RULES: Path = ("docs", "rules")
_SECTION = Right("a group of settings, each on a line of its own below it")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a path of a document: a key that is `unknown`, or else its value.

    `message` says what is wrong with the value, where its kind does not tell.
    """

    path: Path
    unknown: bool
    message: str = ""

    def span(self, document: Document) -> tuple[int, int]:
        return (document.keys if self.unknown else document.values)[self.path]


def told(document: Document, faults: Iterable[Fault], rules: Collection[str]) -> list[Problem]:
    """A document's problems in the order of its lines, at most `MOST_PROBLEMS`; the last says how many more there are.

    Args:
        rules: the names of all rules.
    """
    faults = sorted(faults, key=lambda fault: fault.span(document))
    # Only for those that are told, since looking for the nearest key takes a while.
    found = document.problems + [_problem(document, fault, rules) for fault in faults[:MOST_PROBLEMS]]
    found.sort(key=lambda problem: (problem.line, problem.column))
    more = len(document.problems) + len(faults) - MOST_PROBLEMS
    if more <= 0:
        return found
    *kept, last = found[:MOST_PROBLEMS]
    return [*kept, replace(last, message=f"{more + 1} more problems follow.", nearest=None)]


def _problem(document: Document, fault: Fault, rules: Collection[str]) -> Problem:
    *above, last = fault.path
    if not fault.unknown:
        about = f"Item {last + 1} of {_dotted(above)}" if isinstance(last, int) else _dotted(fault.path)
        said = fault.message or f"is not right: it is {_right(fault.path)}."
        return document.problem(fault.span(document), f"{about} {said}")
    if tuple(above) == RULES:
        said = f"{quoted(str(last))} is no rule."
    else:
        said = f"{quoted(str(last))} is no setting{f' of {_dotted(above)}' if above else ''}."
    return document.problem(fault.span(document), said, _nearest(fault.path, rules))


def _dotted(path: Iterable[str | int]) -> str:
    return quoted(".".join(str(step) for step in path))


def _nearest(path: Path, rules: Collection[str]) -> str | None:
    """The key that was meant: one beside it that looks like it, or else the only one of its name elsewhere."""
    above, name = path[:-1], str(path[-1])
    known = [names for names, _ in settings()]
    beside = {names[len(above)] for names in known if names[: len(above)] == above and len(names) > len(above)}
    near = difflib.get_close_matches(name[:100].lower(), sorted(rules if above == RULES else beside), n=1)
    if near:
        return near[0]
    elsewhere = {names[: names.index(name) + 1] for names in known if name in names}
    return ".".join(elsewhere.pop()) if len(elsewhere) == 1 else None


def _right(path: Path) -> str:
    """What may stand at a path, in words."""
    model: type[BaseModel] | None = RepoConfig
    right = _SECTION
    for step in path:
        if model is None:
            return right.item
        info = model.model_fields[str(step)]
        model = section(info)
        right = next((found for found in info.metadata if isinstance(found, Right)), _SECTION)
    return right.value
