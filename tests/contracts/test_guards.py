"""Every guard in the registry passes its own examples."""

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
def test_a_guard_reports_the_removed_check(guard: Guard, example: GuardExample) -> None:
    hits = list(find_removed_guards(change(example), (guard,)))
    assert tuple(hit.line for _, hit in hits) == example.lines, example.title
    for path, hit in hits:
        assert (path, hit.rule) == (example.path, f"guards/{guard.name}")
        assert hit.why.endswith(".") and hit.advice.endswith(".") and hit.cwe and hit.owasp


@pytest.mark.parametrize(("guard", "example"), EXAMPLES)
def test_an_added_check_is_not_reported(guard: Guard, example: GuardExample) -> None:
    if example.lines:
        reverse = Change.between({example.path: Blob.of(example.after)}, {example.path: Blob.of(example.before)})
        assert list(find_removed_guards(reverse, (guard,))) == []


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_has_positive_and_negative_examples(guard: Guard) -> None:
    assert any(e.lines for e in guard.examples) and any(not e.lines for e in guard.examples)
