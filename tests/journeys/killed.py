"""The bot as a process that kills itself at a chosen step.

It does so by SIGKILL right after the work of step N: with `before:N` before the checkpoint is written, with `after:N`
afterwards. With `-` it does not.
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


def handler_that_dies(when: str) -> Callable[[JobServices, Step, Job], Awaitable[JobResult]]:
    """Return the orchestrator's `handle`, which kills the process as specified by `when`."""
    side, _, number = when.partition(":")

    async def handle(services: JobServices, step: Step, job: Job) -> JobResult:
        if isinstance(job.event, IndexDue | AppInstalled):
            return JobResult("not part of this test")
        count = 0

        async def deadly_step(name: str, work: Callable[[], Awaitable[T]]) -> T:
            nonlocal count
            count += 1
            current = str(count)

            async def work_then_die() -> T:
                result = await work()
                if (side, number) == ("before", current):
                    os.kill(os.getpid(), signal.SIGKILL)
                return result

            result: T = await step(name, work_then_die)
            if (side, number) == ("after", current):
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return await orchestrator.handle(services, deadly_step, job)

    return handle


def main(env_file: str, when: str) -> None:
    """Serve with an operator's settings, until killed as specified by `when` or terminated."""
    has_webhook_secret = "GITHUB_WEBHOOK_SECRET" in Path(env_file).read_text()
    settings = (Settings if has_webhook_secret else AppSettings).load(Path(env_file))

    async def app() -> web.Application:
        return await create_app(settings, handler_that_dies(when), pace=0)

    web.run_app(app(), host="127.0.0.1", port=settings.port, access_log=None, print=None, loop=asyncio.new_event_loop())
