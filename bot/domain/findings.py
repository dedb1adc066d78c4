"""What is dangerous in a change: what scanners hit, and the findings of a review."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal


class Level(IntEnum):
    """How bad, or how sure; the order counts."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


@dataclass(frozen=True, slots=True)
class Fix:
    """Whole lines of a file and what comes in their place; `text` has no line end at its end."""

    start_line: int
    end_line: int
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """What a scanner finds in one text, wherever that stands; lines count from 1. It never holds a secret.

    Args:
        rule: the scanner's name and its own name for the rule: `bandit/B602`.
        title: what it is, in a few words.
        why: one sentence on what can happen.
        advice: one sentence on the way out.
        cwe: the number in https://cwe.mitre.org
        owasp: the category of https://owasp.org/Top10: `A03:2021 Injection`.
        link: the rule's own page.
        subject: what it is about, where that is not the text of its line: it stays while the line changes.
    """

    rule: str
    line: int
    end_line: int
    severity: Level
    confidence: Level
    title: str
    why: str
    advice: str
    cwe: int | None = None
    owasp: str | None = None
    link: str | None = None
    fix: Fix | None = None
    subject: str = ""


Cause = Literal["added", "removed", "worse"]
"""Its lines are new; a guard that stood there was taken away; or an old line became reachable or worse."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit that a change brings, at a place of its head.

    Args:
        code: a digest of the line it stands on, without blanks, or of its hit's subject.
        occurrence: counts the same rule on the same code in the same file, from 0.
    """

    path: str
    hit: Hit
    cause: Cause
    code: str
    occurrence: int = 0

    @property
    def fingerprint(self) -> str:
        """Names it across commits: the rule, the code and the path, not the line (version 1)."""
        parts = (self.hit.rule, self.path, self.code, str(self.occurrence))
        return "1:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]

    @property
    def id(self) -> str:
        """What people call it by: `/mas security ignore 3f9a1c2 …`."""
        return self.fingerprint[2:9]


@dataclass(frozen=True, slots=True)
class IgnoredFinding:
    """A finding that somebody said to leave, where and why; `until` is a date, `YYYY-MM-DD`."""

    finding: Finding
    by: str
    why: str
    until: str | None = None


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """A finding that people were told of, as far as it is named once it is gone."""

    fingerprint: str
    rule: str
    title: str
    place: str


@dataclass(frozen=True, slots=True)
class ReportedFindings:
    """What a pull request's summary told last: of which findings, and a digest of its words."""

    told: tuple[ReportedFinding, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class ScannerRun:
    """How a scanner did: over how many texts, for how long, and why not or not whole (None: all well)."""

    name: str
    version: str
    files: int
    seconds: float
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class SecurityReview:
    """What a change brings that is dangerous.

    `findings` are new, the worst first. `ignored` are new too, but quieted. `notes` are whole sentences on what was
    left out and why. `files` counts the changed files that were looked at.
    """

    findings: tuple[Finding, ...] = ()
    ignored: tuple[IgnoredFinding, ...] = ()
    runs: tuple[ScannerRun, ...] = ()
    notes: tuple[str, ...] = ()
    files: int = 0


def worst_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """In the order in which they are told."""
    return tuple(sorted(findings, key=lambda f: (-f.hit.severity, -f.hit.confidence, f.path, f.hit.line, f.hit.rule)))
