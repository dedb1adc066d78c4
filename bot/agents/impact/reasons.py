"""Why a section may be stale: one short sentence that names the evidence, and is true."""

from __future__ import annotations

from collections.abc import Iterator

from bot.agents.impact.columns import Columns
from bot.agents.impact.history import History
from bot.agents.impact.touched import Touched
from bot.agents.impact.words import name_like

_SAYINGS = (
    ("gone", "mentions {names}, which no program file holds any more"),
    ("removed", "mentions {names}, which a changed line no longer defines"),
    ("signature", "mentions {names}, whose definition changed"),
    ("default", "mentions {names}, whose value changed"),
    ("option", "mentions {names}, which changed lines name"),
    ("enclosing", "mentions {names}, inside which code changed"),
    ("changed", "mentions {names}, which changed lines name"),
    ("key", "mentions {names}, which changed lines name"),
    ("test", "mentions {names}, which changed tests name"),
    ("message", "shares the words {names} with texts in the changed lines"),
    ("prose", "shares the words {names} with changed comments"),
)
MOST_NAMES = 3
OFTEN = 0.3
"""Share of a file's commits from which on its company is worth telling."""


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
    """The sentence, without the section's name before it and without a full stop."""
    path, _ = columns.rows[row]
    parts = []
    found = list(words_found(touched, columns, row))
    if found:
        kind = found[0][0]
        names = [f"`{word}`" for k, word in found if k == kind][:MOST_NAMES]
        parts.append(dict(_SAYINGS)[kind].format(names=_listed(names)))
    if company := _company(touched, path, history):
        parts.append(company)
    return ", and ".join(parts) or "speaks of the same things as the changed lines"


def _company(touched: Touched, path: str, history: History) -> str:
    if not touched.files:
        return ""
    file = max(touched.files, key=lambda f: (history.share(f, path), f))
    if history.share(file, path) < OFTEN:
        return ""
    times, of = history.together[file][path], history.changes[file]
    return f"its page was edited in {times} of the {of} commits that touched `{file}`"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
