"""Create, move and delete branches by GitHub's own compare-and-swap."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from bot.domain import ActionResult, CommitFiles, DeleteBranch, PublishBranch
from bot.errors import Bug, ConflictError
from bot.github import errors, queries, responses, write_policy
from bot.github.forge.calls import RepositoryClient

_NULL_OID = "0" * 40
_REGULAR_FILE_MODE = "100644"
_FILE_MODES = (_REGULAR_FILE_MODE, "100755")


@dataclass(frozen=True, slots=True)
class Branches:
    """The branches of a repository."""

    _client: RepositoryClient

    async def commit(self, action: CommitFiles) -> ActionResult:
        """Add one commit to a person's branch, signed by GitHub, which checks that the branch has not moved."""
        write_policy.check_files(action.files)
        state = await self._fetch_branch(action.branch)
        if existing := self._find_existing(action, state, parent=action.expected):
            return existing
        headline, _, body = action.message.partition("\n\n")
        additions = [
            {"path": path, "contents": base64.b64encode(text.encode()).decode()} for path, text in action.files.items()
        ]
        variables = {
            "repository": f"{self._client.owner}/{self._client.repository.name}",
            "branch": action.branch,
            "expected": action.expected,
            "headline": headline,
            "body": body,
            "additions": additions,
        }
        response = await self._client.graphql(queries.COMMIT_MUTATION, variables)
        commit = responses.parse(responses.CreateCommitResponse, response).commit
        return ActionResult("done", f"{action.branch} is at {commit.oid[:9]}", commit.url)

    async def publish(self, action: PublishBranch) -> ActionResult:
        """Create a tree and a signed commit by REST, then move the branch by one compare-and-swap."""
        write_policy.check_branch(action.branch)
        write_policy.check_files(action.files)
        state = await self._fetch_branch(action.branch)
        if existing := self._find_existing(action, state, parent=action.onto):
            return existing
        tree = await self._create_tree(action)
        # No author: GitHub signs a commit for the App only without one.
        data = {"message": action.message, "tree": tree, "parents": [action.onto]}
        response = await self._client.rest("POST", "/repos/{owner}/{repo}/git/commits", data, idempotent=True)
        commit = responses.parse(responses.GitObject, response)
        await self._compare_and_swap(state.id, action.branch, action.expected or _NULL_OID, commit.sha)
        return ActionResult("done", f"{action.branch} is at {commit.sha[:9]}", commit.html_url)

    def _find_existing(
        self, action: CommitFiles | PublishBranch, state: responses.BranchResponse, parent: str
    ) -> ActionResult | None:
        """Return a result if the branch already has this commit, else check that its head is the expected one."""
        if responses.plan_digest(action.message) != action.digest:
            raise Bug("the commit's message lacks the digest by which it is found")
        if state.branch and state.branch.is_child_of(parent):
            branch = state.branch.to_branch(action.branch, self._client.bot_login)
            if branch.ours and branch.digest == action.digest:
                return ActionResult("already", f"{action.branch} is at {branch.oid[:9]}")
        _check_head(action.branch, state, action.expected)
        return None

    async def _create_tree(self, action: PublishBranch) -> str:
        """Create the tree of `onto` with the action's files, keeping the mode of existing ones."""
        folders = sorted({path.rpartition("/")[0] for path in action.files})
        query, variables = queries.tree_query(action.onto, folders)
        response = await self._client.graphql(query, {**self._client.query_variables, **variables})
        tree = responses.parse(responses.TreeResponse, responses.extract_repository(response))
        if tree.commit is None:
            raise ConflictError(f"The commit {action.onto[:9]} no longer exists.", transient=False)
        entries = []
        for path, text in action.files.items():
            folder, _, name = path.rpartition("/")
            mode = tree.mode(folders.index(folder), name) or _REGULAR_FILE_MODE
            if mode not in _FILE_MODES:
                raise Bug(f"{path} is not a regular file at {action.onto[:9]}")
            entries.append({"path": path, "mode": mode, "type": "blob", "content": text})
        data = {"base_tree": tree.commit.tree.oid, "tree": entries}
        response = await self._client.rest("POST", "/repos/{owner}/{repo}/git/trees", data, idempotent=True)
        return responses.parse(responses.GitObject, response).sha

    async def delete(self, action: DeleteBranch) -> ActionResult:
        write_policy.check_branch(action.branch)
        state = await self._fetch_branch(action.branch)
        if state.branch is None:
            return ActionResult("already", f"{action.branch} does not exist")
        _check_head(action.branch, state, action.expected)
        await self._compare_and_swap(state.id, action.branch, action.expected, _NULL_OID)
        return ActionResult("done", f"{action.branch} was deleted")

    async def _fetch_branch(self, branch: str) -> responses.BranchResponse:
        response = await self._client.graphql(
            queries.BRANCH_QUERY, {**self._client.query_variables, "ref": branch_ref(branch)}
        )
        return responses.parse(responses.BranchResponse, responses.extract_repository(response))

    async def _compare_and_swap(self, repository: str, branch: str, before: str, after: str) -> None:
        """Move a branch if it is still at `before`. An id of zeros means that the branch does not exist.

        GitHub does not document its error for a lost race, and a lost response may hide a successful swap. So after
        any rejection, compare the branch's current head.
        """
        variables = {"repositoryId": repository, "ref": branch_ref(branch), "before": before, "after": after}
        try:
            await self._client.graphql(queries.UPDATE_REFS_MUTATION, variables)
        except (errors.Refused, ConflictError):
            head = _head_oid(await self._fetch_branch(branch))
            if head == after:
                return
            if head != before:
                raise ConflictError(f"{branch} has moved to {head[:9]}.", transient=False) from None
            raise


def branch_ref(branch: str) -> str:
    return f"refs/heads/{branch}"


def _head_oid(state: responses.BranchResponse) -> str:
    return state.branch.target.oid if state.branch else _NULL_OID


def _check_head(branch: str, state: responses.BranchResponse, expected: str | None) -> None:
    head = _head_oid(state)
    if head != (expected or _NULL_OID):
        raise ConflictError(f"{branch} is at {head[:9]}, not at {(expected or _NULL_OID)[:9]}.", transient=False)
