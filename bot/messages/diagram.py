"""A diagram from code changes to sections (https://mermaid.js.org/syntax/flowchart.html)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain import Edit, Fact
from bot.messages.markdown import code_block

MAX_ARROWS = 12
"""A larger diagram is less clear than the list of entries."""
_MAX_LABEL_CHARACTERS = 60


def diagram(edits: Sequence[Edit]) -> list[str]:
    """Return the diagram as a fenced block, or an empty list if it would have too many arrows."""
    arrows = list(dict.fromkeys((_cause(e.fact), _section(e)) for e in edits))
    if not 0 < len(arrows) <= MAX_ARROWS:
        return []
    causes = {cause: f"c{n}" for n, cause in enumerate(dict.fromkeys(cause for cause, _ in arrows))}
    sections = {section: f"d{n}" for n, section in enumerate(dict.fromkeys(section for _, section in arrows))}
    lines = ["flowchart LR"]
    lines += [f'  {name}["{_label(text)}"]' for text, name in (*causes.items(), *sections.items())]
    lines += [f"  {causes[cause]} --> {sections[section]}" for cause, section in arrows]
    return [code_block("\n".join(lines), "mermaid")]


def _cause(fact: Fact) -> str:
    if fact.old and fact.new:
        return f"{fact.old} → {fact.new}"
    return fact.old or fact.new or fact.symbol


def _section(edit: Edit) -> str:
    return " › ".join((edit.path, *edit.section.heading[-1:]))


def _label(text: str) -> str:
    """Return text as a label, with each character that Mermaid could interpret as its character code."""
    flat = " ".join(text.split())
    short = flat if len(flat) <= _MAX_LABEL_CHARACTERS else flat[: _MAX_LABEL_CHARACTERS - 1] + "…"
    return re.sub(r"[^\w ./→›…-]", lambda match: f"#{ord(match[0])};", short)
