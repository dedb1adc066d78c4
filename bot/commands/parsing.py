"""Parse the command in a comment. Quotes, code and HTML comments are ignored.

The comment is parsed as CommonMark (https://spec.commonmark.org/0.31.2/). A command is a line that begins with `/mas`
in a top-level paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from markdown_it import MarkdownIt

from bot.commands.command import Command, ParsedCommand

MAX_COMMENT_CHARACTERS = 65_536
"""The rest of a longer comment is ignored."""

_LINE = re.compile(r"/mas(?:[ \t]+(?P<rest>\S.*))?$", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_MARKDOWN = MarkdownIt("commonmark")


@dataclass(frozen=True, slots=True)
class UnknownCommand:
    """An unknown command after `/mas`. `nearest` is the registered command with the most similar name, if any."""

    text: str
    nearest: str | None


def parse_command(
    body: str, commands: Sequence[Command], previous: str | None = None
) -> ParsedCommand | UnknownCommand | None:
    """Return the first command of a comment, or None if it has none, or if an edit left the command as it was.

    Args:
        previous: the comment before it was edited.
    """
    command = _first(body, commands)
    if previous is not None and command == _first(previous, commands):
        return None
    return command


def _first(body: str, commands: Sequence[Command]) -> ParsedCommand | UnknownCommand | None:
    return next((_parse_line(rest, commands) for rest in _lines(body[:MAX_COMMENT_CHARACTERS])), None)


def _lines(body: str) -> Iterator[str]:
    """Yield the rest of each line that begins with `/mas`."""
    if "/mas" not in body.lower():
        return
    tokens = _MARKDOWN.parse(body)
    for token, before in zip(tokens[1:], tokens, strict=False):
        if token.type == "inline" and before.type == "paragraph_open" and before.level == 0:
            for line in _COMMENT.sub("", token.content).splitlines():
                if match := _LINE.match(line.strip()):
                    yield match["rest"] or ""


def _parse_line(rest: str, commands: Sequence[Command]) -> ParsedCommand | UnknownCommand:
    words = rest.split()
    if not words:
        return ParsedCommand("help")
    for command in commands:
        name = command.name.split()
        if [word.lower() for word in words[: len(name)]] == name:
            return ParsedCommand(command.name, " ".join(words[len(name) :]))
    text = " ".join(words[:2])
    names = [command.name for command in commands]
    near = get_close_matches(text.lower(), names, 1) or get_close_matches(words[0].lower(), names, 1)
    return UnknownCommand(text[:80], near[0] if near else None)
