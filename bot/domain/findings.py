"""Security findings: hits of scanners, and the findings of a review."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal


class Level(IntEnum):
    """Severity, or confidence. Levels can be compared."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement for whole lines of a file. `text` has no trailing line end."""

    start_line: int
    end_line: int
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A scanner's result for one text, whatever its path. Lines count from 1. It never contains a secret.

    Args:
        rule: the scanner's name and its name for the rule: `bandit/B602`.
        title: the problem in a few words.
        why: one sentence about the possible harm.
        advice: one sentence about the fix.
        cwe: the number in https://cwe.mitre.org
        owasp: the category of https://owasp.org/Top10: `A03:2021 Injection`.
        link: the rule's own page.
        subject: identifies the finding instead of the text of its line, so that it survives changes of the line.
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
"""The lines are new, a guard was removed, or an old line became reachable or more harmful."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit that a change introduces, at a place of its head.

    Args:
        code: a digest of the line without whitespace, or of the hit's subject.
        occurrence: counts hits of the same rule on the same code in the same file, from 0.
    """

    path: str
    hit: Hit
    cause: Cause
    code: str
    occurrence: int = 0

    @property
    def fingerprint(self) -> str:
        """Identifies the finding across commits by rule, code and path, not by line (version 1)."""
        parts = (self.hit.rule, self.path, self.code, str(self.occurrence))
        return "1:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]

    @property
    def id(self) -> str:
        """The short id that people use: `/mas security ignore 3f9a1c2 …`."""
        return self.fingerprint[2:9]


@dataclass(frozen=True, slots=True)
class IgnoredFinding:
    """A finding that a user ignored, with the reason. `until` is a date, `YYYY-MM-DD`."""

    finding: Finding
    by: str
    why: str
    until: str | None = None


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """A finding that a summary reported, with what is needed to list it as fixed."""

    fingerprint: str
    rule: str
    title: str
    place: str


@dataclass(frozen=True, slots=True)
class ReportedFindings:
    """The findings that a pull request's summary reported so far, and a digest of its content."""

    told: tuple[ReportedFinding, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class ScannerRun:
    """A run of a scanner. `trouble` says why it did not scan everything; None if it did."""

    name: str
    version: str
    files: int
    seconds: float
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class SecurityReview:
    """The security findings that a change introduces.

    Args:
        findings: worst first.
        ignored: introduced findings that a user ignored.
        notes: sentences about skipped files.
        files: the number of changed files that were reviewed.
    """

    findings: tuple[Finding, ...] = ()
    ignored: tuple[IgnoredFinding, ...] = ()
    runs: tuple[ScannerRun, ...] = ()
    notes: tuple[str, ...] = ()
    files: int = 0


def worst_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Sort findings by severity, confidence and place."""
    return tuple(sorted(findings, key=lambda f: (-f.hit.severity, -f.hit.confidence, f.path, f.hit.line, f.hit.rule)))
