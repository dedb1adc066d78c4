"""What a change of a git repository brings that is dangerous: the one way from two commits to a review."""

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
from bot.text.file_classes import NO_OVERRIDES, Overrides, classes_of, classified


def _no_progress(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class ScanResult:
    """A change as it was looked at: what it alters, what the scanners hit there, the guards that it takes away."""

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
    """What the change from `base` to `head` of a git repository brings that is dangerous.

    Args:
        quiet: what is not to be told; without it everything is.
        scanners: those that run; one that comes with MAS and is not installed is named in the review.
        settings: the operator's, by their variables: some name what a scanner needs.
        files: what `.github/mas.yml` says that files are.

    Raises:
        UserError: no such repository or revision.
    """
    seen = scan_change(path, base, head, scanners=scanners, settings=settings, progress=progress, files=files)
    return to_review(seen, suppressions=suppressions)


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
    """Read a change, and run scanners and guards over it; arguments and errors as of `review`."""
    with GitRepo.open(path) as repository:
        progress("reading the change")
        change = classified(repository.change(repository.resolve(base), repository.resolve(head)), files)
        altered = collect_changed_files(change)
        progress("scanning")
        scans = scan(altered.texts, scanners, settings=settings, classes=classes_of(change.head))
        return ScanResult(altered, scans, tuple(find_removed_guards(change, GUARDS)))


def to_review(result: ScanResult, *, suppressions: Suppressions | None = None) -> SecurityReview:
    """What of all that was hit the change brings."""
    before, after = _hits_on(result.scans.hits, "base"), _hits_on(result.scans.hits, "head")
    return security_review.review(
        result.changes, before, after, result.removed_guards, suppressions=suppressions, runs=result.scans.runs
    )


def _hits_on(hits: Mapping[tuple[Side, str], Sequence[Hit]], side: Side) -> dict[str, Sequence[Hit]]:
    return {path: found for (of, path), found in hits.items() if of == side}
