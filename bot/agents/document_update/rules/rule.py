"""The interface of rules.

A rule takes one fact and one page, and yields proposals (bytes to replace) and hints (places to check).
It never reads a tree; `FactContext` and `Page` contain all that it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.agents.document_update.rules.fact_context import FactContext
from bot.agents.document_update.rules.page import Page
from bot.domain import Fact, FactKind


@dataclass(frozen=True, slots=True)
class Proposal:
    """A replacement of bytes `start:end` of the page. `confidence` is that of the place, without the fact's own."""

    start: int
    end: int
    new: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Hint:
    """A place at byte `offset` that may be out of date, and what a person should check."""

    offset: int
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class RuleExample:
    """Two trees of code, a document, and the document after the rule's edits.

    `notices` are the lines of the document that get a notice instead. `path` is the document's path. For a rule on doc
    comments, `path` is the source file's, and `doc` is that file at head.
    """

    title: str
    base: Mapping[str, str]
    head: Mapping[str, str]
    doc: str
    becomes: str
    notices: tuple[int, ...] = ()
    other_docs: Mapping[str, str] = field(default_factory=dict)
    path: str = "docs/guide.md"


@dataclass(frozen=True, slots=True)
class Rule:
    """A way to update docs after a change of code.

    Args:
        name: kebab-case, stable: rejected edits are remembered under it.
        fact_kinds: the kinds of fact that it handles.
        apply: takes a fact, its context and a page; yields proposals and hints.
        examples: the contract tests run them.
        default: whether it is on unless configured otherwise.
        targets: the texts that it applies to; change logs are separate, since no other rule may edit them.
    """

    name: str
    fact_kinds: frozenset[FactKind]
    apply: Callable[[Fact, FactContext, Page], Iterator[Proposal | Hint]]
    examples: tuple[RuleExample, ...] = ()
    default: bool = True
    targets: tuple[Literal["documents", "doc comments", "change log"], ...] = ("documents",)
