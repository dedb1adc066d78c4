"""What a change of a git repository brings that is dangerous: the one way from two commits to a review."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.agents import security_review
from bot.agents.security_review import Quiet, Side, altering
from bot.domain import Hit, Review
from bot.gitrepo import GitRepo
from bot.guards import GUARDS
from bot.guards.changed import look
from bot.scanners import SCANNERS, Scanner
from bot.scanning import scan

SECRET = frozenset(scanner.name for scanner in SCANNERS if scanner.sort == "secrets")


def _silent(_: str) -> None:
    pass


def review(
    path: str,
    base: str,
    head: str,
    *,
    quiet: Quiet | None = None,
    scanners: Sequence[Scanner] = SCANNERS,
    progress: Callable[[str], None] = _silent,
) -> Review:
    """What the change from `base` to `head` of a git repository brings that is dangerous.

    Args:
        quiet: what is not to be told; without it everything is.
        scanners: those that run; one that is not installed is named in the review.

    Raises:
        UserError: no such repository or revision.
    """
    with GitRepo.open(path) as repository:
        progress("reading the change")
        change = repository.change(repository.resolve(base), repository.resolve(head))
        altered = altering(change)
        progress("scanning")
        scans = scan(altered.texts, scanners)
        before, after = _side(scans.hits, "base"), _side(scans.hits, "head")
        taken = look(change, GUARDS)
        return security_review.review(altered, before, after, taken, secret=SECRET, quiet=quiet, runs=scans.runs)


def _side(hits: Mapping[tuple[Side, str], Sequence[Hit]], side: Side) -> dict[str, Sequence[Hit]]:
    return {path: found for (of, path), found in hits.items() if of == side}
