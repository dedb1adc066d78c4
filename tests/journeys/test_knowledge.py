"""What a repository says is found: by `/mas ask` under an issue, and by whoever asks the API with a token."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import orchestrator
from bot.grants import grants
from tests.journeys.scene import PROJECT, Scene, idle, project, serving, settings_for
from tests.journeys.test_commands import asked

pytestmark = pytest.mark.journey

DOCS = {
    **PROJECT,
    "docs/cache.md": "# The cache\n\n## Clearing it\n\nCall `forget_all()` to clear the cache of fetched pages.\n",
    "fetchkit/cache.py": '"""Pages that were fetched."""\n\n\ndef forget_all() -> None:\n    """Clear the cache."""\n',
}
TOKEN, OTHER = "a-token-of-the-operator", "a-token-of-somebody-else"


async def test_a_question_is_answered_with_passages_of_the_indexed_commit(tmp_path: Path) -> None:
    async with (
        project(tmp_path, DOCS) as scene,
        serving(settings_for(scene.sandbox, scene.app, tmp_path), orchestrator.handle) as (address, service),
    ):
        scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
        scene.sandbox.install(scene.app, "octo", [scene.repository])
        issue = scene.sandbox.person("maria").open_issue(scene.repository, "How?")
        _, answer = await asked(scene, service, issue, "/mas ask how do I clear the cache?")
        assert answer.startswith("This repository is not indexed yet.")

        _, answer = await asked(scene, service, issue, "/mas reindex")
        assert answer.startswith("The index of `main` follows")
        await idle(service)
        _, answer = await asked(scene, service, issue, "/mas ask how do I clear the cache?")
        head = scene.repository.branch("main")
        assert f"{scene.sandbox.url}/octo/sample/blob/{head}/docs/cache.md#L3" in answer
        assert "Call `forget_all()` to clear the cache of fetched pages." in answer
        _, answer = await asked(scene, service, issue, "/mas ask what is the airspeed of an unladen swallow?")
        assert answer.startswith("Not found in this repository.")

        await scene.push({"docs/cache.md": "# The cache\n\nIt is gone.\n", "fetchkit/cache.py": "GONE = True\n"})
        await idle(service)
        _, answer = await asked(scene, service, issue, "/mas ask forget_all")
        assert "forget_all" not in answer.partition("<!--")[0]


async def test_the_api_finds_what_a_token_reaches_and_nothing_else(tmp_path: Path) -> None:
    tokens = grants(f"{TOKEN}=octo/sample;{OTHER}=octo/elsewhere")
    async with (
        project(tmp_path, DOCS) as scene,
        serving(settings_for(scene.sandbox, scene.app, tmp_path, mas_api_tokens=tokens), orchestrator.handle) as (
            address,
            service,
        ),
        aiohttp.ClientSession(address) as session,
    ):
        await indexed(scene, address)
        await idle(service)

        status, said = await get(session, "/api/docs/search?q=forget_all&repo=Octo/Sample&kind=code", TOKEN)
        assert (status, said["results"][0]["path"], said["results"][0]["kind"]) == (200, "fetchkit/cache.py", "code")
        status, said = await get(session, "/api/docs/search", TOKEN)
        assert (status, [each["repository"] for each in said["indexes"]]) == (200, ["octo/sample"])
        async with session.post(
            "/api/docs/ask", json={"question": "How is the cache cleared?"}, headers=bearer(TOKEN)
        ) as answer:
            passages = await answer.json()
        assert passages["found"]
        assert passages["passages"][0]["path"] == "docs/cache.md"

        assert (await get(session, "/api/docs/search?q=forget_all", OTHER))[1]["results"] == []
        assert (await get(session, "/api/docs/search?q=forget_all&repo=octo/sample", OTHER))[0] == 404
        assert (await get(session, "/api/docs/search?q=forget_all", "no-token-of-anybody"))[0] == 401
        for wrong in ("limit=0", "limit=x", "kind=quux", f"q={'x' * 501}"):
            assert (await get(session, f"/api/docs/search?{wrong}", TOKEN))[0] == 400

        scene.sandbox.uninstall(next(iter(scene.sandbox.world.installations)))
        await idle(service)
        assert (await get(session, "/api/docs/search", TOKEN))[1]["indexes"] == []


async def test_nothing_in_the_api_is_other_than_its_description_says(tmp_path: Path) -> None:
    tokens = grants(f"{TOKEN}=*")
    async with (
        project(tmp_path, DOCS) as scene,
        serving(settings_for(scene.sandbox, scene.app, tmp_path, mas_api_tokens=tokens), orchestrator.handle) as (
            address,
            service,
        ),
    ):
        await indexed(scene, address)
        await idle(service)
        trying = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{address}/api/openapi.json",
            "--max-examples=15",
            "--no-color",
            "--phases=coverage,fuzzing",
            f"--header=Authorization: Bearer {TOKEN}",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=tmp_path,
        )
        said, _ = await trying.communicate()

    assert trying.returncode == 0, said.decode()[-4_000:]


async def indexed(scene: Scene, address: str) -> None:
    scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
    scene.sandbox.install(scene.app, "octo", [scene.repository])
    await scene.push({"docs/more.md": "# More\n\nThere is more.\n"})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def get(session: aiohttp.ClientSession, path: str, token: str) -> tuple[int, dict[str, Any]]:
    async with session.get(path, headers=bearer(token)) as answer:
        return answer.status, await answer.json(content_type=None)
