"""Reasons why a section may be stale: one or two short, true sentences that name the evidence."""

from __future__ import annotations

from collections.abc import Iterator

from bot.agents.impact.changed_terms import ChangeTerms
from bot.agents.impact.features import Features
from bot.agents.impact.history import History
from bot.agents.impact.words import is_identifier

_TEMPLATES = (
    ("gone", "This section mentions {names}, which {be} gone from the code (outside tests and examples)."),
    ("removed", "This section mentions {names}; this change removes or moves a definition with {that_name}."),
    ("signature", "This section mentions {names}; this change edits a definition with {that_name}."),
    ("default", "This section mentions {names}; this change edits lines that set {it}."),
    ("option", "This section mentions {names}; this change edits lines that mention {it}."),
    ("enclosing", "This section mentions {names}; this change edits code inside {it}."),
    ("changed", "This section mentions {names}; this change edits lines that mention {it}."),
    ("key", "This section mentions {names}; this change edits lines that mention {it}."),
    ("test", "This section mentions {names}; this change edits tests that mention {it}."),
    ("message", "This section shares words with a string that this change edits: {names}."),
    ("prose", "This section shares words with a comment that this change edits: {names}."),
)
_SINGULAR = {"be": "is", "it": "it", "that_name": "that name"}
_PLURAL = {"be": "are", "it": "them", "that_name": "these names"}
MAX_NAMES = 3
MIN_COCHANGE_SHARE = 0.3
"""Minimum share of a file's commits that also changed the page, for the reason to mention it."""
MIN_COCHANGE_COMMITS = 3
"""Minimum number of a file's commits, for the reason to mention them."""


def common_words(terms: ChangeTerms, features: Features, row: int) -> Iterator[tuple[str, str]]:
    """Yield (kind, word) for each word that a section shares with the change: best kind first, then rarest word."""
    _, section = features.rows[row]
    seen: set[str] = set()
    for kind, _ in _TEMPLATES:
        shared = terms.by_kind[kind].keys() & section.counts.keys() - seen
        for word in sorted(shared, key=lambda w: (-features.idf[w] * (1 + is_identifier(w)), w)):
            seen.add(word)
            yield kind, word


def reason(terms: ChangeTerms, features: Features, row: int, history: History) -> str:
    """Return whole sentences for maintainers. Plain words are named only if no identifier is shared."""
    path, section = features.rows[row]
    parts = []
    shared = list(common_words(terms, features, row))
    if shared:
        kind = shared[0][0]
        same_kind = [word for k, word in shared if k == kind]
        names = [word for word in same_kind if word in section.code or is_identifier(word)] or same_kind
        parts.append(_mention_sentence(kind, names[:MAX_NAMES]))
    if cochange := _cochange_sentence(terms, path, history):
        parts.append(cochange)
    return " ".join(parts)


def _mention_sentence(kind: str, names: list[str]) -> str:
    return dict(_TEMPLATES)[kind].format(names=_join_names(names), **(_SINGULAR if len(names) == 1 else _PLURAL))


def _cochange_sentence(terms: ChangeTerms, path: str, history: History) -> str:
    if not terms.program_files:
        return ""
    file = max(terms.program_files, key=lambda f: (history.share(f, path), f))
    if history.share(file, path) < MIN_COCHANGE_SHARE or history.changes[file] < MIN_COCHANGE_COMMITS:
        return ""
    count, total = history.together[file][path], history.changes[file]
    return f"This page was edited in {count} of the {total} commits that touched `{file}`."


def _join_names(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
