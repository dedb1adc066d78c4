"""Security review: from what scanners hit before and after a change to the findings that the change brings.

changed    which lines it touches
matching   which hits are new
quieting   which of them somebody said to leave
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.agents.security_review.changed_lines import Altered, Altering, Side, altering, squeezed
from bot.agents.security_review.matching import Hits, brought, digested
from bot.agents.security_review.suppressions import IN_CODE, is_off, quieted, reason_and_day
from bot.domain import Finding, Hit, Ignored, Review, ScannerRun, worst_first
from bot.domain.suppressions import Quiet, Word

__all__ = [
    "IN_CODE",
    "Altered",
    "Altering",
    "Hits",
    "Quiet",
    "Side",
    "Word",
    "altering",
    "ignoring",
    "reason_and_day",
    "review",
]


def review(
    altered: Altering,
    base: Hits,
    head: Hits,
    taken: Iterable[tuple[str, Hit]] = (),
    *,
    quiet: Quiet | None = None,
    runs: tuple[ScannerRun, ...] = (),
) -> Review:
    """What a change brings that is dangerous, once each, the worst first.

    Args:
        altered: the files that the change alters.
        base: what scanners hit in them before, by their path then.
        head: what they hit after.
        taken: the guards that the change takes away, by path.
        runs: how the scanners did.
    """
    quiet = quiet or Quiet()
    by_path = {file.path: file for file in altered.files}
    found = [*brought(altered, base, head), *_taken_away(by_path, taken)]
    kept = [f for f in found if quiet.holds(f.path) and not is_off(f.hit.rule, quiet.rules)]
    findings, ignored = [], []
    for finding in _once(kept):
        said = quieted(finding, by_path.get(finding.path), quiet)
        if said is None:
            findings.append(finding)
        else:
            ignored.append(said)
    return Review(worst_first(findings), tuple(ignored), runs, altered.notes, len(altered.files))


def ignoring(review: Review, finding: Finding, word: Word) -> Review:
    """The review once somebody said to leave one of its findings."""
    kept = tuple(other for other in review.findings if other is not finding)
    return replace(review, findings=kept, ignored=(*review.ignored, Ignored(finding, word.by, word.why, word.until)))


def _taken_away(files: dict[str, Altered], taken: Iterable[tuple[str, Hit]]) -> Iterator[Finding]:
    seen: dict[tuple[str, str, str], int] = {}
    for path, hit in taken:
        if path in files:
            code = digested(squeezed(files[path].line(hit.line)))
            key = (path, hit.rule, code)
            yield Finding(path, hit, "removed", code, seen.get(key, 0))
            seen[key] = seen.get(key, 0) + 1


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each danger of a line, though several rules tell of it: the worst, if need be the one to fix."""
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
