"""A comment → the command in it. Only what its author says counts: no quotation, no code, no comment of HTML.

The comment is read as CommonMark (https://spec.commonmark.org/0.31.2/); a command is a line of a paragraph of its top
level that begins with `/mas`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from markdown_it import MarkdownIt

from bot.commands.command import Command, ParsedCommand

MAX_COMMENT_CHARACTERS = 65_536
"""Characters of a comment that are read."""

_LINE = re.compile(r"/mas(?:[ \t]+(?P<rest>\S.*))?$", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_MARKDOWN = MarkdownIt("commonmark")


@dataclass(frozen=True, slots=True)
class UnknownCommand:
    """A line that begins like a command and is none; `nearest` is the command that it may have meant."""

    text: str
    nearest: str | None


def parse_command(
    body: str, commands: Sequence[Command], previous: str | None = None
) -> ParsedCommand | UnknownCommand | None:
    """The first command of a comment; None where there is none, or where an edited comment has the one it had.

    Args:
        previous: what the comment said before it was edited.
    """
    asked = _first(body, commands)
    if previous is not None and asked == _first(previous, commands):
        return None
    return asked


def _first(body: str, commands: Sequence[Command]) -> ParsedCommand | UnknownCommand | None:
    return next((_parse_line(rest, commands) for rest in _lines(body[:MAX_COMMENT_CHARACTERS])), None)


def _lines(body: str) -> Iterator[str]:
    """What stands after `/mas` on each line that begins with it."""
    if "/mas" not in body.lower():
        return
    tokens = _MARKDOWN.parse(body)
    for token, before in zip(tokens[1:], tokens, strict=False):
        if token.type == "inline" and before.type == "paragraph_open" and before.level == 0:
            for line in _COMMENT.sub("", token.content).splitlines():
                if found := _LINE.match(line.strip()):
                    yield found["rest"] or ""


def _parse_line(rest: str, commands: Sequence[Command]) -> ParsedCommand | UnknownCommand:
    words = rest.split()
    if not words:
        return ParsedCommand("help")
    for command in commands:
        named = command.name.split()
        if [word.lower() for word in words[: len(named)]] == named:
            return ParsedCommand(command.name, " ".join(words[len(named) :]))
    said = " ".join(words[:2])
    names = [command.name for command in commands]
    near = get_close_matches(said.lower(), names, 1) or get_close_matches(words[0].lower(), names, 1)
    return UnknownCommand(said[:80], near[0] if near else None)
