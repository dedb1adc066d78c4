"""Pull requests: opened, updated with their branches, closed."""

from __future__ import annotations

from collections.abc import Iterable

from github_sandbox.activity.base import ActivityBase
from github_sandbox.activity.reviews import move_threads
from github_sandbox.conversations import PullRequest
from github_sandbox.git import RefChange
from github_sandbox.payloads.accounts import user
from github_sandbox.state import Account, App, Repository


class Pulls(ActivityBase):
    """Actions on pull requests."""

    def open(
        self,
        repository: Repository,
        head: str,
        base: str,
        title: str,
        body: str | None,
        by: Account,
        *,
        draft: bool = False,
        head_repository: Repository | None = None,
        app: App | None = None,
    ) -> PullRequest:
        """Open a pull request between two existing branches. The head may be in a fork."""
        now, number, head_source = self._world.now(), repository.next_number(), head_repository or repository
        pull = PullRequest(
            id=self._world.new_id(),
            number=number,
            repository=repository,
            author=by,
            title=title,
            body=body,
            head=head,
            base=base,
            head_oid=head_source.announced_refs[f"refs/heads/{head}"],
            base_oid=repository.announced_refs[f"refs/heads/{base}"],
            head_repository=head_source,
            head_owner=head_source.owner,
            created_at=now,
            updated_at=now,
            draft=draft,
            app=app,
        )
        repository.pull_requests[number] = pull
        self._set_head(pull, pull.head_oid)
        self._send_conversation_event(pull, "opened", by)
        return pull

    def close(self, pull: PullRequest, by: Account, *, merge_oid: str | None = None) -> None:
        """Close a pull request, as merged if `merge_oid` is given."""
        pull.state, pull.closed_at, pull.updated_at = "closed", self._world.now(), self._world.now()
        pull.merge_oid, pull.merged_by = merge_oid, by if merge_oid else None
        self._send_conversation_event(pull, "closed", by)

    def reopen(self, pull: PullRequest, by: Account) -> None:
        """Reopen a pull request at the current heads of its branches."""
        pull.state, pull.closed_at, pull.updated_at = "open", None, self._world.now()
        pull.base_oid = pull.repository.branch(pull.base) or pull.base_oid
        head = pull.head_repository.branch(pull.head) if pull.head_repository else None
        self._set_head(pull, head or pull.head_oid)
        self._send_conversation_event(pull, "reopened", by)

    def set_draft(self, pull: PullRequest, by: Account, *, draft: bool) -> None:
        """Convert a pull request to a draft, or mark it as ready for review."""
        if pull.draft != draft:
            pull.draft, pull.updated_at = draft, self._world.now()
            self._send_conversation_event(pull, "converted_to_draft" if draft else "ready_for_review", by)

    def request_reviews(self, pull: PullRequest, accounts: Iterable[Account], by: Account) -> None:
        """Request reviews, and send an event for each new reviewer."""
        for account in accounts:
            if account not in pull.reviewers:
                pull.reviewers.append(account)
                self._send_conversation_event(
                    pull, "review_requested", by, requested_reviewer=user(self._world, account)
                )

    def remove_review_requests(self, pull: PullRequest, accounts: Iterable[Account], by: Account) -> None:
        """Withdraw review requests."""
        for account in accounts:
            if account in pull.reviewers:
                pull.reviewers.remove(account)
                self._send_conversation_event(
                    pull, "review_request_removed", by, requested_reviewer=user(self._world, account)
                )

    # ------------------------------------------------------------------ branch updates

    def follow_branch(self, repository: Repository, branch: str, before: str, by: Account) -> None:
        """Update open pull requests from or into a branch that moved or was deleted, including those from forks."""
        after = repository.branch(branch)
        pulls = [p for each in list(self._world.repositories.values()) for p in each.pull_requests.values()]
        for pull in [p for p in pulls if p.state == "open"]:
            if (pull.head_repository, pull.head) == (repository, branch):
                self._head_moved(pull, before, after, by)
            elif (pull.repository, pull.base) == (repository, branch):
                self._base_moved(pull, after, by)

    def _head_moved(self, pull: PullRequest, before: str, after: str | None, by: Account) -> None:
        if after is None:
            self.close(pull, by)
            return
        self._set_head(pull, after)
        move_threads(pull, before, after)
        if pull.repository.git.contains(pull.base_oid, after):  # nothing left to merge
            self.close(pull, by)
        else:
            pull.updated_at = self._world.now()
            self._send_conversation_event(pull, "synchronize", by, before=before, after=after)

    def _base_moved(self, pull: PullRequest, after: str | None, by: Account) -> None:
        if after is None:
            self.close(pull, by)
        elif pull.repository.git.contains(after, pull.head_oid):  # merged by a push
            self.close(pull, by, merge_oid=after)
        else:
            pull.base_oid = after

    def _set_head(self, pull: PullRequest, oid: str) -> None:
        """Move `refs/pull/N/head`. Commits of a fork are fetched, since GitHub shares objects between forks."""
        pull.head_oid = oid
        git, name = pull.repository.git, f"refs/pull/{pull.number}/head"
        if pull.is_cross_repository and pull.head_repository is not None:
            git.fetch(pull.head_repository.git.path, f"+refs/heads/{pull.head}:{name}")
        else:
            git.move([RefChange(name, None, oid)])
