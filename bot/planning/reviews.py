"""Plan the security review of a person's pull request."""

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
"""The summary and the check report the other findings."""
_MAX_REPORTED = 500


@dataclass(frozen=True, slots=True)
class DesiredReview:
    """The review of a pull request's head, and how to publish it.

    Args:
        comment_severity: the lowest severity of findings that get a review comment and a summary.
        fail_severity: the lowest severity of findings that fail the check; None for never.
        sarif: the findings for code scanning; None to upload nothing.
    """

    head: str
    review: SecurityReview
    links: Permalinks
    comment_severity: Level = Level.MEDIUM
    fail_severity: Level | None = None
    sarif: str | None = None


def plan_review(desired: DesiredReview, state: ReviewState, before: ReportedFindings) -> tuple[Plan, ReportedFindings]:
    """Plan the actions for one head of a pull request. Return them with what the summary will then report.

    Each finding gets one review comment, even if its thread was resolved. A thread whose finding is gone is resolved,
    and a thread that MAS resolved is reopened when its finding is back. Without anything to report, now or before,
    only the check is published.

    Args:
        before: what the summary reported last.
    """
    number = state.pull.number
    check = security_check(number, desired.head, desired.review, desired.links, desired.fail_severity)
    actions: list[Action] = [check, *_review_actions(desired, state), *_thread_actions(desired, state.threads)]
    after = _update_reported(desired, before)
    if after.digest != before.digest:
        body = summary(desired.head, desired.review, _find_fixed(desired, after.told), desired.links)
        actions.append(UpsertReply(number, body, SUMMARY_MARKER))
    if desired.sarif is not None:
        actions.append(UploadSarif(number, desired.head, desired.sarif))
    return Plan(tuple(actions), check.title), after


def _update_reported(desired: DesiredReview, before: ReportedFindings) -> ReportedFindings:
    ignored = (each.finding for each in desired.review.ignored)
    if not before.digest and not any(
        f.hit.severity >= desired.comment_severity for f in (*desired.review.findings, *ignored)
    ):
        return before
    known = {reported.fingerprint for reported in before.told}
    new = [_to_reported(finding) for finding in desired.review.findings if finding.fingerprint not in known]
    reported = (*before.told, *new)[-_MAX_REPORTED:]
    return ReportedFindings(reported, _summary_digest(desired, reported))


def _to_reported(finding: Finding) -> ReportedFinding:
    hit = finding.hit
    return ReportedFinding(finding.fingerprint, hit.rule, hit.title, f"{finding.path}:{hit.line}")


def _summary_digest(desired: DesiredReview, reported: Iterable[ReportedFinding]) -> str:
    """Return a digest of what the summary reports, which decides whether to update it."""
    findings = (f"{f.fingerprint} {f.path}:{f.hit.line}" for f in desired.review.findings)
    ran = (f"{run.name} {run.trouble}" for run in desired.review.runs)
    parts = [desired.head, *findings, *list_ignored(desired.review), *desired.review.notes, *ran]
    parts += [finding.fingerprint for finding in _find_fixed(desired, reported)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _find_fixed(desired: DesiredReview, reported: Iterable[ReportedFinding]) -> list[ReportedFinding]:
    current = _current_fingerprints(desired)
    incomplete = _incomplete_scanners(desired)
    return [f for f in reported if f.fingerprint not in current and _scanner(f.rule) not in incomplete]


def _current_fingerprints(desired: DesiredReview) -> frozenset[str]:
    ignored = (each.finding for each in desired.review.ignored)
    return frozenset(finding.fingerprint for finding in (*desired.review.findings, *ignored))


def _incomplete_scanners(desired: DesiredReview) -> frozenset[str]:
    """Return the scanners that did not scan everything. A finding that they do not report may still exist."""
    return frozenset(run.name for run in desired.review.runs if run.trouble)


def _scanner(rule: str) -> str:
    return rule.partition("/")[0]


def _review_actions(desired: DesiredReview, state: ReviewState) -> Iterator[SubmitReview]:
    threads = {thread.fingerprint: thread for thread in state.threads}
    severe = [f for f in desired.review.findings if f.hit.severity >= desired.comment_severity]
    new = [f for f in severe if f.fingerprint not in threads]
    room = MAX_OPEN_COMMENTS - sum(not threads[f.fingerprint].resolved for f in severe if f.fingerprint in threads)
    comments = tuple(review_comment(finding) for finding in new[: max(0, room)])
    if comments:
        yield SubmitReview(state.pull.number, desired.head, review_body(comments), comments)


def _thread_actions(desired: DesiredReview, threads: Sequence[ReviewThread]) -> Iterator[ResolveThread]:
    current = {finding.fingerprint for finding in desired.review.findings}
    incomplete = _incomplete_scanners(desired)
    for thread in threads:
        if thread.fingerprint in current:
            if thread.resolved and thread.by is None:
                yield ResolveThread(thread.id, resolved=False)
        elif not thread.resolved and _scanner(thread.rule) not in incomplete:
            yield ResolveThread(thread.id, resolved=True)
