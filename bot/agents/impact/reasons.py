"""Why a section may be stale: a short sentence or two that name the evidence, and are true."""

from __future__ import annotations

from collections.abc import Iterator

from bot.agents.impact.changed_terms import ChangeTerms
from bot.agents.impact.features import Features
from bot.agents.impact.history import History
from bot.agents.impact.words import is_identifier

_TEMPLATES = (
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
MAX_NAMES = 3
MIN_COCHANGE_SHARE = 0.3
"""Share of a file's commits from which on its company is worth telling."""
MIN_COCHANGE_COMMITS = 3
"""Commits; of fewer a count tells nothing."""


def common_words(terms: ChangeTerms, features: Features, row: int) -> Iterator[tuple[str, str]]:
    """Kind and word of what a section shares with the change: the surest kind first, then the rarest word."""
    _, section = features.rows[row]
    seen: set[str] = set()
    for kind, _ in _TEMPLATES:
        shared = terms.by_kind[kind].keys() & section.counts.keys() - seen
        for word in sorted(shared, key=lambda w: (-features.idf[w] * (1 + is_identifier(w)), w)):
            seen.add(word)
            yield kind, word


def reason(terms: ChangeTerms, features: Features, row: int, history: History) -> str:
    """Whole sentences for maintainers; a plain word of prose is told only where no name is shared."""
    path, _ = features.rows[row]
    parts = []
    found = list(common_words(terms, features, row))
    if found:
        kind = found[0][0]
        alike = [word for k, word in found if k == kind]
        code = features.rows[row][1].code
        names = [word for word in alike if word in code or is_identifier(word)] or alike
        parts.append(dict(_TEMPLATES)[kind].format(names=_join_names(names[:MAX_NAMES])))
    if cochange := _cochange_sentence(terms, path, history):
        parts.append(cochange)
    return " ".join(parts)


def _cochange_sentence(terms: ChangeTerms, path: str, history: History) -> str:
    if not terms.program_files:
        return ""
    file = max(terms.program_files, key=lambda f: (history.share(f, path), f))
    if history.share(file, path) < MIN_COCHANGE_SHARE or history.changes[file] < MIN_COCHANGE_COMMITS:
        return ""
    times, of = history.together[file][path], history.changes[file]
    return f"This page was edited in {times} of the {of} commits that touched `{file}`."


def _join_names(names: list[str]) -> str:
    coded = [f"`{name}`" for name in names]
    return coded[0] if len(coded) == 1 else f"{', '.join(coded[:-1])} and {coded[-1]}"
