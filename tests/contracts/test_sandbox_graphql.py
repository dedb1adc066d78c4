"""The sandbox's GraphQL API: queries, and mutations that check the expected state."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.sandbox_scene import REPO, Scene, git, running_scene

OBSERVE = """
query($branch: String!) {
  repository(owner: "octo", name: "sample") {
    id nameWithOwner
    defaultBranchRef { name prefix target { oid } }
    ref(qualifiedName: $branch) {
      name
      target {
        oid
        ... on Commit {
          messageHeadline messageBody committedViaWeb
          author { user { login } name }
          signature { isValid state }
          parents(first: 1) { nodes { oid } }
          history(first: 1) { totalCount pageInfo { hasNextPage endCursor } nodes { oid } }
        }
      }
    }
    pullRequests(headRefName: $branch, states: [OPEN, MERGED, CLOSED], first: 2,
                 orderBy: {field: CREATED_AT, direction: DESC}) {
      totalCount
      nodes {
        number state merged title body isDraft headRefOid baseRefName headRef { name }
        author { __typename login ... on Bot { databaseId } }
        comments(last: 1) { nodes { body author { login } isMinimized } }
        labels(first: 5) { nodes { name } }
      }
    }
    readme: object(expression: "main:README.md") { ... on Blob { text byteSize isBinary } }
    root: object(expression: "main:") { ... on Tree { entries { name mode type object { __typename oid } } } }
    missing: object(expression: "main:none") { oid }
  }
  viewer { login }
  rateLimit { limit remaining cost }
}"""

COMMIT = """
mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) {
    commit { oid message author { user { login } } committer { name } signature { isValid wasSignedByGitHub } }
    ref { name prefix target { oid } }
  }
}"""

UPDATE_REFS = """
mutation($id: ID!, $updates: [RefUpdate!]!) {
  updateRefs(input: {repositoryId: $id, refUpdates: $updates}) { clientMutationId }
}"""

REPOSITORY_ID = '{ repository(owner: "octo", name: "sample") { id } }'


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_scene(tmp_path) as running:
        yield running


def commit_input(head: str, **changes: Any) -> dict[str, Any]:
    added = {"path": "docs/a.md", "contents": base64.b64encode("Grüße\n".encode()).decode()}
    return {
        "branch": {"repositoryNameWithOwner": "octo/sample", "branchName": "main"},
        "expectedHeadOid": head,
        "message": {"headline": "Docs", "body": "Because."},
        "fileChanges": {"additions": [added], "deletions": [{"path": "src/app.py"}]},
        **changes,
    }


async def repository_id(scene: Scene) -> str:
    return str((await scene.graphql(REPOSITORY_ID))["data"]["repository"]["id"])


async def test_one_query_returns_branch_pull_requests_and_files(scene: Scene) -> None:
    pull = await scene.pull("docs")
    scene.sandbox.comment(pull, "Thank you", by="maria")
    data = (await scene.graphql(OBSERVE, branch="docs"))["data"]

    found = data["repository"]
    assert found["ref"]["target"]["oid"] == pull.head_oid
    assert found["ref"]["target"]["author"] == {"user": {"login": "mas[bot]"}, "name": "mas[bot]"}
    assert found["ref"]["target"]["history"]["totalCount"] == 2
    (shown,) = found["pullRequests"]["nodes"]
    bot = {"__typename": "Bot", "login": "mas", "databaseId": scene.app.bot.id}
    assert (shown["number"], shown["state"], shown["author"]) == (1, "OPEN", bot)
    assert shown["comments"]["nodes"][0]["author"]["login"] == "maria"
    assert (found["readme"]["text"], found["missing"]) == ("# Sample\n", None)
    assert [e["name"] for e in found["root"]["entries"]] == ["README.md", "src"]
    assert data["viewer"]["login"] == "mas[bot]"


async def test_missing_objects_are_null(scene: Scene) -> None:
    found = (await scene.graphql(OBSERVE, branch="none"))["data"]["repository"]
    assert (found["ref"], found["pullRequests"]) == (None, {"totalCount": 0, "nodes": []})


async def test_a_merged_pull_request_has_state_merged(scene: Scene) -> None:
    scene.sandbox.merge(await scene.pull("docs"), by="maria")
    found = (await scene.graphql(OBSERVE, branch="docs"))["data"]["repository"]["pullRequests"]["nodes"]
    assert [(p["state"], p["merged"]) for p in found] == [("MERGED", True)]


async def test_pagination_uses_cursors(scene: Scene) -> None:
    for name in ("one", "two", "three"):
        await scene.pull(name)
    query = """query($after: String) { repository(owner: "octo", name: "sample") {
      pullRequests(first: 2, after: $after) { nodes { number } pageInfo { hasNextPage endCursor } } } }"""
    first = (await scene.graphql(query))["data"]["repository"]["pullRequests"]
    second = (await scene.graphql(query, after=first["pageInfo"]["endCursor"]))["data"]["repository"]["pullRequests"]
    assert [[n["number"] for n in page["nodes"]] for page in (first, second)] == [[1, 2], [3]]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second)] == [True, False]


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("query", "kind", "words"),
    [
        ('{ repository(owner: "octo", name: "none") { id } }', "NOT_FOUND", "with the name 'octo/none'"),
        (
            '{ repository(owner: "octo", name: "sample") { pullRequest(number: 9) { id } } }',
            "NOT_FOUND",
            "with the number of 9",
        ),
        (
            '{ repository(owner: "octo", name: "sample") { pullRequests { totalCount } } }',
            "MISSING_PAGINATION_BOUNDARIES",
            "`first` or `last`",
        ),
        (
            '{ repository(owner: "octo", name: "sample") { pullRequests(first: 101) { totalCount } } }',
            "EXCESSIVE_PAGINATION",
            "limit of 100",
        ),
        ('{ node(id: "R_none") { id } }', "NOT_FOUND", "global id of 'R_none'"),
    ],
)
async def test_an_error_has_its_type_next_to_the_message(scene: Scene, query: str, kind: str, words: str) -> None:
    answer = await scene.graphql(query)
    (error,) = answer["errors"]
    assert (error["type"], words in error["message"]) == (kind, True)


async def test_an_invalid_query_fails_with_status_200(scene: Scene) -> None:
    answer = await scene.api("POST", f"{scene.sandbox.url}/api/graphql", {"query": "{ viewer { logni } }"})
    assert (answer.status, "data" in answer.body) == (200, False)
    assert answer.body["errors"][0]["message"].startswith("Field 'logni' doesn't exist on type 'User'")
    scene.exchanges.clear()  # the query is invalid on purpose


async def test_anonymous_callers_are_rejected(scene: Scene) -> None:
    answer = await scene.api("POST", f"{scene.sandbox.url}/api/graphql", {"query": REPOSITORY_ID}, token="")
    assert answer.status == 401


# ------------------------------------------------------------------ commits


async def test_a_commit_is_created_on_the_expected_head(scene: Scene) -> None:
    head = scene.repository.announced_refs["refs/heads/main"]
    created = (await scene.graphql(COMMIT, input=commit_input(head)))["data"]["createCommitOnBranch"]

    assert created["commit"]["message"] == "Docs\n\nBecause."
    assert created["commit"]["author"]["user"]["login"] == "mas[bot]"
    assert created["commit"]["signature"] == {"isValid": True, "wasSignedByGitHub": True}
    assert (created["ref"]["name"], created["ref"]["target"]["oid"]) == ("main", created["commit"]["oid"])
    bare = scene.repository.git.path
    assert await git("show", "main:docs/a.md", cwd=bare) == "Grüße"
    assert await git("ls-tree", "-r", "--name-only", "main", cwd=bare) == "README.md\ndocs/a.md"
    pushed = await scene.last_payload("push")
    assert (pushed["before"], pushed["after"], pushed["sender"]["type"]) == (head, created["commit"]["oid"], "Bot")
    rest = (await scene.api("GET", f"{REPO}/git/commits/{created['commit']['oid']}")).body
    assert rest["verification"]["verified"] is True


async def test_a_commit_on_a_stale_head_is_rejected_and_changes_nothing(scene: Scene) -> None:
    head = scene.repository.announced_refs["refs/heads/main"]
    other = await scene.branch("other")
    answer = await scene.graphql(COMMIT, input=commit_input(other))
    assert answer["data"] == {"createCommitOnBranch": None}
    assert answer["errors"] == [
        {
            "type": "STALE_DATA",
            "path": ["createCommitOnBranch"],
            "locations": [{"line": 3, "column": 3}],
            "message": f'Expected branch to point to "{other}" but it did not.  Pull and try again.',
        }
    ]
    assert scene.repository.git.refs()["refs/heads/main"] == head


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"branch": {"repositoryNameWithOwner": "octo/sample", "branchName": "none"}}, "NOT_FOUND"),
        ({"branch": {"repositoryNameWithOwner": "octo/none", "branchName": "main"}}, "NOT_FOUND"),
        ({"fileChanges": {"deletions": [{"path": "none.md"}]}}, "UNPROCESSABLE"),
        ({"fileChanges": {"additions": [{"path": "../x", "contents": "eA=="}]}}, "UNPROCESSABLE"),
        ({"fileChanges": {"additions": [{"path": "x", "contents": "not base64"}]}}, "UNPROCESSABLE"),
    ],
)
async def test_an_invalid_commit_is_rejected(scene: Scene, change: dict[str, Any], kind: str) -> None:
    head = scene.repository.announced_refs["refs/heads/main"]
    answer = await scene.graphql(COMMIT, input=commit_input(head, **change))
    assert answer["errors"][0]["type"] == kind
    assert scene.repository.git.refs()["refs/heads/main"] == head


async def test_a_read_only_token_cannot_commit(scene: Scene) -> None:
    token = await scene.new_token(permissions={"contents": "read"})
    head = scene.repository.announced_refs["refs/heads/main"]
    (error,) = (await scene.graphql(COMMIT, token=token, input=commit_input(head)))["errors"]
    assert (error["type"], error["message"]) == ("FORBIDDEN", "Resource not accessible by integration")


# ------------------------------------------------------------------ references


async def test_references_are_updated_atomically(scene: Scene) -> None:
    main, docs = scene.repository.announced_refs["refs/heads/main"], await scene.branch("docs")
    updates = [
        {"name": "refs/heads/new", "beforeOid": "0" * 40, "afterOid": main},
        {"name": "refs/heads/docs", "beforeOid": main, "afterOid": main, "force": True},
    ]
    identity = await repository_id(scene)
    refused = await scene.graphql(UPDATE_REFS, id=identity, updates=updates)
    assert refused["data"] == {"updateRefs": None}
    assert "refs/heads/new" not in scene.repository.git.refs()

    updates[1]["beforeOid"] = docs
    assert "errors" not in await scene.graphql(UPDATE_REFS, id=identity, updates=updates)
    refs = scene.repository.git.refs()
    assert (refs["refs/heads/new"], refs["refs/heads/docs"]) == (main, main)


@pytest.mark.parametrize("force", [True, False])
async def test_a_reference_is_rewound_only_by_force(scene: Scene, force: bool) -> None:
    main, docs = scene.repository.announced_refs["refs/heads/main"], await scene.branch("docs")
    update = {"name": "refs/heads/docs", "beforeOid": docs, "afterOid": main, "force": force}
    answer = await scene.graphql(UPDATE_REFS, id=await repository_id(scene), updates=[update])
    assert ("errors" in answer) is not force
    assert scene.repository.git.refs()["refs/heads/docs"] == (main if force else docs)


async def test_a_reference_is_created_once_and_deleted(scene: Scene) -> None:
    create = """mutation($id: ID!, $oid: GitObjectID!) {
      createRef(input: {repositoryId: $id, name: "refs/heads/new", oid: $oid}) { ref { id name } } }"""
    head, identity = scene.repository.announced_refs["refs/heads/main"], await repository_id(scene)
    created = await scene.graphql(create, id=identity, oid=head)
    again = await scene.graphql(create, id=identity, oid=head)
    assert again["errors"][0]["message"] == 'A ref named "refs/heads/new" already exists in the repository.'
    delete = "mutation($id: ID!) { deleteRef(input: {refId: $id}) { clientMutationId } }"
    await scene.graphql(delete, id=created["data"]["createRef"]["ref"]["id"])
    assert "refs/heads/new" not in scene.repository.git.refs()


async def test_a_comment_is_minimized_with_its_reason(scene: Scene) -> None:
    await scene.pull()
    comment = (await scene.api("POST", f"{REPO}/issues/1/comments", {"body": "Old news"})).body
    hide = """mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) {
      minimizedComment { isMinimized minimizedReason } } }"""
    hidden = (await scene.graphql(hide, id=comment["node_id"]))["data"]["minimizeComment"]["minimizedComment"]
    assert hidden == {"isMinimized": True, "minimizedReason": "outdated"}
