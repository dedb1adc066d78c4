"""Why a section may be stale: a short sentence or two that name the evidence, and are true."""

from __future__ import annotations

from collections.abc import Iterator

from bot.agents.impact.changed_terms import Touched
from bot.agents.impact.features import Columns
from bot.agents.impact.history import History
from bot.agents.impact.words import name_like

_SAYINGS = (
    ("gone", "This section mentions {names}, which the program no longer names, tests and examples aside."),
    ("removed", "This section mentions {names}; a definition of that name was removed or moved."),
    ("signature", "This section mentions {names}; a definition of that name changed."),
    ("default", "This section mentions {names}, which changed lines set."),
    ("option", "This section mentions {names}, which changed lines name."),
    ("enclosing", "This section mentions {names}, in which code changed."),
    ("changed", "This section mentions {names}, which changed lines name."),
    ("key", "This section mentions {names}, which changed lines name."),
    ("test", "This section mentions {names}, which changed tests name."),
    ("message", "This section has words of a text in the code that changed: {names}."),
    ("prose", "This section has words of a comment in the code that changed: {names}."),
)
MOST_NAMES = 3
OFTEN = 0.3
"""Share of a file's commits from which on its company is worth telling."""
FEW = 3
"""Commits; of fewer a count tells nothing."""


def words_found(touched: Touched, columns: Columns, row: int) -> Iterator[tuple[str, str]]:
    """Kind and word of what a section shares with the change: the surest kind first, then the rarest word."""
    _, section = columns.rows[row]
    seen: set[str] = set()
    for kind, _ in _SAYINGS:
        shared = touched.kinds[kind].keys() & section.counts.keys() - seen
        for word in sorted(shared, key=lambda w: (-columns.rarity[w] * (1 + name_like(w)), w)):
            seen.add(word)
            yield kind, word


def reason(touched: Touched, columns: Columns, row: int, history: History) -> str:
    """Whole sentences for maintainers; a plain word of prose is told only where no name is shared."""
    path, _ = columns.rows[row]
    parts = []
    found = list(words_found(touched, columns, row))
    if found:
        kind = found[0][0]
        alike = [word for k, word in found if k == kind]
        code = columns.rows[row][1].code
        names = [word for word in alike if word in code or name_like(word)] or alike
        parts.append(dict(_SAYINGS)[kind].format(names=_listed(names[:MOST_NAMES])))
    if company := _company(touched, path, history):
        parts.append(company)
    return " ".join(parts)


def _company(touched: Touched, path: str, history: History) -> str:
    if not touched.files:
        return ""
    file = max(touched.files, key=lambda f: (history.share(f, path), f))
    if history.share(file, path) < OFTEN or history.changes[file] < FEW:
        return ""
    times, of = history.together[file][path], history.changes[file]
    return f"This page was edited in {times} of the {of} commits that touched `{file}`."


def _listed(names: list[str]) -> str:
    coded = [f"`{name}`" for name in names]
    return coded[0] if len(coded) == 1 else f"{', '.join(coded[:-1])} and {coded[-1]}"
