"""Security findings not to report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a user ignores a finding. `until` is a date, `YYYY-MM-DD`."""

    by: str
    why: str
    until: str | None = None


def _any_path(_: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Suppressions:
    """The findings not to report.

    Args:
        disabled_rules: names of rules (`bandit/B101` or `B101`), or of scanners for all of their rules (`bandit`).
        in_scope: returns whether a path is reviewed.
        by_fingerprint: the suppressions of single findings.
        today: today's date, `YYYY-MM-DD`. Suppressions until an earlier date have no effect.
    """

    disabled_rules: frozenset[str] = frozenset()
    in_scope: Callable[[str], bool] = _any_path
    by_fingerprint: Mapping[str, Suppression] = field(default_factory=dict)
    today: str = ""
