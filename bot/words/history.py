"""What the bot did in a repository last, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.words.markdown import code, safe

_LONGEST = 200


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
