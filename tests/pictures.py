"""The pictures of `docs/`, made on the GitHub of this machine by the bot itself.

    CHROMIUM=/usr/bin/chromium python -m tests.pictures

A person pushes, opens a pull request and asks; the bot answers; a browser without a window takes the pages.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from tests.journeys.scene import CODE, PROJECT, RENAMED, idle, installed
from tests.journeys.test_pull_requests import DOCS
from tests.journeys.test_security import ASKED, DANGEROUS, SECURITY

IMAGES = Path(__file__).parents[1] / "docs" / "images"
CHANGED = CODE.replace("fetch_all", "fetch_many").replace("limit: int = 10", "limit: int = 25")
FILES = {
    **PROJECT,
    "docs/other.md": "# Other\n\n`fetch_all` takes a `limit`. It asks the server once.\n",
}


def browser() -> str:
    """The browser's program.

    Raises:
        SystemExit: there is none.
    """
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        raise SystemExit("No browser: install Chromium, or set CHROMIUM to its program.")
    return found


async def taken(program: str, url: str, name: str, height: int) -> None:
    """Take a page's picture.

    Args:
        height: of the window, in pixels; what is below it is cut off.
    """
    with tempfile.TemporaryDirectory() as profile:
        process = await asyncio.create_subprocess_exec(
            program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--no-first-run",
            "--disable-background-networking",
            f"--user-data-dir={profile}",
            f"--window-size=1100,{height}",
            f"--screenshot={IMAGES / name}",
            url,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        if await process.wait():
            raise SystemExit(f"The browser took no picture of {url}.")


async def main() -> None:
    program = browser()
    with tempfile.TemporaryDirectory() as folder:
        async with installed(Path(folder), FILES) as (scene, service):
            maria, page = scene.sandbox.person("maria"), f"{scene.sandbox.url}/octo/sample"
            maria.push(scene.repository, "topic", {"fetchkit/__init__.py": CHANGED}, "Fetch many, and more of them")
            pull = maria.open_pull(scene.repository, "topic", title="Fetch many, and more of them")
            await idle(service)
            maria.comment(pull, "/mas docs explain 1")
            await idle(service)
            maria.comment(pull, "/mas docs aply")
            await idle(service)
            await taken(program, f"{page}/pull/{pull.number}", "pull-request-check.png", 1500)
            (run,) = [run for run in scene.checks(pull.head_oid) if run.name == DOCS]
            await taken(program, f"{page}/runs/{run.id}", "check.png", 1300)
            await scene.push(RENAMED, "Rename fetch_all to fetch_many")
            await idle(service)
            (docs,) = [p for p in scene.repository.pull_requests.values() if p.head == "mas/docs/main"]
            await taken(program, f"{page}/pull/{docs.number}", "pull-request.png", 1700)
    with tempfile.TemporaryDirectory() as folder:
        async with installed(Path(folder), ASKED) as (scene, service):
            maria, page = scene.sandbox.person("maria"), f"{scene.sandbox.url}/octo/sample"
            head = maria.push(scene.repository, "topic", DANGEROUS, "Ship the shop")
            pull = maria.open_pull(scene.repository, "topic", title="Ship the shop")
            await idle(service)
            await taken(program, f"{page}/pull/{pull.number}", "security-review.png", 2300)
            (run,) = [run for run in scene.checks(head) if run.name == SECURITY]
            await taken(program, f"{page}/runs/{run.id}", "security-check.png", 1500)


if __name__ == "__main__":
    asyncio.run(main())
