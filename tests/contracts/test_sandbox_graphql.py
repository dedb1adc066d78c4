"""The sandbox's GraphQL: one look at what stands, and writes that are fenced."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.sandbox_scene import REPO, Scene, git, scene

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
async def here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as made:
        yield made


def on_main(head: str, **changes: Any) -> dict[str, Any]:
    added = {"path": "docs/a.md", "contents": base64.b64encode("Grüße\n".encode()).decode()}
    return {
        "branch": {"repositoryNameWithOwner": "octo/sample", "branchName": "main"},
        "expectedHeadOid": head,
        "message": {"headline": "Docs", "body": "Because."},
        "fileChanges": {"additions": [added], "deletions": [{"path": "src/app.py"}]},
        **changes,
    }


async def repository_id(here: Scene) -> str:
    return str((await here.graphql(REPOSITORY_ID))["data"]["repository"]["id"])


async def test_one_query_sees_all_that_stands(here: Scene) -> None:
    pull = await here.pull("docs")
    here.sandbox.comment(pull, "Thank you", by="maria")
    data = (await here.graphql(OBSERVE, branch="docs"))["data"]

    found = data["repository"]
    assert found["ref"]["target"]["oid"] == pull.head_oid
    assert found["ref"]["target"]["author"] == {"user": {"login": "mas[bot]"}, "name": "mas[bot]"}
    assert found["ref"]["target"]["history"]["totalCount"] == 2
    (shown,) = found["pullRequests"]["nodes"]
    bot = {"__typename": "Bot", "login": "mas", "databaseId": here.app.bot.id}
    assert (shown["number"], shown["state"], shown["author"]) == (1, "OPEN", bot)
    assert shown["comments"]["nodes"][0]["author"]["login"] == "maria"
    assert (found["readme"]["text"], found["missing"]) == ("# Sample\n", None)
    assert [e["name"] for e in found["root"]["entries"]] == ["README.md", "src"]
    assert data["viewer"]["login"] == "mas[bot]"


async def test_what_does_not_stand_is_null(here: Scene) -> None:
    found = (await here.graphql(OBSERVE, branch="none"))["data"]["repository"]
    assert (found["ref"], found["pullRequests"]) == (None, {"totalCount": 0, "nodes": []})


async def test_merged_is_a_state_of_its_own(here: Scene) -> None:
    here.sandbox.merge(await here.pull("docs"), by="maria")
    found = (await here.graphql(OBSERVE, branch="docs"))["data"]["repository"]["pullRequests"]["nodes"]
    assert [(p["state"], p["merged"]) for p in found] == [("MERGED", True)]


async def test_pages_follow_each_other_by_cursor(here: Scene) -> None:
    for name in ("one", "two", "three"):
        await here.pull(name)
    query = """query($after: String) { repository(owner: "octo", name: "sample") {
      pullRequests(first: 2, after: $after) { nodes { number } pageInfo { hasNextPage endCursor } } } }"""
    first = (await here.graphql(query))["data"]["repository"]["pullRequests"]
    second = (await here.graphql(query, after=first["pageInfo"]["endCursor"]))["data"]["repository"]["pullRequests"]
    assert [[n["number"] for n in page["nodes"]] for page in (first, second)] == [[1, 2], [3]]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second)] == [True, False]


# ------------------------------------------------------------------ refusals


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
async def test_a_refusal_has_its_type_beside_the_message(here: Scene, query: str, kind: str, words: str) -> None:
    answer = await here.graphql(query)
    (error,) = answer["errors"]
    assert (error["type"], words in error["message"]) == (kind, True)


async def test_a_wrong_query_is_refused_with_200(here: Scene) -> None:
    answer = await here.api("POST", f"{here.sandbox.url}/api/graphql", {"query": "{ viewer { logni } }"})
    assert (answer.status, "data" in answer.body) == (200, False)
    assert answer.body["errors"][0]["message"].startswith("Field 'logni' doesn't exist on type 'User'")
    here.exchanges.clear()  # it was wrong on purpose


async def test_nobody_is_let_in(here: Scene) -> None:
    answer = await here.api("POST", f"{here.sandbox.url}/api/graphql", {"query": REPOSITORY_ID}, token="")
    assert answer.status == 401


# ------------------------------------------------------------------ commits


async def test_a_commit_is_made_where_its_head_is_expected(here: Scene) -> None:
    head = here.repository.announced_refs["refs/heads/main"]
    made = (await here.graphql(COMMIT, input=on_main(head)))["data"]["createCommitOnBranch"]

    assert made["commit"]["message"] == "Docs\n\nBecause."
    assert made["commit"]["author"]["user"]["login"] == "mas[bot]"
    assert made["commit"]["signature"] == {"isValid": True, "wasSignedByGitHub": True}
    assert (made["ref"]["name"], made["ref"]["target"]["oid"]) == ("main", made["commit"]["oid"])
    bare = here.repository.git.path
    assert await git("show", "main:docs/a.md", cwd=bare) == "Grüße"
    assert await git("ls-tree", "-r", "--name-only", "main", cwd=bare) == "README.md\ndocs/a.md"
    pushed = await here.last("push")
    assert (pushed["before"], pushed["after"], pushed["sender"]["type"]) == (head, made["commit"]["oid"], "Bot")
    rest = (await here.api("GET", f"{REPO}/git/commits/{made['commit']['oid']}")).body
    assert rest["verification"]["verified"] is True


async def test_a_commit_on_a_moved_head_is_refused_and_changes_nothing(here: Scene) -> None:
    head = here.repository.announced_refs["refs/heads/main"]
    other = await here.branch("other")
    answer = await here.graphql(COMMIT, input=on_main(other))
    assert answer["data"] == {"createCommitOnBranch": None}
    assert answer["errors"] == [
        {
            "type": "STALE_DATA",
            "path": ["createCommitOnBranch"],
            "locations": [{"line": 3, "column": 3}],
            "message": f'Expected branch to point to "{other}" but it did not.  Pull and try again.',
        }
    ]
    assert here.repository.git.refs()["refs/heads/main"] == head


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
async def test_a_wrong_commit_is_refused(here: Scene, change: dict[str, Any], kind: str) -> None:
    head = here.repository.announced_refs["refs/heads/main"]
    answer = await here.graphql(COMMIT, input=on_main(head, **change))
    assert answer["errors"][0]["type"] == kind
    assert here.repository.git.refs()["refs/heads/main"] == head


async def test_a_token_that_may_only_read_commits_nothing(here: Scene) -> None:
    token = await here.new_token(permissions={"contents": "read"})
    head = here.repository.announced_refs["refs/heads/main"]
    (error,) = (await here.graphql(COMMIT, token=token, input=on_main(head)))["errors"]
    assert (error["type"], error["message"]) == ("FORBIDDEN", "Resource not accessible by integration")


# ------------------------------------------------------------------ references


async def test_references_move_all_together_or_not_at_all(here: Scene) -> None:
    main, docs = here.repository.announced_refs["refs/heads/main"], await here.branch("docs")
    updates = [
        {"name": "refs/heads/new", "beforeOid": "0" * 40, "afterOid": main},
        {"name": "refs/heads/docs", "beforeOid": main, "afterOid": main, "force": True},
    ]
    identity = await repository_id(here)
    refused = await here.graphql(UPDATE_REFS, id=identity, updates=updates)
    assert refused["data"] == {"updateRefs": None}
    assert "refs/heads/new" not in here.repository.git.refs()

    updates[1]["beforeOid"] = docs
    assert "errors" not in await here.graphql(UPDATE_REFS, id=identity, updates=updates)
    refs = here.repository.git.refs()
    assert (refs["refs/heads/new"], refs["refs/heads/docs"]) == (main, main)


@pytest.mark.parametrize("force", [True, False])
async def test_a_reference_is_rewound_only_by_force(here: Scene, force: bool) -> None:
    main, docs = here.repository.announced_refs["refs/heads/main"], await here.branch("docs")
    update = {"name": "refs/heads/docs", "beforeOid": docs, "afterOid": main, "force": force}
    answer = await here.graphql(UPDATE_REFS, id=await repository_id(here), updates=[update])
    assert ("errors" in answer) is not force
    assert here.repository.git.refs()["refs/heads/docs"] == (main if force else docs)


async def test_a_reference_is_made_once_and_deleted(here: Scene) -> None:
    create = """mutation($id: ID!, $oid: GitObjectID!) {
      createRef(input: {repositoryId: $id, name: "refs/heads/new", oid: $oid}) { ref { id name } } }"""
    head, identity = here.repository.announced_refs["refs/heads/main"], await repository_id(here)
    made = await here.graphql(create, id=identity, oid=head)
    again = await here.graphql(create, id=identity, oid=head)
    assert again["errors"][0]["message"] == 'A ref named "refs/heads/new" already exists in the repository.'
    delete = "mutation($id: ID!) { deleteRef(input: {refId: $id}) { clientMutationId } }"
    await here.graphql(delete, id=made["data"]["createRef"]["ref"]["id"])
    assert "refs/heads/new" not in here.repository.git.refs()


async def test_a_comment_is_hidden_with_its_reason(here: Scene) -> None:
    await here.pull()
    said = (await here.api("POST", f"{REPO}/issues/1/comments", {"body": "Old news"})).body
    hide = """mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) {
      minimizedComment { isMinimized minimizedReason } } }"""
    hidden = (await here.graphql(hide, id=said["node_id"]))["data"]["minimizeComment"]["minimizedComment"]
    assert hidden == {"isMinimized": True, "minimizedReason": "outdated"}
