"""What was said in an issue or pull request, in the order and the form in which a page shows it."""

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
from github_sandbox.diff import Line, lines
from github_sandbox.state import Account

Markdown = Callable[[str], str]
"""A stranger's Markdown → HTML that is safe to show."""

_WORDS = {"+1": "thumbs up", "-1": "thumbs down"}
_VERDICTS = {"APPROVED": "approved this change", "CHANGES_REQUESTED": "asked for changes", "COMMENTED": "reviewed"}
_SHOWN_HUNK = 6


@dataclass(frozen=True, slots=True)
class Reacted:
    """A kind of reaction, how often it was given, and by whom."""

    word: str
    count: int
    who: str


@dataclass(frozen=True, slots=True)
class Said:
    """A text of somebody; `minimized` is the reason it is hidden for."""

    anchor: str
    author: Account
    when: datetime
    html: str
    edited: bool
    minimized: str | None
    reactions: tuple[Reacted, ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said of a place of the change, with the end of its hunk."""

    path: str
    place: str
    outdated: bool
    resolved_by: str | None
    hunk: tuple[Line, ...]
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review with something to show: its verdict, its words, the threads that it began."""

    author: Account
    when: datetime
    verdict: str
    html: str
    threads: tuple[Thread, ...]


def opening(conversation: Conversation, markdown: Markdown) -> Said:
    """The text that a conversation begins with."""
    html, reactions = markdown(conversation.body or ""), reacted(conversation.reactions)
    return Said("top", conversation.author, conversation.created_at, html, False, None, reactions)


def talk(conversation: Conversation, markdown: Markdown) -> list[Said | Reviewed]:
    """Comments and reviews, oldest first."""
    items: dict[int, Said | Reviewed] = {each.id: said(each, markdown) for each in conversation.comments}
    if isinstance(conversation, PullRequest):
        reviews = {each.id: _reviewed(conversation, each, markdown) for each in conversation.reviews}
        items |= {number: review for number, review in reviews.items() if review is not None}
    return [items[number] for number in sorted(items)]


def said(comment: Comment, markdown: Markdown) -> Said:
    """A comment."""
    of_line = isinstance(comment, ReviewComment)
    return Said(
        anchor=f"{'discussion_r' if of_line else 'issuecomment-'}{comment.id}",
        author=comment.author,
        when=comment.created_at,
        html=markdown(comment.body),
        edited=comment.updated_at != comment.created_at,
        minimized=comment.minimized,
        reactions=reacted(comment.reactions),
    )


def thread(shown: ReviewThread, markdown: Markdown) -> Thread:
    """A thread on a place."""
    spot = shown.now or shown.original
    return Thread(
        path=spot.path,
        place="" if spot.line is None else f"line {spot.line}",
        outdated=shown.now is None,
        resolved_by=shown.resolved_by.login if shown.resolved_by else None,
        hunk=tuple(lines(shown.original.hunk))[-_SHOWN_HUNK:] if shown.original.hunk else (),
        said=tuple(said(comment, markdown) for comment in shown.comments),
    )


def _reviewed(pull: PullRequest, review: Review, markdown: Markdown) -> Reviewed | None:
    """None for one that only holds an answer in an older thread."""
    begun = [each for each in pull.threads if each.comments[0].review is review]
    if not begun and not review.body and review.state == "COMMENTED":
        return None
    shown = tuple(thread(each, markdown) for each in begun)
    html = markdown(review.body) if review.body else ""
    return Reviewed(review.author, review.submitted_at, _VERDICTS[review.state], html, shown)


def reacted(given: Iterable[Reaction]) -> tuple[Reacted, ...]:
    """Reactions by kind; in words, since not every machine has a font with their signs."""
    by_kind = {content: [r.author.login for r in given if r.content == content] for content in REACTIONS}
    kinds = ((_WORDS.get(content, content), who) for content, who in by_kind.items() if who)
    return tuple(Reacted(word, len(who), ", ".join(who)) for word, who in kinds)
