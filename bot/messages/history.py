"""What the bot did in a repository last, and what it knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.domain import Indexed
from bot.messages.markdown import code, safe

_LONGEST = 200


def indexes(indexed: Sequence[Indexed]) -> list[str]:
    """How far the search index is, a line for each branch."""
    return [f"**Search index of {code(each.branch)}:** {_state(each)}." for each in indexed]


def _state(at: Indexed) -> str:
    under_way = f"{at.done:,} of {at.files:,} files are indexed" if at.done < at.files or not at.commit else ""
    if not at.commit:
        return under_way if at.files else "it is being made"
    when = datetime.fromtimestamp(at.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    stands = f"{at.files:,} files at {at.commit[:9]}, since {when}"
    return f"as of {at.commit[:9]} ({when}); of the next, {under_way}" if under_way else stands


def history(deliveries: Sequence[tuple[str, float, str | None, str | None]]) -> str:
    """The newest deliveries, each with its event, when it came, its outcome (None: not yet) and why."""
    if not deliveries:
        return "I did nothing here yet."
    rows = []
    for event, at, outcome, reason in deliveries:
        when = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
        why = safe((reason or "")[:_LONGEST])
        rows.append(f"| {when} | {code(event)} | {outcome or 'under way'} | {why} |")
    return "\n".join(["| when (UTC) | event | came to | |", "|---|---|---|---|", *rows])
