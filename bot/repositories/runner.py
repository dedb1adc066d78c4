"""Run analyses and reviews in the process pool, and record how long each agent took."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.agents.security_review.review import Suppressions
from bot.analysis.docs import analyse
from bot.analysis.security import review
from bot.domain import Draft, SecurityReview
from bot.errors import MasError
from bot.process_pool import CpuPool
from bot.telemetry.agent_runs import AgentRuns
from bot.text.file_classes import Overrides

T = TypeVar("T")

CACHE_DIR = "mas"
"""The folder in a mirror for the cached history of the repository; deleted with the mirror."""

_FIRST_STAGE = "reading the change"
"""The stage of an analysis that belongs to the first agent; the others belong to the second."""


@dataclass(frozen=True, slots=True)
class AgentRunner:
    """Runs the agents on a mirror.

    Args:
        pool: does the work.
        runs: records duration and outcome.
        settings: the operator's settings that a scanner needs, by variable name.
    """

    pool: CpuPool
    runs: AgentRuns
    settings: Mapping[str, str] = field(default_factory=dict)

    async def analyse(self, mirror: Path, base: str, head: str, without: frozenset[str], files: Overrides) -> Draft:
        """Draft documentation edits for a change. Errors as in `ports.Repositories.analyse`."""
        cache = mirror / CACHE_DIR
        run = self.pool.run(analyse_with_timing, str(mirror), base, head, cache=cache, without=without, files=files)
        return await self._record_run(run, "change_detection", "document_update")

    async def review(
        self, mirror: Path, base: str, head: str, suppressions: Suppressions, files: Overrides
    ) -> SecurityReview:
        """Review the security of a change. Errors as in `ports.Repositories.review`."""
        settings = self.settings
        run = self.pool.run(
            review_with_timing, str(mirror), base, head, suppressions=suppressions, settings=settings, files=files
        )
        return await self._record_run(run, "security_review")

    async def _record_run(self, run: Awaitable[tuple[T, dict[str, float]]], *agents: str) -> T:
        """Return the result of a run, and record the duration of each agent, also if the run fails."""
        began = time.monotonic()
        try:
            result, seconds = await run
        except MasError:
            await self.runs.record(dict.fromkeys(agents, time.monotonic() - began), ok=False)
            raise
        await self.runs.record(seconds, ok=True)
        return result


def analyse_with_timing(
    path: str, base: str, head: str, *, cache: Path, without: frozenset[str], files: Overrides
) -> tuple[Draft, dict[str, float]]:
    """Run `analyse`; return its result and the seconds that each agent took."""
    marks: list[tuple[str, float]] = []

    def mark(stage: str) -> None:
        marks.append((stage, time.monotonic()))

    draft = analyse(path, base, head, cache=cache, without=without, files=files, progress=mark)
    began, ended = marks[0][1], time.monotonic()
    second = next((at for stage, at in marks if stage != _FIRST_STAGE), ended)
    return draft, {"change_detection": second - began, "document_update": ended - second}


def review_with_timing(
    path: str, base: str, head: str, *, suppressions: Suppressions, settings: Mapping[str, str], files: Overrides
) -> tuple[SecurityReview, dict[str, float]]:
    """Run `review`; return its result and the seconds that the agent took, including scanners."""
    began = time.monotonic()
    result = review(path, base, head, suppressions=suppressions, settings=settings, files=files)
    return result, {"security_review": time.monotonic() - began}
