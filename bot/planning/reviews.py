"""What becomes of the security review of somebody's pull request."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.domain import (
    Action,
    Finding,
    Level,
    Plan,
    ReportedFinding,
    ReportedFindings,
    ResolveThread,
    ReviewState,
    ReviewThread,
    SecurityReview,
    SubmitReview,
    UploadSarif,
    UpsertReply,
)
from bot.messages.entries import Permalinks
from bot.messages.review_comments import SUMMARY_MARKER, review_body, review_comment, summary
from bot.messages.security import list_ignored, security_check

MAX_OPEN_COMMENTS = 20
"""Remarks on lines that stand open at once; the summary and the check tell of the rest."""
_MAX_REPORTED = 500


@dataclass(frozen=True, slots=True)
class DesiredReview:
    """What a review of the head of a pull request found, and how it is to be told.

    Args:
        remarks: from which severity on a finding is told beside its line, and in the summary.
        blocking: from which severity on a finding fails the check; None for never.
        sarif: the findings for code scanning; None where they are not to go there.
    """

    head: str
    review: SecurityReview
    links: Permalinks
    comment_severity: Level = Level.MEDIUM
    fail_severity: Level | None = None
    sarif: str | None = None


def plan_review(desired: DesiredReview, state: ReviewState, before: ReportedFindings) -> tuple[Plan, ReportedFindings]:
    """Decide what to do on the forge for one head of a pull request, and what its summary tells once that is done.

    A finding is told once beside its line, whatever became of its thread; a thread whose finding is gone is resolved,
    and one that we resolved is open again when its finding is back. Where there is nothing to tell and nothing was
    told, there is only the check.

    Args:
        before: what the summary told last.
    """
    number = state.pull.number
    check = security_check(number, desired.head, desired.review, desired.links, desired.fail_severity)
    actions: list[Action] = [check, *_review_actions(desired, state), *_thread_actions(desired, state.threads)]
    after = _update_reported(desired, before)
    if after.digest != before.digest:
        said = summary(desired.head, desired.review, _find_fixed(desired, after.told), desired.links)
        actions.append(UpsertReply(number, said, SUMMARY_MARKER))
    if desired.sarif is not None:
        actions.append(UploadSarif(number, desired.head, desired.sarif))
    return Plan(tuple(actions), check.title), after


def _update_reported(desired: DesiredReview, before: ReportedFindings) -> ReportedFindings:
    quiet = (said.finding for said in desired.review.ignored)
    if not before.digest and not any(
        f.hit.severity >= desired.comment_severity for f in (*desired.review.findings, *quiet)
    ):
        return before
    known = {told.fingerprint for told in before.told}
    new = [_to_reported(finding) for finding in desired.review.findings if finding.fingerprint not in known]
    told = (*before.told, *new)[-_MAX_REPORTED:]
    return ReportedFindings(told, _summary_digest(desired, told))


def _to_reported(finding: Finding) -> ReportedFinding:
    hit = finding.hit
    return ReportedFinding(finding.fingerprint, hit.rule, hit.title, f"{finding.path}:{hit.line}")


def _summary_digest(desired: DesiredReview, reported: Iterable[ReportedFinding]) -> str:
    """Names what the summary says: how long the scanners took is no reason to say it anew."""
    findings = (f"{f.fingerprint} {f.path}:{f.hit.line}" for f in desired.review.findings)
    ran = (f"{run.name} {run.trouble}" for run in desired.review.runs)
    parts = [desired.head, *findings, *list_ignored(desired.review), *desired.review.notes, *ran]
    parts += [told.fingerprint for told in _find_fixed(desired, reported)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _find_fixed(desired: DesiredReview, reported: Iterable[ReportedFinding]) -> list[ReportedFinding]:
    here = _current_fingerprints(desired)
    unsure = _incomplete_scanners(desired)
    return [t for t in reported if t.fingerprint not in here and _scanner(t.rule) not in unsure]


def _current_fingerprints(desired: DesiredReview) -> frozenset[str]:
    quiet = (said.finding for said in desired.review.ignored)
    return frozenset(finding.fingerprint for finding in (*desired.review.findings, *quiet))


def _incomplete_scanners(desired: DesiredReview) -> frozenset[str]:
    """The scanners that did not do their part: what they do not find may be there all the same."""
    return frozenset(run.name for run in desired.review.runs if run.trouble)


def _scanner(rule: str) -> str:
    return rule.partition("/")[0]


def _review_actions(desired: DesiredReview, state: ReviewState) -> Iterator[SubmitReview]:
    stand = {thread.fingerprint: thread for thread in state.threads}
    worth = [f for f in desired.review.findings if f.hit.severity >= desired.comment_severity]
    unsaid = [f for f in worth if f.fingerprint not in stand]
    room = MAX_OPEN_COMMENTS - sum(not stand[f.fingerprint].resolved for f in worth if f.fingerprint in stand)
    remarks = tuple(review_comment(finding) for finding in unsaid[: max(0, room)])
    if remarks:
        yield SubmitReview(state.pull.number, desired.head, review_body(remarks), remarks)


def _thread_actions(desired: DesiredReview, threads: Sequence[ReviewThread]) -> Iterator[ResolveThread]:
    open_now = {finding.fingerprint for finding in desired.review.findings}
    unsure = _incomplete_scanners(desired)
    for thread in threads:
        if thread.fingerprint in open_now:
            if thread.resolved and thread.by is None:
                yield ResolveThread(thread.id, resolved=False)
        elif not thread.resolved and _scanner(thread.rule) not in unsure:
            yield ResolveThread(thread.id, resolved=True)
