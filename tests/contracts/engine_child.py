"""A process for the engine's tests: `engine_child.py URL LOG BOUNDARY`, or a fork that calls `run` with these.

Works on the inbox with a job of four steps, each of which adds its name to LOG. Kills itself before
step BOUNDARY (4: after the last one), or hangs there with `hang:BOUNDARY`; with BOUNDARY `none` it ends
when the inbox is empty. With `forever` it does not, does one job at a time, and LOG has the beginning and
the end of each, and before them that it is ready.
Exits with 3 where the engine refuses to start.
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
    async def perhaps_die(at: int) -> None:
        if boundary == str(at):
            os.kill(os.getpid(), signal.SIGKILL)
        if boundary == f"hang:{at}":
            await asyncio.Event().wait()

    def note(line: str) -> None:
        with log.open("a") as file:
            file.write(f"{line}\n")

    async def bracketed(step: Step, job: Job) -> dict[str, Any]:
        repository = job.event.repository.tenant.repository_id  # type: ignore[union-attr]
        note(f"begin {repository} {os.getpid()}")
        await asyncio.sleep(0.005)
        note(f"end {repository} {os.getpid()}")
        return {}

    async def handle(step: Step, job: Job) -> dict[str, Any]:
        for number in range(4):
            await perhaps_die(number)

            async def work(name: str = f"step-{number}") -> str:
                note(name)
                return name

            await step(f"step {number}", work)
        await perhaps_die(4)
        return {"reason": "all four"}

    inbox = Inbox(connect(url))
    await inbox.open()
    forever = boundary == "forever"
    work, workers = (bracketed, 1) if forever else (handle, 4)
    engine = Engine(connect(url), inbox, EngineOptions(parse=parse, handle=work, workers=workers, poll_seconds=0.02))
    try:
        await engine.start()
    except UserError as error:
        print(error)
        return 3

    if forever:
        note(f"ready {os.getpid()}")

    async def empty() -> bool:
        counts = await engine.counts()
        return not forever and not counts["waiting"] + counts["moved"]

    await until(empty)
    await engine.stop(1)
    await inbox.close()
    return 0


def run(url: str, log: str, boundary: str) -> None:
    """The whole process."""
    sys.exit(asyncio.run(main(url, Path(log), boundary)))


if __name__ == "__main__":
    run(*sys.argv[1:])
