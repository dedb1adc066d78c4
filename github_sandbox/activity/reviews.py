"""People and Apps review the lines of pull requests, answer each other, and settle what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from github_sandbox.activity.acts import Acts
from github_sandbox.conversations import PullRequest, Review, ReviewComment, ReviewThread, Spot
from github_sandbox.diff import files, lines, moved
from github_sandbox.payloads import reviews
from github_sandbox.payloads.pulls import pull_request_simple
from github_sandbox.state import Account, App

Draft = tuple[Spot, str]
"""A place and what is to be said of it."""


class Reviews(Acts):
    """What happens to reviews, and to the threads on lines."""

    def review(
        self,
        pull: PullRequest,
        by: Account,
        body: str = "",
        state: str = "COMMENTED",
        comments: Sequence[Draft] = (),
        app: App | None = None,
    ) -> Review:
        """Submit a review with its comments; who was asked for one is asked no longer."""
        made = Review(
            id=self._world.new_id(),
            pull=pull,
            author=by,
            body=body,
            state=state,
            commit_oid=pull.head_oid,
            submitted_at=self._world.now(),
        )
        pull.reviews.append(made)
        pull.reviewers[:] = [account for account in pull.reviewers if account is not by]
        self._tell_review(made, "submitted", by)
        for spot, text in comments:
            thread = ReviewThread(
                id=self._world.new_id(), pull=pull, original=spot, original_oid=pull.head_oid, now=spot
            )
            pull.threads.append(thread)
            self._say(thread, made, text, app)
        return made

    def comment(self, pull: PullRequest, spot: Spot, body: str, by: Account, app: App | None = None) -> ReviewComment:
        """A single comment on a place: a review of its own."""
        self.review(pull, by, comments=[(spot, body)], app=app)
        return pull.threads[-1].comments[0]

    def reply(self, thread: ReviewThread, body: str, by: Account, app: App | None = None) -> ReviewComment:
        """Answer in a thread."""
        return self._say(thread, self.review(thread.pull, by), body, app)

    def _say(self, thread: ReviewThread, review: Review, body: str, app: App | None) -> ReviewComment:
        made = ReviewComment(
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
        thread.comments.append(made)
        self._tell_comment(made, "created", review.author)
        return made

    def edit_comment(self, comment: ReviewComment, body: str, by: Account) -> None:
        """Say it differently."""
        before, comment.body, comment.updated_at = comment.body, body, self._world.now()
        self._tell_comment(comment, "edited", by, changes={"body": {"from": before}})

    def delete_comment(self, comment: ReviewComment, by: Account) -> None:
        """Take it back; a thread without comments is no more."""
        comment.thread.comments.remove(comment)
        if not comment.thread.comments:
            comment.thread.pull.threads.remove(comment.thread)
        self._tell_comment(comment, "deleted", by)

    def set_resolved(self, thread: ReviewThread, by: Account, *, resolved: bool) -> None:
        """Settle a thread, or take it up again."""
        thread.resolved_by = by if resolved else None
        told = {"thread": reviews.thread(self._world, thread)}
        self._tell_of(thread.pull, "pull_request_review_thread", "resolved" if resolved else "unresolved", by, **told)

    def _tell_review(self, review: Review, action: str, by: Account) -> None:
        told = {"review": reviews.review(self._world, review, in_webhook=True)}
        self._tell_of(review.pull, "pull_request_review", action, by, **told)

    def _tell_comment(self, comment: ReviewComment, action: str, by: Account, **more: object) -> None:
        told = {"comment": reviews.comment(self._world, comment)}
        self._tell_of(comment.thread.pull, "pull_request_review_comment", action, by, **told, **more)

    def _tell_of(self, pull: PullRequest, event: str, action: str, by: Account, **more: object) -> None:
        payload = {"action": action, "pull_request": pull_request_simple(self._world, pull), **more}
        self._webhooks.repository_event(event, pull.repository, by, payload)


def placed(pull: PullRequest, spot: Spot) -> Spot | None:
    """A place with its position and hunk in the pull request's present diff; None where that has no such line."""
    git = pull.repository.git
    base = git.merge_base(pull.base_oid, pull.head_oid)
    patch = next((file.patch for file in files(git, base, pull.head_oid) if file.path == spot.path), "")
    if spot.line is None:
        return None if patch == "" else spot
    hunk: list[str] = []
    for position, line in enumerate(lines(patch or "")):
        hunk = [line.text] if line.text.startswith("@@") else [*hunk, line.text]
        number = line.after if spot.side == "RIGHT" else line.before
        if number == spot.line and line.kind != "hunk":
            return replace(spot, position=position, hunk="\n".join(hunk))
    return None


def follow(pull: PullRequest, before: str, after: str) -> None:
    """The head moved: threads stay with their lines, and are outdated where those were changed."""
    for thread in pull.threads:
        spot = thread.now
        if spot is None or spot.line is None:
            continue
        line: int | None = spot.line
        if spot.side == "RIGHT":
            line = moved(pull.repository.git, before, after, spot.path, spot.line)
        if line is not None and spot.start_line is not None:
            spot = replace(spot, start_line=spot.start_line + line - (spot.line or line))
        thread.now = placed(pull, replace(spot, line=line)) if line is not None else None
