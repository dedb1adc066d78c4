"""References move: pushes are told, pull requests and checks follow."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from github_sandbox.activity.acts import Acts
from github_sandbox.activity.checks import Checks
from github_sandbox.activity.pulls import Pulls
from github_sandbox.git import ZERO, Commit, RefChange, Signature
from github_sandbox.payloads.commits import push_commit
from github_sandbox.payloads.repositories import page_url
from github_sandbox.state import Account, Repository, World
from github_sandbox.webhooks import Webhooks

_PUSH_COMMITS = 2048
_PUSH_TAGS = 3
_WEB = ("GitHub", "noreply@github.com")
_KINDS = {"refs/heads/": "branch", "refs/tags/": "tag"}


class References(Acts):
    """Branches, tags, and the commits that GitHub itself makes."""

    def __init__(self, world: World, webhooks: Webhooks, pulls: Pulls, checks: Checks) -> None:
        super().__init__(world, webhooks)
        self._pulls = pulls
        self._checks = checks

    def commit(
        self,
        repository: Repository,
        tree: str,
        parents: Sequence[str],
        message: str,
        author: Account,
        *,
        on_the_web: bool = False,
    ) -> Commit:
        """A commit that GitHub makes and, for an App's bot, signs; no branch moves to it."""
        own = Signature(author.login, author.email, self._world.now())
        committer = Signature(*_WEB, own.date) if on_the_web else own
        oid = repository.git.write_commit(tree, parents, message, own, committer)
        if author.kind == "Bot" or on_the_web:
            repository.verified.add(oid)
        return repository.git.commit(oid)

    def move(self, repository: Repository, changes: Sequence[RefChange], by: Account) -> None:
        """Move references all or none. Raises `GitError` when one does not stand as the change expects."""
        repository.git.move(changes)
        self.announce(repository, by, [change.name for change in changes])

    def announce(self, repository: Repository, by: Account, names: Collection[str] | None = None) -> None:
        """Tell of branches and tags that differ from what was last told: these, or all."""
        standing = {n: o for n, o in repository.git.refs().items() if n.startswith(tuple(_KINDS))}
        told = dict(repository.announced)
        moved = [n for n in sorted(names or {*standing, *told}) if standing.get(n) != told.get(n)]
        quiet_tags = sum(name.startswith("refs/tags/") for name in moved) > _PUSH_TAGS
        for name in moved:
            repository.announced.pop(name, None)
            if name in standing:
                repository.announced[name] = standing[name]
        for name in moved:
            before, after = told.get(name, ZERO), standing.get(name, ZERO)
            if not (quiet_tags and name.startswith("refs/tags/")):
                self._push(repository, name, before, after, by)
                self._come_or_gone(repository, name, before, after, by)
            if name.startswith("refs/heads/"):
                branch = name.removeprefix("refs/heads/")
                self._pulls.follow(repository, branch, before, by)
                if after != ZERO:
                    self._checks.request_suites(repository, branch, after, by)

    def _push(self, repository: Repository, name: str, before: str, after: str, by: Account) -> None:
        git, repository.pushed_at = repository.git, self._world.now()
        others = [f"^{oid}" for ref, oid in repository.announced.items() if ref != name and oid != after]
        span = [after, *(others if before == ZERO else [f"^{before}"])]
        commits = [] if after == ZERO else git.history(*span, limit=_PUSH_COMMITS)
        head = None if after == ZERO else git.commit(git.resolve(after) or after)
        ends = f"{before[:12]}...{after[:12]}" if ZERO not in (before, after) else (after if after != ZERO else before)
        payload = {
            "ref": name,
            "before": before,
            "after": after,
            "created": before == ZERO,
            "deleted": after == ZERO,
            "forced": ZERO not in (before, after) and not git.contains(after, before),
            "base_ref": None,
            "compare": f"{page_url(self._world, repository)}/compare/{ends}",
            "commits": [push_commit(self._world, repository, commit) for commit in reversed(commits)],
            "head_commit": push_commit(self._world, repository, head) if head else None,
            "pusher": {"name": by.login, "email": by.email},
        }
        self._webhooks.repository_event("push", repository, by, payload)

    def _come_or_gone(self, repository: Repository, name: str, before: str, after: str, by: Account) -> None:
        """Tell of a branch or tag that is new, or no more."""
        if ZERO not in (before, after):
            return
        prefix = next(prefix for prefix in _KINDS if name.startswith(prefix))
        told = {"ref": name.removeprefix(prefix), "ref_type": _KINDS[prefix], "pusher_type": "user"}
        if after == ZERO:
            self._webhooks.repository_event("delete", repository, by, told)
        else:
            made = told | {"master_branch": repository.default_branch, "description": None}
            self._webhooks.repository_event("create", repository, by, made)
