"""`/mas help`: a table of the commands."""

from __future__ import annotations

from bot.commands.command import Command, CommandResult, CommandServices, CommentContext, Reply
from bot.domain.permissions import Permission
from bot.messages import help as messages


def commands_table(commands: tuple[Command, ...]) -> str:
    """Return the commands as a Markdown table, for the reply and for the documentation."""
    return messages.commands_table((c.syntax, c.summary, audience(c)) for c in commands)


def audience(command: Command) -> str:
    """Return what a user needs to use a command."""
    return messages.describe_access(command.min_permission, allows_author=command.allows_author)


def make_help(commands: tuple[Command, ...]) -> Command:
    """Return the help command for these commands and itself."""

    async def handle(_argument: str, _services: CommandServices) -> CommandResult:
        return Reply(messages.help_reply(commands_table((*commands, command))))

    command = Command(
        "help",
        "",
        "Show this table.",
        Permission.READ,
        CommentContext.ANYWHERE,
        handle,
        examples=(("/mas help", ""), ("/mas", "")),
    )
    return command
