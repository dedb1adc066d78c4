"""What the bot did in a repository last, and what it knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.domain import IndexStatus
from bot.messages.markdown import code, escape_text

_MAX_REASON_CHARACTERS = 200


def index_lines(statuses: Sequence[IndexStatus]) -> list[str]:
    """How far the search index is, a line for each branch."""
    return [f"**Search index of {code(each.branch)}:** {_describe_status(each)}." for each in statuses]


def _describe_status(status: IndexStatus) -> str:
    under_way = (
        f"{status.done:,} of {status.files:,} files are indexed"
        if status.done < status.files or not status.commit
        else ""
    )
    if not status.commit:
        return under_way if status.files else "it is being made"
    when = datetime.fromtimestamp(status.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    stands = f"{status.files:,} files at {status.commit[:9]}, since {when}"
    return f"as of {status.commit[:9]} ({when}); of the next, {under_way}" if under_way else stands


def history(deliveries: Sequence[tuple[str, float, str | None, str | None]]) -> str:
    """The newest deliveries, each with its event, when it came, its outcome (None: not yet) and why."""
    if not deliveries:
        return "I did nothing here yet."
    rows = []
    for event, at, outcome, reason in deliveries:
        when = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
        why = escape_text((reason or "")[:_MAX_REASON_CHARACTERS])
        rows.append(f"| {when} | {code(event)} | {outcome or 'under way'} | {why} |")
    return "\n".join(["| when (UTC) | event | came to | |", "|---|---|---|---|", *rows])
