"""Which security findings not to report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Word:
    """Who said to leave a finding, why, and until which day (`YYYY-MM-DD`)."""

    by: str
    why: str
    until: str | None = None


def _everywhere(_: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Quiet:
    """What is not to be told.

    Args:
        rules: names of rules that are off: `bandit/B101`, `B101`, or all of a scanner's: `bandit`.
        holds: whether a path is looked at.
        ignored: what was said of findings, by their fingerprints.
        today: the day, `YYYY-MM-DD`; a word whose day is past is void.
    """

    rules: frozenset[str] = frozenset()
    holds: Callable[[str], bool] = _everywhere
    ignored: Mapping[str, Word] = field(default_factory=dict)
    today: str = ""
