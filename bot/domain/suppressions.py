"""Which security findings not to report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Suppression:
    """Who said to leave a finding, why, and until which day (`YYYY-MM-DD`)."""

    by: str
    why: str
    until: str | None = None


def _any_path(_: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Suppressions:
    """What is not to be told.

    Args:
        rules: names of rules that are off: `bandit/B101`, `B101`, or all of a scanner's: `bandit`.
        holds: whether a path is looked at.
        ignored: what was said of findings, by their fingerprints.
        today: the day, `YYYY-MM-DD`; a word whose day is past is void.
    """

    disabled_rules: frozenset[str] = frozenset()
    in_scope: Callable[[str], bool] = _any_path
    by_fingerprint: Mapping[str, Suppression] = field(default_factory=dict)
    today: str = ""
