"""Helpers for tests: trees as dicts, changes between them, and their facts and drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.agents.change_detection.detect import detect
from bot.agents.document_update.draft import draft
from bot.agents.document_update.rules import RULES, Rule
from bot.domain import Blob, Change, Draft, Fact, Tree, apply_edits
from bot.formats import FORMATS, NAVIGATION
from bot.frameworks import FRAMEWORKS
from bot.languages import LANGUAGES

Files = Mapping[str, str | bytes]


def tree(files: Files) -> Tree:
    return {path: Blob.of(content) for path, content in files.items()}


def change(before: Files, after: Files) -> Change:
    return Change.between(tree(before), tree(after))


def facts(before: Files, after: Files) -> tuple[Fact, ...]:
    return detect(change(before, after), LANGUAGES, FRAMEWORKS).facts


def said(before: Files, after: Files) -> list[str]:
    """Return the facts of a change, one line each: kind, symbol, old and new."""
    return [f"{f.kind} {f.symbol} {f.old} → {f.new}" for f in facts(before, after)]


DEFAULT_RULES = tuple(rule for rule in RULES if rule.default)


def drafted(
    before: Files,
    after: Files,
    docs: Files,
    rejected: frozenset[str] = frozenset(),
    rules: Sequence[Rule] = DEFAULT_RULES,
) -> Draft:
    """Return the draft for a change of code beside unchanged docs."""
    moved = change({**before, **docs}, {**after, **docs})
    return draft(moved, detect(moved, LANGUAGES, FRAMEWORKS), LANGUAGES, (*FORMATS, *NAVIGATION), rules, rejected)


def rewritten(before: Files, after: Files, doc: str, path: str = "docs/guide.md") -> str:
    """Return a document after the edits for a change of code."""
    made = drafted(before, after, {path: doc})
    return apply_edits(doc, made.edits)


def noticed(before: Files, after: Files, doc: str, path: str = "docs/guide.md") -> list[int]:
    """Return the lines of a document that get a notice for a change of code."""
    return [n.line for n in drafted(before, after, {path: doc}).notices]
