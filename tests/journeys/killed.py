"""The bot as a process that dies at a chosen step.

It dies by SIGKILL right after the step's work was done: at `before:N` the checkpoint is not yet written, at `after:N`
it is. `-` lets it live.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from bot import orchestrator
from bot.domain import AppInstalled, IndexDue, Job
from bot.orchestrator import JobResult, JobServices
from bot.ports import Step
from bot.server.app import create_app
from bot.settings.model import AppSettings, Settings

T = TypeVar("T")


def mortal(when: str) -> Callable[[JobServices, Step, Job], Awaitable[JobResult]]:
    """The orchestrator's `handle`, in a process that dies as `when` says."""
    side, _, number = when.partition(":")

    async def handle(services: JobServices, step: Step, job: Job) -> JobResult:
        if isinstance(job.event, IndexDue | AppInstalled):
            return JobResult("not in this journey")
        count = 0

        async def dying(name: str, work: Callable[[], Awaitable[T]]) -> T:
            nonlocal count
            count += 1
            mine = str(count)

            async def last() -> T:
                result = await work()
                if (side, number) == ("before", mine):
                    os.kill(os.getpid(), signal.SIGKILL)
                return result

            result: T = await step(name, last)
            if (side, number) == ("after", mine):
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return await orchestrator.handle(services, dying, job)

    return handle


def main(env_file: str, when: str) -> None:
    """Serve with an operator's settings, until it dies as `when` says or is told to stop."""
    both = "GITHUB_WEBHOOK_SECRET" in Path(env_file).read_text()
    settings = (Settings if both else AppSettings).load(Path(env_file))

    async def app() -> web.Application:
        return await create_app(settings, mortal(when), pace=0)

    web.run_app(app(), host="127.0.0.1", port=settings.port, access_log=None, print=None, loop=asyncio.new_event_loop())
