"""Our pages in a real browser without a window: they show, and it has nothing to complain of.

The browser is the one that CHROMIUM names (then it must be there), or Chromium or Chrome where they are installed.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from bot.server.web.setup import serve
from github_sandbox import Sandbox


@pytest.fixture
def browser() -> str:
    named = os.environ.get("CHROMIUM")
    found = shutil.which(named) if named else shutil.which("chromium") or shutil.which("google-chrome")
    if named:
        assert found, f"CHROMIUM names {named}, which is not there"
    elif not found:
        pytest.skip("no browser: install Chromium, or set CHROMIUM to its program")
    return str(found)


async def visit(program: str, url: str, profile: Path) -> tuple[str, list[str]]:
    """A page's document once its scripts have run, and what the browser's console says of it."""
    process = await asyncio.create_subprocess_exec(
        program,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--enable-logging=stderr",
        f"--user-data-dir={profile}",
        "--dump-dom",
        url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    document, log = await process.communicate()
    assert process.returncode == 0
    return document.decode(), [line for line in log.decode().splitlines() if "CONSOLE" in line]


async def test_the_set_up_page_shows_its_form_and_its_style_fits_its_own_policy(browser: str, tmp_path: Path) -> None:
    async with Sandbox(tmp_path / "github") as github:
        announced: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(serve(github.api_url, tmp_path / ".env", 0, announced.set_result))
        try:
            document, complaints = await visit(browser, await announced, tmp_path / "profile")
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    assert 'name="webhook_url"' in document
    assert complaints == []


async def test_a_breach_of_the_policy_would_be_seen(browser: str, tmp_path: Path) -> None:
    policy = "<meta http-equiv='Content-Security-Policy' content=\"style-src 'none'\">"
    (tmp_path / "page.html").write_text(f"<html><head>{policy}<style>b {{color: red}}</style></head></html>")

    _, complaints = await visit(browser, (tmp_path / "page.html").as_uri(), tmp_path / "profile")

    assert len(complaints) == 1
    assert "Content Security Policy" in complaints[0]
