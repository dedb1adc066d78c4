"""`/mas help`: the commands there are."""

from __future__ import annotations

from bot.commands.command import Answer, Command, Desk, Reply, Where
from bot.domain.permissions import Permission

_ROLES = {
    Permission.READ: "everybody",
    Permission.TRIAGE: "triage",
    Permission.WRITE: "write",
    Permission.MAINTAIN: "maintain",
    Permission.ADMIN: "admin",
}
_FOOT = "One command a comment, at the beginning of a line. I read a comment again when it is edited."


def table(commands: tuple[Command, ...]) -> str:
    """The commands as a Markdown table, for the answer and for the docs."""
    rows = [f"| `{c.syntax}` | {c.says} | {who(c)} |" for c in commands]
    return "\n".join(["| command | what it does | for |", "|---|---|---|", *rows])


def who(command: Command) -> str:
    """Who may use a command, in words."""
    role = _ROLES[command.least]
    return f"{role}, author" if command.author else role


def help_on(commands: tuple[Command, ...]) -> Command:
    """The command that tells of the others, and of itself."""

    async def answer(_argument: str, _desk: Desk) -> Answer:
        return Reply(f"{table((*commands, made))}\n\n{_FOOT}")

    made = Command(
        "help", "", "This table.", Permission.READ, Where.ANYWHERE, answer, examples=(("/mas help", ""), ("/mas", ""))
    )
    return made
