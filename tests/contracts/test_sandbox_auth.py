"""Authentication and authorization in the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import gidgethub
import gidgethub.aiohttp
import pytest
from gidgethub.apps import get_installation_access_token

from github_sandbox.keys import AppKey
from tests.contracts.sandbox_scene import REPO, Scene, running_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_scene(tmp_path) as running:
        yield running


async def test_an_app_authenticates_by_jwt_and_gets_its_own_data(scene: Scene) -> None:
    answer = await scene.api("GET", "/app", token=scene.jwt())
    assert (answer.status, answer.body["slug"], answer.body["id"]) == (200, "mas", scene.app.id)
    by_client_id = await scene.api("GET", "/app", token=scene.jwt(iss=scene.app.client_id))
    assert by_client_id.status == 200


@pytest.mark.parametrize(
    ("claims", "status", "words"),
    [
        pytest.param({"exp": 601}, 401, "too far in the future", id="valid for more than ten minutes"),
        pytest.param({"exp": -1}, 401, "('exp') must be a numeric value", id="expired"),
        pytest.param({"iat": 60}, 401, "('iat') must be an Integer", id="issued in the future"),
        pytest.param({"iss": "7"}, 404, "Integration not found", id="issued by no App"),
        pytest.param({"key": AppKey().pem}, 401, "could not be decoded", id="signed by another key"),
        pytest.param({"key": "k" * 32, "algorithm": "HS256"}, 401, "could not be decoded", id="signed by a password"),
    ],
)
async def test_an_invalid_jwt_gets_githubs_error(scene: Scene, claims: dict[str, Any], status: int, words: str) -> None:
    now = int(scene.clock().timestamp())
    shifted = {name: now + value if name in ("exp", "iat") else value for name, value in claims.items()}
    answer = await scene.api("GET", "/app", token=scene.jwt(**shifted))
    assert answer.status == status
    assert words in answer.message


async def test_gidgethub_gets_a_token_and_works_with_it(scene: Scene) -> None:
    gh = gidgethub.aiohttp.GitHubAPI(scene.session, "tests", base_url=scene.sandbox.api_url)
    minted = await get_installation_access_token(
        gh, installation_id=str(scene.installation), app_id=str(scene.app.id), private_key=scene.app.private_key
    )
    gh = gidgethub.aiohttp.GitHubAPI(
        scene.session, "tests", base_url=scene.sandbox.api_url, oauth_token=minted["token"]
    )
    assert (await gh.getitem(REPO))["full_name"] == "octo/sample"
    with pytest.raises(gidgethub.BadRequest) as refused:
        await gh.getitem("/repos/octo/none")
    assert refused.value.status_code == 404


async def test_a_token_has_githubs_format_and_expires_after_an_hour(scene: Scene) -> None:
    token = await scene.new_token()
    assert token.startswith(f"ghs_{scene.app.id}_")
    assert len(token) > 40
    scene.clock.advance(minutes=59)
    assert (await scene.api("GET", REPO, token=token)).status == 200
    scene.clock.advance(minutes=1)
    expired = await scene.api("GET", REPO, token=token)
    assert (expired.status, expired.message) == (401, "Bad credentials")


async def test_a_token_is_revoked_with_its_installation(scene: Scene) -> None:
    scene.sandbox.uninstall(scene.installation)
    assert (await scene.api("GET", REPO)).status == 401
    assert (await scene.events())[-1] == "installation deleted"


async def test_a_token_can_be_limited_to_permissions(scene: Scene) -> None:
    token = await scene.new_token(permissions={"contents": "read"})
    head = scene.repository.announced_refs["refs/heads/main"]
    assert (await scene.api("GET", f"{REPO}/git/ref/heads/main", token=token)).status == 200
    refused = await scene.api("POST", f"{REPO}/git/refs", {"ref": "refs/heads/x", "sha": head}, token=token)
    assert (refused.status, refused.message) == (403, "Resource not accessible by integration")
    assert refused.headers["X-Accepted-GitHub-Permissions"] == "contents=write"


async def test_a_token_can_be_limited_to_repositories(scene: Scene) -> None:
    other = scene.sandbox.create_repository("octo", "other")
    scene.sandbox.change_repositories(scene.installation, added=[other])
    token = await scene.new_token(repository_ids=[other.id])
    assert (await scene.api("GET", "/repos/octo/other", token=token)).status == 200
    assert (await scene.api("GET", REPO, token=token)).status == 404
    listed = (await scene.api("GET", "/installation/repositories", token=token)).body
    assert [r["name"] for r in listed["repositories"]] == ["other"]
    assert (await scene.events())[-1] == "installation_repositories added"


@pytest.mark.parametrize(
    ("narrowed", "words"),
    [
        ({"permissions": {"administration": "read"}}, "permissions requested are not granted"),
        ({"repository_ids": [7]}, "does not exist or is not accessible"),
        ({"repositories": ["none"]}, "does not exist or is not accessible"),
    ],
)
async def test_a_token_cannot_exceed_its_installation(scene: Scene, narrowed: dict[str, Any], words: str) -> None:
    path = f"/app/installations/{scene.installation}/access_tokens"
    answer = await scene.api("POST", path, narrowed, token=scene.jwt())
    assert answer.status == 422
    assert words in answer.message


async def test_a_private_repository_is_hidden_from_others(scene: Scene) -> None:
    stranger = scene.sandbox.add_user("eve")
    assert (await scene.api("GET", REPO, token="")).status == 404
    assert (await scene.api("GET", REPO, token=stranger)).status == 404
    assert (await scene.api("GET", REPO, token="ghp_wrong")).status == 401


async def test_anyone_reads_a_public_repository_and_few_write_to_it(scene: Scene) -> None:
    public = scene.sandbox.create_repository("octo", "public", scene.folder / "source", private=False)
    created = {"ref": "refs/heads/x", "sha": public.announced_refs["refs/heads/main"]}
    stranger = scene.sandbox.add_user("eve")
    assert (await scene.api("GET", "/repos/octo/public", token="")).status == 200
    assert (await scene.api("GET", "/repos/octo/public/git/ref/heads/main")).status == 200
    refusals = {
        token: (await scene.api("POST", "/repos/octo/public/git/refs", created, token=token)).status
        for token in ("", stranger, scene.token)
    }
    assert list(refusals.values()) == [401, 403, 403]


async def test_a_jwt_opens_no_repository_and_an_installation_token_no_app(scene: Scene) -> None:
    assert (await scene.api("GET", f"{REPO}/pulls", token=scene.jwt())).status in (403, 404)
    assert (await scene.api("GET", "/app", token=scene.token)).status == 401
    assert (await scene.api("GET", "/app/installations", token=scene.jwt())).body[0]["id"] == scene.installation


@pytest.mark.parametrize(
    ("role", "permission"),
    [("read", "read"), ("triage", "read"), ("write", "write"), ("maintain", "write"), ("admin", "admin")],
)
async def test_a_users_role_includes_its_legacy_level(scene: Scene, role: str, permission: str) -> None:
    scene.sandbox.add_user("rita", {"octo/sample": role})
    payload = (await scene.api("GET", f"{REPO}/collaborators/rita/permission")).body
    assert (payload["permission"], payload["role_name"], payload["user"]["login"]) == (permission, role, "rita")


async def test_a_user_without_access_has_role_none_and_an_unknown_user_is_not_found(scene: Scene) -> None:
    scene.sandbox.add_user("eve")
    assert (await scene.api("GET", f"{REPO}/collaborators/eve/permission")).body["permission"] == "none"
    assert (await scene.api("GET", f"{REPO}/collaborators/nobody/permission")).status == 404
