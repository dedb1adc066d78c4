"""Reviews, review comments and review threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from github_sandbox.activity.base import ActivityBase
from github_sandbox.conversations import DiffLocation, PullRequest, Review, ReviewComment, ReviewThread
from github_sandbox.diff import files, map_line, parse_patch
from github_sandbox.payloads import reviews
from github_sandbox.payloads.pulls import pull_request_simple
from github_sandbox.state import Account, App

CommentDraft = tuple[DiffLocation, str]
"""A location and the text of a comment on it."""


class Reviews(ActivityBase):
    """Actions on reviews and review threads."""

    def review(
        self,
        pull: PullRequest,
        by: Account,
        body: str = "",
        state: str = "COMMENTED",
        comments: Sequence[CommentDraft] = (),
        app: App | None = None,
    ) -> Review:
        """Submit a review with its comments. Fulfils a pending review request of its author."""
        created = Review(
            id=self._world.new_id(),
            pull=pull,
            author=by,
            body=body,
            state=state,
            commit_oid=pull.head_oid,
            submitted_at=self._world.now(),
        )
        pull.reviews.append(created)
        pull.reviewers[:] = [account for account in pull.reviewers if account is not by]
        self._send_review_event(created, "submitted", by)
        for location, text in comments:
            thread = ReviewThread(
                id=self._world.new_id(), pull=pull, original=location, original_oid=pull.head_oid, current=location
            )
            pull.threads.append(thread)
            self._add_comment(thread, created, text, app)
        return created

    def comment(
        self, pull: PullRequest, location: DiffLocation, body: str, by: Account, app: App | None = None
    ) -> ReviewComment:
        """Add a single comment, as a review of its own."""
        self.review(pull, by, comments=[(location, body)], app=app)
        return pull.threads[-1].comments[0]

    def reply(self, thread: ReviewThread, body: str, by: Account, app: App | None = None) -> ReviewComment:
        """Reply in a thread."""
        return self._add_comment(thread, self.review(thread.pull, by), body, app)

    def _add_comment(self, thread: ReviewThread, review: Review, body: str, app: App | None) -> ReviewComment:
        created = ReviewComment(
            id=self._world.new_id(),
            conversation=thread.pull,
            author=review.author,
            body=body,
            created_at=review.submitted_at,
            updated_at=review.submitted_at,
            app=app,
            thread=thread,
            review=review,
        )
        thread.comments.append(created)
        self._send_comment_event(created, "created", review.author)
        return created

    def edit_comment(self, comment: ReviewComment, body: str, by: Account) -> None:
        """Edit a review comment."""
        before, comment.body, comment.updated_at = comment.body, body, self._world.now()
        self._send_comment_event(comment, "edited", by, changes={"body": {"from": before}})

    def delete_comment(self, comment: ReviewComment, by: Account) -> None:
        """Delete a review comment, and its thread if it was the last one."""
        comment.thread.comments.remove(comment)
        if not comment.thread.comments:
            comment.thread.pull.threads.remove(comment.thread)
        self._send_comment_event(comment, "deleted", by)

    def set_resolved(self, thread: ReviewThread, by: Account, *, resolved: bool) -> None:
        """Resolve a thread, or unresolve it."""
        thread.resolved_by = by if resolved else None
        fields = {"thread": reviews.thread(self._world, thread)}
        self._send(thread.pull, "pull_request_review_thread", "resolved" if resolved else "unresolved", by, **fields)

    def _send_review_event(self, review: Review, action: str, by: Account) -> None:
        fields = {"review": reviews.review(self._world, review, in_webhook=True)}
        self._send(review.pull, "pull_request_review", action, by, **fields)

    def _send_comment_event(self, comment: ReviewComment, action: str, by: Account, **more: object) -> None:
        fields = {"comment": reviews.comment(self._world, comment)}
        self._send(comment.thread.pull, "pull_request_review_comment", action, by, **fields, **more)

    def _send(self, pull: PullRequest, event: str, action: str, by: Account, **more: object) -> None:
        payload = {"action": action, "pull_request": pull_request_simple(self._world, pull), **more}
        self._webhooks.repository_event(event, pull.repository, by, payload)


def locate_in_diff(pull: PullRequest, location: DiffLocation) -> DiffLocation | None:
    """Return a location with its position and hunk in the current diff, or None if the diff lacks that line."""
    git = pull.repository.git
    base = git.merge_base(pull.base_oid, pull.head_oid)
    patch = next((file.patch for file in files(git, base, pull.head_oid) if file.path == location.path), "")
    if location.line is None:
        return None if patch == "" else location
    hunk: list[str] = []
    for position, line in enumerate(parse_patch(patch or "")):
        hunk = [line.text] if line.text.startswith("@@") else [*hunk, line.text]
        number = line.after if location.side == "RIGHT" else line.before
        if number == location.line and line.kind != "hunk":
            return replace(location, position=position, hunk="\n".join(hunk))
    return None


def move_threads(pull: PullRequest, before: str, after: str) -> None:
    """Move threads with their lines after a push, and mark those as outdated whose lines changed."""
    for thread in pull.threads:
        location = thread.current
        if location is None or location.line is None:
            continue
        line: int | None = location.line
        if location.side == "RIGHT":
            line = map_line(pull.repository.git, before, after, location.path, location.line)
        if line is not None and location.start_line is not None:
            location = replace(location, start_line=location.start_line + line - (location.line or line))
        thread.current = locate_in_diff(pull, replace(location, line=line)) if line is not None else None
