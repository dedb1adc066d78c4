"""Counts of proposed, merged and rejected edits, by rule."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Literal

from bot.domain import Edit, OpenPullRequest, Plan, PublishBranch
from bot.orchestrator.context import JobContext

_UNKNOWN = "unknown"


def _state_key(base: str) -> str:
    return f"proposed {base}"


async def count_proposals(ctx: JobContext, base: str, plan: Plan, edits: Iterable[Edit]) -> None:
    """Save the rule of each edit in the documentation pull request of a branch, and count the new edits."""
    if not any(isinstance(action, PublishBranch | OpenPullRequest) for action in plan.actions):
        return
    before = await _load_rules(ctx, base)
    rules = {edit.fingerprint: edit.rule for edit in edits}
    await ctx.set_state(_state_key(base), json.dumps(rules))
    for fingerprint in rules.keys() - before.keys():
        ctx.services.metrics.count_edit(rules[fingerprint], "proposed")


async def count_decisions(
    ctx: JobContext, base: str, fingerprints: Iterable[str], outcome: Literal["merged", "rejected"]
) -> None:
    """Count the edits of a documentation pull request that a person merged or closed."""
    rules = await _load_rules(ctx, base)
    for fingerprint in fingerprints:
        ctx.services.metrics.count_edit(rules.get(fingerprint, _UNKNOWN), outcome)


async def _load_rules(ctx: JobContext, base: str) -> dict[str, str]:
    rules: dict[str, str] = json.loads(await ctx.get_state(_state_key(base)) or "{}")
    return rules
