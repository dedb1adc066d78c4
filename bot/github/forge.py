"""One repository on GitHub as the core's `Forge`: look in one query, write what is not there yet.

Every write looks first for what it would write, since a step that was cut off runs again; what it is
fenced by (a branch's head) is compared and swapped by GitHub itself, in one mutation.
"""

from __future__ import annotations

from functools import partial
from typing import Any, assert_never

from bot.domain import (
    Action,
    ClosePullRequest,
    Comment,
    DeleteBranch,
    DocsSubject,
    OpenPullRequest,
    Outcome,
    PublishBranch,
    Repository,
    Standing,
    UpdatePullRequest,
)
from bot.errors import Bug, Moved
from bot.github import answers, bounds, faults, queries
from bot.github.client import Installation
from bot.ports import Permission

_PULL = "/repos/{owner}/{repo}/pulls/{number}"
_PULLS = "/repos/{owner}/{repo}/pulls"
_ALL_PULLS = "/repos/{owner}/{repo}/pulls{?head,base,state}"
_COMMENTS = "/repos/{owner}/{repo}/issues/{number}/comments"
_COMMENT_PAGES = "/repos/{owner}/{repo}/issues/{number}/comments{?per_page}"

_ABSENT = "0" * 40
_FILE = "100644"
_FILE_MODES = (_FILE, "100755")


class GitHubForge:
    """A repository, seen and written by the App.

    Args:
        client: the installation's.
        repository: whose; tokens are narrowed to it.
        bot_login: the App's login, `slug[bot]`, by which it knows its own commits, pull requests and comments.
    """

    def __init__(self, client: Installation, repository: Repository, bot_login: str) -> None:
        self._repository = repository
        self._bot = bot_login
        scope = repository.tenant.repository_id
        self._send = partial(client.rest, repository_id=scope)
        self._pages = partial(client.pages, repository_id=scope)
        self._graphql = partial(client.graphql, repository_id=scope)

    async def permission(self, user: str) -> Permission:
        """The user's role; a custom role counts as the one that it extends. Nobody is `NONE`."""
        path = "/repos/{owner}/{repo}/collaborators/{username}/permission"
        try:
            return answers.read(answers.Role, await self._rest("GET", path, username=user)).level
        except faults.Refused as refused:
            if refused.status == 404:
                return Permission.NONE
            raise

    async def observe(self, subject: DocsSubject) -> Standing:
        """The base's head, our branch, and our newest pull requests (of the last 20 between the two), in one query."""
        variables = {
            **self._named(),
            "base": subject.base,
            "branch": subject.branch,
            "baseRef": _ref(subject.base),
            "ref": _ref(subject.branch),
        }
        answer = await self._graphql(queries.OBSERVE_QUERY, variables)
        seen = answers.read(answers.Observed, answers.repository(answer))
        return Standing(
            seen.base.target.oid if seen.base else None,
            seen.branch.branch(subject.branch, self._bot) if seen.branch else None,
            seen.pull_requests(self._bot),
        )

    async def apply(self, action: Action) -> Outcome:
        """Do one thing, or find it done.

        Raises:
            Moved: the branch is not where the action expects it.
            UserError: the App may not, or MAS would not, do it.
            RemoteError: GitHub did not do it.
        """
        match action:
            case PublishBranch():
                return await self._publish(action)
            case OpenPullRequest():
                return await self._open(action)
            case UpdatePullRequest():
                return await self._update(action)
            case Comment():
                return await self._comment(action)
            case ClosePullRequest():
                return await self._close(action)
            case DeleteBranch():
                return await self._delete(action)
            case never:
                assert_never(never)

    # -------------------------------------------------------------- branches

    async def _publish(self, action: PublishBranch) -> Outcome:
        """A tree and a commit by REST, signed by GitHub, then one compare-and-swap of the branch."""
        bounds.check_branch(action.branch)
        bounds.check_files(action.files)
        if answers.digest(action.message) != action.digest:
            raise Bug("the commit's message does not carry the digest that it is found by")
        standing = await self._standing(action.branch)
        if standing.branch and standing.branch.upon(action.onto):
            branch = standing.branch.branch(action.branch, self._bot)
            if branch.ours and branch.digest == action.digest:
                return Outcome("already", f"{action.branch} is at {branch.oid[:9]}")
        _expect(action.branch, standing, action.expected)
        tree = await self._write_tree(action)
        # No author: only then does GitHub sign the commit as the App's.
        data = {"message": action.message, "tree": tree, "parents": [action.onto]}
        made = await self._rest("POST", "/repos/{owner}/{repo}/git/commits", data, repeatable=True)
        commit = answers.read(answers.Made, made)
        await self._swap(standing.id, action.branch, action.expected or _ABSENT, commit.sha)
        return Outcome("done", f"{action.branch} is at {commit.sha[:9]}", commit.html_url)

    async def _write_tree(self, action: PublishBranch) -> str:
        """The tree of `onto` with the files in it, each with the mode that it has there."""
        folders = sorted({path.rpartition("/")[0] for path in action.files})
        query, variables = queries.tree_query(action.onto, folders)
        answer = await self._graphql(query, {**self._named(), **variables})
        there = answers.read(answers.Tree, answers.repository(answer))
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
        made = await self._rest("POST", "/repos/{owner}/{repo}/git/trees", data, repeatable=True)
        return answers.read(answers.Made, made).sha

    async def _delete(self, action: DeleteBranch) -> Outcome:
        bounds.check_branch(action.branch)
        standing = await self._standing(action.branch)
        if standing.branch is None:
            return Outcome("already", f"{action.branch} is gone")
        _expect(action.branch, standing, action.expected)
        await self._swap(standing.id, action.branch, action.expected, _ABSENT)
        return Outcome("done", f"{action.branch} was deleted")

    async def _standing(self, branch: str) -> answers.Standing:
        answer = await self._graphql(queries.BRANCH_QUERY, {**self._named(), "ref": _ref(branch)})
        return answers.read(answers.Standing, answers.repository(answer))

    async def _swap(self, repository: str, branch: str, before: str, after: str) -> None:
        """Move a branch if it is still at `before`; zeros stand for an absent branch.

        GitHub words a lost race in no documented way, and an answer that got lost may hide a swap that
        was made: so whatever it refuses, look where the branch is now.
        """
        variables = {"repositoryId": repository, "ref": _ref(branch), "before": before, "after": after}
        try:
            await self._graphql(queries.UPDATE_REFS_MUTATION, variables)
        except (faults.Refused, Moved):
            now = _oid(await self._standing(branch))
            if now == after:
                return
            if now != before:
                raise Moved(f"{branch} moved to {now[:9]} meanwhile.", transient=False) from None
            raise

    # -------------------------------------------------------------- pull requests

    async def _open(self, action: OpenPullRequest) -> Outcome:
        bounds.check_words(action.title, action.body)
        if there := await self._opened(action):
            return there
        data = {"title": action.title, "body": action.body, "head": action.branch, "base": action.base}
        try:
            pull = answers.read(answers.Pull, await self._rest("POST", _PULLS, data))
        except faults.Refused as refused:
            if refused.status == 422 and (there := await self._opened(action)):
                return there
            raise
        return Outcome("done", f"#{pull.number} was opened", pull.html_url)

    async def _opened(self, action: OpenPullRequest) -> Outcome | None:
        places = self._places(head=f"{self._repository.owner}:{action.branch}", base=action.base, state="all")
        pulls = [answers.read(answers.Pull, each) for each in await self._pages(_ALL_PULLS, places)]
        for pull in pulls:
            if pull.state == "open":
                return Outcome("already", f"#{pull.number} is open", pull.html_url)
            if pull.says(action.title, action.body):  # ours of a moment ago: what is opened anew was decided
                raise Moved(f"#{pull.number} was opened and closed meanwhile.", transient=False)
        return None

    async def _update(self, action: UpdatePullRequest) -> Outcome:
        bounds.check_words(action.title, action.body)
        pull = await self._pull(action.number)
        if pull.says(action.title, action.body):
            return Outcome("already", f"#{pull.number} says so", pull.html_url)
        if pull.state == "closed":  # new words in it would count as turned down, though nobody saw them
            raise Moved(f"#{pull.number} was closed meanwhile.", transient=False)
        await self._rest("PATCH", _PULL, {"title": action.title, "body": action.body}, number=str(pull.number))
        return Outcome("done", f"#{pull.number} was updated", pull.html_url)

    async def _close(self, action: ClosePullRequest) -> Outcome:
        pull = await self._pull(action.number)
        if pull.state == "closed":
            return Outcome("already", f"#{pull.number} is closed", pull.html_url)
        await self._rest("PATCH", _PULL, {"state": "closed"}, number=str(pull.number))
        return Outcome("done", f"#{pull.number} was closed", pull.html_url)

    async def _pull(self, number: int) -> answers.Pull:
        return answers.read(answers.Pull, await self._rest("GET", _PULL, number=str(number)))

    async def _comment(self, action: Comment) -> Outcome:
        body = action.body if action.marker in action.body else f"{action.body}\n\n{action.marker}"
        bounds.check_words("", body)
        number = str(action.number)
        for each in await self._pages(_COMMENT_PAGES, self._places(number=number, per_page="100")):
            comment = answers.read(answers.Said, each)
            if comment.carries(action.marker, self._bot):
                return Outcome("already", f"said on #{number}", comment.html_url)
        said = answers.read(answers.Said, await self._rest("POST", _COMMENTS, {"body": body}, number=number))
        return Outcome("done", f"said on #{number}", said.html_url)

    # -------------------------------------------------------------- calls

    async def _rest(
        self, method: str, path: str, data: Any = None, *, repeatable: bool | None = None, **places: str
    ) -> Any:
        body = {} if data is None else {"data": data}
        return await self._send(method, path, self._places(**places), repeatable=repeatable, **body)

    def _places(self, **places: str) -> dict[str, str]:
        return {"owner": self._repository.owner, "repo": self._repository.name, **places}

    def _named(self) -> dict[str, str]:
        return {"owner": self._repository.owner, "name": self._repository.name}


def _ref(branch: str) -> str:
    return f"refs/heads/{branch}"


def _oid(standing: answers.Standing) -> str:
    return standing.branch.target.oid if standing.branch else _ABSENT


def _expect(branch: str, standing: answers.Standing, expected: str | None) -> None:
    now = _oid(standing)
    if now != (expected or _ABSENT):
        raise Moved(f"{branch} is at {now[:9]}, not at {(expected or _ABSENT)[:9]}.", transient=False)
