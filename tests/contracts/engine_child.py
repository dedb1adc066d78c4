"""A process for the engine's tests: `engine_child.py URL LOG BOUNDARY`.

Works on the inbox with a job of four steps, each of which adds its name to LOG. Kills itself before
step BOUNDARY (4: after the last one); with BOUNDARY `none` it ends when the inbox is empty. Exits
with 3 where the engine refuses to start.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from bot.database import connect
from bot.domain import Job
from bot.engine import Engine
from bot.errors import UserError
from bot.inbox import Inbox
from bot.ports import Step
from tests.contracts.test_engine import parse, until


async def main(url: str, log: Path, boundary: str) -> int:
    def perhaps_die(at: int) -> None:
        if boundary == str(at):
            os.kill(os.getpid(), signal.SIGKILL)

    async def handle(step: Step, job: Job) -> dict[str, Any]:
        for number in range(4):
            perhaps_die(number)

            async def work(name: str = f"step-{number}") -> str:
                with log.open("a") as file:
                    file.write(f"{name}\n")
                return name

            await step(f"step {number}", work)
        perhaps_die(4)
        return {"reason": "all four"}

    inbox = Inbox(connect(url))
    await inbox.open()
    engine = Engine(connect(url), inbox, parse=parse, handle=handle, poll=0.02)
    try:
        await engine.start()
    except UserError as error:
        print(error)
        return 3

    async def empty() -> bool:
        counts = await engine.counts()
        return not counts["waiting"] + counts["moved"]

    await until(empty)
    await engine.stop(1)
    await inbox.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])))
