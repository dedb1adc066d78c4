"""Sections of documents, edits and notices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.domain.facts import Fact


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document under one heading. Lines count from 1, and both ends are inclusive."""

    path: str
    heading: tuple[str, ...]
    start_line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement of bytes `start:end` of a document at the head commit, and the fact that causes it."""

    path: str
    start: int
    end: int
    old: str
    new: str
    line: int
    section: Section
    fact: Fact
    rule: str
    reason: str
    confidence: float

    @property
    def fingerprint(self) -> str:
        """Identifies this edit across commits, so that a rejected edit stays rejected (version 1)."""
        parts = (self.rule, self.path, *self.section.heading, self.fact.symbol, self.old, self.new)
        return "1:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Notice:
    """A place that the change may have made stale, with the reason."""

    path: str
    line: int
    section: Section
    fact: Fact | None
    reason: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Draft:
    """The edits and notices for a change.

    Args:
        notes: sentences about skipped files and dropped edits.
        documents: the text at the head commit of each document with edits, by path.
        checked: the number of documents that were checked.
    """

    facts: tuple[Fact, ...] = ()
    edits: tuple[Edit, ...] = ()
    notices: tuple[Notice, ...] = ()
    notes: tuple[str, ...] = ()
    documents: dict[str, str] = field(default_factory=dict)
    checked: int = 0


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Apply edits to a document. Their spans are bytes of UTF-8 and never overlap."""
    data = text.encode()
    result, at = bytearray(), 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        result += data[at : edit.start] + edit.new.encode()
        at = edit.end
    return (bytes(result) + data[at:]).decode()
