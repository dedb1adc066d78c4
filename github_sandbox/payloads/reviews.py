"""JSON of reviews, review threads and review comments."""

from __future__ import annotations

from typing import Any

from github_sandbox.conversations import Review, ReviewComment, ReviewThread
from github_sandbox.payloads.accounts import user
from github_sandbox.payloads.conversations import association, conversation_page, reactions
from github_sandbox.payloads.repositories import repository_url
from github_sandbox.state import World, node_id, timestamp


def review(world: World, review: Review, *, in_webhook: bool = False) -> dict[str, Any]:
    """Return a review. Webhooks have its state in lower case, and null for an empty body."""
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
    """Return a review comment."""
    thread, repo = comment.thread, comment.thread.pull.repository
    url = f"{repository_url(world, repo)}/pulls/comments/{comment.id}"
    page, pull = review_comment_page(world, comment), _pull_url(world, comment.review)
    first = thread.comments[0] if thread.comments else comment
    return {
        "url": url,
        "pull_request_review_id": comment.review.id,
        "id": comment.id,
        "node_id": node_id("PRRC", comment.id),
        "diff_hunk": thread.original.hunk,
        "path": thread.original.path,
        "commit_id": thread.original_oid if thread.current is None else thread.pull.head_oid,
        "original_commit_id": thread.original_oid,
        "user": user(world, comment.author),
        "body": comment.body,
        "created_at": timestamp(comment.created_at),
        "updated_at": timestamp(comment.updated_at),
        "html_url": page,
        "pull_request_url": pull,
        "author_association": association(repo, comment.author),
        "_links": {"self": {"href": url}, "html": {"href": page}, "pull_request": {"href": pull}},
        "reactions": reactions(url, comment.reactions),
        **_position_fields(thread),
        **({} if first is comment else {"in_reply_to_id": first.id}),
    }


def _position_fields(thread: ReviewThread) -> dict[str, Any]:
    """Return the original and current location of a thread."""
    original, current = thread.original, thread.current
    return {
        "position": (current.position or 1) if current else None,
        "original_position": original.position or 1,
        "line": current.line if current else None,
        "original_line": original.line or 1,  # GitHub's schema does not allow null, even for a file
        "start_line": current.start_line if current else None,
        "original_start_line": original.start_line,
        "side": original.side,
        "start_side": original.side if original.start_line else None,
        "subject_type": "file" if thread.is_file_level else "line",
    }


def thread(world: World, thread: ReviewThread) -> dict[str, Any]:
    """Return a thread as in its webhook."""
    comments = [comment(world, each) for each in thread.comments]
    return {"node_id": node_id("PRRT", thread.id), "comments": comments}


def review_page(world: World, review: Review) -> str:
    """Return the URL of a review on its page."""
    return f"{conversation_page(world, review.pull)}#pullrequestreview-{review.id}"


def review_comment_page(world: World, comment: ReviewComment) -> str:
    """Return the URL of a review comment on its page."""
    return f"{conversation_page(world, comment.thread.pull)}#discussion_r{comment.id}"


def _pull_url(world: World, review: Review) -> str:
    return f"{repository_url(world, review.pull.repository)}/pulls/{review.pull.number}"
