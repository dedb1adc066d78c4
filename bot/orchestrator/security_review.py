"""The security review of somebody's pull request, and what people say to its findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bot.agents.security_review.review import IN_CODE, Quiet, Word, ignoring
from bot.domain import (
    Finding,
    Ignored,
    Job,
    Level,
    Plan,
    Repository,
    Review,
    ReviewDue,
    ReviewStanding,
    ReviewSubject,
    Telling,
    from_json,
    to_json,
)
from bot.domain.audit import AuditEntry
from bot.messages import review_comments as words
from bot.messages.entries import Permalinks
from bot.messages.sarif import sarif
from bot.orchestrator.context import Parts, applied, found
from bot.orchestrator.repo_settings import known_settings
from bot.planning import Reviewed, plan_review
from bot.ports import Step
from bot.repoconfig import SecuritySettings

_IGNORED = "security ignored"


@dataclass(frozen=True, slots=True)
class Seen:
    """A pull request whose head was reviewed."""

    standing: ReviewStanding
    settings: SecuritySettings
    start: str
    head: str
    review: Review

    def links(self, parts: Parts, repository: Repository) -> Permalinks:
        return Permalinks(parts.web(repository), self.start, self.head)


async def on_review_due(parts: Parts, step: Step, job: Job, due: ReviewDue) -> dict[str, Any]:
    """Say of a pull request what it brings that is dangerous, once each."""
    seen = await look(parts, step, job, due.repository, due.number)
    if isinstance(seen, str):
        return {"reason": seen}
    return await tell(parts, step, job, due.repository, seen)


async def look(parts: Parts, step: Step, job: Job, repository: Repository, number: int) -> Seen | str:
    """Review a pull request; a reason where that is not wanted."""
    settings = (await known_settings(parts, step, job, repository)).config.security
    if not settings.enabled:
        return "the settings ask for no security review"

    async def observed() -> ReviewStanding | None:
        return await (await parts.forge(repository)).observe(ReviewSubject(number))

    standing = await found(parts, step, "observe for the review", repository.tenant, observed, ReviewStanding | None)
    if standing is None or standing.pull.state != "open" or standing.pull.ours:
        return f"#{number} is {'mine' if standing and standing.pull.ours else 'not open'}"
    fetching = partial(parts.source.fetch_pull, repository, standing.pull.base, number)
    start, head = await step("fetch for the review", fetching)

    async def reviewed() -> Review:
        quiet = await _quiet(parts, repository, settings)
        made = await parts.source.review(repository, start, head, quiet)
        for finding in made.findings:
            parts.tally.finding(finding.hit.severity.name.lower())
        return made

    made: Review = await found(parts, step, "review", repository.tenant, reviewed, Review)
    return Seen(standing, settings, start, head, made)


async def tell(parts: Parts, step: Step, job: Job, repository: Repository, seen: Seen) -> dict[str, Any]:
    """Put the check, the remarks and the summary of a review."""
    made = Reviewed(
        seen.head,
        seen.review,
        seen.links(parts, repository),
        remarks=Level[seen.settings.remark_severity.upper()],
        blocking=_level(seen.settings.fail_severity),
        sarif=sarif(seen.review) if seen.settings.code_scanning else None,
    )
    memo = f"security #{seen.standing.pull.number}"

    async def planned() -> tuple[Plan, Telling]:
        return plan_review(made, seen.standing, await _telling(parts, repository, memo))

    plan, after = await found(parts, step, "plan the review", repository.tenant, planned, tuple[Plan, Telling])
    if not await applied(parts, step, job, repository, "review", plan.actions):
        return {"reason": f"#{seen.standing.pull.number} moved on meanwhile"}

    async def remembered() -> None:
        await parts.store.keep(repository.tenant, memo, to_json(after).decode(), seq=job.seq)
        for said in (each for each in seen.review.ignored if each.by == IN_CODE):  # a person's word is on record
            await parts.store.append(repository.tenant, _left(job, memo, said))

    await step("remember the review", remembered)
    return {"reason": plan.reason, "actions": [action.kind for action in plan.actions]}


def _left(job: Job, memo: str, said: Ignored) -> AuditEntry:
    """That a finding was left and who said so, once for a pull request."""
    finding = said.finding
    detail = f"{said.by} ignores {finding.hit.rule} at {finding.path}:{finding.hit.line}: {said.why}"
    return AuditEntry(f"{memo} leaves {finding.fingerprint}", job.id, "leave finding", "done", detail)


def _level(name: str) -> Level | None:
    return None if name == "never" else Level[name.upper()]


async def _telling(parts: Parts, repository: Repository, memo: str) -> Telling:
    said = await parts.store.kept(repository.tenant, memo)
    return Telling() if said is None else from_json(Telling, said)


# ------------------------------------------------------------------ what people say to it


async def _words(parts: Parts, repository: Repository) -> Mapping[str, Word]:
    said = await parts.store.kept(repository.tenant, _IGNORED)
    return {} if said is None else from_json(dict[str, Word], said)


async def _quiet(parts: Parts, repository: Repository, settings: SecuritySettings) -> Quiet:
    today = datetime.now(UTC).date().isoformat()
    ignored = await _words(parts, repository)
    return Quiet(rules=frozenset(settings.without), holds=settings.holds, ignored=ignored, today=today)


async def ignore(
    parts: Parts, step: Step, job: Job, repository: Repository, seen: Seen, name: str, word: Word
) -> tuple[bool, str]:
    """Leave a finding from now on, on record with who said so and why; and tell it anew."""
    finding = _named(seen.review, name)
    if finding is None:
        return False, words.no_such(name, seen.review)

    async def ignored() -> None:
        known = {**await _words(parts, repository), finding.fingerprint: word}
        said = to_json(known, dict[str, Word]).decode()
        await parts.store.keep(repository.tenant, _IGNORED, said, seq=job.seq)
        place = f"{finding.hit.rule} at {finding.path}:{finding.hit.line} ({finding.fingerprint})"
        until = f" until {word.until}" if word.until else ""
        detail = f"{word.by} ignores {place}{until}: {word.why}"
        key = f"{job.id}/ignore finding/done"
        await parts.store.append(repository.tenant, AuditEntry(key, job.id, "ignore finding", "done", detail))

    await step("ignore", ignored)
    await tell(parts, step, job, repository, replace(seen, review=ignoring(seen.review, finding, word)))
    until = f" until {word.until}" if word.until else ""
    return True, f"`{finding.id}` is ignored{until}. The summary says so, with your name and reason."


def explain(parts: Parts, repository: Repository, seen: Seen, name: str) -> tuple[bool, str]:
    """Why a finding is one."""
    finding = _named(seen.review, name)
    if finding is None:
        return False, words.no_such(name, seen.review)
    return True, words.explained(finding, seen.links(parts, repository))


def _named(review: Review, name: str) -> Finding | None:
    return next((finding for finding in review.findings if finding.id == name.lower()), None)
