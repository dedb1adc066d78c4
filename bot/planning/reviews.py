"""What becomes of the security review of somebody's pull request."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.domain import (
    Action,
    Answer,
    Finding,
    Level,
    Plan,
    PutReview,
    Review,
    ReviewStanding,
    SettleThread,
    Telling,
    Thread,
    Told,
    UploadSarif,
)
from bot.messages.entries import Permalinks
from bot.messages.review_comments import SUMMARY_MARKER, remark, review_body, summary
from bot.messages.security import ignored, security_check

MOST_REMARKS = 20
"""Remarks on lines that stand open at once; the summary and the check tell of the rest."""
_MOST_TOLD = 500


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review of the head of a pull request found, and how it is to be told.

    Args:
        remarks: from which severity on a finding is told beside its line, and in the summary.
        blocking: from which severity on a finding fails the check; None for never.
        sarif: the findings for code scanning; None where they are not to go there.
    """

    head: str
    review: Review
    links: Permalinks
    remarks: Level = Level.MEDIUM
    blocking: Level | None = None
    sarif: str | None = None


def plan_review(made: Reviewed, standing: ReviewStanding, before: Telling) -> tuple[Plan, Telling]:
    """Decide what to do on the forge for one head of a pull request, and what its summary tells once that is done.

    A finding is told once beside its line, whatever became of its thread; a thread whose finding is gone is resolved,
    and one that we resolved is open again when its finding is back. Where there is nothing to tell and nothing was
    told, there is only the check.

    Args:
        before: what the summary told last.
    """
    number = standing.pull.number
    check = security_check(number, made.head, made.review, made.links, made.blocking)
    actions: list[Action] = [check, *_review(made, standing), *_settled(made, standing.threads)]
    after = _retold(made, before)
    if after.digest != before.digest:
        said = summary(made.head, made.review, _fixed(made, after.told), made.links)
        actions.append(Answer(number, said, SUMMARY_MARKER))
    if made.sarif is not None:
        actions.append(UploadSarif(number, made.head, made.sarif))
    return Plan(tuple(actions), check.title), after


def _retold(made: Reviewed, before: Telling) -> Telling:
    quiet = (said.finding for said in made.review.ignored)
    if not before.digest and not any(f.hit.severity >= made.remarks for f in (*made.review.findings, *quiet)):
        return before
    known = {told.fingerprint for told in before.told}
    new = [_told(finding) for finding in made.review.findings if finding.fingerprint not in known]
    told = (*before.told, *new)[-_MOST_TOLD:]
    return Telling(told, _digest(made, told))


def _told(finding: Finding) -> Told:
    hit = finding.hit
    return Told(finding.fingerprint, hit.rule, hit.title, f"{finding.path}:{hit.line}")


def _digest(made: Reviewed, told: Iterable[Told]) -> str:
    """Names what the summary says: how long the scanners took is no reason to say it anew."""
    findings = (f"{f.fingerprint} {f.path}:{f.hit.line}" for f in made.review.findings)
    ran = (f"{run.name} {run.trouble}" for run in made.review.runs)
    parts = [made.head, *findings, *ignored(made.review), *made.review.notes, *ran]
    parts += [told.fingerprint for told in _fixed(made, told)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _fixed(made: Reviewed, told: Iterable[Told]) -> list[Told]:
    here = _here(made)
    unsure = _unsure(made)
    return [t for t in told if t.fingerprint not in here and _scanner(t.rule) not in unsure]


def _here(made: Reviewed) -> frozenset[str]:
    quiet = (said.finding for said in made.review.ignored)
    return frozenset(finding.fingerprint for finding in (*made.review.findings, *quiet))


def _unsure(made: Reviewed) -> frozenset[str]:
    """The scanners that did not do their part: what they do not find may be there all the same."""
    return frozenset(run.name for run in made.review.runs if run.trouble)


def _scanner(rule: str) -> str:
    return rule.partition("/")[0]


def _review(made: Reviewed, standing: ReviewStanding) -> Iterator[PutReview]:
    stand = {thread.fingerprint: thread for thread in standing.threads}
    worth = [f for f in made.review.findings if f.hit.severity >= made.remarks]
    unsaid = [f for f in worth if f.fingerprint not in stand]
    room = MOST_REMARKS - sum(not stand[f.fingerprint].resolved for f in worth if f.fingerprint in stand)
    remarks = tuple(remark(finding) for finding in unsaid[: max(0, room)])
    if remarks:
        yield PutReview(standing.pull.number, made.head, review_body(remarks), remarks)


def _settled(made: Reviewed, threads: Sequence[Thread]) -> Iterator[SettleThread]:
    open_now = {finding.fingerprint for finding in made.review.findings}
    unsure = _unsure(made)
    for thread in threads:
        if thread.fingerprint in open_now:
            if thread.resolved and thread.by is None:
                yield SettleThread(thread.id, resolved=False)
        elif not thread.resolved and _scanner(thread.rule) not in unsure:
            yield SettleThread(thread.id, resolved=True)
