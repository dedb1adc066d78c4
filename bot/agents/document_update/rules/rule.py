"""What a rule is, what it sees, and what it may answer.

A rule looks at one fact and one page, and answers with proposals (bytes to replace) and remarks
(places to look at). It never reads a tree: whatever it may know stands in `Subject` and `Page`.
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
    """Bytes `start:end` of the page become `new`; `confidence` counts the place, the fact's own comes on top."""

    start: int
    end: int
    new: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Hint:
    """A place at byte `at` that may be stale, and what a person should look for."""

    offset: int
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class RuleExample:
    """Two trees of code, the docs before and the docs that the rule makes of them.

    `notices` are the lines of the first document that it points at instead; `path` is where that stands: of a rule on
    doc comments that of the source file, and `doc` is the file at head.
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
    """One way in which docs follow code.

    Args:
        name: kebab-case, stable: rejected edits are remembered under it.
        serves: the kinds of fact it looks at.
        apply: the fact with its names, and a page; yields proposals and remarks.
        examples: run by the contract tests.
        default: whether it is used where nobody said so.
        reads: what it looks at; change logs are told apart from documents, since no other rule may touch them.
    """

    name: str
    fact_kinds: frozenset[FactKind]
    apply: Callable[[Fact, FactContext, Page], Iterator[Proposal | Hint]]
    examples: tuple[RuleExample, ...] = ()
    default: bool = True
    targets: tuple[Literal["documents", "doc comments", "change log"], ...] = ("documents",)
