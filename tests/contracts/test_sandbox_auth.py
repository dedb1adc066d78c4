"""Who may do what in the sandbox, as GitHub has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import gidgethub
import gidgethub.aiohttp
import pytest
from gidgethub.apps import get_installation_access_token

from github_sandbox.keys import AppKey
from tests.contracts.sandbox_scene import REPO, Scene, scene


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as made:
        yield made


async def test_an_app_proves_itself_by_its_key_and_learns_who_it_is(here: Scene) -> None:
    answer = await here.api("GET", "/app", token=here.jwt())
    assert (answer.status, answer.body["slug"], answer.body["id"]) == (200, "mas", here.app.id)
    by_client_id = await here.api("GET", "/app", token=here.jwt(iss=here.app.client_id))
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
async def test_a_wrong_app_token_is_refused_in_githubs_words(
    here: Scene, claims: dict[str, Any], status: int, words: str
) -> None:
    now = int(here.clock().timestamp())
    shifted = {name: now + value if name in ("exp", "iat") else value for name, value in claims.items()}
    answer = await here.api("GET", "/app", token=here.jwt(**shifted))
    assert answer.status == status
    assert words in answer.message


async def test_gidgethub_gets_a_token_and_works_with_it(here: Scene) -> None:
    gh = gidgethub.aiohttp.GitHubAPI(here.session, "tests", base_url=here.sandbox.api_url)
    minted = await get_installation_access_token(
        gh, installation_id=str(here.installation), app_id=str(here.app.id), private_key=here.app.private_key
    )
    gh = gidgethub.aiohttp.GitHubAPI(here.session, "tests", base_url=here.sandbox.api_url, oauth_token=minted["token"])
    assert (await gh.getitem(REPO))["full_name"] == "octo/sample"
    with pytest.raises(gidgethub.BadRequest) as refused:
        await gh.getitem("/repos/octo/none")
    assert refused.value.status_code == 404


async def test_a_token_has_the_long_form_and_ends_after_an_hour(here: Scene) -> None:
    token = await here.new_token()
    assert token.startswith(f"ghs_{here.app.id}_")
    assert len(token) > 40
    here.clock.forward(minutes=59)
    assert (await here.api("GET", REPO, token=token)).status == 200
    here.clock.forward(minutes=1)
    expired = await here.api("GET", REPO, token=token)
    assert (expired.status, expired.message) == (401, "Bad credentials")


async def test_a_token_ends_with_its_installation(here: Scene) -> None:
    here.sandbox.uninstall(here.installation)
    assert (await here.api("GET", REPO)).status == 401
    assert (await here.events())[-1] == "installation deleted"


async def test_a_token_is_narrowed_to_permissions(here: Scene) -> None:
    token = await here.new_token(permissions={"contents": "read"})
    head = here.repository.announced_refs["refs/heads/main"]
    assert (await here.api("GET", f"{REPO}/git/ref/heads/main", token=token)).status == 200
    refused = await here.api("POST", f"{REPO}/git/refs", {"ref": "refs/heads/x", "sha": head}, token=token)
    assert (refused.status, refused.message) == (403, "Resource not accessible by integration")
    assert refused.headers["X-Accepted-GitHub-Permissions"] == "contents=write"


async def test_a_token_is_narrowed_to_repositories(here: Scene) -> None:
    other = here.sandbox.create_repository("octo", "other")
    here.sandbox.change_repositories(here.installation, added=[other])
    token = await here.new_token(repository_ids=[other.id])
    assert (await here.api("GET", "/repos/octo/other", token=token)).status == 200
    assert (await here.api("GET", REPO, token=token)).status == 404
    listed = (await here.api("GET", "/installation/repositories", token=token)).body
    assert [r["name"] for r in listed["repositories"]] == ["other"]
    assert (await here.events())[-1] == "installation_repositories added"


@pytest.mark.parametrize(
    ("narrowed", "words"),
    [
        ({"permissions": {"administration": "read"}}, "permissions requested are not granted"),
        ({"repository_ids": [7]}, "does not exist or is not accessible"),
        ({"repositories": ["none"]}, "does not exist or is not accessible"),
    ],
)
async def test_a_token_cannot_be_widened(here: Scene, narrowed: dict[str, Any], words: str) -> None:
    path = f"/app/installations/{here.installation}/access_tokens"
    answer = await here.api("POST", path, narrowed, token=here.jwt())
    assert answer.status == 422
    assert words in answer.message


async def test_a_private_repository_is_not_there_for_strangers(here: Scene) -> None:
    stranger = here.sandbox.add_user("eve")
    assert (await here.api("GET", REPO, token="")).status == 404
    assert (await here.api("GET", REPO, token=stranger)).status == 404
    assert (await here.api("GET", REPO, token="ghp_wrong")).status == 401


async def test_a_public_repository_is_read_by_anyone_and_written_by_few(here: Scene) -> None:
    public = here.sandbox.create_repository("octo", "public", here.folder / "source", private=False)
    created = {"ref": "refs/heads/x", "sha": public.announced_refs["refs/heads/main"]}
    stranger = here.sandbox.add_user("eve")
    assert (await here.api("GET", "/repos/octo/public", token="")).status == 200
    assert (await here.api("GET", "/repos/octo/public/git/ref/heads/main")).status == 200
    refusals = {
        token: (await here.api("POST", "/repos/octo/public/git/refs", created, token=token)).status
        for token in ("", stranger, here.token)
    }
    assert list(refusals.values()) == [401, 403, 403]


async def test_an_app_token_opens_no_repository_and_a_repository_token_no_app(here: Scene) -> None:
    assert (await here.api("GET", f"{REPO}/pulls", token=here.jwt())).status in (403, 404)
    assert (await here.api("GET", "/app", token=here.token)).status == 401
    assert (await here.api("GET", "/app/installations", token=here.jwt())).body[0]["id"] == here.installation


@pytest.mark.parametrize(
    ("role", "permission"),
    [("read", "read"), ("triage", "read"), ("write", "write"), ("maintain", "write"), ("admin", "admin")],
)
async def test_a_users_role_is_told_with_its_legacy_level(here: Scene, role: str, permission: str) -> None:
    here.sandbox.add_user("rita", {"octo/sample": role})
    told = (await here.api("GET", f"{REPO}/collaborators/rita/permission")).body
    assert (told["permission"], told["role_name"], told["user"]["login"]) == (permission, role, "rita")


async def test_a_strangers_role_is_none_and_nobodys_is_not_found(here: Scene) -> None:
    here.sandbox.add_user("eve")
    assert (await here.api("GET", f"{REPO}/collaborators/eve/permission")).body["permission"] == "none"
    assert (await here.api("GET", f"{REPO}/collaborators/nobody/permission")).status == 404
