"""Branches and tags: pushes, and what follows from them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from github_sandbox.activity.base import ActivityBase
from github_sandbox.activity.checks import Checks
from github_sandbox.activity.pulls import Pulls
from github_sandbox.git import ZERO, Commit, RefChange, Signature
from github_sandbox.payloads.commits import push_commit
from github_sandbox.payloads.repositories import page_url
from github_sandbox.state import Account, Repository, World
from github_sandbox.webhooks import Webhooks

_MAX_PUSH_COMMITS = 2048
_MAX_PUSH_TAGS = 3
_GITHUB_COMMITTER = ("GitHub", "noreply@github.com")
_KINDS = {"refs/heads/": "branch", "refs/tags/": "tag"}


class References(ActivityBase):
    """Actions on branches and tags, and the commits that GitHub creates."""

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
        via_web: bool = False,
    ) -> Commit:
        """Create a commit without moving a branch. GitHub signs it for bots and, as committer, with `via_web`."""
        signature = Signature(author.login, author.email, self._world.now())
        committer = Signature(*_GITHUB_COMMITTER, signature.date) if via_web else signature
        oid = repository.git.write_commit(tree, parents, message, signature, committer)
        if author.kind == "Bot" or via_web:
            repository.verified_commits.add(oid)
        return repository.git.commit(oid)

    def move(self, repository: Repository, changes: Sequence[RefChange], by: Account) -> None:
        """Update references atomically. Raises `GitError` if one differs from its expected object."""
        repository.git.move(changes)
        self.announce(repository, by, [change.name for change in changes])

    def announce(self, repository: Repository, by: Account, names: Collection[str] | None = None) -> None:
        """Send events for branches and tags (`names`, or all) that changed since they were last announced."""
        current = {n: o for n, o in repository.git.refs().items() if n.startswith(tuple(_KINDS))}
        previous = dict(repository.announced_refs)
        changed = [n for n in sorted(names or {*current, *previous}) if current.get(n) != previous.get(n)]
        skip_tags = sum(name.startswith("refs/tags/") for name in changed) > _MAX_PUSH_TAGS
        for name in changed:
            repository.announced_refs.pop(name, None)
            if name in current:
                repository.announced_refs[name] = current[name]
        for name in changed:
            before, after = previous.get(name, ZERO), current.get(name, ZERO)
            if not (skip_tags and name.startswith("refs/tags/")):
                self._send_push(repository, name, before, after, by)
                self._send_create_or_delete(repository, name, before, after, by)
            if name.startswith("refs/heads/"):
                branch = name.removeprefix("refs/heads/")
                self._pulls.follow_branch(repository, branch, before, by)
                if after != ZERO:
                    self._checks.request_suites(repository, branch, after, by)

    def _send_push(self, repository: Repository, name: str, before: str, after: str, by: Account) -> None:
        git, repository.pushed_at = repository.git, self._world.now()
        excluded = [f"^{oid}" for ref, oid in repository.announced_refs.items() if ref != name and oid != after]
        span = [after, *(excluded if before == ZERO else [f"^{before}"])]
        commits = [] if after == ZERO else git.history(*span, limit=_MAX_PUSH_COMMITS)
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

    def _send_create_or_delete(self, repository: Repository, name: str, before: str, after: str, by: Account) -> None:
        """Send `create` or `delete` for a new or deleted branch or tag."""
        if ZERO not in (before, after):
            return
        prefix = next(prefix for prefix in _KINDS if name.startswith(prefix))
        payload: dict[str, str | None] = {
            "ref": name.removeprefix(prefix),
            "ref_type": _KINDS[prefix],
            "pusher_type": "user",
        }
        if after == ZERO:
            self._webhooks.repository_event("delete", repository, by, payload)
        else:
            payload |= {"master_branch": repository.default_branch, "description": None}
            self._webhooks.repository_event("create", repository, by, payload)
