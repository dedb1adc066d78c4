"""Review the security of the change between two commits of a repository."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.agents.security_review import review as security_review
from bot.agents.security_review.guards import GUARDS
from bot.agents.security_review.guards.detection import find_removed_guards
from bot.agents.security_review.review import ChangedFiles, Side, Suppressions, collect_changed_files
from bot.agents.security_review.scanners import SCANNERS, Scanner
from bot.analysis.scan import Scans, scan
from bot.domain import Hit, SecurityReview
from bot.git import GitRepo
from bot.text.file_classes import NO_OVERRIDES, Overrides, classes_of, classify_change


def _no_progress(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The scan of a change: changed files, scanner hits and removed guards."""

    changes: ChangedFiles
    scans: Scans
    removed_guards: tuple[tuple[str, Hit], ...]


def review(
    path: str,
    base: str,
    head: str,
    *,
    suppressions: Suppressions | None = None,
    scanners: Sequence[Scanner] = SCANNERS,
    settings: Mapping[str, str] = os.environ,
    progress: Callable[[str], None] = _no_progress,
    files: Overrides = NO_OVERRIDES,
) -> SecurityReview:
    """Review the change from `base` to `head` of a git repository.

    Args:
        suppressions: findings to ignore; by default none.
        scanners: scanners to run; the review names those that come with MAS and are missing.
        settings: environment variables of the operator; some point to a scanner's input.
        files: overrides of file classes, from `.github/mas.yml`.

    Raises:
        UserError: the repository or revision does not exist.
    """
    result = scan_change(path, base, head, scanners=scanners, settings=settings, progress=progress, files=files)
    return to_review(result, suppressions=suppressions)


def scan_change(
    path: str,
    base: str,
    head: str,
    *,
    scanners: Sequence[Scanner],
    settings: Mapping[str, str] = os.environ,
    progress: Callable[[str], None] = _no_progress,
    files: Overrides = NO_OVERRIDES,
) -> ScanResult:
    """Read a change and run scanners and guards over it; arguments and errors as in `review`."""
    with GitRepo.open(path) as repository:
        progress("reading the change")
        change = classify_change(repository.change(repository.resolve(base), repository.resolve(head)), files)
        changes = collect_changed_files(change)
        progress("scanning")
        scans = scan(changes.texts, scanners, settings=settings, classes=classes_of(change.head))
        return ScanResult(changes, scans, tuple(find_removed_guards(change, GUARDS)))


def to_review(result: ScanResult, *, suppressions: Suppressions | None = None) -> SecurityReview:
    """Return the review of a scanned change: only the findings that the change introduces."""
    before, after = _hits_on(result.scans.hits, "base"), _hits_on(result.scans.hits, "head")
    return security_review.review(
        result.changes, before, after, result.removed_guards, suppressions=suppressions, runs=result.scans.runs
    )


def _hits_on(hits: Mapping[tuple[Side, str], Sequence[Hit]], side: Side) -> dict[str, Sequence[Hit]]:
    return {path: found for (of, path), found in hits.items() if of == side}
