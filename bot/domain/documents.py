"""What a change makes of the docs: sections, edits, notices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.domain.facts import Fact


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document under one heading; lines count from 1, both ends inclusive."""

    path: str
    heading: tuple[str, ...]
    start_line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement of bytes `start:end` of a document at head, and the fact that causes it."""

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
        """Names this edit across commits: a rejected one stays rejected (version 1)."""
        parts = (self.rule, self.path, *self.section.heading, self.fact.symbol, self.old, self.new)
        return "1:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Notice:
    """A place that the change may have made stale, and why it was not edited."""

    path: str
    line: int
    section: Section
    fact: Fact | None
    reason: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Draft:
    """What a change makes of the docs.

    `documents` holds the text at head of each document that an edit touches. `notes` are whole
    sentences on what was skipped and why.
    """

    facts: tuple[Fact, ...] = ()
    edits: tuple[Edit, ...] = ()
    notices: tuple[Notice, ...] = ()
    notes: tuple[str, ...] = ()
    documents: dict[str, str] = field(default_factory=dict)
    checked: int = 0


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The document with its edits made; spans are bytes of UTF-8 and never overlap."""
    data = text.encode()
    out, at = bytearray(), 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        out += data[at : edit.start] + edit.new.encode()
        at = edit.end
    return (bytes(out) + data[at:]).decode()
