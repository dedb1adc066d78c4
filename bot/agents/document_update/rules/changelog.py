"""Add entries for renamed, deprecated and removed public names under "Unreleased", in the change log's own form.

Off by default: even where three of the last four such commits had an entry, one in six of the next ones had none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.agents.document_update.rules.fact_context import EDIT_THRESHOLD, FactContext
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.domain import Fact, FactKind
from bot.formats.format import DocSection, Row

_CONFIDENCE = 0.9
_MAX_ENTRIES = 10
"""A person describes a change of more names better."""
_UNRELEASED = re.compile(r"\W*unreleased\b", re.I)
_MARKER = re.compile(rb"[ \t]*[-*+][ \t]+")
_HEADINGS = {"Changed": FactKind.RENAMED, "Deprecated": FactKind.DEPRECATED, "Removed": FactKind.REMOVED}
"""The headings of https://keepachangelog.com."""


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Add all entries for one place in one edit, when applied to the first of their facts."""
    parts = _next_release_parts(page)
    facts = [f for f in context.siblings if f.kind in _HEADINGS.values() and f.confidence >= EDIT_THRESHOLD]
    facts = [f for f in facts if not any(_mentions(page, part, f) for part in parts)]
    if not parts or len(facts) > _MAX_ENTRIES:
        return
    found: dict[int, tuple[str, list[Fact]]] = {}
    for heading, kind in _HEADINGS.items():
        own = [f for f in facts if f.kind is kind]
        insertion = _new_entries(page, parts, heading, own) if own else None
        if insertion is not None:
            text, before = found.get(insertion[0], ("", []))
            found[insertion[0]] = (text + insertion[1], [*before, *own])
    for at, (text, own) in found.items():
        if own[0] == fact and page.data[:at].endswith(b"\n"):
            yield Proposal(at, at, text, _CONFIDENCE, "The change log does not mention this change.")


def _next_release_parts(page: Page) -> Sequence[DocSection]:
    """Return the section about the next release, and its subsections."""
    parts = page.layout.sections
    top = next((p for p in parts if p.titles and _UNRELEASED.match(p.titles[-1])), None)
    return [p for p in parts if top is not None and p.titles[: len(top.titles)] == top.titles]


def _mentions(page: Page, part: DocSection, fact: Fact) -> bool:
    names = (name.rpartition(".")[2] for name in (fact.symbol, fact.symbol_after) if name)
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", page.text(page.part_span(part))) for name in names)


def _new_entries(
    page: Page, parts: Sequence[DocSection], heading: str, facts: Sequence[Fact]
) -> tuple[int, str] | None:
    """Return where entries go, and their text: under their heading, under a new one, or in the only list."""
    depth = len(parts[0].titles)
    own = next((p for p in parts[1:] if p.titles[depth:] == (heading,)), None)
    rows = _rows(page, own or parts[0])
    if rows and (own is not None or len(parts) == 1):
        return rows[-1].span[1], _entries(page, rows[-1], facts)
    elsewhere = (p for p in page.layout.sections if len(p.titles) == depth + 1 and p.titles[-1] == heading)
    model = next((p for p in elsewhere if _rows(page, p)), None)
    if own is not None or model is None:
        return None
    start, end = page.part_span(parts[-1])
    at = start + len(page.data[start:end].rstrip())
    newline = page.data.find(b"\n", at, end) + 1 or end
    first = _rows(page, model)[0]
    lead = page.text((page.part_span(model)[0], first.span[0]))
    return newline, page.newline + lead + _entries(page, first, facts)


def _rows(page: Page, part: DocSection) -> list[Row]:
    """Return the outermost list items of a part."""
    start, end = page.part_span(part)
    found: list[Row] = []
    for row in sorted(page.layout.rows, key=lambda row: row.span):
        within = start <= row.span[0] < end and not (found and row.span[0] < found[-1].span[1])
        if within and _MARKER.match(page.data, row.span[0]):
            found.append(row)
    return found


def _entries(page: Page, like: Row, facts: Sequence[Fact]) -> str:
    marker = _MARKER.match(page.data, like.span[0])
    lead = marker[0].decode() if marker else "- "
    return "".join(f"{lead}{_entry_text(fact, page)}{page.newline}" for fact in facts)


def _entry_text(fact: Fact, page: Page) -> str:
    mark = "``" if page.format.name == "reStructuredText" else "`"
    old, new = (f"{mark}{name}{mark}" for name in (fact.symbol, fact.symbol_after))
    descriptions = {
        FactKind.RENAMED: f"is now {new}",
        FactKind.DEPRECATED: "is deprecated",
        FactKind.REMOVED: "was removed",
    }
    return f"{old} {descriptions[fact.kind]}."


_BODY = "def {}(url):\n    return [url]\n\n\ndef push_one(a, b): ...\n"

CHANGELOG = Rule(
    name="changelog",
    fact_kinds=frozenset(_HEADINGS.values()),
    apply=apply,
    default=False,
    targets=("change log",),
    examples=(
        RuleExample(
            "under the existing heading, with the list's own marker",
            base={"pkg/__init__.py": _BODY.format("fetch_all")},
            head={"pkg/__init__.py": _BODY.format("fetch_many")},
            doc="# Changelog\n\n## [Unreleased]\n\n### Added\n\n* `x`\n\n### Changed\n\n* `y`\n\n## [1.0]\n\n- `z`\n",
            becomes="# Changelog\n\n## [Unreleased]\n\n### Added\n\n* `x`\n\n### Changed\n\n* `y`\n"
            "* `pkg.fetch_all` is now `pkg.fetch_many`.\n\n## [1.0]\n\n- `z`\n",
            path="CHANGELOG.md",
        ),
    ),
)
