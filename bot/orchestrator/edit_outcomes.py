"""What became of the edits that we proposed, counted by rule: proposed, merged, rejected."""

from __future__ import annotations

import json
from collections.abc import Iterable

from bot.domain import Edit, Job, OpenPullRequest, Plan, PublishBranch, Repository
from bot.orchestrator.context import Parts

_UNKNOWN = "unknown"


def _name(base: str) -> str:
    return f"proposed {base}"


async def proposed(
    parts: Parts, job: Job, repository: Repository, base: str, made: Plan, edits: Iterable[Edit]
) -> None:
    """Remember which rule each edit of a pull request is by, and count those that are new in it."""
    if not any(isinstance(action, PublishBranch | OpenPullRequest) for action in made.actions):
        return
    before = await _rules(parts, repository, base)
    rules = {edit.fingerprint: edit.rule for edit in edits}
    await parts.store.keep(repository.tenant, _name(base), json.dumps(rules), seq=job.seq)
    for fingerprint in rules.keys() - before.keys():
        parts.tally.edit(rules[fingerprint], "proposed")


async def decided(
    parts: Parts, repository: Repository, base: str, fingerprints: Iterable[str], *, merged: bool
) -> None:
    """Count the edits of a pull request that a person merged, or turned down."""
    rules = await _rules(parts, repository, base)
    for fingerprint in fingerprints:
        parts.tally.edit(rules.get(fingerprint, _UNKNOWN), "merged" if merged else "rejected")


async def _rules(parts: Parts, repository: Repository, base: str) -> dict[str, str]:
    rules: dict[str, str] = json.loads(await parts.store.kept(repository.tenant, _name(base)) or "{}")
    return rules
