"""The reply to `/mas help`."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.permissions import Permission

_FOOTER = "One command per comment, at the start of a line. Editing a comment runs its new command."


def commands_table(rows: Iterable[tuple[str, str, str]]) -> str:
    """Return the table of commands from the syntax, the summary and the audience of each."""
    lines = [f"| `{syntax}` | {summary} | {who} |" for syntax, summary, who in rows]
    return "\n".join(["| command | what it does | needs |", "|---|---|---|", *lines])


def help_reply(table: str) -> str:
    """Return the reply: the table of commands, and how to use them."""
    return f"{table}\n\n{_FOOTER}"


def describe_access(role: Permission, *, allows_author: bool) -> str:
    """Return what a user needs for a command."""
    if role <= Permission.READ:
        return "read access"
    return f"{role.name.lower()} access" + (", or author" if allows_author else "")
