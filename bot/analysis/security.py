"""What a change of a git repository brings that is dangerous: the one way from two commits to a review."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.agents.security_review import review as security_review
from bot.agents.security_review.guards import GUARDS
from bot.agents.security_review.guards.changed import look
from bot.agents.security_review.review import Altering, Quiet, Side, altering
from bot.agents.security_review.scanners import SCANNERS, Scanner
from bot.analysis.scan import Scans, scan
from bot.domain import Hit, Review
from bot.git import GitRepo


def _silent(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Looked:
    """A change as it was looked at: what it alters, what the scanners hit there, the guards that it takes away."""

    altered: Altering
    scans: Scans
    taken: tuple[tuple[str, Hit], ...]


def review(
    path: str,
    base: str,
    head: str,
    *,
    quiet: Quiet | None = None,
    scanners: Sequence[Scanner] = SCANNERS,
    settings: Mapping[str, str] = os.environ,
    progress: Callable[[str], None] = _silent,
) -> Review:
    """What the change from `base` to `head` of a git repository brings that is dangerous.

    Args:
        quiet: what is not to be told; without it everything is.
        scanners: those that run; one that comes with MAS and is not installed is named in the review.
        settings: the operator's, by their variables: some name what a scanner needs.

    Raises:
        UserError: no such repository or revision.
    """
    return judged(looked(path, base, head, scanners=scanners, settings=settings, progress=progress), quiet=quiet)


def looked(
    path: str,
    base: str,
    head: str,
    *,
    scanners: Sequence[Scanner],
    settings: Mapping[str, str] = os.environ,
    progress: Callable[[str], None] = _silent,
) -> Looked:
    """Read a change, and run scanners and guards over it; arguments and errors as of `review`."""
    with GitRepo.open(path) as repository:
        progress("reading the change")
        change = repository.change(repository.resolve(base), repository.resolve(head))
        altered = altering(change)
        progress("scanning")
        scans = scan(altered.texts, scanners, settings=settings)
        return Looked(altered, scans, tuple(look(change, GUARDS)))


def judged(seen: Looked, *, quiet: Quiet | None = None) -> Review:
    """What of all that was hit the change brings."""
    before, after = _side(seen.scans.hits, "base"), _side(seen.scans.hits, "head")
    return security_review.review(seen.altered, before, after, seen.taken, quiet=quiet, runs=seen.scans.runs)


def _side(hits: Mapping[tuple[Side, str], Sequence[Hit]], side: Side) -> dict[str, Sequence[Hit]]:
    return {path: found for (of, path), found in hits.items() if of == side}
