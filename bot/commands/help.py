"""`/mas help`: the commands there are."""

from __future__ import annotations

from bot.commands.command import Command, CommandResult, CommandServices, CommentContext, Reply
from bot.domain.permissions import Permission

_ROLES = {
    Permission.READ: "everybody",
    Permission.TRIAGE: "triage",
    Permission.WRITE: "write",
    Permission.MAINTAIN: "maintain",
    Permission.ADMIN: "admin",
}
_FOOT = "One command a comment, at the beginning of a line. I read a comment again when it is edited."


def commands_table(commands: tuple[Command, ...]) -> str:
    """The commands as a Markdown table, for the answer and for the docs."""
    rows = [f"| `{c.syntax}` | {c.summary} | {audience(c)} |" for c in commands]
    return "\n".join(["| command | what it does | for |", "|---|---|---|", *rows])


def audience(command: Command) -> str:
    """Who may use a command, in words."""
    role = _ROLES[command.min_permission]
    return f"{role}, author" if command.allows_author else role


def make_help(commands: tuple[Command, ...]) -> Command:
    """The command that tells of the others, and of itself."""

    async def answer(_argument: str, _desk: CommandServices) -> CommandResult:
        return Reply(f"{commands_table((*commands, made))}\n\n{_FOOT}")

    made = Command(
        "help",
        "",
        "This table.",
        Permission.READ,
        CommentContext.ANYWHERE,
        answer,
        examples=(("/mas help", ""), ("/mas", "")),
    )
    return made
