"""Branches: made, moved and deleted by compare-and-swap, which GitHub itself does."""

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
        """One commit upon somebody's branch, signed by GitHub, which looks itself whether the branch has moved."""
        write_policy.check_files(action.files)
        standing = await self._fetch_branch(action.branch)
        if there := self._find_existing(action, standing, parent=action.expected):
            return there
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
        made = await self._client.graphql(queries.COMMIT_MUTATION, variables)
        commit = responses.parse(responses.CreateCommitResponse, made).commit
        return ActionResult("done", f"{action.branch} is at {commit.oid[:9]}", commit.url)

    async def publish(self, action: PublishBranch) -> ActionResult:
        """A tree and a commit by REST, signed by GitHub, then one compare-and-swap of the branch."""
        write_policy.check_branch(action.branch)
        write_policy.check_files(action.files)
        standing = await self._fetch_branch(action.branch)
        if there := self._find_existing(action, standing, parent=action.onto):
            return there
        tree = await self._create_tree(action)
        # No author: only then does GitHub sign the commit as the App's.
        data = {"message": action.message, "tree": tree, "parents": [action.onto]}
        made = await self._client.rest("POST", "/repos/{owner}/{repo}/git/commits", data, idempotent=True)
        commit = responses.parse(responses.GitObject, made)
        await self._compare_and_swap(standing.id, action.branch, action.expected or _NULL_OID, commit.sha)
        return ActionResult("done", f"{action.branch} is at {commit.sha[:9]}", commit.html_url)

    def _find_existing(
        self, action: CommitFiles | PublishBranch, state: responses.BranchResponse, parent: str
    ) -> ActionResult | None:
        """That the branch holds the commit already, made before; else it must be where the action expects it."""
        if responses.plan_digest(action.message) != action.digest:
            raise Bug("the commit's message does not carry the digest that it is found by")
        if state.branch and state.branch.is_child_of(parent):
            branch = state.branch.to_branch(action.branch, self._client.bot_login)
            if branch.ours and branch.digest == action.digest:
                return ActionResult("already", f"{action.branch} is at {branch.oid[:9]}")
        _check_head(action.branch, state, action.expected)
        return None

    async def _create_tree(self, action: PublishBranch) -> str:
        """The tree of `onto` with the files in it, each with the mode that it has there."""
        folders = sorted({path.rpartition("/")[0] for path in action.files})
        query, variables = queries.tree_query(action.onto, folders)
        answer = await self._client.graphql(query, {**self._client.query_variables, **variables})
        there = responses.parse(responses.TreeResponse, responses.extract_repository(answer))
        if there.commit is None:
            raise ConflictError(f"The commit {action.onto[:9]} is no longer there.", transient=False)
        entries = []
        for path, text in action.files.items():
            folder, _, name = path.rpartition("/")
            mode = there.mode(folders.index(folder), name) or _REGULAR_FILE_MODE
            if mode not in _FILE_MODES:
                raise Bug(f"{path} is no regular file at {action.onto[:9]}")
            entries.append({"path": path, "mode": mode, "type": "blob", "content": text})
        data = {"base_tree": there.commit.tree.oid, "tree": entries}
        made = await self._client.rest("POST", "/repos/{owner}/{repo}/git/trees", data, idempotent=True)
        return responses.parse(responses.GitObject, made).sha

    async def delete(self, action: DeleteBranch) -> ActionResult:
        write_policy.check_branch(action.branch)
        standing = await self._fetch_branch(action.branch)
        if standing.branch is None:
            return ActionResult("already", f"{action.branch} is gone")
        _check_head(action.branch, standing, action.expected)
        await self._compare_and_swap(standing.id, action.branch, action.expected, _NULL_OID)
        return ActionResult("done", f"{action.branch} was deleted")

    async def _fetch_branch(self, branch: str) -> responses.BranchResponse:
        answer = await self._client.graphql(
            queries.BRANCH_QUERY, {**self._client.query_variables, "ref": branch_ref(branch)}
        )
        return responses.parse(responses.BranchResponse, responses.extract_repository(answer))

    async def _compare_and_swap(self, repository: str, branch: str, before: str, after: str) -> None:
        """Move a branch if it is still at `before`; zeros stand for an absent branch.

        GitHub words a lost race in no documented way, and an answer that got lost may hide a swap that
        was made: so whatever it refuses, look where the branch is now.
        """
        variables = {"repositoryId": repository, "ref": branch_ref(branch), "before": before, "after": after}
        try:
            await self._client.graphql(queries.UPDATE_REFS_MUTATION, variables)
        except (errors.Refused, ConflictError):
            now = _head_oid(await self._fetch_branch(branch))
            if now == after:
                return
            if now != before:
                raise ConflictError(f"{branch} moved to {now[:9]} meanwhile.", transient=False) from None
            raise


def branch_ref(branch: str) -> str:
    return f"refs/heads/{branch}"


def _head_oid(state: responses.BranchResponse) -> str:
    return state.branch.target.oid if state.branch else _NULL_OID


def _check_head(branch: str, state: responses.BranchResponse, expected: str | None) -> None:
    now = _head_oid(state)
    if now != (expected or _NULL_OID):
        raise ConflictError(f"{branch} is at {now[:9]}, not at {(expected or _NULL_OID)[:9]}.", transient=False)
