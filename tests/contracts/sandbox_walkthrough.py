"""A walkthrough of everything that the sandbox serves and sends: each call and each webhook at least once."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from github_sandbox import Issue, PullRequest, Repository, Sandbox

REPOSITORY = "/repos/octo/sample"
BRANCH = "mas/docs/main"

READ_ALL = """
query($pull: Int!, $issue: Int!, $comment: ID!, $app: Int!) {
  viewer { login databaseId id url }
  rateLimit { cost limit nodeCount remaining resetAt used }
  node(id: $comment) { __typename id ... on IssueComment {
    body isMinimized minimizedReason viewerDidAuthor authorAssociation
    reactionGroups { content viewerHasReacted reactors(first: 2) { totalCount nodes { ... on Bot { login } } } }
    reactions(first: 5, content: EYES) { totalCount nodes { id databaseId content createdAt user { login } } }
  } }
  repository(owner: "octo", name: "sample") {
    id databaseId name nameWithOwner isPrivate isArchived isFork url owner { __typename login id url } parent { name }
    defaultBranchRef { id name prefix target { __typename oid abbreviatedOid ... on Commit {
      message messageHeadline messageBody authoredDate committedDate committedViaWeb url
      author { name email date user { login } } signature { isValid state wasSignedByGitHub email }
      parents(first: 2) { totalCount nodes { oid } }
      history(first: 1) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { oid } }
      tree { oid entries { name mode type oid object { __typename ... on Blob { text byteSize isBinary } } } }
      statusCheckRollup { state contexts(first: 5) { totalCount nodes { __typename ... on CheckRun { name } } } }
      checkSuites(first: 5, filterBy: {appId: $app, checkName: "mas"}) { totalCount nodes {
        id databaseId status conclusion createdAt updatedAt app { id databaseId name slug } repository { name }
        checkRuns(first: 5, filterBy: {checkName: "mas", checkType: LATEST}) { nodes {
          id databaseId name status conclusion externalId startedAt completedAt title summary text url permalink
          detailsUrl annotations(first: 5) { nodes {
            path message title rawDetails annotationLevel blobUrl location { start { line column } end { line } }
          } }
        } }
      } }
    } } }
    ref(qualifiedName: "refs/heads/none") { id }
    label(name: "docs") { id name color description }
    labels(first: 5) { totalCount nodes { name } }
    issue(number: $issue) {
      id databaseId number title body state stateReason closed closedAt createdAt updatedAt url authorAssociation
      author { login } labels(first: 5) { nodes { name } } assignees(first: 5) { nodes { login } }
      comments(last: 1) { nodes { author { login } body } } reactionGroups { content } repository { name }
    }
    issues(first: 5, states: [OPEN], labels: ["docs"], filterBy: {createdBy: "ann"}) { totalCount nodes { number } }
    issueOrPullRequest(number: $pull) { __typename ... on PullRequest { number } ... on Issue { number } }
    pullRequest(number: $pull) {
      id number title body state isDraft merged mergedAt closed closedAt createdAt updatedAt url
      author { __typename login ... on Bot { databaseId } } mergedBy { login } repository { name }
      baseRef { name } baseRefName baseRefOid headRef { name } headRefName headRefOid mergeable isCrossRepository
      headRepository { nameWithOwner } headRepositoryOwner { login } authorAssociation
      labels(first: 5) { totalCount nodes { id name color } } assignees(first: 5) { totalCount }
      reviewRequests(first: 5) { totalCount nodes { id requestedReviewer { __typename ... on User { login } } } }
      comments(first: 1) { totalCount pageInfo { hasNextPage } nodes { id databaseId body author { login } createdAt } }
      commits(last: 1) { totalCount nodes { id url commit { oid } } }
      files(first: 5) { totalCount nodes { path additions deletions changeType } }
      reactions(first: 5) { totalCount } reactionGroups { content }
      statusCheckRollup { id state contexts(first: 5) { nodes { ... on CheckRun { checkSuite { app { slug } } } } } }
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
  unminimizeComment(input: {subjectId: $id}) { unminimizedComment { isMinimized } }
}"""
REACT = """
mutation($id: ID!) {
  addReaction(input: {subjectId: $id, content: ROCKET}) {
    reaction { content } subject { id } reactionGroups { content viewerHasReacted }
  }
  removeReaction(input: {subjectId: $id, content: ROCKET}) { reaction { content user { login } } subject { id } }
}"""
THREADS = """
query($pull: Int!) { repository(owner: "octo", name: "sample") { pullRequest(number: $pull) {
  reviews(first: 5, states: [COMMENTED, APPROVED]) { totalCount nodes {
    id databaseId author { login } body state submittedAt url
  } }
  reviewThreads(first: 50) { totalCount nodes {
    id path line startLine originalLine originalStartLine diffSide subjectType isResolved isOutdated
    resolvedBy { login } viewerCanResolve repository { name }
    comments(first: 5) { totalCount nodes {
      id databaseId body author { login } path line originalLine outdated diffHunk createdAt updatedAt url isMinimized
      minimizedReason replyTo { id } viewerDidAuthor authorAssociation reactionGroups { content } repository { name }
    } }
  } }
} } }"""
RESOLVE = """
mutation($id: ID!) {
  resolveReviewThread(input: {threadId: $id}) { thread { isResolved resolvedBy { login } } }
  unresolveReviewThread(input: {threadId: $id}) { thread { isResolved } }
}"""
DRAFT = """
mutation($id: ID!) {
  convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { isDraft } }
  markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } }
}"""


@dataclass
class Client:
    """An API client with one credential."""

    session: aiohttp.ClientSession
    sandbox: Sandbox
    credential: str = ""

    async def __call__(self, method: str, path: str, /, body: object = None, *, status: int = 0, **query: str) -> Any:
        """Call the API and return the JSON. `status` is the expected status; 0 accepts any success."""
        headers = {"Authorization": f"Bearer {self.credential}"} if self.credential else {}
        url = f"{self.sandbox.url}/api{path if path == '/graphql' else f'/v3{path}'}"
        async with self.session.request(method, url, json=body, params=query, headers=headers) as response:
            text = await response.text()
            assert response.status == status if status else response.status < 300, f"{method} {path}: {text}"
            return json.loads(text) if text else None

    async def graphql(self, query: str, **variables: object) -> Any:
        """Run a GraphQL operation and return its data. Fails on errors."""
        response = await self("POST", "/graphql", {"query": query, "variables": variables})
        assert "errors" not in response, response
        return response["data"]


@dataclass
class Scene:
    """A repository with one commit, and a client for each kind of caller."""

    sandbox: Sandbox
    head: str
    app: Client
    bot: Client
    person: Client
    anonymous: Client
    pull: int = 0
    issue: int = 0

    @property
    def repository(self) -> Repository:
        found = self.sandbox.world.repository("octo", "sample")
        assert found is not None
        return found

    @property
    def pull_request(self) -> PullRequest:
        return self.repository.pull_requests[self.pull]

    @property
    def opened(self) -> Issue:
        return self.repository.issues[self.issue]


# ------------------------------------------------------------------ App, repository, git


async def as_app(scene: Scene) -> None:
    [installation] = await scene.app("GET", "/app/installations", per_page="10")
    await scene.app("GET", "/app")
    await scene.app("GET", f"/app/installations/{installation['id']}")
    await scene.app("GET", f"{REPOSITORY}/installation")
    await scene.app("POST", f"/app/installations/{installation['id']}/access_tokens")
    await scene.sandbox.drain()
    [delivery] = await scene.app("GET", "/app/hook/deliveries", per_page="1")
    await scene.app("POST", f"/app/hook/deliveries/{delivery['id']}/attempts")
    await scene.bot("GET", "/installation/repositories", per_page="100")
    await scene.anonymous("POST", f"/app-manifests/{await register_app(scene)}/conversions")


async def register_app(scene: Scene) -> str:
    """Register an App by manifest and return its code."""
    manifest = {
        "name": "Other",
        "url": "https://example.com",
        "redirect_url": "http://127.0.0.1/back",
        "default_permissions": {"contents": "read"},
        "default_events": ["push"],
    }
    form, url = {"manifest": json.dumps(manifest)}, f"{scene.sandbox.url}/settings/apps/manifest"
    async with scene.anonymous.session.post(url, data=form, allow_redirects=False) as response:
        return response.headers["Location"].partition("code=")[2]


async def repository_data(scene: Scene) -> None:
    await scene.anonymous("GET", "/rate_limit")
    await scene.bot("GET", REPOSITORY)
    await scene.person("GET", REPOSITORY)
    await scene.bot("GET", f"{REPOSITORY}/collaborators/ann/permission")
    await scene.bot("GET", f"{REPOSITORY}/commits/main")
    await scene.bot("GET", f"{REPOSITORY}/commits", sha="main", path="README.md", per_page="1")
    await scene.bot("GET", f"{REPOSITORY}/contents/README.md", ref="main")


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
    created = {"message": "docs: new", "tree": tree["sha"], "parents": [scene.head]}
    docs = await scene.bot("POST", f"{data}/commits", created)
    await scene.bot("POST", f"{data}/refs", {"ref": f"refs/heads/{BRANCH}", "sha": docs["sha"]})
    await scene.bot("GET", f"{data}/ref/heads/{BRANCH}")
    await scene.bot("GET", f"{data}/matching-refs/heads/mas/")


# ------------------------------------------------------------------ issues, pull requests, comments


async def pull_requests(scene: Scene) -> None:
    request = {"title": "docs", "head": BRANCH, "base": "main", "body": "hi", "maintainer_can_modify": True}
    pull = await scene.bot("POST", f"{REPOSITORY}/pulls", request)
    scene.pull, path = pull["number"], f"{REPOSITORY}/pulls/{pull['number']}"
    await scene.bot("GET", f"{REPOSITORY}/pulls", state="open", head=f"octo:{BRANCH}", base="main", per_page="30")
    await scene.bot("PATCH", path, {"title": "docs: new", "body": "- [ ] rebase"})
    await scene.bot("PATCH", path, {"state": "closed"})
    await scene.bot("PATCH", path, {"state": "open"})
    await scene.bot("GET", path)
    await scene.bot("GET", f"{path}/files")
    await scene.bot("GET", f"{path}/commits")
    await scene.bot("GET", f"{REPOSITORY}/contents/docs", ref=BRANCH)
    await scene.bot("GET", f"{REPOSITORY}/compare/main...{BRANCH}")
    await scene.bot("GET", f"{REPOSITORY}/commits/{pull['head']['sha']}/pulls")
    await scene.bot("POST", f"{path}/requested_reviewers", {"reviewers": ["ann"]})
    await scene.bot("GET", f"{path}/requested_reviewers")
    await scene.bot("DELETE", f"{path}/requested_reviewers", {"reviewers": ["ann"]})
    await scene.bot("POST", f"{path}/requested_reviewers", {"reviewers": ["ann"]})
    tip = await scene.bot("GET", f"{REPOSITORY}/commits/{pull['head']['sha']}")
    amended = {"message": "docs: newer", "tree": tip["commit"]["tree"]["sha"], "parents": [tip["sha"]]}
    newer = await scene.bot("POST", f"{REPOSITORY}/git/commits", amended)
    await scene.bot("PATCH", f"{REPOSITORY}/git/refs/heads/{BRANCH}", {"sha": newer["sha"], "force": False})
    await scene.bot("GET", f"{REPOSITORY}/pulls")
    ann, pull_request = scene.sandbox.person("ann"), scene.pull_request
    ann.tick(pull_request, "rebase")
    ann.push(scene.repository, "next", {"README.md": "next\n"})
    ann.retarget(pull_request, "next")
    ann.retarget(pull_request, "main")
    ann.delete_branch(scene.repository, "next")


async def forks(scene: Scene) -> None:
    eve = scene.sandbox.person("eve")
    scene.repository.collaborators["eve"] = "read"
    fork = eve.fork(scene.repository)
    eve.push(fork, "fix", {"README.md": "hello world\n"})
    request = {"title": "fix", "head": "eve:fix", "base": "main"}
    theirs = await Client(scene.person.session, scene.sandbox, scene.sandbox.add_user("eve"))(
        "POST", f"{REPOSITORY}/pulls", request
    )
    eve.push(fork, "fix", {"README.md": "hello, world\n"})
    head = theirs["head"]["sha"]
    await scene.bot("GET", f"{REPOSITORY}/pulls", head="eve:fix")
    await scene.bot("GET", f"{REPOSITORY}/pulls/{theirs['number']}")
    await scene.bot("POST", f"{REPOSITORY}/check-runs", {"name": "mas", "head_sha": head, "conclusion": "skipped"})


async def issues(scene: Scene) -> None:
    created = await scene.bot("POST", f"{REPOSITORY}/issues", {"title": "broken", "body": "line 3", "labels": ["docs"]})
    path = f"{REPOSITORY}/issues/{created['number']}"
    await scene.bot("GET", f"{REPOSITORY}/issues", state="open", labels="docs", creator="mas[bot]", sort="updated")
    await scene.bot("GET", path)
    await scene.bot("PATCH", path, {"body": "line 4", "state": "closed", "state_reason": "completed", "labels": []})
    await scene.bot("PATCH", path, {"state": "open", "assignees": ["ann"]})
    ann = scene.sandbox.person("ann")
    scene.issue = ann.open_issue(scene.repository, "A question", "How?", ["docs"]).number
    ann.comment(scene.opened, "/mas help")
    ann.close(scene.opened)
    ann.reopen(scene.opened)


async def reviews(scene: Scene) -> None:
    path = f"{REPOSITORY}/pulls/{scene.pull}"
    on_line = {"path": "docs/new.md", "line": 1, "side": "RIGHT", "body": "Is it?"}
    request = {"event": "COMMENT", "body": "One thing", "comments": [on_line], "commit_id": scene.pull_request.head_oid}
    review = await scene.bot("POST", f"{path}/reviews", request)
    await scene.bot("GET", f"{path}/reviews")
    await scene.bot("GET", f"{path}/reviews/{review['id']}")
    await scene.bot("PUT", f"{path}/reviews/{review['id']}", {"body": "Two things"})
    one = {**on_line, "commit_id": scene.pull_request.head_oid}
    posted = await scene.bot("POST", f"{path}/comments", one)
    whole = {"path": "docs/text.md", "subject_type": "file", "body": "All of it", "commit_id": one["commit_id"]}
    await scene.bot("POST", f"{path}/comments", whole)
    await scene.bot("POST", f"{path}/comments/{posted['id']}/replies", {"body": "It is."})
    await scene.bot("GET", f"{path}/comments")
    comment = f"{REPOSITORY}/pulls/comments/{posted['id']}"
    await scene.bot("GET", comment)
    await scene.bot("PATCH", comment, {"body": "Is it so?"})
    eyes = await scene.bot("POST", f"{comment}/reactions", {"content": "eyes"}, status=201)
    await scene.bot("GET", f"{comment}/reactions")
    await scene.bot("DELETE", f"{comment}/reactions/{eyes['id']}")
    ann = scene.sandbox.person("ann")
    ann.reply(scene.pull_request.threads[0].comments[0], "/mas help")
    ann.review(scene.pull_request, "Good", "APPROVED")
    await scene.bot.graphql(MINIMIZE, id=posted["node_id"])
    threads = await scene.bot.graphql(THREADS, pull=scene.pull)
    [first, *_] = threads["repository"]["pullRequest"]["reviewThreads"]["nodes"]
    await scene.bot.graphql(RESOLVE, id=first["id"])
    await scene.bot("DELETE", comment)


async def comments(scene: Scene) -> None:
    thread = f"{REPOSITORY}/issues/{scene.pull}"
    posted = await scene.bot("POST", f"{thread}/comments", {"body": "I changed the docs."})
    question = await scene.person("POST", f"{thread}/comments", {"body": "/mas help"})
    comment = f"{REPOSITORY}/issues/comments/{posted['id']}"
    await scene.bot("GET", f"{thread}/comments")
    await scene.bot("GET", comment)
    await scene.bot("PATCH", comment, {"body": "I changed them again."})
    to = f"{REPOSITORY}/issues/comments/{question['id']}/reactions"
    eyes = await scene.bot("POST", to, {"content": "eyes"}, status=201)
    await scene.bot("POST", to, {"content": "eyes"}, status=200)
    await scene.bot("GET", to, content="eyes")
    await scene.bot("DELETE", f"{to}/{eyes['id']}")
    await scene.bot("DELETE", comment)


async def labels(scene: Scene) -> None:
    path = f"{REPOSITORY}/issues/{scene.pull}/labels"
    await scene.bot("POST", f"{REPOSITORY}/labels", {"name": "mas", "color": "0b5cad", "description": "by MAS"})
    await scene.bot("GET", f"{REPOSITORY}/labels")
    await scene.bot("GET", f"{REPOSITORY}/labels/mas")
    await scene.bot("POST", path, {"labels": ["docs", "mas"]})
    await scene.bot("GET", path)
    await scene.bot("DELETE", f"{path}/mas")
    await scene.bot("PUT", path, {"labels": ["mas"]})


# ------------------------------------------------------------------ checks


async def checks(scene: Scene) -> None:
    runs = f"{REPOSITORY}/check-runs"
    request = {"name": "mas", "head_sha": scene.head, "status": "in_progress", "external_id": "1"}
    run = await scene.bot("POST", runs, request)
    note = {"path": "README.md", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "stale"}
    output = {"title": "Docs", "summary": "One is stale", "annotations": [note]}
    actions = [{"label": "Apply", "description": "Commit the edits", "identifier": "apply"}]
    done = {"status": "completed", "conclusion": "neutral", "output": output, "actions": actions}
    await scene.bot("PATCH", f"{runs}/{run['id']}", done)
    await scene.bot("GET", f"{runs}/{run['id']}")
    await scene.bot("GET", f"{runs}/{run['id']}/annotations")
    await scene.bot("GET", f"{REPOSITORY}/commits/{scene.head}/check-runs", check_name="mas", filter="latest")
    sarif = base64.b64encode(gzip.compress(b'{"version": "2.1.0", "runs": []}')).decode()
    uploaded = {"commit_sha": scene.head, "ref": "refs/heads/main", "sarif": sarif}
    await scene.bot("POST", f"{REPOSITORY}/code-scanning/sarifs", uploaded)
    check, ann = scene.repository.check_runs[run["id"]], scene.sandbox.person("ann")
    ann.rerun(check)
    ann.click(check, "apply")
    ann.rerun_all(scene.repository, check.app, scene.head)


# ------------------------------------------------------------------ GraphQL


async def graphql(scene: Scene) -> None:
    [comment] = await scene.bot("GET", f"{REPOSITORY}/issues/{scene.pull}/comments")
    app = next(iter(scene.sandbox.world.apps))
    request = {"pull": scene.pull, "issue": scene.issue, "comment": comment["node_id"], "app": app}
    found = await scene.bot.graphql(READ_ALL, **request)
    repository = found["repository"]
    await scene.bot.graphql(MINIMIZE, id=comment["node_id"])
    await scene.bot.graphql(REACT, id=comment["node_id"])
    await scene.bot.graphql(REACT, id=repository["pullRequest"]["id"])
    await scene.bot.graphql(DRAFT, id=repository["pullRequest"]["id"])
    before = repository["pullRequest"]["headRefOid"]
    created = await scene.bot.graphql(COMMIT, head=before)
    moved = {"before": created["createCommitOnBranch"]["commit"]["oid"], "after": before}
    await scene.bot.graphql(UPDATE_REFS, id=repository["id"], **moved)
    passing = await scene.bot.graphql(CREATE_REF, id=repository["id"], oid=scene.head)
    await scene.bot.graphql(DELETE_REF, id=passing["createRef"]["ref"]["id"])


# ------------------------------------------------------------------ owner


async def merge_queue(scene: Scene) -> None:
    ann, octo = scene.sandbox.person("ann"), scene.sandbox.owner()
    for name, reason in (("one", "merged"), ("two", "invalidated")):
        ann.push(scene.repository, name, {f"{name}.md": name})
        octo.leave_queue(octo.enqueue(ann.open_pull(scene.repository, name)), reason)  # type: ignore[arg-type]


async def repository_changes(scene: Scene) -> None:
    octo, repository = scene.sandbox.owner(), scene.repository
    octo.rename(repository, "renamed")
    await scene.bot("GET", REPOSITORY)
    await scene.bot("GET", f"{REPOSITORY}/pulls", state="open")
    await scene.bot("POST", f"{REPOSITORY}/labels", {"name": "moved"})
    octo.rename(repository, "sample")
    octo.archive(repository)
    await scene.bot("POST", f"{REPOSITORY}/labels", {"name": "late"}, status=403)
    octo.unarchive(repository)
    octo.publicize(repository)
    octo.privatize(repository)
    octo.rename_branch(repository, "main", "trunk")
    octo.rename_branch(repository, "trunk", "main")


# ------------------------------------------------------------------ errors and closing


async def errors(scene: Scene) -> None:
    request = {"title": "docs", "head": "none", "base": "main"}
    await scene.bot("POST", f"{REPOSITORY}/pulls", request, status=422)
    await scene.bot("POST", f"{REPOSITORY}/git/refs", {"ref": "refs/heads/main", "sha": scene.head}, status=422)
    await scene.bot("GET", f"{REPOSITORY}/pulls/999", status=404)
    await scene.anonymous("GET", REPOSITORY, status=404)
    await scene.anonymous("GET", "/app", status=401)
    await scene.anonymous("POST", "/graphql", {"query": "{ viewer { login } }"}, status=401)
    await scene.person("POST", f"{REPOSITORY}/check-runs", {"name": "mas", "head_sha": scene.head}, status=403)
    stale = {"query": COMMIT, "variables": {"head": "0" * 40}}
    assert (await scene.bot("POST", "/graphql", stale))["errors"]


async def closing(scene: Scene) -> None:
    path = f"{REPOSITORY}/pulls/{scene.pull}"
    await scene.person("PUT", f"{path}/merge", {"merge_method": "merge"})
    await scene.bot("GET", path)
    await scene.bot("DELETE", f"{REPOSITORY}/git/refs/heads/{BRANCH}")
    [installation] = await scene.app("GET", "/app/installations")
    other = scene.sandbox.create_repository("octo", "other")
    scene.sandbox.change_repositories(installation["id"], added=[other])
    scene.sandbox.change_repositories(installation["id"], removed=[other])
    scene.sandbox.change_repositories(installation["id"], added=[other])
    scene.sandbox.owner().delete(other)
    scene.sandbox.suspend(installation["id"])
    scene.sandbox.unsuspend(installation["id"])
    scene.sandbox.accept_permissions(installation["id"])
    app, acme = next(iter(scene.sandbox.world.apps.values())), scene.sandbox.add_organization("acme")
    scene.sandbox.install(app, acme.login, [])
    scene.sandbox.owner().transfer(scene.repository, "acme")
    scene.sandbox.uninstall(installation["id"])
    await scene.sandbox.drain()
