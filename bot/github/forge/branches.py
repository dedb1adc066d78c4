"""Branches: made, moved and deleted by compare-and-swap, which GitHub itself does."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from bot.domain import CommitFiles, DeleteBranch, Outcome, PublishBranch
from bot.errors import Bug, Moved
from bot.github import errors, queries, responses, write_policy
from bot.github.forge.calls import Calls

_ABSENT = "0" * 40
_FILE = "100644"
_FILE_MODES = (_FILE, "100755")


@dataclass(frozen=True, slots=True)
class Branches:
    """The branches of a repository."""

    _calls: Calls

    async def commit(self, action: CommitFiles) -> Outcome:
        """One commit upon somebody's branch, signed by GitHub, which looks itself whether the branch has moved."""
        write_policy.check_files(action.files)
        standing = await self._standing(action.branch)
        if there := self._there(action, standing, upon=action.expected):
            return there
        headline, _, body = action.message.partition("\n\n")
        additions = [
            {"path": path, "contents": base64.b64encode(text.encode()).decode()} for path, text in action.files.items()
        ]
        variables = {
            "repository": f"{self._calls.owner}/{self._calls.repository.name}",
            "branch": action.branch,
            "expected": action.expected,
            "headline": headline,
            "body": body,
            "additions": additions,
        }
        made = await self._calls.graphql(queries.COMMIT_MUTATION, variables)
        commit = responses.read(responses.Committed, made).commit
        return Outcome("done", f"{action.branch} is at {commit.oid[:9]}", commit.url)

    async def publish(self, action: PublishBranch) -> Outcome:
        """A tree and a commit by REST, signed by GitHub, then one compare-and-swap of the branch."""
        write_policy.check_branch(action.branch)
        write_policy.check_files(action.files)
        standing = await self._standing(action.branch)
        if there := self._there(action, standing, upon=action.onto):
            return there
        tree = await self._write_tree(action)
        # No author: only then does GitHub sign the commit as the App's.
        data = {"message": action.message, "tree": tree, "parents": [action.onto]}
        made = await self._calls.rest("POST", "/repos/{owner}/{repo}/git/commits", data, repeatable=True)
        commit = responses.read(responses.Made, made)
        await self._swap(standing.id, action.branch, action.expected or _ABSENT, commit.sha)
        return Outcome("done", f"{action.branch} is at {commit.sha[:9]}", commit.html_url)

    def _there(self, action: CommitFiles | PublishBranch, standing: responses.Standing, upon: str) -> Outcome | None:
        """That the branch holds the commit already, made before; else it must be where the action expects it."""
        if responses.digest(action.message) != action.digest:
            raise Bug("the commit's message does not carry the digest that it is found by")
        if standing.branch and standing.branch.upon(upon):
            branch = standing.branch.branch(action.branch, self._calls.bot)
            if branch.ours and branch.digest == action.digest:
                return Outcome("already", f"{action.branch} is at {branch.oid[:9]}")
        _expect(action.branch, standing, action.expected)
        return None

    async def _write_tree(self, action: PublishBranch) -> str:
        """The tree of `onto` with the files in it, each with the mode that it has there."""
        folders = sorted({path.rpartition("/")[0] for path in action.files})
        query, variables = queries.tree_query(action.onto, folders)
        answer = await self._calls.graphql(query, {**self._calls.named, **variables})
        there = responses.read(responses.Tree, responses.repository(answer))
        if there.commit is None:
            raise Moved(f"The commit {action.onto[:9]} is no longer there.", transient=False)
        entries = []
        for path, text in action.files.items():
            folder, _, name = path.rpartition("/")
            mode = there.mode(folders.index(folder), name) or _FILE
            if mode not in _FILE_MODES:
                raise Bug(f"{path} is no regular file at {action.onto[:9]}")
            entries.append({"path": path, "mode": mode, "type": "blob", "content": text})
        data = {"base_tree": there.commit.tree.oid, "tree": entries}
        made = await self._calls.rest("POST", "/repos/{owner}/{repo}/git/trees", data, repeatable=True)
        return responses.read(responses.Made, made).sha

    async def delete(self, action: DeleteBranch) -> Outcome:
        write_policy.check_branch(action.branch)
        standing = await self._standing(action.branch)
        if standing.branch is None:
            return Outcome("already", f"{action.branch} is gone")
        _expect(action.branch, standing, action.expected)
        await self._swap(standing.id, action.branch, action.expected, _ABSENT)
        return Outcome("done", f"{action.branch} was deleted")

    async def _standing(self, branch: str) -> responses.Standing:
        answer = await self._calls.graphql(queries.BRANCH_QUERY, {**self._calls.named, "ref": ref(branch)})
        return responses.read(responses.Standing, responses.repository(answer))

    async def _swap(self, repository: str, branch: str, before: str, after: str) -> None:
        """Move a branch if it is still at `before`; zeros stand for an absent branch.

        GitHub words a lost race in no documented way, and an answer that got lost may hide a swap that
        was made: so whatever it refuses, look where the branch is now.
        """
        variables = {"repositoryId": repository, "ref": ref(branch), "before": before, "after": after}
        try:
            await self._calls.graphql(queries.UPDATE_REFS_MUTATION, variables)
        except (errors.Refused, Moved):
            now = _oid(await self._standing(branch))
            if now == after:
                return
            if now != before:
                raise Moved(f"{branch} moved to {now[:9]} meanwhile.", transient=False) from None
            raise


def ref(branch: str) -> str:
    return f"refs/heads/{branch}"


def _oid(standing: responses.Standing) -> str:
    return standing.branch.target.oid if standing.branch else _ABSENT


def _expect(branch: str, standing: responses.Standing, expected: str | None) -> None:
    now = _oid(standing)
    if now != (expected or _ABSENT):
        raise Moved(f"{branch} is at {now[:9]}, not at {(expected or _ABSENT)[:9]}.", transient=False)
