"""Every call that the sandbox serves, and every webhook that it sends, once: each as GitHub describes it."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web

import bot.sandbox
from bot.sandbox import Exchange, Sandbox
from tests.sandboxes import checked

REPOSITORY = "/repos/octo/sample"
PERMISSIONS = {"contents": "write", "pull_requests": "write", "issues": "write", "checks": "write"}
EVENTS = ("push", "pull_request", "issue_comment", "check_run")
WEBHOOKS = {
    ("push", None),
    *(("pull_request", action) for action in ("opened", "synchronize", "edited", "closed", "reopened")),
    *(("issue_comment", action) for action in ("created", "edited", "deleted")),
    *(("check_run", action) for action in ("created", "completed", "rerequested")),
    *(("installation", action) for action in ("created", "deleted")),
    *(("installation_repositories", action) for action in ("added", "removed")),
}

READ_ALL = """
query($pull: Int!, $comment: ID!) {
  viewer { login databaseId id url }
  rateLimit { cost limit nodeCount remaining resetAt used }
  node(id: $comment) { __typename id ... on IssueComment { body isMinimized minimizedReason viewerDidAuthor } }
  repository(owner: "octo", name: "sample") {
    id databaseId name nameWithOwner isPrivate url owner { __typename login id url }
    defaultBranchRef { id name prefix target { __typename oid abbreviatedOid ... on Commit {
      message messageHeadline messageBody authoredDate committedDate committedViaWeb url
      author { name email date user { login } } signature { isValid state wasSignedByGitHub email }
      parents(first: 2) { totalCount nodes { oid } }
      history(first: 1) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { oid } }
      tree { oid entries { name mode type oid object { __typename ... on Blob { text byteSize isBinary } } } }
    } } }
    ref(qualifiedName: "refs/heads/none") { id }
    pullRequest(number: $pull) {
      id number title body state isDraft merged mergedAt closed closedAt createdAt updatedAt url
      author { __typename login ... on Bot { databaseId } } mergedBy { login } repository { name }
      baseRef { name } baseRefName baseRefOid headRef { name } headRefName headRefOid
      labels(first: 5) { totalCount nodes { id name color } }
      comments(first: 1) { totalCount pageInfo { hasNextPage } nodes { id databaseId body author { login } createdAt } }
    }
    pullRequests(first: 2, states: [OPEN], orderBy: {field: CREATED_AT, direction: DESC}) {
      totalCount nodes { number }
    }
  }
}"""
COMMIT = """
mutation($head: GitObjectID!) { createCommitOnBranch(input: {
  branch: {repositoryNameWithOwner: "octo/sample", branchName: "mas/docs/main"}, expectedHeadOid: $head,
  message: {headline: "docs: more", body: "why"},
  fileChanges: {additions: [{path: "docs/more.md", contents: "aGk="}], deletions: [{path: "docs/new.md"}]}
}) { clientMutationId commit { oid url } ref { name } } }"""
UPDATE_REFS = """
mutation($id: ID!, $before: GitObjectID!, $after: GitObjectID!) { updateRefs(input: {
  repositoryId: $id, refUpdates: [{name: "refs/heads/mas/docs/main", beforeOid: $before, afterOid: $after, force: true}]
}) { clientMutationId } }"""
CREATE_REF = """
mutation($id: ID!, $oid: GitObjectID!) {
  createRef(input: {repositoryId: $id, name: "refs/heads/passing", oid: $oid}) { ref { id name target { oid } } }
}"""
DELETE_REF = "mutation($id: ID!) { deleteRef(input: {refId: $id}) { clientMutationId } }"
MINIMIZE = """
mutation($id: ID!) {
  minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { minimizedComment { isMinimized minimizedReason } }
}"""


@dataclass
class Caller:
    """Speaks to a sandbox as one principal."""

    session: aiohttp.ClientSession
    sandbox: Sandbox
    credential: str = ""

    async def __call__(self, method: str, path: str, body: object = None, *, status: int = 0, **query: str) -> Any:
        """The answer's JSON; `status` is what is expected, any success when 0."""
        headers = {"Authorization": f"Bearer {self.credential}"} if self.credential else {}
        url = f"{self.sandbox.url}/api{path if path == '/graphql' else f'/v3{path}'}"
        async with self.session.request(method, url, json=body, params=query, headers=headers) as answer:
            text = await answer.text()
            assert answer.status == status if status else answer.status < 300, f"{method} {path}: {text}"
            return json.loads(text) if text else None

    async def graphql(self, query: str, **variables: object) -> Any:
        """The data of an answer without errors."""
        answer = await self("POST", "/graphql", {"query": query, "variables": variables})
        assert "errors" not in answer, answer
        return answer["data"]


@dataclass
class Scene:
    """A repository with one commit, and everyone who calls."""

    sandbox: Sandbox
    head: str
    app: Caller
    bot: Caller
    person: Caller
    nobody: Caller
    pull: int = 0


@pytest.fixture
def exchanges() -> list[Exchange]:
    return []


@pytest.fixture
async def receiver(aiohttp_server: Any) -> str:
    """The address of a webhook's receiver that takes everything."""

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
        by_key = Caller(session, sandbox, key)
        narrowed = {"repository_ids": [repository.id], "permissions": PERMISSIONS}
        token = await by_key("POST", f"/app/installations/{installation}/access_tokens", narrowed)
        bot, human, nobody = (Caller(session, sandbox, each) for each in (token["token"], person, ""))
        yield Scene(sandbox, head, by_key, bot, human, nobody)


def commit(folder: Path, path: str, text: str) -> str:
    """A repository on disk with one commit; its id."""
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, text=True).stdout.strip()

    folder.mkdir()
    (folder / path).write_text(text)
    git("init", "--quiet", "--initial-branch=main")
    git("add", ".")
    git(*identity, "commit", "--quiet", "--message=first")
    return git("rev-parse", "HEAD")


# ------------------------------------------------------------------ the walk


async def test_everything_that_the_sandbox_says_and_takes_is_githubs(scene: Scene, exchanges: list[Exchange]) -> None:
    await as_app(scene)
    await about_the_repository(scene)
    await git_data(scene)
    await pull_requests(scene)
    await talk(scene)
    await checks(scene)
    await graphql(scene)
    await refusals(scene)
    await the_end(scene)

    assert unserved(exchanges) == []
    assert {(each.event, each.action) for each in scene.sandbox.deliveries} == WEBHOOKS


def unserved(exchanges: list[Exchange]) -> list[str]:
    """The sandbox's own routes that no call reached with success."""
    done = [f"{each.method} {each.path}" for each in exchanges if each.status < 300]
    return [route for route in routes() if not any(re.fullmatch(route, call) for call in done)]


def routes() -> Iterator[str]:
    for found in pkgutil.iter_modules(bot.sandbox.__path__, "bot.sandbox."):
        for route in getattr(importlib.import_module(found.name), "ROUTES", ()):
            path = re.sub(r"\{\w+:(.+?)\}|\{\w+\}", lambda part: part[1] or "[^/]+", route.path)
            yield f"{route.method} {path}"


async def as_app(scene: Scene) -> None:
    [installation] = await scene.app("GET", "/app/installations", per_page="10")
    await scene.app("GET", "/app")
    await scene.app("GET", f"/app/installations/{installation['id']}")
    await scene.app("POST", f"/app/installations/{installation['id']}/access_tokens")
    await scene.sandbox.drained()
    [delivery] = await scene.app("GET", "/app/hook/deliveries", per_page="1")
    await scene.app("POST", f"/app/hook/deliveries/{delivery['id']}/attempts")
    await scene.bot("GET", "/installation/repositories", per_page="100")
    await scene.nobody("POST", f"/app-manifests/{await registered(scene)}/conversions")


async def registered(scene: Scene) -> str:
    """The code that the manifest flow hands back."""
    manifest = {
        "name": "Other",
        "url": "https://example.com",
        "redirect_url": "http://127.0.0.1/back",
        "default_permissions": {"contents": "read"},
        "default_events": ["push"],
    }
    form, url = {"manifest": json.dumps(manifest)}, f"{scene.sandbox.url}/settings/apps/manifest"
    async with scene.nobody.session.post(url, data=form, allow_redirects=False) as answer:
        return answer.headers["Location"].partition("code=")[2]


async def about_the_repository(scene: Scene) -> None:
    await scene.nobody("GET", "/rate_limit")
    await scene.bot("GET", REPOSITORY)
    await scene.person("GET", REPOSITORY)
    await scene.bot("GET", f"{REPOSITORY}/collaborators/ann/permission")
    await scene.bot("GET", f"{REPOSITORY}/commits/main")


async def git_data(scene: Scene) -> None:
    data = f"{REPOSITORY}/git"
    first = await scene.bot("GET", f"{data}/commits/{scene.head}")
    blob = await scene.bot("POST", f"{data}/blobs", {"content": "aGk=", "encoding": "base64"})
    entries = [
        {"path": "docs/new.md", "mode": "100644", "type": "blob", "sha": blob["sha"]},
        {"path": "docs/text.md", "mode": "100644", "type": "blob", "content": "text"},
    ]
    tree = await scene.bot("POST", f"{data}/trees", {"base_tree": first["tree"]["sha"], "tree": entries})
    await scene.bot("GET", f"{data}/trees/{tree['sha']}", recursive="1")
    made = {"message": "docs: new", "tree": tree["sha"], "parents": [scene.head]}
    docs = await scene.bot("POST", f"{data}/commits", made)
    await scene.bot("POST", f"{data}/refs", {"ref": "refs/heads/mas/docs/main", "sha": docs["sha"]})
    await scene.bot("GET", f"{data}/ref/heads/mas/docs/main")
    await scene.bot("GET", f"{data}/matching-refs/heads/mas/")


async def pull_requests(scene: Scene) -> None:
    asked = {"title": "docs", "head": "mas/docs/main", "base": "main", "body": "hi", "maintainer_can_modify": True}
    pull = await scene.bot("POST", f"{REPOSITORY}/pulls", asked)
    scene.pull, path = pull["number"], f"{REPOSITORY}/pulls/{pull['number']}"
    await scene.bot("GET", f"{REPOSITORY}/pulls", state="open", head="octo:mas/docs/main", base="main", per_page="30")
    await scene.bot("PATCH", path, {"title": "docs: new", "body": "ho"})
    await scene.bot("PATCH", path, {"state": "closed"})
    await scene.bot("PATCH", path, {"state": "open"})
    await scene.bot("GET", path)
    await scene.bot("GET", f"{path}/files")
    await scene.bot("GET", f"{path}/commits")
    await scene.bot("POST", f"{path}/requested_reviewers", {"reviewers": ["ann"]})
    tip = await scene.bot("GET", f"{REPOSITORY}/commits/{pull['head']['sha']}")
    amended = {"message": "docs: newer", "tree": tip["commit"]["tree"]["sha"], "parents": [tip["sha"]]}
    newer = await scene.bot("POST", f"{REPOSITORY}/git/commits", amended)
    await scene.bot("PATCH", f"{REPOSITORY}/git/refs/heads/mas/docs/main", {"sha": newer["sha"], "force": False})


async def talk(scene: Scene) -> None:
    thread = f"{REPOSITORY}/issues/{scene.pull}"
    said = await scene.bot("POST", f"{thread}/comments", {"body": "I changed the docs."})
    await scene.person("POST", f"{thread}/comments", {"body": "/mas help"})
    comment = f"{REPOSITORY}/issues/comments/{said['id']}"
    await scene.bot("GET", f"{thread}/comments")
    await scene.bot("GET", comment)
    await scene.bot("PATCH", comment, {"body": "I changed them again."})
    await scene.bot("POST", f"{comment}/reactions", {"content": "eyes"}, status=201)
    await scene.bot("POST", f"{comment}/reactions", {"content": "eyes"}, status=200)
    await scene.bot("GET", f"{comment}/reactions")
    await scene.bot("DELETE", comment)
    await scene.bot("POST", f"{thread}/labels", {"labels": ["docs", "mas"]})
    await scene.bot("GET", f"{thread}/labels")
    await scene.bot("DELETE", f"{thread}/labels/mas")
    await scene.bot("GET", f"{REPOSITORY}/pulls")


async def checks(scene: Scene) -> None:
    run = await scene.bot(
        "POST", f"{REPOSITORY}/check-runs", {"name": "mas", "head_sha": scene.head, "status": "in_progress"}
    )
    note = {"path": "README.md", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "stale"}
    output = {"title": "Docs", "summary": "One is stale", "annotations": [note]}
    done = {"status": "completed", "conclusion": "neutral", "output": output}
    await scene.bot("PATCH", f"{REPOSITORY}/check-runs/{run['id']}", done)
    await scene.bot("GET", f"{REPOSITORY}/check-runs/{run['id']}")
    await scene.bot("GET", f"{REPOSITORY}/commits/{scene.head}/check-runs", check_name="mas", filter="latest")
    [repository] = scene.sandbox.repositories
    person = scene.sandbox.world.account("ann")
    scene.sandbox.activity.check(repository, repository.check_runs[run["id"]], "rerequested", person)


async def graphql(scene: Scene) -> None:
    [comment] = await scene.bot("GET", f"{REPOSITORY}/issues/{scene.pull}/comments")
    found = await scene.bot.graphql(READ_ALL, pull=scene.pull, comment=comment["node_id"])
    repository = found["repository"]
    await scene.bot.graphql(MINIMIZE, id=comment["node_id"])
    before = repository["pullRequest"]["headRefOid"]
    made = await scene.bot.graphql(COMMIT, head=before)
    moved = {"before": made["createCommitOnBranch"]["commit"]["oid"], "after": before}
    await scene.bot.graphql(UPDATE_REFS, id=repository["id"], **moved)
    passing = await scene.bot.graphql(CREATE_REF, id=repository["id"], oid=scene.head)
    await scene.bot.graphql(DELETE_REF, id=passing["createRef"]["ref"]["id"])


async def refusals(scene: Scene) -> None:
    asked = {"title": "docs", "head": "none", "base": "main"}
    await scene.bot("POST", f"{REPOSITORY}/pulls", asked, status=422)
    await scene.bot("POST", f"{REPOSITORY}/git/refs", {"ref": "refs/heads/main", "sha": scene.head}, status=422)
    await scene.bot("GET", f"{REPOSITORY}/pulls/999", status=404)
    await scene.nobody("GET", REPOSITORY, status=404)
    await scene.nobody("GET", "/app", status=401)
    await scene.nobody("POST", "/graphql", {"query": "{ viewer { login } }"}, status=401)
    await scene.person("POST", f"{REPOSITORY}/check-runs", {"name": "mas", "head_sha": scene.head}, status=403)
    stale = {"query": COMMIT, "variables": {"head": "0" * 40}}
    assert (await scene.bot("POST", "/graphql", stale))["errors"]


async def the_end(scene: Scene) -> None:
    path = f"{REPOSITORY}/pulls/{scene.pull}"
    await scene.person("PUT", f"{path}/merge", {"merge_method": "merge"})
    await scene.bot("GET", path)
    await scene.bot("DELETE", f"{REPOSITORY}/git/refs/heads/mas/docs/main")
    [installation] = await scene.app("GET", "/app/installations")
    other = scene.sandbox.create_repository("octo", "other")
    scene.sandbox.change_repositories(installation["id"], added=[other])
    scene.sandbox.change_repositories(installation["id"], removed=[other])
    scene.sandbox.uninstall(installation["id"])
    await scene.sandbox.drained()
