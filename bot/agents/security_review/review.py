"""Review a change: turn scanner hits before and after it into the findings that it introduces.

changed_lines   the lines that the change touches
matching        the hits that are new
suppressions    the findings that people chose to ignore
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.agents.security_review.changed_lines import (
    ChangedFile,
    ChangedFiles,
    Side,
    collect_changed_files,
    without_whitespace,
)
from bot.agents.security_review.matching import HitsByPath, digest, find_introduced
from bot.agents.security_review.suppressions import IN_CODE, is_disabled, match_suppression, parse_reason
from bot.domain import Finding, Hit, IgnoredFinding, ScannerRun, SecurityReview, worst_first
from bot.domain.suppressions import Suppression, Suppressions

__all__ = [
    "IN_CODE",
    "ChangedFile",
    "ChangedFiles",
    "HitsByPath",
    "Side",
    "Suppression",
    "Suppressions",
    "collect_changed_files",
    "ignore_finding",
    "parse_reason",
    "review",
]


def review(
    changes: ChangedFiles,
    base: HitsByPath,
    head: HitsByPath,
    removed_guards: Iterable[tuple[str, Hit]] = (),
    *,
    suppressions: Suppressions | None = None,
    runs: tuple[ScannerRun, ...] = (),
) -> SecurityReview:
    """Return the findings that a change introduces, without duplicates, worst first.

    Args:
        changes: the files that the change modifies.
        base: scanner hits before the change, by path at base.
        head: scanner hits after the change, by path at head.
        removed_guards: security checks that the change removes, by path.
        suppressions: findings to ignore; by default none.
        runs: the outcome of each scanner.
    """
    suppressions = suppressions or Suppressions()
    by_path = {file.path: file for file in changes.files}
    found = [*find_introduced(changes, base, head), *_guard_findings(by_path, removed_guards)]
    in_scope = [
        f for f in found if suppressions.in_scope(f.path) and not is_disabled(f.hit.rule, suppressions.disabled_rules)
    ]
    findings, ignored = [], []
    for finding in _deduplicate(in_scope):
        match = match_suppression(finding, by_path.get(finding.path), suppressions)
        if match is None:
            findings.append(finding)
        else:
            ignored.append(match)
    return SecurityReview(worst_first(findings), tuple(ignored), runs, changes.notes, len(changes.files))


def ignore_finding(review: SecurityReview, finding: Finding, suppression: Suppression) -> SecurityReview:
    """Return the review with one of its findings ignored."""
    remaining = tuple(other for other in review.findings if other is not finding)
    return replace(
        review,
        findings=remaining,
        ignored=(*review.ignored, IgnoredFinding(finding, suppression.by, suppression.why, suppression.until)),
    )


def _guard_findings(files: dict[str, ChangedFile], removed_guards: Iterable[tuple[str, Hit]]) -> Iterator[Finding]:
    seen: dict[tuple[str, str, str], int] = {}
    for path, hit in removed_guards:
        if path in files:
            code = digest(without_whitespace(files[path].line(hit.line)))
            key = (path, hit.rule, code)
            yield Finding(path, hit, "removed", code, seen.get(key, 0))
            seen[key] = seen.get(key, 0) + 1


def _deduplicate(findings: Iterable[Finding]) -> list[Finding]:
    """Keep one finding per line and weakness: the worst, then one with a fix."""
    best: dict[tuple[str, int, str], Finding] = {}
    for finding in findings:
        hit = finding.hit
        key = (finding.path, hit.line, str(hit.cwe or hit.title))
        rival = best.get(key)
        if rival is None or _weight(finding) > _weight(rival):
            best[key] = finding
    return list(best.values())


def _weight(finding: Finding) -> tuple[int, bool, int]:
    return finding.hit.severity, finding.hit.fix is not None, finding.hit.confidence
