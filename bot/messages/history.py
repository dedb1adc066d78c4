"""The reply to `/mas status`: recent activity in a repository, and its search index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.domain import IndexStatus
from bot.messages.markdown import code, escape_text

_MAX_REASON_CHARACTERS = 200


def index_lines(statuses: Sequence[IndexStatus]) -> list[str]:
    """Return the state of the search index, one line per branch."""
    return [f"**Search index of {code(each.branch)}:** {_describe_status(each)}." for each in statuses]


def _describe_status(status: IndexStatus) -> str:
    if not status.commit and not status.files:
        return "being built"
    progress = f"{status.done:,} of {status.files:,} files indexed"
    if not status.commit:
        return progress
    commit = f"{status.commit[:9]}, indexed {datetime.fromtimestamp(status.at, UTC).strftime('%Y-%m-%d %H:%M UTC')}"
    if status.done < status.files:
        return f"{commit}; update in progress, {progress}"
    return f"{status.files:,} file{'' if status.files == 1 else 's'} at {commit}"


def history(deliveries: Sequence[tuple[str, float, str | None, str | None]]) -> str:
    """Return the newest deliveries as a table.

    Args:
        deliveries: the event, its time in seconds since 1970, its result (None: in progress) and the reason for it.
    """
    if not deliveries:
        return "No activity yet."
    rows = []
    for event, at, outcome, reason in deliveries:
        when = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
        why = escape_text((reason or "")[:_MAX_REASON_CHARACTERS])
        rows.append(f"| {when} | {code(event)} | {outcome or 'in progress'} | {why} |")
    return "\n".join(["| time (UTC) | event | result | details |", "|---|---|---|---|", *rows])
