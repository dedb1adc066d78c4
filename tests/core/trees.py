"""Words for the specifications: trees as dicts, changes between them, and what is made of them."""

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
    """The facts of a change, one line each: what happened to which name, and what it is now."""
    return [f"{f.kind} {f.symbol} {f.old} → {f.new}" for f in facts(before, after)]


DEFAULT_RULES = tuple(rule for rule in RULES if rule.default)


def drafted(
    before: Files,
    after: Files,
    docs: Files,
    rejected: frozenset[str] = frozenset(),
    rules: Sequence[Rule] = DEFAULT_RULES,
) -> Draft:
    """The draft for a change of code beside docs that stayed as they are."""
    moved = change({**before, **docs}, {**after, **docs})
    return draft(moved, detect(moved, LANGUAGES, FRAMEWORKS), LANGUAGES, (*FORMATS, *NAVIGATION), rules, rejected)


def rewritten(before: Files, after: Files, doc: str, path: str = "docs/guide.md") -> str:
    """A document after the edits that a change of code makes."""
    made = drafted(before, after, {path: doc})
    return apply_edits(doc, made.edits)


def noticed(before: Files, after: Files, doc: str, path: str = "docs/guide.md") -> list[int]:
    """The lines of a document that a change of code points at without editing."""
    return [n.line for n in drafted(before, after, {path: doc}).notices]
