"""Reviews, and the threads and comments on lines, in GitHub's JSON."""

from __future__ import annotations

from typing import Any

from github_sandbox.conversations import Review, ReviewComment, ReviewThread
from github_sandbox.payloads.accounts import user
from github_sandbox.payloads.conversations import association, conversation_page, reactions
from github_sandbox.payloads.repositories import repository_url
from github_sandbox.state import World, node_id, timestamp


def review(world: World, review: Review, *, in_webhook: bool = False) -> dict[str, Any]:
    """A review; webhooks write its state in small letters, and an empty body as null."""
    page, pull = review_page(world, review), _pull_url(world, review)
    return {
        "id": review.id,
        "node_id": node_id("PRR", review.id),
        "user": user(world, review.author),
        "body": (review.body or None) if in_webhook else review.body,
        "state": review.state.lower() if in_webhook else review.state,
        "html_url": page,
        "pull_request_url": pull,
        "author_association": association(review.pull.repository, review.author),
        "_links": {"html": {"href": page}, "pull_request": {"href": pull}},
        "submitted_at": timestamp(review.submitted_at),
        "commit_id": review.commit_oid,
    }


def comment(world: World, comment: ReviewComment) -> dict[str, Any]:
    """A comment on a line or a file."""
    thread, found = comment.thread, comment.thread.pull.repository
    url = f"{repository_url(world, found)}/pulls/comments/{comment.id}"
    page, pull = review_comment_page(world, comment), _pull_url(world, comment.review)
    first = thread.comments[0] if thread.comments else comment
    return {
        "url": url,
        "pull_request_review_id": comment.review.id,
        "id": comment.id,
        "node_id": node_id("PRRC", comment.id),
        "diff_hunk": thread.original.hunk,
        "path": thread.original.path,
        "commit_id": thread.original_oid if thread.now is None else thread.pull.head_oid,
        "original_commit_id": thread.original_oid,
        "user": user(world, comment.author),
        "body": comment.body,
        "created_at": timestamp(comment.created_at),
        "updated_at": timestamp(comment.updated_at),
        "html_url": page,
        "pull_request_url": pull,
        "author_association": association(found, comment.author),
        "_links": {"self": {"href": url}, "html": {"href": page}, "pull_request": {"href": pull}},
        "reactions": reactions(url, comment.reactions),
        **_place(thread),
        **({} if first is comment else {"in_reply_to_id": first.id}),
    }


def _place(thread: ReviewThread) -> dict[str, Any]:
    """Where a thread hangs, now and at first."""
    original, now = thread.original, thread.now
    return {
        "position": (now.position or 1) if now else None,
        "original_position": original.position or 1,
        "line": now.line if now else None,
        "original_line": original.line or 1,  # GitHub's schemas know no null, not of a file either
        "start_line": now.start_line if now else None,
        "original_start_line": original.start_line,
        "side": original.side,
        "start_side": original.side if original.start_line else None,
        "subject_type": "file" if thread.of_file else "line",
    }


def thread(world: World, thread: ReviewThread) -> dict[str, Any]:
    """A thread, as its own webhook carries it."""
    comments = [comment(world, each) for each in thread.comments]
    return {"node_id": node_id("PRRT", thread.id), "comments": comments}


def review_page(world: World, review: Review) -> str:
    """Where a person reads a review."""
    return f"{conversation_page(world, review.pull)}#pullrequestreview-{review.id}"


def review_comment_page(world: World, comment: ReviewComment) -> str:
    """Where a person reads a comment on a line."""
    return f"{conversation_page(world, comment.thread.pull)}#discussion_r{comment.id}"


def _pull_url(world: World, review: Review) -> str:
    return f"{repository_url(world, review.pull.repository)}/pulls/{review.pull.number}"
