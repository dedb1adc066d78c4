"""A process for the engine's tests: `engine_child.py URL LOG BOUNDARY`, or a fork that calls `run` with these.

Handles the inbox with a job of four steps, each of which appends its name to LOG. Kills itself before step BOUNDARY (4:
after the last one), or hangs there with `hang:BOUNDARY`. With `none`, exits when the inbox is empty. With `forever`,
runs one job at a time without end; LOG then has a line when the process is ready, and at the start and end of each job.
Exits with 3 if the engine does not start.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from bot.domain import Job
from bot.engine import Engine, EngineOptions
from bot.errors import UserError
from bot.inbox import Inbox
from bot.ports import Step
from bot.stores.database import connect
from tests.contracts.test_engine import parse, until


async def main(url: str, log: Path, boundary: str) -> int:
    async def die_or_hang(at: int) -> None:
        if boundary == str(at):
            os.kill(os.getpid(), signal.SIGKILL)
        if boundary == f"hang:{at}":
            await asyncio.Event().wait()

    def log_line(line: str) -> None:
        with log.open("a") as file:
            file.write(f"{line}\n")

    async def logged(step: Step, job: Job) -> dict[str, Any]:
        repository = job.event.repository.tenant.repository_id  # type: ignore[union-attr]
        log_line(f"begin {repository} {os.getpid()}")
        await asyncio.sleep(0.005)
        log_line(f"end {repository} {os.getpid()}")
        return {}

    async def handle(step: Step, job: Job) -> dict[str, Any]:
        for number in range(4):
            await die_or_hang(number)

            async def work(name: str = f"step-{number}") -> str:
                log_line(name)
                return name

            await step(f"step {number}", work)
        await die_or_hang(4)
        return {"reason": "all four"}

    inbox = Inbox(connect(url))
    await inbox.open()
    forever = boundary == "forever"
    work, workers = (logged, 1) if forever else (handle, 4)
    engine = Engine(connect(url), inbox, EngineOptions(parse=parse, handle=work, workers=workers, poll_seconds=0.02))
    try:
        await engine.start()
    except UserError as error:
        print(error)
        return 3

    if forever:
        log_line(f"ready {os.getpid()}")

    async def is_empty() -> bool:
        counts = await engine.counts()
        return not forever and not counts["waiting"] + counts["moved"]

    await until(is_empty)
    await engine.stop(1)
    await inbox.close()
    return 0


def run(url: str, log: str, boundary: str) -> None:
    """Run the process and exit."""
    sys.exit(asyncio.run(main(url, Path(log), boundary)))


if __name__ == "__main__":
    run(*sys.argv[1:])
