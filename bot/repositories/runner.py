"""How long the agents took in a child process: told by the stages that their work goes through."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from bot.agents.security_review.review import Quiet
from bot.analysis.docs import analyse
from bot.analysis.security import review
from bot.domain import Draft, Review

_FIRST = "reading the change"
"""The stage of an analysis that is the first agent's; the others are the second's."""


def timed_analyse(
    path: str, base: str, head: str, *, cache: Path, without: frozenset[str]
) -> tuple[Draft, dict[str, float]]:
    """`analyse`, and how many seconds each agent took."""
    marks: list[tuple[str, float]] = []
    drafted = analyse(
        path, base, head, cache=cache, without=without, progress=lambda stage: marks.append((stage, time.monotonic()))
    )
    began, ended = marks[0][1], time.monotonic()
    second = next((at for stage, at in marks if stage != _FIRST), ended)
    return drafted, {"change_detection": second - began, "document_update": ended - second}


def timed_review(
    path: str, base: str, head: str, *, quiet: Quiet, settings: Mapping[str, str]
) -> tuple[Review, dict[str, float]]:
    """`review`, and how many seconds its agent took, its scanners with it."""
    began = time.monotonic()
    made = review(path, base, head, quiet=quiet, settings=settings)
    return made, {"security_review": time.monotonic() - began}
