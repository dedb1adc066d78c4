"""The security review of somebody's pull request."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from bot.agents.security_review import Quiet
from bot.domain import Job, Level, PullStanding, Repository, Review
from bot.orchestrator.parts import Parts, applied, found
from bot.ports import Step
from bot.repoconfig import RepoConfig
from bot.words.entries import Permalinks
from bot.words.security import security_check


async def review(
    parts: Parts, step: Step, job: Job, repository: Repository, seen: PullStanding, config: RepoConfig
) -> str | None:
    """Put the check of what a pull request brings that is dangerous; gives its title, None where nobody asks for it."""
    asked = config.security
    if not asked.enabled:
        return None
    fetching = partial(parts.source.fetch_pull, repository, seen.base, seen.number)
    start, head = await step("fetch for the review", fetching)

    async def reviewed() -> Review:
        today = datetime.now(UTC).date().isoformat()
        quiet = Quiet(rules=frozenset(asked.without), holds=asked.holds, today=today)
        made = await parts.source.review(repository, start, head, quiet)
        for finding in made.findings:
            parts.tally.finding(finding.hit.severity.name.lower())
        return made

    made: Review = await found(parts, step, "review", repository.tenant, reviewed, Review)
    blocking = None if asked.fail_severity == "never" else Level[asked.fail_severity.upper()]
    check = security_check(seen.number, head, made, Permalinks(parts.web(repository), start, head), blocking)
    await applied(parts, step, job, repository, "review", [check])
    return check.title
