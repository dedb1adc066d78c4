"""Every call and webhook of the sandbox, checked against GitHub's published schemas."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
)

import github_sandbox
from github_sandbox import Exchange
from tests.contracts import sandbox_walkthrough as walk
from tests.contracts.sandbox_walkthrough import Client, Scene
from tests.github_schemas import github_sdl
from tests.sandboxes import checked

PERMISSIONS = {
    "security_events": "write",
    **dict.fromkeys(("contents", "pull_requests", "issues", "checks"), "write"),
    "merge_queues": "read",
}
EVENTS = (
    *("push", "create", "delete", "pull_request", "issues", "issue_comment", "check_run", "check_suite"),
    *("pull_request_review", "pull_request_review_comment", "pull_request_review_thread"),
    *("merge_group", "repository"),
)
WEBHOOKS = {
    ("push", None),
    ("create", None),
    ("delete", None),
    *(("pull_request", action) for action in ("opened", "synchronize", "edited", "closed", "reopened")),
    *(("pull_request", action) for action in ("labeled", "unlabeled", "converted_to_draft", "ready_for_review")),
    *(("pull_request", action) for action in ("review_requested", "review_request_removed")),
    *(("issues", action) for action in ("opened", "edited", "closed", "reopened", "unlabeled")),
    ("pull_request_review", "submitted"),
    *(("pull_request_review_comment", action) for action in ("created", "edited", "deleted")),
    *(("pull_request_review_thread", action) for action in ("resolved", "unresolved")),
    *(("issue_comment", action) for action in ("created", "edited", "deleted")),
    *(("check_run", action) for action in ("created", "completed", "rerequested", "requested_action")),
    *(("check_suite", action) for action in ("requested", "completed", "rerequested")),
    *(("merge_group", action) for action in ("checks_requested", "destroyed")),
    *(("pull_request", action) for action in ("enqueued", "dequeued")),
    *(("repository", action) for action in ("renamed", "archived", "unarchived", "publicized", "privatized")),
    *(("repository", action) for action in ("edited", "deleted", "transferred")),
    *(("installation", action) for action in ("created", "deleted", "suspend", "unsuspend")),
    ("installation", "new_permissions_accepted"),
    *(("installation_repositories", action) for action in ("added", "removed")),
}


@pytest.fixture
def exchanges() -> list[Exchange]:
    return []


@pytest.fixture
async def receiver(aiohttp_server: Any) -> str:
    """Return the URL of a webhook receiver that accepts everything."""

    async def take(_: web.Request) -> web.Response:
        return web.Response(status=202)

    server = web.Application()
    server.router.add_post("/webhook", take)
    return str((await aiohttp_server(server)).make_url("/webhook"))


@pytest.fixture
async def scene(tmp_path: Path, receiver: str, exchanges: list[Exchange]) -> AsyncIterator[Scene]:
    source = tmp_path / "source"
    head = commit(source, "README.md", "hello\n")
    async with (
        checked(tmp_path / "github") as sandbox,
        aiohttp.ClientSession(headers={"User-Agent": "walk"}) as session,
    ):
        sandbox.observe(exchanges.append)
        repository = sandbox.create_repository("octo", "sample", source=source)
        person = sandbox.add_user("ann", {"octo/sample": "admin"})
        app = sandbox.register_app("mas", PERMISSIONS, EVENTS, receiver, "secret")
        installation = sandbox.install(app, "octo", [repository])
        now = int(time.time())
        key = jwt.encode({"iat": now - 60, "exp": now + 500, "iss": str(app.id)}, app.private_key, algorithm="RS256")
        as_app = Client(session, sandbox, key)
        narrowed = {"repository_ids": [repository.id], "permissions": PERMISSIONS}
        token = await as_app("POST", f"/app/installations/{installation}/access_tokens", narrowed)
        bot, human, anonymous = (Client(session, sandbox, each) for each in (token["token"], person, ""))
        yield Scene(sandbox, head, as_app, bot, human, anonymous)


def commit(folder: Path, path: str, text: str) -> str:
    """Create a repository on disk with one commit, and return the commit."""
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, text=True).stdout.strip()

    folder.mkdir()
    (folder / path).write_text(text)
    git("init", "--quiet", "--initial-branch=main")
    git("add", ".")
    git(*identity, "commit", "--quiet", "--message=first")
    return git("rev-parse", "HEAD")


async def test_every_call_and_webhook_matches_githubs_schemas(scene: Scene, exchanges: list[Exchange]) -> None:
    await walk.as_app(scene)
    await walk.repository_data(scene)
    await walk.git_data(scene)
    await walk.pull_requests(scene)
    await walk.issues(scene)
    await walk.forks(scene)
    await walk.reviews(scene)
    await walk.comments(scene)
    await walk.labels(scene)
    await walk.checks(scene)
    await walk.graphql(scene)
    await walk.merge_queue(scene)
    await walk.repository_changes(scene)
    await walk.errors(scene)
    await walk.closing(scene)

    assert unserved_routes(exchanges) == []
    assert {(each.event, each.action) for each in scene.sandbox.deliveries} == WEBHOOKS


def unserved_routes(exchanges: list[Exchange]) -> list[str]:
    """Return the sandbox's routes that no call reached successfully."""
    done = [f"{each.method} {each.path}" for each in exchanges if each.status < 300]
    return [route for route in routes() if not any(re.fullmatch(route, call) for call in done)]


def routes() -> Iterator[str]:
    for found in pkgutil.walk_packages(github_sandbox.__path__, "github_sandbox."):
        for route in getattr(importlib.import_module(found.name), "ROUTES", ()):
            path = re.sub(r"\{\w+:(.+?)\}|\{\w+\}", lambda part: part[1] or "[^/]+", route.path)
            yield f"{route.method} {path}"


def test_its_graphql_schema_is_a_subset_of_githubs() -> None:
    ours, theirs = build_schema(files("github_sandbox").joinpath("schema.graphql").read_text()), github_sdl()
    kinds = [kind for kind in ours.type_map.values() if not kind.name.startswith("__")]
    assert [reason for kind in kinds for reason in differences(kind, theirs.type_map.get(kind.name))] == []


def differences(ours: Any, theirs: Any) -> Iterator[str]:
    """Yield where a type differs from GitHub's type of the same name."""
    if type(ours) is not type(theirs):
        yield f"{ours.name} is not one of GitHub's types"
    elif isinstance(ours, GraphQLEnumType):
        yield from (f"{ours.name} has no {value}" for value in ours.values if value not in theirs.values)
    elif isinstance(ours, GraphQLUnionType):
        yield from (f"{ours.name} has no {kind}" for kind in ours.types if kind.name not in map(str, theirs.types))
    elif isinstance(ours, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for name, field in ours.fields.items():
            if name not in theirs.fields or str(field.type) != str(theirs.fields[name].type):
                yield f"{ours.name}.{name} differs from GitHub's"
            else:
                yield from arguments(f"{ours.name}.{name}", field, theirs.fields[name])


def arguments(field: str, ours: Any, theirs: Any) -> Iterator[str]:
    for name, argument in getattr(ours, "args", {}).items():
        if name not in theirs.args or str(argument.type) != str(theirs.args[name].type):
            yield f"{field}({name}) differs from GitHub's"
