"""What happens in repositories: references move, pull requests follow them, people and Apps talk; webhooks tell.

Every way in (git, REST, GraphQL, the demo's own hand) ends here, so that the same act has the same consequences.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from bot.sandbox.git import ZERO, Commit, GitError, RefChange, Signature
from bot.sandbox.payloads import checks, conversations
from bot.sandbox.payloads.commits import push_commit
from bot.sandbox.payloads.repositories import page_url
from bot.sandbox.state import Account, App, CheckRun, Comment, PullRequest, Repository, World
from bot.sandbox.webhooks import Webhooks

_PUSH_COMMITS = 2048
_PUSH_TAGS = 3
_WEB = ("GitHub", "noreply@github.com")


class Activity:
    """Changes the world and tells of it."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self.world = world
        self._webhooks = webhooks

    # ------------------------------------------------------------------ references

    def move_refs(self, repository: Repository, changes: Sequence[RefChange], by: Account) -> None:
        """Move references all or none. Raises `GitError` when one does not stand as the change expects."""
        repository.git.move(changes)
        self.announce(repository, by, [change.name for change in changes])

    def announce(self, repository: Repository, by: Account, names: Collection[str] | None = None) -> None:
        """Tell of branches and tags that differ from what was last told: these, or all."""
        standing = {n: o for n, o in repository.git.refs().items() if n.startswith(("refs/heads/", "refs/tags/"))}
        told = dict(repository.announced)
        moved = [n for n in sorted(names or {*standing, *told}) if standing.get(n) != told.get(n)]
        quiet_tags = sum(name.startswith("refs/tags/") for name in moved) > _PUSH_TAGS
        for name in moved:
            repository.announced.pop(name, None)
            if name in standing:
                repository.announced[name] = standing[name]
        for name in moved:
            if not (quiet_tags and name.startswith("refs/tags/")):
                self._push(repository, name, told.get(name, ZERO), standing.get(name, ZERO), by)
            if name.startswith("refs/heads/"):
                self._follow(repository, name.removeprefix("refs/heads/"), told.get(name, ZERO), by)

    def _push(self, repository: Repository, name: str, before: str, after: str, by: Account) -> None:
        git, repository.pushed_at = repository.git, self.world.now()
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
            "compare": f"{page_url(self.world, repository)}/compare/{ends}",
            "commits": [push_commit(self.world, repository, commit) for commit in reversed(commits)],
            "head_commit": push_commit(self.world, repository, head) if head else None,
            "pusher": {"name": by.login, "email": by.email},
        }
        self._webhooks.repository_event("push", repository, by, payload)

    def _follow(self, repository: Repository, branch: str, before: str, by: Account) -> None:
        after = repository.branch(branch)
        for pull in [p for p in repository.pull_requests.values() if p.state == "open"]:
            if branch == pull.head:
                self._head_moved(pull, before, after, by)
            elif branch == pull.base:
                self._base_moved(pull, after, by)

    def _head_moved(self, pull: PullRequest, before: str, after: str | None, by: Account) -> None:
        if after is None:
            self.close(pull, by)
            return
        self._set_head(pull, after)
        if pull.repository.git.contains(pull.base_oid, after):  # nothing is left to merge
            self.close(pull, by)
        else:
            pull.updated_at = self.world.now()
            self._tell(pull, "synchronize", by, before=before, after=after)

    def _base_moved(self, pull: PullRequest, after: str | None, by: Account) -> None:
        if after is None:
            self.close(pull, by)
        elif pull.repository.git.contains(after, pull.head_oid):  # merged by hand
            self.close(pull, by, merge_oid=after)
        else:
            pull.base_oid = after

    def _set_head(self, pull: PullRequest, oid: str) -> None:
        pull.head_oid = oid
        pull.repository.git.move([RefChange(f"refs/pull/{pull.number}/head", None, oid)])

    # ------------------------------------------------------------------ commits

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
        """A commit that GitHub makes and, for an App's bot, signs."""
        own = Signature(author.login, author.email, self.world.now())
        committer = Signature(*_WEB, own.date) if on_the_web else own
        oid = repository.git.write_commit(tree, parents, message, own, committer)
        if author.kind == "Bot" or on_the_web:
            repository.verified.add(oid)
        return repository.git.commit(oid)

    # ------------------------------------------------------------------ pull requests

    def open(
        self, repository: Repository, head: str, base: str, title: str, body: str | None, by: Account, *, draft: bool
    ) -> PullRequest:
        """A new pull request between two branches that stand."""
        now, number = self.world.now(), len(repository.pull_requests) + 1
        pull = PullRequest(
            id=self.world.new_id(),
            number=number,
            repository=repository,
            author=by,
            title=title,
            body=body,
            head=head,
            base=base,
            head_oid=repository.announced[f"refs/heads/{head}"],
            base_oid=repository.announced[f"refs/heads/{base}"],
            created_at=now,
            updated_at=now,
            draft=draft,
        )
        repository.pull_requests[number] = pull
        self._set_head(pull, pull.head_oid)
        self._tell(pull, "opened", by)
        return pull

    def edit(self, pull: PullRequest, by: Account, **texts: str | None) -> None:
        """Change `title`, `body` or `base`."""
        changed = {name: text for name, text in texts.items() if getattr(pull, name) != text}
        if not changed:
            return
        told: dict[str, Any] = {name: {"from": getattr(pull, name) or ""} for name in changed if name != "base"}
        if "base" in changed:
            told["base"] = {"ref": {"from": pull.base}, "sha": {"from": pull.base_oid}}
            pull.base_oid = pull.repository.announced[f"refs/heads/{changed['base']}"]
        for name, text in changed.items():
            setattr(pull, name, text)
        pull.updated_at = self.world.now()
        self._tell(pull, "edited", by, changes=told)

    def close(self, pull: PullRequest, by: Account, *, merge_oid: str | None = None) -> None:
        """Close it, as merged when a merge commit is given."""
        pull.state, pull.closed_at, pull.updated_at = "closed", self.world.now(), self.world.now()
        pull.merge_oid, pull.merged_by = merge_oid, by if merge_oid else None
        self._tell(pull, "closed", by)

    def reopen(self, pull: PullRequest, by: Account) -> None:
        """Open it again at its branches' present heads."""
        repository = pull.repository
        pull.state, pull.closed_at, pull.updated_at = "open", None, self.world.now()
        pull.base_oid = repository.branch(pull.base) or pull.base_oid
        self._set_head(pull, repository.branch(pull.head) or pull.head_oid)
        self._tell(pull, "reopened", by)

    def merge(self, pull: PullRequest, by: Account) -> str:
        """Merge it with a merge commit; returns that commit. Raises `GitError` on a conflict or a closed one."""
        repository, git = pull.repository, pull.repository.git
        if pull.state != "open":
            raise GitError("Pull Request is not mergeable")
        tree = git.merge_tree(pull.base_oid, pull.head_oid)
        headline = f"Merge pull request #{pull.number} from {repository.owner.login}/{pull.head}"
        parents = [pull.base_oid, pull.head_oid]
        made = self.commit(repository, tree, parents, f"{headline}\n\n{pull.title}", by, on_the_web=True)
        base = RefChange(f"refs/heads/{pull.base}", pull.base_oid, made.oid)
        repository.git.move([base])
        self.close(pull, by, merge_oid=made.oid)
        self.announce(repository, by, [base.name])
        return made.oid

    def _tell(self, pull: PullRequest, action: str, by: Account, **more: object) -> None:
        payload = {"action": action, "number": pull.number, **more}
        payload["pull_request"] = conversations.pull_request(self.world, pull)
        self._webhooks.repository_event("pull_request", pull.repository, by, payload)

    # ------------------------------------------------------------------ talk

    def comment(self, pull: PullRequest, body: str, by: Account, app: App | None = None) -> Comment:
        """Say something in a conversation."""
        now = self.world.now()
        made = Comment(self.world.new_id(), by, body, now, now, app)
        pull.comments.append(made)
        pull.updated_at = now
        self._tell_comment(pull, made, "created", by)
        return made

    def edit_comment(self, pull: PullRequest, comment: Comment, body: str, by: Account) -> None:
        """Say it differently."""
        before, comment.body, comment.updated_at = comment.body, body, self.world.now()
        self._tell_comment(pull, comment, "edited", by, changes={"body": {"from": before}})

    def delete_comment(self, pull: PullRequest, comment: Comment, by: Account) -> None:
        """Take it back."""
        pull.comments.remove(comment)
        self._tell_comment(pull, comment, "deleted", by)

    def _tell_comment(self, pull: PullRequest, comment: Comment, action: str, by: Account, **more: object) -> None:
        said = {"issue": conversations.issue(self.world, pull)}
        said["comment"] = conversations.comment(self.world, pull, comment)
        self._webhooks.repository_event("issue_comment", pull.repository, by, {"action": action, **said, **more})

    def check(self, repository: Repository, run: CheckRun, action: str, by: Account) -> None:
        """Tell of a check run; asking for it again (`rerequested`) reaches only the App that owns it."""
        payload = {"action": action, "check_run": checks.check_run_event(self.world, repository, run)}
        only = run.app if action in ("rerequested", "requested_action") else None
        self._webhooks.repository_event("check_run", repository, by, payload, only=only)
