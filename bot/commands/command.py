"""What a slash-command is: its words, who may use it and where, and what it answers.

A command answers with words, or with what is to be done next, whose outcome then is the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Flag, auto
from typing import Literal

from bot.domain.permissions import Permission


class CommentContext(Flag):
    """Under what a comment stands."""

    ISSUE = auto()
    PULL_REQUEST = auto()
    DOCS_PULL_REQUEST = auto()
    """A documentation pull request of the bot's own."""

    ANYWHERE = ISSUE | PULL_REQUEST | DOCS_PULL_REQUEST


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """A command as somebody wrote it: `name` is one of the registry's, `argument` the rest of its line."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """Words that answer a command; `ok` is False where it was not done."""

    text: str
    ok: bool = True


@dataclass(frozen=True, slots=True)
class DocsRequest:
    """What a command asks the jobs to do; `number` and `why` are those of the command's argument."""

    what: Literal["check", "apply", "rebase", "skip", "explain"]
    number: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class SecurityRequest:
    """What a command asks of the security review; `id` names a finding, `until` is a day, `YYYY-MM-DD`."""

    what: Literal["review", "ignore", "explain"]
    id: str = ""
    why: str = ""
    until: str | None = None


CommandResult = Reply | DocsRequest | SecurityRequest


@dataclass(frozen=True, slots=True)
class CommandServices:
    """What a command may look up, handed in by the jobs; each gives Markdown."""

    status: Callable[[], Awaitable[str]]
    config: Callable[[], Awaitable[str]]
    ask: Callable[[str], Awaitable[str]]
    reindex: Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Args:
        name: its words, without `/mas`.
        argument: as its syntax shows it: `<n>` must be given, `[why]` may be.
        says: what it does, in a sentence of the help.
        least: the role that may use it.
        role: the setting of a repository that names another one, as `section.setting`; "" for none.
        where: under what it may be used.
        answer: raises `UserError` for an argument that it cannot use.
        author: whether a pull request's author may use it there whatever their role.
        examples: lines that use it, and the argument that is read of each.
    """

    name: str
    argument: str
    summary: str
    min_permission: Permission
    contexts: CommentContext
    handle: Callable[[str, CommandServices], Awaitable[CommandResult]]
    allows_author: bool = False
    role_setting: str = ""
    examples: tuple[tuple[str, str], ...] = ()

    @property
    def syntax(self) -> str:
        return f"/mas {self.name} {self.argument}".rstrip()
