"""GitHubForge against the sandbox: real HTTP, real tokens, real git.

Every exchange is also validated against GitHub's published schemas.
"""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.domain import (
    AddComment,
    ClosePullRequest,
    DeleteBranch,
    DocsBranch,
    DocsPullRequest,
    DocsState,
    DocsTarget,
    OpenPullRequest,
    PublishBranch,
    Tenant,
    UpdatePullRequest,
)
from bot.domain import Repository as DomainRepository
from bot.domain.permissions import Permission
from bot.errors import Bug, ConflictError, RemoteError, UserError
from bot.github import queries, responses
from bot.github.client import GitHubApp
from bot.github.forge.forge import GitHubForge
from github_sandbox import Exchange, Repository, Sandbox
from github_sandbox.git import RefChange
from tests.github_schemas import exchange_errors, graphql_errors
from tests.sandboxes import KEY

PERMISSIONS = {"metadata": "read", "contents": "write", "pull_requests": "write", "issues": "write", "checks": "write"}
TARGET = DocsTarget("main")
BRANCH = "mas/docs/main"
REFUSAL = '{"message": "Not this time", "documentation_url": "https://docs.github.com/rest"}'
DIGEST, OTHER = "d" * 64, "e" * 64
OPEN = OpenPullRequest(BRANCH, "main", "docs: follow the code", "The words.")


@dataclass
class Scene:
    """A repository with the App installed, and methods that change it as a person would."""

    sandbox: Sandbox
    repository: Repository
    app: GitHubApp
    forge: GitHubForge

    @property
    def head(self) -> str:
        return self.branch("main") or ""

    def branch(self, name: str) -> str | None:
        return self.repository.git.refs().get(f"refs/heads/{name}")

    def publish(self, digest: str = DIGEST, expected: str | None = None, **files: str) -> PublishBranch:
        named = {name.replace("__", "/") + ".md": text for name, text in files.items()} or {"docs/guide.md": "new\n"}
        return PublishBranch(BRANCH, self.head, expected, named, f"docs: words\n\nMAS-Plan: {digest}\n", digest)

    def commit(self, branch: str, by: str = "ada", message: str = "mine") -> str:
        """A person's commit on top of a branch."""
        git, person = self.repository.git, self.sandbox.world.account(by)
        parent = self.branch(branch)
        assert parent is not None
        tree = git.line("rev-parse", f"{parent}^{{tree}}")
        new = self.sandbox.activity.references.commit(self.repository, tree, [parent], message, person)
        self.move(branch, new.oid)
        return new.oid

    def move(self, branch: str, oid: str) -> None:
        change = RefChange(f"refs/heads/{branch}", None, oid)
        self.sandbox.activity.references.move(self.repository, [change], self.repository.owner)

    def file(self, path: str, revision: str = BRANCH) -> str:
        return self.repository.git.run("cat-file", "blob", f"{revision}:{path}").decode()

    def writes(self) -> int:
        tokens = "POST /app/installations/{installation_id}/access_tokens"
        return sum(
            count
            for call, count in self.app.call_counts.items()
            if call != tokens and not call.startswith("GET ") and call != "GRAPHQL Branch" and call != "GRAPHQL Tree"
        )


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local repository: a document, an executable one, a link and a workflow."""
    path = tmp_path_factory.mktemp("source")
    (path / "docs").mkdir()
    (path / "docs" / "guide.md").write_text("old\n")
    (path / "docs" / "run.md").write_text("run\n")
    (path / "docs" / "run.md").chmod(0o755)
    (path / "docs" / "link.md").symlink_to("guide.md")
    (path / "README.md").write_text("readme\n")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    for command in (("init", "-q", "-b", "main"), ("add", "."), (*who, "commit", "-q", "-m", "first")):
        subprocess.run(["git", *command], cwd=path, check=True)
    return path


@pytest.fixture
def exchanges() -> Iterator[list[Exchange]]:
    """Collect the exchanges. At the end, all but server errors must be valid by GitHub's schemas."""
    collected: list[Exchange] = []
    yield collected
    assert [error for exchange in collected if exchange.status < 500 for error in exchange_errors(exchange)] == []


@pytest.fixture
async def scene(tmp_path: Path, source: Path, exchanges: list[Exchange]) -> AsyncIterator[Scene]:
    async with Sandbox(tmp_path / "github") as sandbox, aiohttp.ClientSession() as session:
        sandbox.observe(exchanges.append)
        repository = sandbox.create_repository("octo", "sample", source=source)
        registered = sandbox.register_app("mas", PERMISSIONS, ["push"])
        registered.key = KEY
        installation = sandbox.install(registered, "octo", [repository])
        key = registered.private_key
        app = GitHubApp(session, sandbox.api_url, str(registered.id), key, sleep=_no_sleep, pace=0)
        target = DomainRepository(Tenant(installation, repository.id), "octo", "sample", "main")
        forge = GitHubForge(app.installation(installation), target, await app.bot_login())
        yield Scene(sandbox, repository, app, forge)


async def _no_sleep(_: float) -> None:
    """Do not sleep."""


# ------------------------------------------------------------------ observing


@pytest.mark.parametrize(
    "query",
    [
        queries.OBSERVE_QUERY,
        queries.BRANCH_QUERY,
        queries.UPDATE_REFS_MUTATION,
        queries.PULL_QUERY,
        queries.REVIEW_QUERY,
        queries.RESOLVE_MUTATION,
        queries.UNRESOLVE_MUTATION,
        queries.tree_query("a" * 40, [])[0],
        queries.tree_query("a" * 40, ["", "docs"])[0],
    ],
)
def test_queries_are_valid_by_githubs_schema(query: str) -> None:
    assert graphql_errors(query) == []


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("read", Permission.READ),
        ("triage", Permission.TRIAGE),
        ("write", Permission.WRITE),
        ("maintain", Permission.MAINTAIN),
        ("admin", Permission.ADMIN),
    ],
)
async def test_a_users_role_is_their_permission(scene: Scene, role: str, permission: Permission) -> None:
    scene.sandbox.add_user("grace", {"octo/sample": role})
    assert await scene.forge.permission("grace") == permission


@pytest.mark.parametrize("stranger", ["nobody", "a b"])
async def test_an_unknown_user_has_no_permission(scene: Scene, stranger: str) -> None:
    assert await scene.forge.permission(stranger) == Permission.NONE


async def test_an_error_is_not_reported_as_no_permission(scene: Scene) -> None:
    scene.sandbox.fault("/permission", status=422, body=REFUSAL)
    with pytest.raises(RemoteError, match="422"):
        await scene.forge.permission("grace")


@pytest.mark.parametrize(
    ("model", "response", "location"),
    [
        (
            responses.DocsStateResponse,
            {"base": None, "branch": {"target": None}, "pullRequests": {"nodes": []}},
            "branch.target",
        ),
        (
            responses.DocsStateResponse,
            {"base": None, "branch": None, "pullRequests": {"nodes": [{}]}},
            "pullRequests.nodes.0",
        ),
        (responses.Pull, ["<html>"], "its root"),
        (responses.GitObject, {"sha": 7}, "sha"),
    ],
)
def test_a_response_with_an_unexpected_structure_is_a_remote_error(model: Any, response: Any, location: str) -> None:
    with pytest.raises(RemoteError, match=f"unexpected structure at {location}"):
        responses.parse(model, response)


@pytest.mark.parametrize("answer", [None, {}, {"repository": None}, {"repository": []}])
def test_a_response_without_a_repository_is_a_remote_error(answer: Any) -> None:
    with pytest.raises(RemoteError, match="no access to the repository"):
        responses.extract_repository(answer)


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ({"permission": "admin", "role_name": "release-captain"}, Permission.ADMIN),
        ({"permission": "write"}, Permission.WRITE),
        ({"permission": "superuser"}, Permission.NONE),
    ],
)
def test_a_custom_role_counts_as_its_base_role(role: dict[str, str], permission: Permission) -> None:
    assert responses.parse(responses.CollaboratorPermission, role).level == permission


async def test_without_a_branch_only_the_base_is_observed_in_one_query(scene: Scene) -> None:
    assert await scene.forge.observe(TARGET) == DocsState(scene.head, None, ())
    assert scene.app.call_counts["GRAPHQL Observe"] == 1
    assert (await scene.forge.observe(DocsTarget("gone"))).base_oid is None


async def test_a_published_branch_is_observed_as_ours(scene: Scene) -> None:
    await scene.forge.apply(scene.publish())
    opened = await scene.forge.apply(OPEN)
    oid = scene.branch(BRANCH) or ""
    assert await scene.forge.observe(TARGET) == DocsState(
        scene.head,
        DocsBranch(BRANCH, oid, ours=True, digest=DIGEST),
        (DocsPullRequest(1, "open", OPEN.title, OPEN.body, oid, opened.url or ""),),
    )


@pytest.mark.parametrize("message", ["mine", f"mine\n\nMAS-Plan: {DIGEST}\n"])
async def test_a_persons_commit_on_our_branch_makes_it_theirs(scene: Scene, message: str) -> None:
    await scene.forge.apply(scene.publish())
    scene.commit(BRANCH, message=message)
    branch = (await scene.forge.observe(TARGET)).branch
    assert branch is not None
    assert not branch.ours


async def test_our_commit_amended_by_a_person_is_theirs(scene: Scene) -> None:
    await scene.forge.apply(scene.publish())
    git = scene.repository.git
    ours = git.commit(scene.branch(BRANCH) or "")
    person = replace(ours.author, name="ada", email="ada@example.org")
    scene.move(BRANCH, git.write_commit(ours.tree, ours.parents, ours.message, ours.author, person))
    branch = (await scene.forge.observe(TARGET)).branch
    assert branch is not None
    assert (branch.ours, branch.digest) == (False, DIGEST)


async def test_closed_and_merged_pull_requests_are_seen_newest_first(scene: Scene) -> None:
    for round_ in range(3):
        await scene.forge.apply(scene.publish(expected=scene.branch(BRANCH), docs__guide=f"{round_}\n"))
        await scene.forge.apply(replace(OPEN, body=f"The words of round {round_}."))
        pull = scene.repository.pull_requests[round_ + 1]
        if round_ == 0:
            scene.sandbox.close(pull)
        elif round_ == 1:
            scene.sandbox.merge(pull)
    state = await scene.forge.observe(TARGET)
    assert [(pull.number, pull.state) for pull in state.pull_requests] == [(3, "open"), (2, "merged"), (1, "closed")]


async def test_a_persons_pull_request_from_our_branch_is_not_ours(scene: Scene) -> None:
    await scene.forge.apply(scene.publish())
    owner = scene.repository.owner
    scene.sandbox.activity.pulls.open(scene.repository, BRANCH, "main", "mine", "", owner, draft=False)
    assert (await scene.forge.observe(TARGET)).pull_requests == ()


async def test_a_repository_without_access_is_a_permanent_error(scene: Scene) -> None:
    scene.repository.name = "renamed"
    scene.sandbox.world.repositories = {"octo/renamed": scene.repository}
    with pytest.raises(RemoteError, match="Could not resolve") as error:
        await scene.forge.observe(TARGET)
    assert not error.value.transient


# ------------------------------------------------------------------ branches


async def test_a_branch_is_one_verified_commit_on_the_base(scene: Scene) -> None:
    outcome = await scene.forge.apply(scene.publish(docs__guide="new\n", docs__added="more\n"))
    oid = scene.branch(BRANCH) or ""
    commit = scene.repository.git.commit(oid)
    assert outcome.status == "done"
    assert list(commit.parents) == [scene.head]
    assert oid in scene.repository.verified_commits
    assert (scene.file("docs/guide.md"), scene.file("docs/added.md")) == ("new\n", "more\n")
    assert scene.file("README.md") == "readme\n"


async def test_a_file_keeps_its_mode(scene: Scene) -> None:
    await scene.forge.apply(scene.publish(docs__run="changed\n", README="changed\n"))
    listed = scene.repository.git.run("ls-tree", "-r", BRANCH).decode().splitlines()
    modes = {line.split("\t")[1]: line.split(" ")[0] for line in listed}
    assert modes == {
        "README.md": "100644",
        "docs/guide.md": "100644",
        "docs/link.md": "120000",
        "docs/run.md": "100755",
    }


async def test_publishing_twice_changes_nothing(scene: Scene) -> None:
    action = scene.publish()
    await scene.forge.apply(action)
    oid, writes = scene.branch(BRANCH), scene.writes()
    assert (await scene.forge.apply(action)).status == "already"
    assert (scene.branch(BRANCH), scene.writes()) == (oid, writes)


async def test_a_newer_plan_replaces_our_commit(scene: Scene) -> None:
    await scene.forge.apply(scene.publish())
    scene.commit("main")
    action = scene.publish(OTHER, expected=scene.branch(BRANCH), docs__guide="newer\n")
    assert (await scene.forge.apply(action)).status == "done"
    assert scene.file("docs/guide.md") == "newer\n"
    assert scene.repository.git.line("rev-parse", f"{BRANCH}^") == scene.head


async def test_a_concurrent_commit_is_never_dropped(scene: Scene) -> None:
    await scene.forge.apply(scene.publish())
    seen = scene.branch(BRANCH)
    theirs = scene.commit(BRANCH)
    with pytest.raises(ConflictError):
        await scene.forge.apply(scene.publish(OTHER, expected=seen))
    assert scene.branch(BRANCH) == theirs


async def test_a_created_or_deleted_branch_is_a_conflict(scene: Scene) -> None:
    with pytest.raises(ConflictError):
        await scene.forge.apply(scene.publish(expected="a" * 40))
    scene.move(BRANCH, scene.head)
    with pytest.raises(ConflictError):
        await scene.forge.apply(scene.publish(expected=None))
    assert scene.branch(BRANCH) == scene.head


async def test_github_detects_a_race_lost_at_the_last_moment(scene: Scene) -> None:
    def person_pushes(exchange: Exchange) -> None:
        if exchange.path.endswith("/git/commits") and not scene.branch(BRANCH):
            scene.move(BRANCH, scene.head)

    scene.sandbox.observe(person_pushes)
    with pytest.raises(ConflictError, match="has moved to"):
        await scene.forge.apply(scene.publish())
    assert scene.branch(BRANCH) == scene.head


async def test_a_swap_with_a_lost_response_is_not_a_conflict(scene: Scene) -> None:
    made: list[str] = []

    def swap_first(exchange: Exchange) -> None:
        if exchange.path.endswith("/git/commits"):
            made.append(scene.repository.git.line("rev-list", "--max-count=1", *_unreachable(scene)))
            scene.move(BRANCH, made[-1])

    scene.sandbox.observe(swap_first)
    assert (await scene.forge.apply(scene.publish())).status == "done"
    assert [scene.branch(BRANCH)] == made


def _unreachable(scene: Scene) -> list[str]:
    output = scene.repository.git.run("fsck", "--unreachable", "--no-reflogs").decode().splitlines()
    return [line.split()[2] for line in output if line.startswith("unreachable commit")]


async def test_a_swap_rejected_for_another_reason_is_not_a_conflict(scene: Scene) -> None:
    scene.sandbox.fault("/graphql", contains="UpdateRefs", status=422, body=REFUSAL)
    with pytest.raises(RemoteError, match="422") as error:
        await scene.forge.apply(scene.publish())
    assert not isinstance(error.value, ConflictError)


async def test_a_missing_base_commit_is_a_conflict(scene: Scene) -> None:
    with pytest.raises(ConflictError, match="no longer exists"):
        await scene.forge.apply(replace(scene.publish(), onto="a" * 40))


@pytest.mark.parametrize("fault", ["/git/trees", "/git/commits", "/graphql"])
async def test_a_broken_gateway_leaves_one_commit(scene: Scene, fault: str) -> None:
    scene.sandbox.fault(fault, body="<html>Unicorn!</html>")
    assert (await scene.forge.apply(scene.publish())).status == "done"
    assert scene.repository.git.line("rev-list", "--count", BRANCH) == "2"


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x.md", "docs/../../x.md", "a//b.md", "a\0b.md", ".git/config", "docs/.GIT/x.md", ""]
)
async def test_a_path_outside_the_repository_is_never_written(scene: Scene, path: str) -> None:
    with pytest.raises(Bug, match="not a path inside"):
        await scene.forge.apply(replace(scene.publish(), files={path: "x"}))
    assert scene.writes() == 0


async def test_a_symbolic_link_is_never_overwritten(scene: Scene) -> None:
    with pytest.raises(Bug, match="not a regular file"):
        await scene.forge.apply(scene.publish(docs__link="x"))


async def test_workflows_are_never_written(scene: Scene) -> None:
    with pytest.raises(UserError, match="workflows"):
        await scene.forge.apply(replace(scene.publish(), files={".GitHub/workflows/ci.md": "x"}))


async def test_only_the_bots_branches_are_written(scene: Scene) -> None:
    with pytest.raises(Bug, match="not one of the bot's branches"):
        await scene.forge.apply(replace(scene.publish(), branch="main", expected=scene.head))
    with pytest.raises(Bug, match="not one of the bot's branches"):
        await scene.forge.apply(DeleteBranch("main", scene.head))
    assert scene.branch("main") == scene.head


async def test_a_commit_without_its_digest_is_not_created(scene: Scene) -> None:
    with pytest.raises(Bug, match="digest"):
        await scene.forge.apply(replace(scene.publish(), message="docs: words"))


async def test_the_bots_branch_is_deleted_once(scene: Scene) -> None:
    await scene.forge.apply(scene.publish())
    action = DeleteBranch(BRANCH, scene.branch(BRANCH) or "")
    assert (await scene.forge.apply(action)).status == "done"
    assert scene.branch(BRANCH) is None
    assert (await scene.forge.apply(action)).status == "already"


async def test_a_branch_with_a_persons_commit_is_not_deleted(scene: Scene) -> None:
    await scene.forge.apply(scene.publish())
    action = DeleteBranch(BRANCH, scene.branch(BRANCH) or "")
    theirs = scene.commit(BRANCH)
    with pytest.raises(ConflictError):
        await scene.forge.apply(action)
    assert scene.branch(BRANCH) == theirs


async def test_a_missing_permission_is_named(scene: Scene) -> None:
    installation = next(iter(scene.sandbox.world.installations.values()))
    installation.permissions["contents"] = "read"
    with pytest.raises(UserError, match="contents=write"):
        await scene.forge.apply(scene.publish())


# ------------------------------------------------------------------ pull requests


async def test_a_pull_request_is_opened_once(scene: Scene) -> None:
    await scene.forge.apply(scene.publish())
    first, second = await scene.forge.apply(OPEN), await scene.forge.apply(OPEN)
    assert (first.status, second.status) == ("done", "already")
    assert first.url == second.url
    assert len(scene.repository.pull_requests) == 1


async def test_a_concurrently_opened_pull_request_is_found(scene: Scene) -> None:
    await scene.forge.apply(scene.publish())
    opened: list[Any] = []

    def other_opens(exchange: Exchange) -> None:
        if exchange.method == "GET" and exchange.path.endswith("/pulls") and not opened:
            owner = scene.repository.owner
            opened.append(
                scene.sandbox.activity.pulls.open(scene.repository, BRANCH, "main", "first", "", owner, draft=False)
            )

    scene.sandbox.observe(other_opens)
    assert (await scene.forge.apply(OPEN)).status == "already"
    assert len(scene.repository.pull_requests) == 1


async def test_a_rejected_pull_request_is_a_permanent_error(scene: Scene) -> None:
    with pytest.raises(RemoteError, match="422") as error:
        await scene.forge.apply(OPEN)
    assert not error.value.transient


async def test_a_pull_request_is_updated_once(scene: Scene) -> None:
    await scene.forge.apply(scene.publish())
    await scene.forge.apply(OPEN)
    action = UpdatePullRequest(1, "docs: other words", "Other\nwords.")
    assert (await scene.forge.apply(action)).status == "done"
    pull = scene.repository.pull_requests[1]
    assert (pull.title, pull.body) == ("docs: other words", "Other\nwords.")
    pull.body = "Other\r\nwords."
    writes = scene.writes()
    assert (await scene.forge.apply(action)).status == "already"
    assert scene.writes() == writes


async def test_a_pull_request_is_closed_once(scene: Scene) -> None:
    await scene.forge.apply(scene.publish())
    await scene.forge.apply(OPEN)
    assert (await scene.forge.apply(ClosePullRequest(1))).status == "done"
    assert scene.repository.pull_requests[1].state == "closed"
    assert (await scene.forge.apply(ClosePullRequest(1))).status == "already"


async def test_a_comment_is_posted_once_among_many_others(scene: Scene) -> None:
    await scene.forge.apply(scene.publish())
    await scene.forge.apply(OPEN)
    pull = scene.repository.pull_requests[1]
    action = AddComment(1, "I leave it as it is.", "<!-- mas:docs held -->")
    scene.sandbox.comment(pull, "A person quotes <!-- mas:docs held -->")
    assert (await scene.forge.apply(action)).status == "done"
    for number in range(120):
        scene.sandbox.comment(pull, f"chat {number}")
    pull.comments.insert(0, pull.comments.pop())
    assert (await scene.forge.apply(action)).status == "already"
    bodies = [comment.body for comment in pull.comments if comment.author.login == "mas[bot]"]
    assert bodies == ["I leave it as it is.\n\n<!-- mas:docs held -->"]


@pytest.mark.parametrize(
    "action",
    [
        replace(OPEN, title="t" * 257),
        replace(OPEN, body="b" * 65_537),
        UpdatePullRequest(1, "t", "b" * 65_537),
        AddComment(1, "b" * 65_530, "<!-- marker -->"),
    ],
)
async def test_exceeding_githubs_limits_is_a_bug(scene: Scene, action: Any) -> None:
    with pytest.raises(Bug, match="exceeds GitHub's limits"):
        await scene.forge.apply(action)
    assert scene.writes() == 0


async def test_the_token_is_narrowed_to_the_repository(scene: Scene) -> None:
    await scene.forge.observe(TARGET)
    (token,) = scene.sandbox.world.installation_tokens.values()
    assert token.repositories == (scene.repository,)
    assert token.permissions == PERMISSIONS
