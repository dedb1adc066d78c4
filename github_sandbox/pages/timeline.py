"""Template data of an issue's or pull request's timeline: comments, reviews and threads in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from github_sandbox.conversations import (
    REACTIONS,
    Comment,
    Conversation,
    PullRequest,
    Reaction,
    Review,
    ReviewComment,
    ReviewThread,
)
from github_sandbox.diff import DiffLine, parse_patch
from github_sandbox.state import Account

Markdown = Callable[[str], str]
"""Renders untrusted Markdown as safe HTML."""

_REACTION_WORDS = {"+1": "thumbs up", "-1": "thumbs down"}
_VERDICTS = {"APPROVED": "approved these changes", "CHANGES_REQUESTED": "requested changes", "COMMENTED": "reviewed"}
_HUNK_LINES = 6


@dataclass(frozen=True, slots=True)
class ReactionView:
    """A kind of reaction, its count, and who reacted."""

    word: str
    count: int
    who: str


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment or description. `minimized` is the reason for which it is hidden."""

    anchor: str
    author: Account
    when: datetime
    html: str
    edited: bool
    minimized: str | None
    reactions: tuple[ReactionView, ...]


@dataclass(frozen=True, slots=True)
class ThreadView:
    """A review thread with the end of its hunk."""

    path: str
    place: str
    outdated: bool
    resolved_by: str | None
    hunk: tuple[DiffLine, ...]
    comments: tuple[CommentView, ...]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A review with its verdict, its text, and the threads that it started."""

    author: Account
    when: datetime
    verdict: str
    html: str
    threads: tuple[ThreadView, ...]


def render_description(conversation: Conversation, markdown: Markdown) -> CommentView:
    """Return the description of an issue or pull request."""
    html, reactions = markdown(conversation.body or ""), count_reactions(conversation.reactions)
    return CommentView("top", conversation.author, conversation.created_at, html, False, None, reactions)


def render_timeline(conversation: Conversation, markdown: Markdown) -> list[CommentView | ReviewView]:
    """Return comments and reviews, oldest first."""
    items: dict[int, CommentView | ReviewView] = {
        each.id: render_comment(each, markdown) for each in conversation.comments
    }
    if isinstance(conversation, PullRequest):
        reviews = {each.id: _render_review(conversation, each, markdown) for each in conversation.reviews}
        items |= {number: review for number, review in reviews.items() if review is not None}
    return [items[number] for number in sorted(items)]


def render_comment(comment: Comment, markdown: Markdown) -> CommentView:
    """Return a comment."""
    of_line = isinstance(comment, ReviewComment)
    return CommentView(
        anchor=f"{'discussion_r' if of_line else 'issuecomment-'}{comment.id}",
        author=comment.author,
        when=comment.created_at,
        html=markdown(comment.body),
        edited=comment.updated_at != comment.created_at,
        minimized=comment.minimized,
        reactions=count_reactions(comment.reactions),
    )


def render_thread(thread: ReviewThread, markdown: Markdown) -> ThreadView:
    """Return a review thread."""
    location = thread.current or thread.original
    return ThreadView(
        path=location.path,
        place="" if location.line is None else f"line {location.line}",
        outdated=thread.current is None,
        resolved_by=thread.resolved_by.login if thread.resolved_by else None,
        hunk=tuple(parse_patch(thread.original.hunk))[-_HUNK_LINES:] if thread.original.hunk else (),
        comments=tuple(render_comment(comment, markdown) for comment in thread.comments),
    )


def _render_review(pull: PullRequest, review: Review, markdown: Markdown) -> ReviewView | None:
    """Return a review, or None if it only holds replies in older threads."""
    started = [each for each in pull.threads if each.comments[0].review is review]
    if not started and not review.body and review.state == "COMMENTED":
        return None
    threads = tuple(render_thread(each, markdown) for each in started)
    html = markdown(review.body) if review.body else ""
    return ReviewView(review.author, review.submitted_at, _VERDICTS[review.state], html, threads)


def count_reactions(reactions: Iterable[Reaction]) -> tuple[ReactionView, ...]:
    """Return reactions by kind, in words, since not every machine has an emoji font."""
    by_kind = {content: [r.author.login for r in reactions if r.content == content] for content in REACTIONS}
    kinds = ((_REACTION_WORDS.get(content, content), who) for content, who in by_kind.items() if who)
    return tuple(ReactionView(word, len(who), ", ".join(who)) for word, who in kinds)
