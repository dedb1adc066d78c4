"""Every guard keeps its own examples: a new line in the registry is tested the moment it exists."""

from __future__ import annotations

import pytest

from bot.agents.security_review.guards import GUARDS, Guard
from bot.agents.security_review.guards.detection import find_removed_guards
from bot.agents.security_review.guards.guard import GuardExample
from bot.domain import Blob, Change

EXAMPLES = [pytest.param(g, e, id=f"{g.name}-{n}") for g in GUARDS for n, e in enumerate(g.examples)]


def change(example: GuardExample) -> Change:
    return Change.between({example.path: Blob.of(example.before)}, {example.path: Blob.of(example.after)})


@pytest.mark.parametrize(("guard", "example"), EXAMPLES)
def test_a_guard_speaks_beside_what_is_taken_away(guard: Guard, example: GuardExample) -> None:
    hits = list(find_removed_guards(change(example), (guard,)))
    assert tuple(hit.line for _, hit in hits) == example.lines, example.title
    for path, hit in hits:
        assert (path, hit.rule) == (example.path, f"guards/{guard.name}")
        assert hit.why.endswith(".") and hit.advice.endswith(".") and hit.cwe and hit.owasp


@pytest.mark.parametrize(("guard", "example"), EXAMPLES)
def test_a_guard_that_comes_is_no_finding(guard: Guard, example: GuardExample) -> None:
    if example.lines:
        there = Change.between({example.path: Blob.of(example.after)}, {example.path: Blob.of(example.before)})
        assert list(find_removed_guards(there, (guard,))) == []


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_speaks_and_knows_when_to_be_silent(guard: Guard) -> None:
    assert any(e.lines for e in guard.examples) and any(not e.lines for e in guard.examples)
