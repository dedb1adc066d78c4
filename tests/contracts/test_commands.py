"""Slash-commands: their records and examples, and the parsing of comments."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import (
    COMMANDS,
    CommandServices,
    DocsRequest,
    ParsedCommand,
    Reply,
    SecurityRequest,
    UnknownCommand,
    parse_command,
)
from bot.commands.command import Command
from bot.commands.help import audience
from bot.errors import UserError


async def _reply() -> str:
    return "Fine."


async def _reply_to(_question: str) -> str:
    return "Fine."


SERVICES = CommandServices(status=_reply, config=_reply, ask=_reply_to, reindex=_reply)
EXAMPLES = [(command, line, argument) for command in COMMANDS for line, argument in command.examples]


@pytest.mark.parametrize(("command", "line", "argument"), EXAMPLES)
async def test_an_example_is_parsed_and_handled(command: Command, line: str, argument: str) -> None:
    assert parse_command(line, COMMANDS) == ParsedCommand(command.name, argument)
    assert isinstance(await command.handle(argument, SERVICES), Reply | DocsRequest | SecurityRequest)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_examples_and_a_summary(command: Command) -> None:
    assert command.examples
    assert command.summary.endswith(".")


async def test_help_lists_every_command_and_the_access_it_needs() -> None:
    (help_command,) = [command for command in COMMANDS if command.name == "help"]
    answer = await help_command.handle("", SERVICES)

    assert isinstance(answer, Reply)
    for command in COMMANDS:
        assert f"| `{command.syntax}` | {command.summary} |" in answer.text
    assert "| write access, or author |" in answer.text


@pytest.mark.parametrize(
    "body",
    [
        "> /mas help",
        "```\n/mas help\n```",
        "    /mas help",
        "`/mas help`",
        "<!-- /mas help -->",
        "<!--\n/mas help\n-->",
        "text <!--\n/mas help\n--> text",
        "- /mas help",
        "> quoted\n/mas help",
        "Say `/mas` to it, or /mas help",
        "/masquerade",
        "# /mas help",
        "| a |\n|---|\n| /mas help |",
        "",
    ],
)
def test_quotes_and_code_contain_no_commands(body: str) -> None:
    assert parse_command(body, COMMANDS) is None


@pytest.mark.parametrize(
    "body", ["Thanks!\n/mas help", "Thanks!\n\n/mas help\n\n/mas status", "/mas\thelp\r\n", "/Mas Help"]
)
def test_the_first_command_of_a_comment_counts(body: str) -> None:
    assert parse_command(body, COMMANDS) == ParsedCommand("help")


def test_editing_other_text_of_a_comment_runs_reply() -> None:
    assert parse_command("/mas help\n\nplease", COMMANDS, previous="/mas help") is None
    assert parse_command("/mas status", COMMANDS, previous="/mas help") == ParsedCommand("status")
    assert parse_command("/mas status", COMMANDS, previous="Hello") == ParsedCommand("status")
    assert parse_command("Hello", COMMANDS, previous="/mas help") is None


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("docs aply", "docs apply"), ("hlep", "help"), ("statsu now", "status"), ("docs", "docs skip"), ("xyzzy", None)],
)
def test_an_unknown_command_gets_the_nearest_one(text: str, nearest: str | None) -> None:
    found = parse_command(f"/mas {text}", COMMANDS)

    assert isinstance(found, UnknownCommand)
    assert found.nearest == nearest


@pytest.mark.parametrize("argument", ["", "x", "0", "-1", "1 2", "٣", "99999"])
async def test_explain_needs_the_number_of_an_edit(argument: str) -> None:
    (explain,) = [command for command in COMMANDS if command.name == "docs explain"]

    with pytest.raises(UserError, match="Which edit"):
        await explain.handle(argument, SERVICES)


@given(st.text(alphabet="/mas help<!->`\n \t*#1.|\\x", max_size=200))
def test_any_comment_can_be_parsed(body: str) -> None:
    assert isinstance(parse_command(body, COMMANDS), ParsedCommand | UnknownCommand | None)


def test_the_docs_list_the_commands_as_in_the_help() -> None:
    page = (Path(__file__).parents[2] / "docs" / "on-github.md").read_text()

    for command in COMMANDS:
        assert f"| `{command.syntax}` | {command.summary} | {audience(command)} |" in page
